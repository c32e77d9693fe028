"""Run the notebooks before Sphinx reads them, as many at a time as there are cores, and keep their outputs in a cache.

MyST-NB by itself runs one after the other. Its cache is asked for a notebook's code only, so here it has a folder for
each state of all else that outputs depend on: the packages, the stored results and the versions of the libraries.
"""

import hashlib
from concurrent.futures import as_completed
from pathlib import Path

import loky
import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.executors.utils import single_nb_execution
from sphinx.errors import ExtensionError
from sphinx.util import logging

VIEW = "application/vnd.jupyter.widget-view+json"
SOURCES = ("rnn_tutorial/**/*.py", "rnn_tutorial/data/*", "book/rnn_book/**/*.py", "book/data/*", "requirements.txt")


def choose_cache(app, config):
    """Name the cache after the files that outputs depend on."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in SOURCES for path in Path(app.srcdir).glob(pattern)):
        digest.update(f"{path.relative_to(app.srcdir)}\0".encode() + path.read_bytes() + b"\0")
    config.nb_execution_cache_path = str(Path(app.outdir).parent / ".jupyter_cache" / digest.hexdigest()[:16])


def leave_out_bars(notebook):
    """Take progress bars out of the outputs: on a page they would stand still, half full."""
    for cell in notebook.cells:
        if "outputs" in cell:
            given = [output.get("data", {}) for output in cell.outputs]
            bars = [VIEW in data and "%|" in data.get("text/plain", "") for data in given]
            cell.outputs = [output for output, bar in zip(cell.outputs, bars, strict=True) if not bar]


def run_notebooks(app, env, docnames):
    """Run those notebooks among the pages to be read that are not in the cache."""
    cache = get_cache(app.config.nb_execution_cache_path)
    notebooks = {}
    for path in map(Path, map(env.doc2path, docnames)):
        if path.suffix == ".ipynb":
            notebook = nbformat.read(path, as_version=4)
            try:
                cache.match_cache_notebook(notebook)
            except KeyError:
                notebooks[path] = notebook

    with loky.ProcessPoolExecutor(loky.cpu_count()) as executor:
        try:
            futures = {
                executor.submit(
                    single_nb_execution, notebook, str(path.parent), app.config.nb_execution_timeout, allow_errors=False
                ): path
                for path, notebook in notebooks.items()
            }
            for future in as_completed(futures):
                path, done = futures[future], future.result()
                if done.err is not None:
                    raise ExtensionError(f"{path} failed:\n{done.exc_string}")
                leave_out_bars(done.nb)
                data = {"execution_seconds": done.time}
                cache.cache_notebook_bundle(CacheBundleIn(done.nb, str(path), data=data), check_validity=False)
                logging.getLogger(__name__).info(f"{path.name}: ran in {done.time:.0f} s")
        except BaseException:
            executor.shutdown(kill_workers=True)
            raise


def setup(app):
    """Sphinx's entrance."""
    app.connect("config-inited", choose_cache)
    app.connect("env-before-read-docs", run_notebooks)
    return {"parallel_read_safe": True}
