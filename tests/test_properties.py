"""What holds for arrays of every kind and numbers of every size, and where exactness ends, as the API page says."""

import contextlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import EVERY_RULE, EXACT, EXACT_RULE, ONLINE_RULE, problem, problems, total, worst_error

from rnn_tutorial import Network, Task, bptt, rtrl, train
from rnn_tutorial.compiled import NUMBA
from rnn_tutorial.diagnostics import angle, complex_step, cosine, relative_error


def strided(a):
    """The same numbers in a view of every other one."""
    wide = np.full(tuple(2 * n for n in a.shape), np.nan)
    wide[tuple(slice(None, None, 2) for _ in a.shape)] = a
    return wide[tuple(slice(None, None, 2) for _ in a.shape)]


def locked(a):
    a = a.copy()
    a.flags.writeable = False
    return a


KINDS = {
    "Fortran order": np.asfortranarray,
    "strided": strided,
    "reversed": lambda a: a[::-1].copy()[::-1],
    "read-only": locked,
    "big-endian": lambda a: a.astype(">f8"),
    "list": lambda a: a.tolist(),
    "objects": lambda a: a.astype(object),
}


def in_kind(kind, trial):
    net, x, y_target = trial
    arrays = {name: KINDS[kind](getattr(net, name)) for name in ("W_in", "W", "W_out", "B", "h0")}
    return Network(**arrays, tau=net.tau), KINDS[kind](x), KINDS[kind](y_target)


@EVERY_RULE
@given(problems(), st.sampled_from(list(KINDS)))
def test_an_array_of_any_kind_is_the_same_numbers(rule, trial, kind):
    if kind == "list" and trial[0].n_in == 0:
        kind = "strided"  # a list of empty lists is the only one that tells its width all the same
    given_arrays = in_kind(kind, trial)
    before = [np.array(a, float) for a in given_arrays[1:]]
    assert worst_error(rule.gradient(*given_arrays), rule.gradient(*trial)) == 0
    for a, b in zip(given_arrays[1:], before, strict=True):
        assert np.array_equal(np.array(a, float), b), "nothing that is given is changed"


@EVERY_RULE
@given(problems())
def test_single_precision_and_integers_are_taken_as_they_are(rule, trial):
    net, x, y_target = trial
    names = ("W_in", "W", "W_out", "B", "h0")
    single = {name: getattr(net, name).astype(np.float32) for name in names}
    double = {name: a.astype(float) for name, a in single.items()}
    whole = np.rint(3 * y_target)
    short = rule.gradient(Network(**single, tau=net.tau), x.astype(np.float32), whole.astype(np.int8))
    assert worst_error(short, rule.gradient(Network(**double, tau=net.tau), x.astype(np.float32), whole)) == 0


@EXACT_RULE
@given(problems(), st.sampled_from([1e-8, 1e-4, 1e4, 1e8]), st.sampled_from(["y_target", "W_out"]))
def test_exact_at_every_scale_of_the_output(rule, trial, scale, scaled):
    net, x, y_target = trial
    trial = (net, x, scale * y_target) if scaled == "y_target" else (replace(net, W_out=scale * net.W_out), x, y_target)
    assert worst_error(rule.gradient(*trial), complex_step(*trial)) < EXACT


@EXACT_RULE
@given(problems(), st.sampled_from([1e-8, 1e-4]))
def test_exact_where_everything_is_small(rule, trial, scale):
    net, x, y_target = trial
    trial = replace(net, h0=scale * net.h0), scale * x, scale * y_target
    assert worst_error(rule.gradient(*trial), complex_step(*trial)) < EXACT


@EXACT_RULE
@given(problems(), st.sampled_from([1, 1e3, 1e6]), st.sampled_from([1, 2, 9]))
def test_exact_at_every_time_constant(rule, trial, tau, T):
    net = replace(trial[0], tau=tau)
    x, y_target = np.resize(trial[1], (T, net.n_in)), np.resize(trial[2], (T, net.n_out))
    assert worst_error(rule.gradient(net, x, y_target), complex_step(net, x, y_target)) < EXACT


@ONLINE_RULE
@given(problems(), st.sampled_from([1e-8, 1e8]))
def test_contributions_sum_up_at_every_scale(rule, trial, scale):
    net, x, y_target = trial
    trial = net, x, scale * y_target
    assert worst_error(total(rule.contributions(*trial)), rule.gradient(*trial)) < EXACT


@EVERY_RULE
@given(problems(), st.sampled_from([0.0, 0.01]))
def test_a_trial_of_training_is_the_gradient(rule, trial, rate):
    net, x, y_target = trial
    after = train(net, Task(x, y_target), rule, 1, rate, progress=False).network
    for new, w, g in zip(after.weights, net.weights, rule.gradient(*trial), strict=True):
        np.testing.assert_allclose(new, w - rate * g, rtol=1e-14, atol=1e-15)


