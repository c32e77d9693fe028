"""What the chapter on signals says in words of its numbers, beside the tables of the page as it was built."""

import numpy as np
import pytest
from words_of_pages import interval, of, row_of, said_in, tables_of

from rnn_book.experiments import load
from rnn_book.experiments.recordings import RATES
from rnn_book.experiments.runs import best_rates
from rnn_tutorial import tasks


@pytest.fixture(scope="module")
def tables():
    return tables_of("signals")


@pytest.fixture(scope="module")
def said():
    return said_in("signals")


def test_the_price_of_varied_starts_is_that_of_the_table(tables, said):
    assert "Without a perturbation the loss is many times as large under either rule" in said
    rows = of(tables, "varied starts / one start")
    for rule in ("BPTT", "RFLO"):
        median, low, _ = interval(row_of(rows, "none", rule)[2])
        assert median > 5
        assert low > 2


def test_the_heart_is_learned_as_far_as_the_text_says(tables, said):
    assert said.count("BPTT ends below a fifth of the loss of") == said.count("RFLO above half of it") == 2
    heart = row_of(of(tables, "RFLO / BPTT"), "heartbeat")
    silent, bptt, rflo = float(heart[1]), interval(heart[2])[0], interval(heart[3])[0]
    assert bptt < silent / 5
    assert silent / 2 < rflo < silent


def test_the_rankings_say_of_how_many_networks_they_are(tables, said):
    heads = [cell for rows in tables for cell in rows[0] if " / " in cell or "median and interval" in cell]
    assert len(heads) == 3
    assert all("(n = 8)" in head for head in heads)
    assert said.count("look at eight networks") == 3
    assert "look at the same eight networks" in said


def test_a_slow_heart_is_drawn_as_the_answer_says(tables, said):
    assert r"With $\tau = 20$ the spike is lower, and the loss is higher." in said
    rows = {row[0]: row[1] for row in of(tables, "height of the spike")}
    assert rows["τ = 20 has the"] == "higher loss"
    (_, _, high), (_, low, _) = (interval(rows[f"height of the spike, τ = {tau}"]) for tau in (20, 5))
    assert high < low


def test_the_error_is_where_the_answer_says(tables, said):
    assert "Most of the error is in a tenth of the steps." in said
    assert "an output that is always 0 has three quarters of its error there" in said
    rows = of(tables, "share of the error")
    assert all(interval(row_of(rows, rule)[1])[0] > 0.5 for rule in ("BPTT", "RFLO"))
    assert row_of(rows, "output 0")[1:] == ["0.74", "0.1"]


def test_varied_starts_cost_where_the_text_says(tables, said):
    assert "The first four rows" in said
    assert "The last four rows are the price" in said
    assert "With a small shift of the start the loss is higher." in said
    rows = of(tables, "varied starts / one start")
    assert [row[-1] for row in rows] == 4 * ["lower loss"] + 4 * ["higher loss"]
    assert [row[0] for row in rows[4:]] == 2 * ["start, σ = 0.01"] + 2 * ["none"]


def test_the_networks_lose_the_signal_after_the_trial_as_far_as_the_text_says(tables, said):
    assert "Beyond the trial the median loss on the hand is two to six times that of a silent output" in said
    assert said.count("the median loss is about that of a silent output, or above it") == 2
    rows = of(tables, "median loss")
    for signal in ("heartbeat", "hand movement"):
        silent = float(row_of(of(tables, "RFLO / BPTT"), signal)[1])
        ratios = [float(cell) / silent for rule in ("BPTT", "RFLO") for cell in row_of(rows, signal, rule)[3:]]
        assert min(ratios) > 0.95
        assert signal == "heartbeat" or (1.5 < min(ratios) < 2.5 and 5.5 <= round(max(ratios), 2) < 6.5)


def test_the_trained_rhythm_is_what_the_answer_says(tables, said):
    assert "There the median is about the 0.2 of a silent output, or above it" in said
    assert "The lowest loss stays below half of that." in said
    rows = of(tables, "lowest")
    median, lowest = ([float(cell) for cell in row_of(rows, name)[4:]] for name in ("median", "lowest"))
    assert min(median) > 0.8 * 0.2, "about"
    assert max(lowest) < 0.2 / 2


def test_the_recordings_are_as_the_text_says(said):
    heart, hand = tasks.heartbeat(150).y_target[:, 0], tasks.hand_movement(100).y_target
    assert said.count("above half its height for 5 steps") == 2
    assert np.sum(heart > heart.max() / 2) == 5
    assert "the target jumps by 1.6; its largest step is 0.11" in said
    assert f"{np.linalg.norm(hand[0] - hand[-1]):.1f}" == "1.6"
    assert f"{np.linalg.norm(np.diff(hand, axis=0), axis=1).max():.2f}" == "0.11"


def test_the_rates_are_the_largest_at_which_no_network_diverged(said):
    assert "In all cases this was the largest of them." in said
    sweep = load("signal_rates")
    for (signal, rule, varied), best in best_rates(sweep, "signal", "rule", "varied").items():
        setting = {"signal": signal, "rule": rule, "varied": varied}
        safe = [r for r in RATES if not sweep.get("diverged", rate=r, **setting).any()]
        assert best == max(safe) < max(RATES)
