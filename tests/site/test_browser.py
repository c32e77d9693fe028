"""The built website in a real browser, with the outside world blocked."""

import gzip
import io
import shutil
from itertools import cycle, product
from types import SimpleNamespace
from urllib.parse import unquote, urlparse

import numpy as np
import pytest
from PIL import Image
from test_pages import BASEURL, NOTEBOOKS, PAGES, ROOT, SITE, soup_of

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


PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
SIZES = {"phone": PHONE, "desk": DESK}
# The three derivations with their tables, and for RTRL with a claim and its numbers.
NODES = {"book/api": 6100, "book/bptt": 6100, "book/rflo": 6300, "book/rtrl": 6700}
REQUESTS = {"book/playground": 28}
# Every drawer, and the sections that a phone would lay out later.
OPEN_ALL = """document.querySelectorAll('details').forEach(drawer => drawer.open = true);
document.querySelectorAll('section').forEach(section => section.style.contentVisibility = 'visible')"""

SQUEEZED = """[...document.querySelectorAll('article img:not([hidden])')].map(img => {
    img.loading = 'eager';
    return img.decode().then(() => {
        const shown = img.getBoundingClientRect();
        return [img.src, shown.width / shown.height / (img.naturalWidth / img.naturalHeight)];
    });
})"""

BROKEN_WORDS = r"""[...document.querySelectorAll('article table')].flatMap(table => {
    const words = [], walker = document.createTreeWalker(table, NodeFilter.SHOW_TEXT);
    for (let text; text = walker.nextNode();)
        for (const word of text.data.matchAll(/[A-Za-z0-9_]+/g)) {
            const range = document.createRange();
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            const tops = [...range.getClientRects()].map(box => box.top);
            if (Math.max(...tops) - Math.min(...tops) > 4) words.push(word[0]);
        }
    return words;
})"""

SHRUNK = """[...document.querySelectorAll('article .scroller > img:not([hidden])')].map(img =>
    [parseInt(img.getAttribute('width')), img.getBoundingClientRect().width])"""

TAB_STOPS = """(() => {
    const reachable = 'a[href], button, input, select, textarea, summary, iframe, [tabindex="0"]';
    const seen = [...document.querySelectorAll(reachable)].filter(e => e.checkVisibility() && e.tabIndex >= 0);
    return seen.filter(e => !e.disabled && !e.closest('dialog:not([open])')).length;
})()"""

CUT = """[...document.querySelectorAll('.equation > .scroller')].filter(box =>
    box.firstChild.getBoundingClientRect().height > box.getBoundingClientRect().height + 1).length"""

PARTS = ".bd-article-container :is(a, p, h1, h2, h3, h4, li, button, figcaption, summary)"
OUTSIDE = f"""[...document.querySelectorAll('{PARTS}')].filter(part => {{
    const box = part.getBoundingClientRect();
    const free = !part.closest('.scroller, pre, .visually-hidden, .pg-hidden, dialog');
    return free && part.checkVisibility() && box.width && (box.left < -1 || box.right > innerWidth + 1);
}}).map(part => part.outerHTML.slice(0, 120))"""


