"""The tests can fail: each mistake of the catalogue is planted, and the oracle has to catch it.

A check that nothing has ever failed may be checking nothing.
"""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from oracles import EXACT, loss_by_loops, problem, rflo_by_loops, run_by_loops, total, worst_error

from rnn_book.checks import EXERCISES
from rnn_tutorial import Network, bptt, rflo, rtrl
from rnn_tutorial.diagnostics import complex_step, relative_error

CAUGHT = 1e-2  # relative error that every defect must exceed: a hundred million times what the right rules are allowed
PROBLEMS = [problem(seed) for seed in range(5)]
ORACLE = {"bptt": complex_step, "rtrl": complex_step, "rflo": lambda *a: total(rflo_by_loops(*a))}
PACKAGE = {"bptt": bptt.gradient, "rtrl": rtrl.gradient, "rflo": rflo.gradient}
DEFECTS = [(rule, defect) for rule in ORACLE for defect in EXERCISES[rule].mistakes]


def planted(rule, *defects):
    """A rule of the catalogue with some of its mistakes; with none it is right."""
    options = {}
    for defect in defects:
        options |= EXERCISES[rule].mistakes[defect].options
    return partial(EXERCISES[rule].reference, **options)


def errors(rule, oracle, **options):
    """Relative errors of a rule on the random problems."""
    return [worst_error(rule(*trial, **options), oracle(*trial)) for trial in PROBLEMS]


@pytest.mark.parametrize("rule", ORACLE)
def test_without_a_defect_the_check_passes(rule):
    assert max(errors(planted(rule), ORACLE[rule])) < EXACT
    assert max(errors(PACKAGE[rule], ORACLE[rule])) < EXACT


@pytest.mark.half_second
@pytest.mark.parametrize(("rule", "defect"), DEFECTS)
def test_the_check_catches(rule, defect):
    assert min(errors(planted(rule, defect), ORACLE[rule])) > CAUGHT


@pytest.mark.parametrize(
    ("rule", "defect"),
    [("bptt", "W not transposed"), ("rtrl", "Jacobian scaled along columns"), ("rflo", "traces never leak")],
)
def test_a_check_of_one_step_is_blind_to_the_past(rule, defect):
    """In the first step no credit has travelled and no trace has a past, so a trial of one step proves little."""
    wrong = planted(rule, defect)
    for net, x, y_target in PROBLEMS:
        matched = replace(net, B=net.W_out.T)  # with it all three rules are exact in one step
        assert worst_error(wrong(matched, x[:1], y_target[:1]), complex_step(net, x[:1], y_target[:1])) < EXACT
    assert min(errors(wrong, ORACLE[rule])) > CAUGHT


def test_a_loose_tolerance_passes_a_truncation():
    """An absolute tolerance of 1e-4 lets credit of three steps pass for the gradient; a relative one does not."""
    trial = problem(T=20)
    short, exact = planted("bptt", "credit of three steps only")(*trial), complex_step(*trial)
    learning_rate = 1e-3
    assert np.allclose(learning_rate * short[1], learning_rate * exact.W, rtol=0, atol=1e-4)
    assert worst_error(short, exact) > CAUGHT


def test_a_truncation_of_three_steps_is_caught():
    assert min(errors(bptt.gradient, complex_step, truncation=3)) > CAUGHT


def test_a_loss_that_counts_the_step_before_the_first_is_caught():
    for net, x, y_target in PROBLEMS:
        y = net.run(x).y
        oracle = loss_by_loops(run_by_loops(net, x)[2], y_target)
        for right in (net.loss(x, y_target), planted("net-loss")(y, y_target)):
            assert relative_error(right, oracle) < EXACT
        assert relative_error(planted("net-loss", "t = 0 counted")(y, y_target), oracle) > CAUGHT


def test_one_sided_input_weights_are_caught():
    def is_uniform_around_zero(W_in):
        """Mean and spread of U[-1, 1]; the bounds are about six standard errors of 10,000 draws."""
        return abs(W_in.mean()) < 0.035 and abs(W_in.std() - 1 / np.sqrt(3)) < 0.015

    for seed in range(5):
        W_in = Network.random(100, 100, 1, seed=seed).W_in
        assert is_uniform_around_zero(W_in)
        assert not is_uniform_around_zero(0.1 * (W_in - 1) / 2)  # [-0.1, 0], where [-0.1, 0.1] was meant
