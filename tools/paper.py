"""Print the built website: every page of the table of contents, one after the other, in one PDF."""

import io
import shutil
from pathlib import Path

import yaml
from playwright.sync_api import sync_playwright
from pypdf import PdfWriter

ROOT = Path(__file__).parents[1]
SITE = ROOT / "_build" / "html"

toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
names = [toc["root"], *(chapter["file"] for part in toc["parts"] for chapter in part["chapters"])]
paper = PdfWriter()
with sync_playwright() as playwright:
    options = ["--no-sandbox", "--disable-gpu", "--allow-file-access-from-files"]
    browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=options)
    page = browser.new_page(color_scheme="light")
    for name in names:
        page.goto((SITE / f"{name}.html").as_uri(), wait_until="networkidle")
        page.evaluate("document.querySelectorAll('img').forEach(image => image.loading = 'eager')")
        page.wait_for_load_state("networkidle")
        start = len(paper.pages)
        paper.append(io.BytesIO(page.pdf(format="A4", margin={side: "15mm" for side in ("top", "bottom")})))
        paper.add_outline_item(title=page.title().split(" — ")[0], page_number=start)
    browser.close()
paper.write(ROOT / "_build" / "book.pdf")
print(f"{len(paper.pages)} pages in {ROOT / '_build' / 'book.pdf'}")
