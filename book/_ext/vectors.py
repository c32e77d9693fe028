"""The test vectors as one file that the page on them hands out."""

import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def pack(folder, target):
    """Write the files of a folder, and the licence, to a zip file: the same bytes from the same files."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in [*sorted(folder.iterdir()), ROOT / "LICENSE"]:
            # Dated 1980, whatever the day.
            archive.writestr(zipfile.ZipInfo(f"{folder.name}/{path.name}"), path.read_bytes(), zipfile.ZIP_DEFLATED)


def setup(app):
    """Pack them before the first page is read."""
    app.connect("config-inited", lambda *_: pack(ROOT / "tests" / "vectors", ROOT / "_build" / "vectors.zip"))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
