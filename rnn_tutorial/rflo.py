"""Random feedback local online learning: a local estimate of the gradient.

Equations 5 and 6 of Murray (2019), doi 10.7554/eLife.43299. Two approximations turn RTRL into it: of all the
sensitivities a synapse keeps only what it can see itself, and fixed random weights carry the error back.
The input trace takes the input of the step itself, as the exact derivative of Eq. 1 needs.
"""

import numpy as np

from rnn_tutorial import online

__all__ = ["contributions", "gradient", "learn", "loss_and_gradient", "start", "step"]

FEEDBACK = "B"


def start(n_in, n_rec):
    """The eligibility traces before the first step: ``p`` (n_rec, n_rec) and ``q`` (n_rec, n_in), zero."""
    return np.zeros((n_rec, n_rec)), np.zeros((n_rec, n_in))


def step(weights, feedback, tau, x, y_target, h, traces, sink, scale):
    """Move the network and its eligibility traces by one step, in place (Eqs. 5-6); arguments unchecked.

    ``p[a, b]`` is what synapse ``W[a, b]`` can know of its effect on its own unit a, and ``q[a, b]`` the same for
    ``W_in[a, b]``. The other arguments are those of `rnn_tutorial.online.sweep`, at one step.

    Returns
    -------
    ndarray, shape (n_out,)
        The error, target minus output.
    """
    W_in, W, W_out = weights
    p, q = traces

    r = np.tanh(W @ h + W_in @ x)
    phi_prime = 1 - r**2
    p[:] = (1 - 1 / tau) * p + np.outer(phi_prime, h) / tau
    q[:] = (1 - 1 / tau) * q + np.outer(phi_prime, x) / tau
    h[:] = h + (-h + r) / tau

    error = y_target - W_out @ h
    credit = (feedback @ error)[:, np.newaxis]
    sink.W_in[:] -= scale[0] * credit * q
    sink.W[:] -= scale[1] * credit * p
    sink.W_out[:] -= scale[2] * np.outer(error, h)
    return error


def loss_and_gradient(net, x, y_target, *, feedback=FEEDBACK):
    """The loss of one trial and the local estimate of its gradient, from one forward pass.

    Parameters and errors are those of `gradient`.

    Returns
    -------
    loss : float
    gradients : Gradients
    """
    return online.loss_and_gradient(start, step, net, x, y_target, feedback)


def gradient(net, x, y_target, *, feedback=FEEDBACK):
    """The local estimate of the gradient of the trial's loss (Eqs. 5-6, averaged over the trial by Eq. 15).

    The readout's part is exact. The parts of ``W`` and ``W_in`` are not a gradient of anything in general.

    Parameters
    ----------
    net : Network
    x : array_like, shape (T, n_in)
        Input.
    y_target : array_like, shape (T, n_out)
        Target.
    feedback : {"B", "W_out"}
        What carries the error back to the units. With ``"W_out"`` this is the ablation 'local only'.

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
