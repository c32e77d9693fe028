"""Random feedback local online learning: a local estimate of the gradient.

Equations 5 and 6 of Murray (2019), doi 10.7554/eLife.43299. Two approximations turn RTRL into it: of all the
sensitivities a synapse keeps only what it can see itself, and fixed random weights carry the error back. The readout's
part is exact. With ``feedback="W_out"`` it is the ablation 'local only'. The input trace takes the input of the step
itself, as the exact derivative of Eq. 1 needs.

==================  =====================================================================
Local in space      yes, if the error is broadcast to all units
Local in time       yes
Online              yes
Memory              N² numbers; N T at the end of a trial, where credit is summed backward
Time for a step     N² operations
Bias                yes: the parts of ``W`` and ``W_in`` are no gradient of anything in general
==================  =====================================================================
"""

import numpy as np

from rnn_tutorial.compiled import compiled, dot, remember
from rnn_tutorial.network import advance, forward, mean_squared_loss, n_states
from rnn_tutorial.rule import Rule, add_share, from_credit

__all__ = ["online", "rule", "trial"]


@compiled
def online(net, x, y_target, into, by):
    """One trial, forward, each step's share as it arises (Eqs. 5-6)."""
    h, h_next = net.h0.copy(), np.empty_like(net.h0)
    r, error = np.empty_like(h), np.empty_like(y_target)
    p, q = np.zeros(net.W.shape), np.zeros(net.W_in.shape)
    keep = np.full(len(h), 1 - 1 / net.tau)
    for t in range(len(x)):
        advance(net, h, x[t], r, h_next)
        phi_prime = 1 - r**2
        # p = keep * p + outer(phi_prime / tau, h), and q with x[t] for h
        p = remember(p, keep, phi_prime / net.tau, h)
        q = remember(q, keep, phi_prime / net.tau, x[t])
        error[t] = y_target[t] - dot(net.W_out, h_next)
        c = dot(net.feedback, error[t])
        # by this step, dL/dW -= c * p / T, and dL/dW_in with q for p
        add_share(into, by, t, c, q, p, error, h_next)
        h, h_next = h_next, h
    return mean_squared_loss(error)


@compiled
def trial(net, x, y_target):
    """One trial, with the traces summed up backward: the same sum as `online`, with fewer operations.

    ``lambda[t] = (1 - 1/tau) lambda[t+1] + B error[t]`` replaces the traces: credit leaks backward at each unit, and
    never crosses a synapse. As the leak is the same for all units, the error leaks first, and B takes it to the units
    then.
    """
    h, _, r, y = forward(net, x)
    error, phi_prime = y_target - y, 1 - r**2
    leaked = error.copy()
    for t in range(len(error) - 2, -1, -1):
        leaked[t] += (1 - 1 / net.tau) * leaked[t + 1]
    credit = phi_prime * (leaked @ net.feedback.T) / net.tau
    return from_credit(credit, error, h, x)


rule = Rule("rflo", "RFLO", "B", trial, online, doc=__doc__, numbers=n_states)
