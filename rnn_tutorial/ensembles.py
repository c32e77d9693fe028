"""Many networks, over seeds and settings, through any executor of `concurrent.futures`."""

import concurrent.futures
import hashlib
import inspect
import json
import multiprocessing
import os
import signal
import sys
import warnings
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm.auto import tqdm

import rnn_tutorial
from rnn_tutorial import _check
from rnn_tutorial.network import Network
from rnn_tutorial.tasks import Task
from rnn_tutorial.training import DivergenceWarning, History, train

__all__ = ["Ensemble", "FailedRun", "FailedRunsWarning", "train_ensemble"]

DRAWN = ("n_rec", "tau", "g", "h0")  # the arguments that go to Network.random; all others go to train
# Spelled out in every run, so that a stored one tells all of its settings.
DEFAULTS = {
    name: parameter.default
    for function in (Network.random, train)
    for name, parameter in inspect.signature(function).parameters.items()
    if parameter.default is not parameter.empty and name not in ("seed", "progress")
}
FORMAT = 1  # of the stored files; a change makes older ones be computed anew
BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

NO_PROCESS = (
    "No process lived to finish a run. In a script, call train_ensemble under `if __name__ == '__main__':`. A rule of "
    "your own must be in a module, not in a notebook. Or pass an executor."
)


class FailedRunsWarning(RuntimeWarning):
    """Some runs of an ensemble raised an exception; the others were completed."""


class FailedRun(NamedTuple):
    """A run that raised an exception.

    Attributes
    ----------
    setting : dict
    seed : int
    error : Exception
    """

    setting: dict
    seed: int
    error: Exception


@dataclass(frozen=True, eq=False)
class Ensemble:
    """What `train_ensemble` leaves: one run for each setting and seed.

    Over the seeds of each setting, ``np.nanmedian(ensemble.loss, axis=1)`` is the median loss and
    ``np.nanpercentile(ensemble.loss, [25, 75], axis=1)`` are its quartiles. Where runs diverged these are those of the
    survivors; ``np.isnan(ensemble.loss[..., -1]).sum(axis=1)`` counts the others.

    Attributes
    ----------
    settings : list of dict
        As given; ``[{}]`` if none were.
    seeds : list of int
    histories : list of list of History
        ``histories[i][j]`` is the run of ``settings[i]`` and ``seeds[j]``; None where it failed or was not done.
    loss, alignment : ndarray, shape (n_settings, n_seeds, n_trials)
        Those of the histories, with the longest `n_trials`; NaN where there is no record.
    failed : list of FailedRun
        Runs that raised an exception. A run that diverged is a result: see ``History.stopped``.
    stopped : {None, "interrupted"}
        Whether it was ended from the keyboard, and so may be incomplete.
    """

    settings: list
    seeds: list
    histories: list
    loss: np.ndarray
    alignment: np.ndarray
    failed: list
    stopped: str | None


