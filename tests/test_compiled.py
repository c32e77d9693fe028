"""With and without Numba the package computes the same: the rest of the tests speaks for whichever is at work."""

import importlib.util
import os
import runpy
import shutil
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from oracles import ALL, EXACT, problem, worst_error

from rnn_tutorial import Task, bptt, compiled, rtrl, train

needs_numba = pytest.mark.skipif(not compiled.NUMBA, reason="Numba is not at work")


@pytest.mark.parametrize(("forbidden", "installed"), [("0", True), ("1", True), ("0", False)])
def test_numba_is_at_work_where_it_is_installed_and_not_forbidden(monkeypatch, forbidden, installed):
    if installed:
        pytest.importorskip("numba")
    else:
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("RNN_TUTORIAL_NO_NUMBA", forbidden)
    assert runpy.run_path(compiled.__file__)["NUMBA"] is (installed and forbidden == "0")


if compiled.NUMBA:
    import numba

    @cache  # compiled once for each kind of argument
    def inside(function):
        """The function as a compiled kernel sees it, where loops stand in for it."""
        return numba.njit(lambda *arguments: function(*arguments))

else:

    def inside(function):
        return function


def tanh(u):
    """As a compiled kernel runs it over a vector."""
    h, r, h_next = np.zeros_like(u), np.empty_like(u), np.empty_like(u)
    inside(compiled.move_state)(h, u, 1.0, r, h_next)
    assert np.array_equal(h_next, r, equal_nan=True)
    return r


@pytest.mark.parametrize("size", [0.0, 1e-300, 1e-18, 1e-9, 1e-3, 0.1, 0.3, 0.5, 1.0, 19.0, 400.0, 1e5, 1e308, np.inf])
def test_tanh_is_exact_at_every_size(size):
    u = np.array([size, -size])
    assert tanh(u) == pytest.approx(np.tanh(u), rel=4.5e-16, abs=0)
    assert np.array_equal(np.signbit(tanh(u)), np.signbit(u))
    assert inside(compiled.tanh)(size) == tanh(u)[0]


@pytest.mark.half_second
def test_tanh_is_exact_between():
    u = np.random.default_rng(0).normal(0, 3, 100_000)
    assert tanh(u) == pytest.approx(np.tanh(u), rel=4.5e-16, abs=0)


def test_tanh_of_nothing_is_nothing():
    assert np.isnan(tanh(np.array([np.nan])))


def draw(*shapes):
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape) for shape in shapes]


@needs_numba
@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 9, 50])
@pytest.mark.parametrize("m", [1, 4, 7, 17])
@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (compiled.move_state, lambda m, n: [*draw(n, n), 7.0, *draw(n, n)]),
        (compiled.dot, lambda m, n: draw((m, n), n)),
        (compiled.add_matvec, lambda m, n: draw(n, (n, m), m)),
        (compiled.add_matvec, lambda m, n: draw(m, (m, n), n)),
        (compiled.add_vecmat, lambda m, n: draw(n, m, (m, n))),
        (compiled.add_outer, lambda m, n: draw((m, n), m, n)),
        (compiled.remember, lambda m, n: draw((m, n), m, m, n)),
        (compiled.remember, lambda m, n: draw((m, m, n), (m, m), m, n)),
        (compiled.add_traced, lambda m, n: [*draw((m, n)), 0.7, *draw(m, (m, n))]),
        (compiled.add_traced, lambda m, n: [*draw((m, n)), 0.7, *draw(m, (m, m, n))]),
    ],
)
def test_the_loops_do_what_their_line_of_numpy_does(function, arguments, m, n):
    fast, slow = arguments(m, n), arguments(m, n)
    fast.append(inside(function)(*fast))
    slow.append(function(*slow))
    changed = slow[-1] is not None
    for one, other in zip(fast, slow, strict=True):
        assert one is None is other or one == pytest.approx(other, rel=1e-13, abs=1e-13)
    changed |= any(np.any(a != b) for a, b in zip(slow[:-1], arguments(m, n), strict=True))
    assert m * n == 0 or changed


