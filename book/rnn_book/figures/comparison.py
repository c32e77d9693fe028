"""Figures of the comparison."""

import textwrap

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyBboxPatch
from matplotlib.ticker import NullFormatter

from rnn_book.schematic import arrow
from rnn_book.style import GREY, INK, NARROW, STYLES, label_ends, legible, plain_ticks, spread

__all__ = [
    "alignment_reloaded",
    "decisions",
    "loss_against_cost",
    "paired_ratios",
    "race",
    "rate_sweep",
    "ratio_curves",
    "relative_lengths",
    "stream_curves",
]


# What has no style of its own: shades and lines of the rules that these are kin to.
_WAYS = STYLES | {
    "snap1": {"label": "SnAp-1", "color": "#D55E00", "linestyle": "-."},
    "blocks": {"label": "RTRL in blocks", "color": "#E69F00", "linestyle": "-"},
}


def _style(way):
    """The style of a key of `STYLES`, of "snap1", of "blocks", or of a rule and K: BPTT cut, or RTRL in blocks."""
    if isinstance(way, str):
        return _WAYS[way]
    rule, K = way
    if rule == "rtrl":
        return _WAYS["blocks"] | {"label": f"RTRL, blocks of {K}", "linestyle": "-" if K <= 8 else (0, (5, 1, 1, 1))}
    dashes = {2: (1, 1), 4: (2, 2), 5: (1, 1), 8: (7, 1.5), 10: (3, 2), 25: (7, 1.5)}
    return STYLES["bptt"] | {"label": f"BPTT, K = {K}", "linestyle": (0, dashes.get(K, (5, 1, 1, 1)))}


def loss_against_cost(losses, costs):
    """Loss against what training has cost, one panel a measure.

    Parameters
    ----------
    losses : dict
        Of each way, a key of `STYLES`, "snap1", "blocks" or ("bptt", K), to trials and the losses in them, of shape
        (n_networks, n_trials).
    costs : dict
        Of the label of a measure to a dict of what one trial of each way costs.

    Returns
    -------
    Figure
        Medians over networks.
    """
    figure, axes = plt.subplots(len(costs), 1, figsize=(NARROW[0], 3.1 * len(costs)), sharey=True)
    for ax, (label, of) in zip(axes, costs.items(), strict=True):
        for way, (trials, loss) in losses.items():
            ax.plot(of[way] * trials, np.median(loss, axis=0), **_style(way))
        ax.set(xscale="log", yscale="log", xlabel=label, ylabel="loss")
        plain_ticks(ax.yaxis)
    axes[0].legend(ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1))
    return figure


def stream_curves(losses, section, floors):
    """Loss on a stream against its steps, median and quartiles of the networks, over five sections.

    Parameters
    ----------
    losses : dict
        Of each way, as in `loss_against_cost`, to its losses, shape (n_networks, n_sections).
    section : int
        Steps in a section.
    floors : dict
        Of labels to losses that tell what is known.

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=(NARROW[0], 4.6))[1]
    for way, loss in losses.items():
        smooth = np.median(np.lib.stride_tricks.sliding_window_view(loss, 5, axis=1), axis=2)
        low, median, high = np.percentile(smooth, [25, 50, 75], axis=0)
        steps, style = (3 + np.arange(len(median))) * section, _style(way)
        ax.fill_between(steps, low, high, color=style["color"], alpha=0.12, linewidth=0)
        ax.plot(steps, median, **style)
    ax.set(xscale="log", yscale="log", xlabel="steps of the stream", ylabel="loss")
    for level in floors.values():
        ax.axhline(level, color=GREY, linestyle=(0, (1, 2)), linewidth=1, zorder=0)
    label_ends(ax, [(level, {"label": name, "color": INK}) for name, level in floors.items()])
    ax.legend(ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1))
    return ax


def paired_ratios(ratios, intervals, reference="BPTT", ax=None):
    """Ratios of final losses, one row a rule: a dot a seed, the median and its interval.

    Parameters
    ----------
    ratios : dict
        Of (key of `STYLES`, label) to an array with one ratio a seed. Rows go from top to bottom.
    intervals : dict
        Of the same keys to an Interval.
    reference : str
        What the ratios are taken to.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=(7.2, 0.5 * len(ratios) + 1.0))[1] if ax is None else ax
    for row, (key, values) in enumerate(ratios.items()):
        color, found = STYLES[key[0]]["color"], intervals[key]
        ax.plot(values, np.full(len(values), row), "o", color=color, markersize=5, alpha=0.45, markeredgewidth=0)
        ax.plot([found.low, found.high], [row, row], color=color, linewidth=5, alpha=0.45, solid_capstyle="butt")
        ax.plot(found.median, row, "|", color=color, markersize=18, markeredgewidth=3)
    ax.axvline(1, color=INK, linewidth=0.8)
    ax.set(xscale="log", xlabel=f"final loss / final loss of {reference}, same network", ylim=(len(ratios) - 0.5, -0.5))
    for x, side, words in ((-6, "right", "lower loss ←"), (6, "left", "→ higher loss")):
        above = {"xycoords": ax.get_xaxis_transform(), "textcoords": "offset points", "ha": side, "color": INK}
        ax.annotate(words, (1, 1), (x, 3), fontsize="small", **above)
    ax.set_yticks(range(len(ratios)), [label for _, label in ratios])
    ax.tick_params(axis="y", length=0)
    plain_ticks(ax.xaxis)
    return ax


