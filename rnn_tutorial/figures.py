"""Every figure that the chapters draw: one palette, one style.

Each rule has one colour and one line style throughout the book (`STYLES`, from the palette of Okabe and Ito, which
colour-blind readers can tell apart). `LOCAL` marks what a synapse can see and `NONLOCAL` what it cannot, in figures
and equations alike. A function draws on axes or makes a figure and returns it; the cell that calls it shows it.
"""

import textwrap

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown
from matplotlib.colors import BoundaryNorm, ListedColormap, to_hex, to_rgb
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

__all__ = [
    "LOCAL",
    "NONLOCAL",
    "STYLES",
    "alignment_curves",
    "angle_strips",
    "blame_map",
    "block_times",
    "cost_curves",
    "credit_frame",
    "defect_sizes",
    "defect_table",
    "eigenvalue_cloud",
    "experiment_curves",
    "interval_points",
    "label_ends",
    "learning_curves",
    "loss_rows",
    "loss_table",
    "mark",
    "outputs",
    "paired_ratios",
    "race",
    "rate_sweep",
    "ratio_curves",
    "schematic",
    "sensitivity_frame",
    "sensitivity_slices",
    "spread",
    "synapse_view",
    "three_rules",
    "unit_ring",
    "update_frame",
    "use_style",
    "variants",
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


def _curves(runs, attribute, ax):
    ax = plt.subplots()[1] if ax is None else ax
    ends, n_trials = [], 0
    for rule, histories in runs.items():
        records = [getattr(history, attribute) for history in histories if history is not None]
        values = np.full((len(records), max(map(len, records))), np.nan)
        for row, record in zip(values, records, strict=True):
            row[: len(record)] = record
        ends.append((spread(ax, np.arange(values.shape[1]), values, STYLES[rule])[-1], STYLES[rule]))
        n_trials = max(n_trials, values.shape[1])
    ax.set_xlabel("trial")
    ax.set_xlim(0, n_trials)
    return ax, ends


def learning_curves(runs, ax=None):
    """Loss against trial for several rules over several seeds.

    Parameters
    ----------
    runs : dict
        A list of History for each key of `STYLES`, such as a row of ``Ensemble.histories``. A run that failed is left
        out; one that diverged ends where it did.
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


def mark():
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
        _plain_ticks(ax.yaxis)
    for k, (label, ys) in zip(np.linspace(-0.6, 0.3, len(curves)), curves.items(), strict=True):
        shade = base * (1 + k) if k < 0 else base + (1 - base) * k
        linestyle = ["-", (0, (5, 1.2)), (0, (1.2, 1))][len(ends) % 3]
        style = {"label": label, "color": to_hex(shade), "linestyle": linestyle}
        ends.append((spread(ax, x, ys, style)[-1], style))
    label_ends(ax, ends)
    return ax


def credit_frame(figure, z, error, t, tau):
    """One frame of the backward pass: the error above, and below the credit of each unit, known from step t on.

    The colours show how each step's credit is shared out: they are relative to that step's largest.

    Parameters
    ----------
    figure : Figure
        Empty.
    z : ndarray, shape (T, n_rec)
        Credit, in the order in which the units are to be drawn.
    error : ndarray, shape (T, 1)
    t : int
        How far back the pass has come.
    tau : float
    """
    T, n_rec = z.shape
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[1, 2.6])
    time = np.arange(1, T + 1) / tau
    color = STYLES["bptt"]["color"]
    top.axhline(0, color=GREY, linewidth=0.8)
    top.plot(time, error, color="#BBBBBB")
    top.plot(time[t:], error[t:], color=INK)
    top.set(ylabel="error", xlim=(0.5 / tau, (T + 0.5) / tau))
    share = z / np.abs(z).max(axis=1, keepdims=True)
    known = np.where(np.arange(T)[:, np.newaxis] >= t, share, np.nan)
    bottom.set_facecolor("#EEEEEE")
    colors = plt.get_cmap("RdBu_r", 11)  # few colours, so that all frames share one small palette
    extent = (0.5 / tau, (T + 0.5) / tau, n_rec + 0.5, 0.5)
    image = bottom.imshow(known.T, colors, aspect="auto", vmin=-1, vmax=1, extent=extent, interpolation="nearest")
    figure.colorbar(image, ax=bottom, label="credit / largest", pad=0.01, ticks=[-1, 0, 1])
    for ax in (top, bottom):
        ax.axvline((t + 0.5) / tau, color=color, linewidth=1.6)
    bottom.set(xlabel=r"time / $\tau$", ylabel="unit, sorted\nby readout weight")


def loss_table(runs, last=20):
    """Final losses of several rules as a table: median, quartiles and range over the seeds.

    Parameters
    ----------
    runs : dict
        A list of History for each key of `STYLES`.
    last : int
        The final loss of a run is the mean over this many trials at its end.

    Returns
    -------
    IPython.display.Markdown
    """
    rows = ["| | seeds | median | quartiles | best and worst |", "| --- | --- | --- | --- | --- |"]
    for rule, histories in runs.items():
        low, q1, median, q3, high = np.percentile([h.loss[-last:].mean() for h in histories], [0, 25, 50, 75, 100])
        rows.append(
            f"| {STYLES[rule]['label']} | {len(histories)} | {median:.3f} | {q1:.3f} to {q3:.3f} "
            f"| {low:.3f} and {high:.3f} |"
        )
    return Markdown("\n".join(rows))


def paired_ratios(ratios, intervals, reference="BPTT", ax=None):
    """Ratios of final losses, one row a rule: a dot a seed, the median and its interval.

    Parameters
    ----------
    ratios : dict
        Of (key of `STYLES`, label) to an array with one ratio a seed. Rows go from top to bottom.
    intervals : dict
        Of the same keys to (low, high).
    reference : str
        What the ratios are taken to.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=(7.2, 0.5 * len(ratios) + 1.0))[1] if ax is None else ax
    for row, ((rule, _), values) in enumerate(ratios.items()):
        color = STYLES[rule]["color"]
        ax.plot(values, np.full(len(values), row), "o", color=color, markersize=5, alpha=0.45, markeredgewidth=0)
        ax.plot(intervals[rule, _], [row, row], color=color, linewidth=5, alpha=0.45, solid_capstyle="butt")
        ax.plot(np.median(values), row, "|", color=color, markersize=18, markeredgewidth=3)
    ax.axvline(1, color=INK, linewidth=0.8)
    ax.set(xscale="log", xlabel=f"final loss / final loss of {reference}, same seed", ylim=(len(ratios) - 0.5, -0.5))
    ax.set_yticks(range(len(ratios)), [label for _, label in ratios])
    ax.tick_params(axis="y", length=0)
    _plain_ticks(ax.xaxis)
    return ax


