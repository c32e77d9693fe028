"""The website in Firefox: its pages, flipbooks, the playground, a live cell, and a chapter in JupyterLite.

Debian's ``firefox-esr`` is driven by Node and puppeteer-core, which ``make test-browser`` fetches.
Where one of them is missing these tests are skipped; those of Python as well, unless it is served with the pages.
"""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from test_lite import LIVE, READY, STATE, lite_cells
from test_pages import PAGES, ROOT, SITE

from rnn_tutorial import Network, tasks, train

SCRIPT = Path(__file__).with_name("firefox.mjs")
DRIVER = ROOT / ".venv" / "npm" / "node_modules" / "puppeteer-core" / "lib" / "puppeteer" / "puppeteer-core.js"
FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
needs_pyodide = pytest.mark.skipif(
    not (SITE / "lite" / "static" / "pyodide").exists(), reason="no Pyodide in the site: run make pyodide and make book"
)
pytestmark = pytest.mark.skipif(
    not (FIREFOX and DRIVER.exists() and shutil.which("node")), reason="no Firefox, Node or puppeteer-core"
)


def ask(address, task, *names):
    """What the script found, by name."""
    command = ["node", SCRIPT, DRIVER, FIREFOX, READY, STATE, address, task, *names]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1800)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_pages_have_no_errors_and_fit(address):
    assert ask(address, "page", *PAGES) == {name: {"wrong": [], "sideways": 0} for name in PAGES}


def test_what_goes_wrong_is_seen(address, tmp_path):
    page = SITE / "bad-firefox.html"
    page.write_text('<img src="missing.png"><script>undefined_name</script>')
    try:
        wrong = ask(address, "page", page.stem)[page.stem]["wrong"]
    finally:
        page.unlink()
    assert any("404" in text for text in wrong)
    assert any("undefined_name" in text for text in wrong)


def test_the_keyboard_moves_flipbooks(address):
    names = [name for name in PAGES if 'class="flipbook"' in (SITE / f"{name}.html").read_text()]
    moved = ask(address, "flipbooks", *names)
    assert all(moved.values())
    assert all(all(books) for books in moved.values())


def test_a_drawn_curve_is_learned(address):
    found = ask(address, "drawn", "book/playground")["book/playground"]
    assert found == {"wrong": [], "loss": found["loss"], "drawn": True}
    assert found["loss"] < 0.1


def test_an_address_restores_a_run(address):
    state = "rule=rflo&seed=5&N=20&run=80,rate:0.1"
    found = ask(address, "restored", state)[state]
    task = tasks.sum_of_sines(n_in=0)
    net = train(Network.random(0, 20, 1, seed=5), task, "rflo", 80, 0.1, progress=False).network
    assert found["wrong"] == []
    assert found["loss"] == pytest.approx(net.loss(task.x, task.y_target), rel=0.05)  # two digits are shown


def test_the_tour_remembers(address):
    answer = ["it rises for good"]
    found = ask(address, "tour", "book/playground")
    assert found == {"book/playground": {"wrong": [], "before": answer, "after": answer}}


@needs_pyodide
def test_a_live_cell_runs(address):
    name = f"book/{LIVE[-1]}"
    assert ask(address, "live", name) == {name: {"wrong": [], "text": "", "pictures": 1, "error": None}}


@needs_pyodide
def test_a_chapter_runs_to_its_last_cell(address):
    counts = range(1, 1 + len(lite_cells("network", "code")))
    assert ask(address, "chapter", "network") == {"network": {"counts": list(counts)}}
