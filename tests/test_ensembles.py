"""Ensembles: equal to single runs on every executor, and nothing lost when something dies."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import warnings
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import psutil
import pytest
from tqdm.auto import tqdm

import rnn_tutorial
from rnn_tutorial import DivergenceWarning, Network, Task, ensembles, jobs, rflo, tasks, train, training
from rnn_tutorial.ensembles import FailedRunsWarning

TASK = tasks.sum_of_sines(period=10)
SEEDS = [0, 3, 4]
SETTINGS = [{"rule": "rflo"}, {"rule": "bptt", "truncation": 5}, {"n_rec": 4, "tau": 2}, {"task": tasks.heartbeat(12)}]
COMMON = {"n_rec": 6, "n_trials": 8, "learning_rate": 0.1}
train_ensemble = partial(ensembles.train_ensemble, progress=False)


def single_run(setting, seed):
    """The run that an ensemble is to equal, spelled out."""
    given = {"task": TASK, **COMMON, **setting}
    task, n_rec, tau = given.pop("task"), given.pop("n_rec"), given.pop("tau", 10.0)
    return train(Network.random(task.n_in, n_rec, task.n_out, tau=tau, seed=seed), task, progress=False, **given)


@cache
def single_runs():
    return [[single_run(setting, seed) for seed in SEEDS] for setting in SETTINGS]


def same(a, b):
    """Whether two histories are equal to the last bit."""
    arrays = [(a.loss, b.loss), (a.alignment, b.alignment)]
    arrays += [(vars(a.network)[name], value) for name, value in vars(b.network).items()]
    return a.stopped == b.stopped and all(np.array_equal(x, y) for x, y in arrays)


def assert_equals_single_runs(ensemble):
    for i, setting in enumerate(SETTINGS):
        for j, seed in enumerate(SEEDS):
            expected = single_runs()[i][j]
            assert same(ensemble.histories[i][j], expected)
            assert np.array_equal(ensemble.loss[i, j], expected.loss)
            assert np.array_equal(ensemble.alignment[i, j], expected.alignment)
    assert ensemble.loss.shape == ensemble.alignment.shape == (4, 3, 8)
    assert (ensemble.settings, ensemble.seeds) == (SETTINGS, SEEDS)
    assert (ensemble.failed, ensemble.stopped) == ([], None)


# Executors


class Counted(ThreadPoolExecutor):
    """Threads of this process, and the number of runs they were given."""

    count = 0

    def submit(self, function, *arguments):
        self.count += 1
        return super().submit(function, *arguments)


class NoRun(Executor):
    """Refuses all work."""

    def submit(self, function, *arguments):
        raise AssertionError("this run should have been taken from the folder")


@contextmanager
def in_the_browser():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rnn_tutorial.jobs.IN_BROWSER", True)
        patch.setitem(sys.modules, "loky", None)  # importing it fails
        yield


@pytest.fixture(scope="module")
def dask():
    """A Dask client with two worker processes."""
    distributed = pytest.importorskip("distributed")
    any_port = {"dashboard_address": "127.0.0.1:0"}  # the default one may be another cluster's, which is a warning
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, scheduler_kwargs=any_port
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.mark.half_second
def test_default_executor_equals_single_runs():
    before = dict(os.environ)
    assert_equals_single_runs(train_ensemble(TASK, SEEDS, SETTINGS, **COMMON))
    assert os.environ == before


def test_one_by_one_in_the_browser_equals_single_runs():
    with in_the_browser():
        assert_equals_single_runs(train_ensemble(TASK, SEEDS, SETTINGS, **COMMON))


def test_threads_equal_single_runs():
    with ThreadPoolExecutor(2) as executor:
        assert_equals_single_runs(train_ensemble(TASK, SEEDS, SETTINGS, executor=executor, **COMMON))


@pytest.mark.slow
def test_processes_equal_single_runs():
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        assert_equals_single_runs(train_ensemble(TASK, SEEDS, SETTINGS, executor=executor, **COMMON))
        assert executor.submit(int).result() == 0, "the executor was not left open"


@pytest.mark.half_second
def test_dask_equals_single_runs(dask):
    assert_equals_single_runs(train_ensemble(TASK, SEEDS, SETTINGS, executor=dask.get_executor(), **COMMON))


# A worker that dies


def lethal(net, x, y_target, first):
    """A rule like RFLO, in which the first process that comes by dies without a word."""
    try:
        Path(first).touch(exist_ok=False)
    except FileExistsError:
        return rflo.gradient(net, x, y_target)
    os.kill(os.getpid(), signal.SIGKILL)


def assert_survives_a_death(first, executor):
    settings = [{}, {"rule": lethal, "first": str(first)}, {"rule": "bptt"}]
    ensemble = train_ensemble(TASK, SEEDS, settings, executor=executor, **COMMON)
    assert first.exists()
    assert (ensemble.failed, ensemble.stopped) == ([], None)
    for setting, histories in zip(settings, ensemble.histories, strict=True):
        for seed, history in zip(SEEDS, histories, strict=True):
            assert same(history, single_run(setting, seed))


@pytest.mark.slow
def test_default_executor_loses_nothing_with_a_worker(tmp_path):
    assert_survives_a_death(tmp_path / "first", executor=None)


@pytest.mark.half_second
def test_dask_loses_nothing_with_a_worker(tmp_path, dask):
    assert_survives_a_death(tmp_path / "first", executor=dask.get_executor())


def always_lethal(net, x, y_target):
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.parametrize("place", [0, pytest.param(3, marks=pytest.mark.nightly)])
def test_a_run_that_kills_whatever_does_it_takes_no_other_with_it(place):
    settings = [{}, {"rule": "bptt"}, {"tau": 5}]
    settings.insert(place, {"rule": always_lethal})
    with pytest.warns(FailedRunsWarning, match="(?s)1 runs failed.*unexpectedly terminated"):
        ensemble = train_ensemble(TASK, [0], settings, **COMMON)
    assert [run.setting for run in ensemble.failed] == [settings[place]]
    for i in {0, 1, 2, 3} - {place}:
        assert same(ensemble.histories[i][0], single_run(settings[i], 0))


@pytest.mark.slow
def test_runs_that_always_kill_end_in_an_error():
    with pytest.raises(Exception, match="unexpectedly terminated"):
        train_ensemble(TASK, SEEDS, rule=always_lethal, **COMMON)


def hangs(net, x, y_target, how):
    """A rule that never returns: in Python, or in compiled code, which lets no other thread run."""
    if how == "python":
        while True:
            pass
    re.match("(a+)+b", "a" * 100)


@pytest.mark.slow
@pytest.mark.parametrize("how", [pytest.param("python", marks=pytest.mark.nightly), "compiled"])
def test_a_run_that_hangs_holds_no_other_and_is_tried_once(tmp_path, how):
    settings = [{}, {"rule": hangs, "how": how}, {"rule": "bptt"}, {"tau": 5}]
    limit = 15  # a run takes milliseconds, but on a busy machine its process may wait
    with pytest.warns(FailedRunsWarning, match="1 runs failed.*\n.*not done after 15 seconds"):
        ensemble = train_ensemble(TASK, [0], settings, time_limit=limit, **COMMON)
    (failed,) = ensemble.failed
    assert (failed.setting, type(failed.error)) == (settings[1], TimeoutError)
    for i in (0, 2, 3):
        assert same(ensemble.histories[i][0], single_run(settings[i], 0))


@pytest.mark.slow
def test_a_lone_run_that_hangs_is_ended_too():
    with pytest.raises(TimeoutError, match=r"not done after 0\.5 seconds, the time_limit, and ended"):
        train_ensemble(TASK, [0], rule=hangs, how="python", time_limit=0.5, **COMMON)


@pytest.mark.slow
def test_a_run_that_dies_within_its_time_is_not_one_that_took_too_long():
    with pytest.raises(Exception, match="unexpectedly terminated"):
        train_ensemble(TASK, [0], rule=always_lethal, time_limit=600, **COMMON)


def test_a_time_limit_is_refused_where_no_run_can_be_ended():
    for place, where, executor in (
        ("in the browser", in_the_browser(), None),
        ("with an executor", nullcontext(), Counted(1)),
    ):
        expected = f"time_limit must be None {place}, where no run can be ended, but got 3"
        with where, pytest.raises(ValueError, match=expected):
            train_ensemble(TASK, SEEDS, executor=executor, time_limit=3, **COMMON)


RULE_OF_ONES_OWN = """
from rnn_tutorial import rflo, tasks, train, train_ensemble, Network
factor = 2
def doubled(net, x, y_target):
    return [factor * part for part in rflo.gradient(net, x, y_target)]
