"""The lines of automatic differentiation that the chapter on BPTT quotes, run as they stand there."""

import json
import re
from pathlib import Path

import pytest
from oracles import EXACT, problem

from rnn_tutorial import bptt
from rnn_tutorial.diagnostics import relative_error

CHAPTER = Path(__file__).parents[1] / "book" / "bptt.ipynb"


def quoted():
    """The one block of Python in the text of the chapter."""
    cells = json.loads(CHAPTER.read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    (block,) = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return block


def gradient_of(code):
    """What the lines say the gradient of W is, and what BPTT says."""
    torch = pytest.importorskip("torch")
    net, x, y_target = problem(T=12)
    names = {"torch": torch, "small": net, "x": x, "y_target": y_target}
    exec(code, names)
    return names["W"].grad.numpy(), bptt.gradient(net, x, y_target).W


@pytest.mark.half_second
def test_the_quoted_lines_give_the_gradient():
    assert relative_error(*gradient_of(quoted())) < EXACT


def test_a_wrong_line_would_show():
    assert relative_error(*gradient_of(quoted().replace("(-h +", "(-2 * h +"))) > 0.01
