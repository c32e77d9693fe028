"""What to learn: an input and a target for one trial."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from rnn_tutorial import _check
from rnn_tutorial.network import Floats

__all__ = ["Task", "delayed_copy", "from_signal", "hand_movement", "heartbeat", "sum_of_sines"]

DATA = Path(__file__).parent / "data"  # the recordings


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

    x: Floats
    y_target: Floats
    name: str = "task"

    if TYPE_CHECKING:

        def __init__(self, x: ArrayLike, y_target: ArrayLike, name: str = "task") -> None: ...

    def __post_init__(self):
        x = _check.array("x", self.x, (None, None))
        for name, value in (("x", x), ("y_target", _check.array("y_target", self.y_target, (len(x), None)))):
            value = value.copy()
            value.flags.writeable = False
            object.__setattr__(self, name, value)

    T = property(lambda self: self.x.shape[0], doc="Number of steps.")
    n_in = property(lambda self: self.x.shape[1], doc="Number of inputs.")
    n_out = property(lambda self: self.y_target.shape[1], doc="Number of outputs.")

    def __reduce__(self):  # made anew, its arrays are read-only again
        return type(self), (self.x, self.y_target, self.name)

    def __repr__(self):
        return f"Task({self.name!r}, T={self.T}, n_in={self.n_in}, n_out={self.n_out})"


def sum_of_sines(period: int = 100, amplitudes: ArrayLike = (1.0, 0.5, 0.25), n_in: int = 1) -> Task:
    """The paper's periodic target: one period of a sum of sines, without any input (Murray 2019, Fig. 2).

    ``y*(t) = sum_k amplitudes[k] sin(2 pi 2^k t / period)``, for t = 1 to `period`.

    Parameters
    ----------
    period : int
        Length of the trial in steps.
    amplitudes : sequence of float
        Of the first harmonic, the second, the fourth, and so on, doubling; at most 50 of them.
    n_in : int
        Number of inputs, all silent.
    """
    x = _silence("period", period, n_in)
    T, amplitudes = len(x), _check.array("amplitudes", amplitudes, (None,))
    if len(amplitudes) > 50:
        raise ValueError(f"amplitudes must be at most 50 numbers, but got {len(amplitudes)}")
    t = np.arange(1, T + 1)
    # At whole steps a frequency is the same as what is left of it after division by T, which keeps its digits.
    y = sum((a * np.sin(2 * np.pi * (2**k % T) * t / T) for k, a in enumerate(amplitudes)), np.zeros(T))
    return Task(x, y[:, np.newaxis], "sum_of_sines")


def delayed_copy(n_steps: int = 200, delay: int = 10, hold: int = 20, seed: int = 0) -> Task:
    """Give back a random input after a delay: a task that cannot be done without the input weights.

    The input is a random telegraph signal, which stays at +1 or -1 for `hold` steps and is then drawn again. The
    target is the input of `delay` steps before; it is 0 in the first `delay` steps. Another seed is another
    signal, on which to test what was learned.

    Parameters
    ----------
    n_steps : int
        Length of the trial.
    delay, hold : int
        In steps; the delay is shorter than the trial.
    seed : int
    """
    T = len(_silence("n_steps", n_steps, 1))
    hold = _check.integer("hold", hold, at_least=1)
    seed = _check.integer("seed", seed, at_least=0)
    delay = _check.integer("delay", delay, at_least=0)
    if delay >= T:
        raise ValueError(f"delay must be less than n_steps={T}, but got {delay}")
    levels = np.random.default_rng(seed).choice([-1.0, 1.0], size=-(-T // hold))
    x = np.repeat(levels, min(hold, T))[:T]
    y = np.concatenate([np.zeros(delay), x])[:T]
    return Task(x[:, np.newaxis], y[:, np.newaxis], "delayed_copy")


def heartbeat(period: int = 100, n_in: int = 1) -> Task:
    """One recorded human heartbeat, from before one R-peak to before the next, without any input.

    An electrocardiogram from the MIT-BIH Arrhythmia Database, record 208 (the folder ``data`` has the source and
    the licence). The beat begins and ends in mid-diastole. Its mean is taken off, it is scaled to a largest value of
    1, and then resampled to `period` steps. All `n_in` inputs are silent.
    """
    record = np.loadtxt(DATA / "heartbeat.csv")
    # R-peaks stand at samples 308 and 489; the beat is cut 60 samples before each.
    beat = record[308 - 60 : 489 - 60]
    return _resampled("heartbeat", _centred(beat[:, np.newaxis]), period, n_in, "period")


def hand_movement(period: int = 100, n_in: int = 1) -> Task:
    """One recorded movement of a signer's hand in the plane: two outputs, across and up, without any input.

    From the data set Libras Movement by D. B. Dias, S. M. Peres and H. H. Biscaro (UCI Machine Learning Repository,
    2009, doi 10.24432/C5GC82, CC BY 4.0; the folder ``data`` has the recipe): the centre of the hand in 45 frames,
    spaced evenly over a video of about seven seconds. The hand rests, then draws a wave. These are positions, not
    velocities. The source has scaled them to the unit square. Here the second axis, taken to point down as in a video,
    is turned up, the mean of the path is taken off, both axes are scaled by one factor to a largest value of 1, and the
    path is resampled to `period` steps. All `n_in` inputs are silent.
    """
    path = np.loadtxt(DATA / "hand_movement.csv", delimiter=",") * [1, -1]
    return _resampled("hand_movement", _centred(path), period, n_in, "period")


def from_signal(signal: ArrayLike, n_steps: int | None = None, n_in: int = 1) -> Task:
    """Make a task of your own recording: the network is to give it back without any input.

    Parameters
    ----------
    signal : array_like, shape (T,) or (T, n_out)
        The target, used as it is. Values of order 1 suit the learning rates of the book.
    n_steps : int, optional
        Resample to this many steps by linear interpolation.
    n_in : int
        Number of inputs, all silent. For a task with input, make a `Task` from two arrays.
    """
    with suppress(ValueError):  # of a ragged one, which the check refuses
        signal = np.asanyarray(signal)  # with its mask, if it has one
        signal = signal[:, np.newaxis] if signal.ndim == 1 else signal
    signal = _check.array("signal", signal, (None, None))
    return _resampled("signal", signal, len(signal) if n_steps is None else n_steps, n_in)


def interpolated(signal, n_steps):
    """The values of a signal, (n, n_out), in so many places, spaced evenly from its first sample to its last."""
    where = np.linspace(0, len(signal) - 1, n_steps)
    return np.column_stack([np.interp(where, np.arange(len(signal)), column) for column in signal.T])


def _centred(signal):
    """Without its mean, and with a largest absolute value of 1."""
    centred = signal - signal.mean(axis=0)
    return centred / np.abs(centred).max()


def _silence(name, T, n_in):
    """An input of zeros; `name` is that of the argument that gives its length."""
    T, n_in = _check.integer(name, T, at_least=1), _check.integer("n_in", n_in, at_least=0)
    _check.memory(f"a trial of {name}={T} and n_in={n_in}", T * (2 + n_in))
    return np.zeros((T, n_in))


def _resampled(name, signal, n_steps, n_in, argument="n_steps"):
    """The task to give back a signal, (T, n_out), by linear interpolation in so many steps."""
    x = _silence(argument, n_steps, n_in)
    return Task(x, interpolated(signal, n_steps) if n_steps != len(signal) else signal, name)
