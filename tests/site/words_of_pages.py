"""What a chapter says in words, and the tables of its page as it was built."""

import json
import re

from test_pages import ROOT, SITE, soup_of


def tables_of(name):
    """The rows of each table, its header first."""
    found = soup_of(SITE / "book" / f"{name}.html").find("article").find_all("table")
    return [[[cell.get_text() for cell in row(["th", "td"])] for row in table("tr")] for table in found]


def said_in(name):
    cells = json.loads((ROOT / "book" / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def of(tables, words):
    """The rows below the header of the one table whose header or first column has these words."""
    (rows,) = [rows for rows in tables if any(words in cell for cell in [*rows[0], *(row[0] for row in rows)])]
    return rows[1:]


def interval(cell):
    """Median, low and high."""
    return [float(number) for number in re.fullmatch(r"([\d.]+) \[([\d.]+),\s([\d.]+)\]", cell).groups()]


def row_of(rows, *words):
    (row,) = [row for row in rows if row[: len(words)] == [*words]]
    return row
