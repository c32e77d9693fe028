"""Many trials in a row inside compiled code, with the update after each trial or at each step."""

import numpy as np

from rnn_tutorial import bptt, rflo, rtrl
from rnn_tutorial.compiled import compiled
from rnn_tutorial.network import Gradients

__all__ = ["RULES", "run_trials"]

RULES = {"bptt": bptt, "rtrl": rtrl, "rflo": rflo}
BPTT, RTRL, RFLO = range(3)


@compiled
def run_trials(
    rule, every_step, weights, finite, feedback, B, tau, h0, x, y_target, truncation, block, scale, loss, alignment
):
    """Train in place for as many trials as `loss` has places, or until the loss or the weights are not finite.

    Parameters
    ----------
    rule : int
        Place of the rule in `RULES`.
    every_step : bool
        Whether to update at every step instead of at the end of each trial.
    weights : Gradients
        The weights, which learn.
    finite : Gradients
        Takes the weights from before the last trial whose loss was finite.
    feedback : ndarray, shape (n_rec, n_out)
        May be a view of the readout weights.
    B : ndarray, shape (n_rec, n_out)
        For the alignment.
    tau, h0, x, y_target, truncation
        As in `rnn_tutorial.bptt.trial`.
    block : int
        As in `rnn_tutorial.rtrl.trial_in_blocks`; 0 stands for no blocks.
    scale : tuple of float
        Minus the learning rates of ``W_in``, ``W`` and ``W_out``.
    loss, alignment : ndarray, shape (n_trials,)
        Filled in.

    Returns
    -------
    n_done : int
        Trials with a finite loss.
    failed : int
        The trial whose loss or update is not finite, or -1.
    """
    W_in, W, W_out = weights
    # Views with one place for all steps, as the online kernels ask for.
    sink = Gradients(W_in.reshape(1, *W_in.shape), W.reshape(1, *W.shape), W_out.reshape(1, *W_out.shape))
    start = Gradients(W_in.copy(), W.copy(), W_out.copy())
    for k in range(len(loss)):
        for kept, w in zip(start, weights):  # noqa: B905 (Numba knows no strict zip)
            kept[:] = w
        if rule == BPTT:
            loss[k] = bptt.trial(weights, feedback, tau, h0, x, y_target, truncation, weights, scale)
        elif rule == RFLO and every_step:
            loss[k] = rflo.online_trial(weights, feedback, tau, h0, x, y_target, sink, scale)
        elif rule == RFLO:
            loss[k] = rflo.trial(weights, feedback, tau, h0, x, y_target, weights, scale)
        elif every_step:
            loss[k] = rtrl.online_trial(weights, feedback, tau, h0, x, y_target, sink, scale)
        else:  # RTRL reads the weights to the end of the trial, so its sum waits apart
            total = Gradients(np.zeros(sink.W_in.shape), np.zeros(sink.W.shape), np.zeros(sink.W_out.shape))
            if block:
                in_blocks = Gradients(total.W_in[0], total.W[0], total.W_out[0])
                loss[k] = rtrl.trial_in_blocks(weights, feedback, tau, h0, x, y_target, block, in_blocks, scale)
            else:
                loss[k] = rtrl.online_trial(weights, feedback, tau, h0, x, y_target, total, scale)
            W_in += total.W_in[0]
            W += total.W[0]
            W_out += total.W_out[0]
        # Compared and not asked of np.isfinite, for the reason given in rnn_tutorial.compiled.
        if not abs(loss[k]) < np.inf:
            return k, k
        for kept, w in zip(finite, start):  # noqa: B905
            kept[:] = w
        readout = start.W_out.T
        alignment[k] = np.sum(readout * B) / np.sqrt(np.sum(readout**2) * np.sum(B**2))
        if not abs(np.sum(weights.W_in) + np.sum(weights.W) + np.sum(weights.W_out)) < np.inf:
            return k + 1, k
    return len(loss), -1
