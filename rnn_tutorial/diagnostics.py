"""How to tell whether a rule is right, and how far it is from the gradient."""

import time
import tracemalloc
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from rnn_tutorial.network import Gradients

__all__ = ["Cost", "alignment", "angle", "complex_step", "cosine", "measure_cost", "relative_error"]


def complex_step(net, x, y_target):
    """The gradient of the trial's loss by the complex-step derivative: an oracle that knows no learning rule.

    For a real analytic loss, ``L(w + i d) = L(w) + i d L'(w) + O(d^2)``, so ``Im L(w + i d) / d`` is the derivative.
    There is no difference of near-equal numbers in it, so d can be so small that the result is exact to rounding
    (Squire and Trapp 1998). It runs the network once for each weight.

    Parameters
    ----------
    net : Network
    x : array_like, shape (T, n_in)
    y_target : array_like, shape (T, n_out)

    Returns
    -------
    Gradients
    """
    d = 1e-30
    result = {}
    for name, weights in net.weights._asdict().items():
        result[name] = np.empty_like(weights)
        for index in np.ndindex(weights.shape):
            nudged = weights.astype(complex)
            nudged[index] += 1j * d
            result[name][index] = replace(net, **{name: nudged}).loss(x, y_target).imag / d
    return Gradients(**result)


def _flat(a):
    """All numbers of an array, or of a Gradients, in one row."""
    return np.concatenate([np.ravel(part) for part in (a if isinstance(a, tuple) else [a])])


def _flat_pair(a, b):
    a, b = _flat(a), _flat(b)
    if a.shape != b.shape:
        raise ValueError(f"a and b must hold equally many numbers, but hold {a.size} and {b.size}")
    return a, b


def relative_error(a, b):
    """``|a - b| / |b|`` in the Euclidean norm over all entries.

    Parameters
    ----------
    a, b : Gradients or array_like
        `b` is the reference.

    Returns
    -------
    float
        NaN if `b` is zero.
    """
    a, b = _flat_pair(a, b)
    size = np.linalg.norm(b)
    return float(np.linalg.norm(a - b) / size) if size > 0 else np.nan


def cosine(a, b):
    """The cosine of the angle between `a` and `b`, taken as vectors of all their entries.

    Parameters
    ----------
    a, b : Gradients or array_like

    Returns
    -------
    float
        Between -1 and 1; NaN if either is zero.
    """
    a, b = _flat_pair(a, b)
    sizes = np.linalg.norm(a) * np.linalg.norm(b)
    return float(np.clip(a @ b / sizes, -1, 1)) if sizes > 0 else np.nan


def angle(a, b):
    """The angle between `a` and `b` in degrees: 0 along each other, 90 at right angles. See `cosine`."""
    return float(np.degrees(np.arccos(cosine(a, b))))


def alignment(net):
    """The cosine of ``W_out`` and ``B`` transposed: 1 if the random feedback is as good as the readout's own."""
    return cosine(net.W_out.T, net.B)


class Cost(NamedTuple):
    """What one call of a rule took.

    Attributes
    ----------
    seconds : float
        Wall time, the median over the repeats.
    bytes : int
        Most memory held at one time by arrays made in the call.
    """

    seconds: float
    bytes: int


def measure_cost(gradient, net, x, y_target, repeats=5):
    """Measure time and memory of one trial of a rule.

    Parameters
    ----------
    gradient : callable
        Such as `rnn_tutorial.bptt.gradient`.
    net : Network
    x : array_like, shape (T, n_in)
    y_target : array_like, shape (T, n_out)
    repeats : int
        How often to measure the time.

    Returns
    -------
    Cost
    """
    gradient(net, x, y_target)  # a compiled rule is compiled in its first call, which must not count
    tracemalloc.start()
    try:
        gradient(net, x, y_target)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    seconds = []
    for _ in range(repeats):
        begin = time.perf_counter()
        gradient(net, x, y_target)
        seconds.append(time.perf_counter() - begin)
    return Cost(float(np.median(seconds)), peak)
