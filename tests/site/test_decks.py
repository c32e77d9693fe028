"""The slides in a browser: nothing runs over its slide, axe finds nothing. Made by `make slides`, skipped without."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from test_browser import pytestmark as needs_chromium
from test_pages import ROOT

FOLDER = ROOT / "_build" / "slides"
DECKS = sorted(FOLDER.glob("*.html"))
pytestmark = [needs_chromium, pytest.mark.skipif(not DECKS, reason="no slides: run make slides")]

OVER = """() => [...document.querySelectorAll('section[id]')]
    .filter(s => s.scrollWidth > s.clientWidth || s.scrollHeight > s.clientHeight).map(s => s.id)"""


def too_large(page, address):
    """The numbers of the slides whose content is larger than they are."""
    page.goto(address)
    page.wait_for_function("[...document.images].every(image => image.complete)")
    return page.evaluate(OVER)


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    yield page
    page.close()


@pytest.mark.parametrize("deck", DECKS, ids=lambda path: path.stem)
def test_nothing_runs_over_its_slide(deck, page):
    assert too_large(page, deck.as_uri()) == []


@pytest.mark.parametrize("deck", DECKS[:1], ids=lambda path: path.stem)
def test_a_slide_that_is_too_full_is_found(deck, page, tmp_path):
    html = deck.read_text()
    first = html.index("</section>")
    full = tmp_path / "full.html"
    full.write_text(html[:first] + "<p>too much</p>" * 60 + html[first:])
    assert too_large(page, full.as_uri()) == ["1"]


@pytest.mark.parametrize("deck", DECKS, ids=lambda path: path.stem)
def test_axe_finds_nothing(deck, page):
    page.goto(deck.as_uri())
    found = Axe().run(page).response["violations"]
    assert [violation["id"] for violation in found] == []


@pytest.mark.parametrize("deck", DECKS, ids=lambda path: path.stem)
def test_a_deck_asks_no_other_site(deck, page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(deck.as_uri())
    page.wait_for_timeout(500)
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
