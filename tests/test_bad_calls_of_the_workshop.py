"""As in `test_bad_calls`, of what chapters draw and let one play with; and a figure that fails leaves none open."""

from inspect import isfunction, signature

import matplotlib.pyplot as plt
import numpy as np
import pytest
from test_bad_calls import refused

from rnn_book import experiments, explore, figures, signals, statistics, tables
from rnn_book.flipbook import flipbook
from rnn_tutorial import Network, tasks, train

TASK = tasks.sum_of_sines(20)
NET = Network.random(1, 4, 1)
HISTORY, EMPTY = (train(NET, TASK, n_trials=n, progress=False) for n in (3, 0))


def dot(figure, value):
    figure.subplots().plot([value])


CALLS = [
    # frames and sliders
    (lambda: flipbook(dot, [1, 2], "a", "b", start=5), "start must be less than the number of frames, 2, but got 5"),
    (lambda: flipbook(dot, [1, 2], "a", "b", start=-1), "start must be an integer >= 0, but got -1"),
    (lambda: flipbook(dot, [1, 2], "a", "b", start=1.0), "start must be an integer >= 0, but got 1.0"),
    (lambda: flipbook(dot, None, "a", "b"), "values must be a Iterable, but got None"),
    (lambda: flipbook(dot, [], "a", "b"), "values must hold 1 to 60 frames, but holds 0"),
    (lambda: flipbook(None, [1], "a", "b"), "draw must be a function of a figure and a value, but got None"),
    (lambda: explore.slider("tau", range(1, 100), "a"), "values must hold 1 to 60 frames, but holds 99"),
    (lambda: explore.slider("tau", [1, 2], "a", start=2), "start must be less than the number of frames, 2, but got 2"),
    (lambda: explore.slider("tau", None, "a"), "values must be a Iterable, but got None"),
    (lambda: explore.slider("tau", ["x"], "a"), "tau must be a finite number >= 1, but got 'x'"),
    (
        lambda: explore.slider("tau", [2], "a", rule="adam"),
        "rule must be one of 'bptt', 'rtrl', 'rflo', but got 'adam'",
    ),
    (lambda: explore.slider("tau", [2], "a", momentum=3), "name must be one of 'rule', 'learning_rate', 'tau', "),
    (lambda: explore.slider("tau", [2], "a", n_trials=-1), "n_trials must be an integer >= 0, but got -1"),
    # the explorer
    (lambda: explore.explorer(rule="adam"), "rule must be one of 'bptt', 'rtrl', 'rflo', but got 'adam'"),
    (lambda: explore.explorer(tau="slow"), "tau must be a finite number, but got 'slow'"),
    (lambda: explore.explorer(tau=100), "tau must be between 1.0 and 40.0, but got 100"),
    (lambda: explore.explorer(tau=None), "tau must be a finite number, but got None"),
    (lambda: explore.explorer(learning_rate=5), "learning_rate must be between "),
    (lambda: explore.explorer(learning_rate="x"), "learning_rate must be a finite number, but got 'x'"),
    (lambda: explore.explorer(n_rec=2.5), "n_rec must be between 2 and 60, but got 2.5"),
    (lambda: explore.explorer(n_rec=1), "n_rec must be between 2 and 60, but got 1"),
    (lambda: explore.explorer(n_trials=0), "n_trials must be an integer >= 1, but got 0"),
    # recordings, experiments, final losses
    (lambda: signals.read(None), "path must be the name of a file, but got None"),
    (lambda: signals.read(b"a.csv"), "path must be the name of a file, but got b'a.csv'"),
    (lambda: signals.to_task(None), "recording must be a Recording, but got None"),
    (lambda: experiments.run(3), "experiment must be a Experiment, but got 3"),
    (lambda: statistics.final_loss(None), "run must be a History or the losses of trials, but got None"),
    (lambda: statistics.final_loss("x"), "run must be an array of numbers, but got 'x'"),
    (lambda: statistics.final_loss([1.0], last=0), "last must be an integer >= 1, but got 0"),
    (lambda: statistics.count_diverged("x", 1), "losses must be an array of numbers, but got 'x'"),
    # curves
    (lambda: figures.learning_curves(HISTORY), "runs must be a dict, but got History("),
    (lambda: figures.learning_curves({}), "runs must not be empty"),
    (lambda: figures.learning_curves({"rflo": HISTORY}), "runs of 'rflo' must be a Iterable, but got History("),
    (lambda: figures.learning_curves({"rflo": []}), "runs of 'rflo' must hold one or more Histories, but got []"),
    (
        lambda: figures.alignment_curves({"rflo": [None]}),
        "runs of 'rflo' must hold one or more Histories, but got [None",
    ),
    (lambda: figures.learning_curves({"rflo": [3]}), "runs of 'rflo' must hold one or more Histories, but got [3]"),
    (lambda: figures.learning_curves({"rflo": [EMPTY]}), "runs of 'rflo' must hold a trial, but each of them ended"),
    (lambda: figures.alignment_curves({"rflo": [EMPTY]}), "runs of 'rflo' must hold a trial, but each of them ended"),
    (lambda: figures.training([EMPTY], [NET], TASK, "rflo"), "histories must hold a trial, but each of them ended"),
    (
        lambda: figures.network_at_work(np.ones((9, 7)), np.ones((8, 1)), np.ones((8, 1)), 3),
        "h must have shape (any, 6), but got (9, 7)",
    ),
    (lambda: figures.outputs(TASK, {}), "networks must not be empty"),
    (lambda: figures.outputs(TASK, NET), "networks must be a dict, but got Network("),
    (lambda: figures.outputs(TASK, {"rflo": None}), "each of networks must be a Network, but got None"),
    (lambda: figures.outputs(3, {"rflo": NET}), "task must be a Task, but got 3"),
    (lambda: figures.outputs(None, {"rflo": NET}), "task must be given, but got None"),
    (lambda: figures.training([], [], TASK, "rflo"), "histories must hold one or more Histories, but got []"),
    (
        lambda: figures.training([HISTORY], [], TASK, "rflo"),
        "before must hold the network of each of 1 runs, but holds 0",
    ),
    (
        lambda: figures.loss_rows({("rflo", "a"): [1, 2]}),
        "values must be three or more finite numbers, but got [1. 2.]",
    ),
    (lambda: figures.variant_losses({}, (0.1, 1)), "losses must not be empty"),
    # statistics and tables
    (lambda: statistics.median_interval([1, 2, 3], confidence=95), "confidence must be between 0 and 1, but got 95"),
    (lambda: statistics.median_interval([1, 2, 3], confidence="x"), "confidence must be a finite number, but got 'x'"),
    (lambda: statistics.median_interval(None), "values must be an array of numbers, but got None"),
    (lambda: statistics.median_interval("abc"), "values must be an array of numbers, but got 'abc'"),
    (lambda: statistics.median_interval([1, 2, 3], n_resamples=0), "n_resamples must be an integer >= 1, but got 0"),
    (lambda: statistics.median_interval([1, 2, 3], n_resamples="x"), "n_resamples must be an integer >= 1, but got "),
    (lambda: statistics.median_interval([1, 2, 3], seed="x"), "seed must be an integer >= 0, but got 'x'"),
    (lambda: statistics.share_interval(5, 3), "n_of must be at most n, which is 3, but got 5"),
    (lambda: statistics.share_interval(None, 3), "n_of must be an integer >= 0, but got None"),
    (lambda: statistics.share_interval(0, 0), "n must be an integer >= 1, but got 0"),
    (lambda: tables.table(None, None), "header must be a Iterable, but got None"),
    (lambda: tables.table(["a"], None), "rows must be a Iterable, but got None"),
    (lambda: statistics.ratio_interval([1, 2, 3], [1, 2, 3], 0), "confidence must be between 0 and 1, but got 0"),
    (lambda: tables.number("many"), "value must be a number, but got 'many'"),
    (lambda: tables.table(["a"], [1]), "each row must be a Iterable, but got 1"),
]


