"""Claims: verdicts follow from intervals, and every verdict that the chapter shows is the one that the data give."""

import html
import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rnn_book import claims, figures
from rnn_book.claims import ABOVE, ALIKE, BELOW, Claim, Part, combine
from rnn_book.dashboard import dashboard
from rnn_book.statistics import Interval, ratio_interval

BOOK = Path(__file__).parents[1] / "book"
CHAPTER = BOOK / "claims.ipynb"
NAMES = [function.__name__ for function in claims.CLAIMS]
found = cache(claims.every)  # computed by the tests that need it


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.mark.parametrize(
    ("interval", "region", "verdict"),
    [
        ((1.1, 2, 9), ABOVE, "holds"),
        ((0.9, 2, 9), ABOVE, "cannot tell"),
        ((0.2, 0.5, 0.9), ABOVE, "contradicted"),
        ((0.2, 0.5, 0.9), BELOW, "holds"),
        ((0.6, 1, 1.9), ALIKE, "holds"),
        ((0.4, 1, 1.9), ALIKE, "cannot tell"),
        ((2.1, 3, 4), ALIKE, "contradicted"),
        ((1.2, 1.5, 1.9), ALIKE, "holds"),
    ],
)
def test_a_verdict_follows_from_interval_and_region(interval, region, verdict):
    assert Part("", Interval(*interval), 20, region).verdict == verdict


def test_too_few_networks_or_nothing_learned_tell_nothing():
    clear = Interval(2, 3, 4)
    assert Part("", clear, 6, ABOVE).verdict == "holds"
    assert Part("", clear, 5, ABOVE).verdict == "cannot tell"
    assert Part("", clear, 20, ABOVE, informative=False).verdict == "cannot tell"
    assert Part("", clear, 20, None).verdict is None


@pytest.mark.parametrize(("high", "shown"), [(2.02, "1.04 [0.868, 2.02]"), (2.2, "1 [0.87, 2.2]")])
def test_an_interval_does_not_read_as_ending_where_the_claim_does(high, shown):
    """Where it ends just outside, two digits would let it look as if it lay inside."""
    assert Part("", Interval(0.868, 1.04, high), 20, ALIKE).shown == shown


@pytest.mark.parametrize(
    ("parts", "verdict"),
    [
        (["holds", "holds"], "holds"),
        (["holds", "contradicted"], "in part"),
        (["holds", "cannot tell"], "in part"),
        (["cannot tell", "cannot tell"], "cannot tell"),
        (["contradicted", "cannot tell"], "contradicted"),
    ],
)
def test_a_claim_combines_its_parts(parts, verdict):
    assert combine(parts) == verdict


def test_two_rules_that_have_not_learned_cannot_be_alike():
    rng = np.random.default_rng(0)
    a, b = 0.3 * np.exp(0.01 * rng.normal(size=(2, 20)))
    assert claims._compared("", a, b, ALIKE).verdict == "holds"
    assert claims._compared("", a, b, ALIKE, silent=0.33).verdict == "cannot tell"
    assert claims._compared("", a, b, ALIKE, silent=3.3).verdict == "holds"


def test_a_diverged_run_counts_with_its_own_silent_loss():
    results = claims.experiments.load("ready_set_go")
    lost = results.get("diverged", longest=150, rule="bptt", rate=0.1)
    assert lost.sum() == 1
    assert claims.final(results, 0.034, longest=150, rule="bptt", rate=0.1)[lost] == 0.034
    _, rate = claims.at_honest_rate(results, 0.034, claims.interval.RATES["bptt"], longest=150, rule="bptt")
    assert rate == 0.03, "the largest rate at which no run diverged"


def test_results_are_read_once_and_a_refusal_is_never_kept_back(monkeypatch):
    asked = []

    def load(name):
        asked.append(name)
        if name == "refused":
            raise ValueError("of other code")
        return name

    monkeypatch.setattr(claims.experiments, "load", load)
    assert claims._load("fine") == claims._load("fine") == "fine"
    for _ in range(2):
        with pytest.raises(ValueError, match="other code"):
            claims._load("refused")
    assert asked == ["fine", "refused", "refused"]


