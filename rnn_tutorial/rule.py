"""What a learning rule is, and what can be asked of every rule.

A rule is a value, in a file of its own: one or two kernels, and a `Rule` that names them. Each kernel sees a network as
`rnn_tutorial.network.Arrays`, and is compiled by itself. There are two kinds:

``trial(net, x, y_target, *options)``
    returns the loss of a trial and its Gradients, and changes nothing.
``online(net, x, y_target, into, by)``
    returns the loss, and adds `by` times the share of each step in the gradient to `into`, as it arises. If `into` has
    a place for each step, the shares can be handed out. If it has one place, they sum up. If it is the weights
    themselves and `by` is minus the learning rate, the network learns at every step.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial
from importlib import import_module
from numbers import Real
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rnn_tutorial import _check
from rnn_tutorial.compiled import add_outer, add_traced, compiled, part, plain
from rnn_tutorial.network import Gradients, Network, mean_squared_loss

__all__ = ["Rule", "add_share", "from_credit"]


@compiled
def from_credit(credit, error, h, x):
    """The loss of a trial, and the Gradients that its credit makes.

    Parameters
    ----------
    credit : ndarray, shape (T, n_rec)
        Minus T times the derivative of the loss with respect to ``u``, or a rule's estimate of it.
    error : ndarray, shape (T, n_out)
        Target minus output.
    h : ndarray, shape (T + 1, n_rec)
        The states of the trial.
    x : ndarray, shape (T, n_in)
        Its input.
    """
    T = len(x)
    gradients = Gradients(-(credit.T @ x) / T, -(credit.T @ h[:-1]) / T, -(error.T @ h[1:]) / T)
    return mean_squared_loss(error), gradients


@part
def add_share(into, by, t, c, q, p, error, h):
    """Add `by` times the share of step t in the gradient to its place in `into`.

    Parameters
    ----------
    into : Gradients
        With a leading axis, of length T or 1.
    by : Gradients of float
    t : int
    c : ndarray, shape (n_rec,)
        The error of this step as it arrives at the units: feedback times error.
    q, p : ndarray
        How ``h[t + 1]`` depends on ``W_in`` and on ``W``, as in `rnn_tutorial.compiled.remember`.
    error : ndarray, shape (T, n_out)
        Target minus output of all steps.
    h : ndarray, shape (n_rec,)
        The state after this one, ``h[t + 1]``.
    """
    T, place = len(error), t % len(into.W)
    add_traced(into.W_in[place], -by.W_in / T, c, q)
    add_traced(into.W[place], -by.W / T, c, p)
    add_outer(into.W_out[place], -by.W_out / T * error[t], h)


def places(net, n):
    """Gradients of zeros, each with n places before the shape of the weights."""
    return Gradients(*(np.zeros((n, *w.shape)) for w in (net.W_in, net.W, net.W_out)))


def real_trial(net, x, y_target):
    """Input and target of one trial, in real arrays of their own that fit the network; ValueError if they do not."""
    x, y_target = _check.instance("net", net, Network).check_trial(x, y_target)
    if any(map(np.iscomplexobj, (*net.weights, net.B, net.h0, x, y_target))):
        raise ValueError("net, x and y_target must be real for a rule, but some are complex")
    return x.copy(), y_target.copy()


def as_gradients(by, told, net):
    """What `by` returned, as Gradients of real arrays with the shapes of the weights; ValueError if it is not that."""
    try:
        arrays = [*map(np.asarray, told)]
    except (TypeError, ValueError):  # it is no sequence, or a ragged one
        arrays = []
    if [(a.shape, a.dtype.kind in "biuf") for a in arrays] != [(w.shape, True) for w in net.weights]:
        raise ValueError(f"{by} must return Gradients with the shapes of the weights, and real, but returned {told!r}")
    return Gradients(*(np.asarray(a, float) for a in arrays))


def of_kernel(name, result, net) -> tuple[Any, Gradients]:
    """What a kernel of the rule of this name returned: the loss of a trial and Gradients, or ValueError."""
    match result:
        case Real() as loss, Gradients(np.ndarray(), np.ndarray(), np.ndarray()) as gradients:
            return loss, as_gradients(f"rule {name!r}", gradients, net)
    raise ValueError(f"rule {name!r} must return the loss of a trial and Gradients of arrays, but returned {result!r}")


@dataclass(frozen=True, eq=False)
class Rule:
    """A learning rule. An ablation is another one: ``replace(rflo, name="local", feedback="W_out")``.

    Parameters
    ----------
    name : str
        By which `train` knows it.
    label : str
        By which figures call it; omitted, its name.
    feedback : {"W_out", "B"}
        What carries the error back to the units unless one asks for another: the transposed readout, as the exact
        gradient needs, or the fixed random weights.
    trial, online : callable, optional
        Its kernels, as in `rnn_tutorial.rule`; one of the two or both, which then agree. A kernel is a function in a
        module, best marked `rnn_tutorial.compiled.compiled`, or one in a notebook.
    options : tuple of str
        Names of what `trial` takes besides, each a number of steps. Where none is given, the sum over `online` is
        taken, if there is one; else what is not given is the length of the trial.
    exact : bool
        Whether it is the gradient when the feedback is the transposed readout.
    doc : str
        What there is to know about it.
    numbers : callable, optional
        ``numbers(net, n_steps)``, how many numbers the kernels hold at least at one time, where that is far more than
        the network and the trial have: for the whole of a trial of so many steps, or with 0 at a single step.
    """

    name: str
    label: str = ""
    feedback: Literal["W_out", "B"] = "W_out"
    trial: Callable | None = None
    online: Callable | None = None
    options: tuple[str, ...] = ()
    exact: bool = False
    doc: str | None = ""
    numbers: Callable[[Network, int], int] | None = None

    def __post_init__(self):
        _check.choice("feedback", self.feedback, ("W_out", "B"))
        _check.instance("name", self.name, str)
        _check.instance("options", self.options, tuple)
        kernels = [kernel for kernel in (self.trial, self.online) if kernel is not None]
        if not kernels or not all(map(callable, kernels)):
            raise ValueError(f"rule {self.name!r} must have a kernel, trial or online, but got {kernels or 'none'}")
        if self.options and self.trial is None:
            raise ValueError(f"options must be () without the kernel trial, which takes them, but got {self.options!r}")
        if not (self.numbers is None or callable(self.numbers)):
            raise ValueError(f"numbers must be a function of a network and a number of steps, but got {self.numbers!r}")
        object.__setattr__(self, "label", self.label or self.name)

    def gradient(self, net: Network, x: ArrayLike, y_target: ArrayLike, **options: Any) -> Gradients:
        """The rule's gradient of the loss of one trial, exact or an estimate, to be subtracted.

        Parameters
        ----------
        net : Network
        x, y_target : array_like, shape (T, n_in) and (T, n_out)
        **options
            ``feedback``, ``"W_out"`` or ``"B"``, instead of the rule's own, and the rule's `options`.

        Raises
        ------
        ValueError
            If a shape does not fit, a value is complex or not finite, or an option has no such value.
        TypeError
            If the rule has no such option.
        MemoryError
            If the machine has less memory than the rule needs.
        """
        return self.loss_and_gradient(net, x, y_target, **options)[1]

    def loss_and_gradient(
        self, net: Network, x: ArrayLike, y_target: ArrayLike, **options: Any
    ) -> tuple[float, Gradients]:
        """The loss of one trial and the rule's gradient; parameters and errors are those of `gradient`."""
        x, y_target = real_trial(net, x, y_target)
        feedback, kernel = self.at_trial_end(**options)
        self.check_memory(net, len(x))
        return of_kernel(self.name, kernel(net.arrays(feedback), x, y_target), net)

    def contributions(self, net: Network, x: ArrayLike, y_target: ArrayLike, **options: Any) -> Gradients:
        """What each step adds to `gradient`, known at that step already; parameters are those of `gradient`.

        The arrays have time first: ``(T,) + shape``. Their sum over time is the trial's gradient.

        Raises
        ------
        ValueError
            As `gradient`, and if the rule is not online, or is asked for an option of the trial's end.
        """
        x, y_target = real_trial(net, x, y_target)
        feedback, kernel = self.at_every_step(**options)
        self.check_memory(net, 0)
        _check.memory(f"a gradient for each of {len(x)} steps", len(x) * sum(w.size for w in net.weights))
        into = places(net, len(x))
        kernel(net.arrays(feedback), x, y_target, into, ONE)
        return into

    def at_trial_end(self, **options: Any) -> tuple[Literal["W_out", "B"], Callable]:
        """The name of the feedback, and a function of Arrays, x and y_target that gives loss and Gradients."""
        feedback, lengths = self._settle(options)
        trial = self.trial
        if trial is None or (self.online is not None and lengths and not any(lengths)):
            return feedback, partial(_summed, self.online)
        if not lengths:
            return feedback, trial
        return feedback, lambda net, x, y_target: trial(
            net, x, y_target, *(len(x) if length is None else min(length, len(x)) for length in lengths)
        )

    def at_every_step(self, **options: Any) -> tuple[Literal["W_out", "B"], Callable]:
        """The name of the feedback, and the online kernel; ValueError if there is none with these options."""
        feedback, lengths = self._settle(options)
        if self.online is None:
            raise ValueError(
                f"{self.label} has no contribution of a single step to hand out: it knows the credit of a step only "
                "after the trial has ended. Use an online rule, such as 'rflo', or update at the end of the trial."
            )
        if any(lengths):
            given = next(name for name, length in zip(self.options, lengths, strict=True) if length)
            raise ValueError(f"{given} must be None for a single step, as credit goes backward in it")
        return feedback, self.online

    def check_memory(self, net: Network, n_steps: int) -> None:
        """Raise MemoryError if the machine has less memory than the kernels need; `n_steps` is that of `numbers`."""
        if self.numbers is not None:
            n_numbers = _check.integer(f"what numbers returns for rule {self.name!r}", self.numbers(net, n_steps), 0)
            trial = f", in a trial of {n_steps} steps" if n_steps else ""
            _check.memory(f"{self.label} of n_rec={net.n_rec} and n_in={net.n_in}{trial}", n_numbers)

    def _settle(self, options) -> tuple[Literal["W_out", "B"], list[int | None]]:
        """The feedback's name, and the values of the rule's options in their order."""
        known = ("feedback", *self.options)
        for name in options.keys() - {*known}:
            raise TypeError(f"rule {self.name!r} has no option {name!r}; it has {', '.join(known)}")
        feedback = _check.choice("feedback", options.get("feedback", self.feedback), ("W_out", "B"))
        lengths = [options.get(name) for name in self.options]
        for k, length in enumerate(lengths):
            if length is not None:
                lengths[k] = _check.integer(self.options[k], length, at_least=1)
        return feedback, lengths

    def __reduce__(self):
        # Kernels go to other processes by name: one that is sent by value is compiled anew in each of them.
        return _made, tuple(_named(getattr(self, field.name)) for field in fields(self))


ONE = Gradients(1.0, 1.0, 1.0)  # pyright: ignore[reportArgumentType]


def _summed(online, net, x, y_target):
    """The loss of a trial, and the sum of the shares of its steps."""
    into = places(net, 1)
    loss = online(net, x, y_target, into, ONE)
    return loss, Gradients(*(total[0] for total in into))


class _Name(NamedTuple):
    module: str
    function: str


def _named(value):
    """The name of a kernel that stands in a module; what is not one stays as it is."""
    function = plain(value)
    module, name = getattr(function, "__module__", None), getattr(function, "__name__", None)
    if not callable(value) or name is None or module in (None, "__main__"):
        return value
    return _Name(module, name) if getattr(sys.modules.get(module), name, None) is value else value


def _made(*values):
    return Rule(*(getattr(import_module(v.module), v.function) if isinstance(v, _Name) else v for v in values))
