"""What cells gave when the book was built is what their notebooks keep: nbval compares, and runs nothing again."""

import sys
from types import SimpleNamespace

import nbformat
import pytest
from jupyter_cache import get_cache
from nbval.plugin import IPyNbFile, coalesce_streams
from test_pages import NOTEBOOKS, ROOT, SITE

sys.path.insert(0, str(ROOT / "book" / "_ext"))
import run_notebooks


@pytest.fixture(scope="module")
def given():
    """A function from a notebook's path to what its cells gave in the build; a build of other code is not taken."""
    config = SimpleNamespace()
    run_notebooks.choose_cache(SimpleNamespace(srcdir=ROOT, outdir=SITE), config)
    cache = get_cache(config.nb_execution_cache_path)

    def outputs(path):
        _, notebook = cache.merge_match_into_notebook(nbformat.read(path, as_version=4))
        return [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]

    return outputs


def compare(request, path, given):
    """How many cells nbval compares, and what it says of those that differ."""
    compared, differences = 0, []
    kept = IPyNbFile.from_parent(request.session, path=path).collect()
    for cell, outputs in zip(kept, given, strict=True):
        if cell.options["check"] and cell.cell.execution_count is not None:
            compared += 1
            if not cell.compare_outputs(coalesce_streams(outputs), coalesce_streams(cell.cell.outputs)):
                differences.append("\n".join(cell.comparison_traceback))
    return compared, differences


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_cells_gave_what_the_notebook_keeps(name, request, given):
    path = ROOT / f"{name}.ipynb"
    n_kept = sum("keep_output" in cell.metadata.get("tags", []) for cell in nbformat.read(path, as_version=4).cells)
    assert compare(request, path, given(path)) == (n_kept, [])


def test_a_cell_that_gave_something_else_is_seen(request, given):
    path = ROOT / "book" / "brain.ipynb"
    outputs = given(path)
    changed = next(output for cell in outputs for output in cell if output.output_type == "stream")
    changed.text = changed.text.replace(max(changed.text), "?")
    n_compared, differences = compare(request, path, outputs)
    assert n_compared >= len(differences) == 1