def ratio_curves(ratios, intervals, ax=None):
    """Median ratio of losses against the trial at which one stops, with its interval.

    Parameters
    ----------
    ratios : dict
        Of key of `STYLES` to an array (n_trials,), the median over the seeds.
    intervals : dict
        Of the same keys to an array (2, n_trials).
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots()[1] if ax is None else ax
    for rule, ratio in ratios.items():
        style, trials = STYLES[rule], np.arange(len(ratio))
        ax.fill_between(trials, *intervals[rule], color=style["color"], alpha=0.2, linewidth=0)
        ax.plot(trials, ratio, color=style["color"], linestyle=style["linestyle"])
    ax.axhline(1, color=INK, linewidth=0.8)
    ax.set(yscale="log", xlabel="trial at which training stops", ylabel="loss / loss of BPTT", xlim=(0, len(ratio)))
    _plain_ticks(ax.yaxis)
    label_ends(ax, [(ratio[-1], STYLES[rule]) for rule, ratio in ratios.items()])
    return ax


def _plain_ticks(axis):
    """Label a log axis of few decades with plain numbers."""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def rate_sweep(final, untrained, ax=None):
    """Final loss against learning rate, for several rules.

    Parameters
    ----------
    final : dict
        For each key of `STYLES` a dict of learning rate to an array with one final loss a seed.
    untrained : float
        Loss without training. What did not stay below it, or diverged, is drawn as a cross above it.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots()[1] if ax is None else ax
    ceiling = 2 * untrained
    for k, (rule, by_rate) in enumerate(final.items()):
        style = STYLES[rule]
        shift = 1.08 ** (2 * k - len(final) + 1)
        medians = []
        for rate, values in by_rate.items():
            values = np.nan_to_num(values, nan=np.inf, posinf=np.inf)
            failed = values > untrained
            shown = np.where(failed, ceiling, values)
            x = np.full(len(values), rate * shift) * 1.05 ** np.linspace(-1, 1, len(values))
            ax.plot(x[~failed], shown[~failed], "o", color=style["color"], markersize=5, alpha=0.5, markeredgewidth=0)
            ax.plot(x[failed], shown[failed], "x", color=style["color"], markersize=6)
            medians.append(np.median(shown))
        rates = np.array(list(by_rate)) * shift
        ax.plot(rates, medians, color=style["color"], linestyle=style["linestyle"], label=style["label"])
    ax.axhline(untrained, color=GREY, linestyle="-.", linewidth=1)
    ax.set(xscale="log", yscale="log", xlabel="learning rate", ylabel="final loss")
    ax.set_xticks(list(by_rate), [f"{rate:g}" for rate in by_rate])
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.text(1.02, untrained, "untrained", color=GREY, va="center", transform=ax.get_yaxis_transform())
    ax.text(1.02, ceiling, "failed", color=INK, va="center", transform=ax.get_yaxis_transform())
    ax.legend(loc="lower left", handlelength=1.6)
    return ax


