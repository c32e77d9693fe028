"""The network that every rule trains: a leaky tanh recurrent network.

The equations are Eqs. 1 and 2 of Murray (2019), doi 10.7554/eLife.43299. Time is counted in steps and is
the first axis of every array.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnn_tutorial import _check
from rnn_tutorial.compiled import add_matvec, compiled, dot, move_state, plain

__all__ = ["Arrays", "Gradients", "Network", "Trajectory", "advance", "forward", "mean_squared_loss"]

Floats = NDArray[np.float64]  # complex where the weights are, as for the complex-step derivative


class Trajectory(NamedTuple):
    """What a network did in one trial of T steps.

    Attributes
    ----------
    h : ndarray, shape (T + 1, n_rec)
        Activity; ``h[0]`` is the initial state.
    u : ndarray, shape (T, n_rec)
        Input current of each unit; ``u[t]`` drives the step from ``h[t]`` to ``h[t + 1]``.
    y : ndarray, shape (T, n_out)
        Output; ``y[t]`` reads out ``h[t + 1]``.
    """

    h: Floats
    u: Floats
    y: Floats


class Gradients(NamedTuple):
    """One array for each weight matrix, of its shape: the gradient of the loss, or a rule's estimate, to be subtracted.

    Where a function returns one contribution a step, time comes first: ``(T,) + shape``.
    """

    W_in: Floats
    W: Floats
    W_out: Floats


class Arrays(NamedTuple):
    """What a rule's kernel sees of a network: bare arrays, unchecked; all but `feedback` are those of `Network`.

    Attributes
    ----------
    feedback : ndarray, shape (n_rec, n_out)
        What carries the error back to the units: the transposed readout or ``B``. A view of the readout follows it as
        it learns.
    """

    W_in: Floats
    W: Floats
    W_out: Floats
    feedback: Floats
    tau: float
    h0: Floats


@compiled
def forward(net, x):
    """Run Eq. 1 over one trial. Returns ``h, u, r, y`` as in `Trajectory`, and ``r = tanh(u)``."""
    T, n_rec = len(x), len(net.h0)
    h = np.empty((T + 1, n_rec), net.W.dtype)
    r = np.empty((T, n_rec), net.W.dtype)
    u = x @ net.W_in.T
    h[0] = net.h0
    for t in range(T):
        add_matvec(u[t], net.W, h[t])
        move_state(h[t], u[t], net.tau, r[t], h[t + 1])
    y = h[1:] @ net.W_out.T
    return h, u, r, y


@compiled
def advance(net, h, x, r, h_next):
    """Run one step of Eq. 1 from `h`, with the input `x` of this step: fill in ``r = tanh(u)`` and `h_next`."""
    u = dot(net.W_in, x)
    add_matvec(u, net.W, h)
    move_state(h, u, net.tau, r, h_next)


def n_numbers(n_in, n_rec, n_out):
    """How many numbers a network is."""
    return n_rec * (n_rec + n_in + 2 * n_out + 1)


def n_states(net, n_steps):
    """How many numbers `h`, `u` and `r` of so many steps are."""
    return 3 * n_steps * net.n_rec


@compiled
def mean_squared_loss(error):
    """The loss of one trial, Eq. 2: ``L = 1/(2T) sum_t sum_k error[t, k]**2``, of target minus output, (T, n_out)."""
    return np.sum(error**2) / (2 * error.shape[0])


@dataclass(frozen=True, eq=False)
class Network:
    """A leaky tanh recurrent network with a linear readout.

    With ``u[t] = W h[t] + W_in x[t]``, the state moves by ``h[t+1] = h[t] + (-h[t] + tanh(u[t])) / tau``,
    and the output is ``y[t] = W_out h[t+1]`` (Murray 2019, Eq. 1).

    A network is a value: its arrays are read-only copies of what was given. To change a weight, make
    another network, ``dataclasses.replace(net, W=...)``.

    Parameters
    ----------
    W_in : array_like, shape (n_rec, n_in)
        Input weights; ``n_in`` may be 0.
    W : array_like, shape (n_rec, n_rec)
        Recurrent weights; ``W[i, j]`` is the synapse from unit j to unit i.
    W_out : array_like, shape (n_out, n_rec)
        Readout weights.
    B : array_like, shape (n_rec, n_out)
        Fixed feedback weights, which carry the error back to the units in RFLO.
    tau : float
        Time constant in steps, at least 1.
    h0 : array_like, shape (n_rec,)
        State before the first step.

    Raises
    ------
    ValueError
        If a shape does not fit, a value is not finite, or ``tau < 1``. The message names the argument.
    """

    W_in: Floats
    W: Floats
    W_out: Floats
    B: Floats
    tau: float
    h0: Floats

    if TYPE_CHECKING:  # whatever can be made an array goes in, and arrays come out

        def __init__(
            self, W_in: ArrayLike, W: ArrayLike, W_out: ArrayLike, B: ArrayLike, tau: float, h0: ArrayLike
        ) -> None: ...

    def __post_init__(self):
        def take(name, *shape):
            value = _check.array(name, getattr(self, name), shape).copy()
            value.flags.writeable = False
            object.__setattr__(self, name, value)

        n_rec = len(_check.array("W", self.W, (None, None)))
        take("W", n_rec, n_rec)
        take("W_in", n_rec, None)
        take("W_out", None, n_rec)
        take("B", n_rec, self.n_out)
        take("h0", n_rec)
        object.__setattr__(self, "tau", _check.number("tau", self.tau, at_least=1))

    @classmethod
    def random(
        cls,
        n_in: int,
        n_rec: int,
        n_out: int,
        tau: float = 10.0,
        g: float = 1.5,
        seed: int = 0,
        h0: float | ArrayLike = 0.1,
    ) -> "Network":
        """Draw a network with the scalings of the paper.

        ``W ~ N(0, g^2 / n_rec)``, ``W_in ~ U[-1, 1]``, ``W_out ~ U[-1, 1] / sqrt(n_rec)``, ``B ~ N(0, 1)``.
        Each matrix has a random stream of its own, so the recurrent weights of a seed do not depend on
        the number of inputs or outputs.

        Parameters
        ----------
        n_in : int
            Number of inputs; may be 0.
        n_rec : int
            Number of recurrent units.
        n_out : int
            Number of outputs.
        tau : float
            Time constant in steps.
        g : float
            Gain of the recurrent weights; for ``g > 1`` a large untrained network is chaotic.
        seed : int
            Seed of the draw; equal seeds give equal networks.
        h0 : float or array_like, shape (n_rec,)
            Initial state; a number is used for every unit. The paper leaves it open. It must not be zero
            for a network without input, which would otherwise stay silent for ever.

        Raises
        ------
        ValueError
            If an argument does not fit.
        MemoryError
            If the machine has less memory than the network needs.
        """
        n_in = _check.integer("n_in", n_in, at_least=0)
        n_rec = _check.integer("n_rec", n_rec, at_least=1)
        n_out = _check.integer("n_out", n_out, at_least=1)
        g = _check.number("g", g, at_least=0)
        seed = _check.integer("seed", seed, at_least=0)
        _check.memory(f"a network of n_rec={n_rec}, n_in={n_in}, n_out={n_out}", n_numbers(n_in, n_rec, n_out))
        for_W_in, for_W, for_W_out, for_B = np.random.default_rng(seed).spawn(4)
        return cls(
            W_in=for_W_in.uniform(-1, 1, (n_rec, n_in)),
            W=for_W.normal(0, g / np.sqrt(n_rec), (n_rec, n_rec)),
            W_out=for_W_out.uniform(-1, 1, (n_out, n_rec)) / np.sqrt(n_rec),
            B=for_B.normal(0, 1, (n_rec, n_out)),
            tau=tau,
            h0=np.full(n_rec, _check.number("h0", h0)) if np.ndim(h0) == 0 else h0,
        )

    n_in = property(lambda self: self.W_in.shape[1], doc="Number of inputs.")
    n_rec = property(lambda self: self.W.shape[0], doc="Number of recurrent units.")
    n_out = property(lambda self: self.W_out.shape[0], doc="Number of outputs.")
    weights = property(lambda self: Gradients(self.W_in, self.W, self.W_out), doc="What learns, as one tuple.")

    def __reduce__(self):  # made anew, its arrays are read-only again
        return type(self), tuple(vars(self).values())

    def __repr__(self):
        return f"Network(n_in={self.n_in}, n_rec={self.n_rec}, n_out={self.n_out}, tau={self.tau:g})"

    def run(self, x: ArrayLike) -> Trajectory:
        """Run one trial of input `x`, shape (T, n_in) with T at least 1.

        Raises
        ------
        ValueError
            If `x` has another shape or is not finite.
        MemoryError
            If the machine has less memory than the run needs.
        """
        x = _check.array("x", x, (None, self.n_in))
        _check.memory(f"a run of {len(x)} steps with n_rec={self.n_rec}", n_states(self, len(x)))
        arrays = self.arrays("B")
        dtype = np.result_type(*(a for a in arrays if a is not self.tau), x)
        run = plain(forward) if dtype.kind == "c" else forward
        arrays = Arrays(*(a.astype(dtype) if isinstance(a, np.ndarray) else a for a in arrays))  # pyright: ignore
        h, u, _, y = run(arrays, x.astype(dtype))
        return Trajectory(h, u, y)

    def loss(self, x: ArrayLike, y_target: ArrayLike) -> float:
        """The loss of one trial, ``L = 1/(2T) sum_t sum_k (y_target - y)**2`` (Eq. 2), of (T, n_in) and (T, n_out).

        It is complex where the weights or the trial are.

        Raises
        ------
        ValueError
            If a shape does not fit or a value is not finite.
        """
        x, y_target = self.check_trial(x, y_target)
        return plain(mean_squared_loss)(y_target - self.run(x).y)

    def check_trial(self, x: ArrayLike, y_target: ArrayLike) -> tuple[Floats, Floats]:
        """Return `x` and `y_target` as arrays that fit this network and each other, or raise ValueError."""
        x = _check.array("x", x, (None, self.n_in))
        return x, _check.array("y_target", y_target, (x.shape[0], self.n_out))

    def feedback(self, name: Literal["W_out", "B"]) -> Floats:
        """The matrix, shape (n_rec, n_out), that carries the error back to the units.

        It is the transposed readout, as the exact gradient needs, or the fixed random weights of RFLO.
        """
        _check.choice("feedback", name, ("W_out", "B"))
        return self.W_out.T if name == "W_out" else self.B

    def arrays(self, feedback: Literal["W_out", "B"]) -> Arrays:
        """What a kernel takes: copies that it may change, with the feedback of this name."""
        W_out = self.W_out.copy()
        # In the memory order of a transposed readout, so that both kinds of feedback use one compiled kernel.
        back = W_out.T if self.feedback(feedback) is not self.B else self.B.copy(order="F")
        return Arrays(self.W_in.copy(), self.W.copy(), W_out, back, self.tau, self.h0.copy())
