"""Figures of the chapter on the network."""

import matplotlib.pyplot as plt
import numpy as np

from rnn_book.style import GREY, INK, NONLOCAL

__all__ = ["blame_map", "eigenvalue_cloud", "unit_ring"]


def eigenvalue_cloud(eigenvalues, tau, g, ax=None):
    """Eigenvalues of the recurrent weights, with the circle of radius `g` and the border of stability.

    A small activity at rest grows along an eigenvector whose eigenvalue lies outside the border.

    Parameters
    ----------
    eigenvalues : array_like, shape (n_rec,)
    tau : float
        Time constant in steps; it sets the border, a circle of radius `tau` through 1.
    g : float
        Gain with which the weights were drawn.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots()[1] if ax is None else ax
    values = np.asarray(eigenvalues)
    grows = np.abs(1 + (values - 1) / tau) > 1
    turn = np.exp(1j * np.linspace(0, 2 * np.pi, 2000))
    ax.plot(g * turn.real, g * turn.imag, color=GREY, linewidth=1)
    border = 1 - tau + tau * turn
    ax.plot(border.real, border.imag, color=INK, linewidth=1, linestyle="--")
    ax.plot(values[~grows].real, values[~grows].imag, "o", color=GREY, markersize=3.5)
    ax.plot(values[grows].real, values[grows].imag, "o", color=NONLOCAL, markersize=4.5)
    ax.set(xlabel="real part", ylabel="imaginary part", aspect="equal")
    return ax


def unit_ring(values, limit, marked=(), ax=None):
    """All units on a ring, coloured by one number each.

    Parameters
    ----------
    values : array_like, shape (n_rec,)
    limit : float
        The number that has the full colour; larger ones have it too.
    marked : sequence of (int, str)
        Units to label, outlined and named outside the ring.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots()[1] if ax is None else ax
    turn = np.pi / 2 - 2 * np.pi * np.arange(len(values)) / len(values)
    x, y = np.cos(turn), np.sin(turn)
    size = np.clip(5000 / len(values), 20, 300)
    ax.scatter(x, y, s=size, c=values, cmap="RdBu_r", vmin=-limit, vmax=limit, edgecolors="#BBBBBB", linewidths=0.6)
    for unit, text in marked:
        ax.scatter(x[unit], y[unit], s=size, facecolors="none", edgecolors=INK, linewidths=1.8)
        ax.text(1.26 * x[unit], 1.26 * y[unit], text, ha="center", va="center", color=INK)
    ax.set(xlim=(-1.45, 1.45), ylim=(-1.45, 1.45), aspect="equal")
    ax.axis("off")
    return ax


def blame_map(blame, tau, ax=None):
    """How one synapse's use at each step adds to the loss through the error of each later step.

    Parameters
    ----------
    blame : array_like, shape (T, T)
        ``blame[s, t]`` for use at step s and error at step t; zero for s > t.
    tau : float
        Time constant in steps, the unit of both axes.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = plt.subplots(figsize=(5.6, 4.2))[1] if ax is None else ax
    blame = np.asarray(blame)
    T = len(blame)
    shown = np.where(np.triu(np.ones((T, T), bool)), blame, np.nan)
    limit = np.percentile(np.abs(blame[np.triu_indices(T)]), 99)
    picture = ax.imshow(
        shown, extent=(0, T / tau, T / tau, 0), cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest"
    )
    ax.figure.colorbar(picture, ax=ax, label="adds to the gradient", extend="both")
    ticks = np.arange(0, T / tau + 1e-9, 5)
    ax.set(xlabel=r"time $t$ of the error / $\tau$", ylabel=r"time $s$ of the use / $\tau$", xticks=ticks, yticks=ticks)
    ax.text(0.05, 0.14, "an error cannot blame\nwhat comes after it", transform=ax.transAxes, color=GREY, va="center")
    return ax
