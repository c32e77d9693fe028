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
    arrays += rtrl.gradient(net, x, y_target, block=5)
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


@pytest.mark.slow
@needs_numba
def test_each_kernel_is_compiled_for_one_kind_of_argument(tmp_path):
    """Numba's cache on disk mixes up two kinds that two processes compile at the same time."""
    script = """
import sys, numba, test_compiled
test_compiled.results()
kernels = {k for name, m in sys.modules.items() if name.startswith("rnn_tutorial") for k in vars(m).values()
           if isinstance(k, numba.core.dispatcher.Dispatcher)}
print(*sorted(f"{k.__name__}:{len(k.signatures)}" for k in kernels))
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path), "PYTHONPATH": os.pathsep.join([*sys.path])},
        cwd=Path(__file__).parent,
        check=True,
        capture_output=True,
        text=True,
    )
    counts = [pair.split(":") for pair in done.stdout.split()]
    assert {"forward", "run_trials", "online_trial", "trial_in_blocks"} <= {name for name, _ in counts}
    assert {count for _, count in counts} == {"1"}, counts


if compiled.NUMBA:
    import numba

    def inside(function):
        """The function as a compiled kernel sees it, where loops stand in for it."""
        return numba.njit(lambda *arguments: function(*arguments))

else:

    def inside(function):
        return function


@pytest.mark.parametrize("size", [0.0, 1e-300, 1e-18, 1e-9, 1e-3, 0.1, 0.3, 0.5, 1.0, 19.0, 400.0, 1e5, 1e308, np.inf])
def test_tanh_is_exact_at_every_size(size):
    u = np.array([size, -size])
    out = np.empty(2)
    inside(compiled.tanh)(u, out)
    assert out == pytest.approx(np.tanh(u), rel=4.5e-16, abs=0)
    assert np.array_equal(np.signbit(out), np.signbit(u))


def test_tanh_is_exact_between():
    u = np.random.default_rng(0).normal(0, 3, 100_000)
    out = np.empty_like(u)
    inside(compiled.tanh)(u, out)
    assert out == pytest.approx(np.tanh(u), rel=4.5e-16, abs=0)


def test_tanh_of_nothing_is_nothing():
    out = np.empty(1)
    inside(compiled.tanh)(np.array([np.nan]), out)
    assert np.isnan(out[0])


def draw(*shapes):
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape) for shape in shapes]


@needs_numba
@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 9, 50])
@pytest.mark.parametrize("m", [0, 1, 4, 7])
@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (compiled.leak_towards, lambda m, n: [*draw(n, n, n), 7.0]),
        (compiled.add_matvec, lambda m, n: draw(n, (n, m), m)),
        (compiled.add_vecmat, lambda m, n: draw(n, m, (m, n))),
        (compiled.add_outer, lambda m, n: draw((m, n), m, n)),
        (compiled.decay_and_add, lambda m, n: [*draw((m, n)), 0.9, *draw(m, n, (m, n), m)]),
        (compiled.add_blocks, lambda m, n: draw((m, m * n), m, n)),
    ],
)
def test_the_loops_do_what_their_line_of_numpy_does(function, arguments, m, n):
    fast, slow = arguments(m, n), arguments(m, n)
    inside(function)(*fast)
    function(*slow)
    for one, other in zip(fast, slow, strict=True):
        assert one == pytest.approx(other, rel=1e-13, abs=1e-14)
    assert m * n == 0 or any(np.any(a != b) for a, b in zip(slow, arguments(m, n), strict=True))
