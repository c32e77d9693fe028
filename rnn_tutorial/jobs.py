"""Many computations that do not depend on each other, through any executor of `concurrent.futures`."""

import faulthandler
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, as_completed, wait
from contextlib import ExitStack, closing, suppress
from functools import partial
from os import PathLike
from typing import NamedTuple

import numpy as np
from tqdm.auto import tqdm

from rnn_tutorial import _check
from rnn_tutorial.store import StoredRun, hash_of_sources, prepare

__all__ = ["IN_BROWSER", "Outcomes", "run_jobs"]

IN_BROWSER = sys.platform == "emscripten"  # where there are no processes and no threads
if IN_BROWSER:
    tqdm.monitor_interval = 0  # a progress bar there can have no thread to watch over it
BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


class Outcomes(NamedTuple):
    """The results of `run_jobs`.

    Attributes
    ----------
    records : list of dict
        What the function returned for each job; None where it raised an exception or was not done.
    seconds : list of float
        How long each job took when it was computed; NaN where there is no record.
    errors : dict
        From the places of the jobs that raised an exception to the exceptions.
    stopped : {None, "interrupted"}
        Whether it was ended from the keyboard, and so may be incomplete.
    """

    records: list[dict | None]
    seconds: list[float]
    errors: dict[int, Exception]
    stopped: str | None


def run_jobs(
    function: Callable[..., dict],
    jobs: list[dict],
    *,
    executor: Executor | None = None,
    folder: str | PathLike[str] | None = None,
    time_limit: float | None = None,
    progress: bool = True,
    label: str = "jobs",
) -> Outcomes:
    """Call ``function(**job)`` for each job.

    Parameters
    ----------
    function : callable
        Returns a dict of arrays. With a folder, it must be defined in a file.
    jobs : list of dict
        With a folder, they may hold numbers, strings, real arrays, Tasks and Rules of this library's kernels.
    executor, folder, time_limit, progress
        As in `rnn_tutorial.ensembles.train_ensemble`, as are the warnings and errors.
    label : str
        Name of the progress bar.

    Returns
    -------
    Outcomes
        Also when interrupted from the keyboard.
    """
    if not callable(function):
        raise ValueError(f"function must be a function that returns a dict of arrays, but got {function!r}")
    if not isinstance(jobs, list | tuple) or not all(isinstance(job, dict) for job in jobs):
        raise ValueError(f"jobs must be a list of dicts of arguments, but got {jobs!r}")
    progress = _check.flag("progress", progress)
    if not isinstance(executor, Executor | None):
        hint = "; of a Dask client, pass client.get_executor()" if hasattr(executor, "get_executor") else ""
        raise ValueError(f"executor must be a concurrent.futures.Executor or None, but got {executor!r}{hint}")
    limit = np.inf if time_limit is None else _check.number("time_limit", time_limit, above=0)
    if threading.TIMEOUT_MAX < limit < np.inf:
        raise ValueError(f"time_limit must be at most {threading.TIMEOUT_MAX:g} seconds, but got {time_limit!r}")
    if limit < np.inf and (IN_BROWSER or executor is not None):
        where = "in the browser" if IN_BROWSER else "with an executor"
        raise ValueError(f"time_limit must be None {where}, where no run can be ended, but got {time_limit!r}")
    found, stored, code = [None] * len(jobs), [], None
    if folder is not None:
        if not isinstance(folder, str | PathLike) or folder == "":
            raise ValueError(f"folder must be the path of a folder or None, but got {folder!r}")
        code = hash_of_sources(function)
        stored = [StoredRun.of(folder, function, job, code) for job in jobs]
        prepare(folder)
        found = [*map(StoredRun.load, stored)]  # with no frame of its own, so that a warning finds its caller
    todo = {i: partial(_call, function, job, code, limit) for i, job in enumerate(jobs) if found[i] is None}

    errors, stopped, unstored = {}, None, None
    bar = tqdm(total=len(jobs), initial=len(jobs) - len(todo), disable=not progress, desc=label, delay=1, leave=False)
    with bar, closing(_outcomes(executor, todo, limit)) as outcomes:
        try:
            for i, future in outcomes:
                try:
                    found[i] = future.result()
                    if stored:
                        stored[i].save(*found[i])
                except Exception as error:
                    if found[i] is None:
                        errors[i] = error
                    else:
                        unstored = error
                bar.update()
        except KeyboardInterrupt:
            stopped = "interrupted"
    if unstored is not None:
        message = f"Some runs could not be stored in {folder}, and are only returned: {unstored!r}"
        warnings.warn(message, RuntimeWarning, stacklevel=3)
    found = [pair or (None, np.nan) for pair in found]
    return Outcomes([pair[0] for pair in found], [pair[1] for pair in found], dict(sorted(errors.items())), stopped)


