"""The book's workshop: what the chapters draw, train at length, load and let one play with.

It stands on the library, `rnn_tutorial`, which knows nothing of it. Both ship in one wheel.
"""

from pathlib import Path

__all__ = ["DATA"]

# The stored results: beside the chapters in a checkout, inside the package where it is installed.
DATA = Path(__file__).parent / "data"
if not DATA.exists():
    DATA = Path(__file__).parents[1] / "data"
