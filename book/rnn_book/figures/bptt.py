"""Figures of the chapter on BPTT."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import FixedLocator, FuncFormatter

from rnn_book.style import DIVERGING, GREY, INK, PALE, STYLES, WIDE, spread, variants

__all__ = ["credit_decay", "credit_frame", "truncation_angles"]


def credit_frame(figure, z, error, t, tau):
    """One frame of the backward pass: the error above, and below the credit of each unit, known from step t on.

    The colours show how each step's credit is shared out: they are relative to that step's largest.

    Parameters
    ----------
    figure : Figure
        Empty.
    z : ndarray, shape (T, n_rec)
        Credit, in the order in which the units are to be drawn.
    error : ndarray, shape (T, 1)
    t : int
        How far back the pass has come.
    tau : float
    """
    T, n_rec = z.shape
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[1, 2.6])
    time = np.arange(1, T + 1) / tau
    color = STYLES["bptt"]["color"]
    top.axhline(0, color=GREY, linewidth=0.8)
    top.plot(time, error, color=GREY, alpha=0.5)
    top.plot(time[t:], error[t:], color=INK)
    top.set(ylabel="error", xlim=(0.5 / tau, (T + 0.5) / tau))
    share = z / np.abs(z).max(axis=1, keepdims=True)
    known = np.where(np.arange(T)[:, np.newaxis] >= t, share, np.nan)
    bottom.set_facecolor(PALE)
    extent = (0.5 / tau, (T + 0.5) / tau, n_rec + 0.5, 0.5)
    image = bottom.imshow(known.T, DIVERGING, aspect="auto", vmin=-1, vmax=1, extent=extent, interpolation="nearest")
    figure.colorbar(image, ax=bottom, label="credit / largest", pad=0.01, ticks=[-1, 0, 1])
    for ax in (top, bottom):
        ax.axvline((t + 0.5) / tau, color=color, linewidth=1.6)
    bottom.set(xlabel=r"time / $\tau$", ylabel="unit, sorted\nby readout weight")


def credit_decay(time, sizes, leak, ax=None):
    """Size of the credit on its way back from one late error, for several kinds of network.

    Parameters
    ----------
    time : array_like, shape (n,)
        Before the error, in time constants.
    sizes : dict
        Label to sizes relative to the start, shape (n_networks, n).
    leak : array_like, shape (n,)
        The same with the leak alone.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=(5.6, 3.6))[1] if ax is None else ax
    ax.set(yscale="log", ylim=(1e-7, 1e4), xlabel=r"time before the error / $\tau$", ylabel="$|z|$ / its start")
    variants(ax, time, sizes)
    ax.plot(time, leak, color=GREY, linestyle=STYLES["untrained"]["linestyle"])
    ax.text(time[np.argmax(np.asarray(leak) < 1e-6)], 1e-6, " leak alone", color=GREY)
    return ax


def truncation_angles(blocks, angles, axes=None):
    """Angle between the truncated and the exact gradient against the length of a block, one panel a group.

    Parameters
    ----------
    blocks : array_like, shape (n,)
        In time constants.
    angles : dict
        Title of a panel to degrees, shape (n_networks, n).
    axes : sequence of Axes, optional

    Returns
    -------
    sequence of Axes
    """
    axes = plt.subplots(1, len(angles), figsize=WIDE, sharey=True)[1] if axes is None else axes
    for ax, (title, values) in zip(axes, angles.items(), strict=True):
        spread(ax, blocks, values, STYLES["bptt"])
        ax.axhline(90, color=GREY, linestyle=":", linewidth=1.2)
        ax.set(xscale="log", xlabel=r"block length $K$ / $\tau$", yticks=[0, 30, 60, 90])
        ax.xaxis.set_major_locator(FixedLocator([0.1, 1, 10]))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        ax.set_title(title, fontsize="medium")
    axes[0].set_ylabel("angle (degrees)")
    return axes
