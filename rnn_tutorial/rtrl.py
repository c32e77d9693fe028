"""Real-time recurrent learning: the exact gradient, by carrying all sensitivities forward with the network.

Equations 10-14 of Murray (2019), doi 10.7554/eLife.43299; the rule is Williams and Zipser's (1989). The
input trace takes the input of the step itself, as the exact derivative of Eq. 1 needs.
"""

import numpy as np

from rnn_tutorial import online

__all__ = ["contributions", "gradient", "learn", "loss_and_gradient", "start", "step"]

FEEDBACK = "W_out"


def start(n_in, n_rec):
    """The sensitivities before the first step: ``P`` (n_rec, n_rec, n_rec) and ``Q`` (n_rec, n_rec, n_in), zero."""
    return np.zeros((n_rec, n_rec, n_rec)), np.zeros((n_rec, n_rec, n_in))


def step(weights, feedback, tau, x, y_target, h, traces, sink, scale):
    """Move the network and its sensitivities by one step, in place (Eqs. 10-14); arguments unchecked.

    ``P[j, a, b]`` is the derivative of ``h[j]`` with respect to ``W[a, b]``, and ``Q[j, a, b]`` with respect to
    ``W_in[a, b]``. The other arguments are those of `rnn_tutorial.online.sweep`, at one step.

    Returns
    -------
    ndarray, shape (n_out,)
        The error, target minus output.
    """
    W_in, W, W_out = weights
    P, Q = traces
    n_rec = len(h)
    unit = np.arange(n_rec)

    r = np.tanh(W @ h + W_in @ x)
    phi_prime = 1 - r**2
    jacobian = (1 - 1 / tau) * np.eye(n_rec) + phi_prime[:, np.newaxis] * W / tau
    P[:] = np.tensordot(jacobian, P, axes=1)
    Q[:] = np.tensordot(jacobian, Q, axes=1)
    P[unit, unit] += np.outer(phi_prime, h) / tau
    Q[unit, unit] += np.outer(phi_prime, x) / tau
    h[:] = h + (-h + r) / tau

    error = y_target - W_out @ h
    credit = feedback @ error
    sink.W_in[:] -= scale[0] * np.tensordot(credit, Q, axes=1)
    sink.W[:] -= scale[1] * np.tensordot(credit, P, axes=1)
    sink.W_out[:] -= scale[2] * np.outer(error, h)
    return error


def loss_and_gradient(net, x, y_target, *, feedback=FEEDBACK):
    """The loss of one trial and its gradient, from one forward pass.

    Parameters and errors are those of `gradient`.

    Returns
    -------
    loss : float
    gradients : Gradients
    """
    return online.loss_and_gradient(start, step, net, x, y_target, feedback)


def gradient(net, x, y_target, *, feedback=FEEDBACK):
    """The gradient of the trial's loss by real-time recurrent learning (Eqs. 10-14).

    It equals `rnn_tutorial.bptt.gradient` to rounding.

    Parameters
    ----------
    net : Network
    x : array_like, shape (T, n_in)
        Input.
    y_target : array_like, shape (T, n_out)
        Target.
    feedback : {"W_out", "B"}
        What carries the error back to the units. With ``"B"`` this is the ablation 'random feedback only'.

    Returns
    -------
    Gradients
        To be subtracted.

    Raises
    ------
    ValueError
        If a shape does not fit, a value is not finite or `feedback` is unknown.
    """
    return loss_and_gradient(net, x, y_target, feedback=feedback)[1]


def contributions(net, x, y_target, *, feedback=FEEDBACK):
    """What each step adds to `gradient`, known at that step already.

    Parameters and errors are those of `gradient`.

    Returns
    -------
    Gradients
        With time first: ``(T,) + shape``. The sum over time is the trial's gradient.
    """
    return online.contributions(start, step, net, x, y_target, feedback)


def learn(net, x, y_target, learning_rate, *, feedback=FEEDBACK):
    """One trial in which the network learns at every step.

    Parameters
    ----------
    net : Network
    x : array_like, shape (T, n_in)
    y_target : array_like, shape (T, n_out)
    learning_rate : sequence of float
        For ``W_in``, ``W`` and ``W_out``, on the contributions to the trial's gradient.
    feedback : {"W_out", "B"}
        With ``"W_out"`` it follows the readout as it learns.

    Returns
    -------
    loss : float
        Of the outputs as they were made, by weights that moved under way.
    weights : Gradients
        The three weight matrices after the trial.
    """
    return online.learn(start, step, net, x, y_target, learning_rate, feedback)
