"""Two units and two steps, by hand: every number of every rule is a fraction.

Unit 1 drives unit 2, and the output reads unit 2. For once the units are linear, ``phi(u) = u``, so all slopes are 1.
`work_out` does what one does on paper, with the book's equations; `network` makes the same example for the package,
with activity so weak that its tanh cannot be told from a straight line.
"""

from fractions import Fraction
from typing import NamedTuple

import numpy as np

from rnn_tutorial import Network

__all__ = ["Worked", "network", "pmatrix", "work_out"]

HALF = Fraction(1, 2)


class Worked(NamedTuple):
    """All numbers of the example; each array holds fractions.

    Attributes
    ----------
    h : ndarray, shape (3, 2)
    u : ndarray, shape (2, 2)
    y : ndarray, shape (2, 1)
    error : ndarray, shape (2, 1)
    loss : Fraction
    J : ndarray, shape (2, 2)
        Jacobian of a step, the same for both.
    z : ndarray, shape (2, 2)
        BPTT's z_t; ``z[t]`` is what all later errors ask of ``h[t + 1]``.
    P : ndarray, shape (3, 2, 2, 2)
        RTRL's sensitivities; ``P[t, k, i, j]`` is the derivative of ``h[t, k]`` with respect to ``W[i, j]``.
    p : ndarray, shape (3, 2, 2)
        The traces that each synapse keeps for itself.
    bptt : ndarray, shape (2, 2)
        Gradient of the loss with respect to W, by BPTT's sum.
    rtrl : ndarray, shape (2, 2)
        The same by RTRL's.
    local : ndarray, shape (2, 2)
        The estimate with the traces alone, with the true weights for the error.
    rflo : ndarray, shape (2, 2)
        The same with `B`.
    """

    h: np.ndarray
    u: np.ndarray
    y: np.ndarray
    error: np.ndarray
    loss: Fraction
    J: np.ndarray
    z: np.ndarray
    P: np.ndarray
    p: np.ndarray
    bptt: np.ndarray
    rtrl: np.ndarray
    local: np.ndarray
    rflo: np.ndarray


def _fractions(values):
    """An array of fractions."""
    array = np.array(values, dtype=object)
    return np.vectorize(Fraction, otypes=[object])(array)


def work_out(h0=(1, 0), w=1, tau=2, y_target=(HALF, 1), B=(1, 1)):
    """Work the example out, step by step.

    Parameters
    ----------
    h0 : sequence of two numbers
        State before the first step.
    w : number
        The synapse from unit 1 to unit 2, the only one that is not zero.
    tau : int
        Time constant in steps.
    y_target : sequence of two numbers
        Target after each step.
    B : sequence of two numbers
        What brings the error to the units in RFLO.

    Returns
    -------
    Worked
    """
    T, units, leak, gain = 2, range(2), 1 - Fraction(1, tau), Fraction(1, tau)
    W, W_out, eye = _fractions([[0, 0], [w, 0]]), _fractions([[0, 1]]), _fractions([[1, 0], [0, 1]])
    B, y_target = _fractions(B)[:, np.newaxis], _fractions(y_target)[:, np.newaxis]
    h, u, y = [_fractions(h0)], [], []
    for t in range(T):
        u.append(W @ h[t])
        h.append(leak * h[t] + gain * u[t])
        y.append(W_out @ h[t + 1])
    error = y_target - np.array(y)
    loss = (error**2).sum() / (2 * T)
    J = leak * eye + gain * W  # the slope of a straight line is 1

    z = [None, W_out.T @ error[1]]
    z[0] = W_out.T @ error[0] + J.T @ z[1]
    bptt = -gain * np.sum([np.outer(z[t], h[t]) for t in range(T)], axis=0) / T

    P, p = [_fractions(np.zeros((2, 2, 2), int))], [_fractions(np.zeros((2, 2), int))]
    rtrl, local, rflo = (_fractions(np.zeros((2, 2), int)) for _ in range(3))
    for t in range(T):
        P.append(np.tensordot(J, P[t], 1))
        for i in units:
            P[t + 1][i, i] += gain * h[t]
        p.append(leak * p[t] + gain * np.outer(_fractions([1, 1]), h[t]))
        c = W_out.T @ error[t]
        rtrl = rtrl - np.tensordot(c, P[t + 1], 1) / T
        local = local - c[:, np.newaxis] * p[t + 1] / T
        rflo = rflo - (B @ error[t])[:, np.newaxis] * p[t + 1] / T
    return Worked(
        np.array(h),
        np.array(u),
        np.array(y),
        error,
        loss,
        J,
        np.array(z),
        np.array(P),
        np.array(p),
        bptt,
        rtrl,
        local,
        rflo,
    )


def network(weak=1e-6, h0=(1, 0), w=1, tau=2, y_target=(HALF, 1), B=(1, 1)):
    """The example for the package: all activity and targets are `weak` times as large, where tanh is a straight line.

    A loss, a gradient and an estimate of one come out ``weak**2`` times as large as by hand.

    Parameters
    ----------
    weak : float
    h0, w, tau, y_target, B
        As in `work_out`.

    Returns
    -------
    net : Network
    x : ndarray, shape (2, 0)
    y_target : ndarray, shape (2, 1)
    """
    W, W_out = np.array([[0, 0], [float(w), 0]]), np.array([[0.0, 1.0]])
    column = np.array(B, float)[:, np.newaxis]
    net = Network(np.zeros((2, 0)), W, W_out, column, tau, weak * np.array(h0, float))
    return net, np.zeros((2, 0)), weak * np.array(y_target, float)[:, np.newaxis]


def pmatrix(values):
    """A vector or a matrix of fractions as LaTeX; a vector is written as a column.

    Parameters
    ----------
    values : array_like, shape (n,) or (n, m)

    Returns
    -------
    str
    """

    def written(value):
        value = Fraction(value)
        sign, top = "-" if value < 0 else "", abs(value.numerator)
        return f"{sign}{top}" if value.denominator == 1 else rf"{sign}\tfrac{{{top}}}{{{value.denominator}}}"

    rows = [np.atleast_1d(row) for row in values]
    return r"\begin{pmatrix}" + r" \\ ".join(" & ".join(map(written, row)) for row in rows) + r"\end{pmatrix}"
