"""The last touch to the finished pages: mended markup, nothing from other sites, few and small files.

`mends` holds what changes a page by itself. Here is what takes all pages together: style sheets and scripts, the page
for addresses that lead nowhere, and pictures.
"""

import copy
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlparse

import numpy as np
from bs4 import BeautifulSoup
from PIL import Image
from sphinx.errors import ExtensionError

import styles
from mends import MENDS, Place

SEARCH = ("searchtools.js", "language_data.js", "searchindex.js")
# What a page has that is nowhere has not.
NOT_LOST = ", ".join(
    (
        "#pst-secondary-sidebar, .secondary-toggle, .prev-next-footer, .dropdown-download-buttons",
        '[rel="canonical"], meta[name^="citation"], meta[property="og:url"]',
    )
)
LOST = """<section id="lost"><h1>This page is not here</h1>
<p>The address may be mistyped, or the page may have moved. The contents at the side name all pages of the book.</p>
<p><a class="start" href="index.html">To the first page</a></p></section>"""


def finish(app, exception):
    """Go through all pages and images of the book."""
    if exception or app.builder.name != "html":
        return
    root = Path(app.outdir)
    hits = pages(root, app.config.html_baseurl)
    if missed := [name for name, count in hits.items() if not count]:
        raise ExtensionError(f"mends that find nothing to mend: {', '.join(missed)}")


def pages(root, baseurl):
    """Mend all pages and join their files; count what each mend found."""
    hits = Counter({function.__name__: 0 for function in MENDS})
    (root / "404.html").unlink(missing_ok=True)  # of an earlier build
    paths = [*root.glob("*.html"), *root.glob("book/**/*.html")]
    soups = {path: BeautifulSoup(path.read_text(), "html.parser") for path in paths}
    soups = {path: soup for path, soup in soups.items() if soup.main}
    for path, soup in soups.items():
        for function in MENDS:
            hits[function.__name__] += function(soup, Place(path, root))
    for path, soup in soups.items():
        for tag in soup.select(", ".join(f'script[src*="{name}"]' for name in SEARCH)):
            if path.name == "search.html":
                tag["defer"] = ""  # after the joined scripts
            else:
                tag.decompose()
    plain = root / "book" / "references.html"
    soups[root / "book" / "404.html"] = not_found(soups[plain], baseurl)

    scripts = _files(soups[plain], plain, "script", "src")
    sheets = _files(soups[plain], plain, 'link[rel="stylesheet"]', "href")
    # A semicolon in front keeps the first script's "use strict" from ruling the others.
    script = styles.without_measuring("\n;\n".join(["", *(path.read_text() for path in scripts)]))
    others = [path.read_text() for path in root.glob("_static/**/*.js")]
    sheet = styles.purge(
        "\n".join(styles.read(path, root) for path in sheets), styles.used_names(soups.values(), [script, *others])
    )
    styles.icons(sheet, root)
    joined = {"script": styles.write(script, root, "js"), "link": styles.write(sheet, root, "css")}
    for path, soup in soups.items():
        place = Place(path, root)
        _replace(soup, _files(soup, path, "script", "src"), scripts, "src", place.relative(joined["script"]), defer="")
        _replace(
            soup, _files(soup, path, 'link[rel="stylesheet"]', "href"), sheets, "href", place.relative(joined["link"])
        )
        for tag in soup.select('link[rel="preload"][as="script"]'):
            tag.decompose()
        if soup.math:
            font = {
                "rel": "preload",
                "as": "font",
                "type": "font/woff2",
                "crossorigin": "",
                "href": place.relative("_static/formulas.woff2"),
            }
            soup.find("link", rel="stylesheet").insert_before(soup.new_tag("link", attrs=font))
        path.write_text(soup.decode(formatter="minimal"))
    (root / "book" / "404.html").rename(root / "404.html")
    with ThreadPoolExecutor() as threads:  # most of it is done by libraries that let others run
        list(threads.map(thin, root.glob("_images/*.png")))
    return hits


def _files(soup, path, selector, attribute):
    """The files of a page that tags name, each with its tag."""
    return {
        (path.parent / urlparse(tag[attribute]).path).resolve(): tag
        for tag in soup.select(f'{selector}[{attribute}*="_static/"]')
    }


def _replace(soup, found, joined, attribute, address, **attributes):
    """Name the joined file in the place of the first of its parts."""
    tags = [tag for path, tag in found.items() if path in joined]
    for tag in tags[1:]:
        tag.decompose()
    tags[0].attrs = {**({"rel": "stylesheet"} if attribute == "href" else {}), attribute: address, **attributes}


def not_found(soup, baseurl):
    """A page for addresses that lead nowhere; its links hold in whatever folder the address seems to lie."""
    soup = copy.copy(soup)
    soup.title.string = f"Not here — {soup.title.text.split(' — ')[-1]}"
    soup.article.clear()
    soup.article.append(BeautifulSoup(LOST, "html.parser"))
    for tag in soup.select(NOT_LOST):
        tag.decompose()
    soup.head.insert(0, soup.new_tag("base", href=f"{urlparse(baseurl).path}book/"))
    soup.head.append(soup.new_tag("meta", attrs={"name": "robots", "content": "noindex"}))
    return soup


def thin(path):
    """Turn white paper into none, so that a picture lies on a page of any colour, and count its colours.

    On white it looks as before. What is pale stays rather opaque: on a dark page, where a picture is turned, it would
    else be faint.
    """
    image = Image.open(path)
    if image.mode == "P" and "transparency" in image.info:
        return
    ink = 255 - np.asarray(image.convert("RGB"), dtype=np.uint16)
    alpha = np.minimum(3 * ink.max(axis=2), 255)  # three times what the strongest of its colours needs
    ink = 255 * ink // np.maximum(alpha, 1)[..., np.newaxis]
    clear = Image.fromarray(np.dstack([255 - ink, alpha]).astype("uint8"), "RGBA")
    clear.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(path, optimize=True)


def setup(app):
    """Come last, when the pages are written."""
    for event, listeners in app.events.listeners.items():
        app.events.listeners[event] = [
            one for one in listeners if not one.handler.__module__.startswith("sphinx_thebe")
        ]
    app.connect("build-finished", finish, priority=900)  # after all others
    return {"parallel_read_safe": True, "parallel_write_safe": True}
