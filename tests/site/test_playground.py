"""The playground in a browser: drawn, trained, addressed, told and remembered; and as rows of the chapters."""

import io
import json
import re
from itertools import product

import numpy as np
import pytest
from PIL import Image
from test_browser import SCREENSHOTS, violations, visit, weight
from test_browser import pytestmark as needs_chromium
from test_pages import ROOT, SITE, soup_of

from rnn_tutorial import Network, tasks, train

PAGE = "book/playground.html"
SIZES = {
    "small": {"width": 375, "height": 667},
    "phone": {"width": 390, "height": 844},
    "desk": {"width": 1440, "height": 900},
}
DAILY = [("phone", "light"), ("desk", "dark")]
in_two_ways = pytest.mark.parametrize(
    ("size", "scheme"),
    [
        pytest.param(*way, marks=[] if way in DAILY else [pytest.mark.nightly])
        for way in product(SIZES, ("light", "dark"))
    ],
)
EMBEDS = ["landing", "network", "bptt", "rtrl", "rflo", "comparison"]
PATIENCE = 60_000  # milliseconds; a guard, not a measurement
pytestmark = needs_chromium

TRIAL = "() => Number(document.querySelector('.pg-progress b')?.textContent ?? 0)"


@pytest.fixture
def play(browser, address):
    """A function that opens the playground, and holds in the end that nothing went wrong."""
    opened = []

    def visit_it(state="", **options):
        page, wrong = visit(browser, address, PAGE, **options) if not state else (None, None)
        if state:
            page, wrong = visit(browser, address, f"{PAGE}#{state}", **options)
        page.set_default_timeout(PATIENCE)
        page.locator(".pg-main").wait_for()
        opened.append((page, wrong))
        return page

    yield visit_it
    for page, wrong in opened:
        page.close()
        assert wrong == []


def trial(page):
    return page.evaluate(TRIAL)


def loss(page):
    return float(page.locator(".pg-progress b").nth(1).text_content())


def until_trial(page, n):
    page.wait_for_function(f"() => ({TRIAL})() >= {n}")


def pause(page):
    button = page.locator(".pg-main")
    if "Pause" in button.text_content():
        button.click()
    page.wait_for_function("() => document.querySelector('.pg-main').textContent.includes('Train')")


def note(page):
    return page.locator(".pg-note").text_content()


def test_something_moves_on_arrival(play):
    page = play()
    until_trial(page, 20)
    assert page.locator(".pg noscript").count() == 0  # what stood there was for readers without scripts


def test_a_drawn_curve_is_learned(play):
    page = play()
    pause(page)
    box = page.locator(".pg-task").bounding_box()
    at = lambda share, height: (box["x"] + 44 + share * (box["width"] - 56), box["y"] + box["height"] * height)  # noqa: E731
    page.mouse.move(*at(0.01, 0.5))
    page.mouse.down()
    for share, height in [(0.2, 0.2), (0.4, 0.25), (0.6, 0.6), (0.8, 0.75), (0.99, 0.5)]:
        page.mouse.move(*at(share, height), steps=8)
    page.mouse.up()
    until_trial(page, 300)
    pause(page)
    assert loss(page) < 0.1
    assert "task=drawn" in page.url
    assert "curve=" in page.url
    page.screenshot(path=SCREENSHOTS / "playground-drawn.png")


def test_an_address_restores_a_run(play):
    page = play("rule=rflo&seed=5&N=20&run=60,rate:0.1~20,rate:0.1,wires:flipped")
    until_trial(page, 80)
    page.wait_for_function("() => document.querySelector('.pg-note').hidden")
    net = Network.random(0, 20, 1, seed=5)
    task = tasks.sum_of_sines(n_in=0)
    net = train(net, task, "rflo", 60, 0.1, progress=False).network
    net = train(type(net)(**{**vars(net), "B": -net.B}), task, "rflo", 20, 0.1, progress=False).network
    assert loss(page) == pytest.approx(net.loss(task.x, task.y_target), rel=0.05)  # two digits are shown
    assert "run=60,rate:0.1~20,rate:0.1,wires:flipped" in page.url
    assert page.locator(".pg-rule[data-rule=rflo]").get_attribute("aria-pressed") == "true"


def test_nonsense_in_an_address_falls_back_with_a_word(play):
    page = play("rule=hebb&tau=0&N=20&colour=red")
    assert "tau must be 1 to 50" in note(page)
    assert "rule must be" in note(page)
    assert page.locator(".pg-rule[data-rule=bptt]").get_attribute("aria-pressed") == "true"
    assert page.locator("output").nth(1).text_content() == "20"


