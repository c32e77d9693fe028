"""Exercises that answer back: what is wrong with a student's function, in words.

``check("rflo", my_rule)`` runs the function on small random problems, compares what it returns with a reference, and
says what is wrong: first with a catalogue of known mistakes, then, if none fits, by the place where it goes wrong. It
never shows the right numbers.
"""

from rnn_book.checks import bptt, by_hand, feedforward, network, rflo, rtrl
from rnn_book.checks.compare import examine
from rnn_book.checks.exercise import Verdict
from rnn_tutorial import _check

__all__ = ["EXERCISES", "Verdict", "check"]

EXERCISES = {
    exercise.name: exercise for module in (network, feedforward, bptt, rtrl, rflo) for exercise in module.EXERCISES
}


def check(name, answer=None, **answers):
    """Check the answer to an exercise.

    Parameters
    ----------
    name : str
        The exercise, as the text names it, such as ``"rflo"``.
    answer : callable
        The function that you wrote. It is called with the arguments that the exercise states.
    **answers
        For an exercise by hand, the numbers or letters that it asks for, such as ``z0=(1/4, 1/4)``.

    Returns
    -------
    Verdict
        True or false in an ``if``; its text says what is wrong.

    Raises
    ------
    ValueError
        If there is no exercise of this name.
    """
    _check.choice("name", name, sorted([*EXERCISES, *by_hand.ANSWERS]))
    return examine(EXERCISES[name], answer) if name in EXERCISES else by_hand.examine(name, answers)
