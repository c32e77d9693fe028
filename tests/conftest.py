"""What holds for all tests: the same examples on every machine, and compiled code that is that of the source."""

import hashlib
import os
from pathlib import Path

from hypothesis import settings

settings.register_profile("exact", derandomize=True, deadline=None, database=None, max_examples=100)
settings.load_profile("exact")


def pytest_configure(config):
    """Give each state of the compiled sources a cache of its own.

    Numba looks for changes in a function's own file only. Where that function calls one of another file, a change
    there would go unnoticed, and the tests would pass or fail for code that is no more.
    """
    sources = [path.read_bytes() for path in sorted((Path(__file__).parents[1] / "rnn_tutorial").glob("*.py"))]
    state = hashlib.sha256(b"".join(text for text in sources if b"@compiled" in text)).hexdigest()[:16]
    os.environ.setdefault("NUMBA_CACHE_DIR", str(config.cache.mkdir(f"numba-{state}")))
