"""The figure of the warm-up."""

import matplotlib.pyplot as plt
import numpy as np

from rnn_book.style import GREY, NARROW, STYLES, label_ends, spread

__all__ = ["losses_and_angles"]


def losses_and_angles(losses, angles):
    """Losses of several ways to learn, and the angle of one of them to the gradient, step by step.

    Parameters
    ----------
    losses : dict
        Key of `STYLES` to losses, shape (n_networks, n_steps).
    angles : array_like, shape (n_networks, n_steps)
        In degrees.

    Returns
    -------
    tuple of two Axes
    """
    top, bottom = plt.subplots(2, 1, sharex=True, figsize=(NARROW[0], 1.5 * NARROW[1]))[1]
    steps = np.arange(np.shape(angles)[1])
    top.set(yscale="log", ylabel="loss", xlim=(0, steps[-1]))
    ends = [(spread(top, steps, values, STYLES[key])[-1], STYLES[key]) for key, values in losses.items()]
    label_ends(top, ends)
    bottom.axhline(90, color=GREY, linestyle=":", linewidth=1.2)
    spread(bottom, steps, angles, STYLES["random"])
    bottom.set(xlabel="step", ylabel="angle to the gradient\n(degrees)", ylim=(0, 100), yticks=[0, 30, 60, 90])
    return top, bottom
