"""The paper's experiments, and what it lacks: each a function of one network, a list of settings, and seeds.

``make results`` runs them and writes ``book/data/<name>.npz`` (the numbers) and ``book/data/<name>.json`` (how they
were made). A chapter loads both with `load`.
"""

import hashlib
import inspect
import io
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

import rnn_tutorial
from rnn_book import DATA
from rnn_book.experiments.sources import hash_of_code
from rnn_tutorial import _check
from rnn_tutorial.compiled import NUMBA
from rnn_tutorial.jobs import run_jobs
from rnn_tutorial.store import hash_of_sources, write_whole

__all__ = ["Experiment", "Results", "commit_of_sources", "experiments", "load", "run", "short"]

# The files of this folder that hold experiments, in the order in which they run.
MODULES = (
    "periodic",
    "bounded",
    "interval",
    "syllables",
    "beyond",
    "stream",
    "price",
    "readings",
    "supplements",
    "recordings",
)


def short(setting):
    """A setting of which three trials are left, enough to tell whether stored results are of this code."""
    return setting | {"n_trials": 3}


@dataclass(frozen=True)
class Experiment:
    """A plain description of an experiment.

    Attributes
    ----------
    name : str
        The name of its files in ``book/data``.
    title : str
        One line: what is asked.
    function : callable
        ``function(seed=..., **setting)`` trains one network and returns a dict of arrays, always with the same names.
        It stands in a module, so that it can be sent to other processes. What its settings do not name is a default of
        the function or a constant of its module: all are stored with the results.
    settings : callable
        ``settings(quick)`` lists what is compared: dicts of numbers, strings and None, all with the same names.
    seeds : callable
        ``seeds(quick)`` lists the seeds of the networks; all settings share them, so comparisons are paired.
    short : callable
        ``short(setting)`` is a setting with few trials, whose losses are the first that the whole run stores.
    """

    name: str
    title: str
    function: Callable
    settings: Callable
    seeds: Callable
    short: Callable = short


@dataclass(frozen=True, eq=False)
class Results:
    """The results of an experiment.

    Attributes
    ----------
    settings : list of dict
    seeds : list of int
    arrays : dict of ndarray
        Each has shape ``(n_settings, n_seeds, ...)``; where runs differ in length, the shorter ones end in NaN.
    provenance : dict
        Command; date, commit (with a ``+`` where files had been changed since) and a hash of the source code; a hash
        of the code with which the results were last found to agree; the defaults and constants that the settings do
        not name; a fingerprint of settings and seeds; versions, whether Numba compiled the kernels, machine, processor
        and its cores; the seconds that the runs took, those of an interrupted command included, divided by the cores.
        Older results lack some of these.
    """

    settings: list
    seeds: list
    arrays: dict
    provenance: dict

    def get(self, name, **setting):
        """One array at the one setting that has these values, with shape ``(n_seeds, ...)``.

        Raises
        ------
        ValueError
            If there is no such array, or not exactly one such setting.
        """
        _check.choice("name", name, self.arrays)
        fits = [i for i, given in enumerate(self.settings) if setting.items() <= given.items()]
        if len(fits) != 1:
            raise ValueError(f"setting must fit exactly one of the settings, but {setting} fits {len(fits)}")
        return self.arrays[name][fits[0]]


def experiments():
    """All experiments by name, in the order in which ``make results`` runs them."""
    modules = [import_module(f"{__name__}.{name}") for name in MODULES]
    return {experiment.name: experiment for module in modules for experiment in module.EXPERIMENTS}


def run(experiment, quick=False, *, executor=None, folder=None, progress=True):
    """Run an experiment.

    Parameters
    ----------
    experiment : Experiment or str
        Or its name.
    quick : bool
        Fewer networks and trials: a look, not a result.
    executor, folder, progress
        As in `rnn_tutorial.train_ensemble`; with a folder, an interrupted run resumes.

    Returns
    -------
    Results

    Raises
    ------
    KeyboardInterrupt
        When interrupted; what was done stays in the folder.
    Exception
        The first run's that failed. An exception is a mistake here and is raised; divergence is a result.
    """
    if isinstance(experiment, str):
        known = experiments()
        experiment = known[_check.choice("experiment", experiment, known)]
    _check.instance("experiment", experiment, Experiment)
    settings, seeds = experiment.settings(quick), list(experiment.seeds(quick))
    records, seconds, errors, stopped = run_jobs(
        experiment.function,
        [setting | {"seed": seed} for setting in settings for seed in seeds],
        executor=executor,
        folder=folder,
        progress=progress,
        label=experiment.name,
    )
    if stopped:
        raise KeyboardInterrupt
    for error in errors.values():
        raise error
    arrays = {name: _stack([record[name] for record in records], len(settings), len(seeds)) for name in records[0]}
    return Results(settings, seeds, arrays, _provenance(experiment, quick, sum(seconds)))


def _stack(values, n_settings, n_seeds):
    values = [np.asarray(value) for value in values]
    shape = np.max([value.shape for value in values], axis=0).astype(int)
    if all(value.shape == tuple(shape) for value in values):
        stacked = np.array(values)
    else:
        stacked = np.full((len(values), *shape), np.nan)
        for row, value in zip(stacked, values, strict=True):
            row[tuple(slice(n) for n in value.shape)] = value
    return stacked.reshape(n_settings, n_seeds, *shape)


