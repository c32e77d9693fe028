"""Figures of the chapter on the claims. They take arrays and intervals, and compute nothing but medians."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.ticker import NullLocator

from rnn_book.curves import experiment_curves, interval_points, loss_rows
from rnn_book.statistics import ratio_interval
from rnn_book.style import GREY, INK, NARROW, PALE, STYLES, WIDE, label_ends, plain_ticks

__all__ = [
    "add_curves",
    "alignment_by_period",
    "cosines_over_trials",
    "draws",
    "gradient_lengths",
    "longest_by_period",
    "loss_levels",
    "losses_by_period",
    "losses_by_size",
    "on_and_off",
    "produced_intervals",
    "rate_grid",
    "ratio_map",
    "ratios_by_size",
    "ratios_over_trials",
    "row_panels",
    "sequences",
    "spectra",
    "twins",
]


def loss_levels(target, levels, tau=10):
    """What a loss looks like: a target, and outputs that hold a part of its waves.

    Parameters
    ----------
    target : array_like, shape (T,)
    levels : dict
        Label, and an output of shape (T,). The loss stands above each panel.
    tau : float

    Returns
    -------
    Figure
    """
    rows = -(-len(levels) // 2)
    figure, axes = plt.subplots(rows, 2, figsize=(NARROW[0], 2.4 * rows), sharex=True, sharey=True, squeeze=False)
    t = np.arange(1, len(target) + 1) / tau
    for ax, (label, y) in zip(axes.flat, levels.items(), strict=True):
        ax.plot(t, target, **{**STYLES["target"], "linewidth": 1.2})
        ax.plot(t, y, color=GREY, linewidth=2.4)
        ax.set_title(f"{label}\nloss {np.mean((target - y) ** 2) / 2:.2g}", fontsize="small", loc="left")
    for ax in axes[-1]:
        ax.set_xlabel(r"time / $\tau$")
    for ax in axes[:, 0]:
        ax.set_ylabel("output")
    return figure


def gradient_lengths(norms, losses, bound):
    """Length of the gradient of W, trial by trial, and the loss, over the same trials.

    Parameters
    ----------
    norms, losses : dict
        Of (key of `STYLES`, label) to values, shape (n_trials,).
    bound : float

    Returns
    -------
    Figure
    """
    figure, axes = plt.subplots(2, 1, figsize=(NARROW[0], 5.2), sharex=True)
    for ax, of, label in zip(axes, (norms, losses), ("length of the gradient of $W$", "loss"), strict=True):
        for (rule, name), values in of.items():
            line = ":" if "bound" in name else "-"
            ax.plot(values, color=STYLES[rule]["color"], linestyle=line, linewidth=1.4, label=name)
        ax.set(yscale="log", ylabel=label)
    axes[0].axhline(bound, color=GREY, linewidth=0.8)
    plain_ticks(axes[1].yaxis)
    axes[1].set_xlabel("trial")
    axes[0].legend(fontsize="small", ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1))
    return figure


def longest_by_period(longest, periods):
    """The longest gradient of W in a run, against the period.

    Parameters
    ----------
    longest : dict
        Of (key of `STYLES`, period in steps) to an array with one length a network.
    periods : sequence of int

    Returns
    -------
    Figure
    """
    figure, ax = plt.subplots(figsize=NARROW)
    ax.set_yscale("log")
    taus = np.array(periods) / 10
    interval_points(ax, taus, {rule: [longest[rule, T] for T in periods] for rule in ("bptt", "rflo")})
    ax.set(xlabel=r"period / $\tau$", ylabel="longest gradient of $W$")
    ax.legend(fontsize="small")
    return figure


def rate_grid(medians, rates, marks):
    """Median final loss against the learning rate, one panel a period.

    Parameters
    ----------
    medians : dict
        Of (key of `STYLES`, period in time constants) to an array, shape (n_rates,); NaN where a run diverged.
    rates : array_like, shape (n_rates,)
    marks : dict
        Of a marker to the rates that it marks, by key of `STYLES` and period.

    Returns
    -------
    Figure
    """
    periods = list(dict.fromkeys(T for _, T in medians))
    figure, axes = plt.subplots(2, 2, figsize=(7.2, 4.6), sharex=True, sharey=True)
    for ax, T in zip(axes.flat, periods, strict=True):
        for rule in dict.fromkeys(rule for rule, _ in medians):
            color, y = STYLES[rule]["color"], np.asarray(medians[rule, T])
            ax.plot(rates, y, ".-", color=color, label=STYLES[rule]["label"])
            for marker, of in marks.items():
                size = 12 if marker == "o" else 7
                at = np.isclose(rates, of[rule, T])
                ax.plot(of[rule, T], y[at], marker, color=color, markersize=size, fillstyle="none")
        ax.set(xscale="log", yscale="log")
        ax.set_title(rf"{T} $\tau$", fontsize="medium", loc="left")
    figure.supxlabel(r"learning rate $\eta$", fontsize="medium")
    figure.supylabel("final loss", fontsize="medium")
    axes[0, 0].legend(loc="lower left", fontsize="small")
    return figure


def ratios_over_trials(curves, alike):
    """Median ratio of two rules' losses against the trial at which one stops, with its interval, one panel a period.

    Parameters
    ----------
    curves : dict
        Of the period in steps to the trials, shape (n,), and the intervals, shape (n, 3): low, median, high.
    alike : (float, float)
        The band in which the two are called alike.

    Returns
    -------
    Figure
    """
    figure, axes = plt.subplots(2, 2, figsize=(7.2, 4.6), sharex=True, sharey=True)
    color = STYLES["rflo"]["color"]
    for ax, (T, (trial, found)) in zip(axes.flat, curves.items(), strict=True):
        ax.axhspan(*alike, color="#E4E4E4", linewidth=0)
        ax.axhline(1, color=INK, linewidth=0.8)
        ax.fill_between(trial, found[:, 0], found[:, 2], color=color, alpha=0.25, linewidth=0)
        ax.plot(trial, found[:, 1], color=color)
        ax.set(xscale="log", yscale="log", xlim=(1, trial[-1]))
        ax.set_title(rf"{T // 10} $\tau$", fontsize="medium", loc="left")
    figure.supxlabel("trial at which training stops", fontsize="medium")
    figure.supylabel("loss of RFLO / loss of BPTT", fontsize="medium")
    return figure


def losses_by_period(losses, untrained, silent, shares):
    """Final loss against period, and the share of networks that solve the task.

    Parameters
    ----------
    losses : dict
        Of (key of `STYLES`, period in steps) to an array with one loss a network.
    untrained : array_like, shape (n_periods,)
    silent : float
        Loss of the output 0.
    shares : dict
        Of the same keys as `losses` to an Interval.

    Returns
    -------
    Figure
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.6))
    periods = list(dict.fromkeys(T for _, T in losses))
    taus = np.array(periods) // 10
    left.set_yscale("log")
    interval_points(left, taus, {rule: [losses[rule, T] for T in periods] for rule in ("bptt", "rflo")})
    left.plot(taus, untrained, color=GREY, linestyle="-.", label="untrained")
    left.axhline(silent, color=INK, linestyle=":", linewidth=1, label="output 0")
    left.legend(fontsize="small", loc="lower right")
    for rule, shift in (("bptt", 0.97), ("rflo", 1.03)):
        found = np.array([shares[rule, T] for T in periods])
        color = STYLES[rule]["color"]
        right.plot(taus * shift, found[:, 1], color=color)
        bars = abs(found[:, [0, 2]] - found[:, [1]]).T
        right.errorbar(taus * shift, found[:, 1], bars, color=color, fmt="o", markersize=5, capsize=3)
    right.set(xscale="log", ylim=(-0.02, 1.02))
    right.set_xticks(taus, taus)
    right.xaxis.set_minor_locator(NullLocator())
    left.set(xlabel=r"period / $\tau$", ylabel="final loss")
    right.set(xlabel=r"period / $\tau$", ylabel="share of networks that solve it")
    return figure