task, given = tasks.sum_of_sines(10), {"rule": doubled, "n_trials": 5}
ensemble = train_ensemble(task, [0, 1], n_rec=6, progress=False, **given)
alone = train(Network.random(1, 6, 1, seed=1), task, progress=False, **given)
print((ensemble.loss[0, 1] == alone.loss).all())
"""


@pytest.mark.slow
def test_a_rule_of_a_notebook_runs_in_processes(tmp_path):
    """Neither the rule nor the call stands in a module, and there is no ``if __name__ == "__main__"``."""
    script = tmp_path / "script.py"
    script.write_text(RULE_OF_ONES_OWN)
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_a_broken_executor_fails_runs_and_keeps_the_others(tmp_path):
    """A pool of the user's own cannot be mended; what was stored is kept, and the rest is done the next time."""
    train_ensemble(TASK, SEEDS[:1], executor=Counted(1), folder=tmp_path, **COMMON)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as broken:
        with pytest.raises(Exception, match="terminated abruptly"):
            broken.submit(os.abort).result()
        with pytest.warns(FailedRunsWarning, match="2 runs failed"):
            ensemble = train_ensemble(TASK, SEEDS, executor=broken, folder=tmp_path, **COMMON)
    assert [run.seed for run in ensemble.failed] == SEEDS[1:]
    assert same(ensemble.histories[0][0], single_run({}, SEEDS[0]))
    rest = Counted(1)
    train_ensemble(TASK, SEEDS, executor=rest, folder=tmp_path, **COMMON)
    assert rest.count == 2


