"""Real-time recurrent learning: the exact gradient, by carrying all sensitivities forward with the network.

Equations 10-14 of Murray (2019), doi 10.7554/eLife.43299; the rule is Williams and Zipser's (1989). The input trace
takes the input of the step itself, as the exact derivative of Eq. 1 needs.

==================  ====================================================================
Local in space      no: each unit needs a number for every synapse of the network
Local in time       yes
Online              yes; with ``block``, at the end of each block
Memory              N^3 numbers
Time for a step     N^4 operations; in blocks of about N steps, N^3
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

__all__ = ["online", "rule", "trial"]


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
def trial(net, x, y_target, block):
    """One trial, block after block: backpropagation inside a block, sensitivities only from block to block.

    ``M`` is the derivative of the state at the end of the block by the state before a step. The memory does not grow
    with the trial.
    """
    tau, W, n_rec, T = net.tau, net.W, len(net.h0), len(x)
    P, Q = np.zeros((n_rec, net.W.size)), np.zeros((n_rec, net.W_in.size))
    dW_in, dW, dW_out = np.zeros(net.W_in.shape), np.zeros(net.W.shape), np.zeros(net.W_out.shape)
    h_before, loss = net.h0, 0.0
    for begin in range(0, T, block):
        x_here = x[begin : begin + block]
        h, _, r, y = forward(Arrays(net.W_in, W, net.W_out, net.feedback, tau, h_before), x_here)
        error = y_target[begin : begin + block] - y
        phi_prime = 1 - r**2

        # What the block's own steps did to its errors (Eqs. 20-23), and what the steps before it did.
        z = adjoint(net, phi_prime, error, block)
        credit = phi_prime * z / tau
        z_before = (1 - 1 / tau) * z[0] + credit[0] @ W
        dW_in -= (credit.T @ x_here + (z_before @ Q).reshape(dW_in.shape)) / T
        dW -= (credit.T @ h[:-1] + (z_before @ P).reshape(dW.shape)) / T
        dW_out -= (error.T @ h[1:]) / T
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
    return loss, Gradients(dW_in, dW, dW_out)


rule = Rule("rtrl", "RTRL", trial=trial, online=online, options=("block",), exact=True, doc=__doc__)
