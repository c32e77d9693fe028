"""A chapter, and a live cell, run in a browser: JupyterLite on Pyodide, without any other site.

Pages ask a content network for Pyodide by default. Here its files come from ``static/pyodide``, which ``make pyodide``
fetches; without them, or without a browser, these tests are skipped.
"""

import pytest
from test_browser import PYODIDE, address, browser, visit  # noqa: F401
from test_pages import ROOT

LOCAL = ROOT / "static" / "pyodide"
pytestmark = pytest.mark.skipif(not LOCAL.exists(), reason="no Pyodide: run make pyodide")
LONG = 300_000  # milliseconds; a guard, not a measurement
