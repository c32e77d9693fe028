"""Ready-Set-Go, the task of Murray (2019), Fig. 3: answer two pulses with a third, after the interval between them."""

import numpy as np

from rnn_book.browser import unless_browser
from rnn_book.experiments import Experiment, load
from rnn_book.experiments.periodic import SEEDS, SWEEP_SEEDS
from rnn_book.experiments.runs import best_rates, networks, record, train_quietly, until_lost
from rnn_tutorial.network import Network
from rnn_tutorial.tasks import Task

__all__ = [
    "EXPERIMENTS",
    "LONGEST",
    "RATES",
    "READY",
    "SHORTEST",
    "WIDTH",
    "pulse",
    "ready_set_go",
    "response",
    "train_interval",
]

WIDTH = 15  # standard deviation of a pulse, in steps (the paper's)
READY = 45  # the step of the first pulse's peak
SHORTEST = 50  # the shortest interval
LONGEST = (100, 150, 250)  # the longest, one network for each; 250 steps are 25 tau
BATCH = 10
RATES = {"rflo": (0.001, 0.003, 0.01, 0.03, 0.1), "bptt": (0.003, 0.01, 0.03, 0.1, 0.3)}  # the first is the paper's
THRESHOLD = 0.5  # an output that stays below this half of the target's peak is no answer


def pulse(T, peak):
    """A Gaussian pulse of height 1 and standard deviation `WIDTH`, shape (T,)."""
    return np.exp(-0.5 * ((np.arange(T) - peak) / WIDTH) ** 2)


def ready_set_go(interval, longest):
    """One trial.

    Parameters
    ----------
    interval : int
        Steps from the first pulse to the second, and from there to the answer.
    longest : int
        The longest interval of the task, which sets the length of every trial.

    Returns
    -------
    x : ndarray, shape (T, 2)
        Ready and Set, each by its own input.
    y_target : ndarray, shape (T, 1)
    """
    T = READY + 2 * longest + 3 * WIDTH
    x = np.stack([pulse(T, READY), pulse(T, READY + interval)], axis=1)
    return x, pulse(T, READY + 2 * interval)[:, np.newaxis]


def response(y, interval):
    """The produced interval: from Set to the highest output after it; NaN if that is below `THRESHOLD`.

    Parameters
    ----------
    y : ndarray, shape (T, 1)
    interval : int
        Between Ready and Set.

    Returns
    -------
    float
        In steps.
    """
    after = y[READY + interval :, 0]
    return float(np.argmax(after)) if after.max() >= THRESHOLD else np.nan


def train_interval(seed, longest, rule, rate, n_trials):
    """Train one network on intervals up to a longest one, with an update for each batch of ten trials.

    Parameters
    ----------
    seed : int
        Seed of the network and of the intervals drawn.
    longest : int
    rule : {"rflo", "bptt"}
    rate : float
        Learning rate, for the gradient of the batch's mean loss.
    n_trials : int

    Returns
    -------
    dict
        As of `runs.record`, with batches for trials and without the alignment; ``interval``, nine intervals of a test
        with learning off, and ``produced``, what the network answers, NaN where it does not
        or the run diverged.
    """
    rng = np.random.default_rng([seed, 3])

    def present(trial):
        return Task(*ready_set_go(rng.integers(SHORTEST, longest + 1), longest))

    history = train_quietly(
        Network.random(2, 100, 1, seed=seed),
        present,
        rule=rule,
        learning_rate=rate,
        n_trials=n_trials // BATCH,
        batch=BATCH,
    )
    net, kept = history.network, record(history, n_trials // BATCH, until_lost(history.loss))
    interval = np.linspace(SHORTEST, longest, 9).round().astype(int)
    produced = np.full(len(interval), np.nan)
    if not kept["diverged"]:
        produced[:] = [response(net.run(ready_set_go(one, longest)[0]).y, one) for one in interval]
    return kept | {"interval": interval, "produced": produced}


def _settings(tried, n_trials):
    return [{"longest": longest, "rule": rule, "rate": rate, "n_trials": n_trials} for longest, rule, rate in tried]


def _rate_settings(quick):
    if quick:
        return _settings([(100, rule, 0.03) for rule in RATES], unless_browser(300, 100))
    return _settings([(longest, rule, rate) for longest in LONGEST for rule in RATES for rate in RATES[rule]], 5000)


def _best_settings(quick):
    if quick:
        return _rate_settings(quick)
    best = best_rates(load("ready_set_go_rates"), "longest", "rule")
    return _settings([(longest, rule, best[longest, rule]) for longest in LONGEST for rule in RATES], 5000)


def _short(setting):
    return setting | {"n_trials": 3 * BATCH}  # its curve has a loss for each batch


EXPERIMENTS = [
    Experiment(
        "ready_set_go_rates",
        "Ready-Set-Go: which learning rate?",
        train_interval,
        _rate_settings,
        networks(SWEEP_SEEDS),
        short=_short,
    ),
    Experiment(
        "ready_set_go",
        "Ready-Set-Go, at the best rates: up to which interval do RFLO and BPTT learn to answer?",
        train_interval,
        _best_settings,
        networks(SEEDS),
        short=_short,
    ),
]
