"""The instructor guide's map of objectives: every exercise, check, lab part and quiz that it names is there."""

import json
import re
from pathlib import Path

import pytest

from rnn_book.checks import EXERCISES, by_hand

BOOK = Path(__file__).parents[1] / "book"
GUIDE = (BOOK / "teaching" / "guide.md").read_text(encoding="utf-8")
MAP = re.search(r"\| students can \| quiz \|.*?\n\n", GUIDE, re.DOTALL)[0]
BELIEFS = re.search(r"\| \| belief \|.*?\n\n", GUIDE, re.DOTALL)[0]
PAGES = {"warm-up": "warmup", "network": "network", "BPTT": "bptt", "RTRL": "rtrl", "RFLO": "rflo",
         "*not the brain yet*": "brain", "comparison": "comparison"}  # fmt: skip


def text(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def labels():
    """All that a page can refer to by a label."""
    found = set()
    for path in BOOK.glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        found |= {cell["metadata"].get("mystnb", {}).get("figure", {}).get("name") for cell in cells}
        found |= set(re.findall(r":(?:label|name): ([\w-]+)", text(path)))
        found |= set(re.findall(r"^\(([\w-]+)\)=$", text(path), re.MULTILINE))
    return found


def missing(table):
    """What a table names, and the book does not have."""
    checks = EXERCISES.keys() | by_hand.ANSWERS.keys()
    found = [name for name in re.findall(r"\{[\w:]+\}`([\w-]+)`", table) if name not in labels()]
    found += [name for name in re.findall(r"(?<!\})`([\w-]+)`", table) if name not in checks]
    found += [page for page in re.findall(r"\]\(\.\./([\w/.]+)\)", table) if not (BOOK / page).exists()]
    for lab, kind, number in re.findall(r"Lab (\d) (part|question) (\d)", table):
        asked = rf"^## {number}\. " if kind == "part" else rf"\*\*Question {number}\."
        if not re.search(asked, text(BOOK / "labs" / f"lab{lab}.ipynb"), re.MULTILINE):
            found.append(f"Lab {lab} {kind} {number}")
    return found


def without_quiz(table):
    """The pages of a map's second column that have no quiz."""
    found = []
    for row in table.strip().split("\n")[2:]:
        for page in filter(None, row.split("|")[2].strip().split(", ")):
            if page not in PAGES or "\n## Quiz\n" not in text(BOOK / f"{PAGES[page]}.ipynb"):
                found.append(page)
    return found


@pytest.mark.half_second
def test_all_that_the_map_names_is_there():
    assert MAP.count("\n") > 15
    assert missing(MAP) + without_quiz(MAP) == []


def test_every_belief_has_a_cure_at_a_place_that_is_there():
    rows = BELIEFS.strip().split("\n")[2:]
    assert len(rows) == 18
    for row in rows:
        cure = row.split("|")[4]
        assert re.search(r"\{[\w:]+\}`|Lab \d (part|question) \d|`[\w-]+`|\]\(", cure), row
        assert missing(cure) == []


@pytest.mark.half_second
@pytest.mark.parametrize(
    ("there", "not_there"),
    [("ex-rflo-bug", "ex-rflo-bag"), ("`rflo-trace`", "`rflo-trice`"), ("Lab 4 part 6", "Lab 4 part 9"),
     ("Lab 0 question 2", "Lab 0 question 8"), ("| RTRL |", "| RTLR |"),
     ("../brain.ipynb", "../brian.ipynb")],
)  # fmt: skip
def test_what_is_not_there_is_found(there, not_there):
    assert there in MAP
    changed = MAP.replace(there, not_there, 1)
    (found,) = missing(changed) + without_quiz(changed)
    assert found in not_there


@pytest.mark.parametrize("page", ["network", "bptt", "rtrl", "rflo"])
def test_a_core_chapter_has_eight_exercises_and_five_questions_with_options(page):
    words = text(BOOK / f"{page}.ipynb")
    stars = re.findall(r"^`{3,}\{exercise\} .*\((★+)\)$", words, re.MULTILINE)
    assert len(stars) == 8
    assert stars.count("★") >= 3
    quiz = words.split("\n## Quiz\n")[1].split("\n## Exercises")[0]
    questions = re.split(r"^\*\*\d\.\*\* ", quiz, flags=re.MULTILINE)[1:]
    assert len(questions) == 5
    for question in questions:
        verdicts = re.findall(r"^\*\*(Right|No)\.\*\* ?(.*)$", question, re.MULTILINE)
        assert [verdict for verdict, _ in verdicts].count("Right") == 1
        assert len(verdicts) == len(re.findall(r"\{dropdown\} [A-D]\. ", question)) >= 2
        assert all(says for verdict, says in verdicts if verdict == "No")  # what is wrong with it


def asked(pages):
    """The names of the checks that pages tell a reader to ask."""
    return {name for page in pages for name in re.findall(r"""check\(\s*["']([\w-]+)["']""", page)}


def test_every_check_is_asked_for_by_a_page_that_says_what_to_write():
    pages = [
        "\n".join("".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"])
        for path in (*BOOK.glob("*.ipynb"), *BOOK.glob("labs/*.ipynb"))
    ]
    more = (BOOK / "teaching" / "exercises.md").read_text(encoding="utf-8")
    known = EXERCISES.keys() | by_hand.ANSWERS.keys()
    assert asked([*pages, more]) == known
    assert known - asked(pages) == asked([more])  # none is asked for twice, and without this page some never
