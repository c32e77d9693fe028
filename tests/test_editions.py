"""The editions of the notebooks: no solution is left, each still runs, and no MyST is left where nobody reads it."""

import ast
import builtins
import copy
import json
import posixpath
import re
import sys
from functools import cache
from itertools import product
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import rnn_tutorial
from rnn_tutorial.compiled import NUMBA

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import editions  # noqa: E402

SOURCES = editions.sources()
LABS = [page for page in SOURCES if page.startswith("labs/")]
CHAPTERS = sorted(set(SOURCES) - set(LABS))
ALL = list(product(("student", "plain", "lecture"), SOURCES))


@cache
def of(edition):
    """The notebooks of an edition; made by the tests that need it."""
    return editions.edition(edition, SOURCES)


def text(notebook, kind=None):
    """The sources of a notebook's cells, of one kind or of all."""
    return "\n\n".join("".join(c["source"]) for c in notebook["cells"] if kind in (None, c["cell_type"]))


def solutions(notebook):
    """The lines of code that stand in solutions, read by another way than the tool does."""
    found, inside = [], False
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            marks = re.findall(r"\{solution-(start|end)\}", source)
            inside = marks[-1] == "start" if marks else inside
        elif inside:
            found += source.split("\n")
        else:
            for part in re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", source, re.DOTALL):
                found += part.split("\n")
    return [
        line.strip()
        for line in found
        if len(line.strip()) > 30 and not line.strip().startswith(("#", "print", "def my_"))
    ]


def leftovers(notebook, source):
    """What a student must not find: marks of solutions, and lines that stand in solutions alone."""
    marks = re.findall(r"\{solution|BEGIN SOLUTION|END SOLUTION", text(notebook))
    elsewhere = [line.strip() for line in text(source).split("\n")]
    secret = [line for line in solutions(source) if elsewhere.count(line) == solutions(source).count(line)]
    here = {line.strip() for line in text(notebook).split("\n")}
    return marks + [line for line in secret if line in here]


@pytest.mark.parametrize("page", SOURCES)
def test_no_solution_is_left(page):
    assert not leftovers(of("student")[page], SOURCES[page])


@pytest.mark.parametrize("page", ["bptt.ipynb", "labs/lab4.ipynb"])
def test_the_search_for_leftovers_can_find_some(page):
    assert len(solutions(SOURCES[page])) > 5
    assert leftovers(SOURCES[page], SOURCES[page])


def test_every_exercise_and_every_task_has_a_place_to_write():
    for page, notebook in SOURCES.items():
        exercises = re.findall(r"\{exercise\}.*\n:label: ([\w-]+)", text(notebook))
        solved = re.findall(r"\{solution(?:-start)?\}\s+([\w-]+)", text(notebook))
        places = [cell["id"] for cell in of("student")[page]["cells"]]
        assert set(solved) <= set(exercises)
        assert {f"{label}-here" for label in solved} <= set(places)
        tasks = [c["id"] for c in notebook["cells"] if "### BEGIN SOLUTION" in "".join(c["source"])]
        for cell in of("student")[page]["cells"]:
            if cell["id"] in tasks:
                assert re.search("Your code here|Your answer here", "".join(cell["source"]))


@pytest.mark.parametrize(("edition", "page"), ALL)
def test_the_notebook_is_valid_and_empty_of_outputs_that_tell(edition, page):
    notebook = nbformat.reads(json.dumps(of(edition)[page]), as_version=4)
    nbformat.validate(notebook)
    identities = [cell.id for cell in notebook.cells]
    assert len(set(identities)) == len(identities)
    if edition == "student":
        assert not any(cell.get("outputs") for cell in notebook.cells)
        assert not any("nbgrader" in cell.metadata for cell in notebook.cells)


def test_the_same_source_gives_the_same_bytes():
    for kind in ("student", "plain", "lecture"):
        twice = [json.dumps(editions.edition(kind, copy.deepcopy(SOURCES))) for _ in range(2)]
        assert twice[0] == twice[1]


