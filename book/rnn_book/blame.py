"""The map of blame of one synapse, and the ways in which the rules add it up.

``b[s, t]`` is what the use of the synapse at step s adds to the gradient through the error at step t. Each rule adds up
this triangle in its own order, and two of them leave a part of it out.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from rnn_tutorial import Network, Task, _check, tasks
from rnn_tutorial.vectors import blame_map

__all__ = ["BLOCK", "SYNAPSE", "WAYS", "Way", "example", "map_of", "ways"]

SYNAPSE = (6, 5)  # of the example: from unit 5 to unit 6
BLOCK = 4  # steps, a third of the example's trial


class Way(NamedTuple):
    """How a rule adds up the map.

    Attributes
    ----------
    blame : ndarray, shape (T, T)
        What it adds: entries of the exact map, or its own where a change never leaves the unit.
    turn : ndarray of int, shape (T, T)
        When it adds each entry: in its first move (0), its second (1) and so on; -1 if never.
    """

    blame: np.ndarray
    turn: np.ndarray


def map_of(net, x, y_target, i, j, local=False):
    """What each use of the synapse from j to i adds to ``dL/dW[i, j]`` through each later error.

    Parameters
    ----------
    net : Network
    x : ndarray, shape (T, n_in)
    y_target : ndarray, shape (T, n_out)
    i, j : int
    local : bool
        The change of unit i only leaks and never leaves the unit, and `net.B` brings the error, as in RFLO.

    Returns
    -------
    ndarray, shape (T, T)
        The use first; zero where the error comes before the use.

    Raises
    ------
    ValueError
        If `net` is none, or has no such units.
    """
    n_rec = _check.instance("net", net, Network).n_rec
    for name, unit in (("i", i), ("j", j)):
        if _check.integer(name, unit, at_least=0) >= n_rec:
            raise ValueError(f"{name} must be one of the units 0 to {n_rec - 1}, but got {unit}")
    return blame_map(net, Task(x, y_target), i, j, "rflo" if local else "bptt")


def example():
    """The small network, the task and its target, of which the book's picture of the five ways is drawn.

    Returns
    -------
    net : Network
    x : ndarray, shape (12, 0)
    y_target : ndarray, shape (12, 1)
    """
    task = tasks.sum_of_sines(12, n_in=0)
    return Network.random(0, 8, 1, tau=3, seed=5, h0=0.5), task.x, task.y_target


@cache
def ways():
    """The five ways, of the example's synapse.

    Returns
    -------
    dict of Way
        With the keys "bptt", "rtrl", "truncated", "blocks" and "rflo".
    """
    net, x, y_target = example()
    exact, local = (map_of(net, x, y_target, *SYNAPSE, local) for local in (False, True))
    T = len(exact)
    s, t = np.indices(exact.shape)
    start = BLOCK * (t // BLOCK)  # of the block in which the error lies
    within = start + BLOCK - 1 - s  # backward in the block, once it is over
    turns = {
        "bptt": T - 1 - s,
        "rtrl": t,
        "truncated": np.where(s >= start, start + within, -1),
        "blocks": np.where(s >= start, start + within, start + BLOCK - 1),
        "rflo": t,
    }
    # Where the error comes before the use there is nothing to add.
    return {rule: Way(local if rule == "rflo" else exact, np.where(s <= t, turn, -1)) for rule, turn in turns.items()}


WAYS = ("bptt", "rtrl", "truncated", "blocks", "rflo")
