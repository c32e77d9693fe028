"""Drawings without data: the circuit, the time line of indices, the network unrolled in time, the driven copy."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Circle

from rnn_book import two_units
from rnn_book.schematic import arrow
from rnn_book.style import GREY, INK, LOCAL, NONLOCAL, PALE, STYLES

__all__ = ["circuit", "driven_copy", "time_line", "unrolled", "unrolled_graph"]


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


def unrolled_graph():
    """The network unrolled over two steps, with the derivative of its end by its start on each edge.

    Returns
    -------
    Axes
    """
    ax = _blank(7.2, 4.7, (-0.7, 9.3), (-3.6, 2.9))
    states = [(0, 0), (4, 0), (8, 0)]
    currents, outputs = [(2, -1.5), (6, -1.5)], [(4, 1.75), (8, 1.75)]
    credit, weights = STYLES["bptt"]["color"], (4, -3)
    names = ["h_t", "h_{t+1}", "h_{t+2}", "u_t", "u_{t+1}", "y_t", "y_{t+1}", "W"]
    nodes = [*states, *currents, *outputs, weights]
    for place, name in zip(nodes, names, strict=True):
        _disc(ax, place, f"${name}$", 0.48)

    def edge(start, end, derivative, place):
        arrow(ax, start, end, GREY, mutation_scale=13, linewidth=1.5, shrinkA=23, shrinkB=23)
        ax.text(*place, f"${derivative}$", ha="center", va="center", color=INK)

    for k, t in enumerate(("t", "t+1")):
        before, after, current = states[k], states[k + 1], currents[k]
        edge(before, after, r"1 - \frac{1}{\tau}", (before[0] + 2, 0.42))
        edge(before, current, "W", (before[0] + 0.75, -0.95))
        edge(current, after, rf"\frac{{1}}{{\tau}}\,\phi'(u_{{{t}}})", (before[0] + 3.5, -1.05))
        edge(after, outputs[k], r"W^\mathrm{out}", (after[0] - 0.62, 0.85))
        edge(weights, current, f"h_{{{t}}}", (2.6 + 2.8 * k, -2.55))
        ax.text(outputs[k][0] + 0.6, 1.75, rf"$\varepsilon_{{{t}}}$", va="center", color=INK)
    for k, name in ((1, "z_t"), (2, "z_{t+1}")):
        ax.text(states[k][0] + 0.58, 0.5, f"${name}$", color=credit, ha="left", va="center", fontweight="bold")
    arrow(ax, (7.4, 2.65), (5.2, 2.65), credit, mutation_scale=16, linewidth=2.6)
    ax.text(5.05, 2.65, "credit goes against the arrows", ha="right", va="center", color=credit)
    return ax


def driven_copy():
    """The copy of the definition test over two steps: driven by what was recorded, with nothing but its leak.

    Returns
    -------
    Axes
    """
    ax = _blank(7.2, 3.4, (-3.2, 9), (-1.1, 3.1))
    style = {"linewidth": 1.5, "shrinkA": 18, "shrinkB": 21}
    names = ["{t}", "{t+1}", "{t+2}"]
    for k, name in enumerate(names):
        x = 4 * k
        for y, letter, face in ((2.2, "h", PALE), (0, r"\tilde h", "white")):
            _disc(ax, (x, y), f"${letter}_{name}$", 0.52, face)
        if k < 2:
            arrow(ax, (x, 2.2), (x + 4, 2.2), GREY, linestyle=(0, (3, 2)), **style)
            arrow(ax, (x, 2.2), (x + 4, 0), LOCAL, **style)
            arrow(ax, (x, 0), (x + 4, 0), LOCAL, **style)
            ax.text(x + 2.3, 1.35, "$W$", ha="left", va="bottom", color=LOCAL)
            ax.text(x + 2, -0.2, r"$1 - 1/\tau$", ha="center", va="top", color=LOCAL)
            ax.text(x + 4, -0.7, rf"$\times\; c_{name}$", ha="center", va="top", color=INK)
    ax.text(-0.8, 2.2, "recorded", ha="right", va="center", color=GREY)
    ax.text(-0.8, 0, "the copy", ha="right", va="center", color=INK)
    return ax
