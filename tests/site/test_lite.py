"""A chapter, and a live cell, run in a browser: JupyterLite on Pyodide, with all other sites blocked.

Pages ask a content network for Pyodide by default. Here those requests are answered from ``static/pyodide``, which
``make pyodide`` fetches. Without it, or without a browser, these tests are skipped.
"""

import hashlib
import json
import re

import pytest
from test_browser import SCREENSHOTS
from test_browser import pytestmark as needs_chromium
from test_pages import ROOT, SITE

LOCAL = ROOT / "static" / "pyodide"
RELEASE = "https://cdn.jsdelivr.net/pyodide/v0.27.7/full/"
pytestmark = [needs_chromium, pytest.mark.skipif(not LOCAL.exists(), reason="no Pyodide: run make pyodide")]
PATIENCE = 300_000  # milliseconds; a guard, not a measurement


@pytest.fixture
def page(browser, address):
    """A page whose requests for Pyodide's release are answered from here, and which can ask nobody else."""

    def serve(route):
        url = route.request.url
        file = LOCAL / url.removeprefix(RELEASE)
        if url.startswith((address, "data:", "blob:")):
            route.continue_()
        elif url.startswith(RELEASE) and file.exists():
            route.fulfill(path=file, headers={"access-control-allow-origin": "*"})
        else:
            wanted.append(url)
            route.abort()

    wanted = []
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    context.route("**/*", serve)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    yield page
    context.close()
    assert wanted == []


def test_the_packages_are_those_of_the_release():
    packages = json.loads((LOCAL / "pyodide-lock.json").read_text())["packages"].values()
    wanted = {package["file_name"]: package["sha256"] for package in packages}
    found = [path for path in LOCAL.iterdir() if path.suffix in {".whl", ".zip"} and path.name != "python_stdlib.zip"]
    assert len(found) > 20
    for path in found:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == wanted[path.name]


LAST_PROMPT_IS = """text => {
    const panel = document.querySelector('.jp-WindowedPanel-outer');
    panel.scrollTop = panel.scrollHeight;  // cells out of sight are not on the page
    return [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].at(-1)?.textContent.includes(text);
}"""


def test_a_whole_chapter_runs_in_the_browser(page, address):
    page.goto(f"{address}/lite/notebooks/index.html?path=bptt.ipynb")
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    cells = json.loads((SITE / "lite" / "files" / "bptt.ipynb").read_text())["cells"]
    n_code = sum(cell["cell_type"] == "code" for cell in cells)
    # A cell that fails stops those after it, so that the last one gets its number only if all went well.
    page.wait_for_function(LAST_PROMPT_IS, arg=f"[{n_code}]", polling=1000)
    page.screenshot(path=SCREENSHOTS / "lite-bptt.png")


@pytest.mark.parametrize(("name", "expected"), [("bptt", "100 steps back"), ("rtrl", "T = 400"), ("rflo", None)])
def test_a_live_cell_runs_in_the_page(name, expected, page, address):
    page.goto(f"{address}/book/{name}.html")
    page.get_by_role("button", name="Run in the browser").press("Enter")
    console = page.frame_locator(".live iframe")
    output = console.locator(".jp-OutputArea-output")
    (output.locator("img") if expected is None else output.filter(has_text=re.compile(expected))).first.wait_for()
    page.locator(".live").screenshot(path=SCREENSHOTS / f"live-{name}.png")
