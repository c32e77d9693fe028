"""Backpropagation through time: the exact gradient, by carrying credit backward from the end of the trial.

Equations 20-23 of Murray (2019), doi 10.7554/eLife.43299.
"""

import numpy as np

from rnn_tutorial import _check
from rnn_tutorial.network import Gradients, mean_squared_loss

__all__ = ["adjoint", "contributions", "gradient", "loss_and_gradient"]

FEEDBACK = "W_out"
NOT_ONLINE = (
    "BPTT has no contribution of a single step to hand out: it knows the credit of a step only after the trial has "
    "ended. Use an online rule, 'rtrl' or 'rflo', or update at the end of the trial."
)


def adjoint(W, feedback, tau, phi_prime, error, truncation):
    """Carry credit backward through a trial (Eqs. 20-21); arguments unchecked.

    Parameters
    ----------
    W : ndarray, shape (n_rec, n_rec)
    feedback : ndarray, shape (n_rec, n_out)
    tau : float
    phi_prime : ndarray, shape (T, n_rec)
        Slope of tanh at ``u``.
    error : ndarray, shape (T, n_out)
        Target minus output.
    truncation : int
        No credit crosses from step t to step t - 1 where t is a multiple of it.

    Returns
    -------
    ndarray, shape (T, n_rec)
        ``z[t]``: minus T times the derivative of the loss with respect to ``h[t + 1]``.
    """
    z = error @ feedback.T
    for t in range(len(z) - 2, -1, -1):
        if (t + 1) % truncation:
            z[t] += (1 - 1 / tau) * z[t + 1] + W.T @ (phi_prime[t + 1] * z[t + 1]) / tau
    return z


def loss_and_gradient(net, x, y_target, *, feedback=FEEDBACK, truncation=None):
    """The loss of one trial and its gradient, from one forward and one backward pass.

    Parameters and errors are those of `gradient`.

    Returns
    -------
    loss : float
    gradients : Gradients
    """
    x, y_target = net.check_trial(x, y_target)
    T = len(x)
    truncation = T if truncation is None else _check.integer("truncation", truncation, at_least=1)
    h, u, y = net.run(x)
    error = y_target - y
    phi_prime = 1 - np.tanh(u) ** 2
    z = adjoint(net.W, net.feedback(feedback), net.tau, phi_prime, error, truncation)
    local = phi_prime * z / (net.tau * T)
    return mean_squared_loss(error), Gradients(
        W_in=-local.T @ x,
        W=-local.T @ h[:-1],
        W_out=-error.T @ h[1:] / T,
    )


def gradient(net, x, y_target, *, feedback=FEEDBACK, truncation=None):
    """The gradient of the trial's loss by backpropagation through time (Eqs. 20-23).

    Parameters
    ----------
    net : Network
    x : array_like, shape (T, n_in)
        Input.
    y_target : array_like, shape (T, n_out)
        Target.
    feedback : {"W_out", "B"}
        What carries the error back to the units. With ``"B"`` this is the ablation 'random feedback
        only': credit still flows through the whole network, but starts from the fixed random weights.
    truncation : int, optional
        Cut the trial into blocks of this many steps and let no credit cross from a block to the one
        before. Omitted, the gradient is exact.

    Returns
    -------
    Gradients
        To be subtracted.

    Raises
    ------
    ValueError
        If a shape does not fit, a value is not finite, `feedback` is unknown or ``truncation < 1``.
    """
    return loss_and_gradient(net, x, y_target, feedback=feedback, truncation=truncation)[1]


def contributions(net, x, y_target, **options):
    """Raise ValueError: BPTT has no per-step contributions, as it learns of a step's credit at the trial's end."""
    raise ValueError(NOT_ONLINE)
