"""Many networks, over seeds and settings, through any executor of `concurrent.futures`."""

import inspect
import sys
import threading
import warnings
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import dataclass
from numbers import Integral
from operator import length_hint
from os import PathLike
from typing import Any, NamedTuple

import numpy as np

from rnn_tutorial import _check
from rnn_tutorial.jobs import run_jobs
from rnn_tutorial.network import Floats, Network, n_numbers
from rnn_tutorial.tasks import Task
from rnn_tutorial.training import DivergenceWarning, History, train

__all__ = ["Ensemble", "FailedRun", "FailedRunsWarning", "train_ensemble"]

DRAWN = ("n_rec", "tau", "g", "h0")  # the arguments that go to Network.random; all others go to train
REFUSED = {
    "seed": "left to seeds",
    "net": "left out, as networks are drawn from seeds",
    **dict.fromkeys(("every", "watch"), "asked of train, one network at a time"),
    **dict.fromkeys(("executor", "folder", "progress", "seeds", "time_limit"), "the same for all runs"),
    "label": "kept beside the settings",
}
# Spelled out in every run, so that a stored one tells all of its settings.
DEFAULTS = {
    name: parameter.default
    for function in (Network.random, train)
    for name, parameter in inspect.signature(function).parameters.items()
    if parameter.default is not parameter.empty and name not in REFUSED
}


class FailedRunsWarning(RuntimeWarning):
    """Some runs of an ensemble raised an exception; the others were completed."""


class FailedRun(NamedTuple):
    """A run that raised an exception: its setting, its seed and the exception."""

    setting: dict
    seed: int
    error: Exception


@dataclass(frozen=True, eq=False)
class Ensemble:
    """The result of `train_ensemble`: one run for each setting and seed.

    Over the seeds of each setting, ``np.nanmedian(ensemble.loss, axis=1)`` is the median loss and
    ``np.nanpercentile(ensemble.loss, [25, 75], axis=1)`` are its quartiles. Where runs diverged these are those of the
    survivors; the row of a run that diverged ends in NaN.

    Attributes
    ----------
    settings : list of dict
        As given; ``[{}]`` if none were.
    seeds : list of int
    histories : list of list of History
        ``histories[i][j]`` is the run of ``settings[i]`` and ``seeds[j]``; None where it failed or was not done.
    loss : ndarray, shape (n_settings, n_seeds, n_longest)
        Those of the histories, as long as the longest. NaN where there is no record, and in the last trial of a run
        that diverged at its end.
    alignment : ndarray, shape (n_settings, n_seeds, n_longest)
        Likewise.
    failed : list of FailedRun
        Runs that raised an exception. A run that diverged is a result: see ``History.stopped``.
    stopped : {None, "interrupted"}
        Whether it was ended from the keyboard, and so may be incomplete.
    """

    settings: list[dict]
    seeds: list[int]
    histories: list[list[History | None]]
    loss: Floats
    alignment: Floats
    failed: list[FailedRun]
    stopped: str | None


