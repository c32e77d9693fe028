"""Jobs: who does them and in which order, how they end, and what is shown; stand-ins for processes make it quick."""

import asyncio
import os
import queue
import re
import runpy
import signal
import sys
import threading
import time
import types
from concurrent.futures import BrokenExecutor, Executor, Future
from functools import partial
from multiprocessing import Pipe
from types import SimpleNamespace

import loky
import numpy as np
import pytest
from tqdm.auto import tqdm

from rnn_tutorial import jobs

run_jobs = partial(jobs.run_jobs, progress=False)


@pytest.mark.parametrize(("platform", "in_browser", "interval"), [("emscripten", True, 0), ("linux", False, 10)])
def test_the_platform_tells_the_browser(monkeypatch, platform, in_browser, interval):
    """There, a progress bar has no thread that watches over it."""
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(tqdm, "monitor_interval", 10)
    assert runpy.run_path(jobs.__file__)["IN_BROWSER"] is in_browser
    assert tqdm.monitor_interval == interval


# Stand-ins for processes


class Death(KeyboardInterrupt):
    """Kills the process that meets it: of all that a job may raise, Ctrl-C alone goes out of it as it is."""


class Pool(jobs._Process):
    """Like a pool of one process, but does at once what it is given."""

    closed = False

    def submit(self, job):
        assert not self.closed
        future = Future()
        try:
            future.set_result(job())
        except Death as death:
            future.set_exception(BrokenExecutor(f"a process died {death}"))
        except Exception as error:
            future.set_exception(error)
        return future

    def close(self, kill):
        self.closed = True


@pytest.fixture
def pools(monkeypatch):
    """The pools that were made, on two cores."""
    made = []

    def process():
        made.append(Pool())
        return made[-1]

    monkeypatch.setattr(jobs, "_Process", process)
    monkeypatch.setattr(loky, "cpu_count", lambda: 2)
    yield made
    assert all(pool.closed for pool in made)


def counted(n_jobs, act=lambda n, attempts: None, **given):
    """The outcomes of so many jobs, and their numbers in the order in which they were begun."""
    attempts = []

    def function(n):
        attempts.append(n)
        act(n, attempts)
        return {"n": n}

    return run_jobs(function, [{"n": n} for n in range(n_jobs)], **given), attempts


def test_each_core_has_a_process_for_all_jobs(pools):
    outcomes, attempts = counted(5)
    assert attempts == [0, 1, 2, 3, 4]
    assert outcomes.records == [{"n": n} for n in range(5)]
    assert len(pools) == 2


def test_a_job_is_begun_as_soon_as_a_process_is_free(pools, monkeypatch):
    """Here the first process goes on until the other has begun its second job, or for long."""
    given, held, at_once = [], [], Pool.submit

    def submit(pool, job):
        given.append(job)
        if len(given) == 1:
            future = Future()
            held.append(threading.Timer(15, lambda: future.set_result(job())))
            held[0].start()
            return future
        future = at_once(pool, job)
        if len(given) == 3:
            held[0].cancel()
            held[0].function()
        return future

    monkeypatch.setattr(Pool, "submit", submit)
    assert counted(3)[1] == [1, 2, 0]


def test_a_job_whose_process_dies_is_tried_once_more_at_once(pools, monkeypatch):
    def die(n, attempts):
        if attempts == [0]:
            raise Death

    monkeypatch.setattr(loky, "cpu_count", lambda: 1)
    outcomes, attempts = counted(3, die)
    assert attempts == [0, 0, 1, 2]
    assert outcomes.records == [{"n": n} for n in range(3)]
    assert outcomes.errors == {}
    assert len(pools) == 2


def test_a_job_that_kills_two_processes_fails(pools):
    def die(n, attempts):
        if n == 1:
            raise Death if attempts.count(1) < 3 else AssertionError("there is no third time")

    outcomes, attempts = counted(4, die)
    assert attempts.count(1) == 2
    assert [record is None for record in outcomes.records] == [False, True, False, False]
    assert [type(error) for error in outcomes.errors.values()] == [BrokenExecutor]


def test_a_process_that_has_died_is_closed_at_once(pools):
    """Else thousands of them take all descriptors of files that there are."""

    def die(n, attempts):
        assert sum(not pool.closed for pool in pools) <= 2
        if attempts.count(n) == 1:
            raise Death

    outcomes, _ = counted(20, die)
    assert outcomes.errors == {}
    assert len(pools) > 20


