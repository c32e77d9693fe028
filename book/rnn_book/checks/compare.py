"""Compare a student's function with the reference, and put the difference into words.

In this order: can it be judged at all; which parts are wrong; is a wrong part what a known mistake gives, or two of
them, perhaps with a slip such as a turned sign; and if not, in which simpler problem would it be right?
"""

from itertools import combinations, permutations

import numpy as np

from rnn_book.checks.exercise import PROBLEMS, SIMPLER, Verdict
from rnn_book.checks.guard import Fault, call

__all__ = ["examine"]

TOLERANCE = 1e-8  # relative: rounding leaves about 1e-14, and the best finite difference about 1e-9 of a smooth loss
COARSE = 1e-4  # what a finite difference gets right

SLIPS = {
    "The sign is turned. The rules return the gradient, and training subtracts it.": lambda net, T: -1,
    "It is T times too large. Where is the 1/T of the loss?": lambda net, T: T,
    "It is divided by T once too often.": lambda net, T: 1 / T,
    "It is tau times too large. Where is the 1/tau of the step?": lambda net, T: net.tau,
    "It is divided by tau once too often.": lambda net, T: 1 / net.tau,
    "It is twice too large. The loss is half the squared error.": lambda net, T: 2,
    "It is half of what it should be. The 1/2 of the loss goes when the square is differentiated.": lambda net, T: 0.5,
    "It is divided by the number of outputs. The loss is a sum over outputs, not a mean.": lambda net, T: 1 / net.n_out,
    "It is multiplied by the number of outputs.": lambda net, T: net.n_out,
    "The sign is turned, and the 1/T of the loss is missing.": lambda net, T: -T,
    "The sign is turned, and it is tau times too large.": lambda net, T: -net.tau,
}


def examine(exercise, function):
    """The `Verdict` on a function for an exercise."""
    n = len(exercise.parts)
    try:
        if not callable(function):
            got = "nothing" if function is None else f"a {type(function).__name__}"
            raise Fault(f"It is to be a function, but {got} was given. Pass the function, not what it returns.")
        if getattr(function, "opaque", False):
            raise Fault("It is a black box. Find out by tests of your own.")
        exact = [exercise.solve(trial) for trial in PROBLEMS]
        answers = [_answer(exercise, function, trial, e) for trial, e in zip(PROBLEMS, exact, strict=True)]
        _same_again(exercise, function, exact[0])
    except Fault as fault:
        return Verdict(f"{exercise.name}: not yet.\n  {fault}", 0, n)
    wrong = [k for k in range(n) if not all(_equal(a[k], e[k]) for a, e in zip(answers, exact, strict=True))]
    names = list(exercise.parts)
    if not wrong:
        what = "It agrees" if n == 1 else f"{_listed(names)} agree"
        return Verdict(f"{exercise.name}: right.\n  {what} with the reference on three random problems.", n, n)
    said = {}
    for k, sentence in _reasons(exercise, function, answers, exact, wrong).items():
        said.setdefault(sentence, []).append(names[k])
    lines = [sentence if n == 1 else f"{', '.join(parts)}: {sentence}" for sentence, parts in said.items()]
    right = [name for k, name in enumerate(names) if k not in wrong]
    if right:
        lines.append(f"{_listed(right)} {'is' if len(right) == 1 else 'are'} right.")
    return Verdict("\n  ".join([f"{exercise.name}: not yet.", *lines]), len(right), n)


def _answer(exercise, function, trial, exact):
    """What the function returns for one trial, as arrays of the shapes of the exact ones."""
    given = call(function, exercise.arguments(trial))
    names = list(exercise.parts)
    if given is None:
        raise Fault("It returns None. Is the `return` missing?")
    if isinstance(given, dict):
        raise Fault(f"It returns a dict. Return {_listed(names)}, in this order.")
    if len(names) == 1:
        given = given[0] if isinstance(given, tuple) and len(given) == 1 else given
        given = [given]
    elif not isinstance(given, (tuple, list)):
        raise Fault(f"It returns one {type(given).__name__}, but {len(names)} are asked for: {_listed(names)}.")
    elif len(given) != len(names):
        raise Fault(f"It returns {len(given)} things, but {len(names)} are asked for: {_listed(names)}.")
    return [_array(exercise, name, part, like) for name, part, like in zip(names, given, exact, strict=True)]


