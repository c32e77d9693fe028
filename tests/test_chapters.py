"""What holds of the notebook of every chapter."""

import json
import re
from pathlib import Path

import pytest

CHAPTERS = sorted((Path(__file__).parents[1] / "book").glob("*.ipynb"))
MAIN = [path for path in CHAPTERS if path.stem in ("network", "bptt", "rtrl", "rflo", "comparison", "claims")]
DRAWS = re.compile(r"\b(ax|axes|fig|figure|plt|left|right)\b[.\[]")
PREDICT = re.compile(r"^::::\{admonition\} Predict\n:class: predict\n(.*?)^::::$", re.MULTILINE | re.DOTALL)


def drawing_lines(source):
    """How many lines of a cell only draw."""
    return sum(bool(DRAWS.search(line)) for line in source.splitlines())


def cells(path, kind):
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [("".join(cell["source"]), cell["metadata"]) for cell in found if cell["cell_type"] == kind]


def code_cells(path):
    return [source for source, _ in cells(path, "code")]


def text(path):
    return "\n\n".join(source for source, _ in cells(path, "markdown"))


def answered(prediction):
    return bool(re.search(r"^:::\{dropdown\} Answer\n[^:]", prediction, re.MULTILINE))


def order(markdown):
    """The boxes that stand once in a chapter, and the headings, in their order."""
    return re.findall(r"^:class: (opening|facts|summary)$|^## (.*)$", markdown, re.MULTILINE)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_drawing_is_done_by_functions(path):
    assert code_cells(path)
    assert max(map(drawing_lines, code_cells(path))) <= 12


def test_a_cell_that_draws_is_seen():
    source = "x = 1\nleft, right = axes\nax.plot(x)\naxes[0].set(xlim=x)\nright.legend()\nplt.show()"
    assert drawing_lines(source) == 4


@pytest.mark.parametrize("path", MAIN, ids=lambda path: path.stem)
def test_imports_are_folded(path):
    (metadata,) = (metadata for source, metadata in cells(path, "code") if "\nimport numpy as np\n" in source)
    assert "hide-input" in metadata["tags"]
    assert metadata["mystnb"]["code_prompt_show"] == "Code: imports"


@pytest.mark.parametrize("path", MAIN, ids=lambda path: path.stem)
def test_every_prediction_has_an_answer(path):
    boxes = PREDICT.findall(text(path))
    assert len(boxes) == text(path).count(":class: predict") > 0
    assert all(map(answered, boxes))
    assert not re.search(r"\*Predict", text(path))  # none outside of a box


def test_a_prediction_without_an_answer_is_seen():
    box = "::::{admonition} Predict\n:class: predict\n\nHow far?\n::::\n"
    (open_box,) = PREDICT.findall(box)
    (folded,) = PREDICT.findall(box.replace("far?\n", "far?\n\n:::{dropdown} Answer\nTwo thirds.\n:::\n"))
    assert not answered(open_box)
    assert answered(folded)


@pytest.mark.parametrize("path", MAIN, ids=lambda path: path.stem)
def test_boxes_and_sections_come_in_one_order(path):
    found = [box or heading for box, heading in order(text(path))]
    between = found[1:-4]
    if between[0] == "facts":  # of what the chapter is about
        between = between[1:]
    assert found[0] == "opening"
    assert found[-4:] == ["summary", "Quiz", "Exercises", "Further reading"]
    assert not {"opening", "facts", "summary"} & set(between)


def test_another_order_is_seen():
    assert order(":class: summary\n\n## Quiz\n") == [("summary", ""), ("", "Quiz")]
    assert order("## Quiz\n\n:class: summary\n") == [("", "Quiz"), ("summary", "")]
