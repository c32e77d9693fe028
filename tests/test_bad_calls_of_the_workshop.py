"""As in `test_bad_calls`, of what chapters draw and let one play with; and a figure that fails leaves none open."""

import re
from dataclasses import replace
from fractions import Fraction
from inspect import isfunction, signature

import matplotlib.pyplot as plt
import numpy as np
import pytest
from test_bad_calls import refused

from rnn_book import blame, experiments, explore, figures, problems, signals, statistics, tables
from rnn_book.checks import check
from rnn_book.experiments import again
from rnn_book.flipbook import flipbook
from rnn_book.statistics import Interval
from rnn_tutorial import Network, Task, tasks, train

TASK = tasks.sum_of_sines(20)
NET = Network.random(1, 4, 1)
RECORDING = signals.Recording("a.csv", np.sin(np.arange(80.0)).reshape(-1, 2), ("left", "right"), seconds=0.5)
SINGLE = replace(RECORDING, samples=RECORDING.samples[:1])
MASKED = np.ma.masked_array([1.0, 2.0, 3.0], mask=[False, True, False])
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
    (lambda: explore.slider("tau", [2], "a", tau=3), "tau must be given by values alone, but got tau=3 too"),
    (lambda: explore.slider("tau", [2], None), "label must be a str, but got None"),
    (lambda: flipbook(dot, [1], None, "b"), "label must be a str, but got None"),
    (lambda: flipbook(dot, [1], "a", None), "alt must be a str, but got None"),
    (lambda: flipbook(dot, [1], "a", "b", figsize=3), "figsize must have shape (2), but got ()"),
    (
        lambda: flipbook(dot, [1], "a", "b", (0, 0)),
        "figsize must be 0.1 to 100 inches in width and height, but got [0. ",
    ),
    (
        lambda: flipbook(dot, [1], "a", "b", (4, 101)),
        "figsize must be 0.1 to 100 inches in width and height, but got [ ",
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
    (lambda: figures.outputs(None, {"rflo": NET}), "task must be given, but got None"),
    (lambda: statistics.final_loss(None), "run must be an array of real numbers, but got None"),
    (lambda: statistics.final_loss("x"), "run must be an array of real numbers, but got 'x'"),
    (lambda: statistics.final_loss([1.0], last=0), "last must be an integer >= 1, but got 0"),
    (lambda: statistics.count_diverged("x", 1), "losses must be an array of real numbers, but got 'x'"),
    # statistics and tables
    (lambda: statistics.median_interval([1, 2, 3], confidence=95), "confidence must be between 0 and 1, but got 95"),
    (lambda: statistics.median_interval([1, 2, 3], confidence="x"), "confidence must be a finite number, but got 'x'"),
    (lambda: statistics.median_interval(None), "values must be an array of real numbers, but got None"),
    (lambda: statistics.median_interval("abc"), "values must be an array of real numbers, but got 'abc'"),
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
    (lambda: tables.table(["a"], [["b"]], digits=0), "digits must be an integer >= 1, but got 0"),
    (lambda: tables.table(["a"], [], digits="x"), "digits must be an integer >= 1, but got 'x'"),
    (lambda: tables.number(0.5, 1.0), "digits must be an integer >= 1, but got 1.0"),
    (lambda: tables.glue(None), "texts must be a dict, but got None"),
    (lambda: statistics.final_loss(MASKED), "run must be an array of real numbers, but got masked_array("),
    (lambda: statistics.final_loss([[1], [1, 2]]), "run must be an array of real numbers, but got [[1], [1, 2]]"),
    (lambda: statistics.final_loss(["1", "2"]), "run must be an array of real numbers, but got ['1', '2']"),
    (lambda: statistics.final_loss(1.0), "run must be a History or the losses of trials, but got 1.0"),
    (lambda: statistics.count_diverged(MASKED, 1), "losses must be an array of real numbers, but got masked_array("),
    (lambda: statistics.count_diverged([1, None], 1), "losses must be an array of real numbers, but got [1, None]"),
    (lambda: statistics.count_diverged([1, np.nan], "x"), "silent must be a number >= 0, but got 'x'"),
    (lambda: statistics.count_diverged([1, np.nan], None), "silent must be a number >= 0, but got None"),
    (lambda: statistics.count_diverged([1, np.nan], np.nan), "silent must be a number >= 0, but got nan"),
    (lambda: statistics.count_diverged([1, np.nan], -0.1), "silent must be a number >= 0, but got -0.1"),
    (lambda: statistics.median_interval([1j, 2, 3]), "values must be an array of real numbers, but got [1j, 2, 3]"),
    (lambda: statistics.median_interval(MASKED), "values must be an array of real numbers, but got masked_array("),
    (lambda: statistics.leave_one_out([[1j, 2, 3]]), "losses must be an array of real numbers, but got [[1j, 2, 3]]"),
    (lambda: statistics.ratio_interval(MASKED, [1, 2, 3]), "a must be an array of real numbers, but got masked_array("),
    (lambda: statistics.ratio_interval([1, 2, 3], MASKED), "b must be an array of real numbers, but got masked_array("),
    (lambda: statistics.ratio_interval("abc", [1, 2, 3]), "a must be an array of real numbers, but got 'abc'"),
    (lambda: statistics.ratio_interval([1, 2, 3], [[1], [2, 3]]), "b must be an array of real numbers, but got [[1], "),
    (
        lambda: statistics.ratio_interval([1j, 2, 3], [1, 2, 3]),
        "a must be an array of real numbers, but got [1j, 2, 3]",
    ),
    (lambda: statistics.ratio_interval([1, 2, 3], [1, 2, 0]), "b must be positive and finite, but got [1. 2. 0.]"),
    (
        lambda: statistics.ratio_interval([1, 2, np.inf], [1, 2, 3]),
        "a must be positive and finite, but got [ 1.  2. inf]",
    ),
    (lambda: statistics.ranking(None), "ratio must be a Interval, but got None"),
    (
        lambda: statistics.ranking(Interval(np.nan, np.nan, np.nan)),
        "ratio must be an Interval from its lower end to its ",
    ),
    (
        lambda: statistics.ranking(Interval(0.5, 0.4, 0.3)),
        "ratio must be an Interval from its lower end to its higher ",
    ),
    (lambda: statistics.ranking(Interval("a", "b", "c")), "ratio must be an array of real numbers, but got Interval("),
    (lambda: statistics.share_interval(1, 3, 95), "confidence must be between 0 and 1, but got 95"),
    (lambda: statistics.share_interval(1, 3, "x"), "confidence must be a finite number, but got 'x'"),
    (lambda: statistics.share_interval(1, 10**400), "n must be less than 2**63, but has 1329 bits"),
    (lambda: statistics.share_interval(1, 2**63), "n must be less than 2**63, but has 64 bits"),
    # recordings
    (lambda: signals.preview(None, None), "recording must be a Recording, but got None"),
    (lambda: signals.preview(RECORDING, None), "task must be a Task, but got None"),
    (lambda: signals.preview(replace(RECORDING, seconds=-1), TASK), "step must be a finite number > 0, but got -1"),
    (
        lambda: signals.to_task(RECORDING, columns=0),
        "columns must be some of ['left', 'right'], or their places, but got 0",
    ),
    (
        lambda: signals.to_task(RECORDING, columns="left"),
        "columns must be some of ['left', 'right'], or their places, but",
    ),
    (lambda: signals.to_task(RECORDING, columns=[True, False]), "columns must be some of ['left', 'right'], or their "),
    (lambda: signals.to_task(RECORDING, n_in="x"), "n_in must be an integer >= 0, but got 'x'"),
    (lambda: signals.read("a.csv", "text"), "content must be the bytes of a file, but got 'text'"),
    (lambda: signals.read("a.wav", 3), "content must be the bytes of a file, but got 3"),
    (lambda: signals.read("a.wav", b"", decimal="x"), "decimal must be one of '.', ',', but got 'x'"),
    (lambda: signals.step_seconds(None, TASK), "recording must be a Recording, but got None"),
    (lambda: signals.step_seconds(RECORDING, None), "task must be a Task, but got None"),
    (lambda: signals.step_seconds(SINGLE, Task([[1]], [[1]])), "recording must hold two samples or more, but holds 1"),
    (lambda: signals.in_time(None, 1), "ax must be a Axes, but got None"),
    # blame, exercises, problems
    (lambda: blame.map_of(*blame.example(), 9, 0), "i must be one of the units 0 to 7, but got 9"),
    (lambda: blame.map_of(*blame.example(), 0, 8), "j must be one of the units 0 to 7, but got 8"),
    (lambda: blame.map_of(*blame.example(), "a", 0), "i must be an integer >= 0, but got 'a'"),
    (lambda: blame.map_of(*blame.example(), 1.0, 0), "i must be an integer >= 0, but got 1.0"),
    (lambda: blame.map_of(*blame.example(), 0, -1), "j must be an integer >= 0, but got -1"),
    (lambda: blame.map_of(None, TASK.x, TASK.y_target, 0, 0), "net must be a Network, but got None"),
    (lambda: check(["rflo"]), "name must be one of 'bptt', "),
    (lambda: check(None), "name must be one of 'bptt', "),
    (lambda: problems.sheet_and_key(-1), "seed must be an integer >= 0, but got -1"),
    (lambda: problems.sheet_and_key("x"), "seed must be an integer >= 0, but got 'x'"),
    (lambda: problems.sheet_and_key(None), "seed must be an integer >= 0, but got None"),
    (lambda: problems.open_box(3), "code must be a str, but got 3"),
    (lambda: problems.gradient_of("mine", 0.9, 3), "loss must be one of 'late errors count more', "),
    # stored results
    (lambda: again.check("zz"), "name must be one of 'periodic_rates', "),
    (lambda: again.differences(None), "name must be one of 'periodic_rates', "),
    (lambda: experiments.save("a", None), "results must be a Results, but got None"),
    (lambda: experiments.save(None, None), "name must be a str, but got None"),
]

