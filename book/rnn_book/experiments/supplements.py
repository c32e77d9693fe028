"""Two supplements of the paper's Fig. 2 closer to the letter: Dale at a matched spectrum, gain of the readout."""

from dataclasses import replace

import numpy as np

from rnn_book.experiments import Experiment
from rnn_book.experiments.periodic import SEEDS, keep_signs, split_by_sign
from rnn_book.experiments.runs import networks, record, train_quietly
from rnn_tutorial.network import Network
from rnn_tutorial.tasks import sum_of_sines

__all__ = ["EXPERIMENTS", "matched_signs", "train_gain", "train_matched"]

RATE, PERIOD, GAINS = 0.03, 200, (0.5, 1.0, 1.5, 2.0)  # the paper's rate for both rules at this period


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

    def clip(weights):
        return weights._replace(W=keep_signs(weights.W))

    history = train_quietly(
        replace(net, W=matched_signs(net.W)), task, rule=variant, learning_rate=RATE, n_trials=n_trials, after=clip
    )
    return record(history.loss, history.alignment, n_trials)


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
    return record(history.loss, history.alignment, n_trials)


EXPERIMENTS = [
    Experiment(
        "dale_matched",
        "Periodic task: does learning survive Dale's law if the spectrum of W is matched?",
        train_matched,
        lambda quick: [{"variant": v, "n_trials": 300 if quick else 5000} for v in ("rflo", "bptt")],
        networks(SEEDS),
    ),
    Experiment(
        "gain_of_readout",
        "Periodic task: is more gain better, if it scales the readout too?",
        train_gain,
        lambda quick: [
            {"variant": v, "g": g, "n_trials": 300 if quick else 10_000} for g in GAINS for v in ("rflo", "bptt")
        ],
        networks(SEEDS[:10]),
        stored=False,
    ),
]
