"""Claims and what the stored results say of them: one function a claim, and verdicts that are computed.

A claim rests on parts. Each part is a number over networks with its interval, and a region in which the claim says that
it lies. The regions are written down here, before an experiment is run again; the verdict follows from them. To add a
claim, write a function that returns a `Claim`, and name it in `CLAIMS`.
"""

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np
from matplotlib.figure import Figure

from rnn_book import experiments
from rnn_book.experiments import beyond, bounded, interval, periodic, price, stream, supplements, syllables
from rnn_book.experiments.runs import all_finals, windows
from rnn_book.figures import claims as draw
from rnn_book.statistics import (
    Interval,
    count_diverged,
    leave_one_out,
    median_interval,
    paired_comparison,
    ratio_interval,
    share_interval,
)
from rnn_book.style import STYLES
from rnn_book.tables import table as as_table
from rnn_tutorial.tasks import sum_of_sines

__all__ = ["ALIKE", "CLAIMS", "FEWEST", "LEARNED", "VERDICTS", "Claim", "Part", "combine", "every", "numbers", "table"]

VERDICTS = ("holds", "in part", "contradicted", "cannot tell")
FEWEST = 6  # networks: five that agree give a sign test's p of 0.06
LOOK = 10  # networks: what fewer say is a look
ALIKE = (1 / 2, 2)  # losses are alike if the interval of their ratio lies within a factor of two
BELOW, ABOVE = (-np.inf, 1), (1, np.inf)
SLOW_WAVE_ALONE = (1 / 2**2 + 1 / 4**2) / 4  # its loss: half the power of the two waves that are missing
LATE = 300  # the trial from which on directions are averaged
LEARNED = 1 / 2  # a rule has learned if its median loss is below so much of that of a silent output
PAPER, OURS = "paper's rates", "best rates"
COMPARED = ("bptt", "rflo")


@dataclass(frozen=True)
class Part:
    """One number that a claim rests on.

    Attributes
    ----------
    label : str
    interval : Interval
    n : int
        Networks.
    region : (float, float) or None
        Where the claim says that the number lies. None: the number is shown beside the claim and has no part in it.
    informative : bool
        Whether the comparison can say anything. It cannot where nothing was learned, or no gap is there to divide.
    correlation : float or None
        Of the logarithms of two losses over the networks, where their ratio is taken pair by pair.
    """

    label: str
    interval: Interval
    n: int
    region: tuple | None
    informative: bool = True
    correlation: float | None = None

    @property
    def verdict(self):
        """One of `VERDICTS`, or None where the number has no part in the claim."""
        if self.region is None:
            return None
        low, high = self.region
        if self.n < FEWEST or not self.informative:
            return "cannot tell"
        if low < self.interval.low and self.interval.high < high:
            return "holds"
        if self.interval.high < low or self.interval.low > high:
            return "contradicted"
        return "cannot tell"

    @property
    def shown(self):
        """The interval as `told`, with the ends of the region for borders."""
        return told(self.interval, self.region or ())


def told(found, borders=()):
    """An interval in two digits; in three where an end of it would else read as 1, or as one of some borders."""
    ends = {float(f"{end:.2g}") for end in (found.low, found.high)}
    return f"{found:.3g}" if ends & {1, *borders} else f"{found:.2g}"


def combine(verdicts):
    """The verdict on a claim from those on its parts.

    What all say stands. If some parts hold and others do not, the claim holds in part. If none holds and one is
    contradicted, the claim is contradicted.

    Parameters
    ----------
    verdicts : iterable of str

    Returns
    -------
    str
    """
    said = set(verdicts)
    if len(said) == 1:
        return said.pop()
    return "in part" if said & {"holds", "in part"} else "contradicted"


@dataclass(frozen=True, eq=False)
class Claim:
    """A claim, what was compared, and the figure that shows it. A cell that ends in it shows verdict and numbers.

    Attributes
    ----------
    claim : str
        One sentence.
    where : str
        Its place in the paper, or "not in the paper".
    setting : str
        On which task, at which rates, after how many trials.
    number : str
        What the parts' numbers are, such as "final loss, RFLO / BPTT".
    parts : tuple of Part
    figure : callable
        ``figure()`` draws it and returns a Figure.
    scale : {"ratio", "share"}
        Numbers about 1 on a logarithmic axis, or numbers between -1 and 1.
    """

    claim: str
    where: str
    setting: str
    number: str
    parts: tuple
    figure: Callable[[], Figure]
    scale: str = "ratio"

    @property
    def verdict(self):
        """One of `VERDICTS`."""
        return combine(part.verdict for part in self.parts if part.region is not None)

    @property
    def n(self):
        """Networks, as text: one number, or the smallest and the largest."""
        counts = sorted({part.n for part in self.parts})
        return "–".join(str(n) for n in dict.fromkeys((counts[0], counts[-1])))

    @property
    def networks(self):
        """Networks in words, which say where they are few."""
        return f"a look at {self.n} networks" if min(part.n for part in self.parts) < LOOK else f"{self.n} networks"

    def table(self):
        """The parts as a table."""
        head = ["", self.number, "verdict", "the claim says", "networks", "correlation"]
        rows = [
            [p.label, p.shown, marked(p.verdict), region_in_words(p.region), p.n, correlated(p.correlation)]
            for p in self.parts
        ]
        paired = any(part.correlation is not None for part in self.parts)
        return as_table(head, rows) if paired else as_table(head[:-1], [row[:-1] for row in rows])

    def _repr_markdown_(self):
        return f"**Verdict:** {marked(self.verdict)} ({self.setting}; {self.networks}).\n\n{self.table().data}"


def correlated(correlation):
    """A correlation over networks as text, or None where there is none."""
    return None if correlation is None or np.isnan(correlation) else f"{correlation:.2f}"


def region_in_words(region):
    """A region as a reader would say it, or None if there is none."""
    if region is None:
        return None
    low, high = region
    if high == np.inf:
        return f"above {low:g}"
    return f"below {high:g}" if low == -np.inf else f"{low:g} to {high:g}"


def marked(verdict):
    """A verdict as the pages show it: the word, with a mark before it where the page has one."""
    return None if verdict is None else f'<span class="{verdict.replace(" ", "-")}">{verdict}</span>'


def every():
    """All claims, by the name of their function, in the order of the paper."""
    return {function.__name__: function() for function in CLAIMS}


def table(claims):
    """Claims as a table: what is claimed, the verdict, where it stands, and what was compared.

    Parameters
    ----------
    claims : dict of Claim
        As of `every`.

    Returns
    -------
    IPython.display.Markdown
    """
    rows = [[c.claim, marked(c.verdict), c.where, f"{c.number}; {c.setting}", c.n] for c in claims.values()]
    return as_table(["claim", "verdict", "where", "compared", "networks"], rows)


def numbers(claims):
    """What the text quotes: each part's number with its interval, and some more, as texts by name.

    Parameters
    ----------
    claims : dict of Claim
        As of `every`, or some of them.

    Returns
    -------
    dict of str
        The name of a part is made of those of its claim and of its label, as in "lags-lags-1-and-2".
    """
    said = {f"{name}-{_slug(part.label)}": part.shown for name, claim in claims.items() for part in claim.parts}
    said["bound"] = f"{bounded.chosen_bound(_load('periodic_bound')):g}"
    signs = _dale_losses()
    for other, name in (("free", "none"), ("start", "start")):
        said[f"twenty-kept-{name}"] = told(ratio_interval(signs["rflo", "kept"][:20], signs["rflo", other][:20]), ALIKE)
    said |= {f"after-{_slug(trials)}": told(ratio) for trials, ratio, _ in _over_trials()}
    for longest, rule, answers, _ in _answered():
        said[f"answered-{longest}-{rule}"] = f"{answers.mean():.0%}"
        said[f"answered-all-{longest}-{rule}"] = _of(answers.all(axis=1))
        said[f"answered-none-{longest}-{rule}"] = _of(~answers.any(axis=1))
    losses = _solvers()
    prefix = {("no bound", OURS): "", ("bound", PAPER): "paper-", ("bound", OURS): "bounded-"}
    said |= {f"{prefix[way]}solved-{T}-{v}": _of(ends < SLOW_WAVE_ALONE) for (way, v, T), ends in losses.items()}
    rflo = {name: losses[("bound", name), "rflo", 400] for name in (PAPER, OURS)}
    said["best-to-paper-400-rflo"] = told(ratio_interval(rflo[OURS], rflo[PAPER]))
    for name, words in (("periodic_bounded_paper", "paper"), ("periodic_bounded", "800")):
        for s in [setting for setting in _load(name).settings if setting["T"] == 800]:
            said[f"longer-than-bound-{words}-{s['variant']}"] = f"{_longer_than_bound(_load(name), s):.0%}"
    for part, v in (("recurrent", "bptt"), ("recurrent", "rflo"), ("loop", "bptt")):
        of_part = _load("periodic_parts"), silent_loss(), periodic.PART_RATES
        said[f"rate-{part}-{v}"] = f"{at_honest_rate(*of_part, part=part, variant=v)[1]:g}"
    for T in (200, 400):
        off, on = (_load("readout_online").get(name, T=T) for name in ("frozen", "final"))
        said[f"readout-off-on-{T}"] = told(ratio_interval(off, on))
    for v, label, losses, usual in _choices():
        said[f"choice-{v}-{_slug(label)}"] = told(ratio_interval(losses, usual))
    return said | _swept() | _ratios_of_ratios() | _counts() | _branches() | _heartbeats() | _prices()


