"""The running picture: its numbers are those of the rules, and its five orders add up what the rules add up."""

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgba

from rnn_book import figures
from rnn_book.blame import BLOCK, SYNAPSE, WAYS, example, map_of, ways
from rnn_book.checks import EXERCISES
from rnn_tutorial import bptt, diagnostics, rflo, rtrl


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def totals():
    return {rule: way.blame[way.turn >= 0].sum() for rule, way in ways().items()}


def by_rules():
    trial = example()
    found = {
        "bptt": bptt.gradient(*trial),
        "rtrl": rtrl.gradient(*trial),
        "truncated": bptt.gradient(*trial, truncation=BLOCK),
        "blocks": rtrl.gradient(*trial, block=BLOCK),
        "rflo": rflo.gradient(*trial),
    }
    return {rule: gradient.W[SYNAPSE] for rule, gradient in found.items()}


def test_each_way_adds_up_to_what_its_rule_returns():
    found, expected = totals(), by_rules()
    assert tuple(found) == tuple(expected) == WAYS
    for rule in WAYS:
        assert found[rule] == pytest.approx(expected[rule], rel=1e-12)
    oracle = diagnostics.complex_step(*example()).W[SYNAPSE]
    assert found["bptt"] == pytest.approx(oracle, rel=1e-12)
    # Negative control: the ways that leave something out add up to something else, clearly.
    assert all(abs(found[rule] / oracle - 1) > 0.3 for rule in ("truncated", "rflo"))


def test_the_map_is_that_of_the_exercise():
    net, x, y_target = example()
    assert np.allclose(map_of(net, x, y_target, 3, 2), EXERCISES["net-blame"].reference(net, x, y_target, 3, 2))
    assert not np.allclose(map_of(net, x, y_target, 3, 2), map_of(net, x, y_target, 2, 3))


def test_a_local_map_has_the_feedback_and_no_other_weight_of_the_network():
    net, x, y_target = example()
    whole = map_of(net, x, y_target, *SYNAPSE, local=True)
    other = map_of(replace(net, B=2 * net.B), x, y_target, *SYNAPSE, local=True)
    assert np.allclose(other, 2 * whole)


def test_each_rule_adds_in_its_own_order():
    turn = {rule: way.turn for rule, way in ways().items()}
    T = len(turn["bptt"])
    below = np.tril_indices(T, -1)
    assert all(np.all(order[below] == -1) for order in turn.values())  # no use after its error
    assert all(set(np.diag(order)) <= set(range(T)) for order in turn.values())
    late, early = (2, 9), (9, 10)  # the use of step 2 and of step 9, each through a late error
    assert turn["bptt"][late] > turn["bptt"][early]  # the last uses come first
    assert turn["rtrl"][late] < turn["rtrl"][early]
    assert turn["truncated"][2, 9] == -1
    assert turn["truncated"][8, 9] == 11
    # At the end of a block the uses before it come in, all at once.
    assert turn["blocks"][2, 9] == turn["blocks"][7, 8] == T - 1
    assert turn["blocks"][11, 11] == 8
    assert np.array_equal(turn["rflo"], turn["rtrl"])


def drawn(ax):
    """The values that a panel shows in colour."""
    return ax.images[1].get_array().filled(np.nan)


@pytest.mark.half_second
def test_one_way_is_lit_and_the_others_are_dim():
    for lit in WAYS:
        panels = figures.blame_ways(lit).axes[1:]
        alphas = [ax.images[1].get_alpha() for ax in panels]
        assert [alpha == 1 for alpha in alphas] == [rule == lit for rule in WAYS]
    assert {ax.images[1].get_alpha() for ax in figures.blame_ways().axes[1:]} == {1.0}
    with pytest.raises(ValueError, match=r"lit must be None or one of bptt.*, but got 'uoro'"):
        figures.blame_ways("uoro")


def test_the_picture_shows_the_numbers_in_the_colours_of_the_rules():
    for rule, ax in zip(WAYS, figures.blame_ways().axes[1:], strict=True):
        blame, turn = ways()[rule]
        assert np.array_equal(np.nan_to_num(drawn(ax)), np.where(turn >= 0, blame, 0))
    colors = {patch.get_edgecolor()[:3] for patch in figures.blame_ways().axes[5].patches}
    assert colors == {to_rgba(figures.STYLES["rflo"]["color"])[:3]}


def test_a_frame_shows_what_has_been_added_so_far():
    for moves in (0, 5, 12):
        figure = plt.figure()
        figures.blame_frame(figure, moves)
        for rule, ax in zip(WAYS, figure.axes[1:], strict=True):
            turn = ways()[rule].turn
            assert np.array_equal(~np.isnan(drawn(ax)), (turn >= 0) & (turn < moves))
    sums = [ax.get_xlabel() for ax in figure.axes[1:]]
    assert sums[0] == sums[1] == sums[3] == "sum 1.00"
    assert "sum 1.00" not in (sums[2], sums[4])


@pytest.mark.slow
def test_the_flipbook_has_a_frame_for_each_move():
    page = figures.blame_flipbook().data
    assert page.count("<img") == 13
    assert 'aria-label="moves made"' in page
    assert len(page) < 400_000