def train_ensemble(
    task: Task,
    seeds: Iterable[int] = range(10),
    settings: Sequence[dict] | None = None,
    *,
    executor: Executor | None = None,
    folder: str | PathLike[str] | None = None,
    time_limit: float | None = None,
    progress: bool = True,
    **arguments: Any,
) -> Ensemble:
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
        Seeds of the networks, no two of them equal.
    settings : list of dict, optional
        Each overrides some of `arguments`, or the ``task``.
    executor : concurrent.futures.Executor, optional
        What runs them: a pool of threads or processes, Dask's ``client.get_executor()``, and so on; it is left open.
        Omitted, a process for each core, each with one thread for linear algebra. A run that is lost with its process,
        or that the executor fails at, is tried once more; one that raises an exception is not. In the browser, where
        there are no processes, the runs are done one after the other.
    folder : path, optional
        Store each run here as it arrives, and take from here those that were stored before. Each is one ``.npz`` file,
        named after everything that determines the run, the library's source code included; but not after the
        processor and the versions of NumPy and Numba.
    time_limit : float, optional
        Seconds after which a run is ended, with its process, and counts as failed; on stderr the process says where it
        was. Only where no executor is given, and not in the browser.
    progress : bool
        Show a progress bar when it takes more than a second.
    **arguments
        For every run: ``n_rec`` (required), ``tau``, ``g`` and ``h0`` go to `Network.random`, all others to `train`.

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
        When a stored run cannot be read, and is computed anew; when a run cannot be stored, and is only returned.

    Raises
    ------
    ValueError
        If `seeds`, `settings`, `executor` or `time_limit` do not fit, or a run cannot be told from others by what would
        be stored of it, as with a rule given as a function.
    MemoryError
        If the machine has less memory than the records of all runs need.
    OSError
        If nothing can be written to the folder.
    Exception
        The first run's, if every run failed.
    """
    settings = _check_settings(settings)
    seeds = _check_seeds(seeds, len(settings))
    for given in (arguments, *settings):
        for name in given.keys() & REFUSED.keys():
            raise ValueError(f"{name} must be {REFUSED[name]}, but got {name}={given[name]!r}")
    runs: dict[tuple[int, int], dict[str, Any]] = {
        (i, j): DEFAULTS | {"task": task} | arguments | setting | {"seed": seed}
        for i, setting in enumerate(settings)
        for j, seed in enumerate(seeds)
    }
    _check.memory(f"the records of {len(runs)} runs", sum(map(_n_numbers, runs.values())))
    with warnings.catch_warnings():
        records, _, errors, stopped = run_jobs(
            _run,
            list(runs.values()),
            executor=executor,
            folder=folder,
            time_limit=time_limit,
            progress=progress,
            label="ensemble",
        )
    done = {place: _history(record) for place, record in zip(runs, records, strict=True) if record is not None}
    failed = [FailedRun(settings[k // len(seeds)], seeds[k % len(seeds)], error) for k, error in errors.items()]
    if len(failed) == len(runs):
        failed[0].error.add_note(f"No run succeeded. The first had seed {failed[0].seed}, setting {failed[0].setting}.")
        raise failed[0].error
    _report(failed, [(settings[i], seeds[j]) for (i, j), history in done.items() if history.stopped == "diverged"])
    # A run that diverged has room for a trial more than its record, but for no more trials than it was to have.
    room = {
        place: min(len(history.loss) + (history.stopped == "diverged"), runs[place]["n_trials"])
        for place, history in done.items()
    }
    loss, alignment = np.full((2, len(settings), len(seeds), max(room.values(), default=0)), np.nan)
    for place, history in done.items():
        n = room[place] - (history.stopped == "diverged")
        loss[place][:n], alignment[place][:n] = history.loss[:n], history.alignment[:n]
    histories = [[done.get((i, j)) for j in range(len(seeds))] for i in range(len(settings))]
    return Ensemble(settings, seeds, histories, loss, alignment, failed, stopped)


def _n_numbers(run):
    """How many numbers come back of a run, at least; of arguments that `train` will refuse, none."""
    task, asked = run["task"], (run.get("n_rec"), run["n_trials"])
    n_rec, n_trials = (max(int(n), 0) if isinstance(n, Integral) else 0 for n in asked)
    return 4 * n_trials + (n_numbers(task.n_in, n_rec, task.n_out) if isinstance(task, Task) else 0)


def _check_seeds(seeds, n_settings):
    try:
        n_seeds = length_hint(seeds)
    except OverflowError:  # there are more than a machine can count
        n_seeds = sys.maxsize
    _check.memory("that many runs", 80 * n_settings * n_seeds)
    try:
        seeds = list(seeds)
    except TypeError:
        raise ValueError(f"seeds must be several integers, such as range(10), but got {seeds!r}") from None
    if not seeds:
        raise ValueError("seeds must hold at least one integer, but is empty")
    seeds = [_check.integer("each of seeds", seed, at_least=0) for seed in seeds]
    if len(set(seeds)) < len(seeds):
        raise ValueError(f"seeds must differ, as equal ones are one network and not two, but got {seeds!r}")
    return seeds


def _check_settings(settings):
    settings = [{}] if settings is None else settings
    if not isinstance(settings, list | tuple) or not settings:
        raise ValueError(f"settings must be a list of one or more dicts, or None, but got {settings!r}")
    for setting in settings:
        if not isinstance(setting, dict) or not all(isinstance(name, str) for name in setting):
            raise ValueError(f"each of settings must be a dict from names of arguments, but got {setting!r}")
    return list(settings)


def _run(task, seed, **given):
    """Train one network, anywhere, and return its history as a dict of arrays."""
    drawn = {name: given.pop(name) for name in DRAWN if name in given}
    if not isinstance(task, Task):
        raise ValueError(f"task must be a Task, such as tasks.sum_of_sines(), but got {task!r}")
    net = Network.random(task.n_in, n_out=task.n_out, seed=seed, **drawn)
    # A diverged run is reported by train_ensemble, which restores the filter for its threads.
    in_main = threading.current_thread() is threading.main_thread()
    with warnings.catch_warnings() if in_main else nullcontext():
        warnings.simplefilter("ignore", DivergenceWarning)
        history = train(net, task, progress=False, **given)
    if history.stopped == "interrupted":
        raise KeyboardInterrupt
    record = {"loss": history.loss, "alignment": history.alignment, "stopped": np.array(history.stopped or "")}
    return vars(history.network) | record


def _history(record):
    """The history that `_run` took apart. Made anew, the network's arrays are read-only again."""
    net = Network(**{name: record[name] for name in ("W_in", "W", "W_out", "B", "h0")}, tau=float(record["tau"]))
    return History(net, record["loss"], record["alignment"], str(record["stopped"]) or None)


def _report(failed, diverged):
    """Warn once of the runs that failed, and once of those that diverged."""
    if failed:
        which = "".join(f"\n  {setting}, seed {seed}: {error!r}" for setting, seed, error in failed)
        warnings.warn(f"{len(failed)} runs failed; all others were done.{which}", FailedRunsWarning, stacklevel=3)
    if diverged:
        which = "".join(f"\n  {setting}, seed {seed}" for setting, seed in diverged)
        message = f"{len(diverged)} runs diverged; their loss and alignment end in NaN.{which}"
        warnings.warn(message, DivergenceWarning, stacklevel=3)
