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
from rnn_tutorial import Network, tasks, train

BOOK = Path(__file__).parents[1] / "book"
CHAPTER, RTRL = BOOK / "claims.ipynb", BOOK / "rtrl.ipynb"
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
    results = claims.experiments.load("add")
    lost = results.get("diverged", lags=[1, 2], rule="rflo", rate=0.3)
    assert lost.any()
    assert (claims.final(results, 0.04, lags=[1, 2], rule="rflo", rate=0.3)[lost] == 0.04).all()
    _, rate = claims.at_honest_rate(results, 0.04, (0.03, 0.1, 0.3), lags=[1, 2], rule="rflo")
    assert rate < 0.3, "one at which no run diverged"


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
    """The words of the two chapters that state verdicts and of the section that states one, or of some chapters."""
    cells = [
        cell
        for path in chapters or (CHAPTER, BOOK / "comparison.ipynb", RTRL)
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if path != RTRL or cell["id"].startswith("rtrl-runs")
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


# What is said in plain words not to be told, and the parts on which that rests.
ALONE = [("alone_or_together", "20 τ, local / BPTT")]
WORSE = [("alone_or_together", f"{T} τ, RFLO / local") for T in (40, 80)]
SIZE = [("ranking", "ratio at N = 100 / at N = 10")]
GAP_PARTS = ("random / BPTT", "local / RFLO")
GAP = [("locality_bounded", part) for part in GAP_PARTS]
WHOLE = [("syllables_first", "whole by RFLO")]
LONG = [("long_periods", f"160 τ, {rates}") for rates in (claims.PAPER, claims.OURS)]
PARTS_OF_GAP = [("locality", f"{part}, {rates}") for part in GAP_PARTS for rates in (claims.PAPER, claims.OURS)]
NOT_TOLD = {
    "At 20, twenty networks cannot tell": [("spikes", "20 τ, BPTT / RFLO")],
    "on its parts twenty networks cannot tell": GAP,
    "locality alone cannot be told from BPTT": ALONE,
    "whether *local only* does cannot be told": ALONE,
    "whether locality alone does cannot be told": ALONE,
    "whether it is nearly all cannot be told": WORSE,
    "Whether RFLO is worse than *local only* cannot be told": WORSE,
    "We cannot tell, even with twenty networks": SIZE,
    "Whether it grows or shrinks with the size cannot be told": SIZE,
    "against RFLO they cannot tell": WHOLE,
    "which have no bound on the length of a step, cannot tell": LONG,
    "cannot tell at 160; with a bound": LONG,
    "twenty networks cannot tell, and at 160 they cannot": [*LONG, ("long_periods", f"80 τ, {claims.PAPER}")],
    "what makes it up they cannot tell": PARTS_OF_GAP,
    "ranking-n-100`, and twenty networks cannot tell": [("ranking", "N = 100")],
    "sixty networks can just not tell": [("dale", "RFLO, kept / start")],
    # Each of these has a test of its own below.
    "none of these can be told from BPTT": [],
    "which of the two is lower cannot be told": [],
    "Then hardly anything can be told": [],
    "at 80 we cannot tell": [],
    "Whether the two are alike then, twenty networks cannot tell": [],
    "whether that is within a factor of two, twenty networks cannot tell": [],
    # How to read a verdict.
    "one on which the data cannot tell": [],
    "they cannot be told apart, which is less": [],
}


def not_borne_out(text, claims_found):
    """What is said to be not told though it is, or rests on nothing that is known."""
    text, wrong = re.sub(r"\*+[Cc]annot tell\*+", "", text), []
    for sentence, rests_on in NOT_TOLD.items():
        for name, label in rests_on:
            (part,) = [part for part in claims_found[name].parts if part.label == label]
            told = part.verdict if part.region else part.interval.low > 1 or part.interval.high < 1
            if sentence in text and told not in ("cannot tell", False):
                wrong.append(sentence)
        text = text.replace(sentence, "")
    return wrong + re.findall(r".{0,40}can(?:not)? (?:tell|be told)", text)


def test_what_is_said_not_to_be_told_is_not():
    assert not_borne_out(prose(), found()) == []
    assert all(sentence in prose() for sentence in NOT_TOLD), "none of them has left the text"


def test_what_is_told_or_rests_on_nothing_is_noticed():
    assert not_borne_out(f"{prose()} At 40, twenty networks cannot tell.", found()) != []
    clear = Interval(3, 4, 5)
    for name, label in (ALONE[0], SIZE[0]):
        parts = [
            replace(part, interval=clear if part.label == label else part.interval) for part in found()[name].parts
        ]
        assert not_borne_out(prose(), found() | {name: replace(found()[name], parts=tuple(parts))}) != []


# What a number in the text may be, and where. Each other one would be a result, and must be glued.
NUMBER = r"\d[\d,]*(?:\.\d+)?"


def several(numbers):
    """A pattern of one of these numbers, or of some in a row; no share, multiple or beginning of another one."""
    one = rf"(?:{'|'.join(re.escape(number) for number in numbers.split())})\b(?![,.]?\d|%| times| of \d)"
    return rf"{one}(?:(?:, (?:and |or |to )?| and | or | to ){one})*"


THINGS = "rates?|bounds?|gain|loss|output|state|readout|starts?|periods|which one"
COUNTED = "trials?|units|time constants|steps|minutes|batches"  # networks are counted in words
WHERE = "at|At|of|to|with|With|from|after|between|for|against|trial|longest|lags of"
PERIODS_AND_SIZES = "0 1 2 4 5 6 8 10 15 16 20 25 30 32 40 50 80 100 160 200 1600"
SETTINGS = f"{PERIODS_AND_SIZES} 300 600 1,000 1,500 3,000 10,000 20,000 30,000 100,000"
CHOSEN = "0 0.001 0.0003 0.01 0.03 0.1 0.3 0.15 0.08 0.5 1 1.5 2"
NO_RESULTS = (
    rf"(?<!of )\b(?:{NUMBER}(?:, (?:and |or )?| and | or | to ))*{NUMBER} (?:more |other |single )?(?:{COUNTED})\b",
    rf"\b(?:{WHERE}) {several(SETTINGS)}",
    rf"\b(?:{THINGS})(?: of| is|:|,| here|,? with| at| from)* {several(CHOSEN)}(?: down to 0\.0003)?",
    rf"\b(?:above|[Bb]elow|holds?|about|[Nn]ear|crossed|set to|length|variance|probability) {several('1/2 0 1 10')}",
    r"\b(?:Figs?\.|Eqs?\.|Figure|supplements?|Stage|SnAp-) ?\d+",
    r"(?m)^(?:\*\*)?\d\.",  # of a list or a quiz
    r"95%(?= interval| of th[eo]se medians)|0\.1%(?= of where)|20(?= degrees of a right angle)|5/64",
    r"(?<=reaches from )0\.76 to 2\.5|(?<=at least )29\b|(?<=: )1(?= for rank one)",  # exercises, a definition
    r"(?<=up to about )0\.67|(?:in|probability) 96(?:\.1)?\b|(?<=lower |upper )2\.5\b",  # of medians of nine
)


def typed_results(text):
    """Numbers of a text that stand neither in code, formulae, roles nor addresses, nor as in the list above."""
    for aside in (r"(?s)\$\$.*?\$\$", r"(?s)```\{math\}.*?```"):
        text = re.sub(aside, " ", text)
    formula = rf"\$(?:({NUMBER})(?:\\%)?|[^$]+)\$"
    text = re.sub(formula, lambda found: found[1] or " ", text)  # a number by itself is one, with dollars or without
    for aside in (r"\{[\w:]+\}`[^`]*`", r"`[^`]*`", r"\]\([^)]*\)", r"<[^>]*>", *NO_RESULTS):
        text = re.sub(aside, " ", text)
    return re.findall(NUMBER, text)


def test_no_result_is_typed():
    assert typed_results(prose()) == []


@pytest.mark.parametrize(
    "planted",
    [
        "about 31 times",
        "about $31$ times",
        "so in 17 networks",
        "about 20 times as high",
        "at 5 times BPTT's loss",
        "a ratio of 2.7",
        "at 0.0047",
        "so in 17 of 20 networks",
        "so in 15 of 20",
        "so in 8 of 20 networks",
        "so in 40% of the networks",
    ],
)
def test_a_typed_result_is_found(planted):
    assert typed_results(f"{prose()}\n\nRFLO ends {planted}.") != []


def quotations(text):
    return re.findall(r"\{glue:text\}`([^`]+)`", text)


def test_every_number_that_is_quoted_has_a_name_of_its_own():
    said = claims.numbers(found())
    assert {*quotations(prose())} <= said.keys()
    for name, claim in found().items():
        shown = [said[key] for key in said if key.startswith(f"{name}-")]
        assert shown == [part.shown for part in claim.parts], "no two have one name"


def test_what_the_comparison_quotes_it_has_glued():
    """It computes some of the claims alone, and glues their numbers."""
    cells = json.loads((BOOK / "comparison.ipynb").read_text(encoding="utf-8"))["cells"]
    (code,) = ["".join(c["source"]) for c in cells if c["cell_type"] == "code" and "glue(" in "".join(c["source"])]
    names = re.findall(r'"(\w+)"', code)
    quoted = {name.partition("-")[0] for name in quotations(prose(BOOK / "comparison.ipynb"))}
    assert quoted - {"branch", "passed", "heartbeat", "price"} == {*names}


def test_what_the_chapter_on_rtrl_quotes_it_has_glued():
    cells = json.loads(RTRL.read_text(encoding="utf-8"))["cells"]
    (code,) = ["".join(c["source"]) for c in cells if c["cell_type"] == "code" and "glue(" in "".join(c["source"])]
    quoted = {*quotations(prose(RTRL))}
    assert quoted == {*quotations("".join("".join(c["source"]) for c in cells))} != set(), "all in the one section"
    glued = claims.numbers({name: found()[name] for name in re.findall(r'"(\w+)"', code)})
    assert quoted <= glued.keys()
    assert not quoted <= {name for name in glued if not name.startswith("twin-run")}, "the control"


def test_what_the_text_says_of_rtrl_and_the_twin():
    """Both begin within a few roundings of BPTT, and part after about a hundred trials."""
    results, eps = claims.experiments.load("periodic_rtrl"), np.finfo(float).eps
    for T in (200, 1600):
        trial = results.get("trial", T=T)[0]
        trial = trial[np.isfinite(trial)]
        for name in ("difference", "twin_difference"):
            median = np.median(results.get(name, T=T)[:, : len(trial)], axis=0)
            assert median[0] < 4 * eps
            assert 30 < trial[np.argmax(median > 100 * eps)] < 300
            assert median[-1] > 1e6 * eps


def test_the_ranges_of_rtrl_and_the_twin_hold_all_runs_and_no_less():
    results, said = claims.experiments.load("periodic_rtrl"), claims.numbers(found())
    for T in (200, 1600):
        for name, run in (("final", "one-run"), ("final_twin", "twin-run")):
            ratios = sorted(results.get(name, T=T).astype(float) / results.get("final_bptt", T=T))
            low, high = map(float, said[f"{run}-range-{T}"].split(" to "))
            assert [low, high] == pytest.approx([ratios[0], ratios[-1]], rel=0.005)
            assert ratios[0] < 0.999 * ratios[1], "the control: without its lowest run the range is another"


def test_what_the_text_says_of_random_feedback_while_bptt_trains():
    """Its cosine stays below that while RFLO trains."""
    rflo, bptt = (claims._late_cosines(rule)["random"].mean(axis=1) for rule in ("rflo", "bptt"))
    assert claims.median_interval(rflo - bptt).low > 0


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
    share = {way: np.mean(of < claims.beyond.add_floors()["first"] / 2) for way, of in claims._stream_ends().items()}
    assert share["rtrl", None] == share["rtrl", 8] == 1
    assert 0.9 <= share["bptt", 4] < 1, "nearly all networks"
    assert share["bptt", 2] == share["rflo", None] == share["snap1", None] == 0
    assert claims._branches()["branch-truncated-bptt-k-4"] == f"{20 * share['bptt', 4]:.0f} of 20"
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
    assert {setting["n_steps"] for setting in sweep.settings} == {60_000}
    best = {(s["rule"], s["K"]): s["rate"] for s in claims.experiments.load("stream").settings}
    assert not {claims.stream.GRID[0], claims.stream.GRID[-1]} & {*best.values()}
    low = {("rtrl", 40), ("rflo", None), ("readout", None), ("bptt", 2)}
    assert {way for way, rate in best.items() if rate == claims.stream.GRID[1]} == low


def test_what_the_text_says_of_the_cost_of_beginning_anew_on_the_bits():
    """For as long as the first lag neither bit is known, and up to the second lag the second is not: half of a loss."""
    floors, (first, second) = claims.beyond.add_floors(), claims.stream.LAGS
    cost = (first * floors["neither"] + (second - first) * floors["first"]) / claims.stream.SECTION
    ends = {way: np.median(of) for way, of in claims._stream_ends().items()}
    assert cost / ends["rtrl", None] == pytest.approx(0.5, abs=0.05), "about half of RTRL's final loss"
    assert cost / ends["snap1", None] < 0.01, "the control: of another one's it is nearly nothing"


@pytest.mark.half_second
def test_what_the_text_says_of_the_first_trials():
    """BPTT is lower for about ten trials, and then cannot be told from RFLO."""
    task, nets = tasks.sum_of_sines(100), [Network.random(1, 30, 1, seed=seed) for seed in range(9)]
    rflo, bptt = (
        np.array([train(net, task, rule, 40, 0.03, progress=False).loss for net in nets]) for rule in ("rflo", "bptt")
    )
    low, high = np.transpose([ratio_interval(*of)[::2] for of in zip(rflo.T, bptt.T, strict=True)])
    assert np.all(low[1:9] > 1)
    assert np.all((low[15:] < 1) & (high[15:] > 1))


def test_a_run_on_the_stream_that_diverged_counts_with_the_loss_of_neither_bit():
    lost = claims.experiments.load("stream").get("diverged", rule="rtrl", K=40)
    assert lost.sum() == 1
    assert claims._stream_ends()["rtrl", 40][lost] == claims.beyond.add_floors()["neither"]
    assert np.isfinite(claims.stream_losses()["rtrl", 40]).all()


def test_what_the_text_says_of_the_heartbeat_as_a_stream():
    ends, off = (claims._stream_ends("stream_signal", array) for array in ("final", "frozen"))
    rtrl, snap1, rflo, readout = ((rule, None) for rule in ("rtrl", "snap1", "rflo", "readout"))
    for way in (rtrl, snap1, ("rtrl", 8)):
        found = claims.ratio_interval(ends[way], ends["bptt", 8])
        assert found.low < 1 < found.high, "cannot be told"
    assert claims.ratio_interval(ends[rflo], ends["bptt", 8]).low > 1
    assert claims.ratio_interval(ends[rflo], ends[readout]).high < 1
    low, _, high = claims.ratio_interval(ends["rtrl", 40], ends[readout])
    assert ALIKE[0] < low < high < ALIKE[1]
    floors = claims.stream.signal_floors()
    below = [way for way in ends if way not in (readout, ("rtrl", 8), ("rtrl", 40), ("bptt", 4))]
    assert sum((ends[way] > floors["line"]).sum() for way in below) == 1
    early = {way: of[:, 35:40].mean(axis=1) for way, of in claims._stream_ends("stream_signal", "loss").items()}
    blocks = early.pop(("rtrl", 8))
    assert all(claims.ratio_interval(blocks, of).high < 1 for of in early.values())
    kept = {way: claims.ratio_interval(off[way], ends[way]) for way in ends}
    assert all(found.low < 1 for found in kept.values())
    assert [way for way in ends if not ALIKE[0] < kept[way].low < kept[way].high < ALIKE[1]] == [readout]
    assert 0 < np.sum(off[readout] > 2 * ends[readout]) < 10


def test_what_the_text_says_of_the_rates_on_the_heartbeat():
    sweep, grid = claims.experiments.load("stream_signal_rates"), claims.stream.GRID
    best = {(s["rule"], s["K"]): s["rate"] for s in claims.experiments.load("stream_signal").settings}
    assert [way for way, rate in best.items() if rate in (grid[0], grid[-1])] == [("rtrl", 40)]
    assert [way for way, rate in best.items() if rate == grid[1]] == [("rtrl", None), ("rflo", None)]
    assert best["rtrl", 40] == grid[0]
    assert sweep.get("diverged", rule="rtrl", K=40, rate=grid[1]).any()
    assert not sweep.get("diverged", rule="rtrl", K=8, rate=best["rtrl", 8]).any()
    lost = claims.experiments.load("stream_signal").get("diverged", rule="rtrl", K=8)
    assert (claims._stream_ends("stream_signal")["rtrl", 8][lost] == claims.stream.signal_floors()["silent"]).all()
    said = claims._heartbeats()
    early, late = (int(said[f"heartbeat-blocks-lost{name}"].split()[0]) for name in ("-early", ""))
    assert 0 < early < late == lost.sum(), "more and more"


def test_what_the_text_says_of_loss_against_cost():
    curves, ends = claims.prices()
    cut = [("bptt", K) for _, K in claims.price.WAYS if K]
    assert claims.ratio_interval(ends["rflo"], ends["bptt"]).low > 1
    for way in ("snap1", *cut):
        found = claims.ratio_interval(ends[way], ends["bptt"])
        assert found.low < 1 < found.high, "cannot be told"
    trials = curves["bptt"][0]
    early = {way: losses[:, np.argmin(abs(np.log(trials / 100)))] for way, (_, losses) in curves.items()}
    ratios = {way: claims.ratio_interval(of, early["bptt"]) for way, of in early.items()}
    assert [way for way, found in ratios.items() if found.high < 1] == [("bptt", 5), ("bptt", 10), "snap1"]
    assert ratios["bptt", 25].low < 1 < ratios["bptt", 25].high, "no ranking at either"
    assert claims._prices()["price-100-rflo-over-bptt"] == claims.told(ratios["rflo"])


def test_what_the_text_says_of_loss_against_cost_at_one_rate():
    sweep, silent = claims.experiments.load("price"), claims.silent_sines()
    at = {(rule, K): claims.final(sweep, silent, rule=rule, K=K, rate=0.1) for rule, K in claims.price.WAYS}
    found = claims.ratio_interval(at["rflo", None], at["bptt", None])
    assert claims._prices()["price-same-rate-rflo-over-bptt"] == claims.told(found)
    assert found.low < 1 < found.high, "no ranking"
    assert sweep.get("diverged", rule="rflo", rate=0.1).sum() == 1, "one run of RFLO in twenty"
    k = np.argmin(abs(np.log(sweep.get("trial", rule="rflo", rate=0.1)[0] / 100)))
    early = {K: claims.final(sweep, silent, "curve", rule="bptt", K=K, rate=0.1)[:, k] for K in (None, 5, 10)}
    assert all(claims.ratio_interval(early[K], early[None]).low > 1 for K in (5, 10)), "behind"


def test_what_the_text_says_of_the_rates_of_loss_against_cost():
    sweep, rates = claims.experiments.load("price"), claims.price.RATES
    best = {way: claims.at_honest_rate(sweep, 1, rates, rule=way[0], K=way[1])[1] for way in claims.price.WAYS}
    whole, rflo = best["bptt", None], best["rflo", None]
    assert (whole, rflo) == (0.1, 0.03), "as the text has it"
    for way in (("bptt", 5), ("bptt", 10), ("snap1", None)):
        assert best[way] > whole
        assert sweep.get("diverged", rule="bptt", K=None, rate=best[way]).any()
    assert sweep.get("diverged", rule="rflo", K=None, rate=rates[rates.index(rflo) + 1]).any()


def test_what_the_text_says_of_the_readout_alone_at_each_step():
    ratios = {(v, label): claims.ratio_interval(losses, usual) for v, label, losses, usual in claims._choices()}
    assert ratios["rflo", "update at each step"].low < 1 < ratios["rflo", "update at each step"].high, "no ranking"
    low, _, high = ratios["readout", "update at each step"]
    assert 0.95 < low <= high < 1.05, "which is nothing"


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
        if reading == "small readout":
            usual = {v: claims.final(results, silent, variant=v, reading="usual") for v in claims.COMPARED}
            assert ratio_interval(rflo, usual["rflo"]).high < 1
            assert ratio_interval(rflo / bptt, usual["rflo"] / usual["bptt"]).high < 1, "it moves towards the paper"
            low, _, high = ratio_interval(rflo, bptt)
            assert 1 < low < 2 < high, "whether the two are alike cannot be told"
    assert all(results.get("diverged", variant=v, reading="sum").mean() >= 0.9 for v in ("rflo", "bptt"))


def test_what_the_text_says_of_dale():
    claim, losses = found()["dale"], claims._dale_losses()
    parts = {part.label: part.interval for part in claim.parts}
    assert parts["RFLO, matched / none"].low > 1, "gain is not all"
    assert parts["RFLO, matched / kept"].high < 1, "it explains a part"
    assert parts["RFLO, start / none"].median > parts["RFLO, kept / start"].median, "in the median the start"
    assert all(parts[f"RFLO / BPTT, {signs}"].low > 1 for signs in ("none", "start", "kept", "matched"))
    assert [part.verdict for part in claim.parts[:2]] == ["contradicted", "cannot tell"]
    assert parts["RFLO, kept / start"].median < 2, "less than twice in the median"
    for part, other in zip(claim.parts[:2], ("free", "start"), strict=True):
        few = ratio_interval(losses["rflo", "kept"][:20], losses["rflo", other][:20])
        assert replace(part, interval=few, n=20).verdict == part.verdict
        assert few.high / few.low > part.interval.high / part.interval.low, "wider intervals"


def test_what_the_text_says_of_the_ablations_at_three_periods():
    parts = {part.label: part.interval for part in found()["alone_or_together"].parts}
    assert parts["20 τ, RFLO / local"].low > 1
    assert parts["20 τ, RFLO / product of both"].low > 1, "an interaction"
    assert parts["20 τ, local / BPTT"].low < 1 < parts["20 τ, local / BPTT"].high
    assert parts["20 τ, random / BPTT"].low > 1
    assert all(parts[f"20 τ, {part} / BPTT"].median < 3 for part in ("local", "random"))
    for T in (40, 80):
        assert parts[f"{T} τ, RFLO / local"].low < 1 < parts[f"{T} τ, RFLO / local"].high, "which cannot be told"
        assert parts[f"{T} τ, local / BPTT"].low > 10, "far above BPTT"
        assert parts[f"{T} τ, random / BPTT"].low > 1, "each costs by itself"
        assert parts[f"{T} τ, local / random"].low > 2, "but locality costs far more"
    assert parts["80 τ, random / BPTT"].low > 2, "which is not little"
    assert parts["80 τ, RFLO / product of both"].high < 1
    assert all(parts[f"{T} τ, RFLO / random"].low > 1 for T in (20, 40, 80))


def test_what_the_text_says_of_the_sweeps_with_a_bound():
    """Which best rate is next to one that fails, and that one sweep is flat."""
    swept = claims.experiments.load("periodic_bounded_rates")
    ends = {(s["variant"], s["T"], s["rate"]): of for s, of in zip(swept.settings, swept.arrays["final"], strict=True)}

    def fails(variant, T, best):
        grid = sorted(rate for v, period, rate in ends if (v, period) == (variant, T))
        after = ends[variant, T, grid[grid.index(best) + 1]]
        return np.isnan(after).any() or np.median(after) > 100 * np.median(ends[variant, T, best])

    best = {(v, T): rate for T, found in claims._at_best_rates().items() for v, (_, rate) in found.items()}
    risky = {T: {v for v in claims.bounded.ABLATED if fails(v, T, best[v, T])} for T in (200, 400, 800)}
    assert risky == {200: {"rflo", "bptt", "local"}, 400: {"rflo", "bptt"}, 800: {"random"}}
    lowest = [key for key, rate in best.items() if rate == min(r for v, T, r in ends if (v, T) == key)]
    assert set(lowest) == {("random", 200), ("rflo", 800)}, "of their grids"
    tried = [np.median(of) for (v, T, _), of in ends.items() if (v, T) == ("local", 800) and np.isfinite(of).all()]
    assert sorted(tried)[1] > 2 * min(tried), "one far below all others"


def test_who_solves_the_task_is_counted_below_the_slow_wave():
    counts = {tuple(row.split(" | ")[:2]): row.split(" | ")[2:] for row in claims.solvers().data.splitlines()[2:]}
    slow = (1 / 4 + 1 / 16) / 4
    assert slow == 5 / 64, "as the text has it"
    for (period, label), shown in counts.items():
        (variant,) = [v for v in claims.bounded.ABLATED if claims.STYLES[v]["label"] == label]
        ends = claims._at_best_rates()[int(period.strip("| τ")) * 10][variant][0]
        assert shown[2].startswith(f"{np.sum(ends < slow)} of 20 [")
    assert sum(len(found) for found in claims._at_best_rates().values()) == len(counts)


def test_the_text_says_how_many_networks():
    """Twenty, but for one claim, which is a look at six, and one of sixty."""
    look = {"syllables_first": "6"}
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
    assert [label for label in parts if parts[label].low < 1][:1] == ["N = 100"], "at all other sizes and gains"
    sizes = claims._sizes()
    once = claims._periodic_losses(claims._load("periodic"), claims.periodic.PAPER_RATES, periods=(200,))
    for v in ("bptt", "rflo"):
        assert claims.periodic.BEST_RATES[v][200] == claims.periodic.PAPER_RATES[v][200], "one run, by either name"
        assert np.array_equal(sizes[v, 30, 1.5], once[v, 200]), "the same runs"
        apart = abs(np.log10(claims._again(200)[v] / once[v, 200]))
        assert np.sum(apart > np.log10(2)) >= 2, "some end far off"


def test_what_the_text_says_of_the_map_of_sizes():
    ratios, sizes = claims.over_size_and_trials(), claims.periodic.SIZES
    assert [trials for trials in claims.TRIALS if ratios[10, trials].low > 1] == [10_000]
    assert all(ratios[n, trials].low > 1 for n in sizes if n > 10 for trials in (1000, 3000))
    assert max(ratios, key=lambda field: ratios[field].median) == (30, 10_000), "as the alternative text has it"
    assert all(claims.told(ratios[n, 10_000]) == claims.numbers(found())[f"ranking-n-{n}"] for n in sizes)
    (ax,) = claims.size_map().axes
    assert len(ax.texts) == len(ratios) == 25
    assert f"{ratios[50, 3000].median:.2g}" in ax.texts[5 * sizes.index(50) + claims.TRIALS.index(3000)].get_text()


def test_what_the_text_says_of_the_map_of_time_constants():
    claim, results = found()["in_time_constants"], claims._load("time_scales")
    assert all(part.interval.low > 1 for part in claim.parts), "at the four that are taken together"
    fields = claim.figure.args[0]
    assert all(fields[tau, 20 * tau].low > 1 for tau in (5, 10, 20))
    assert fields[5, 100].low > fields[20, 100].high
    assert [key for key, found in fields.items() if found.high < 1] == [(2, 200)], "100 of them"
    safe = []
    for tau, T in fields:
        for rule in claims.COMPARED:
            at, rates = {"tau": tau, "T": T, "rule": rule}, claims.beyond.RATES
            losses, rate = claims.at_honest_rate(results, claims.silent_loss(), rates, **at)
            if (tau, T) == (2, 200):
                assert np.median(losses) > 0.45 * claims.silent_loss(), "about half of that of a silent output"
            if rate not in (rates[0], rates[-1]) and not results.get("diverged", rate=rates[-1], **at).any():
                safe.append((tau, T, rule))
    assert safe == [(5, 200, "bptt")], "nearly every field"


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
    assert all(ratios[n].low > 1 for n in ("10,000", "10,000 of 100,000", "30,000 of 100,000", "100,000")), (
        "BPTT stays ahead"
    )
    longer = claims.experiments.load("periodic_longer")
    ends, before = ({}, {})
    for v in claims.COMPARED:
        curve = longer.get("curve", variant=v)
        k = np.argmin(abs(longer.get("trial", variant=v)[0] - 10_000))
        ends[v], before[v] = longer.get("final", variant=v).astype(float), curve[:, k].astype(float)
        assert np.median(ends[v]) < np.median(before[v]) / 2, "both go on learning"
    later = ratio_interval(ends["rflo"] / ends["bptt"], before["rflo"] / before["bptt"])
    assert later.high < 1, "the ratio falls"
    assert claims.numbers(found())["later-to-10000"] == claims.told(later)
    without, longer = (part.interval for part in found()["memory_of_trace"].parts)
    assert ALIKE[0] < without.low < ALIKE[1] < without.high, "it cannot be told"
    assert longer.low > 1


def test_what_the_text_says_of_runs_that_were_made_twice():
    parts = {part.label: part.interval for part in found()["comparable"].parts}
    for T in (20, 40):
        assert all(parts[f"{T} τ, 10,000 trials{run}"].low > 2 for run in ("", ", run again")), "BPTT stays ahead"
    sweep = claims.experiments.load("periodic_rates")
    chosen = claims.experiments.runs.best_rates(sweep, "variant", "T")
    halves = [replace(sweep, arrays={"final": sweep.arrays[name]}) for name in ("final", "final_again")]
    one, other = (claims.experiments.runs.best_rates(half, "variant", "T") for half in halves)
    assert all(one[v, T] == other[v, T] == chosen[v, T] for v in claims.COMPARED for T in (200, 400))
    differ = [key for key in chosen if key[1] > 400 and one[key] != other[key]]
    assert len(differ) > 6 / 2, "for most rules, of six"


def test_what_the_text_says_of_directions():
    parts = {part.label: part.interval for part in found()["both_cost"].parts}
    assert parts["random feedback only"].low > 0.5, "almost along the gradient"
    assert parts["RFLO, fresh B"].low < 0 < parts["RFLO, fresh B"].high < 0.05, "about 0"
    under_bptt = claims.median_interval(claims._late_cosines("bptt")["random"].mean(axis=1))
    assert under_bptt.low < 0 < under_bptt.high


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


def test_twins_are_drawn_from_half_a_rounding_on():
    eps = np.finfo(float).eps
    arrays = {"trial": np.array([[1.0, 10, 100, np.nan]]), "difference": np.array([[0, 1e-9, 1e-3, np.nan]] * 3)}
    arrays["twin_difference"] = arrays["difference"] / 10
    ax, _ = figures.claims.twins({200: arrays, 1600: arrays}).axes
    rtrl, twin, rounding = (line.get_ydata() for line in ax.lines)
    assert rtrl.tolist() == [eps / 2, 1e-9, 1e-3]
    assert twin.tolist() == [eps / 2, 1e-10, 1e-4]
    assert {*rounding} == {eps}
    assert [text.get_text() for text in ax.texts] == ["one\nrounding", "twin", "RTRL"]


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
