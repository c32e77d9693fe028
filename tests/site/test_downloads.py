"""What the site hands out besides its pages, and what it does not."""

import zipfile

from test_pages import ROOT, SITE, soup_of


def test_the_page_on_test_vectors_hands_out_all_of_them():
    page = SITE / "book" / "vectors.html"
    (link,) = soup_of(page).select("article a.download")
    with zipfile.ZipFile(page.parent / link["href"]) as archive:
        found = {name.removeprefix("vectors/"): archive.read(name) for name in archive.namelist()}
    stored = {path.name: path.read_bytes() for path in (ROOT / "tests" / "vectors").iterdir()}
    assert len(stored) > 30
    assert found.items() >= stored.items()


def test_no_page_runs_the_code_that_a_link_carries():
    """JupyterLite's REPL does so, in the reader's browser and at the address of the book."""
    apps = {path.parent.name for path in (SITE / "lite").glob("*/index.html")}
    assert "notebooks" in apps
    assert "repl" not in apps
