"""No text of a figure is smaller than what a phone still shows at 11 pixels; the website's tests measure the rest."""

import re
from pathlib import Path

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
