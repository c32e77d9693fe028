"""Figures of the appendix on speed."""

import matplotlib.pyplot as plt
import numpy as np

from rnn_book.style import GREY, INK, STYLES, legible

__all__ = ["scaling", "trial_times"]

_SERIES = {
    "BPTT": ("bptt", "-"),
    "RFLO": ("rflo", "-"),
    "RFLO, online": ("rflo", (0, (1.2, 1))),
    "RTRL": ("rtrl", "--"),
    "RTRL in blocks": ("rtrl", "-."),
}


def trial_times(sizes):
    """Time of one trial for each contender, one panel a size of network, one row a contender.

    Parameters
    ----------
    sizes : sequence of dict
        Each with ``n_rec``, ``T`` and ``ms``: milliseconds by the name of the contender. What is missing was not run.

    Returns
    -------
    Figure
        Our rules are circles, open without Numba; others are grey squares.
    """
    order = sorted(sizes[0]["ms"], key=sizes[0]["ms"].get, reverse=True)
    figure, axes = plt.subplots(1, len(sizes), figsize=(7.2, 0.34 * len(order) + 0.8), sharey=True)
    for ax, size in zip(axes, sizes, strict=True):
        for place, label in enumerate(order):
            if label not in size["ms"]:
                at = {"transform": ax.get_yaxis_transform(), "va": "center", "fontsize": "small", "color": INK}
                ax.text(0.02, place, "not run", **at)
                continue
            ms, others = size["ms"][label], any(word in label for word in ("PyTorch", "JAX", "textbook"))
            color = GREY if others else STYLES[label.split()[0].strip(",").lower()]["color"]
            face = "none" if "without" in label else color
            ax.plot(ms, place, "s" if others else "o", color=color, markerfacecolor=face)
            beside = {"textcoords": "offset points", "va": "center", "fontsize": "small", "color": INK}
            ax.annotate(f"{ms:.0f}" if ms > 100 else f"{ms:.2g}", (ms, place), (6, 0), **beside)
        ax.set(xscale="log", xlabel=f"ms, $N$ = {size['n_rec']}, $T$ = {size['T']}")
        ax.set_xlim(right=ax.get_xlim()[1] * 8)
        ax.grid(axis="y", alpha=0.3)
    axes[0].set_yticks(range(len(order)), order)
    return figure


def scaling(found):
    """Time of one trial against the number of units and against the number of steps, one panel under the other.

    Parameters
    ----------
    found : dict
        Of "n_rec" and "T" to a dict of the name of a rule to ``along``, ``ms`` and the fitted ``exponent``.

    Returns
    -------
    Figure
        The exponent stands at the end of each line.
    """
    figure, axes = plt.subplots(len(found), 1, figsize=(7.2, 3.1 * len(found)), sharey=True)
    for ax, (axis, rules) in zip(axes, found.items(), strict=True):
        for label, of in rules.items():
            rule, line = _SERIES[label]
            color = STYLES[rule]["color"]
            ax.loglog(of["along"], of["ms"], color=color, linestyle=line, marker="o", markersize=4)
        ax.set_xlim(right=ax.get_xlim()[1] * 2.5)
        ax.set(xlabel={"n_rec": "units $N$", "T": "steps $T$"}[axis], ylabel="ms a trial")
    figure.draw_without_rendering()  # the limits and the layout are settled, and labels can be moved apart
    for ax, rules in zip(axes, found.values(), strict=True):
        _label_lines(ax, rules)
    return figure


def _label_lines(ax, rules):
    lowest, gap = {}, 13 * ax.figure.dpi / 72  # of the labels at each place along the axis
    for label, of in sorted(rules.items(), key=lambda item: item[1]["ms"][-1]):
        end = of["along"][-1], of["ms"][-1]
        height = ax.transData.transform(end)[1]
        lowest[end[0]] = max(height, lowest.get(end[0], -np.inf) + gap)
        shift = 6, (lowest[end[0]] - height) * 72 / ax.figure.dpi
        color = legible(STYLES[_SERIES[label][0]]["color"])
        beside = {"textcoords": "offset points", "va": "center", "fontsize": "small", "color": color}
        ax.annotate(f"{label}: {of['exponent']:.1f}", end, shift, **beside)