def alignment_by_period(curves):
    """Cosine of readout and feedback over training, median and quartiles, one panel a period.

    Parameters
    ----------
    curves : dict
        Of (key of `STYLES`, period in steps) to the trials, shape (n,), and the cosines, shape (n_networks, n).

    Returns
    -------
    Figure
    """
    periods = list(dict.fromkeys(T for _, T in curves))
    figure, axes = plt.subplots(2, 2, figsize=(7.2, 4.6), sharex=True, sharey=True)
    for ax, T in zip(axes.flat, periods, strict=True):
        for rule in ("bptt", "rflo"):
            trial, cosines = curves[rule, T]
            low, median, high = np.nanpercentile(cosines, [25, 50, 75], axis=0)
            ax.fill_between(trial, low, high, color=STYLES[rule]["color"], alpha=0.2, linewidth=0)
            ax.plot(trial, median, color=STYLES[rule]["color"], label=STYLES[rule]["label"])
        ax.axhline(0, color=GREY, linewidth=0.8)
        ax.set(xscale="log", xlim=(1, trial[-1]))
        ax.set_title(rf"{T // 10} $\tau$", fontsize="medium", loc="left")
    figure.supxlabel("trial", fontsize="medium")
    figure.supylabel(r"cosine of $W^{\mathrm{out}}$ and $B^\mathsf{T}$", fontsize="medium")
    axes[0, 0].legend(fontsize="small", loc="upper left")
    return figure


