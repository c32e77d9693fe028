"""With and without Numba the package computes the same: the rest of the tests speaks for whichever is at work."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from oracles import EXACT, problem, worst_error

from rnn_tutorial import Task, bptt, compiled, rflo, rtrl, train

needs_numba = pytest.mark.skipif(not compiled.NUMBA, reason="Numba is not at work")


def results():
    """Something of every kernel."""
    net, x, y_target = problem(n_in=3, n_rec=9, n_out=2, T=12)
    arrays = [*net.run(x), replace(net, W=net.W * (1 + 0.1j)).run(x).h]
    for rule in (bptt, rtrl, rflo):
        arrays += rule.gradient(net, x, y_target)
    arrays += bptt.gradient(net, x, y_target, truncation=5)
    for rule in (rtrl, rflo):
        arrays += rule.contributions(net, x, y_target)
    rates = {"W_in": 0.3, "W": 0.2, "W_out": 0.1}
    for rule, update in (("bptt", "trial"), ("rtrl", "trial"), ("rflo", "trial"), ("rtrl", "step"), ("rflo", "step")):
        history = train(net, Task(x, y_target), rule, 5, rates, update, progress=False)
        arrays += [*history.network.weights, history.loss, history.alignment]
    quiet = replace(net, h0=1e-12 * net.h0)  # activity so small that a careless tanh rounds it away
    return [*arrays, *rtrl.gradient(quiet, 1e-12 * x, 1e-12 * y_target), *bptt.gradient(quiet, 1e-12 * x, y_target)]


@needs_numba
def test_plain_numpy_gives_the_same(tmp_path):
    script = (
        "import sys, numpy, test_compiled as t; assert not t.compiled.NUMBA; numpy.savez(sys.argv[1], *t.results())"
    )
    subprocess.run(
        [sys.executable, "-c", script, tmp_path / "plain.npz"],
        env=os.environ | {"RNN_TUTORIAL_NO_NUMBA": "1", "PYTHONPATH": os.pathsep.join([*sys.path])},
        cwd=Path(__file__).parent,
        check=True,
    )
    with np.load(tmp_path / "plain.npz") as plain:
        assert worst_error(results(), list(plain.values())) < EXACT


@pytest.mark.parametrize("size", [0.0, 1e-300, 1e-18, 1e-9, 1e-3, 0.5, 1.0, 20.0, 400.0, 1e5, 1e308, np.inf])
def test_tanh_is_exact_at_every_size(size):
    for u in (size, -size):
        assert compiled.tanh(np.array([u]))[0] == pytest.approx(np.tanh(u), rel=1e-15, abs=0)


def test_tanh_of_nothing_is_nothing():
    assert np.isnan(compiled.tanh(np.array([np.nan]))[0])


@pytest.mark.parametrize("u", [0.0, 1e-9, 0.5, -0.5, 3.0, -20.0])
def test_complex_tanh_carries_the_derivative(u):
    d = 1e-30
    assert compiled.tanh(np.array([u + d * 1j]))[0].imag / d == pytest.approx(1 / np.cosh(u) ** 2, rel=1e-14)
