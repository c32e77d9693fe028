"""The exercises of lab 0: a network without time."""

import numpy as np

from rnn_book.checks.exercise import Exercise, Mistake

__all__ = ["EXERCISES"]


def backprop(W_1, W_2, x, y_target, *, back="W_2", slope="right", error="difference", before="x", hidden="h", B=None):
    """Gradient of ``sum((y_target - y)**2) / 2`` for ``h = tanh(W_1 x)``, ``y = W_2 h``."""
    a = W_1 @ x
    h = np.tanh(a)
    y = W_2 @ h
    e = y_target - y if error == "difference" else y_target
    phi_prime = {"right": 1 - h**2, "missing": np.ones_like(h), "at h": 1 - np.tanh(h) ** 2, "value": h}[slope]
    fed_back = {"W_2": W_2.T, "B": B, "ones": np.ones_like(W_2.T), "absolute": np.abs(W_2.T)}[back] @ e
    return -np.outer(phi_prime * fed_back, x if before == "x" else np.ones_like(x)), -np.outer(
        e, h if hidden == "h" else a
    )


def feedback_alignment(W_1, W_2, B, x, y_target, *, back="B", **mistakes):
    """The same with fixed random weights `B` on the way back."""
    return backprop(W_1, W_2, x, y_target, back=back, B=B, **mistakes)


COMMON = {
    "slope missing": Mistake({"slope": "missing"}, "The slope of the hidden units is missing."),
    "slope taken at the state": Mistake({"slope": "at h"}, "The slope is taken at h. It belongs to the current W_1 x."),
    "tanh in place of its slope": Mistake({"slope": "value"}, "There is tanh where its slope belongs."),
    "target in place of the error": Mistake(
        {"error": "target"}, "It takes the target. The error is target minus output."
    ),
    "input missing": Mistake({"before": "nothing"}, "The input is missing: each synapse has an input of its own."),
    "current in place of activity": Mistake(
        {"hidden": "current"}, "The readout's part takes W_1 x. It reads h, its tanh."
    ),
}
BACKPROP = COMMON | {
    "sum of the errors": Mistake({"back": "ones"}, "The errors come back with weight 1 each. They come through W_2."),
    "sign lost": Mistake({"back": "absolute"}, "The sign of W_2 is lost on the way back."),
}
ALIGNMENT = COMMON | {
    "transposed readout": Mistake({"back": "W_2"}, "The error comes back through W_2. Here it comes through B."),
    "sum of the errors": Mistake({"back": "ones"}, "The errors come back with weight 1 each. They come through B."),
}


def _one_sample(trial):
    """Two matrices, an input and a target."""
    rng, n = trial.rng, trial.net.n_rec
    return rng.normal(size=(n, n - 1)) / 2, trial.net.W_out, rng.normal(size=n - 1), trial.y_target[0]


def _with_feedback(trial):
    W_1, W_2, x, y_target = _one_sample(trial)
    return W_1, W_2, trial.net.B, x, y_target


PARTS = {"W_1": "(n_hidden, n_in)", "W_2": "(n_out, n_hidden)"}
EXERCISES = [
    Exercise("ff-backprop", PARTS, backprop, BACKPROP, arguments=_one_sample),
    Exercise("ff-feedback", PARTS, feedback_alignment, ALIGNMENT, arguments=_with_feedback),
]