# The chapter


def verdicts_in(text):
    """All verdicts of a text, as (verdict, name of the claim)."""
    return re.findall(r"\*(holds|in part|contradicted|cannot tell)\* \(`(\w+)`\)", text)


def wrong_verdicts(text, computed):
    return [(said, name) for said, name in verdicts_in(text) if computed[name].verdict != said]


def prose(*chapters):
    """The words of the two chapters that state verdicts, or of some."""
    cells = [
        cell
        for path in chapters or (CHAPTER, BOOK / "comparison.ipynb")
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
    ]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def test_every_verdict_in_the_text_is_the_computed_one():
    assert {name for _, name in verdicts_in(prose())} == found().keys()
    assert wrong_verdicts(prose(), found()) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_verdict_is_caught(name):
    said = found()[name].verdict
    for other in {*claims.VERDICTS} - {said}:
        changed = prose().replace(f"*{said}* (`{name}`)", f"*{other}* (`{name}`)")
        assert set(wrong_verdicts(changed, found())) == {(other, name)}


def test_no_verdict_stands_in_the_text_without_its_claim():
    """Bold words define the verdicts; in italics each is bound to a claim, or said of none ("no polite *no*")."""
    words = re.findall(r"(?<!\*)\*(holds|in part|contradicted|cannot tell|Cannot tell)\*(?!\*)( \(`\w+`\))?", prose())
    unbound = [word for word, name in words if not name]
    assert unbound == ["Cannot tell", "Cannot tell", "cannot tell"], "how to read it, a quiz and an exercise"


# What a number in the text may be. Each other one would be a result, and must be glued.
PERIODS_AND_INTERVALS = "5 10 15 20 25 40 80 160 200 1600"
TRIALS_AND_STEPS = "20 30 50 60 100 200 600 1,000 1,500 3,000 4,000 5,000 10,000 20,000 30,000 100,000"
UNITS_AND_LAGS = "10 20 30 32 50 100 4 8"
RATES_AND_BOUNDS = "0.1 0.3 0.5 1 0.03 0.001 0.0003"
PLACES_IN_THE_PAPER = "1 2 3 4 5 15"  # figures, supplements, equations; also of lists and quizzes
OF_THE_METHOD = "0 1 0.1 0.03 95 180"  # borders of regions, the initial state, an output, a p, intervals, angles
OF_EXERCISES = "0.76 2.5 29 1 2"
OF_READING = "40 60"  # minutes
NO_RESULTS = {
    *f"{PERIODS_AND_INTERVALS} {TRIALS_AND_STEPS} {UNITS_AND_LAGS} {RATES_AND_BOUNDS}".split(),
    *f"{PLACES_IN_THE_PAPER} {OF_THE_METHOD} {OF_EXERCISES} {OF_READING}".split(),
}


def typed_results(text):
    """Numbers of a text that stand neither in code, formulae, roles nor addresses, nor in the list above."""
    for aside in (
        r"(?s)\$\$.*?\$\$",
        r"(?s)```\{math\}.*?```",
        r"\$[^$]+\$",
        r"\{[\w:]+\}`[^`]*`",
        r"`[^`]*`",
        r"\]\([^)]*\)",
        r"<[^>]*>",
    ):
        text = re.sub(aside, "", text)
    return [number for number in re.findall(r"\d[\d,.]*\d|\d", text) if number not in NO_RESULTS]


def test_no_result_is_typed():
    assert typed_results(prose()) == []


@pytest.mark.parametrize("planted", ["about 31 times", "a ratio of 2.7", "RFLO ends at 0.0047", "in 17 of 20 networks"])
def test_a_typed_result_is_found(planted):
    assert len(typed_results(f"{prose()}\n\nIt is {planted}.")) == 1


