"""What goes wrong around a folder of runs: interrupts at every line, deaths in a write, full disks, wrong clocks."""

import errno
import os
import random
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from test_ensembles import COMMON, SEEDS, SWEEP_WITHOUT_END, TASK, Counted, NoRun, in_the_browser, same, single_run

import rnn_book
import rnn_tutorial
from rnn_tutorial import ensembles, jobs, store
from rnn_tutorial.ensembles import FailedRunsWarning

GIVEN = {"task": TASK, "seeds": SEEDS[:2], "progress": False, **COMMON, "n_trials": 2}
train_ensemble = ensembles.train_ensemble


def losses():
    return np.array([single_run({"n_trials": 2}, seed).loss for seed in SEEDS[:2]])


class InterruptAt:
    """Raises KeyboardInterrupt at the line that comes as number k of the files that run and store jobs."""

    def __init__(self, k):
        self.left = k

    def __call__(self, frame, event, _):
        if frame.f_code.co_filename not in (jobs.__file__, store.__file__):
            return None
        if event == "line":
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt
        return self

    def run(self, folder):
        before = sys.gettrace()
        sys.settrace(self)
        try:
            return train_ensemble(folder=folder, **GIVEN).stopped
        except KeyboardInterrupt:
            return "raised"
        finally:
            sys.settrace(before)


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # Python closes what an interrupt leaves open
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_at_any_line_leaves_whole_runs_only(tmp_path):
    """All of them in turn, in this process, where nothing hides one; the last count meets none and ends the test."""
    expected, ended, k = losses(), [], 0
    store.hash_of_sources(ensembles._run)  # the rest of the file has it from the first time too
    with in_the_browser():
        while not ended or ended[-1] is not None:
            k += 1
            folder = tmp_path / str(k)
            ended.append(InterruptAt(k).run(folder))
            if folder.exists():
                assert not [path for path in folder.glob("*.part") if path.stat().st_size == 0]
                for path in folder.glob("*.npz"):
                    with np.load(path) as arrays:
                        assert arrays["loss"].shape == (2,)
            if k % 10 == 0:
                assert np.array_equal(train_ensemble(folder=folder, **GIVEN).loss[0], expected)
    assert len(ended) > 100, "the lines were counted"
    during = [k for k, end in enumerate(ended) if end == "interrupted"]
    assert len(during) > 30
    assert ended[: during[0]] == ["raised"] * during[0], "before the first run"


# What happens to those that come between a run and its file