def test_a_process_that_cannot_start_costs_its_job_alone(pools, monkeypatch):
    at_once, failing = Pool.submit, {2: 1, 4: 2}

    def submit(pool, job):
        n = job.args[1]["n"]
        if failing.get(n, 0):
            failing[n] -= 1
            raise OSError("Too many open files")
        return at_once(pool, job)

    monkeypatch.setattr(Pool, "submit", submit)
    outcomes, attempts = counted(6)
    assert sorted(attempts) == [0, 1, 2, 3, 5]
    assert {n: repr(error) for n, error in outcomes.errors.items()} == {4: "OSError('Too many open files')"}


def test_a_result_that_cannot_be_sent_is_no_death(pools, monkeypatch):
    """Nor is it for want of time, however long it took."""
    at_once, clock = Pool.submit, [1000.0]

    def submit(pool, job):
        future = at_once(pool, job)
        if job.args[1]["n"] != 1:
            return future
        clock[0] += 100
        return jobs._failed(TypeError("cannot pickle a lock"))

    monkeypatch.setattr(Pool, "submit", submit)
    stopped = SimpleNamespace(monotonic=lambda: clock[0], perf_counter=time.perf_counter)
    monkeypatch.setattr(jobs, "time", stopped)
    outcomes, attempts = counted(4, time_limit=60)
    assert attempts == [0, 1, 2, 3]
    assert {n: repr(error) for n, error in outcomes.errors.items()} == {1: "TypeError('cannot pickle a lock')"}
    assert len(pools) == 2


def test_a_job_may_raise_what_an_executor_does(pools):
    def act(n, attempts):
        if n == 1:
            raise BrokenExecutor("its own")

    outcomes, attempts = counted(3, act)
    assert attempts == [0, 1, 2]
    assert {n: str(error) for n, error in outcomes.errors.items()} == {1: "its own"}
    assert len(pools) == 2


@pytest.mark.parametrize(
    ("seconds", "how", "errors", "times"),
    [
        (59.9, "", [BrokenExecutor], 2),
        (60, "", [TimeoutError], 1),
        (60, "{EXIT(1)}", [TimeoutError], 1),
        (60, "{SIGKILL(-9)}", [BrokenExecutor], 2),
    ],
)
def test_a_process_that_ends_after_the_limit_was_ended_by_it(pools, monkeypatch, seconds, how, errors, times):
    clock = [1000.0]

    def die(n, attempts):
        if n == 1:
            clock[0] += seconds
            raise Death(how)

    stopped = SimpleNamespace(monotonic=lambda: clock[0], perf_counter=time.perf_counter)
    monkeypatch.setattr(jobs, "time", stopped)
    outcomes, attempts = counted(3, die, time_limit=60)
    assert [type(error) for error in outcomes.errors.values()] == errors
    assert attempts.count(1) == times
    assert [record is None for record in outcomes.records] == [False, True, False]


def test_a_process_is_killed_when_it_is_interrupted_and_else_ends_its_work(monkeypatch):
    class Recorded:
        def __init__(self, *given, initializer, initargs, env):
            assert initializer is jobs._end_with_parent
            self.given, (self.pipe,), self.ended = given, initargs, []

        def shutdown(self, **how):
            assert not self.pipe.poll(), "it is open until then"
            self.ended.append(how)

        def submit(self, job):
            return job

    monkeypatch.setattr(loky, "ProcessPoolExecutor", Recorded)
    with jobs._Process() as process:
        assert process.executor is None, "it starts with its first job"
        assert [process.submit(job) for job in "ab"] == ["a", "b"]
        executor = process.executor
        assert executor.given == (1,)
    assert executor.ended == [{"kill_workers": False}]
    assert process.executor is None, "it would hold a pipe for as long as the others run"
    with pytest.raises(EOFError):
        executor.pipe.recv()
    process = jobs._Process()
    process.submit("a")
    executor = process.executor
    with pytest.raises(KeyboardInterrupt), process:
        raise KeyboardInterrupt
    assert executor.ended == [{"kill_workers": True}]
    with jobs._Process() as process:
        pass
    assert process.executor is None


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # as nothing ends the thread here
def test_a_process_leaves_ctrl_c_to_its_parent_and_ends_with_it(monkeypatch):
    ended, signals, before = queue.Queue(), [], threading.enumerate()
    monkeypatch.setattr(os, "_exit", ended.put)
    monkeypatch.setattr(signal, "signal", lambda *given: signals.append(given))
    ours, theirs = Pipe()
    jobs._end_with_parent(theirs)
    (thread,) = (thread for thread in threading.enumerate() if thread not in before)
    assert thread.daemon, "else it would keep a process that has no more to do"
    assert signals == [(signal.SIGINT, signal.SIG_IGN)]
    assert ended.empty()
    ours.close()
    assert ended.get(timeout=20) != 0
    thread.join()


