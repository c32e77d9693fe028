"""Figures of the chapter on the network."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyArrowPatch

from rnn_book.schematic import schematic
from rnn_book.style import (
    DIVERGING,
    GREY,
    INK,
    LOCAL,
    NARROW,
    NONLOCAL,
    PALE,
    STYLES,
    label_ends,
    legible,
    spread,
)
from rnn_tutorial import _check

__all__ = [
    "blame_by_delay",
    "blame_map",
    "derivative_errors",
    "eigenvalue_cloud",
    "gain_frame",
    "network_at_work",
    "nudge_effect",
    "race_in_time",
    "small_maps",
    "spread_frame",
    "step_responses",
    "task_panels",
    "twin_distances",
    "unit_ring",
    "untrained_outputs",
]


def network_at_work(h, y, y_target, first):
    """The network at three successive steps: its units filled by their activity, above them output and target.

    Parameters
    ----------
    h : array_like, shape (T + 1, 6)
    y, y_target : array_like, shape (T, 1)
    first : int
        The first of the three steps.

    Returns
    -------
    tuple of two Axes
    """
    h = _check.array("h", h, (None, 6))  # the schematic has so many units
    top, bottom = plt.subplots(2, 1, figsize=(7.2, 4.6), height_ratios=[1, 1.9])[1]
    steps, shown = np.arange(len(y)), np.arange(first, first + 3)
    top.plot(steps, y_target, **STYLES["target"])
    top.plot(steps, y, color=GREY)
    top.plot(shown, np.asarray(y)[shown], "o", color=INK, markersize=5)
    top.vlines(shown, np.asarray(y)[shown, 0], np.asarray(y_target)[shown, 0], color=INK, linewidth=2.4)
    top.set(xlabel="step", ylabel="output", xlim=(0, len(y) - 1))
    schematic(ax=bottom, steps=[f"step {t}" for t in shown], activity=h[shown + 1])
    label_ends(
        top,
        [
            (np.ravel(y_target)[-1], STYLES["target"]),
            (np.ravel(y)[-1], {"label": "output", "color": GREY}),
        ],
    )
    return top, bottom


def step_responses(responses, on, ax=None):
    """Activity of single units while a drive is on, and after; a dot where each has run for its time constant.

    Parameters
    ----------
    responses : dict
        Time constant in steps, rising, to activity, shape (T + 1,).
    on : int
        How many steps the drive lasts.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=NARROW)[1] if ax is None else ax
    ax.axvspan(0, on, color=PALE)
    ax.text(on / 2, 0.02, "drive on", ha="center", color=GREY)
    ax.axhline(1 - np.exp(-1), color=GREY, linewidth=1, linestyle="--")
    shades = plt.get_cmap("viridis")(np.linspace(0, 0.8, len(responses)))
    for k, ((tau, h), shade) in enumerate(zip(responses.items(), shades, strict=True)):
        h = np.asarray(h)
        ax.plot(h, color=shade)
        ax.plot(tau, h[tau], "o", color=shade)
        ax.text(1.6 * on, 0.98 - 0.09 * k, rf"$\tau = {tau}$", color=legible(shade))
    T = len(h) - 1
    ax.text(T, 1 - np.exp(-1) + 0.02, "$1 - 1/e$", ha="right", color=GREY)
    ax.set(xlabel="time (steps)", ylabel="activity", ylim=(-0.03, 1.08), xlim=(0, T))
    return ax