def quotations(text):
    return re.findall(r"\{glue:text\}`([^`]+)`", text)


def test_every_number_that_is_quoted_has_a_name_of_its_own():
    said, n_parts = claims.numbers(found()), sum(len(claim.parts) for claim in found().values())
    assert len(said) == n_parts + 2 + 2 + 8 + 10 + 6 + 8 + 12, "no two have one name"
    assert {*quotations(prose())} <= said.keys()
    for name, claim in found().items():
        shown = [said[key] for key in said if key.startswith(f"{name}-")]
        assert shown == [part.shown for part in claim.parts]


def test_what_the_comparison_quotes_it_has_glued():
    """It computes some of the claims alone, and glues their numbers."""
    cells = json.loads((BOOK / "comparison.ipynb").read_text(encoding="utf-8"))["cells"]
    (code,) = ["".join(c["source"]) for c in cells if c["cell_type"] == "code" and "glue(" in "".join(c["source"])]
    names = re.findall(r'"(\w+)"', code)
    quoted = {name.partition("-")[0] for name in quotations(prose(BOOK / "comparison.ipynb"))}
    assert quoted - {"branch", "passed"} == {*names}


def test_the_stored_table_is_the_computed_one():
    cells = json.loads(CHAPTER.read_text(encoding="utf-8"))["cells"]
    (kept,) = [c for c in cells if "keep_output" in c["metadata"].get("tags", [])]
    stored = "".join(kept["outputs"][0]["data"]["text/markdown"])
    assert stored == claims.table(found()).data
    for name, claim in found().items():
        row = next(line for line in stored.splitlines() if line.startswith(f"| {claim.claim}"))
        assert row.startswith(f"| {claim.claim} | {claims.marked(claim.verdict)} | {claim.where} |"), name


def test_the_chapter_is_short():
    cells = json.loads(CHAPTER.read_text(encoding="utf-8"))["cells"]
    assert len(cells) <= 45


@pytest.mark.parametrize("name", NAMES)
def test_a_claim_shows_verdict_and_numbers(name):
    claim = found()[name]
    text = claim._repr_markdown_()
    assert text.startswith(f'**Verdict:** <span class="{claim.verdict.replace(" ", "-")}">{claim.verdict}</span>')
    for part in claim.parts:
        assert f"| {part.label} | {part.shown} |" in text


@pytest.mark.parametrize(
    ("region", "words"), [(ABOVE, "above 1"), (BELOW, "below 1"), (ALIKE, "0.5 to 2"), ((-np.inf, 0.1), "below 0.1")]
)
def test_regions_in_words(region, words):
    assert claims.region_in_words(region) == words


def test_what_the_text_says_of_the_stream():
    """Who knows both bits, in words, is what the stored results say."""
    share = {
        row.split(" | ")[1].split("both bits, ")[1]: float(row.split(" | ")[2].split(" ")[0])
        for row in claims.branches().data.splitlines()
        if "share" in row
    }
    assert share["RTRL"] == share["RTRL in blocks, K = 8"] == 1
    assert 0.9 <= share["truncated BPTT, K = 4"] < 1, "nearly all networks"
    assert share["truncated BPTT, K = 2"] == share["RFLO"] == share["SnAp-1"] == 0
    losses = {way: loss[:, -20:].mean(axis=1) for way, loss in claims.stream_losses().items()}
    low, _, high = claims.ratio_interval(losses["rflo"], losses["readout"])
    assert ALIKE[0] < low < high < ALIKE[1]
    assert claims.ratio_interval(losses["snap1"], losses["readout"]).high < 1
    others = [of for way, of in losses.items() if way != "rtrl"]
    assert all(claims.ratio_interval(losses["rtrl"], of).high < 1 for of in others)
    assert claims.ratio_interval(losses["rtrl", 8], losses["bptt", 8]).high < 1
    assert claims.ratio_interval(losses["rtrl", 40], losses["bptt", 8]).low > 1
    sweep = claims.experiments.load("stream_rates")
    assert all(sweep.get("diverged", rule="rtrl", K=40, rate=rate).all() for rate in claims.stream.GRID if rate > 0.01)


