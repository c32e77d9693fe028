"""Random feedback local online learning: a local estimate of the gradient.

Equations 5 and 6 of Murray (2019), doi 10.7554/eLife.43299. Two approximations turn RTRL into it: of all the
sensitivities a synapse keeps only what it can see itself, and fixed random weights carry the error back.
The input trace takes the input of the step itself, as the exact derivative of Eq. 1 needs.
"""

import numpy as np

from rnn_tutorial import online
from rnn_tutorial.compiled import add_matvec, add_outer, compiled, decay_and_add, leak_towards, tanh
from rnn_tutorial.network import forward, mean_squared_loss

__all__ = ["contributions", "gradient", "loss_and_gradient", "online_trial", "trial"]

FEEDBACK = "B"


@compiled
def online_trial(weights, feedback, tau, h0, x, y_target, sink, scale):
    """One trial, forward: add `scale` times each step's contribution to `sink` as it arises (Eqs. 5-6).

    Arguments are unchecked.

    Parameters
    ----------
    weights : Gradients
        The three weight matrices.
    feedback : ndarray, shape (n_rec, n_out)
    tau : float
    h0 : ndarray, shape (n_rec,)
    x : ndarray, shape (T, n_in)
    y_target : ndarray, shape (T, n_out)
    sink : Gradients
        With a leading axis: of length T, it takes the contribution of each step; of length 1, their sum. If it is a
        view of the weights, the network learns at every step.
    scale : tuple of float
        For ``W_in``, ``W`` and ``W_out``.

    Returns
    -------
    float
        The loss.
    """
    W_in, W, W_out = weights
    T = len(x)
    h, h_next, r = h0.copy(), np.empty_like(h0), np.empty_like(h0)
    errors = np.empty_like(y_target)
    p, q = np.zeros(W.shape), np.zeros(W_in.shape)
    for t in range(T):
        slot = t % len(sink.W)
        u = W_in @ x[t]
        add_matvec(u, W, h)
        tanh(u, r)
        phi_prime = 1 - r**2
        leak_towards(h_next, h, r, tau)
        error = y_target[t] - W_out @ h_next
        credit = -(feedback @ error) / T
        decay_and_add(p, 1 - 1 / tau, phi_prime / tau, h, sink.W[slot], scale[1] * credit)
        decay_and_add(q, 1 - 1 / tau, phi_prime / tau, x[t], sink.W_in[slot], scale[0] * credit)
        add_outer(sink.W_out[slot], -scale[2] / T * error, h_next)
        errors[t] = error
        h, h_next = h_next, h
    return mean_squared_loss(errors)


@compiled
def trial(weights, feedback, tau, h0, x, y_target, sink, scale):
    """One trial, with the traces summed up backward: the same sum as `online_trial`, with fewer operations.

    ``lambda[t] = (1 - 1/tau) lambda[t+1] + B error[t]`` replaces the traces: credit leaks backward at each unit, and
    never crosses a synapse. As the leak is the same for all units, the error leaks first, and B takes it to the units
    then. The argument `sink` has no leading axis; the others are those of `online_trial`.
    """
    T = len(x)
    h, _, r, y = forward(weights, tau, h0, x)
    error = y_target - y
    leaked = error.copy()
    for t in range(T - 2, -1, -1):
        leaked[t] += (1 - 1 / tau) * leaked[t + 1]
    credit = (1 - r**2) * (leaked @ feedback.T)
    W_in, W, W_out = sink
    W_in -= scale[0] / (tau * T) * (credit.T @ x)
    W -= scale[1] / (tau * T) * (credit.T @ h[:-1])
    W_out -= scale[2] / T * (error.T @ h[1:])
    return mean_squared_loss(error)


def loss_and_gradient(net, x, y_target, *, feedback=FEEDBACK):
    """The loss of one trial and the local estimate of its gradient, from one forward pass.

    Parameters and errors are those of `gradient`.

    Returns
    -------
    loss : float
    gradients : Gradients
    """
    x, y_target = net.check_trial(x, y_target)
    sink = net.zeros()
    return trial(*net.kernel_arguments(x, y_target, feedback), sink, (1.0, 1.0, 1.0)), sink


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
    return online.contributions(online_trial, net, x, y_target, feedback)
