"""What a low loss costs: the rules on the sum of sines, whose trials have very different prices."""

from rnn_book.experiments import Experiment
from rnn_book.experiments.runs import networks, record, train_quietly
from rnn_book.experiments.snap1 import rule as snap1
from rnn_tutorial import _check, bptt, rflo
from rnn_tutorial.network import Network
from rnn_tutorial.tasks import sum_of_sines

__all__ = ["EXPERIMENTS", "PERIOD", "RATES", "WAYS", "train_way"]

PERIOD = 100
RULES = {"bptt": bptt, "rflo": rflo, "snap1": snap1}
# RTRL, whole or in blocks, has BPTT's gradient, and so its losses.
WAYS = (("bptt", None), ("bptt", 5), ("bptt", 10), ("bptt", 25), ("rflo", None), ("snap1", None))
RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
SEEDS = range(20)


def train_way(seed, rule, K, rate, n_trials):
    """Train one network.

    Parameters
    ----------
    seed : int
    rule : {"bptt", "rflo", "snap1"}
    K : int or None
        BPTT is cut after so many steps.
    rate : float
    n_trials : int

    Returns
    -------
    dict
        As of `runs.record`.
    """
    options = {"rule": RULES[_check.choice("rule", rule, RULES)]} | ({} if K is None else {"truncation": K})
    net, task = Network.random(1, 30, 1, seed=seed), sum_of_sines(PERIOD)
    return record(train_quietly(net, task, learning_rate=rate, n_trials=n_trials, **options), n_trials)


def _settings(quick):
    rates, n = ((0.1,), 100) if quick else (RATES, 600)
    return [{"rule": rule, "K": K, "rate": rate, "n_trials": n} for rule, K in WAYS for rate in rates]


EXPERIMENTS = [
    Experiment(
        "price",
        "Sum of sines: what does a low loss cost, by rule?",
        train_way,
        _settings,
        networks(SEEDS),
    )
]
