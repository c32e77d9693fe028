"""The explorer, whose sliders retrain a network, and one slider over runs made beforehand, which needs no kernel."""

import base64
import io
import warnings

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display

from rnn_book.figures import STYLES
from rnn_book.flipbook import check_frames, flipbook
from rnn_tutorial import _check, tasks
from rnn_tutorial.network import Network
from rnn_tutorial.rule import Rule
from rnn_tutorial.rules import RULES
from rnn_tutorial.training import DivergenceWarning, train

__all__ = ["explorer", "slider"]

CHUNKS = 20
SIZE = (7.2, 3.2)  # inches
DEFAULTS = {"rule": "rflo", "learning_rate": 0.03, "tau": 10.0, "period": 100, "n_rec": 30, "seed": 0}


def explorer(rule="rflo", learning_rate=0.03, tau=10.0, period=100, n_rec=30, seed=0, n_trials=200):
    """Show sliders for a rule and its settings; each change trains a new network on the sum of sines.

    Without a kernel neither the sliders nor the picture that they change are there.

    Parameters
    ----------
    rule : {"rflo", "bptt", "rtrl"} or Rule
        The one it begins with.
    learning_rate : float
        Between 0.001 and 1.
    tau : float
        Between 1 and 40 steps.
    period : int
        Between 20 and 400 steps.
    n_rec : int
        Between 2 and 60.
    seed : int
        Between 0 and 99.
    n_trials : int
        How long each training lasts.
    """
    given = {"learning_rate": learning_rate, "tau": tau, "period": period, "n_rec": n_rec, "seed": seed}
    for name, value in given.items():
        _check.number(name, value)
    _check.integer("n_trials", n_trials, at_least=1)
    rules = [(name, name) for name in RULES]
    if isinstance(rule, Rule):
        rules.append((rule.label, rule))
    else:
        _check.choice("rule", rule, RULES)
    wide = {"description_width": "7em"}
    late = {"continuous_update": False, "style": wide}
    settings = {
        "rule": widgets.Dropdown(options=rules, value=rule, description="rule", style=wide),
        "learning_rate": widgets.FloatLogSlider(learning_rate, min=-3, max=0, step=0.25, description="rate", **late),
        "tau": widgets.FloatSlider(tau, min=1, max=40, step=1, description="tau (steps)", **late),
        "period": widgets.IntSlider(period, min=20, max=400, step=20, description="period (steps)", **late),
        "n_rec": widgets.IntSlider(n_rec, min=2, max=60, description="units N", **late),
        "seed": widgets.IntSlider(seed, min=0, max=99, description="seed", **late),
    }  # fmt: skip
    bar = widgets.IntProgress(0, 0, CHUNKS, description="training", style=wide)
    said = widgets.Label()
    for name, control in settings.items():
        control.tooltip = name
        if name in given and control.value != given[name]:
            raise ValueError(f"{name} must be between {control.min} and {control.max}, but got {given[name]!r}")
    picture = widgets.HTML()
    display(widgets.VBox([*settings.values(), widgets.HBox([bar, said]), picture]))

    def retrain(_=None):
        chosen = {name: control.value for name, control in settings.items()}
        said.value = "training ..."
        try:
            result, history = _train(n_trials, report=lambda k: setattr(bar, "value", k), **chosen)
        except Exception as error:  # of a rule of one's own; what a slider raises goes to a log that nobody reads
            said.value = f"{type(error).__name__}: {error}"
            raise
        ending = f", then {history.stopped}" if history.stopped else ""
        losses = f": loss {history.loss[0]:.3g} to {history.loss[-1]:.3g}" if len(history.loss) else ""
        said.value = f"{len(history.loss)} trials{ending}{losses}"
        figure, png = plt.figure(figsize=SIZE, dpi=150), io.BytesIO()
        try:
            _draw(figure, *result)
            figure.savefig(png, format="png")
        finally:
            plt.close(figure)
        source = f"data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}"
        picture.value = (
            f'<img src="{source}" width="{100 * SIZE[0]:.0f}" alt="Loss, and output before and after training">'
        )

    retrain()
    for control in settings.values():
        control.observe(retrain, "value")


def slider(name, values, label, n_trials=200, start=0, **settings):
    """Train for each value of one setting beforehand, and put the pictures behind a slider that needs no kernel.

    Parameters
    ----------
    name : str
        The setting that the slider moves: one of those of `explorer`.
    values : sequence
        Its values, at most 60.
    label : str
        What the slider is called, with its unit.
    n_trials : int
        How long each training lasts.
    start : int
        Which of the values shows first.
    **settings
        The others, as in `explorer`.

    Returns
    -------
    IPython.display.HTML

    Raises
    ------
    ValueError
        If there is no such setting, it is given twice, or the values cannot be frames of a flipbook.
    """
    for setting in (name, *settings):
        _check.choice("name", setting, tuple(DEFAULTS))
    if name in settings:
        raise ValueError(f"{name} must be given by values alone, but got {name}={settings[name]!r} too")
    values, settings = check_frames(values, start, label), DEFAULTS | settings
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DivergenceWarning)  # the curve shows where it ends
        for n in (0, n_trials):  # for no trial at first: each value is looked at before one is trained
            results = {value: _train(n, lambda _: None, **settings | {name: value})[0] for value in values}

    def draw(figure, value):
        _draw(figure, *results[value])
        left, right = figure.axes
        left.set_ylim(0.01, 1)  # the same for all, so that they compare
        right.set_ylim(-1.6, 1.6)

    rule = settings["rule"]
    label_of_rule = rule.label if isinstance(rule, Rule) else STYLES[rule]["label"]
    alt = f"Loss of a network under {label_of_rule}, and its output before and after training."
    return flipbook(draw, values, label, alt, figsize=SIZE, start=start)


def _train(n_trials, report, rule, learning_rate, tau, period, n_rec, seed):
    """Train on the sum of sines and report how far it is; what there is to draw, and the history."""
    task = tasks.sum_of_sines(period)
    before = Network.random(task.n_in, n_rec, task.n_out, tau=tau, seed=seed)

    def present(trial):
        report(CHUNKS * trial // n_trials)
        return task

    history = train(before, present, rule, n_trials, learning_rate, progress=False)
    report(CHUNKS)
    style = STYLES[rule.name] if isinstance(rule, Rule) else STYLES[rule]
    return (style, task, before, history.network, history.loss), history


def _draw(figure, style, task, before, net, losses):
    """Draw the loss, and the output before and after."""
    left, right = figure.subplots(1, 2)
    t = np.arange(1, task.T + 1)
    shown = np.where(losses < 1e9, losses, np.nan)  # a run that diverges leaves the picture
    left.semilogy(shown, color=style["color"], linestyle=style["linestyle"])
    left.set(xlabel="trial", ylabel="loss")
    right.plot(t, before.run(task.x).y, color=STYLES["untrained"]["color"], linewidth=1, label="before")
    right.plot(t, net.run(task.x).y, color=style["color"], label="after")
    right.plot(t, task.y_target, **STYLES["target"])
    right.set(xlabel="time (steps)", ylabel="output")
    figure.legend(*right.get_legend_handles_labels(), loc="outside upper right", ncols=3, handlelength=1.4)
