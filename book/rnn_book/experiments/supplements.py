"""Supplements to Fig. 2: Dale's law at a matched spectrum, gain of the readout, and RFLO's trace of another length."""

from dataclasses import replace

import numpy as np

from rnn_book.experiments import Experiment
from rnn_book.experiments.periodic import GAINS, MORE_SEEDS, SEEDS, clip, split_by_sign
from rnn_book.experiments.runs import networks, record, train_quietly
from rnn_tutorial import Rule
from rnn_tutorial.network import Network, forward
from rnn_tutorial.rule import from_credit
from rnn_tutorial.tasks import sum_of_sines

__all__ = ["EXPERIMENTS", "TRACES", "matched_signs", "train_gain", "train_matched", "train_trace", "with_trace"]

TRACES = (1, 10, 100)  # no memory, tau, 10 tau
RATE, PERIOD = 0.03, 200  # the paper's rate for both rules at this period


def matched_signs(W):
    """As `periodic.split_by_sign`, scaled to the root-mean-square modulus of the eigenvalues of `W`.

    A column of one sign has a mean, and less spread about it, so that signs alone would lower the gain.

    Parameters
    ----------
    W : ndarray, shape (n_rec, n_rec)

    Returns
    -------
    ndarray, shape (n_rec, n_rec)
    """
    signed = split_by_sign(W)
    size, of_signed = (np.sqrt(np.mean(abs(np.linalg.eigvals(A)) ** 2)) for A in (W, signed))
    return signed * size / of_signed


def train_matched(seed, variant, n_trials):
    """Train one network whose units excite or inhibit, from a start of matched spectrum, with its signs kept.

    Parameters
    ----------
    seed : int
    variant : {"rflo", "bptt"}
    n_trials : int

    Returns
    -------
    dict
        As of `runs.record`.
    """
    net, task = Network.random(0, 30, 1, seed=seed), sum_of_sines(PERIOD, n_in=0)
    history = train_quietly(
        replace(net, W=matched_signs(net.W)), task, rule=variant, learning_rate=RATE, n_trials=n_trials, after=clip
    )
    return record(history, n_trials)


def train_gain(seed, variant, g, n_trials):
    """Train one network whose gain scales the readout as well as the recurrent weights.

    Parameters
    ----------
    seed : int
    variant : {"rflo", "bptt"}
    g : float
    n_trials : int

    Returns
    -------
    dict
        As of `runs.record`.
    """
    net, task = Network.random(0, 30, 1, g=g, seed=seed), sum_of_sines(PERIOD, n_in=0)
    history = train_quietly(
        replace(net, W_out=g * net.W_out), task, rule=variant, learning_rate=RATE, n_trials=n_trials
    )
    return record(history, n_trials)


def with_trace(tau_e, T):
    """RFLO with traces that last for `tau_e` steps, in trials of T steps; with tau for `tau_e` it is RFLO.

    Parameters
    ----------
    tau_e : float
    T : int

    Returns
    -------
    Rule
        For updates at the end of a trial.
    """
    steps = np.arange(T)
    leak = np.triu((1 - 1 / tau_e) ** abs(steps - steps[:, np.newaxis]))

    def trial(net, x, y_target):
        h, _, r, y = forward(net, x)
        error = y_target - y
        return from_credit((1 - r**2) * (leak @ error @ net.feedback.T) / tau_e, error, h, x)

    return Rule(f"trace of {tau_e} steps", feedback="B", trial=trial)


def train_trace(seed, tau_e, rate, n_trials):
    """Train one network by RFLO with a trace of another length than that of the unit's own memory.

    Parameters
    ----------
    seed : int
    tau_e : float
    rate : float
    n_trials : int

    Returns
    -------
    dict
        As of `runs.record`.
    """
    net, task = Network.random(0, 30, 1, seed=seed), sum_of_sines(PERIOD, n_in=0)
    history = train_quietly(net, task, rule=with_trace(tau_e, PERIOD), learning_rate=rate, n_trials=n_trials)
    return record(history, n_trials)


EXPERIMENTS = [
    Experiment(
        "dale_matched",
        "Periodic task: does learning survive Dale's law if the spectrum of W is matched?",
        train_matched,
        lambda quick: [{"variant": v, "n_trials": 300 if quick else 5000} for v in ("rflo", "bptt")],
        networks(MORE_SEEDS),
    ),
    Experiment(
        "gain_of_readout",
        "Periodic task: is more gain better, if it scales the readout too?",
        train_gain,
        lambda quick: [
            {"variant": v, "g": g, "n_trials": 300 if quick else 10_000} for g in GAINS for v in ("rflo", "bptt")
        ],
        networks(SEEDS),
    ),
    Experiment(
        "trace_memory",
        "Periodic task: does RFLO need the memory of its trace?",
        train_trace,
        lambda quick: [
            {"tau_e": tau_e, "rate": rate, "n_trials": 300 if quick else 3000}
            for tau_e in TRACES
            for rate in ((0.03,) if quick else (0.01, 0.03, 0.1))
        ],
        networks(SEEDS),
    ),
]
