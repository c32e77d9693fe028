"""BPTT and RTRL are exact: against the complex-step derivative, against PyTorch, and against each other."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from oracles import ALL, EXACT, EXACT_RULE, backward, problem, problems, torch_gradient, worst_error

from rnn_tutorial import Gradients, bptt, compiled, rtrl
from rnn_tutorial.diagnostics import complex_step

SMALLEST = problem(n_in=0, n_rec=1, n_out=1, T=1, tau=1.0)
SILENT = problem(n_in=0, h0_scale=0.0)  # no input and no initial activity: nothing ever moves


@EXACT_RULE
@given(problems())
@example(SMALLEST)
@example(SILENT)
def test_equals_the_complex_step_derivative(rule, trial):
    assert worst_error(rule.gradient(*trial), complex_step(*trial)) < EXACT


@EXACT_RULE
@given(problems())
@example(SMALLEST)
@example(SILENT)
def test_equals_pytorch(rule, trial):
    assert worst_error(rule.gradient(*trial), torch_gradient(*trial)) < EXACT


@given(problems())
def test_the_two_oracles_agree(trial):
    assert worst_error(complex_step(*trial), torch_gradient(*trial)) < EXACT


@given(problems(T=100, n_rec=10))
def test_rtrl_equals_bptt_in_long_trials(trial):
    assert worst_error(rtrl.gradient(*trial), bptt.gradient(*trial)) < EXACT


@EXACT_RULE
def test_a_small_step_downhill_lowers_the_loss(rule):
    """The sign convention: a gradient, to be subtracted, and not an update."""
    net, x, y_target = problem()
    grad = rule.gradient(net, x, y_target)
    step = 1e-6
    moved = replace(net, **{n: w - step * g for n, w, g in zip(grad._fields, net.weights, grad, strict=True)})
    fall = net.loss(x, y_target) - moved.loss(x, y_target)
    assert fall == pytest.approx(step * sum((g**2).sum() for g in grad), rel=1e-4)


def test_the_rules_that_say_so_are_the_exact_ones():
    """Those that say it are held to it above; one that forgot to would be held to nothing."""
    assert [rule.name for rule in ALL if rule.exact] == ["bptt", "rtrl"]


# Feedback


@EXACT_RULE
@given(problems())
def test_random_feedback_starts_the_credit(rule, trial):
    net = trial[0]
    ours = rule.gradient(*trial, feedback="B")
    assert worst_error(ours, torch_gradient(*trial, feedback=net.B)) < EXACT
    assert worst_error(ours, backward(*trial, feedback=net.B)) < EXACT


@given(problems())
def test_random_feedback_is_one_rule_in_bptt_and_rtrl(trial):
    assert worst_error(rtrl.gradient(*trial, feedback="B"), bptt.gradient(*trial, feedback="B")) < EXACT


@EXACT_RULE
@given(problems())
def test_feedback_by_the_transposed_readout_is_the_gradient(rule, trial):
    net, x, y_target = trial
    matched = replace(net, B=net.W_out.T)
    assert worst_error(rule.gradient(matched, x, y_target, feedback="B"), complex_step(*trial)) < EXACT


@EXACT_RULE
def test_random_feedback_is_not_the_gradient(rule):
    trial = problem()
    random, exact = rule.gradient(*trial, feedback="B"), rule.gradient(*trial)
    assert worst_error([random.W], [exact.W]) > 0.1
    assert worst_error([random.W_in], [exact.W_in]) > 0.1
    assert worst_error([random.W_out], [exact.W_out]) < EXACT, "the readout needs no feedback"


# Truncation


@given(problems(), st.integers(0, 5))
def test_a_truncation_as_long_as_the_trial_truncates_nothing(trial, extra):
    T = len(trial[1])
    assert worst_error(bptt.gradient(*trial, truncation=T + extra), bptt.gradient(*trial)) == 0


@given(problems(), st.integers(1, 10))
def test_truncation_equals_pytorch_with_the_state_cut_off(trial, K):
    assert worst_error(bptt.gradient(*trial, truncation=K), torch_gradient(*trial, block=K)) < EXACT


def test_truncation_is_not_the_gradient():
    trial = problem(T=12)
    exact = bptt.gradient(*trial)
    assert all(worst_error(bptt.gradient(*trial, truncation=K), exact) > 1e-3 for K in range(1, 12))


def test_blocks_of_another_length_are_told_apart():
    """Negative control of the truncated oracle."""
    trial = problem(T=12)
    assert worst_error(bptt.gradient(*trial, truncation=4), torch_gradient(*trial, block=5)) > 1e-3


# Blocks


@given(problems(), st.integers(1, 12))
@example(SMALLEST, 1)
@example(SILENT, 3)
def test_rtrl_in_blocks_is_exact(trial, block):
    assert worst_error(rtrl.gradient(*trial, block=block), complex_step(*trial)) < EXACT


@given(problems(T=100, n_rec=10), st.integers(1, 101), st.sampled_from(["W_out", "B"]))
def test_rtrl_in_blocks_equals_bptt_in_long_trials(trial, block, feedback):
    ours = rtrl.gradient(*trial, block=block, feedback=feedback)
    assert worst_error(ours, bptt.gradient(*trial, feedback=feedback)) < EXACT


def test_blocks_without_what_is_carried_between_them_are_not_the_gradient():
    trial = problem(T=12)
    for block in range(1, 12):
        assert worst_error(rtrl.gradient(*trial, block=block), bptt.gradient(*trial, truncation=block)) > 1e-3


@given(problems(), st.integers(1, 12))
def test_loss_comes_with_the_gradient_in_blocks(trial, block):
    net, x, y_target = trial
    assert rtrl.loss_and_gradient(*trial, block=block)[0] == pytest.approx(net.loss(x, y_target), rel=EXACT)


@pytest.mark.skipif(compiled.NUMBA, reason="Python sees only the memory of plain NumPy")
def test_memory_of_blocks_does_not_grow_with_the_trial():
    def most(rule, T, **options):
        trial = problem(n_rec=12, T=T)
        tracemalloc.start()
        rule.gradient(*trial, **options)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak - sum(a.nbytes for a in trial[1:])  # which the kernel copies

    assert most(rtrl, 400, block=10) < 1.05 * most(rtrl, 50, block=10)
    assert most(bptt, 400) > 4 * most(bptt, 50)


# What each step contributes


@given(problems())
def test_contribution_of_a_step_is_the_gradient_of_that_steps_loss(trial):
    """The gradient of the loss up to step t, less that up to step t - 1: the sum alone could hide a share misplaced."""
    net, x, y_target = trial
    T = len(x)
    each = rtrl.contributions(*trial)
    before = Gradients(*(np.zeros(w.shape) for w in net.weights))
    for t in range(T):
        until = complex_step(net, x[: t + 1], y_target[: t + 1])
        until = Gradients(*((t + 1) / T * g for g in until))
        for share, now, then in zip(each, until, before, strict=True):
            # Two sums are subtracted here, so rounding is relative to the sums and not to their difference.
            np.testing.assert_allclose(share[t], now - then, rtol=0, atol=1e-12 * (1 + np.abs(now).max(initial=0)))
        before = until
