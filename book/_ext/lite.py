"""The chapters in the reader's browser, made light: JupyterLite and its Python without what no chapter uses."""

import json
import re
import shutil
from pathlib import Path

from lite_text import write_out

PYODIDE = "https://cdn.jsdelivr.net/pyodide/v0.27.7/full/pyodide.js"
LOCK = Path(__file__).parents[1] / "_lite" / "pyodide-lock.json"
CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"
KERNEL = "@jupyterlite/pyodide-kernel-extension"
AT_START = ["ipython", "matplotlib", "micropip", "numpy"]  # together, where the kernel would fetch one after another
# The kernel asks for encryption and for a library of completions as well. IPython has completions of its own.
SPARED = {
    '["ssl","sqlite3","ipykernel","comm","pyodide_kernel","jedi","ipython"]': '["ipykernel","comm","pyodide_kernel"]',
    '"import pyodide_kernel"': '"import pyodide_kernel","pyodide_kernel.ipython_shell.Completer.use_jedi = False"',
}


def finish(app, exception):
    """Set up the kernel in the built JupyterLite."""
    if exception or app.builder.name != "html":
        return
    lite = Path(app.outdir) / "lite"
    shutil.rmtree(lite / "repl")  # it runs whatever code a link carries
    _configure(lite)
    _spare(lite / "extensions" / KERNEL / "static")
    for listing in [*lite.glob("api/contents/**/all.json"), lite / "pypi" / "all.json"]:
        _date(listing)
    write_out(Path(app.outdir))


def _configure(lite):
    """Name the release of Pyodide that was seen to work, unless one is served with the pages, and our lock for it."""
    shutil.copy(LOCK, lite)
    path = lite / "jupyter-lite.json"
    config = json.loads(path.read_text())
    data = config["jupyter-config-data"]
    # The chapters come in plain Markdown.
    data["federated_extensions"] = [one for one in data["federated_extensions"] if one["name"] != "jupyterlab-myst"]
    data["exposeAppInBrowser"] = "true"  # tests ask the notebook how far it is
    kernel = data.setdefault("litePluginSettings", {}).setdefault(f"{KERNEL}:kernel", {})
    kernel.setdefault("pyodideUrl", PYODIDE)
    kernel["disablePyPIFallback"] = True
    kernel["loadPyodideOptions"] = {"lockFileURL": f"./{LOCK.name}", "packages": AT_START}
    path.write_text(json.dumps(config))


def _date(listing):
    """Let a list of files be that of the release, in order of names, so that the same sources make the same site."""
    day = re.search(r"^## \S+ - (\S+)$", CHANGELOG.read_text(), re.MULTILINE)[1]
    dated = re.sub(
        r'("(?:created|last_modified|upload_time\w*)": )"[^"]*"', rf'\1"{day}T00:00:00Z"', listing.read_text()
    )
    found = json.loads(dated)
    if "content" in found:
        found["content"].sort(key=lambda file: file["name"])
    listing.write_text(json.dumps(found, sort_keys=True))


def _spare(folder):
    """Take out of the kernel's workers what they fetch in vain."""
    workers = [path for path in folder.glob("*.js") if '"pyodide_kernel"' in path.read_text()]
    if not workers:
        raise ValueError(f"no worker of the kernel in {folder}")
    for path in workers:
        text = path.read_text()
        for found, right in SPARED.items():
            if found not in text:
                raise ValueError(f"{path} no longer holds {found}")
            text = text.replace(found, right)
        path.write_text(text)


def setup(app):
    """Come after JupyterLite, which is built when the pages are written."""
    app.connect("build-finished", finish, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
