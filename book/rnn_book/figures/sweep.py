"""Figures of the appendix on sweeps."""

import matplotlib.pyplot as plt
import numpy as np

from rnn_book.style import NARROW, STYLES

__all__ = ["losses_at_rates"]


def losses_at_rates(rates, losses, ax=None):
    """Loss against learning rate, the median over networks and the quartiles, one line a rule.

    Parameters
    ----------
    rates : sequence of float
    losses : dict
        For each key of `STYLES` an array, shape (n_rates, n_networks).
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=NARROW)[1] if ax is None else ax
    for rule, of in losses.items():
        style = {key: STYLES[rule][key] for key in ("color", "linestyle", "label")}
        low, median, high = np.percentile(of, [25, 50, 75], axis=1)
        ax.fill_between(rates, low, high, color=style["color"], alpha=0.2, linewidth=0)
        ax.plot(rates, median, "o", **style)
    ax.set(xscale="log", yscale="log", xlabel=r"learning rate $\eta$", ylabel="loss", ylim=(5e-3, 0.6))
    ax.legend(loc="lower left")
    return ax
