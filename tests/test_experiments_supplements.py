"""Dale's law at a matched spectrum and the gain of the readout: what the experiments do, apart from what they find."""

import numpy as np
import pytest

from rnn_book.experiments.periodic import split_by_sign, train_dale
from rnn_book.experiments.supplements import matched_signs, train_gain, train_matched
from rnn_tutorial import Network, tasks, train


def modulus(A):
    return np.sqrt(np.mean(abs(np.linalg.eigvals(A)) ** 2))


def test_signs_of_a_matched_spectrum():
    W = Network.random(0, 30, 1, seed=3).W
    signed = matched_signs(W)
    assert modulus(signed) == pytest.approx(modulus(W), rel=1e-12)
    assert modulus(split_by_sign(W)) < 0.9 * modulus(W), "signs alone lower the gain"
    assert (signed[:, :15] > 0).all()
    assert (signed[:, 15:] < 0).all()


def test_the_matched_start_is_another_start():
    matched, plain = train_matched(1, "rflo", 3)["curve"], train_dale(1, 200, "rflo", 0.03, 3, "kept")["curve"]
    assert matched[0] != pytest.approx(plain[0], rel=1e-3)


def test_the_gain_scales_the_readout():
    net, task = Network.random(0, 30, 1, g=2.0, seed=4), tasks.sum_of_sines(200, n_in=0)
    target, y = task.y_target, net.run(task.x).y
    assert train_gain(4, "bptt", 2.0, 2)["curve"][0] == pytest.approx(np.mean((target - 2 * y) ** 2) / 2, rel=1e-12)
    unit = Network.random(0, 30, 1, g=1.0, seed=4)
    alike = train(unit, task, "bptt", 2, 0.03, progress=False).loss
    assert np.array_equal(train_gain(4, "bptt", 1.0, 2)["curve"], alike)
