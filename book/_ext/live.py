"""The directive ``live``: code on the page, and a button that runs it in the reader's browser.

Nothing is loaded before the button is pressed. The button opens the console of JupyterLite inside the page, with the
code in it, ready to be changed and run again.
"""

import posixpath
from html import escape
from urllib.parse import urlencode

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

BEFORE = "%pip install -q rnn-tutorial\n"  # from the wheel beside the pages
STARTING = "Python starts in your browser. The first time it has to be fetched: allow half a minute."
SHOW = (
    "const frame=document.createElement('iframe');"
    "frame.src=this.dataset.console;frame.title='Python console';"
    "this.nextElementSibling.textContent=this.dataset.starting;"
    "this.nextElementSibling.after(frame);this.remove();frame.focus()"
)


class Live(SphinxDirective):
    """Show the code, and offer to run it."""

    has_content = True

    def run(self):
        """Return the highlighted code and the button."""
        code = "\n".join(self.content)
        options = urlencode({"kernel": "python", "toolbar": 1, "execute": 1, "code": BEFORE + code})
        lite = posixpath.relpath("lite/repl/index.html", posixpath.dirname(self.env.docname) or ".")
        button = (
            f'<button type="button" data-console="{escape(f"{lite}?{options}")}" data-starting="{STARTING}"'
            f' onclick="{escape(SHOW)}">Run in the browser</button><p role="status"></p>'
        )
        box = nodes.container(classes=["live"])
        box += [
            nodes.literal_block(code, code, language="python"),
            nodes.raw("", button, format="html"),
        ]
        return [box]


def setup(app):
    """Add the directive."""
    app.add_directive("live", Live)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
