"""What holds of the notebook of every chapter."""

import json
import re
from pathlib import Path

import pytest
import yaml

BOOK = Path(__file__).parents[1] / "book"
CHAPTERS = sorted(BOOK.glob("*.ipynb"))
MAIN = [path for path in CHAPTERS if path.stem in ("network", "bptt", "rtrl", "rflo", "comparison", "claims")]
TOC = yaml.safe_load((BOOK.parent / "_toc.yml").read_text())
PARTS = {part["caption"]: [chapter["file"] for chapter in part["chapters"]] for part in TOC["parts"]}
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


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_long_cell_does_not_keep_a_figure_from_its_question(path):
    drawn = [one for one in cells(path, "code") if "figure" in one[1].get("mystnb", {})]
    assert [source for source, of in drawn if source.count("\n") > 36 and "hide-input" not in of["tags"]] == []


def test_a_cell_that_draws_is_seen():
    source = "x = 1\nleft, right = axes\nax.plot(x)\naxes[0].set(xlim=x)\nright.legend()\nplt.show()"
    assert drawing_lines(source) == 4


@pytest.mark.parametrize("path", MAIN, ids=lambda path: path.stem)
def test_imports_are_folded(path):
    (metadata,) = (metadata for source, metadata in cells(path, "code") if "\nimport numpy as np\n" in source)
    assert "hide-input" in metadata["tags"]
    assert metadata["mystnb"]["code_prompt_show"] == "Code: imports"


@pytest.mark.parametrize("path", [*CHAPTERS, *sorted(BOOK.glob("labs/*.ipynb"))], ids=lambda path: path.stem)
def test_no_cell_turns_off_what_the_website_leaves_out(path):
    """A progress bar shows after a second only, and is taken out of the pages."""
    assert "progress=" not in "\n".join(code_cells(path))


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


def head(markdown):
    """What the opening boxes say: what kind of page it is, its minutes, and what it needs."""
    boxes = re.findall(
        r"^:::\{admonition\} In this (\w+)\n:class: opening\n(.*?)^:::$", markdown, re.MULTILINE | re.DOTALL
    )
    said = [(kind, re.findall(r"Reading time:\*+ (?:about )?(\d+) minutes", box), box) for kind, box in boxes]
    return [(kind, int(minutes[0]), re.findall(r"\*(?:You need|Needs):\*+ (.*)", box)) for kind, minutes, box in said]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_chapter_opens_and_ends_in_one_way(path):
    ((kind, _, needs),) = head(text(path))
    assert len(needs) == 1
    assert (kind == "appendix") == (f"book/{path.stem}" in PARTS["Appendices"])
    found = [box or heading for box, heading in order(text(path))]
    assert found.count("opening") == found.count("summary") == 1
    end = [part for part in found if part in ("summary", "Quiz", "Exercises", "Further reading")]
    assert end == found[-len(end) :]
    assert end == sorted(end, key=["summary", "Quiz", "Exercises", "Further reading"].index)


def test_the_front_page_says_how_long_chapters_take():
    minutes = [head(text(BOOK / f"{Path(page).name}.ipynb"))[0][1] for page in PARTS["The chapters"]]
    assert f"{min(minutes)} to {max(minutes)} minutes" in " ".join((BOOK / "index.md").read_text().split())


WITH_MINUTES = [path for path in CHAPTERS if "minutes.*" in text(path)]


@pytest.mark.parametrize("path", WITH_MINUTES, ids=lambda path: path.stem)
def test_a_chapter_takes_as_long_as_its_sections(path):
    """Rounded to five minutes."""
    assert len(WITH_MINUTES) > 5
    sections = map(int, re.findall(r"\*(\d+) minutes?\.\*", text(path)))
    assert abs(head(text(path))[0][1] - sum(sections)) < 5 / 2


def test_another_order_is_seen():
    assert head(":::{admonition} In this chapter\n:class: note\n\n**Reading time:** 5 minutes.\n:::\n") == []
    assert order(":class: summary\n\n## Quiz\n") == [("summary", ""), ("", "Quiz")]
    assert order("## Quiz\n\n:class: summary\n") == [("", "Quiz"), ("summary", "")]


def flipbooks(path):
    """The metadata of the cells whose frames a reader can play."""
    return [metadata for source, metadata in cells(path, "code") if re.search(r"flipbook\(", source)]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_flipbook_has_a_caption_and_a_number(path):
    for metadata in flipbooks(path):
        figure = metadata.get("mystnb", {}).get("figure", {})
        assert figure.get("caption")
        assert figure.get("name", "").startswith("fig-")


