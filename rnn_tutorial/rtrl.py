"""Real-time recurrent learning: the exact gradient, by carrying all sensitivities forward with the network.

Equations 10-14 of Murray (2019), doi 10.7554/eLife.43299; the rule is Williams and Zipser's (1989). The
input trace takes the input of the step itself, as the exact derivative of Eq. 1 needs. With blocks it is
Schmidhuber's (1992) algorithm, doi 10.1162/neco.1992.4.2.243: the same gradient at a fraction of the cost.
"""

import numpy as np

from rnn_tutorial import _check, online
from rnn_tutorial.bptt import adjoint
from rnn_tutorial.compiled import add_blocks, add_matvec, add_outer, compiled, leak_towards, tanh
from rnn_tutorial.network import forward, mean_squared_loss

__all__ = ["contributions", "gradient", "loss_and_gradient", "online_trial", "trial_in_blocks"]

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
    h, r, errors = h0.copy(), np.empty_like(h0), np.empty_like(y_target)
    P, P_next = np.zeros((n_rec, W.size)), np.empty((n_rec, W.size))
    Q, Q_next = np.zeros((n_rec, W_in.size)), np.empty((n_rec, W_in.size))
    for t in range(T):
        slot = t % len(sink.W)
        u = W_in @ x[t]
        add_matvec(u, W, h)
        tanh(u, r)
        phi_prime = 1 - r**2
        jacobian = (1 - 1 / tau) * np.eye(n_rec) + phi_prime.reshape(-1, 1) * W / tau
        P, P_next = np.dot(jacobian, P, P_next), P
        Q, Q_next = np.dot(jacobian, Q, Q_next), Q
        add_blocks(P, phi_prime / tau, h)
        add_blocks(Q, phi_prime / tau, x[t])
        leak_towards(h, h, r, tau)
        error = y_target[t] - W_out @ h
        credit = -(feedback @ error) / T
        sink.W[slot] += scale[1] * (credit @ P).reshape(W.shape)
        sink.W_in[slot] += scale[0] * (credit @ Q).reshape(W_in.shape)
        add_outer(sink.W_out[slot], -scale[2] / T * error, h)
        errors[t] = error
    return mean_squared_loss(errors)


@compiled
def trial_in_blocks(weights, feedback, tau, h0, x, y_target, block, sink, scale):
    """One trial, block after block: backpropagation inside a block, sensitivities only from block to block.

    ``M`` is the derivative of the state at the end of the block by the state before a step. The memory does not grow
    with the trial. The argument `sink` has no leading axis and is not a view of the weights, `block` is the number of
    steps; the others are those of `online_trial`.

    Returns
    -------
    float
        The loss.
    """
    W_in, W, _ = weights
    sum_in, sum_rec, sum_out = sink
    T, n_rec = len(x), len(h0)
    h_before, loss = h0, 0.0
    P, Q = np.zeros((n_rec, W.size)), np.zeros((n_rec, W_in.size))
    for begin in range(0, T, block):
        x_here = x[begin : begin + block]
        h, _, r, y = forward(weights, tau, h_before, x_here)
        error = y_target[begin : begin + block] - y
        phi_prime = 1 - r**2

        # What the block's own steps did to its errors (Eqs. 20-23), and what the steps before it did.
        z = adjoint(W, feedback, tau, phi_prime, error, block)
        credit = phi_prime * z / tau
        z_before = (1 - 1 / tau) * z[0] + credit[0] @ W
        sum_in -= scale[0] / T * (credit.T @ x_here + (z_before @ Q).reshape(W_in.shape))
        sum_rec -= scale[1] / T * (credit.T @ h[:-1] + (z_before @ P).reshape(W.shape))
        sum_out -= scale[2] / T * (error.T @ h[1:])
        loss += mean_squared_loss(error) * len(error) / T

        # What the steps until here do to the blocks still to come.
        if begin + block < T:
            M, by_current = np.eye(n_rec), np.empty((block, n_rec, n_rec))
            for t in range(block - 1, -1, -1):
                by_current[t] = M * (phi_prime[t] / tau)
                M = (1 - 1 / tau) * M + by_current[t] @ W
            of_step = by_current.reshape(block, -1).T
            P = M @ P + (of_step @ h[:-1]).reshape(P.shape)
            Q = M @ Q + (of_step @ x_here).reshape(Q.shape)
            h_before = h[block]
    return loss


def loss_and_gradient(net, x, y_target, *, feedback=FEEDBACK, block=None):
    """The loss of one trial and its gradient, from one forward pass.

    Parameters and errors are those of `gradient`.

    Returns
    -------
    loss : float
    gradients : Gradients
    """
    if block is None:
        return online.loss_and_gradient(online_trial, net, x, y_target, feedback)
    _check.integer("block", block, at_least=1)
    x, y_target = net.check_trial(x, y_target)
    sink = net.zeros()
    return trial_in_blocks(*net.kernel_arguments(x, y_target, feedback), block, sink, (1.0, 1.0, 1.0)), sink


def gradient(net, x, y_target, *, feedback=FEEDBACK, block=None):
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
    block : int, optional
        Carry the sensitivities only from block to block of this many steps, and go backward inside each (Schmidhuber
        1992). The gradient is the same to rounding; about `n_rec` steps are a good compromise: longer blocks gain
        little and need more memory. Omitted, they are carried from
        step to step.

    Returns
    -------
    Gradients
        To be subtracted.

    Raises
    ------
    ValueError
        If a shape does not fit, a value is not finite, `feedback` is unknown or ``block < 1``.
    """
    return loss_and_gradient(net, x, y_target, feedback=feedback, block=block)[1]


def contributions(net, x, y_target, *, feedback=FEEDBACK):
    """What each step adds to `gradient`, known at that step already.

    Parameters and errors are those of `gradient`.

    Returns
    -------
    Gradients
        With time first: ``(T,) + shape``. The sum over time is the trial's gradient.
    """
    return online.contributions(online_trial, net, x, y_target, feedback)