def _longer_than_bound(results, setting):
    """The share of trials in windows whose median gradient of W is longer than the bound."""
    longer = results.get("norm_median", **setting) > setting["max_norm"]
    there = np.isfinite(results.get("curve", **setting)) * np.diff(windows(setting["n_trials"])[0])
    return np.sum(longer * there) / np.sum(there)


def _swept():
    """What the sweeps with a bound found on five networks: median final losses, as texts by name."""
    results, silent = _load("periodic_bounded_rates"), silent_loss()
    at = [s for s in results.settings if (s["variant"], s["T"]) == ("local", 800)]
    medians = [np.median(final(results, silent, **setting)) for setting in at]
    said = {"swept-local-800-least": f"{min(medians):.2g}", "swept-local-800-most": f"{max(medians):.2g}"}
    results = _load("periodic_bound")
    for s in results.settings:
        key, median = f"bound-{s['max_norm']:g}-{s['variant']}", np.median(final(results, silent, **s))
        said[key] = min(f"{median:.2g}", said.get(key, "inf"), key=float)
    return said


def _ratios_of_ratios():
    """How the ratio of RFLO's loss to BPTT's changes on one network: with many trials, and with a small readout."""
    longer, readings, silent = _load("periodic_longer"), _load("readings"), silent_loss()
    k = _nearest(longer.get("trial", variant="bptt")[0], 10_000)
    curves = {v: longer.get("curve", variant=v).astype(float)[:, k] for v in COMPARED}
    ends = {v: final(longer, silent, variant=v) for v in COMPARED}
    small, usual = (
        {v: final(readings, silent, variant=v, reading=reading) for v in COMPARED}
        for reading in ("small readout", "usual")
    )
    return {
        "later-to-10000": told(ratio_interval(ends["rflo"] / ends["bptt"], curves["rflo"] / curves["bptt"])),
        "small-readout-rflo": told(ratio_interval(small["rflo"], usual["rflo"])),
        "small-readout-ratio": told(ratio_interval(small["rflo"] / small["bptt"], usual["rflo"] / usual["bptt"])),
    }


def _counts():
    """How many networks do what, as texts by name."""
    readings, silent = _load("readings"), silent_loss()
    said = {f"carried-silent-{v}": readings.get("final", variant=v, reading="carried") > 0.9 * silent for v in COMPARED}
    twins, ranges = _load("periodic_rtrl"), {}
    for T in (200, 1600):
        for name, run in (("final", "one-run"), ("final_twin", "twin-run")):
            ratio = twins.get(name, T=T).astype(float) / twins.get("final_bptt", T=T)
            said[f"{run}-{T}"] = abs(ratio - 1) < 0.001
            ranges[f"{run}-range-{T}"] = f"{ratio.min():.3g} to {ratio.max():.3g}"
    once = _periodic_losses(_load("periodic"), periodic.PAPER_RATES, periods=(200,))
    again = _again(200)
    for v in COMPARED:
        said[f"again-{v}"] = abs(again[v] / once[v, 200] - 1) < 0.001
        for pair in ((2, 4), (4, 8)):
            said[f"passed-{pair[0]}-{pair[1]}-{v}"] = _added(pair, v)[0] < beyond.add_floors()["first"]
    angles = _load("angles").get("rflo", rule="rflo")
    said["right-angle"] = abs(angles[:, -1] - 90) < 20
    said = {name: _of(which) for name, which in said.items()}
    late = _late_cosines("rflo")["rflo"], _late_cosines("bptt")["random"]
    said["uphill"] = f"{np.mean(late[0] < 0):.0%}"
    return said | ranges | {"random-under-bptt": told(median_interval(late[1].mean(axis=1)))}


def _of(which):
    """How many of all, as text."""
    return f"{which.sum()} of {len(which)}"


def _nearest(trials, n):
    """The place of the window whose middle is nearest to trial n, on a logarithmic axis."""
    return np.argmin(abs(np.log(trials / n)))


def _slug(label):
    words = label.replace(",", "").replace("τ", "tau").replace("−", "minus").lower()
    return "-".join(re.findall(r"[a-z0-9.]+", words))


# What the claims share


@cache
def _load(name):
    """The stored results of an experiment; each file is read once, and what `load` refuses it refuses every time."""
    return experiments.load(name)


def final(results, silent, name="final", **setting):
    """Final losses at one setting; a run that diverged counts with the loss of the output 0 on the same task."""
    return count_diverged(results.get(name, **setting), silent)


def at_honest_rate(results, silent, rates, name="final", **setting):
    """Final losses, each network's at the rate that is best for the others, among the rates at which no run diverged.

    Parameters
    ----------
    results : Results
    silent : float
        Loss of the output 0; if runs diverge at all rates, all are tried, and those runs count with it.
    rates : sequence of float
    name : str
        Array of the loss.
    **setting
        All but the rate.

    Returns
    -------
    losses : ndarray, shape (n_networks,)
    usual : float
        The rate that most networks have.
    """
    safe = [rate for rate in rates if not results.get("diverged", rate=rate, **setting).any()] or list(rates)
    tried = [final(results, silent, name, rate=rate, **setting) for rate in safe]
    losses, chosen = leave_one_out(tried)
    return losses, safe[np.bincount(chosen).argmax()]


def silent_loss():
    """Loss of the output 0 on the periodic task, which is the same for all periods."""
    return periodic.untrained([], 200)[1]


def _taus(T):
    return f"{T // 10} τ"


def _compared(label, a, b, region, silent=None):
    """A part on the ratio of two losses; with the loss of a silent output, it asks that one of the two has learned."""
    learned = silent is None or min(np.median(a), np.median(b)) < LEARNED * silent
    paired = paired_comparison(a, b)
    return Part(label, paired.ratio, len(a), region, learned, paired.correlation)


def _periodic_losses(results, rates, variants=("rflo", "bptt"), periods=periodic.PERIODS):
    silent = silent_loss()
    return {(v, T): final(results, silent, variant=v, T=T, rate=rates[v][T]) for v in variants for T in periods}


# Fig. 2: the periodic task


def comparable():
    """RFLO against BPTT at the two shorter periods, by the number of trials."""
    results, silent, parts, curves = _load("periodic"), silent_loss(), [], {}
    losses = _periodic_losses(results, periodic.BEST_RATES)
    for T in periodic.PERIODS:
        (trial, bptt), (_, rflo) = curves_at(T).values()
        curves[T] = trial, np.array([ratio_interval(a, b) for a, b in zip(rflo.T, bptt.T, strict=True)])
        if T <= 400:
            for n in (100, 1000):
                k = _nearest(trial, n)
                parts.append(_compared(f"{_taus(T)}, {n:,} trials", rflo[:, k], bptt[:, k], ALIKE, silent))
            parts.append(_compared(f"{_taus(T)}, 10,000 trials", losses["rflo", T], losses["bptt", T], ALIKE, silent))
            again = _again(T)
            label = f"{_taus(T)}, 10,000 trials, run again"
            parts.append(_compared(label, again["rflo"], again["bptt"], None, silent))
    return Claim(
        "RFLO learns about as well as BPTT where a trial is not too long.",
        "Fig. 2a, b",
        f"periodic task, {OURS}, without a bound on the step; no period and no number of trials is named",
        "loss, RFLO / BPTT",
        tuple(parts),
        partial(draw.ratios_over_trials, curves, ALIKE),
    )


