"""A recording of one's own, from a file to a task: read, or refused with a word; never silently something else.

A ``.csv`` may have commas, semicolons, tabs or spaces between its columns, a header line, quotes, a byte order mark,
and decimal commas. A ``.wav`` may hold whole numbers of 8 to 32 bits or floats, also in the extensible form.
"""

import re
import struct
import warnings
from dataclasses import dataclass
from pathlib import Path

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display

from rnn_tutorial import _check
from rnn_tutorial.tasks import Task, interpolated

__all__ = ["Recording", "SignalWarning", "Uploader", "preview", "read", "to_task"]

KEPT = 0.5  # of the power of a signal, at least, or resampling is warned of


class SignalWarning(UserWarning):
    """What was read may not be what was meant."""


@dataclass(frozen=True, eq=False)
class Recording:
    """What a file holds.

    Attributes
    ----------
    name : str
    samples : ndarray, shape (n_samples, n_columns)
        The numbers as they are.
    columns : tuple of str
        From the header line, or "0", "1" and so on.
    seconds : float or None
        From one sample to the next, where the file says so.
    """

    name: str
    samples: np.ndarray
    columns: tuple
    seconds: float | None = None


def read(path, content=None, decimal=None):
    """Read a recording.

    Parameters
    ----------
    path : str or path
        A ``.csv``, ``.tsv`` or ``.txt`` with a sample a line, or a ``.wav``; ``~`` is the home folder.
    content : bytes, optional
        Of the file, if it is not on this computer's disk.
    decimal : {".", ","}, optional
        What stands before the decimals of a text; omitted, it is found out, or asked for where that cannot be.

    Returns
    -------
    Recording

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is of another kind, empty, damaged or cut off, or can be read in two ways; the message says what to do.
    """
    path = Path(path).expanduser()
    kind = path.suffix.lower()
    if kind not in (".csv", ".tsv", ".txt", ".wav"):
        raise ValueError(f"path must end in .csv, .tsv, .txt or .wav, but got {str(path)!r}")
    if content is None:
        if not path.is_file():
            raise FileNotFoundError(f"path must be a file that exists, but got {str(path)!r}")
        content = path.read_bytes()
    return _read_wav(path.name, content) if kind == ".wav" else _read_text(path.name, content, decimal)


# Text


def _read_text(name, content, decimal):
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    if "\0" in text:
        raise ValueError(f"{name} must be a text, but holds bytes that are none: save the table as CSV")
    lines = [(k, line) for k, line in enumerate(text.splitlines(), 1) if line.strip() and not line.startswith("#")]
    if not lines:
        raise ValueError(f"{name} must hold numbers, a sample a line, but is empty")
    separator = next((mark for mark in "\t;," if any(mark in line for _, line in lines)), None)
    rows = [
        (k, [field.strip().strip("\"'").strip() for field in (line.split(separator) if separator else line.split())])
        for k, line in lines
    ]
    decimal = _decimal(name, rows, separator, decimal)
    if decimal == "," and separator == ",":
        rows = [(k, [f"{a}.{b}" for a, b in zip(row[::2], row[1::2], strict=True)]) for k, row in rows]
    elif decimal == ",":
        rows = [(k, [field.replace(",", ".") for field in row]) for k, row in rows]
    columns = tuple(map(str, range(len(rows[0][1]))))
    if all(_number(field) is None for field in rows[0][1]):
        columns, rows = tuple(rows[0][1]), rows[1:]
    samples = np.array([_row(name, k, row, len(columns)) for k, row in rows]).reshape(-1, len(columns))
    if len(samples) == 1 and len(columns) > 1:
        raise ValueError(f"{name} must have a sample a line, but has one line of {len(columns)} numbers: turn it over")
    if len(samples) < 2:
        raise ValueError(f"{name} must hold two samples or more, but holds {len(samples)}")
    return Recording(name, samples, columns, _time_step(samples, columns))


def _decimal(name, rows, separator, decimal):
    fields = [field for _, row in rows for field in row]
    if decimal is not None:
        return _check.choice("decimal", decimal, (".", ","))
    if separator != ",":
        return "," if any(re.fullmatch(r"[-+]?\d+,\d+([eE][-+]?\d+)?", field) for field in fields) else "."
    pairs = all(len(row) % 2 == 0 for _, row in rows)
    whole = all(re.fullmatch(r"[-+]?\d+", field) for field in fields)
    if pairs and whole and all(field[0] not in "+-" for _, row in rows for field in row[1::2]):
        raise ValueError(
            f"{name} can be read in two ways: as columns of whole numbers, or as numbers with decimal commas, such as "
            f"{','.join(rows[0][1][:2])}. Say which: decimal='.' or decimal=','"
        )
    return "."


