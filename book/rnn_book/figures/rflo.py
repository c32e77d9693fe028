"""Figures of the chapter on RFLO."""

import matplotlib.pyplot as plt
import numpy as np

from rnn_book.style import (
    DIVERGING,
    GREY,
    INK,
    LOCAL,
    NARROW,
    NONLOCAL,
    PALE,
    STYLES,
    WIDE,
    label_ends,
    plain_ticks,
    spread,
)

__all__ = [
    "angle_panels",
    "angle_strips",
    "angles_against",
    "credit_at_lag",
    "delay_losses",
    "held_readout",
    "loss_and_alignment",
    "size_of_feedback",
    "step_and_trial",
    "synapse_view",
    "two_ways",
    "update_frame",
]


def synapse_view(tau, pre, slope, trace, credit, moment=None, axes=None):
    """What one synapse sees in a trial, and what RFLO makes of it.

    Parameters
    ----------
    tau : float
        In steps.
    pre, slope, trace, credit : array_like, shape (T,)
        Activity of the presynaptic unit, slope of the postsynaptic unit, eligibility trace, and the error that is
        broadcast to the postsynaptic unit.
    moment : int, optional
        A step to mark in all rows.
    axes : sequence of five Axes, optional

    Returns
    -------
    sequence of Axes
    """
    if axes is None:
        axes = plt.subplots(5, 1, figsize=(6.4, 6.6), sharex=True)[1]
    pre, slope, trace, credit = (np.asarray(values) for values in (pre, slope, trace, credit))
    t = np.arange(1, len(pre) + 1) / tau
    axes[0].plot(t, pre, color=LOCAL)
    axes[1].plot(t, slope, color=LOCAL)
    axes[2].plot(t, slope * pre, color=GREY, linewidth=1, linestyle=":")
    axes[2].plot(t, trace, color=LOCAL, linewidth=2.4)
    axes[3].plot(t, credit, color=INK)
    axes[4].fill_between(t, credit * trace, color=STYLES["rflo"]["color"], alpha=0.5, linewidth=0)
    names = ["presynaptic\n$h_{t,b}$", "postsynaptic\n$\\phi'(u_{t,a})$", "trace\n$p_{t+1,ab}$"]
    names += ["error for $a$\n$[B\\varepsilon_t]_a$", "weight\nchange"]
    rows = [pre, slope, trace, credit, credit * trace]
    for ax, name, values, sign in zip(axes, names, rows, ["", "×", "→", "×", "="], strict=True):
        ax.axhline(0, color=GREY, linewidth=0.8)
        ax.text(-0.44, 1.15, sign, fontsize="x-large", ha="center", va="center", transform=ax.transAxes)
        if moment is not None:
            ax.axvline(t[moment], color=INK, linewidth=0.8, linestyle=":")
            ax.plot(t[moment], values[moment], "o", color=INK, markersize=4)
        ax.set_ylabel(name, rotation=0, ha="right", va="center")
        ax.locator_params(axis="y", nbins=3)
    axes[-1].set(xlabel=r"time / $\tau$", xlim=(0, t[-1]))
    return axes


def update_frame(figure, pre, credit, trace, total, limits):
    """One moment of a trial under RFLO: traces, error times trace, and the change summed so far.

    Parameters
    ----------
    figure : Figure
        Empty.
    pre, credit : ndarray, shape (n_rec,)
        Presynaptic activity, and the error as it is broadcast to each unit.
    trace, total : ndarray, shape (n_rec, n_rec)
        Eligibility traces, and the sum of the weight changes until now.
    limits : sequence of float
        Largest absolute value on the scales of activity, error, traces, product and sum.
    """
    grid = figure.add_gridspec(2, 5, width_ratios=[1, 10, 10, 10, 0.7], height_ratios=[1, 10])
    color = STYLES["rflo"]["color"]
    panels = [
        (grid[0, 1], pre[np.newaxis], "presynaptic\nactivity $h_{t,b}$", LOCAL),
        (grid[1, 0], credit[:, np.newaxis], r"error for each unit $[B\varepsilon_t]_a$", INK),
        (grid[1, 1], trace, "traces\n$p_{t+1,ab}$", LOCAL),
        (grid[1, 2], credit[:, np.newaxis] * trace, "error × trace,\nnow", color),
        (grid[1, 3], total, "weight change\nso far", color),
    ]
    axes = []
    for (place, values, _, _), limit in zip(panels, limits, strict=True):
        ax = figure.add_subplot(place, xticks=[], yticks=[])
        image = ax.imshow(values / limit, DIVERGING, vmin=-1, vmax=1, aspect="auto", interpolation="nearest")
        ax.spines[:].set_visible(True)
        axes.append(ax)
    axes[0].set_title(panels[0][2], fontsize="medium", color=panels[0][3])
    axes[1].set_ylabel(panels[1][2], color=panels[1][3])
    for ax, (_, _, name, shade) in zip(axes[2:], panels[2:], strict=True):
        ax.set_xlabel(name, color=shade)
    bar = figure.colorbar(image, cax=figure.add_subplot(grid[1, 4]), ticks=[-1, 0, 1])
    bar.set_ticklabels(["−", "0", "+"])