def test_a_run_that_diverges_stops_with_a_sentence(play):
    page = play("N=60&rate=10&g=3&learns=W&wires=random", reduced_motion="reduce")
    page.evaluate("location.hash = 'rate=10&g=3&T=400'")
    page.wait_for_function("() => document.querySelector('.pg-slider output').textContent === '10'")
    page.locator(".pg-main").click()
    page.wait_for_function("() => document.querySelector('.pg-note').textContent.includes('no longer finite')")
    assert "last good network" in note(page)


def test_the_tour_remembers(play):
    page = play()
    card = page.locator(".pg-tour")
    card.get_by_role("button", name="it rises for good").click()
    card.get_by_text("It came otherwise").wait_for()
    assert card.get_by_text("Why?").count() == 1
    assert "1 answered" in card.text_content()
    page.reload()
    card.get_by_role("button", name="question before").click()
    assert card.get_by_role("button", name="it rises for good").get_attribute("aria-pressed") == "true"
    assert card.get_by_text("It came otherwise").count() == 1


def test_all_of_it_by_keyboard(play):
    page = play(reduced_motion="reduce")
    page.locator(".pg-task").focus()
    before = page.url
    for key in ["ArrowRight", "Space", *["ArrowUp"] * 9, *["Shift+ArrowRight"] * 8, "Space"]:
        page.keyboard.press(key)
    page.wait_for_function(f"() => location.href !== {json.dumps(before)}")
    assert "curve=" in page.url
    assert trial(page) == 0  # nothing moves by itself under reduced motion, not even now
    page.locator(".pg-main").focus()
    page.keyboard.press("Enter")
    until_trial(page, 30)
    page.keyboard.press("Enter")
    pause(page)
    cursor = page.locator(".pg-cursor")
    at = page.locator(".pg-trial output")
    where = at.text_content()
    cursor.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"() => document.querySelector('.pg-trial output').textContent !== {json.dumps(where)}")
    seen = page.evaluate(
        "() => [...document.querySelectorAll('.pg :is(button, input, summary, a, canvas[tabindex])')]"
        ".filter(one => one.checkVisibility() && one.tabIndex < 0 && one.type !== 'file').length"
    )
    assert seen == 0


def test_nothing_moves_under_reduced_motion(play):
    page = play(reduced_motion="reduce")
    page.wait_for_function("() => document.querySelector('.pg-film').width > 300")
    page.wait_for_timeout(1000)
    shown = (
        "[...document.querySelectorAll('.pg canvas')].map(one => one.toDataURL()).join()"
        " + document.querySelector('.pg').innerText"
    )
    before = page.evaluate(shown)
    page.wait_for_timeout(1000)
    assert page.evaluate(shown) == before
    assert trial(page) == 0


def test_it_rests_off_the_screen(play):
    page = play(viewport={"width": 800, "height": 400})
    until_trial(page, 5)
    page.evaluate("document.querySelector('.pg').style.marginTop = '4000px'")
    page.wait_for_timeout(400)
    before = trial(page)
    page.wait_for_timeout(500)
    assert trial(page) == before < 400


EDGE = """() => {
    const style = getComputedStyle(document.querySelector('.pg-note'));
    return [style.borderLeftColor, style.backgroundColor].map(text => text.match(/[\\d.]+/g).slice(0, 3).map(Number));
}"""


def contrast(colours):
    """How far apart two colours are in brightness, by WCAG 2.2."""
    shares = np.array(colours) / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    dark, light = sorted(linear @ [0.2126, 0.7152, 0.0722])
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_that_of_the_norm():
    assert contrast([(0, 0, 0), (255, 255, 255)]) == pytest.approx(21)
    assert contrast([(119, 119, 119), (255, 255, 255)]) == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_success_does_not_look_like_a_warning(scheme, play):
    page = play("rule=rflo", color_scheme=scheme, reduced_motion="reduce")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    edges = []
    for said in ("is copied", "does not let"):
        page.get_by_role("button", name="Copy a link").click()
        page.wait_for_function(f"() => document.querySelector('.pg-note').textContent.includes('{said}')")
        edges.append(page.evaluate(EDGE))
        page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('denied')) }")
    assert edges[0][0] != edges[1][0]
    assert all(contrast(edge) >= 3 for edge in edges)


