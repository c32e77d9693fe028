"""What the experiments share: how one run is trained, and what is kept of it."""

import itertools
import warnings
from dataclasses import replace

import numpy as np

from rnn_book.statistics import LAST, RUNAWAY, final_loss
from rnn_tutorial import Rule, bptt, rflo
from rnn_tutorial.training import DivergenceWarning, train

__all__ = [
    "LAST",
    "RUNAWAY",
    "VARIANTS",
    "all_finals",
    "best_rates",
    "networks",
    "record",
    "train_quietly",
    "until_lost",
    "windows",
    "with_fresh_feedback",
]

VARIANTS = {
    "bptt": bptt,
    "rflo": rflo,
    "local": replace(rflo, name="local", label="local only", feedback="W_out"),
    "random": replace(bptt, name="random", label="random feedback only", feedback="B"),
}


def windows(n_trials, n=60):
    """Divide the trials into windows of growing length, the first of them the first trial alone.

    Parameters
    ----------
    n_trials : int
    n : int
        At most so many windows.

    Returns
    -------
    edges : ndarray of int
        Window k goes from ``edges[k]`` up to, and without, ``edges[k + 1]``.
    trial : ndarray
        The middle of each, counted from 1.
    """
    edges = np.unique(np.concatenate([[0, 1], np.geomspace(1, n_trials, n).round()])).astype(int)
    return edges, (edges[:-1] + edges[1:] + 1) / 2


def record(history, n_trials, loss=None):
    """What is kept of a run.

    Parameters
    ----------
    history : History
    n_trials : int
        As many as it has, if it did not diverge.
    loss : ndarray, optional
        What counts for its losses; there is then no alignment.

    Returns
    -------
    dict
        In each window of `windows`, ``curve`` is the median loss, infinite from a million on, and ``alignment`` the
        mean alignment, both NaN where the run has no trials; ``final`` is that of `rnn_book.statistics.final_loss`;
        ``diverged``, where that is NaN.
    """
    edges, trial = windows(n_trials)

    def in_windows(statistic, values):
        values = [statistic(values[a:b]) if b <= len(values) else np.nan for a, b in itertools.pairwise(edges)]
        return np.array(values)

    kept = {"alignment": in_windows(np.mean, history.alignment)} if loss is None else {}
    loss = history.loss if loss is None else loss
    stopped = "diverged" if len(loss) < n_trials else history.stopped
    final = final_loss(replace(history, loss=loss, stopped=stopped))
    curve = in_windows(np.median, loss)
    return kept | {
        "trial": trial,
        "curve": np.where(curve > 1e6, np.inf, curve),
        "final": np.array(final),
        "diverged": np.array(np.isnan(final)),
    }


def train_quietly(net, task, **settings):
    """Train without a progress bar, and without a warning when the run diverges: here that is a result.

    Raises
    ------
    KeyboardInterrupt
        If the run is interrupted: half a run is no result.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DivergenceWarning)
        history = train(net, task, progress=False, **settings)
    if history.stopped == "interrupted":
        raise KeyboardInterrupt
    return history


def with_fresh_feedback(rng):
    """RFLO whose feedback weights are drawn anew in each trial, so that nothing can align with them.

    Parameters
    ----------
    rng : numpy.random.Generator

    Returns
    -------
    Rule
    """
    _, kernel = rflo.at_trial_end()

    def trial(net, x, y_target):
        return kernel(net._replace(feedback=rng.normal(size=net.feedback.shape)), x, y_target)

    return Rule("fresh", "RFLO, fresh B", feedback="B", trial=trial)


def until_lost(loss):
    """The losses up to the first that is above a million: such a run has diverged, whatever comes after it."""
    lost = ~(loss < 1e6)
    return loss[: np.argmax(lost)] if lost.any() else loss


def networks(seeds):
    """The seeds of an experiment's networks, of which three are enough for a quick look.

    Parameters
    ----------
    seeds : sequence of int

    Returns
    -------
    callable
        ``f(quick)``, as of `rnn_book.experiments.Experiment`.
    """
    return lambda quick: seeds[:3] if quick else seeds


def best_rates(results, *names):
    """The rates with the lowest median final loss, among those at which no run diverged.

    Parameters
    ----------
    results : Results
        Of a sweep. Where its runs were made again, all runs count.
    *names : str
        Of the settings that have a rate each.

    Returns
    -------
    dict of float
        By tuples of what these settings are.
    """
    found = {}
    for setting, final in zip(results.settings, all_finals(results), strict=True):
        if np.isfinite(final).all():
            key = tuple(setting[name] for name in names)
            found.setdefault(key, []).append((float(np.median(final)), setting["rate"]))
    return {key: min(pairs)[1] for key, pairs in found.items()}


def all_finals(results):
    """Final losses, shape (n_settings, n_runs), those of runs that were made again included."""
    return np.concatenate([results.arrays[name] for name in ("final", "final_again") if name in results.arrays], axis=1)