# Processes


def where():
    """The process that does this job, and the threads that it may take."""
    return {name: np.array(os.environ.get(name, "")) for name in jobs.BLAS_THREADS} | {"pid": np.array(os.getpid())}


@pytest.mark.half_second
def test_where_jobs_are_done(monkeypatch):
    for name in jobs.BLAS_THREADS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MKL_NUM_THREADS", "3")

    def processes(n, **given):
        return {int(record["pid"]) for record in run_jobs(where, [{}] * n, **given).records}

    assert processes(1) == {os.getpid()}
    assert os.getpid() not in processes(1, time_limit=600)
    records = run_jobs(where, [{}] * 2).records
    assert os.getpid() not in {int(record["pid"]) for record in records}
    for record in records:
        assert record["MKL_NUM_THREADS"] == "3", "what the user says holds"
        assert record["OPENBLAS_NUM_THREADS"] == record["OMP_NUM_THREADS"] == "1"


# One job


@pytest.mark.parametrize("fails", [False, True])
def test_an_alarm_is_on_while_a_job_with_a_limit_runs(monkeypatch, fails):
    done = []

    def function():
        done.append("job")
        if fails:
            raise ZeroDivisionError

    def call(*limit):
        done.clear()
        try:
            jobs._call(function, {}, None, *limit)
        except ZeroDivisionError:
            done.append("failed")
        return [step for step in done if step != "failed"]

    alarm = SimpleNamespace(
        dump_traceback_later=lambda *given, **named: done.append((given, named)),
        cancel_dump_traceback_later=lambda: done.append("off"),
    )
    monkeypatch.setattr(jobs, "faulthandler", alarm)
    assert call() == ["job"]
    assert call(5) == [((5,), {"exit": True}), "job", "off"]


def test_no_alarm_can_be_set_for_later_than_the_system_counts():
    limit = threading.TIMEOUT_MAX
    expected = re.escape(f"time_limit must be at most {limit:g} seconds, but got {2 * limit}")
    with pytest.raises(ValueError, match=expected):
        run_jobs(where, [{}], time_limit=2 * limit)
    with pytest.raises(ValueError, match="time_limit must be None with an executor"):  # not that it is too long
        run_jobs(where, [{}], time_limit=limit, executor=Losing({}))


def test_an_error_that_cannot_be_sent_is_put_into_words(monkeypatch):
    """Here pickle sends none; what it can send is not the same everywhere, as Dask teaches it more."""

    def fails():
        raise ZeroDivisionError("lost here")

    with pytest.raises(ZeroDivisionError, match="lost here"):
        jobs._call(fails, {}, None)
    monkeypatch.setattr(jobs, "pickle", SimpleNamespace(dumps=lambda error: error, loads=lambda sent: sent[0]))
    with pytest.raises(RuntimeError, match=r"ZeroDivisionError\('lost here'\)"):
        jobs._call(fails, {}, None)


def test_without_a_folder_the_function_may_be_in_no_file():
    made = types.ModuleType("made_up")
    sys.modules[made.__name__] = made
    try:
        exec("def answer():\n    return {'n': 42}", vars(made))
        assert run_jobs(made.answer, [{}]).records == [{"n": 42}]
        with pytest.raises(ValueError, match="must be defined in a file"):
            run_jobs(made.answer, [{}], folder="runs")
    finally:
        del sys.modules[made.__name__]


def test_the_seconds_are_those_of_the_job():
    begin = time.perf_counter()
    (seconds,) = run_jobs(where, [{}]).seconds
    assert 0 < seconds < time.perf_counter() - begin


# An executor of one's own


