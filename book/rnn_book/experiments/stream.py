"""An endless stream with updates on the way: the case that online rules exist for.

The stream is that of the Add task, or a recorded heartbeat without an end, whose next value is to be said.
"""

from dataclasses import replace
from functools import partial

import numpy as np

from rnn_book.experiments import Experiment, load
from rnn_book.experiments.beyond import add_stream
from rnn_book.experiments.runs import best_rates, networks, train_quietly
from rnn_book.experiments.snap1 import rule as snap1
from rnn_book.statistics import final_loss
from rnn_tutorial import Rule, _check, bptt, rflo
from rnn_tutorial.network import Gradients, Network
from rnn_tutorial.rules import rtrl
from rnn_tutorial.tasks import Task, heartbeat

__all__ = [
    "BLOCKS",
    "EXPERIMENTS",
    "GRID",
    "LAGS",
    "PERIOD",
    "SECTION",
    "TRUNCATIONS",
    "UNITS",
    "WAYS",
    "rtrl_in_blocks",
    "signal_floors",
    "train_stream",
]

SECTION = 1000  # steps over which a loss is averaged
LAST = 20  # the final loss is the median of so many sections at the end
LAGS = (4, 8)
PERIOD = 60  # steps of a heartbeat; 1,000 is no multiple of it, so that the online rules begin anew at several phases
UNITS = {"add": 32, "signal": 20}
TRUNCATIONS = (2, 4, 8)
BLOCKS = (8, 40)
ONLINE = {"rtrl": rtrl.rule, "snap1": snap1, "rflo": rflo, "readout": rflo}
GRID = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
SWEEP_SEEDS, SEEDS = range(100, 105), range(20)


def rtrl_in_blocks():
    """RTRL on an endless stream, with an update after each block, by Schmidhuber's (1992) algorithm.

    As `rnn_tutorial.rules.rtrl.trial`, but the sensitivities are kept from call to call, though the weights have moved.

    Returns
    -------
    Rule
        For trials that are the blocks of one stream, with ``carry_state=True``. It remembers, so that each stream needs
        a new one.
    """
    P, Q = None, None

    def trial(net, x, y_target):
        nonlocal P, Q
        if P is None:
            P, Q = (np.zeros((len(net.h0), w.size)) for w in (net.W, net.W_in))
        share, gradients, h, phi_prime = rtrl.in_block(net, x, y_target, P, Q)
        P, Q = rtrl.to_next_block(net, x, h, phi_prime, P, Q)
        return share / len(x), Gradients(*(g / len(x) for g in gradients))

    return Rule("rtrl in blocks", feedback="W_out", trial=trial)


BY_BLOCK = {"bptt": lambda: bptt, "rtrl": rtrl_in_blocks}


def _add(rng, n_steps):
    return add_stream(rng.integers(2, size=LAGS[1] + n_steps), LAGS)


def _signal(rng, n_steps):
    """Each value and the next one, of a heartbeat that is repeated without an end and begins anywhere."""
    beat = np.roll(heartbeat(PERIOD).y_target, -rng.integers(PERIOD), axis=0)
    values = np.resize(beat, (n_steps + 1, 1))
    return values[:-1], values[1:]


STREAMS = {"add": _add, "signal": _signal}


def signal_floors():
    """Losses on the heartbeat of outputs that need no memory, or that of one step.

    Returns
    -------
    dict of float
        ``silent``, of the output 0, the signal's mean; ``repeated``, of one that gives the present value back;
        ``line``, of the best linear function of the present value and the one before.
    """
    now = heartbeat(PERIOD).y_target[:, 0]
    after, two = np.roll(now, -1), np.stack([now, np.roll(now, 1)], axis=1)
    line = two @ np.linalg.lstsq(two, after)[0]
    said = {"silent": 0 * now, "repeated": now, "line": line}
    return {name: float(np.mean((after - output) ** 2) / 2) for name, output in said.items()}


