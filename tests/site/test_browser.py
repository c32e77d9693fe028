"""The built website in a real browser, with the outside world blocked."""

import functools
import http.server
import shutil
import threading

import pytest
from test_pages import PAGES, SITE

pytestmark = pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium on the path")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def address():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=SITE))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=options)
        yield browser
        browser.close()


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
