"""Figures of the chapter on RFLO."""

import matplotlib.pyplot as plt
import numpy as np

from rnn_book.style import GREY, INK, LOCAL, STYLES

__all__ = ["angle_strips", "synapse_view", "update_frame"]


def synapse_view(tau, pre, slope, trace, credit, axes=None):
    """What one synapse sees in a trial, and what RFLO makes of it.

    Parameters
    ----------
    tau : float
        In steps.
    pre, slope, trace, credit : array_like, shape (T,)
        Activity of the presynaptic unit, slope of the postsynaptic unit, eligibility trace, and the error that is
        broadcast to the postsynaptic unit.
    axes : sequence of five Axes, optional

    Returns
    -------
    sequence of Axes
    """
    if axes is None:
        axes = plt.subplots(5, 1, figsize=(7.2, 6.4), sharex=True)[1]
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
    for ax, name in zip(axes, names, strict=True):
        ax.axhline(0, color=GREY, linewidth=0.8)
        ax.set_ylabel(name, rotation=0, ha="right", va="center")
        ax.locator_params(axis="y", nbins=3)
    axes[-1].set(xlabel=r"time / $\tau$", xlim=(0, t[-1]))
    return axes


def update_frame(figure, pre, credit, trace, total, limits):
    """One moment of a trial under RFLO: traces, the two vectors that touch them, and the change summed so far.

    Parameters
    ----------
    figure : Figure
        Empty.
    pre, credit : ndarray, shape (n_rec,)
        Presynaptic activity, and the error as it is broadcast to each unit.
    trace, total : ndarray, shape (n_rec, n_rec)
        Eligibility traces, and the sum of the weight changes until now.
    limits : sequence of float
        Largest absolute value on the scales of the four, in that order.
    """
    figure.set_layout_engine("none")
    top, height = 0.82, 0.7
    strip, left, right = (0.05, 0.04), (0.12, 0.4), (0.58, 0.4)
    panels = [
        ((left[0], top + 0.03, left[1], 0.06), pre[np.newaxis], limits[0]),
        ((strip[0], top - height, strip[1], height), credit[:, np.newaxis], limits[1]),
        ((left[0], top - height, left[1], height), trace, limits[2]),
        ((right[0], top - height, right[1], height), total, limits[3]),
    ]
    axes = []
    for position, values, limit in panels:
        ax = figure.add_axes(position, xticks=[], yticks=[])
        ax.imshow(values, vmin=-limit, vmax=limit, aspect="auto")
        ax.spines[:].set_visible(True)
        axes.append(ax)
    axes[0].set_title("presynaptic activity $h_{t,b}$", fontsize="medium", color=LOCAL)
    axes[1].set_ylabel(r"error for each unit $[B\varepsilon_t]_a$", color=INK)
    axes[2].set_xlabel("traces $p_{t+1,ab}$", color=LOCAL)
    axes[3].set_xlabel("weight change so far", color=STYLES["rflo"]["color"])


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
    ax = plt.subplots()[1] if ax is None else ax
    for column, (rule, values) in enumerate(angles.items()):
        values = np.asarray(values)
        style = styles[rule]
        ax.plot(
            column + np.linspace(-0.18, 0.18, len(values)), values, "o", markersize=5, alpha=0.7, color=style["color"]
        )
        ax.hlines(np.median(values), column - 0.32, column + 0.32, color=style["color"], linewidth=3)
    ax.axhline(90, color=GREY, linewidth=0.8)
    ax.set(ylim=(-6, 186), yticks=[0, 45, 90, 135, 180], xlim=(-0.6, len(angles) - 0.4))
    ax.set_xticks(
        range(len(angles)), [styles[rule]["label"].replace(" ", "\n", 1) for rule in angles], fontsize="small"
    )
    ax.set_ylabel("angle to the gradient (degrees)")
    return ax