# The folder


def test_a_finished_ensemble_is_taken_from_the_folder(tmp_path):
    folder = tmp_path / "new" / "folder"
    assert_equals_single_runs(train_ensemble(TASK, SEEDS, SETTINGS, executor=Counted(1), folder=folder, **COMMON))
    assert {path.suffix for path in folder.iterdir()} == {".npz"}
    assert len(list(folder.iterdir())) == 12
    assert_equals_single_runs(train_ensemble(TASK, SEEDS, SETTINGS, executor=NoRun(), folder=folder, **COMMON))
    assert_equals_single_runs(train_ensemble(TASK, SEEDS, SETTINGS, executor=NoRun(), folder=str(folder), **COMMON))


def test_stored_networks_are_read_only_like_all_others(tmp_path):
    for executor in (Counted(1), NoRun()):
        net = train_ensemble(TASK, [0], executor=executor, folder=tmp_path, **COMMON).histories[0][0].network
        assert not any(value.flags.writeable for value in (*net.weights, net.B, net.h0))


@pytest.mark.parametrize(
    "changed",
    [
        {"rule": "bptt"},
        {"learning_rate": 0.2},
        {"learning_rate": {"W": 0.1}},
        {"n_trials": 9},
        {"n_rec": 7},
        {"tau": 11},
        {"g": 1.4},
        {"h0": np.full(6, 0.2)},
        {"feedback": "W_out"},
        {"update": "step"},
        {"task": Task(TASK.x, TASK.y_target * 1.0000001, TASK.name)},
        {"seeds": [1]},
        {"tau": 10.5},
    ],
)
def test_a_changed_setting_is_another_run(tmp_path, changed):
    given = {"task": TASK, "seeds": [0], "folder": tmp_path, **COMMON}
    train_ensemble(executor=Counted(1), **given)
    train_ensemble(executor=NoRun(), **given)
    other = Counted(1)
    train_ensemble(executor=other, **given | changed)
    assert other.count == 1
    for again in (given, given | changed):
        train_ensemble(executor=NoRun(), **again)


ONE_RUN = """
from rnn_tutorial import tasks, train_ensemble
print(train_ensemble(tasks.sum_of_sines(10), [0], n_rec=6, n_trials=5, folder="runs", progress=False).loss[0, 0, -1])
"""


