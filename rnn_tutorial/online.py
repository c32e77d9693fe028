"""What the two online rules share: one sweep through a trial, and where its contributions go.

An online rule is a pair of functions. ``start(n_in, n_rec)`` returns its traces, all zero. ``step(...)`` moves
the state and the traces by one step, in place, and adds the step's contribution to a sink. If the sink is an
array of zeros, the sweep sums up the gradient of the trial. If the sink is the weights themselves, the network
learns at every step.
"""

import numpy as np

from rnn_tutorial.network import Gradients, mean_squared_loss

__all__ = ["contributions", "learn", "loss_and_gradient", "sweep"]


def sweep(start, step, net, weights, feedback, x, y_target, sinks, scale):
    """Go through one trial with an online rule; arguments unchecked.

    Parameters
    ----------
    start, step : callable
        The rule: `rnn_tutorial.rtrl` or `rnn_tutorial.rflo` has both.
    net : Network
        Gives the time constant and the initial state.
    weights : Gradients
        The three weight matrices.
    feedback : ndarray, shape (n_rec, n_out)
    x : ndarray, shape (T, n_in)
    y_target : ndarray, shape (T, n_out)
    sinks : sequence of Gradients
        Where each step's contribution is added; may be the weights themselves.
    scale : sequence of float
        Factor on the contribution to ``W_in``, ``W`` and ``W_out``: 1, or minus the learning rates.

    Returns
    -------
    float
        The loss of the trial.
    """
    T, h, traces = len(x), net.h0.copy(), start(net.n_in, net.n_rec)
    scale = [factor / T for factor in scale]
    errors = [
        step(weights, feedback, net.tau, x_t, y_t, h, traces, sink, scale)
        for x_t, y_t, sink in zip(x, y_target, sinks, strict=True)
    ]
    return mean_squared_loss(np.array(errors))


def loss_and_gradient(start, step, net, x, y_target, feedback):
    """The loss of one trial and the sum of the contributions of all its steps."""
    x, y_target = net.check_trial(x, y_target)
    total = Gradients(*(np.zeros_like(w) for w in net.weights))
    loss = sweep(start, step, net, net.weights, net.feedback(feedback), x, y_target, [total] * len(x), (1, 1, 1))
    return loss, total


def contributions(start, step, net, x, y_target, feedback):
    """The contribution of each step of a trial, with time as the first axis."""
    x, y_target = net.check_trial(x, y_target)
    each = Gradients(*(np.zeros((len(x), *w.shape)) for w in net.weights))
    sinks = [Gradients(*arrays) for arrays in zip(*each, strict=True)]
    sweep(start, step, net, net.weights, net.feedback(feedback), x, y_target, sinks, (1, 1, 1))
    return each


def learn(start, step, net, x, y_target, learning_rate, feedback):
    """One trial in which the network learns at every step.

    Returns
    -------
    loss : float
        Of the outputs as they were made, by weights that moved under way.
    weights : Gradients
        The three weight matrices after the trial.
    """
    x, y_target = net.check_trial(x, y_target)
    weights = Gradients(*(w.copy() for w in net.weights))
    # The transpose is a view: feedback through W_out follows the readout as it learns.
    feedback = weights.W_out.T if feedback == "W_out" else net.feedback(feedback)
    scale = [-rate for rate in learning_rate]
    return sweep(start, step, net, weights, feedback, x, y_target, [weights] * len(x), scale), weights
