"""SnAp-1 (Menick et al. 2021): RTRL that keeps of each sensitivity the synapse's own unit; a rule of one's own."""

import numpy as np

from rnn_tutorial import Rule
from rnn_tutorial.compiled import compiled, dot, remember
from rnn_tutorial.network import advance, mean_squared_loss
from rnn_tutorial.rule import add_share


@compiled
def online(net, x, y_target, into, by):
    """One trial, forward, each step's share as it arises."""
    h, h_next, r, error = net.h0.copy(), np.empty_like(net.h0), np.empty_like(net.h0), np.empty_like(y_target)
    p, q = np.zeros(net.W.shape), np.zeros(net.W_in.shape)
    for t in range(len(x)):
        advance(net, h, x[t], r, h_next)
        phi_prime = 1 - r**2
        keep = 1 - 1 / net.tau + phi_prime * np.diag(net.W) / net.tau
        p = remember(p, keep, phi_prime / net.tau, h)
        q = remember(q, keep, phi_prime / net.tau, x[t])
        error[t] = y_target[t] - dot(net.W_out, h_next)
        add_share(into, by, t, dot(net.feedback, error[t]), q, p, error, h_next)
        h, h_next = h_next, h
    return mean_squared_loss(error)


rule = Rule("snap1", "SnAp-1", feedback="W_out", online=online)