def violations(page, **options):
    """What axe finds against accessibility, as text."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, **options).response["violations"]
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


def sent(path):
    """Bytes of a file as a server would send it; pictures, fonts and archives are compressed already."""
    content = path.read_bytes()
    return len(content if path.suffix in {".png", ".svg", ".woff2", ".whl", ".zip"} else gzip.compress(content))


def weight(url):
    """Bytes of an answer of the site."""
    return sent(SITE / unquote(urlparse(url).path).lstrip("/"))


def squeezed(page):
    """Pictures whose shape is off by more than 2 %."""
    page.evaluate(OPEN_ALL)
    shapes = page.evaluate(f"Promise.all({SQUEEZED})")
    return [(source, ratio) for source, ratio in shapes if not 0.98 < ratio < 1.02]


@pytest.fixture(scope="module", params=[*product(PAGES, SIZES)], ids="-".join)
def opened(request, browser, address):
    """A page at a width, for the first time in its browser; what it asked for, and what went wrong."""
    name, size = request.param[0], SIZES[request.param[1]]
    page, wrong = visit(browser, address, f"{name}.html", viewport=size)
    page.screenshot(path=SCREENSHOTS / f"{name.replace('/', '-')}-{size['width']}.png")
    urls = page.evaluate("performance.getEntries().filter(entry => /^http/.test(entry.name)).map(entry => entry.name)")
    page.evaluate(OPEN_ALL)
    page.wait_for_timeout(200)  # boxes that scroll only now hear of it
    yield SimpleNamespace(name=name, page=page, wrong=wrong, urls=urls, width=size["width"])
    page.close()


def test_a_page_needs_no_other_site_and_has_no_errors(opened):
    assert opened.wrong == []


def test_a_first_visit_is_light(opened):
    assert len(opened.urls) <= REQUESTS.get(opened.name, 16)
    assert sum(map(weight, opened.urls)) <= 900_000
    assert opened.page.locator("*").count() <= NODES.get(opened.name, 6000)


def test_the_way_by_keyboard_is_short(opened):
    assert opened.page.evaluate(TAB_STOPS) <= 300
    assert opened.page.locator("math[tabindex], math a").count() == 0


def test_pictures_keep_their_shape(opened):
    assert squeezed(opened.page) == []


def test_no_word_of_a_table_spans_two_lines(opened):
    assert opened.page.evaluate(BROKEN_WORDS) == []


def test_displayed_formulas_are_whole(opened):
    assert opened.page.evaluate(CUT) == 0


def test_nothing_is_cut_off_at_the_side(opened):
    assert opened.page.evaluate(OUTSIDE) == []


def test_what_is_cut_off_is_seen(browser, address):
    page, _ = visit(browser, address, "book/bptt.html", viewport=PHONE)
    page.add_style_tag(content="html .prev-next-footer a { position: relative; left: 300px !important }")
    assert len(page.evaluate(OUTSIDE)) > 0
    page.close()


def test_text_in_figures_is_large_enough(opened):
    for drawn, shown in opened.page.evaluate(SHRUNK):  # drawn 16.7 pixels high, small text 13.9
        assert shown / drawn * (16.7 if drawn <= 540 else 13.9) >= 11 - 0.1


SMALL = """(() => {
    const found = [], walker = document.createTreeWalker(document.querySelector('article'), NodeFilter.SHOW_TEXT);
    for (let text; text = walker.nextNode();) {
        const around = text.parentElement, size = parseFloat(getComputedStyle(around).fontSize);
        const seen = size > 0 && around.checkVisibility() && !around.closest('.visually-hidden');
        if (text.data.trim() && seen && size < 10.9)
            found.push(`${size} ${around.tagName}: ${text.data.trim().slice(0, 40)}`);
    }
    return found;
})()"""


def test_letters_are_large_enough(opened):
    assert opened.page.evaluate(SMALL) == []


def test_a_small_index_is_seen(browser, address):
    page, _ = visit(browser, address, "book/rtrl.html")
    page.add_style_tag(content="html msub > * { font-size: 0.5em !important }")
    assert page.evaluate(SMALL)
    page.close()


PLAIN = "math:not(:has([mathcolor]))"


def look(opened, scheme, **options):
    """What axe finds on an opened page, light or dark."""
    opened.page.emulate_media(color_scheme=scheme)
    opened.page.locator(f"html[data-theme={scheme}]").wait_for(state="attached")
    opened.page.wait_for_function("document.getAnimations().every(one => one.playState !== 'running')")
    found = violations(opened.page, **options)
    opened.page.emulate_media(color_scheme="light")
    return found


@pytest.mark.parametrize(
    ("opened", "scheme"),
    [((name, size), scheme) for name, (size, scheme) in zip(PAGES, cycle(product(SIZES, ("light", "dark"))))],
    indirect=["opened"],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
    scope="module",  # so that it finds the page that is open already
)
def test_a_page_is_accessible_with_all_drawers_open(opened, scheme):
    """In one of four ways, the next page in the next; without plain formulas, which would take half of the time."""
    assert look(opened, scheme, context={"exclude": [[PLAIN]]}) == []


@pytest.mark.nightly
def test_a_page_is_accessible_light_and_dark(opened):
    assert look(opened, "light") == look(opened, "dark") == []


OF_ANOTHER_COLOUR = f"""[...document.querySelectorAll('{PLAIN}')].flatMap(math => {{
    const around = math.parentElement.closest(':not(.glued, .scroller, .equation)');
    const parts = [...math.querySelectorAll('*')];
    for (let box = math; box !== around; box = box.parentElement) parts.push(box);
    return parts.filter(part => getComputedStyle(part).color !== getComputedStyle(around).color);
}}).length"""


def test_plain_formulas_have_the_colour_of_the_text_around_them(opened):
    assert opened.page.evaluate(OF_ANOTHER_COLOUR) == 0


def test_a_formula_of_another_colour_is_seen(browser, address):
    page, _ = visit(browser, address, "book/notation.html")
    page.add_style_tag(content="math mi { color: gray }")
    assert page.evaluate(OF_ANOTHER_COLOUR) > 0
    page.close()


# Words of a formula in more than one line, of which a browser draws the first alone: they would be wider in one.
CUT_WORDS = """[...document.querySelectorAll('article mtext')].filter(text => {
    const {width} = text.getBoundingClientRect();
    text.style.setProperty('white-space', 'nowrap', 'important');
    const whole = text.getBoundingClientRect().width;
    text.style.removeProperty('white-space');
    return whole > width + 1;
}).map(text => text.textContent)"""


def test_words_of_a_formula_stay_in_one_line(opened):
    assert opened.page.evaluate(CUT_WORDS) == []


def test_words_that_break_are_seen(browser, address):
    page, _ = visit(browser, address, "book/comparison.html", viewport=PHONE)
    page.add_style_tag(content="mtext { white-space: normal !important }")
    assert "synapse's own trace" in " ".join(page.evaluate(CUT_WORDS))
    page.close()


def test_a_narrow_phone_needs_no_sideways_scroll(opened):
    if opened.width == PHONE["width"]:
        opened.page.set_viewport_size({"width": 320, "height": 700})  # WCAG 2.2, 1.4.10
        opened.page.wait_for_timeout(100)
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= 320
        opened.page.set_viewport_size(PHONE)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["search", "genindex"])
def test_the_pages_of_the_machine_are_accessible(name, scheme, browser, address):
    page, _ = visit(browser, address, f"{name}.html", color_scheme=scheme)
    assert violations(page) == []
    page.close()


def test_what_goes_wrong_is_seen(browser, address):
    bad = '<img src="https://elsewhere.example/x.png"><img src="missing.png"><script>undefined_name</script>'
    page, wrong = visit(browser, address, "bad.html", body=bad)
    assert "wanted https://elsewhere.example/x.png" in wrong
    assert any("404" in text for text in wrong)
    assert any("undefined_name" in text for text in wrong)
    page.close()


def test_axe_sees_a_fault(browser, address):
    page, _ = visit(browser, address, "book/index.html")
    page.evaluate("document.querySelector('article').append(new Image())")
    assert any(text.startswith("image-alt") for text in violations(page))
    page.close()


def test_weight_counts_what_is_sent():
    text, picture = SITE / "searchindex.js", next((SITE / "_images").glob("*.png"))
    assert 100 < weight("http://x/searchindex.js") < text.stat().st_size / 2
    assert weight(f"http://x/_images/{picture.name}") == picture.stat().st_size


@pytest.mark.parametrize("font", ["", "DejaVu Sans"])  # the reader's own, and a wide one
def test_the_book_opens_in_one_screen(font, browser, address):
    page, _ = visit(browser, address, "book/index.html", viewport={"width": 1280, "height": 900})
    page.locator("[data-playground=landing] canvas").wait_for()
    if font:
        page.add_style_tag(content=f"body * {{ font-family: '{font}' !important }}")
    boxes = [card.bounding_box() for card in page.locator(".sd-card").all()]
    assert len(boxes) == 3
    assert max(box["y"] + box["height"] for box in boxes) <= 900
    page.close()


def test_excerpts_of_a_search_are_whole_words(browser, address):
    page, _ = visit(browser, address, "search.html?q=eigenvalues")
    found = page.locator(".sections li")
    found.nth(4).wait_for()  # the search goes on while the page is there
    for item in found.all():
        text = soup_of(SITE / urlparse(item.locator("a").get_attribute("href")).path).article.get_text(" ").split()
        excerpt = item.evaluate("one => one.textContent.slice(one.firstChild.textContent.length)").split()
        assert {word for word in (excerpt[1], excerpt[-2]) if word.isalpha()} <= set(text)
    page.close()


def test_excerpts_of_a_search_tell_formulas_in_a_line(browser, address):
    page, _ = visit(browser, address, "search.html?q=transpose")
    page.locator(".sections li", has_text="W^⊤").first.wait_for()
    page.close()


def test_every_place_that_a_search_finds_has_a_name(browser, address):
    page, _ = visit(browser, address, "search.html?q=SnAp")
    page.locator("ul.search", has_text="A rule of your own").wait_for()
    page.wait_for_timeout(1000)
    names = page.locator(".sections a").all_inner_texts()
    assert len(names) >= 3
    assert all(name.strip() for name in names)
    page.close()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_search_result_lands_at_its_section(size, browser, address):
    page, wrong = visit(browser, address, "search.html?q=eigenvalues", viewport=size)
    link = page.locator(".sections a").first
    title = link.inner_text().strip()
    link.click()
    page.wait_for_load_state("networkidle")
    section = page.locator(unquote("#" + urlparse(page.url).fragment))
    heading = section.locator(":scope > :is(h1, h2, h3, h4)")
    assert heading.inner_text().removesuffix("#").strip() == title
    assert "eigenvalue" in section.inner_text().lower()
    assert 0 <= heading.bounding_box()["y"] <= size["height"] / 4
    assert wrong == []
    page.close()


WAITING = """[...document.querySelectorAll('article > section > section')].filter(section =>
    !section.firstElementChild.checkVisibility({contentVisibilityAuto: true})).map(section => section.id)"""


def test_a_phone_lays_out_a_section_when_it_comes_near(browser, address):
    page, _ = visit(browser, address, "book/rflo.html", viewport=PHONE)
    last = page.locator("article > section > section").last
    name = last.get_attribute("id")
    assert name in page.evaluate(WAITING)
    last.scroll_into_view_if_needed()
    page.wait_for_function(f"id => !{WAITING}.includes(id)", arg=name)
    assert page.evaluate(WAITING)
    page.set_viewport_size(DESK)
    page.wait_for_function(f"{WAITING}.length === 0")
    page.close()


def place_of(page, section):
    """Where the heading of a section stands, from the top of the window, and whether the page could go further down."""
    return page.evaluate(
        """id => [document.getElementById(id).firstElementChild.getBoundingClientRect().top,
            scrollY + innerHeight + 1 < document.documentElement.scrollHeight]""",
        section,
    )


@pytest.mark.parametrize("name", ["rflo", "claims"])
def test_a_deep_link_stays_where_it_lands_on_a_phone(name, browser, address):
    """Also as a reader scrolls up. By an address, and by a link in the page."""
    page, _ = visit(browser, address, f"book/{name}.html", viewport=PHONE)
    ids = page.evaluate("[...document.querySelectorAll('article section > section')].map(section => section.id)")
    for one in ids[2::5]:
        page.goto("about:blank")
        page.goto(f"{address}/book/{name}.html")
        page.evaluate("id => { location.hash = id }", one)
        page.wait_for_timeout(200)
        top, further = place_of(page, one)
        assert 0 <= top <= PHONE["height"] / 4 or not further, one
        page.goto("about:blank")
        page.goto(f"{address}/book/{name}.html#{one}")
        page.wait_for_timeout(400)
        top, further = place_of(page, one)
        assert 0 <= top <= PHONE["height"] / 4 or not further, one
        page.mouse.move(200, 400)
        page.mouse.wheel(0, -300)
        page.wait_for_timeout(400)
        assert place_of(page, one)[0] == pytest.approx(top + 300, abs=2), one
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("mode", ["auto", "light", "dark"])
def test_the_colours_are_right_before_any_script_comes(scheme, mode, browser, address):
    page = browser.new_page(color_scheme=scheme)
    page.add_init_script(f"localStorage.setItem('mode', '{mode}')")
    page.route("**/all-*.js", lambda route: route.abort())
    page.goto(f"{address}/book/bptt.html")
    assert page.locator("html").get_attribute("data-theme") == (scheme if mode == "auto" else mode)
    page.close()


def test_code_is_copied(browser, address):
    page, wrong = visit(browser, address, "book/bptt.html", viewport=DESK)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    box = page.locator(".cell_input .highlight:not(details *)").first
    box.hover()
    box.locator(".copybtn").click()
    page.wait_for_function("navigator.clipboard.readText()")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == box.locator("pre").inner_text().strip()
    compile(copied, "cell", "exec")
    assert wrong == []
    page.close()


@pytest.mark.parametrize("name", ["bptt", "rtrl", "rflo"])
def test_the_head_of_a_rule_is_one_screen(name, browser, address):
    page, _ = visit(browser, address, f"book/{name}.html", viewport={"width": 1440, "height": 900})
    parts = [page.locator(f"#fig-{name}-way img:visible").first, *page.locator(".key.admonition").all()]
    assert len(parts) == 3  # the picture, the key equations, the pseudocode
    assert all(part.bounding_box()["y"] + part.bounding_box()["height"] <= 900 for part in parts)
    assert parts[0].get_attribute("fetchpriority") == "high"
    lazy = page.locator("article img").evaluate_all("pictures => pictures.filter(one => one.loading === 'lazy').length")
    assert lazy == page.locator("article img").count() - 1
    page.close()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_rocket_opens_the_chapter_in_the_browser(name):
    link = soup_of(SITE / f"{name}.html").select_one("a[href*='lite/notebooks']")["href"]
    up = "../" * name.count("/")
    assert link == f"{up}lite/notebooks/index.html?path={name.removeprefix('book/')}.ipynb"
    assert (SITE / "lite" / "files" / f"{name.removeprefix('book/')}.ipynb").exists()


@pytest.mark.parametrize("name", [name for name in PAGES if 'class="flipbook"' in (SITE / f"{name}.html").read_text()])
def test_the_keyboard_moves_the_picture_of_a_flipbook(name, browser, address):
    page, _ = visit(browser, address, f"{name}.html")
    shown = "[...document.querySelectorAll('.flipbook')].map(f => f.querySelector('img:not([hidden])').src)"
    before = page.evaluate(shown)
    for slider in page.locator(".flipbook input").all():
        slider.focus()
        slider.press("ArrowRight")
    assert all(a != b for a, b in zip(before, page.evaluate(shown), strict=True))
    page.close()


def test_a_menu_that_the_mouse_opened_closes_by_escape(browser, address):
    page, _ = visit(browser, address, "book/bptt.html", viewport=DESK)
    button = page.locator(".dropdown-launch-buttons > button")
    menu = page.locator(".dropdown-launch-buttons > .dropdown-menu")
    button.click()
    menu.wait_for()
    page.keyboard.press("Escape")
    menu.wait_for(state="hidden")
    page.close()


@pytest.mark.parametrize("name", ["Menu", "Contents of this page"])
def test_the_menus_open_on_a_phone(name, browser, address):
    page, wrong = visit(browser, address, "book/bptt.html", viewport=PHONE)
    page.get_by_role("button", name=name).click()
    page.wait_for_timeout(500)
    dialog = page.locator("dialog[open]")
    assert dialog.count() == 1
    assert dialog.get_by_role("link").count() > 10
    assert wrong == []
    page.keyboard.press("Escape")
    assert dialog.count() == 0
    page.close()


def test_the_contents_of_a_phone_give_way_to_the_section_that_was_chosen(browser, address):
    page, wrong = visit(browser, address, "book/rflo.html", viewport=PHONE, has_touch=True)
    for title in ("Does it learn?", "Why it works"):
        page.get_by_role("button", name="Contents of this page").tap()
        page.locator("dialog[open]").get_by_role("link", name=title).tap()
        page.locator("dialog[open]").wait_for(state="detached")
        heading = page.get_by_role("heading", name=title)
        page.wait_for_timeout(500)
        assert 0 <= heading.bounding_box()["y"] <= PHONE["height"] / 4
    assert wrong == []
    page.close()


def test_the_menu_folds_on_a_desk(browser, address):
    page, _ = visit(browser, address, "book/bptt.html", viewport={"width": 1440, "height": 900})
    bar = page.locator("#pst-primary-sidebar")
    before = bar.bounding_box()
    page.get_by_role("button", name="Menu").click()
    page.wait_for_timeout(1000)
    after = bar.bounding_box()
    assert before["width"] > 200
    assert after["x"] + after["width"] <= 20
    page.close()


def test_a_squeezed_picture_is_seen(browser, address):
    page, _ = visit(browser, address, "book/bptt.html")
    page.add_style_tag(content="#main-content article img { width: 300px !important; height: 300px !important }")
    assert squeezed(page)
    page.close()


def test_a_broken_word_is_seen(browser, address):
    page, _ = visit(browser, address, "book/notation.html", viewport=PHONE)
    page.add_style_tag(
        content="article td { max-width: 1em !important; min-width: 0 !important; word-break: break-all }"
    )
    assert page.evaluate(BROKEN_WORDS)
    page.close()


def test_a_formula_is_for_screen_readers_and_has_its_font(browser, address):
    page, _ = visit(browser, address, "book/bptt.html")
    assert page.locator("math").count() > 200
    assert page.evaluate("document.fonts.check('20px Formulas', 'τ')")
    assert "_static/formulas.woff2" in page.evaluate(
        "[...performance.getEntriesByType('resource')].map(e => e.name).join()"
    )
    page.close()


def test_a_cut_formula_is_seen(browser, address):
    page, _ = visit(browser, address, "book/rtrl.html")
    page.add_style_tag(content=".equation > .scroller { height: 5px }")
    assert page.evaluate(CUT) > 10
    page.close()


BOX = ".bd-article :is(.opening, .facts, .key, .predict, .try-it, .summary).admonition"


def test_boxes_and_captions_begin_at_the_left_without_a_frame(browser, address):
    page, _ = visit(browser, address, "book/bptt.html", viewport=DESK)
    shadows = "boxes => boxes.map(box => getComputedStyle(box).boxShadow)"
    assert set(page.locator(BOX).evaluate_all(shadows)) == {"none"}
    assert page.locator(".bd-article .admonition.note").first.evaluate("e => getComputedStyle(e).boxShadow") != "none"
    shifts = """captions => captions.map(one => one.firstElementChild.getBoundingClientRect().left
        - one.parentElement.getBoundingClientRect().left)"""
    assert max(page.locator("figure > figcaption").evaluate_all(shifts)) < 15
    page.close()


def test_what_is_focused_is_seen(browser, address):
    page, _ = visit(browser, address, "book/bptt.html", reduced_motion="reduce")
    unseen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        style = page.evaluate(FOCUS)
        if style is not None and (style["width"] < 2 or style["opacity"] < 1):
            unseen.append(style)
    assert unseen == []
    page.close()


FOCUS = """(() => {
    const e = document.activeElement, style = getComputedStyle(e);
    if (e === document.body) return null;
    const width = style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth);
    return {html: e.outerHTML.slice(0, 120), width, opacity: parseFloat(style.opacity)};
})()"""


def test_an_answer_is_kept(browser, address):
    box = '<div class="predict admonition"><p>What will it do?</p><details><summary>Answer</summary></details></div>'
    body = (SITE / "book" / "notation.html").read_text().replace("</article>", f"{box}</article>")
    page, wrong = visit(browser, address, "book/predict.html", body=body)
    page.get_by_label("Your prediction").fill("it grows")
    page.reload()
    assert page.get_by_label("Your prediction").input_value() == "it grows"
    assert wrong == []
    page.close()


def test_a_link_into_a_drawer_opens_it(browser, address):
    page, _ = visit(browser, address, "book/bptt.html")
    inside = page.locator("details.solution [id]").first.get_attribute("id")
    page.evaluate("id => location.hash = id", inside)
    page.locator("details.solution[open]").first.wait_for()
    page.close()


def test_the_colour_of_figures_follows_the_page(browser, address):
    page, _ = visit(browser, address, "book/bptt.html", color_scheme="dark", viewport={"width": 1440, "height": 900})
    figure = page.locator("figure .scroller img:not([hidden])").first
    figure.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    pixels = np.asarray(Image.open(io.BytesIO(figure.screenshot())).convert("L"))
    assert np.median(pixels) < 40  # no light box on a dark page
    assert pixels.max() > 180  # ink that can be seen
    page.close()


ON_PAPER = """(() => {
    const faults = [], style = e => getComputedStyle(e);
    const title = document.querySelector('article h1');
    if (style(title).display === 'none') faults.push('no title');
    for (const code of document.querySelectorAll('article .cell pre'))
        for (let box = code; box.tagName !== 'ARTICLE'; box = box.parentElement)
            if (style(box).breakInside !== 'auto' || style(box).overflow !== 'visible')
                faults.push(`kept whole: ${box.className}`);
    for (const figure of document.querySelectorAll('article figure')) {
        const rows = figure.querySelectorAll('.claims-board > article');  // a long table parts between its rows
        for (const whole of rows.length ? rows : [figure]) {
            if (style(whole).breakInside !== 'avoid') faults.push(`parted: ${figure.id}`);
            if (whole.getBoundingClientRect().height > 267 * 96 / 25.4) faults.push(`higher than A4: ${figure.id}`);
        }
    }
    for (const field of document.querySelectorAll('article textarea'))
        if (field.checkVisibility() !== (field.value !== '')) faults.push('an empty box, or an answer left out');
    return faults;
})()"""


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_page_is_whole_on_paper(name, browser, address):
    page, _ = visit(browser, address, f"{name}.html", viewport={"width": 718, "height": 1000})
    if page.locator(".predict textarea").count():
        page.locator(".predict textarea").first.fill("it falls")
    page.emulate_media(media="print")
    assert page.evaluate(ON_PAPER) == []
    page.close()


def test_the_options_of_a_quiz_are_on_paper_and_their_answers_not(browser, address):
    page, _ = visit(browser, address, "book/bptt.html")
    page.emulate_media(media="print")
    options = page.locator("details.option")
    assert options.count() >= 15
    assert all(one.is_visible() for one in options.locator("summary").all())
    assert not any(one.is_visible() for one in options.locator("p").all())
    assert not page.locator("details.solution").first.is_visible()
    page.close()


def test_faults_on_paper_are_seen(browser, address):
    page, _ = visit(browser, address, "book/rflo.html")
    page.emulate_media(media="print")
    page.add_style_tag(
        content="html body .bd-article { h1 { display: none !important } .highlight { break-inside: avoid !important } "
        "figure { break-inside: auto !important } .predict label { display: block !important } }"
    )
    faults = page.evaluate(ON_PAPER)
    for start in ("no title", "kept whole", "parted", "an empty box"):
        assert any(fault.startswith(start) for fault in faults)
    page.close()


def test_a_lost_visitor_finds_the_book(browser, address):
    """The address lies deeper than the page, on a host that keeps the book in a folder."""
    page = browser.new_page()
    base = urlparse(BASEURL).path

    def serve(route):
        path = urlparse(route.request.url).path.removeprefix(base)
        file = SITE / path
        route.fulfill(path=file if file.is_file() else SITE / "404.html", status=200 if file.is_file() else 404)

    page.route("**/*", serve)
    page.goto(f"{address}{base}book/deep/er/mistyped.html", wait_until="networkidle")
    assert page.get_by_role("heading", level=1).inner_text() == "This page is not here"
    assert page.evaluate("getComputedStyle(document.querySelector('main')).display") != "block"  # styled
    page.get_by_role("link", name="To the first page").click()
    page.wait_for_load_state("networkidle")
    assert page.url == f"{address}{base}book/index.html"
    page.close()
