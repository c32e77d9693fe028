"""A recording of one's own, from a file to a task; where a file is not plain, a word of it, as far as can be told.

A ``.csv`` may have commas, semicolons, tabs or spaces between its columns, a header line, quotes, a byte order mark,
and decimal commas, though not with spaces. A ``.wav`` may hold whole numbers of 8 to 32 bits or floats, also in the
extensible form.
"""

import re
import struct
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from os import PathLike
from pathlib import Path

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from rnn_book.style import closing_on_failure
from rnn_tutorial import _check
from rnn_tutorial.tasks import Task, interpolated

__all__ = ["Recording", "SignalWarning", "Uploader", "in_time", "preview", "read", "step_seconds", "to_task"]

KEPT = 0.5  # of the power of a column, at least, or resampling is warned of
JITTER = 0.2  # standard deviation of the steps of a time, at most, over their mean
RISE = 10  # samples; fewer may rise by chance


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
        From one sample to the next, where the file says so: a sound does. So does a text of ten samples or more in
        which exactly one of several columns rises evenly, or all do, and then the first; it is taken to be in seconds.
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
        What stands before the decimals of a text; omitted, it is found out, or asked for where that is seen not to
        be. With semicolons or tabs between the columns, a comma between digits is taken for a decimal one. Where
        commas stand between the columns too, each two fields are a number, and one that is left over in front is a
        whole one, such as a time.

    Returns
    -------
    Recording

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is of another kind or empty, if a sound is damaged or cut off, or if a text has lines of different lengths
        or fields that are no numbers, or is seen to have two readings; the message says what to do.

    Notes
    -----
    Not seen are a text that is cut off within its last number, commas between thousands, and a header of numbers.
    """
    if not isinstance(path, str | PathLike):
        raise ValueError(f"path must be the name of a file, but got {path!r}")
    path = Path(path).expanduser()
    kind = path.suffix.lower()
    if kind not in (".csv", ".tsv", ".txt", ".wav"):
        raise ValueError(f"path must end in .csv, .tsv, .txt or .wav, but got {str(path)!r}")
    if decimal is not None:
        _check.choice("decimal", decimal, (".", ","))
    if content is None:
        if not path.is_file():
            raise FileNotFoundError(f"path must be a file that exists, but got {str(path)!r}")
        content = path.read_bytes()
    if not isinstance(content, bytes | bytearray | memoryview):
        raise ValueError(f"content must be the bytes of a file, but got {content!r}")
    content = bytes(content)
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
    header = None
    if all(_number(field.replace(",", ".")) is None for field in rows[0][1]):
        header = rows.pop(0)[1]
    decimal = _decimal(name, header, rows, separator, decimal)
    if decimal == ",":
        rows = [(k, _halves_joined(row) if separator == "," else [f.replace(",", ".") for f in row]) for k, row in rows]
    columns = tuple(header or map(str, range(len(rows[0][1]))))
    samples = np.array([_row(name, k, row, len(columns)) for k, row in rows]).reshape(-1, len(columns))
    if len(samples) == 1 and len(columns) > 1:
        raise ValueError(f"{name} must have a sample a line, but has one line of {len(columns)} numbers: turn it over")
    if len(samples) < 2:
        raise ValueError(f"{name} must hold two samples or more, but holds {len(samples)}")
    times = _times(samples)
    seconds = float(np.diff(samples[:, times[0]]).mean()) if len(times) == 1 else None
    return Recording(name, samples, columns, seconds)


def _decimal(name, header, rows, separator, decimal):
    if decimal is not None:
        return decimal
    if separator != ",":
        fields = (field for _, row in rows for field in row)
        return "," if any(re.fullmatch(r"[-+]?\d+,\d+([eE][-+]?\d+)?", field) for field in fields) else "."
    if _may_be_halves(header, [row for _, row in rows]):
        row = rows[0][1][: 2 + len(rows[0][1]) % 2]
        raise ValueError(
            f"{name} can be read in two ways: as columns of whole numbers, {' and '.join(row)}, or with decimal "
            f"commas, {' and '.join(_halves_joined(row, ','))}. Say which: decimal='.' or decimal=','. If neither is "
            "meant, save it with semicolons between its columns"
        )
    return "."


def _may_be_halves(header, rows):
    """Whether whole numbers between commas may be halves of numbers with decimal commas.

    Not with a sign in a second half, or a header for each. One left over in front is likely a time if it rises; and a
    zero before other digits is rare but in decimals.
    """
    if len(rows) < 2 or (header is not None and len(header) == len(rows[0])):
        return False
    odd, fields = len(rows[0]) % 2, [field for row in rows for field in row]
    if any(len(row) % 2 != odd for row in rows) or not all(re.fullmatch(r"[-+]?\d+", field) for field in fields):
        return False
    if any(field[0] in "+-" for row in rows for field in row[odd + 1 :: 2]):
        return False
    rises = all(int(a[0]) < int(b[0]) for a, b in pairwise(rows))
    return not odd or rises or any(re.fullmatch(r"0\d+", field) for field in fields)


def _halves_joined(row, mark="."):
    odd = len(row) % 2
    return row[:odd] + [f"{a}{mark}{b}" for a, b in zip(row[odd::2], row[odd + 1 :: 2], strict=True)]


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


def _times(samples):
    """The places of the columns that rise from first to last, in steps of about one size, as a time does.

    If all do, the first alone, since something must be the signal.
    """
    n_samples, n_columns = samples.shape
    if n_samples < RISE or n_columns < 2:
        return []
    steps = (np.diff(column) for column in samples.T)
    places = [k for k, of in enumerate(steps) if of.min() > 0 and of.std() <= JITTER * of.mean()]
    return places[:1] if len(places) == n_columns else places


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

    Each column becomes an output; its mean is taken off, and all are scaled by one factor to a largest absolute
    value of 1.

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
        If a column looks like a time, with `columns` omitted, or if, without `envelope`, most of a column is faster
        than the steps can show.

    Raises
    ------
    ValueError
        If `recording` is none, there is no such column, or the signal does not change.
    MemoryError
        If the task needs more memory than the machine has.
    """
    _check.instance("recording", recording, Recording)
    n_steps, n_in = _check.integer("n_steps", n_steps, at_least=2), _check.integer("n_in", n_in, at_least=0)
    samples, names = recording.samples, list(recording.columns)
    if columns is None:
        times = _times(samples)
        rest = [k for k in range(len(names)) if k not in times]
        for k in times:
            message = (
                f"column {names[k]!r} of {recording.name} rises evenly, as a time does: columns={rest} leaves it out"
            )
            warnings.warn(message, SignalWarning, stacklevel=2)
        columns = range(len(names))
    chosen = [] if isinstance(columns, str) or not isinstance(columns, Iterable) else list(columns)
    places = [names.index(c) if c in names else c for c in chosen]
    if not places or not all(
        isinstance(c, int | np.integer) and not isinstance(c, bool) and 0 <= c < len(names) for c in places
    ):
        raise ValueError(f"columns must be some of {names}, or their places, but got {columns!r}")
    _check.memory(f"a task of n_steps={n_steps} and n_in={n_in}", n_steps * (2 * len(places) + n_in))
    signal = samples[:, places] - samples[:, places].mean(axis=0)
    if np.abs(signal).max() <= 1e-12 * np.abs(samples[:, places]).max():
        raise ValueError(f"the signal in {recording.name} must change over time, but it is constant")
    if envelope:
        signal = np.abs(signal)
        signal = signal - signal.mean(axis=0)
    made = (_bin_means if n_steps < len(signal) else interpolated)(signal, n_steps)
    if not envelope:
        whole, left = signal.var(axis=0), made.var(axis=0)
        lost = [
            f"{1 - left[k] / whole[k]:.0%} of the power of column {names[places[k]]!r}"
            for k in np.flatnonzero(left < KEPT * whole)
        ]
        if lost:
            message = (
                f"{', '.join(lost)} of {recording.name} is faster than {n_steps} steps can show, and is averaged out. "
                "Take a shorter piece, more steps, or envelope=True"
            )
            warnings.warn(message, SignalWarning, stacklevel=2)
    made = made - made.mean(axis=0)
    largest = np.abs(made).max()
    if largest <= 1e-12 * np.abs(signal).max():
        raise ValueError(
            f"nothing of the signal in {recording.name} is left in {n_steps} steps: take a shorter piece, more steps, "
            "or envelope=True"
        )
    return Task(np.zeros((n_steps, n_in)), made / largest, Path(recording.name).stem)


