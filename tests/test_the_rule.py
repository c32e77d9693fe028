"""The rule that a chapter writes from scratch is the kernel that the package runs: the same lines, to the letter."""

import ast
import inspect
import json
from pathlib import Path

import pytest

from rnn_tutorial.compiled import plain
from rnn_tutorial.rules import bptt, rflo, rtrl

BOOK = Path(__file__).parents[1] / "book"
KERNELS = {"bptt": (bptt.adjoint, bptt.trial), "rtrl": (rtrl.online,), "rflo": (rflo.online,)}


def lines(kernel):
    """The source of a kernel without its decorator and its docstring."""
    source = inspect.getsource(plain(kernel))
    function = ast.parse(source).body[0]
    docstring = function.body[0]
    rows = source.splitlines()
    return rows[function.lineno - 1 : docstring.lineno - 1] + rows[docstring.end_lineno :]


def the_rule(chapter):
    """The lines of the one cell that is tagged so."""
    cells = json.loads((BOOK / f"{chapter}.ipynb").read_text())["cells"]
    (cell,) = (cell for cell in cells if "the-rule" in cell["metadata"].get("tags", []))
    return "".join(cell["source"]).splitlines()


@pytest.mark.parametrize("chapter", KERNELS)
def test_the_chapters_lines_are_the_kernels(chapter):
    kernels = [lines(kernel) for kernel in KERNELS[chapter]]
    expected = kernels[0] + [line for kernel in kernels[1:] for line in ["", "", *kernel]]
    assert the_rule(chapter) == expected


def test_rtrl_and_rflo_differ_in_a_few_lines():
    one, other = lines(rtrl.online), lines(rflo.online)
    assert len(set(one) - set(other)) <= 9
    assert len(set(one) & set(other)) >= 10