def _again(T):
    """Final losses at the best rates in the same runs on another processor, by rule; at the two shorter periods."""
    results, silent = _load("periodic"), silent_loss()
    return {v: final(results, silent, "final_again", variant=v, T=T, rate=periodic.BEST_RATES[v][T]) for v in COMPARED}


def long_periods():
    """BPTT against RFLO at the two longer periods, and how many networks solve the task."""
    results, silent, parts = _load("periodic"), silent_loss(), []
    losses = {
        name: _periodic_losses(results, rates)
        for name, rates in ((PAPER, periodic.PAPER_RATES), (OURS, periodic.BEST_RATES))
    }
    for T in (800, 1600):
        for name, of in losses.items():
            parts.append(_compared(f"{_taus(T)}, {name}", of["rflo", T], of["bptt", T], ABOVE, silent))
    untrained = [np.median(periodic.untrained(results.seeds, T)[0]) for T in periodic.PERIODS]
    return Claim(
        "Where a trial is very long, BPTT ends below RFLO.",
        "Fig. 2b, d",
        "periodic task, 10,000 trials, without a bound on the step",
        "final loss, RFLO / BPTT",
        tuple(parts),
        partial(draw.losses_by_period, losses[OURS], untrained, silent, solved(losses[OURS])),
    )


def solved(losses):
    """Shares of networks that draw more than the slow wave, with Wilson intervals.

    Parameters
    ----------
    losses : dict
        Of any key to an array with one loss a network.

    Returns
    -------
    dict of Interval
        Of the same keys.
    """
    return {key: share_interval(np.sum(of < SLOW_WAVE_ALONE), len(of)) for key, of in losses.items()}


def _solvers():
    """Final losses of what can be solved: by the bound and the rates, the variant and the period."""
    free, paper = _periodic_losses(_load("periodic"), periodic.BEST_RATES), _bounded_losses(periodic.PERIODS)
    return (
        {(("no bound", OURS), v, T): of for (v, T), of in free.items()}
        | {(("bound", PAPER), v, T): paper[T, PAPER][v] for T in periodic.PERIODS for v in COMPARED}
        | {(("bound", OURS), v, T): of for T, found in _at_best_rates().items() for v, (of, _) in found.items()}
    )


def solvers():
    """How many networks solve the task, with Wilson intervals of the share, by period and variant, as a table."""
    losses = _solvers()
    shares, ways = solved(losses), list(dict.fromkeys(way for way, _, _ in losses))
    rows = [
        [_taus(T), STYLES[v]["label"], *(_count(shares, losses, (way, v, T)) for way in ways)]
        for T in periodic.PERIODS
        for v in ("bptt", "random", "local", "rflo")
        if (ways[-1], v, T) in losses
    ]
    return as_table(["period", "", *(", ".join(way) for way in ways)], rows)


def _count(shares, losses, key):
    """One share in words: so many networks, of how many, and the interval in per cent; None if it was not run."""
    if key not in losses:
        return None
    low, _, high = shares[key]
    return f"{_of(losses[key] < SLOW_WAVE_ALONE)} [{low:.0%}, {high:.0%}]"


def aligns():
    """Whether readout and feedback align under RFLO."""
    results, parts, curves = _load("periodic"), [], {}
    for v in ("rflo", "bptt"):
        for T in periodic.PERIODS:
            at = {"variant": v, "T": T, "rate": periodic.BEST_RATES[v][T]}
            curves[v, T] = results.get("trial", **at)[0], results.get("alignment", **at).astype(float)
            ends = curves[v, T][1][:, -1]
            if v == "rflo":
                parts.append(
                    Part(_taus(T), median_interval(ends[np.isfinite(ends)]), np.isfinite(ends).sum(), (0, np.inf))
                )
    return Claim(
        "The readout aligns with the feedback.",
        "Fig. 2c",
        f"periodic task, 10,000 trials, {OURS}",
        "cosine of readout and feedback, RFLO",
        tuple(parts),
        partial(draw.alignment_by_period, curves),
        "share",
    )


def locality():
    """Whether locality alone makes up the gap of Fig. 2d, and random feedback alone costs nothing."""
    results, silent, parts, rows = _load("periodic"), silent_loss(), [], {}
    of_rule = {v: periodic.paper_rate(v, 800) for v in periodic.BEST_RATES}
    for name, rates in ((PAPER, of_rule), (OURS, {v: of[800] for v, of in periodic.BEST_RATES.items()})):
        losses = {v: final(results, silent, variant=v, T=800, rate=rates[v]) for v in rates}
        parts += _gap(losses, f", {name}")
        rows[name] = {(v, STYLES[v]["label"]): losses[v] for v in ("bptt", "random", "local", "rflo")}
    return Claim(
        "Locality makes up nearly the whole gap to BPTT; random feedback costs little.",
        "Fig. 2d",
        "80 τ, 10,000 trials, without a bound on the step",
        "final loss, ratio",
        tuple(parts),
        partial(draw.row_panels, rows, silent),
    )


def _gap(losses, words=""):
    """The gap of Fig. 2d at 80 time constants, and each approximation's part in it, which can be told of a gap only."""
    silent = silent_loss()
    gap = _compared(f"RFLO / BPTT{words}", losses["rflo"], losses["bptt"], ABOVE, silent)
    yield gap
    for label, of, to in (("random / BPTT", "random", "bptt"), ("local / RFLO", "local", "rflo")):
        part = _compared(label + words, losses[of], losses[to], ALIKE, silent)
        yield replace(part, informative=part.informative and gap.interval.low > 1)


# Fig. 2 with a bound on the gradient of W


def _bound():
    """The one bound of all runs with a bound, in words."""
    runs = ("periodic_bounded_paper", "periodic_bounded")
    (bound,) = {setting["max_norm"] for name in runs for setting in _load(name).settings}
    return f"gradient of W at most {bound:g} long"


def _at_bound(T, variant, rate):
    """Final losses with a bound at a rate of the paper."""
    results = _load("periodic_bounded_paper")
    return final(results, silent_loss(), T=T, variant=variant, rate=rate)


def _bounded_losses(periods):
    """Final losses with a bound of both rules: (T, rates) to rule to losses, at the paper's rates and at the best."""
    best = _at_best_rates()
    return {
        (T, name): {v: best[T][v][0] if name == OURS else _at_bound(T, v, periodic.PAPER_RATES[v][T]) for v in COMPARED}
        for T in periods
        for name in (PAPER, OURS)
    }


def _bounded_figure():
    """Final losses with a bound at all periods."""
    rows = {}
    for (T, name), of in _bounded_losses(periodic.PERIODS).items():
        panel = rows.setdefault(rf"{T // 10} $\tau$", {})
        panel |= {(v, f"{STYLES[v]['label']}, {name}"): of[v] for v in COMPARED}
    return draw.row_panels(rows, silent_loss())


def comparable_bounded():
    """RFLO against BPTT at the two shorter periods, with a bound."""
    losses = _bounded_losses((200, 400))
    return Claim(
        "With a bound on the step, RFLO learns about as well as BPTT where a trial is not too long.",
        "not in the paper: Fig. 2a, b with a bound",
        f"10,000 trials, {_bound()}, the paper's rates and the best of a sweep",
        "final loss, RFLO / BPTT",
        tuple(_compared(f"{_taus(T)}, {name}", of["rflo"], of["bptt"], ALIKE) for (T, name), of in losses.items()),
        _bounded_figure,
    )


