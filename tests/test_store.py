"""The folder of stored runs: what determines the name of one, and what is swept out."""

import os
import re
import shutil
import subprocess
import sys
import types
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import rnn_book
from rnn_book.experiments.stream import train_stream
from rnn_tutorial import Task, store

fresh_hash = store.hash_of_sources.__wrapped__  # which remembers nothing


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A function of a package, beside which there is a file of nobody's."""
    folder = tmp_path / "somebodys_package"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "recording.csv").write_text("1,2")
    for name in ("__init__", "runs", "beside"):
        (folder / f"{name}.py").write_text("def run():\n    pass\n")
    (tmp_path / "stray.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    yield import_module("somebodys_package.runs").run, folder
    for name in [name for name in sys.modules if name.startswith("somebodys_package")]:
        del sys.modules[name]


def test_a_function_of_a_package_goes_by_all_files_of_it(package):
    function, folder = package
    before = fresh_hash(function)
    assert before == fresh_hash(function)
    (folder.parent / "stray.py").write_text("changed = True")
    (folder / "notes.txt").write_text("changed")
    assert fresh_hash(function) == before
    for name in ("runs.py", "beside.py", "data/recording.csv"):
        (folder / name).write_text("changed = True")
        assert fresh_hash(function) != before
        before = fresh_hash(function)


def test_what_is_no_file_is_passed_over(package):
    """As the lock of an editor is, which is a link to nowhere, or a folder."""
    function, folder = package
    before = fresh_hash(function)
    (folder / ".#runs.py").symlink_to("somebody@somewhere")
    (folder / "odd.py").mkdir()
    assert fresh_hash(function) == before


@pytest.mark.half_second
def test_the_library_can_be_imported_from_a_zip_file(tmp_path):
    shutil.make_archive(str(tmp_path / "all"), "zip", Path(store.__file__).parents[1], "rnn_tutorial")
    script = "import rnn_tutorial as r; print(r.__file__); r.bptt.gradient(r.Network.random(1, 3, 1), [[1.0]], [[1.0]])"
    env = os.environ | {"PYTHONPATH": str(tmp_path / "all.zip"), "RNN_TUTORIAL_NO_NUMBA": "1"}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=env, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert "all.zip" in done.stdout


def test_what_an_experiment_on_the_stream_uses_is_in_its_hash(tmp_path, monkeypatch):
    """In copies: SnAp-1 stands among the experiments, and the heartbeat among the recordings."""
    ours, library = Path(rnn_book.__file__).parent, Path(store.__file__).parent
    for folder in (ours, library):
        shutil.copytree(folder, tmp_path / folder.name, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(rnn_book, "__path__", [str(tmp_path / ours.name)])

    def hash_now():
        monkeypatch.setattr(store, "LIBRARY", store._hash_of_files(tmp_path / library.name))
        return fresh_hash(train_stream)

    before = hash_now()
    beside = (tmp_path / ours.name / "experiments" / "snap1.py", tmp_path / ours.name / "statistics.py")
    for path in (*beside, tmp_path / library.name / "data" / "heartbeat.csv"):
        path.write_text(path.read_text().replace("1", "2", 1))
        assert hash_now() != before
        before = hash_now()


def test_the_library_goes_by_the_files_that_were_imported(tmp_path):
    """One that is edited afterwards is not what runs."""
    shutil.copytree(
        Path(store.__file__).parent, tmp_path / "rnn_tutorial", ignore=shutil.ignore_patterns("__pycache__")
    )
    (tmp_path / "study.py").write_text("def run():\n    pass\n")
    script = """
import pathlib, sys, study, rnn_tutorial
from rnn_tutorial.store import hash_of_sources
if sys.argv[1:]:
    source = pathlib.Path(rnn_tutorial.__file__).parent / "rule.py"
    source.write_text(source.read_text() + "# edited")
print(hash_of_sources(study.run))
"""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"RNN_TUTORIAL_NO_NUMBA": "1"}

    def told(*edit):
        command = [sys.executable, "-c", script, *edit]
        return subprocess.run(command, env=env, cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    before = told()
    assert told("edit") == before
    assert told() != before


def test_a_function_of_a_lone_file_goes_by_that_file(tmp_path, monkeypatch):
    for name in ("somebodys_script", "stray"):
        (tmp_path / f"{name}.py").write_text("def run():\n    pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    function = import_module("somebodys_script").run
    before = fresh_hash(function)
    (tmp_path / "stray.py").write_text("changed = True")
    assert fresh_hash(function) == before
    (tmp_path / "somebodys_script.py").write_text("changed = True")
    assert fresh_hash(function) != before
    del sys.modules["somebodys_script"]


def test_the_library_is_in_every_hash_wherever_it_stands(package, tmp_path, monkeypatch):
    """Files go in by the names of their packages: another machine keeps them elsewhere, in another order."""
    function, _ = package

    def with_library(place):
        library = tmp_path / place / "library"
        library.mkdir(parents=True)
        (library / "store.py").write_text("the = library")
        monkeypatch.setattr(store, "LIBRARY", store._hash_of_files(library))
        return fresh_hash(function), library

    first, library = with_library("a")
    second, _ = with_library("z")
    assert first == second
    (library / "more.py").write_text("")
    monkeypatch.setattr(store, "LIBRARY", store._hash_of_files(library))
    assert fresh_hash(function) != first


def test_a_function_of_no_file_is_refused(monkeypatch):
    notebook = types.ModuleType("somebodys_notebook")
    exec("def run():\n    pass\n", vars(notebook))
    monkeypatch.setitem(sys.modules, "somebodys_notebook", notebook)
    with pytest.raises(
        ValueError, match="with a folder, the function must be defined in a file, but got <function run"
    ):
        fresh_hash(notebook.run)


# The folder


def test_the_folder_itself_is_written_to_before_the_first_run(tmp_path, monkeypatch):
    """It may be there and yet be closed to us."""

    def closed(dir=None):
        raise PermissionError(f"{dir} is closed")

    monkeypatch.setattr(store.tempfile, "TemporaryFile", closed)
    with pytest.raises(PermissionError, match=re.escape(f"{tmp_path} is closed")):
        store.prepare(tmp_path)


@pytest.mark.parametrize(("age", "stays"), [(86_400, True), (86_400.5, False), (-86_400, True), (-86_400.5, False)])
def test_what_was_left_half_written_stays_for_a_day(tmp_path, monkeypatch, age, stays):
    """A date in the future is that of a clock that is wrong."""
    part = tmp_path / "a.npz.1.part"
    part.write_bytes(b"half")
    os.utime(part, (10**9, 10**9))
    monkeypatch.setattr(store, "time", types.SimpleNamespace(time=lambda: 10**9 + age))
    store.prepare(tmp_path)
    assert part.exists() == stays


def test_what_is_half_written_by_others_is_left_where_it_is(tmp_path):
    for name in ("thesis.part", "archive.npz.part"):
        (tmp_path / name).write_bytes(b"half")
        os.utime(tmp_path / name, (0, 0))
    store.prepare(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_of_that_name_is_left_where_it_is(tmp_path):
    folder = tmp_path / "mine.npz.1.part"
    folder.mkdir()
    os.utime(folder, (0, 0))
    store.prepare(tmp_path)
    assert folder.exists()


def test_a_file_has_its_name_only_when_its_content_is_on_the_disk(tmp_path, monkeypatch):
    path, synced, really = tmp_path / "a.npz", [], os.fsync

    def fsync(file):
        really(file)
        (part,) = tmp_path.iterdir()
        synced.append((part.name != path.name, part.read_bytes()))

    monkeypatch.setattr(os, "fsync", fsync)
    store.write_whole(path, b"whole")
    assert synced == [(True, b"whole")]
    assert path.read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [path]


# The name of a run


def run(task, **given):
    pass


def name(job):
    return store.StoredRun.of("runs", run, job, "code").path.name


def test_the_order_of_arguments_does_not_make_another_run():
    assert name({"a": 1, "b": {"c": 2, "d": 3}}) == name({"b": {"d": 3, "c": 2}, "a": 1})
    assert name({"a": 1, "b": 2}) != name({"a": 2, "b": 1})


def test_all_that_is_in_a_task_or_an_array_counts():
    x, y = np.zeros((2, 1)), np.ones((2, 1))
    jobs = [{"task": Task(x, y)}, {"task": Task(y, y)}, {"task": Task(x, x)}, {"task": Task(x, y, "mine")}]
    jobs += [{"a": np.zeros(4)}, {"a": np.zeros((2, 2))}, {"a": np.ones(4)}, {"a": True}, {"a": 0}, {"a": "0"}]
    assert len({name(job) for job in jobs}) == len(jobs)
    more = [{"a": np.array(5.0)}, {"a": np.array([5.0])}, {"a": {"1": 5}}, {"a": {"null": 5}}]
    assert len({name(job) for job in [*jobs, *more]}) == len(jobs) + len(more)
    assert name({"a": np.zeros(4, int)}) == name({"a": np.zeros(8)[::2]}) == name({"a": np.zeros(4)})


@pytest.mark.parametrize("keys", [{1: 5}, {None: 5}, {"a": 1, 2: 3}])
def test_names_of_what_is_in_a_job_are_strings(tmp_path, keys):
    for job in ({"a": keys}, {"a": [{"b": keys}]}):
        with pytest.raises(ValueError, match="with a folder, keys of dicts must be strings, but got "):
            store.StoredRun.of(tmp_path, train_stream, job, "code")


@pytest.mark.parametrize("value", [np.ma.masked_array([1.0, 2.0], [True, False]), np.array([1, None])])
def test_an_array_that_cannot_be_told_from_others_is_refused(tmp_path, value):
    with pytest.raises(ValueError, match="with a folder, arguments must be numbers, strings, real arrays"):
        store.StoredRun.of(tmp_path, train_stream, {"a": value}, "code")


def test_runs_with_and_without_numba_are_two(tmp_path, monkeypatch):
    paths = set()
    for numba in (True, False, True):
        monkeypatch.setattr(store, "NUMBA", numba)
        paths.add(store.StoredRun.of(tmp_path, train_stream, {}, "code").path)
    assert len(paths) == 2


@pytest.mark.parametrize("record", [{"a": None}, {"a": [1, None]}, {"file": 1}, {"_seconds": 1}])
def test_a_record_that_could_not_be_read_again_is_not_stored(tmp_path, record):
    run = store.StoredRun.of(tmp_path, train_stream, {}, "code")
    with pytest.raises(ValueError, match="a record must hold arrays of numbers or of strings, but has "):
        run.save(record, 1.0)
    assert list(tmp_path.iterdir()) == []
    run.save({"a": "text", "b": 1}, 1.0)
    record, seconds = run.load()
    assert (str(record["a"]), int(record["b"]), seconds) == ("text", 1, 1.0)
