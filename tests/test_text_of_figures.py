"""Text of figures is large enough for a phone, and dark enough; the website's tests measure the rest."""

import re
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import rgb_to_hsv, to_rgb

from rnn_book.style import GREY, LOCAL, NONLOCAL, STYLES, label_ends, legible

ROOT = Path(__file__).parents[1]
SIZE = re.compile(r"(?:font|label|title_font)_?size=\\?[\"']?([\w.-]+)")
SMALLEST = 10  # points, "small" of 12


def too_small(source):
    """The sizes of text that a source asks for, and that are too small."""
    return [
        size
        for size in SIZE.findall(source)
        if (float(size) < SMALLEST if re.fullmatch(r"[\d.]+", size) else size in ("x-small", "xx-small", "smaller"))
    ]


def test_no_figure_asks_for_small_text():
    sources = [*ROOT.glob("book/rnn_book/**/*.py"), *ROOT.glob("book/**/*.ipynb")]
    assert {path.name: too_small(path.read_text(encoding="utf-8")) for path in sources} == {
        path.name: [] for path in sources
    }


def test_small_text_is_found():
    lines = [
        'ax.text(0, 0, "x", fontsize="x-small")',
        "ax.legend(fontsize=8.5)",
        '"tick_params(labelsize=\\"xx-small\\")"',
    ]
    assert too_small("\n".join(lines)) == ["x-small", "8.5", "xx-small"]
    assert too_small('ax.legend(fontsize="small")\nax.text(0, 0, "x", fontsize=11)') == []


def contrast(color):
    """Of a colour with white, by the formula of WCAG 2.2."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(color)]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


@pytest.mark.parametrize("color", [style["color"] for style in STYLES.values()] + [GREY, LOCAL, NONLOCAL])
def test_letters_of_a_colour_are_dark_enough_and_keep_its_hue(color):
    found = legible(color)
    assert contrast(found) >= 4.5
    assert rgb_to_hsv(to_rgb(found))[0] == pytest.approx(rgb_to_hsv(to_rgb(color))[0], abs=0.01)
    assert (found == color.lower()) == (contrast(color) >= 4.5) or color == "black"
    assert contrast("white") == 1
    assert contrast("black") == 21


def test_greys_in_figures_can_be_read():
    assert contrast(GREY) >= 4.5


def test_labels_at_the_ends_of_curves_are_legible():
    _, ax = plt.subplots()
    label_ends(ax, [(0.5, STYLES["rtrl"])])
    assert contrast(ax.texts[0].get_color()) >= 4.5
    assert contrast(STYLES["rtrl"]["color"]) < 4.5
    plt.close()


RAW = re.compile(r"""(?:set_title|\.text|annotate)\(.*color=(?:style|STYLES|shade)""")


def test_no_letters_have_the_colour_of_a_line_as_it_is():
    lines = [line for path in ROOT.glob("book/rnn_book/**/*.py") for line in path.read_text("utf-8").splitlines()]
    assert [line for line in lines if RAW.search(line)] == []
    assert RAW.search('ax.set_title("x", color=STYLES[rule]["color"])')
