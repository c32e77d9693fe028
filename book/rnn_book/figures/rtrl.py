"""Figures of the chapter on RTRL."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.patches import Polygon, Rectangle
from matplotlib.ticker import NullFormatter

from rnn_book.style import DIVERGING, GREY, INK, LOCAL, NARROW, NONLOCAL, STYLES, spread, variants

__all__ = [
    "block_times",
    "local_share",
    "running_sums",
    "sensitivity_cards",
    "sensitivity_frame",
    "sensitivity_norms",
    "sensitivity_slices",
]


def sensitivity_cards(P, names):
    """RTRL's tensor as a cube whose slices are pulled apart like cards, at some moments: the size is fixed, it fills.

    Parameters
    ----------
    P : sequence of array_like, shape (n_rec, n_rec, n_rec)
        ``P[t][k, i, j]``, the derivative of ``h[k]`` with respect to ``W[i, j]`` at each moment.
    names : sequence of str
        What stands above each cube.

    Returns
    -------
    array of Axes
    """
    n_rec = len(P[0])
    apart, across, down = np.array([[1.35, 0], [0.8, 0.4], [0, -1.1]]) / [[1], [n_rec], [n_rec]]

    def corners(k, i, j, width=1):
        """Of a cell, or of several beside each other."""
        return [k * apart + (i + a) * down + (j + b) * across for a, b in ((0, 0), (0, width), (1, width), (1, 0))]

    axes = plt.subplots(len(P), 1, figsize=(5.2, 1.8 * len(P)), squeeze=False)[1][:, 0]
    for ax, tensor, name in zip(axes, np.asarray(P), names, strict=True):
        for i, j in ((0, 0), (0, n_rec), (n_rec, 0), (n_rec, n_rec)):  # the edges from card to card
            ax.plot(
                *np.transpose([k * apart + i * down + j * across for k in (0, n_rec - 1)]), color=GREY, linewidth=0.6
            )
        for k, i, j in np.ndindex(tensor.shape):
            color = DIVERGING(0.5 + 0.5 * tensor[k, i, j] / np.abs(tensor).max())
            ax.add_patch(Polygon(corners(k, i, j), facecolor=color, edgecolor=GREY, linewidth=0.5, zorder=2))
        for k in range(n_rec):
            frame = {"edgecolor": LOCAL, "linewidth": 2.2, "zorder": 3}
            ax.add_patch(Polygon(corners(k, k, 0, n_rec), fill=False, **frame))
            below = k * apart + n_rec * down + 0.5 * n_rec * across
            ax.text(*below, f"\n$k = {k + 1}$", va="top", ha="center", color=INK)
        ax.text(*(0.5 * n_rec * down), "to $i$ ", ha="right", va="center", color=INK)
        ax.text(
            *((n_rec - 1) * apart + (0.5 * n_rec + 0.5) * across + 1.05 * n_rec * down), "from $j$", va="top", color=INK
        )
        ax.set_title(name, fontsize="medium", loc="left")
        ax.set_aspect("equal")
        ax.axis("off")
    return axes


def sensitivity_slices(P, units, axes=None):
    """Slices of RTRL's tensor: how the activity of a few units depends on every recurrent weight.

    Parameters
    ----------
    P : array_like, shape (n_rec, n_rec, n_rec)
        ``P[k, i, j]``, the derivative of ``h[k]`` with respect to ``W[i, j]``.
    units : sequence of int
        The units k to show, one panel each. The row i = k, a unit's own synapses, is framed.
    axes : sequence of Axes, optional

    Returns
    -------
    sequence of Axes
    """
    if axes is None:
        axes = plt.subplots(1, len(units), figsize=(7.2, 2.9), sharey=True, squeeze=False)[1][0]
    P = np.asarray(P)
    n_rec, limit = len(P), np.abs(P[list(units)]).max()
    for ax, k in zip(axes, units, strict=True):
        image = ax.imshow(P[k], vmin=-limit, vmax=limit, extent=(0.5, n_rec + 0.5, n_rec + 0.5, 0.5), cmap=DIVERGING)
        ax.add_patch(Rectangle((0.5, k + 0.5), n_rec, 1, fill=False, edgecolor=LOCAL, linewidth=2.4, clip_on=False))
        ax.set_title(f"unit $k = {k + 1}$", fontsize="medium")
        ax.set_xlabel("from unit $j$")
        ticks = np.unique([1, (n_rec + 1) // 2, n_rec])
        ax.set(xticks=ticks, yticks=ticks)
    axes[0].set_ylabel("to unit $i$")
    ax.figure.colorbar(image, ax=list(axes), label=r"$\mathrm{d}h_k / \mathrm{d}W_{ij}$", pad=0.01)
    return axes


def sensitivity_frame(figure, P, t, tau):
    """One moment of RTRL: the tensor as a matrix, and below the size of its local and nonlocal part until then.

    Parameters
    ----------
    figure : Figure
        Empty.
    P : ndarray, shape (T + 1, n_rec, n_rec, n_rec)
        Sensitivities through a trial.
    t : int
        How many steps have been made.
    tau : float
    """
    n_rec = P.shape[1]
    own = np.arange(n_rec)
    top, bottom = figure.subplots(2, 1, height_ratios=[1.25, 1])
    # Few colours, none near black, survive the small palette of a flipbook; steps of sqrt(10) show small values.
    levels = 10.0 ** (np.ceil(2 * np.log10(np.abs(P).max())) / 2 - np.arange(5) / 2)
    levels = np.concatenate([-levels, levels[::-1]])
    colors = ListedColormap(plt.get_cmap("RdBu_r")(np.linspace(0.14, 0.86, 9)))
    shown = {"cmap": colors, "norm": BoundaryNorm(levels, 9), "aspect": "auto", "interpolation": "nearest"}
    flat = P[t].reshape(n_rec, n_rec**2)
    image = top.imshow(flat, extent=(0.5, n_rec**2 + 0.5, n_rec + 0.5, 0.5), **shown)
    for i in range(n_rec):
        corner = (0.5 + i * n_rec, i + 0.5)
        top.add_patch(Rectangle(corner, n_rec, 1, fill=False, edgecolor=LOCAL, linewidth=1.4, clip_on=False))
    ticks = n_rec * own + (n_rec + 1) / 2
    top.set_xticks(ticks, [f"$i={i + 1}$" for i in own], fontsize="small")
    top.tick_params(axis="x", length=0)
    top.set(ylabel="unit $k$", xlabel="synapse from $j$ to $i$, in blocks of equal $i$")
    bar = figure.colorbar(image, ax=top, label="sensitivity", pad=0.01, fraction=0.08, aspect=6)
    steps = {level: f"{level:.1g}" for level in levels[[0, 2, 7, 9]]} | {0: "0"}
    bar.set_ticks(list(steps), labels=list(steps.values()), fontsize="small")
    time = np.arange(len(P)) / tau
    local = np.sqrt(np.sum(P[:, own, own] ** 2, axis=(1, 2)))
    other = np.sqrt(np.maximum(np.sum(P**2, axis=(1, 2, 3)) - local**2, 0))
    for size, color, label in ((local, LOCAL, "$k = i$"), (other, NONLOCAL, "$k \\neq i$")):
        bottom.plot(time, size, color=color, alpha=0.2)
        bottom.plot(time[: t + 1], size[: t + 1], color=color, label=label)
    bottom.axvline(t / tau, color=INK, linewidth=1)
    bottom.set(xlabel=r"time / $\tau$", ylabel="norm of part", xlim=(0, time[-1]), ylim=(0, None))
    bottom.legend(loc="upper right", handlelength=1.4)


def local_share(time, shares, n_rec, ax=None):
    """Local share of the sensitivities through a trial, with the share of an even spread as a line.

    Parameters
    ----------
    time : array_like, shape (T,)
        In time constants.
    shares : array_like, shape (n_networks, T)
    n_rec : int
        Number of units; an even spread has the share 1 / n_rec.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=NARROW)[1] if ax is None else ax
    spread(ax, time, shares, STYLES["rtrl"])
    ax.axhline(1 / n_rec, color=GREY, linestyle="-.", linewidth=1.2)
    ax.text(1.01, 1 / n_rec, "even\nspread", color=GREY, va="center", transform=ax.get_yaxis_transform())
    ax.set(xlabel=r"time / $\tau$", ylabel="local share of $P$", xlim=(0, time[-1]), ylim=(0, 1.02))
    return ax


