"""How much a chapter computes: all of it on a machine of its own, less in a browser, which is slower."""

from rnn_tutorial.jobs import IN_BROWSER

__all__ = ["unless_browser"]


def unless_browser(full, small):
    """Choose how much to compute, so that nobody waits long for a cell in a browser.

    Parameters
    ----------
    full : object
        The count, or the sizes, that the text speaks of.
    small : object
        The same for a Python that runs in WebAssembly, where no code is compiled.

    Returns
    -------
    object
        One of the two.
    """
    return small if IN_BROWSER else full
