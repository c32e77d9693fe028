"""Figures of the comparison."""

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown
from matplotlib.ticker import NullFormatter

from rnn_book.style import GREY, INK, STYLES, label_ends, plain_ticks

__all__ = ["loss_table", "paired_ratios", "race", "rate_sweep", "ratio_curves"]


def loss_table(runs, last=20):
    """Final losses of several rules as a table: median, quartiles and range over the seeds.

    Parameters
    ----------
    runs : dict
        A list of History for each key of `STYLES`.
    last : int
        The final loss of a run is the mean over this many trials at its end.

    Returns
    -------
    IPython.display.Markdown
    """
    rows = ["| | seeds | median | quartiles | best and worst |", "| --- | --- | --- | --- | --- |"]
    for rule, histories in runs.items():
        low, q1, median, q3, high = np.percentile([h.loss[-last:].mean() for h in histories], [0, 25, 50, 75, 100])
        rows.append(
            f"| {STYLES[rule]['label']} | {len(histories)} | {median:.3f} | {q1:.3f} to {q3:.3f} "
            f"| {low:.3f} and {high:.3f} |"
        )
    return Markdown("\n".join(rows))


def paired_ratios(ratios, intervals, reference="BPTT", ax=None):
    """Ratios of final losses, one row a rule: a dot a seed, the median and its interval.

    Parameters
    ----------
    ratios : dict
        Of (key of `STYLES`, label) to an array with one ratio a seed. Rows go from top to bottom.
    intervals : dict
        Of the same keys to (low, high).
    reference : str
        What the ratios are taken to.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=(7.2, 0.5 * len(ratios) + 1.0))[1] if ax is None else ax
    for row, ((rule, _), values) in enumerate(ratios.items()):
        color = STYLES[rule]["color"]
        ax.plot(values, np.full(len(values), row), "o", color=color, markersize=5, alpha=0.45, markeredgewidth=0)
        ax.plot(intervals[rule, _], [row, row], color=color, linewidth=5, alpha=0.45, solid_capstyle="butt")
        ax.plot(np.median(values), row, "|", color=color, markersize=18, markeredgewidth=3)
    ax.axvline(1, color=INK, linewidth=0.8)
    ax.set(xscale="log", xlabel=f"final loss / final loss of {reference}, same seed", ylim=(len(ratios) - 0.5, -0.5))
    ax.set_yticks(range(len(ratios)), [label for _, label in ratios])
    ax.tick_params(axis="y", length=0)
    plain_ticks(ax.xaxis)
    return ax


def ratio_curves(ratios, intervals, ax=None):
    """Median ratio of losses against the trial at which one stops, with its interval.

    Parameters
    ----------
    ratios : dict
        Of key of `STYLES` to an array (n_trials,), the median over the seeds.
    intervals : dict
        Of the same keys to an array (2, n_trials).
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots()[1] if ax is None else ax
    for rule, ratio in ratios.items():
        style, trials = STYLES[rule], np.arange(len(ratio))
        ax.fill_between(trials, *intervals[rule], color=style["color"], alpha=0.2, linewidth=0)
        ax.plot(trials, ratio, color=style["color"], linestyle=style["linestyle"])
    ax.axhline(1, color=INK, linewidth=0.8)
    ax.set(yscale="log", xlabel="trial at which training stops", ylabel="loss / loss of BPTT", xlim=(0, len(ratio)))
    plain_ticks(ax.yaxis)
    label_ends(ax, [(ratio[-1], STYLES[rule]) for rule, ratio in ratios.items()])
    return ax


def rate_sweep(final, untrained, ax=None):
    """Final loss against learning rate, for several rules.

    Parameters
    ----------
    final : dict
        For each key of `STYLES` a dict of learning rate to an array with one final loss a seed.
    untrained : float
        Loss without training. What did not stay below it, or diverged, is drawn as a cross above it.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots()[1] if ax is None else ax
    ceiling = 2 * untrained
    for k, (rule, by_rate) in enumerate(final.items()):
        style = STYLES[rule]
        shift = 1.08 ** (2 * k - len(final) + 1)
        medians = []
        for rate, values in by_rate.items():
            values = np.nan_to_num(values, nan=np.inf, posinf=np.inf)
            failed = values > untrained
            shown = np.where(failed, ceiling, values)
            x = np.full(len(values), rate * shift) * 1.05 ** np.linspace(-1, 1, len(values))
            ax.plot(x[~failed], shown[~failed], "o", color=style["color"], markersize=5, alpha=0.5, markeredgewidth=0)
            ax.plot(x[failed], shown[failed], "x", color=style["color"], markersize=6)
            medians.append(np.median(shown))
        rates = np.array(list(by_rate)) * shift
        ax.plot(rates, medians, color=style["color"], linestyle=style["linestyle"], label=style["label"])
    ax.axhline(untrained, color=GREY, linestyle="-.", linewidth=1)
    ax.set(xscale="log", yscale="log", xlabel="learning rate", ylabel="final loss")
    ax.set_xticks(list(by_rate), [f"{rate:g}" for rate in by_rate])
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.text(1.02, untrained, "untrained", color=GREY, va="center", transform=ax.get_yaxis_transform())
    ax.text(1.02, ceiling, "failed", color=INK, va="center", transform=ax.get_yaxis_transform())
    ax.legend(loc="lower left", handlelength=1.6)
    return ax


def race(figure, trial, runs, task, networks):
    """One moment of several trainings: outputs of one seed, and each seed's loss under two rules.

    Parameters
    ----------
    figure : Figure
        Empty.
    trial : int
    runs : dict
        A list of History for each of two keys of `STYLES`.
    task : Task
        With one output.
    networks : dict
        The network of one seed at this trial, for each of the two keys.
    """
    left, right = figure.subplots(1, 2, width_ratios=[1.5, 1])
    for rule, net in networks.items():
        t = np.arange(1, task.T + 1) / net.tau
        style = {name: STYLES[rule][name] for name in ("color", "label")}
        left.plot(t, net.run(task.x).y, linewidth=1.8, **style)
    left.plot(t, task.y_target, **{**STYLES["target"], "linewidth": 1.2})
    left.set(xlabel=r"time / $\tau$", ylabel="output", ylim=(-2.2, 2.2))
    left.legend(loc="upper right", ncols=3, handlelength=1.2, columnspacing=1, fontsize="small")
    low, high = (limit([h.loss for histories in runs.values() for h in histories]) for limit in (np.min, np.max))
    low, high = low / 1.3, high * 1.3
    (first, x), (second, y) = ((rule, [h.loss[max(0, trial - 1)] for h in hs]) for rule, hs in runs.items())
    right.fill_between([low, high], [low, high], low, color=STYLES[second]["color"], alpha=0.08, linewidth=0)
    right.fill_between([low, high], [low, high], high, color=STYLES[first]["color"], alpha=0.08, linewidth=0)
    right.plot([low, high], [low, high], color=GREY, linewidth=1)
    right.loglog(x, y, "o", color=INK, markersize=5)
    right.set(xlim=(low, high), ylim=(low, high), aspect="equal")
    for axis in (right.xaxis, right.yaxis):
        plain_ticks(axis)
    right.set_xlabel(f"loss of {STYLES[first]['label']}", color=STYLES[first]["color"])
    right.set_ylabel(f"loss of {STYLES[second]['label']}", color=STYLES[second]["color"])