def test_an_interrupt_withdraws_what_was_not_begun():
    class Interrupted(Executor):
        futures = ()

        def submit(self, job):
            future = Future()
            if not self.futures:
                future.set_exception(KeyboardInterrupt())
            self.futures += (future,)
            return future

    executor = Interrupted()
    outcomes = run_jobs(where, [{}] * 3, executor=executor)
    assert outcomes.stopped == "interrupted"
    assert outcomes.records == [None] * 3
    assert [future.cancelled() for future in executor.futures] == [False, True, True]


def test_jobs_that_cannot_be_handed_over_cost_no_other():
    class Closing(Executor):
        n_taken = 0

        def submit(self, job):
            self.n_taken += 1
            if self.n_taken > 1:
                raise RuntimeError("cannot schedule new futures after shutdown")
            future = Future()
            future.set_result(job())
            return future

    outcomes, attempts = counted(3, executor=Closing())
    assert attempts == [0]
    assert outcomes.records == [{"n": 0}, None, None]
    assert {n: str(error)[-14:] for n, error in outcomes.errors.items()} == {1: "after shutdown", 2: "after shutdown"}


class Losing(Executor):
    """Fails at each of these jobs so many times, as Dask does now and then when a worker dies beside it."""

    def __init__(self, times):
        self.times = dict(times)

    def submit(self, job):
        future, n = Future(), job.args[1]["n"]
        if self.times.get(n, 0):
            self.times[n] -= 1
            future.set_exception(ValueError("not enough values to unpack"))
            return future
        try:
            future.set_result(job())
        except Exception as error:
            future.set_exception(error)
        return future


def test_what_an_executor_loses_is_handed_to_it_once_more():
    outcomes, attempts = counted(4, executor=Losing({0: 1, 2: 1}))
    assert sorted(attempts[:2]) == [1, 3]  # those that came at once; as_completed keeps no order
    assert sorted(attempts[2:]) == [0, 2]
    assert outcomes.records == [{"n": n} for n in range(4)]
    assert outcomes.errors == {}


def test_what_an_executor_loses_twice_fails():
    outcomes, attempts = counted(3, executor=Losing({1: 2}))
    assert attempts == [0, 2]
    assert [(n, repr(error)) for n, error in outcomes.errors.items()] == [
        (1, "ValueError('not enough values to unpack')")
    ]


class UnsendableError(Exception):
    def __init__(self, one, two):
        super().__init__(one)


class Unusual(BaseException):
    """What no `except Exception` catches."""


@pytest.mark.parametrize(
    "error",
    [
        ValueError("of the job"),
        UnsendableError(1, 2),
        SystemExit(1),
        GeneratorExit(),
        asyncio.CancelledError(),
        Unusual("of the job"),
    ],
)
@pytest.mark.parametrize("in_browser", [False, True])
def test_a_job_that_raises_is_not_tried_again_and_costs_no_other(monkeypatch, error, in_browser):
    def fail(n, attempts):
        if n == 1:
            raise error

    monkeypatch.setattr(jobs, "IN_BROWSER", in_browser)
    outcomes, attempts = counted(3, fail, executor=None if in_browser else Losing({}))
    assert sorted(attempts) == [0, 1, 2]
    assert outcomes.records == [{"n": 0}, None, {"n": 2}]
    assert list(outcomes.errors) == [1]
    assert type(error).__name__ in repr(outcomes.errors[1])


# The progress bar


def number(n):
    return {"n": np.array(n)}


def test_the_progress_bar(monkeypatch, capsys, tmp_path):
    asked = []

    def at_once(**given):
        asked.append(given)
        return tqdm(**given | {"delay": 0, "mininterval": 0})

    monkeypatch.setattr(jobs, "IN_BROWSER", True)  # one after the other, in this process
    monkeypatch.setattr(jobs, "tqdm", at_once)
    given = [{"n": n} for n in range(3)]
    jobs.run_jobs(number, given[:2], folder=tmp_path)
    shown = capsys.readouterr().err
    assert [step in shown for step in ("jobs:   0%", "0/2", "1/2", "2/2")] == [True] * 4
    assert "\n" not in shown, "nothing of it is left"
    assert asked[0]["delay"] == 1, "it shows after a second"
    jobs.run_jobs(number, given, folder=tmp_path, label="mine")
    shown = capsys.readouterr().err
    assert [step in shown for step in ("0/3", "mine:  67%", "2/3", "3/3")] == [False, True, True, True]
    run_jobs(number, given)
    assert capsys.readouterr().err == ""
