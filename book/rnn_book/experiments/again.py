"""Whether stored results are of the code as it is: the first trials of each setting, run again.

They are enough. Rounding, which training amplifies, has no time to grow, so that they are the same on every processor.
"""

import json
from pathlib import Path

import numpy as np

from rnn_book import DATA
from rnn_book.experiments import check_settings, command, experiments, read
from rnn_book.experiments.sources import hash_of_code
from rnn_tutorial import _check
from rnn_tutorial.jobs import run_jobs
from rnn_tutorial.store import write_whole

__all__ = ["FIRST", "TOLERANCE", "check", "differences"]

FIRST = ("first", "curve", "loss")  # what the array of the first losses may be called
TOLERANCE = 1e-6  # relative; results are stored in single precision


def _experiment(name):
    known = experiments()
    return known[_check.choice("name", name, known)]


def differences(name, data=DATA):
    """The largest relative difference between stored first losses and those of today, of the first network.

    Parameters
    ----------
    name : str
        Of an experiment.
    data : path, optional
        The folder; omitted, the book's.

    Returns
    -------
    list of float
        One for each setting.
    """
    experiment, stored = _experiment(name), read(name, data)
    jobs = [experiment.short(setting) | {"seed": stored.seeds[0]} for setting in stored.settings]
    records, _, errors, _ = run_jobs(experiment.function, jobs, progress=False)
    for error in errors.values():
        raise error
    name = next(name for name in FIRST if name in stored.arrays)
    found = []
    for before, run in zip(stored.arrays[name][:, 0], records, strict=True):
        losses = run[name][:3]
        before = before[: len(losses)].astype(float)
        lost = ~np.isfinite(losses) & ~np.isfinite(before)  # in a run that diverges, infinite or NaN as rounding has it
        same = lost | (losses == before)
        found.append(float(np.max(abs(np.where(same, 1, losses) / np.where(same, 1, before) - 1))))
    return found


def check(name, data=DATA):
    """Note in stored results that they are of the code as it is, if their first trials are.

    Parameters and file as of `differences`.

    Returns
    -------
    float
        The largest difference.

    Raises
    ------
    FileNotFoundError
        If there are no results; the message has the command that makes them.
    ValueError
        If there is no such experiment, a file is damaged, or settings, seeds or first trials are others; the message
        has the command that makes the results anew.
    """
    path, experiment = Path(data) / f"{name}.json", _experiment(name)
    check_settings(experiment, read(name, data).provenance, data)
    largest = float(np.max(differences(name, data)))  # NaN where one is, as the built-in max need not be
    if not largest < TOLERANCE:
        raise ValueError(
            f"{path} is of other code: first losses differ by {largest:.1g}, relatively; "
            f"'{command(name)}' makes it anew"
        )
    about = json.loads(path.read_text(encoding="utf-8"))
    last = {key: about.pop(key) for key in ("seeds", "settings")}
    about |= {"code": hash_of_code(experiment.function)} | last
    write_whole(path, (json.dumps(about, indent=1) + "\n").encode())
    return largest
