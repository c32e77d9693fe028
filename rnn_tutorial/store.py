"""Runs that wait in a folder, each in a file that is named after everything that determines it."""

import hashlib
import io
import json
import os
import sys
import tempfile
import time
import uuid
import warnings
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from rnn_tutorial.compiled import NUMBA, plain
from rnn_tutorial.rule import Rule
from rnn_tutorial.rules import RULES
from rnn_tutorial.tasks import Task

__all__ = ["StoredRun", "hash_of_sources", "prepare", "write_whole"]

DAY = 86_400  # seconds


@cache
def hash_of_sources(function):
    """A hash of all sources and recordings of this library, and of the package (or lone file) that holds a function.

    They are its files of Python and of CSV, the library's as it was imported, the others as they are when first asked
    for. Raises a ValueError if the function is in no file.
    """
    module = sys.modules.get(getattr(function, "__module__", ""))
    package = sys.modules.get((getattr(module, "__package__", "") or "").partition(".")[0])
    own = list(package.__path__) if package else [getattr(module, "__file__", "")]
    if not any(own) or not hasattr(function, "__qualname__"):
        raise ValueError(f"with a folder, the function must be defined in a file, but got {function!r}")
    places = sorted({*map(Path, own)} - {HERE})
    return hashlib.sha256("".join([LIBRARY, *map(_hash_of_files, places)]).encode()).hexdigest()


def _hash_of_files(place):
    """A hash of the files of Python and of CSV in a folder, or of a lone file, with their names."""
    digest = hashlib.sha256()
    for file in sorted([*place.rglob("*.py"), *place.rglob("*.csv")] if place.is_dir() else [place]):
        if not file.is_file():  # as an editor's lock, or where the library is in a zip file
            continue
        digest.update(f"{file.relative_to(place.parent)}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()


HERE = Path(__file__).parent
LIBRARY = _hash_of_files(HERE)  # now, as what runs is what was imported, whatever happens to the files


def prepare(folder):
    """Make the folder, see that it can be written to, and sweep out what killed processes left half written."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass
    for part in folder.glob("*.npz.*.part"):
        with suppress(OSError):  # another process, or thread, may be done with it; and a folder is nothing of ours
            if abs(time.time() - part.stat().st_mtime) > DAY:  # or from the future, where a clock is wrong
                part.unlink()


def write_whole(path, content):
    """Write bytes to a file so that they are there whole or not at all, whoever else writes there."""
    part = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    try:
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # else a machine that goes down may keep the name without the content
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


class StoredRun(NamedTuple):
    """The file of one run: its name is a hash of the run's description, which it holds."""

    path: Path
    description: str

    @classmethod
    def of(cls, folder, function, job, code):
        """The file of ``function(**job)``, computed by sources of this hash."""
        called = f"{function.__module__}.{function.__qualname__}"
        whole = {"code": code, "compiled": NUMBA, "function": called, "job": _with_names(job)}
        description = json.dumps(whole, sort_keys=True, default=_describe)
        description = json.dumps(json.loads(description, parse_float=_whole_or_not))
        return cls(Path(folder) / f"{hashlib.sha256(description.encode()).hexdigest()[:32]}.npz", description)

    def load(self):
        """The record and the seconds that it took, or None if there is no such file or it cannot be used."""
        if not self.path.exists():
            return None
        try:
            with self.path.open("rb") as file, np.load(file) as arrays:
                record = dict(arrays)
            if record.pop("_description") != self.description:
                raise ValueError("its description is that of another run")
            return record, float(record.pop("_seconds"))
        except Exception as error:  # a damaged file can raise almost anything
            message = f"The stored run {self.path} cannot be read and is computed anew: {error!r}"
            warnings.warn(message, RuntimeWarning, stacklevel=4)
            return None

    def save(self, record, seconds):
        """Store a dict of arrays."""
        arrays = io.BytesIO()
        for name, value in record.items():
            if np.asarray(value).dtype.kind == "O" or name in ("file", "_description", "_seconds"):
                raise ValueError(f"a record must hold arrays of numbers or of strings, but has {name}={value!r}")
        np.savez(arrays, _description=self.description, _seconds=seconds, **record)
        write_whole(self.path, arrays.getvalue())


def _with_names(value):
    """A value whose dicts have strings for keys: JSON would make the key 1 the same as "1"."""
    if isinstance(value, dict):
        if not all(isinstance(name, str) for name in value):
            raise ValueError(f"with a folder, keys of dicts must be strings, but got {value!r}")
        return {name: _with_names(inside) for name, inside in value.items()}
    return [*map(_with_names, value)] if isinstance(value, list | tuple) else value


def _whole_or_not(digits):
    """A number, such that 10.0 is described as 10 is."""
    number = float(digits)
    return int(number) if number.is_integer() else number


def _describe(value):
    """What stands in a description for a value that JSON does not know."""
    if isinstance(value, Task):
        return {"name": value.name, "x": value.x, "y_target": value.y_target}
    if isinstance(value, Rule):
        return value.name if RULES.get(value.name) is value else vars(value)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf" and not np.ma.is_masked(value):
        value = np.asarray(value, float)
        return f"shape {value.shape}, sha256 {hashlib.sha256(value.tobytes()).hexdigest()}"
    if callable(value):  # a kernel: of this library, whose sources are in the hash
        module, name = (str(getattr(plain(value), part, "")) for part in ("__module__", "__name__"))
        if module.startswith("rnn_tutorial.") and getattr(sys.modules[module], name, None) is value:
            return f"{module}.{name}"
    raise ValueError(
        "with a folder, arguments must be numbers, strings, real arrays, Tasks or Rules of this library's kernels, but "
        f"got {value!r}"
    )
