"""The book's one drawing of a network, and how each rule carries credit through it."""

import textwrap

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle

from rnn_book.style import GREY, INK, STYLES

__all__ = ["logo", "schematic", "three_rules"]


def _arrow(ax, start, end, color, bend=0.0, **style):
    style = {"arrowstyle": "-|>", "mutation_scale": 11, "linewidth": 1.6, "shrinkA": 2, "shrinkB": 2} | style
    ax.add_patch(FancyArrowPatch(start, end, color=color, connectionstyle=f"arc3,rad={bend}", **style))


def schematic(flow=None, ax=None, steps=("$t-1$", "$t$", "$t+1$")):
    """The book's one network drawing: the network at some steps, and how a rule carries credit through it.

    Parameters
    ----------
    flow : {None, "bptt", "rtrl", "rflo"}
        None draws the network alone; a rule adds the flow of its credit.
    ax : Axes, optional
    steps : sequence of str
        The names of the steps.

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=(7.2, 2.9))[1] if ax is None else ax
    centres = 3.6 * np.arange(len(steps))
    ax.set(xlim=(-1.35, centres[-1] + 2.4), ylim=(-1.75, 2.75), aspect="equal")
    ax.axis("off")
    angles = np.pi / 2 + 2 * np.pi * np.arange(6) / 6
    color = STYLES[flow]["color"] if flow else GREY
    for k, cx in enumerate(centres):
        units = np.column_stack([cx + 0.85 * np.cos(angles), 0.85 * np.sin(angles)])
        for a in range(6):
            for b in (a + 1, a + 2):
                ax.plot(*np.transpose([units[a], units[b % 6]]), color="#CFCFCF", linewidth=0.8, zorder=0)
        for unit in units:
            ax.add_patch(Circle(unit, 0.17, facecolor="white", edgecolor=INK, linewidth=1.2, zorder=2))
        readout = (cx + 1.35, 1.75)
        _arrow(ax, (cx + 0.75, 0.75), readout, GREY, linewidth=1.2)
        ax.add_patch(Circle(readout, 0.2, facecolor="#EFEFEF", edgecolor=INK, linewidth=1.2, zorder=2))
        ax.text(readout[0] + 0.32, readout[1], "error", va="center", color=INK)
        ax.text(cx, -1.62, steps[k], ha="center", color=INK)
        on = k < len(steps) - 1
        if on:
            _arrow(ax, (cx + 1.15, 0.0), (cx + 2.45, 0.0), GREY, linewidth=1.2)
        if flow == "bptt":
            _arrow(ax, readout, (cx + 0.55, 1.0), color, bend=0.35)
            if on:
                _arrow(ax, (cx + 2.45, -0.45), (cx + 1.15, -0.45), color, linewidth=2.6)
        elif flow == "rtrl":
            for layer in range(2 * k + 1):
                corner = (cx - 0.3 + 0.09 * layer, -0.3 + 0.09 * layer)
                ax.add_patch(Rectangle(corner, 0.42, 0.42, facecolor=color, edgecolor="white", alpha=0.75, zorder=1))
            if on:
                _arrow(ax, (cx + 1.15, -0.45), (cx + 2.45, -0.45), color, linewidth=2.6)
        elif flow == "rflo":
            synapse = (units[3] + units[4]) / 2
            ax.add_patch(Circle(synapse, 0.13, color=color, zorder=3))
            _arrow(ax, readout, np.add(units[4], (0.1, 0.1)), color, bend=-0.45, linestyle=(0, (3, 2)))
            _arrow(ax, np.add(synapse, (0.1, -0.12)), np.add(synapse, (-0.18, -0.05)), color, bend=-1.6, linewidth=1.2)
    caption = {
        None: "the state is carried from step to step",
        "bptt": "credit runs backward in time, after the trial",
        "rtrl": "a tensor of sensitivities runs forward with the network",
        "rflo": "a trace stays at the synapse; fixed random weights bring the error",
    }[flow]
    name = f"{STYLES[flow]['label']}: " if flow else ""
    if len(steps) < 3:  # too narrow for one line
        ax.set_ylim(top=4.4)
        ax.text(-1.1, 3.9, name, color=color, fontweight="bold")
        ax.text(-1.1, 3.7, textwrap.fill(caption, 38), color=INK, va="top", in_layout=False)
    else:
        title = ax.annotate(name, (-1.1, 2.5), color=color, fontweight="bold", va="bottom")
        ax.annotate(caption, (1, 0), xycoords=title, color=INK, va="bottom")
    return ax


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
