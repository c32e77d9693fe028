"""Figures of the chapter on RFLO."""

import matplotlib.pyplot as plt
import numpy as np

from rnn_book.style import (
    DIVERGING,
    GREY,
    INK,
    LOCAL,
    NARROW,
    PALE,
    STYLES,
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
    "parabola_frame",
    "parts_of_change",
    "size_of_feedback",
    "synapse_view",
    "two_ways",
    "update_frame",
]


def synapse_view(tau, pre, slope, trace, c, moment=None, axes=None):
    """What one synapse sees in a trial, and what RFLO makes of it.

    Parameters
    ----------
    tau : float
        In steps.
    pre, slope, trace, c : array_like, shape (T,)
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
    pre, slope, trace, c = (np.asarray(values) for values in (pre, slope, trace, c))
    t = np.arange(1, len(pre) + 1) / tau
    axes[0].plot(t, pre, color=LOCAL)
    axes[1].plot(t, slope, color=LOCAL)
    axes[2].plot(t, slope * pre, color=GREY, linewidth=1, linestyle=":")
    axes[2].plot(t, trace, color=LOCAL, linewidth=2.4)
    axes[3].plot(t, c, color=INK)
    axes[4].fill_between(t, c * trace, color=STYLES["rflo"]["color"], alpha=0.5, linewidth=0)
    names = ["presynaptic\n$h_{t,j}$", "postsynaptic\n$\\phi'(u_{t,i})$", "trace\n$p_{t+1,ij}$"]
    names += ["error for $i$\n$c_{t,i}$", "weight\nchange"]
    rows = [pre, slope, trace, c, c * trace]
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


def update_frame(figure, pre, c, trace, total, limits):
    """One moment of a trial under RFLO: traces, error times trace, and the change summed so far.

    Parameters
    ----------
    figure : Figure
        Empty.
    pre, c : ndarray, shape (n_rec,)
        Presynaptic activity, and the error as it is broadcast to each unit.
    trace, total : ndarray, shape (n_rec, n_rec)
        Eligibility traces, and the sum of the weight changes until now.
    limits : sequence of float
        Largest absolute value on the scales of activity, error, traces, product and sum.
    """
    grid = figure.add_gridspec(2, 5, width_ratios=[1, 10, 10, 10, 0.7], height_ratios=[1, 10])
    color = STYLES["rflo"]["color"]
    panels = [
        (grid[0, 1], pre[np.newaxis], "presynaptic\nactivity $h_{t,j}$", LOCAL),
        (grid[1, 0], c[:, np.newaxis], "error for each unit $c_{t,i}$", INK),
        (grid[1, 1], trace, "traces\n$p_{t+1,ij}$", LOCAL),
        (grid[1, 2], c[:, np.newaxis] * trace, "error × trace,\nnow", color),
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
    ax.axhspan(1, high, color=PALE, zorder=0)
    ax.axhline(1, color=GREY, linewidth=0.8)
    ax.text(0.97, high, "unlearns ", color=INK, ha="right", va="top")
    ax.text(-0.97, low, " learns", color=INK, va="bottom")
    plain_ticks(ax.yaxis)
    ax.set(xlabel=r"cosine of $W^\mathrm{out}$ and $B^\top$, held", ylabel="loss after / loss before", ylim=(low, high))
    return ax


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


def delay_losses(delays, losses, styles=STYLES, ax=None):
    """Loss against the delay of the task, for several rules.

    Parameters
    ----------
    delays : array_like, shape (n,)
        In time constants.
    losses : dict
        For each key of `styles` the losses, shape (n_networks, n).
    styles : dict
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=(5.6, 3.6))[1] if ax is None else ax
    ends = [(spread(ax, delays, values, styles[rule])[-1], styles[rule]) for rule, values in losses.items()]
    ax.set(
        yscale="log", xlabel=r"delay / $\tau$", ylabel="loss / that of a silent output", xlim=(delays[0], delays[-1])
    )
    plain_ticks(ax.yaxis)
    label_ends(ax, ends)
    return ax


def size_of_feedback(factors, losses, ax=None):
    """Loss after training against the factor on the feedback weights; marks at the feedback as drawn, and at the best.

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
    median = spread(ax, factors, losses, STYLES["rflo"])
    best = np.argmin(median)
    ax.plot(factors[best], median[best], "o", color=STYLES["rflo"]["color"], markersize=9)
    ax.set(xscale="log", xlabel="factor on $B$", yscale="log", ylabel="final loss")
    plain_ticks(ax.yaxis)
    return ax


def parabola_frame(figure, start, others, b, y_target):
    """One unit that learns by RFLO: its path in the plane of its two weights, and its loss.

    Parameters
    ----------
    figure : Figure
        Empty.
    start : ndarray, shape (n_steps, 2)
        Weights ``w`` and ``v`` along the path that stands out.
    others : list of ndarray
        Paths from other starts, drawn thin.
    b : float
        Feedback weight; below ``v = -w^2 / b`` learning raises the loss, which is shaded.
    y_target : float
    """
    plane, curve = figure.subplots(1, 2, width_ratios=[1.5, 1])
    color, w = STYLES["rflo"]["color"], np.linspace(-0.3, 2.4, 200)
    plane.fill_between(w, -2, -(w**2) / b, color=PALE, linewidth=0, zorder=0)
    plane.text(0.03, 0.04, "loss rises", color=INK, transform=plane.transAxes)
    right = w[w > 0.2]
    plane.plot(right, y_target / right, color=INK, linestyle="--", linewidth=1.4)
    plane.text(0.6, 1.75, "loss is zero", color=INK)
    for path in others:
        plane.plot(*path.T, color=color, linewidth=0.7, alpha=0.6)
    plane.plot(*start.T, color=color, linewidth=2.8)
    plane.plot(*start[0], "o", color=color, markersize=8)
    plane.set(xlim=(-0.3, 2.4), ylim=(-2, 2), xlabel="$w$, what the unit does", ylabel="$v$, its readout weight")
    plane.axhline(0, color=GREY, linewidth=0.8, zorder=0)
    loss = (y_target - start.prod(axis=1)) ** 2 / 2
    curve.plot(loss, color=color, linewidth=2.8)
    curve.set(xlabel="update", ylabel="loss", xlim=(0, len(loss)), ylim=(0, 3.2))


def parts_of_change(parts, ax=None):
    """By how much each weight matrix has changed the loss so far, to first order, against the trial.

    Parameters
    ----------
    parts : dict
        The label of a matrix to its part in each trial's change of the loss, shape (n_networks, n_trials).
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=(5.6, 3.6))[1] if ax is None else ax
    looks = ({"color": STYLES["rflo"]["color"], "linestyle": "-"}, {"color": INK, "linestyle": "--"})
    ends = []
    for (label, values), look in zip(parts.items(), looks, strict=True):
        so_far = np.cumsum(values, axis=1)
        ends.append((spread(ax, np.arange(so_far.shape[1]), so_far, look)[-1], look | {"label": label}))
    ax.axhline(0, color=GREY, linewidth=0.8)
    ax.set(xlabel="trial", ylabel="change of the loss so far", xlim=(0, so_far.shape[1]))
    label_ends(ax, ends)
    return ax
