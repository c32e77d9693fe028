"""Figures of the chapter on signals show the signals and losses that they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rnn_book import figures
from rnn_book.style import GREY, STYLES
from rnn_tutorial import tasks

HEART, HAND = tasks.heartbeat(20), tasks.hand_movement(10)


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def of_color(ax, color):
    return [line for line in ax.get_lines() if line.get_color() == color]


def test_recordings_show_the_signals_and_what_is_drawn_over_them():
    left, right = figures.recordings(HEART, HAND).axes
    assert np.array_equal(left.get_lines()[0].get_ydata(), HEART.y_target[:, 0])
    assert np.array_equal(np.column_stack(right.get_lines()[0].get_data()), HAND.y_target)
    assert not of_color(left, STYLES["bptt"]["color"])
    left, right = figures.recordings(HEART, HAND, {"bptt": (2 * HEART.y_target, 3 * HAND.y_target)}).axes
    (over,) = of_color(left, STYLES["bptt"]["color"])
    assert np.array_equal(over.get_ydata(), 2 * HEART.y_target[:, 0])
    (over,) = of_color(right, STYLES["bptt"]["color"])
    assert np.array_equal(over.get_xdata(), 3 * HAND.y_target[:, 0])


def test_a_frame_has_the_path_of_each_rule():
    figure = plt.figure()
    figures.hand_frame(figure, HAND, {"bptt": 0 * HAND.y_target, "rflo": HAND.y_target})
    first, second = figure.axes
    assert not of_color(first, STYLES["bptt"]["color"])[0].get_xdata().any()
    assert np.array_equal(of_color(second, STYLES["rflo"]["color"])[0].get_ydata(), HAND.y_target[:, 1])


def test_harm_puts_each_kind_and_rule_in_its_panel():
    sizes = [0.1, 1]
    losses = {
        (kind, way, rule): np.array([[k, k], [k + 1, k + 1], [k + 2, k + 2]])
        for k, (kind, way, rule) in enumerate(
            (kind, way, rule) for kind in ("start", "noise") for way in ("one", "varied") for rule in ("bptt", "rflo")
        )
    }
    figure = figures.harm(sizes, losses, silent=0.2)
    axes = np.reshape(figure.axes, (2, 2))
    solid, dashed = of_color(axes[1, 1], STYLES["rflo"]["color"])
    assert (solid.get_linestyle(), dashed.get_linestyle()) == ("-", "--")
    assert solid.get_ydata()[0] == losses["noise", "one", "rflo"][1, 0]
    assert dashed.get_ydata()[0] == losses["noise", "varied", "rflo"][1, 0]
    assert not of_color(axes[0, 0], STYLES["rflo"]["color"])


def test_periods_repeat_the_target_and_mark_the_end_of_training():
    y = np.arange(60.0)[:, np.newaxis]
    figure = figures.periods_on(HEART.y_target, {"bptt": y, "rflo": -y})
    first, second = figure.axes
    (target,) = of_color(first, GREY)
    assert np.array_equal(target.get_ydata(), np.tile(HEART.y_target[:, 0], 3))
    assert [line.get_xdata() for line in first.get_lines() if line.get_linestyle() == "--"] == [[20, 20]]
    assert of_color(second, STYLES["rflo"]["color"])[0].get_ydata()[-1] == -59


def test_an_own_signal_has_a_line_an_output():
    ax = figures.own_signal(HAND, 2 * HAND.y_target)
    assert len(of_color(ax, GREY)) == len(of_color(ax, STYLES["rflo"]["color"])) == 2