# What a figure is given is told before the cause.
DRAWN = [
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
    (lambda: figures.learning_curves({"rflo": [HISTORY]}, ax=3), "ax must be a Axes, but got 3"),
    (lambda: figures.blame_frame(3, 1), "figure must be a FigureBase, but got 3"),
    (
        lambda: figures.loss_panels({"a": [1, 2]}, "rflo"),
        "runs of 'a' must have shape (n_runs, smooth=1 trials or more)",
    ),
    (
        lambda: figures.loss_panels({"a": np.ones((3, 5))}, "rflo", smooth=6),
        "runs of 'a' must have shape (n_runs, smooth=6 trials or more), but got (3, 5)",
    ),
    (lambda: figures.loss_panels({"a": [[1, 2]]}, "rflo", smooth=0), "smooth must be an integer >= 1, but got 0"),
    (lambda: figures.loss_panels({"a": [[1, 2]]}, "rflo", smooth="x"), "smooth must be an integer >= 1, but got 'x'"),
    (
        lambda: figures.variant_losses({"a": [[1]]}, (0.1, 1), smooth=2),
        "losses of 'a' must have shape (n_runs, smooth=2",
    ),
    (lambda: figures.angle_strips({}), "angles must not be empty"),
    (lambda: figures.eigenvalue_cloud(3, 3, 3), "eigenvalues must have shape (any), but got ()"),
]