def eigenvalue_cloud(eigenvalues, tau, g, ax=None):
    """Eigenvalues of the recurrent weights, with the circle of radius `g` and the border of stability.

    A small activity at rest grows along an eigenvector whose eigenvalue lies outside the border.

    Parameters
    ----------
    eigenvalues : array_like, shape (n_rec,)
    tau : float
        Time constant in steps; it sets the border, a circle of radius `tau` through 1.
    g : float
        Gain with which the weights were drawn.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots()[1] if ax is None else ax
    values = _check.array("eigenvalues", eigenvalues, (None,))
    grows = np.abs(1 + (values - 1) / tau) > 1
    turn = np.exp(1j * np.linspace(0, 2 * np.pi, 2000))
    ax.plot(g * turn.real, g * turn.imag, color=GREY, linewidth=1)
    border = 1 - tau + tau * turn
    ax.plot(border.real, border.imag, color=INK, linewidth=1, linestyle="--")
    ax.plot(values[~grows].real, values[~grows].imag, "o", color=GREY, markersize=3.5)
    ax.plot(values[grows].real, values[grows].imag, "o", color=INK, markersize=6)
    ax.text(0.02, 0.98, "dies out", color=GREY, va="top", transform=ax.transAxes)
    ax.text(0.98, 0.98, "grows", color=INK, ha="right", va="top", transform=ax.transAxes)
    ax.set(xlabel="real part", ylabel="imaginary part", aspect="equal")
    return ax


def gain_frame(figure, eigenvalues, h, tau, g):
    """One network at one gain: its eigenvalues, and the activity of eight units.

    Parameters
    ----------
    figure : Figure
        Empty.
    eigenvalues : ndarray, shape (n_rec,)
    h : ndarray, shape (T + 1, n_rec)
    tau, g : float
        As in `eigenvalue_cloud`.
    """
    cloud, activity = figure.subplots(1, 2, width_ratios=[1, 1.3])
    eigenvalue_cloud(eigenvalues, tau, g, cloud)
    cloud.set(xlim=(-3.4, 3.4), ylim=(-3.4, 3.4))
    activity.set_prop_cycle(color=plt.get_cmap("viridis")(np.linspace(0, 0.9, 8)))
    activity.plot(np.arange(len(h)) / tau, h[:, :8], linewidth=1.2)
    activity.set(xlabel=r"time / $\tau$", ylabel="activity", ylim=(-1.05, 1.05), xlim=(0, (len(h) - 1) / tau))


def twin_distances(distances, tau, start, axes=None):
    """How far two trajectories part that start almost equal, one panel a kind of network.

    Parameters
    ----------
    distances : dict
        Title of a panel to distances, shape (n_networks, T + 1).
    tau : float
        In steps.
    start : float
        The distance at the start.
    axes : sequence of Axes, optional

    Returns
    -------
    sequence of Axes
    """
    if axes is None:
        shape = {"nrows": len(distances), "sharex": True, "sharey": True, "squeeze": False}
        axes = plt.subplots(figsize=(5.2, 1.9 * len(distances) + 0.5), **shape)[1][:, 0]
    for ax, (title, d) in zip(axes, distances.items(), strict=True):
        time = np.arange(np.shape(d)[1]) / tau
        spread(ax, time, np.maximum(d, 1e-16), STYLES["bptt"])
        ax.axhline(start, color=INK, linewidth=1, linestyle=":")
        ax.text(1.02, start, "start", color=INK, va="center", transform=ax.get_yaxis_transform())
        ax.set(yscale="log", ylim=(1e-12, 3), xlim=(0, time[-1]), ylabel="distance")
        ax.set_title(title, fontsize="medium")
    axes[-1].set_xlabel(r"time / $\tau$")
    return axes


def task_panels(tasks, tau, axes=None):
    """One trial of several tasks, one under the other: target dashed, input grey where there is one.

    Parameters
    ----------
    tasks : dict
        Title to Task.
    tau : float
        In steps.
    axes : sequence of Axes, optional

    Returns
    -------
    sequence of Axes
    """
    if axes is None:
        shape = {"nrows": len(tasks), "sharex": True, "squeeze": False}
        axes = plt.subplots(figsize=(5.2, 1.6 * len(tasks) + 0.5), **shape)[1][:, 0]
    for ax, (title, task) in zip(axes, tasks.items(), strict=True):
        t = np.arange(1, task.T + 1) / tau
        if np.any(task.x):
            ax.plot(t, task.x, color=GREY, drawstyle="steps-post")
        ax.plot(t, task.y_target, **STYLES["target"] | {"linewidth": 1.4})
        ax.set_ylabel("target")
        ax.set_title(title, fontsize="medium")
    axes[-1].set(xlabel=r"time / $\tau$", xlim=(0, t[-1]))
    return axes


def untrained_outputs(outputs, trained, y_target, tau, ax=None):
    """Outputs of untrained networks, the target, and pale the output of one network that has learned.

    Parameters
    ----------
    outputs : array_like, shape (n_networks, T)
    trained, y_target : array_like, shape (T,)
    tau : float
        In steps.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=NARROW)[1] if ax is None else ax
    t = np.arange(1, len(y_target) + 1) / tau
    ax.plot(t, np.transpose(outputs), color=GREY, linewidth=1)
    ax.plot(t, trained, color=STYLES["bptt"]["color"], linewidth=5, alpha=0.35)
    ax.plot(t, y_target, **STYLES["target"])
    ax.set(xlabel=r"time / $\tau$", ylabel="output", xlim=(0, t[-1]))
    return ax