@in_two_ways
def test_it_is_accessible(size, scheme, play):
    page = play(color_scheme=scheme, viewport=SIZES[size])
    until_trial(page, 100)
    pause(page)
    for details in page.locator(".pg details").all():
        details.evaluate("one => one.open = true")
    page.wait_for_timeout(300)
    page.screenshot(path=SCREENSHOTS / f"playground-{size}-{scheme}.png", full_page=True)
    assert violations(page) == []


def test_every_picture_has_words(play):
    page = play()
    until_trial(page, 100)
    pause(page)
    page.wait_for_timeout(500)
    texts = page.evaluate(
        "() => [...document.querySelectorAll('.pg canvas')].map(one => one.getAttribute('aria-describedby').split(' ')"
        ".map(id => document.getElementById(id).textContent).join(' '))"
    )
    assert len(texts) == 4
    assert all(len(text) > 40 and re.search(r"\d", text) for text in texts)


def test_a_phone_has_train_under_the_curve(play):
    page = play(viewport={"width": 375, "height": 700}, has_touch=True)
    curve, button = (page.locator(name).bounding_box() for name in (".pg-task", ".pg-main"))
    assert 0 < button["y"] - (curve["y"] + curve["height"]) < 300
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_same_run_as_python_stands_on_the_page(play):
    page = play("rule=rflo&run=30")
    until_trial(page, 30)
    page.get_by_text("as Python").click()
    page.wait_for_function("() => document.querySelector('.pg-code').textContent.includes('train(')")
    code = page.locator(".pg-code").text_content()
    assert 'rule="rflo", n_trials=30' in code


def clipboard(page):
    return page.evaluate("navigator.clipboard.readText()")


def test_a_link_and_the_program_are_copied(play):
    page = play("rule=rflo&run=30")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    until_trial(page, 30)
    page.get_by_role("button", name="Copy a link").click()
    page.wait_for_function("() => document.querySelector('.pg-note').textContent.includes('The link is copied')")
    assert clipboard(page) == page.url
    assert "rule=rflo" in page.url
    page.get_by_text("as Python").click()
    page.get_by_role("button", name="Copy the program").click()
    page.wait_for_function("() => document.querySelector('.pg-note').textContent.includes('The program is copied')")
    assert clipboard(page) == page.locator(".pg-code").text_content()
    compile(clipboard(page), "playground", "exec")


