"""Backpropagation through time: the exact gradient, by carrying credit backward from the end of the trial.

Equations 20-23 of Murray (2019), doi 10.7554/eLife.43299.

==================  ==================================================================
Local in space      no: credit passes through the weights of other synapses
Local in time       no: the credit of a step depends on all later errors
Online              no
Memory              N T numbers
Time for a step     N² operations
Bias                none; with ``truncation``, credit that would cross a border is lost
==================  ==================================================================

The option ``truncation`` cuts the trial into blocks of so many steps; no credit crosses from a block to the one before.
"""

from rnn_tutorial.compiled import add_vecmat, compiled
from rnn_tutorial.network import forward, n_states
from rnn_tutorial.rule import Rule, from_credit

__all__ = ["adjoint", "rule", "trial"]


@compiled
def adjoint(net, phi_prime, error, truncation):
    """Carry credit backward through a trial (Eqs. 20-21), which is cut before every multiple of `truncation`.

    From the slope of tanh at ``u``, shape (T, n_rec), and target minus output, (T, n_out), come ``z[t]``, (T, n_rec):
    minus T times the derivative of the loss with respect to ``h[t + 1]``.
    """
    z = error @ net.feedback.T
    for t in range(len(z) - 2, -1, -1):
        if (t + 1) % truncation:  # no credit crosses the border of a block
            z[t] += (1 - 1 / net.tau) * z[t + 1]
            # z[t] += (phi_prime[t + 1] * z[t + 1] / tau) @ W
            add_vecmat(z[t], phi_prime[t + 1] * z[t + 1] / net.tau, net.W)
    return z


@compiled
def trial(net, x, y_target, truncation):
    """One trial, forward and backward (Eqs. 20-23)."""
    h, _, r, y = forward(net, x)
    error, phi_prime = y_target - y, 1 - r**2
    z = adjoint(net, phi_prime, error, truncation)
    credit = phi_prime * z / net.tau
    return from_credit(credit, error, h, x)


rule = Rule("bptt", "BPTT", "W_out", trial, options=("truncation",), exact=True, doc=__doc__, numbers=n_states)
