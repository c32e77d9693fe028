"""What an exercise is, what a mistake is, and the random problems on which a function is tried."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from rnn_tutorial import Network

__all__ = ["PROBLEMS", "SIMPLER", "Exercise", "Mistake", "Trial", "Verdict"]


class Verdict:
    """What `check` found; false in an ``if`` when something is wrong, and its text says what.

    Parameters
    ----------
    text : str
    right, parts : int
        How many parts of the answer are right, and how many there are.
    """

    def __init__(self, text, right, parts):
        self.text, self.right, self.parts = text, right, parts

    def __bool__(self):
        return self.right == self.parts

    def __repr__(self):
        return self.text

    def points(self, n):
        """The share of `n` points that the right parts earn."""
        return n * self.right / self.parts


class Mistake(NamedTuple):
    """A known mistake: the options that make a reference commit it, and the sentence that names it."""

    options: dict
    sentence: str


class Trial(NamedTuple):
    """A random problem; `seed` draws what an exercise needs beside a network and a trial."""

    net: Network
    x: np.ndarray
    y_target: np.ndarray
    seed: int

    @property
    def rng(self):
        """A fresh generator, the same at each call."""
        return np.random.default_rng([self.seed, 2])


@dataclass(frozen=True)
class Exercise:
    """A function to write, and all that is known about ways to write it wrongly.

    Attributes
    ----------
    name : str
    parts : dict of str
        Name and shape, in words, of each array that the function returns.
    reference : callable
        The right function, in plain NumPy. Its keyword options make it commit mistakes, alone or together.
    mistakes : dict of Mistake
    arguments : callable
        Makes the arguments of the function from a `Trial`.
    time : {None, "forward", "backward"}
        The direction in which the steps are computed, where the first axis of the answer is time.
    """

    name: str
    parts: dict
    reference: Callable
    mistakes: dict
    arguments: Callable = field(default=lambda trial: (trial.net, trial.x, trial.y_target))
    time: str | None = None

    def solve(self, trial, **options):
        """What the reference returns: one array for each part."""
        found = self.reference(*self.arguments(trial), **options)
        return [np.asarray(part) for part in (found if isinstance(found, tuple) else (found,))]


def _problem(seed, n_in, n_rec, n_out, T, tau):
    """A trial in which all sizes differ, so that no axis can be mistaken for another."""
    rng = np.random.default_rng([seed, 1])
    net = Network.random(n_in, n_rec, n_out, tau, 1.8, seed, h0=rng.normal(0, 0.5, n_rec))
    return Trial(net, rng.normal(size=(T, n_in)), rng.normal(size=(T, n_out)), seed)


PROBLEMS = (_problem(1, 3, 5, 2, 8, 4.0), _problem(2, 2, 4, 3, 11, 2.5), _problem(3, 1, 6, 2, 7, 7.5))


def _one_output(trial):
    net = replace(trial.net, W_out=trial.net.W_out[:1], B=trial.net.B[:, :1])
    return trial._replace(net=net, y_target=trial.y_target[:, :1])


def _weak(trial):
    return trial._replace(net=replace(trial.net, h0=1e-10 * trial.net.h0), x=1e-10 * trial.x)


# What makes a problem simpler, and where to look if a function is right with it and wrong without. They are taken back
# in this order, so that what stays says most.
SIMPLER = {
    "the trial has one step": (
        lambda trial: trial._replace(x=trial.x[:1], y_target=trial.y_target[:1]),
        "So look at what is carried from step to step, and at its start.",
    ),
    "there is one output": (_one_output, "So look at the sums over outputs."),
    "the feedback is the transposed readout": (
        lambda trial: trial._replace(net=replace(trial.net, B=trial.net.W_out.T)),
        "So look at what brings the error back to the units.",
    ),
    "activity is so weak that every slope is 1": (
        _weak,
        "So look at the slopes, at the tanh, and at what depends on the output.",
    ),
    "tau = 1": (
        lambda trial: trial._replace(net=replace(trial.net, tau=1.0)),
        "So look at the leak, and at each 1/tau.",
    ),
    "W = 0": (
        lambda trial: trial._replace(net=replace(trial.net, W=0 * trial.net.W)),
        "So look at the term that goes through the recurrent weights.",
    ),
}
