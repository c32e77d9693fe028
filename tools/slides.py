"""Slides for lectures: fill in figures and equations by their labels, and let Marp make HTML, PDF and PPTX of them.

A figure stands in a source as ``![](#fig-name)`` and an equation as ``$$eq-name$$``. Both are taken from the notebooks
that the last ``make book`` ran, so nothing is run or typed twice. An unknown label is an error.
"""

import argparse
import base64
import html
import json
import re
import shutil
import subprocess
from pathlib import Path

from jupyter_cache import get_cache

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "slides"
CACHE = ROOT / "_build" / ".jupyter_cache"  # of the last `make book`
OUT = ROOT / "_build" / "slides"
MARP = ROOT / ".venv" / "npm" / "node_modules" / ".bin" / "marp"
FORMULA = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$", re.DOTALL)
FIGURE, EQUATION = re.compile(r"!\[([^\]]*)\]\(#([\w-]+)\)"), re.compile(r"\$\$(eq[\w-]*)\$\$")


def labelled(notebooks):
    """Figures and equations of notebooks by their labels: ``(alt, png)``, png None where there is none, and TeX."""
    figures, equations = {}, {}
    for notebook in notebooks:
        for cell in notebook["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] == "markdown":
                found = re.finditer(r"(?m)^(`{3,}|:{3,})\{math\}\s*\n:label: ([\w-]+)\n(.*?)^\1", source, re.DOTALL)
                equations |= {match[2]: match[3].strip() for match in found}
                continue
            page = cell["metadata"].get("mystnb", {})
            if "name" in page.get("figure", {}):
                pictures = [output["data"].get("image/png") for output in cell.get("outputs", []) if "data" in output]
                png = next((picture for picture in pictures if picture), None)
                figures[page["figure"]["name"]] = (page.get("image", {}).get("alt", ""), png)
    return figures, equations


def fill(text, figures, equations, folder):
    """The text of a deck with its labels replaced; pictures go to `folder`."""

    def picture(match):
        size, label = match[1], match[2]
        if label not in figures:
            raise ValueError(f"no figure has the label {label}")
        alt, png = figures[label]
        if png is None:
            raise ValueError(f"the figure {label} is no picture")
        (folder / f"{label}.png").write_bytes(base64.b64decode(png))
        # Marp reads sizes from the same place: what looks like one is kept.
        return f"![{size} {alt}]({label}.png)" if size else f"![{alt}]({label}.png)"

    def formula(match):
        if match[1] not in equations:
            raise ValueError(f"no equation has the label {match[1]}")
        return f"$$\n{equations[match[1]]}\n$$"

    return EQUATION.sub(formula, FIGURE.sub(picture, text))


def mend(page, source):
    """What axe finds in Marp's page: formulae that are pictures without words, and a bar outside of all landmarks."""
    formulae = iter(
        html.escape(" ".join((a or b).split())) for a, b in FORMULA.findall(re.sub("<!--.*?-->", "", source))
    )
    page = re.sub(r'(<svg [^>]*role="img")', lambda match: f'{match[1]} aria-label="{next(formulae)}"', page)
    if next(formulae, None) is not None:
        raise ValueError("there are more formulae in the source than in the page")
    bar = '<div class="bespoke-marp-osc"'
    return page.replace(f"{bar}>", f'{bar} role="navigation" aria-label="Slides">')


def read(folder):
    """All notebooks of a folder."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.ipynb"))]


def executed():
    """The notebooks of the book with the outputs that the last build gave them."""
    cache = get_cache(max(CACHE.iterdir(), key=lambda folder: folder.stat().st_mtime))
    return [cache.merge_match_into_file(path)[1] for path in sorted((ROOT / "book").glob("*.ipynb"))]


def main():
    """Make the decks."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("kinds", nargs="*", default=["html"], help="html, pdf, pptx; the last two need chromium")
    options = parser.parse_args()
    figures, equations = labelled(executed())
    OUT.mkdir(parents=True, exist_ok=True)
    decks = []
    for source in sorted(SOURCES.glob("*.md")):
        deck = OUT / source.name
        deck.write_text(fill(source.read_text(encoding="utf-8"), figures, equations, OUT), encoding="utf-8")
        decks.append(deck.name)
    flags = {"html": [], "pdf": ["--pdf", "--pdf-outlines", "--pdf-notes"], "pptx": ["--pptx"]}
    for kind in options.kinds:
        command = [MARP, "--no-stdin", "--allow-local-files", *flags[kind], "--theme-set", SOURCES / "theme.css"]
        browser = shutil.which("chromium")
        if browser and kind != "html":
            command += ["--browser-path", browser]
        subprocess.run([*map(str, command), "--", *decks], check=True, cwd=OUT)
        # Marp ends with exit code 0 also when it makes nothing.
        if missing := [deck for deck in decks if not (OUT / deck).with_suffix(f".{kind}").exists()]:
            raise SystemExit(f"not made: {', '.join(missing)}")
    for deck in decks if "html" in options.kinds else []:
        path = (OUT / deck).with_suffix(".html")
        path.write_text(mend(path.read_text(encoding="utf-8"), (OUT / deck).read_text(encoding="utf-8")), "utf-8")
    print(f"{len(decks)} decks in {OUT}")


if __name__ == "__main__":
    main()
