"""The periodic task of Murray (2019), Fig. 2 and its supplements: a network without input draws one period of a wave.

The settings are the paper's where it states them: 30 units, ``tau = 10``, ``g = 1.5``, periods of 20 to 160 time
constants. Where it does not, a setting here says what was chosen, and `CHOICES` tries the other choice.
"""

import itertools
from dataclasses import replace
from functools import partial

import numpy as np

from rnn_book.browser import unless_browser
from rnn_book.experiments import Experiment
from rnn_book.experiments.runs import VARIANTS, networks, record, train_quietly, windows
from rnn_tutorial import Rule, _check, bptt, rflo
from rnn_tutorial.network import Gradients, Network
from rnn_tutorial.tasks import sum_of_sines

__all__ = [
    "BEST_RATES",
    "COMPARED",
    "EXPERIMENTS",
    "GAINS",
    "LOOP",
    "PAPER_RATES",
    "PART_RATES",
    "PERIODS",
    "RATES",
    "SIZES",
    "clip",
    "compare_rtrl",
    "keep_signs",
    "online",
    "online_settings",
    "paper_rate",
    "rates_of",
    "split_by_sign",
    "train_dale",
    "train_online",
    "train_part",
    "train_periodic",
    "untrained",
]

PERIODS = (200, 400, 800, 1600)
RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0, 3.0)  # the paper's grid ends at 3e-1
PAPER_RATES = {
    "rflo": {200: 0.03, 400: 0.01, 800: 0.001, 1600: 0.0003},
    "bptt": {200: 0.03, 400: 0.03, 800: 0.01, 1600: 0.03},
}
# What `runs.best_rates` finds in the stored results of "periodic_rates"; a test holds the two together.
BEST_RATES = {
    "rflo": {200: 0.03, 400: 0.01, 800: 0.03, 1600: 0.003},
    "bptt": {200: 0.03, 400: 0.03, 800: 0.003, 1600: 0.001},
    "local": {800: 0.03},
    "random": {800: 0.0003},
}

SWEEP_SEEDS = range(100, 105)  # other networks than those that are compared, so that the choice does not favour any
SEEDS = range(20)
MORE_SEEDS = range(60)  # under Dale's law, where twenty gave one verdict on one processor and another on the next


def train_periodic(seed, T, variant, rate, n_trials, n_rec=30, g=1.5, update="trial", h0="constant"):
    """Train one network on one period.

    Parameters
    ----------
    seed, T : int
    variant : str
        A key of `runs.VARIANTS`; or "readout", where ``W_out`` learns alone.
    rate : float
        Of all weights that learn.
    n_trials, n_rec : int
    g : float
    update : {"trial", "step"}
    h0 : {"constant", "random"}
        0.1 for each unit, or drawn from U[-1, 1] once for the network.

    Returns
    -------
    dict
        As of `runs.record`.
    """
    _check.choice("h0", h0, ("constant", "random"))
    _check.choice("variant", variant, (*VARIANTS, "readout"))
    alone = variant == "readout"
    start = 0.1 if h0 == "constant" else np.random.default_rng([seed, 1]).uniform(-1, 1, n_rec)
    net = Network.random(0, n_rec, 1, g=g, seed=seed, h0=start)
    history = train_quietly(
        net,
        sum_of_sines(T, n_in=0),
        rule=rflo if alone else VARIANTS[variant],
        learning_rate={"W_out": rate} if alone else rate,
        n_trials=n_trials,
        update=update,
    )
    return record(history, n_trials)


def train_online(seed, T, eta, n_trials):
    """Train one network by RFLO with the update at every step, at the paper's rate `eta` (Eq. 5): ours divided by T.

    At such a rate the weights follow the target while they learn, and the output with them. So it is also tested with
    learning off.

    Parameters
    ----------
    seed, T : int
    eta : float
    n_trials : int

    Returns
    -------
    dict
        As of `runs.record`, and ``frozen``, the loss of the network with learning off after the last trial.
    """
    return online(seed, T, eta * T, n_trials)


