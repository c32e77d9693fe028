"""Figures of the appendix on the original code."""

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown

from rnn_book.style import STYLES

__all__ = ["defect_sizes", "defect_table"]


def defect_sizes(measured):
    """Sizes of defects, one row a defect and one panel a matrix: a dot a problem, quartiles and median.

    Parameters
    ----------
    measured : dict
        Of (key of `STYLES`, label, name of the matrix) to an array, shape (n_problems, 2): relative error and cosine.
        Rows go from top to bottom in this order.

    Returns
    -------
    Figure
    """
    rows = list(dict.fromkeys(key[:2] for key in measured))
    figure, axes = plt.subplots(1, 2, sharex=True, sharey=True, figsize=(7.2, 0.42 * len(rows) + 0.9))
    for (rule, label, matrix), values in measured.items():
        ax, row, color = axes[int(matrix == "W")], rows.index((rule, label)), STYLES[rule]["color"]
        errors = values[:, 0]
        low, median, high = np.percentile(errors, [25, 50, 75])
        ax.plot(errors, np.full(len(errors), row), "o", color=color, markersize=3, alpha=0.35, markeredgewidth=0)
        ax.barh(row, high - low, left=low, height=0.42, color=color, alpha=0.45)
        ax.plot([median, median], [row - 0.32, row + 0.32], color=color, linewidth=2.4)
    for ax, name in zip(axes, ("input weights", "recurrent weights"), strict=True):
        ax.set(xscale="log", xlabel="relative error")
        ax.set_title(name, fontsize="medium", loc="left")
        ax.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    axes[0].set_yticks(range(len(rows)), [f"{STYLES[rule]['label']}, {label}" for rule, label in rows])
    axes[0].set_ylim(len(rows) - 0.4, -0.6)
    return figure


def defect_table(measured):
    """What `defect_sizes` draws, as a table of medians and quartiles; argument as there.

    Returns
    -------
    IPython.display.Markdown
    """
    lines = ["| Rule and defect | matrix | relative error | quartiles | cosine | lowest |"]
    lines.append("| --- | --- | --- | --- | --- | --- |")
    for (rule, label, matrix), values in measured.items():
        low, median, high = np.percentile(values[:, 0], [25, 50, 75])
        name = "$W$" if matrix == "W" else r"$W^\mathrm{in}$"
        lines.append(
            f"| {STYLES[rule]['label']}, {label} | {name} | {median:.2g} | {low:.2g} to {high:.2g} "
            f"| {np.median(values[:, 1]):.3f} | {values[:, 1].min():.3f} |"
        )
    return Markdown("\n".join(lines))
