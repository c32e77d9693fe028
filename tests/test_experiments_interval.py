"""The Ready-Set-Go task."""

import numpy as np
import pytest

from rnn_book.experiments import interval


@pytest.mark.parametrize("gap", [50, 77, 100])
def test_pulses_peak_at_ready_set_and_go(gap):
    x, y_target = interval.ready_set_go(gap, 100)
    assert x[:, 0].argmax() == interval.READY
    assert x[:, 1].argmax() - x[:, 0].argmax() == gap
    assert y_target[:, 0].argmax() - x[:, 1].argmax() == gap
    assert y_target.max() == 1
    assert len(x) == len(y_target) == len(interval.ready_set_go(50, 100)[0])


def test_longest_answer_fits_into_the_trial():
    assert interval.ready_set_go(100, 100)[1][-1] < 0.02


def test_response_reads_the_interval_of_the_target_itself():
    for gap in (50, 77, 100):
        assert interval.response(interval.ready_set_go(gap, 100)[1], gap) == gap


def test_response_sees_a_late_answer_and_none():
    late = np.roll(interval.ready_set_go(60, 100)[1], 7, axis=0)
    assert interval.response(late, 60) == 67
    assert np.isnan(interval.response(0.4 * late, 60))


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["rflo", "bptt"])
def test_training_lowers_the_loss_and_seeds_reproduce(rule):
    first, again, other = (interval.train_interval(seed, 60, rule, 0.03, 200) for seed in (0, 0, 1))
    assert first["curve"][-1] < first["curve"][0]
    assert first["curve"].tolist() == again["curve"].tolist() != other["curve"].tolist()


def test_a_diverged_network_gives_no_answer():
    run = interval.train_interval(0, 60, "bptt", 30.0, 100)
    assert run["diverged"]
    assert np.isnan(run["produced"]).all()
