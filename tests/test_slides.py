"""The sources of the slides: labels that exist, minutes that add up, a note for each slide."""

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import slides  # noqa: E402

DECKS = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "slides").glob("*.md"))}
FIGURES, EQUATIONS = slides.labelled(slides.read(ROOT / "book"))
GUIDE = (ROOT / "book" / "teaching" / "guide.md").read_text(encoding="utf-8")
# The rows of the plan for one lecture that each deck serves.
PLANNED = {"network": "5-18", "bptt": "18-38", "rtrl": "38-50", "rflo": "50-74", "comparison": "74-84"}


def pages(deck):
    """The slides of a deck, without its front matter."""
    return DECKS[deck].split("\n---\n")[1:]


@pytest.mark.parametrize("deck", PLANNED)
def test_a_deck_has_ten_to_fourteen_slides_each_with_a_note(deck):
    assert 10 <= len(pages(deck)) <= 14
    for page in pages(deck):
        assert re.search(r"<!-- \d+ min\. .{20,} -->", page)
    assert "\nlang: en\n" in DECKS[deck]


@pytest.mark.parametrize("deck", PLANNED)
def test_the_notes_keep_to_the_clock_of_the_plan(deck):
    begin, end = map(int, PLANNED[deck].split("-"))
    assert f"| {PLANNED[deck]} |" in GUIDE
    assert sum(int(minutes) for minutes in re.findall(r"<!-- (\d+) min\.", DECKS[deck])) == end - begin


@pytest.mark.parametrize("deck", PLANNED)
def test_every_label_is_in_a_chapter(deck):
    wanted = [match[2] for match in slides.FIGURE.finditer(DECKS[deck])]
    assert wanted
    assert set(wanted) <= FIGURES.keys()
    assert all(FIGURES[label][0] for label in wanted)  # each has words for those who do not see it
    assert {match[1] for match in slides.EQUATION.finditer(DECKS[deck])} <= EQUATIONS.keys()


def test_there_is_nothing_else():
    assert DECKS.keys() == PLANNED.keys()


def test_labels_are_filled_in(tmp_path):
    cell = {
        "cell_type": "code",
        "source": [],
        "metadata": {"mystnb": {"figure": {"name": "fig-a"}, "image": {"alt": "A line."}}},
        "outputs": [{"data": {"image/png": "aGVsbG8="}}],
    }
    words = {"cell_type": "markdown", "source": ["```{math}\n:label: eq-a\nx = 1\n```"], "metadata": {}}
    figures, equations = slides.labelled([{"cells": [cell, words]}])
    made = slides.fill("![](#fig-a)\n![h:300](#fig-a)\n$$eq-a$$", figures, equations, tmp_path)
    assert made == "![A line.](fig-a.png)\n![h:300 A line.](fig-a.png)\n$$\nx = 1\n$$"
    assert (tmp_path / "fig-a.png").read_bytes() == b"hello"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("![](#fig-none)", "no figure has the label fig-none"),
        ("![](#fig-empty)", "the figure fig-empty is no picture"),
        ("$$eq-none$$", "no equation has the label eq-none"),
    ],
)
def test_an_unknown_label_is_an_error(text, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        slides.fill(text, {"fig-empty": ("", None)}, {}, tmp_path)


def test_formulae_get_their_words():
    page = '<svg a="1" role="img" b><svg role="img">'
    made = slides.mend(page, "$$\nx < 1\n$$ and $y$ <!-- not $z$ -->")
    assert made == '<svg a="1" role="img" aria-label="x &lt; 1" b><svg role="img" aria-label="y">'
    with pytest.raises(ValueError, match="more formulae in the source"):
        slides.mend("<p></p>", "$x$")