@pytest.mark.slow
def test_changed_code_is_another_run_and_changed_text_is_not(tmp_path):
    """In a copy of the library: what was stored by other code must not be taken for a result of this one."""
    library = tmp_path / "rnn_tutorial"
    shutil.copytree(Path(rnn_tutorial.__file__).parent, library, ignore=shutil.ignore_patterns("__pycache__"))
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "RNN_TUTORIAL_NO_NUMBA": "1"}

    def loss_and_number_of_stored_runs():
        command = [sys.executable, "-c", ONE_RUN]
        done = subprocess.run(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout, len(list(tmp_path.glob("runs/*.npz")))

    first, n = loss_and_number_of_stored_runs()
    assert n == 1
    (library / "README.md").write_text("Other words.")
    (tmp_path / "elsewhere.py").write_text("other = code")
    assert loss_and_number_of_stored_runs() == (first, 1)
    forward = library / "compiled.py"
    source = forward.read_text()
    assert "np.tanh(" in source
    forward.write_text(source.replace("np.tanh(", "np.negative("))
    second, n = loss_and_number_of_stored_runs()
    assert (second != first, n) == (True, 2)
    forward.write_text(source)
    assert loss_and_number_of_stored_runs() == (first, 2)


def test_a_process_with_other_code_does_not_fill_the_folder(tmp_path, monkeypatch):
    """As when files are edited while a notebook is open: its processes would load the new ones."""
    loaded = jobs.hash_of_sources(ensembles._run)
    monkeypatch.setattr(jobs, "hash_of_sources", lambda function: "of other files")
    with pytest.raises(RuntimeError, match="the source files are not those that the caller loaded"):
        jobs._call(ensembles._run, {}, loaded)


def test_a_rule_is_known_by_its_kernels(tmp_path):
    given = {"task": TASK, "seeds": [0], "folder": tmp_path, **COMMON}
    train_ensemble(executor=Counted(1), rule="rflo", **given)
    train_ensemble(executor=NoRun(), rule=rflo, **given)
    local, again = (replace(rflo, name="local", feedback="W_out") for _ in range(2))
    train_ensemble(executor=Counted(1), rule=local, **given)
    train_ensemble(executor=NoRun(), rule=again, **given)
    other = Counted(1)
    train_ensemble(executor=other, rule=replace(local, feedback="B"), **given)
    assert other.count == 1
    with pytest.raises(ValueError, match="or Rules of this library's kernels, but got <function"):
        train_ensemble(executor=NoRun(), rule=replace(rflo, name="mine", trial=lambda net, x, y: None), **given)
    with pytest.raises(ValueError, match="or Rules of this library's kernels, but got <bound method"):
        train_ensemble(executor=NoRun(), rule=rflo.gradient, **given)


def test_a_default_that_is_spelled_out_is_the_same_run(tmp_path):
    train_ensemble(TASK, [0], executor=Counted(1), folder=tmp_path, **COMMON)
    train_ensemble(TASK, [0], [{"rule": "rflo", "tau": 10.0}], executor=NoRun(), folder=tmp_path, **COMMON)


@pytest.mark.parametrize("ten", [10, 10.0, np.float64(10), np.int64(10), np.float32(10)])
def test_a_number_is_the_same_however_it_is_written(tmp_path, ten):
    rates = {"learning_rate": {"W": 1}}, {"learning_rate": {"W": 1.0}}
    for executor, tau, rate in ((Counted(1), 10, rates[0]), (NoRun(), ten, rates[1])):
        train_ensemble(TASK, [0], executor=executor, folder=tmp_path, tau=tau, **COMMON | rate)


def cut(path):
    path.write_bytes(path.read_bytes()[:-200])


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def swap(path):
    """The content of another run."""
    other = path.parent.parent / "other"
    train_ensemble(TASK, [7], executor=Counted(1), folder=other, **COMMON)
    os.replace(next(other.iterdir()), path)


@pytest.mark.parametrize("damage", [cut, flip, swap, lambda path: path.write_bytes(b"")])
def test_a_damaged_file_is_computed_anew(tmp_path, damage):
    folder = tmp_path / "folder"
    train_ensemble(TASK, SEEDS, executor=Counted(1), folder=folder, **COMMON)
    path = sorted(folder.iterdir())[1]
    damage(path)
    again = Counted(1)
    with pytest.warns(RuntimeWarning, match=f"{re.escape(str(path))} cannot be read and is computed anew"):
        ensemble = train_ensemble(TASK, SEEDS, executor=again, folder=folder, **COMMON)
    assert again.count == 1
    for seed, history in zip(SEEDS, ensemble.histories[0], strict=True):
        assert same(history, single_run({}, seed))
    train_ensemble(TASK, SEEDS, executor=NoRun(), folder=folder, **COMMON)


def test_a_file_of_strangers_is_swept_out_when_it_is_old(tmp_path):
    old, new = tmp_path / "a.npz.1.part", tmp_path / "b.npz.2.part"
    for part in (old, new):
        part.write_bytes(b"half")
    os.utime(old, (0, 0))
    train_ensemble(TASK, [0], executor=Counted(1), folder=tmp_path, **COMMON)
    assert not old.exists()
    assert new.exists()


def test_a_half_written_file_may_vanish_while_the_folder_is_swept(tmp_path, monkeypatch):
    """Another caller renames it between the listing and the look at its date."""
    gone = tmp_path / "gone.npz.1.part"
    monkeypatch.setattr(Path, "glob", lambda folder, pattern: [gone])
    ensemble = train_ensemble(TASK, SEEDS[:1], executor=Counted(1), folder=tmp_path, **COMMON)
    assert same(ensemble.histories[0][0], single_run({}, SEEDS[0]))


def test_a_folder_that_cannot_be_written_to_is_noticed_before_the_first_run(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        train_ensemble(TASK, [0], executor=NoRun(), folder=tmp_path / "file", **COMMON)


def test_a_run_that_cannot_be_stored_is_still_returned(tmp_path):
    train_ensemble(TASK, SEEDS[:1], executor=Counted(1), folder=tmp_path, **COMMON)
    (path,) = tmp_path.iterdir()
    path.unlink()
    (path / "in the way").mkdir(parents=True)
    with pytest.warns(RuntimeWarning) as warned:
        ensemble = train_ensemble(TASK, SEEDS, executor=Counted(1), folder=tmp_path, **COMMON)
    assert [re.match("Some runs could not be stored in|The stored run", str(w.message)) is None for w in warned] == [
        False,
        False,
    ]
    assert [w.filename for w in warned] == [__file__] * 2
    assert all(same(history, single_run({}, seed)) for seed, history in zip(SEEDS, ensemble.histories[0], strict=True))
    assert len(list(tmp_path.glob("*.npz"))) == 3
    assert not list(tmp_path.glob("*.part"))


def test_callers_who_share_a_folder_do_not_trip_over_each_other(tmp_path):
    """Threads of one process have the same process number, and so may two machines."""
    with ThreadPoolExecutor(4) as callers:
        again = [
            callers.submit(train_ensemble, TASK, range(8), executor=Counted(1), folder=tmp_path, **COMMON)
            for _ in range(4)
        ]
        losses = [future.result().loss for future in again]
    assert all(np.array_equal(loss, losses[0]) for loss in losses)
    assert len(list(tmp_path.iterdir())) == 8


# Interruption


def interrupt_at(count, monkeypatch):
    """Let the keyboard interrupt the training that comes as number `count`."""
    calls = iter(range(count))

    def train_or_stop(*arguments, **options):
        history = train(*arguments, **options)
        return replace(history, stopped=None if next(calls) < count - 1 else "interrupted")

    monkeypatch.setattr(ensembles, "train", train_or_stop)


def test_an_interrupted_ensemble_holds_what_was_done_and_resumes(tmp_path, monkeypatch):
    with in_the_browser():
        interrupt_at(5, monkeypatch)
        ensemble = train_ensemble(TASK, SEEDS, SETTINGS, folder=tmp_path, **COMMON)
    monkeypatch.undo()
    assert (ensemble.failed, ensemble.stopped) == ([], "interrupted")
    done = [(i, j) for i in range(4) for j in range(3) if ensemble.histories[i][j] is not None]
    assert done == [(0, 0), (0, 1), (0, 2), (1, 0)]
    assert all(same(ensemble.histories[i][j], single_runs()[i][j]) for i, j in done)
    assert np.isnan(ensemble.loss[1, 1:]).all()
    assert np.isnan(ensemble.loss[2:]).all()
    rest = Counted(1)
    assert_equals_single_runs(train_ensemble(TASK, SEEDS, SETTINGS, executor=rest, folder=tmp_path, **COMMON))
    assert rest.count == 8


def test_an_interrupt_before_any_run_is_done(monkeypatch):
    with in_the_browser():
        interrupt_at(1, monkeypatch)
        ensemble = train_ensemble(TASK, SEEDS, **COMMON)
    assert ensemble.stopped == "interrupted"
    assert ensemble.histories == [[None, None, None]]
    assert ensemble.loss.shape == (1, 3, 0)


def test_an_interrupt_after_a_run_that_failed(monkeypatch):
    interrupt_at(1, monkeypatch)  # the one with an unknown rule comes to no training
    with in_the_browser(), pytest.warns(FailedRunsWarning, match="1 runs failed"):
        ensemble = train_ensemble(TASK, [0], [{"rule": "adam"}, {}], **COMMON)
    assert ensemble.stopped == "interrupted"
    assert [failed.setting for failed in ensemble.failed] == [{"rule": "adam"}]
    assert ensemble.histories == [[None], [None]]


# A shell tells jobs in its background to ignore Ctrl-C, and they tell theirs: so the script asks for it again.
SWEEP_WITHOUT_END = """
import signal
from rnn_tutorial import tasks, train_ensemble
signal.signal(signal.SIGINT, signal.default_int_handler)
if __name__ == "__main__":
    settings = [{"n_trials": 3}] + [{"n_trials": 10**7, "tau": tau} for tau in range(1, 30)]
    ensemble = train_ensemble(tasks.sum_of_sines(10), [0], settings, folder="runs", progress=False, n_rec=6)
    print(ensemble.stopped, [runs[0] is not None for runs in ensemble.histories].index(False), ensemble.loss.shape)
"""


@pytest.fixture
def sweep(tmp_path):
    """A sweep that has stored its first run, and its processes."""
    script = tmp_path / "sweep.py"
    script.write_text(SWEEP_WITHOUT_END)
    given = {"cwd": tmp_path, "stdout": subprocess.PIPE, "text": True, "start_new_session": True}
    children = []
    with subprocess.Popen([sys.executable, script], **given) as sweep:
        try:
            while not list(tmp_path.glob("runs/*.npz")):
                assert sweep.poll() is None
            children = psutil.Process(sweep.pid).children(recursive=True)
            assert len(children) >= 2
            yield sweep, children
        finally:
            for process in [sweep, *children]:
                with suppress(psutil.NoSuchProcess):
                    process.kill()


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="sends signals")
@pytest.mark.parametrize("send", [os.killpg, os.kill], ids=["Ctrl-C", "stop button"])
def test_an_interrupt_ends_the_processes_and_returns_what_was_done(sweep, send):
    """A terminal sends Ctrl-C to all processes of a group, an editor's stop button to the one that it started."""
    sweep, children = sweep
    send(sweep.pid, signal.SIGINT)
    assert sweep.communicate(timeout=120)[0] == "interrupted 1 (30, 1, 3)\n"
    assert sweep.returncode == 0
    assert psutil.wait_procs(children, timeout=60)[1] == []


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="sends signals")
def test_no_process_outlives_a_killed_parent(sweep):
    sweep, children = sweep
    sweep.kill()
    assert psutil.wait_procs(children, timeout=60)[1] == []


