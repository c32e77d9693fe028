"""Whether this Python runs in a browser, where there are no processes and no threads."""

import sys

from tqdm.auto import tqdm

__all__ = ["IN_BROWSER"]

IN_BROWSER = sys.platform == "emscripten"
if IN_BROWSER:
    tqdm.monitor_interval = 0  # progress bars there can have no thread to watch over them
