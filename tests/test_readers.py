"""The tool that runs notebooks as readers do sees what it is there to see."""

import os
import sys
from pathlib import Path

import nbformat
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
import readers

sys.path.pop(0)

CASES = {
    "whole": (["N = 3\na = [N]", "b = a[0]"], None),
    "twice": (["a = [1]", "b = a.pop()"], "pop from empty list"),
    "order": (["a = 1", "b = 2 / a", "a = 0"], "division by zero"),
    "units": (["N = 3", "assert N == 3, 'three'"], "with a unit more, AssertionError: three"),
    "cores": (["import os", "assert len(os.sched_getaffinity(0)) > 1"], "AssertionError"),
    "memory": (["a = bytearray(10**9); a[::4096] = bytes(len(a[::4096]))"], "MB of memory, more than"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_what_breaks_under_a_reader_is_named(name, tmp_path):
    cells, expected = CASES[name]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, tmp_path / "small.ipynb")
    fault, memory = readers.run(tmp_path / "small.ipynb")
    if expected is None:
        assert fault is None
        assert 10 < memory < readers.LIMIT
    else:
        assert expected in fault


@pytest.mark.parametrize(
    ("cell", "more"),
    [
        ("net = Network.random(task.n_in, 30, 1)", "net = Network.random(task.n_in, 31, 1)"),
        ("f(2, n_rec=9, n_out=1)", "f(2, n_rec=10, n_out=1)"),
        ("M = 3\nN = 99", "M = 3\nN = 100"),
        ("six = Network.random(0, 6, 1)", "six = Network.random(0, 6, 1)"),
    ],
)
def test_units_are_found_where_a_notebook_says_them(cell, more):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
    assert readers.with_a_unit_more(notebook).cells[0].source == more
    assert notebook.cells[0].source == cell


def test_one_core_is_given_back():
    before = os.sched_getaffinity(0)
    with readers.one_core():
        assert len(os.sched_getaffinity(0)) == 1
    assert os.sched_getaffinity(0) == before
