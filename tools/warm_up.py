"""Compile every kernel and build matplotlib's list of fonts, so that a reader's first cell need not.

An image of the book runs this once (`postBuild`), and `make bench` measures what it takes from nothing.
"""

import matplotlib.font_manager  # noqa: F401 (builds the list of fonts)

from rnn_tutorial import Network, bptt, rflo, rtrl, tasks, train

net, task = Network.random(1, 4, 1), tasks.sum_of_sines(8)
trial = net, task.x, task.y_target
train(net, task, n_trials=1, progress=False)  # every rule is in the one kernel of a training session
for rule in (bptt, rflo, rtrl):
    rule.gradient(*trial)
for rule in (rflo, rtrl):
    rule.contributions(*trial)
rtrl.gradient(*trial, block=4)
net.run(task.x)
