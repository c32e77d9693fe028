"""What the paper does not show: angles, ranks, other feedback weights, other time scales, and the Add task.

All on the periodic task of 20 time constants and the networks of `rnn_book.experiments.periodic`, but for the last.
"""

from dataclasses import replace

import numpy as np

from rnn_book.experiments import Experiment
from rnn_book.experiments.runs import VARIANTS, networks, record, train_quietly, until_lost, with_fresh_feedback
from rnn_tutorial.network import Network
from rnn_tutorial.tasks import Task, sum_of_sines

__all__ = [
    "EXPERIMENTS",
    "LAGS",
    "PARTS",
    "RATES",
    "SCALE_PERIODS",
    "TAUS",
    "add_floors",
    "add_stream",
    "follow",
    "stable_rank",
    "train_add",
    "train_draw",
    "train_scale",
]

PARTS = ("rflo", "local", "random", "fresh")  # the updates that are held against BPTT's gradient
RATES = (0.01, 0.03, 0.1)
TAUS, SCALE_PERIODS = (2, 5, 10, 20), (50, 100, 200, 400)
LAGS = ((1, 2), (2, 4), (4, 8), (8, 16))


def stable_rank(A):
    """The squared Frobenius norm over the squared spectral norm: 1 for rank one, n for n equal singular values."""
    s = np.linalg.svd(A, compute_uv=False)
    return float(np.sum(s**2) / s[0] ** 2)


def follow(seed, rule, n_trials, rate=0.03):
    """Train one network and look at the angles now and then.

    Parameters
    ----------
    seed : int
    rule : {"rflo", "bptt"}
        The rule that trains.
    n_trials : int
    rate : float

    Returns
    -------
    dict
        ``trial``, the numbers of trials after which it was looked at; there, ``loss``, and for each of `PARTS` the
        angle of its update of W to the gradient, in degrees, where "fresh" is RFLO with feedback weights that are drawn
        for this look; at the end, ``spectrum``, the singular values of the change of W over the largest, and ``rank``,
        its stable rank.
    """
    start, task = Network.random(0, 30, 1, seed=seed), sum_of_sines(200, n_in=0)
    looks = np.unique(np.geomspace(1, n_trials, 40).round().astype(int)) if n_trials > 1 else np.array([1])
    watched = VARIANTS | {"fresh": with_fresh_feedback(np.random.default_rng([seed, 3]))}
    history = train_quietly(
        start, task, rule=rule, learning_rate=rate, n_trials=n_trials, every=[0, *looks], watch=watched
    )
    change = history.network.W - start.W
    spectrum = np.linalg.svd(change, compute_uv=False)
    return {name: history.angles(name, "bptt") for name in PARTS} | {
        "trial": history.looks,
        "loss": np.array([net.loss(task.x, task.y_target) for net in history.networks]),
        "spectrum": spectrum / spectrum[0],
        "rank": np.array(stable_rank(change)),
    }


def train_draw(seed, draw, n_trials):
    """Train one network by RFLO with feedback weights drawn again.

    Parameters
    ----------
    seed : int
        Of the network.
    draw : int
        Of its feedback weights.
    n_trials : int

    Returns
    -------
    dict
        ``final`` and ``diverged``, as of `runs.record`, and ``first``, the losses of the first three trials.
    """
    net = Network.random(0, 30, 1, seed=seed)
    net = replace(net, B=np.random.default_rng([seed, draw]).normal(size=net.B.shape))
    history = train_quietly(net, sum_of_sines(200, n_in=0), rule="rflo", learning_rate=0.03, n_trials=n_trials)
    return _ends(history, n_trials)


def train_scale(seed, tau, T, rule, rate, n_trials):
    """Train one network of another time constant on another period.

    Parameters
    ----------
    seed, tau, T : int
    rule : {"rflo", "bptt"}
    rate : float
    n_trials : int

    Returns
    -------
    dict
        ``final`` and ``diverged``, as of `runs.record`, and ``first``, the losses of the first three trials.
    """
    net = Network.random(0, 30, 1, tau=tau, seed=seed)
    return _ends(
        train_quietly(net, sum_of_sines(T, n_in=0), rule=rule, learning_rate=rate, n_trials=n_trials), n_trials
    )