def row_panels(rows, level=None, label="output 0"):
    """Final losses, one row a setting, one panel a title, under one another.

    Parameters
    ----------
    rows : dict
        Title, and what `rnn_book.curves.loss_rows` takes.
    level : float, optional
        A loss for comparison.
    label : str
        What it is called.

    Returns
    -------
    Figure
    """
    counts = [len(of) for of in rows.values()]
    figure, axes = plt.subplots(
        len(rows),
        1,
        figsize=(NARROW[0], 0.58 * sum(counts) + 0.9 * len(rows)),
        sharex=True,
        height_ratios=counts,
        squeeze=False,
    )
    for ax, (title, of) in zip(axes[:, 0], rows.items(), strict=True):
        loss_rows(of, ax)
        if level is not None:
            ax.axvline(level, color=INK, linestyle=":", linewidth=1)
        if title:
            ax.set_title(title, fontsize="medium", loc="left")
        if ax is not axes[-1, 0]:
            ax.set_xlabel("")
    if level is not None:
        of_level = axes[0, 0].get_xaxis_transform()
        axes[0, 0].text(level, 1.02, label, ha="center", va="bottom", color=INK, fontsize="small", transform=of_level)
    return figure


def losses_by_size(losses, sizes, gains):
    """Final loss against the number of units, and against the gain.

    Parameters
    ----------
    losses : dict
        Of (key of `STYLES`, units, gain) to an array with one loss a network.
    sizes, gains : sequence
        The sizes at a gain of 1.5, and the gains with 30 units.

    Returns
    -------
    Figure
    """
    figure, axes = plt.subplots(1, 2, figsize=WIDE, sharey=True)
    for ax, x, along in zip(axes, (sizes, gains), ([(n, 1.5) for n in sizes], [(30, g) for g in gains]), strict=True):
        ax.set_yscale("log")
        interval_points(ax, x, {rule: [losses[rule, *shape] for shape in along] for rule in ("bptt", "rflo")})
    axes[0].set(xlabel="units $N$", ylabel="final loss")
    axes[1].set_xlabel("gain $g$")
    axes[1].legend(fontsize="small")
    return figure


def ratios_by_size(losses, sizes, gains):
    """Ratio of the final losses of RFLO and BPTT against the number of units, and against the gain.

    Parameters and result as of `losses_by_size`.
    """
    figure, axes = plt.subplots(1, 2, figsize=WIDE, sharey=True)
    for ax, x, along in zip(axes, (sizes, gains), ([(n, 1.5) for n in sizes], [(30, g) for g in gains]), strict=True):
        ax.set_yscale("log")
        ratios = {"rflo": [losses["rflo", *shape] / losses["bptt", *shape] for shape in along]}
        interval_points(ax, x, ratios, lambda of: ratio_interval(of, np.ones_like(of)))
        ax.axhline(1, color=INK, linewidth=0.8)
    axes[0].set(xlabel="units $N$", ylabel="final loss, RFLO / BPTT")
    axes[1].set_xlabel("gain $g$")
    return figure


