"""Chapters and live cells, run in a browser by JupyterLite's Python, with all other sites blocked.

Pages ask a content network for Pyodide by default. Here those requests are answered from ``static/pyodide``, which
``make pyodide`` fetches. Without it, or without a browser, these tests are skipped. Chapters take a minute each: some
run in ``make test``, all of them each night, by ``make test-browser``.
"""

import hashlib
import json
import re
import sys

import pytest
from test_browser import SCREENSHOTS, sent, violations
from test_browser import pytestmark as needs_chromium
from test_pages import NOTEBOOKS, ROOT, SITE, soup_of

sys.path.insert(0, str(ROOT / "tools"))
import pyodide

LOCAL = ROOT / "static" / "pyodide"
RELEASE = f"https://cdn.jsdelivr.net/pyodide/v{pyodide.VERSION}/full/"
pytestmark = [needs_chromium, pytest.mark.skipif(not LOCAL.exists(), reason="no Pyodide: run make pyodide")]
PATIENCE = 900_000  # milliseconds; a guard, not a measurement
CHAPTERS = [name.removeprefix("book/") for name in NOTEBOOKS]
LIVE = ["bptt", "rtrl", "rflo"]
MAIN = ["network", "bptt", "rtrl", "rflo", "comparison", "signals"]  # with the one that has SciPy


@pytest.fixture
def page(browser, address):
    """A page whose requests for Pyodide's release are answered from here, and which can ask nobody else."""

    def serve(route):
        url = route.request.url
        asked.append(url)
        file = LOCAL / url.removeprefix(RELEASE)
        if url.startswith((address, "data:", "blob:")):
            route.continue_()
        elif url.startswith(RELEASE) and file.exists():
            route.fulfill(path=file, headers={"access-control-allow-origin": "*"})
        else:
            wanted.append(url)
            route.abort()

    asked, wanted = [], []
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    context.route("**/*", serve)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.asked = asked
    yield page
    context.close()
    assert wanted == []


def test_the_lock_is_that_of_the_release():
    release = pyodide.trimmed(json.loads((LOCAL / "pyodide-lock.json").read_text()))
    lock = json.loads((SITE / "lite" / "pyodide-lock.json").read_text())
    for entry in lock["packages"].values():
        assert entry.pop("size") == (LOCAL / entry["file_name"]).stat().st_size
    assert {name: lock[name] for name in release} == release


def test_the_packages_are_those_of_the_lock():
    packages = json.loads((SITE / "lite" / "pyodide-lock.json").read_text())["packages"].values()
    wanted = {package["file_name"]: package["sha256"] for package in packages}
    found = [path for path in LOCAL.iterdir() if path.suffix in {".whl", ".zip"} and path.name != "python_stdlib.zip"]
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in found} == wanted


