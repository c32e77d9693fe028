"""What is said of a comparison over networks is true as often as it claims."""

import sys

import numpy as np
import pytest

from rnn_book.statistics import (
    RUNAWAY,
    Interval,
    count_diverged,
    final_loss,
    leave_one_out,
    median_interval,
    paired_comparison,
    ranking,
    ratio_interval,
    share_interval,
)
from rnn_tutorial.training import History


def run_of(loss, stopped=None):
    loss = np.asarray(loss, float)
    return History(None, loss, np.ones(len(loss)), stopped)


def test_the_final_loss_is_the_median_of_the_last_fifty():
    loss = np.concatenate([np.full(200, 9.0), np.arange(50) / 100])
    assert final_loss(run_of(loss)) == 0.245
    assert final_loss(run_of(loss), last=10) == 0.445
    assert final_loss(run_of(loss[::-1])) == 9, "the control: it is of the end"
    assert final_loss(run_of(loss, "interrupted")) == 0.245, "what there is of it counts"
    with pytest.raises(ValueError, match="last must be"):
        final_loss(run_of(loss), last=0)


def test_a_run_that_diverges_has_no_final_loss():
    assert np.isnan(final_loss(run_of(np.ones(60), "diverged")))
    assert np.isnan(final_loss(run_of([])))
    assert final_loss(run_of(np.full(60, RUNAWAY))) == RUNAWAY
    for loss in (2 * RUNAWAY, np.inf, np.nan):
        assert np.isnan(final_loss(run_of(np.full(60, loss))))


def test_final_losses_of_an_ensemble():
    """As a `History` of each would have them; NaN stands for what a run that diverged lacks."""
    loss = np.random.default_rng(0).uniform(0, 1, (2, 3, 70))
    loss[1, 2, 60:] = np.nan
    found = final_loss(loss)
    assert found.shape == (2, 3)
    assert np.isnan(found).tolist() == [[False] * 3, [False, False, True]]
    assert found[0, 1] == final_loss(run_of(loss[0, 1])) != final_loss(loss[..., :-1])[0, 1]


def test_who_diverges_counts_with_the_loss_of_a_silent_output():
    losses = np.array([0.1, np.nan, np.inf, 0.4], np.float32)
    assert np.array_equal(count_diverged(losses, 0.33), [np.float32(0.1), 0.33, 0.33, np.float32(0.4)])
    assert count_diverged(losses[::3], 0.33).tolist() == losses[::3].tolist()


@pytest.mark.parametrize("interval", [lambda: median_interval([1, 2, 3]), lambda: share_interval(1, 2)])
def test_without_scipy_one_is_told_what_to_install(monkeypatch, interval):
    interval()
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(ModuleNotFoundError, match=r"need SciPy: pip install 'rnn-tutorial\[fast\]'"):
        interval()


def test_median_interval_holds_the_true_median_as_often_as_it_says():
    """Of a thousand intervals; the control: those that claim 90% hold it less often."""
    held = {}
    for confidence in (0.95, 0.9):
        rng = np.random.default_rng(0)
        found = [median_interval(rng.normal(size=20), confidence, n_resamples=1000) for _ in range(1000)]
        held[confidence] = np.mean([i.low <= 0 <= i.high for i in found])
        assert np.mean([i.low <= 1.5 <= i.high for i in found]) < 0.05
    assert held[0.9] < 0.92 < held[0.95] < 0.98


def test_more_confidence_takes_a_wider_interval():
    rng = np.random.default_rng(0)
    a, b = np.exp(rng.normal(size=(2, 30)))
    for interval in (
        lambda confidence: median_interval(a, confidence),
        lambda confidence: ratio_interval(a, b, confidence),
        lambda confidence: paired_comparison(a, b, confidence).ratio,
        lambda confidence: share_interval(4, 20, confidence),
    ):
        narrow, usual, wide = interval(0.5), interval(0.95), interval(0.999)
        assert wide.low < usual.low < narrow.low < usual.median < narrow.high < usual.high < wide.high
    assert median_interval(a) == median_interval(a, 0.95)
    assert ratio_interval(a, b) == ratio_interval(a, b, 0.95) == paired_comparison(a, b).ratio
    assert share_interval(4, 20) == share_interval(4, 20, 0.95)


def test_an_interval_is_the_same_each_time_and_of_its_seed():
    values = np.random.default_rng(0).normal(size=9)
    assert median_interval(values, n_resamples=50) == median_interval(values, n_resamples=50, seed=0)
    assert median_interval(values, n_resamples=50) != median_interval(values, n_resamples=50, seed=1)


def test_three_networks_are_enough():
    assert median_interval([3, 1, 2]).median == 2
    assert leave_one_out([[1, 2, 3], [2, 3, 4]])[1].tolist() == [0, 0, 0]


def test_a_correlation_needs_losses_that_vary():
    found = paired_comparison([2, 3, 4, 5], [1, 1, 1, 1])
    assert np.isnan(found.correlation), "one of them does not vary"
    assert np.isnan(paired_comparison([1, 1, 1], [2, 3, 4]).correlation)
    assert paired_comparison([1, 1.01, 1.02], [1, 1.01, 1.03]).correlation > 0.9, "a little is enough"


def test_a_share_is_that_of_wilson():
    """The ends are where the share is one and the same number of standard errors away."""
    found = share_interval(4, 20)
    assert found.median == 0.2
    for end in (found.low, found.high):
        assert abs(0.2 - end) / np.sqrt(end * (1 - end) / 20) == pytest.approx(1.959964, rel=1e-6)


