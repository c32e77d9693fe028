"""The labs: minutes that add up, tasks with a check, points, and marks that the grader understands."""

import json
import re
from pathlib import Path

import pytest

from rnn_book.checks import EXERCISES, by_hand

LABS = {
    p.stem: json.loads(p.read_text()) for p in sorted((Path(__file__).parents[1] / "book" / "labs").glob("*.ipynb"))
}


def source(cell):
    return "".join(cell["source"])


def test_there_are_five():
    assert list(LABS) == ["lab0", "lab1", "lab2", "lab3", "lab4"]


@pytest.mark.parametrize("name", LABS)
def test_the_minutes_of_the_parts_add_up(name):
    whole = "\n".join(source(c) for c in LABS[name]["cells"] if c["cell_type"] == "markdown")
    stated = int(re.search(r"\*\*Time:\*\* (\d+) minutes", whole)[1])
    parts = [int(minutes) for minutes in re.findall(r"^## \d\. .*\((\d+) minutes\)$", whole, re.MULTILINE)]
    assert len(parts) >= 4
    assert sum(parts) == stated
    assert 75 <= stated <= 90 or name == "lab0"


@pytest.mark.parametrize("name", LABS)
def test_every_check_is_known_and_earns_points(name):
    cells = [c for c in LABS[name]["cells"] if re.search(r"\bcheck\(", source(c))]
    assert len(cells) >= 2
    for cell in cells:
        asked = set(re.findall(r'check\(\s*"([\w-]+)"', source(cell)))
        assert asked <= EXERCISES.keys() | by_hand.ANSWERS.keys()
        marks = cell["metadata"]["nbgrader"]
        assert marks["grade"]
        assert marks["locked"]
        # A check of the student's own making must not be the one that grades.
        assert source(cell).startswith("from rnn_book.checks import check")
        assert f"verdict.points({marks['points']})" in source(cell)


@pytest.mark.parametrize("name", LABS)
def test_marks_of_the_grader_fit_the_cells(name):
    marked = [c for c in LABS[name]["cells"] if "nbgrader" in c["metadata"]]
    names = [c["metadata"]["nbgrader"]["grade_id"] for c in marked]
    assert len(set(names)) == len(names)
    for cell in marked:
        marks = cell["metadata"]["nbgrader"]
        assert marks["solution"] == ("### BEGIN SOLUTION" in source(cell)) == ("### END SOLUTION" in source(cell))
    unmarked = [c for c in LABS[name]["cells"] if "nbgrader" not in c["metadata"]]
    assert not any("### BEGIN SOLUTION" in source(c) for c in unmarked)


@pytest.mark.parametrize("name", LABS)
def test_there_are_questions_in_words_with_folded_answers(name):
    words = [c for c in LABS[name]["cells"] if c["cell_type"] == "markdown" and "nbgrader" in c["metadata"]]
    assert len(words) >= 2
    assert all(":::{dropdown} A possible answer" in source(c) for c in words)
    folded = [c for c in LABS[name]["cells"] if c["cell_type"] == "code" and "### BEGIN SOLUTION" in source(c)]
    assert all("hide-input" in c["metadata"]["tags"] for c in folded)