def produced_intervals(answers):
    """Produced against target interval, in time constants: a dot a test, one panel a rule and a longest interval.

    Parameters
    ----------
    answers : dict
        Of (longest interval in steps, key of `STYLES`) to target and produced intervals, shape (n_networks, n_tests),
        NaN where a network gave no answer.

    Returns
    -------
    Figure
        Tests without an answer are crosses at 0.
    """
    longest = list(dict.fromkeys(one for one, _ in answers))
    figure, axes = plt.subplots(2, len(longest), figsize=(7.2, 4.6), sharex="col", sharey="col")
    for (one, rule), (asked, produced) in answers.items():
        ax = axes[("bptt", "rflo").index(rule), longest.index(one)]
        color, there = STYLES[rule]["color"], np.isfinite(produced)
        ax.plot([0, one / 10], [0, one / 10], color=GREY, linewidth=1)
        ax.plot(asked[there] / 10, produced[there] / 10, "o", color=color, markersize=4, alpha=0.5, markeredgewidth=0)
        ax.plot(asked[~there] / 10, 0 * asked[~there], "x", color=color, markersize=5, alpha=0.5)
        ax.set_xlim(0, 1.05 * one / 10)
    for ax, one in zip(axes[0], longest, strict=True):
        ax.set_title(rf"up to {one // 10} $\tau$", fontsize="medium", loc="left")
    for ax, rule in zip(axes[:, 0], ("bptt", "rflo"), strict=True):
        ax.set_ylabel(STYLES[rule]["label"], color=STYLES[rule]["color"])
    figure.supxlabel(r"target / $\tau$", fontsize="medium")
    figure.supylabel(r"produced / $\tau$", fontsize="medium")
    return figure


def sequences(shown, silent):
    """Learning curves of a whole sequence, and the cursor's path of the first network, with learning off.

    Parameters
    ----------
    shown : dict
        For "bptt", "rflo" and "syllables" the arrays ``trial``, ``curve``, ``path`` and ``target_path``, all over
        networks.
    silent : float
        Loss of the output 0.

    Returns
    -------
    Figure
    """
    looks = {
        "bptt": ("whole, BPTT", STYLES["bptt"]["color"], "-"),
        "rflo": ("whole, RFLO", STYLES["rflo"]["color"], "-"),
        "syllables": ("syllables", STYLES["rflo"]["color"], "--"),
    }
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.6))
    for way, arrays in shown.items():
        label, color, line = looks[way]
        trial, curve = arrays["trial"][0], arrays["curve"]
        done = np.isfinite(curve).all(axis=0) & np.isfinite(trial)
        low, median, high = np.percentile(curve[:, done], [25, 50, 75], axis=0)
        left.fill_between(trial[done], low, high, color=color, alpha=0.2, linewidth=0)
        left.plot(trial[done], median, line, color=color, label=label)
        right.plot(*arrays["path"][0].T, line, color=color)
    right.plot(*arrays["target_path"][0].T, color=GREY, linewidth=6, alpha=0.4, zorder=0)
    left.axhline(silent, color=INK, linestyle=":", linewidth=1)
    left.set(xscale="log", yscale="log", xlabel="trial of the whole sequence", ylabel="loss")
    left.legend(fontsize="small")
    right.set(aspect="equal", xlabel="x", ylabel="y")
    return figure


def on_and_off(losses, silent):
    """Loss while a network learns, and of the network that training leaves, against the period.

    Parameters
    ----------
    losses : dict
        "final" and "frozen": for each of the periods 20, 40, 80 and 160 time constants one loss a network.
    silent : float
        Loss of the output 0.

    Returns
    -------
    Figure
    """
    figure, ax = plt.subplots(figsize=NARROW)
    taus = np.array([20, 40, 80, 160])
    ax.set_yscale("log")
    interval_points(ax, taus, {"rflo": losses["final"], "readout": losses["frozen"]})
    ax.axhline(silent, color=INK, linestyle=":", linewidth=1)
    ax.set(xlabel=r"period / $\tau$", ylabel="loss")
    ends = [
        (np.median(losses[name][-1]), {"label": label, "color": STYLES[key]["color"]})
        for name, label, key in (("final", "learning on", "rflo"), ("frozen", "learning off", "readout"))
    ]
    label_ends(ax, [*ends, (silent, {"label": "output 0", "color": INK})])
    return figure


