"""Curves and rows that several chapters draw: losses, alignment, outputs, costs, experiments."""

from collections.abc import Iterable

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import NullFormatter, NullLocator

from rnn_book.statistics import final_loss, median_interval
from rnn_book.style import GREY, NARROW, STYLES, WIDE, label_ends, legible, plain_ticks, spread, variants
from rnn_tutorial import History, Network, Task, _check

__all__ = [
    "alignment_curves",
    "cost_curves",
    "experiment_curves",
    "interval_points",
    "learning_curves",
    "loss_panels",
    "loss_rows",
    "outputs",
    "training",
    "variant_losses",
]


def _done(name, histories):
    """The runs that did not fail, if there are any."""
    done = [h for h in _check.instance(name, histories, Iterable) if h is not None]
    if not done or not all(isinstance(history, History) for history in done):
        raise ValueError(f"{name} must hold one or more Histories, but got {histories!r}")
    if not any(len(history.loss) for history in done):
        raise ValueError(f"{name} must hold a trial, but each of them ended before its first")
    return done


def _named(name, values):
    """The items of a dict, if there are any."""
    if not _check.instance(name, values, dict):
        raise ValueError(f"{name} must not be empty")
    return values.items()


def _curves(runs, attribute, ax):
    records_of = {
        rule: [getattr(history, attribute) for history in _done(f"runs of {rule!r}", histories)]
        for rule, histories in _named("runs", runs)
    }
    ax = plt.subplots(figsize=NARROW)[1] if ax is None else ax
    ends, n_trials = [], 0
    for rule, records in records_of.items():
        values = np.full((len(records), max(map(len, records))), np.nan)
        for row, record in zip(values, records, strict=True):
            row[: len(record)] = record
        ends.append((spread(ax, np.arange(values.shape[1]), values, STYLES[rule])[-1], STYLES[rule]))
        n_trials = max(n_trials, values.shape[1])
    ax.set_xlabel("trial")
    ax.set_xlim(0, n_trials)
    return ax, ends