def cost_curves(against_n, against_t, axes=None):
    """Time and memory of a trial against network size and against length of trial.

    Parameters
    ----------
    against_n, against_t : dict
        For each key of `STYLES` a dict of N, or of T, to a `rnn_tutorial.diagnostics.Cost`.
    axes : array of Axes, shape (2, 2), optional

    Returns
    -------
    array of Axes
    """
    if axes is None:
        axes = plt.subplots(2, 2, figsize=(7.2, 5.2), sharex="col", sharey="row")[1]
    for column, measured in enumerate([against_n, against_t]):
        for rule, costs in measured.items():
            style = {name: STYLES[rule][name] for name in ("color", "linestyle", "label")}
            size = list(costs)
            axes[0, column].loglog(size, [1e3 * cost.seconds for cost in costs.values()], marker="o", **style)
            axes[1, column].loglog(size, [cost.bytes / 2**20 for cost in costs.values()], marker="o", **style)
        axes[1, column].set_xlabel(["units $N$", "steps $T$"][column])
        axes[1, column].set_xticks(size, [f"{n}" for n in size])
        axes[1, column].xaxis.set_minor_formatter(NullFormatter())
    axes[0, 0].set_ylabel("time (ms a trial)")
    axes[1, 0].set_ylabel("memory (MB)")
    axes[0, 0].legend(loc="upper left", handlelength=2)
    return axes


def race(figure, trial, runs, task, networks):
    """One moment of several trainings: outputs of one seed, and each seed's loss under two rules.

    Parameters
    ----------
    figure : Figure
        Empty.
    trial : int
    runs : dict
        A list of History for each of two keys of `STYLES`.
    task : Task
        With one output.
    networks : dict
        The network of one seed at this trial, for each of the two keys.
    """
    left, right = figure.subplots(1, 2, width_ratios=[1.5, 1])
    for rule, net in networks.items():
        t = np.arange(1, task.T + 1) / net.tau
        style = {name: STYLES[rule][name] for name in ("color", "label")}
        left.plot(t, net.run(task.x).y, linewidth=1.8, **style)
    left.plot(t, task.y_target, **{**STYLES["target"], "linewidth": 1.2})
    left.set(xlabel=r"time / $\tau$", ylabel="output", ylim=(-2.2, 2.2))
    left.legend(loc="upper right", ncols=3, handlelength=1.2, columnspacing=1, fontsize="small")
    low, high = (limit([h.loss for histories in runs.values() for h in histories]) for limit in (np.min, np.max))
    low, high = low / 1.3, high * 1.3
    (first, x), (second, y) = ((rule, [h.loss[max(0, trial - 1)] for h in hs]) for rule, hs in runs.items())
    right.fill_between([low, high], [low, high], low, color=STYLES[second]["color"], alpha=0.08, linewidth=0)
    right.fill_between([low, high], [low, high], high, color=STYLES[first]["color"], alpha=0.08, linewidth=0)
    right.plot([low, high], [low, high], color=GREY, linewidth=1)
    right.loglog(x, y, "o", color=INK, markersize=5)
    right.set(xlim=(low, high), ylim=(low, high), aspect="equal")
    for axis in (right.xaxis, right.yaxis):
        _plain_ticks(axis)
    right.set_xlabel(f"loss of {STYLES[first]['label']}", color=STYLES[first]["color"])
    right.set_ylabel(f"loss of {STYLES[second]['label']}", color=STYLES[second]["color"])


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