def online(seed, T, learning_rate, n_trials):
    """`train_online` at the rates of `train`."""
    net, task = Network.random(0, 30, 1, seed=seed), sum_of_sines(T, n_in=0)
    history = train_quietly(net, task, rule="rflo", learning_rate=learning_rate, n_trials=n_trials, update="step")
    kept = record(history, n_trials)
    frozen = np.nan if kept["diverged"] else history.network.loss(task.x, task.y_target)
    return kept | {"frozen": np.array(frozen)}


def untrained(seeds, T, n_rec=30, g=1.5):
    """The losses of untrained networks, and of the output 0.

    Parameters
    ----------
    seeds : iterable of int
    T, n_rec : int
    g : float

    Returns
    -------
    losses : ndarray, shape (n_seeds,)
    silent : float
    """
    task = sum_of_sines(T, n_in=0)
    losses = [Network.random(0, n_rec, 1, g=g, seed=seed).loss(task.x, task.y_target) for seed in seeds]
    return np.array(losses), float(np.mean(task.y_target**2) / 2)


# RTRL beside BPTT


def compare_rtrl(seed, T, rate, n_trials):
    """Train one network by BPTT, by RTRL, and by BPTT once more from weights that are one rounding larger.

    Parameters
    ----------
    seed, T : int
    rate : float
    n_trials : int

    Returns
    -------
    dict
        As of `runs.record` for RTRL, and ``final_bptt`` and ``final_twin``; ``difference`` and ``twin_difference``, the
        largest relative difference of the loss to BPTT's in each window; ``parted`` and ``twin_parted``, the first
        trial in which it is above 1e-3, or `n_trials`.
    """
    net, task = Network.random(0, 30, 1, seed=seed), sum_of_sines(T, n_in=0)
    common = {"learning_rate": rate, "n_trials": n_trials}
    by_bptt = train_quietly(net, task, rule="bptt", **common)
    by_rtrl = train_quietly(net, task, rule="rtrl", block=30, **common)
    twin = train_quietly(replace(net, W=net.W * (1 + np.finfo(float).eps)), task, rule="bptt", **common)
    result = record(by_rtrl, n_trials)
    result |= {f"final_{name}": record(of, n_trials)["final"] for name, of in (("bptt", by_bptt), ("twin", twin))}
    edges, loss = windows(n_trials)[0], by_bptt.loss
    for name, history in (("", by_rtrl), ("twin_", twin)):
        n = min(len(loss), len(history.loss))
        apart = np.full(n_trials, np.nan)
        apart[:n] = abs(history.loss[:n] / loss[:n] - 1)
        result[f"{name}difference"] = np.array([apart[a:b].max() for a, b in itertools.pairwise(edges)])
        far = np.flatnonzero(~(apart < 1e-3))
        result[f"{name}parted"] = np.array(far[0] if len(far) else n_trials)
    return result


# Dale's law


def split_by_sign(W):
    """Recurrent weights that keep their sizes, where the first half of the units excites and the others inhibit.

    Parameters
    ----------
    W : ndarray, shape (n_rec, n_rec)

    Returns
    -------
    ndarray, shape (n_rec, n_rec)
        Column j holds what unit j sends, and so has one sign.
    """
    return abs(W) * _signs(len(W))


def keep_signs(W):
    """Set every weight to 0 that has not the sign of its unit, as of `split_by_sign`."""
    return np.where(W * _signs(len(W)) > 0, W, 0.0)


def clip(weights):
    """What `train` calls after a trial so that `keep_signs` holds."""
    return weights._replace(W=keep_signs(weights.W))


