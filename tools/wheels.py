"""Build what the chapters install when they run in the reader's browser, in ``_build/wheels``.

That is this package, and what its interpreter does not bring. The stored results are half of the package, and few
chapters load them: they become a wheel of their own, ``rnn-tutorial-data``, which unpacks into the same place.
"""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "_build" / "wheels"
WANTED = r"^(?:comm|ipywidgets|jupyterlab-widgets|tqdm)==\S+"
DATA = "rnn_book/data/"


def part(wheel, name):
    """Move the stored results out of a wheel into another, called `name`."""
    version = wheel.name.split("-")[1]
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(wheel) as whole:
        files = {file: whole.read(file) for file in whole.namelist()}
    data = {file: content for file, content in files.items() if file.startswith(DATA)}
    data[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: {version}\n"
    data[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: rnn-tutorial\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    data[f"{info}/RECORD"] = "".join(f"{file},,\n" for file in [*data, f"{info}/RECORD"])
    code = {file: content for file, content in files.items() if file not in data}
    record = next(file for file in code if file.endswith("/RECORD"))
    lines = code[record].decode().splitlines(keepends=True)
    code[record] = "".join(line for line in lines if not line.startswith(DATA))
    for path, content in [(wheel, code), (wheel.with_name(f"{name}-{version}-py3-none-any.whl"), data)]:
        with zipfile.ZipFile(path, "w") as archive:
            for file, text in content.items():
                entry = zipfile.ZipInfo(file)  # dated 1980, so that the same sources make the same wheel
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, text, zipfile.ZIP_DEFLATED)


def main():
    """Build the wheels of what requirements.txt pins, and part our own."""
    pinned = re.findall(WANTED, (ROOT / "requirements.txt").read_text(), flags=re.MULTILINE)
    pip = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        TARGET,
        ROOT,
        *pinned,
    ]
    subprocess.run(pip, check=True)
    part(next(TARGET.glob("rnn_tutorial-*.whl")), "rnn_tutorial_data")


if __name__ == "__main__":
    main()
