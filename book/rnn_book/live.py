"""The Python side of the live cells of a page: run their code, hand out pictures with a description, tell errors.

It runs in the reader's browser only, started by ``book/_static/live/worker.js``. The cells of a page share one
namespace. What they print goes through the standard streams.
"""

import io
import linecache
import logging
import sys
import traceback
import types
from importlib.util import find_spec

__all__ = ["described", "run"]

NAMESPACE = {"__name__": "__main__"}
PICTURES = types.ModuleType("live_pictures")  # a backend of Matplotlib


def described(figure):
    """Tell from its labels what a figure shows.

    Parameters
    ----------
    figure : Figure

    Returns
    -------
    str
    """
    panels = []
    for ax in figure.axes:
        axes = " against ".join(filter(None, [ax.get_ylabel(), ax.get_xlabel()]))
        curves = ", ".join(ax.get_legend_handles_labels()[1])
        panels.append(": ".join(filter(None, [ax.get_title(), axes, curves])))
    return "Figure drawn by this cell. " + "; ".join(filter(None, panels))


async def run(code, name, emit):
    """Run a cell.

    Parameters
    ----------
    code : str
    name : str
        The cell's, for error messages.
    emit : callable
        Called with each figure that is shown, as PNG, and with its description.

    Returns
    -------
    str or None
        The text of the error that stopped it.
    """
    from pyodide.code import eval_code_async

    if PICTURES.__name__ not in sys.modules and find_spec("matplotlib"):
        _use_pictures(emit)
    linecache.cache[name] = len(code), None, code.splitlines(keepends=True), name
    try:
        value = await eval_code_async(code, NAMESPACE, filename=name)
        if value is not None:
            print(repr(value))
        if PICTURES.__name__ in sys.modules:
            PICTURES.show()
    except Exception as error:
        trace = error.__traceback__
        while trace and trace.tb_frame.f_code.co_filename != name:  # what called the cell is of no interest
            trace = trace.tb_next
        return "".join(traceback.format_exception(type(error), error, trace))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _use_pictures(emit):
    """Draw in the book's style, and hand out each figure when it is shown."""
    logging.getLogger("matplotlib.font_manager").setLevel("ERROR")  # it tells of its cache

    import matplotlib.pyplot as plt
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from rnn_book.style import use_style

    def show(*args, **kwargs):
        for number in plt.get_fignums():
            figure, buffer = plt.figure(number), io.BytesIO()
            figure.savefig(buffer, dpi=2 * figure.dpi, bbox_inches="tight")  # sharp on dense screens
            emit(buffer.getvalue(), described(figure))
        plt.close("all")

    PICTURES.FigureCanvas, PICTURES.show = FigureCanvasAgg, show
    sys.modules[PICTURES.__name__] = PICTURES
    plt.switch_backend(f"module://{PICTURES.__name__}")
    use_style()
