"""Where a chapter runs: whole on a machine of its own, with fewer networks and trials in a browser, which is slower."""

import sys

from tqdm.auto import tqdm

__all__ = ["IN_BROWSER", "sized"]

IN_BROWSER = sys.platform == "emscripten"
if IN_BROWSER:
    tqdm.monitor_interval = 0  # progress bars there can have no thread to watch over them


def sized(full, in_browser):
    """Choose how much to compute, so that a chapter takes about a minute also in a browser.

    Parameters
    ----------
    full : object
        The count, or the sizes, that the text speaks of.
    in_browser : object
        The same for a Python that runs in WebAssembly, where no code is compiled.

    Returns
    -------
    object
        One of the two.
    """
    return in_browser if IN_BROWSER else full