def long_bounded():
    """BPTT against RFLO at the two longer periods, with a bound, and what the bound does to each."""
    losses, silent, effects = _bounded_losses((800, 1600)), silent_loss(), []
    free = _periodic_losses(_load("periodic"), periodic.PAPER_RATES, periods=(800, 1600))
    for T in (800, 1600):
        for v in COMPARED:
            label = f"{_taus(T)}, {STYLES[v]['label']}, bound / none"
            effects.append(_compared(label, losses[T, PAPER][v], free[v, T], None))
    return Claim(
        "With a bound on the step, BPTT ends below RFLO where a trial is very long.",
        "not in the paper: Fig. 2b, d with a bound",
        f"10,000 trials, {_bound()}, the paper's rates and the best of a sweep",
        "final loss, ratio",
        (
            *(
                _compared(f"{_taus(T)}, {name}", of["rflo"], of["bptt"], ABOVE, silent)
                for (T, name), of in losses.items()
            ),
            *effects,
        ),
        _bounded_figure,
    )


def spikes():
    """How long the gradient of W becomes without a bound, under each rule."""
    results, parts, longest = _load("gradient_norms"), [], {}
    for T in periodic.PERIODS:
        for v in COMPARED:
            norms = results.get("norm", T=T, variant=v).astype(float)
            longest[v, T] = np.nanmax(np.where(np.isinf(norms), np.finfo(np.float32).max, norms), axis=1)
        parts.append(_compared(f"{_taus(T)}, BPTT / RFLO", longest["bptt", T], longest["rflo", T], ABOVE))
    for v, T in itertools.product(COMPARED, (400, 800)):
        usual = np.nanmedian(results.get("norm_median", T=T, variant=v).astype(float), axis=1)
        parts.append(_compared(f"{_taus(T)}, {STYLES[v]['label']}, longest / median", longest[v, T], usual, None))
    return Claim(
        "BPTT's gradient of W has spikes that RFLO's has not.",
        "not in the paper",
        "periodic task, 1,500 trials, the paper's rates, without a bound on the step",
        "longest gradient of W, ratio",
        tuple(parts),
        partial(draw.longest_by_period, longest, periodic.PERIODS),
    )


def locality_bounded():
    """Fig. 2d with a bound: what makes up the gap at 80 time constants."""
    rate = {v: periodic.paper_rate(v, 800) for v in bounded.ABLATED}
    losses = {v: _at_bound(800, v, rate[v]) for v in ("bptt", "random", "local", "rflo")}
    return Claim(
        "With a bound on the step, locality makes up nearly the whole gap to BPTT; random feedback costs little.",
        "not in the paper: Fig. 2d with a bound",
        f"80 τ, 10,000 trials, the paper's rates, {_bound()}",
        "final loss, ratio",
        (
            *_gap(losses),
            _compared("local / random", losses["local"], losses["random"], None),
        ),
        partial(
            draw.row_panels, {"": {(v, f"{STYLES[v]['label']}, {rate[v]:g}"): losses[v] for v in losses}}, silent_loss()
        ),
    )


def alone_or_together():
    """Where there is a gap: what each approximation costs alone, and both together."""
    parts, rows, words = [], {}, {"bptt": "BPTT", "rflo": "RFLO", "local": "local", "random": "random"}
    for T, found in _at_best_rates().items():
        if not found.keys() >= {*bounded.ABLATED}:
            continue
        of = {v: losses for v, (losses, _) in found.items()}
        for top, below, region in (
            ("local", "bptt", ALIKE),
            ("random", "bptt", ALIKE),
            ("rflo", "local", ABOVE),
            ("rflo", "random", ABOVE),
            ("rflo", "bptt", None),
            ("local", "random", None),
        ):
            parts.append(_compared(f"{_taus(T)}, {words[top]} / {words[below]}", of[top], of[below], region))
        product = of["local"] * of["random"] / of["bptt"]
        parts.append(_compared(f"{_taus(T)}, RFLO / product of both", of["rflo"], product, None))
        rows[rf"{T // 10} $\tau$"] = {
            (v, f"{STYLES[v]['label']}, {found[v][1]:g}"): of[v] for v in ("bptt", "random", "local", "rflo")
        }
    return Claim(
        "Each approximation alone stays near BPTT; only both together cost.",
        "not in the paper",
        f"10,000 trials, {_bound()}, each rule at the best rate of a sweep on other networks",
        "final loss, ratio",
        tuple(parts),
        partial(draw.row_panels, rows),
    )


def _at_best_rates():
    """Final losses with a bound at each rule's best rate, and these rates, by period and variant."""
    results, silent, found = _load("periodic_bounded"), silent_loss(), {}
    for s in results.settings:
        found.setdefault(s["T"], {})[s["variant"]] = final(results, silent, **s), s["rate"]
    return found


def waves(levels=(0.3, 0.15, 0.08, 0.01)):
    """What networks draw whose losses are nearest to some, at 80 time constants with a bound.

    Parameters
    ----------
    levels : sequence of float
        Of the loss.

    Returns
    -------
    target : ndarray, shape (n,)
    outputs : dict
        Of the label of a rule and a network to an output of that shape.
    """
    results, runs = _load("periodic_bounded_paper"), []
    for at in [setting for setting in results.settings if setting["T"] == 800]:
        of = zip(results.seeds, results.get("final", **at), results.get("output", **at), strict=True)
        label = STYLES[at["variant"]]["label"]
        runs += [(loss, f"{label}, seed {seed}", output.astype(float)) for seed, loss, output in of]
    nearest = [min(runs, key=lambda run: abs(np.log(run[0] / level))) for level in levels]
    return periodic.sum_of_sines(bounded.N_POINTS).y_target[:, 0], {label: output for _, label, output in nearest}


def over_trials():
    """RFLO over BPTT at 20 time constants, by the number of trials, without a bound, as a table."""
    rows = [[trials, told(ratio), of] for trials, ratio, of in _over_trials()]
    return as_table(["trials", "loss, RFLO / BPTT", "networks"], rows)


def _over_trials():
    (trial, bptt), (_, rflo) = curves_at(200).values()
    for n in (30, 100, 300, 1000, 3000):
        k = _nearest(trial, n)
        yield f"{n:,}", ratio_interval(rflo[:, k], bptt[:, k]), len(bptt)
    losses = _periodic_losses(_load("periodic"), periodic.BEST_RATES, periods=(200,))
    yield "10,000", ratio_interval(losses["rflo", 200], losses["bptt", 200]), len(bptt)
    longer = _load("periodic_longer")
    curves = {v: longer.get("curve", variant=v).astype(float) for v in COMPARED}
    for n in (10_000, 30_000):
        k = _nearest(longer.get("trial", variant="bptt")[0], n)
        yield f"{n:,} of 100,000", ratio_interval(curves["rflo"][:, k], curves["bptt"][:, k]), len(curves["bptt"])
    ends = {v: final(longer, silent_loss(), variant=v) for v in COMPARED}
    yield "100,000", ratio_interval(ends["rflo"], ends["bptt"]), len(ends["rflo"])


def other_readings():
    """Final losses under other readings of what the paper leaves open, as a table."""
    results, silent, rows = _load("readings"), silent_loss(), []
    words = {
        "usual": "as in this book",
        "carried": "state carried from trial to trial",
        "sum": "sums over the trial, not means",
        "small readout": "readout weights a tenth as large",
        "large start": "initial state of 1",
    }
    for reading in words:
        row, losses = [words[reading]], {}
        for v in COMPARED:
            at = {"variant": v, "reading": reading}
            lost, losses[v] = results.get("diverged", **at), final(results, silent, **at)
            diverged = f" ({lost.sum()} of {len(lost)} diverge)" if lost.any() else ""
            row.append(f"{median_interval(losses[v]):.2g}{diverged}")
        rows.append([*row, told(ratio_interval(losses["rflo"], losses["bptt"]))])
    return as_table(["reading", "BPTT", "RFLO", "RFLO / BPTT"], rows)


SIGNS = {"free": "no signs", "start": "signs at the start", "kept": "signs kept"}


def _dale_losses():
    """Final losses under each rule, with signs as in `SIGNS` or kept from a start of matched spectrum."""
    results, silent = _load("periodic_dale"), silent_loss()
    losses = {(v, s): final(results, silent, variant=v, signs=s) for v in ("bptt", "rflo") for s in SIGNS}
    return losses | {(v, "matched"): final(_load("dale_matched"), silent, variant=v) for v in COMPARED}


