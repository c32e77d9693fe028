"""Grade made-up submissions of a lab with nbgrader from end to end, and compare the points with what they should be.

nbgrader ends with exit code 0 whatever the grades are, so they are read from its gradebook.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
COURSE = ROOT / "_build" / "course"
CONFIG = """c = get_config()
c.CourseDirectory.course_id = "rnn"
c.ClearSolutions.code_stub = {"python": "# Your code here.\\nraise NotImplementedError"}
c.ClearSolutions.text_stub = "*Your answer here.*"
c.ExecutePreprocessor.timeout = 120
"""
# One line of a right solution, and what a student might have written.
MISTAKES = {
    "lab4": {
        "partly": [("dW -= c[:, np.newaxis] * p / T", "dW -= c[:, np.newaxis] * p")],
        "wrong": [
            ("p = (1 - 1 / net.tau) * p + np.outer", "p = p + np.outer"),
            ("c = net.B @ error", "c = net.W_out.T @ error"),
            ("for t in range(len(x) - d):", "for t in range(len(x)):"),
            ('"rflo": with_B', '"rflo": local'),
        ],
        "endless": [("h, u, _ = net.run(x)", "while True:\n        pass")],
    }
}
# Points by cell: what the check says, in the order of the lab.
EXPECTED = {
    "lab4": {
        "right": {"check-by-hand": 4, "check-trace": 5, "check-rule": 6, "check-delayed": 5},
        "partly": {"check-by-hand": 4, "check-trace": 5, "check-rule": 4, "check-delayed": 5},
        "wrong": {"check-by-hand": 3, "check-trace": 0, "check-rule": 2, "check-delayed": 0},
        "empty": {"check-by-hand": 0, "check-trace": 0, "check-rule": 0, "check-delayed": 0},
        "endless": {"check-by-hand": 4, "check-trace": 0, "check-rule": 6, "check-delayed": 5},
    }
}


def without_marks(notebook):
    """The source as a student hands it in: the solutions, without their marks."""
    made = json.loads(json.dumps(notebook))
    for cell in made["cells"]:
        text = "".join(cell["source"])
        text = re.sub(r"(?m)^.*### (?:BEGIN|END) SOLUTION.*\n?", "", text)
        cell["source"] = text.splitlines(keepends=True)
    return made


def changed(notebook, changes):
    """A submission with some lines replaced; a line that is not there is an error."""
    made = json.loads(json.dumps(notebook))
    for old, new in changes:
        hits = 0
        for cell in made["cells"]:
            text = "".join(cell["source"])
            hits += old in text
            cell["source"] = text.replace(old, new).splitlines(keepends=True)
        if not hits:
            raise ValueError(f"no cell holds the line {old!r}")
    return made


def nbgrader(*arguments):
    """Run nbgrader in the course's folder."""
    subprocess.run([sys.executable, "-m", "nbgrader", *arguments], cwd=COURSE, check=True)


def points(lab):
    """The points of each submission by cell, from the gradebook."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{COURSE / 'gradebook.db'}") as book:
        return {
            submission.student.id: {
                grade.cell.name: grade.auto_score
                for grade in submission.notebooks[0].grades
                if grade.cell.cell_type == "code"
            }
            for submission in book.assignment_submissions(lab)
        }


def full_points(notebook):
    """The points that each check of a lab can give."""
    marks = [cell["metadata"].get("nbgrader", {}) for cell in notebook["cells"]]
    return {mark["grade_id"]: mark["points"] for mark in marks if mark.get("locked")}


def main():
    """Set up the course, hand in, grade, compare."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--labs", nargs="+", default=sorted(p.stem for p in (ROOT / "book" / "labs").glob("*.ipynb")))
    options = parser.parse_args()
    shutil.rmtree(COURSE, ignore_errors=True)
    for lab in options.labs:
        source = COURSE / "source" / lab / f"{lab}.ipynb"
        source.parent.mkdir(parents=True)
        notebook = json.loads((ROOT / "book" / "labs" / f"{lab}.ipynb").read_text(encoding="utf-8"))
        source.write_text(json.dumps(notebook), encoding="utf-8")
        (COURSE / "nbgrader_config.py").write_text(CONFIG)
        nbgrader("generate_assignment", lab)
        released = json.loads((COURSE / "release" / lab / f"{lab}.ipynb").read_text(encoding="utf-8"))
        if "SOLUTION" in json.dumps(released):
            raise SystemExit(f"{lab}: a solution was released")
        right = without_marks(notebook)
        handed_in = {"right": right, "empty": released}
        handed_in |= {who: changed(right, changes) for who, changes in MISTAKES.get(lab, {}).items()}
        for who, submission in handed_in.items():
            path = COURSE / "submitted" / who / lab / f"{lab}.ipynb"
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps(submission), encoding="utf-8")
        nbgrader("autograde", lab)
        found = points(lab)
        full = full_points(notebook)
        wanted = EXPECTED.get(lab, {"right": full, "empty": dict.fromkeys(full, 0)})
        print(json.dumps(found, indent=1))
        if found != wanted:
            raise SystemExit(f"{lab}: the grades are not what they should be: {json.dumps(wanted, indent=1)}")
    print(f"Graded as they should be: {', '.join(options.labs)}. The course is in {COURSE}.")


if __name__ == "__main__":
    main()
