"""The example by hand: its fractions are those of the package, for every rule, and of the text."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from rnn_book import two_units
from rnn_tutorial import bptt, diagnostics, rflo, rtrl

WEAK = 1e-6
F = Fraction


def by_package(weak=WEAK, change=lambda net: net, **example):
    """What the package makes of the example, with the factor of its weak activity taken out."""
    net, x, y_target = two_units.network(weak, **example)
    net = change(net)
    local = replace(net, B=net.W_out.T)
    found = {
        "bptt": bptt.gradient(net, x, y_target).W,
        "rtrl": rtrl.gradient(net, x, y_target).W,
        "local": rflo.gradient(local, x, y_target).W,
        "rflo": rflo.gradient(net, x, y_target).W,
    }
    return {name: gradient / weak**2 for name, gradient in found.items()}


def agree(hand, package):
    return all(np.allclose(getattr(hand, rule).astype(float), W, rtol=0, atol=1e-9) for rule, W in package.items())


@pytest.mark.parametrize(
    "example",
    [{}, {"B": (-1, 1)}, {"B": (1, -1)}, {"h0": (-1, F(1, 2)), "w": F(-3, 2), "tau": 4, "y_target": (1, F(-1, 2))}],
)
def test_the_fractions_are_the_package_s(example):
    hand = two_units.work_out(**example)
    assert agree(hand, by_package(**example))
    net, x, y_target = two_units.network(WEAK, **example)
    trial = net.run(x)
    assert np.allclose(hand.h.astype(float), trial.h / WEAK, rtol=0, atol=1e-9)
    assert np.allclose(hand.y.astype(float), trial.y / WEAK, rtol=0, atol=1e-9)
    assert float(hand.loss) == pytest.approx(net.loss(x, y_target) / WEAK**2, rel=1e-9)


def test_another_network_or_strong_activity_is_seen():
    hand = two_units.work_out()
    assert not agree(hand, by_package(weak=1.0))  # here the tanh bends
    assert not agree(hand, by_package(change=lambda net: replace(net, W=net.W.T)))
    assert not agree(hand, by_package(change=lambda net: replace(net, tau=3)))
    assert not agree(hand, by_package(B=(1, 2)))


def test_what_each_rule_carries_is_the_derivative():
    hand = two_units.work_out()
    net, x, y_target = two_units.network(WEAK)
    for i in range(2):
        for j in range(2):
            W = net.W.astype(complex)
            W[i, j] += 1e-30j
            dh = replace(net, W=W).run(x).h.imag / 1e-30 / WEAK
            assert np.allclose(hand.P[:, :, i, j].astype(float), dh, rtol=0, atol=1e-9)
    assert not np.allclose(hand.P[2, 1].astype(float), hand.p[2].astype(float))
    error = hand.error.astype(float)
    for k in range(2):  # z_0: what the loss does if h_1 were another, with h_1 as the start of a trial of one step
        start = WEAK * (hand.h[1].astype(float) + np.where(np.arange(2) == k, 1e-30j, 0) / WEAK)
        y = np.array([(net.W_out @ start)[0], complex_output(net, start)])
        total = np.sum((y_target[:, 0] - y) ** 2) / 2
        assert -total.imag / 1e-30 / WEAK == pytest.approx(float(hand.z[0, k]), abs=1e-9)
    assert error.tolist() == [[0.0], [0.5]]


def complex_output(net, h):
    """The output one step after the state h."""
    return (net.W_out @ (h + (-h + np.tanh(net.W @ h)) / net.tau))[0]


def test_the_numbers_of_the_text():
    hand = two_units.work_out()
    assert hand.h.tolist() == [[1, 0], [F(1, 2), F(1, 2)], [F(1, 4), F(1, 2)]]
    assert hand.u.tolist() == [[0, 1], [0, F(1, 2)]]
    assert hand.loss == F(1, 16)
    assert hand.z.tolist() == [[F(1, 4), F(1, 4)], [0, F(1, 2)]]
    exact = [[F(-1, 16), 0], [F(-1, 8), F(-1, 16)]]
    assert hand.bptt.tolist() == hand.rtrl.tolist() == exact
    assert hand.P[2].tolist() == [[[F(1, 2), F(1, 4)], [0, 0]], [[F(1, 4), 0], [F(1, 2), F(1, 4)]]]
    assert hand.p[2].tolist() == [[F(1, 2), F(1, 4)]] * 2
    assert hand.local.tolist() == [[0, 0], [F(-1, 8), F(-1, 16)]]
    assert hand.rflo.tolist() == [[F(-1, 8), F(-1, 16)]] * 2
    angles = {}
    for B in ((1, 1), (-1, 1), (1, -1)):
        estimate = two_units.work_out(B=B).rflo.astype(float)
        angles[B] = diagnostics.angle(estimate, hand.bptt.astype(float))
    assert [round(a, 1) for a in angles.values()] == [25.4, 67.2, 112.8]
    assert round(diagnostics.angle(hand.local.astype(float), hand.bptt.astype(float)), 1) == 24.1


def test_fractions_are_written_as_on_paper():
    assert two_units.pmatrix([F(1, 2), 0]) == r"\begin{pmatrix}\tfrac{1}{2} \\ 0\end{pmatrix}"
    assert two_units.pmatrix([[F(-1, 8), 1]]) == r"\begin{pmatrix}-\tfrac{1}{8} & 1\end{pmatrix}"
