"""Figures of the chapter on BPTT."""

import matplotlib.pyplot as plt
import numpy as np

from rnn_book.style import GREY, INK, STYLES

__all__ = ["credit_frame"]


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
    top.plot(time, error, color="#BBBBBB")
    top.plot(time[t:], error[t:], color=INK)
    top.set(ylabel="error", xlim=(0.5 / tau, (T + 0.5) / tau))
    share = z / np.abs(z).max(axis=1, keepdims=True)
    known = np.where(np.arange(T)[:, np.newaxis] >= t, share, np.nan)
    bottom.set_facecolor("#EEEEEE")
    colors = plt.get_cmap("RdBu_r", 11)  # few colours, so that all frames share one small palette
    extent = (0.5 / tau, (T + 0.5) / tau, n_rec + 0.5, 0.5)
    image = bottom.imshow(known.T, colors, aspect="auto", vmin=-1, vmax=1, extent=extent, interpolation="nearest")
    figure.colorbar(image, ax=bottom, label="credit / largest", pad=0.01, ticks=[-1, 0, 1])
    for ax in (top, bottom):
        ax.axvline((t + 0.5) / tau, color=color, linewidth=1.6)
    bottom.set(xlabel=r"time / $\tau$", ylabel="unit, sorted\nby readout weight")
