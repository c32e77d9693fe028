"""Figures of the appendix on the original code."""

import matplotlib.pyplot as plt
import numpy as np

from rnn_book.style import PALE, STYLES, label_ends, legible, spread

__all__ = ["cosines_along", "defect_sizes", "defects_by_smoothness", "right_and_wrong"]


def defect_sizes(measured):
    """Sizes of defects, one row a defect and one panel a matrix: a dot a problem, quartiles and median.

    Parameters
    ----------
    measured : dict
        Of (key of `STYLES`, label, name of the matrix) to an array, shape (n_problems, 2): relative error and cosine.
        Rows go from top to bottom in this order.

    Returns
    -------
    Figure
    """
    rows = list(dict.fromkeys(key[:2] for key in measured))
    figure, axes = plt.subplots(1, 2, sharex=True, sharey=True, figsize=(7.2, 0.42 * len(rows) + 0.9))
    for (rule, label, matrix), values in measured.items():
        ax, row, color = axes[int(matrix == "W")], rows.index((rule, label)), STYLES[rule]["color"]
        errors = values[:, 0]
        low, median, high = np.percentile(errors, [25, 50, 75])
        ax.plot(errors, np.full(len(errors), row), "o", color=color, markersize=3, alpha=0.35, markeredgewidth=0)
        ax.barh(row, high - low, left=low, height=0.42, color=color, alpha=0.45)
        ax.plot([median, median], [row - 0.32, row + 0.32], color=color, linewidth=2.4)
    for ax, name in zip(axes, ("input weights", "recurrent weights"), strict=True):
        ax.set(xscale="log", xlabel="relative error")
        ax.set_title(name, fontsize="medium", loc="left")
        ax.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    axes[0].set_yticks(range(len(rows)), [f"{STYLES[rule]['label']}, {label}" for rule, label in rows])
    axes[0].set_ylim(len(rows) - 0.4, -0.6)
    return figure


def defects_by_smoothness(smoothness, errors):
    """Relative error of defects against the smoothness of the signals, one panel a defect.

    Parameters
    ----------
    smoothness : array_like, shape (n,)
        Standard deviation of the smoothing, in time constants.
    errors : dict
        Of four (key of `STYLES`, label) to n lists with one error a problem.

    Returns
    -------
    Figure
    """
    figure, axes = plt.subplots(2, 2, sharex=True, sharey=True, figsize=(7.2, 4.6))
    for ax, ((rule, label), values) in zip(axes.flat, errors.items(), strict=True):
        spread(ax, smoothness, np.transpose(values), STYLES[rule])
        ax.set(yscale="log", ylim=(0.005, 2))
        ax.set_title(label, color=legible(STYLES[rule]["color"]), fontsize="medium", loc="left")
    figure.supxlabel(r"smoothness of the signals, SD / $\tau$", fontsize="medium")
    figure.supylabel("relative error", fontsize="medium")
    return figure


def _look(name):
    """The style of a right or a wrong rule: an original has the colour of its rule, deeper, and dots."""
    rule = name.removeprefix("original ").lower().replace("exact", "bptt")
    if name == "original RTRL" or rule == name.lower() or name == "exact":
        return STYLES[rule] | {"label": name}
    deep = {"bptt": "#002E47", "rflo": "#00402F"}[rule]
    return {"label": name, "color": deep, "linestyle": (0, (1.2, 1))}


def right_and_wrong(losses):
    """Losses of networks trained by right and by wrong rules: above the gradients, below RFLO.

    Parameters
    ----------
    losses : dict
        Of "exact", "original BPTT", "original RTRL", "RFLO" and "original RFLO" to losses, shape
        (n_networks, n_trials).

    Returns
    -------
    Figure
    """
    figure, axes = plt.subplots(2, 1, sharex=True, sharey=True, figsize=(7.2, 5))
    for ax, is_rflo in zip(axes, (False, True), strict=True):
        of = {name: np.asarray(values) for name, values in losses.items() if ("RFLO" in name) == is_rflo}
        n_trials = next(iter(of.values())).shape[1]
        ax.set(yscale="log", ylabel="loss", xlim=(0, n_trials), ylim=(0.01, 1))
        label_ends(ax, [(spread(ax, np.arange(n_trials), y, _look(name))[-1], _look(name)) for name, y in of.items()])
    axes[-1].set_xlabel("trial")
    return figure


def cosines_along(trials, cosines):
    """Cosine of rules' updates to the gradient along training.

    Parameters
    ----------
    trials : array_like, shape (n,)
    cosines : dict
        Of the name of a rule, as in `right_and_wrong`, to cosines, shape (n_networks, n).

    Returns
    -------
    Axes
        Where the ground is tinted, a small step raises the loss.
    """
    ax = plt.subplots(figsize=(7.2, 3.4))[1]
    ax.set(xlabel="trial", ylabel="cosine to the gradient", xlim=(trials[0], trials[-1]), ylim=(-0.5, 1.02))
    ax.axhspan(-0.5, 0, color=PALE, linewidth=0, zorder=0)
    label_ends(ax, [(spread(ax, trials, y, _look(name))[-1], _look(name)) for name, y in cosines.items()])
    return ax
