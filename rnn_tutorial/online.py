"""What the two online rules share: where the contributions of the steps of a trial go.

The kernel of an online rule adds each step's contribution to a sink. If the sink has a place for each step, they are
handed out. If it has one place for all, they sum up to the gradient of the trial. If it is the weights themselves, the
network learns at every step: that is what `rnn_tutorial.session` does.
"""

from rnn_tutorial.network import Gradients

__all__ = ["contributions", "loss_and_gradient"]


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
