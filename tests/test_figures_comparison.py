"""Figures of the comparison and of the appendices show the numbers that they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import FancyBboxPatch

from rnn_book import figures
from rnn_book.statistics import Interval
from rnn_book.style import GREY, STYLES
from rnn_tutorial import History, Network, tasks


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def texts(ax):
    return [text.get_text() for text in ax.texts]


def lines(ax, color):
    return [line for line in ax.get_lines() if line.get_color() == color]


def bold(ax, color):
    return max(lines(ax, color), key=lambda line: line.get_linewidth()).get_ydata()


# The comparison


def test_losses_stand_over_what_they_cost():
    falling = np.geomspace(1, 0.01, 100) * [[1], [2], [4]]
    losses = {"bptt": (np.arange(1, 101), falling), ("bptt", 4): (np.arange(1, 101), np.ones((3, 100)))}
    costs = {"seconds": {"bptt": 2.0, ("bptt", 4): 3.0}, "steps": {"bptt": 50, ("bptt", 4): 50}}
    first, second = figures.loss_against_cost(losses, costs).axes
    one, other = first.lines
    assert one.get_xdata()[0] / 2 == other.get_xdata()[0] / 3 == 1
    assert np.array_equal(one.get_ydata(), falling[1]), "the median of the networks"
    assert second.lines[0].get_xdata()[-1] == 50 * 100
    assert one.get_linestyle() != other.get_linestyle()
    assert [text.get_text() for text in first.get_legend().get_texts()] == ["BPTT", "BPTT, K = 4"]


def test_a_stream_shows_medians_over_steps_and_floors():
    losses = {"rflo": np.array([[1.0] * 6, [2.0] * 6, [4.0] * 6]), "snap1": np.full((3, 6), 0.5)}
    ax = figures.stream_curves(losses, 1000, {"neither": 0.04})
    assert ax.lines[0].get_xydata().tolist() == [[3000, 2], [4000, 2]]
    assert ax.lines[1].get_ydata().tolist() == [0.5, 0.5]
    assert ax.lines[2].get_ydata()[0] == 0.04
    assert texts(ax) == ["neither"]


def test_paired_ratios_mark_the_interval_that_is_given():
    rows = {("rflo", "RFLO"): np.array([1.0, 2, 4]), ("local", "local only"): np.array([3.0, 3, 3])}
    intervals = {("rflo", "RFLO"): Interval(1, 2, 4), ("local", "local only"): Interval(2.5, 3, 3.5)}
    ax = figures.paired_ratios(rows, intervals)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["RFLO", "local only"]
    dots, bar, tick = lines(ax, STYLES["local"]["color"])
    assert [list(line.get_xdata()) for line in (dots, bar, tick)] == [[3, 3, 3], [2.5, 3.5], [3]]
    assert list(lines(ax, STYLES["rflo"]["color"])[2].get_xdata()) == [2]
    assert {"lower loss ←", "→ higher loss"} <= set(texts(ax))


def test_ratio_curves_have_a_panel_a_rule():
    bands = {"rflo": [Interval(0.5, 1, 2)] * 3, "random": [Interval(0.1, 0.2, k) for k in (0.3, 0.4, 0.5)]}
    first, second = figures.ratio_curves(bands).axes
    assert bold(first, STYLES["rflo"]["color"]).tolist() == [1, 1, 1]
    assert bold(second, STYLES["random"]["color"]).tolist() == [0.2, 0.2, 0.2]
    assert second.get_title(loc="left") == STYLES["random"]["label"]


def test_relative_lengths_draw_the_median_of_each_rule_on_each_path():
    trials = np.array([0, 30, 60])
    lengths = {("rflo", "local"): [[8, 8, 8], [9, 9, 9], [20, 20, 20]], ("bptt", "local"): [[1, 2, 3]] * 3}
    first, second = figures.relative_lengths(trials, lengths).axes
    assert bold(first, STYLES["local"]["color"]).tolist() == [9, 9, 9]
    assert bold(second, STYLES["local"]["color"]).tolist() == [1, 2, 3]
    assert [ax.get_title(loc="left") for ax in (first, second)] == ["while RFLO trains", "while BPTT trains"]


BRANCHES = {
    "ranking-n-30": "9.5 [7.1, 34]",
    "ranking-n-100": "3.3 [1.7, 9.8]",
    "branch-truncated-bptt-k-4": "19 of 20",
    "branch-rtrl": "20 of 20",
    "branch-rtrl-in-blocks-k-8": "18 of 20",
    "branch-rflo": "1 of 20",
    "branch-snap-1": "2 of 20",
}


def outside_of_its_box(figure):
    """The lines of the boxes that are not inside of one."""
    (ax,) = figure.axes
    boxes = [patch.get_window_extent() for patch in ax.patches if isinstance(patch, FancyBboxPatch)]
    lines = [text for text in ax.texts if text.get_text() not in ("yes", "no")]
    extents = [line.get_window_extent() for line in lines]
    return [
        line.get_text()
        for line, of in zip(lines, extents, strict=True)
        if not any(box.x0 < of.x0 and of.x1 < box.x1 and box.y0 < of.y0 and of.y1 < box.y1 for box in boxes)
    ]


def test_the_tree_has_four_questions_and_five_rules_with_their_numbers():
    figure = figures.decisions(BRANCHES)
    (ax,) = figure.axes
    assert [texts(ax).count(answer) for answer in ("yes", "no")] == [4, 4]
    assert [text.get_text() for text in ax.texts if text.get_fontweight() == "bold"] == [
        "RFLO",
        "BPTT",
        "truncated BPTT",
        "RTRL",
        "RFLO or SnAp-1",
    ]
    words = " ".join(texts(ax)).replace("\N{NO-BREAK SPACE}", " ")
    assert [number for number in BRANCHES.values() if number not in words] == []
    assert [words.find(f"{k}. ") >= 0 for k in range(1, 6)] == [True] * 4 + [False]


def test_the_tree_can_be_read_on_a_phone():
    """Shown 340 pixels wide, its letters of 12 points are 11 pixels high, and each line lies in its box."""
    figures.use_style()
    figure = figures.decisions(BRANCHES)
    assert 12 / 72 * 340 / figure.get_figwidth() >= 11
    assert {text.get_fontsize() for text in figure.axes[0].texts} == {12}
    assert outside_of_its_box(figure) == []
    long = figures.decisions(BRANCHES | {"branch-rtrl": "W" * 20})
    assert outside_of_its_box(long) == ["W" * 20], "the control"


def test_a_rate_sweep_counts_what_failed():
    swept = {"bptt": {0.1: np.array([0.01, 0.02, 0.03]), 1.0: np.array([0.02, np.inf, 0.9])}}
    ax = figures.rate_sweep(swept, untrained=0.3)
    assert "2" in texts(ax)
    assert "3" not in texts(ax)
    swept["bptt"][1.0] = np.array([0.02, 0.03, 0.04])
    assert "2" not in texts(figures.rate_sweep(swept, untrained=0.3))


def test_a_race_shows_each_network_at_that_trial():
    net, task = Network.random(1, 3, 1, seed=0), tasks.sum_of_sines(10)
    runs = {
        rule: [History(net, np.array([1.0, loss]), np.zeros(2), None) for loss in (0.1, 0.2)]
        for rule, loss in (("bptt", 0), ("rflo", 0))
    }
    figure = plt.figure()
    figures.race(figure, 2, runs, task, {"bptt": net, "rflo": net})
    cloud = figure.axes[1].get_lines()[-1]
    assert list(cloud.get_xdata()) == [0.1, 0.2]
    figure.clear()
    figures.race(figure, 1, runs, task, {"bptt": net, "rflo": net})
    assert list(figure.axes[1].get_lines()[-1].get_xdata()) == [1, 1]


def test_a_forgotten_feedback_is_told_from_a_kept_one():
    ax = figures.alignment_reloaded([0.1, 0.5], [0.1, -0.5])
    assert set(texts(ax)) == {"B kept", "B forgotten"}
    kept, forgotten = lines(ax, STYLES["rflo"]["color"])
    assert (list(kept.get_ydata()), list(forgotten.get_ydata())) == ([0.1, 0.5], [0.1, -0.5])


# The sweep


def test_losses_at_rates_draw_the_median_over_networks():
    ax = figures.losses_at_rates([0.1, 1], {"bptt": np.array([[0.1, 0.2, 0.9], [1, 1, 0.5]])})
    assert bold(ax, STYLES["bptt"]["color"]).tolist() == [0.2, 1]


# Speed

SIZES = [
    {"n_rec": 5, "T": 10, "ms": {"BPTT": 0.5, "RTRL": 50.0, "BPTT, PyTorch": 5.0, "BPTT, without Numba": 1.0}},
    {"n_rec": 50, "T": 10, "ms": {"BPTT": 1.5, "BPTT, PyTorch": 2.5, "BPTT, without Numba": 250.0}},
]


def test_trial_times_say_each_time_and_what_was_not_run():
    small, large = figures.trial_times(SIZES).axes
    assert [label.get_text() for label in small.get_yticklabels()] == [
        "RTRL",
        "BPTT, PyTorch",
        "BPTT, without Numba",
        "BPTT",
    ]
    assert texts(small) == ["50", "5", "1", "0.5"]
    assert texts(large) == ["not run", "2.5", "250", "1.5"]
    (others,) = lines(small, GREY)
    assert others.get_xdata() == [5.0]


def test_scaling_writes_the_exponents_apart():
    along = {"along": [1, 10], "ms": [1.0, 10.0], "exponent": 1.0}
    near = {"along": [1, 10], "ms": [1.0, 10.1], "exponent": 2.5}
    figure = figures.scaling({"n_rec": {"BPTT": along, "RFLO": near}, "T": {"RTRL": along}})
    first, second = figure.axes
    assert texts(first) == ["BPTT: 1.0", "RFLO: 2.5"]
    assert texts(second) == ["RTRL: 1.0"]
    (_, low), (_, high) = (text.get_position() for text in first.texts)
    assert high - low > 10, "their points are less than one point apart"


# Differences


def test_defect_sizes_put_a_matrix_in_its_panel():
    found = np.array([[0.1, 0.9], [0.2, 0.9], [0.3, 0.9]])
    figure = figures.defect_sizes({("bptt", "1 shifted", "W"): found, ("rflo", "5 late", "W_in"): 10 * found})
    of_input, recurrent = figure.axes
    assert lines(recurrent, STYLES["bptt"]["color"])[0].get_xdata().tolist() == [0.1, 0.2, 0.3]
    assert not lines(of_input, STYLES["bptt"]["color"])
    assert lines(of_input, STYLES["rflo"]["color"])[0].get_xdata().tolist() == [1, 2, 3]


def test_right_and_wrong_rules_stand_in_two_panels_with_their_names():
    names = ("exact", "original BPTT", "original RTRL", "RFLO", "original RFLO")
    losses = {name: np.full((3, 4), 0.1 * (k + 1)) for k, name in enumerate(names)}
    above, below = figures.right_and_wrong(losses).axes
    assert set(texts(above)) == {"exact", "original BPTT", "original RTRL"}
    assert set(texts(below)) == {"RFLO", "original RFLO"}
    assert bold(above, STYLES["bptt"]["color"]).tolist() == pytest.approx([0.1] * 4)
    assert bold(below, STYLES["rflo"]["color"]).tolist() == pytest.approx([0.4] * 4)


def test_cosines_along_training():
    ax = figures.cosines_along([0, 50], {"RFLO": [[0, 0.5], [0.1, 0.6], [0.2, 0.7]]})
    assert bold(ax, STYLES["rflo"]["color"]).tolist() == [0.1, 0.6]


def test_defects_by_smoothness_have_a_panel_each():
    keys = [("bptt", "1"), ("rtrl", "2"), ("rflo", "3"), ("rflo", "5")]
    errors = {key: [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]] for key in keys}
    axes = figures.defects_by_smoothness([0, 1], errors).axes
    assert [ax.get_title(loc="left") for ax in axes] == ["1", "2", "3", "5"]
    assert bold(axes[1], STYLES["rtrl"]["color"]).tolist() == [0.2, 0.5]
