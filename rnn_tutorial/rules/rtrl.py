"""Real-time recurrent learning: the exact gradient, by carrying all sensitivities forward with the network.

Equations 10-14 of Murray (2019), doi 10.7554/eLife.43299; the rule is Williams and Zipser's (1989). The input trace
takes the input of the step itself, as the exact derivative of Eq. 1 needs.

==================  ====================================================================
Local in space      no: each unit needs a number for every synapse of the network
Local in time       yes
Online              yes; with ``block``, at the end of each block
Memory              N³ numbers
Time for a step     N⁴ operations; in blocks of about N steps, N³
Bias                none; of first order in the learning rate when learning at every step
==================  ====================================================================

With the option ``block`` it is Schmidhuber's (1992) algorithm, doi 10.1162/neco.1992.4.2.243: the sensitivities are
carried from block to block of so many steps only, and credit goes backward inside each. The gradient is the same to
rounding. About N steps are a good compromise: longer blocks gain little and need more memory.
"""

import numpy as np

from rnn_tutorial.compiled import compiled, dot, remember
from rnn_tutorial.network import Arrays, Gradients, advance, forward, mean_squared_loss
from rnn_tutorial.rule import Rule, add_share
from rnn_tutorial.rules.bptt import adjoint

__all__ = ["in_block", "online", "rule", "sensitivities", "to_next_block", "trial"]


@compiled
def online(net, x, y_target, into, by):
    """One trial, forward, each step's share as it arises (Eqs. 10-14)."""
    h, h_next = net.h0.copy(), np.empty_like(net.h0)
    r, error = np.empty_like(h), np.empty_like(y_target)
    P, Q = np.zeros((len(h), *net.W.shape)), np.zeros((len(h), *net.W_in.shape))
    leak = (1 - 1 / net.tau) * np.eye(len(h))
    for t in range(len(x)):
        advance(net, h, x[t], r, h_next)
        phi_prime = 1 - r**2
        J = leak + phi_prime.reshape(-1, 1) * net.W / net.tau
        # P = J P + F, with F[a, a] = phi_prime[a] * h / tau, and Q with x[t] for h
        P = remember(P, J, phi_prime / net.tau, h)
        Q = remember(Q, J, phi_prime / net.tau, x[t])
        error[t] = y_target[t] - dot(net.W_out, h_next)
        c = dot(net.feedback, error[t])
        # by this step, dL/dW -= c P / T, and dL/dW_in with Q for P
        add_share(into, by, t, c, Q, P, error, h_next)
        h, h_next = h_next, h
    return mean_squared_loss(error)


@compiled
def in_block(net, x, y_target, P, Q):
    """One block: what its errors say, of its own steps (Eqs. 20-23) and, by `P` and `Q`, of the steps before it.

    `P` and `Q` are the sensitivities of ``net.h0``, as matrices of n_rec rows. Returned are T times the block's share
    in loss and gradient, and what `to_next_block` takes: the states and the slopes of tanh.
    """
    h, _, r, y = forward(net, x)
    error, phi_prime = y_target - y, 1 - r**2
    z = adjoint(net, phi_prime, error, len(x))
    credit = phi_prime * z / net.tau
    z_before = (1 - 1 / net.tau) * z[0] + credit[0] @ net.W
    dW_in = -(credit.T @ x) - (z_before @ Q).reshape(net.W_in.shape)
    dW = -(credit.T @ h[:-1]) - (z_before @ P).reshape(net.W.shape)
    return mean_squared_loss(error) * len(x), Gradients(dW_in, dW, -(error.T @ h[1:])), h, phi_prime


@compiled
def to_next_block(net, x, h, phi_prime, P, Q):
    """The sensitivities of the state in which a block ends, which is ``h[-1]``.

    ``M`` is the derivative of that state by the state before a step, ``by_current[t]`` that by the current ``u[t]``.
    """
    M, by_current = np.eye(len(net.h0)), np.empty((len(x), *net.W.shape))
    for t in range(len(x) - 1, -1, -1):
        by_current[t] = M * (phi_prime[t] / net.tau)
        M = (1 - 1 / net.tau) * M + by_current[t] @ net.W
    of_step = by_current.reshape(len(x), -1).T
    return M @ P + (of_step @ h[:-1]).reshape(P.shape), M @ Q + (of_step @ x).reshape(Q.shape)


@compiled
def trial(net, x, y_target, block):
    """One trial, block after block. The memory does not grow with the trial."""
    n_rec, T = len(net.h0), len(x)
    P, Q = np.zeros((n_rec, net.W.size)), np.zeros((n_rec, net.W_in.size))
    dW_in, dW, dW_out = np.zeros(net.W_in.shape), np.zeros(net.W.shape), np.zeros(net.W_out.shape)
    h0, loss = net.h0, 0.0
    for begin in range(0, T, block):
        here = Arrays(net.W_in, net.W, net.W_out, net.feedback, net.tau, h0)
        x_here, y_here = x[begin : begin + block], y_target[begin : begin + block]
        share, gradients, h, phi_prime = in_block(here, x_here, y_here, P, Q)
        loss += share / T
        dW_in += gradients.W_in / T
        dW += gradients.W / T
        dW_out += gradients.W_out / T
        if begin + block < T:
            P, Q = to_next_block(here, x_here, h, phi_prime, P, Q)
            h0 = h[block]
    return loss, Gradients(dW_in, dW, dW_out)


def sensitivities(net, n_steps):
    """How many numbers `P` and `Q` are, and one of the two in the next step, which comes before the old one goes."""
    return net.n_rec**2 * (net.n_rec + net.n_in + max(net.n_rec, net.n_in))


rule = Rule("rtrl", "RTRL", "W_out", trial, online, ("block",), exact=True, doc=__doc__, numbers=sensitivities)
