"""Compile every kernel and build matplotlib's list of fonts, so that a reader's first cell need not.

An image of the book runs this once (`postBuild`), and `make bench` measures what it takes from nothing.
"""

import matplotlib.font_manager  # noqa: F401 (builds the list of fonts)

from rnn_tutorial import Network, tasks, train
from rnn_tutorial.rules import RULES

# A transposed readout of one row has another memory order than one of more, and so a kernel of its own.
for task in (tasks.sum_of_sines(8), tasks.hand_movement(8)):
    net = Network.random(task.n_in, 4, task.n_out)
    net.run(task.x)
    for rule in RULES.values():
        for options in ({}, *({option: 4} for option in rule.options)):
            train(net, task, rule, 1, **options)
        if rule.online:
            train(net, task, rule, 1, update="step")
