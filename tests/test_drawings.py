"""Drawings say what the notation page says, and the numbers on them are those of the example by hand."""

from fractions import Fraction

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_rgba

from rnn_book import figures, two_units


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def words(ax):
    return [text.get_text() for text in ax.texts]


def test_the_circuit_names_every_matrix_and_the_synapse_goes_from_j_to_i():
    ax = figures.circuit()
    names = {
        "$x_m$",
        r"$W^\mathrm{in}$",
        "$W_{ij}$",
        r"$W^\mathrm{out}$",
        "$y_o$",
        "$y^*_o$",
        r"$\varepsilon_o$",
        "$B$",
    }
    assert names <= set(words(ax))
    place = {text.get_text(): text.get_position() for text in ax.texts}
    synapse = max((p for p in ax.patches if hasattr(p, "get_arrowstyle")), key=lambda p: p.get_linewidth())
    start, end = synapse._posA_posB
    assert tuple(start) == place["$j$"]
    assert tuple(end) == place["$i$"]


def test_on_the_time_line_an_output_stands_over_the_state_that_it_reads():
    ax = figures.time_line(2)
    at = {text.get_text(): text.get_position()[0] for text in ax.texts}
    assert at["$h_1$"] == at[r"$y_0, \varepsilon_0$"] == at["$c_0, z_0$"] == at["$P_1, p_1$"]
    assert at["$h_0$"] < at["$x_0, u_0$"] < at["$h_1$"]
    assert r"$y_2, \varepsilon_2$" not in at


def test_the_edges_bear_the_derivatives_and_their_product_is_an_entry_of_the_gradient():
    ax = figures.unrolled()
    wide = [p for p in ax.patches if hasattr(p, "get_arrowstyle") and p.get_linewidth() > 2]
    colors = [patch.get_edgecolor() for patch in wide]
    assert colors.count(to_rgba(figures.LOCAL)) == 2  # the use, and the leak of its own unit
    assert colors.count(to_rgba(figures.NONLOCAL)) == 1  # what goes on to unit 2
    hand = two_units.work_out()
    path = [Fraction(text) for text in words(ax) if text in ("1/2", "1")]
    assert len(path) == 8
    assert -hand.P[1, 0, 0, 0] * hand.J[1, 0] * hand.error[1, 0] / 2 == hand.bptt[0, 0]
    assert {"seen", "not seen"} <= set(words(ax))