def train_ensemble(task, seeds=range(10), settings=None, *, executor=None, folder=None, progress=True, **arguments):
    """Train one network for each setting and seed.

    Each run is ``train(Network.random(...), task, ...)`` and gives the same numbers as that call by itself, on
    whichever executor. For example, two rules over ten seeds::

        settings = [{"rule": "bptt"}, {"rule": "rflo"}]
        ensemble = train_ensemble(tasks.sum_of_sines(), settings=settings, n_rec=30, learning_rate=0.1)
        figures.learning_curves(dict(zip(["bptt", "rflo"], ensemble.histories)))

    Parameters
    ----------
    task : Task
    seeds : iterable of int
        Of the networks' draw.
    settings : list of dict, optional
        Each overrides some of `arguments`, or the ``task``.
    executor : concurrent.futures.Executor, optional
        What runs them: a pool of threads or processes, Dask's ``client.get_executor()``, and so on; it is left open.
        Omitted, a process for each core, each with one thread for linear algebra. Processes import the script they
        were started from: in a script, make the call under ``if __name__ == "__main__":``, and keep rules of your own
        in a module. In the browser, where there are no processes, the runs are done one after the other.
    folder : path, optional
        Store each run here as it arrives, and take from here those that were stored before. Each is one
        ``.npz`` file, named after everything that determines the run, the package's version included.
    progress : bool
        Show a progress bar.
    **arguments
        Of every run: ``n_rec`` (required), ``tau``, ``g`` and ``h0`` go to `Network.random`, all others to `train`.

    Returns
    -------
    Ensemble
        Also when interrupted from the keyboard: then runs that were not finished are dropped.

    Warns
    -----
    FailedRunsWarning
        When some runs raised an exception; see ``Ensemble.failed``.
    DivergenceWarning
        When some runs diverged.
    RuntimeWarning
        When a stored run cannot be read, and is computed anew.

    Raises
    ------
    ValueError
        If `seeds`, `settings` or `executor` do not fit, or a run cannot be told from others by what would be stored
        of it, as with a rule given as a function.
    Exception
        The first run's, if every run failed.
    """
    seeds, settings = _check_seeds(seeds), _check_settings(settings)
    if not isinstance(executor, Executor | None):
        hint = "; of a Dask client, pass client.get_executor()" if hasattr(executor, "get_executor") else ""
        raise ValueError(f"executor must be a concurrent.futures.Executor or None, but got {executor!r}{hint}")
    runs = {
        (i, j): DEFAULTS | {"task": task} | arguments | setting | {"seed": seed}
        for i, setting in enumerate(settings)
        for j, seed in enumerate(seeds)
    }
    files = {}
    if folder is not None:
        files = {key: _StoredRun.of(Path(folder), run) for key, run in runs.items()}
        Path(folder).mkdir(parents=True, exist_ok=True)
    histories = [[None] * len(seeds) for _ in settings]
    for (i, j), file in files.items():
        histories[i][j] = file.load()
    todo = {(i, j): run for (i, j), run in runs.items() if histories[i][j] is None}

    failed, stopped = {}, None
    bar = tqdm(total=len(runs), initial=len(runs) - len(todo), disable=not progress, desc="ensemble", leave=False)
    with bar, closing(_outcomes(executor, todo)) as outcomes, warnings.catch_warnings():
        try:
            for (i, j), future in outcomes:
                try:
                    record = future.result()
                except Exception as error:
                    failed[i, j] = FailedRun(settings[i], seeds[j], error)
                else:
                    histories[i][j] = _history(record)
                    if files:
                        files[i, j].save(record)
                bar.update()
        except KeyboardInterrupt:
            stopped = "interrupted"

    failed = [failed[key] for key in sorted(failed)]
    done = [(i, j) for i, j in runs if histories[i][j] is not None]
    if failed and not done:
        failed[0].error.add_note(f"No run succeeded. The first had seed {failed[0].seed}, setting {failed[0].setting}.")
        raise failed[0].error
    _report(failed, [(settings[i], seeds[j]) for i, j in done if histories[i][j].stopped == "diverged"])
    n_trials = max((runs[key]["n_trials"] for key in done), default=0)
    loss, alignment = (_stack(histories, name, n_trials) for name in ("loss", "alignment"))
    return Ensemble(settings, seeds, histories, loss, alignment, failed, stopped)


def _check_seeds(seeds):
    try:
        seeds = list(seeds)
    except TypeError:
        raise ValueError(f"seeds must be several integers, such as range(10), but got {seeds!r}") from None
    if not seeds:
        raise ValueError("seeds must hold at least one integer, but is empty")
    return [_check.integer("each of seeds", seed, at_least=0) for seed in seeds]


def _check_settings(settings):
    settings = [{}] if settings is None else settings
    if not isinstance(settings, list | tuple) or not settings:
        raise ValueError(f"settings must be a list of one or more dicts, or None, but got {settings!r}")
    for setting in settings:
        if not isinstance(setting, dict) or not all(isinstance(name, str) for name in setting):
            raise ValueError(f"each of settings must be a dict from names of arguments, but got {setting!r}")
        if "seed" in setting:
            raise ValueError(f"settings must leave the seed to seeds, but got {setting!r}")
    return list(settings)


def _run(run):
    """Train one network, anywhere, and return its history as a dict of arrays."""
    # A diverged run is reported by train_ensemble, which in this process also restores the filter.
    warnings.simplefilter("ignore", DivergenceWarning)
    drawn = {name: run[name] for name in DRAWN if name in run}
    given = {name: value for name, value in run.items() if name not in (*DRAWN, "task", "seed")}
    task = run["task"]
    if not isinstance(task, Task):
        raise ValueError(f"task must be a Task, such as tasks.sum_of_sines(), but got {task!r}")
    net = Network.random(task.n_in, n_out=task.n_out, seed=run["seed"], **drawn)
    history = train(net, task, progress=False, **given)
    if history.stopped == "interrupted":
        raise KeyboardInterrupt
    return vars(history.network) | {
        "loss": history.loss,
        "alignment": history.alignment,
        "stopped": np.array(history.stopped or ""),
    }


