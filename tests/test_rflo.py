"""RFLO against its definition (Eqs. 5 and 6) in loops, its backward form, and what is and is not a gradient."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from oracles import (
    EVERY_RULE,
    EXACT,
    backward,
    problem,
    problems,
    rflo_by_loops,
    run_by_loops,
    torch_gradient,
    total,
    worst_error,
)

from rnn_tutorial import Gradients, bptt, rflo

SMALLEST = problem(n_in=0, n_rec=1, n_out=1, T=1, tau=1.0)


def backward_sum(net, x, y_target):
    """``lambda(t) = (1 - 1/tau) lambda(t+1) + B eps(t)``, and each weight its local slope times lambda."""
    h, u, y = run_by_loops(net, x)
    T, error = len(x), y_target - y
    lam = error @ net.B.T
    for t in reversed(range(T - 1)):
        lam[t] += (1 - 1 / net.tau) * lam[t + 1]
    local = (1 - np.tanh(u) ** 2) * lam / (T * net.tau)
    return Gradients(-local.T @ x, -local.T @ h[:-1], -error.T @ h[1:] / T)


@given(problems())
@example(SMALLEST)
def test_equals_its_definition(trial):
    assert worst_error(rflo.gradient(*trial), total(rflo_by_loops(*trial))) < EXACT


@given(problems())
@example(SMALLEST)
def test_equals_its_backward_sum(trial):
    assert worst_error(rflo.gradient(*trial), backward_sum(*trial)) < EXACT


def test_the_gradient_of_a_trial_takes_the_shorter_way():
    """The same to rounding as the sum over the steps, but not the same computation."""
    trial = problem()
    assert not np.array_equal(rflo.gradient(*trial).W, total(rflo.contributions(*trial)).W)


@given(problems())
def test_equals_bptt_with_the_leak_for_jacobian_and_random_feedback(trial):
    net = trial[0]
    assert worst_error(rflo.gradient(*trial), backward(*trial, feedback=net.B, recurrent=False)) < EXACT


@EVERY_RULE
def test_what_a_leak_near_zero_makes_is_exact_to_rounding_of_the_state_alone(rule):
    trial = problem(n_in=0, n_rec=1, n_out=1, T=1, tau=np.nextafter(1, 2), g=0.0)
    by_rule, by_sum = rule.gradient(*trial).W_out, backward(*trial, feedback=trial[0].B, recurrent=False).W_out
    off = 2**-53 * abs(trial[0].h0)
    assert abs(by_rule - by_sum) < off < abs(by_sum)  # with plain NumPy a fifth of it


@given(problems())
def test_the_same_backward_pass_with_the_full_jacobian_is_bptt(trial):
    """So that the leak alone is what the test before has tested."""
    net = trial[0]
    assert worst_error(backward(*trial, feedback=net.W_out.T), bptt.gradient(*trial)) < EXACT


@given(problems())
def test_local_only_takes_the_readout_for_feedback(trial):
    net, x, y_target = trial
    local_only = rflo.gradient(*trial, feedback="W_out")
    assert worst_error(local_only, backward(*trial, feedback=net.W_out.T, recurrent=False)) < EXACT
    assert worst_error(local_only, rflo.gradient(replace(net, B=net.W_out.T), x, y_target)) < EXACT


@given(problems())
def test_the_readout_part_is_exact(trial):
    assert worst_error([rflo.gradient(*trial).W_out], [torch_gradient(*trial).W_out]) < EXACT


@given(problems(g=0.0))
def test_without_recurrent_weights_local_only_is_the_gradient(trial):
    assert worst_error(rflo.gradient(*trial, feedback="W_out"), torch_gradient(*trial)) < EXACT


@given(problems(T=1))
def test_one_step_with_matched_feedback_is_the_gradient(trial):
    assert worst_error(rflo.gradient(*trial, feedback="W_out"), torch_gradient(*trial)) < EXACT


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("T", [5, 20])
def test_longer_trials_with_matched_feedback_are_not(seed, T):
    """Negative control: RFLO is local, and where units affect each other locality has a price."""
    trial = problem(seed, T=T)
    estimate, exact = rflo.gradient(*trial, feedback="W_out"), bptt.gradient(*trial)
    assert worst_error([estimate.W], [exact.W]) > 1e-2
    assert worst_error([estimate.W_in], [exact.W_in]) > 1e-2


@pytest.mark.parametrize("seed", range(10))
def test_random_feedback_is_not_the_readout(seed):
    trial = problem(seed)
    assert worst_error([rflo.gradient(*trial).W], [rflo.gradient(*trial, feedback="W_out").W]) > 0.1


@given(problems())
def test_each_contribution_is_that_of_the_definition(trial):
    for ours, by_loops in zip(rflo.contributions(*trial), rflo_by_loops(*trial), strict=True):
        np.testing.assert_allclose(ours, by_loops, rtol=0, atol=1e-12 * (1 + np.abs(by_loops).max(initial=0)))
