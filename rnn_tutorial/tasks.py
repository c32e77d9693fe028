"""What to learn: an input and a target for one trial."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rnn_tutorial import _check

__all__ = ["NAMES", "Task", "delayed_copy", "from_signal", "heartbeat", "make", "sum_of_sines"]

# In the repository the data lie with the book; an installed package carries them along.
_HERE = Path(__file__).parent
DATA = next(d for d in (_HERE / "data", _HERE.parent / "book" / "data") if (d / "heartbeat.csv").exists())


@dataclass(frozen=True, eq=False)
class Task:
    """One trial: an input and the output that is wanted.

    Parameters
    ----------
    x : array_like, shape (T, n_in)
        Input; ``n_in`` may be 0.
    y_target : array_like, shape (T, n_out)
        Target; ``y_target[t]`` is for the output after step t.
    name : str
        For titles and messages.

    Raises
    ------
    ValueError
        If the two differ in length, or a value is not finite.
    """

    x: np.ndarray
    y_target: np.ndarray
    name: str = "task"

    def __post_init__(self):
        x = _check.array("x", self.x, (None, None))
        for name, value in (("x", x), ("y_target", _check.array("y_target", self.y_target, (len(x), None)))):
            value = value.copy()
            value.flags.writeable = False
            object.__setattr__(self, name, value)

    T = property(lambda self: self.x.shape[0], doc="Number of steps.")
    n_in = property(lambda self: self.x.shape[1], doc="Number of inputs.")
    n_out = property(lambda self: self.y_target.shape[1], doc="Number of outputs.")

    def __repr__(self):
        return f"Task({self.name!r}, T={self.T}, n_in={self.n_in}, n_out={self.n_out})"


def sum_of_sines(period=100, amplitudes=(1.0, 0.5, 0.25), n_in=1):
    """The paper's periodic target: one period of a sum of sines, without any input (Murray 2019, Fig. 2).

    ``y*(t) = sum_k amplitudes[k] sin(2 pi 2^k t / period)``, for t = 1 to `period`.

    Parameters
    ----------
    period : int
        Length of the trial in steps.
    amplitudes : sequence of float
        Of the first harmonic, the second, the fourth, and so on, doubling.
    n_in : int
        Number of inputs, all silent.

    Returns
    -------
    Task
    """
    T = _check.integer("period", period, at_least=1)
    amplitudes = _check.array("amplitudes", amplitudes, (None,))
    t = np.arange(1, T + 1)
    y = sum(a * np.sin(2 * np.pi * 2**k * t / T) for k, a in enumerate(amplitudes))
    return Task(_silence(T, n_in), y[:, np.newaxis], "sum_of_sines")


def delayed_copy(n_steps=200, delay=10, hold=20, seed=0):
    """Give back a random input after a delay: a task that cannot be done without the input weights.

    The input is a random telegraph signal, which stays at +1 or -1 for `hold` steps and is then drawn again. The
    target is the input of `delay` steps before; it is 0 in the first `delay` steps. Another seed is another
    signal, on which to test what was learned.

    Parameters
    ----------
    n_steps : int
        Length of the trial.
    delay, hold : int
        In steps.
    seed : int

    Returns
    -------
    Task
        With one input and one output.
    """
    T = _check.integer("n_steps", n_steps, at_least=1)
    _check.integer("delay", delay, at_least=0)
    _check.integer("hold", hold, at_least=1)
    _check.integer("seed", seed, at_least=0)
    levels = np.random.default_rng(seed).choice([-1.0, 1.0], size=-(-T // hold))
    x = np.repeat(levels, hold)[:T]
    y = np.concatenate([np.zeros(delay), x])[:T]
    return Task(x[:, np.newaxis], y[:, np.newaxis], "delayed_copy")


def heartbeat(period=100, n_in=1):
    """One recorded human heartbeat, from R-peak to R-peak, without any input.

    An electrocardiogram from the MIT-BIH Arrhythmia Database, record 208 (``book/data`` has the source and
    the licence). The beat begins and ends in mid-diastole. It is resampled to `period` steps, its mean is taken
    off, and it is scaled to a largest value of 1.

    Parameters
    ----------
    period : int
        Length of the trial in steps.
    n_in : int
        Number of inputs, all silent.

    Returns
    -------
    Task
    """
    record = np.loadtxt(DATA / "heartbeat.csv")
    # R-peaks stand at samples 308 and 489; the beat is cut 60 samples before each.
    beat = record[308 - 60 : 489 - 60]
    beat = beat - beat.mean()
    beat = from_signal(beat / np.abs(beat).max(), n_steps=period, n_in=n_in)
    return Task(beat.x, beat.y_target, "heartbeat")


def from_signal(signal, n_steps=None, n_in=1):
    """Make a task of your own recording: the network is to give it back without any input.

    Parameters
    ----------
    signal : array_like, shape (T,) or (T, n_out)
        The target, used as it is. Values of order 1 suit the learning rates of the book.
    n_steps : int, optional
        Resample to this many steps by linear interpolation.
    n_in : int
        Number of inputs, all silent. For a task with input, make a `Task` from two arrays.

    Returns
    -------
    Task
    """
    signal = np.asarray(signal)
    signal = _check.array("signal", signal[:, np.newaxis] if signal.ndim == 1 else signal, (None, None))
    if n_steps is not None:
        where = np.linspace(0, len(signal) - 1, _check.integer("n_steps", n_steps, at_least=1))
        signal = np.column_stack([np.interp(where, np.arange(len(signal)), column) for column in signal.T])
    return Task(_silence(len(signal), n_in), signal, "signal")


def _silence(T, n_in):
    return np.zeros((T, _check.integer("n_in", n_in, at_least=0)))


NAMES = {"sum_of_sines": sum_of_sines, "delayed_copy": delayed_copy, "heartbeat": heartbeat}


def make(name, **settings):
    """Make a task by its name.

    Parameters
    ----------
    name : str
        One of the keys of `NAMES`.
    **settings
        Passed to the function of that name.

    Returns
    -------
    Task

    Raises
    ------
    ValueError
        If there is no task of that name; the message says which there are.
    """
    return NAMES[_check.choice("name", name, NAMES)](**settings)
