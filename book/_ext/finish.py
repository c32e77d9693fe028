"""The last touch to the finished pages: nothing from other sites, few and small files, and markup for screen readers.

Jupyter Book, its theme and its extensions put more on a page than this book uses, and leave some faults that a checker
of accessibility finds. Each is mended here in the HTML, where one place serves all of them.
"""

import hashlib
import json
import posixpath
import re
from pathlib import Path

from PIL import Image

PYODIDE = "https://cdn.jsdelivr.net/pyodide/v0.27.7/full/pyodide.js"

# Sphinx-thebe and jupyterlite-sphinx serve directives that this book does not use, and the second one asks for a font
# from elsewhere. The theme's icons come from a font; its script would draw them again. Search has a page of its own.
UNUSED = re.compile(
    r"[ \t]*<(?:script|link)[^>]*(?:thebe|jupyterlite_sphinx|fonts\.googleapis|fontawesome\.js|design-tabs\.js)[^>]*>"
    r"(?:</script>)?\n?"
    r"|[ \t]*<script>[^<]*THEBE_JS_URL[^<]*</script>\n?"
)
# The theme listens to the first button of each kind only, and those are in its empty top bar, which is not shown.
UNHEARD = re.compile(
    r'<button class="pst-navbar-icon sidebar-toggle (?:primary|secondary)-toggle".*?</button>\s*', re.DOTALL
)
SEARCH = re.compile(r'[ \t]*<script src="[^"]*(?:searchtools|language_data|searchindex)\.js[^"]*"></script>\n?')
# What axe finds in the stock pages.
MENDED = {
    # region: the title of the book stands outside of all landmarks
    '<div id="pst-primary-sidebar"': '<div id="pst-primary-sidebar" role="region" aria-label="Book"',
    # empty-table-header: the corner of a table is no header
    '<th class="head"><p></p></th>': "<td></td>",
    # aria-deprecated-role, aria-required-children: bibliography
    ' role="doc-biblioentry"': "",
    '<div role="list" class="citation-list">': '<div class="citation-list">',
    # JupyterLite holds the chapters in its uppermost folder
    "lite/notebooks/index.html?path=book/": "lite/notebooks/index.html?path=",
    # images far down the page can wait
    '<img alt="': '<img loading="lazy" alt="',
}
STYLE = re.compile(
    r'[ \t]*<link[^>]*href="([^":]*_static/[^"]*\.css)[^"]*"[^>]*rel="stylesheet"[^>]*>\n?'
    r'|[ \t]*<link[^>]*rel="stylesheet"[^>]*href="([^":]*_static/[^"]*\.css)[^"]*"[^>]*>\n?'
)
SCRIPT = re.compile(r'[ \t]*<script src="([^":]*_static/[^"]*\.js)[^"]*"></script>\n?')


def finish(app, exception):
    """Go through all pages and images of the book."""
    if exception or app.builder.name != "html":
        return
    root = Path(app.outdir)
    for page in [*root.glob("*.html"), *root.glob("book/**/*.html")]:
        html = UNHEARD.sub("", UNUSED.sub("", page.read_text()))
        for fault, right in MENDED.items():
            html = html.replace(fault, right)
        html = _join(html, STYLE, page, root, "css")
        if page.name != "search.html":
            html = _join(SEARCH.sub("", html), SCRIPT, page, root, "js")
        page.write_text(html)
    _choose_pyodide(root / "lite" / "jupyter-lite.json")
    for path in root.glob("_images/*.png"):
        image = Image.open(path)
        if image.mode != "P":  # lines on white need no more colours
            image.convert("RGB").quantize(256).save(path, optimize=True)


def _choose_pyodide(path):
    """Name the release that was seen to work, unless one is served with the pages."""
    lite = json.loads(path.read_text())
    settings = lite["jupyter-config-data"].setdefault("litePluginSettings", {})
    kernel = settings.setdefault("@jupyterlite/pyodide-kernel-extension:kernel", {})
    kernel.setdefault("pyodideUrl", PYODIDE)
    path.write_text(json.dumps(lite))


def _join(html, pattern, page, root, kind):
    """Put all files of a kind, in their order, in the place of the last."""
    found = list(pattern.finditer(html))
    if not found:
        return html
    paths = [(page.parent / next(filter(None, match.groups()))).resolve() for match in found]
    if kind == "js":
        # A semicolon in front keeps the first script's "use strict" from ruling the others.
        text = "\n;\n".join(["", *map(Path.read_text, paths)])
        tag = '<script src="{}"></script>'
    else:
        text = "\n".join(_style(path, root) for path in paths)
        tag = '<link rel="stylesheet" href="{}">'
    name = f"_static/all-{hashlib.sha256(text.encode()).hexdigest()[:12]}.{kind}"
    (root / name).write_text(text)
    link = tag.format(posixpath.relpath(name, page.parent.relative_to(root).as_posix()))
    # The last, since small scripts in the page set what some of the files ask for.
    place = found[-1].start()
    return pattern.sub("", html[:place]) + link + "\n" + pattern.sub("", html[place:])


def _style(path, root):
    """Read a style sheet, with what it imports, its addresses turned to those of the joined one's folder."""

    def turned(match):
        address = match[1].strip("\"'")
        if address.startswith(("data:", "http", "#")):
            return match[0]
        return f'url("{posixpath.relpath(path.parent / address, root.resolve() / "_static")}")'

    def imported(match):
        return _style(path.parent / match[1], root)

    text = re.sub(r"url\(([^)]+)\)", turned, path.read_text())
    return re.sub(r'@import "([^"]+)";', imported, text)


def setup(app):
    """Come last, when the pages are written."""
    for event, listeners in app.events.listeners.items():
        app.events.listeners[event] = [
            one for one in listeners if not one.handler.__module__.startswith("sphinx_thebe")
        ]
    app.connect("build-finished", finish, priority=900)  # after all others
    return {"parallel_read_safe": True, "parallel_write_safe": True}