def running_sums(time, forward, backward, total, ax=None):
    """The gradient with respect to one synapse, summed forward in time by RTRL and backward in time by BPTT.

    Parameters
    ----------
    time : array_like, shape (T,)
        In time constants.
    forward, backward : array_like, shape (T,)
    total : float
        Where both arrive.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=(5.6, 3.6))[1] if ax is None else ax
    ax.axhline(total, color=INK, linewidth=1, linestyle=":")
    ax.axhline(0, color=GREY, linewidth=0.8)
    for rule, values, step in (("rtrl", forward, 1), ("bptt", backward, -1)):
        ax.plot(time, values, **STYLES[rule])
        for at in (len(time) // 3, 2 * len(time) // 3):  # arrows in the direction of the sum
            ends = [(time[k], values[k]) for k in (at, at + 4 * step)]
            arrow = {"arrowstyle": "-|>", "color": STYLES[rule]["color"], "mutation_scale": 20}
            ax.annotate("", ends[1], ends[0], arrowprops=arrow)
    ax.set(xlabel=r"time / $\tau$", ylabel=r"running sum for $\mathrm{d}L/\mathrm{d}W_{ij}$")
    ax.figure.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return ax


def sensitivity_norms(time, norms, ax=None):
    """Norm of the sensitivities through a trial, for several kinds of network.

    Parameters
    ----------
    time : array_like, shape (T,)
        In time constants.
    norms : dict
        Label to norms, shape (n_networks, T).
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=(5.6, 3.6))[1] if ax is None else ax
    ax.set(yscale="log", ylim=(1e-12, 1e4), xlabel=r"time / $\tau$", ylabel="norm of $P$")
    return variants(ax, time, norms, rule="rtrl")


