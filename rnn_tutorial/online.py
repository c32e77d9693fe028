"""What the two online rules share: where the contributions of the steps of a trial go.

The kernel of an online rule adds each step's contribution to a sink. If the sink has a place for each step, they are
handed out. If it has one place for all, they sum up to the gradient of the trial. If it is the weights themselves, the
network learns at every step.
"""

import numpy as np

from rnn_tutorial.network import Gradients

__all__ = ["contributions", "learn", "loss_and_gradient"]


def loss_and_gradient(kernel, net, x, y_target, feedback):
    """The loss of one trial and the sum of the contributions of all its steps."""
    x, y_target = net.check_trial(x, y_target)
    sink = net.zeros(1)
    loss = kernel(*net.kernel_arguments(x, y_target, feedback), sink, (1.0, 1.0, 1.0))
    return loss, Gradients(*(total[0] for total in sink))


def contributions(kernel, net, x, y_target, feedback):
    """The contribution of each step of a trial, with time as the first axis."""
    x, y_target = net.check_trial(x, y_target)
    sink = net.zeros(len(x))
    kernel(*net.kernel_arguments(x, y_target, feedback), sink, (1.0, 1.0, 1.0))
    return sink


def learn(kernel, net, x, y_target, learning_rate, feedback):
    """One trial in which the network learns at every step.

    Returns
    -------
    loss : float
        Of the outputs as they were made, by weights that moved under way.
    weights : Gradients
        The three weight matrices after the trial.
    """
    x, y_target = net.check_trial(x, y_target)
    weights, fed_back, *rest = net.kernel_arguments(x, y_target, feedback)
    if feedback == "W_out":
        fed_back = weights.W_out.T  # a view: it follows the readout as it learns
    sink = Gradients(*(w[np.newaxis] for w in weights))
    scale = tuple(-float(rate) for rate in learning_rate)
    return kernel(weights, fed_back, *rest, sink, scale), weights
