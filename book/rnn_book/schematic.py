"""The book's one drawing of a network, and how each rule carries credit through it."""

import textwrap

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Circle, FancyArrowPatch, Polygon, Rectangle

from rnn_book.style import DIVERGING, GREY, INK, STYLES, legible

__all__ = ["arrow", "logo", "schematic", "three_rules"]


def arrow(ax, start, end, color, bend=0.0, **style):
    """Draw an arrow in the style of the schematics.

    Parameters
    ----------
    ax : Axes
    start, end : tuple of float
    color : str
    bend : float
        How far it leaves the straight line.
    **style
        Of `FancyArrowPatch`.
    """
    style = {"arrowstyle": "-|>", "mutation_scale": 11, "linewidth": 1.6, "shrinkA": 2, "shrinkB": 2} | style
    ax.add_patch(FancyArrowPatch(start, end, color=color, connectionstyle=f"arc3,rad={bend}", **style))


def schematic(flow=None, ax=None, steps=("$t-1$", "$t$", "$t+1$"), activity=None):
    """The book's one network drawing: the network at some steps, and how a rule carries credit through it.

    Parameters
    ----------
    flow : {None, "bptt", "rtrl", "rflo"}
        None draws the network alone; a rule adds the flow of its credit.
    ax : Axes, optional
    steps : sequence of str
        The names of the steps.
    activity : array_like, shape (n_steps, 6), optional
        Fills the units with the colour of their activity.

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=(7.2, 2.9))[1] if ax is None else ax
    centres = 3.6 * np.arange(len(steps))
    ax.set(xlim=(-1.35, centres[-1] + 2.5), ylim=(-1.95, 2.75), aspect="equal")
    ax.axis("off")
    color = STYLES[flow]["color"] if flow else GREY
    fill = np.full((len(steps), 6), np.nan) if activity is None else np.asarray(activity)
    for k, cx in enumerate(centres):
        units = _network(ax, cx, steps[k], ["white" if np.isnan(v) else DIVERGING((v + 1) / 2) for v in fill[k]])
        on = k < len(steps) - 1
        if on:
            arrow(ax, (cx + 1.15, 0.0), (cx + 2.45, 0.0), GREY, linewidth=1.2)
        if flow:
            {"bptt": _backward, "rtrl": _forward, "rflo": _at_synapse}[flow](ax, cx, units, color, k / len(steps), on)
    caption = {
        None: "the state is carried from step to step",
        "bptt": "credit runs backward in time, after the trial",
        "rtrl": "a tensor of sensitivities runs forward with the network",
        "rflo": "a trace stays at the synapse; fixed random weights bring the error",
    }[flow]
    name = f"{STYLES[flow]['label']}: " if flow else ""
    if len(steps) < 3:  # too narrow for one line
        ax.set_ylim(top=4.4)
        ax.text(-1.1, 3.9, name, color=legible(color), fontweight="bold")
        ax.text(-1.1, 3.7, textwrap.fill(caption, 34), color=INK, va="top", in_layout=False)
    else:
        title = ax.annotate(name, (-1.1, 2.5), color=legible(color), fontweight="bold", va="bottom")
        ax.annotate(caption, (1, 0), xycoords=title, color=INK, va="bottom")
    return ax


def _network(ax, cx, step, colors):
    """The ring of units and the readout at one step; the places of the units."""
    angles = np.pi / 2 + 2 * np.pi * np.arange(6) / 6
    units = np.column_stack([cx + 0.85 * np.cos(angles), 0.85 * np.sin(angles)])
    for a in range(6):
        for b in (a + 1, a + 2):
            ax.plot(*np.transpose([units[a], units[b % 6]]), color="#CFCFCF", linewidth=0.8, zorder=0)
    for unit, color in zip(units, colors, strict=True):
        ax.add_patch(Circle(unit, 0.17, facecolor=color, edgecolor=INK, linewidth=1.2, zorder=2))
    readout = _readout(cx)
    arrow(ax, units[5], readout, GREY, linewidth=1.2, shrinkA=7, shrinkB=7)
    ax.add_patch(Circle(readout, 0.2, facecolor="#EFEFEF", edgecolor=INK, linewidth=1.2, zorder=2))
    ax.text(readout[0] + 0.32, readout[1], "error", va="center", color=INK)
    ax.text(cx, -1.85, step, ha="center", color=INK)
    return units


def _readout(cx):
    return cx + 1.35, 1.75


def _backward(ax, cx, units, color, passed, on):
    """Credit of BPTT: from the error into a unit, and from each step to the one before, along the stored film."""
    arrow(ax, _readout(cx), units[0], color, bend=0.3, shrinkA=7, shrinkB=7)
    if on:
        arrow(ax, (cx + 2.45, -0.45), (cx + 1.15, -0.45), color, linewidth=2.6)
    ax.add_patch(Rectangle((cx - 1.8, -1.47), 3.6, 0.38, color="#555555", linewidth=0, zorder=0))
    for x in cx - 1.8 + 0.3 * np.arange(12):
        ax.add_patch(Rectangle((x + 0.08, -1.35), 0.14, 0.14, color="white", zorder=1))
    ax.add_patch(Rectangle((cx - 0.65, -1.43), 1.3, 0.3, color="white", zorder=1))
    ax.text(cx, -1.29, "$h, u$", ha="center", va="center", color=INK, fontsize="small")


def _forward(ax, cx, units, color, passed, on):
    """The tensor of RTRL: a cube that keeps its size and fills with colour from step to step."""
    _cube(ax, (cx - 0.42, -0.42), 0.62, color, 0.15 + 0.9 * passed)
    if on:
        arrow(ax, (cx + 1.15, -0.45), (cx + 2.45, -0.45), color, linewidth=2.6)


def _cube(ax, corner, size, color, fill):
    """A cube of four times four times four cells, filled with colour to a degree between 0 and 1."""
    across, up, back = np.array([[1, 0], [0, 1], [0.4, 0.4]]) * size
    for start, one, other, shade in ((0 * up, across, up, 1.0), (up, across, back, 0.75), (across, back, up, 0.55)):
        face = np.add(corner, [start, start + one, start + one + other, start + other])
        ax.add_patch(Polygon(face, facecolor="white", edgecolor="none", zorder=1))
        ax.add_patch(Polygon(face, facecolor=color, alpha=fill * shade, edgecolor="none", zorder=1))
        ax.add_patch(Polygon(face, facecolor="none", edgecolor=INK, linewidth=0.8, zorder=1))
        for k in (1, 2, 3):
            for a, b in ((one, other), (other, one)):
                line = np.add(corner, [start + k / 4 * a, start + k / 4 * a + b])
                ax.plot(*line.T, color=INK, linewidth=0.3, zorder=1)


def _at_synapse(ax, cx, units, color, passed, on):
    """The trace of RFLO, kept at a synapse, and the error that meets it in the unit behind."""
    synapse = 0.38 * units[3] + 0.62 * units[4]
    ax.add_patch(Circle(synapse, 0.12, color=color, zorder=3))
    loop = {"bend": -2.6, "linewidth": 1.2, "mutation_scale": 7, "shrinkA": 0, "shrinkB": 0}
    arrow(ax, np.add(synapse, (0.1, -0.09)), np.add(synapse, (-0.1, -0.11)), color, **loop)
    arrow(ax, _readout(cx), units[4], color, bend=-0.4, linestyle=(0, (3, 2)), shrinkA=7, shrinkB=7)
    ax.text(*units[4], "×", color=color, ha="center", va="center_baseline", fontweight="bold", zorder=4)


def three_rules():
    """The three rules side by side in one picture.

    Returns
    -------
    Figure
    """
    figure, axes = plt.subplots(1, 3, figsize=(10.8, 3.1))
    for flow, ax in zip(("bptt", "rtrl", "rflo"), axes, strict=True):
        schematic(flow, ax, steps=("$t$", "$t+1$"))
    return figure


def logo():
    """The sign of the book: a ring of six units, two in the colour of each rule.

    Returns
    -------
    Figure
        Without background.
    """
    figure = plt.figure(figsize=(2, 2), layout="none", facecolor="none")
    ax = figure.add_axes((0, 0, 1, 1), aspect="equal", xlim=(-1.2, 1.2), ylim=(-1.2, 1.2))
    ax.axis("off")
    angles = np.pi / 2 + 2 * np.pi * np.arange(6) / 6
    units = 0.92 * np.column_stack([np.cos(angles), np.sin(angles)])
    for a in range(6):
        ax.plot(*np.transpose([units[a], units[(a + 1) % 6]]), color=GREY, linewidth=5, zorder=0)
        ax.add_patch(Circle(units[a], 0.25, color=STYLES[("bptt", "rtrl", "rflo")[a % 3]]["color"]))
    return figure