def _history(record):
    """The history that `_run` took apart. Made anew, the network's arrays are read-only again."""
    net = Network(**{name: record[name] for name in ("W_in", "W", "W_out", "B", "h0")}, tau=float(record["tau"]))
    return History(net, record["loss"], record["alignment"], str(record["stopped"]) or None)


def _outcomes(executor, runs):
    """Do the runs: yield the key of each, with a future that is done, as they come."""
    if executor is not None:
        return _through(executor, runs)
    if sys.platform == "emscripten" or len(runs) == 1:
        return _one_by_one(runs)
    return _through_processes(runs)


def _one_by_one(runs):
    for key, run in runs.items():
        future = Future()
        try:
            future.set_result(_run(run))
        except Exception as error:
            future.set_exception(error)
        yield key, future


def _through(executor, runs):
    futures = {}
    try:
        for key, run in runs.items():
            futures[_submit(executor, run)] = key
        for future in as_completed(futures):
            yield futures[future], future
    finally:
        for future in futures:
            future.cancel()


def _submit(executor, run):
    try:
        return executor.submit(_run, run)
    except BrokenExecutor as error:  # a worker died while runs were still being handed over
        future = Future()
        future.set_exception(error)
        return future


def _through_processes(runs):
    """Through a pool of processes, and what is lost when one of them dies, through another pool."""
    # The variables are read when a process loads NumPy, so they must stand before it starts.
    unset = [name for name in BLAS_THREADS if name not in os.environ]
    os.environ.update(dict.fromkeys(unset, "1"))
    try:
        while runs:
            # Spawned, as a fork of a process that has threads, such as a notebook's kernel, can hang. An interrupt from
            # the keyboard also goes to the workers: they are to end by it without a word.
            executor = concurrent.futures.ProcessPoolExecutor(  # loaded here only, as the browser has none
                mp_context=multiprocessing.get_context("spawn"),
                initializer=signal.signal,
                initargs=(signal.SIGINT, signal.SIG_DFL),
            )
            lost = {}
            try:
                for key, future in _through(executor, runs):
                    if isinstance(future.exception(), BrokenExecutor):
                        lost[key] = future
                    else:
                        yield key, future
            finally:
                executor.shutdown(wait=False, cancel_futures=True)
            if len(lost) == len(runs):  # nothing was done: another pool would fare no better
                lost[min(lost)].exception().add_note(NO_PROCESS)
                yield from lost.items()
                return
            runs = {key: runs[key] for key in lost}
    finally:
        for name in unset:
            del os.environ[name]


def _stack(histories, attribute, n_trials):
    values = np.full((len(histories), len(histories[0]), n_trials), np.nan)
    for i, j in np.ndindex(values.shape[:2]):
        if histories[i][j] is not None:
            record = getattr(histories[i][j], attribute)
            values[i, j, : len(record)] = record
    return values


def _report(failed, diverged):
    """Warn once of the runs that failed, and once of those that diverged."""
    if failed:
        which = "".join(f"\n  {setting}, seed {seed}: {error!r}" for setting, seed, error in failed)
        warnings.warn(f"{len(failed)} runs failed; all others were done.{which}", FailedRunsWarning, stacklevel=3)
    if diverged:
        which = "".join(f"\n  {setting}, seed {seed}" for setting, seed in diverged)
        message = f"{len(diverged)} runs diverged; their loss and alignment end in NaN.{which}"
        warnings.warn(message, DivergenceWarning, stacklevel=3)


class _StoredRun(NamedTuple):
    """The file of one run: its name is a hash of the run's description, which it holds."""

    path: Path
    description: str

    @classmethod
    def of(cls, folder, run):
        whole = {"format": FORMAT, "version": rnn_tutorial.__version__, "run": run}
        description = json.dumps(whole, sort_keys=True, default=_describe)
        return cls(folder / f"{hashlib.sha256(description.encode()).hexdigest()[:32]}.npz", description)

    def load(self):
        """The history, or None if there is no such file or it cannot be used."""
        if not self.path.exists():
            return None
        try:
            with self.path.open("rb") as file, np.load(file) as arrays:
                record = dict(arrays)
            if record["description"] != self.description:
                raise ValueError("its description is that of another run")
            return _history(record)
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
