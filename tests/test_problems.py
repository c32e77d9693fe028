"""The problem set: drawn anew from each seed, with a key that is right."""

import sys
from fractions import Fraction

import numpy as np
import pytest
from oracles import EXACT, problem, worst_error

from rnn_book import problems
from rnn_book.checks import EXERCISES, check
from rnn_book.two_units import work_out
from rnn_tutorial import Gradients, History, bptt, rflo


@pytest.mark.slow
def test_a_seed_draws_one_set_and_another_seed_another():
    first, again, other = (problems.sheet_and_key(seed) for seed in (1, 1, 2))
    assert first == again
    assert first[0] != other[0]
    assert first[1] != other[1]


def test_the_answers_by_hand_are_the_derivatives():
    rng = np.random.default_rng(0)
    for _ in range(20):
        h0, y_target, B = ([Fraction(int(k), 2) for k in rng.integers(-4, 5, 2)] for _ in range(3))
        w, tau = Fraction(int(rng.integers(-4, 5)), 2), int(rng.integers(2, 5))
        found = work_out(h0, w, tau, y_target, B)

        def loss(W, h0=h0, tau=tau, y_target=y_target):
            h, total = np.array(h0, float), 0
            for t in range(2):
                h = h + (-h + W @ h) / tau
                total = total + (float(y_target[t]) - h[1]) ** 2
            return total / 4

        for a in range(2):
            for b in range(2):
                W = np.array([[0, 0], [float(w), 0]], complex)
                W[a, b] += 1e-30j
                assert float(found.bptt[a, b]) == pytest.approx(loss(W).imag / 1e-30, rel=1e-12, abs=1e-14)
        # Unit 2 drives nobody, so what is local is all there is for the synapses onto it.
        assert list(found.rflo[1]) == [B[1] * g for g in found.bptt[1]]


def nudged(net, x, y_target, weights):
    """The derivative of a weighted loss with respect to each matrix, by the complex step."""
    found = []
    for name in Gradients._fields:
        grad = np.zeros(getattr(net, name).shape)
        for place in np.ndindex(grad.shape):
            W = {key: getattr(net, key).astype(complex) for key in Gradients._fields}
            W[name][place] += 1e-30j
            h, total = net.h0, 0
            for t in range(len(x)):
                h = h + (-h + np.tanh(W["W"] @ h + W["W_in"] @ x[t])) / net.tau
                total = total + weights[t] * np.sum((y_target[t] - W["W_out"] @ h) ** 2)
            grad[place] = total.imag / 1e-30 / (2 * len(x))
        found.append(grad)
    return found


@pytest.mark.parametrize("loss", problems.LOSSES)
def test_the_keys_rule_is_the_gradient_of_its_loss(loss):
    net, x, y_target = problem(3, T=9)
    weights = problems.LOSSES[loss][1](9, 0.8, 4)
    exact = nudged(net, x, y_target, weights)
    assert worst_error(problems.gradient_of(loss, 0.8, 4)(net, x, y_target), exact) < EXACT
    assert worst_error(bptt.gradient(net, x, y_target), exact) > 0.01  # the usual loss has another


def test_a_box_holds_the_mistake_that_the_key_names():
    for code in ("000000", "abc123", "f00d00"):
        rule, mistake = problems._content(code)
        wrong = EXERCISES[rule].reference(*problem(1), **EXERCISES[rule].mistakes[mistake].options)
        assert worst_error(problems.open_box(code)(*problem(1)), wrong) < EXACT
        right = {"bptt": bptt, "rflo": rflo}[rule].gradient(*problem(1))
        assert worst_error(problems.open_box(code)(*problem(1)), right) > 0.01
        assert mistake not in repr(problems.open_box(code))


def test_a_check_does_not_open_a_box():
    box = problems.open_box("abc123")
    assert "It is a black box." in check("rflo", box).text
    assert "It asks the package" in check("rflo", lambda *trial: box(*trial)).text


@pytest.mark.parametrize(("seed", "said"), [("-1", "seed must be an integer >= 0, but got -1"), ("x", "invalid int")])
def test_the_command_refuses_what_is_no_seed_and_writes_nothing(tmp_path, monkeypatch, capsys, seed, said):
    monkeypatch.setattr(sys, "argv", ["problems", "--out", str(tmp_path / "out"), seed])
    with pytest.raises(SystemExit) as ended:
        problems.main()
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.half_second
def test_the_command_writes_the_sheet_and_the_key(tmp_path, monkeypatch):
    """Negative control, with the smallest seed."""
    monkeypatch.setattr(sys, "argv", ["problems", "0", "--out", str(tmp_path / "out")])
    monkeypatch.setattr(problems, "train", lambda net, *given: History(net, np.ones(1), np.ones(1), None))
    problems.main()
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"sheet-0.md", "key-0.md"}


def test_codes_reach_many_boxes():
    reached = {problems._content(f"{k:06x}") for k in range(2000)}
    assert reached == set(problems.BOXES)