def test_paired_comparison_sees_what_the_spread_over_networks_hides():
    rng = np.random.default_rng(0)
    of_network = np.exp(rng.normal(0, 2, 30))
    a, b = of_network * np.exp(rng.normal(0.2, 0.1, 30)), of_network * np.exp(rng.normal(0, 0.1, 30))
    seen = paired_comparison(a, b)
    assert 1 < seen.ratio.low < seen.ratio.median < seen.ratio.high < 1.5
    assert paired_comparison(a, rng.permutation(b)).ratio.low < 1, "the pairs matter"
    assert paired_comparison(b, a).ratio.high < 1
    assert seen.correlation > 0.9
    assert abs(paired_comparison(a, rng.permutation(b)).correlation) < 0.4


def test_an_interval_is_written_with_its_ends():
    assert f"{Interval(0.01, 0.012, 0.0144):.2g}" == "0.012 [0.01, 0.014]"
    assert f"{Interval(230.4, 431, 762):.2g}" == "430 [230, 760]"


def test_a_ratio_and_its_inverse_have_the_same_interval():
    """The interval is of the logarithm: a median of ratios would depend on which of the two stands below."""
    rng = np.random.default_rng(0)
    a, b = np.exp(rng.normal(size=(2, 8)))
    one, other = ratio_interval(a, b), ratio_interval(b, a)
    assert one.median == pytest.approx(1 / other.median, rel=1e-12)
    assert one.low == pytest.approx(1 / other.high, rel=0.1)
    assert median_interval(a / b).median != pytest.approx(1 / median_interval(b / a).median, rel=1e-3)


@pytest.mark.half_second
@pytest.mark.parametrize("n", [6, 9, 20])
def test_the_interval_of_a_ratio_holds_the_true_one_as_often_as_it_says(n):
    rng = np.random.default_rng(0)
    found = []
    for _ in range(300):
        a, b = np.exp(rng.normal([[0.7], [0]], 1, (2, n)))
        ratio = np.log(a / b)
        found.append(median_interval(ratio, n_resamples=500))
    assert np.mean([i.low <= 0.7 <= i.high for i in found]) > 0.88
    assert np.mean([i.low <= 2.5 <= i.high for i in found]) < 0.3


def test_no_ranking_where_the_interval_holds_one():
    assert ranking(Interval(1.01, 2, 3)) == "higher loss"
    assert ranking(Interval(0.1, 0.5, 0.99)) == "lower loss"
    assert ranking(Interval(0.9, 2, 3)) == ranking(Interval(0.1, 0.5, 1)) == "no ranking"
    assert ranking(Interval(1, 2, 3)) == "no ranking"


def test_a_share_has_an_interval_inside_zero_and_one():
    none, half = share_interval(0, 20), share_interval(10, 20)
    assert none.low == none.median == 0
    assert 0.1 < none.high < 0.2
    assert half.median == 0.5
    assert share_interval(1, 1).median == 1
    assert half.low == pytest.approx(1 - half.high)


def test_leaving_one_out_does_not_profit_from_chance():
    rng = np.random.default_rng(0)
    losses = rng.lognormal(size=(20, 200, 9))  # all settings are equally good
    honest = np.mean([np.log(leave_one_out(losses[:, k])[0]).mean() for k in range(200)])
    picked = np.mean([np.log(losses[:, k][np.argmin(np.median(losses[:, k], axis=1))]).mean() for k in range(200)])
    assert abs(honest) < 0.1
    assert picked < -0.3
    better = np.ones((3, 9))
    better[1] = 0.5
    assert leave_one_out(better)[1].tolist() == [1] * 9


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: median_interval([1, 2]), "three or more finite numbers"),
        (lambda: median_interval([1, 2, np.nan]), "values must be finite"),
        (lambda: median_interval(np.ones((3, 3))), r"values must have shape \(any\), but got \(3, 3\)"),
        (lambda: paired_comparison([1, 2, 3], [1, 2]), "have shapes"),
        (lambda: ratio_interval(np.ones((3, 3)), np.ones((3, 3))), "have shapes"),
        (lambda: paired_comparison([1, 2, 0], [1, 2, 3]), "positive and finite"),
        (lambda: paired_comparison([1, 2, 3], [1, 2, 0]), "positive and finite"),
        (lambda: ratio_interval([1, 2, np.inf], [1, 2, 3]), "positive and finite"),
        (lambda: ratio_interval([1, 2, 3], [1, 2, np.inf]), "positive and finite"),
        (lambda: median_interval([1, 2, 3], confidence=0), "confidence must be between 0 and 1, but got 0"),
        (lambda: median_interval([1, 2, 3], confidence=1), "confidence must be between 0 and 1, but got 1"),
        (lambda: median_interval([1, 2, 3], confidence=1.5), "confidence must be between 0 and 1, but got 1.5"),
        (lambda: median_interval([1, 2, 3], n_resamples=0), "n_resamples must be an integer >= 1, but got 0"),
        (lambda: median_interval([1, 2, 3], seed=-1), "seed must be an integer >= 0, but got -1"),
        (lambda: share_interval(5, 4), "n_of must be at most n, which is 4, but got 5"),
        (lambda: share_interval(-1, 4), "n_of must be an integer >= 0, but got -1"),
        (lambda: share_interval(0, 0), "n must be an integer >= 1, but got 0"),
        (lambda: leave_one_out([[1, 2]]), "three or more networks"),
        (lambda: leave_one_out([1, 2, 3]), r"losses must have shape \(any, any\), but got \(3,\)"),
        (lambda: leave_one_out([[np.nan] * 3, [1, 2, 3]]), "losses must be finite, but holds 3 NaN"),
        (lambda: leave_one_out([[1, 2, np.inf], [1, 2, 3]]), "losses must be finite, but holds 1 NaN or infinite"),
    ],
)
def test_statistics_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
