"""What is changed on a finished page: markup that Jupyter Book, its theme and its extensions leave less than good.

Each mend is a function that changes a page and says how many places it found. One that finds none on any page has lost
its fault, mostly because a new release writes other markup; `finish` then stops the build.
"""

import ast
import base64
import hashlib
import posixpath
import re
from collections import Counter
from itertools import groupby

from bs4 import BeautifulSoup

MENDS = []

# What this book does not use. The theme's icons come from a font; its script would draw them again.
UNUSED = (
    'script[src*="thebe"], link[href*="thebe"]',
    'script[src*="jupyterlite_sphinx"], link[href*="jupyterlite_sphinx"], link[href*="fonts.googleapis.com"]',
    'script[src*="fontawesome.js"]',
    'script[src*="design-tabs.js"]',
    'script[src*="togglebutton.js"], link[href*="togglebutton.css"]',
    'script[type="application/vnd.jupyter.widget-state+json"]',
    "#ethical-ad-placement",
    "#jb-print-docs-body",  # title and contents once more, on a page of their own
    "#bd-header-version-warning",
    'meta[name="viewport"] ~ meta[name="viewport"]',
    # The theme listens to the first button of each kind only, and those are in its empty top bar, which is not shown.
    "#pst-header .primary-toggle",
    "#pst-header .secondary-toggle",
)
STORED_THEME = 'localStorage.getItem("theme") || "auto"'
CHOSEN_THEME = """{light: "light", dark: "dark"}[localStorage.getItem("mode")] ||
        (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")"""
SETTINGS = re.compile("THEBE_JS_URL|DOCUMENTATION_OPTIONS|toggleHint|togglebuttonSelector|toggleOpenOnPrint")
NAMELESS = re.compile(r"=<[^<>]+>")
MARK = re.compile("### (BEGIN|END) SOLUTION")
PROMPTS = {"Show code cell source", "Show code cell content", "Show code cell output", "Show code cell outputs"}
SHOWN = "sd-summary-text"


def mend(function):
    """Add a mend to the list."""
    MENDS.append(function)
    return function


def _each(selector, change):
    """Make a mend of a change to all that match a selector."""

    def function(soup, place):
        found = soup.select(selector)
        for tag in found:
            change(tag)
        return len(found)

    function.__name__ = selector
    MENDS.append(function)


def _set(**attributes):
    return lambda tag: tag.attrs.update({name.replace("_", "-"): value for name, value in attributes.items()})


PLAIN = ", ".join(
    f".highlight pre span{kind}" for kind in (".n", ".nn", ".p", ".o", ".ow", ".w", ".mi", ".mf", ":not([class])")
)


@mend
def code(soup, place):
    """Names, numbers, punctuation and operators are half of a page's elements, and need no colour."""
    found = soup.select(PLAIN)
    for span in found:
        span.unwrap()
    return len(found)


for selector in UNUSED:
    _each(selector, lambda tag: tag.decompose())

# axe, region: the title of the book stands outside of all landmarks
_each("#pst-primary-sidebar", _set(role="region", aria_label="Book"))
_each(".bd-search", _set(role="search"))
# axe, aria-deprecated-role and aria-required-children: bibliography
_each('[role="doc-biblioentry"], .citation-list[role="list"]', lambda tag: tag.attrs.pop("role"))
_each("main .primary-toggle", _set(aria_label="Menu", title="Menu"))
_each("main .secondary-toggle", _set(aria_label="Contents of this page", title="Contents of this page"))
# Nothing on a page goes by it: texts are cited by author and year, and stand in this order.
_each(".citation > .label", lambda tag: tag.decompose())
# By the dozen on a page. The contents at the side lead to all sections.
_each("a.headerlink", _set(tabindex="-1"))
# A touch opens them, and nothing closes them again.
_each('[data-bs-toggle="tooltip"]', lambda tag: tag.attrs.pop("data-bs-toggle"))


@mend
def short_code(soup, place):
    """Keep a short word of code in one line, which may else break after its hyphen."""
    found = [word for word in soup.select("article code .pre") if "-" in word.text and len(word.text) <= 24]
    for word in found:
        word["class"].append("whole")
    return len(found)


@mend
def types(soup, place):
    """Make one word of the type of an argument, which comes in pieces."""
    found = soup.select("dd em:not([class]) + em:not([class])")
    found = [piece for piece in found if piece.previous_sibling.name == "em"]  # and no words between
    for piece in found:
        piece.previous_sibling.extend(piece.contents[:])
        piece.decompose()
    return len(found)