def derivative_errors(steps, errors, ax=None):
    """Relative errors of estimates of a derivative against the step size, which falls to the right.

    Parameters
    ----------
    steps : array_like, shape (n,)
    errors : dict
        Label to errors, shape (n,); those below 1e-16 are drawn there.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=(6.4, 3.6))[1] if ax is None else ax
    ax.axhline(1e-8, color=GREY, linewidth=0.8, linestyle="--")
    ends = []
    ax.set(xscale="log", yscale="log", xlim=(2, min(steps)), ylim=(3e-17, 1e3))
    ax.text(min(steps), 8e-9, "half the digits", color=GREY, ha="right", va="top")
    for (label, e), color, marker in zip(errors.items(), (GREY, "#8A5A2B", INK), "osD", strict=True):
        shown = np.maximum(e, 1e-16)
        ax.plot(steps, shown, marker=marker, markersize=4, color=color, linewidth=1.2)
        ends.append((shown[-1], {"label": label, "color": color}))
    ax.set(xlabel=r"step size $\delta$", ylabel="relative error")
    label_ends(ax, ends)
    return ax


def nudge_effect(effect, on_output, s, first, tau):
    """What one use of a synapse does to all units, and to the output.

    Parameters
    ----------
    effect : array_like, shape (T + 1, n_rec)
        In units of the first kick.
    on_output : array_like, shape (T + 1,)
    s : int
        The step of the use.
    first : int
        The postsynaptic unit, which is drawn at the top.
    tau : float
        In steps.

    Returns
    -------
    tuple of two Axes
    """
    figure, (top, bottom) = plt.subplots(2, 1, sharex=True, figsize=(6.4, 4.8), height_ratios=[2, 1])
    effect = np.asarray(effect)
    rows = np.r_[first, np.delete(np.arange(effect.shape[1]), first)]
    T = len(effect) - 1
    image = top.imshow(
        effect[:, rows].T,
        cmap=DIVERGING,
        aspect="auto",
        vmin=-0.5,
        vmax=0.5,
        extent=(-0.5 / tau, (T + 0.5) / tau, len(rows), 0),
        interpolation="nearest",
    )
    figure.colorbar(image, ax=top, label="effect / first kick", extend="both", ticks=[-0.5, 0, 0.5])
    top.set_ylabel("unit (top: $i$)")
    bottom.axhline(0, color=GREY, linewidth=0.8)
    bottom.plot(np.arange(T + 1) / tau, on_output, color=INK)
    for ax in (top, bottom):
        ax.axvline(s / tau, color=INK, linestyle=":", linewidth=1)
    bottom.set(xlabel=r"time / $\tau$", ylabel="change of\noutput", xlim=(0, T / tau))
    return top, bottom


def spread_frame(figure, effect, elsewhere, leak, synapse):
    """One moment after a nudge: its effect on all units on a ring, and its size in one unit and in all the others.

    Parameters
    ----------
    figure : Figure
        Empty.
    effect : ndarray, shape (n_rec,)
        At this moment, in units of the first kick.
    elsewhere : ndarray, shape (m + 1,)
        Size of the effect in all other units, from the nudge to this moment.
    leak : ndarray, shape (m + 1,)
        What is left in the postsynaptic unit if it only leaks.
    synapse : tuple of int
        The postsynaptic unit and the presynaptic one.
    """
    ring, size = figure.subplots(1, 2, width_ratios=[1, 1.2])
    i, j = synapse
    unit_ring(effect, 0.5, [(i, "$i$"), (j, "$j$")], ring, paths=[(j, i)], fan=i if len(leak) > 2 else None)
    m = np.arange(len(elsewhere))
    size.plot(m, elsewhere, color=NONLOCAL)
    size.plot(m[1:], leak[1:], color=LOCAL)
    size.set(xlim=(0, 100), ylim=(0, 1.7), xlabel="steps since the nudge", ylabel="effect / first kick")
    size.text(98, 1.6, "all other units", ha="right", va="top", color=NONLOCAL)
    size.text(98, 1.43, "what a leak alone would leave in unit $i$", ha="right", va="top", color=LOCAL)


def unit_ring(values, limit, marked=(), ax=None, paths=(), fan=None):
    """All units on a ring, coloured by one number each.

    Parameters
    ----------
    values : array_like, shape (n_rec,)
    limit : float
        The number that has the full colour; larger ones have it too.
    marked : sequence of (int, str)
        Units to label, outlined and named outside the ring.
    ax : Axes, optional
    paths : sequence of (int, int)
        Synapses to draw as arrows, each from a unit to another.
    fan : int, optional
        The unit from which faint lines go to all others.

    Returns
    -------
    Axes
    """
    ax = plt.subplots()[1] if ax is None else ax
    turn = np.pi / 2 - 2 * np.pi * np.arange(len(values)) / len(values)
    x, y = np.cos(turn), np.sin(turn)
    size = np.clip(5000 / len(values), 20, 300)
    if fan is not None:
        ax.plot([x[fan] + 0 * x, x], [y[fan] + 0 * y, y], color=GREY, linewidth=0.5, alpha=0.5, zorder=0)
    for source, end in paths:
        arrow = {"arrowstyle": "-|>", "mutation_scale": 16, "linewidth": 1.8, "shrinkA": 6, "shrinkB": 6, "zorder": 3}
        ax.add_patch(FancyArrowPatch((x[source], y[source]), (x[end], y[end]), color=INK, **arrow))
    ax.scatter(x, y, s=size, c=values, cmap=DIVERGING, vmin=-limit, vmax=limit, edgecolors="#BBBBBB", linewidths=0.6)
    for unit, text in marked:
        ax.scatter(x[unit], y[unit], s=size, facecolors="none", edgecolors=INK, linewidths=1.8)
        ax.text(1.26 * x[unit], 1.26 * y[unit], text, ha="center", va="center", color=INK)
    ax.set(xlim=(-1.45, 1.45), ylim=(-1.45, 1.45), aspect="equal")
    ax.axis("off")
    return ax


def blame_map(blame, tau, ax=None):
    """How one synapse's use at each step adds to the loss through the error of each later step.

    Parameters
    ----------
    blame : array_like, shape (T, T)
        ``blame[s, t]`` for use at step s and error at step t; zero for s > t.
    tau : float
        Time constant in steps, the unit of both axes.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=(5.2, 4.2))[1] if ax is None else ax
    blame = np.asarray(blame)
    T = len(blame)
    shown = np.where(np.triu(np.ones((T, T), bool)), blame, np.nan)
    limit = np.percentile(np.abs(blame[np.triu_indices(T)]), 99)
    power = int(np.floor(np.log10(limit)))
    limit /= 10.0**power
    picture = ax.imshow(
        shown / 10.0**power,
        extent=(0, T / tau, T / tau, 0),
        cmap=DIVERGING,
        vmin=-limit,
        vmax=limit,
        interpolation="nearest",
    )
    label = rf"adds to the gradient ($\times\, 10^{{{power}}}$)"
    ax.figure.colorbar(picture, ax=ax, label=label, extend="both")
    ticks = np.arange(0, T / tau + 1e-9, 5)
    ax.set(xlabel=r"time $t$ of the error / $\tau$", ylabel=r"time $s$ of the use / $\tau$", xticks=ticks, yticks=ticks)
    ax.text(0.05, 0.14, "an error cannot blame\nwhat comes after it", transform=ax.transAxes, color=GREY, va="center")
    return ax


