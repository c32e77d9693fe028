"""Results as tables: what a cell returns, a page shows as a table of its own."""

from collections.abc import Iterable
from numbers import Integral, Real

import numpy as np
from IPython.display import Markdown, display

from rnn_tutorial import _check

__all__ = ["glue", "number", "table"]


def number(value, digits=3):
    """One number as a reader would write it.

    Parameters
    ----------
    value : float
    digits : int
        How many digits count; whole numbers keep all of theirs, and zeros at the end are left off.

    Returns
    -------
    str
        Markdown. Below 0.001 and from 100,000 on it has a power of ten; what is not finite is a dash.
    """
    digits = _check.integer("digits", digits, at_least=1)
    if not isinstance(value, Real):
        raise ValueError(f"value must be a number, but got {value!r}")
    if isinstance(value, Integral):
        return f"{value:,}"
    value = float(value)  # a Fraction is not written as others are
    if not np.isfinite(value):
        return "–"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    if value != 0 and not -3 <= int(exponent) < 5:
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        return rf"${mantissa} \cdot 10^{{{int(exponent)}}}$"
    return np.format_float_positional(float(f"{value:.{digits - 1}e}"), trim="-")


def table(header, rows, digits=3):
    """Rows of results as a table, numbers to the right and words to the left.

    Parameters
    ----------
    header : sequence
        What heads each column: text in Markdown, or a number.
    rows : iterable of sequences
        One entry a column: a number, written as by `number`; True or False, shown as yes or no; None, shown as a
        dash; or a text in Markdown.
    digits : int
        Of the numbers.

    Returns
    -------
    IPython.display.Markdown

    Raises
    ------
    ValueError
        If a row has not as many entries as the header, or an argument cannot be gone through.
    """
    _check.integer("digits", digits, at_least=1)
    header, rows = (
        [_entry(name, digits) for name in _check.instance("header", header, Iterable)],
        [[*_check.instance("each row", row, Iterable)] for row in _check.instance("rows", rows, Iterable)],
    )
    for k, row in enumerate(rows):
        if len(row) != len(header):
            raise ValueError(f"each row must have {len(header)} entries as the header has, but row {k} has {len(row)}")
    columns = zip(*rows, strict=True) if rows else [()] * len(header)
    right = [bool(column) and all(map(_is_number, column)) for column in columns]
    lines = [header, ["---:" if at_right else "---" for at_right in right]]
    lines += [[_entry(value, digits) for value in row] for row in rows]
    return Markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))


def glue(texts):
    """Hand texts to the page, which quotes one with the role ``{glue:text}`` and its name.

    It does what the function of this name in MyST-NB does, which is not at hand where a chapter runs in a browser.

    Parameters
    ----------
    texts : dict of str
    """
    for name, text in _check.instance("texts", texts, dict).items():
        about = {"scrapbook": {"name": name, "mime_prefix": "application/papermill.record/"}}
        display({"application/papermill.record/text/plain": repr(text)}, raw=True, metadata=about)


def _is_number(value):
    return value is None or (isinstance(value, Real) and not isinstance(value, bool | np.bool_))


def _entry(value, digits):
    if value is None:
        return "–"
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    return number(value, digits) if isinstance(value, Real) else str(value).replace("|", r"\|")