def _number(field):
    try:
        return float(field)
    except ValueError:
        return None


def _row(name, k, row, n):
    if len(row) != n:
        raise ValueError(f"{name} must have {n} numbers in each line, but line {k} has {len(row)}")
    for field in row:
        value = _number(field)
        if value is None or not np.isfinite(value):
            raise ValueError(f"{name} must hold finite numbers, but line {k} has {field!r}")
    return [float(field) for field in row]


def _time_step(samples, columns):
    """The seconds between samples, if the first of several columns rises in even steps, as a time does."""
    steps = np.diff(samples[:, 0])
    if len(columns) < 2 or steps.min() <= 0 or np.ptp(steps) > 0.01 * steps.mean():
        return None
    return float(steps.mean())


# WAV


def _read_wav(name, content):
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise ValueError(f"{name} must be a WAV file, but does not begin as one: convert it, a new name is not enough")
    form, data, place = None, None, 12
    while place + 8 <= len(content):
        mark, size = struct.unpack("<4sI", content[place : place + 8])
        body = content[place + 8 : place + 8 + size]
        if mark == b"fmt ":
            form = body
        if mark == b"data":
            if len(body) < size != 0xFFFFFFFF:
                raise ValueError(f"{name} must be whole, but is cut off: {len(body)} bytes of sound, {size} announced")
            data = body
        place += 8 + size + size % 2
    if form is None or len(form) < 16 or data is None:
        raise ValueError(f"{name} must be a whole WAV file, but its header or its sound is missing")
    kind, n_channels, rate, _, _, bits = struct.unpack("<HHIIHH", form[:16])
    if kind == 0xFFFE and len(form) >= 26:  # extensible: the kind proper stands further on
        kind = struct.unpack("<H", form[24:26])[0]
    width = bits // 8
    if (kind, bits) not in {(1, 8), (1, 16), (1, 24), (1, 32), (3, 32), (3, 64)} or not n_channels:
        raise ValueError(f"{name} must hold plain samples (PCM or float), but is of kind {kind} with {bits} bits")
    data = data[: len(data) - len(data) % (n_channels * width)]
    values = np.frombuffer(data, f"<f{width}").astype(float) if kind == 3 else _pcm(data, width)
    samples = values.reshape(-1, n_channels)
    if len(samples) < 2 or not np.isfinite(samples).all():
        raise ValueError(f"{name} must hold two finite samples or more, but holds {len(samples)}")
    return Recording(name, samples, tuple(map(str, range(n_channels))), 1 / rate if rate else None)


def _pcm(data, width):
    """The whole numbers, of so many bytes each, that the sound of a WAV file holds."""
    raw = np.frombuffer(data, np.uint8).reshape(-1, width)
    # Little-endian and signed, but for one byte, which counts from 0 with silence at 128.
    high = raw[:, -1].astype(float) - 128 if width == 1 else raw[:, -1].astype(np.int8).astype(float)
    return high * 256.0 ** (width - 1) + raw[:, :-1] @ 256.0 ** np.arange(width - 1)


# From a recording to a task


