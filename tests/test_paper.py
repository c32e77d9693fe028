"""The paper for the journal: what is still to be filled in is reported, and nothing else is missing."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PAPER = (ROOT / "paper" / "paper.md").read_text(encoding="utf-8")
KEYS = re.findall(r"(?m)^@\w+\{([^,]+),", (ROOT / "book" / "references.bib").read_text(encoding="utf-8"))


def placeholders(text):
    """What the authors have to fill in."""
    return re.findall(r"[A-Z]{5,}: to be filled in before submission|To be written by the authors", text)


def test_nothing_is_left_to_be_filled_in():
    assert placeholders("AUTHORS: to be filled in before submission") == ["AUTHORS: to be filled in before submission"]
    if left := placeholders(PAPER):
        pytest.xfail(f"paper/paper.md waits for its authors: {'; '.join(left)}")


def test_every_reference_is_in_the_bibliography():
    cited = re.findall(r"@(\w+)", PAPER.split("---", 2)[2])
    assert cited
    assert set(cited) <= set(KEYS)


def test_the_parts_that_a_journal_asks_for():
    head = yaml.safe_load(PAPER.split("---")[1])
    assert head.keys() >= {"title", "tags", "authors", "affiliations", "date", "bibliography"}
    for part in (
        "Summary",
        "Statement of need",
        "Learning objectives and content",
        "Instructional design",
        "References",
    ):
        assert f"\n# {part}\n" in PAPER
    for name in ("LICENSE", "LICENSE-TEXT", "CONTRIBUTING.md", "CODE_OF_CONDUCT.md", "CITATION.cff"):
        assert (ROOT / name).exists()
    words = len(re.sub(r"[#@\[\]*`]", "", PAPER.split("---", 2)[2]).split())
    assert 250 < words < 1000


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")), ids=lambda path: path.stem
)
def test_a_form_has_what_the_site_needs(path):
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert form["name"]
    assert form["description"]
    for field in form["body"]:
        assert field["type"] in {"input", "textarea", "dropdown", "checkboxes", "markdown"}
        assert field["attributes"]["label"]
    identities = [field["id"] for field in form["body"]]
    assert len(set(identities)) == len(identities)