def _call(function, job, code, limit=np.inf):
    """The record and its seconds. What is raised is an Exception that can be sent, and is marked as the job's own.

    A KeyboardInterrupt goes out as it is. After the limit the process ends, whatever it is doing, and says on stderr
    where it was.
    """
    begin = time.perf_counter()
    if limit < np.inf:
        faulthandler.dump_traceback_later(limit, exit=True)
    try:
        if code is not None and code != hash_of_sources(function):
            raise RuntimeError("the source files are not those that the caller loaded: were they edited since?")
        return function(**job), time.perf_counter() - begin
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        other, can_be_sent = RuntimeError(repr(error)), False
        vars(error)["of_the_job"] = vars(other)["of_the_job"] = True
        with suppress(Exception):  # such as that of an exception with an __init__ of its own; it would break a pool
            can_be_sent = isinstance(error, Exception) and vars(pickle.loads(pickle.dumps(error)))["of_the_job"]
        if can_be_sent:
            raise
        raise other from error
    finally:
        if limit < np.inf:
            faulthandler.cancel_dump_traceback_later()


# The ways to do the jobs. Each yields, as they come, the key of a job and a future that is done.


def _outcomes(executor, jobs, limit):
    if executor is not None:
        return _through(executor, jobs)
    if IN_BROWSER or (len(jobs) == 1 and limit == np.inf):
        return _one_by_one(jobs)
    return _through_processes(jobs, limit)


def _one_by_one(jobs):
    for key, job in jobs.items():
        future = Future()
        try:
            future.set_result(job())
        except Exception as error:
            future.set_exception(error)
        yield key, future


def _through(executor, jobs):
    """What the executor fails at, as when a worker dies, is handed to it once more, after all others."""
    futures, lost = {}, {}
    try:
        for more in (jobs, lost):
            futures = {}
            for key, job in more.items():
                futures[_submit(executor, job)] = key
            for future in as_completed(futures):
                key = futures[future]
                if more is jobs and _failed_outside_the_job(future):
                    lost[key] = jobs[key]
                else:
                    yield key, future
    finally:
        for future in futures:
            future.cancel()


def _failed_outside_the_job(future):
    error = None if future.cancelled() else future.exception()
    return isinstance(error, Exception) and not vars(error).get("of_the_job")


def _submit(executor, job):
    try:
        return executor.submit(job)
    except Exception as error:  # such as when a worker dies while jobs are still being handed over
        return _failed(error, _Unsent)


class _Unsent(Future):
    """Of a job that could not be handed over."""


def _failed(error, kind=Future):
    future = kind()
    future.set_exception(error)
    return future


def _through_processes(jobs, limit):
    """Each process is a pool by itself: if it dies, it takes no other job with it, and its own is tried once more."""
    import loky  # here only, as the browser has no processes

    n, todo, died, idle, running = loky.cpu_count(), [*jobs], set(), [], {}
    with ExitStack() as stack:
        while todo or running:
            while todo and len(running) < n:
                key, process = todo.pop(0), idle.pop() if idle else stack.enter_context(_Process())
                running[_submit(process, jobs[key])] = key, process, time.monotonic()
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                key, process, begin = running.pop(future)
                broken = isinstance(future.exception(), BrokenExecutor) or isinstance(future, _Unsent)
                if not (broken and _failed_outside_the_job(future)):
                    idle.append(process)
                    yield key, future
                    continue
                process.close(kill=True)  # at once, as many may die
                ended = not isinstance(future, _Unsent) and "SIG" not in str(future.exception())  # by no signal
                if ended and time.monotonic() - begin >= limit:
                    yield key, _failed(TimeoutError(f"not done after {limit:g} seconds, the time_limit, and ended"))
                elif key in died:
                    yield key, future
                else:
                    died.add(key)
                    todo.insert(0, key)


class _Process:
    """A pool of one process with one thread for linear algebra. If its block is interrupted, the process is killed."""

    executor = None

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.close(kill=kind is not None)

    def submit(self, job):
        if self.executor is None:
            import loky

            self.ours, theirs = multiprocessing.Pipe()
            threads = {name: os.environ.get(name, "1") for name in BLAS_THREADS}
            self.executor = loky.ProcessPoolExecutor(1, initializer=_end_with_parent, initargs=(theirs,), env=threads)
        return self.executor.submit(job)

    def close(self, kill):
        executor, self.executor = self.executor, None  # which holds the other end of the pipe
        if executor is not None:
            executor.shutdown(kill_workers=kill)
            self.ours.close()


def _end_with_parent(pipe):
    """Let this process leave Ctrl-C to its parent, and end when the parent does, even if that is killed."""

    def wait():
        try:
            pipe.recv()  # nothing is ever sent: the other end closes
        finally:
            os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=wait, daemon=True).start()