@pytest.mark.parametrize(("call", "text"), CALLS)
def test_a_bad_call_is_refused_and_leaves_no_figure(call, text):
    before = plt.get_fignums()
    refused(call, ValueError, text)
    assert plt.get_fignums() == before


@pytest.mark.parametrize(("call", "text"), DRAWN)
def test_a_bad_figure_is_refused_and_its_function_and_arguments_are_named(call, text):
    with pytest.raises(ValueError, match=rf"^\w+ cannot draw (\w+ of type \w+(, )?)+: {re.escape(text)}"):
        call()
    assert plt.get_fignums() == []


LARGE = [
    (lambda: signals.to_task(RECORDING, n_steps=10**12), "a task of n_steps=1000000000000 and n_in=1 would take"),
    (lambda: signals.to_task(RECORDING, n_in=10**12), "a task of n_steps=100 and n_in=1000000000000 would take"),
    (
        lambda: statistics.median_interval([1, 2, 3], n_resamples=10**12),
        "n_resamples=1000000000000 of 3 values would take 2.24e+4 ",
    ),
]


@pytest.mark.parametrize(("call", "text"), LARGE)
def test_what_cannot_fit_is_refused(call, text):
    refused(call, MemoryError, text)


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


@pytest.mark.parametrize("value", [3, "x", [], {}])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_figure_of_anything_is_refused(name, value):
    wanted = [argument for draw, argument in WANTED if draw is FUNCTIONS[name]]
    if wanted:
        with pytest.raises(ValueError, match=f"^{name} cannot draw {wanted[0]} of type {type(value).__name__}"):
            FUNCTIONS[name](**dict.fromkeys(wanted, value))
    assert plt.get_fignums() == []