def ratio_curves(intervals):
    """Median ratio of losses against the trial at which one stops, with its interval, one panel a rule.

    Parameters
    ----------
    intervals : dict
        Of key of `STYLES` to one Interval a trial.

    Returns
    -------
    Figure
    """
    figure, axes = plt.subplots(len(intervals), 1, figsize=(7.2, 1.9 * len(intervals)), sharex=True, sharey=True)
    for ax, (rule, of) in zip(axes, intervals.items(), strict=True):
        style, (low, median, high) = STYLES[rule], np.transpose(of)
        ax.fill_between(np.arange(len(low)), low, high, color=style["color"], alpha=0.25, linewidth=0)
        ax.plot(median, color=style["color"])
        ax.axhline(1, color=INK, linewidth=0.8)
        ax.set(yscale="log", xlim=(0, len(low)))
        ax.set_title(style["label"], color=legible(style["color"]), fontsize="medium", loc="left")
        plain_ticks(ax.yaxis)
    axes[-1].set_xlabel("trial at which training stops")
    figure.supylabel("loss / loss of BPTT", fontsize="medium")
    return figure


def relative_lengths(trials, lengths):
    """Lengths of the rules' updates to the gradient's along the training of each of two rules, a panel each.

    Parameters
    ----------
    trials : array_like, shape (n,)
    lengths : dict
        Of (key of `STYLES` of the rule that trains, key of `STYLES`) to an array, shape (n_networks, n).

    Returns
    -------
    Figure
    """
    trains = list(dict.fromkeys(path for path, _ in lengths))
    figure, axes = plt.subplots(len(trains), 1, figsize=(7.2, 2.5 * len(trains)), sharex=True, sharey=True)
    for ax, path in zip(axes, trains, strict=True):
        ax.set(xlim=(trials[0], trials[-1]), yscale="log", ylabel="relative length")
        of = {rule: found for (one, rule), found in lengths.items() if one == path}
        ends = [(spread(ax, trials, found, STYLES[rule])[-1], rule) for rule, found in of.items()]
        ax.axhline(1, color=INK, linewidth=0.8)
        ax.set_title(f"while {STYLES[path]['label']} trains", fontsize="medium", loc="left")
        short = {"random": "random feedback"}
        label_ends(ax, [(end, STYLES[rule] | {"label": short.get(rule, STYLES[rule]["label"])}) for end, rule in ends])
    axes[-1].set_xlabel("trial")
    return figure


