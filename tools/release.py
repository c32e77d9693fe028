"""Hold together what a release says of itself: its version, its date, and where it lives.

The version stands in ``rnn_tutorial/__init__.py``, the date in ``CHANGELOG.md``, the addresses in ``pyproject.toml``.
Other files repeat them: notebooks install this version from that repository, the citation names all three.

``python tools/release.py`` writes them wherever they are repeated. ``python tools/release.py v1.2.3`` refuses a tag
that is not the version or a version without a date, and writes what is new to ``dist/notes.md``.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
HOME = r"[\w-]+/rnn-tutorial\b"


def version():
    """The version of the package."""
    return re.search(r'__version__ = "(.+)"', (ROOT / "rnn_tutorial" / "__init__.py").read_text())[1]


def section():
    """The date of this version in the list of changes (None if it is not yet released), and what is new in it."""
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    found = re.search(
        rf"^## {re.escape(version())} - (\d{{4}}-\d\d-\d\d)\n(.*?)(?=^## |\Z)", changes, re.DOTALL | re.MULTILINE
    )
    return (found[1], found[2].strip()) if found else (None, "")


def addresses():
    """The repository as owner/name, and the address of the website."""
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]
    return urls["Repository"].removeprefix("https://github.com/"), urls["Documentation"].rstrip("/")


def repeat(text):
    """Put version, date and addresses into a text, wherever it repeats them."""
    home, site = addresses()
    text = re.sub(
        rf"(github\.com/|mybinder\.org/v2/gh/|colab\.research\.google\.com/github/){HOME}", rf"\g<1>{home}", text
    )
    text = re.sub(r"https://[\w-]+\.github\.io/rnn-tutorial\b", site, text)
    text = re.sub(r"(%pip install -q git\+https://github\.com/[^\s@\"\\]+)(@v[\d.]+\b)?", rf"\1@v{version()}", text)
    text = re.sub(r"(%pip install -q rnn-tutorial)(==[\d.]+\b)?(?!-)", rf"\1=={version()}", text)
    text = re.sub(r"(%pip install -q rnn-tutorial\S* rnn-tutorial-data)(==[\d.]+\b)?", rf"\1=={version()}", text)
    if text.startswith("cff-version"):
        text = re.sub(r"^version: .*", f"version: {version()}", text, flags=re.MULTILINE)
        if date := section()[0]:
            text = re.sub(r"^date-released: .*", f"date-released: {date}", text, flags=re.MULTILINE)
    return text


def files():
    """All files of the project that hold text written by hand."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    kinds = {".cff", ".ipynb", ".md", ".txt", ".yaml", ".yml"}
    return [ROOT / name for name in listed if Path(name).suffix in kinds and (ROOT / name).exists()]


def main(tag=None):
    """Write what is repeated, or prepare the release of a tag."""
    if tag is None:
        for path in files():
            text = path.read_text(encoding="utf-8")
            if (new := repeat(text)) != text:
                path.write_text(new, encoding="utf-8")
                print("changed", path.relative_to(ROOT))
        return
    if tag != f"v{version()}":
        sys.exit(f"the tag is {tag}, but the package says v{version()}")
    date, notes = section()
    if date is None:
        sys.exit(f"CHANGELOG.md has no section '## {version()} - year-month-day'")
    (ROOT / "dist").mkdir(exist_ok=True)
    (ROOT / "dist" / "notes.md").write_text(notes + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