# Runs that fail, and runs that diverge


def test_a_bad_setting_is_reported_and_the_others_are_done():
    bad = [{"rule": "adam"}, {"n_rec": 0}, {"task": "sines"}, {"learning_rat": 1}, {"n_trials": "many"}]
    with pytest.warns(FailedRunsWarning, match="15 runs failed") as warned:
        ensemble = train_ensemble(TASK, SEEDS, [bad[0], *SETTINGS, *bad[1:]], executor=Counted(1), **COMMON)
    assert len(warned) == 1
    assert "{'rule': 'adam'}, seed 3: ValueError(\"rule must be one of" in str(warned[0].message)
    assert warned[0].filename == __file__
    assert [(run.setting, run.seed) for run in ensemble.failed] == [
        (setting, seed) for setting in bad for seed in SEEDS
    ]
    for run, message in zip(
        ensemble.failed[::3], ["rule must be", "n_rec must be", "task must be", "rat'", "n_trials must be"], strict=True
    ):
        assert message in str(run.error)
    assert ensemble.histories[0] == [None, None, None]
    assert np.isnan(ensemble.loss[[0, 5, 6, 7, 8]]).all()
    for histories, expected in zip(ensemble.histories[1:5], single_runs(), strict=True):
        assert all(map(same, histories, expected))


