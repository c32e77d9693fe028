"""Dale's law at a matched spectrum and the gain of the readout: what the experiments do, apart from what they find."""

import numpy as np
import pytest

from rnn_book.experiments.periodic import split_by_sign, train_dale
from rnn_book.experiments.supplements import TRACES, matched_signs, train_gain, train_matched, with_trace
from rnn_tutorial import Network, rflo, tasks, train
from rnn_tutorial.diagnostics import relative_error


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


def test_a_trace_of_tau_is_rflo_and_others_are_not():
    net, task = Network.random(0, 30, 1, seed=2), tasks.sum_of_sines(200, n_in=0)
    usual = rflo.gradient(net, task.x, task.y_target)
    of = {tau_e: with_trace(tau_e, 200).gradient(net, task.x, task.y_target) for tau_e in TRACES}
    assert relative_error(of[10], usual) < 1e-12
    assert relative_error(of[1], usual) > 0.01
    assert relative_error(of[100], usual) > 0.01


def test_without_memory_a_trace_holds_the_last_step_alone():
    """Of a trial of three steps, written out: error times slope times what came in, at each step."""
    net, y_target = Network.random(0, 4, 1, tau=5, seed=3), np.array([[1.0], [2.0], [-1.0]])
    h, W = net.h0, np.zeros((4, 4))
    for target in y_target:
        r = np.tanh(net.W @ h)
        after = h + (-h + r) / net.tau
        W -= np.outer(net.B @ (target - net.W_out @ after) * (1 - r**2), h) / 3
        h = after
    assert relative_error(with_trace(1, 3).gradient(net, np.zeros((3, 0)), y_target).W, W) < 1e-12