def _ends(history, n_trials):
    kept = record(history, n_trials)
    return {name: kept[name] for name in ("final", "diverged")} | {"first": history.loss[:3]}


# The Add task


def add_stream(bits, lags):
    """Inputs and targets of the Add task (Pitis 2016; Marschall, Cho & Savin 2020), with squared error.

    Parameters
    ----------
    bits : ndarray of {0, 1}, shape (lags[1] + T,)
        Those before the trial first.
    lags : (int, int)
        ``t1 < t2``.

    Returns
    -------
    x : ndarray, shape (T, 2)
        Each bit as one of two units.
    y_target : ndarray, shape (T, 1)
        ``0.5 + 0.5 b[t - t1] - 0.25 b[t - t2]``.
    """
    t1, t2 = lags
    bits = np.asarray(bits, float)
    T = len(bits) - t2
    now, first, second = bits[t2:], bits[t2 - t1 :][:T], bits[:T]
    return np.stack([now, 1 - now], axis=1), (0.5 + 0.5 * first - 0.25 * second)[:, np.newaxis]


def add_floors():
    """The least expected losses of an output that knows neither lag, the first alone, the second alone.

    A fair bit has the variance 1/4. What is not known adds its variance to the mean squared error, and the loss is
    half of that.
    """
    first, second = 0.5**2 / 4, 0.25**2 / 4
    return {"neither": (first + second) / 2, "first": second / 2, "second": first / 2}


def train_add(seed, lags, rule, rate, n_trials, tau=2, T=100):
    """Train one network on an endless stream of bits, in trials of T steps; the state goes on from trial to trial.

    Parameters
    ----------
    seed : int
        Of the network and of its stream.
    lags : (int, int)
    rule : {"rflo", "bptt"}
    rate : float
    n_trials, tau, T : int

    Returns
    -------
    dict
        As of `runs.record`; the alignment is left out.
    """
    rng = np.random.default_rng([seed, 2])
    net = Network.random(2, 32, 1, tau=tau, g=1.0, seed=seed)
    bits = rng.integers(2, size=lags[1] + n_trials * T)

    def present(trial):
        return Task(*add_stream(bits[trial * T : (trial + 1) * T + lags[1]], lags))

    history = train_quietly(net, present, rule=rule, learning_rate=rate, n_trials=n_trials, carry_state=True)
    return record(history, n_trials, until_lost(history.loss))


# What is run


def _scale_settings(quick):
    taus, periods, rates, n = ((5, 10), (50, 100), (0.03,), 300) if quick else (TAUS, SCALE_PERIODS, RATES, 3000)
    return [
        {"tau": tau, "T": T, "rule": rule, "rate": rate, "n_trials": n}
        for tau in taus
        for T in periods
        for rule in ("rflo", "bptt")
        for rate in rates
    ]


def _add_settings(quick):
    lags, rates, n = (LAGS[:1], (0.1,), 500) if quick else (LAGS, (0.03, 0.1, 0.3), 5000)
    return [
        {"lags": list(pair), "rule": rule, "rate": rate, "n_trials": n}
        for pair in lags
        for rule in ("rflo", "bptt")
        for rate in rates
    ]


EXPERIMENTS = [
    Experiment(
        "angles",
        "How far from the true gradient do the rules point, and of which rank is what they learn?",
        follow,
        lambda quick: [{"rule": rule, "n_trials": 300 if quick else 10_000} for rule in ("rflo", "bptt")],
        networks(range(20)),
    ),
    Experiment(
        "feedback_draws",
        "How much does the draw of the feedback weights matter?",
        train_draw,
        lambda quick: [{"draw": k, "n_trials": 300 if quick else 10_000} for k in range(2 if quick else 10)],
        networks(range(20)),
    ),
    Experiment(
        "time_scales",
        "Over time constant and period: where does RFLO fall behind BPTT?",
        train_scale,
        _scale_settings,
        networks(range(20)),
    ),
    Experiment(
        "add",
        "The Add task: which lag was learned?",
        train_add,
        _add_settings,
        lambda quick: range(2 if quick else 20),
    ),
]