def eigenvalue_cloud(eigenvalues, tau, g, ax=None):
    """Eigenvalues of the recurrent weights, with the circle of radius `g` and the border of stability.

    A small activity at rest grows along an eigenvector whose eigenvalue lies outside the border.

    Parameters
    ----------
    eigenvalues : array_like, shape (n_rec,)
    tau : float
        Time constant in steps; it sets the border, a circle of radius `tau` through 1.
    g : float
        Gain with which the weights were drawn.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots()[1] if ax is None else ax
    values = np.asarray(eigenvalues)
    grows = np.abs(1 + (values - 1) / tau) > 1
    turn = np.exp(1j * np.linspace(0, 2 * np.pi, 2000))
    ax.plot(g * turn.real, g * turn.imag, color=GREY, linewidth=1)
    border = 1 - tau + tau * turn
    ax.plot(border.real, border.imag, color=INK, linewidth=1, linestyle="--")
    ax.plot(values[~grows].real, values[~grows].imag, "o", color=GREY, markersize=3.5)
    ax.plot(values[grows].real, values[grows].imag, "o", color=NONLOCAL, markersize=4.5)
    ax.set(xlabel="real part", ylabel="imaginary part", aspect="equal")
    return ax


def unit_ring(values, limit, marked=(), ax=None):
    """All units on a ring, coloured by one number each.

    Parameters
    ----------
    values : array_like, shape (n_rec,)
    limit : float
        The number that has the full colour; larger ones have it too.
    marked : sequence of (int, str)
        Units to label, outlined and named outside the ring.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots()[1] if ax is None else ax
    turn = np.pi / 2 - 2 * np.pi * np.arange(len(values)) / len(values)
    x, y = np.cos(turn), np.sin(turn)
    size = np.clip(5000 / len(values), 20, 300)
    ax.scatter(x, y, s=size, c=values, cmap="RdBu_r", vmin=-limit, vmax=limit, edgecolors="#BBBBBB", linewidths=0.6)
    for unit, text in marked:
        ax.scatter(x[unit], y[unit], s=size, facecolors="none", edgecolors=INK, linewidths=1.8)
        ax.text(1.26 * x[unit], 1.26 * y[unit], text, ha="center", va="center", color=INK)
    ax.set(xlim=(-1.45, 1.45), ylim=(-1.45, 1.45), aspect="equal")
    ax.axis("off")
    return ax


