"""The built website: every page there, every link and anchor good, every picture described."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlparse

import pytest
import yaml
from bs4 import BeautifulSoup

ROOT = Path(__file__).parents[2]
SITE = ROOT / "_build" / "html"


def files(toc):
    """All pages that the table of contents names."""
    yield toc["root"] if "root" in toc else toc["file"]
    for child in [*toc.get("parts", []), *toc.get("chapters", []), *toc.get("sections", [])]:
        yield from files(child) if "file" in child else (f for c in child["chapters"] for f in files(c))


PAGES = list(files(yaml.safe_load((ROOT / "_toc.yml").read_text())))
NOTEBOOKS = [page for page in PAGES if (ROOT / f"{page}.ipynb").exists()]


def soup_of(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@pytest.fixture(scope="module")
def soups():
    return {page: soup_of(SITE / f"{page}.html") for page in PAGES}


def broken_links(soups, directory_of):
    """Links inside the site whose file or anchor does not exist, as (page, href)."""
    ids = {}
    for page, soup in soups.items():
        for link in soup.find_all("a", href=True):
            url = urlparse(link["href"])
            if url.scheme or url.netloc:
                continue
            target = (directory_of(page) / unquote(url.path)).resolve() if url.path else SITE / f"{page}.html"
            if not target.exists():
                yield page, link["href"]
            elif url.fragment and target.suffix == ".html":
                if target not in ids:
                    ids[target] = {tag["id"] for tag in soup_of(target).find_all(id=True)}
                if unquote(url.fragment) not in ids[target]:
                    yield page, link["href"]


def pictures(soup):
    return soup.find("article").find_all("img")


def undescribed(images):
    """Pictures without alternative text, or with the file name that Sphinx puts in its place."""
    return [img for img in images if len(img.get("alt", "").split()) < 3 or "_images/" in img["alt"]]


def without_caption(images):
    """Pictures without a caption, but for those of the explorers: there the text stands before the sliders."""
    lone = [
        img for img in images if img.find_parent("figure") is None or not img.find_parent("figure").find("figcaption")
    ]
    return [img for img in lone if not img.find_parent("div").find("script", type=re.compile("widget-view"))]


def test_every_page_of_the_contents_is_built(soups):
    assert len(soups) >= 10
    for soup in soups.values():
        assert soup.find("h1").text.strip()


def test_links_and_anchors(soups):
    assert list(broken_links(soups, lambda page: (SITE / page).parent)) == []


def test_a_broken_link_is_found():
    page = BeautifulSoup('<a href="no-such-page.html">x</a><a href="bptt.html#no-such-anchor">y</a>', "html.parser")
    assert len(list(broken_links({"book/bptt": page}, lambda _: SITE / "book"))) == 2


def test_every_picture_is_described(soups):
    for page, soup in soups.items():
        assert undescribed(pictures(soup)) == [], page


def test_an_undescribed_picture_is_found():
    images = BeautifulSoup('<img src="a"><img alt="_images/0a1b.png"><img alt="A loss falls.">', "html.parser")
    assert len(undescribed(images.find_all("img"))) == 2


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_every_drawn_figure_has_a_caption(page, soups):
    drawn = [img for img in pictures(soups[page]) if "_images/" in img["src"]]
    assert drawn
    assert without_caption(drawn) == []


def test_a_figure_without_caption_is_found():
    images = BeautifulSoup(
        "<div><img><figure><img></figure><figure><img><figcaption>x</figcaption></figure></div>", "html.parser"
    )
    assert len(without_caption(images.find_all("img"))) == 2


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_a_table_that_follows_a_figure_stands_by_itself(page, soups):
    assert not soups[page].select("figure table")


def test_a_table_in_a_figure_is_found():
    assert BeautifulSoup("<figure><img><div><table></table></div></figure>", "html.parser").select("figure table")


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_no_page_shows_an_error_or_a_warning(page, soups):
    assert not soups[page].select(".stderr, .traceback, .system-message")


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_every_chapter_can_be_launched(page, soups):
    links = " ".join(a["href"] for a in soups[page].find_all("a", href=True))
    assert "mybinder.org" in links
    assert "colab.research.google.com" in links


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_notebooks_keep_only_the_outputs_of_check_cells(page):
    cells = json.loads((ROOT / f"{page}.ipynb").read_text(encoding="utf-8"))["cells"]
    kept = [c for c in cells if c.get("outputs")]
    assert all("keep_output" in c["metadata"].get("tags", []) for c in kept)
    assert all(bool(c["execution_count"]) == bool(c["outputs"]) for c in cells if c["cell_type"] == "code")
    assert not any("data" in o and any(k.startswith("image/") for k in o["data"]) for c in kept for o in c["outputs"])


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_flipbooks_are_small(page, soups):
    for flipbook in soups[page].select("figure.flipbook"):
        assert len(str(flipbook)) <= 400_000


def live_cells(page):
    """The code of the directives ``live`` in a notebook."""
    cells = json.loads((ROOT / f"{page}.ipynb").read_text())["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    return re.findall(r"```{live}\n(.*?)```", text, flags=re.DOTALL)


@pytest.mark.parametrize("page", ["book/bptt", "book/rtrl", "book/rflo"])
def test_each_rule_has_a_live_cell_and_its_code_runs(page, soups):
    assert live_cells(page)
    buttons = soups[page].select(".live > button")
    assert len(buttons) == len(live_cells(page))
    for code, button in zip(live_cells(page), buttons, strict=True):
        assert parse_qs(urlparse(button["data-console"]).query)["code"][0].endswith(code.strip())
        subprocess.run([sys.executable, "-c", code], env=os.environ | {"MPLBACKEND": "agg"}, check=True)