@mend
def together(soup, place):
    """Put arguments that are described in one together again: napoleon repeats the description under each."""
    count = 0
    for items in soup.select("dl.field-list ul"):
        for words, same in groupby(items.find_all("li", recursive=False), _description):
            first, *others = same
            if not (words and others):
                continue
            last = first.strong
            for other in others:
                name = other.strong.extract()
                last.insert_after(", ", name)
                last = name
                other.decompose()
            count += len(others)
    return count


def _description(item):
    """What stands behind the names and their types."""
    return item.text.partition("–")[2].strip()


@mend
def defaults(soup, place):
    """Three dots for a default that has no name."""
    found = [tag for tag in soup.select(".sig-param") if NAMELESS.search(tag.text)]
    for tag in found:
        tag.string = NAMELESS.sub("=…", tag.text)
    return len(found)


@mend
def dotted(soup, place):
    """Names in docstrings are code; a long one may part after its dots."""
    found = soup.select("dl.py cite")
    for tag in found:
        tag.name = "code"
        first, *others = tag.text.split(".")
        tag.string = first
        for part in others:
            tag.extend([".", soup.new_tag("wbr"), part])
    return len(found)


# Elements that neither mean nor change anything, by the thousand.
_each(".docutils.literal > .pre:not(.whole), dt .pre", lambda tag: tag.unwrap())
_each("dt.sig span:not(.sig-name, .sig-prename)", lambda tag: tag.unwrap())
_each(":is(td, th, dd, li) > p:only-child", lambda tag: tag.unwrap())
# On a phone, a long signature parts before its name, and not within a word.
_each("dt.sig .sig-prename", lambda tag: tag.insert_after(BeautifulSoup("<wbr>", "html.parser").wbr))


@mend
def settings(soup, place):
    """Take away what sets the unused scripts."""
    found = [tag for tag in soup.find_all("script", src=False) if SETTINGS.search(tag.text)]
    for tag in found:
        tag.decompose()
    return len(found)


@mend
def theme(soup, place):
    """Ask for light or dark before the first paint. The theme's script asks later, and then the page is styled anew."""
    found = [tag for tag in soup.find_all("script", src=False) if STORED_THEME in tag.text]
    for tag in found:
        tag.string = tag.text.replace(STORED_THEME, CHOSEN_THEME)
    return len(found)


@mend
def title(soup, place):
    """Say the name of the book once."""
    name, *rest = soup.title.text.split(" — ")
    if rest != [name]:
        return 0
    soup.title.string = name
    return 1


@mend
def footers(soup, place):
    """Leave one footer, at the end, and make the way to the next page a navigation."""
    inner, links, last = (soup.select_one(f"footer.{name}") for name in FOOTERS)
    if links is not None:
        links.name = "nav"
        links["aria-label"] = "Previous and next page"
    if inner is None or last is None:
        return 0
    last.extend(list(inner.contents))
    inner.decompose()
    return 1


FOOTERS = ("bd-footer-content", "prev-next-footer", "bd-footer")


@mend
def lite(soup, place):
    """JupyterLite holds the chapters in its uppermost folder."""
    found = soup.select('a[href*="lite/notebooks/index.html?path=book/"]')
    for link in found:
        link["href"] = link["href"].replace("?path=book/", "?path=")
    return len(found)


@mend
def tables(soup, place):
    """Let a wide table scroll in a box, and leave out a header in which nothing stands.

    On a phone, a row of a table of sentences or verdicts is a paragraph, in which each entry bears its column's name.
    """
    found = soup.select("article table")
    for table in found:
        head = table.thead
        if head and not head.text.strip():
            head.decompose()
        for corner in table.select("th"):
            if not corner.text.strip():  # axe, empty-table-header
                corner.name = "td"
        for formula in table.select("th math"):  # axe reads no MathML, and takes such a header for an empty one
            formula["aria-label"] = formula.text
        for text in table.find_all(string=INTERVAL):
            text.replace_with(INTERVAL.sub("\\1,\u00a0", text))
        for text in table.find_all(string=HYPHEN):
            if not text.find_parent(["code", "math"]):
                text.replace_with(HYPHEN.sub("−", text))
        columns = len(table.tr.find_all(["td", "th"]))
        longest = max((len(cell.text) for cell in table.select("td:not(:first-child)")), default=0)
        if columns > 2 and (columns * longest > 150 or table.select(VERDICTS)):
            table["class"] = [*table.get("class", ()), "wordy"]
            for part, role in ROLES.items():  # some browsers forget what a table is that they lay out as paragraphs
                for tag in table(part):
                    tag["role"] = role
            table["role"] = "table"
            heads = [" ".join(cell.text.split()) for cell in table.select("thead > tr > *")]
            for row in table.select("tbody > tr"):
                for cell, head in zip(row.find_all(["td", "th"]), heads, strict=False):
                    if head:
                        cell["data-head"] = head if head.endswith("?") else f"{head}:"
        table.wrap(soup.new_tag("div", attrs={"class": "scroller"}))
    return len(found)