def blame_map(blame, tau, ax=None):
    """How one synapse's use at each step adds to the loss through the error of each later step.

    Parameters
    ----------
    blame : array_like, shape (T, T)
        ``blame[s, t]`` for use at step s and error at step t; zero for s > t.
    tau : float
        Time constant in steps, the unit of both axes.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=(5.6, 4.2))[1] if ax is None else ax
    blame = np.asarray(blame)
    T = len(blame)
    shown = np.where(np.triu(np.ones((T, T), bool)), blame, np.nan)
    limit = np.percentile(np.abs(blame[np.triu_indices(T)]), 99)
    picture = ax.imshow(
        shown, extent=(0, T / tau, T / tau, 0), cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest"
    )
    ax.figure.colorbar(picture, ax=ax, label="adds to the gradient", extend="both")
    ticks = np.arange(0, T / tau + 1e-9, 5)
    ax.set(xlabel=r"time $t$ of the error / $\tau$", ylabel=r"time $s$ of the use / $\tau$", xticks=ticks, yticks=ticks)
    ax.text(0.05, 0.14, "an error cannot blame\nwhat comes after it", transform=ax.transAxes, color=GREY, va="center")
    return ax


def sensitivity_slices(P, units, axes=None):
    """Slices of RTRL's tensor: how the activity of a few units depends on every recurrent weight.

    Parameters
    ----------
    P : array_like, shape (n_rec, n_rec, n_rec)
        ``P[j, a, b]``, the derivative of ``h[j]`` with respect to ``W[a, b]``.
    units : sequence of int
        The units j to show, one panel each. The row a = j, a unit's own synapses, is framed.
    axes : sequence of Axes, optional

    Returns
    -------
    sequence of Axes
    """
    if axes is None:
        axes = plt.subplots(1, len(units), figsize=(7.2, 2.9), sharey=True, squeeze=False)[1][0]
    P = np.asarray(P)
    n_rec, limit = len(P), np.abs(P[list(units)]).max()
    for ax, j in zip(axes, units, strict=True):
        image = ax.imshow(P[j], vmin=-limit, vmax=limit, extent=(0.5, n_rec + 0.5, n_rec + 0.5, 0.5), cmap="RdBu_r")
        ax.add_patch(Rectangle((0.5, j + 0.5), n_rec, 1, fill=False, edgecolor=LOCAL, linewidth=2.4, clip_on=False))
        ax.set_title(f"unit $j = {j + 1}$", fontsize="medium")
        ax.set_xlabel("from unit $b$")
        ax.set_xticks(range(1, n_rec + 1, max(1, n_rec // 4)))
        ax.set_yticks(range(1, n_rec + 1, max(1, n_rec // 4)))
    axes[0].set_ylabel("to unit $a$")
    ax.figure.colorbar(image, ax=list(axes), label=r"$\mathrm{d}h_j / \mathrm{d}W_{ab}$", pad=0.01)
    return axes


def sensitivity_frame(figure, P, t, tau):
    """One moment of RTRL: the tensor as a matrix, and below the size of its local and nonlocal part until then.

    Parameters
    ----------
    figure : Figure
        Empty.
    P : ndarray, shape (T + 1, n_rec, n_rec, n_rec)
        Sensitivities through a trial.
    t : int
        How many steps have been made.
    tau : float
    """
    n_rec = P.shape[1]
    own = np.arange(n_rec)
    top, bottom = figure.subplots(2, 1, height_ratios=[1.25, 1])
    # Few colours, none near black, survive the small palette of a flipbook; steps of sqrt(10) show small values.
    levels = 10.0 ** (np.ceil(2 * np.log10(np.abs(P).max())) / 2 - np.arange(5) / 2)
    levels = np.concatenate([-levels, levels[::-1]])
    colors = ListedColormap(plt.get_cmap("RdBu_r")(np.linspace(0.14, 0.86, 9)))
    shown = {"cmap": colors, "norm": BoundaryNorm(levels, 9), "aspect": "auto", "interpolation": "nearest"}
    flat = P[t].reshape(n_rec, n_rec**2)
    image = top.imshow(flat, extent=(0.5, n_rec**2 + 0.5, n_rec + 0.5, 0.5), **shown)
    for a in range(n_rec):
        corner = (0.5 + a * n_rec, a + 0.5)
        top.add_patch(Rectangle(corner, n_rec, 1, fill=False, edgecolor=LOCAL, linewidth=1.4, clip_on=False))
    ticks = n_rec * own + (n_rec + 1) / 2
    top.set_xticks(ticks, [f"$a={a + 1}$" for a in own], fontsize="small")
    top.tick_params(axis="x", length=0)
    top.set(ylabel="unit $j$", xlabel="synapse from $b$ to $a$, in blocks of equal $a$")
    bar = figure.colorbar(image, ax=top, label="sensitivity", pad=0.01, fraction=0.08, aspect=6)
    bar.set_ticks(levels, labels=[f"{level:.1g}" for level in levels], fontsize="small")
    time = np.arange(len(P)) / tau
    local = np.sqrt(np.sum(P[:, own, own] ** 2, axis=(1, 2)))
    other = np.sqrt(np.maximum(np.sum(P**2, axis=(1, 2, 3)) - local**2, 0))
    for size, color, label in ((local, LOCAL, "$j = a$"), (other, NONLOCAL, "$j \\neq a$")):
        bottom.plot(time, size, color=color, alpha=0.2)
        bottom.plot(time[: t + 1], size[: t + 1], color=color, label=label)
    bottom.axvline(t / tau, color=INK, linewidth=1)
    bottom.set(xlabel=r"time / $\tau$", ylabel="norm of part", xlim=(0, time[-1]), ylim=(0, None))
    bottom.legend(loc="upper left", handlelength=1.4)


def defect_sizes(measured):
    """Sizes of defects, one row a defect and one panel a matrix: a dot a problem, quartiles and median.

    Parameters
    ----------
    measured : dict
        Of (key of `STYLES`, label, name of the matrix) to an array, shape (n_problems, 2): relative error and cosine.
        Rows go from top to bottom in this order.

    Returns
    -------
    Figure
    """
    rows = list(dict.fromkeys(key[:2] for key in measured))
    figure, axes = plt.subplots(1, 2, sharex=True, sharey=True, figsize=(7.2, 0.42 * len(rows) + 0.9))
    for (rule, label, matrix), values in measured.items():
        ax, row, color = axes[int(matrix == "W")], rows.index((rule, label)), STYLES[rule]["color"]
        errors = values[:, 0]
        low, median, high = np.percentile(errors, [25, 50, 75])
        ax.plot(errors, np.full(len(errors), row), "o", color=color, markersize=3, alpha=0.35, markeredgewidth=0)
        ax.barh(row, high - low, left=low, height=0.42, color=color, alpha=0.45)
        ax.plot([median, median], [row - 0.32, row + 0.32], color=color, linewidth=2.4)
    for ax, name in zip(axes, ("input weights", "recurrent weights"), strict=True):
        ax.set(xscale="log", xlabel="relative error")
        ax.set_title(name, fontsize="medium", loc="left")
        ax.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    axes[0].set_yticks(range(len(rows)), [f"{STYLES[rule]['label']}, {label}" for rule, label in rows])
    axes[0].set_ylim(len(rows) - 0.4, -0.6)
    return figure


def defect_table(measured):
    """What `defect_sizes` draws, as a table of medians and quartiles; argument as there.

    Returns
    -------
    IPython.display.Markdown
    """
    lines = ["| Rule and defect | matrix | relative error | quartiles | cosine | lowest |"]
    lines.append("| --- | --- | --- | --- | --- | --- |")
    for (rule, label, matrix), values in measured.items():
        low, median, high = np.percentile(values[:, 0], [25, 50, 75])
        name = "$W$" if matrix == "W" else r"$W^\mathrm{in}$"
        lines.append(
            f"| {STYLES[rule]['label']}, {label} | {name} | {median:.2g} | {low:.2g} to {high:.2g} "
            f"| {np.median(values[:, 1]):.3f} | {values[:, 1].min():.3f} |"
        )
    return Markdown("\n".join(lines))


def block_times(blocks, timed):
    """Time of a trial by RTRL in blocks, with plain RTRL and BPTT as lines of reference; one panel a size of network.

    Parameters
    ----------
    blocks : array_like
        Block lengths.
    timed : dict
        For each number of units a dict with the seconds of ``"rtrl"`` and ``"bptt"``, and for ``"blocks"`` one for
        each of `blocks`.

    Returns
    -------
    array of Axes
    """
    axes = plt.subplots(1, len(timed), figsize=(7.2, 3.2), sharey=True)[1]
    for ax, (N, times) in zip(axes, timed.items(), strict=True):
        ax.axvline(N, color=GREY, linewidth=0.8)
        for rule in ("rtrl", "bptt"):
            style = {name: STYLES[rule][name] for name in ("color", "linestyle", "label")}
            ax.axhline(1e3 * times[rule], **style)
        color = STYLES["rtrl"]["color"]
        ax.plot(blocks, 1e3 * np.array(times["blocks"]), marker="o", markersize=4, color=color, label="RTRL in blocks")
        ax.set(xscale="log", yscale="log", xlabel="block length $K$")
        ax.set_xticks(blocks[::2], [f"{K}" for K in blocks[::2]])
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.set_title(f"$N = {N}$", fontsize="medium")
    axes[0].set_ylabel("time (ms a trial)")
    handles, labels = axes[0].get_legend_handles_labels()
    axes[0].figure.legend(handles, labels, loc="outside upper center", ncols=3, handlelength=2)
    return axes


def experiment_curves(ax, trial, runs, scale="log"):
    """Curves of an experiment against trial: quartiles as a band, the median bold, a label at the right.

    Parameters
    ----------
    ax : Axes
    trial : array_like, shape (n,)
    runs : dict
        An array (n_runs, n) for each style: a key of `STYLES`, or a pair of such a key and a label. NaN, where a run
        has diverged, counts as larger than all others.
    scale : str
        Of the vertical axis; that of the trials is logarithmic.

    Returns
    -------
    Axes
    """
    ends = []
    for key, ys in runs.items():
        name, label = key if isinstance(key, tuple) else (key, STYLES[key]["label"])
        style = STYLES[name] | {"label": label}
        ys = np.where(np.isfinite(ys), ys, 1e6)
        low, median, high = np.percentile(ys, [25, 50, 75], axis=0)
        ax.fill_between(trial, low, high, color=style["color"], alpha=0.2, linewidth=0)
        ax.plot(trial, median, color=style["color"], linestyle=style["linestyle"], linewidth=2.2)
        ends.append((median[-1], style))
    ax.set(xscale="log", yscale=scale, xlabel="trial", xlim=(trial[0], trial[-1]))
    label_ends(ax, ends)
    return ax


def interval_points(ax, x, runs):
    """Medians over networks with their 95% intervals, and a pale dot for each network.

    Parameters
    ----------
    ax : Axes
        With its scales as they will stay.
    x : array_like, shape (n,)
        Positive; drawn on a logarithmic axis.
    runs : dict
        For each key of `STYLES`, n arrays with one number a network.

    Returns
    -------
    Axes
    """
    from rnn_tutorial.statistics import median_interval  # needs SciPy, which the other figures do without

    x = np.asarray(x, float)
    for k, (key, values) in enumerate(runs.items()):
        style, at = STYLES[key], x * 1.06 ** (k - (len(runs) - 1) / 2)
        found = np.array([median_interval(v) for v in values]).T
        for place, v in zip(at, values, strict=True):
            ax.plot(np.full(len(v), place), v, "o", color=style["color"], markersize=3, alpha=0.25, markeredgewidth=0)
        ax.plot(at, found[1], color=style["color"], linestyle=style["linestyle"], label=style["label"])
        ax.errorbar(at, found[1], abs(found[[0, 2]] - found[1]), color=style["color"], fmt="o", markersize=5, capsize=3)
    ax.set_xscale("log")
    ax.set_xticks(x, [f"{place:g}" for place in x])
    ax.xaxis.set_minor_locator(NullLocator())
    return ax


def loss_rows(rows, ax=None):
    """Final losses, one row a setting: a dot a network, the median and its 95% interval.

    Parameters
    ----------
    rows : dict
        Of (key of `STYLES`, label) to an array with one loss a network. Rows go from top to bottom.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    from rnn_tutorial.statistics import median_interval  # needs SciPy, which the other figures do without

    ax = plt.subplots(figsize=(7.2, 0.42 * len(rows) + 0.9))[1] if ax is None else ax
    for row, ((rule, _), values) in enumerate(rows.items()):
        color, found = STYLES[rule]["color"], median_interval(values)
        ax.plot(values, np.full(len(values), row), "o", color=color, markersize=5, alpha=0.4, markeredgewidth=0)
        ax.plot([found.low, found.high], [row, row], color=color, linewidth=5, alpha=0.45, solid_capstyle="butt")
        ax.plot(found.median, row, "|", color=color, markersize=18, markeredgewidth=3)
    ax.set(xscale="log", xlabel="final loss", ylim=(len(rows) - 0.5, -0.5))
    ax.set_yticks(range(len(rows)), [label for _, label in rows])
    ax.tick_params(axis="y", length=0)
    return ax
