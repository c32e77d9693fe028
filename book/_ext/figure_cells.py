"""In a cell with a caption, only what is a figure becomes one: a table that follows it stands by itself.

MyST-NB makes a figure of every output of such a cell, each with the same name, and warns of the second.
"""

from itertools import groupby

from myst_nb.sphinx_ import SphinxNbRenderer

_render = SphinxNbRenderer._render_nb_cell_code_outputs


def shows_a_figure(output):
    """Whether an output of a notebook is a picture, or a page of its own making such as a flipbook."""
    return any(kind == "text/html" or kind.startswith("image/") for kind in output.get("data", {}))


def _outputs(renderer, token, outputs):
    metadata = token.meta["metadata"]
    of_cell = metadata.get("mystnb", {})
    bare = {**metadata, "mystnb": {key: value for key, value in of_cell.items() if key != "figure"}}
    for figure, group in groupby(outputs, shows_a_figure):
        token.meta["metadata"] = metadata if figure else bare
        _render(renderer, token, list(group))
    token.meta["metadata"] = metadata


def setup(app):
    """Stand in for MyST-NB's way with the outputs of a cell."""
    SphinxNbRenderer._render_nb_cell_code_outputs = _outputs
    return {"parallel_read_safe": True, "parallel_write_safe": True}