def dale():
    """RFLO and BPTT with units that excite or inhibit."""
    losses = _dale_losses()
    names = SIGNS | {"matched": "signs kept, spectrum matched"}
    rows = {(v, f"{STYLES[v]['label']}, {names[s]}"): losses[v, s] for v in ("bptt", "rflo") for s in names}
    return Claim(
        "Learning survives Dale's law, with a similar loss.",
        "Fig. 2, supplement 1",
        "20 τ, 5,000 trials, the paper's rate",
        "final loss, ratio",
        (
            _compared("RFLO, kept / none", losses["rflo", "kept"], losses["rflo", "free"], ALIKE),
            _compared("RFLO, kept / start", losses["rflo", "kept"], losses["rflo", "start"], ALIKE),
            _compared("RFLO, start / none", losses["rflo", "start"], losses["rflo", "free"], None),
            _compared("BPTT, kept / start", losses["bptt", "kept"], losses["bptt", "start"], None),
            _compared("RFLO, matched / none", losses["rflo", "matched"], losses["rflo", "free"], None),
            _compared("RFLO, matched / kept", losses["rflo", "matched"], losses["rflo", "kept"], None),
            _compared("RFLO / BPTT, matched", losses["rflo", "matched"], losses["bptt", "matched"], None),
            *(
                _compared(f"RFLO / BPTT, {label}", losses["rflo", s], losses["bptt", s], None)
                for s, label in (("free", "none"), ("start", "start"), ("kept", "kept"))
            ),
        ),
        partial(draw.row_panels, {"": rows}),
    )


def together():
    """Which weights must learn."""
    results, silent, losses, rows = _load("periodic_parts"), silent_loss(), {}, {}
    labels = {
        ("both", "bptt"): "both, BPTT",
        ("both", "rflo"): "both, RFLO",
        ("recurrent", "bptt"): "recurrent only, BPTT",
        ("recurrent", "rflo"): "recurrent only, RFLO",
        ("loop", "bptt"): "readout with loop, exact",
        ("loop", "rflo"): "readout with loop, delta rule",
        ("readout", "rflo"): "readout without loop",
    }
    for (part, v), label in labels.items():
        losses[part, v], _ = at_honest_rate(results, silent, periodic.PART_RATES, part=part, variant=v)
        rows["readout" if part == "readout" else v, label] = losses[part, v]
    both, untrained = losses["both", "rflo"], np.median(periodic.untrained(results.seeds, 200)[0])
    return Claim(
        "Recurrent and readout weights must learn together.",
        "Fig. 2, supplement 2",
        "20 τ, 4,000 trials, rates chosen on the other networks",
        "final loss, over that of both by RFLO",
        (
            _compared("recurrent only", losses["recurrent", "rflo"], both, ABOVE),
            _compared("readout with loop, delta rule", losses["loop", "rflo"], both, ABOVE),
            _compared("recurrent only, BPTT", losses["recurrent", "bptt"], both, None),
            _compared("readout with loop, exact", losses["loop", "bptt"], both, None),
        ),
        partial(draw.row_panels, {"": rows}, untrained, "untrained"),
    )


def _sizes():
    results, silent = _load("periodic_size"), silent_loss()
    shapes = [(n, 1.5) for n in periodic.SIZES] + [(30, g) for g in periodic.GAINS if g != 1.5]
    return {(v, n, g): final(results, silent, variant=v, n_rec=n, g=g) for v in ("bptt", "rflo") for n, g in shapes}


def _gains(v):
    """Final losses of a rule by the gain, where it scales the readout too."""
    results, silent = _load("gain_of_readout"), silent_loss()
    return {g: final(results, silent, variant=v, g=g) for g in periodic.GAINS}


def larger():
    """Whether more units and more gain lower the loss."""
    losses, parts = _sizes(), []
    for v in ("rflo", "bptt"):
        for label, large, small in (("N 100 / 10", (100, 1.5), (10, 1.5)), ("g 2 / 0.5", (30, 2.0), (30, 0.5))):
            region = BELOW if v == "rflo" else None
            parts.append(_compared(f"{STYLES[v]['label']}, {label}", losses[v, *large], losses[v, *small], region))
        if v == "rflo":
            for large, small in ((1.0, 0.5), (2.0, 1.0)):
                steps = (losses[v, 30, g] for g in (large, small))
                parts.append(_compared(f"RFLO, g {large:g} / {small:g}", *steps, BELOW))
        with_readout = _gains(v)
        label = f"{STYLES[v]['label']}, g 2 / 0.5, readout too"
        parts.append(_compared(label, with_readout[2.0], with_readout[0.5], BELOW if v == "rflo" else None))
    return Claim(
        "More units and more gain lower the loss.",
        "Fig. 2, supplement 3",
        "20 τ, 10,000 trials, the paper's rate; g scales W, and in two rows the readout too; pairs of networks of two "
        "sizes are arbitrary",
        "final loss, large / small",
        tuple(parts),
        partial(draw.losses_by_size, losses, periodic.SIZES, periodic.GAINS),
    )


# Fig. 3 and Fig. 4


def timing():
    """Ready, Set, Go, by the longest interval."""
    parts, answers = [], {}
    for longest in interval.LONGEST:
        silent, losses = interval_silent(longest), {}
        for rule in COMPARED:
            losses[rule], answers[longest, rule] = _timed(longest, rule, silent)
        region = ALIKE if longest <= 150 else ABOVE
        parts.append(_compared(f"up to {_taus(longest)}", losses["rflo"], losses["bptt"], region, silent))
    return Claim(
        "RFLO times an interval about as well as BPTT up to 15 τ; beyond, BPTT is better.",
        "Fig. 3",
        "Ready-Set-Go, 5,000 trials, the best rates of a sweep on other networks",
        "final loss, RFLO / BPTT",
        tuple(parts),
        partial(draw.produced_intervals, answers),
    )


def _timed(longest, rule, silent):
    """Final losses of Ready-Set-Go at the best rate, and the intervals asked and produced."""
    results, at = _load("ready_set_go"), {"longest": longest, "rule": rule}
    tests = (results.get(name, **at).astype(float) for name in ("interval", "produced"))
    return final(results, silent, **at), tuple(tests)


def interval_silent(longest):
    """Loss of the output 0 in Ready-Set-Go: the mean over its intervals."""
    drawn = range(interval.SHORTEST, longest + 1)
    return float(np.mean([np.mean(interval.ready_set_go(one, longest)[1] ** 2) / 2 for one in drawn]))


def answered():
    """How often, and how well, networks answer in Ready-Set-Go, as a table."""
    rows = []
    for longest, rule, answers, off in _answered():
        whole = share_interval(answers.all(axis=1).sum(), len(answers))
        rows.append([_taus(longest), STYLES[rule]["label"], f"{answers.mean():.0%}", f"{whole:.2g}", off])
    head = ["longest interval", "rule", "tests answered", "networks that answer all", "median error (τ)"]
    return as_table(head, rows)


def _answered():
    for longest in interval.LONGEST:
        for rule in ("rflo", "bptt"):
            _, (asked, produced) = _timed(longest, rule, interval_silent(longest))
            there = np.isfinite(produced)
            off = np.median(abs(produced - asked)[there]) / 10 if there.any() else None
            yield longest, rule, there, off


def syllables_first():
    """Syllables and reward against the whole sequence at once."""
    results, losses, shown = _load("syllables"), {}, {}
    silent = np.mean(np.sum(syllables.movement(range(syllables.N_SYLLABLES)) ** 2, axis=1)) / 2
    n, n_order, whole = (*(results.settings[0][name] for name in ("n_trials", "n_order")), 4 * syllables.STEPS)
    steps, early = n * syllables.STEPS + n_order * whole, {}
    millions = [round(of / 1e6) for of in (steps, (n + n_order) * whole)]
    for way in ("bptt", "rflo", "syllables"):
        losses[way], rate = at_honest_rate(results, silent, syllables.RATES, "off", way=way)
        at = {"way": way, "rate": rate}
        shown[way] = {name: results.get(name, **at) for name in ("trial", "curve", "path", "target_path")}
        if way != "syllables":
            k = np.nanargmin(abs(np.log(shown[way]["trial"][0] * whole / steps)))
            early[way] = count_diverged(shown[way]["curve"][:, k], silent)
    return Claim(
        "Syllables, then reward, beat learning the whole sequence.",
        "Fig. 4",
        f"{n + n_order:,} trials each, that is {millions[0]} against {millions[1]} million steps, rates chosen on the "
        "other networks",
        "loss with learning off, syllables / whole",
        (
            *(_compared(f"whole by {STYLES[v]['label']}", losses["syllables"], losses[v], BELOW) for v in early),
            *(
                _compared(f"whole by {STYLES[v]['label']}, equal steps", losses["syllables"], early[v], None)
                for v in early
            ),
        ),
        partial(draw.sequences, shown, silent),
    )


