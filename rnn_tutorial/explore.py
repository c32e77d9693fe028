"""The explorer: sliders that retrain a network, and a picture that stands still where no kernel runs."""

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display

from rnn_tutorial import tasks
from rnn_tutorial.figures import STYLES
from rnn_tutorial.network import Network
from rnn_tutorial.training import RULES, train

__all__ = ["explorer"]

CHUNKS = 20


def explorer(rule="rflo", learning_rate=0.03, tau=10.0, period=100, n_rec=30, seed=0, n_trials=200):
    """Show sliders for a rule and its settings; each change trains a new network on the sum of sines.

    The picture is an ordinary output of the cell: on a page without a kernel it stays as it was computed.

    Parameters
    ----------
    rule : {"rflo", "bptt", "rtrl"}
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
    wide = {"description_width": "7em"}
    late = {"continuous_update": False, "style": wide}
    settings = {
        "rule": widgets.Dropdown(options=list(RULES), value=rule, description="rule", style=wide),
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
    display(widgets.VBox([*settings.values(), widgets.HBox([bar, said])]))
    handle = None

    def retrain(_=None):
        nonlocal handle
        chosen = {name: control.value for name, control in settings.items()}
        figure = _picture(n_trials, progress=lambda k: setattr(bar, "value", k), say=said, **chosen)
        if handle is None:
            handle = display(figure, display_id=True)
        else:
            handle.update(figure)

    retrain()
    for control in settings.values():
        control.observe(retrain, "value")


def _picture(n_trials, progress, say, rule, learning_rate, tau, period, n_rec, seed):
    """Train in chunks, reporting after each, and draw the loss and the output before and after."""
    task = tasks.sum_of_sines(period)
    before = net = Network.random(task.n_in, n_rec, task.n_out, tau=tau, seed=seed)
    losses = []
    for k in range(CHUNKS):
        progress(k)
        say.value = "training ..."
        history = train(net, task, rule, max(1, n_trials // CHUNKS), learning_rate, progress=False)
        net = history.network
        losses.append(history.loss)
        if history.stopped:
            break
    progress(CHUNKS)
    losses = np.concatenate(losses)
    ending = f", then {history.stopped}" if history.stopped else ""
    say.value = f"{len(losses)} trials{ending}: loss {losses[0]:.3g} to {losses[-1]:.3g}"

    style = STYLES[rule]
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.2, 2.9))
    t = np.arange(1, task.T + 1)
    left.semilogy(losses, color=style["color"], linestyle=style["linestyle"])
    left.set(xlabel="trial", ylabel="loss")
    right.plot(t, before.run(task.x).y, color=STYLES["untrained"]["color"], linewidth=1, label="before")
    right.plot(t, net.run(task.x).y, color=style["color"], label="after")
    right.plot(t, task.y_target, **STYLES["target"])
    right.set(xlabel="time (steps)", ylabel="output")
    right.legend(loc="upper center", ncols=3, bbox_to_anchor=(0.5, 1.2), handlelength=1.4, columnspacing=1)
    plt.close(figure)
    return figure
