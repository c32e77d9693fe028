"""Figures of the chapter on recorded signals."""

import matplotlib.pyplot as plt
import numpy as np

from rnn_book.style import GREY, INK, STYLES, WIDE, legible

__all__ = ["hand_frame", "harm", "own_signal", "periods_on", "recordings"]

_TARGET = {"color": GREY, "linewidth": 5, "alpha": 0.5}


def recordings(heart, hand, drawn=None):
    """The heartbeat against time and the hand's path in the plane; with outputs, what networks draw over them.

    Parameters
    ----------
    heart, hand : Task
        With one output and with two.
    drawn : dict, optional
        For each key of `STYLES` the outputs for `heart`, shape (T, 1), and for `hand`, shape (T, 2).

    Returns
    -------
    Figure
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=WIDE)
    look = {"color": INK} if drawn is None else _TARGET
    left.plot(heart.y_target, **look)
    right.plot(*hand.y_target.T, **look)
    right.plot(*hand.y_target[0], "o", color=INK)
    for rule, (y_heart, y_hand) in (drawn or {}).items():
        style = {key: STYLES[rule][key] for key in ("color", "linestyle", "label")}
        left.plot(y_heart, **style)
        right.plot(*y_hand.T, **style)
    left.set(xlabel="time (steps)", ylabel="voltage (scaled)")
    right.set(xlabel="across", ylabel="up", aspect="equal")
    if drawn:
        left.legend(loc="upper right", fontsize="small")
    return figure


def hand_frame(figure, hand, drawn):
    """One moment of training: the path that a network of each rule draws, over that of the hand.

    Parameters
    ----------
    figure : Figure
        Empty.
    hand : Task
        With two outputs.
    drawn : dict
        For each key of `STYLES` an output, shape (T, 2).
    """
    for ax, (rule, y) in zip(figure.subplots(1, len(drawn), sharey=True), drawn.items(), strict=True):
        ax.plot(*hand.y_target.T, **_TARGET)
        ax.plot(*y.T, color=STYLES[rule]["color"])
        ax.set(xlim=(-1.3, 1.3), ylim=(-1.3, 1.3), aspect="equal", xlabel="across")
        ax.set_title(STYLES[rule]["label"], color=legible(STYLES[rule]["color"]), fontsize="medium")
    figure.axes[0].set_ylabel("up")


def harm(sizes, losses, silent):
    """Loss against the size of a perturbation: median and quartiles over networks, one panel a kind and a rule.

    Parameters
    ----------
    sizes : array_like, shape (n,)
    losses : dict
        Of (kind of perturbation, "one" or "varied", key of `STYLES`) to an array, shape (n_networks, n): of networks
        that were trained from one start, drawn solid, and from varied starts, dashed.
    silent : float
        Loss of the output 0.

    Returns
    -------
    Figure
    """
    kinds, rules = (list(dict.fromkeys(key[k] for key in losses)) for k in (0, 2))
    figure, axes = plt.subplots(
        len(rules), len(kinds), figsize=(7.2, 5), sharex=True, sharey=True, squeeze=False, layout="constrained"
    )
    for (kind, way, rule), values in losses.items():
        ax, color = axes[rules.index(rule), kinds.index(kind)], STYLES[rule]["color"]
        low, median, high = np.percentile(values, [25, 50, 75], axis=0)
        ax.fill_between(sizes, low, high, color=color, alpha=0.15, linewidth=0)
        ax.plot(sizes, median, "-" if way == "one" else "--", color=color, label=f"{way} start" + "s" * (way != "one"))
    for ax in axes.flat:
        ax.axhline(silent, color=INK, linestyle=":", linewidth=1)
        ax.set(xscale="log", yscale="log", xlim=(sizes[0], sizes[-1]))
    for ax, kind in zip(axes[-1], kinds, strict=True):
        ax.set_xlabel(rf"{kind}, $\sigma$")
    for ax, rule in zip(axes[:, 0], rules, strict=True):
        ax.set_ylabel("loss")
        ax.set_title(STYLES[rule]["label"], color=legible(STYLES[rule]["color"]), fontsize="medium", loc="left")
        ax.legend(fontsize="small", loc="upper left")
    figure.get_layout_engine().set(w_pad=0.12)  # the last label of one panel beside the first of the next
    return figure


def periods_on(target, outputs):
    """Outputs that run on after the trial: one panel a rule, with a line where training ended.

    Parameters
    ----------
    target : ndarray, shape (T, 1)
        Of one trial.
    outputs : dict
        For each key of `STYLES` an output, shape (n_periods * T, 1).

    Returns
    -------
    Figure
    """
    figure, axes = plt.subplots(len(outputs), 1, figsize=(7.2, 1.9 * len(outputs)), sharex=True, sharey=True)
    for ax, (rule, y) in zip(axes, outputs.items(), strict=True):
        ax.plot(np.tile(target, (len(y) // len(target), 1)), **_TARGET)
        ax.plot(y, color=STYLES[rule]["color"])
        ax.axvline(len(target), color=INK, linestyle="--", linewidth=1)
        ax.set(ylabel="output", xlim=(0, len(y)))
        ax.set_title(STYLES[rule]["label"], color=legible(STYLES[rule]["color"]), fontsize="medium", loc="left")
    above = axes[0].get_xaxis_transform()
    axes[0].text(len(target), 1.02, "a trial ended here", va="bottom", fontsize="small", color=INK, transform=above)
    axes[-1].set_xlabel("time (steps)")
    return figure


def own_signal(task, y, rule="rflo"):
    """A recording, and what a network draws: one line an output.

    Parameters
    ----------
    task : Task
    y : ndarray, shape (T, n_out)
    rule : str
        Key of `STYLES`.

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=(7.2, 2.8))[1]
    ax.plot(task.y_target, **_TARGET)
    ax.plot(y, color=STYLES[rule]["color"])
    ax.set(xlabel="time (steps)", ylabel="output")
    return ax
