"""Many computations that do not depend on each other, through any executor of `concurrent.futures`."""

import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from os import PathLike
from typing import NamedTuple

import numpy as np
from tqdm.auto import tqdm

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
    executor, folder, progress
        As in `rnn_tutorial.ensembles.train_ensemble`, as are the warnings and errors.
    label : str
        Name of the progress bar.

    Returns
    -------
    Outcomes
        Also when interrupted from the keyboard.
    """
    if not isinstance(executor, Executor | None):
        hint = "; of a Dask client, pass client.get_executor()" if hasattr(executor, "get_executor") else ""
        raise ValueError(f"executor must be a concurrent.futures.Executor or None, but got {executor!r}{hint}")
    found, stored, code = [None] * len(jobs), [], None
    if folder is not None:
        if not isinstance(folder, str | PathLike) or folder == "":
            raise ValueError(f"folder must be the path of a folder or None, but got {folder!r}")
        code = hash_of_sources(function)
        stored = [StoredRun.of(folder, function, job, code) for job in jobs]
        prepare(folder)
        found = [run.load() for run in stored]
    todo = {i: partial(_call, function, job, code) for i, job in enumerate(jobs) if found[i] is None}

    errors, stopped, unstored = {}, None, None
    bar = tqdm(total=len(jobs), initial=len(jobs) - len(todo), disable=not progress, desc=label, delay=1, leave=False)
    with bar, closing(_outcomes(executor, todo)) as outcomes:
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


def _call(function, job, code):
    """The record and its seconds. All that is raised is an Exception that can be sent from one process to another."""
    begin = time.perf_counter()
    try:
        if code not in (None, hash_of_sources(function)):
            raise RuntimeError("the source files are not those that the caller loaded: were they edited since?")
        return function(**job), time.perf_counter() - begin
    except (Exception, SystemExit) as error:
        try:
            pickle.loads(pickle.dumps(error))
            can_be_sent = isinstance(error, Exception)
        except Exception:  # such as that of an exception with an __init__ of its own; it would break a pool
            can_be_sent = False
        if can_be_sent:
            raise
        raise RuntimeError(repr(error)) from error


# The ways to do the jobs. Each yields, as they come, the key of a job and a future that is done.


def _outcomes(executor, jobs):
    if executor is not None:
        return _through(partial(_submit, executor), jobs, cancel=True)
    if IN_BROWSER or len(jobs) == 1:
        return _one_by_one(jobs)
    return _through_processes(jobs)


def _one_by_one(jobs):
    for key, job in jobs.items():
        future = Future()
        try:
            future.set_result(job())
        except Exception as error:
            future.set_exception(error)
        yield key, future


def _through(submit, jobs, cancel=False):
    futures = {}
    try:
        for key, job in jobs.items():
            futures[submit(job)] = key
        for future in as_completed(futures):
            yield futures[future], future
    finally:
        for future in futures if cancel else ():
            future.cancel()


def _submit(executor, job):
    try:
        return executor.submit(job)
    except BrokenExecutor as error:  # a worker died while jobs were still being handed over
        future = Future()
        future.set_exception(error)
        return future


def _through_processes(jobs):
    """Through a pool of processes, and what is lost when one of them dies, through another pool."""
    import loky  # here only, as the browser has no processes

    n = loky.cpu_count()
    while jobs:
        with _processes(n) as executor:
            lost = set()
            for key, future in _through(partial(_submit, executor), jobs):
                if isinstance(future.exception(), BrokenExecutor):
                    lost.add(key)
                else:
                    yield key, future
        # Jobs are begun in order, so the one that killed its process is likely among the first n that are lost. Each of
        # these now gets a process of its own: if it dies again, it takes nothing with it.
        rest = [key for key in jobs if key in lost]
        with ExitStack() as stack:
            alone = {key: jobs[key] for key in rest[:n]}
            yield from _through(lambda job: _submit(stack.enter_context(_processes(1)), job), alone)
        jobs = {key: jobs[key] for key in rest[n:]}


@contextmanager
def _processes(n):
    """A pool of n processes, each with one thread for linear algebra. If the block is interrupted, they are killed."""
    import loky

    ours, theirs = multiprocessing.Pipe()
    threads = {name: os.environ.get(name, "1") for name in BLAS_THREADS}
    executor = loky.ProcessPoolExecutor(n, initializer=_end_with_parent, initargs=(theirs,), env=threads)
    try:
        yield executor
    except BaseException:
        executor.shutdown(kill_workers=True)
        raise
    executor.shutdown()
    ours.close()


def _end_with_parent(pipe):
    """Let this process leave Ctrl-C to its parent, and end when the parent does, even if that is killed."""

    def wait():
        try:
            pipe.recv()  # nothing is ever sent: the other end closes
        finally:
            os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=wait, daemon=True).start()