def angle_strips(angles, ax=None, styles=STYLES):
    """Angles of several updates to the gradient: one column an update, one dot a seed, the median as a bar.

    Parameters
    ----------
    angles : dict
        An array of angles in degrees for each key of `styles`.
    ax : Axes, optional
    styles : dict

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=NARROW)[1] if ax is None else ax
    for column, (rule, values) in enumerate(angles.items()):
        values = np.asarray(values)
        style = styles[rule]
        ax.plot(
            column + np.linspace(-0.18, 0.18, len(values)), values, "o", markersize=5, alpha=0.7, color=style["color"]
        )
        ax.hlines(np.median(values), column - 0.32, column + 0.32, color=style["color"], linewidth=3)
    ax.axhline(90, color=GREY, linewidth=0.8)
    ax.set(ylim=(-6, 186), yticks=[0, 45, 90, 135, 180], xlim=(-0.6, len(angles) - 0.4))
    ax.set_xticks(range(len(angles)), [styles[rule]["label"].replace(" ", "\n") for rule in angles])
    ax.set_ylabel("angle to the gradient\n(degrees)")
    return ax


def angle_panels(angles, styles=STYLES, axes=None):
    """Angles of several updates to the gradient, as in `angle_strips`, at several stages of training.

    Parameters
    ----------
    angles : dict
        Title of a panel to angles, as in `angle_strips`.
    styles : dict
    axes : sequence of Axes, optional

    Returns
    -------
    sequence of Axes
    """
    if axes is None:
        axes = plt.subplots(len(angles), 1, figsize=(5.2, 3.1 * len(angles)), squeeze=False)[1][:, 0]
    for ax, (title, of_updates) in zip(axes, angles.items(), strict=True):
        angle_strips(of_updates, ax, styles).set_title(title, fontsize="medium")
    return axes


def angles_against(x, angles, xlabel, ax=None):
    """Angle of updates to the gradient against a setting; beyond a right angle, shaded, an update goes uphill.

    Parameters
    ----------
    x : array_like, shape (n,)
    angles : dict
        For each key of `STYLES` the degrees, shape (n_networks, n).
    xlabel : str
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=(5.6, 3.6))[1] if ax is None else ax
    ends = [(spread(ax, x, values, STYLES[rule])[-1], STYLES[rule]) for rule, values in angles.items()]
    top = 180 if max(np.max(values) for values in angles.values()) > 135 else 135
    ax.axhspan(90, top, color=PALE, zorder=0)
    ax.text(x[0], top, " uphill", color=GREY, va="top")
    ax.set(xlabel=xlabel, ylabel="angle to the gradient\n(degrees)", xlim=(x[0], x[-1]), ylim=(0, top))
    ax.set_yticks(range(0, top + 1, 45))
    label_ends(ax, ends)
    return ax


def loss_and_alignment(runs, styles=STYLES, axes=None):
    """Loss, and cosine of readout and feedback, against trial.

    Parameters
    ----------
    runs : dict
        A list of History for each key of `styles`.
    styles : dict
    axes : sequence of two Axes, optional

    Returns
    -------
    sequence of two Axes
    """
    axes = plt.subplots(2, 1, figsize=(5.6, 5.6), sharex=True)[1] if axes is None else axes
    for ax, attribute in zip(axes, ("loss", "alignment"), strict=True):
        ends = []
        for rule, histories in runs.items():
            values = [getattr(history, attribute) for history in histories]
            ends.append((spread(ax, np.arange(len(values[0])), values, styles[rule])[-1], styles[rule]))
        ax.set_xlim(0, len(values[0]))
        if attribute == "loss":
            ax.set(yscale="log", ylabel="loss")
            plain_ticks(ax.yaxis)
        else:
            ax.axhline(0, color=GREY, linewidth=0.8)
            ax.set(xlabel="trial", ylabel=r"cosine of $W^\mathrm{out}$ and $B^\top$")
        label_ends(ax, ends)
    return axes


