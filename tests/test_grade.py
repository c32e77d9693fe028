"""The made-up submissions for the grader fit the labs. Grading itself is `make grade`, each night."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import grade  # noqa: E402

LABS = {path.stem: json.loads(path.read_text()) for path in (ROOT / "book" / "labs").glob("*.ipynb")}


@pytest.mark.parametrize("lab", grade.MISTAKES)
def test_every_mistake_changes_a_right_submission(lab):
    right = grade.without_marks(LABS[lab])
    assert "SOLUTION" not in json.dumps(right)
    for changes in grade.MISTAKES[lab].values():
        assert grade.changed(right, changes) != right
    with pytest.raises(ValueError, match="no cell holds the line"):
        grade.changed(right, [("a line that is not there", "")])


@pytest.mark.parametrize("lab", grade.EXPECTED)
def test_the_expected_points_are_those_of_the_lab(lab):
    full = grade.full_points(LABS[lab])
    assert grade.EXPECTED[lab]["right"] == full
    assert grade.EXPECTED[lab].keys() == {"right", "empty", *grade.MISTAKES[lab]}
    for points in grade.EXPECTED[lab].values():
        assert points.keys() == full.keys()
        assert all(0 <= points[name] <= full[name] for name in full)


def test_every_lab_gives_points():
    for notebook in LABS.values():
        assert sum(grade.full_points(notebook).values()) >= 6
