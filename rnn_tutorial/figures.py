"""Every figure that the chapters draw: one palette, one style.

Each rule has one colour and one line style throughout the book (`STYLES`, from the palette of Okabe and Ito, which
colour-blind readers can tell apart). `LOCAL` marks what a synapse can see and `NONLOCAL` what it cannot, in figures
and equations alike. A function draws on axes or makes a figure and returns it; the cell that calls it shows it.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle

__all__ = [
    "LOCAL",
    "NONLOCAL",
    "STYLES",
    "alignment_curves",
    "label_ends",
    "learning_curves",
    "outputs",
    "schematic",
    "spread",
    "three_rules",
    "use_style",
]

LOCAL, NONLOCAL = "#00795C", "#C4450C"
INK, GREY = "#222222", "#8A8A8A"

STYLES = {
    "bptt": {"label": "BPTT", "color": "#0072B2", "linestyle": "-"},
    "rtrl": {"label": "RTRL", "color": "#E69F00", "linestyle": "--"},
    "rflo": {"label": "RFLO", "color": "#009E73", "linestyle": "-"},
    "local": {"label": "local only", "color": "#CC79A7", "linestyle": ":"},
    "random": {"label": "random feedback only", "color": "#56B4E9", "linestyle": ":"},
    "readout": {"label": "readout only", "color": GREY, "linestyle": "-"},
    "untrained": {"label": "untrained", "color": GREY, "linestyle": "-."},
    "target": {"label": "target", "color": "black", "linestyle": "--"},
}


def use_style():
    """Set the book's look for all figures that follow, sharp on dense screens."""
    plt.rcParams.update(
        {
            "figure.figsize": (7.2, 3.2),
            "figure.dpi": 100,
            "figure.constrained_layout.use": True,
            "font.size": 11,
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
        ax.text(1.02, lowest, style["label"], color=style["color"], transform=ax.transAxes, va="center")


def spread(ax, x, ys, style):
    """Draw many runs as one: each run thin and pale, the quartiles as a band, the median bold.

    Parameters
    ----------
    ax : Axes
    x : array_like, shape (n,)
    ys : array_like, shape (n_runs, n)
    style : dict
        From `STYLES`.

    Returns
    -------
    ndarray, shape (n,)
        The median.
    """
    ys = np.asarray(ys)
    low, median, high = np.percentile(ys, [25, 50, 75], axis=0)
    ax.plot(x, ys.T, color=style["color"], linewidth=0.6, alpha=0.35)
    ax.fill_between(x, low, high, color=style["color"], alpha=0.2, linewidth=0)
    ax.plot(x, median, color=style["color"], linestyle=style["linestyle"], linewidth=2.4)
    return median


def _curves(runs, attribute, ax):
    ax = plt.subplots()[1] if ax is None else ax
    ends = []
    for rule, histories in runs.items():
        values = np.array([getattr(history, attribute) for history in histories])
        ends.append((spread(ax, np.arange(values.shape[1]), values, STYLES[rule])[-1], STYLES[rule]))
    ax.set_xlabel("trial")
    ax.set_xlim(0, values.shape[1])
    return ax, ends


def learning_curves(runs, ax=None):
    """Loss against trial for several rules over several seeds.

    Parameters
    ----------
    runs : dict
        A list of History for each key of `STYLES`, all of one length.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax, ends = _curves(runs, "loss", ax)
    ax.set(yscale="log", ylabel="loss")
    label_ends(ax, ends)
    return ax


def alignment_curves(runs, ax=None):
    """Alignment of readout and feedback against trial; arguments as in `learning_curves`."""
    ax, ends = _curves(runs, "alignment", ax)
    ax.axhline(0, color=GREY, linewidth=0.8)
    ax.set_ylabel("cosine of $W_{out}$ and $B^T$")
    label_ends(ax, ends)
    return ax


def outputs(task, networks, axes=None):
    """Output of trained networks against the target, with learning off.

    Parameters
    ----------
    task : Task
        With one output.
    networks : dict
        A Network for each key of `STYLES`, one panel each.
    axes : sequence of Axes, optional

    Returns
    -------
    sequence of Axes
    """
    if axes is None:
        axes = plt.subplots(1, len(networks), sharey=True, squeeze=False)[1][0]
    t = np.arange(1, task.T + 1)
    for ax, (rule, net) in zip(axes, networks.items(), strict=True):
        style = STYLES[rule]
        ax.plot(t / net.tau, net.run(task.x).y, color=style["color"])
        ax.plot(t / net.tau, task.y_target, **{**STYLES["target"], "linewidth": 1.2})
        ax.set(xlabel=r"time / $\tau$")
        ax.set_title(style["label"], color=style["color"], fontsize="medium")
    axes[0].set_ylabel("output")
    return axes


def _arrow(ax, start, end, color, bend=0.0, **style):
    style = {"arrowstyle": "-|>", "mutation_scale": 11, "linewidth": 1.6, "shrinkA": 2, "shrinkB": 2} | style
    ax.add_patch(FancyArrowPatch(start, end, color=color, connectionstyle=f"arc3,rad={bend}", **style))


def schematic(flow=None, ax=None):
    """The book's one network drawing: the network at three steps, and how a rule carries credit through it.

    Parameters
    ----------
    flow : {None, "bptt", "rtrl", "rflo"}
        None draws the network alone; a rule adds the flow of its credit.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=(7.2, 2.9))[1] if ax is None else ax
    ax.set(xlim=(-1.35, 9.6), ylim=(-1.75, 2.75), aspect="equal")
    ax.axis("off")
    angles = np.pi / 2 + 2 * np.pi * np.arange(6) / 6
    centres = [0.0, 3.6, 7.2]
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
        ax.text(cx, -1.62, ["$t-1$", "$t$", "$t+1$"][k], ha="center", color=INK)
        if k < 2:
            _arrow(ax, (cx + 1.15, 0.0), (cx + 2.45, 0.0), GREY, linewidth=1.2)
        if flow == "bptt":
            _arrow(ax, readout, (cx + 0.55, 1.0), color, bend=0.35)
            if k < 2:
                _arrow(ax, (cx + 2.45, -0.45), (cx + 1.15, -0.45), color, linewidth=2.6)
        elif flow == "rtrl":
            for layer in range(2 * k + 1):
                corner = (cx - 0.3 + 0.09 * layer, -0.3 + 0.09 * layer)
                ax.add_patch(Rectangle(corner, 0.42, 0.42, facecolor=color, edgecolor="white", alpha=0.75, zorder=1))
            if k < 2:
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
    title = ax.annotate(name, (-1.1, 2.5), color=color, fontweight="bold", va="bottom")
    ax.annotate(caption, (1, 0), xycoords=title, color=INK, va="bottom")
    return ax


def three_rules():
    """The three rules in one picture, for the landing page.

    Returns
    -------
    Figure
    """
    figure, axes = plt.subplots(3, 1, figsize=(6.8, 7.6))
    for flow, ax in zip(("bptt", "rtrl", "rflo"), axes, strict=True):
        schematic(flow, ax)
    return figure
