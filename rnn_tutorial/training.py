"""One training loop for all rules."""

import inspect
import time
import warnings
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from tqdm.auto import tqdm

from rnn_tutorial import _check, bptt, diagnostics
from rnn_tutorial.network import Gradients, Network
from rnn_tutorial.session import RULES, run_trials

__all__ = ["RULES", "DivergenceWarning", "History", "train"]


class DivergenceWarning(RuntimeWarning):
    """Training was stopped because the loss was no longer finite."""


@dataclass(frozen=True, eq=False)
class History:
    """What a training run leaves.

    Attributes
    ----------
    network : Network
        After the last trial of the record; when the run diverged, the last network whose loss was finite.
    loss : ndarray, shape (n_trials,)
        Of each trial, before the update at its end; with updates at every step, of the outputs as they were made.
    alignment : ndarray, shape (n_trials,)
        Cosine of ``W_out`` and ``B`` transposed in each trial, before its update.
    stopped : {None, "interrupted", "diverged"}
        Why the run ended before its time, if it did. The record then holds fewer trials, all of them finite.
    """

    network: Network
    loss: np.ndarray
    alignment: np.ndarray
    stopped: str | None


def train(net, task, rule="rflo", n_trials=1000, learning_rate=0.03, update="trial", progress=True, **options):
    """Train a network on a task.

    The run keeps nothing but the weights from trial to trial: to train on is to call this again with
    ``history.network``, and two runs one after the other equal one long run.

    Parameters
    ----------
    net : Network
        Left as it is.
    task : Task
        Presented `n_trials` times, each time from the initial state ``net.h0``.
    rule : {"rflo", "bptt", "rtrl"} or callable
        A function ``rule(net, x, y_target, **options)`` that returns Gradients is a rule too.
    n_trials : int
    learning_rate : float or dict
        One rate for all weights, or ``{"W_in": ..., "W": ..., "W_out": ...}``; what is not
        named does not learn.
    update : {"trial", "step"}
        When to change the weights: at the end of each trial, or at every step with that step's contribution to the
        trial's gradient (online rules only). The contributions carry the factor 1/T of the loss, so one
        learning rate means the same in both. A rate of the paper's per-step rule (Eq. 5) is this one divided by T.
    progress : bool
        Show a progress bar.
    **options
        Passed to the rule, as ``feedback="W_out"``, ``truncation=20`` for BPTT or ``block=50`` for RTRL.

    Returns
    -------
    History
        Also when the run is interrupted from the keyboard, or when it diverges: then with what was done until then.

    Warns
    -----
    DivergenceWarning
        When a loss is not finite; training stops at once.

    Raises
    ------
    ValueError
        If an argument does not fit, or `rule` cannot learn at every step, as BPTT and RTRL in blocks cannot.
    """
    _check.choice("update", update, ("trial", "step"))
    _check.integer("n_trials", n_trials, at_least=0)
    net.check_trial(task.x, task.y_target)
    prepare = _python_trial if callable(rule) else _compiled_trials
    advance = prepare(rule, net, task, _rates(learning_rate), update, options)

    # Each part of the run is complete in itself, so that an interruption leaves nothing half recorded.
    parts, stopped = [_Part(net.weights, net.weights, np.empty(0), np.empty(0), -1)], None
    n_done, n_next = 0, 1
    bar = tqdm(total=n_trials, disable=not progress, desc=rule if isinstance(rule, str) else "training", leave=False)
    try:
        with bar, np.errstate(over="ignore", invalid="ignore"):
            while n_done < n_trials and parts[-1].failed < 0:
                begin = time.perf_counter()
                parts.append(advance(parts[-1].weights, parts[-1].finite, min(n_next, n_trials - n_done)))
                n = len(parts[-1].loss)  # fewer than asked for if the run failed, or the rule is a function
                n_done += n
                bar.set_postfix(loss=parts[-1].loss[-1:], refresh=False)
                bar.update(n)
                # A part lasts about a tenth of a second: the bar moves, and Ctrl-C is heard. Some clocks are coarse.
                in_time = int(n * 0.1 / max(time.perf_counter() - begin, 1e-6))
                n_next = max(1, min(2 * n, in_time))
    except KeyboardInterrupt:
        stopped = "interrupted"
    weights, finite, _, _, failed = parts[-1]
    loss, alignment = (np.concatenate([getattr(part, name) for part in parts]) for name in ("loss", "alignment"))
    if failed >= 0:
        stopped, weights = "diverged", finite
        warnings.warn(
            f"Training diverged in trial {len(loss) - len(parts[-1].loss) + failed}, whose loss or update is not "
            f"finite, and was stopped. The history holds {len(loss)} trials. A smaller learning_rate may help.",
            DivergenceWarning,
            stacklevel=2,
        )
    return History(replace(net, **weights._asdict()), loss, alignment, stopped)