def unknown_names(notebook):
    """Names that the cells use and no cell before them, nor Python, has made."""
    known, missing = set(dir(builtins)) | {"get_ipython", "__name__"}, set()
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        tree = ast.parse(editions._python("".join(cell["source"])))
        made = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
        made |= {n.name for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
        made |= {n.name for n in ast.walk(tree) if isinstance(n, ast.ExceptHandler) and n.name}
        made |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
        made |= {
            (a.asname or a.name).split(".")[0]
            for n in ast.walk(tree)
            if isinstance(n, (ast.Import, ast.ImportFrom))
            for a in n.names
        }
        known |= made
        missing |= {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} - known
    return missing


@pytest.mark.parametrize("page", SOURCES)
def test_nothing_outside_a_solution_needs_a_name_from_one(page):
    assert not unknown_names(SOURCES[page])
    assert not unknown_names(of("student")[page])


def test_a_needed_name_would_be_noticed():
    without = copy.deepcopy(SOURCES["bptt.ipynb"])
    without["cells"] = [c for c in without["cells"] if "def trial(" not in "".join(c["source"])]
    assert "trial" in unknown_names(without)


def run(notebook, folder):
    """Run a notebook to its end; what it prints."""
    notebook = nbformat.reads(json.dumps(notebook), as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    return "".join(o.get("text", "") for c in notebook.cells for o in c.get("outputs", []))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("page", LABS)
def test_a_students_lab_runs_to_its_end(page, tmp_path):
    said = run(of("student")[page], tmp_path)
    assert said.count("not yet.") == sum("verdict =" in "".join(c["source"]) for c in of("student")[page]["cells"])
    assert "right." not in said


@pytest.mark.slow
@pytest.mark.skipif(not NUMBA, reason="in plain NumPy a chapter takes minutes")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "page",
    [pytest.param(page, marks=[pytest.mark.nightly] if page != "warmup.ipynb" else []) for page in CHAPTERS],
)
def test_a_students_chapter_runs_to_its_end(page, tmp_path):
    run(of("student")[page], tmp_path)


def test_the_answers_of_quizzes_go_if_asked():
    with_answers, without = (editions.student(SOURCES["bptt.ipynb"], answers) for answers in (True, False))
    assert "{dropdown} Answer" in text(with_answers)
    assert "{dropdown} Answer" not in text(without)
    options = editions.student(SOURCES["brain.ipynb"], answers=False)
    assert "- A. That it is right" in text(options)
    assert "**No.**" not in text(options)


MYST = re.compile(r"^\s*>?\s*(`{3,}|:{3,})\{[\w:.-]+\}|\{(?!name\})[\w:.-]+\}`[^`]+`|\[\]\(", re.MULTILINE)


@pytest.mark.parametrize("page", SOURCES)
def test_no_myst_is_left_in_the_plain_edition(page):
    assert not MYST.search(text(of("plain")[page], "markdown"))
    if "{math}" in text(SOURCES[page], "markdown"):
        assert MYST.search(text(SOURCES[page], "markdown"))  # the search can find some


def test_the_plain_edition_keeps_what_was_said():
    for page, notebook in SOURCES.items():
        notebook = of("student")[page] if page in LABS else notebook
        source, made = text(notebook, "markdown"), text(of("plain")[page], "markdown")
        labelled = re.findall(r"\{math\}\s+:label: ", source)
        assert made.count(r"\tag{") == len(labelled)
        assert made.count("$$") % 2 == 0
        figures = [c for c in notebook["cells"] if "figure" in c["metadata"].get("mystnb", {})]
        assert sum(c["id"].endswith("-caption") for c in of("plain")[page]["cells"]) == len(figures)
        assert text(of("plain")[page], "code") == text(of("student")[page] if page in LABS else notebook, "code")


def test_equations_keep_their_numbers_from_page_to_page():
    labels = editions.Labels(SOURCES)
    kind, number, page, _ = labels.of["eq-brain-trace"]
    assert (kind, page) == ("eq", "brain.ipynb")
    assert labels.words("eq-brain-trace", "brain.ipynb") == f"({number})"
    assert labels.words("eq-brain-trace", "rflo.ipynb") == f"({number}) of [brain](brain.ipynb)"
    assert labels.words("eq-brain-trace", "labs/lab4.ipynb") == f"({number}) of [brain](../brain.ipynb)"
    with pytest.raises(ValueError, match="the label eq-nowhere is unknown"):
        labels.words("eq-nowhere", "brain.ipynb")


LINK = re.compile(r"\[[^\[\]]+\]\((?!\w+:)([\w./-]+)")


@pytest.mark.parametrize(("edition", "page"), [(kind, page) for kind, page in ALL if kind != "lecture"])
def test_links_lead_to_a_notebook_of_the_edition_or_to_the_website(edition, page):
    folder = Path(page).parent
    wanted = {posixpath.normpath(folder / path) for path in LINK.findall(text(of(edition)[page], "markdown"))}
    assert wanted <= SOURCES.keys()


def test_a_link_to_a_page_that_is_no_notebook_leads_to_the_website():
    cells = [
        {
            "cell_type": "markdown",
            "source": ["[](../notation.md) [the guide](../teaching/guide.md#rubrics) [](a.ipynb)"],
        }
    ]
    assert not set(LINK.findall(text({"cells": cells})[3:])) <= SOURCES.keys()
    made = text(editions.elsewhere({"cells": cells}, "labs/lab1.ipynb"))
    site = editions.addresses()[1]
    assert made == (
        f"[notation]({site}/book/notation.html) [the guide]({site}/book/teaching/guide.html#rubrics) [](a.ipynb)"
    )


def test_references_become_names_and_addresses():
    references = editions.bibliography()
    line = editions.roles("as {cite:t}`murray2019` and {cite:p}`lillicrap2016,kolen1994`", "", None, references)
    assert line.startswith("as Murray ([2019](https://doi.org/10.7554/eLife.43299))")
    assert "[Lillicrap et al. 2016](" in line
    assert "Frémaux & Gerstner" in editions.roles("{cite:p}`fremaux2016`", "", None, references)
    assert "[Kolen & Pollack 1994](" in line


def test_numbers_that_are_glued_stand_in_the_text():
    line = editions.roles(
        "is {glue:text}`bound`, and {glue:text}`long_bounded-80-tau-paper-s-rates` times", "", None, {}
    )
    assert re.fullmatch(r"is 1, and \d+ \[[\d.]+, \d+\] times", line)
    assert "{glue" in text(SOURCES["claims.ipynb"])
    with pytest.raises(KeyError, match="no-such-number"):
        editions.roles("{glue:text}`no-such-number`", "", None, {})


@pytest.mark.parametrize("page", SOURCES)
def test_a_lecture_has_headings_equations_and_code(page):
    source = [line for line in text(of("student")[page], "markdown").split("\n") if re.match(r"#{1,4} ", line)]
    made = text(of("lecture")[page], "markdown").split("\n")
    assert [line for line in made if re.match(r"#{1,4} ", line)] == source
    assert text(of("lecture")[page], "code") == text(of("student")[page], "code")
    prose = [line for line in made if re.match(r"[A-Z][a-z]+ [a-z]+ ", line)]
    assert not prose


def test_a_fence_that_never_closes_is_an_error():
    with pytest.raises(ValueError, match="never closed"):
        editions.parse("```{exercise} Open\n:label: ex-open")
    broken = {"cells": [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["```{solution-start} x\n```"]}]}
    with pytest.raises(ValueError, match="solution x never ends"):
        editions.student(broken)