def lite_cells(name, kind, folder=SITE / "lite" / "files"):
    """The sources of a chapter's cells, as JupyterLite gets them."""
    cells = json.loads((folder / f"{name}.ipynb").read_text())["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == kind]


def myst(text):
    """Roles, directives and labels, which JupyterLite would show as they are."""
    return re.findall(r"\{[\w:-]+\}`|^ *(?:`{3,}|:{3,})\{.*|\b(?:eq|fig|ex|prop)-[a-z]+-", text, flags=re.MULTILINE)


@pytest.mark.parametrize("name", CHAPTERS)
def test_the_text_has_the_numbers_of_the_book(name):
    text = "\n".join(lite_cells(name, "markdown"))
    page = soup_of(SITE / "book" / f"{name}.html")
    assert myst(text) == []
    for selector, pattern in [(".eqno", r"\\tag\{(.*?)\}"), ("figure[id] .caption-number", r"\*Figure ([\w.]+)\.\*")]:
        printed = [re.search(r"[\w.]*\d", number.find(string=True))[0] for number in page.select(selector)]
        assert re.findall(pattern, text) == printed


def test_myst_is_seen():
    assert len(myst("see {eq}`eq-bptt-loss`\n```{exercise} x\n:label: ex-y-z\n```")) == 4


# A cell that fails stops those after it. When the first picture is there is noted.
STATE = """() => {
    const cells = jupyterapp.shell.currentWidget.content.widgets.map(({model}) => model).filter(m => m.type === 'code');
    const outputs = cells.flatMap(({outputs}) => outputs.toJSON());
    if (outputs.some(({data}) => data?.['image/png'])) window.pictured ??= performance.now();
    const error = outputs.find(output => output.output_type === 'error');
    const counts = cells.map(cell => cell.executionCount);
    if (error) return {error: error.ename.replace(/^<class '(.*)'>$/, '$1')};
    return counts.at(-1) && counts.every(Boolean) ? {counts} : null;
}"""


# The sign beside a notebook's name says idle before there is a kernel.
READY = """async () => {
    const context = jupyterapp.shell.currentWidget.sessionContext;
    await context.ready;
    return Boolean(await context.session?.kernel?.info);
}"""


def run_all(page, address, name):
    """Run a chapter in JupyterLite; return how its cells were counted, or the error that stopped it."""
    page.goto(f"{address}/lite/notebooks/index.html?path={name}.ipynb")
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    page.wait_for_function(READY)
    page.evaluate("window.ready = performance.now()")
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    return page.wait_for_function(STATE, polling=500).json_value()


# Seconds from the address to the kernel, and from there to the first picture and the last cell: reported, not tested.
TIMES = """() => {
    const {ready, pictured} = window, since = time => time === undefined ? null : Math.round((time - ready) / 1000);
    return {kernel: Math.round(ready / 1000), picture: since(pictured), chapter: since(performance.now())};
}"""


def fetched(page, address):
    """The megabytes of what the site and Pyodide's release answered with."""
    urls = {url.split("?")[0] for url in page.asked}
    paths = {LOCAL / url.removeprefix(RELEASE) for url in urls if url.startswith(RELEASE)}
    paths |= {SITE / url.removeprefix(address).lstrip("/") for url in urls if url.startswith(address)}
    return sum(sent(path) for path in paths if path.is_file()) / 1e6


def needs(what, name):
    return any(what in code for code in lite_cells(name, "code", ROOT / "book"))


def needs_scipy(name):
    return needs("scipy", name)


class RunsToItsLastCell:
    """Two classes below, so that two of the chapters run at a time."""

    def test_a_chapter(self, name, page, address):
        counts = range(1, 1 + len(lite_cells(name, "code")))
        assert run_all(page, address, name) == {"counts": list(counts)}
        plain, scipy, results = map(int, re.findall(r"(\d+) MB", (ROOT / "book" / "index.md").read_text()))
        told = plain + scipy * needs_scipy(name) + results * needs("rnn-tutorial-data", name)
        assert fetched(page, address) == pytest.approx(told, abs=1.5)
        report = SCREENSHOTS / f"lite-{name.replace('/', '-')}.png"
        page.screenshot(path=report)
        report.with_suffix(".json").write_text(json.dumps(page.evaluate(TIMES)))


def each_night(names):
    """These chapters, of which the main ones run by day too."""
    return [name if name in MAIN else pytest.param(name, marks=pytest.mark.nightly) for name in names]


@pytest.mark.parametrize("name", each_night([name for name in CHAPTERS if not needs_scipy(name)]))
class TestWithoutSciPy(RunsToItsLastCell):
    pass


@pytest.mark.parametrize("name", each_night([name for name in CHAPTERS if needs_scipy(name)]))
class TestWithSciPy(RunsToItsLastCell):
    pass


def test_a_cell_that_fails_is_seen(page, address):
    chapter = json.loads((SITE / "lite" / "files" / "sweep.ipynb").read_text())
    next(cell for cell in chapter["cells"] if cell["cell_type"] == "code")["source"] = "missing"
    page.context.route("**/files/sweep.ipynb*", lambda route: route.fulfill(json=chapter))
    assert run_all(page, address, "sweep") == {"error": "NameError"}


def test_the_button_takes_a_file_of_the_readers(page, address):
    """In the chapter on signals without what it trains."""
    chapter = json.loads((SITE / "lite" / "files" / "signals.ipynb").read_text())
    code = [cell for cell in chapter["cells"] if cell["cell_type"] == "code"]
    chapter["cells"] = [*code[:2], *(cell for cell in code if "Uploader(" in "".join(cell["source"]))]
    page.context.route("**/files/signals.ipynb*", lambda route: route.fulfill(json=chapter))
    assert run_all(page, address, "signals") == {"counts": [1, 2, 3]}
    drawn = page.locator(".jp-OutputArea img")

    def upload(name, text):
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Upload").click()
        chooser.value.set_files({"name": name, "mimeType": "text/csv", "buffer": text.encode()})

    upload("timed.csv", "time,level\n" + "".join(f"{0.02 * k:.2f},{k % 7}\n" for k in range(300)))
    page.get_by_text("Look here: column 'time' of timed.csv rises evenly").wait_for()
    drawn.wait_for()
    upload("empty.csv", "")
    page.get_by_text("Not read: empty.csv must hold numbers").wait_for()
    assert drawn.count() == 0, "nothing of the file before"


def live_cells(name):
    cells = json.loads((ROOT / "book" / f"{name}.ipynb").read_text())["cells"]
    return ["".join(cell["source"]) for cell in cells if "live" in cell["metadata"].get("tags", [])]


@pytest.mark.parametrize("name", CHAPTERS)
def test_live_cells_are_cells_with_a_tag(name):
    assert bool(live_cells(name)) == (name in LIVE)
    for code in live_cells(name):
        compile(code, name, "exec")


@pytest.fixture
def live(page, address):
    """Open a chapter at its live cell; Python is not fetched yet."""

    def open_at(name):
        page.goto(f"{address}/book/{name}.html")
        cell = page.locator(".tag_live")
        assert cell.locator("pre").all_inner_texts() == [code + "\n" for code in live_cells(name)]
        assert not [url for url in page.asked if "pyodide" in url or "/lite/" in url]
        return cell

    return open_at


def is_ready(cell):
    cell.get_by_role("status").filter(has_text="Ready").wait_for()


@pytest.mark.parametrize(("name", "expected"), [("bptt", "blocks of 100 steps"), ("rtrl", "T = 400"), ("rflo", None)])
def test_a_live_cell_runs_on_the_page(name, expected, page, live):
    cell = live(name)
    cell.get_by_role("button", name="Run in the browser").press("Enter")
    is_ready(cell)
    if expected:
        assert expected in cell.locator(".live-text").inner_text()
    else:
        assert "loss against trial" in cell.locator(".live-output img").get_attribute("alt")
    assert cell.locator(".live-error").count() == 0
    assert violations(page) == []
    cell.screenshot(path=SCREENSHOTS / f"live-{name}.png")


def test_live_cells_share_one_python_that_starts_once(page, live):
    cell = live("rtrl")
    code, output = cell.get_by_role("textbox"), cell.locator(".live-output")
    workers = []
    page.on("worker", lambda worker: workers.append(worker))
    for source, said in [("kept = 6 * 7", ""), ("kept", "42"), ("missing", "NameError: name 'missing'"), ("kept;", "")]:
        code.fill(source)
        code.press("Shift+Enter")
        is_ready(cell)
        assert said in output.inner_text()
        assert bool(said) == bool(output.inner_text())
        assert cell.locator(".live-error").count() == ("NameError" in said)
    assert len(workers) == 1


def test_the_keyboard_goes_through_a_live_cell(page, live):
    cell = live("rtrl")
    code, button = cell.get_by_role("textbox"), cell.get_by_role("button", name="Run in the browser")
    code.focus()
    presses = 0
    while not button.evaluate("e => e === document.activeElement"):
        page.keyboard.press("Tab")
        presses += 1
        assert presses <= 2  # the button that copies the code lies between
    page.keyboard.press("Tab")
    assert page.evaluate("!document.activeElement.closest('.tag_live')")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    cell.get_by_role("status").filter(has_text=re.compile(r"Fetching Python \(\d+ of \d+ MB\)")).wait_for()
    button = cell.get_by_role("button", name="Stop")
    assert button.evaluate("e => e === document.activeElement")
    button.press("Enter")
    cell.get_by_role("status").filter(has_text="Stopped").wait_for()
