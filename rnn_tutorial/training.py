"""One training loop for all rules."""

import warnings
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from tqdm.auto import tqdm

from rnn_tutorial import _check, bptt, diagnostics, rflo, rtrl
from rnn_tutorial.network import Gradients, Network

__all__ = ["RULES", "DivergenceWarning", "History", "train"]

RULES = {"bptt": bptt, "rtrl": rtrl, "rflo": rflo}


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
        Passed to the rule, as ``feedback="W_out"``, or ``truncation=20`` for BPTT.

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
        If an argument does not fit, or `rule` cannot learn at every step.
    """
    rates = _rates(learning_rate)
    advance = _advance(rule, _check.choice("update", update, ("trial", "step")), rates, options)
    _check.integer("n_trials", n_trials, at_least=0)
    net.check_trial(task.x, task.y_target)

    record, stopped = [], None
    finite = net  # the last network whose trial had a finite loss
    bar = tqdm(total=n_trials, disable=not progress, desc=rule if isinstance(rule, str) else "training", leave=False)
    try:
        with bar, np.errstate(over="ignore", invalid="ignore"):
            for trial in range(n_trials):
                trial_loss, weights = advance(net, task.x, task.y_target)
                if np.isfinite(trial_loss):
                    finite = net
                    record.append((trial_loss, diagnostics.alignment(net)))
                if not all(np.isfinite(part).all() for part in (trial_loss, *weights)):
                    stopped, net = "diverged", finite
                    break
                net = replace(net, **weights._asdict())
                bar.set_postfix_str(f"loss {trial_loss:.2g}", refresh=False)
                bar.update()
    except KeyboardInterrupt:
        stopped = "interrupted"
    if stopped == "diverged":
        warnings.warn(
            f"Training diverged in trial {trial}, whose loss or update is not finite, and was stopped. The history "
            f"holds {len(record)} trials. A smaller learning_rate may help.",
            DivergenceWarning,
            stacklevel=2,
        )
    loss, alignment = np.array(record).reshape(-1, 2).T
    return History(net, loss, alignment, stopped)


def _advance(rule, update, rates, options):
    """A function that takes a network through one trial: it returns the loss and the weights after it."""
    if callable(rule):
        if update == "step":
            raise ValueError("update must be 'trial' for a rule given as a function, but got 'step'")

        def loss_and_gradient(net, x, y_target):
            return net.loss(x, y_target), rule(net, x, y_target, **options)

    else:
        module = RULES[_check.choice("rule", rule, RULES)]
        loss_and_gradient = partial(module.loss_and_gradient, **options)
        if update == "step" and module is bptt:
            raise ValueError(f"update must be 'trial' for rule 'bptt', but got 'step'. {bptt.NOT_ONLINE}")
        if update == "step":
            return partial(module.learn, learning_rate=rates, **options)

    def advance(net, x, y_target):
        loss, gradients = loss_and_gradient(net, x, y_target)
        return loss, Gradients(*(w - rate * g for w, rate, g in zip(net.weights, rates, gradients, strict=True)))

    return advance


def _rates(learning_rate):
    """The learning rates of W_in, W and W_out, from a number or a dict."""
    if not isinstance(learning_rate, dict):
        learning_rate = dict.fromkeys(Gradients._fields, learning_rate)
    for name, rate in learning_rate.items():
        _check.choice("learning_rate key", name, Gradients._fields)
        _check.number(f"learning_rate of {name}", rate, at_least=0)
    return Gradients(*(float(learning_rate.get(name, 0)) for name in Gradients._fields))
