"""Real-time recurrent learning: the exact gradient, by carrying all sensitivities forward with the network.

Equations 10-14 of Murray (2019), doi 10.7554/eLife.43299; the rule is Williams and Zipser's (1989). The
input trace takes the input of the step itself, as the exact derivative of Eq. 1 needs.
"""

import numpy as np

from rnn_tutorial import online
from rnn_tutorial.compiled import add_blocks, add_outer, compiled, matvec, tanh, vecmat
from rnn_tutorial.network import mean_squared_loss

__all__ = ["contributions", "gradient", "loss_and_gradient", "online_trial"]

FEEDBACK = "W_out"


@compiled
def online_trial(weights, feedback, tau, h0, x, y_target, sink, scale):
    """One trial, forward: add `scale` times each step's contribution to `sink` as it arises (Eqs. 10-14).

    ``P[j, a * n_rec + b]`` is the derivative of ``h[j]`` with respect to ``W[a, b]``, and ``Q[j, a * n_in + b]`` with
    respect to ``W_in[a, b]``. Arguments are those of `rnn_tutorial.rflo.online_trial`.

    Returns
    -------
    float
        The loss.
    """
    W_in, W, W_out = weights
    T, n_rec = len(x), len(h0)
    h, errors = h0.copy(), np.empty_like(y_target)
    P, P_next = np.zeros((n_rec, W.size)), np.empty((n_rec, W.size))
    Q, Q_next = np.zeros((n_rec, W_in.size)), np.empty((n_rec, W_in.size))
    for t in range(T):
        slot = t % len(sink.W)
        r = tanh(matvec(W, h) + matvec(W_in, x[t]))
        phi_prime = 1 - r**2
        jacobian = (1 - 1 / tau) * np.eye(n_rec) + phi_prime.reshape(-1, 1) * W / tau
        P, P_next = np.dot(jacobian, P, P_next), P
        Q, Q_next = np.dot(jacobian, Q, Q_next), Q
        add_blocks(P, phi_prime / tau, h)
        add_blocks(Q, phi_prime / tau, x[t])
        h = h + (-h + r) / tau
        error = y_target[t] - matvec(W_out, h)
        credit = -matvec(feedback, error) / T
        sink.W[slot] += scale[1] * vecmat(credit, P).reshape(W.shape)
        sink.W_in[slot] += scale[0] * vecmat(credit, Q).reshape(W_in.shape)
        add_outer(sink.W_out[slot], -scale[2] / T, error.reshape(1, -1), h.reshape(1, -1))
        errors[t] = error
    return mean_squared_loss(errors)


def loss_and_gradient(net, x, y_target, *, feedback=FEEDBACK):
    """The loss of one trial and its gradient, from one forward pass.

    Parameters and errors are those of `gradient`.

    Returns
    -------
    loss : float
    gradients : Gradients
    """
    return online.loss_and_gradient(online_trial, net, x, y_target, feedback)


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
    return online.contributions(online_trial, net, x, y_target, feedback)
