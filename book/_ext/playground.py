"""Pages that hold a playground load its script, and no others do.

A page opened from a disk may load neither modules nor workers from there. For it all modules are put into one plain
script, the worker's among them as text.
"""

import json
import posixpath
import re
from pathlib import Path

# In the order in which they need each other.
WORKER = ["random", "engine", "state", "runs", "worker"]
PAGE = [
    "random",
    "engine",
    "state",
    "draw",
    "ui",
    "client",
    "words",
    "tour",
    "python",
    "own",
    "trainer",
    "pad",
    "page",
    "eigen",
    "embeds",
    "mount",
]
EXPORTED = re.compile(r"^export (?:async )?(?:function|const|let|class) (\w+)", re.MULTILINE)
IMPORT = re.compile(r'^import (\{[^}]*\}) from "\./(\w+)\.js";', re.MULTILINE)


def in_one_piece(folder, names):
    """All modules as one plain script: each in a function that returns what it exports."""
    script = ['"use strict";', "const modules = {};"]
    for name in names:
        text = (folder / f"{name}.js").read_text(encoding="utf-8")
        exported = ", ".join(EXPORTED.findall(text))
        text = IMPORT.sub(r"const \1 = modules.\2;", re.sub(r"^export ", "", text, flags=re.MULTILINE))
        text = re.sub(r'import\("\./(\w+)\.js"\)', r"modules.\1", text)
        script.append(f"modules.{name} = (() => {{\n{text}\nreturn {{ {exported} }};\n}})();")
    return "\n".join(script)


def write_offline(app, exception):
    """Write the script of pages from a disk."""
    if exception or app.builder.name != "html":
        return
    folder = Path(app.outdir, "_static", "playground")
    worker = json.dumps(in_one_piece(folder, WORKER))
    address = f"PLAYGROUND.worker_address = URL.createObjectURL(new Blob([{worker}], {{ type: 'text/javascript' }}));\n"
    (folder / "offline.js").write_text(
        address + "(() => {\n" + in_one_piece(folder, PAGE) + "\n})();\n", encoding="utf-8"
    )


def load(app, pagename, templatename, context, doctree):
    """Let a page with a playground load it."""
    if "data-playground=" in context.get("body", ""):
        address = posixpath.relpath("_static/playground/load.js", posixpath.dirname(pagename) or ".")
        context["body"] += f'<script defer src="{address}"></script>'


def setup(app):
    """Listen to pages and to the end of the build."""
    app.connect("html-page-context", load)
    app.connect("build-finished", write_offline)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
