"""The checks can fail: each mistake known from public code is planted, and the oracle has to catch it.

A check that nothing has ever failed may be checking nothing.
"""

from dataclasses import replace

import numpy as np
import pytest
import variants
from oracles import EXACT, loss_by_loops, problem, rflo_by_loops, run_by_loops, total, worst_error

from rnn_tutorial import Network, bptt, rflo, rtrl
from rnn_tutorial.diagnostics import complex_step, relative_error

CAUGHT = 1e-2  # relative error that every defect must exceed: a hundred million times what the right rules are allowed
PROBLEMS = [problem(seed) for seed in range(5)]
ORACLE = {variants.bptt: complex_step, variants.rtrl: complex_step, variants.rflo: lambda *a: total(rflo_by_loops(*a))}
PACKAGE = {variants.bptt: bptt.gradient, variants.rtrl: rtrl.gradient, variants.rflo: rflo.gradient}
DEFECTS = [
    (variants.bptt, "error of the step after"),
    (variants.bptt, "W not transposed"),
    (variants.bptt, "credit of three steps only"),
    (variants.bptt, "slope taken at the state"),
    (variants.bptt, "derivative divided by n_out"),
    (variants.rtrl, "Jacobian scaled along columns"),
    (variants.rtrl, "Kronecker delta missing"),
    (variants.rtrl, "Kronecker delta on the wrong axis"),
    (variants.rtrl, "input trace starts from 0.1"),
    (variants.rtrl, "traces kept from the trial before"),
    (variants.rtrl, "random feedback"),
    (variants.rtrl, "slope taken at the state"),
    (variants.rtrl, "derivative divided by n_out"),
    (variants.rflo, "input trace one step late"),
    (variants.rflo, "input trace starts from 0.1"),
    (variants.rflo, "traces kept from the trial before"),
    (variants.rflo, "traces never leak"),
    (variants.rflo, "slope taken at the state"),
    (variants.rflo, "derivative divided by n_out"),
]


def errors(rule, oracle, **options):
    """Relative errors of a rule on the random problems."""
    return [worst_error(rule(*trial, **options), oracle(*trial)) for trial in PROBLEMS]


@pytest.mark.parametrize("rule", ORACLE, ids=lambda rule: rule.__name__)
def test_without_a_defect_the_check_passes(rule):
    assert max(errors(rule, ORACLE[rule])) < EXACT
    assert max(errors(PACKAGE[rule], ORACLE[rule])) < EXACT


@pytest.mark.parametrize(("rule", "defect"), DEFECTS, ids=lambda p: p if isinstance(p, str) else p.__name__)
def test_the_check_catches(rule, defect):
    assert min(errors(rule, ORACLE[rule], defect=defect)) > CAUGHT


@pytest.mark.parametrize(
    ("rule", "defect"),
    [
        (variants.bptt, "W not transposed"),
        (variants.rtrl, "Jacobian scaled along columns"),
        (variants.rflo, "traces never leak"),
    ],
    ids=["bptt", "rtrl", "rflo"],
)
def test_a_check_of_one_step_is_blind_to_the_past(rule, defect):
    """In the first step no credit has travelled and no trace has a past, so a trial of one step proves little."""
    for net, x, y_target in PROBLEMS:
        matched = replace(net, B=net.W_out.T)  # with it all three rules are exact in one step
        assert worst_error(rule(matched, x[:1], y_target[:1], defect), complex_step(net, x[:1], y_target[:1])) < EXACT
    assert min(errors(rule, ORACLE[rule], defect=defect)) > CAUGHT


def test_a_loose_tolerance_passes_a_truncation():
    """An absolute tolerance of 1e-4 lets credit of three steps pass for the gradient; a relative one does not."""
    net, x, y_target = problem(T=20)
    short, exact = variants.bptt(net, x, y_target, "credit of three steps only"), complex_step(net, x, y_target)
    learning_rate = 1e-3
    assert np.allclose(learning_rate * short.W, learning_rate * exact.W, rtol=0, atol=1e-4)
    assert worst_error(short, exact) > CAUGHT


def test_a_truncation_of_three_steps_is_caught():
    assert min(errors(bptt.gradient, complex_step, truncation=3)) > CAUGHT


def test_a_loss_that_counts_the_step_before_the_first_is_caught():
    for net, x, y_target in PROBLEMS:
        oracle = loss_by_loops(run_by_loops(net, x)[2], y_target)
        for right in (net.loss(x, y_target), variants.loss(net, x, y_target)):
            assert relative_error(right, oracle) < EXACT
        assert relative_error(variants.loss(net, x, y_target, "t = 0 counted"), oracle) > CAUGHT


def test_one_sided_input_weights_are_caught():
    def is_uniform_around_zero(W_in):
        """Mean and spread of U[-1, 1]; the bounds are about six standard errors of 10,000 draws."""
        return abs(W_in.mean()) < 0.035 and abs(W_in.std() - 1 / np.sqrt(3)) < 0.015

    for seed in range(5):
        assert is_uniform_around_zero(Network.random(100, 100, 1, seed=seed).W_in)
        assert is_uniform_around_zero(variants.draw_W_in(100, 100, seed))
        assert not is_uniform_around_zero(variants.draw_W_in(100, 100, seed, "one-sided and small"))
