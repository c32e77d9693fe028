"""Backpropagation through time: the exact gradient, by carrying credit backward from the end of the trial.

Equations 20-23 of Murray (2019), doi 10.7554/eLife.43299.
"""

from rnn_tutorial import _check
from rnn_tutorial.compiled import add_vecmat, compiled
from rnn_tutorial.network import forward, mean_squared_loss

__all__ = ["adjoint", "contributions", "gradient", "loss_and_gradient"]

FEEDBACK = "W_out"
NOT_ONLINE = (
    "BPTT has no contribution of a single step to hand out: it knows the credit of a step only after the trial has "
    "ended. Use an online rule, 'rtrl' or 'rflo', or update at the end of the trial."
)


@compiled
def adjoint(W, feedback, tau, phi_prime, error, truncation):
    """Carry credit backward through a trial (Eqs. 20-21); arguments unchecked.

    Parameters
    ----------
    W : ndarray, shape (n_rec, n_rec)
    feedback : ndarray, shape (n_rec, n_out)
    tau : float
    phi_prime : ndarray, shape (T, n_rec)
        Slope of tanh at ``u``.
    error : ndarray, shape (T, n_out)
        Target minus output.
    truncation : int
        No credit crosses from step t to step t - 1 where t is a multiple of it.

    Returns
    -------
    ndarray, shape (T, n_rec)
        ``z[t]``: minus T times the derivative of the loss with respect to ``h[t + 1]``.
    """
    z = error @ feedback.T
    for t in range(len(error) - 2, -1, -1):
        if (t + 1) % truncation:
            z[t] += (1 - 1 / tau) * z[t + 1]
            add_vecmat(z[t], phi_prime[t + 1] * z[t + 1] / tau, W)
    return z


@compiled
def trial(weights, feedback, tau, h0, x, y_target, truncation, sink, scale):
    """One trial: add `scale` times its gradient to `sink` (Eqs. 20-23); arguments unchecked.

    Parameters
    ----------
    weights : Gradients
        The three weight matrices.
    feedback, tau, truncation
        As in `adjoint`.
    h0, x, y_target : ndarray
    sink : Gradients
        May be the weights themselves.
    scale : tuple of float
        For ``W_in``, ``W`` and ``W_out``.

    Returns
    -------
    float
        The loss.
    """
    T = len(x)
    h, _, r, y = forward(weights, tau, h0, x)
    error = y_target - y
    phi_prime = 1 - r**2
    z = adjoint(weights.W, feedback, tau, phi_prime, error, truncation)
    credit = phi_prime * z
    W_in, W, W_out = sink
    W_in -= scale[0] / (tau * T) * (credit.T @ x)
    W -= scale[1] / (tau * T) * (credit.T @ h[:-1])
    W_out -= scale[2] / T * (error.T @ h[1:])
    return mean_squared_loss(error)


def loss_and_gradient(net, x, y_target, *, feedback=FEEDBACK, truncation=None):
    """The loss of one trial and its gradient, from one forward and one backward pass.

    Parameters and errors are those of `gradient`.

    Returns
    -------
    loss : float
    gradients : Gradients
    """
    x, y_target = net.check_trial(x, y_target)
    truncation = len(x) if truncation is None else _check.integer("truncation", truncation, at_least=1)
    given, sink = net.kernel_arguments(x, y_target, feedback), net.zeros()
    return trial(*given, truncation, sink, (1.0, 1.0, 1.0)), sink


def gradient(net, x, y_target, *, feedback=FEEDBACK, truncation=None):
    """The gradient of the trial's loss by backpropagation through time (Eqs. 20-23).

    Parameters
    ----------
    net : Network
    x : array_like, shape (T, n_in)
        Input.
    y_target : array_like, shape (T, n_out)
        Target.
    feedback : {"W_out", "B"}
        What carries the error back to the units. With ``"B"`` this is the ablation 'random feedback
        only': credit still flows through the whole network, but starts from the fixed random weights.
    truncation : int, optional
        Cut the trial into blocks of this many steps and let no credit cross from a block to the one
        before. Omitted, the gradient is exact.

    Returns
    -------
    Gradients
        To be subtracted.

    Raises
    ------
    ValueError
        If a shape does not fit, a value is not finite, `feedback` is unknown or ``truncation < 1``.
    """
    return loss_and_gradient(net, x, y_target, feedback=feedback, truncation=truncation)[1]


def contributions(net, x, y_target, **options):
    """Raise ValueError: BPTT has no per-step contributions, as it learns of a step's credit at the trial's end."""
    raise ValueError(NOT_ONLINE)
