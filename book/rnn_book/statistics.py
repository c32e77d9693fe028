"""What a run ends with, and how sure a comparison over networks is.

One final loss for all, and one treatment of runs that diverge: `final_loss` and `count_diverged`. One interval for all:
the percentile bootstrap of the median over networks; of a ratio, that of its logarithm. Intervals need SciPy.
"""

from numbers import Real
from typing import NamedTuple

import numpy as np

from rnn_tutorial import History, _check

__all__ = [
    "LAST",
    "RUNAWAY",
    "Interval",
    "Paired",
    "count_diverged",
    "final_loss",
    "leave_one_out",
    "median_interval",
    "paired_comparison",
    "ranking",
    "ratio_interval",
    "share_interval",
]

LAST = 50  # the final loss is the median of so many trials at the end
RUNAWAY = 10.0  # a run that ends above this loss diverges too: a silent output has 0.33 on the periodic task


class Interval(NamedTuple):
    """A median over networks, with its interval; ``f"{interval:.2g}"`` writes ``0.012 [0.01, 0.014]``.

    Attributes
    ----------
    low : float
    median : float
    high : float
    """

    low: float
    median: float
    high: float

    def __format__(self, form):
        if not form:
            return str(self)
        low, median, high = (np.format_float_positional(float(f"{value:{form}}"), trim="-") for value in self)
        return f"{median} [{low}, {high}]"


class Paired(NamedTuple):
    """A comparison of two settings over the same networks.

    Attributes
    ----------
    ratio : Interval
        Of ``a / b``.
    correlation : float
        Of ``log a`` and ``log b`` over the networks. Near 0, pairing has not narrowed the interval.
    """

    ratio: Interval
    correlation: float


def final_loss(run, last=LAST):
    """The final loss of a run: the median of the last losses.

    Parameters
    ----------
    run : History, or array_like of shape (..., n_trials)
        Or the losses of several runs, as of an `Ensemble`, NaN in the trials that one lacks as it diverged. (The losses
        of one `History` do not say that.)
    last : int
        So many losses; all of a shorter run.

    Returns
    -------
    float, or ndarray of shape (...)
        NaN where the run diverged: where `train` stopped it for that, or it ended above `RUNAWAY`.

    Raises
    ------
    ValueError
        If `run` is neither, or `last` is no positive integer.
    """
    known = isinstance(run, History)
    losses = _check.numeric("run", run.loss if known else run, real=True)
    if losses.ndim == 0:
        raise ValueError(f"run must be a History or the losses of trials, but got {run!r}")
    end = losses[..., -_check.integer("last", last, at_least=1) :]
    if end.shape[-1] == 0 or (known and run.stopped == "diverged"):
        return np.full(end.shape[:-1], np.nan)[()]
    loss = np.median(end, axis=-1)
    return np.where(loss <= RUNAWAY, loss, np.nan)[()]


def count_diverged(losses, silent):
    """Losses in which a run that diverged counts with the loss of a silent output.

    Whoever got such a run could do no worse than to switch the readout off. And a number is kept for each network, so
    that comparisons stay paired.

    Parameters
    ----------
    losses : array_like
        Those of runs that diverged are not finite.
    silent : float
        Loss of the output 0 on the same task.

    Returns
    -------
    ndarray

    Raises
    ------
    ValueError
        If the losses are no numbers, or `silent` is no loss.
    """
    losses = _check.numeric("losses", losses, real=True)
    if not (isinstance(silent, Real) and silent >= 0):
        raise ValueError(f"silent must be a number >= 0, but got {silent!r}")
    return np.where(np.isfinite(losses), losses, silent)


def _confidence(confidence):
    if not 0 < _check.number("confidence", confidence) < 1:
        raise ValueError(f"confidence must be between 0 and 1, but got {confidence}")


def _scipy_stats():
    try:
        from scipy import stats  # the other statistics do without it
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("intervals need SciPy: pip install 'rnn-tutorial[fast]'") from error
    return stats