def _provenance(experiment, quick, seconds):
    versions = {"python": platform.python_version(), "rnn_tutorial": rnn_tutorial.__version__}
    for name in ("numpy", "scipy", "numba"):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = None
    return {
        "title": experiment.title,
        "command": command(experiment.name) + " --quick" * quick,
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "commit": commit_of_sources(),
        "sources": hash_of_sources(experiment.function)[:16],
        "code": hash_of_code(experiment.function),
        "fingerprint": fingerprint(experiment, quick),
        "defaults": defaults(experiment.function),
        "seconds": round(seconds / (os.cpu_count() or 1), 1),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "processor": _processor(),
        "compiled": NUMBA,
        "versions": versions,
    }


def defaults(function):
    """What determines a run besides its setting: defaults of the function, constants of its module and of `runs`.

    Parameters
    ----------
    function : callable
        Of an experiment.

    Returns
    -------
    dict
        Names and values, as JSON gives them back: numbers, strings, and lists and dicts of them.
    """
    given = {}
    for module in (import_module(f"{__name__}.runs"), sys.modules[function.__module__]):
        given |= {name: value for name, value in vars(module).items() if name.isupper()}
    given |= {n: p.default for n, p in inspect.signature(function).parameters.items() if p.default is not p.empty}
    plain = {name: value for name, value in given.items() if _is_plain(value)}
    return json.loads(json.dumps(plain, default=list))


def _is_plain(value):
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    if isinstance(value, tuple | list | range):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | int | float)


def commit_of_sources():
    """The commit of the sources, with a plus where a file was changed since; None where they are in no repository.

    Results that were made before these do not count: a run of all experiments writes one after the other.
    """
    try:
        git = ["git", "-C", str(Path(__file__).parent)]
        commit = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
        sources = [":/", ":(exclude,top)book/data"]
        changed = subprocess.run([*git, "diff", "--quiet", "HEAD", "--", *sources], check=False).returncode
    except (OSError, subprocess.CalledProcessError):
        return None
    return commit + "+" * bool(changed)


def _processor():
    """The make of the processor: losses after many trials differ from one to another."""
    info = Path("/proc/cpuinfo")
    names = (
        [line.split(":")[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        if info.exists()
        else []
    )
    return names[0] if names else platform.processor()


def command(name):
    """The command that runs an experiment."""
    return f"python -m rnn_book.experiments {name}"


def fingerprint(experiment, quick=False):
    """A hash of the settings and seeds, to tell whether stored results are those of the experiment as it is now."""
    described = json.dumps([experiment.name, experiment.settings(quick), list(experiment.seeds(quick))])
    return hashlib.sha256(described.encode()).hexdigest()[:16]


def save(name, results, data=DATA):
    """Write results to ``<data>/<name>.npz`` and ``<data>/<name>.json``; real numbers in single precision.

    Each file is there whole or not at all. The second, written last, holds a hash of the first, so that `load` tells
    whether they belong together.
    """
    _check.instance("name", name, str)
    _check.instance("results", results, Results)
    data = Path(data)
    data.mkdir(parents=True, exist_ok=True)
    small = {key: a.astype(np.float32) if a.dtype.kind == "f" else a for key, a in results.arrays.items()}
    arrays = io.BytesIO()
    np.savez_compressed(arrays, **small)
    digest = hashlib.sha256(arrays.getvalue()).hexdigest()
    about = results.provenance | {"sha256": digest, "seeds": list(results.seeds), "settings": results.settings}
    write_whole(data / f"{name}.npz", arrays.getvalue())
    write_whole(data / f"{name}.json", (json.dumps(about, indent=1) + "\n").encode())


def load(name, data=DATA):
    """The stored results of an experiment.

    Parameters
    ----------
    name : str
    data : path, optional
        The folder; omitted, the book's.

    Returns
    -------
    Results

    Raises
    ------
    FileNotFoundError
        If it has not been run; the message has the command.
    ValueError
        If a file is damaged, if the two are not of the same run, or if they are of other settings, seeds or code than
        would now run: the message has the command that mends it.
    """
    results, known = read(name, data), experiments()
    if name not in known:
        return results
    check_settings(known[name], results.provenance, data)
    if results.provenance.get("code") != hash_of_code(known[name].function):
        raise ValueError(
            f"{Path(data) / name}.json is not known to be of the code as it is now; '{command(name)} --check' runs its "
            "first trials again and notes it there if they are the same, and otherwise says what to do"
        )
    return results


def check_settings(experiment, about, data=DATA):
    """Refuse stored results of other settings or seeds than the experiment's: a sweep may have chosen other rates."""
    if about.get("fingerprint") != fingerprint(experiment):
        raise ValueError(
            f"{Path(data) / experiment.name}.json has other settings or seeds than the experiment; "
            f"'{command(experiment.name)}' makes it anew"
        )


def read(name, data=DATA):
    """As `load`, of whatever settings and code the results are."""
    path = Path(data) / f"{name}.json"
    for file in (path, path.with_suffix(".npz")):
        if not file.exists():
            raise FileNotFoundError(f"{file} is missing; '{command(name)}' makes it")
    try:
        about = _check.instance(path.name, json.loads(path.read_text()), dict)
        settings, seeds, digest = about.pop("settings"), about.pop("seeds"), about.pop("sha256", None)
        content = path.with_suffix(".npz").read_bytes()
        with np.load(io.BytesIO(content)) as file:
            arrays = dict(file)
        if digest not in (None, hashlib.sha256(content).hexdigest()):  # older files have none
            raise ValueError("the numbers are not those that it describes")
        for key, array in arrays.items():
            if array.shape[:2] != (len(settings), len(seeds)):
                raise ValueError(f"{len(settings)} settings and {len(seeds)} seeds, but {key} has shape {array.shape}")
    except Exception as error:  # a damaged file can raise almost anything
        raise ValueError(
            f"{path} and {name}.npz cannot be used ({error!r}); '{command(name)}' makes them anew"
        ) from error
    return Results(settings, seeds, arrays, about)