def half_written(file):
    os.truncate(file, os.fstat(file).st_size // 2)
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_costs_no_run_and_leaves_no_half_file(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", half_written)
        with pytest.warns(RuntimeWarning, match="could not be stored in .*No space left"):
            ensemble = train_ensemble(executor=Counted(1), folder=tmp_path, **GIVEN)
    assert np.array_equal(ensemble.loss[0], losses())
    assert list(tmp_path.iterdir()) == []
    again = Counted(1)
    train_ensemble(executor=again, folder=tmp_path, **GIVEN)
    assert again.count == 2
    assert len(list(tmp_path.glob("*.npz"))) == 2


NO_ROOM = """
import resource
from rnn_tutorial import tasks, train_ensemble
resource.setrlimit(resource.RLIMIT_FSIZE, (800, 800))
given = {"n_rec": 6, "n_trials": 2, "learning_rate": 0.1, "progress": False}
ensemble = train_ensemble(tasks.sum_of_sines(10), [0, 3], folder="runs", **given)
print(*ensemble.loss.ravel())
"""


@pytest.mark.slow
def test_where_the_system_itself_writes_no_more_no_run_is_lost(tmp_path):
    """Not a stand-in: it lets a file have 800 bytes, which is less than a run takes."""
    pytest.importorskip("resource")
    script = tmp_path / "script.py"
    script.write_text(NO_ROOM)
    done = subprocess.run([sys.executable, script], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert np.array_equal(np.array(done.stdout.split(), float), losses().ravel())
    assert "Some runs could not be stored in runs, and are only returned: OSError(27, 'File too large')" in done.stderr
    assert list((tmp_path / "runs").iterdir()) == []


DIES_IN_A_WRITE = """
import os, signal
from rnn_tutorial import store, tasks, train_ensemble
count = iter(range(9))
def replace(part, path, really=os.replace):
    if next(count) == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    really(part, path)
store.os.replace = replace
train_ensemble(tasks.sum_of_sines(10), [0, 3], n_rec=6, n_trials=2, learning_rate=0.1, folder="runs", progress=False)
"""


@pytest.mark.slow
def test_a_parent_that_dies_in_a_write_leaves_whole_runs_only(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(DIES_IN_A_WRITE)
    assert subprocess.run([sys.executable, script], cwd=tmp_path, check=False).returncode == -signal.SIGKILL
    folder = tmp_path / "runs"
    assert (len(list(folder.glob("*.npz"))), len(list(folder.glob("*.part")))) == (1, 1)
    rest = Counted(1)
    ensemble = train_ensemble(executor=rest, folder=folder, **GIVEN)
    assert (rest.count, ensemble.loss.shape) == (1, (1, 2, 2))
    assert np.array_equal(ensemble.loss[0], losses())


# Goes on when two processes have come so far.
MEETS = """
import os, pathlib, time
import rnn_tutorial
pathlib.Path(f"{os.getpid()}.here").touch()
begin = time.monotonic()
while len(list(pathlib.Path().glob("*.here"))) < 2:
    assert time.monotonic() - begin < 60
"""


@pytest.mark.slow
def test_two_processes_share_a_folder(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(MEETS + DIES_IN_A_WRITE.replace("== 1", "== 8"))
    both = [subprocess.Popen([sys.executable, script], cwd=tmp_path) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    ensemble = train_ensemble(executor=NoRun(), folder=tmp_path / "runs", **GIVEN)
    assert np.array_equal(ensemble.loss[0], losses())
    assert len(list((tmp_path / "runs").iterdir())) == 2


@pytest.mark.parametrize("days", [-3000, 3000])
def test_a_wrong_clock_neither_loses_a_run_nor_keeps_what_is_left_of_one(tmp_path, days):
    train_ensemble(executor=Counted(1), folder=tmp_path, **GIVEN)
    (tmp_path / "half.npz.1.part").write_bytes(b"half")
    there = time.time() + 86_400 * days
    for path in tmp_path.iterdir():
        os.utime(path, (there, there))
    assert np.array_equal(train_ensemble(executor=NoRun(), folder=tmp_path, **GIVEN).loss[0], losses())
    assert not list(tmp_path.glob("*.part"))


WRITES = re.compile(r"\.write_(?:text|bytes)\(|\bopen\([^)]*[\"'][wax]b?[\"']|\bnp\.save\w*\((?!arrays\b)")


def writes(source):
    """The lines of a source that write to a file, or into one that may be half there."""
    return [line.strip() for line in source.splitlines() if WRITES.search(line)]


def test_all_that_is_written_is_written_whole():
    folders = [Path(package.__file__).parent for package in (rnn_book, rnn_tutorial)]
    sources = [path for folder in folders for path in folder.rglob("*.py")]
    assert len(sources) > 40
    found = {path.name: writes(path.read_text()) for path in sources if writes(path.read_text())}
    assert found == {"store.py": ['with part.open("xb") as file:']}


@pytest.mark.parametrize(
    "line", ["path.write_text(text)", "np.savez(path, **arrays)", 'open(name, "w")', "path.open('ab')", "np.save(f, a)"]
)
def test_a_line_that_writes_is_seen(line):
    assert writes(f"a = 1\n    {line}\n") == [line]
    assert not writes("np.savez(arrays, **small)\nopen(name).read()\n")


# Processes


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_ctrl_c_at_a_random_moment_ends_all_and_returns_what_was_done(tmp_path, seed):
    script = tmp_path / "sweep.py"
    script.write_text(SWEEP_WITHOUT_END.replace(".index(False)", ".count(True)"))
    given = {"cwd": tmp_path, "stdout": subprocess.PIPE, "text": True, "start_new_session": True}
    with subprocess.Popen([sys.executable, script], **given) as sweep:
        parent = psutil.Process(sweep.pid)
        while not (children := parent.children(recursive=True)):
            assert sweep.poll() is None
        time.sleep(random.Random(seed).uniform(0, 2))
        children = parent.children(recursive=True) or children
        os.killpg(sweep.pid, signal.SIGINT)
        word, n_done, *_ = sweep.communicate(timeout=120)[0].split()
    assert (sweep.returncode, word) == (0, "interrupted")
    assert int(n_done) == len(list(tmp_path.glob("runs/*.npz")))
    assert psutil.wait_procs(children, timeout=60)[1] == []


def greedy(net, x, y_target):
    """Asks for more than its process may have."""
    there = psutil.Process().memory_info().vms
    resource.setrlimit(resource.RLIMIT_AS, (there + 2**28, resource.RLIM_INFINITY))
    return np.ones(2**28)


@pytest.mark.slow
def test_a_run_without_memory_is_reported_and_the_others_are_done():
    with pytest.warns(FailedRunsWarning, match="(?s)1 runs failed.*MemoryError"):
        ensemble = train_ensemble(settings=[{"rule": greedy}, {}], **GIVEN | {"seeds": [0]})
    assert [run.setting["rule"] for run in ensemble.failed] == [greedy]
    assert same(ensemble.histories[1][0], single_run({"n_trials": 2}, 0))
