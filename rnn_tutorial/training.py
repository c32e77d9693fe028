"""One training loop for all rules."""

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import length_hint
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from rnn_tutorial import _check, diagnostics
from rnn_tutorial.compiled import compiled
from rnn_tutorial.network import Floats, Gradients, Network, forward
from rnn_tutorial.rule import Rule, as_gradients, of_kernel, real_trial
from rnn_tutorial.rules import RULES
from rnn_tutorial.tasks import Task

__all__ = ["DivergenceWarning", "History", "train"]


class DivergenceWarning(RuntimeWarning):
    """Training was stopped because a loss or an update was not finite."""


@dataclass(frozen=True, eq=False)
class History:
    """The record of a training run.

    Attributes
    ----------
    network : Network
        After the last trial of the record; when the run diverged, the last network whose loss was finite.
    loss : ndarray, shape (n_trials,)
        Loss of each trial, before the update at its end; with updates at every step, of the outputs as they were made.
    alignment : ndarray, shape (n_trials,)
        Cosine of ``W_out`` and ``B`` transposed in each trial, before its update; NaN if one of them is zero.
    stopped : {None, "interrupted", "diverged"}
        Why the run ended before its time, if it did. The record then holds fewer trials, unless it was the last one's
        update that diverged, and every loss is finite.
    looks : ndarray of int, shape (n_looks,)
        Numbers of trials after which the run was looked at, if it was.
    networks : list of Network
        The networks at these looks, if they were kept.
    watched : dict of Gradients
        What each of the watched rules said at these looks; the arrays have the looks as their first axis.
    """

    network: Network
    loss: Floats
    alignment: Floats
    stopped: str | None
    looks: NDArray[np.int_] = field(default_factory=lambda: np.empty(0, int))
    networks: Sequence[Network] = ()
    watched: Mapping[str, Gradients] = field(default_factory=dict)

    def cosines(self, a: str, b: str, weights: Literal["W", "W_in", "W_out"] = "W") -> Floats:
        """Cosines, shape (n_looks,), between what the watched rules of these two names said of some weights."""
        return self._compared(diagnostics.cosine, a, b, weights)

    def angles(self, a: str, b: str, weights: Literal["W", "W_in", "W_out"] = "W") -> Floats:
        """Angles in degrees; otherwise as `cosines`."""
        return self._compared(diagnostics.angle, a, b, weights)

    def _compared(self, measure, a, b, weights):
        _check.choice("weights", weights, Gradients._fields)
        if not self.watched:
            raise ValueError(f"a and b must be watched rules, but got {a!r} and {b!r}, and no rule was watched")
        pairs = (getattr(self.watched[_check.choice("watched rule", name, self.watched)], weights) for name in (a, b))
        return np.array([measure(one, other) for one, other in zip(*pairs, strict=True)])