def rate_sweep(final, untrained, ax=None):
    """Final loss against learning rate, for several rules.

    Parameters
    ----------
    final : dict
        For each key of `STYLES` a dict of learning rate to an array with one final loss a seed.
    untrained : float
        Loss without training. Runs that did not stay below it, or diverged, are a cross above it, and their number.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=NARROW)[1] if ax is None else ax
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
            if failed.any():
                ax.plot(rate * shift, ceiling, "x", color=style["color"], markersize=7)
                ax.annotate(
                    f"{failed.sum()}",
                    (rate * shift, ceiling),
                    (0, 5),
                    textcoords="offset points",
                    ha="center",
                    color=style["color"],
                )
            medians.append(np.median(shown))
        rates = np.array(list(by_rate)) * shift
        ax.plot(rates, medians, color=style["color"], linestyle=style["linestyle"], label=style["label"])
    ax.axhline(untrained, color=GREY, linestyle="-.", linewidth=1)
    ax.set(xscale="log", yscale="log", xlabel="learning rate", ylabel="final loss")
    ax.set_xticks(list(by_rate), [f"{rate:g}" for rate in by_rate])
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.text(1.02, untrained, "untrained", color=GREY, va="center", transform=ax.get_yaxis_transform())
    ax.text(1.02, ceiling, "so many\nfailed", color=INK, va="center", transform=ax.get_yaxis_transform())
    ax.legend(loc="lower left", handlelength=1.6)
    return ax


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
        plain_ticks(axis)
    right.set_xlabel(f"loss of {STYLES[first]['label']}", color=STYLES[first]["color"])
    right.set_ylabel(f"loss of {STYLES[second]['label']}", color=STYLES[second]["color"])


# The questions of the tree, and what to take where the answer is yes: the style of a rule, its name, and what is said
# of it, with numbers by their names in `claims.numbers`. `_ELSE` is what to take where the last answer is no.
_QUESTIONS = (
    (
        "A model of a synapse, or a chip whose synapses see only their own two units?",
        ("rflo", "RFLO", "{ranking-n-30} times BPTT's loss, 30 units"),
    ),
    (
        "Do trials end, and does one fit into memory?",
        ("bptt", "BPTT", "RFLO's loss is {ranking-n-100} times BPTT's, 100 units"),
    ),
    (
        "Does what counts lie a known and short time back?",
        ("bptt", "truncated BPTT", "{branch-truncated-bptt-k-4} learn both bits"),
    ),
    (
        "Is the network small: some tens of units at most?",
        ("rtrl", "RTRL", "{branch-rtrl} learn both bits, {branch-rtrl-in-blocks-k-8} in blocks"),
    ),
)
_ELSE = ("rflo", "RFLO or SnAp-1", "{branch-rflo} and {branch-snap-1} learn both bits")


def decisions(numbers):
    """Which rule when, as a tree: four questions below each other, and at each answer a rule with its number.

    Parameters
    ----------
    numbers : dict of str
        As of `claims.numbers`.

    Returns
    -------
    Figure

    Raises
    ------
    KeyError
        With the name of a number that is missing.
    """
    row, half, left, right = 1.4, 0.53, (0.02, 2.38), (2.88, 4.93)  # inches, as are the coordinates
    top, bottom = half + 0.02, -row * len(_QUESTIONS) - half - 0.02
    figure = plt.figure(figsize=(right[1] + left[0], top - bottom), layout="none")
    ax = figure.add_axes((0, 0, 1, 1), xlim=(0, right[1] + left[0]), ylim=(bottom, top))
    ax.axis("off")
    said = {name: number.replace(" ", "\N{NO-BREAK SPACE}") for name, number in numbers.items()}
    for k, (question, (rule, name, words)) in enumerate(_QUESTIONS):
        y, x = -row * k, np.mean(left)
        _box(ax, left, y, half, f"{k + 1}. {question}", GREY)
        _box(ax, right, y, half, words.format_map(said), STYLES[rule]["color"], name)
        for start, end, answer, at in (
            ((left[1], y), (right[0], y), "yes", (np.mean((left[1], right[0])), y + 0.12)),
            ((x, y - half), (x, y - row + half), "no", (x + 0.2, y - row / 2)),
        ):
            arrow(ax, start, end, INK, linewidth=1.2, shrinkA=0, shrinkB=0)
            ax.text(*at, answer, ha="center", va="center", color=INK)
    rule, name, words = _ELSE
    _box(ax, left, -row * len(_QUESTIONS), half, words.format_map(said), STYLES[rule]["color"], name)
    return figure


def _box(ax, sides, y, half, words, color, name=None):
    """Words in a box about a height, under the name of a rule if there is one."""
    wide = sides[1] - sides[0]
    lines = textwrap.wrap(words, int(10.4 * wide))
    edge = {"edgecolor": color, "facecolor": "none", "linewidth": 1.6 if name else 1.0}
    ax.add_patch(FancyBboxPatch((sides[0], y - half), wide, 2 * half, "round,pad=0,rounding_size=0.08", **edge))
    first = y + 0.1 * (len(lines) + bool(name) - 1)  # a line is a fifth of an inch
    if name:
        ax.text(sides[0] + 0.1, first, name, va="center", color=legible(color), fontweight="bold")
    for k, line in enumerate(lines, start=bool(name)):
        ax.text(sides[0] + 0.1, first - 0.2 * k, line, va="center", color=INK)


def alignment_reloaded(kept, forgotten):
    """Alignment of readout and feedback when the feedback weights are kept, and when each reload draws others.

    Parameters
    ----------
    kept, forgotten : array_like, shape (n_trials,)

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=(7.2, 2.8))[1]
    color = STYLES["rflo"]["color"]
    ax.plot(kept, color=color)
    ax.plot(forgotten, color=color, linestyle=(0, (1.2, 1)))
    ax.set(xlabel="trial", ylabel="cosine", ylim=(-1, 1), xlim=(0, len(kept)))
    ax.axhline(0, color=GREY, linewidth=0.8)
    label_ends(
        ax, [(y[-1], {"label": f"B {word}", "color": color}) for y, word in ((kept, "kept"), (forgotten, "forgotten"))]
    )
    return ax
