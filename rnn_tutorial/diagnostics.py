"""How to tell whether a rule is right, and how far it is from the gradient."""

import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rnn_tutorial import _check
from rnn_tutorial.network import Gradients, Network
from rnn_tutorial.rule import real_trial

__all__ = ["Cost", "alignment", "angle", "complex_step", "cosine", "measure_cost", "relative_error"]


def complex_step(net: Network, x: ArrayLike, y_target: ArrayLike) -> Gradients:
    """The gradient of the trial's loss by the complex-step derivative: an oracle that knows no learning rule.

    For a real analytic loss, ``L(w + i d) = L(w) + i d L'(w) + O(d^2)``, so ``Im L(w + i d) / d`` is the derivative.
    There is no difference of near-equal numbers in it, so d can be so small that the result is exact to rounding
    (Squire and Trapp 1998). It runs the network once for each weight. `x` and `y_target` have time first.

    Raises
    ------
    ValueError
        If a shape does not fit, or a value is complex or not finite.
    """
    x, y_target = real_trial(net, x, y_target)  # an imaginary part of their own would pass for a derivative
    d = 1e-30
    result = {}
    for name, weights in net.weights._asdict().items():
        result[name] = np.empty_like(weights)
        for index in np.ndindex(weights.shape):
            nudged = weights.astype(complex)
            nudged[index] += 1j * d
            result[name][index] = replace(net, **{name: nudged}).loss(x, y_target).imag / d
    return Gradients(**result)


def _flat_pair(a, b):
    """All numbers of two arrays, or of two Gradients, each in one row."""
    rows = []
    for name, given in (("a", a), ("b", b)):
        parts = given if isinstance(given, tuple) else [given]
        try:
            row = np.concatenate([np.asarray(part).ravel() for part in parts])
        except ValueError:  # it is ragged, or there is nothing
            row = np.array(None)
        if row.dtype.kind not in "biufc" or any(map(np.ma.is_masked, parts)):
            raise ValueError(f"{name} must hold numbers, but got {given!r}")
        rows.append(row.astype(complex if row.dtype.kind == "c" else float))
    if rows[0].size != rows[1].size:
        raise ValueError(f"a and b must hold equally many numbers, but hold {rows[0].size} and {rows[1].size}")
    return rows


def _real_pair(a, b):
    """Two vectors as of `_flat_pair`, real, and each of order 1."""
    rows = _flat_pair(a, b)
    if any(map(np.iscomplexobj, rows)):
        raise ValueError("a and b must be real for an angle between them, but one is complex")
    return [_scaled(row)[0] for row in rows]


def _scaled(a):
    """Real numbers as others of order 1, whose squares neither overflow nor vanish, times two to some power."""
    largest = np.abs(a).max(initial=0)
    exponent = int(np.frexp(largest)[1]) if largest < np.inf else 0
    return np.ldexp(a, -exponent), exponent


def relative_error(a: Gradients | ArrayLike, b: Gradients | ArrayLike) -> float:
    """``|a - b| / |b|`` in the Euclidean norm over all entries; `b` is the reference. NaN if `b` is zero."""
    v, w = _flat_pair(a, b)
    if max(np.abs(v).max(initial=0), np.abs(w).max(initial=0)) > 2.0**1022:  # the difference would overflow
        v, w = v / 4, w / 4
    (error, by), (size, of) = _scaled(np.abs(v - w)), _scaled(np.abs(w))
    return float(np.ldexp(np.linalg.norm(error) / np.linalg.norm(size), by - of)) if w.any() else np.nan


def cosine(a: Gradients | ArrayLike, b: Gradients | ArrayLike) -> float:
    """The cosine of the angle between `a` and `b`, taken as vectors of all their entries, which must be real.

    It is between -1 and 1, or NaN if either is zero.
    """
    v, w = _real_pair(a, b)
    sizes = np.linalg.norm(v) * np.linalg.norm(w)
    return float(np.clip(v @ w / sizes, -1, 1)) if sizes > 0 else np.nan


def angle(a: Gradients | ArrayLike, b: Gradients | ArrayLike) -> float:
    """The angle between `a` and `b` in degrees: 0 along each other, 90 at right angles. See `cosine`.

    For unit vectors ``tan(angle / 2) = |v - w| / |v + w|``, which tells small angles that the cosine cannot.
    """
    v, w = _real_pair(a, b)
    sizes = np.linalg.norm(v), np.linalg.norm(w)
    if not min(sizes) > 0:
        return np.nan
    v, w = v / sizes[0], w / sizes[1]
    return float(np.degrees(2 * np.arctan2(np.linalg.norm(v - w), np.linalg.norm(v + w))))


def alignment(net: Network) -> float:
    """The cosine of ``W_out`` and ``B`` transposed: 1 if the random feedback is as good as the readout's own."""
    return cosine(_check.instance("net", net, Network).W_out.T, net.B)


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


def measure_cost(gradient: Callable, net: Network, x: ArrayLike, y_target: ArrayLike, repeats: int = 5) -> Cost:
    """Measure the memory of one trial of a rule, and its time so often.

    `gradient` is called as ``gradient(net, x, y_target)``, such as `rnn_tutorial.bptt.gradient`.
    """
    if not callable(gradient):
        raise ValueError(f"gradient must be a function, such as rnn_tutorial.bptt.gradient, but got {gradient!r}")
    _check.integer("repeats", repeats, at_least=1)
    gradient(net, x, y_target)  # a compiled rule is compiled in its first call, which must not count
    traced_by_others = tracemalloc.is_tracing()
    tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        gradient(net, x, y_target)
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        if not traced_by_others:
            tracemalloc.stop()
    seconds = []
    for _ in range(repeats):
        begin = time.perf_counter()
        gradient(net, x, y_target)
        seconds.append(time.perf_counter() - begin)
    return Cost(float(np.median(seconds)), peak)
