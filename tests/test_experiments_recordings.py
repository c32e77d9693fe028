"""The sweep of the chapter on signals: what it trains."""

from dataclasses import replace

import numpy as np
import pytest

from rnn_book.experiments.recordings import SPREAD, drawn, from_varied_starts, train_recording
from rnn_tutorial import bptt, tasks, train


def test_a_recording_is_trained_as_the_chapter_does():
    hand = tasks.hand_movement(100)
    usual = train(drawn("hand_movement", 1), hand, "rflo", 3, 0.1, progress=False)
    assert np.array_equal(train_recording(1, "hand_movement", "rflo", False, 0.1, 3)["curve"], usual.loss)
    heart = train_recording(1, "heartbeat", "bptt", False, 0.1, 3)["curve"]
    beat = tasks.heartbeat(150)
    assert heart[0] == pytest.approx(drawn("heartbeat", 1).loss(beat.x, beat.y_target), rel=1e-14)
    assert drawn("heartbeat", 0).tau == 5
    assert drawn("heartbeat", 0, tau=20).tau == 20


def test_a_varied_start_is_shifted_anew_in_each_trial():
    net, hand = drawn("hand_movement", 2), tasks.hand_movement(100)
    rule, rng = from_varied_starts(bptt, 2), np.random.default_rng([2, 1])
    for _ in range(2):
        shifted = replace(net, h0=net.h0 + SPREAD * rng.normal(size=net.n_rec))
        expected = bptt.gradient(shifted, hand.x, hand.y_target)
        assert np.array_equal(rule(net, hand.x, hand.y_target).W, expected.W)
    one, other = (train_recording(2, "hand_movement", "bptt", varied, 0.1, 2)["curve"] for varied in (True, False))
    assert not np.allclose(one, other, rtol=1e-3)


def test_errors():
    with pytest.raises(ValueError, match="signal must be one of 'heartbeat', 'hand_movement', but got 'voice'"):
        drawn("voice", 0)