def train(
    net: Network,
    task: Task | Callable[[int], Task],
    rule: str | Rule | Callable[..., Gradients] = "rflo",
    n_trials: int = 1000,
    learning_rate: float | Mapping[str, float] = 0.03,
    update: Literal["trial", "step"] = "trial",
    progress: bool = True,
    *,
    batch: int = 1,
    carry_state: bool = False,
    after: Callable[[Gradients], Gradients] | None = None,
    max_norm: float | None = None,
    every: int | Iterable[int] | None = None,
    watch: Mapping[str, str | Rule | Callable[..., Gradients]] | None = None,
    **options: Any,
) -> History:
    """Train a network on a task.

    Two runs one after the other equal one long run: to train on is to call this again with ``history.network``. A task
    that is a function begins with trial 0 again.

    Parameters
    ----------
    net : Network
        Left as it is.
    task : Task or callable
        Presented in every trial. A function of the trial's number, from 0, returns the Task of that trial.
    rule : {"rflo", "bptt", "rtrl"}, Rule or callable
        A function ``rule(net, x, y_target, **options)`` that returns Gradients is a rule too.
    n_trials : int
        Number of trials, or of batches of trials.
    learning_rate : float or mapping
        One rate for all weights, or ``{"W_in": ..., "W": ..., "W_out": ...}``; what is not named does not learn.
    update : {"trial", "step"}
        When to change the weights: at the end of each trial, or at every step with that step's contribution to the
        trial's gradient (online rules only). The contributions carry the factor 1/T of the loss, so one
        learning rate means the same in both. A rate of the paper's per-step rule (Eq. 5) is this one divided by T.
    progress : bool
        Show a progress bar when it takes more than a second.
    batch : int
        Average the gradients of this many trials, one after the other, for each update.
    carry_state : bool
        Begin each trial in the state in which the one before it ended, and not in ``net.h0``. The network of the
        history has the last state for its ``h0``.
    after : callable, optional
        ``after(weights)`` is called after each trial with a copy of the weights as Gradients, and returns those to go
        on with.
    max_norm : float, optional
        Where the gradient of ``W`` is longer than this (Frobenius norm), it is scaled down to this length.
    every : int or sequence of int, optional
        Keep the network before the first trial and after each so many, or after these numbers of trials.
    watch : dict, optional
        Other rules by a name for each, asked about the same networks and trials without any effect on the training:
        at the looks of `every`, or in each trial. A look is at the trial that comes next; after the last one, at that
        again.
    **options
        Passed to the rule, as ``feedback="W_out"``, ``truncation=20`` for BPTT or ``block=50`` for RTRL.

    Returns
    -------
    History
        Also when the run is interrupted from the keyboard, or when it diverges: then with what was done until then.

    Warns
    -----
    DivergenceWarning
        When a loss or an update is not finite; training stops at once.

    Raises
    ------
    ValueError
        If an argument does not fit, or `rule` cannot learn at every step, as BPTT and RTRL in blocks cannot.
    TypeError
        If the rule has no such option.
    MemoryError
        If the machine has less memory than the record of so many trials needs, or the looks, a batch or the rule.
    """
    _check.instance("net", net, Network)
    at_step = _check.choice("update", update, ("trial", "step")) == "step"
    n_trials = _check.integer("n_trials", n_trials, at_least=0)
    batch = _check.integer("batch", batch, at_least=1)
    _check.memory(f"the record of n_trials={n_trials}", 25 * n_trials)  # numbers of Python are large
    carry_state, progress = _check.flag("carry_state", carry_state), _check.flag("progress", progress)
    if not (after is None or callable(after)):
        raise ValueError(f"after must be a function of the weights or None, but got {after!r}")
    if not (watch is None or isinstance(watch, Mapping)):
        raise ValueError(f"watch must be a dict from names to rules or None, but got {watch!r}")
    for told_as in watch or ():
        _check.instance("each name in watch", told_as, str)
    for name, given in {"batch": batch > 1, "carry_state": carry_state, "max_norm": max_norm is not None}.items():
        if given and at_step:
            raise ValueError(f"update must be 'trial' with {name}, but got 'step'")
    if carry_state and batch > 1:
        raise ValueError("carry_state must be False with a batch of more than one trial, whose state is not one")
    max_norm = np.inf if max_norm is None else _check.number("max_norm", max_norm, above=0)
    name = rule if isinstance(rule, str) else getattr(rule, "name", getattr(rule, "__name__", "training"))
    rates, looks = _rates(learning_rate), _looks(every, watch, n_trials)
    watched = {told_as: _gradient_of(told_as, other) for told_as, other in (watch or {}).items()}
    n_kept, n_weights = (every is not None) + len(watched), sum(w.size for w in net.weights)
    _check.memory(f"the gradients of batch={batch} trials", batch * n_weights)
    _check.memory(f"what is kept of {len(looks)} looks", len(looks) * n_kept * n_weights)
    known = _known(rule)
    feedback, kernel = _kernel(net, known, at_step, options)
    # Of a compiled kernel, one trial tells the types for all; to look at each would take a part of a short one.
    look_at_each = not all(hasattr(of_rule, "py_func") for of_rule in _kernels(known))

    def draw(k):
        """Input and target of trial k, in real arrays of their own."""
        x, y_target = _trial(net, task(k) if callable(task) else task)
        if isinstance(known, Rule):
            known.check_memory(net, 0 if at_step else len(x))
        return x, y_target

    fixed = None if callable(task) else [draw(0)] * batch

    # The networks before, in and after a trial take turns, so that none is copied and the last finite one is at hand.
    states = [net.arrays(feedback) for _ in range(3)]
    weights = [Gradients(state.W_in, state.W, state.W_out) for state in states]
    places = [Gradients(*(w[np.newaxis] for w in of_state)) for of_state in weights]
    uphill = Gradients(*(-rate for rate in rates))
    B = net.B / (np.abs(net.B).max() or 1)  # squares of which neither overflow nor vanish

    def learn(k, trials):
        """The loss of trial k, the alignment before its update, and whether the weights after it are finite."""
        now, then = states[k % 3], states[(k + 1) % 3]
        if at_step:
            for w, before in zip(weights[(k + 1) % 3], weights[k % 3], strict=True):
                w[:] = before
            loss = kernel(then, *trials[0], places[(k + 1) % 3], uphill)
            if k == 0 or look_at_each:
                of_kernel(name, (loss, net.weights), net)
            alignment, finite = judge(now, then, B)
        else:
            results = [kernel(now, *given) for given in trials]
            for result in results if k == 0 or look_at_each else ():
                of_kernel(name, result, net)
            loss, gradients = results[0] if batch == 1 else _mean(results)
            if max_norm < np.inf:
                gradients = gradients._replace(W=_shortened(gradients.W, max_norm))
            alignment, finite = descend(now, gradients, rates, B, then)
            if carry_state:
                then.h0[:] = forward(now, trials[0][0])[0][-1]
        if after is not None and finite:
            copy = Gradients(*map(np.copy, weights[(k + 1) % 3]))  # it may be kept, and ours are overwritten
            changed = as_gradients("after", after(copy), net)
            for w, new in zip(weights[(k + 1) % 3], changed, strict=True):
                w[:] = _check.array("each of the weights that after returns", new, w.shape)
        return loss, alignment, finite

    def network(k):
        return replace(net, h0=states[k % 3].h0, **weights[k % 3]._asdict())

    def look(k, trials):
        current = network(k)
        told = {
            name: _mean([(0, gradient(current, *given)) for given in trials])[1] for name, gradient in watched.items()
        }
        seen.append((k, current, told))

    # One entry for each trial, added in one piece, so that an interruption leaves nothing half recorded.
    record, seen, trials, k, stopped = [], [], fixed, 0, None
    bar = tqdm(total=n_trials, desc=name, delay=1, disable=not progress, leave=False)
    try:
        with bar, np.errstate(over="ignore", invalid="ignore"):
            for k in range(n_trials):
                trials = fixed or [draw(j) for j in range(k * batch, (k + 1) * batch)]
                of_trial = learn(k, trials)
                if not abs(of_trial[0]) < np.inf:
                    stopped = "diverged"
                    break
                if k in looks:
                    look(k, trials)
                record.append(of_trial)
                if not of_trial[2]:
                    stopped = "diverged"
                    break
                if bar.update():
                    bar.set_postfix(loss=of_trial[0], refresh=False)
            else:
                if n_trials in looks:
                    look(n_trials, trials or [draw(0)])
    except KeyboardInterrupt:
        stopped = "interrupted"
    if stopped == "diverged":
        warnings.warn(
            f"Training diverged in trial {k}, whose loss or update is not finite, and was stopped. The history holds "
            f"{len(record)} trials. A smaller learning_rate may help.",
            DivergenceWarning,
            stacklevel=2,
        )
    loss, alignment = np.array([entry[:2] for entry in record]).reshape(-1, 2).T.copy()
    alignment = np.clip(alignment, -1, 1)  # which rounding may pass by
    return History(
        network(max(len(record) - (stopped == "diverged"), 0)),
        loss,
        alignment,
        stopped,
        np.array([k for k, *_ in seen], int),
        [current for _, current, _ in seen] if every is not None else [],
        {  # the weights lend their shapes, for where there was no look
            n: Gradients(*(np.array(of)[1:] for of in zip(net.weights, *(told[n] for *_, told in seen), strict=True)))
            for n in watched
        },
    )