def cosines_over_trials(cosines):
    """Cosine of each rule's update of W to the gradient over training, one panel for each rule that trains.

    Parameters
    ----------
    cosines : dict
        Of (rule that trains, key of `STYLES`) to the trials, shape (n,), and the cosines, shape (n_networks, n).

    Returns
    -------
    Figure
        Where the ground is tinted, a small step raises the loss.
    """
    rules = list(dict.fromkeys(rule for rule, _ in cosines))
    figure, axes = plt.subplots(len(rules), 1, figsize=(7.2, 2.6 * len(rules)), sharex=True, sharey=True)
    for ax, rule in zip(axes, rules, strict=True):
        of = {part: found for (one, part), found in cosines.items() if one == rule}
        trial = next(iter(of.values()))[0]
        ax.set(ylim=(-1, 1), ylabel="cosine")
        ax.axhspan(-1, 0, color=PALE, linewidth=0, zorder=0)
        shown = {
            (part, {"random": "random feedback"}.get(part, STYLES[part]["label"])): y[:, 1:]
            for part, (_, y) in of.items()
        }
        experiment_curves(ax, trial[1:], shown, scale="linear")
        ax.set_title(f"while {STYLES[rule]['label']} trains", fontsize="medium", loc="left")
        if ax is not axes[-1]:
            ax.set_xlabel("")
    return figure


def spectra(of_rule):
    """Singular values of the learned change of W relative to the largest, median and quartiles.

    Parameters
    ----------
    of_rule : dict
        For each key of `STYLES` an array, shape (n_networks, N). The first fifteen are drawn.

    Returns
    -------
    Figure
    """
    figure, ax = plt.subplots(figsize=NARROW)
    place = np.arange(1, 16)
    for rule, spectrum in of_rule.items():
        style = STYLES[rule]
        low, median, high = np.percentile(spectrum[:, :15], [25, 50, 75], axis=0)
        ax.fill_between(place, low, high, color=style["color"], alpha=0.2, linewidth=0)
        ax.plot(place, median, "o", color=style["color"], linestyle=style["linestyle"], label=style["label"])
    ax.set(yscale="log", xlabel="singular value", ylabel="relative to the largest")
    ax.legend()
    return figure


def draws(losses):
    """Final losses of networks, sorted by their medians: a dot a draw of the feedback weights.

    Parameters
    ----------
    losses : ndarray, shape (n_draws, n_networks)

    Returns
    -------
    Figure
    """
    figure, ax = plt.subplots(figsize=(7.2, 3))
    losses = losses[:, np.argsort(np.median(losses, axis=0))]
    place = np.arange(1, losses.shape[1] + 1)
    ax.plot(place, losses.T, "o", color=STYLES["rflo"]["color"], alpha=0.5, markersize=5, markeredgewidth=0)
    ax.plot(place, np.median(losses, axis=0), "_", color=INK, markersize=14, markeredgewidth=2)
    ax.set(yscale="log", xlabel="network, sorted", ylabel="final loss", xticks=[1, *range(5, len(place) + 1, 5)])
    return figure


def ratio_map(ratios, rows, columns, labels):
    """Ratio of the losses of RFLO and BPTT over two quantities, such as time constant and period, with its interval.

    Parameters
    ----------
    ratios : dict
        Of (row, column) to an Interval.
    rows, columns : sequence of int
    labels : (str, str)
        Of both.

    Returns
    -------
    Figure
        In blue where BPTT ends lower: it is the better rule there.
    """
    figure, ax = plt.subplots(figsize=(7.2, 4.4))
    medians = np.array([[ratios[row, column].median for column in columns] for row in rows])
    ax.imshow(medians, cmap="Blues", norm=LogNorm(0.5, 100), aspect="auto")
    for (i, j), value in np.ndenumerate(medians):
        found = ratios[rows[i], columns[j]]
        text = f"{value:.2g}\n[{found.low:.2g}, {found.high:.2g}]"
        ax.text(j, i, text, ha="center", va="center", fontsize="small", color="white" if value > 12 else "black")
    ax.set_xticks(range(len(columns)), [f"{column:,}" for column in columns])
    ax.set_yticks(range(len(rows)), rows)
    ax.set(xlabel=labels[1], ylabel=labels[0])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return figure


