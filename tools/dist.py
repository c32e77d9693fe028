"""Build the wheel and the source archive in ``dist``, and test the wheel as a user has it.

The wheel is made from what the source archive holds, and both are made twice: the second time must give the same bytes.
The wheel is installed in an environment of its own. The tests come from the source archive, without the packages: so
what they import is the wheel.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOOLS = ["hypothesis", "mpmath", "psutil", "pytest>=9", "pytest-xdist"]
# Other tests read the sources themselves, or need more than a user installs: they are for the checkout.
TESTS = [
    "gradients",
    "rflo",
    "rules",
    "properties",
    "vectors",
    "training",
    "hooks",
    "network",
    "tasks",
    "diagnostics",
    "compiled",
    "errors",
    "bad_calls",
    "bad_calls_of_the_workshop",
    "ensembles",
    "jobs",
    "store",
    "faults",
    "statistics",
    "checks",
]


def build(folder):
    """Build both into a folder, the wheel from the archive; a hash of each file by its name."""
    subprocess.run(["uv", "build", "--quiet", "--out-dir", folder], cwd=ROOT, check=True)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*rnn_tutorial*"))}


def refuse_other_bytes(one, other):
    """Stop where two builds of the same sources differ."""
    if different := sorted(name for name in one | other if one.get(name) != other.get(name)):
        sys.exit(f"Two builds differ in {', '.join(different)}")


def oldest(plain):
    """What to ask an installer for besides the wheel, so that it takes the oldest versions that the wheel allows."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needs = [*project["dependencies"], *([] if plain else project["optional-dependencies"]["fast"])]
    return [*(need.replace(">=", "==") for need in needs), "pyparsing<3.2"]  # newer ones make that Matplotlib warn


def main():
    """Build, install, test."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default="3", help="the version of Python")
    parser.add_argument("--oldest", action="store_true", help="the oldest versions of what the wheel asks for")
    parser.add_argument("--plain", action="store_true", help="without the extra `fast`: neither Numba nor SciPy")
    asked = parser.parse_args()
    dist = ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    first = build(dist)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        refuse_other_bytes(first, build(folder / "again"))
        with tarfile.open(next(dist.glob("*.tar.gz"))) as archive:
            archive.extractall(folder, filter="data")
        (source,) = folder.glob("rnn_tutorial-*")
        shutil.rmtree(source / "rnn_tutorial")
        shutil.rmtree(source / "book" / "rnn_book")
        environment = folder / "environment"
        subprocess.run(["uv", "venv", "--quiet", "--python", asked.python, environment], check=True)
        pip = ["uv", "pip", "install", "--quiet", "--python", environment / "bin" / "python"]
        wheel = next(dist.glob("*.whl"))
        extra = "" if asked.plain else "[fast]"
        subprocess.run([*pip, f"{wheel}{extra}", *(oldest(asked.plain) if asked.oldest else []), *TOOLS], check=True)
        clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        tests = [f"tests/test_{name}.py" for name in TESTS if not (asked.plain and name == "statistics")]
        command = [environment / "bin" / "pytest", "--numprocesses", "2", *tests]
        subprocess.run(command, cwd=source, env=clean, check=True)


if __name__ == "__main__":
    main()