def to_task(recording, n_steps=100, columns=None, envelope=False, n_in=1):
    """A task that gives a recording back without any input.

    Each column becomes an output; its mean is taken off, and all are scaled by one factor to a largest value of 1.

    Parameters
    ----------
    recording : Recording
    n_steps : int
        Fewer than samples: each step is the mean over its share of them. More: linear interpolation.
    columns : sequence of int or str, optional
        Which to take, by place or by name; omitted, all.
    envelope : bool
        Take the mean size of each column's deviations over a step: how loud it is, and not how it swings.
    n_in : int
        Number of inputs, all silent.

    Returns
    -------
    Task

    Warns
    -----
    SignalWarning
        If a column looks like a time, or if most of the signal is faster than the steps can show.

    Raises
    ------
    ValueError
        If there is no such column, or the signal does not change.
    """
    n_steps = _check.integer("n_steps", n_steps, at_least=2)
    samples, names = recording.samples, list(recording.columns)
    if columns is None:
        if _time_step(samples, names) is not None:
            rest = list(range(1, len(names)))
            message = (
                f"column {names[0]!r} of {recording.name} rises evenly, as a time does: columns={rest} leaves it out"
            )
            warnings.warn(message, SignalWarning, stacklevel=2)
        columns = range(len(names))
    places = [names.index(c) if c in names else c for c in columns]
    if not places or not all(isinstance(c, int | np.integer) and 0 <= c < len(names) for c in places):
        raise ValueError(f"columns must be some of {names}, or their places, but got {list(columns)}")
    signal = samples[:, places] - samples[:, places].mean(axis=0)
    if np.abs(signal).max() <= 1e-12 * np.abs(samples[:, places]).max():
        raise ValueError(f"the signal in {recording.name} must change over time, but it is constant")
    if envelope:
        signal = np.abs(signal)
        signal = signal - signal.mean(axis=0)
    made = (_bin_means if n_steps < len(signal) else interpolated)(signal, n_steps)
    kept = np.mean((made - made.mean(axis=0)) ** 2) / np.mean(signal**2)
    if kept < KEPT and not envelope:
        message = (
            f"{1 - kept:.0%} of the power of {recording.name} is faster than {n_steps} steps can show, and is averaged "
            "out. Take a shorter piece, more steps, or envelope=True"
        )
        warnings.warn(message, SignalWarning, stacklevel=2)
    made = made - made.mean(axis=0)
    largest = np.abs(made).max()
    if largest <= 1e-12 * np.abs(signal).max():
        raise ValueError(
            f"nothing of the signal in {recording.name} is left in {n_steps} steps: take a shorter piece, more steps, "
            "or envelope=True"
        )
    silence = np.zeros((n_steps, _check.integer("n_in", n_in, at_least=0)))
    return Task(silence, made / largest, Path(recording.name).stem)


def _bin_means(signal, n_bins):
    """Means over bins of equal width; a sample on an edge counts in both, by its shares."""
    total = np.vstack([np.zeros(signal.shape[1]), np.cumsum(signal, axis=0)])
    edges = np.linspace(0, len(signal), n_bins + 1)
    at_edges = np.column_stack([np.interp(edges, np.arange(len(total)), column) for column in total.T])
    return np.diff(at_edges, axis=0) * n_bins / len(signal)


def preview(recording, task):
    """The recording as it is in the file, above, and what a network would learn, below.

    Parameters
    ----------
    recording : Recording
    task : Task

    Returns
    -------
    Figure
    """
    figure, (above, below) = plt.subplots(2, 1, figsize=(5.2, 4.4))
    unit = recording.seconds or 1
    n = len(recording.samples)
    above.plot(np.arange(n) * unit, recording.samples, linewidth=0.8)
    above.set(xlabel="time (s)" if recording.seconds else "sample", ylabel="recorded")
    below.plot(np.arange(1, task.T + 1), task.y_target)
    step = f", of {n * unit / task.T:.2g} s each" if recording.seconds else ""
    below.set(xlabel=f"step{step}", ylabel="target")
    return figure


class Uploader(ipywidgets.VBox):
    """A button that takes a file from the reader's computer, and shows what was read before anything is trained.

    Parameters
    ----------
    n_steps, **options
        As of `to_task`.

    Attributes
    ----------
    task : Task or None
        After an upload that could be read, its task.
    """

    task: Task | None = None

    def __init__(self, n_steps=100, **options):
        self._button = ipywidgets.FileUpload(accept=".csv,.tsv,.txt,.wav", multiple=False)
        self._out, self._options = ipywidgets.Output(), {"n_steps": n_steps} | options
        super().__init__([self._button, self._out])
        self._button.observe(self._take, "value")

    def _take(self, change):
        if not change["new"]:
            return
        (file,) = change["new"]
        self._out.clear_output()
        with self._out:
            try:
                with warnings.catch_warnings(record=True) as caught:
                    warnings.simplefilter("always", SignalWarning)
                    recording = read(file["name"], bytes(file["content"]))
                    self.task = to_task(recording, **self._options)
            except ValueError as error:
                print(f"Not read: {error}")
                return
            for warning in caught:
                print(f"Look here: {warning.message}")
            figure = preview(recording, self.task)
            display(figure)
            plt.close(figure)
