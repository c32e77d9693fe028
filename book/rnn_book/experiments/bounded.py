"""The periodic task with a bound on the length of the gradient of W (clipping: Pascanu, Mikolov & Bengio 2013).

Without a bound, BPTT's gradient of W has rare spikes, and one of them can destroy a network: see "gradient_norms". The
bound is chosen once, for both rules and all periods, and then the rates, on the five networks of
`periodic.SWEEP_SEEDS`.
"""

import itertools
from dataclasses import replace

import numpy as np

from rnn_book.experiments import Experiment, load
from rnn_book.experiments.periodic import (
    COMPARED,
    PAPER_RATES,
    PERIODS,
    SEEDS,
    SWEEP_SEEDS,
    online,
    online_settings,
    paper_rate,
)
from rnn_book.experiments.runs import (
    VARIANTS,
    best_rates,
    networks,
    record,
    train_quietly,
    windows,
    with_fresh_feedback,
)
from rnn_tutorial import Rule, _check
from rnn_tutorial.network import Network
from rnn_tutorial.tasks import sum_of_sines

__all__ = [
    "ABLATED",
    "BOUNDS",
    "EXPERIMENTS",
    "N_POINTS",
    "chosen_bound",
    "noting_norms",
    "train_bounded",
    "train_control",
    "train_readout_online",
]

BOUNDS = (0.1, 0.3, 1.0)
N_POINTS = 100  # of the output are kept
ABLATED = ("rflo", "bptt", "local", "random")


def noting_norms(rule, norms):
    """A rule like this one, which also appends the Frobenius norm of each gradient of W to a list.

    Parameters
    ----------
    rule : Rule
    norms : list

    Returns
    -------
    Rule
        For updates at the end of a trial.
    """
    feedback, kernel = rule.at_trial_end()

    def trial(net, x, y_target):
        loss, gradients = kernel(net, x, y_target)
        norms.append(float(np.linalg.norm(gradients.W)))
        return loss, gradients

    return Rule(rule.name, rule.label, feedback=feedback, trial=trial)


