"""How sure a comparison over networks is: bootstrap intervals and paired tests. Needs SciPy."""

from typing import NamedTuple

import numpy as np
from scipy import stats

__all__ = ["Interval", "Paired", "median_interval", "paired_comparison"]


class Interval(NamedTuple):
    """A median over networks, with its bootstrap interval.

    Attributes
    ----------
    low, median, high : float
    """

    low: float
    median: float
    high: float


class Paired(NamedTuple):
    """A comparison of two settings over the same networks.

    Attributes
    ----------
    ratio : Interval
        Of ``a / b``.
    p : float
        Two-sided, of the Wilcoxon signed-rank test on ``log(a / b)``.
    n : int
        Networks.
    """

    ratio: Interval
    p: float
    n: int


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
        If there are fewer than three values, or one is not finite.
    """
    values = np.asarray(values, float)
    if values.ndim != 1 or len(values) < 3 or not np.isfinite(values).all():
        raise ValueError(f"values must be three or more finite numbers, but got {values}")
    draws = {"n_resamples": n_resamples, "method": "percentile", "random_state": np.random.default_rng(seed)}
    found = stats.bootstrap((values,), np.median, confidence_level=confidence, **draws)
    low, high = found.confidence_interval
    return Interval(float(low), float(np.median(values)), float(high))


def paired_comparison(a, b, confidence=0.95):
    """Compare positive numbers, such as losses, of the same networks under two settings.

    Parameters
    ----------
    a, b : array_like, shape (n_networks,)
        Of the same networks in the same order.
    confidence : float

    Returns
    -------
    Paired

    Raises
    ------
    ValueError
        If they differ in length, are fewer than three, or hold a number that is not positive and finite.
    """
    a, b = np.asarray(a, float), np.asarray(b, float)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"a and b must be of the same networks, but have shapes {a.shape} and {b.shape}")
    if not (np.isfinite(a).all() and np.isfinite(b).all() and (a > 0).all() and (b > 0).all()):
        raise ValueError("a and b must be positive and finite")
    return Paired(median_interval(a / b, confidence), float(stats.wilcoxon(np.log(a / b)).pvalue), len(a))
