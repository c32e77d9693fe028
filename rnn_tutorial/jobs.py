"""Many computations that do not depend on each other, through any executor of `concurrent.futures`."""

import concurrent.futures
import hashlib
import json
import multiprocessing
import os
import signal
import warnings
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm.auto import tqdm

import rnn_tutorial
from rnn_tutorial.browser import IN_BROWSER
from rnn_tutorial.tasks import Task

__all__ = ["Outcomes", "run_jobs"]

FORMAT = 2  # of the stored files; a change makes older ones be computed anew
BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

NO_PROCESS = (
    "No process lived to finish a run. In a script, make the call under `if __name__ == '__main__':`. A rule of your "
    "own must be in a module, not in a notebook. Or pass an executor."
)


class Outcomes(NamedTuple):
    """What `run_jobs` leaves.

    Attributes
    ----------
    records : list of dict
        Of each job what the function returned; None where it raised an exception or was not done.
    errors : dict
        From the places of the jobs that raised an exception to the exceptions.
    stopped : {None, "interrupted"}
        Whether it was ended from the keyboard, and so may be incomplete.
    """

    records: list
    errors: dict
    stopped: str | None


def run_jobs(function, jobs, *, executor=None, folder=None, progress=True, label="jobs"):
    """Call ``function(**job)`` for each job.

    Parameters
    ----------
    function : callable
        Defined in a module. Returns a dict of arrays.
    jobs : list of dict
    executor, folder, progress
        As in `rnn_tutorial.ensembles.train_ensemble`. With a folder, what stands in the jobs must be numbers, strings,
        arrays or Tasks.
    label : str
        Of the progress bar.

    Returns
    -------
    Outcomes
        Also when interrupted from the keyboard.

    Warns
    -----
    RuntimeWarning
        When a stored record cannot be read, and is computed anew.

    Raises
    ------
    ValueError
        If `executor` does not fit, or a job cannot be told from others by what would be stored of it.
    """
    if not isinstance(executor, Executor | None):
        hint = "; of a Dask client, pass client.get_executor()" if hasattr(executor, "get_executor") else ""
        raise ValueError(f"executor must be a concurrent.futures.Executor or None, but got {executor!r}{hint}")
    records, files = [None] * len(jobs), None
    if folder is not None:
        files = [_File.of(Path(folder), function, job) for job in jobs]
        Path(folder).mkdir(parents=True, exist_ok=True)
        records = [file.load() for file in files]
    todo = {i: (function, job) for i, job in enumerate(jobs) if records[i] is None}

    errors, stopped = {}, None
    bar = tqdm(total=len(jobs), initial=len(jobs) - len(todo), disable=not progress, desc=label, leave=False)
    with bar, closing(_outcomes(executor, todo)) as outcomes:
        try:
            for i, future in outcomes:
                try:
                    record = future.result()
                except Exception as error:
                    errors[i] = error
                else:
                    records[i] = record
                    if files:
                        files[i].save(record)
                bar.update()
        except KeyboardInterrupt:
            stopped = "interrupted"
    return Outcomes(records, dict(sorted(errors.items())), stopped)


def _call(function, job):
    return function(**job)


def _outcomes(executor, jobs):
    """Do the jobs: yield the key of each, with a future that is done, as they come."""
    if executor is not None:
        return _through(executor, jobs)
    if IN_BROWSER or len(jobs) == 1:  # no processes there
        return _one_by_one(jobs)
    return _through_processes(jobs)


def _one_by_one(jobs):
    for key, job in jobs.items():
        future = Future()
        try:
            future.set_result(_call(*job))
        except Exception as error:
            future.set_exception(error)
        yield key, future


def _through(executor, jobs):
    futures = {}
    try:
        for key, job in jobs.items():
            futures[_submit(executor, job)] = key
        for future in as_completed(futures):
            yield futures[future], future
    finally:
        for future in futures:
            future.cancel()


def _submit(executor, job):
    try:
        return executor.submit(_call, *job)
    except BrokenExecutor as error:  # a worker died while jobs were still being handed over
        future = Future()
        future.set_exception(error)
        return future


def _through_processes(jobs):
    """Through a pool of processes, and what is lost when one of them dies, through another pool."""
    # The variables are read when a process loads NumPy, so they must stand before it starts.
    unset = [name for name in BLAS_THREADS if name not in os.environ]
    os.environ.update(dict.fromkeys(unset, "1"))
    try:
        while jobs:
            # Spawned, as a fork of a process that has threads, such as a notebook's kernel, can hang. An interrupt from
            # the keyboard also goes to the workers: they are to end by it without a word.
            executor = concurrent.futures.ProcessPoolExecutor(  # loaded here only, as the browser has none
                mp_context=multiprocessing.get_context("spawn"),
                initializer=signal.signal,
                initargs=(signal.SIGINT, signal.SIG_DFL),
            )
            lost = {}
            try:
                for key, future in _through(executor, jobs):
                    if isinstance(future.exception(), BrokenExecutor):
                        lost[key] = future
                    else:
                        yield key, future
            finally:
                executor.shutdown(wait=False, cancel_futures=True)
            if len(lost) == len(jobs):  # nothing was done: another pool would fare no better
                lost[min(lost)].exception().add_note(NO_PROCESS)
                yield from lost.items()
                return
            jobs = {key: jobs[key] for key in lost}
    finally:
        for name in unset:
            del os.environ[name]


class _File(NamedTuple):
    """The file of one job: its name is a hash of the job's description, which it holds."""

    path: Path
    description: str

    @classmethod
    def of(cls, folder, function, job):
        of_function = f"{function.__module__}.{function.__qualname__}"
        whole = {"format": FORMAT, "version": rnn_tutorial.__version__, "function": of_function, "job": job}
        description = json.dumps(whole, sort_keys=True, default=_describe)
        return cls(folder / f"{hashlib.sha256(description.encode()).hexdigest()[:32]}.npz", description)

    def load(self):
        """The record, or None if there is no such file or it cannot be used."""
        if not self.path.exists():
            return None
        try:
            with self.path.open("rb") as file, np.load(file) as arrays:
                record = dict(arrays)
            if record.pop("description") != self.description:
                raise ValueError("its description is that of another run")
            return record
        except Exception as error:  # a damaged file can raise almost anything
            message = f"The stored run {self.path} cannot be read and is computed anew: {error!r}"
            warnings.warn(message, RuntimeWarning, stacklevel=3)
            return None

    def save(self, record):
        """Write the file so that it is there whole or not at all."""
        part = self.path.with_name(f"{self.path.name}.{os.getpid()}.part")
        with open(part, "wb") as file:
            np.savez(file, description=self.description, **record)
        os.replace(part, self.path)


def _describe(value):
    """What stands in a description for a value that JSON does not know."""
    if isinstance(value, Task):
        return {"name": value.name, "x": value.x, "y_target": value.y_target}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        value = np.ascontiguousarray(value, float)
        return f"shape {value.shape}, sha256 {hashlib.sha256(value.tobytes()).hexdigest()}"
    raise ValueError(f"with a folder, arguments must be numbers, strings, arrays or Tasks, but got {value!r}")