@pytest.mark.parametrize(
    ("code", "stub"),
    [
        (
            'def mine(a, b=2):\n    """Say."""\n    return a\n\n\ncheck("rflo", mine)',
            'def mine(a, b=2):\n    """Say."""',
        ),
        ("def the_secret_of_columns(a):\n    return a", "def answer(a):\n    raise NotImplementedError"),
        ("print(3)", "# Your code here."),
    ],
)
def test_a_stub_keeps_the_signature_and_not_the_secret(code, stub):
    made = "".join(editions._stub("ex-a", [code])["source"])
    assert stub in made
    assert "secret" not in made
    assert ('check("rflo", mine)' in made) == ("check(" in code)


def test_a_solution_of_words_gets_a_place_for_words():
    assert "".join(editions._stub("ex-a", [])["source"]) == editions.WRITE_HERE


def test_no_formula_of_the_plain_edition_runs_over_lines_of_a_quotation():
    everything = "\n".join(text(notebook, "markdown") for notebook in of("plain").values())
    assert not re.search(r"(?m)^> +\$\$[^$]*$", everything)
    assert re.search(r"(?m)^> \$\$ .+ \$\$$", everything)


def test_a_published_notebook_installs_the_package_it_was_written_with():
    text = json.dumps(of("plain")["bptt.ipynb"])
    new = editions.installs(text, "0123abcd")
    assert text.count("git+https") == new.count("rnn-tutorial@0123abcd") == 1
    assert new.replace("@0123abcd", f"@v{rnn_tutorial.__version__}") == text
