"""Checks of what a user passes in. Each error names the argument, what was given and what is expected."""

import numbers
import os
from contextlib import suppress
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

# What a container may take, by the second and by the first version of Linux's control groups.
LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def numeric(name, value, real=False):
    """Return `value` as a float (or complex) array of any shape, whose numbers may be infinite or NaN."""
    kinds, kind_of_number, known_as = ("biuf", numbers.Real, "real ") if real else ("biufc", numbers.Number, "")
    try:
        given = np.asarray(value)
        kind = given.dtype.kind
        fits = kind in kinds or (kind == "O" and all(isinstance(n, kind_of_number) for n in given.flat))
        if not fits or np.ma.is_masked(value):
            raise ValueError
        return given.astype(complex if np.iscomplexobj(given) else float, copy=False)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} must be an array of {known_as}numbers, but got {value!r}") from None


def array(name, value, shape, real=False):
    """Return `value` as a float (or complex) array of `shape`, in which None stands for any length."""
    value = numeric(name, value, real)
    fits = value.ndim == len(shape) and all(n in (None, m) for n, m in zip(shape, value.shape, strict=True))
    if not fits:
        expected = ", ".join("any" if n is None else str(n) for n in shape)
        raise ValueError(f"{name} must have shape ({expected}), but got {value.shape}")
    if 0 in value.shape[:1]:
        raise ValueError(f"{name} must not be empty, but got shape {value.shape}")
    if not np.isfinite(value).all():
        raise ValueError(f"{name} must be finite, but holds {np.sum(~np.isfinite(value))} NaN or infinite values")
    return value


def number(name, value, at_least=-np.inf, above=-np.inf):
    """Return `value` as a finite float that is not below `at_least`, and is greater than `above`."""
    try:
        fits = isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool)
        number = float(value) if fits else np.nan
    except OverflowError:
        number = np.nan
    if not (at_least <= number and above < number < np.inf):
        limit = f" > {above}" if above > -np.inf else f" >= {at_least}" if at_least > -np.inf else ""
        raise ValueError(f"{name} must be a finite number{limit}, but got {value!r}")
    return number


def integer(name, value, at_least):
    """Return `value` as an int that is not below `at_least`."""
    if not isinstance(value, numbers.Integral) or isinstance(value, bool) or value < at_least:
        raise ValueError(f"{name} must be an integer >= {at_least}, but got {value!r}")
    return int(value)


def flag(name, value):
    """Return `value` if it is True or False."""
    if not isinstance(value, bool | np.bool):
        raise ValueError(f"{name} must be True or False, but got {value!r}")
    return bool(value)


def choice(name, value, options) -> Any:
    """Return `value` if it is one of `options`."""
    if not isinstance(value, str) or value not in tuple(options):
        raise ValueError(f"{name} must be one of {', '.join(map(repr, options))}, but got {value!r}")
    return value


def instance(name, value, kind):
    """Return `value` if it is of this class."""
    if not isinstance(value, kind):
        raise ValueError(f"{name} must be a {kind.__name__}, but got {value!r}")
    return value


@cache
def memory_there():
    """How many bytes of memory this machine has, or lets us take; not above 0 if it does not know."""
    try:
        there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # on Windows
        there = 2**40
    for limit in LIMITS:
        with suppress(OSError, ValueError):  # there is no such file, or it says "max"
            there = min(there, int(Path(limit).read_text()))
    return there


def memory(name, n_numbers):
    """Raise MemoryError if so many numbers need more memory than the machine has, before any of it is taken."""
    if 8 * n_numbers > (there := memory_there()) > 0:
        needed = Decimal(8 * n_numbers) / 2**30
        raise MemoryError(f"{name} would take {needed:.3g} GiB of memory, but this machine has {there / 2**30:.3g} GiB")