@compiled
def move(w, rate, gradient, moved):
    """``moved = w - rate * gradient``."""
    moved[:] = w - rate * gradient


@compiled
def descend(now, gradients, rates, B, then):
    """Make the weights of `then` those of `now` less the rates times the gradients; the rest is that of `judge`."""
    move(now.W_in, rates.W_in, gradients.W_in, then.W_in)
    move(now.W, rates.W, gradients.W, then.W)
    move(now.W_out, rates.W_out, gradients.W_out, then.W_out)
    return judge(now, then, B)


@compiled
def judge(now, then, B):
    """The cosine of `B` and the readout weights in `now`, and whether all weights of `then` are finite."""
    readout = now.W_out.T / np.max(np.abs(now.W_out))
    alignment = np.sum(readout * B) / np.sqrt(np.sum(readout**2) * np.sum(B**2))
    # Compared, as rnn_tutorial.compiled explains.
    return alignment, abs(np.sum(then.W_in) + np.sum(then.W) + np.sum(then.W_out)) < np.inf


def _trial(net, task):
    """Input and target of a task, in real arrays of their own."""
    if not isinstance(task, Task):
        raise ValueError(f"task must be a Task, or a function that returns one, but got {task!r}")
    return real_trial(net, task.x, task.y_target)


def _known(rule):
    """A Rule, or a function."""
    if isinstance(rule, str):
        return RULES[_check.choice("rule", rule, RULES)]
    if not isinstance(rule, Rule) and not callable(rule):
        raise ValueError(f"rule must be one of {', '.join(map(repr, RULES))}, a Rule or a function, but got {rule!r}")
    return rule