def small_maps(maps, tau):
    """Several maps of blame side by side, two a row, each with a colour scale of its own.

    Parameters
    ----------
    maps : dict
        Title to map, shape (T, T), the use first.
    tau : float
        In steps.

    Returns
    -------
    ndarray of Axes
    """
    rows = -(-len(maps) // 2)
    axes = plt.subplots(rows, 2, figsize=(5.2, 2.4 * rows + 0.4), sharex=True, sharey=True)[1].ravel()
    for ax, (title, blame) in zip(axes, maps.items(), strict=True):
        end = len(blame) / tau
        above = np.triu(np.ones_like(blame, bool))
        limit = np.percentile(np.abs(blame[above]), 98)
        scale = {"cmap": DIVERGING, "vmin": -limit, "vmax": limit, "interpolation": "nearest"}
        ax.imshow(np.where(above, blame, np.nan), extent=(0, end, end, 0), **scale)
        ax.set(xticks=[0, end / 2, end], yticks=[0, end / 2, end])
        ax.set_title(title, fontsize="medium", loc="left", fontweight="bold")
        ax.label_outer()
        ax.xaxis.set_major_formatter("{x:g}")
        ax.yaxis.set_major_formatter("{x:g}")
    for ax in axes[-2:]:
        ax.set_xlabel(r"error $t$ / $\tau$")
    for ax in axes[::2]:
        ax.set_ylabel(r"use $s$ / $\tau$")
    return axes


def blame_by_delay(shares, tau, ax=None):
    """Share of all blame that lies within a given delay between use and error, with the leak only and in all paths.

    Parameters
    ----------
    shares : dict
        ``"leak only"`` and ``"whole network"`` to an array (n_networks, T), rising to 1.
    tau : float
        In steps.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=NARROW)[1] if ax is None else ax
    ax.axhline(0.5, color=GREY, linewidth=0.8, linestyle="--")
    ax.text(20, 0.49, "half", color=GREY, ha="right", va="top")
    for (label, values), color in zip(shares.items(), (LOCAL, NONLOCAL), strict=True):
        delay = np.arange(np.shape(values)[1]) / tau
        median = spread(ax, delay, values, {"color": color, "linestyle": "-"})
        ax.text(delay[np.argmax(median > 0.84)] + 0.6, 0.82, label, color=color, va="top")
    ax.set(xlabel=r"delay $(t - s) / \tau$", ylabel="share of the blame", ylim=(0, 1.05), xlim=(0, 20))
    return ax


def race_in_time(runs, silence, ax=None):
    """Loss against the time that was spent, for rules that follow the same gradient at different cost.

    Parameters
    ----------
    runs : dict
        (label, colour) to the seconds of an update and the losses, shape (n_networks, n_updates).
    silence : float
        The loss of a network that says nothing.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=NARROW)[1] if ax is None else ax
    ax.axhline(silence, color=INK, linewidth=1, linestyle=":")
    for (label, color), (seconds, losses) in runs.items():
        time = seconds * np.arange(1, np.shape(losses)[1] + 1)
        spread(ax, time, losses, {"color": color, "linestyle": "-"})
        ax.text(time[0], 1.03, label, color=legible(color), transform=ax.get_xaxis_transform())
    ax.set(xscale="log", xlabel="time spent (seconds)", ylabel="loss", ylim=(0, None))
    return ax
