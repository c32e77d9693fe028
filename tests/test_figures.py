"""Figures that have to hold for runs which failed or diverged."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rnn_book import figures
from rnn_tutorial import Network
from rnn_tutorial.training import History


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def history(loss):
    return History(Network.random(1, 3, 1), np.array(loss, float), np.zeros(len(loss)), None)


def bold_line(ax):
    return max(ax.get_lines(), key=lambda line: line.get_linewidth()).get_ydata()


def test_learning_curves_show_the_median_over_runs():
    ax = figures.learning_curves({"bptt": [history([1, 2]), history([3, 4]), history([8, 9])]})
    assert bold_line(ax).tolist() == [3, 4]


def test_learning_curves_leave_out_failed_runs_and_end_where_a_run_diverged():
    ax = figures.learning_curves({"bptt": [history([1, 2, 3]), None, history([5]), history([9, 6, 7])]})
    assert bold_line(ax).tolist() == [5, 4, 5]


def test_rules_may_have_different_numbers_of_trials():
    ax = figures.alignment_curves({"bptt": [history([1, 2, 3])], "rflo": [history([1, 2])]})
    assert ax.get_xlim() == (0, 3)
