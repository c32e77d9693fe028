"""Every figure of the book under one name: what chapters share, then what each draws for itself.

A function draws on axes or makes a figure and returns it; the cell that calls it shows it.
"""

from rnn_book.curves import (
    alignment_curves,
    cost_curves,
    experiment_curves,
    interval_points,
    learning_curves,
    loss_rows,
    outputs,
)
from rnn_book.figures.bptt import credit_frame
from rnn_book.figures.comparison import loss_table, paired_ratios, race, rate_sweep, ratio_curves
from rnn_book.figures.differences import defect_sizes, defect_table
from rnn_book.figures.network import blame_map, eigenvalue_cloud, unit_ring
from rnn_book.figures.rflo import angle_strips, synapse_view, update_frame
from rnn_book.figures.rtrl import block_times, sensitivity_frame, sensitivity_slices
from rnn_book.schematic import logo, schematic, three_rules
from rnn_book.style import (
    DIVERGING,
    GREY,
    INK,
    LOCAL,
    NARROW,
    NONLOCAL,
    PALE,
    STYLES,
    WIDE,
    label_ends,
    plain_ticks,
    spread,
    use_style,
    variants,
)

__all__ = [
    "DIVERGING",
    "GREY",
    "INK",
    "LOCAL",
    "NARROW",
    "NONLOCAL",
    "PALE",
    "STYLES",
    "WIDE",
    "alignment_curves",
    "angle_strips",
    "blame_map",
    "block_times",
    "cost_curves",
    "credit_frame",
    "defect_sizes",
    "defect_table",
    "eigenvalue_cloud",
    "experiment_curves",
    "interval_points",
    "label_ends",
    "learning_curves",
    "logo",
    "loss_rows",
    "loss_table",
    "outputs",
    "paired_ratios",
    "plain_ticks",
    "race",
    "rate_sweep",
    "ratio_curves",
    "schematic",
    "sensitivity_frame",
    "sensitivity_slices",
    "spread",
    "synapse_view",
    "three_rules",
    "unit_ring",
    "update_frame",
    "use_style",
    "variants",
]
