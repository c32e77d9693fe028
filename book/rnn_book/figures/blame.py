"""The running picture of the rule chapters: one map of blame, and five ways to add it up."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.patches import Rectangle

from rnn_book.blame import BLOCK, WAYS, ways
from rnn_book.flipbook import flipbook
from rnn_book.schematic import arrow
from rnn_book.style import DIVERGING, GREY, INK, PALE, STYLES, legible

__all__ = ["blame_flipbook", "blame_frame", "blame_ways"]

NAMES = {
    "bptt": ("BPTT", "row by row"),
    "rtrl": ("RTRL", "column by column"),
    "truncated": ("truncated BPTT", "blocks, no more"),
    "blocks": ("RTRL in blocks", "and what is above"),
    "rflo": ("RFLO", "its own, fading"),
}
RULES = {"truncated": "bptt", "blocks": "rtrl"}  # the family whose colour they have
SIZE = (5.2, 4.7)
_ONE_GREY = ListedColormap([PALE])


def blame_ways(lit=None):
    """The map of blame of one synapse of a small network, added up in five ways.

    Parameters
    ----------
    lit : {None, "bptt", "rtrl", "truncated", "blocks", "rflo"}
        The way that stands out; the others are dimmed. None shows all alike.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no such way.
    """
    if lit is not None and lit not in WAYS:
        raise ValueError(f"lit must be None or one of {', '.join(WAYS)}, but got {lit!r}")
    figure = plt.figure(figsize=SIZE)
    axes = _panels(figure)
    for name, ax in zip(WAYS, axes, strict=True):
        _way(ax, name, moves=None, dim=lit not in (None, name))
    return figure


def blame_frame(figure, moves):
    """The five ways after some moves, with what each has added up so far, as a share of the gradient.

    Parameters
    ----------
    figure : Figure
        Empty.
    moves : int
        0 to T.
    """
    gradient = ways()["bptt"].blame.sum()
    for name, ax in zip(WAYS, _panels(figure), strict=True):
        blame, turn = ways()[name]
        _way(ax, name, moves)
        so_far = blame[(turn >= 0) & (turn < moves)].sum() / gradient
        ax.set_xlabel(f"sum {so_far:.2f}", color=INK)


def blame_flipbook():
    """The five ways, move by move, behind a slider that needs no kernel.

    Returns
    -------
    IPython.display.HTML
    """
    return flipbook(
        blame_frame,
        range(len(ways()["bptt"].blame) + 1),
        label="moves made",
        alt="Five copies of one triangular map of blame, filled in five orders, each with the share of the gradient "
        "that it has added up.",
        figsize=(SIZE[0], SIZE[1] + 0.5),
        start=6,
    )


def _panels(figure):
    """The axes of the five ways; the first place names the axes that all share."""
    axes = figure.subplots(2, 3).ravel()
    key = axes[0]
    key.set(xlim=(0, 12), ylim=(12, 0), aspect="equal")
    key.axis("off")
    arrow(key, (1, 1), (11.5, 1), INK, linewidth=1.2)
    arrow(key, (1, 1), (1, 11.5), INK, linewidth=1.2)
    key.text(1.2, 0, "time $t$ of error", color=INK)
    key.text(1.9, 11, "time $s$\nof use", color=INK, va="bottom")
    return axes[1:]


def _way(ax, name, moves, dim=False):
    """One map: in colour what has been added, pale what is still to come or never will be."""
    blame, turn = ways()[name]
    T, color = len(blame), STYLES[RULES.get(name, name)]["color"]
    added = (turn >= 0) & (turn < (T if moves is None else moves))
    limit = np.percentile(np.abs(ways()["bptt"].blame[np.triu_indices(T)]), 95)
    alpha = 0.25 if dim else 1.0
    triangle = np.where(np.triu(np.ones((T, T), bool)), 0.0, np.nan)
    place = {"extent": (0, T, T, 0), "interpolation": "nearest"}
    ax.imshow(triangle, cmap=_ONE_GREY, vmin=0, vmax=1, alpha=alpha, **place)
    ax.imshow(np.where(added, blame, np.nan), cmap=DIVERGING, vmin=-limit, vmax=limit, alpha=alpha, **place)
    line = {"edgecolor": color, "facecolor": "none", "linewidth": 1.1, "alpha": 0.35 if dim else 1.0}
    for x, y, width, height in _groups(name, T):
        ax.add_patch(Rectangle((x, y), width, height, **line))
    title, way = NAMES[name]
    ink = GREY if dim else legible(color)
    ax.set_title(f"{title}\n", color=ink, fontweight="bold", fontsize="medium", loc="left", pad=2)
    ax.annotate(
        way,
        (0, 1),
        (0, 3),
        xycoords="axes fraction",
        textcoords="offset points",
        color=GREY if dim else INK,
        fontsize="medium",
    )
    ax.set(xlim=(0, T), ylim=(T, 0), xticks=[], yticks=[], aspect="equal")
    ax.spines[:].set_visible(False)


def _groups(name, T):
    """The corners, widths and heights of what a rule adds up in one go."""
    starts = range(0, T, BLOCK)
    squares = [(b, b, BLOCK, BLOCK) for b in starts]
    above = [(b, 0, BLOCK, b) for b in starts if b]
    columns = [(t, 0, 1, t + 1) for t in range(T)]
    return {
        "bptt": [(s, s, T - s, 1) for s in range(T)],
        "rtrl": columns,
        "truncated": squares,
        "blocks": squares + above,
        "rflo": columns,
    }[name]