class _Part(NamedTuple):
    """Some trials of a run, one after the other."""

    weights: Gradients  # after them
    finite: Gradients  # before the last trial whose loss was finite
    loss: np.ndarray
    alignment: np.ndarray
    failed: int  # the trial whose loss or update was not finite, or -1


def _compiled_trials(rule, net, task, rates, update, options):
    """A function that advances the weights by some trials of one of our rules."""
    module = RULES[_check.choice("rule", rule, RULES)]
    settings = inspect.signature(module.gradient).bind(net, task.x, task.y_target, **options)
    settings.apply_defaults()
    if update == "step" and module is bptt:
        raise ValueError(f"update must be 'trial' for rule 'bptt', but got 'step'. {bptt.NOT_ONLINE}")
    feedback = settings.arguments["feedback"]
    truncation = settings.arguments.get("truncation")
    truncation = task.T if truncation is None else _check.integer("truncation", truncation, at_least=1)
    block = settings.arguments.get("block")
    block = 0 if block is None else _check.integer("block", block, at_least=1)
    if block and update == "step":
        raise ValueError("update must be 'trial' with a block, inside which credit goes backward, but got 'step'")
    scale = tuple(-rate for rate in rates)

    def advance(weights, finite, n):
        current = replace(net, **weights._asdict())
        weights, fed_back, *trial = current.kernel_arguments(task.x, task.y_target, feedback)
        if feedback == "W_out":
            fed_back = weights.W_out.T  # a view, which follows the readout as it learns
        finite = Gradients(*(w.copy() for w in finite))
        loss, alignment = np.empty(n), np.empty(n)
        n_done, failed = run_trials(
            list(RULES).index(rule), update == "step", weights, finite, fed_back, net.B.copy(), *trial, truncation,
            block, scale, loss, alignment,
        )  # fmt: skip
        return _Part(weights, finite, loss[:n_done], alignment[:n_done], failed)

    return advance


def _python_trial(rule, net, task, rates, update, options):
    """A function that advances the weights by one trial of a rule given as a function."""
    if update == "step":
        raise ValueError("update must be 'trial' for a rule given as a function, but got 'step'")

    def advance(weights, finite, n):
        current = replace(net, **weights._asdict())
        loss = current.loss(task.x, task.y_target)
        if not np.isfinite(loss):
            return _Part(weights, finite, np.empty(0), np.empty(0), 0)
        gradients = rule(current, task.x, task.y_target, **options)
        moved = Gradients(*(w - rate * g for w, rate, g in zip(weights, rates, gradients, strict=True)))
        failed = -1 if all(np.isfinite(w).all() for w in moved) else 0
        return _Part(moved, weights, np.array([loss]), np.array([diagnostics.alignment(current)]), failed)

    return advance


def _rates(learning_rate):
    """The learning rates of W_in, W and W_out, from a number or a dict."""
    if not isinstance(learning_rate, dict):
        learning_rate = dict.fromkeys(Gradients._fields, learning_rate)
    for name, rate in learning_rate.items():
        _check.choice("learning_rate key", name, Gradients._fields)
        _check.number(f"learning_rate of {name}", rate, at_least=0)
    return Gradients(*(float(learning_rate.get(name, 0)) for name in Gradients._fields))
