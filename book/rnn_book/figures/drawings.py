"""Drawings without data: the labelled circuit, the time line of indices, and two units unrolled in time."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Circle

from rnn_book import two_units
from rnn_book.schematic import arrow
from rnn_book.style import GREY, INK, LOCAL, NONLOCAL, PALE

__all__ = ["circuit", "time_line", "unrolled"]


def _blank(width, height, xlim, ylim):
    ax = plt.subplots(figsize=(width, height))[1]
    ax.set(xlim=xlim, ylim=ylim, aspect="equal")
    ax.axis("off")
    return ax


def _disc(ax, centre, text, radius=0.36, fill="white"):
    ax.add_patch(Circle(centre, radius, facecolor=fill, edgecolor=INK, linewidth=1.4, zorder=2))
    ax.text(*centre, text, ha="center", va="center", color=INK, zorder=3)


def circuit():
    """The network with all its names: what comes in, the synapse from unit j to unit i, the readout, the error.

    Returns
    -------
    Axes
    """
    ax = _blank(5.2, 3.5, (0, 10.4), (0.2, 6.6))
    turn = np.pi / 2 + 2 * np.pi * np.arange(6) / 6
    units = np.column_stack([4.2 + 1.75 * np.cos(turn), 2.9 + 1.75 * np.sin(turn)])
    j, i, k = 1, 5, 3
    for a in range(6):
        for b in (a + 1, a + 2):
            ax.plot(*np.transpose([units[a], units[b % 6]]), color="#D5D5D5", linewidth=0.8, zorder=0)
    for a in range(6):
        _disc(ax, units[a], {j: "$j$", i: "$i$", k: "$k$"}.get(a, ""), fill=PALE if a in (i, j, k) else "white")
    gaps = {"shrinkA": 13, "shrinkB": 13}
    arrow(ax, units[j], units[i], INK, linewidth=2.2, **gaps)
    ax.text(4.2, 3.2, "$W_{ij}$", ha="center", color=INK)
    _disc(ax, (0.5, 2.9), "$x_m$", 0.42)
    for a in (1, 2):
        arrow(ax, (0.5, 2.9), units[a], INK, linewidth=1.2, **gaps)
    ax.text(1.25, 3.6, r"$W^\mathrm{in}$", ha="center", color=INK)
    output = (8.3, 2.9)
    _disc(ax, output, "$y_o$", 0.42)
    for a in (4, 5):
        arrow(ax, units[a], output, INK, linewidth=1.2, **gaps)
    ax.text(7.15, 3.55, r"$W^\mathrm{out}$", ha="center", color=INK)
    ax.text(8.3, 6.1, "$y^*_o$", ha="center", va="center", color=INK)
    error = (8.3, 4.6)
    _disc(ax, error, r"$\varepsilon_o$", 0.42)
    arrow(ax, (8.3, 5.8), error, INK, linewidth=1.2, shrinkA=0, shrinkB=14)
    arrow(ax, output, error, INK, linewidth=1.2, **gaps)
    ax.text(8.85, 4.6, "error", va="center", color=INK)
    arrow(ax, error, units[i], GREY, bend=0.35, linestyle=(0, (3, 2)), shrinkA=14, shrinkB=14)
    ax.text(6.4, 5.05, "$B$", ha="center", color=INK)
    ax.text(4.2, 0.3, "$N$ units", ha="center", color=GREY)
    return ax


def time_line(n_steps=3):
    """Which index belongs where: the states, and between them the steps with all that belongs to each.

    Parameters
    ----------
    n_steps : int

    Returns
    -------
    Axes
    """
    ax = _blank(5.2, 2.5, (-0.6, 3.0 * n_steps + 0.9), (-1.9, 2.6))
    for t in range(n_steps + 1):
        x = 3.0 * t
        _disc(ax, (x, 0), f"$h_{t}$", 0.42, PALE)
        ax.text(x, -1.0, f"$P_{t}, p_{t}$", ha="center", va="center", color=INK)
        if t:
            arrow(ax, (x, 0), (x, 1.3), GREY, linewidth=1.2, shrinkA=14)
            ax.text(x, 1.6, rf"$y_{t - 1}, \varepsilon_{t - 1}$", ha="center", va="center", color=INK)
            ax.text(x, 2.2, f"$c_{t - 1}, z_{t - 1}$", ha="center", va="center", color=INK)
        if t < n_steps:
            arrow(ax, (x, 0), (x + 3, 0), INK, shrinkA=15, shrinkB=15)
            ax.text(x + 1.5, 0.25, f"$x_{t}, u_{t}$", ha="center", color=INK)
            ax.text(x + 1.5, -1.75, f"step {t}", ha="center", color=GREY)
    return ax


def unrolled():
    """The example by hand, unrolled in time: a derivative on each edge, and the ways of one use to the last error.

    The synapse is that of unit 1 onto itself, used at step 0. Its own unit's leak is a way that it sees; the way to the
    output leads through unit 2.

    Returns
    -------
    Axes
    """
    hand = two_units.work_out()
    ax = _blank(5.2, 3.1, (-0.9, 9.6), (-1.0, 4.6))
    place = {(t, k): (3.2 * t, 2.4 * (1 - k)) for t in range(3) for k in range(2)}
    seen, unseen = {(1, 0, 0)}, {(1, 0, 1)}
    for t in range(2):
        for k in range(2):
            for other in range(2):
                if not hand.J[other, k]:
                    continue
                edge = (t, k, other)
                color = LOCAL if edge in seen else NONLOCAL if edge in unseen else GREY
                start, end = np.array(place[t, k]), np.array(place[t + 1, other])
                width = 2.4 if edge in seen | unseen else 1.2
                arrow(ax, start, end, color, linewidth=width, shrinkA=14, shrinkB=14)
                x, y = start + 0.42 * (end - start)
                ax.text(x + 0.12, y + 0.16, f"{hand.J[other, k]}", color=color, ha="center", va="bottom")
    for (t, k), centre in place.items():
        _disc(ax, centre, f"$h_{{{t},{k + 1}}}$", 0.47, PALE)
    output = (8.6, 0)
    _disc(ax, output, r"$\varepsilon_1$", 0.47)
    arrow(ax, place[2, 1], output, INK, linewidth=2.4, shrinkA=14, shrinkB=14)
    ax.text(7.5, 0.16, "1", color=INK, ha="center", va="bottom")
    ax.text(3.2, 4.35, "use of $W_{11}$ at step 0", ha="center", color=INK)
    arrow(ax, (3.2, 4.2), place[1, 0], LOCAL, linewidth=2.4, shrinkB=14)
    ax.text(3.35, 3.45, f"{hand.P[1, 0, 0, 0]}", color=LOCAL)
    ax.text(5.0, 3.2, "seen", color=LOCAL, ha="center")
    ax.text(5.35, 1.35, "not seen", color=NONLOCAL)
    for t in range(3):
        ax.text(3.2 * t, -0.95, f"after step {t - 1}" if t else "start", ha="center", color=GREY)
    return ax