def block_times(blocks, timed):
    """Time of a trial by RTRL in blocks, with plain RTRL and BPTT as lines of reference; one panel a size of network.

    Parameters
    ----------
    blocks : array_like
        Block lengths.
    timed : dict
        For each number of units a dict with the seconds of ``"rtrl"`` and ``"bptt"``, and for ``"blocks"`` one for
        each of `blocks`.

    Returns
    -------
    array of Axes
    """
    axes = plt.subplots(len(timed), 1, figsize=(5.2, 2.2 * len(timed) + 0.6), sharex=True, squeeze=False)[1][:, 0]
    for ax, (N, times) in zip(axes, timed.items(), strict=True):
        ax.axvline(N, color=GREY, linewidth=0.8)
        ax.text(N, 0.3, " $K = N$", color=GREY, va="top", transform=ax.get_xaxis_transform())
        for rule in ("rtrl", "bptt"):
            style = {name: STYLES[rule][name] for name in ("color", "linestyle", "label")}
            ax.axhline(1e3 * times[rule], **style)
        color = STYLES["rtrl"]["color"]
        ax.plot(blocks, 1e3 * np.array(times["blocks"]), marker="o", markersize=4, color=color, label="RTRL in blocks")
        ax.set(xscale="log", yscale="log", ylabel="time (ms)")
        ax.set_xticks(blocks, [f"{K}" for K in blocks])
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_minor_formatter(NullFormatter())
        ax.set_title(f"$N = {N}$", fontsize="medium")
    axes[-1].set_xlabel("block length $K$")
    handles, labels = axes[0].get_legend_handles_labels()
    axes[0].figure.legend(handles, labels, loc="outside upper center", ncols=3, handlelength=2)
    return axes
