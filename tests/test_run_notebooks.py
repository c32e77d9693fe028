"""The notebooks of a small book: run once, again when something they depend on has changed, and never in vain."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
CONF = f"""
import sys
sys.path.append({str(ROOT / "book" / "_ext")!r})
extensions = ["myst_nb", "run_notebooks"]
nb_execution_mode = "cache"
exclude_patterns = ["_build"]
"""
COUNT = """
from pathlib import Path
runs = Path("runs")
runs.write_text(runs.read_text() + "x")
print("This is run", len(runs.read_text()), "with the value", Path("rnn_tutorial/value.py").read_text())
"""


@pytest.fixture
def build(tmp_path):
    """A function that builds a book with these notebooks."""
    (tmp_path / "conf.py").write_text(CONF)
    (tmp_path / "runs").touch()
    (tmp_path / "rnn_tutorial").mkdir()
    (tmp_path / "rnn_tutorial" / "value.py").write_text("1")

    def build(**notebooks):
        text = "# A book\n\n```{toctree}\n" + "\n".join(notebooks) + "\n```\n"
        (tmp_path / "index.md").write_text(text)
        for name, code in notebooks.items():
            cells = [nbformat.v4.new_markdown_cell(f"# {name}"), nbformat.v4.new_code_cell(code)]
            notebook = nbformat.v4.new_notebook(cells=cells)
            notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
            for number, cell in enumerate(cells):
                cell.id = f"cell-{number}"
            nbformat.write(notebook, tmp_path / f"{name}.ipynb")
        command = [sys.executable, "-m", "sphinx", "-E", "-q", tmp_path, tmp_path / "_build" / "html"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done, {name: tmp_path / "_build" / "html" / f"{name}.html" for name in notebooks}

    return build


@pytest.mark.slow
def test_a_notebook_is_run_when_what_it_depends_on_has_changed(build, tmp_path):
    for expected, value in [("run 1 with the value 1", "1"), ("run 1 with the value 1", "1"), ("run 2 with", "2")]:
        (tmp_path / "rnn_tutorial" / "value.py").write_text(value)
        done, pages = build(count=COUNT, other="print(6 * 7)")
        assert done.returncode == 0, done.stderr
        assert f"This is {expected}" in pages["count"].read_text()
        assert "42" in pages["other"].read_text()
    assert (tmp_path / "runs").read_text() == "xx"


BARS = """
from IPython.display import display
for text in (" 50%|#####     | 2/4", "IntSlider(value=0)"):
    view = {"version_major": 2, "version_minor": 0, "model_id": text}
    display({"application/vnd.jupyter.widget-view+json": view, "text/plain": text}, raw=True)
print("after the bar")
"""


@pytest.mark.slow
def test_a_progress_bar_leaves_nothing_on_a_page(build):
    _, pages = build(bars=BARS)
    page = pages["bars"].read_text()
    assert "after the bar" in page
    assert page.count("50%") == 1  # in the code
    assert page.count("IntSlider") > 1


@pytest.mark.slow
def test_a_cell_that_fails_fails_the_build(build):
    """Also where warnings are no errors, and also the next time."""
    for _ in range(2):
        done, pages = build(good="print(6 * 7)", bad="print('before')\n1 / 0")
        assert done.returncode != 0
        assert "bad.ipynb failed" in done.stderr
        assert "ZeroDivisionError" in done.stderr
        assert not pages["bad"].exists()
