"""A sequence from learned syllables, after Murray (2019), Fig. 4, in a simple form.

The output is the velocity of a cursor in the plane. A syllable is a short movement, called up by an input of its own
that stays on. First RFLO teaches the network all syllables. Then the network is frozen, and reward alone teaches their
order. The controls learn the whole sequence as one long movement.
"""

from dataclasses import replace

import numpy as np

from rnn_book.browser import unless_browser
from rnn_book.experiments import Experiment
from rnn_book.experiments.runs import record, train_quietly, until_lost
from rnn_tutorial.network import Network
from rnn_tutorial.tasks import Task

__all__ = [
    "EXPERIMENTS",
    "N_SYLLABLES",
    "RATES",
    "STEPS",
    "STEP_SIZE",
    "called",
    "learn_order",
    "learn_syllables",
    "movement",
    "train_sequence",
]

N_SYLLABLES = 4
STEPS = 200  # of a syllable: 20 time constants, as in the paper
RATES = (0.003, 0.01)
STEP_SIZE = 2.0  # of the preferences, in learning the order


def movement(order):
    """The velocities of a cursor that draws syllables one after the other: arcs of a quarter turn.

    Parameters
    ----------
    order : sequence of int

    Returns
    -------
    ndarray, shape (len(order) * STEPS, 2)
    """
    t = (np.arange(STEPS) + 0.5) / STEPS
    heading = 0.5 * np.pi * (np.asarray(order)[:, np.newaxis] + t)
    return (np.sin(np.pi * t)[:, np.newaxis] * np.stack([np.cos(heading), np.sin(heading)], axis=-1)).reshape(-1, 2)


def called(order):
    """The inputs that call up syllables one after the other, shape (len(order) * STEPS, N_SYLLABLES)."""
    return np.repeat(np.eye(N_SYLLABLES)[list(order)], STEPS, axis=0)


def learn_syllables(net, rate, n_trials, rng):
    """Teach a network all syllables by RFLO: one syllable a trial, from the state in which the last trial ended.

    Parameters
    ----------
    net : Network
    rate : float
    n_trials : int
    rng : numpy.random.Generator

    Returns
    -------
    History
        Its network has the initial state of `net`.
    """
    drawn = rng.integers(N_SYLLABLES, size=n_trials)
    syllables = [Task(called([k]), movement([k])) for k in range(N_SYLLABLES)]
    history = train_quietly(
        net,
        lambda trial: syllables[drawn[trial]],
        rule="rflo",
        learning_rate=rate,
        n_trials=n_trials,
        carry_state=True,
    )
    return replace(history, network=replace(history.network, h0=net.h0))


def learn_order(net, order, n_trials, rng):
    """Find the order of syllables of a sequence by reward (REINFORCE, Williams 1992); the network stays as it is.

    Each place of the sequence has a preference for each syllable; a softmax of them draws the syllables of a trial.
    The reward is the negative loss of the whole movement.

    Parameters
    ----------
    net : Network
    order : sequence of int
        Of the sequence to be drawn; only the reward knows it.
    n_trials : int
    rng : numpy.random.Generator

    Returns
    -------
    found : ndarray of int
        The syllables preferred in the end.
    loss : ndarray, shape (n_trials,)
    """
    y_target, places = movement(order), np.arange(len(order))
    preferences, losses = np.zeros((len(order), N_SYLLABLES)), []
    for _ in range(n_trials):
        p = np.exp(preferences - preferences.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        drawn = np.array([rng.choice(N_SYLLABLES, p=row) for row in p])
        losses.append(net.loss(called(drawn), y_target))
        expected = np.mean(losses[-50:])
        eligible = -p
        eligible[places, drawn] += 1
        preferences += STEP_SIZE * (expected - losses[-1]) * eligible
    return preferences.argmax(axis=1), np.array(losses)


def train_sequence(seed, way, rate, n_trials, n_order):
    """Learn one sequence of four syllables, each once, in an order that is drawn for the network.

    Parameters
    ----------
    seed : int
    way : {"syllables", "rflo", "bptt"}
        From syllables, or the whole sequence by a rule.
    rate : float
    n_trials, n_order : int
        Trials for the syllables, and for their order; the controls have as many in all, each of the whole sequence.

    Returns
    -------
    dict
        As of `runs.record` without the alignment, of the trials in which the whole sequence is drawn; ``off``, its loss
        with learning off, NaN if the run diverged; ``path``, the cursor's path then, in hundredths of the sequence, and
        ``target_path``; ``right``, whether the order was found (for the controls False); ``first``, the losses of the
        first three trials, which are of single syllables where these are learned first.
    """
    rng = np.random.default_rng([seed, 4])
    order = rng.permutation(N_SYLLABLES)
    net, y_target = Network.random(N_SYLLABLES, 100, 2, seed=seed), movement(order)
    right = False
    if way == "syllables":
        history = learn_syllables(net, rate, n_trials, rng)
        x, losses, total = called(order), np.array([]), n_order
        if len(until_lost(history.loss)) == n_trials:
            found, losses = learn_order(history.network, order, n_order, rng)
            x, right = called(found), bool((found == order).all())
    else:
        x, total = np.zeros((len(y_target), N_SYLLABLES)), n_trials + n_order
        history = train_quietly(net, Task(x, y_target, "sequence"), rule=way, learning_rate=rate, n_trials=total)
        losses = history.loss
    kept = record(history, total, losses)
    every = len(y_target) // 100
    y = np.full_like(y_target, np.nan) if kept["diverged"] else history.network.run(x).y
    return kept | {
        "off": np.array(0.5 * np.mean(np.sum((y_target - y) ** 2, axis=1))),
        "path": np.cumsum(y, axis=0)[::every] / STEPS,
        "target_path": np.cumsum(y_target, axis=0)[::every] / STEPS,
        "right": np.array(right),
        "first": history.loss[:3],
    }


def _settings(quick):
    n, order = (unless_browser(300, 100), 50) if quick else (10_000, 10_000)
    ways, rates = (("syllables", "rflo"), RATES[1:]) if quick else (("syllables", "rflo", "bptt"), RATES)
    return [{"way": way, "rate": rate, "n_trials": n, "n_order": order} for way in ways for rate in rates]


def _short(setting):
    return setting | {"n_trials": 3, "n_order": 1}


EXPERIMENTS = [
    Experiment(
        "syllables",
        "A sequence: from learned syllables, or as a whole?",
        train_sequence,
        _settings,
        lambda quick: range(2 if quick else 6),
        short=_short,
    )
]