def train_stream(seed, rule, K, rate, n_steps, task="add"):
    """Train one network on one stream.

    A rule that learns online changes the weights at every step. It begins anew in the initial state, and with traces of
    0, after each `SECTION` steps. BPTT and RTRL in blocks change the weights after each K steps, and the state goes on:
    BPTT with credit over these K steps alone, RTRL with all that came before.

    Parameters
    ----------
    seed : int
        Of the network and of its stream; those of the Add task are those of `beyond.train_add`.
    rule : {"rtrl", "snap1", "rflo", "readout", "bptt"}
        "readout" trains ``W_out`` alone.
    K : int or None
        For BPTT, and for RTRL in blocks.
    rate : float
        The update is the rate times the sum of the steps' gradients, and not times their mean.
    n_steps : int
        A multiple of `SECTION`.
    task : {"add", "signal"}
        Bits, with the lags `LAGS`; or the values of a heartbeat, at each of which the next one is to be said.

    Returns
    -------
    dict
        ``loss``, its mean in each section, NaN from where a run has diverged; ``final``, their median over the last
        `LAST`, and ``frozen``, the mean over the steps of as many that follow with learning off, NaN if the run
        diverged; ``diverged``.
    """
    _check.choice("rule", rule, (*ONLINE, "bptt"))
    make = STREAMS[_check.choice("task", task, STREAMS)]
    x, y_target = make(np.random.default_rng([seed, 2]), n_steps + LAST * SECTION)
    net = Network.random(x.shape[1], UNITS[task], 1, tau=2, g=1.0, seed=seed)
    length = SECTION if K is None else K

    def present(trial):
        steps = slice(trial * length, (trial + 1) * length)
        return Task(x[steps], y_target[steps])

    learn = {"W_out": rate * length} if rule == "readout" else rate * length
    common = {"learning_rate": learn, "n_trials": n_steps // length}
    if K is not None:
        of_blocks = BY_BLOCK[_check.choice("rule", rule, BY_BLOCK)]()
        history = train_quietly(net, present, rule=of_blocks, carry_state=True, **common)
    else:
        history = train_quietly(net, present, rule=ONLINE[rule], update="step", **common)
    loss = np.full(n_steps // SECTION, np.nan)
    whole = history.loss[: len(history.loss) * length // SECTION * SECTION // length]
    sections = whole.reshape(-1, SECTION // length).mean(axis=1)
    loss[: len(sections)] = np.where(sections < 1e6, sections, np.inf)
    lost = history.stopped is not None or not np.isfinite(loss).all()
    final = final_loss(replace(history, loss=loss, stopped="diverged" if lost else None), LAST)
    diverged = np.isnan(final)
    return {
        "loss": loss,
        "final": np.array(final),
        "frozen": np.array(np.nan if diverged else history.network.loss(x[n_steps:], y_target[n_steps:])),
        "diverged": np.array(diverged),
    }


# What is run

WAYS = (
    *((rule, None) for rule in ONLINE),
    *(("rtrl", K) for K in BLOCKS),
    *(("bptt", K) for K in TRUNCATIONS),
)


def _rate_settings(quick, n_steps=60_000, **task):
    rates, n = ((0.03,), 20_000) if quick else (GRID, n_steps)
    return [{"rule": rule, "K": K, "rate": rate, "n_steps": n} | task for rule, K in WAYS for rate in rates]


def _stream_settings(quick, sweep="stream_rates", **task):
    if quick:
        return _rate_settings(quick, **task)
    best = best_rates(load(sweep), "rule", "K")
    return [{"rule": rule, "K": K, "rate": best[rule, K], "n_steps": 100_000} | task for rule, K in WAYS]


def _short(setting):
    return setting | {"n_steps": SECTION}  # in more, the largest rates have amplified rounding


EXPERIMENTS = [
    Experiment(
        "stream_rates",
        "The Add task as a stream, with updates on the way: which rate?",
        train_stream,
        _rate_settings,
        networks(SWEEP_SEEDS),
        short=_short,
    ),
    Experiment(
        "stream",
        "The Add task as a stream, with updates on the way: which rule?",
        train_stream,
        _stream_settings,
        networks(SEEDS),
        short=_short,
    ),
    Experiment(
        "stream_signal_rates",
        "A heartbeat as a stream, whose next value is to be said: which rate?",
        train_stream,
        partial(_rate_settings, n_steps=100_000, task="signal"),
        networks(SWEEP_SEEDS),
        short=_short,
    ),
    Experiment(
        "stream_signal",
        "A heartbeat as a stream, whose next value is to be said: which rule?",
        train_stream,
        partial(_stream_settings, sweep="stream_signal_rates", task="signal"),
        networks(SEEDS),
        short=_short,
    ),
]