def test_a_run_on_the_stream_that_diverged_counts_with_the_loss_of_neither_bit():
    lost = claims.experiments.load("stream").get("diverged", rule="rtrl", K=40)
    assert lost.sum() == 1
    assert claims._stream_ends()["rtrl", 40][lost] == claims.beyond.add_floors()["neither"]
    assert np.isfinite(claims.stream_losses()["rtrl", 40]).all()


def test_what_the_text_says_of_the_readout_that_is_led():
    both, alone = (claims.experiments.load(name) for name in ("periodic_online", "readout_online"))
    for T in claims.periodic.PERIODS:
        on, off = (claims.ratio_interval(alone.get(name, T=T), both.get(name, T=T)) for name in ("final", "frozen"))
        assert on.low > 1, "it follows less closely"
        assert (off.high < 1) == (T != 800), "and stores more, but for one period"


def test_what_the_text_says_of_other_readings():
    results, silent = claims.experiments.load("readings"), claims.silent_loss()
    for reading in {setting["reading"] for setting in results.settings} - {"sum"}:
        rflo, bptt = (claims.final(results, silent, variant=v, reading=reading) for v in ("rflo", "bptt"))
        assert claims.ratio_interval(rflo, bptt).high > ALIKE[1], "none shows the two alike"
        if reading in ("small readout", "large start"):
            for v, loss in (("rflo", rflo), ("bptt", bptt)):
                usual = np.median(claims.final(results, silent, variant=v, reading="usual"))
                assert 1 / 3 < np.median(loss) / usual < 3, "a small factor"
    assert all(results.get("diverged", variant=v, reading="sum").mean() >= 0.9 for v in ("rflo", "bptt"))


def test_what_the_text_says_of_dale():
    claim, losses = found()["dale"], claims._dale_losses()
    parts = {part.label: part.interval for part in claim.parts}
    assert parts["RFLO, matched / none"].low > 1, "gain is not all"
    assert all(parts[f"RFLO / BPTT, {signs}"].low > 1 for signs in ("none", "start", "kept", "matched"))
    assert [part.verdict for part in claim.parts[:2]] == ["contradicted", "holds"]
    for part, other in zip(claim.parts[:2], ("free", "start"), strict=True):
        few = ratio_interval(losses["rflo", "kept"][:20], losses["rflo", other][:20])
        assert replace(part, interval=few, n=20).verdict == "cannot tell"


def test_what_the_text_says_of_the_ablations_at_three_periods():
    parts = {part.label: part.interval for part in found()["alone_or_together"].parts}
    assert parts["20 τ, RFLO / local"].low > 1
    assert parts["20 τ, local / BPTT"].low < 1 < parts["20 τ, local / BPTT"].high
    for T in (40, 80):
        assert parts[f"{T} τ, RFLO / local"].low < 1 < parts[f"{T} τ, RFLO / local"].high, "it ends where RFLO does"
        assert parts[f"{T} τ, local / BPTT"].low > 10, "and far above BPTT"
        assert 1 < parts[f"{T} τ, random / BPTT"].median < parts[f"{T} τ, local / BPTT"].median
    assert all(parts[f"{T} τ, RFLO / random"].low > 1 for T in (20, 40, 80))


def test_the_text_says_how_many_networks():
    """Twenty, but for two claims, which are a look at six, and one of sixty."""
    look = {"syllables_first": "6", "in_time_constants": "6"}
    assert {name: claim.n for name, claim in found().items()} == dict.fromkeys(NAMES, "20") | look | {"dale": "60"}
    for name, claim in found().items():
        assert (claim.networks == "a look at 6 networks") == (name in look)
        assert claim.networks in dashboard([claim]).data
        assert f"{claim.networks}).\n" in claim._repr_markdown_()


