"""The chapters for JupyterLite, which knows no MyST: the plain edition, with the numbers that stand on the built pages.

Captions follow their figures. Code that is folded on a page, and that of solutions, is folded there too.
"""

import json
import re
import sys
from pathlib import Path

from bs4 import BeautifulSoup

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

import editions

FOLDED = {"hide-cell", "hide-input", "remove-cell", "remove-input"}


def write_out(root):
    """Write the chapters over those in the built ``lite/files``."""
    sources = editions.sources()
    labels, references = editions.Labels(sources), editions.bibliography()
    numbers = {}
    for path in root.glob("book/**/*.html"):
        numbers |= numbers_of(BeautifulSoup(path.read_text(), "html.parser"))
    for label, (kind, number, page, title) in labels.of.items():
        labels.of[label] = kind, numbers.get(label, number), page, title
    labs = {page: notebook for page, notebook in sources.items() if page.startswith("labs/")}
    sources |= editions.edition("student", labs)
    for page, notebook in sources.items():
        prepare(notebook["cells"])
        made = editions.plain(editions.elsewhere(notebook, page), page, labels, references)
        (root / "lite" / "files" / page).write_text(json.dumps(made, ensure_ascii=False))


def numbers_of(page):
    """The numbers of a page's equations, figures, exercises and propositions, by their labels."""
    found = {}
    for number in page.select(".eqno, .caption-number"):
        label = number.find_parent(id=True)["id"].removeprefix("equation-")
        found[label] = re.search(r"[\w.]*\d", number.find(string=True))[0]
    return found


def prepare(cells):
    """Take outputs away; hide the code of cells that are folded on the page, and the code and outputs of solutions."""
    solution = False
    for cell in cells:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
        if cell["cell_type"] == "markdown":
            marks = re.findall(r"\{solution-(start|end)\}", "".join(cell["source"]))
            solution = marks[-1] == "start" if marks else solution
        elif solution or FOLDED & set(cell["metadata"].get("tags", [])):
            hidden = {"source_hidden": True} | ({"outputs_hidden": True} if solution else {})
            cell["metadata"] = cell["metadata"] | {"jupyter": hidden}
