"""What holds of the notebook of every chapter."""

import json
import re
from pathlib import Path

import pytest

CHAPTERS = sorted((Path(__file__).parents[1] / "book").glob("*.ipynb"))
DRAWS = re.compile(r"\b(ax|axes|fig|figure|plt|left|right)\b[.\[]")


def drawing_lines(source):
    """How many lines of a cell only draw."""
    return sum(bool(DRAWS.search(line)) for line in source.splitlines())


def code_cells(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_drawing_is_done_by_functions(path):
    assert code_cells(path)
    assert max(map(drawing_lines, code_cells(path))) <= 12


def test_a_cell_that_draws_is_seen():
    source = "x = 1\nleft, right = axes\nax.plot(x)\naxes[0].set(xlim=x)\nright.legend()\nplt.show()"
    assert drawing_lines(source) == 4
