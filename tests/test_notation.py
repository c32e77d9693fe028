"""The notation page has every letter and every name that the chapters on the rules use."""

import ast
import json
import re
from pathlib import Path

import pytest

BOOK = Path(__file__).parents[1] / "book"
CHAPTERS = ("warmup", "network", "bptt", "rtrl", "rflo", "blocks", "untrained")
WITH_LETTERS_OF_THEIR_OWN = ("signals", "brain", "own", "differences")
GREEK = re.compile(
    r"\\(alpha|beta|gamma|Gamma|delta|Delta|epsilon|varepsilon|eta|theta|kappa|lambda|Lambda|mu|nu|rho|sigma|Sigma|tau"
    r"|phi|Phi|psi|omega|Omega)(?![A-Za-z])"
)
# What is no quantity: the number e, the differential, the order O( ), the numbers R^n.
NO_SYMBOLS = {"d", "e", "O", "R"}


def cells(name, kind):
    found = json.loads((BOOK / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    return [("".join(cell["source"]), cell["metadata"]) for cell in found if cell["cell_type"] == kind]


def before_the_exercises(name):
    markdown = "\n\n".join(source for source, _ in cells(name, "markdown"))
    return re.split(r"\n## (?:Quiz|Exercises)\n", markdown)[0]


def formulae(markdown):
    blocks = re.findall(r"\$\$(.*?)\$\$|```\{math\}\n(.*?)```", markdown, re.DOTALL)
    rest = re.sub(r"\$\$.*?\$\$|```\{math\}\n.*?```", "", markdown, flags=re.DOTALL)
    return ["".join(pair) for pair in blocks] + re.findall(r"\$([^$]+)\$", rest)


def letters(markdown):
    """The letters of all formulae, Latin ones and Greek ones by name, without words, operators and commands."""
    found = set()
    for formula in formulae(markdown):
        bare = re.sub(r"^:label:.*$", "", formula, flags=re.MULTILINE)
        bare = re.sub(r"\\(?:text|mathrm|operatorname|begin|end|textcolor|mathbf)\*?\{[^}]*\}", " ", bare)
        bare = re.sub(r"\\mathrm [a-z]", " ", bare)
        found |= set(GREEK.findall(bare))
        found |= set(re.findall(r"[A-Za-z]", re.sub(r"\\[A-Za-z]+", " ", bare)))
    return found - NO_SYMBOLS


def names(source):
    """What the rule that a chapter prints computes: the names that it assigns."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)]
    return {node.id for node in nodes if isinstance(node.ctx, ast.Store)} - {"_"}


def page():
    return (BOOK / "notation.md").read_text(encoding="utf-8")


def code_names(markdown):
    return {name for code in re.findall(r"`([^`\n]+)`", markdown) for name in re.findall(r"[A-Za-z_]\w*", code)}


@pytest.mark.parametrize("chapter", [*CHAPTERS, *WITH_LETTERS_OF_THEIR_OWN])
def test_every_letter_of_a_chapter_stands_on_the_page(chapter):
    assert letters(before_the_exercises(chapter)) - letters(page()) == set()


def the_rule(chapter):
    return [source for source, metadata in cells(chapter, "code") if "the-rule" in metadata.get("tags", [])]


@pytest.mark.parametrize("chapter", ["bptt", "rtrl", "rflo"])
def test_every_name_of_a_rule_stands_on_the_page(chapter):
    (source,) = the_rule(chapter)
    assert names(source) - code_names(page()) == set()


def unsaid(markdown):
    """Formulae that say by colour alone what a synapse sees; in a matrix of numbers the text around it says it."""
    coloured = [formula for formula in formulae(markdown) if "\\textcolor" in formula and "pmatrix" not in formula]
    return [formula for formula in coloured if not re.search(r"_\{\\text\{[^}]*\bseen\b", formula)]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_what_is_seen_is_said_in_words_too(chapter):
    assert unsaid("\n\n".join(source for source, _ in cells(chapter, "markdown"))) == []


def test_a_formula_with_colour_alone_is_seen():
    said = "$\\textcolor{#00795C}{\\underbrace{p_t}_{\\text{seen}}}$"
    assert unsaid(said) == []
    assert len(unsaid(said + " and $\\textcolor{#00795C}{p_t}$")) == 1


def swallowed(markdown):
    """Brackets after the begin of an environment or of a line, which TeX takes for an option and does not print."""
    return re.findall(r"(?:\\begin\{aligned\}|\\\\)\s*\[[^\\\n]*", markdown)


@pytest.mark.parametrize("path", sorted(BOOK.glob("**/*.ipynb")), ids=lambda path: path.stem)
def test_no_formula_loses_a_bracket(path):
    sources = [source for source, _ in cells(path.relative_to(BOOK).with_suffix(""), "markdown")]
    assert swallowed("\n".join(sources)) == []


def test_a_bracket_that_is_lost_is_seen():
    assert len(swallowed("\\begin{aligned}\n[F]_k &= 1 \\\\ [F]_l &= 2")) == 1 + 1
    assert swallowed("\\begin{aligned} {[F]}_k &= [G]_k \\\\ &= [H]_k") == []


def test_a_letter_and_a_name_that_are_not_there_are_seen():
    text = "Then $\\xi_t = \\Psi(\\omega)$.\n\n$$\n\\kappa \\, \\mathrm{d}q = V\n$$\n"
    assert letters(text) - letters(page()) == {"omega", "kappa", "V"}
    assert names("omega = 2 * P") - code_names(page()) == {"omega"}
