"""Build the website twice, and compare: the same sources make the same bytes, but for what chapters measure.

Seconds and bytes stand in tables and pictures of the chapters in `MEASURED`. There, all but the digits must be the
same, and of the pictures, whose names are hashes, no page but these may show another. Every other file must be the same
to the byte, but for those in `EXPLAINED`.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
MEASURED = {f"book/{name}.html" for name in ("network", "rtrl", "rflo", "blocks", "comparison", "speed", "sweep")}
EXPLAINED = {
    ".buildinfo": "a hash of the configuration, with the folder in it",
    "searchindex.js": "the words of all pages, with what is measured among them",
    "lite/jupyter-lite.json": "a hash of the list of wheels, from before its date is set",
}
PICTURE, NUMBER = re.compile(rb"_images/([0-9a-f]{64}\.\w+)"), re.compile(rb"\d+(?:[.,]\d+)*")


def files(folder):
    """The content of all files of a folder, by their paths in it."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def without_numbers(page):
    """A page without the names of its pictures, and with one digit for each number."""
    return NUMBER.sub(b"0", PICTURE.sub(b"", page))


def unexplained(one, other):
    """The paths at which two builds differ and should not, and all at which they differ."""
    pages = [build.get(page, b"") for build in (one, other) for page in MEASURED]
    shown = {name.decode() for page in pages for name in PICTURE.findall(page)}

    def is_fine(path):
        if path in MEASURED:
            return without_numbers(one.get(path, b"")) == without_numbers(other.get(path, b""))
        return path in EXPLAINED or (path.startswith("_images/") and path.removeprefix("_images/") in shown)

    different = {path for path in one | other if one.get(path) != other.get(path)}
    return sorted(path for path in different if not is_fine(path)), different


def main():
    """Build and compare."""
    html = ROOT / "_build" / "html"
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["make", "book"], cwd=ROOT, check=True)
        first = shutil.copytree(html, Path(folder) / "first")
        subprocess.run(["make", "book"], cwd=ROOT, check=True)
        wrong, different = unexplained(files(first), files(html))
    print(f"{len(different)} files differ, of which {len(wrong)} should not:", *wrong, sep="\n")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
