"""The built website in a real browser, with the outside world blocked."""

import gzip
import shutil
from urllib.parse import unquote, urlparse

import pytest
from test_pages import NOTEBOOKS, PAGES, ROOT, SITE

pytestmark = pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium on the path")


SCREENSHOTS = ROOT / "_build" / "screenshots"  # kept by the continuous integration, not compared
SCREENSHOTS.mkdir(parents=True, exist_ok=True)


def visit(browser, address, path, body=None, **options):
    """Open a page, and list what went wrong: what it wanted from elsewhere, failed requests, errors in the console."""
    wrong = []

    def serve(route):
        url = route.request.url
        if not url.startswith((address, "data:", "blob:")):
            wrong.append(f"wanted {url}")
            route.abort()
        elif body is not None and url.endswith(path):
            route.fulfill(body=body, content_type="text/html")
        else:
            route.continue_()

    page = browser.new_page(**options)
    page.route("**/*", serve)
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("response", lambda response: wrong.append(f"{response.status} {response.url}") if not response.ok else None)
    page.goto(f"{address}/{path}", wait_until="networkidle")
    return page, wrong


@pytest.mark.parametrize("name", PAGES)
def test_a_page_needs_no_other_site_and_has_no_errors(name, browser, address):
    page, wrong = visit(browser, address, f"{name}.html")
    assert wrong == []
    assert page.locator("span.math, div.math").count() == page.locator("mjx-container").count()
    page.close()


def test_what_goes_wrong_is_seen(browser, address):
    bad = '<img src="https://elsewhere.example/x.png"><img src="missing.png"><script>undefined_name</script>'
    page, wrong = visit(browser, address, "bad.html", body=bad)
    assert "wanted https://elsewhere.example/x.png" in wrong
    assert any("404" in text for text in wrong)
    assert any("undefined_name" in text for text in wrong)
    page.close()


def violations(page):
    """What axe finds against accessibility, as text."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", [*PAGES, "search", "genindex"])
def test_a_page_is_accessible(name, scheme, browser, address):
    page, _ = visit(browser, address, f"{name}.html", color_scheme=scheme, viewport={"width": 1280, "height": 900})
    page.screenshot(path=SCREENSHOTS / f"{name.replace('/', '-')}-{scheme}.png")
    assert violations(page) == []
    page.close()


def test_axe_sees_a_fault(browser, address):
    page, _ = visit(browser, address, "book/index.html")
    page.evaluate("document.querySelector('article').append(new Image())")
    assert any(text.startswith("image-alt") for text in violations(page))
    page.close()


def weight(url):
    """Bytes of an answer as a server would send it; pictures and fonts are compressed already."""
    path = SITE / unquote(urlparse(url).path).lstrip("/")
    content = path.read_bytes()
    return len(content if path.suffix in {".png", ".svg", ".woff", ".woff2"} else gzip.compress(content))


@pytest.mark.parametrize("name", PAGES)
def test_a_first_visit_is_light(name, browser, address):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    urls = []
    page.on("request", lambda request: None if request.url.startswith("data:") else urls.append(request.url))
    page.goto(f"{address}/{name}.html", wait_until="networkidle")
    assert len(urls) <= 25
    assert sum(map(weight, urls)) <= 1.5e6
    page.close()


def test_weight_counts_what_is_sent():
    text, picture = SITE / "searchindex.js", next((SITE / "_images").glob("*.png"))
    assert 100 < weight("http://x/searchindex.js") < text.stat().st_size / 2
    assert weight(f"http://x/_images/{picture.name}") == picture.stat().st_size


def test_the_book_opens_in_one_screen(browser, address):
    page, _ = visit(browser, address, "book/index.html", viewport={"width": 1280, "height": 900})
    assert all(
        card.bounding_box()["y"] + card.bounding_box()["height"] <= 900 for card in page.locator(".sd-card").all()
    )
    assert page.locator(".sd-card").count() == 3
    page.close()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_rocket_opens_the_chapter_in_the_browser(name, browser, address):
    page, _ = visit(browser, address, f"{name}.html")
    link = page.locator("a[href*='lite/notebooks']").first.get_attribute("href")
    up = "../" * name.count("/")
    assert link == f"{up}lite/notebooks/index.html?path={name.removeprefix('book/')}.ipynb"
    assert (SITE / "lite" / "files" / f"{name.removeprefix('book/')}.ipynb").exists()
    page.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_phone_needs_no_sideways_scroll(name, browser, address):
    page, _ = visit(browser, address, f"{name}.html", viewport={"width": 320, "height": 700})  # WCAG 2.2, 1.4.10
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.close()


@pytest.mark.parametrize("name", [name for name in PAGES if 'class="flipbook"' in (SITE / f"{name}.html").read_text()])
def test_the_keyboard_moves_the_picture_of_a_flipbook(name, browser, address):
    page, _ = visit(browser, address, f"{name}.html")
    shown = "[...document.querySelectorAll('figure.flipbook')].map(f => f.querySelector('img:not([hidden])').src)"
    before = page.evaluate(shown)
    for slider in page.locator("figure.flipbook input").all():
        slider.focus()
        slider.press("ArrowRight")
    assert all(a != b for a, b in zip(before, page.evaluate(shown), strict=True))
    page.close()