def test_what_the_text_says_of_size_and_gain():
    parts = {part.label: part.interval for part in found()["ranking"].parts}
    of_size, of_gain = parts["ratio at N = 100 / at N = 10"], parts["ratio at g = 2 / at g = 0.5"]
    assert of_size.low < 1 < of_size.high, "it cannot be told whether the ratio grows"
    assert of_gain.low > 1, "it does with the gain"
    assert parts["N = 100"].low > 1
    sizes = claims._sizes()
    assert claims.ratio_interval(sizes["rflo", 100, 1.5][:10], sizes["bptt", 100, 1.5][:10]).low < 1, "ten of them"
    once = claims._periodic_losses(claims._load("periodic"), claims.periodic.PAPER_RATES, periods=(200,))
    for v in ("bptt", "rflo"):
        apart = abs(np.log10(sizes[v, 30, 1.5] / once[v, 200]))
        assert np.median(apart) < 0.05, "most end near where they had ended"
        assert apart.max() > 0.5, "a few do not"


def test_what_the_text_says_of_the_rates_on_the_add_task():
    results = claims.experiments.load("add")
    rates = sorted({setting["rate"] for setting in results.settings})
    for pair in claims.beyond.LAGS:
        assert claims._added(pair, "bptt")[1] == rates[-1]
        assert (claims._added(pair, "rflo")[1] == rates[0]) == (pair != claims.beyond.LAGS[0])
        for rule in ("bptt", "rflo"):
            losses, floors = claims._added(pair, rule)[0], claims.beyond.add_floors()
            assert np.all(losses < floors["neither"])
            if pair == claims.beyond.LAGS[0]:
                assert np.all(losses < floors["first"]), "both bits"
            if pair == claims.beyond.LAGS[-1]:
                assert np.all(losses > floors["first"]), "not both"


def test_what_the_text_says_of_many_trials_and_of_the_trace():
    ratios = {n: ratio for n, ratio, _ in claims._over_trials()}
    assert all(ratios[n].low > 1 for n in (10_000, 30_000, 100_000)), "BPTT stays ahead"
    assert ratios[100_000].median < ratios[30_000].median < ratios[10_000].median, "and the ratio grows no more"
    ends = claims.experiments.load("periodic_longer")
    for v in ("bptt", "rflo"):
        curve = ends.get("curve", variant=v)
        k = np.argmin(abs(ends.get("trial", variant=v)[0] - 10_000))
        assert np.median(curve[:, -1]) < np.median(curve[:, k]) / 2, "both go on learning"
    without, longer = (part.interval for part in found()["memory_of_trace"].parts)
    assert ALIKE[0] < without.low < without.high < ALIKE[1]
    assert longer.low > 1


def test_what_the_text_says_of_the_controls():
    results = claims.experiments.load("feedback_controls")
    usual, twin, fresh = (results.get("final", control=name) for name in ("usual", "twin", "fresh"))
    assert claims.ratio_interval(fresh, usual).low > 2
    draws = np.log10(claims.experiments.load("feedback_draws").arrays["final"])
    assert np.median(abs(np.log10(twin / usual))) < 0.1 * np.median(draws.std(axis=0))


