"""The launch buttons of labs and chapters lead to editions that their places can show."""

import json
import re
from pathlib import Path

import pytest
from test_pages import NOTEBOOKS, ROOT, SITE, soup_of

LABS = [page for page in NOTEBOOKS if "/labs/" in page]


def colab(page):
    """The address of the notebook that Colab's button opens."""
    links = [a["href"] for a in soup_of(SITE / f"{page}.html").find_all("a", href=True)]
    return next(link for link in links if "colab.research" in link)


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_colab_opens_the_plain_edition(page):
    assert colab(page).endswith(f"/blob/plain/{page.removeprefix('book/')}.ipynb")


def test_there_are_labs():
    assert len(LABS) == 5


@pytest.mark.parametrize("page", LABS)
def test_the_browser_gets_labs_without_solutions(page):
    notebook = json.loads((SITE / "lite" / "files" / "labs" / f"{Path(page).name}.ipynb").read_text())
    text = "\n".join("".join(cell["source"]) for cell in notebook["cells"])
    assert "SOLUTION" not in text
    assert "raise NotImplementedError" in text
    assert text.count("from rnn_book.checks import check") >= 2


@pytest.mark.parametrize("page", LABS)
def test_solutions_of_labs_are_folded(page):
    """And they come without the marks that nbgrader reads."""
    cells = json.loads((ROOT / f"{page}.ipynb").read_text())["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    solutions = re.findall(r"### BEGIN SOLUTION\n(.*?)\n *### END SOLUTION", code, re.DOTALL)
    main = soup_of(SITE / f"{page}.html").main
    assert solutions
    for solution in solutions:
        shown = [block for block in main.select("pre") if solution in block.text]
        assert shown, solution
        assert all(block.find_parent("details") for block in shown)
    assert "SOLUTION" not in main.text