# Not in the paper


def ranking():
    """Whether BPTT ends below RFLO whatever the network's size and gain."""
    losses = _sizes()
    shapes = [(f"N = {n}", n, 1.5) for n in periodic.SIZES] + [
        (f"g = {g:g}", 30, g) for g in periodic.GAINS if g != 1.5
    ]
    ratios = {(n, g): losses["rflo", n, g] / losses["bptt", n, g] for _, n, g in shapes}
    return Claim(
        "At 20 τ BPTT ends below RFLO, whatever the size and the gain.",
        "not in the paper",
        "10,000 trials, the paper's rate; g = 1.5 or N = 30; pairs of networks of two sizes are arbitrary",
        "final loss, RFLO / BPTT, or how that changes",
        (
            *(_compared(label, losses["rflo", n, g], losses["bptt", n, g], ABOVE) for label, n, g in shapes),
            _compared("ratio at N = 100 / at N = 10", ratios[100, 1.5], ratios[10, 1.5], None),
            _compared("ratio at g = 2 / at g = 0.5", ratios[30, 2.0], ratios[30, 0.5], None),
        ),
        partial(draw.ratios_by_size, losses, periodic.SIZES, periodic.GAINS),
    )


def stored():
    """Whether a rule that follows its target while it learns has stored it."""
    results, silent = _load("periodic_online"), silent_loss()
    losses = {name: [final(results, silent, name, T=T) for T in periodic.PERIODS] for name in ("final", "frozen")}
    return Claim(
        "A network that follows its target while it learns has stored it.",
        "not in the paper",
        "RFLO at every step without the factor 1/T, 3,000 trials",
        "loss with learning off / on",
        tuple(
            _compared(_taus(T), off, on, ALIKE)
            for T, on, off in zip(periodic.PERIODS, losses["final"], losses["frozen"], strict=True)
        ),
        partial(draw.on_and_off, losses, silent),
    )


def led():
    """What the readout alone does with an update at each step without the factor 1/T, as a table."""
    both, alone, silent, rows = _load("periodic_online"), _load("readout_online"), silent_loss(), []
    for T in dict.fromkeys(setting["T"] for setting in alone.settings):
        for label, results in (("RFLO", both), ("readout only", alone)):
            on, off = (final(results, silent, name, T=T) for name in ("final", "frozen"))
            rows.append([_taus(T), label, f"{median_interval(on):.2g}", f"{median_interval(off):.2g}", len(on)])
    return as_table(["period", "what learns", "loss, learning on", "loss, learning off", "networks"], rows)


def _late_cosines(rule):
    """Cosines of the updates of W to the gradient at the looks from `LATE` on, while a rule trains."""
    results = _load("angles")
    late = results.get("trial", rule=rule)[0] >= LATE
    return {part: np.cos(np.radians(results.get(part, rule=rule).astype(float)[:, late])) for part in beyond.PARTS}


def both_cost():
    """What locality and random feedback cost in direction while RFLO trains."""
    results, cosines = _load("angles"), {}
    for rule in COMPARED[::-1]:
        trial = results.get("trial", rule=rule)[0]
        for part in beyond.PARTS:
            cosines[rule, part] = trial, np.cos(np.radians(results.get(part, rule=rule).astype(float)))
    late = {part: of.mean(axis=1) for part, of in _late_cosines("rflo").items()}
    n = len(late["rflo"])
    return Claim(
        "While RFLO trains, locality costs more direction than random feedback, which still adds to it.",
        "not in the paper",
        "20 τ, mean over the looks from trial 300 on, which become rarer",
        "cosine to the gradient of W, its difference or ratio",
        (
            *(Part(STYLES[part]["label"], median_interval(late[part]), n, None) for part in beyond.PARTS),
            Part("local − random", median_interval(late["local"] - late["random"]), n, (-np.inf, 0)),
            Part("RFLO − local", median_interval(late["rflo"] - late["local"]), n, (-np.inf, 0)),
            Part("RFLO / local", median_interval(late["rflo"] / late["local"]), n, None),
        ),
        partial(draw.cosines_over_trials, cosines),
        "share",
    )


def memory_of_trace():
    """Whether RFLO needs traces that last as long as its units remember, on a task whose error is always there."""
    results, silent, losses = _load("trace_memory"), silent_loss(), {}
    rates = sorted({s["rate"] for s in results.settings})
    for tau_e in supplements.TRACES:
        losses[tau_e], _ = at_honest_rate(results, silent, rates, tau_e=tau_e)
    names = {1: "no memory", 10: "τ", 100: "10 τ"}
    return Claim(
        "On the periodic task RFLO needs traces as long as a unit's own memory.",
        "not in the paper",
        "20 τ, 3,000 trials, rates chosen on the other networks",
        "final loss, to traces of τ",
        tuple(_compared(names[tau_e], losses[tau_e], losses[10], ABOVE) for tau_e in (1, 100)),
        partial(draw.row_panels, {"": {("rflo", names[tau_e]): of for tau_e, of in losses.items()}}),
    )


def low_rank():
    """The rank of what is learned."""
    results = _load("angles")
    ranks = {rule: results.get("rank", rule=rule).astype(float) / 30 for rule in ("rflo", "bptt")}
    spectra = {rule: results.get("spectrum", rule=rule) for rule in COMPARED}
    return Claim(
        "What W learns is a change of low rank, under both rules.",
        "not in the paper",
        "20 τ, one output, 10,000 trials",
        "stable rank / N",
        tuple(Part(STYLES[rule]["label"], median_interval(of), len(of), (-np.inf, 0.1)) for rule, of in ranks.items()),
        partial(draw.spectra, spectra),
        "share",
    )


def share_of_draws(log_losses):
    """Share of the variance of the log loss that is between draws for one network (one-way analysis of variance).

    Parameters
    ----------
    log_losses : ndarray, shape (n_draws, n_networks)

    Returns
    -------
    float
    """
    within = log_losses.var(axis=0, ddof=1).mean()
    between = max(log_losses.mean(axis=0).var(ddof=1) - within / len(log_losses), 0)
    return within / (within + between)


def draw_of_b():
    """How much of the spread of RFLO's loss is due to the draw of B."""
    log_losses = np.log10(_load("feedback_draws").arrays["final"].astype(float))
    n, rng = log_losses.shape[1], np.random.default_rng(0)
    shares = [share_of_draws(log_losses[:, rng.integers(n, size=n)]) for _ in range(2000)]
    low, high = np.percentile(shares, [2.5, 97.5]).tolist()
    return Claim(
        "Which B was drawn matters more for the loss than which network.",
        "not in the paper",
        "20 τ, 10,000 trials, ten draws of B for each network",
        "share of the variance of the log loss",
        (Part("draw of B", Interval(low, float(share_of_draws(log_losses)), high), n, (0.5, np.inf)),),
        partial(draw.draws, 10**log_losses),
        "share",
    )


def controls():
    """What one rounding, another B, and a B that does not last do to RFLO's final loss, as a table."""
    results, silent = _load("feedback_controls"), silent_loss()
    usual, twin, fresh = (final(results, silent, control=name) for name in ("usual", "twin", "fresh"))
    draws = np.log10(_load("feedback_draws").arrays["final"].astype(float))
    of_draws, of_twin = draws.std(axis=0, ddof=1), np.abs(np.log10(twin / usual)) / np.sqrt(2)
    rows = [
        ["ten draws of B", f"{np.median(of_draws):.2g}", None, draws.shape[1]],
        ["two starts one rounding apart", f"{np.median(of_twin):.2g}", told(ratio_interval(twin, usual)), len(twin)],
        ["B drawn anew in each trial", None, told(ratio_interval(fresh, usual)), len(fresh)],
    ]
    head = ["", "spread on one network (decades, median)", "final loss, to B as drawn", "networks"]
    return as_table(head, rows)