def _array(exercise, name, part, like):
    """One part of the answer, or a `Fault` that says what is wrong with its kind, shape or numbers."""
    subject = "It" if len(exercise.parts) == 1 else name
    try:
        part = np.asarray(part)
        part = part.astype(complex if np.iscomplexobj(part) else float)
    except (TypeError, ValueError):
        raise Fault(f"{subject} holds something that is no number.") from None
    if part.shape != like.shape:
        where = f" {subject} is to have the shape {exercise.parts[name]}." if like.ndim else " One number is asked for."
        transposed = " It is transposed." if part.shape == like.shape[::-1] and part.ndim > 1 else ""
        raise Fault(f"{subject} has the shape {part.shape}, and should have {like.shape}.{where}{transposed}")
    if not np.isfinite(part).all():
        raise Fault(f"{subject} holds NaN or infinite values.")
    if np.iscomplexobj(part):
        if part.imag.any():
            raise Fault(f"{subject} is complex. The derivative is in the imaginary part.")
        part = part.real
    return part


def _same_again(exercise, function, exact):
    """Two calls with one trial, one after the other, must agree."""
    first, second = (_answer(exercise, function, PROBLEMS[0], exact) for _ in range(2))
    if not all(_equal(b, a) for a, b in zip(first, second, strict=True)):
        right = all(_equal(a, e) for a, e in zip(first, exact, strict=True))
        raise Fault(
            f"{'The first call is right. ' if right else ''}Called twice with the same trial, it gives two answers. "
            "Something is kept from call to call: it must be set back when a trial begins."
        )


