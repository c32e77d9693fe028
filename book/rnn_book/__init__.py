"""The book's workshop: what the chapters draw, train at length, load and let one play with.

It stands on the library, `rnn_tutorial`, which knows nothing of it. Both ship in one wheel.
"""

from pathlib import Path

__all__ = ["DATA"]

# The stored results: beside the chapters in a checkout, inside the package where it is installed.
DATA = next(
    folder
    for folder in (
        Path(__file__).parent / "data",
        Path(__file__).parents[1] / "data",
    )
    if folder.exists()
)
