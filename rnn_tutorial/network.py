"""The network that every rule trains: a leaky tanh recurrent network.

The equations are Eqs. 1 and 2 of Murray (2019), doi 10.7554/eLife.43299. Time is counted in steps and is
the first axis of every array.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rnn_tutorial import _check
from rnn_tutorial.compiled import add_matvec, compiled, dot, move_state, plain

__all__ = ["Arrays", "Gradients", "Network", "Trajectory", "advance", "forward", "mean_squared_loss"]


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

    h: np.ndarray
    u: np.ndarray
    y: np.ndarray


class Gradients(NamedTuple):
    """One array for each weight matrix: the gradient of the loss, or a rule's estimate of it.

    The optimiser subtracts it. The arrays have the shapes of the weights. Where a function returns one
    contribution a step, time comes first: ``(T,) + shape``.

    Attributes
    ----------
    W_in : ndarray, shape (n_rec, n_in)
    W : ndarray, shape (n_rec, n_rec)
    W_out : ndarray, shape (n_out, n_rec)
    """

    W_in: np.ndarray
    W: np.ndarray
    W_out: np.ndarray


class Arrays(NamedTuple):
    """What a rule's kernel sees of a network: bare arrays, unchecked.

    Attributes
    ----------
    W_in : ndarray, shape (n_rec, n_in)
    W : ndarray, shape (n_rec, n_rec)
    W_out : ndarray, shape (n_out, n_rec)
    feedback : ndarray, shape (n_rec, n_out)
        What carries the error back to the units: the transposed readout or ``B``. A view of the readout follows it as
        it learns.
    tau : float
    h0 : ndarray, shape (n_rec,)
    """

    W_in: np.ndarray
    W: np.ndarray
    W_out: np.ndarray
    feedback: np.ndarray
    tau: float
    h0: np.ndarray


@compiled
def forward(net, x):
    """Run Eq. 1 over one trial.

    Parameters
    ----------
    net : Arrays
    x : ndarray, shape (T, n_in)

    Returns
    -------
    h, u, r, y : ndarray
        As in `Trajectory`, and ``r = tanh(u)``.
    """
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


@compiled
def mean_squared_loss(error):
    """The loss of one trial, Eq. 2: ``L = 1/(2T) sum_t sum_k error[t, k]**2``.

    Parameters
    ----------
    error : ndarray, shape (T, n_out)
        Target minus output.

    Returns
    -------
    float
        Complex where `error` is complex, as the complex-step derivative needs.
    """
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

    W_in: np.ndarray
    W: np.ndarray
    W_out: np.ndarray
    B: np.ndarray
    tau: float
    h0: np.ndarray

    def __post_init__(self):
        W = _check.array("W", self.W, (None, None))
        n_rec = W.shape[0]
        W = _check.array("W", W, (n_rec, n_rec))
        W_out = _check.array("W_out", self.W_out, (None, n_rec))
        checked = {
            "W": W,
            "W_in": _check.array("W_in", self.W_in, (n_rec, None)),
            "W_out": W_out,
            "B": _check.array("B", self.B, (n_rec, W_out.shape[0])),
            "h0": _check.array("h0", self.h0, (n_rec,)),
            "tau": _check.number("tau", self.tau, at_least=1),
        }
        for name, value in checked.items():
            if name != "tau":
                value = value.copy()
                value.flags.writeable = False
            object.__setattr__(self, name, value)

    @classmethod
    def random(cls, n_in, n_rec, n_out, tau=10.0, g=1.5, seed=0, h0=0.1):
        """Draw a network with the scalings of the paper.

        ``W ~ N(0, g^2 / n_rec)``, ``W_in ~ U[-1, 1]``, ``W_out ~ U[-1, 1] / sqrt(n_rec)``, ``B ~ N(0, 1)``.
        Each matrix has a random stream of its own, so the recurrent weights of a seed do not depend on
        the number of inputs or outputs.

        Parameters
        ----------
        n_in, n_rec, n_out : int
            Numbers of inputs (may be 0), recurrent units and outputs.
        tau : float
            Time constant in steps.
        g : float
            Gain of the recurrent weights; for ``g > 1`` a large untrained network is chaotic.
        seed : int
            Seed of the draw; equal seeds give equal networks.
        h0 : float or array_like, shape (n_rec,)
            Initial state; a number is used for every unit. The paper leaves it open. It must not be zero
            for a network without input, which would otherwise stay silent for ever.

        Returns
        -------
        Network
        """
        _check.integer("n_in", n_in, at_least=0)
        _check.integer("n_rec", n_rec, at_least=1)
        _check.integer("n_out", n_out, at_least=1)
        _check.number("g", g, at_least=0)
        _check.integer("seed", seed, at_least=0)
        for_W_in, for_W, for_W_out, for_B = np.random.default_rng(seed).spawn(4)
        return cls(
            W_in=for_W_in.uniform(-1, 1, (n_rec, n_in)),
            W=for_W.normal(0, g / np.sqrt(n_rec), (n_rec, n_rec)),
            W_out=for_W_out.uniform(-1, 1, (n_out, n_rec)) / np.sqrt(n_rec),
            B=for_B.normal(0, 1, (n_rec, n_out)),
            tau=tau,
            h0=np.full(n_rec, h0) if np.ndim(h0) == 0 else h0,  # pyright: ignore[reportArgumentType]
        )

    n_in = property(lambda self: self.W_in.shape[1], doc="Number of inputs.")
    n_rec = property(lambda self: self.W.shape[0], doc="Number of recurrent units.")
    n_out = property(lambda self: self.W_out.shape[0], doc="Number of outputs.")
    weights = property(lambda self: Gradients(self.W_in, self.W, self.W_out), doc="What learns, as one tuple.")

    def __repr__(self):
        return f"Network(n_in={self.n_in}, n_rec={self.n_rec}, n_out={self.n_out}, tau={self.tau:g})"

    def run(self, x):
        """Run one trial.

        Parameters
        ----------
        x : array_like, shape (T, n_in)
            Input; T is at least 1.

        Returns
        -------
        Trajectory
            With ``h`` (T + 1, n_rec), ``u`` (T, n_rec) and ``y`` (T, n_out).

        Raises
        ------
        ValueError
            If `x` has another shape or is not finite.
        """
        x = _check.array("x", x, (None, self.n_in))
        arrays = self.arrays("B")
        dtype = np.result_type(*(a for a in arrays if a is not self.tau), x)
        run = plain(forward) if dtype.kind == "c" else forward
        arrays = Arrays(*(a.astype(dtype) if isinstance(a, np.ndarray) else a for a in arrays))  # pyright: ignore
        h, u, _, y = run(arrays, x.astype(dtype))
        return Trajectory(h, u, y)

    def loss(self, x, y_target):
        """The loss of one trial, ``L = 1/(2T) sum_t sum_k (y_target - y)**2`` (Eq. 2).

        Parameters
        ----------
        x : array_like, shape (T, n_in)
        y_target : array_like, shape (T, n_out)

        Returns
        -------
        float

        Raises
        ------
        ValueError
            If a shape does not fit or a value is not finite.
        """
        x, y_target = self.check_trial(x, y_target)
        return plain(mean_squared_loss)(y_target - self.run(x).y)

    def check_trial(self, x, y_target):
        """Return `x` and `y_target` as arrays that fit this network and each other, or raise ValueError."""
        x = _check.array("x", x, (None, self.n_in))
        return x, _check.array("y_target", y_target, (x.shape[0], self.n_out))

    def feedback(self, name):
        """The matrix, shape (n_rec, n_out), that carries the error back to the units.

        Parameters
        ----------
        name : {"W_out", "B"}
            The transposed readout, as the exact gradient needs, or the fixed random weights of RFLO.
        """
        _check.choice("feedback", name, ("W_out", "B"))
        return self.W_out.T if name == "W_out" else self.B

    def arrays(self, feedback):
        """What a kernel takes: copies that it may change.

        Parameters
        ----------
        feedback : {"W_out", "B"}
            As in `feedback`.

        Returns
        -------
        Arrays
        """
        W_out = self.W_out.copy()
        # In the memory order of a transposed readout, so that both kinds of feedback use one compiled kernel.
        back = W_out.T if self.feedback(feedback) is not self.B else self.B.copy(order="F")
        return Arrays(self.W_in.copy(), self.W.copy(), W_out, back, self.tau, self.h0.copy())
