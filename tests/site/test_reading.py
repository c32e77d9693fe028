"""What a page asks of the eye: the length of its lines, and tables on a phone."""

import shutil

import pytest
from test_browser import DESK, PHONE, visit

pytestmark = pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium on the path")

PROSE = ["book/index", "book/brain", "book/teaching/guide", "book/signals", "book/bptt"]
# Paragraphs of some lines, without formulas, which are wider than their letters.
LINES = """[...document.querySelectorAll('article section > p')].filter(p => !p.querySelector('math')).map(p => {
    const lines = Math.round(p.getBoundingClientRect().height / parseFloat(getComputedStyle(p).lineHeight));
    return [p.textContent.length, lines];
}).filter(([letters, lines]) => lines > 2).map(([letters, lines]) => letters / (lines - 0.5))"""
SCROLLING = """[...document.querySelectorAll('table.wordy')].filter(table =>
    table.parentElement.scrollWidth > table.parentElement.clientWidth).length"""


@pytest.mark.parametrize("name", PROSE)
def test_a_line_holds_some_seventy_characters(name, browser, address):
    page, _ = visit(browser, address, f"{name}.html", viewport=DESK)
    lengths = sorted(page.evaluate(LINES))
    assert len(lengths) >= 3
    assert 55 <= lengths[len(lengths) // 2] <= 80
    page.add_style_tag(content="html { --measure: 60rem !important }")
    assert max(page.evaluate(LINES)) > 80, "the control: wider lines are seen"
    page.close()


@pytest.mark.parametrize("name", ["book/notation", "book/teaching/guide", "book/differences", "book/brain"])
def test_a_table_of_sentences_is_read_without_scrolling_on_a_phone(name, browser, address):
    page, _ = visit(browser, address, f"{name}.html", viewport=PHONE)
    assert page.locator("table.wordy").count()
    assert page.evaluate(SCROLLING) == 0
    cell = page.locator("table.wordy td[data-head]:not(:first-child, :empty)").first
    assert cell.evaluate("cell => getComputedStyle(cell, '::before').content") not in ("none", "normal")
    page.add_style_tag(content="table.wordy tr { display: table-row !important; white-space: nowrap }")
    assert page.evaluate(SCROLLING) > 0, "the control: what is too wide is seen"
    page.close()