def _bin_means(signal, n_bins):
    """Means over bins of equal width; a sample on an edge counts in both, by its shares."""
    total = np.vstack([np.zeros(signal.shape[1]), np.cumsum(signal, axis=0)])
    edges = np.linspace(0, len(signal), n_bins + 1)
    at_edges = np.column_stack([np.interp(edges, np.arange(len(total)), column) for column in total.T])
    return np.diff(at_edges, axis=0) * n_bins / len(signal)


@closing_on_failure()
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
    step = step_seconds(recording, task)
    figure, (above, below) = plt.subplots(2, 1, figsize=(5.2, 4.4))
    above.plot(recording.samples, linewidth=0.8)
    above.set(xlabel="sample", ylabel="recorded")
    in_time(above, recording.seconds)
    below.plot(np.arange(1, task.T + 1), task.y_target)
    below.set(xlabel="step", ylabel="target")
    in_time(below, step)
    return figure


def step_seconds(recording, task):
    """How long a step lasts of the task that was made of a recording.

    Parameters
    ----------
    recording : Recording
    task : Task
        From `to_task`.

    Returns
    -------
    float or None
        Seconds, where the recording has its own.
    """
    _check.instance("recording", recording, Recording)
    _check.instance("task", task, Task)
    if recording.seconds is None:
        return None
    if (n := len(recording.samples)) < 2:
        raise ValueError(f"recording must hold two samples or more, but holds {n}")
    # A mean is over a share of the samples; interpolation goes from the first to the last.
    return recording.seconds * (n / task.T if n > task.T else (n - 1) / (task.T - 1))


