"""The rates of the chapter on signals: a heartbeat, and a hand's path from one start and from varied ones."""

from dataclasses import replace

import numpy as np

from rnn_book.experiments import Experiment
from rnn_book.experiments.runs import networks, record, train_quietly
from rnn_tutorial import _check, bptt, rflo
from rnn_tutorial.network import Network
from rnn_tutorial.tasks import hand_movement, heartbeat

__all__ = ["EXPERIMENTS", "RATES", "SIGNALS", "SPREAD", "drawn", "from_varied_starts", "train_recording"]

SPREAD = 0.3  # standard deviation of a varied start
RATES = (0.01, 0.03, 0.1, 0.3, 1.0)
RULES = {"bptt": bptt, "rflo": rflo}
SIGNALS = {"heartbeat": (heartbeat, 150, 5), "hand_movement": (hand_movement, 100, 10)}  # its steps, and tau


def drawn(signal, seed, tau=None):
    """A network for a recording: 30 units, and the recording's time constant if no other is given."""
    make, n_steps, usual = SIGNALS[_check.choice("signal", signal, SIGNALS)]
    return Network.random(1, 30, make(n_steps).n_out, tau=tau or usual, seed=seed)


def from_varied_starts(rule, seed):
    """A rule like this one, from an initial state that is shifted anew in each trial.

    Parameters
    ----------
    rule : Rule
    seed : int
        Of the network, which determines the shifts.

    Returns
    -------
    callable
        ``gradient(net, x, y_target)``.
    """
    rng = np.random.default_rng([seed, 1])

    def gradient(net, x, y_target):
        shifted = net.h0 + SPREAD * rng.normal(size=net.n_rec)
        return rule.gradient(replace(net, h0=shifted), x, y_target)

    return gradient


def train_recording(seed, signal, rule, varied, rate, n_trials):
    """Train one network on a recording.

    Parameters
    ----------
    seed : int
    signal : {"heartbeat", "hand_movement"}
    rule : {"bptt", "rflo"}
    varied : bool
        Whether starts vary.
    rate : float
    n_trials : int

    Returns
    -------
    dict
        As of `runs.record`; the alignment is left out.
    """
    make, n_steps, _ = SIGNALS[_check.choice("signal", signal, SIGNALS)]
    by = RULES[_check.choice("rule", rule, RULES)]
    history = train_quietly(
        drawn(signal, seed),
        make(n_steps),
        rule=from_varied_starts(by, seed) if varied else by,
        learning_rate=rate,
        n_trials=n_trials,
    )
    return record(history, n_trials, history.loss)


def _settings(quick):
    ways = [("heartbeat", False), ("hand_movement", False), ("hand_movement", True)]
    rates, n = ((0.1,), 100) if quick else (RATES, 1200)
    return [
        {"signal": signal, "rule": rule, "varied": varied, "rate": rate, "n_trials": n}
        for signal, varied in ways
        for rule in RULES
        for rate in rates
    ]


EXPERIMENTS = [
    Experiment(
        "signal_rates",
        "A heartbeat and a hand's path: which learning rate?",
        train_recording,
        _settings,
        networks(range(100, 105)),
    ),
]