def _signs(n_rec):
    return np.where(np.arange(n_rec) < n_rec // 2, 1.0, -1.0)


def train_dale(seed, T, variant, rate, n_trials, signs):
    """Train one network whose units excite or inhibit, with the weights clipped at 0 after every update.

    Parameters
    ----------
    seed, T : int
    variant : {"rflo", "bptt"}
    rate : float
    n_trials : int
    signs : {"free", "start", "kept"}
        No signs; signs of the first weights, which learning may change; signs that are kept.

    Returns
    -------
    dict
        As of `runs.record`, and ``at_zero``, the share of recurrent weights that are 0 at the end.
    """
    _check.choice("signs", signs, ("free", "start", "kept"))
    net, task = Network.random(0, 30, 1, seed=seed), sum_of_sines(T, n_in=0)
    if signs != "free":
        net = replace(net, W=split_by_sign(net.W))

    history = train_quietly(
        net, task, rule=variant, learning_rate=rate, n_trials=n_trials, after=clip if signs == "kept" else None
    )
    at_zero = np.mean(history.network.W == 0)
    return record(history, n_trials) | {"at_zero": np.array(at_zero)}


# Which weights learn


def _through_the_loop(rule, net, x, y_target):
    """A kernel: the loss, and its gradient by the readout, of a network whose output is fed back through ``B``.

    With ``B y[t-1]`` added to the input current, and ``y[t-1] = W_out h[t]``, the network is one without that loop and
    with the recurrent weights ``W + B W_out``. So the readout acts in two places. BPTT takes both; RFLO stands for the
    delta rule, which takes the output alone and is local.
    """
    B, closed = net.feedback, net._replace(W=net.W + net.feedback @ net.W_out, feedback=net.W_out.T)
    loss, (W_in, W, W_out) = rule.at_trial_end()[1](closed, x, y_target)
    return loss, Gradients(0 * W_in, 0 * W, W_out + B.T @ W if rule.exact else W_out)


LOOP = {
    rule.name: Rule(f"{rule.name} in the loop", feedback="B", trial=partial(_through_the_loop, rule))
    for rule in (bptt, rflo)
}


def train_part(seed, T, variant, rate, n_trials, part):
    """Train some of the weights of one network.

    Parameters
    ----------
    seed, T : int
    variant : {"rflo", "bptt"}
    rate : float
    n_trials : int
    part : {"both", "recurrent", "readout", "loop"}
        The last stands for the readout alone, fed back to the units through ``B``, by the rules of `LOOP`.

    Returns
    -------
    dict
        As of `runs.record`.
    """
    net, task = Network.random(0, 30, 1, seed=seed), sum_of_sines(T, n_in=0)
    parts = {"both": ("W", "W_out"), "recurrent": ("W",), "readout": ("W_out",), "loop": ("W_out",)}
    rates = dict.fromkeys(parts[_check.choice("part", part, parts)], rate)
    rule = LOOP[variant] if part == "loop" else variant
    return record(train_quietly(net, task, rule=rule, learning_rate=rates, n_trials=n_trials), n_trials)


# What is run

COMPARED = ("rflo", "bptt")
PART_RATES = (0.01, 0.03, 0.1, 0.3)
SIZES, GAINS = (10, 20, 30, 50, 100), (0.5, 1.0, 1.5, 2.0)


def paper_rate(variant, T):
    """The paper's rate; of the ablations, for which it states none, that of the rule that moves W as they do."""
    return PAPER_RATES["bptt" if VARIANTS[variant].exact else "rflo"][T]


def rates_of(variant, T):
    """The rates at which a variant is run: the paper's, and the best of our sweep if it is another."""
    return list(dict.fromkeys([paper_rate(variant, T), BEST_RATES[variant][T]]))


def _settings(T, variant, rate, n_trials, **more):
    return {"T": T, "variant": variant, "rate": rate, "n_trials": n_trials} | more


def _rate_settings(quick):
    if quick:
        return [_settings(200, v, r, 300) for v in COMPARED for r in (3e-3, 3e-2, 3e-1)]
    compared = [(v, T) for T in PERIODS for v in COMPARED] + [("local", 800), ("random", 800)]
    return [_settings(T, v, r, 4000) for v, T in compared for r in RATES]


def _periodic_settings(quick):
    if quick:
        n = unless_browser(1000, 100)
        return [_settings(T, v, PAPER_RATES[v][T], n) for T in (200, 400) for v in COMPARED]
    compared = [(v, T) for T in PERIODS for v in COMPARED] + [("local", 800), ("random", 800)]
    return [_settings(T, v, rate, 10_000) for v, T in compared for rate in rates_of(v, T)]


def _rtrl_settings(quick):
    sizes = [(200, 100)] if quick else [(200, 4000), (1600, 300)]
    return [{"T": T, "rate": PAPER_RATES["bptt"][T], "n_trials": n} for T, n in sizes]


def _choice_settings(quick):
    """All at the paper's rates for 20 tau; "periodic" has the usual choices."""
    n = 500 if quick else 10_000
    return [
        *(_settings(200, v, 0.03, n, update="trial", h0="random") for v in COMPARED),
        _settings(200, "rflo", 0.03, n, update="step", h0="constant"),
        # The control of the last one: is it the readout that follows?
        *(_settings(200, "readout", 0.03, n, update=update, h0="constant") for update in ("trial", "step")),
    ]


def online_settings(quick):
    """The paper's rates of RFLO, as if they were of updates at every step."""
    periods, n = ((200,), 300) if quick else (PERIODS, 3000)
    return [{"T": T, "eta": PAPER_RATES["rflo"][T], "n_trials": n} for T in periods]


def _dale_settings(quick):
    n = 300 if quick else 5000
    return [_settings(200, v, 0.03, n, signs=signs) for signs in ("free", "start", "kept") for v in COMPARED]


def _part_settings(quick):
    n, rates = (300, (0.03,)) if quick else (4000, PART_RATES)
    compared = [(part, v) for part in ("both", "recurrent", "readout", "loop") for v in COMPARED]
    compared.remove(("readout", "bptt"))  # without a loop, both rules train the readout alike
    return [_settings(200, v, rate, n, part=part) for part, v in compared for rate in rates]


def _size_settings(quick):
    if quick:
        return [_settings(200, v, 0.03, 500, n_rec=n_rec, g=1.5) for n_rec in (10, 30) for v in COMPARED]
    sizes = [(n_rec, 1.5) for n_rec in SIZES] + [(30, g) for g in GAINS if g != 1.5]
    return [_settings(200, v, 0.03, 10_000, n_rec=n_rec, g=g) for n_rec, g in sizes for v in COMPARED]


EXPERIMENTS = [
    Experiment(
        "periodic_rates",
        "Periodic task: which learning rate is the best of the paper's grid?",
        train_periodic,
        _rate_settings,
        networks(SWEEP_SEEDS),
    ),
    Experiment(
        "periodic",
        "Periodic task: RFLO and BPTT from short to long periods, and what separates them",
        train_periodic,
        _periodic_settings,
        networks(SEEDS),
    ),
    Experiment(
        "periodic_rtrl",
        "Periodic task: how long does RTRL stay on BPTT's curve?",
        compare_rtrl,
        _rtrl_settings,
        networks(SEEDS),
    ),
    Experiment(
        "periodic_choices",
        "Periodic task: do the choices that the paper leaves open matter?",
        train_periodic,
        _choice_settings,
        networks(SEEDS),
    ),
    Experiment(
        "periodic_online",
        "Periodic task: RFLO by the letter of the paper's per-step rule, with learning on and off",
        train_online,
        online_settings,
        networks(SEEDS),
    ),
    Experiment(
        "periodic_dale",
        "Periodic task: does learning survive Dale's law?",
        train_dale,
        _dale_settings,
        networks(MORE_SEEDS),
    ),
    Experiment(
        "periodic_parts",
        "Periodic task: which weights must learn?",
        train_part,
        _part_settings,
        networks(SEEDS),
    ),
    Experiment(
        "periodic_size",
        "Periodic task: are larger networks, and networks of larger gain, better?",
        train_periodic,
        _size_settings,
        networks(SEEDS),
    ),
]