# Where exactness ends


@EVERY_RULE
def test_what_overflows_is_returned_as_it_is(rule):
    net, x, y_target = problem()
    far = replace(net, W_out=1e200 * net.W_out, B=1e200 * net.B), x, y_target
    assert np.isfinite(rule.gradient(*problem()).W).all()
    with contextlib.nullcontext() if NUMBA else pytest.warns(RuntimeWarning, match="overflow|invalid value"):
        loss, gradients = rule.loss_and_gradient(*far)
    assert not np.isfinite(loss)
    assert not all(np.isfinite(part).all() for part in gradients)


def saturated(u):
    """One unit, one step, driven to this input current."""
    net = Network(W_in=[[u]], W=[[0.0]], W_out=[[1.0]], B=[[1.0]], tau=1, h0=[0.0])
    return net, np.ones((1, 1)), np.zeros((1, 1))


@EXACT_RULE
@pytest.mark.parametrize(("u", "at_most"), [(1, 1e-14), (5, 1e-11), (10, 1e-6), (15, 1e-2), (18, 1)])
def test_the_slope_of_a_saturated_unit_has_an_absolute_error(rule, u, at_most):
    """``1 - r**2`` cancels: its error is a few roundings of 1, and grows relative to a slope of ``4 exp(-2 u)``.

    The compiled tanh is right to two units in the last place of r, which is 2.2e-16 and twice that in r**2; to round
    r**2 itself adds 0.6e-16.
    """
    trial = saturated(u)
    ours, exact = rule.gradient(*trial).W_in, complex_step(*trial).W_in
    assert exact == pytest.approx(np.tanh(u) / np.cosh(u) ** 2, rel=1e-14)
    assert np.abs(ours - exact).max() < 5e-16
    assert relative_error(ours, exact) < at_most


@EXACT_RULE
def test_nothing_is_left_of_the_slope_from_twenty_on(rule):
    """Negative control of the limit that the API page states: there it is wrong altogether, relative to itself."""
    trial = saturated(20)
    assert rule.gradient(*trial).W_in == 0
    assert 0 < complex_step(*trial).W_in < 2e-17


@EXACT_RULE
@given(problems(n_rec=3, T=4, n_in=2))
def test_saturated_units_cost_no_more_than_a_rounding_of_each_slope(rule, trial):
    net, x, y_target = trial
    trial = net, 30 * x, y_target
    for ours, exact in zip(rule.gradient(*trial), complex_step(*trial), strict=True):
        assert np.abs(ours - exact).max() < 1e-12 * (1 + np.abs(exact).max())


def test_a_chaotic_trial_has_no_gradient_to_check():
    """Two exact rules agree on the same trajectory; a nudge by one rounding takes the trajectory elsewhere."""
    net, x, y_target = problem(seed=9, n_in=0, n_rec=40, n_out=1, T=1500, g=3.0)
    truth = bptt.gradient(net, x, y_target)
    assert worst_error(rtrl.gradient(net, x, y_target, block=40), truth) < EXACT
    nudged = replace(net, h0=net.h0 * (1 + 2e-16))
    assert worst_error(bptt.gradient(nudged, x, y_target), truth) > 1000 * EXACT


# Angles and errors


@given(st.integers(0, 10**6), st.integers(-300, 300), st.integers(-300, 300))
def test_angles_and_errors_do_not_depend_on_the_scale(seed, a_scale, b_scale):
    a, b = np.random.default_rng(seed).normal(size=(2, 5))
    assert cosine(a * 2.0**a_scale, b * 2.0**b_scale) == cosine(a, b)
    assert relative_error(a * 2.0**a_scale, b * 2.0**a_scale) == relative_error(a, b)


@pytest.mark.parametrize("scale", [1e-200, 1e200, 5e-324])
def test_angles_at_the_ends_of_the_numbers(scale):
    assert cosine([scale, 0], [scale, scale]) == pytest.approx(np.sqrt(0.5))
    assert relative_error([scale, 0], [0, scale]) == pytest.approx(np.sqrt(2))
    assert angle([scale], [-scale]) == 180


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.int64, bool, np.float32])
def test_angles_of_whole_numbers(kind):
    a, b = np.array([200, 100, 0]).astype(kind), np.array([1, 0, 201]).astype(kind)
    assert cosine(a, a) == pytest.approx(1)
    assert cosine(a, b) == pytest.approx(cosine(a.astype(float), b.astype(float)))
    assert relative_error(a, b) == pytest.approx(relative_error(a.astype(float), b.astype(float)))


def test_errors_of_complex_numbers():
    assert relative_error([1j], [1]) == pytest.approx(np.sqrt(2))
    assert relative_error([3 + 4j], [0j + 5]) == pytest.approx(abs(-2 + 4j) / 5)