@pytest.mark.parametrize(("call", "text"), CALLS)
def test_a_bad_call_is_refused_and_leaves_no_figure(call, text):
    before = plt.get_fignums()
    refused(call, ValueError, text)
    assert plt.get_fignums() == before


FUNCTIONS = {name: getattr(figures, name) for name in figures.__all__ if isfunction(getattr(figures, name))}
WANTED = [
    (draw, argument.name)
    for draw in FUNCTIONS.values()
    for argument in signature(draw).parameters.values()
    if argument.default is argument.empty
]


@pytest.mark.parametrize(("draw", "name"), WANTED)
def test_a_figure_of_nothing_is_refused(draw, name):
    refused(lambda: draw(**{name: None}), ValueError, f"{name} must be given, but got None")


def test_none_is_taken_where_it_is_the_default():
    """Negative control."""
    assert len(WANTED) > 100
    plt.close(figures.schematic(None, ax=None).figure)
    plt.close(figures.learning_curves({"my own": [HISTORY]}, None).figure)


def test_what_a_slider_cannot_show_is_not_trained(monkeypatch):
    trained = []
    monkeypatch.setattr(explore, "_train", lambda *given, **settings: trained.append(settings))
    for values, start in ((range(1, 102), 0), ([2, 3], 2)):
        with pytest.raises(ValueError, match="frames"):
            explore.slider("tau", values, "tau", start=start)
    assert trained == []
    with pytest.raises(TypeError):
        explore.slider("tau", [2, 3], "tau", start=1)
    assert len(trained) == 1, "the control: it would have been noticed"


def test_a_frame_that_fails_leaves_no_figure():
    before = plt.get_fignums()
    with pytest.raises(ZeroDivisionError):
        flipbook(lambda figure, value: 1 / value, [0], "a", "b")
    assert plt.get_fignums() == before


def test_figures_of_others_stay_open_when_one_fails():
    mine = plt.figure()
    with pytest.raises(np.exceptions.AxisError):
        figures.loss_panels({"a": [1, 2]}, "rflo")
    assert plt.get_fignums() == [mine.number]
    plt.close(mine)


def test_good_calls_are_taken():
    """Negative control."""
    assert flipbook(dot, (1, 2), "a", "b", start=np.int64(1)).data.count("<img") == 2
    for drawn in (
        figures.learning_curves({"my own": [HISTORY, None]}),
        figures.training([HISTORY], [NET], TASK, "rflo")[0],
        figures.outputs(TASK, {"rflo": NET})[0],
        figures.loss_panels({"alone": np.ones((3, 5))}, "rflo")[0],
    ):
        assert drawn.lines
        plt.close(drawn.figure)
    pytest.importorskip("scipy")
    assert statistics.median_interval([1, 2, 3], confidence=0.5).median == 2