def _gradient_of(name, rule):
    """A function of a network and a trial."""
    rule = _known(rule)
    if isinstance(rule, Rule):
        return rule.gradient
    return lambda net, *trial: as_gradients(f"watched rule {name!r}", rule(net, *map(_read_only, trial)), net)


def _kernel(net, rule: Any, at_step, options) -> tuple[Literal["W_out", "B"], Callable]:
    """The name of the feedback in use, and a kernel, as of `rnn_tutorial.rule`; of a function, one that calls it."""
    if isinstance(rule, Rule):
        of_trial = rule.at_trial_end(**options)
        if not at_step:
            return of_trial
        try:
            return rule.at_every_step(**options)
        except ValueError as error:
            raise ValueError(f"update must be 'trial' for rule {rule.name!r}, but got 'step'. {error}") from None
    if at_step:
        raise ValueError("update must be 'trial' for a rule given as a function, but got 'step'")

    def kernel(now, x, y_target):
        current = replace(net, W_in=now.W_in, W=now.W, W_out=now.W_out, h0=now.h0)
        loss, gradients = current.loss(x, y_target), current.weights
        if np.isfinite(loss):
            told = rule(current, _read_only(x), _read_only(y_target), **options)
            gradients = as_gradients(f"rule {getattr(rule, '__name__', rule)!r}", told, net)
        return loss, Gradients(*map(np.copy, gradients))

    return "B", kernel


def _kernels(rule):
    """The kernels of a Rule; of a function, none, as what it returns is looked at each time in any case."""
    return [kernel for kernel in (rule.trial, rule.online) if kernel] if isinstance(rule, Rule) else []


def _read_only(array):
    """A view through which a function of the user's cannot change what comes after it."""
    view = array.view()
    view.flags.writeable = False
    return view


def _mean(results):
    """The mean loss and the mean Gradients."""
    losses, gradients = zip(*results, strict=True)
    return np.mean(losses), Gradients(*(np.mean(parts, axis=0) for parts in zip(*gradients, strict=True)))


def _shortened(gradient, max_norm):
    """The gradient at no more than this length."""
    norm = np.linalg.norm(gradient)
    if norm <= max_norm:
        return gradient
    if not norm < np.inf:  # its squares overflow
        gradient = gradient / np.abs(gradient).max()
        norm = np.linalg.norm(gradient)
    return gradient * (max_norm / norm)


def _looks(every, watch, n_trials):
    """The numbers of trials after which to look at the run."""
    if every is None:
        return range(n_trials + 1) if watch else range(0)
    if not isinstance(every, Iterable) or isinstance(every, str) or getattr(every, "ndim", 1) == 0:
        return range(0, n_trials + 1, _check.integer("every", every, at_least=1))
    _check.memory("that many numbers in every", 10 * length_hint(every))
    return {k for k in every if _check.integer("each of every", k, at_least=0) <= n_trials}


def _rates(learning_rate):
    """The learning rates of W_in, W and W_out, from a number or a mapping."""
    if not isinstance(learning_rate, Mapping):
        learning_rate = dict.fromkeys(Gradients._fields, learning_rate)
    rates = dict.fromkeys(Gradients._fields, 0.0)
    for name, rate in learning_rate.items():
        _check.choice("learning_rate key", name, Gradients._fields)
        rates[name] = _check.number(f"learning_rate of {name}", rate, at_least=0)
    return Gradients(**rates)  # pyright: ignore[reportArgumentType]