@pytest.mark.slow
def test_a_bad_setting_is_reported_from_processes_too():
    with pytest.warns(FailedRunsWarning, match="rule must be one of"):
        ensemble = train_ensemble(TASK, SEEDS, [{"rule": "adam"}, {}], **COMMON)
    assert [run.setting["rule"] for run in ensemble.failed] == ["adam"] * 3
    assert all(map(same, ensemble.histories[1], single_runs()[0]))


class UnsendableError(Exception):
    """Cannot be made again from its arguments, as pickle would."""

    def __init__(self, what, where):
        super().__init__(f"{what} {where}")


def fails_unsendably(net, x, y_target):
    raise UnsendableError("lost", "here")


def calls_for_an_exit(net, x, y_target):
    sys.exit("enough")


def is_called_off(net, x, y_target):
    raise asyncio.CancelledError("late")


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (fails_unsendably, "UnsendableError('lost here')"),
        (calls_for_an_exit, "SystemExit('enough')"),
        (is_called_off, "CancelledError('late')"),
    ],
)
@pytest.mark.parametrize("where", [pytest.param("processes", marks=pytest.mark.slow), "threads", "browser"])
def test_whatever_a_rule_raises_is_reported_and_the_others_are_done(rule, message, where):
    executor = Counted(1) if where == "threads" else None
    with in_the_browser() if where == "browser" else nullcontext(), pytest.warns(FailedRunsWarning):
        ensemble = train_ensemble(TASK, SEEDS, [{"rule": rule}, {}], executor=executor, **COMMON)
    assert [run.seed for run in ensemble.failed] == SEEDS
    assert all(message in repr(run.error) for run in ensemble.failed)
    assert all(map(same, ensemble.histories[1], single_runs()[0]))