@pytest.mark.parametrize(("name", "way"), [("Copy a link", "address bar"), ("Copy the program", "Select it")])
def test_a_browser_that_does_not_copy_is_told_of(name, way, play):
    page = play("rule=rflo", reduced_motion="reduce")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('denied')) }")
    page.get_by_text("as Python").click()
    page.get_by_role("button", name=name).click()
    page.wait_for_function(
        "() => document.querySelector('.pg-note').textContent.includes('does not let the page copy')"
    )
    assert way in note(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_picture_is_saved_as_it_is_seen(scheme, play):
    page = play(color_scheme=scheme)
    until_trial(page, 100)
    pause(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save the picture").click()
    assert waiting.value.suggested_filename == "playground.png"
    saved = Image.open(waiting.value.path()).convert("RGB")
    assert saved.size == tuple(page.locator(".pg-task").evaluate("one => [one.width, one.height]"))
    colours = [colour for _, colour in saved.getcolors(saved.width * saved.height)]
    assert tuple(saved.getpixel((1, 1))) == PAPER[scheme]
    assert CURVE[scheme] in colours  # that of BPTT, which the page begins with


PAPER = {"light": (255, 255, 255), "dark": (20, 24, 30)}
CURVE = {"light": (0, 114, 178), "dark": (79, 179, 240)}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_used_in_forced_colours(scheme, play):
    page = play(forced_colors="active", color_scheme=scheme)
    until_trial(page, 30)
    pause(page)
    page.screenshot(path=SCREENSHOTS / f"playground-forced-{scheme}.png", full_page=True)
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    for name in (".pg-rule[aria-pressed=true]", ".pg-choice input:checked + span"):
        assert page.locator(name).first.evaluate("one => getComputedStyle(one).outline").startswith("rgb")
    framed = "one => parseFloat(getComputedStyle(one).borderTopWidth) >= 1"
    assert all(button.evaluate(framed) for button in page.locator(".pg button").all() if button.is_visible())
    for canvas in page.locator(".pg canvas").all():
        canvas.scroll_into_view_if_needed()
        grey = np.asarray(Image.open(io.BytesIO(canvas.screenshot())).convert("L")).astype(int)
        assert np.ptp(grey) > 120  # ink that can be told from its paper
    # The colours of text are the reader's; axe takes them for those of the style sheet.
    assert [text for text in violations(page) if not text.startswith("color-contrast")] == []


def test_a_first_visit_is_light(browser, address):
    page = browser.new_page(viewport=SIZES["desk"])
    urls = []
    page.on("request", lambda request: None if request.url.startswith(("data:", "blob:")) else urls.append(request.url))
    page.goto(f"{address}/{PAGE}", wait_until="networkidle")
    until_trial(page, 1)
    page.close()
    assert sum(map(weight, urls)) <= 500_000


def test_only_pages_with_a_playground_load_it(browser, address):
    page = browser.new_page()
    urls = []
    page.on("request", lambda request: urls.append(request.url))
    page.goto(f"{address}/book/notation.html", wait_until="networkidle")
    page.close()
    assert not [url for url in urls if "/playground/" in url]


def test_it_runs_from_a_disk(browser):
    page = browser.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto((SITE / PAGE).as_uri())
    page.locator(".pg-main").wait_for(timeout=PATIENCE)
    until_trial(page, 20)
    page.close()
    assert wrong == []


def test_the_predictions_lead_into_the_book():
    text = (ROOT / "book" / "_static" / "playground" / "tour.js").read_text()
    links = re.findall(r'link: "([^"]+)"', text)
    assert len(links) == 7
    for name, anchor in (link.split("#") for link in links):
        assert soup_of(SITE / "book" / name).find(id=anchor), f"{name}#{anchor}"


# ---- rows of the chapters


@pytest.fixture
def rows(browser, address):
    """All rows on one page."""
    html = (SITE / PAGE).read_text()
    begin = html.index('<div data-playground="page"')
    end = html.index("</div>", html.index("</noscript>", begin)) + len("</div>")
    divs = "".join(f'<h2>{kind}</h2><div data-playground="{kind}"></div>' for kind in EMBEDS)
    body = html[:begin] + divs + html[end:]

    def visit_them(**options):
        page, wrong = visit(browser, address, "book/rows.html", body=body, **options)
        page.set_default_timeout(PATIENCE)
        opened.append((page, wrong))
        for kind in EMBEDS:
            page.locator(f"[data-playground={kind}] canvas").first.wait_for()
        return page

    opened = []
    yield visit_them
    for page, wrong in opened:
        page.close()
        assert wrong == []


@in_two_ways
def test_rows_are_accessible(size, scheme, rows):
    page = rows(color_scheme=scheme, viewport=SIZES[size])
    for kind in EMBEDS:
        row = page.locator(f"[data-playground={kind}]")
        row.scroll_into_view_if_needed()
        page.wait_for_timeout(300)
        row.screenshot(path=SCREENSHOTS / f"row-{kind}-{size}-{scheme}.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]
    assert violations(page) == []


@pytest.mark.parametrize("kind", ["bptt", "rtrl", "rflo"])
def test_a_row_follows_its_cursor_and_leads_to_the_playground(kind, rows):
    page = rows(reduced_motion="reduce")
    row = page.locator(f"[data-playground={kind}]")
    row.scroll_into_view_if_needed()
    words = row.locator(".pg-small").last
    page.wait_for_function(
        "k => /Step \\d/.test(document.querySelector(`[data-playground=${k}]`).textContent)", arg=kind
    )
    before = words.text_content()
    row.locator(".pg-cursor").press("ArrowRight")
    page.wait_for_function(
        "([k, before]) => !document.querySelector(`[data-playground=${k}]`).textContent.includes(before)",
        arg=[kind, before],
    )
    href = row.get_by_role("link").get_attribute("href")
    assert "playground.html" in href
    assert kind == "bptt" or f"rule={kind}" in href


def test_the_race_runs_all_three(rows):
    page = rows()
    row = page.locator("[data-playground=comparison]")
    row.scroll_into_view_if_needed()
    row.get_by_role("button", name="Train").click()
    page.wait_for_function(
        "() => { const b = [...document.querySelectorAll('[data-playground=comparison] .pg-progress b')];"
        " return b.length === 3 && b.every(one => Number(one.textContent) >= 3); }"
    )


def test_the_gain_moves_the_eigenvalues(rows):
    page = rows()
    row = page.locator("[data-playground=network]")
    words = row.locator(".pg-small").last
    assert re.search(r"^[1-9]\d* of 30 eigenvalues", words.text_content())
    for _ in range(12):
        row.locator("input").first.press("ArrowLeft")
    assert words.text_content().startswith("0 of 30 eigenvalues")
    assert "nothing moves" in words.text_content()