def train_bounded(seed, T, variant, rate, n_trials, max_norm):
    """Train one network on one period, with a bound on the gradient of W.

    Parameters
    ----------
    seed, T : int
    variant : str
        A key of `runs.VARIANTS`.
    rate : float
        Of all weights.
    n_trials : int
    max_norm : float or None
        As of `rnn_tutorial.train`.

    Returns
    -------
    dict
        As of `runs.record`; in each of its windows also ``norm`` and ``norm_median``, the largest and the median norm
        of the gradient of W before it is bounded, NaN where the run has no trials; and ``output``, shape
        ``(N_POINTS,)``, the output over one period with learning off at the end, NaN if the run diverged.
    """
    net, task, norms = Network.random(0, 30, 1, seed=seed), sum_of_sines(T, n_in=0), []
    rule = noting_norms(VARIANTS[_check.choice("variant", variant, VARIANTS)], norms)
    history = train_quietly(net, task, rule=rule, learning_rate=rate, n_trials=n_trials, max_norm=max_norm)
    kept = record(history, n_trials)
    edges = windows(n_trials)[0]
    largest, middle = np.full((2, len(edges) - 1), np.nan)
    for k, (begin, end) in enumerate(itertools.pairwise(edges)):
        if end <= len(history.loss):
            largest[k], middle[k] = np.max(norms[begin:end]), np.median(norms[begin:end])
    output = np.full(N_POINTS, np.nan)
    if not kept["diverged"]:
        last = history.network.run(task.x).y[:, 0]
        output = last[np.arange(1, N_POINTS + 1) * T // N_POINTS - 1]
    return kept | {"norm": largest, "norm_median": middle, "output": output}


def chosen_bound(results):
    """The bound with the lowest geometric mean over both rules of the median final loss, each at its best rate.

    Parameters
    ----------
    results : Results
        Of "periodic_bound".

    Returns
    -------
    float
    """
    score = {}
    for bound in {setting["max_norm"] for setting in results.settings}:
        score[bound] = 0.0
        for rule in COMPARED:
            rows = [i for i, s in enumerate(results.settings) if (s["max_norm"], s["variant"]) == (bound, rule)]
            ends = results.arrays["final"][rows]
            score[bound] += np.log(min(np.median(end) for end in ends if np.isfinite(end).all()))
    return min(score, key=lambda bound: score[bound])


# Controls that need no bound


def train_control(seed, control, n_trials):
    """Train one network by RFLO at 20 time constants, beside a control.

    Parameters
    ----------
    seed : int
    control : {"usual", "twin", "fresh"}
        The network as drawn; with W one rounding larger; with feedback weights that are drawn anew in each trial.
    n_trials : int

    Returns
    -------
    dict
        As of `runs.record`; the alignment is with the weights of the network as drawn.
    """
    net, task, rule = Network.random(0, 30, 1, seed=seed), sum_of_sines(200, n_in=0), VARIANTS["rflo"]
    if _check.choice("control", control, ("usual", "twin", "fresh")) == "twin":
        net = replace(net, W=net.W * (1 + np.finfo(float).eps))
    if control == "fresh":
        rule = with_fresh_feedback(np.random.default_rng([seed, 3]))
    history = train_quietly(net, task, rule=rule, learning_rate=0.03, n_trials=n_trials)
    return record(history, n_trials)


def train_readout_online(seed, T, eta, n_trials):
    """Train the readout alone, with the update at every step; otherwise as `periodic.train_online`."""
    return online(seed, T, {"W_out": eta * T}, n_trials)


# What is run


def _settings(T, variant, rate, n_trials, max_norm):
    return {"T": T, "variant": variant, "rate": rate, "n_trials": n_trials, "max_norm": max_norm}


def _norm_settings(quick):
    periods, n = ((200,), 300) if quick else (PERIODS, 1500)
    return [_settings(T, v, PAPER_RATES[v][T], n, None) for T in periods for v in COMPARED]


def _paper_settings(quick):
    if quick:
        return [_settings(200, v, PAPER_RATES[v][200], 300, 1.0) for v in COMPARED]
    compared = [(T, v) for T in PERIODS for v in COMPARED] + [(800, "local"), (800, "random")]
    return [_settings(T, v, paper_rate(v, T), 10_000, 1.0) for T, v in compared]


def _longer_settings(quick):
    n = 300 if quick else 100_000
    return [_settings(200, v, PAPER_RATES[v][200], n, None) for v in COMPARED]


def _bound_settings(quick):
    rates, n = ((0.03,), 50) if quick else ((0.01, 0.03), 2000)
    return [_settings(800, v, rate, n, bound) for bound in BOUNDS for v in COMPARED for rate in rates]


GRIDS = {
    200: (0.01, 0.03, 0.1, 0.3, 1.0),
    400: (0.003, 0.01, 0.03, 0.1, 0.3, 1.0),
    800: (0.003, 0.01, 0.03, 0.1, 0.3, 1.0),
    1600: (0.001, 0.003, 0.01, 0.03, 0.1, 0.3),
}


def _rate_settings(quick):
    """The grid of each period; at the longest the ablations are left out."""
    if quick:
        return [_settings(200, v, rate, 300, 0.3) for v in COMPARED for rate in (0.03, 0.3)]
    bound = chosen_bound(load("periodic_bound"))
    return [_settings(T, v, rate, 4000, bound) for T in PERIODS for v in _variants(T) for rate in GRIDS[T]]


def _best_settings(quick):
    """The best rates of the sweep."""
    if quick:
        return [_settings(200, v, 0.03, 300, 0.3) for v in COMPARED]
    bound, best = chosen_bound(load("periodic_bound")), best_rates(load("periodic_bounded_rates"), "variant", "T")
    return [_settings(T, v, best[v, T], 10_000, bound) for T in PERIODS for v in _variants(T)]


def _variants(T):
    return ABLATED if T < 1600 else COMPARED


EXPERIMENTS = [
    Experiment(
        "gradient_norms",
        "Periodic task: how long is the gradient of W, trial by trial, without a bound?",
        train_bounded,
        _norm_settings,
        networks(SEEDS),
    ),
    Experiment(
        "periodic_longer",
        "Periodic task: ten times as many trials as in the paper, without a bound",
        train_bounded,
        _longer_settings,
        networks(SEEDS),
    ),
    Experiment(
        "periodic_bounded_paper",
        "Periodic task with a bound of 1, at the paper's rates",
        train_bounded,
        _paper_settings,
        networks(SEEDS),
    ),
    Experiment(
        "periodic_bound",
        "Periodic task: which bound on the gradient of W?",
        train_bounded,
        _bound_settings,
        networks(SWEEP_SEEDS),
    ),
    Experiment(
        "periodic_bounded_rates",
        "Periodic task with a bound: which learning rate?",
        train_bounded,
        _rate_settings,
        networks(SWEEP_SEEDS),
    ),
    Experiment(
        "periodic_bounded",
        "Periodic task with a bound, at the best rates: RFLO and BPTT, and what separates them",
        train_bounded,
        _best_settings,
        networks(SEEDS),
    ),
    Experiment(
        "feedback_controls",
        "How much do one rounding, and feedback weights that do not last, change RFLO's loss?",
        train_control,
        lambda quick: [{"control": c, "n_trials": 300 if quick else 10_000} for c in ("usual", "twin", "fresh")],
        networks(SEEDS),
    ),
    Experiment(
        "readout_online",
        "Periodic task: the readout alone, by the letter of the paper's per-step rule",
        train_readout_online,
        online_settings,
        networks(SEEDS),
    ),
]