def test_a_failed_run_is_not_stored(tmp_path):
    for _ in range(2):
        with pytest.warns(FailedRunsWarning):
            train_ensemble(TASK, [0], [{}, {"rule": "adam"}], executor=Counted(1), folder=tmp_path, **COMMON)
        assert len(list(tmp_path.iterdir())) == 1


def test_when_every_run_fails_the_first_error_is_raised():
    with pytest.raises(ValueError, match="rule must be one of 'bptt', 'rtrl', 'rflo', but got 'adam'") as raised:
        train_ensemble(TASK, SEEDS[:1], [{"tau": 5}, {}], executor=Counted(1), rule="adam", **COMMON)
    assert raised.value.__notes__ == ["No run succeeded. The first had seed 0, setting {'tau': 5}."]
    with pytest.raises(ValueError, match="but got 'adam'") as raised:
        train_ensemble(TASK, SEEDS, [{"tau": 5}], executor=Counted(1), rule="adam", **COMMON)
    assert raised.value.__notes__ == ["No run succeeded. The first had seed 0, setting {'tau': 5}."]


@pytest.mark.parametrize("where", ["threads", pytest.param("processes", marks=pytest.mark.slow), "folder"])
def test_a_diverged_run_is_a_result(tmp_path, where):
    settings = [{"learning_rate": 1e200}, {"n_trials": 5}]
    executor = None if where == "processes" else Counted(1)
    filters = warnings.filters[:]
    for _ in range(2):
        with pytest.warns(
            DivergenceWarning, match=r"3 runs diverged.*\n  {'learning_rate': 1e\+200}, seed 0"
        ) as warned:
            ensemble = train_ensemble(TASK, SEEDS, settings, executor=executor, folder=tmp_path, **COMMON)
        executor = NoRun() if where == "folder" else executor
    assert len(warned) == 1
    assert warned[0].filename == __file__
    assert warnings.filters == filters
    assert ensemble.failed == []
    for j, history in enumerate(ensemble.histories[0]):
        assert history.stopped == "diverged"
        assert 0 < len(history.loss) < 8
        assert np.array_equal(ensemble.loss[0, j, : len(history.loss)], history.loss)
        assert np.isnan(ensemble.loss[0, j, len(history.loss) :]).all()
    assert np.isfinite(ensemble.loss[1, :, :5]).all()
    assert ensemble.loss.shape[-1] == max(5, *(len(history.loss) + 1 for history in ensemble.histories[0]))


def test_runs_that_all_diverge_take_the_room_that_they_need():
    with pytest.warns(DivergenceWarning):
        ensemble = train_ensemble(
            TASK, SEEDS, executor=Counted(1), **COMMON | {"learning_rate": 1e200, "n_trials": 10**8}
        )
    assert ensemble.loss.shape[-1] < 10
    assert np.isnan(ensemble.loss[..., -1]).all(), "the last trial tells which runs diverged"


def test_a_run_whose_last_update_diverges_is_told_from_those_that_are_done():
    """Its record is as long as theirs, and finite."""
    task = Task(np.zeros((20, 1)), np.full((20, 1), 1e3))
    settings = [{"learning_rate": 1e308}, {"learning_rate": 0.03}]
    with pytest.warns(DivergenceWarning, match="2 runs diverged"):
        ensemble = train_ensemble(task, [0, 1], settings, executor=Counted(1), n_rec=5, n_trials=1, progress=False)
    assert [len(history.loss) for row in ensemble.histories for history in row] == [1, 1, 1, 1]
    assert np.isnan(ensemble.loss).tolist() == np.isnan(ensemble.alignment).tolist() == [[[True]] * 2, [[False]] * 2]


# What one does with the result, and what one gets wrong


