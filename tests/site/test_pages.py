"""The built website: every page there, every link and anchor good, every picture described."""

import json
import re
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest
import yaml
from bs4 import BeautifulSoup, NavigableString
from fontTools.ttLib import TTFont

ROOT = Path(__file__).parents[2]
SITE = ROOT / "_build" / "html"


def files(toc):
    """All pages that the table of contents names."""
    yield toc["root"] if "root" in toc else toc["file"]
    for child in [*toc.get("parts", []), *toc.get("chapters", []), *toc.get("sections", [])]:
        yield from files(child) if "file" in child else (f for c in child["chapters"] for f in files(c))


BASEURL = yaml.safe_load((ROOT / "_config.yml").read_text())["html"]["baseurl"]
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
    """Pictures without a caption."""
    figures = [(img, img.find_parent("figure")) for img in images]
    return [img for img, figure in figures if figure is None or not figure.find("figcaption")]


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
    drawn = [
        img for img in pictures(soups[page]) if "_images/" in img["src"] and not img.find_parent(class_="flipbook")
    ]
    assert drawn
    assert without_caption(drawn) == []


def without_number(books):
    """Flipbooks that lack a number, a caption of a sentence, or an address."""

    def whole(book):
        text, number = book.select_one("figcaption .caption-text"), book.select_one(".caption-number")
        return text and number and len(text.text.split()) > 4 and re.search(r"\d", number.text) and book.get("id")

    return [book for book in books if not whole(book)]


def test_every_flipbook_has_a_caption_and_a_number(soups):
    books = [book for soup in soups.values() for book in soup.select(".flipbook")]
    assert books
    assert without_number([book.find_parent("figure") or book for book in books]) == []


def test_a_flipbook_without_number_is_found():
    good = '<figure id="a"><figcaption><span class="caption-number">Fig. 1</span>'
    good += '<span class="caption-text">It turns as the gain grows.</span></figcaption></figure>'
    bad = [good.replace("Fig. 1", ""), good.replace(' id="a"', ""), good.replace("as the gain grows", ""), "<p></p>"]
    parsed = [BeautifulSoup(text, "html.parser").find(True) for text in [good, *bad]]
    assert without_number(parsed) == parsed[1:]


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
def test_the_frames_of_flipbooks_are_files_that_wait(page, soups):
    assert "base64" not in str(soups[page].article)
    for frame in soups[page].select(".flipbook img"):
        assert frame["loading"] == "lazy"
        assert (SITE / "book" / frame["src"]).exists()


LABELS = re.compile(
    r"\b(fig|eq|ex|prop|sol)-[a-z]+-[\w-]+|name not set|Unknown Directive|\{(numref|eq|cite:[pt]|ref|doc|glue:text)\}|⚠"
    r"|\\[a-zA-Z]{3,}|\d\.\de[+-]\d\d|Alias for field"
)


def raw_text(article):
    """What a reader should not see: keys of references, names of directives and roles, powers of ten of a program."""
    article = BeautifulSoup(str(article), "html.parser")
    for code in article(["pre", "code"]):
        code.decompose()
    keys = re.findall(r"^@\w+\{(\w+),", (ROOT / "book" / "references.bib").read_text(), flags=re.MULTILINE)
    words = [match[0] for match in LABELS.finditer(article.text)]
    return words + [key for key in keys if re.search(rf"\b{key}\b", article.text)]


def test_no_page_shows_raw_text(soups):
    for page, soup in soups.items():
        assert raw_text(soup.article) == [], page
        assert "not set" not in " ".join(tag.get("content", "") for tag in soup("meta")), page


def test_raw_text_is_found():
    bad = "<article><p>See fig-bptt-credit, {eq}`x` and murray2019.</p><p>Unknown Directive \\textbf 3.1e+02</p>"
    assert len(raw_text(bad)) == 6


def test_links_elsewhere_name_the_book(soups):
    for soup in soups.values():
        assert soup.find("meta", property="og:site_name")["content"] == "How recurrent networks can learn"
        assert soup.title.text.count("How recurrent networks can learn") == 1


def test_formulas_are_whole(soups):
    text = ""
    for page, soup in soups.items():
        assert "\\" not in "".join(math.text for math in soup("math")), page
        assert not re.search(r"\\[(\[]|\$\$", "".join(p.text for p in soup.article("p"))), page
        text += "".join(math.text for math in soup("math"))
    known = TTFont(SITE / "_static" / "formulas.woff2").getBestCmap()
    assert len(text) > 5000
    assert any(soup("msqrt") for soup in soups.values())
    assert ord("\u221a") in known  # the sign of a root stands in no text: browsers draw it
    assert {letter for letter in text if not letter.isspace() and ord(letter) not in known} <= INVISIBLE


INVISIBLE = {"\u2061", "\u2062", "\u200b"}


def test_marks_cling_to_their_formulas(soups):
    for page, soup in soups.items():
        free = [math.next_sibling for math in soup("math") if "glued" not in math.parent.get("class", ())]
        loose = [text for text in free if isinstance(text, NavigableString)]
        assert [text for text in loose if re.match(r"[.,;:?!)]", text)] == [], page


def test_drawers_have_names_of_their_own(soups):
    for page, soup in soups.items():
        names = [" ".join(drawer.summary.text.split()) for drawer in soup("details")]
        assert "" not in names, page
        assert [name for name in names if names.count(name) > 1] == [], page
        assert not [name for name in names if re.fullmatch(r"Hint \(\d+\)", name)], page


def test_landmarks(soups):
    for page, soup in soups.items():
        assert len(soup("footer")) == 1, page
        assert soup.select("form[role=search]"), page
        assert all(nav.get("aria-label") or nav.get("aria-labelledby") for nav in soup("nav")), page


def test_appendices_are_lettered(soups):
    wanted = {"book/bptt": "2. ", "book/differences": "A. ", "book/own": "B. ", "book/speed": "D. "}
    assert {page: soups[page].article.find(class_="section-number").text for page in wanted} == wanted
    ways = [link.text.strip() for soup in soups.values() for link in soup.select(".prev-next-title .section-number")]
    assert set(ways) <= {*(f"{k}." for k in range(1, 10)), "A.", "B.", "C.", "D.", "E.", "F."}
    assert "C." in ways
    captions = [caption.text for caption in soups["book/differences"].select("figure .caption-number")]
    assert captions[0].strip() == "Fig. A.1"


def first_numbers(soup):
    """The number of the first figure, table, formula and exercise of a page, as far as it has them."""
    kinds = {
        "figure": "figure > figcaption .caption-number",
        "table": "table .caption-number",
        "formula": ".equation .eqno",
        "exercise": ".exercise .caption-number",
    }
    found = {kind: soup.article.select_one(selector) for kind, selector in kinds.items()}
    return {kind: re.search(r"[\dA-Z.]*\d", tag.text)[0] for kind, tag in found.items() if tag}


def test_every_page_counts_from_one(soups):
    starts = {page: first_numbers(soup) for page, soup in soups.items()}
    assert starts["book/rflo"] == {"figure": "4.1", "formula": "4.1", "exercise": "4.1"}
    assert starts["book/brain"]["formula"] == "1"
    assert [page for page, first in starts.items() if {n.split(".")[-1] for n in first.values()} - {"1"}] == []