def _listed(names):
    """Names as in a sentence."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _equal(a, b, tolerance=TOLERANCE):
    """Whether `a` is `b` to a relative tolerance."""
    return np.linalg.norm(a - b) <= tolerance * np.linalg.norm(b)


def _reasons(exercise, function, answers, exact, wrong):
    """For each wrong part, the sentence that names the mistake or the place."""
    found, solved = {}, {(): exact}

    def solve(names, trials):
        options = {}
        for name in names:
            options |= exercise.mistakes[name].options
        return [exercise.solve(trial, **options) for trial in trials]

    def explain(names, slips):
        """Note the parts that the mistakes `names` explain, if `slips` then together with a slip."""
        for k in sorted(set(wrong) - found.keys()):
            candidates = solved[names]
            # Each mistake must show in this part, or the part says nothing about it.
            fewer = [solved[tuple(other for other in names if other != name)] for name in names]
            if any(all(_equal(c[k], f[k]) for c, f in zip(candidates, less, strict=False)) for less in fewer):
                continue
            if len(candidates) < len(PROBLEMS) and _slip(answers[:1], candidates, k) is not None:
                candidates = solved[names] = [*candidates, *solve(names, PROBLEMS[1:])]
            if len(candidates) == len(PROBLEMS):
                slip = (
                    _slip(answers, candidates, k, exercise)
                    if slips
                    else ("" if _same(answers, candidates, k) else None)
                )
                if slip is not None:
                    found[k] = " ".join([*(exercise.mistakes[name].sentence for name in names), slip]).strip()

    alone = [(name,) for name in exercise.mistakes]
    for names in alone:
        solved[names] = solve(names, PROBLEMS)
        explain(names, slips=False)
    for names in [(), *alone]:
        explain(names, slips=True)
    for pair in combinations(exercise.mistakes, 2):
        if len(found) < len(wrong) and not _exclude(*(exercise.mistakes[name] for name in pair)):
            solved[pair] = solve(pair, PROBLEMS[:1])
            explain(pair, slips=True)
    return found | {k: _place(exercise, function, answers, exact, k) for k in wrong if k not in found}


def _exclude(a, b):
    """Whether two mistakes are made in one place, so that a function makes one or the other."""
    return bool(a.options.keys() & b.options.keys())


def _same(answers, candidates, k):
    return all(_equal(a[k], c[k]) for a, c in zip(answers, candidates, strict=True))


def _arrangements(a):
    """The array and, after it, its transpositions of the same shape."""
    return [np.transpose(a, axes) for axes in permutations(range(a.ndim)) if np.transpose(a, axes).shape == a.shape]


def _factor(a, b):
    """The number c with ``a = c b``, or None."""
    square = np.vdot(b, b)
    if not square:
        return None
    c = np.vdot(b, a) / square
    return c if c and np.linalg.norm(a - c * b) <= TOLERANCE * abs(c) * np.sqrt(square) else None


def _slip(answers, candidates, k, exercise=None):
    """The sentence for a factor or an order of axes that is wrong; empty if nothing is, None if this is not it."""
    arranged = [_arrangements(a[k]) for a in answers]
    for place in range(min(map(len, arranged))):
        factors = [_factor(a[place], c[k]) for a, c in zip(arranged, candidates, strict=True)]
        if None in factors:
            continue
        turned = ""
        if place:
            turned = "It is transposed." if answers[0][k].ndim == 2 else "Its axes are in the wrong order."
        if exercise is None or np.allclose(factors, 1, rtol=1e-7):
            return turned
        for sentence, factor in SLIPS.items():
            if np.allclose(factors, [factor(t.net, len(t.x)) for t in PROBLEMS], rtol=1e-7):
                return f"{turned} {sentence}".strip()
        if np.allclose(factors, factors[0], rtol=1e-7):
            return f"{turned} It is right up to a constant factor, the same in every problem.".strip()
    return None


def _place(exercise, function, answers, exact, k):
    """Where a mistake that is in no catalogue must be."""
    if not any(a[k].any() for a in answers):
        return (
            "It is zero everywhere. Is it filled in, and does anything get lost on the way, such as an imaginary part?"
        )
    if all(_equal(a[k], e[k], COARSE) for a, e in zip(answers, exact, strict=True)):
        return "Right to some digits only. Is it a finite difference, or a number that was rounded?"
    factors = [_factor(a[k], e[k]) for a, e in zip(answers, exact, strict=True)]
    if None not in factors:
        return "Right up to a factor, which differs from problem to problem. Look at the factors."
    said = [_in_time(exercise, answers[0][k], exact[0][k])] if exercise.time else []
    kept = _needed(exercise, function, k)
    if kept is None:
        said.append("It is wrong in the simplest problem too: one step, tau = 1, W = 0. So look at that step.")
    else:
        said += [f"Right if {name}. {SIMPLER[name][1]}" for name in kept]
    return " ".join(filter(None, said)) or "It is wrong in some problems and right in others. Look at the sizes."


def _in_time(exercise, answer, exact):
    """At which steps a series is right."""
    wrong = [t for t in range(len(exact)) if not np.allclose(answer[t], exact[t], rtol=1e-8, atol=1e-12)]
    if exercise.time == "forward":
        first = wrong[0]
        return f"Right up to index {first - 1}, wrong at index {first}." if first else "Wrong from the first step on."
    if wrong[-1] == len(exact) - 1:
        return "Wrong at the last step already, where the way back begins."
    return f"Right from the end back to index {wrong[-1] + 1}, wrong one step earlier."


def _needed(exercise, function, k):
    """The simplifications without which part `k` goes wrong; None if it is wrong with all of them."""

    def simplified(names):
        trial = PROBLEMS[0]
        for name in names:
            trial = SIMPLER[name][0](trial)
        return trial

    def right(names):
        trial = simplified(names)
        exact = exercise.solve(trial)
        try:
            return _equal(_answer(exercise, function, trial, exact)[k], exact[k])
        except Fault:
            return False

    kept = []
    for name in reversed(SIMPLER):  # where the right answer is zero, to be right proves nothing
        if np.any(exercise.solve(simplified([*kept, name]))[k]):
            kept.append(name)
    if not right(kept):
        return None
    for name in SIMPLER:
        fewer = [other for other in kept if other != name]
        if right(fewer):
            kept = fewer
    return kept
