"""Print the built website: every page of the table of contents, one after the other, in one PDF.

With ``--solutions`` as argument, answers and solutions are printed too.
"""

import io
import shutil
import sys
from pathlib import Path

import yaml
from playwright.sync_api import sync_playwright
from pypdf import PdfWriter

ROOT = Path(__file__).parents[1]
SITE = ROOT / "_build" / "html"
READY = """opened => {
    document.querySelectorAll('details.solution, details.answer').forEach(drawer => drawer.open = opened);
    const pictures = [...document.querySelectorAll('article img:not([hidden])')];
    pictures.forEach(picture => picture.loading = 'eager');
    return Promise.allSettled([document.fonts.ready, ...pictures.map(picture => picture.decode())]).then(() => true);
}"""


def main(solutions):
    """Print all pages."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    names = [toc["root"], *(chapter["file"] for part in toc["parts"] for chapter in part["chapters"])]
    paper = PdfWriter()
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--allow-file-access-from-files"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=options)
        page = browser.new_page(color_scheme="light")
        for name in names:
            page.goto((SITE / f"{name}.html").as_uri(), wait_until="networkidle")
            page.evaluate(READY, solutions)
            start = len(paper.pages)
            paper.append(io.BytesIO(page.pdf(format="A4", margin=dict.fromkeys(("top", "bottom"), "15mm"))))
            paper.add_outline_item(title=page.title().split(" — ")[0], page_number=start)
        browser.close()
    path = ROOT / "_build" / ("book-with-solutions.pdf" if solutions else "book.pdf")
    paper.write(path)
    print(f"{len(paper.pages)} pages in {path}")


if __name__ == "__main__":
    main("--solutions" in sys.argv[1:])