def held_readout(cosines, ratios, ax=None):
    """Loss after learning over loss before, against the cosine at which the readout is held to the feedback.

    Parameters
    ----------
    cosines : array_like, shape (n,)
    ratios : array_like, shape (n_networks, n)
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=NARROW)[1] if ax is None else ax
    spread(ax, cosines, ratios, STYLES["rflo"])
    ax.set(yscale="log", xlim=(-1, 1), xticks=[-1, -0.5, 0, 0.5, 1])
    low, high = ax.get_ylim()
    ax.axhspan(1, high, color=NONLOCAL, alpha=0.08, linewidth=0)
    ax.axhspan(low, 1, color=LOCAL, alpha=0.08, linewidth=0)
    ax.axhline(1, color=GREY, linewidth=0.8)
    ax.text(0.97, high, "unlearns ", color=NONLOCAL, ha="right", va="top")
    ax.text(-0.97, low, " learns", color=LOCAL, va="bottom")
    plain_ticks(ax.yaxis)
    ax.set(xlabel=r"cosine of $W^\mathrm{out}$ and $B^\top$, held", ylabel="loss after / loss before", ylim=(low, high))
    return ax


def step_and_trial(rates, difference, trial, step, axes=None):
    """Updates at every step beside updates at the end of a trial: their difference, and how they learn.

    Parameters
    ----------
    rates : array_like, shape (n,)
        Learning rates.
    difference : array_like, shape (n_networks, n)
        Of the two changes of the weights, relative to their size.
    trial, step : array_like, shape (m, n_trials)
        Losses with either kind of update.
    axes : sequence of two Axes, optional

    Returns
    -------
    sequence of two Axes
    """
    left, right = axes = plt.subplots(1, 2, figsize=WIDE)[1] if axes is None else axes
    spread(left, rates, difference, STYLES["rflo"])
    left.set(xscale="log", yscale="log", xlabel="learning rate", ylabel="relative difference")
    two_ways({"at the trial's end": trial, "at every step": step}, right)
    return axes


def two_ways(losses, ax=None):
    """Losses of a few networks that learned in two ways, the first broad in RFLO's colour, the second dashed over it.

    Parameters
    ----------
    losses : dict
        Of two labels to losses, shape (n_networks, n_trials).
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=NARROW)[1] if ax is None else ax
    ways = ({"color": STYLES["rflo"]["color"], "linewidth": 4, "alpha": 0.4}, {"color": INK, "linewidth": 1.2})
    drawn = [
        ax.plot(np.transpose(runs), linestyle=dashes, **way)[0]
        for runs, dashes, way in zip(losses.values(), ("-", "--"), ways, strict=True)
    ]
    ax.set(yscale="log", xlabel="trial", ylabel="loss")
    plain_ticks(ax.yaxis)
    ax.legend(drawn, losses, loc="lower left", bbox_to_anchor=(0, 1))
    return ax


def credit_at_lag(time, similarity, sizes, axes=None):
    """Local and exact credit against the time between activity and error: their cosine, and their sizes.

    Parameters
    ----------
    time : array_like, shape (n,)
        In time constants.
    similarity : array_like, shape (n_networks, n)
    sizes : dict
        For each key of `STYLES` the size relative to that at lag zero, shape (n_networks, n).
    axes : sequence of two Axes, optional

    Returns
    -------
    sequence of two Axes
    """
    top, bottom = axes = plt.subplots(2, 1, figsize=(5.2, 5.4), sharex=True)[1] if axes is None else axes
    spread(top, time, similarity, STYLES["rflo"])
    top.axhline(0, color=GREY, linewidth=0.8)
    top.set(ylabel="cosine of local\nand exact credit", ylim=(-1, 1.05))
    ends = [(spread(bottom, time, values, STYLES[rule])[-1], STYLES[rule]) for rule, values in sizes.items()]
    bottom.set(xlabel=r"lag / $\tau$", ylabel="size of the credit", yscale="log", xlim=(0, time[-1]))
    label_ends(bottom, ends)
    return axes


def delay_losses(delays, losses, ax=None):
    """Loss against the delay of the task, for several rules.

    Parameters
    ----------
    delays : array_like, shape (n,)
        In time constants.
    losses : dict
        For each key of `STYLES` the losses, shape (n_networks, n).
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=(5.6, 3.6))[1] if ax is None else ax
    ends = [(spread(ax, delays, values, STYLES[rule])[-1], STYLES[rule]) for rule, values in losses.items()]
    ax.set(yscale="log", xlabel=r"delay / $\tau$", ylabel="loss on unseen signals", xlim=(delays[0], delays[-1]))
    plain_ticks(ax.yaxis)
    label_ends(ax, ends)
    return ax


def size_of_feedback(factors, losses, ax=None):
    """Loss after training against the factor on the feedback weights; a line marks the feedback as it was drawn.

    Parameters
    ----------
    factors : array_like, shape (n,)
    losses : array_like, shape (n_networks, n)
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=NARROW)[1] if ax is None else ax
    ax.axvline(1, color=GREY, linewidth=0.8, linestyle="--")
    ax.text(1.1, 1, "as drawn", color=GREY, va="top", transform=ax.get_xaxis_transform())
    spread(ax, factors, losses, STYLES["rflo"])
    ax.set(xscale="log", xlabel="factor on $B$", yscale="log", ylabel="final loss")
    plain_ticks(ax.yaxis)
    return ax
