"""The network against Eqs. 1 and 2 written in loops, and what a user may rely on when passing it around."""

import copy
import pickle
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given
from oracles import EVERY_RULE, EXACT, loss_by_loops, problem, problems, run_by_loops

from rnn_tutorial import Network, Task, _check
from rnn_tutorial.diagnostics import relative_error

ARRAYS = ("W_in", "W", "W_out", "B", "h0")


@given(problems())
def test_activity_follows_eq_1(trial):
    net, x, _ = trial
    for ours, by_loops in zip(net.run(x), run_by_loops(net, x), strict=True):
        assert ours.shape == by_loops.shape
        np.testing.assert_allclose(ours, by_loops, rtol=EXACT, atol=1e-12)


@given(problems())
def test_loss_is_eq_2(trial):
    net, x, y_target = trial
    assert net.loss(x, y_target) == pytest.approx(loss_by_loops(run_by_loops(net, x)[2], y_target), rel=EXACT)


def test_loss_of_a_known_error():
    """Output 0, targets 3 and 4 in each of two steps: (9 + 16) * 2 / (2 * 2)."""
    net = replace(Network.random(1, 3, 2), W_out=np.zeros((2, 3)))
    assert net.loss(np.ones((2, 1)), [[3, 4], [3, 4]]) == 12.5


def test_tau_of_one_has_no_memory_but_the_recurrence():
    net, x, _ = problem(tau=1.0)
    h, u, _ = net.run(x)
    np.testing.assert_allclose(h[1:], np.tanh(u), rtol=0, atol=1e-15)


def test_shapes_and_sizes():
    net, x, _ = problem(n_in=3, n_rec=5, n_out=2, T=7)
    assert (net.n_in, net.n_rec, net.n_out) == (3, 5, 2)
    assert [a.shape for a in net.run(x)] == [(8, 5), (7, 5), (7, 2)]
    assert [w.shape for w in net.weights] == [(5, 3), (5, 5), (2, 5)]
    assert net.feedback("B").shape == net.feedback("W_out").shape == (5, 2)
    assert repr(net) == "Network(n_in=3, n_rec=5, n_out=2, tau=3)"


@pytest.mark.parametrize("name", ARRAYS)
def test_a_network_is_a_value(name):
    given_arrays = {n: np.array(getattr(problem()[0], n)) for n in ARRAYS}
    net = Network(**given_arrays, tau=3)
    kept = getattr(net, name).copy()
    given_arrays[name][:] = 99
    assert np.array_equal(getattr(net, name), kept), "the network must hold a copy of what it was given"
    with pytest.raises(ValueError, match="read-only"):
        getattr(net, name)[:] = 0
    with pytest.raises(FrozenInstanceError):
        setattr(net, name, kept)


@EVERY_RULE
def test_rules_change_nothing(rule):
    net, x, y_target = problem()
    before = [np.array(getattr(net, n)) for n in ARRAYS] + [x.copy(), y_target.copy()]
    rule.gradient(net, x, y_target)
    rule.loss_and_gradient(net, x, y_target)
    if rule.online:
        rule.contributions(net, x, y_target)
    after = [getattr(net, n) for n in ARRAYS] + [x, y_target]
    assert all(np.array_equal(a, b) for a, b in zip(after, before, strict=True))


def test_lists_and_integers_are_welcome():
    net = Network(W_in=[[1]], W=[[0]], W_out=[[2]], B=[[1]], tau=1, h0=[0])
    assert net.run([[1], [0]]).y[0, 0] == pytest.approx(2 * np.tanh(1), rel=1e-15)


def test_complex_weights_pass_through():
    """The imaginary part of a nudged weight must arrive at the loss: the complex-step oracle stands on it."""
    net, x, y_target = problem()
    nudged = replace(net, W=net.W + 1e-30j)
    assert nudged.run(x).h.dtype == nudged.run(x).y.dtype == complex
    loss = nudged.loss(x, y_target)
    assert loss.real == pytest.approx(net.loss(x, y_target), rel=EXACT)
    assert loss.imag != 0


def test_the_draw_that_is_asked_for_by_its_sizes_alone():
    """The paper's time constant and gain, and the first seed: chapters count on them without naming them."""
    net, spelled_out = Network.random(2, 5, 3), Network.random(2, 5, 3, tau=10, g=1.5, seed=0, h0=0.1)
    assert net.tau == spelled_out.tau
    assert all(np.array_equal(getattr(net, name), getattr(spelled_out, name)) for name in ARRAYS)