TRIALS = (100, 300, 1000, 3000, 10_000)


def over_size_and_trials():
    """Ratio of the losses of RFLO and BPTT at 20 time constants, by units and by trials; at the end of final losses.

    Returns
    -------
    dict of Interval
    """
    results, ends, ratios = _load("periodic_size"), _sizes(), {}
    for n in periodic.SIZES:
        at = {v: {"variant": v, "n_rec": n, "g": 1.5} for v in COMPARED}
        trial = results.get("trial", **at["bptt"])[0]
        curves = {v: final(results, silent_loss(), "curve", **at[v]) for v in COMPARED}
        for trials in TRIALS[:-1]:
            k = _nearest(trial, trials)
            ratios[n, trials] = ratio_interval(curves["rflo"][:, k], curves["bptt"][:, k])
        ratios[n, TRIALS[-1]] = ratio_interval(ends["rflo", n, 1.5], ends["bptt", n, 1.5])
    return ratios


def size_map():
    """The ratios of `over_size_and_trials` as a map."""
    return draw.ratio_map(over_size_and_trials(), periodic.SIZES, TRIALS, ("units $N$", "trials"))


def in_time_constants():
    """Over time constant and period: where BPTT ends below RFLO."""
    results, silent, ratios = _load("time_scales"), silent_loss(), {}
    for tau in beyond.TAUS:
        for T in beyond.SCALE_PERIODS:
            rflo, bptt = (
                at_honest_rate(results, silent, beyond.RATES, tau=tau, T=T, rule=rule)[0] for rule in ("rflo", "bptt")
            )
            ratios[tau, T] = np.log(rflo / bptt), min(np.median(rflo), np.median(bptt)) < LEARNED * silent
    parts = []
    for turns in (5, 10, 20, 40):
        fields = [ratios[tau, T] for tau, T in ratios if turns * tau == T]
        each = np.mean([of for of, _ in fields], axis=0)  # a network's mean over the fields of one diagonal
        found = Interval(*np.exp(median_interval(each)).tolist())
        parts.append(Part(f"T = {turns} τ", found, len(each), ABOVE, all(learned for _, learned in fields)))
    shown = {key: Interval(*np.exp(median_interval(of)).tolist()) for key, (of, _) in ratios.items()}
    return Claim(
        "BPTT ends below RFLO, whatever the period in time constants.",
        "not in the paper",
        "3,000 trials, rates chosen on the other networks",
        "final loss, RFLO / BPTT",
        tuple(parts),
        partial(
            draw.ratio_map,
            shown,
            beyond.TAUS,
            beyond.SCALE_PERIODS,
            (r"time constant $\tau$ (steps)", "period $T$ (steps)"),
        ),
    )


def lags():
    """The Add task, by its lags."""
    results, parts, shown = _load("add"), [], {}
    for pair in beyond.LAGS:
        losses, curves = {}, {}
        for rule in COMPARED:
            losses[rule], rate = _added(pair, rule)
            at = {"lags": list(pair), "rule": rule, "rate": rate}
            curves[rule] = results.get("trial", **at)[0], results.get("curve", **at)
        shown[pair] = curves
        parts.append(_compared(f"lags {pair[0]} and {pair[1]}", losses["rflo"], losses["bptt"], ABOVE))
    return Claim(
        "On the Add task BPTT ends below RFLO at all lags.",
        "not in the paper",
        "32 units, τ = 2, 5,000 trials, rates chosen on the other networks",
        "final loss, RFLO / BPTT",
        tuple(parts),
        partial(draw.add_curves, shown, beyond.add_floors()),
    )


def _added(pair, rule):
    """Final losses on the Add task at the rate that is best for the others, and that of most networks."""
    results = _load("add")
    rates = [s["rate"] for s in results.settings if (tuple(s["lags"]), s["rule"]) == (pair, rule)]
    return at_honest_rate(results, beyond.add_floors()["neither"], rates, lags=list(pair), rule=rule)


def rtrl_is_bptt():
    """RTRL and BPTT as runs on a computer."""
    results, parts, shown = _load("periodic_rtrl"), [], {}
    for setting in results.settings:
        T = setting["T"]
        last, bptt, twin = (results.get(name, T=T).astype(float) for name in ("final", "final_bptt", "final_twin"))
        label = f"{_taus(T)}, {setting['n_trials']:,} trials"
        parts += [_compared(label, last, bptt, ALIKE), _compared(f"{_taus(T)}, twin", twin, bptt, None)]
        shown[T] = {name: results.get(name, T=T) for name in ("trial", "difference", "twin_difference")}
    return Claim(
        "RTRL ends where BPTT ends.",
        "not in the paper",
        "in blocks of 30 steps, the paper's rates of BPTT",
        "final loss, RTRL / BPTT",
        tuple(parts),
        partial(draw.twins, shown),
    )


CLAIMS = (
    comparable,
    long_periods,
    spikes,
    comparable_bounded,
    long_bounded,
    aligns,
    locality,
    locality_bounded,
    alone_or_together,
    dale,
    together,
    larger,
    timing,
    syllables_first,
    ranking,
    stored,
    both_cost,
    memory_of_trace,
    low_rank,
    draw_of_b,
    in_time_constants,
    lags,
    rtrl_is_bptt,
)


# Numbers that the text needs and no claim has


def chosen_rates():
    """The rates of the periodic task: the best of our sweep, and the paper's, as a table."""
    rows = [
        [
            STYLES[v]["label"],
            *(f"{periodic.BEST_RATES[v][T]:g} ({periodic.PAPER_RATES[v][T]:g})" for T in periodic.PERIODS),
        ]
        for v in COMPARED
    ]
    return as_table(["best rate (paper's)", *map(_taus, periodic.PERIODS)], rows)


def stream_losses(name="stream"):
    """Losses on a stream, by the way of learning: a rule, or it and K; each of shape (n_networks, n_sections).

    Where a run has diverged it counts with the loss of an output that knows nothing.

    Parameters
    ----------
    name : {"stream", "stream_signal"}
        Of the experiment: bits, or a heartbeat.

    Returns
    -------
    dict of ndarray
    """
    return {rule if K is None else (rule, K): of for (rule, K), of in _stream_ends(name, "loss").items()}


def _stream_ends(name="stream", array="final"):
    """Final losses on a stream, by the rule and K, or another array of losses."""
    floors = beyond.add_floors() if name == "stream" else stream.signal_floors()
    results, nothing = _load(name), max(floors.values())
    return {(rule, K): final(results, nothing, array, rule=rule, K=K) for rule, K in stream.WAYS}


def _way(rule, K):
    if K is None:
        return "SnAp-1" if rule == "snap1" else STYLES[rule]["label"]
    return {"bptt": f"truncated BPTT, K = {K}", "rtrl": f"RTRL in blocks, K = {K}"}[rule]


def streams(name="stream"):
    """What the ways of learning end with on a stream, as a table.

    Parameters
    ----------
    name : {"stream", "stream_signal"}
        Of the experiment: bits, or a heartbeat.

    Returns
    -------
    IPython.display.Markdown
    """
    rows, ends = [], _stream_ends(name)
    if name == "stream":
        last, first = "share that knows both bits", beyond.add_floors()["first"]
        found = {way: share_interval(np.sum(losses < first / 2), len(losses)) for way, losses in ends.items()}
    else:
        last, off = "loss with learning off", _stream_ends(name, "frozen")
        found = {way: median_interval(losses) for way, losses in off.items()}
    for (rule, K), losses in ends.items():
        (rate,) = {s["rate"] for s in _load(name).settings if (s["rule"], s["K"]) == (rule, K)}
        row = [_way(rule, K), rate, f"{median_interval(losses):.2g}", None, None, f"{found[rule, K]:.2g}"]
        if rule != "readout":
            paired = paired_comparison(losses, ends["readout", None])
            row[3:5] = told(paired.ratio), correlated(paired.correlation)
        rows.append(row)
    return as_table(["", "rate of a step", "final loss", "to readout only", "correlation", last], rows)


