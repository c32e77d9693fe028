"""The tool that runs notebooks as readers do sees what it is there to see."""

import sys
from pathlib import Path

import nbformat
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
import readers

sys.path.pop(0)

CASES = {
    "whole": (["a = [1]", "b = a[0]"], None),
    "twice": (["a = [1]", "b = a.pop()"], "pop from empty list"),
    "order": (["a = 1", "b = 2 / a", "a = 0"], "division by zero"),
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