def test_the_memory_that_a_draw_asks_for_is_that_of_its_arrays(monkeypatch):
    asked = []
    monkeypatch.setattr(_check, "memory", lambda name, n_numbers: asked.append(n_numbers))
    net = Network.random(3, 5, 2)
    assert asked == [sum(getattr(net, name).size for name in ARRAYS)]


def test_both_kinds_of_feedback_lie_in_memory_alike():
    """Else each kernel would be compiled twice."""
    net = problem()[0]
    for name in ("W_out", "B"):
        feedback = net.arrays(name).feedback
        assert np.array_equal(feedback, net.feedback(name))
        assert feedback.flags.f_contiguous
        assert not feedback.flags.c_contiguous


def test_each_property_says_what_it_is():
    assert all(getattr(Network, name).__doc__ for name in ("n_in", "n_rec", "n_out", "weights"))


def test_seeds():
    def draws(seed):
        net = Network.random(2, 6, 2, seed=seed)
        return [getattr(net, n) for n in ("W_in", "W", "W_out", "B")]

    assert all(np.array_equal(a, b) for a, b in zip(draws(3), draws(3), strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(draws(3), draws(4), strict=True))


def test_recurrent_weights_do_not_depend_on_inputs_or_outputs():
    """Otherwise a task with one input more would be compared on another network."""
    assert np.array_equal(Network.random(0, 6, 1, seed=5).W, Network.random(3, 6, 4, seed=5).W)
    assert np.array_equal(Network.random(0, 6, 2, seed=5).B, Network.random(3, 6, 2, seed=5).B)


def test_initial_state():
    assert np.array_equal(Network.random(1, 3, 1).h0, [0.1] * 3)
    assert np.array_equal(Network.random(1, 3, 1, h0=-0.2).h0, [-0.2] * 3)
    assert np.array_equal(Network.random(1, 3, 1, h0=[1, 2, 3]).h0, [1, 2, 3])


@pytest.mark.parametrize(("n_rec", "g"), [(100, 1.5), (400, 0.8)])
def test_scalings_of_the_draw(n_rec, g):
    """Each bound is at least four standard errors of its estimate; 10^4 draws nearly touch the edges."""
    net = Network.random(100, n_rec, 100, g=g, seed=1)

    def kurtosis(a):
        return np.mean((a - a.mean()) ** 4) / a.var() ** 2

    for normal, std in ((net.W, g / np.sqrt(n_rec)), (net.B, 1)):
        assert normal.std() == pytest.approx(std, rel=0.03)
        assert abs(normal.mean()) < 0.04 * std
        assert kurtosis(normal) == pytest.approx(3, abs=0.2)
    for uniform, edge in ((net.W_in, 1), (net.W_out, 1 / np.sqrt(n_rec))):
        assert np.abs(uniform).max() <= edge
        assert uniform.max() > 0.998 * edge
        assert uniform.min() < -0.998 * edge
        assert abs(uniform.mean()) < 0.03 * edge
        assert kurtosis(uniform) == pytest.approx(9 / 5, abs=0.1)


def test_the_four_draws_are_independent():
    net = Network.random(100, 100, 100, seed=2)
    draws = np.array([getattr(net, name).ravel() for name in ("W_in", "W", "W_out", "B")])
    # 10^4 numbers each: a correlation by chance has a standard deviation of 0.01.
    assert np.abs(np.corrcoef(draws) - np.eye(4)).max() < 0.05
    assert abs(np.corrcoef(net.W_out.T.ravel(), net.B.ravel())[0, 1]) < 0.05


def test_activity_of_another_network_is_told_apart():
    """Negative control: the comparison by loops sees a transposed recurrent matrix."""
    net, x, _ = problem()
    assert relative_error(replace(net, W=net.W.T).run(x).h, run_by_loops(net, x)[0]) > 0.1


@pytest.mark.parametrize("number", [np.int8, np.int16, np.uint64])
def test_numbers_of_numpy_draw_the_same_network(number):
    ours, theirs = Network.random(1, 30, 2, seed=5), Network.random(number(1), number(30), number(2), seed=number(5))
    assert all(np.array_equal(a, b) for a, b in zip(vars(ours).values(), vars(theirs).values(), strict=True))


@pytest.mark.parametrize("again", [copy.deepcopy, copy.copy, lambda value: pickle.loads(pickle.dumps(value))])
def test_a_copy_is_a_value_too(again):
    net, task = Network.random(1, 3, 1), Task([[1.0]], [[2.0]], "mine")
    for made in (net, task):
        other = again(made)
        assert vars(other).keys() == vars(made).keys()
        for name, value in vars(made).items():
            assert np.array_equal(getattr(other, name), value)
            assert not (isinstance(value, np.ndarray) and getattr(other, name).flags.writeable)
