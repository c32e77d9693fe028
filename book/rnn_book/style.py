"""The book's look: one palette, one style, and the helpers that every figure uses.

Each rule has one colour and one line style throughout the book (`STYLES`, from the palette of Okabe and Ito, which
colour-blind readers can tell apart). `LOCAL` marks what a synapse can see and `NONLOCAL` what it cannot, in figures
and equations alike.
"""

from contextlib import contextmanager

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap, to_hex, to_rgb
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

__all__ = [
    "DIVERGING",
    "GREY",
    "INK",
    "LOCAL",
    "NARROW",
    "NONLOCAL",
    "PALE",
    "STYLES",
    "WIDE",
    "closing_on_failure",
    "label_ends",
    "legible",
    "plain_ticks",
    "spread",
    "use_style",
    "variants",
]

LOCAL, NONLOCAL = "#00795C", "#C4450C"
INK, GREY, PALE = "#222222", "#767676", "#EEEEEE"

# Inches: one panel, whose text a phone still shows at 11 pixels, and two panels side by side, the widest there is.
NARROW, WIDE = (5.2, 3.4), (7.2, 3.4)

# Below zero blue, above it red; few colours, which the small palette of a flipbook's frames keeps as they are.
# Without the darkest ends, which on a dark page, where a picture is turned, would both be white.
DIVERGING = ListedColormap(plt.get_cmap("RdBu_r")(np.linspace(0.12, 0.88, 21)))

SPARE = ("#D55E00", "#6A3D9A", "#8C564B", "#882255")  # for rules that are not in the book


class _Styles(dict):
    """A rule that is not in the book has its name for a label, and the next colour that is not taken."""

    def __missing__(self, rule):
        taken = {style["color"] for style in self.values()}
        self[rule] = {"label": rule, "color": next((c for c in SPARE if c not in taken), INK), "linestyle": "-."}
        return self[rule]


STYLES = _Styles(
    bptt={"label": "BPTT", "color": "#0072B2", "linestyle": "-"},
    rtrl={"label": "RTRL", "color": "#E69F00", "linestyle": "--"},
    rflo={"label": "RFLO", "color": "#009E73", "linestyle": "-"},
    local={"label": "local only", "color": "#CC79A7", "linestyle": ":"},
    random={"label": "random feedback only", "color": "#56B4E9", "linestyle": ":"},
    fresh={"label": "RFLO, fresh B", "color": "#8C564B", "linestyle": "-."},
    readout={"label": "readout only", "color": GREY, "linestyle": "-"},
    untrained={"label": "untrained", "color": GREY, "linestyle": "-."},
    target={"label": "target", "color": "black", "linestyle": "--"},
)


def use_style():
    """Set the book's look for all figures that follow, sharp on dense screens."""
    plt.rcParams.update(
        {
            "figure.figsize": (7.2, 3.2),
            "figure.dpi": 100,
            "figure.constrained_layout.use": True,
            "font.size": 12,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.labelcolor": INK,
            "axes.edgecolor": INK,
            "lines.linewidth": 1.8,
            "legend.frameon": False,
            "image.cmap": "RdBu_r",
        }
    )
    try:
        from matplotlib_inline.backend_inline import set_matplotlib_formats
    except ImportError:  # outside a notebook there is nothing to set
        return
    set_matplotlib_formats("retina")


@contextmanager
def closing_on_failure():
    """Close the figures that are opened within, if what is within fails."""
    before = {*plt.get_fignums()}
    try:
        yield
    except BaseException:
        for number in {*plt.get_fignums()} - before:
            plt.close(number)
        raise


def _luminance(color):
    """How light a colour is to the eye, from 0 to 1."""
    parts = np.array(to_rgb(color))
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def legible(color):
    """Darken a colour as far as letters on white need it: to a contrast of 4.5 (WCAG 2.2, 1.4.3).

    Parameters
    ----------
    color : str or tuple
        Any that Matplotlib knows.

    Returns
    -------
    str
        Of the same hue; the colour itself if it is dark enough.
    """
    parts = np.array(to_rgb(color))
    while 1.05 / (_luminance(parts) + 0.05) < 4.5:
        parts = 0.98 * parts
    return to_hex(parts)


def label_ends(ax, entries):
    """Write a label at the right end of each curve, moved apart where two would touch.

    Parameters
    ----------
    ax : Axes
        With its limits as they will stay.
    entries : list of (float, dict)
        Height of the curve's end in data units, and its style from `STYLES`.
    """
    to_axes = (ax.transData + ax.transAxes.inverted()).transform
    x_end = ax.get_xlim()[1]
    gap = 1.25 * ax.figure.dpi * plt.rcParams["font.size"] / 72 / ax.get_window_extent().height
    heights = sorted(((to_axes((x_end, y))[1], style) for y, style in entries), key=lambda e: e[0])
    lowest = -np.inf
    for height, style in heights:
        lowest = max(height, lowest + gap)
        ax.text(1.02, lowest, style["label"], color=legible(style["color"]), transform=ax.transAxes, va="center")


def spread(ax, x, ys, style):
    """Draw many runs as one: each run thin and pale, the quartiles as a band, the median bold.

    Parameters
    ----------
    ax : Axes
    x : array_like, shape (n,)
    ys : array_like, shape (n_runs, n)
        NaN where a run has no value; median and quartiles are those of the others.
    style : dict
        From `STYLES`.

    Returns
    -------
    ndarray, shape (n,)
        The median.
    """
    ys = np.asarray(ys)
    low, median, high = np.nanpercentile(ys, [25, 50, 75], axis=0)
    ax.plot(x, ys.T, color=style["color"], linewidth=0.6, alpha=0.35)
    ax.fill_between(x, low, high, color=style["color"], alpha=0.2, linewidth=0)
    ax.plot(x, median, color=style["color"], linestyle=style["linestyle"], linewidth=2.4)
    return median


def variants(ax, x, curves, rule="bptt"):
    """Draw variants of one rule in shades of its colour, each over several seeds, with a label at its end.

    Parameters
    ----------
    ax : Axes
        With its scales and its y limits as they will stay.
    x : array_like, shape (n,)
    curves : dict
        Label of a variant, and its values, shape (n_runs, n). Dark to pale in this order.
    rule : str
        Key of `STYLES`.

    Returns
    -------
    Axes
    """
    base, ends = np.array(to_rgb(STYLES[rule]["color"])), []
    ax.set_xlim(x[0], x[-1])
    if ax.get_yscale() == "log" and ax.get_ylim()[1] < 1000 * ax.get_ylim()[0]:
        plain_ticks(ax.yaxis)
    for k, (label, ys) in zip(np.linspace(-0.75, 0.3, len(curves)), curves.items(), strict=True):
        shade = base * (1 + k) if k < 0 else base + (1 - base) * k
        linestyle = ["-", (0, (5, 1.2)), (0, (1.2, 1))][len(ends) % 3]
        style = {"label": label, "color": to_hex(shade), "linestyle": linestyle}
        ends.append((spread(ax, x, ys, style)[-1], style))
    label_ends(ax, ends)
    return ax


def plain_ticks(axis):
    """Label a log axis of few decades with plain numbers."""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())