def test_what_is_not_of_the_arguments_goes_out_as_it_is():
    """A call without an argument, memory that is not there, a library that is not installed, and the reader's stop."""
    with pytest.raises(TypeError, match="missing a required argument: 'rule'"):
        figures.loss_panels({"a": [[1, 2]]})
    with pytest.raises(TypeError, match="unexpected keyword argument 'smoth'"):
        figures.loss_panels({"a": [[1, 2]]}, "rflo", smoth=3)
    for error in (MemoryError, ModuleNotFoundError, KeyboardInterrupt):

        def interval(values, error=error):
            raise error

        with pytest.raises(error):
            figures.interval_points(plt.figure().subplots(), [1], {"rflo": [[1, 2, 3]]}, interval)
    plt.close("all")


def test_an_uploader_tells_an_unknown_option_at_once():
    with pytest.raises(TypeError, match="unexpected keyword argument 'foo'"):
        signals.Uploader(foo=3)
    assert signals.Uploader(50, columns=["left"], envelope=True, n_in=0).task is None


def test_none_is_taken_where_it_is_the_default():
    """Negative control."""
    assert len(WANTED) > 100
    plt.close(figures.schematic(None, ax=None).figure)
    plt.close(figures.learning_curves({"my own": [HISTORY]}, None).figure)


def test_what_a_slider_cannot_show_is_not_trained(monkeypatch):
    trained = []
    really = explore._train
    monkeypatch.setattr(explore, "_train", lambda *given, **settings: trained.append(settings))
    for values, start in ((range(1, 102), 0), ([2, 3], 2)):
        with pytest.raises(ValueError, match="frames"):
            explore.slider("tau", values, "tau", start=start)
    assert trained == []
    with pytest.raises(TypeError):
        explore.slider("tau", [2, 3], "tau", start=1)
    assert len(trained) == 1, "the control: it would have been noticed"
    lengths = []
    monkeypatch.setattr(
        explore, "_train", lambda n, *given, **settings: lengths.append(n) or really(n, *given, **settings)
    )
    with pytest.raises(ValueError, match="tau must be a finite number >= 1, but got 0"):
        explore.slider("tau", [2, 3, 0], "tau", n_trials=5)
    assert lengths == [0, 0, 0]
    explore.slider("tau", [2, 3], "tau", n_trials=1)
    assert lengths[3:] == [0, 0, 1, 1], "the control"


def test_a_frame_that_fails_leaves_no_figure():
    before = plt.get_fignums()
    with pytest.raises(ZeroDivisionError):
        flipbook(lambda figure, value: 1 / value, [0], "a", "b")
    assert plt.get_fignums() == before


def test_figures_of_others_stay_open_when_one_fails():
    mine = plt.figure()
    with pytest.raises(ValueError, match="loss_panels cannot draw") as raised:
        figures.loss_panels({"a": {1, 2}}, "rflo")
    assert isinstance(raised.value.__cause__, TypeError)
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
    plt.close(figures.loss_panels({"a": np.ones((3, 5))}, "rflo", smooth=5)[0].figure)
    plt.close(figures.recordings(tasks.heartbeat(20), tasks.hand_movement(20), drawn={}))
    plt.close(signals.preview(RECORDING, signals.to_task(RECORDING, 20, envelope=True, columns=("left",), n_in=2)))
    assert len(plt.get_fignums()) == 0
    for content in (bytearray(b"1.5\n2.5\n"), memoryview(b"1.5\n2.5\n")):
        assert signals.read("a.csv", content).samples.tolist() == [[1.5], [2.5]]
    unmasked = np.ma.masked_array([1.0, 2.0, 3.0], mask=False)
    assert statistics.final_loss(unmasked) == statistics.final_loss([Fraction(2), 2]) == 2
    assert statistics.count_diverged([1, np.nan], np.inf).tolist() == [1, np.inf]
    assert statistics.count_diverged([1, -np.inf], 0).tolist() == [1, 0]
    assert statistics.ranking(Interval(2.0, 2.0, 2.0)) == "higher loss"
    assert tables.number(Fraction(1, 3)) == tables.number(1 / 3) == "0.333"
    assert tables.number(0.26, digits=1) == "0.3"
    assert blame.map_of(*blame.example(), 7, 7).shape == (12, 12)
    pytest.importorskip("scipy")
    assert statistics.median_interval([1, 2, 3], confidence=0.5).median == 2
    assert statistics.paired_comparison([Fraction(1), 2, 3], unmasked).ratio.median == 1
    assert statistics.share_interval(0, 2**63 - 1).median == 0
