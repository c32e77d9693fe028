"""Every figure of the book under one name: what chapters share, then what each draws for itself.

A function draws on axes or makes a figure and returns it; the cell that calls it shows it. One that fails closes the
figures that it has opened, and its ValueError says what it was given. None is taken only where it is the default, and
so is an empty dict, of which nothing would be drawn.
"""

from functools import wraps
from inspect import signature
from types import FunctionType

from matplotlib.axes import Axes
from matplotlib.figure import FigureBase

from rnn_book.curves import (
    alignment_curves,
    cost_curves,
    experiment_curves,
    interval_points,
    learning_curves,
    loss_panels,
    loss_rows,
    outputs,
    training,
    variant_losses,
)
from rnn_book.figures.blame import blame_flipbook, blame_frame, blame_ways
from rnn_book.figures.bptt import credit_decay, credit_frame, truncation_angles
from rnn_book.figures.claims import gradient_lengths, loss_levels, rate_grid
from rnn_book.figures.comparison import (
    alignment_reloaded,
    decisions,
    loss_against_cost,
    paired_ratios,
    race,
    rate_sweep,
    ratio_curves,
    relative_lengths,
    stream_curves,
)
from rnn_book.figures.differences import cosines_along, defect_sizes, defects_by_smoothness, right_and_wrong
from rnn_book.figures.drawings import circuit, driven_copy, time_line, unrolled, unrolled_graph
from rnn_book.figures.network import (
    blame_by_delay,
    blame_map,
    derivative_errors,
    eigenvalue_cloud,
    gain_frame,
    network_at_work,
    nudge_effect,
    race_in_time,
    small_maps,
    spread_frame,
    step_responses,
    task_panels,
    twin_distances,
    unit_ring,
    untrained_outputs,
)
from rnn_book.figures.rflo import (
    angle_panels,
    angle_strips,
    angles_against,
    credit_at_lag,
    delay_losses,
    held_readout,
    loss_and_alignment,
    parabola_frame,
    parts_of_change,
    size_of_feedback,
    synapse_view,
    two_ways,
    update_frame,
)
from rnn_book.figures.rtrl import (
    block_times,
    local_share,
    running_sums,
    sensitivity_cards,
    sensitivity_frame,
    sensitivity_norms,
    sensitivity_slices,
)
from rnn_book.figures.signals import hand_frame, harm, own_signal, periods_on, recordings
from rnn_book.figures.speed import scaling, trial_times
from rnn_book.figures.sweep import losses_at_rates
from rnn_book.figures.warmup import losses_and_angles
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
    closing_on_failure,
    label_ends,
    plain_ticks,
    spread,
    use_style,
    variants,
)
from rnn_tutorial import _check

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
    "alignment_reloaded",
    "angle_panels",
    "angle_strips",
    "angles_against",
    "blame_by_delay",
    "blame_flipbook",
    "blame_frame",
    "blame_map",
    "blame_ways",
    "block_times",
    "circuit",
    "cosines_along",
    "cost_curves",
    "credit_at_lag",
    "credit_decay",
    "credit_frame",
    "decisions",
    "defect_sizes",
    "defects_by_smoothness",
    "delay_losses",
    "derivative_errors",
    "driven_copy",
    "eigenvalue_cloud",
    "experiment_curves",
    "gain_frame",
    "gradient_lengths",
    "hand_frame",
    "harm",
    "held_readout",
    "interval_points",
    "label_ends",
    "learning_curves",
    "local_share",
    "logo",
    "loss_against_cost",
    "loss_and_alignment",
    "loss_levels",
    "loss_panels",
    "loss_rows",
    "losses_and_angles",
    "losses_at_rates",
    "network_at_work",
    "nudge_effect",
    "outputs",
    "own_signal",
    "paired_ratios",
    "parabola_frame",
    "parts_of_change",
    "periods_on",
    "plain_ticks",
    "race",
    "race_in_time",
    "rate_grid",
    "rate_sweep",
    "ratio_curves",
    "recordings",
    "relative_lengths",
    "right_and_wrong",
    "running_sums",
    "scaling",
    "schematic",
    "sensitivity_cards",
    "sensitivity_frame",
    "sensitivity_norms",
    "sensitivity_slices",
    "size_of_feedback",
    "small_maps",
    "spread",
    "spread_frame",
    "step_responses",
    "stream_curves",
    "synapse_view",
    "task_panels",
    "three_rules",
    "time_line",
    "training",
    "trial_times",
    "truncation_angles",
    "twin_distances",
    "two_ways",
    "unit_ring",
    "unrolled",
    "unrolled_graph",
    "untrained_outputs",
    "update_frame",
    "use_style",
    "variant_losses",
    "variants",
]


KINDS = {"ax": Axes, "figure": FigureBase}


def _telling(draw):
    called = signature(draw)
    wanted = {name: parameter.default is not None for name, parameter in called.parameters.items()}

    @wraps(draw)
    def drawn(*arguments, **options):
        given = dict(zip(wanted, arguments, strict=False)) | options
        for name, value in given.items():
            if value is None and wanted.get(name):
                raise ValueError(f"{name} must be given, but got None")
        called.bind(*arguments, **options)  # too few or too many are a TypeError, as of any function
        given = {name: value for name, value in given.items() if value is not None}
        try:
            for name, value in given.items():
                _check.instance(name, value, KINDS.get(name, object))
                if wanted[name] and isinstance(value, dict) and not value:
                    raise ValueError(f"{name} must not be empty")
            with closing_on_failure():
                return draw(*arguments, **options)
        except (ImportError, MemoryError):
            raise
        except Exception as error:
            told = ", ".join(f"{name} of type {type(value).__name__}" for name, value in given.items()) or "anything"
            cause = error if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
            raise ValueError(f"{draw.__name__} cannot draw {told}: {cause}") from error

    return drawn


globals().update({name: _telling(globals()[name]) for name in __all__ if isinstance(globals()[name], FunctionType)})