def test_the_guides_say_how_long_all_experiments_took():
    known = claims.experiments.experiments()
    seconds = [claims.experiments.read(name).provenance["seconds"] for name in known]
    said = f"{sum(seconds) / 60:.0f} minutes"
    assert f"add up to {said}" in (BOOK.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert f"together {said}" in (BOOK / "data" / "README.md").read_text(encoding="utf-8")


# Its figures


def test_the_dashboard_says_what_was_computed():
    shown = dashboard(list(found().values())).data
    said = re.findall(r'<span class="[a-z-]+">([a-z ]+)</span>', shown)
    assert sorted(said) == sorted(c.verdict for c in found().values())
    for claim in found().values():
        assert html.escape(claim.claim) in shown
        for part in claim.parts:
            told = html.escape(f"{part.label}: {part.shown}; {part.verdict}")
            assert (told in shown) == (part.region is not None)


def test_the_dashboard_of_another_result_says_otherwise():
    part = Part("a part", Interval(0.1, 0.2, 0.3), 20, ABOVE)
    shown = dashboard([Claim("It is above.", "Fig. 9", "", "ratio", (part,), plt.figure)]).data
    assert '<span class="contradicted">contradicted</span>' in shown
    assert "holds" not in shown
    low, high = (float(x) for x in re.findall(r'<line x1="([\d.]+)%" x2="([\d.]+)%" y1="50%"', shown)[0])
    assert [low, high] == pytest.approx([100 * (3.2 + np.log10(x)) / 6.4 for x in (0.1, 0.3)], abs=0.01)
    begin, width = (float(x) for x in re.findall(r'<rect x="([\d.]+)%" width="([\d.]+)%"', shown)[0])
    assert (begin, begin + width) == (50, 100), "above 1, up to the end of the axis"


@pytest.mark.half_second
@pytest.mark.parametrize("name", NAMES)
def test_every_claim_has_its_figure(name):
    figure = found()[name].figure()
    assert figure.get_figwidth() <= 7.2
    assert all(ax.has_data() for ax in figure.axes)


@pytest.mark.half_second
def test_the_ratio_over_trials_is_that_of_the_curves():
    figure = claims.comparable().figure()
    curves = claims.curves_at(200)
    ratio = np.exp(np.median(np.log(curves["rflo"][1] / curves["bptt"][1]), axis=0))
    drawn = figure.axes[0].lines[-1].get_ydata()
    assert np.allclose(drawn, ratio, rtol=1e-12)
    assert not np.allclose(figure.axes[1].lines[-1].get_ydata(), ratio, rtol=0.1)


def test_the_share_solved_counts_the_networks_below_the_slow_wave():
    target = claims.periodic.sum_of_sines(200).y_target
    slow = np.sin(2 * np.pi * np.arange(1, 201) / 200)[:, np.newaxis]
    level = np.mean((target - slow) ** 2) / 2
    losses = level * np.array([0.5, 0.9, 0.999, 1.001, 2])
    assert claims.solved({"x": losses})["x"].median == 0.6


def test_loss_levels_writes_the_loss():
    target = np.array([2.0, 0, 2, 0])
    figure = figures.loss_levels(target, {"silent": 0 * target, "right": target})
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["silent\nloss 1", "right\nloss 0"]


def test_the_longest_gradient_of_each_network_is_drawn():
    longest = {
        (rule, T): np.array([1.0, 2, 3]) * T * (10 if rule == "bptt" else 1)
        for rule in ("bptt", "rflo")
        for T in (200, 400)
    }
    figure = figures.claims.longest_by_period(longest, (200, 400))
    (ax,) = figure.axes
    medians = [line.get_ydata().tolist() for line in ax.lines if line.get_label() in ("BPTT", "RFLO")]
    assert medians == [[4000, 8000], [400, 800]]
    dots = [line.get_ydata().tolist() for line in ax.lines if len(line.get_ydata()) == 3]
    assert dots[0] == [2000, 4000, 6000]


def test_lengths_of_gradients_stand_over_the_losses_of_the_same_trials():
    rows = {("bptt", "BPTT"): np.array([0.1, 20, 0.1]), ("bptt", "BPTT, bound"): np.array([0.1, 0.2, 0.1])}
    figure = figures.gradient_lengths(rows, {key: of / 10 for key, of in rows.items()}, 1.0)
    above, below = figure.axes
    assert above.lines[0].get_ydata().tolist() == [0.1, 20, 0.1]
    assert below.lines[1].get_ydata().tolist() == pytest.approx([0.01, 0.02, 0.01])
    assert above.lines[0].get_linestyle() != above.lines[1].get_linestyle()
    assert above.lines[2].get_ydata()[0] == 1.0