INTERVAL = re.compile(r"(\[[^][, ]+), (?=[^][, ]+\])")  # stays in one line
HYPHEN = re.compile(r"(?<![\w−.)-])-(?=\d|\.\d)")  # of a number below zero
VERDICTS = ".holds, .in-part, .contradicted, .cannot-tell"
ROLES = {"thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "th": "columnheader", "td": "cell"}


@mend
def explorers(soup, place):
    """Where sliders need a kernel, say so, in place of a picture with nothing that moves it."""
    outputs = soup.select('.cell_output:has(> script[type="application/vnd.jupyter.widget-view+json"])')
    found = [output for output in outputs if any("explorer(" in pre.text for pre in output.parent.select("pre"))]
    for output in found:
        way = soup.select_one('a[href*="lite/notebooks"]')
        output.clear()
        output["class"] = ["needs-python"]
        output.append(BeautifulSoup(EXPLORER.format(way["href"]), "html.parser"))
    return len(found)


EXPLORER = (
    "<p>Here the running chapter has sliders for the rule, its rate, τ, the period, the size and the seed, and trains "
    'a network at each change. <a href="{}">Run this chapter in the browser</a>, or at home.</p>'
)


def _scroller(img):
    """A box that says how narrow its picture may get: small text of 14 pixels, or 17 in one panel, stays at 11."""
    width = int(img.get("width", 720))
    return {"class": "scroller", "style": f"--least: {round(width * (0.66 if width <= 540 else 0.8))}px"}


@mend
def flipbooks(soup, place):
    """Put the frames into files, which load when they are looked at."""
    found = soup.select('.flipbook img[src^="data:"]')
    for frame in found:
        raw = base64.b64decode(frame["src"].split(",")[1])
        name = f"_images/{hashlib.sha256(raw).hexdigest()[:32]}.png"
        (place.root / name).write_bytes(raw)
        frame["src"] = place.relative(name)
    for book in soup.select(".flipbook"):
        frames = book.find_all("img", recursive=False)
        box = soup.new_tag("div", attrs=_scroller(frames[0]))
        frames[0].insert_before(box)
        box.extend(frame.extract() for frame in frames)
    return len(found)


@mend
def pictures(soup, place):
    """Give a picture its size before it comes, a box that it can scroll in, and time; and no link to itself."""
    found = soup.select("article .cell_output a.image-reference > img, article figure > a.image-reference > img")
    found += soup.select("article figure > img")
    for img in found:
        width, height = (re.search(rf"\b{side}: ([\d.]+)px", img.get("style", "")) for side in ("width", "height"))
        if width and height:
            img["width"], img["height"] = (round(float(side[1])) for side in (width, height))
            del img["style"]
        if img.parent.name == "a":
            img.parent.unwrap()
        img.wrap(soup.new_tag("div", attrs=_scroller(img)))
    return len(found)


@mend
def laziness(soup, place):
    """Pictures far down the page can wait. One above the first section is mostly the largest thing seen at first."""
    found = soup.select("article .cell img, article figure img, .dropdown-menu img")
    for img in found:
        img["loading"] = "lazy"
    first = soup.select_one("article img:not([data-playground] *)")  # those give way to what moves
    if first in found and not first.find_previous("h2"):
        del first["loading"]
        first["fetchpriority"] = "high"
    return len(found)


@mend
def folded_code(soup, place):
    """Make a drawer of a folded cell, called by what it does."""
    found = soup.select("details.hide")
    for drawer in found:
        prompt = drawer.summary.select_one(".collapsed").text.strip()
        name = prompt if prompt not in PROMPTS else _name_of_code(drawer)
        drawer.summary.decompose()
        drawer["class"] = ["drawer", "code"]
        drawer.insert(0, BeautifulSoup(f"<summary>{name}</summary>", "html.parser"))
    return len(found)


def _name_of_code(drawer):
    """What a cell draws; or else imports, defines or computes."""
    numbers = [tag.text.strip() for tag in drawer.parent.select(".caption-number")]
    if numbers:
        return f"Code: draws {', '.join(numbers)}"
    if "above-output" in drawer["class"]:
        return "Output"
    try:
        lines = ast.parse("".join(pre.text for pre in drawer.select("pre"))).body
    except SyntaxError:
        return "Code"
    defined = [line.name for line in lines if isinstance(line, ast.FunctionDef | ast.ClassDef)]
    targets = [target for line in lines if isinstance(line, ast.Assign) for target in line.targets]
    computed = [name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)]
    if any(isinstance(line, ast.Import | ast.ImportFrom) for line in lines):
        return "Code: imports"
    if defined or computed:
        names = list(dict.fromkeys(defined or computed))
        return f"Code: {'defines' if defined else 'computes'} {', '.join(names[:3])}{' …' * (len(names) > 3)}"
    return "Code"


