"""Pages that hold a playground load its script, and no others do.

The playground is written in ES modules. Here they are joined to plain scripts, without their comments: one for the
page, one for the rows of the chapters, one for the worker. So a visit takes few requests, and a page that is opened
from a disk, where a browser loads no modules, works as well. What a disk needs besides is the worker as text.
"""

import json
import posixpath
import re
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "_static" / "playground"
# The last module of a piece, and what is called at its end.
PIECES = {
    "worker": "",
    "page": "modules.mount.mount(modules.page.KINDS);",
    "embeds": "modules.mount.mount(modules.embeds.KINDS);",
}
EXPORTED = re.compile(r"^export (?:async )?(?:function|const|class) (\w+)", re.MULTILINE)
IMPORT = re.compile(r'^import (\{[^}]*\}) from "\./(\w+)\.js";', re.MULTILINE)
COMMENT = re.compile(r"^ *(?:/\*\*.*?\*/|//[^\n]*)\n", re.MULTILINE | re.DOTALL)


def in_order(folder, name, found):
    """The modules that one needs, each after those that it needs itself."""
    for _, other in IMPORT.findall((folder / f"{name}.js").read_text(encoding="utf-8")):
        in_order(folder, other, found)
    if name not in found:
        found.append(name)
    return found


def piece(folder, name):
    """A module and all that it needs as one plain script: each is a function that returns what it exports."""
    script = ['"use strict";', "const modules = {};"]
    needed = in_order(folder, name, [])
    for one in [*needed, "mount"] if PIECES[name] else needed:
        text = COMMENT.sub("", (folder / f"{one}.js").read_text(encoding="utf-8"))
        exported = ", ".join(EXPORTED.findall(text))
        text = IMPORT.sub(r"const \1 = modules.\2;", re.sub(r"^export ", "", text, flags=re.MULTILINE))
        script.append(f"modules.{one} = (() => {{\n{text}return {{ {exported} }};\n}})();")
    return "(() => {\n" + "\n".join([*script, PIECES[name]]) + "\n})();\n"


def join(app, exception):
    """Write the pieces."""
    if exception or app.builder.name != "html":
        return
    folder = Path(app.outdir, "_static", "playground")
    pieces = {name: piece(SOURCE, name) for name in PIECES}
    text = json.dumps(pieces["worker"])
    pieces["disk"] = f"PLAYGROUND.worker = URL.createObjectURL(new Blob([{text}], {{ type: 'text/javascript' }}));\n"
    for module in SOURCE.glob("*.js"):
        if module.name != "load.js":
            (folder / module.name).unlink(missing_ok=True)
    for name, script in pieces.items():
        (folder / f"all-{name}.js").write_text(script, encoding="utf-8")


def load(app, pagename, templatename, context, doctree):
    """Let a page with a playground load it."""
    if "data-playground=" in context.get("body", ""):
        address = posixpath.relpath("_static/playground/load.js", posixpath.dirname(pagename) or ".")
        context["body"] += f'<script defer src="{address}"></script>'


def setup(app):
    """Listen to pages and to the end of the build."""
    app.connect("html-page-context", load)
    app.connect("build-finished", join)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