def _heartbeats(until=40):
    """What the text says of the heartbeat as a stream, as texts by name; early is the loss up to so many sections."""
    ends, early = (_stream_ends("stream_signal", array) for array in ("final", "loss"))
    early = {way: losses[:, until - 5 : until].mean(axis=1) for way, losses in early.items()}
    bptt, readout, rtrl, blocks = ("bptt", 8), ("readout", None), ("rtrl", None), ("rtrl", 8)
    snap1, rflo = ("snap1", None), ("rflo", None)
    ratios = {
        "rtrl-over-bptt": (ends[rtrl], ends[bptt]),
        "snap-1-over-bptt": (ends[snap1], ends[bptt]),
        "rflo-over-bptt": (ends[rflo], ends[bptt]),
        "rflo-over-readout": (ends[rflo], ends[readout]),
        "k-2-over-readout": (ends["bptt", 2], ends[readout]),
        "k-8-over-readout": (ends[bptt], ends[readout]),
        "blocks-40-over-readout": (ends["rtrl", 40], ends[readout]),
        "blocks-over-bptt": (ends[blocks], ends[bptt]),
        "blocks-over-bptt-early": (early[blocks], early[bptt]),
    }
    said = {f"heartbeat-{name}": told(ratio_interval(*losses)) for name, losses in ratios.items()}
    lost = ~np.isfinite(_load("stream_signal").get("loss", rule="rtrl", K=8))
    for name, sections in (("", slice(None)), ("-early", slice(until))):
        said[f"heartbeat-blocks-lost{name}"] = _of(lost[:, sections].any(axis=1))
    return said


def silent_sines():
    """Loss of the output 0 on the task of `prices`."""
    return float(np.mean(sum_of_sines(price.PERIOD).y_target ** 2) / 2)


def prices():
    """What the ways of learning reach on the sum of sines, by way: BPTT, BPTT and its K, RFLO, or SnAp-1.

    Returns
    -------
    curves : dict
        Trials, and losses of shape (n_networks, n_trials), at the best rate for most networks, where no run diverges.
    ends : dict of ndarray
        Final losses, each network's at the rate that is best for the others.
    """
    results, silent, curves, ends = _load("price"), silent_sines(), {}, {}
    for rule, K in price.WAYS:
        way, at = rule if K is None else (rule, K), {"rule": rule, "K": K}
        ends[way], rate = at_honest_rate(results, silent, price.RATES, **at)
        trial, curve = (results.get(name, rate=rate, **at) for name in ("trial", "curve"))
        curves[way] = trial[0], count_diverged(curve, silent)
    return curves, ends


def _prices():
    """Ratios of the losses of `prices`, at the end and after 100 trials, and at BPTT's own rate, as texts by name."""
    (curves, ends), results, silent = prices(), _load("price"), silent_sines()
    named = {"bptt": ("bptt", None), "rflo": ("rflo", None), "snap-1": ("snap1", None)}
    named |= {f"k-{K}": (rule, K) for rule, K in price.WAYS if K}
    k, rate = _nearest(curves["bptt"][0], 100), at_honest_rate(results, silent, price.RATES, rule="bptt", K=None)[1]
    losses = {"": {}, "100-": {}, "same-rate-": {}, "100-same-rate-": {}}
    for name, (rule, K) in named.items():
        way, at = rule if K is None else (rule, K), {"rule": rule, "K": K, "rate": rate}
        losses[""][name], losses["100-"][name] = ends[way], curves[way][1][:, k]
        losses["same-rate-"][name] = final(results, silent, **at)
        losses["100-same-rate-"][name] = final(results, silent, "curve", **at)[:, k]
    said = {f"price-rate-{v}": f"{at_honest_rate(results, silent, price.RATES, rule=v, K=None)[1]:g}" for v in COMPARED}
    return said | {
        f"price-{when}{name}-over-bptt": told(ratio_interval(of[name], of["bptt"]))
        for when, of in losses.items()
        for name in named
        if name != "bptt"
    }


def _branches():
    """The numbers on the branches of the tree of decisions that no claim has, as texts by name."""
    ends, first = _stream_ends(), beyond.add_floors()["first"]
    said = {f"branch-{_slug(_way(*way))}": of < first / 2 for way, of in ends.items()}
    said = {name: _of(which) for name, which in said.items()}
    for name, way in (("rtrl", ("rtrl", None)), ("blocks", ("rtrl", 8))):
        said[f"branch-{name}-over-bptt"] = told(ratio_interval(ends[way], ends["bptt", 8]))
    return said


def _choices():
    """Under each choice: the rule, the choice, the final losses, and the usual ones; at 20 time constants."""
    main, other, silent = _load("periodic"), _load("periodic_choices"), silent_loss()
    start, step = {"random start": {"h0": "random"}}, {"update at each step": {"update": "step"}}
    for v, tried in (("bptt", start), ("rflo", start | step), ("readout", step)):
        where, at = (other, {"update": "trial"}) if v == "readout" else (main, {})
        usual = final(where, silent, variant=v, T=200, rate=0.03, **at)
        yield v, "as usual", usual, usual
        for label, at in tried.items():
            yield v, label, final(other, silent, variant=v, T=200, rate=0.03, **at), usual


def open_choices():
    """Final losses at 20 time constants under other choices than ours, and their ratio to the usual one, as a table."""
    rows = []
    for v, label, losses, usual in _choices():
        ratio = None if losses is usual else told(ratio_interval(losses, usual))
        rows.append([STYLES[v]["label"], label, f"{median_interval(losses):.2g}", ratio])
    return as_table(["rule", "choice", "final loss", "to the usual"], rows)


def pairing(n_shuffles=200):
    """What pairing brought: the correlation of two rules over the networks, and how often other pairs do better.

    Parameters
    ----------
    n_shuffles : int
        So many times the networks are paired at random.

    Returns
    -------
    IPython.display.Markdown
    """
    losses, rows = _periodic_losses(_load("periodic"), periodic.BEST_RATES), []
    pairs = {f"RFLO and BPTT, {_taus(T)}": (losses["rflo", T], losses["bptt", T]) for T in periodic.PERIODS}
    bounded_at = _at_best_rates()[200]
    pairs["random feedback only and BPTT, 20 τ, with a bound"] = bounded_at["random"][0], bounded_at["bptt"][0]
    rng = np.random.default_rng(0)
    for label, (one, other) in pairs.items():
        a, b = np.log(one), np.log(other)
        width, *shuffled = (
            found.high - found.low
            for found in (
                median_interval(a - x, n_resamples=500) for x in (b, *(rng.permutation(b) for _ in range(n_shuffles)))
            )
        )
        rows.append([label, f"{np.corrcoef(a, b)[0, 1]:.2f}", f"{np.mean(np.array(shuffled) < width):.0%}"])
    return as_table(["", "correlation of log losses", "random pairs with a narrower interval"], rows)


def curves_at(T):
    """Learning curves of one period at the best rates: the trials and the losses of BPTT and of RFLO.

    Parameters
    ----------
    T : int

    Returns
    -------
    dict
        Of "bptt" and "rflo" to the trials, shape (n,), and the losses, shape (n_networks, n).
    """
    results, curves = _load("periodic"), {}
    for v in COMPARED:
        at = {"variant": v, "T": T, "rate": periodic.BEST_RATES[v][T]}
        curves[v] = results.get("trial", **at)[0], results.get("curve", **at).astype(float)
    return curves


def rate_medians():
    """Median final losses of the sweep of rates, and the rates that were chosen, as `figures.rate_grid` takes them.

    Returns
    -------
    medians, marks : dict
    """
    sweep = _load("periodic_rates")
    of = np.median(all_finals(sweep), axis=1)
    by_setting = {(s["variant"], s["T"], s["rate"]): median for s, median in zip(sweep.settings, of, strict=True)}
    medians = {
        (v, T // 10): np.array([by_setting[v, T, rate] for rate in periodic.RATES])
        for v in COMPARED
        for T in periodic.PERIODS
    }
    marks = {
        marker: {(v, T // 10): of[v][T] for v in ("bptt", "rflo") for T in periodic.PERIODS}
        for marker, of in (("^", periodic.PAPER_RATES), ("o", periodic.BEST_RATES))
    }
    return medians, marks