@mend
def marks(soup, place):
    """Leave out the lines that tell nbgrader where the solution of a lab begins and ends."""
    found = [tag for tag in soup.select(".highlight .c1") if MARK.fullmatch(tag.text)]
    for tag in found:
        tag.previous_sibling.replace_with(tag.previous_sibling.rstrip(" "))
        tag.next_sibling.replace_with(tag.next_sibling.removeprefix("\n"))
        tag.decompose()
    return len(found)


@mend
def solutions(soup, place):
    """Make a drawer of a solution, called by its exercise."""
    found = soup.select(".solution.dropdown, .solution.admonition")
    for box in found:
        number = _number(box.find_previous(class_="exercise"))
        box.select_one(".admonition-title").decompose()
        box.name = "details"
        box["class"] = ["drawer", "solution"]
        name = f"Solution to {number}" if number else "Solution"
        box.insert(0, BeautifulSoup(f"<summary>{name}</summary>", "html.parser"))
    return len(found)


def _number(exercise):
    """What an exercise is called, as in Exercise 1.2; nothing if there is none."""
    number = re.search(r"Exercise\s+[\w.]+", exercise.select_one(".admonition-title").text) if exercise else None
    return number[0] if number else ""


@mend
def answers(soup, place):
    """Make a drawer of a dropdown; a screen reader hears which question it answers, or which exercise it helps with."""
    found = soup.select("details.sd-dropdown")
    for drawer in found:
        content = drawer.select_one(".sd-summary-content")
        name = drawer.select_one(f".{SHOWN}").decode_contents().strip()
        question = drawer.find_previous(["p", "li"]) if name == "Answer" else None
        asked = f"to: {' '.join(question.text.split()[:12])}" if question else ""
        exercise = _number(drawer.find_parent(class_="exercise")) if name == "Hint" else ""
        rest = asked or (exercise and f"to {exercise}")
        hint = f' <span class="visually-hidden">{rest}</span>' if rest else ""
        drawer.summary.decompose()
        content.unwrap()
        drawer["class"] = ["drawer", "answer", *(["option"] if re.match(r"[A-Z]\. ", name) else [])]
        drawer.insert(0, BeautifulSoup(f"<summary>{name}{hint}</summary>", "html.parser"))
    return len(found)


@mend
def names(soup, place):
    """Say to which part of a lab a solution belongs, and number drawers that still share a name."""
    found, count = soup.select("details.drawer > summary"), Counter()
    for summary in found:
        part = re.match(r"\s*(\d+)\.", summary.find_previous("h2").text) if summary.text in OF_A_LAB else None
        summary.extend([f" to part {part[1]}"] if part else [])
        name = " ".join(summary.text.split())
        count[name] += 1
        if count[name] > 1:
            summary.append(f" ({count[name]})")
    return len(found)


OF_A_LAB = ("A solution", "A possible answer")


@mend
def printing(soup, place):
    """Offer to print with the solutions, or without."""
    found = soup.select(".btn-download-pdf-button")
    for button in found:
        del button["onclick"]
        button["data-print"] = "shut"
        button["title"] = "Print, or save as PDF"
        button.select_one(".btn__text-container").string = "Print"
        item = button.find_parent("li")
        other = BeautifulSoup(str(item), "html.parser")
        other.button["data-print"] = "open"
        other.select_one(".btn__text-container").string = "Print with solutions"
        item.insert_after(other)
    return len(found)


class Place:
    """Where a page lies."""

    def __init__(self, page, root):
        self.root = root
        self.folder = page.parent.relative_to(root).as_posix()

    def relative(self, name):
        """The address of a file as seen from the page."""
        return posixpath.relpath(name, self.folder)