def median_interval(values, confidence=0.95, n_resamples=10_000, seed=0):
    """The median over networks and its percentile bootstrap interval.

    Parameters
    ----------
    values : array_like, shape (n_networks,)
        Finite.
    confidence : float
    n_resamples, seed : int

    Returns
    -------
    Interval

    Raises
    ------
    ValueError
        If there are fewer than three values, one is not finite, the confidence is not between 0 and 1, there is no
        resample, or the seed is negative.
    MemoryError
        If the resamples need more memory than the machine has.
    """
    values = _check.array("values", values, (None,), real=True)
    if len(values) < 3:
        raise ValueError(f"values must be three or more finite numbers, but got {values}")
    _confidence(confidence)
    n_resamples = _check.integer("n_resamples", n_resamples, at_least=1)
    _check.memory(f"n_resamples={n_resamples} of {len(values)} values", n_resamples * len(values))
    _check.integer("seed", seed, at_least=0)
    draws = {"n_resamples": n_resamples, "method": "percentile", "random_state": np.random.default_rng(seed)}
    found = _scipy_stats().bootstrap((values,), np.median, confidence_level=confidence, **draws)
    low, high = found.confidence_interval
    return Interval(float(low), float(np.median(values)), float(high))


def ratio_interval(a, b, confidence=0.95):
    """The median of ``a / b`` over networks and its interval, both taken of the logarithm.

    Parameters
    ----------
    a, b : array_like, shape (n_networks,)
        Positive and finite, of the same networks in the same order.
    confidence : float

    Returns
    -------
    Interval

    Raises
    ------
    ValueError
        If they differ in length, are fewer than three, or hold a number that is not positive and finite.
    """
    a, b = (_check.numeric(name, losses, real=True) for name, losses in (("a", a), ("b", b)))
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"a and b must be of the same networks, but have shapes {a.shape} and {b.shape}")
    for name, losses in (("a", a), ("b", b)):
        if not ((losses > 0) & (losses < np.inf)).all():
            raise ValueError(f"{name} must be positive and finite, but got {losses}")
    return Interval(*np.exp(median_interval(np.log(a / b), confidence)).tolist())


def paired_comparison(a, b, confidence=0.95):
    """Compare positive numbers, such as losses, of the same networks under two settings.

    Parameters and errors as of `ratio_interval`.

    Returns
    -------
    Paired
    """
    ratio = ratio_interval(a, b, confidence)
    log_a, log_b = (np.log(np.asarray(losses, float)) for losses in (a, b))
    varied = np.ptp(log_a) > 0 and np.ptp(log_b) > 0
    return Paired(ratio, float(np.corrcoef(log_a, log_b)[0, 1]) if varied else np.nan)


def ranking(ratio):
    """What the interval of a ratio of losses says of the first: "higher loss", "lower loss", or "no ranking".

    Parameters
    ----------
    ratio : Interval

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If `ratio` is no Interval, or has no ends in their order.
    """
    _check.numeric("ratio", _check.instance("ratio", ratio, Interval), real=True)
    if not ratio.low <= ratio.high:  # as where one is NaN
        raise ValueError(f"ratio must be an Interval from its lower end to its higher one, but got {ratio!r}")
    if ratio.low <= 1 <= ratio.high:
        return "no ranking"
    return "higher loss" if ratio.low > 1 else "lower loss"


def share_interval(n_of, n, confidence=0.95):
    """The share of networks that do something, with its Wilson interval.

    Parameters
    ----------
    n_of, n : int
        So many of so many networks.
    confidence : float

    Returns
    -------
    Interval
        The share takes the median's place.

    Raises
    ------
    ValueError
        If they are no such numbers, or the confidence is not between 0 and 1.
    """
    n = _check.integer("n", n, at_least=1)
    if n >= 2**63:  # for SciPy
        raise ValueError(f"n must be less than 2**63, but has {n.bit_length()} bits")
    if _check.integer("n_of", n_of, at_least=0) > n:
        raise ValueError(f"n_of must be at most n, which is {n}, but got {n_of}")
    _confidence(confidence)
    low, high = _scipy_stats().binomtest(int(n_of), n).proportion_ci(confidence, method="wilson")
    return Interval(float(low), n_of / n, float(high))


def leave_one_out(losses):
    """The loss of each network at the setting that is best for the others.

    So a network's own loss has no part in the choice that it is then judged by.

    Parameters
    ----------
    losses : array_like, shape (n_settings, n_networks)

    Returns
    -------
    chosen_losses : ndarray, shape (n_networks,)
    chosen : ndarray of int, shape (n_networks,)
        The row of each network: the one with the lowest median over all other networks.

    Raises
    ------
    ValueError
        If there are fewer than three networks, or a loss is not finite.
    """
    losses = _check.array("losses", losses, (None, None), real=True)
    if losses.shape[1] < 3:
        raise ValueError(f"losses must have shape (n_settings, three or more networks), but has {losses.shape}")
    networks = np.arange(losses.shape[1])
    chosen = np.array([np.argmin(np.median(losses[:, networks != i], axis=1)) for i in networks])
    return losses[chosen, networks], chosen