def learning_curves(runs, ax=None):
    """Loss against trial for several rules over several seeds.

    Parameters
    ----------
    runs : dict
        A list of History for each key of `STYLES`, such as a row of ``Ensemble.histories``. A run that failed is left
        out; one that diverged ends where it did.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax, ends = _curves(runs, "loss", ax)
    ax.set(yscale="log", ylabel="loss")
    label_ends(ax, ends)
    return ax


def alignment_curves(runs, ax=None):
    """Alignment of readout and feedback against trial; arguments as in `learning_curves`."""
    ax, ends = _curves(runs, "alignment", ax)
    ax.axhline(0, color=GREY, linewidth=0.8)
    ax.set_ylabel("cosine of $W_{out}$ and $B^T$")
    label_ends(ax, ends)
    return ax


def outputs(task, networks, axes=None):
    """Output of trained networks against the target, with learning off.

    Parameters
    ----------
    task : Task
        With one output.
    networks : dict
        A Network for each key of `STYLES`, one panel each.
    axes : sequence of Axes, optional

    Returns
    -------
    sequence of Axes
    """
    _check.instance("task", task, Task)
    for _, net in _named("networks", networks):
        _check.instance("each of networks", net, Network)
    if axes is None:
        axes = plt.subplots(1, len(networks), sharey=True, squeeze=False)[1][0]
    t = np.arange(1, task.T + 1)
    for ax, (rule, net) in zip(axes, networks.items(), strict=True):
        style = STYLES[rule]
        ax.plot(t / net.tau, net.run(task.x).y, color=style["color"])
        ax.plot(t / net.tau, task.y_target, **{**STYLES["target"], "linewidth": 1.2})
        ax.set(xlabel=r"time / $\tau$")
        ax.set_title(style["label"], color=legible(style["color"]), fontsize="medium")
    axes[0].set_ylabel("output")
    return axes


def training(histories, before, task, rule, axes=None):
    """How networks learned by one rule: losses, and the output of one network before and after.

    Parameters
    ----------
    histories : sequence of History
        The network whose final loss is in the middle is the one whose output is drawn.
    before : sequence of Network
        The networks as they were, in the order of `histories`.
    task : Task
        With one output.
    rule : str
        Key of `STYLES`.
    axes : sequence of two Axes, optional

    Returns
    -------
    sequence of two Axes
    """
    if len(histories := _done("histories", histories)) != len(before):
        raise ValueError(f"before must hold the network of each of {len(histories)} runs, but holds {len(before)}")
    left, right = axes = plt.subplots(1, 2, figsize=WIDE)[1] if axes is None else axes
    spread(left, np.arange(len(histories[0].loss)), [history.loss for history in histories], STYLES[rule])
    left.set(yscale="log", xlabel="trial", ylabel="loss", xlim=(0, len(histories[0].loss)))
    plain_ticks(left.yaxis)
    middle = np.argsort([final_loss(history) for history in histories])[len(histories) // 2]
    t = np.arange(1, task.T + 1) / before[middle].tau
    right.plot(t, before[middle].run(task.x).y, color=GREY, linewidth=1, label="before")
    right.plot(t, histories[middle].network.run(task.x).y, color=STYLES[rule]["color"], label="after")
    right.plot(t, task.y_target, **STYLES["target"])
    right.set(xlabel=r"time / $\tau$", ylabel="output")
    handles, labels = right.get_legend_handles_labels()
    right.figure.legend(handles, labels, loc="outside upper right", ncols=3, handlelength=1.6, columnspacing=1)
    return axes


def loss_panels(runs, rule, smooth=1, axes=None):
    """Losses of several conditions of one rule side by side, each run thin, the median bold, the quartiles as a band.

    Parameters
    ----------
    runs : dict
        Title of a panel to losses, shape (n_runs, n_trials).
    rule : str
        Key of `STYLES`.
    smooth : int
        Each run is shown as its running median over so many trials, so that single spikes do not hide the rest.
    axes : sequence of Axes, optional

    Returns
    -------
    sequence of Axes
    """
    if axes is None:
        axes = plt.subplots(1, len(runs), figsize=WIDE, sharey=True, squeeze=False)[1][0]
    for ax, (title, losses) in zip(axes, runs.items(), strict=True):
        losses = _running_median(f"runs of {title!r}", losses, smooth)
        spread(ax, np.arange(losses.shape[1]) + smooth // 2, losses, STYLES[rule])
        ax.set(yscale="log", xlabel="trial")
        plain_ticks(ax.yaxis)
        ax.set_title(title, fontsize="medium")
    axes[0].set_ylabel("loss")
    return axes


def variant_losses(losses, ylim, rule="bptt", smooth=1, ax=None):
    """Losses of variants of one rule against trial, in shades of its colour.

    Parameters
    ----------
    losses : dict
        Label of a variant to losses, shape (n_runs, n_trials).
    ylim : tuple of float
    rule : str
        Key of `STYLES`.
    smooth : int
        As in `loss_panels`.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=NARROW)[1] if ax is None else ax
    ax.set(yscale="log", ylim=ylim, xlabel="trial", ylabel="loss")
    losses = {
        label: _running_median(f"losses of {label!r}", values, smooth) for label, values in _named("losses", losses)
    }
    n_trials = next(iter(losses.values())).shape[1]
    return variants(ax, np.arange(n_trials) + smooth // 2, losses, rule)


def _running_median(name, losses, smooth):
    losses, smooth = np.asarray(losses, float), _check.integer("smooth", smooth, at_least=1)
    if losses.ndim != 2 or losses.shape[1] < smooth:
        raise ValueError(f"{name} must have shape (n_runs, smooth={smooth} trials or more), but got {losses.shape}")
    windows = np.lib.stride_tricks.sliding_window_view(losses, smooth, axis=1)
    return np.median(windows, axis=2)


def cost_curves(against_n, against_t, titles=("", ""), guides=None, axes=None):
    """Time and memory of a trial against network size and against length of trial.

    Parameters
    ----------
    against_n, against_t : dict
        For each key of `STYLES` a dict of N, or of T, to a `rnn_tutorial.diagnostics.Cost`.
    titles : pair of str
        Of the two columns: what is held fixed in each.
    guides : tuple of (str, float, float), optional
        A key of `STYLES`, and the powers of N that its time and its memory should follow: grey lines under its curves.
    axes : array of Axes, shape (2, 2), optional

    Returns
    -------
    array of Axes
    """
    if axes is None:
        axes = plt.subplots(2, 2, figsize=(7.2, 5.2), sharex="col", sharey="row")[1]
    for column, measured in enumerate([against_n, against_t]):
        for rule, costs in measured.items():
            style = {name: STYLES[rule][name] for name in ("color", "linestyle", "label")}
            size = list(costs)
            axes[0, column].loglog(size, [1e3 * cost.seconds for cost in costs.values()], marker="o", **style)
            axes[1, column].loglog(size, [cost.bytes / 2**20 for cost in costs.values()], marker="o", **style)
        axes[0, column].set_title(titles[column], fontsize="medium")
        axes[1, column].set_xlabel(["units $N$", "steps $T$"][column])
        axes[1, column].set_xticks(size, [f"{n}" for n in size], fontsize="small")
        axes[1, column].xaxis.set_minor_formatter(NullFormatter())
    axes[0, 0].set_ylabel("time (ms a trial)")
    axes[1, 0].set_ylabel("memory (MB)")
    axes[0, 0].legend(loc="upper left", handlelength=2)
    if guides:
        rule, *powers = guides
        size = np.array(list(against_n[rule]))
        last = against_n[rule][size[-1]]
        size = size[size >= size[-1] / 6]
        for ax, end, power in zip(axes[:, 0], (1e3 * last.seconds, last.bytes / 2**20), powers, strict=True):
            line = 0.2 * end * (size / size[-1]) ** power
            ax.plot(size, line, color=GREY, linewidth=1)
            ax.text(size[-2], line[-2] / 2, f"$N^{power}$", color=GREY, va="top")
    return axes


def experiment_curves(ax, trial, runs, scale="log"):
    """Curves of an experiment against trial: quartiles as a band, the median bold, a label at the right.

    Parameters
    ----------
    ax : Axes
    trial : array_like, shape (n,)
    runs : dict
        An array (n_runs, n) for each style: a key of `STYLES`, or a pair of such a key and a label. NaN, where a run
        has diverged, counts as larger than all others.
    scale : str
        Of the vertical axis; that of the trials is logarithmic.

    Returns
    -------
    Axes
    """
    ends = []
    for key, ys in runs.items():
        name, label = key if isinstance(key, tuple) else (key, STYLES[key]["label"])
        style = STYLES[name] | {"label": label}
        ys = np.where(np.isfinite(ys), ys, 1e6)
        low, median, high = np.percentile(ys, [25, 50, 75], axis=0)
        ax.fill_between(trial, low, high, color=style["color"], alpha=0.2, linewidth=0)
        ax.plot(trial, median, color=style["color"], linestyle=style["linestyle"], linewidth=2.2)
        ends.append((median[-1], style))
    ax.set(xscale="log", yscale=scale, xlabel="trial", xlim=(trial[0], trial[-1]))
    label_ends(ax, ends)
    return ax


def interval_points(ax, x, runs, interval=median_interval):
    """Medians over networks with their 95% intervals, and a pale dot for each network.

    Parameters
    ----------
    ax : Axes
        With its scales as they will stay.
    x : array_like, shape (n,)
        Positive; drawn on a logarithmic axis.
    runs : dict
        For each key of `STYLES`, n arrays with one number a network.
    interval : callable
        Makes an `Interval` of an array.

    Returns
    -------
    Axes
    """
    x = np.asarray(x, float)
    for k, (key, values) in enumerate(runs.items()):
        style, at = STYLES[key], x * 1.06 ** (k - (len(runs) - 1) / 2)
        found = np.array([interval(v) for v in values]).T
        for place, v in zip(at, values, strict=True):
            ax.plot(np.full(len(v), place), v, "o", color=style["color"], markersize=3, alpha=0.45, markeredgewidth=0)
        ax.plot(at, found[1], color=style["color"], linestyle=style["linestyle"], label=style["label"])
        ax.errorbar(at, found[1], abs(found[[0, 2]] - found[1]), color=style["color"], fmt="o", markersize=5, capsize=3)
    ax.set_xscale("log")
    ax.set_xticks(x, [f"{place:g}" for place in x])
    ax.xaxis.set_minor_locator(NullLocator())
    return ax


def loss_rows(rows, ax=None):
    """Final losses, one row a setting: a dot a network, the median and its 95% interval.

    Parameters
    ----------
    rows : dict
        Of (key of `STYLES`, label) to an array with one loss a network. Rows go from top to bottom.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=(NARROW[0], 0.58 * len(rows) + 0.9))[1] if ax is None else ax
    for row, ((rule, label), values) in enumerate(rows.items()):
        color, found = STYLES[rule]["color"], median_interval(values)
        # Higher than the dots, which would hide it.
        ax.plot([found.low, found.high], [row, row], color=color, linewidth=14, alpha=0.3, solid_capstyle="butt")
        ax.plot(values, np.full(len(values), row), "o", color=color, markersize=5, alpha=0.4, markeredgewidth=0)
        ax.plot(found.median, row, "|", color=color, markersize=18, markeredgewidth=3)
        # Above its row, since beside it a phone would show little else.
        ax.text(0.01, row - 0.3, label, va="bottom", transform=ax.get_yaxis_transform())
    ax.set(xscale="log", xlabel="final loss", ylim=(len(rows) - 0.6, -0.85), yticks=[])
    return ax
