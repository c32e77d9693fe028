"""Other readings of what the paper leaves open, on the periodic task of 20 time constants."""

from dataclasses import replace

import numpy as np

from rnn_book.experiments import Experiment
from rnn_book.experiments.runs import networks, record, train_quietly
from rnn_tutorial import _check
from rnn_tutorial.network import Network
from rnn_tutorial.tasks import sum_of_sines

__all__ = ["EXPERIMENTS", "READINGS", "train_reading"]

READINGS = ("usual", "carried", "sum", "small readout", "large start")
RATE, PERIOD = 0.03, 200  # the paper's, for both rules


def train_reading(seed, variant, reading, n_trials):
    """Train one network under another reading of the paper.

    Parameters
    ----------
    seed : int
    variant : {"rflo", "bptt"}
    reading : {"usual", "carried", "sum", "small readout", "large start"}
        As in the book; with the state carried from trial to trial; with sums over the trial for updates, and not means;
        with readout weights a tenth as large; with an initial state of 1 for each unit.
    n_trials : int

    Returns
    -------
    dict
        As of `runs.record`.
    """
    net, task = Network.random(0, 30, 1, seed=seed), sum_of_sines(PERIOD, n_in=0)
    if _check.choice("reading", reading, READINGS) == "small readout":
        net = replace(net, W_out=net.W_out / 10)
    if reading == "large start":
        net = replace(net, h0=np.ones(30))
    rate = RATE * PERIOD if reading == "sum" else RATE
    history = train_quietly(
        net, task, rule=variant, learning_rate=rate, n_trials=n_trials, carry_state=reading == "carried"
    )
    return record(history, n_trials)


def _settings(quick):
    n = 300 if quick else 3000
    return [{"variant": v, "reading": reading, "n_trials": n} for reading in READINGS for v in ("rflo", "bptt")]


EXPERIMENTS = [
    Experiment(
        "readings",
        "Periodic task: which other readings of the paper can be excluded?",
        train_reading,
        _settings,
        networks(range(20)),
    ),
]