@needs_numba
@pytest.mark.parametrize("place", ["beside the sources", pytest.param("NUMBA_CACHE_DIR", marks=pytest.mark.nightly)])
def test_a_kernel_is_compiled_anew_when_what_it_calls_has_changed(tmp_path, place):
    """Numba by itself looks at the kernel's own file only."""
    shutil.copytree(Path(compiled.__file__).parent, tmp_path / "rnn_tutorial", ignore=shutil.ignore_patterns("*.nb?"))
    env = {name: value for name, value in os.environ.items() if not name.startswith(("NUMBA", "PYTHONPATH"))}
    env |= {"PYTHONPATH": str(tmp_path)} | ({"NUMBA_CACHE_DIR": str(tmp_path / "cache")} if "NUMBA" in place else {})
    script = """
from rnn_tutorial import Network, tasks, rflo
task = tasks.sum_of_sines(5)
gradient = rflo.gradient(Network.random(1, 3, 1), task.x, task.y_target)
print(gradient.W_out[0, 0], sum(rflo.trial.stats.cache_hits.values()))
"""

    def run():
        # In its own folder: the current one comes before PYTHONPATH.
        done = subprocess.run(
            [sys.executable, "-c", script], env=env, cwd=tmp_path, check=True, capture_output=True, text=True
        )
        value, hits = done.stdout.split()
        return float(value), int(hits)

    value, hits = run()
    assert hits == 0
    assert run() == (value, 1)
    source = tmp_path / "rnn_tutorial" / "rule.py"
    age = source.stat()
    source.write_text(source.read_text().replace("-(error.T @ h[1:]) / T", "-3 * (error.T @ h[1:]) / T"))
    os.utime(source, (age.st_atime, age.st_mtime))  # nor does it need the clock
    assert run() == (pytest.approx(3 * value), 0)
    for source in (tmp_path / "rnn_tutorial").rglob("*.py"):
        os.utime(source, (2e9, 2e9))  # in 2033, as where a clock is wrong
    run()
    assert run() == (pytest.approx(3 * value), 1), "it is not compiled at every start until then"


# How a module of somebody's begins, in which a kernel calls another, from beside it or not.
CALLED, CALLS = (
    """
from rnn_tutorial.compiled import compiled
@compiled
def helper(x):
    return 1.0 * x
""",
    """
from {here}helpers import helper
from rnn_tutorial.compiled import compiled
@compiled
def kernel(x):
    return helper(x)
""",
)


@needs_numba
@pytest.mark.parametrize("package", ["mine.", ""])
def test_a_kernel_of_ones_own_is_compiled_anew_when_one_that_it_calls_has_changed(tmp_path, package):
    """One of a package is kept until then, one of a lone file is not, as nobody knows all that it depends on."""
    folder = tmp_path / package.strip(".")
    folder.mkdir(exist_ok=True)
    (folder / "__init__.py").write_text("")
    (folder / ".#helpers.py").symlink_to("an editor's lock")
    helpers = folder / "helpers.py"
    helpers.write_text(CALLED)
    (folder / "kernels.py").write_text(CALLS.format(here=package))
    script = f"from {package}kernels import kernel; print(kernel(2.0), sum(kernel.stats.cache_hits.values()))"

    def run():
        env = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
        done = subprocess.run(
            [sys.executable, "-c", script], env=env, cwd=tmp_path, check=True, capture_output=True, text=True
        )
        return [float(n) for n in done.stdout.split()]

    assert run() == [2.0, 0]
    assert run() == [2.0, bool(package)]
    helpers.write_text(CALLED.replace("1.0", "3.0"))
    assert run() == [6.0, 0]


def results():
    """Something of every kernel."""
    net, x, y_target = problem(n_in=3, n_rec=9, n_out=2, T=12)
    arrays = [*net.run(x), replace(net, W=net.W * (1 + 0.1j)).run(x).h]
    rates = {"W_in": 0.3, "W": 0.2, "W_out": 0.1}
    for rule in ALL:
        arrays += rule.gradient(net, x, y_target)
        for option in rule.options:
            arrays += rule.gradient(net, x, y_target, **{option: 5})
        if rule.online:
            arrays += rule.contributions(net, x, y_target)
        for update in ("trial", "step") if rule.online else ("trial",):
            history = train(net, Task(x, y_target), rule, 5, rates, update)
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
@pytest.mark.parametrize("stored", ["as it is", pytest.param("empty", marks=pytest.mark.nightly)])
def test_each_kernel_is_compiled_for_one_kind_of_argument(tmp_path, stored):
    """Numba's cache on disk mixes up two kinds that two processes compile at the same time.

    A kernel that comes from the cache brings those it calls with it, and they count none.
    """
    script = """
import sys, numba, test_compiled
test_compiled.results()
kernels = {k for name, m in sys.modules.items() if name.startswith("rnn_") for k in vars(m).values()
           if isinstance(k, numba.core.dispatcher.Dispatcher) and k.stats.cache_path}
print(*sorted(f"{k.__name__}:{len(k.signatures)}" for k in kernels))
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join([*sys.path])}
        | ({"NUMBA_CACHE_DIR": str(tmp_path)} if stored == "empty" else {}),
        cwd=Path(__file__).parent,
        check=True,
        capture_output=True,
        text=True,
    )
    counts = [pair.split(":") for pair in done.stdout.split()]
    assert {"forward", "adjoint", "online", "trial", "descend", "judge"} <= {name for name, _ in counts}
    assert {"1"} <= {count for _, count in counts} <= ({"1"} if stored == "empty" else {"0", "1"}), counts