def test_statistics_and_curves_take_one_line():
    ensemble = train_ensemble(TASK, SEEDS, SETTINGS[:2], executor=Counted(1), **COMMON)
    median = np.nanmedian(ensemble.loss, axis=1)
    assert median.shape == (2, 8)
    assert np.array_equal(median[1], np.median([history.loss for history in ensemble.histories[1]], axis=0))
    figures = pytest.importorskip("rnn_book.figures")
    ax = figures.learning_curves({s["rule"]: runs for s, runs in zip(SETTINGS, ensemble.histories, strict=False)})
    assert len(ax.lines) == 2 * (len(SEEDS) + 1)
    plt.close(ax.figure)


def test_without_settings_there_is_one():
    ensemble = train_ensemble(TASK, range(2), executor=Counted(1), **COMMON)
    assert ensemble.settings == [{}]
    assert ensemble.seeds == [0, 1]
    assert ensemble.loss.shape == (1, 2, 8)


def test_without_seeds_there_are_ten():
    assert train_ensemble(TASK, executor=Counted(1), **COMMON).seeds == list(range(10))


def test_progress_bar(capsys, monkeypatch):
    """It waits for a second before it shows."""
    ensembles.train_ensemble(TASK, SEEDS, executor=Counted(1), **COMMON)
    assert capsys.readouterr().err == ""
    for module in (jobs, training):  # of all runs together, and of each by itself
        monkeypatch.setattr(module, "tqdm", lambda **given: tqdm(**given | {"delay": 0}))
    ensembles.train_ensemble(TASK, SEEDS, executor=Counted(1), **COMMON)
    shown = capsys.readouterr().err
    assert "ensemble:   0%" in shown
    assert "rflo" not in shown
    train_ensemble(TASK, SEEDS, executor=Counted(1), **COMMON)
    assert capsys.readouterr().err == ""


class LooksLikeClient:
    def get_executor(self):
        pass


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"task": "heartbeat"}, "task must be a Task, such as tasks.sum_of_sines(), but got 'heartbeat'"),
        ({"seeds": 5}, "seeds must be several integers, such as range(10), but got 5"),
        ({"seeds": []}, "seeds must hold at least one integer, but is empty"),
        ({"seeds": [0, -1]}, "each of seeds must be an integer >= 0, but got -1"),
        ({"seeds": "12"}, "each of seeds must be an integer >= 0, but got '1'"),
        ({"settings": []}, "settings must be a list of one or more dicts, or None, but got []"),
        ({"settings": {"rule": "bptt"}}, "settings must be a list of one or more dicts, or None, but got {'rule'"),
        ({"settings": ["bptt"]}, "each of settings must be a dict from names of arguments, but got 'bptt'"),
        ({"settings": [{"seed": 3}]}, "seed must be left to seeds, but got seed=3"),
        ({"settings": [{"progress": True}]}, "progress must be the same for all runs, but got progress=True"),
        ({"settings": [{}, {"folder": "a"}]}, "folder must be the same for all runs, but got folder='a'"),
        ({"settings": [{}, {"executor": None}]}, "executor must be the same for all runs, but got executor=None"),
        ({"settings": [{"time_limit": 3}, {}]}, "time_limit must be the same for all runs, but got time_limit=3"),
        ({"settings": [{"seeds": [1]}, {}]}, "seeds must be the same for all runs, but got seeds=[1]"),
        ({"settings": [{"label": "mine"}, {}]}, "label must be kept beside the settings, but got label='mine'"),
        ({"every": 2}, "every must be asked of train, one network at a time, but got every=2"),
        ({"watch": {"bptt": "bptt"}}, "watch must be asked of train, one network at a time"),
        ({"executor": 4}, "executor must be a concurrent.futures.Executor or None, but got 4"),
        ({"executor": LooksLikeClient()}, "of a Dask client, pass client.get_executor()"),
        (
            {"rule": lethal, "folder": "f"},
            "with a folder, arguments must be numbers, strings, real arrays, Tasks or Rules of this library",
        ),
        (
            {"h0": np.full(6, 0.1j), "folder": "f"},
            "with a folder, arguments must be numbers, strings, real arrays, Tasks or Rules",
        ),
        ({"seed": 3}, "seed must be left to seeds, but got seed=3"),
        ({"time_limit": 0}, "time_limit must be a finite number > 0, but got 0"),
        ({"time_limit": "long"}, "time_limit must be a finite number > 0, but got 'long'"),
        ({"tau": "slow"}, "tau must be a finite number >= 1, but got 'slow'"),
    ],
)
def test_errors(changed, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        train_ensemble(**{"task": TASK, "seeds": [0], "executor": Counted(1), **COMMON, **changed})
    assert not Path("f").exists()


def test_the_number_of_units_is_required():
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'n_rec'"):
        train_ensemble(TASK, [0], executor=Counted(1))