def sections(markdown):
    """The text of each section before the quiz, by its heading."""
    parts = re.split(r"^## (.*)$", markdown.split("\n## Quiz\n")[0], flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


TIMED = [BOOK / f"{name}.ipynb" for name in ("warmup", "network", "untrained")]


@pytest.mark.parametrize("path", TIMED, ids=lambda path: path.stem)
def test_sections_say_how_long_they_take_and_the_chapter_says_the_sum(path):
    minutes = [re.match(r"\s*\*(\d+) minutes?\.\* ", body) for body in sections(text(path)).values()]
    total = sum(int(found[1]) for found in minutes if found)
    assert sum(found is None for found in minutes) <= 1  # the short section that comes back to the question
    (stated,) = re.findall(r"\*\*Reading time:\*\* about (\d+) minutes", text(path))
    assert abs(total - int(stated)) <= 2


def questions(markdown):
    """The options of each question of the quiz, as the texts that unfold."""
    quiz = re.search(r"^## Quiz$(.*?)^## ", markdown, re.MULTILINE | re.DOTALL)[1]
    asked = re.split(r"^\*\*\d\.\*\* ", quiz, flags=re.MULTILINE)[1:]
    return [re.findall(r"^:::\{dropdown\} [A-D]\. .+\n(.*)$", question, re.MULTILINE) for question in asked]


@pytest.mark.parametrize("path", TIMED, ids=lambda path: path.stem)
def test_a_question_has_options_and_one_is_right(path):
    for options in questions(text(path)):
        assert len(options) >= 3
        assert sum(option.startswith("**Right.**") for option in options) == 1
        assert sum(option.startswith("**No.**") for option in options) == len(options) - 1


def test_a_question_without_options_or_with_two_right_ones_is_seen():
    quiz = "## Quiz\n\n**1.** Why?\n\n:::{dropdown} Answer\nSo.\n:::\n\n**2.** How?\n\n"
    quiz += ":::{dropdown} A. So\n**Right.** Yes.\n:::\n:::{dropdown} B. Or so\n**Right.** Yes.\n:::\n\n## Exercises\n"
    none, two = questions(quiz)
    assert none == []
    assert [option[:10] for option in two] == ["**Right.**"] * 2


def test_the_network_has_five_questions_and_eight_exercises_with_hints():
    markdown = text(BOOK / "network.ipynb")
    assert len(questions(markdown)) == 5
    exercises = re.findall(r"^```\{exercise\}.*?^```$", markdown, re.MULTILINE | re.DOTALL)
    assert len(exercises) >= 8
    assert all(":::{dropdown} Hint" in exercise for exercise in exercises)
    assert sum("(★)" in exercise for exercise in exercises) >= 3


def prose(markdown):
    """What one reads: without formulae, code, quiz, exercises and markup."""
    markdown = re.sub(r"^## (Quiz|Exercises)$.*?(?=^## |\Z)", "", markdown, flags=re.DOTALL | re.MULTILINE)
    for formula_or_markup in (
        r"```\{math\}.*?```",
        r"\$\$.*?\$\$",
        r"\$[^$]*\$",
        r"<[^>]*>",
        r"`[^`\n]*`",
        r"\]\([^)]*\)",
    ):
        markdown = re.sub(formula_or_markup, "", markdown, flags=re.DOTALL)
    return re.sub(r"^:.*$", "", markdown, flags=re.MULTILINE)


def words(markdown):
    return len(re.findall(r"[^\W\d_][\w'’-]*", prose(markdown)))


def test_the_network_can_be_read_in_an_hour():
    assert words(text(BOOK / "network.ipynb")) <= 3300


def test_the_four_chapters_on_the_rules_stay_short():
    assert sum(words(text(BOOK / f"{name}.ipynb")) for name in ("network", "bptt", "rtrl", "rflo")) <= 13_500


def test_words_are_counted_without_formulae_code_and_exercises():
    page = "Two words $x = y$ and `code`.\n\n$$\na = b\n$$\n\n:class: predict\n"
    page += "\n## Quiz\n\nNot this.\n\n## Exercises\n\nNor this.\n"
    assert words(page) == 3
    assert words(page + "\n## Further reading\n\nBut this.\n") == 7