def add_curves(shown, floors):
    """Loss on the Add task against trial, one panel a pair of lags, with the plateaus that say what is known.

    Parameters
    ----------
    shown : dict
        Of a pair of lags to a dict of key of `STYLES` to the trials, shape (n,), and the curves, (n_networks, n).
    floors : dict
        Loss for each thing that may be known: as of `rnn_book.experiments.beyond.add_floors`.

    Returns
    -------
    Figure
    """
    figure, axes = plt.subplots(2, 2, figsize=(7.2, 5), sharex=True, sharey=True)
    names = {"neither": "neither bit", "second": "second bit", "first": "first bit"}
    for ax, (lags, of) in zip(axes.flat, shown.items(), strict=True):
        for rule, (trial, curve) in of.items():
            low, median, high = np.percentile(np.where(np.isfinite(curve), curve, 1e6), [25, 50, 75], axis=0)
            ax.fill_between(trial, low, high, color=STYLES[rule]["color"], alpha=0.2, linewidth=0)
            ax.plot(trial, median, color=STYLES[rule]["color"], label=STYLES[rule]["label"])
        for name, level in floors.items():
            ax.axhline(level, color=GREY, linestyle=(0, (1, 2)), linewidth=1)
        ax.set(xscale="log", yscale="log", ylim=(3e-6, 1))
        ax.set_title(f"lags {lags[0]} and {lags[1]}", fontsize="medium", loc="left")
    for ax in axes[:, 1]:
        label_ends(ax, [(floors[key], {"label": name, "color": INK}) for key, name in names.items()])
    axes[0, 0].legend(fontsize="small", loc="lower left")
    figure.supxlabel("trial", fontsize="medium")
    figure.supylabel("loss", fontsize="medium")
    return figure


def twins(shown):
    """How far the losses of RTRL, and of BPTT from slightly other weights, are from those of BPTT.

    Parameters
    ----------
    shown : dict
        Of the period in steps to the arrays ``trial``, ``difference`` and ``twin_difference`` over networks, NaN
        after the last trial.

    Returns
    -------
    Figure
        Medians and quartiles. Differences below one rounding are drawn at half of it.
    """
    figure, axes = plt.subplots(len(shown), 1, figsize=(NARROW[0], 2.6 * len(shown)), sharey=True)
    eps, of = np.finfo(float).eps, {"difference": "rtrl", "twin_difference": "bptt"}
    for ax, (T, arrays) in zip(axes, shown.items(), strict=True):
        trial = arrays["trial"][0]
        trial, ends = trial[np.isfinite(trial)], [(eps, {"label": "one\nrounding", "color": INK})]
        ax.set(xscale="log", yscale="log", xlim=(trial[0], trial[-1]), ylim=(eps / 4, 10))
        for name, rule in of.items():
            style = STYLES[rule] | {"label": {"rtrl": "RTRL", "bptt": "twin"}[rule]}
            low, median, high = np.nanpercentile(
                np.maximum(arrays[name][:, : len(trial)], eps / 2), [25, 50, 75], axis=0
            )
            ax.fill_between(trial, low, high, color=style["color"], alpha=0.15, linewidth=0)
            ax.plot(trial, median, color=style["color"], linestyle=style["linestyle"])
            ends.append((median[-1], style))
        ax.axhline(eps, color=INK, linewidth=0.8)
        ax.set_title(rf"{T // 10} $\tau$", fontsize="medium", loc="left")
        label_ends(ax, ends)
    axes[-1].set_xlabel("trial")
    figure.supylabel("relative difference of the loss", fontsize="medium")
    return figure