def in_time(ax, step):
    """Show milliseconds or seconds along an axis that counts steps, and say how long a step is.

    Parameters
    ----------
    ax : Axes
        With its limits as they will stay.
    step : float or None
        In seconds; of None, which is not known, the axis stays as it is.
    """
    _check.instance("ax", ax, Axes)
    if step is None:
        return
    step = _check.number("step", step, above=0)
    low, high = ax.get_xlim()
    each, unit = (1000 * step, "ms") if (high - low) * step < 1 else (step, "s")
    ticks = MaxNLocator(5, steps=[1, 2, 5, 10]).tick_values(low * each, high * each)
    ticks = ticks[(low * each <= ticks) & (ticks <= high * each)]
    ax.set_xticks(ticks / each, [f"{tick:g}" for tick in ticks])
    length = f"{1000 * step:.2g} ms" if step < 0.1 else f"{step:.2g} s"
    ax.set_xlabel(f"time ({unit}), in steps of {length}")


class Uploader(ipywidgets.VBox):
    """A button that takes a file from the reader's computer, and shows what was read before anything is trained.

    Parameters
    ----------
    n_steps, columns, envelope, n_in
        As of `to_task`.
    decimal : {".", ","}, optional
        As of `read`.

    Attributes
    ----------
    recording : Recording or None
    task : Task or None
        Of the last upload, if a task could be made of it.
    """

    recording: Recording | None = None
    task: Task | None = None

    def __init__(self, n_steps=100, decimal=None, columns=None, envelope=False, n_in=1):
        self._button = ipywidgets.FileUpload(accept=".csv,.tsv,.txt,.wav", multiple=False)
        self._out, self._decimal = ipywidgets.Output(), decimal
        self._options = {"n_steps": n_steps, "columns": columns, "envelope": envelope, "n_in": n_in}
        super().__init__([self._button, self._out])
        self._button.observe(self._take, "value")

    def _take(self, change):
        if not change["new"]:
            return
        (file,) = change["new"]
        self.recording = self.task = None
        self._out.clear_output()
        with self._out:
            try:
                with warnings.catch_warnings(record=True) as caught:
                    warnings.simplefilter("always", SignalWarning)
                    recording = read(file["name"], bytes(file["content"]), self._decimal)
                    self.task = to_task(recording, **self._options)
                    self.recording = recording
            except (ValueError, MemoryError) as error:
                print(f"Not read: {error}")
                return
            for warning in caught:
                print(f"Look here: {warning.message}")
            figure = preview(recording, self.task)
            display(figure)
            plt.close(figure)
