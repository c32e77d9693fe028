"""See to it that the chapters find their packages in the browser, also where the book is built without the Makefile."""

import subprocess
import sys
from pathlib import Path


def build(app, config):
    """Build the wheels with the Python that runs, unless they are there."""
    root = Path(app.srcdir)
    if not (root / "_build" / "wheels").exists():
        subprocess.run([sys.executable, root / "tools" / "wheels.py"], check=True)


def setup(app):
    """Sphinx's entrance."""
    app.connect("config-inited", build)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
