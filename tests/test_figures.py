"""Figures draw what they are given, and hold for runs which failed or diverged."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.patches import Circle

from rnn_book import figures
from rnn_tutorial import Network, tasks
from rnn_tutorial.diagnostics import Cost
from rnn_tutorial.training import History


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def history(loss):
    return History(Network.random(1, 3, 1), np.array(loss, float), np.zeros(len(loss)), None)


def bold_line(ax):
    return max(ax.get_lines(), key=lambda line: line.get_linewidth()).get_ydata()


def test_learning_curves_show_the_median_over_runs():
    ax = figures.learning_curves({"bptt": [history([1, 2]), history([3, 4]), history([8, 9])]})
    assert bold_line(ax).tolist() == [3, 4]


def test_learning_curves_leave_out_failed_runs_and_end_where_a_run_diverged():
    ax = figures.learning_curves({"bptt": [history([1, 2, 3]), None, history([5]), history([9, 6, 7])]})
    assert bold_line(ax).tolist() == [5, 4, 5]


def test_rules_may_have_different_numbers_of_trials():
    ax = figures.alignment_curves({"bptt": [history([1, 2, 3])], "rflo": [history([1, 2])]})
    assert ax.get_xlim() == (0, 3)


def labels(ax):
    return [text.get_text() for text in ax.texts]


def lines(ax, color=None):
    found = ax.get_lines()
    return [line.get_ydata() for line in found if color is None or line.get_color() == color]


def test_the_look_has_text_of_the_page_and_panels_of_a_phone():
    figures.use_style()
    assert plt.rcParams["font.size"] >= 12
    shown = 342 * plt.rcParams["font.size"] / 72 / figures.NARROW[0]  # pixels, in the column of a phone
    assert shown >= 10.9
    assert figures.WIDE[0] <= 7.2


@pytest.mark.half_second
def test_the_schematic_fills_units_by_activity_and_shows_what_each_rule_keeps():
    activity = np.array([[1, -1, 0, 0, 0, 0]] * 3)
    units = figures.schematic(activity=activity).patches
    red, blue = (figures.DIVERGING(value) for value in (1.0, 0.0))
    filled = [patch.get_facecolor() for patch in units]
    assert filled.count(red) == filled.count(blue) == 3
    assert red not in [patch.get_facecolor() for patch in figures.schematic().patches]
    cubes = [patch.get_alpha() for patch in figures.schematic("rtrl").patches if patch.get_alpha()]
    assert len(cubes) == 9  # three faces at each of three steps
    assert all(after > before for before, after in zip(cubes, cubes[3:], strict=False))  # ever fuller
    corners = [patch.get_xy() for patch in figures.schematic("rtrl").patches if patch.get_alpha()]
    sizes = [np.ptp(xy, axis=0).round(9).tolist() for xy in corners]
    assert sizes[:3] == sizes[3:6] == sizes[6:]  # and of one size
    assert "×" in labels(figures.schematic("rflo"))
    assert "$h, u$" in labels(figures.schematic("bptt"))
    assert "$h, u$" not in labels(figures.schematic("rflo"))


def test_the_network_at_work_marks_three_errors():
    y, y_target = np.arange(9.0)[:, np.newaxis], np.ones((9, 1))
    top, bottom = figures.network_at_work(np.zeros((10, 6)), y, y_target, first=4)
    (errors,) = top.collections
    ends = [tuple(segment[:, 1]) for segment in errors.get_segments()]
    assert ends == [(4, 1), (5, 1), (6, 1)]
    assert "step 5" in labels(bottom)
    assert "step 7" not in labels(bottom)


def test_step_responses_mark_each_unit_at_its_time_constant():
    ax = figures.step_responses({2: np.arange(50.0) / 50, 7: np.arange(50.0) / 100}, on=20)
    dots = [(*line.get_xdata(), *line.get_ydata()) for line in ax.get_lines() if line.get_marker() == "o"]
    assert dots == [(2, 0.04), (7, 0.07)]
    assert {r"$\tau = 2$", r"$\tau = 7$", "drive on"} <= set(labels(ax))


def test_eigenvalues_outside_the_border_stand_out():
    ax = figures.eigenvalue_cloud([0.5, 2.0, 0.9j], tau=10, g=1)
    dots = [line for line in ax.get_lines() if line.get_marker() == "o"]
    assert {line.get_color(): line.get_xdata().tolist() for line in dots} == {
        figures.GREY: [0.5, 0],
        figures.INK: [2.0],
    }


def test_the_warm_up_draws_medians_and_a_right_angle():
    losses = {"bptt": [[4, 1], [4, 2], [4, 3]], "readout": [[4, 4], [4, 4], [4, 5]]}
    top, bottom = figures.losses_and_angles(losses, [[90, 40], [80, 50], [85, 60]])
    assert bold_line(bottom).tolist() == [85, 50]
    assert [90, 90] in [list(y) for y in lines(bottom)]
    assert {"BPTT", "readout only"} <= set(labels(top))


def test_small_maps_leave_out_what_no_error_can_blame():
    axes = figures.small_maps({"A": np.ones((4, 4)), "B": 2 * np.ones((6, 6))}, tau=2)
    assert [ax.get_title("left") for ax in axes] == ["A", "B"]
    shown = axes[0].images[0].get_array()
    assert np.array_equal(~np.ma.getmaskarray(np.ma.masked_invalid(shown)), np.triu(np.ones((4, 4), bool)))


def test_a_frame_of_the_gain_shows_eight_units_in_time_constants():
    figure = plt.figure()
    figures.gain_frame(figure, np.array([0.5, 1.5]), np.ones((21, 12)), tau=10, g=1.5)
    activity = figure.axes[1]
    assert len(activity.get_lines()) == 8
    assert activity.get_xlim() == (0, 2)


def test_twin_distances_draw_the_median_and_the_start_in_a_panel_each():
    d = np.array([[1e-6, 1e-5], [1e-6, 1e-3], [1e-6, 1e-4]])
    axes = figures.twin_distances({"few": d, "many": 10 * d}, tau=10, start=1e-6)
    assert bold_line(axes[0]).tolist() == [1e-6, 1e-4]
    assert np.allclose(bold_line(axes[1]), [1e-5, 1e-3])
    assert [ax.get_title() for ax in axes] == ["few", "many"]
    assert [1e-6, 1e-6] in [list(y) for y in lines(axes[1])]


def test_task_panels_draw_an_input_only_where_there_is_one():
    with_input, without = figures.task_panels(
        {"copy": tasks.delayed_copy(40, seed=1), "sines": tasks.sum_of_sines(40)}, tau=10
    )
    assert len(lines(with_input)) == 2
    assert len(lines(without)) == 1
    assert np.array_equal(lines(without)[0], tasks.sum_of_sines(40).y_target[:, 0])


def test_untrained_outputs_show_one_that_has_learned():
    ax = figures.untrained_outputs([[1, 2], [3, 4]], [5, 6], [7, 8], tau=2)
    assert [list(y) for y in lines(ax)] == [[1, 2], [3, 4], [5, 6], [7, 8]]
    assert lines(ax, figures.STYLES["bptt"]["color"])[0].tolist() == [5, 6]


def test_derivative_errors_end_at_rounding_and_bear_their_names():
    errors = {"forward": [1, 1e-20], "central": [1, 1e-3], "complex": [1, 1e-30]}
    ax = figures.derivative_errors([1, 1e-20], errors)
    assert [line[-1] for line in lines(ax)[1:]] == [1e-16, 1e-3, 1e-16]
    assert set(errors) <= set(labels(ax))


def test_the_effect_of_a_nudge_has_its_unit_at_the_top():
    effect = np.arange(12.0).reshape(3, 4)
    top = figures.nudge_effect(effect, effect.sum(axis=1), s=1, first=2, tau=10)[0]
    shown = top.images[0].get_array()
    assert shown[0].tolist() == [2, 6, 10]
    assert shown[1].tolist() == [0, 4, 8]
    assert top.images[0].get_cmap() == figures.DIVERGING


def test_a_frame_of_the_spread_stops_at_its_moment_and_fans_out_after_the_first_step():
    for m, fanned in ((1, 0), (5, 6)):
        figure = plt.figure()
        figures.spread_frame(figure, np.zeros(6), np.ones(m + 1), np.ones(m + 1), (2, 4))
        ring, size = figure.axes
        assert len(lines(size, figures.NONLOCAL)[0]) == m + 1
        assert len(lines(size, figures.LOCAL)[0]) == m
        assert len(ring.get_lines()) == fanned
        assert len(ring.patches) == 1  # the arrow from j to i


def test_the_map_of_blame_leaves_out_what_has_no_cause_and_names_its_unit():
    blame = np.triu(np.full((20, 20), 3e-5))
    ax = figures.blame_map(blame, tau=10)
    shown = ax.images[0].get_array()
    assert np.ma.getmaskarray(shown)[5, 3]
    assert shown[3, 5] == pytest.approx(3)
    assert "10^{-5}" in ax.figure.axes[1].get_ylabel()


def test_blame_by_delay_marks_the_half():
    rising = np.linspace(0, 1, 200)
    ax = figures.blame_by_delay({"leak only": [rising], "whole network": [rising**2]}, tau=10)
    assert [0.5, 0.5] in [list(y) for y in lines(ax)]
    assert np.array_equal(lines(ax, figures.NONLOCAL)[-1], rising**2)
    assert {"half", "leak only", "whole network"} <= set(labels(ax))


def test_a_race_puts_the_dearer_rule_to_the_right():
    ax = figures.race_in_time({("quick", "blue"): (1.0, [[3, 2]]), ("slow", "red"): (10.0, [[3, 2]])}, silence=4)
    bold = {line.get_color(): line.get_xdata().tolist() for line in ax.get_lines() if line.get_linewidth() > 2}
    assert bold == {"blue": [1, 2], "red": [10, 20]}


def test_a_frame_of_the_credit_shows_only_what_the_pass_has_reached():
    figure = plt.figure()
    z, error = np.outer(np.arange(1.0, 6), [1, -2]), np.arange(5.0)[:, np.newaxis]
    figures.credit_frame(figure, z, error, t=3, tau=1)
    top, bottom = figure.axes[:2]
    shown = bottom.images[0].get_array()
    assert np.ma.getmaskarray(shown).tolist() == [[True] * 3 + [False] * 2] * 2
    assert shown[:, 4].tolist() == [0.5, -1]  # relative to the largest of the step
    assert lines(top, figures.INK)[0].ravel().tolist() == [3, 4]


def test_credit_decay_names_the_leak():
    leak = 0.1 ** np.arange(9)
    ax = figures.credit_decay(np.arange(9), {"g = 1": [np.ones(9), 3 * np.ones(9), 9 * np.ones(9)]}, leak)
    assert any(np.array_equal(line, leak) for line in lines(ax, figures.GREY))
    assert bold_line(ax).tolist() == [3] * 9
    assert {"g = 1", " leak alone"} <= set(labels(ax))


def test_the_unrolled_graph_has_a_derivative_on_every_edge():
    ax = figures.unrolled_graph()
    circles = [patch for patch in ax.patches if isinstance(patch, Circle)]
    edges = [patch for patch in ax.patches if patch.get_edgecolor() == to_rgba(figures.GREY)]
    assert (len(circles), len(edges)) == (8, 10)
    written = labels(ax)
    assert [written.count(name) for name in ("$W$", r"$W^\mathrm{out}$", "$h_{t}$", "$h_{t+1}$")] == [3, 2, 1, 2]
    assert {"$z_t$", "$z_{t+1}$"} <= set(written)


def test_in_the_driven_copy_no_synapse_acts_through_another():
    ax = figures.driven_copy()
    circles = [patch for patch in ax.patches if isinstance(patch, Circle)]
    seen = [patch for patch in ax.patches if patch.get_edgecolor() == to_rgba(figures.LOCAL)]
    assert (len(circles), len(seen)) == (6, 4)  # at each step one arrow from the record, and one that is the leak
    written = labels(ax)
    assert [written.count(name) for name in ("$W$", r"$1 - 1/\tau$")] == [2, 2]
    assert {r"$\times\; c_{t}$", r"$\times\; c_{t+1}$"} <= set(written)


def test_truncation_has_a_titled_panel_for_each_group_and_the_right_angle():
    axes = figures.truncation_angles([0.1, 1], {"before": [[80, 10]], "after": [[70, 20]]})
    assert [ax.get_title() for ax in axes] == ["before", "after"]
    assert [bold_line(ax).tolist() for ax in axes] == [[80, 10], [70, 20]]
    assert all([90, 90] in [list(y) for y in lines(ax)] for ax in axes)


def test_training_shows_the_network_in_the_middle_of_the_field():
    task = tasks.sum_of_sines(20)
    nets = [Network.random(1, 3, 1, seed=seed) for seed in range(3)]
    runs = [History(net.__class__.random(1, 3, 1, seed=9), np.array([1.0, end]), np.zeros(2), None)
            for net, end in zip(nets, (3, 1, 2), strict=True)]  # fmt: skip
    left, right = figures.training(runs, nets, task, "bptt")
    assert bold_line(left).tolist() == [1, 2]
    before, after, target = lines(right)
    assert np.array_equal(before, nets[2].run(task.x).y[:, 0])
    assert np.array_equal(after, runs[2].network.run(task.x).y[:, 0])
    assert np.array_equal(target, task.y_target[:, 0])


def test_loss_panels_smooth_single_spikes_away_if_asked():
    losses = np.ones((1, 9))
    losses[0, 4] = 100
    (rough,) = figures.loss_panels({"end": losses}, "rtrl", axes=[plt.figure().subplots()])
    (smooth,) = figures.loss_panels({"end": losses}, "rtrl", smooth=3, axes=[plt.figure().subplots()])
    assert bold_line(rough).max() == 100
    assert bold_line(smooth).tolist() == [1] * 7
    assert smooth.get_title() == "end"


def test_variants_are_named_at_their_ends():
    ax = figures.variant_losses({"right": [[3, 2]], "suspect": [[3, 1]]}, ylim=(0.5, 5), rule="rtrl")
    assert {"right", "suspect"} == set(labels(ax))
    assert sorted(line.get_ydata()[-1] for line in ax.get_lines() if line.get_linewidth() > 2) == [1, 2]


def test_cards_are_framed_at_their_own_row_and_coloured_by_their_own_entries():
    P = np.zeros((2, 3, 3, 3))
    P[:, 0, 0] = 1
    P[1, 2, 1] = -1
    one, two = figures.sensitivity_cards(P, ["early", "late"])
    assert [ax.get_title(loc="left") for ax in (one, two)] == ["early", "late"]
    for ax, red, blue in ((one, 3, 0), (two, 3, 3)):
        cells = [patch.get_facecolor() for patch in ax.patches if patch.get_fill()]
        frames = [patch for patch in ax.patches if not patch.get_fill()]
        assert (len(cells), len(frames)) == (27, 3)
        assert cells.count(figures.DIVERGING(1.0)) == red
        assert cells.count(figures.DIVERGING(0.0)) == blue


def test_slices_frame_the_row_of_a_units_own_synapses():
    P = np.arange(27.0).reshape(3, 3, 3)
    axes = figures.sensitivity_slices(P, units=[0, 2])
    assert [ax.images[0].get_array().tolist() for ax in axes] == [P[0].tolist(), P[2].tolist()]
    assert [ax.patches[0].get_y() for ax in axes] == [0.5, 2.5]
    assert axes[1].get_xticks().tolist() == [1, 2, 3]


def test_a_frame_of_the_tensor_has_a_zero_on_its_scale_and_sizes_until_its_step():
    figure, P = plt.figure(), np.ones((4, 2, 2, 2))
    figures.sensitivity_frame(figure, P, t=2, tau=1)
    bottom = figure.axes[1]
    assert [len(line) for line in lines(bottom, figures.LOCAL)] == [4, 3]
    assert np.allclose(lines(bottom, figures.LOCAL)[0], 2)  # four of the eight entries
    assert "0" in [label.get_text() for label in figure.axes[2].get_yticklabels()]


def test_the_local_share_is_beside_an_even_spread():
    ax = figures.local_share(np.array([1, 2]), [[1, 0.5], [1, 0.3], [1, 0.4]], n_rec=8)
    assert bold_line(ax).tolist() == [1, 0.4]
    assert [0.125, 0.125] in [list(y) for y in lines(ax, figures.GREY)]


def test_running_sums_have_arrows_in_their_directions():
    time = np.arange(30.0)
    ax = figures.running_sums(time, time, 29 - time, total=29)
    ways = {}
    for note in ax.texts:
        ways.setdefault(note.arrowprops["color"], []).append(note.xy[0] - note.xyann[0])
    assert {color: np.sign(steps).tolist() for color, steps in ways.items()} == {
        figures.STYLES["rtrl"]["color"]: [1, 1],
        figures.STYLES["bptt"]["color"]: [-1, -1],
    }
    assert [29, 29] in [list(y) for y in lines(ax, figures.INK)]


def test_sensitivity_norms_are_named():
    ax = figures.sensitivity_norms(np.arange(2), {"weak": [[1, 0.1]], "strong": [[1, 10]]})
    assert {"weak", "strong"} == set(labels(ax))


def test_blocks_of_the_size_of_the_network_are_marked():
    times = {"rtrl": 2.0, "bptt": 0.5, "blocks": [3.0, 1.0]}
    (ax,) = figures.block_times([1, 8], {8: times})
    drawn = {line.get_label(): list(line.get_ydata()) for line in ax.get_lines()}
    assert drawn["RTRL"] == [2000, 2000]
    assert drawn["RTRL in blocks"] == [3000, 1000]
    assert " $K = N$" in labels(ax)


def test_cost_curves_have_guides_only_if_asked():
    costs = {"rtrl": {n: Cost(n**4 / 1000, n**3) for n in (5, 10, 20, 40)}}
    plain = figures.cost_curves(costs, costs)
    guided = figures.cost_curves(costs, costs, titles=("20 steps", "16 units"), guides=("rtrl", 4, 3))
    assert labels(plain[0, 0]) == []
    assert [labels(ax) for ax in guided.ravel()] == [["$N^4$"], [], ["$N^3$"], []]
    assert np.allclose(lines(guided[0, 0])[1], 0.2 * np.array([10, 20, 40.0]) ** 4)
    assert guided[0, 1].get_title() == "16 units"


def test_what_a_synapse_sees_is_marked_at_one_moment():
    pre, slope, trace, c = np.arange(5.0), np.ones(5), np.full(5, 2.0), np.arange(5.0)
    marked = figures.synapse_view(10, pre, slope, trace, c, moment=3)
    dots = [[list(line.get_ydata()) for line in ax.get_lines() if line.get_marker() == "o"] for ax in marked]
    assert dots == [[[3]], [[1]], [[2]], [[3]], [[6]]]
    assert [labels(ax)[0] for ax in marked] == ["", "×", "→", "×", "="]
    unmarked = figures.synapse_view(10, pre, slope, trace, c)
    assert not any(line.get_marker() == "o" for ax in unmarked for line in ax.get_lines())


def test_a_frame_of_the_update_shows_the_product_of_error_and_trace():
    figure = plt.figure()
    pre, c = np.array([1.0, 2]), np.array([1.0, -1])
    trace, total = np.array([[1.0, 2], [3, 4]]), np.zeros((2, 2))
    figures.update_frame(figure, pre, c, trace, total, limits=[2, 1, 4, 4, 1])
    shown = [ax.images[0].get_array().tolist() for ax in figure.axes if ax.images]
    assert shown[2:] == [[[0.25, 0.5], [0.75, 1]], [[0.25, 0.5], [-0.75, -1]], [[0, 0], [0, 0]]]


def test_strips_of_angles_have_a_bar_at_the_median_in_a_panel_each():
    axes = figures.angle_panels({"as drawn": {"rflo": [80, 90, 130]}, "after": {"rflo": [10, 20, 30]}})
    assert [ax.collections[0].get_segments()[0][0, 1] for ax in axes] == [90, 20]
    assert [ax.get_title() for ax in axes] == ["as drawn", "after"]


def test_beyond_a_right_angle_the_ground_says_uphill():
    angles = {"local": [[0, 40, 80], [0, 50, 90], [0, 45, 70]]}
    ax = figures.angles_against([0, 1, 2], angles, "length")
    assert ax.get_ylim() == (0, 135)
    assert {" uphill", "local only"} == set(labels(ax))
    turned = figures.angles_against([0, 1], {"random": [[0, 180]]}, "turn")
    assert turned.get_ylim() == (0, 180)


def test_loss_and_alignment_name_each_condition():
    axes = figures.loss_and_alignment({"rflo": [history([3, 1])], "readout": [history([3, 2])]})
    assert [line.get_ydata().tolist() for line in axes[0].get_lines() if line.get_linewidth() > 2] == [[3, 1], [3, 2]]
    assert all({"RFLO", "readout only"} == set(labels(ax)) for ax in axes)


def test_a_held_readout_learns_below_one_and_unlearns_above():
    ax = figures.held_readout([-1, 0, 1], [[3, 1, 0.3]])
    assert bold_line(ax).tolist() == [3, 1, 0.3]
    heights = {text.get_text().strip(): text.get_position()[1] for text in ax.texts}
    assert heights["learns"] < 1 < heights["unlearns"]


def test_two_ways_lie_over_each_other():
    ax = figures.two_ways({"right": [[5, 4]], "wrong": [[5, 3]]})
    assert {line.get_linestyle(): line.get_ydata().tolist() for line in ax.get_lines()} == {"-": [5, 4], "--": [5, 3]}
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["right", "wrong"]


def test_parts_of_a_change_are_summed_up():
    ax = figures.parts_of_change({"W": [[1, -3, 0]], "W_out": [[-1, -1, -1]]})
    bold = [line.get_ydata().tolist() for line in ax.get_lines() if line.get_linewidth() > 2]
    assert bold == [[1, -2, -2], [-1, -2, -3]]
    assert set(labels(ax)) == {"W", "W_out"}


def test_a_path_on_the_plane_has_its_loss_beside_it():
    figure = plt.figure()
    path, other = np.array([[0.1, -0.8], [1.0, -0.3]]), np.array([[0.1, 0.5], [1.0, 1.0]])
    figures.parabola_frame(figure, path, [other], b=1.0, y_target=1.0)
    plane, curve = figure.axes
    assert np.allclose(bold_line(plane), path[:, 1])
    assert np.allclose(bold_line(curve), [(1 + 0.08) ** 2 / 2, 1.3**2 / 2])
    zero = next(line for line in plane.get_lines() if line.get_linestyle() == "--")
    assert np.allclose(zero.get_xdata() * zero.get_ydata(), 1)  # where the output is the target
    (shade,) = plane.collections
    upper = shade.get_paths()[0].vertices
    assert np.any(np.all(np.isclose(upper, [2.4, -(2.4**2)]), axis=1))


def test_credit_at_a_lag_compares_sizes():
    top, bottom = figures.credit_at_lag([0, 1], [[1, 0.2]], {"bptt": [[1, 0.9]], "rflo": [[1, 0.4]]})
    assert bold_line(top).tolist() == [1, 0.2]
    assert {"BPTT", "RFLO"} == set(labels(bottom))


def test_losses_against_delay_are_named():
    ax = figures.delay_losses([1, 10], {"rflo": [[1, 5]], "bptt": [[1, 2]]})
    assert sorted(line.get_ydata()[-1] for line in ax.get_lines() if line.get_linewidth() > 2) == [2, 5]
    assert {"BPTT", "RFLO"} == set(labels(ax))
    named = figures.delay_losses([1, 10], {"a": [[1, 5]]}, {"a": {"label": "mine", "color": "k", "linestyle": "-"}})
    assert labels(named) == ["mine"]


def test_the_feedback_as_drawn_is_marked():
    ax = figures.size_of_feedback([0.1, 1, 10], [[3, 1, 2]])
    (best,) = [line for line in ax.get_lines() if line.get_marker() == "o"]
    assert (best.get_xdata(), best.get_ydata()) == (1, 1)
    assert [1, 1] in [list(line.get_xdata()) for line in ax.get_lines()]
    assert labels(ax) == ["as drawn"]
