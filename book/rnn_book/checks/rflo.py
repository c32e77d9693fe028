"""The exercises of the chapter on random feedback local online learning."""

import numpy as np

from rnn_book.checks import bptt
from rnn_book.checks.bptt import WEIGHTS
from rnn_book.checks.exercise import Exercise, Mistake
from rnn_book.checks.forward import ONLINE, ingredients, late, run

__all__ = ["EXERCISES", "gradient", "trace"]


def follow(
    net, phi_prime, presynaptic, *, leak="whole", start="zero", slopes="postsynaptic", drop="other units", step="tau"
):
    """The eligibility traces after each step, shape (T, n_rec, n_before) (Eq. 6)."""
    T, N = phi_prime.shape
    tau = net.tau
    keep = {"whole": 1 - 1 / tau, "none": 1.0, "all": 0.0, "1/tau": 1 / tau}[leak]
    p, found = np.zeros((N, presynaptic.shape[1])), []
    if start == "0.1" and presynaptic.shape[1] == net.n_in:
        p += 0.1
    for trial in range(2 if start == "last trial" else 1):
        found = []
        for t in range(T):
            slope = phi_prime[t] if slopes != "one" else np.ones(N)
            kept = keep * p
            if drop == "other units but itself":
                kept = kept + (phi_prime[t] * np.diag(net.W) / tau)[:, np.newaxis] * p
            added = np.outer(slope, presynaptic[t])
            if slopes == "presynaptic" and presynaptic.shape[1] == N:
                added = np.outer(np.ones(N), phi_prime[t] * presynaptic[t])
            p = kept + added / (tau if step == "tau" else 1)
            found.append(p)
    return np.array(found)


def trace(net, x, *, slope="u", before="h", kept="each", **mistakes):
    """The traces of the recurrent weights after each step, shape (T, n_rec, n_rec)."""
    phi_prime, _, presynaptic, *_ = ingredients(net, x, np.zeros((len(x), net.n_out)), slope=slope, before=before)
    p = follow(net, phi_prime, presynaptic, **mistakes)
    return p if kept == "each" else np.broadcast_to(p[-1], p.shape)


def gradient(net, x, y_target, *, feedback="B", use="after", inside="nothing", slope="u", error="now", before="h",
             input="now", readout="after", mean="T", **mistakes):  # fmt: skip
    """RFLO's estimate of the gradient (Eqs. 5-6, averaged over the trial)."""
    phi_prime, e, h, x, (raw, h_next) = ingredients(
        net, x, y_target, slope=slope, error=error, before=before, input=input, readout=readout, mean=mean
    )
    c = {"B": e @ net.B.T, "W_out": e @ net.W_out, "sign": np.sign(e @ net.B.T)}[feedback]

    def estimate(presynaptic):
        if inside == "error":  # the trace of error times activity, where the error should meet the trace
            return -follow(net, phi_prime * c, presynaptic, **mistakes).sum(0) / len(x)
        p = follow(net, phi_prime, presynaptic, **mistakes)
        if use == "before":
            p = np.concatenate([np.zeros_like(p[:1]), p[:-1]])
        elif use == "end":
            p = np.broadcast_to(p[-1], p.shape)
        return -np.einsum("ti,tij->ij", c, p) / len(x)

    return estimate(x), estimate(h), -raw.T @ h_next / len(x)


def two_leaks(phi_prime, presynaptic, a, k, *, order="membrane first", slopes="between", gain="1 - a", leaks="two"):
    """The trace of a synapse whose unit leaks twice, at each step: the membrane keeps `a`, the output keeps `k`."""
    if order == "swapped":
        a, k = k, a
    a = 0.0 if leaks == "output only" else a
    k = 0.0 if leaks == "membrane only" else k
    T, N = phi_prime.shape
    m, p, found = np.zeros(presynaptic.shape[1]), np.zeros((N, presynaptic.shape[1])), []
    for t in range(T):
        m = a * m + ((1 - a) if gain == "1 - a" else 1) * presynaptic[t]
        p = k * p + ((1 - k) if gain != "whole" else 1) * np.outer(
            phi_prime[t] if slopes == "between" else np.ones(N), m
        )
        found.append(phi_prime[t][:, np.newaxis] * p if slopes == "at the end" else p)
    return np.array(found)


def delayed(net, x, y_target, d, *, traces="delayed", lost="end", feedback="B"):
    """RFLO's estimate for W where the error of a step arrives `d` steps late, and the trace waits for it."""
    phi_prime, e, h, *_ = ingredients(net, x, y_target)
    p = follow(net, phi_prime, h)
    T, c = len(x), e @ (net.B.T if feedback == "B" else net.W_out)
    total = np.zeros(net.W.shape)
    for t in range(d, T):  # the error of step t - d arrives in step t
        at = {"delayed": t - d, "now": t, "twice": max(t - 2 * d, 0)}[traces]
        total -= c[t - d][:, np.newaxis] * p[at] / T
    if lost == "counted":
        for t in range(T - d, T):
            total -= c[t][:, np.newaxis] * p[t] / T
    elif lost == "mean":
        total *= T / (T - d)
    return total


def batch(net, xs, y_targets, *, traces="own", mean="batch", state="own"):
    """RFLO's estimate for a batch: the mean over trials, each with its own traces and state."""
    found = [np.zeros(w.shape) for w in (net.W_in, net.W, net.W_out)]
    carried = {"W": 0.0, "W_in": 0.0}
    runs = [ingredients(net, x, y_target) for x, y_target in zip(xs, y_targets, strict=True)]
    shared = np.mean([phi_prime for phi_prime, *_ in runs], axis=0)
    for phi_prime, e, h, x, (raw, h_next) in runs:
        T, c = len(x), e @ net.B.T
        slope = shared if traces == "shared slope" else phi_prime
        for k, (name, presynaptic) in enumerate((("W_in", x), ("W", h))):
            if traces == "mean":
                presynaptic = np.mean([other[3 if name == "W_in" else 2] for other in runs], axis=0)
            p = follow(net, slope, presynaptic)
            if traces == "kept":  # the trial before leaves its trace, which then leaks away
                p = p + carried[name] * ((1 - 1 / net.tau) ** np.arange(1, T + 1))[:, np.newaxis, np.newaxis]
                carried[name] = p[-1]
            found[k] -= np.einsum("ti,tij->ij", c, p) / T
        found[2] -= raw.T @ h_next / T
    return tuple(part / {"batch": len(xs), "none": 1, "steps": len(xs) * xs.shape[1]}[mean] for part in found)


def own_time_constant(net, x, y_target, tau_e, *, leak="tau_e", gain="1/tau_e", feedback="B", **mistakes):
    """RFLO's estimate for W with traces that forget with a time constant of their own, `tau_e` steps."""
    phi_prime, e, h, *_ = ingredients(net, x, y_target, **mistakes)
    keep = {"tau_e": 1 - 1 / tau_e, "tau": 1 - 1 / net.tau, "1/tau_e": 1 / tau_e, "none": 1.0}[leak]
    gain = {"1/tau_e": 1 / tau_e, "1/tau": 1 / net.tau, "1": 1.0}[gain]
    c = e @ (net.B.T if feedback == "B" else net.W_out)
    p, dW = np.zeros(net.W.shape), np.zeros(net.W.shape)
    for t in range(len(x)):
        p = keep * p + gain * np.outer(phi_prime[t], h[t])
        dW -= c[t][:, np.newaxis] * p / len(x)
    return dW


def snap1(net, x, y_target, *, own="W_ii", slopes="own", step="tau", feedback="W_out", leak="whole", **mistakes):
    """SnAp-1's estimate for W: of the sum over other units, the unit's synapse onto itself is kept."""
    phi_prime, e, h, *_ = ingredients(net, x, y_target, **mistakes)
    weight = {"W_ii": np.diag(net.W), "row": net.W.sum(1), "nothing": np.zeros(net.n_rec)}[own]
    c = e @ (net.W_out if feedback == "W_out" else net.B.T)
    p, dW = np.zeros(net.W.shape), np.zeros(net.W.shape)
    for t in range(len(x)):
        through = (phi_prime[t] if slopes == "own" else 1) * weight / (net.tau if step == "tau" else 1)
        keep = (1 - 1 / net.tau if leak == "whole" else 0) + through
        p = keep[:, np.newaxis] * p + np.outer(phi_prime[t], h[t]) / net.tau
        dW -= c[t][:, np.newaxis] * p / len(x)
    return dW


def shares(net, x, y_target, rate, *, steps="rflo", slope_of="exact", sign="down", power=1, readout="exact"):
    """What one RFLO update changes in the loss, to first order: the part of W, and the part of the readout."""
    exact, local = bptt.gradient(net, x, y_target), gradient(net, x, y_target)
    update = {"rflo": local[1], "exact": exact[1]}[steps]
    of_loss = {"exact": exact[1], "rflo": local[1]}[slope_of]
    size = rate**power if sign == "down" else -(rate**power)
    of_readout = np.sum(exact[2] ** 2) if readout == "exact" else np.linalg.norm(exact[2])
    return -size * np.sum(of_loss * update), -size * of_readout


def kolen_pollack(W_out, B, h, error, rate, decay, *, B_update="transposed", decays="both", sign="up"):
    """One step of a readout and of feedback that learn alike: ``W_out`` and ``B`` after it."""
    learned = rate * np.outer(error, h)
    moved = {"transposed": learned.T, "nothing": 0 * learned.T, "minus": -learned.T, "half": learned.T / 2}[B_update]
    new_W_out = (W_out if decays == "B" else (1 - decay) * W_out) + (learned if sign == "up" else -learned)
    new_B = (B if decays == "W_out" else (1 - decay) * B) + moved
    return new_W_out, new_B


def reward(net, x, y_target, xi, sigma, *, baseline="quiet", power=1, at="current", before="noisy", slopes="none",
           noise="now"):  # fmt: skip
    """An estimate for W from one number: how the loss differs if the currents get the noise ``sigma * xi``."""
    T, tau = len(x), net.tau
    quiet, _, y = run(net, x)
    shaken = late(xi) if noise == "late" else xi
    h, total, by_synapse = net.h0, 0.0, np.zeros(net.W.shape)
    for t in range(T):
        u = net.W @ h + net.W_in @ x[t]
        r = np.tanh(u + sigma * shaken[t]) if at == "current" else np.tanh(u) + sigma * shaken[t]
        h_next = h + (-h + r) / tau
        factor = 1 - np.tanh(u) ** 2 if slopes == "phi_prime" else 1
        by_synapse += np.outer(factor * xi[t], {"noisy": h, "quiet": quiet[t], "after": h_next}[before])
        h = h_next
        total += np.sum((y_target[t] - net.W_out @ h) ** 2) / (2 * T)
    difference = total - (np.sum((y_target - y) ** 2) / (2 * T) if baseline == "quiet" else 0)
    return difference / sigma**power * by_synapse


TRACE = {
    "traces never leak": Mistake({"leak": "none"}, "The trace never leaks."),
    "traces forget at once": Mistake({"leak": "all"}, "The trace forgets at once: nothing of it is left a step later."),
    "traces keep 1/tau": Mistake({"leak": "1/tau"}, "The trace keeps 1/tau of itself. It loses that much."),
    "traces kept from the trial before": Mistake(
        {"start": "last trial"}, "The traces begin where a trial has ended. They begin from zero."
    ),
    "slope of the presynaptic unit": Mistake(
        {"slopes": "presynaptic"}, "The slope is the presynaptic unit's. It belongs to the postsynaptic one."
    ),
    "self term kept": Mistake(
        {"drop": "other units but itself"},
        "The unit's synapse onto itself is in the trace. That is SnAp-1; RFLO drops it.",
    ),
}
IN_TRACE = {name: mistake for name, mistake in ONLINE.items() if mistake.options.keys() <= {"slope", "before"}}
RULE = (
    TRACE
    | {
        "input trace starts from 0.1": Mistake({"start": "0.1"}, "The traces of W_in do not start from zero."),
        "feedback through the readout": Mistake(
            {"feedback": "W_out"}, "The error comes back through the readout. RFLO uses B."
        ),
        "only the sign of the credit": Mistake({"feedback": "sign"}, "Only the sign of the fed-back error is used."),
        "trace before the step": Mistake(
            {"use": "before"},
            "Error and trace are one step apart. y[t] reads h[t+1], so the trace is updated first.",
        ),
        "trace of the end": Mistake(
            {"use": "end"}, "Every error meets the trace of the trial's end. Each meets the trace of its own step."
        ),
        "error inside the trace": Mistake(
            {"inside": "error"}, "The error is inside the trace. The trace does not know the error; they meet outside."
        ),
    }
    | ONLINE
)

TWO_LEAKS = {
    "leaks swapped": Mistake({"order": "swapped"}, "The two leaks are swapped: the membrane filters before the slope."),
    "slope missing": Mistake({"slopes": "missing"}, "The slope is missing between the two filters."),
    "slope at the end": Mistake(
        {"slopes": "at the end"}, "The slope comes last. It stands between the filters, so the second remembers it."
    ),
    "gain missing": Mistake({"gain": "1"}, "The membrane's filter has no factor 1 - a on what comes in."),
    "both gains missing": Mistake({"gain": "whole"}, "Neither filter has its factor on what comes in."),
    "no membrane": Mistake({"leaks": "output only"}, "The membrane does not filter."),
    "no output leak": Mistake({"leaks": "membrane only"}, "The output does not filter: the trace forgets at once."),
}

DELAY = {
    "trace of the moment": Mistake(
        {"traces": "now"}, "The late error meets the trace of now. The trace has to wait too."
    ),
    "waits twice": Mistake({"traces": "twice"}, "The trace waits twice as long as the error."),
    "errors after the end": Mistake(
        {"lost": "counted"}, "Errors that arrive after the trial are counted. They have come too late."
    ),
    "mean over what arrived": Mistake({"lost": "mean"}, "It is divided by the errors that arrived. The loss has 1/T."),
    "feedback through the readout": RULE["feedback through the readout"],
}

BATCH = {
    "traces kept across the batch": Mistake(
        {"traces": "kept"}, "The traces run on from one trial of the batch into the next."
    ),
    "one trace for all": Mistake(
        {"traces": "mean"}, "The trials share their presynaptic activity. Each has traces of its own."
    ),
    "one slope for all": Mistake({"traces": "shared slope"}, "The trials share their slopes. Each has its own."),
    "sum in place of mean": Mistake({"mean": "none"}, "It is the sum over the batch. The mean is asked for."),
    "mean over steps twice": Mistake(
        {"mean": "steps"}, "It is divided by T twice: each trial's part is a mean already."
    ),
}

FACTORS = {name: IN_TRACE.get(name) or ONLINE[name] for name in ("slope missing", "activity after the step")}

OWN_TIME_CONSTANT = {
    "leaks with tau": Mistake(
        {"leak": "tau"}, "The trace leaks with the unit's tau. It has a time constant of its own."
    ),
    "keeps 1/tau_e": Mistake({"leak": "1/tau_e"}, "The trace keeps 1/tau_e of itself. It loses that much."),
    "never leaks": Mistake({"leak": "none"}, "The trace never leaks."),
    "gain 1/tau": Mistake({"gain": "1/tau"}, "What is added is divided by tau. The filter's factor is 1/tau_e."),
    "gain missing": Mistake({"gain": "1"}, "What is added has no factor. A filter that keeps 1 - a adds a share a."),
    "feedback through the readout": RULE["feedback through the readout"],
} | FACTORS

SNAP = {
    "self term missing": Mistake({"own": "nothing"}, "The self term is missing: this is local only, not SnAp-1."),
    "row in place of diagonal": Mistake(
        {"own": "row"}, "It sums the weights onto the unit. One of them is kept: the unit's synapse onto itself."
    ),
    "slope missing in the self term": Mistake({"slopes": "none"}, "The slope is missing in the self term."),
    "1/tau missing in the self term": Mistake({"step": "whole"}, "The self term is not divided by tau."),
    "leak missing": Mistake({"leak": "none"}, "The leak is missing. The self term comes beside it."),
    "random feedback": Mistake({"feedback": "B"}, "The error comes back through B. True feedback is asked for."),
} | FACTORS

SHARES = {
    "gradient in place of the update": Mistake(
        {"steps": "exact"}, "This is what a step of BPTT would do. The step is RFLO's, the slope of the loss is exact."
    ),
    "update in place of the gradient": Mistake(
        {"slope_of": "rflo"}, "RFLO's estimate stands for the slope of the loss. Take the exact gradient there."
    ),
    "sign": Mistake({"sign": "up"}, "The sign is turned. The update subtracts, so going along the gradient lowers."),
    "rate squared": Mistake({"power": 2}, "The rate counts twice. The change is of first order in it."),
    "rate missing": Mistake({"power": 0}, "The rate is missing."),
    "length in place of its square": Mistake(
        {"readout": "length"}, "The readout's part has the length of its gradient. Gradient times step is a square."
    ),
}

KOLEN_POLLACK = {
    "feedback does not learn": Mistake(
        {"B_update": "nothing"}, "B does not learn. It gets the readout's update, transposed."
    ),
    "feedback learns the wrong way": Mistake({"B_update": "minus"}, "B moves against the readout's update."),
    "feedback learns by half": Mistake({"B_update": "half"}, "B gets half of the readout's update."),
    "readout does not decay": Mistake({"decays": "B"}, "The readout does not decay. Both do, by the same share."),
    "feedback does not decay": Mistake({"decays": "W_out"}, "B does not decay. Both do, by the same share."),
    "uphill": Mistake({"sign": "down"}, "The readout goes uphill: error times activity lowers the loss when added."),
}

REWARD = {
    "no baseline": Mistake(
        {"baseline": "nothing"},
        "The loss is not compared with that of the quiet run. What the noise changed is asked for.",
    ),
    "not divided by sigma": Mistake({"power": 0}, "The difference of the losses is not divided by sigma."),
    "divided by sigma twice": Mistake(
        {"power": 2}, "It is divided by sigma once too often. The sum over steps holds xi, not sigma times xi."
    ),
    "noise after the tanh": Mistake({"at": "drive"}, "The noise is added after the tanh. It belongs to the current."),
    "slope in the sum": Mistake(
        {"slopes": "phi_prime"},
        "There is a slope in the sum. The noise was added to the current, and has met it already.",
    ),
    "activity of the quiet run": Mistake(
        {"before": "quiet"}, "It takes the activity of the quiet run. The synapse has seen that of the noisy one."
    ),
    "activity after the step": Mistake(
        {"before": "after"}, "It takes the presynaptic activity after the step. What acted in step t is h[t]."
    ),
    "noise one step late": Mistake({"noise": "late"}, "The noise comes one step late: xi[t] acts in step t itself."),
}


def _shaken(trial):
    """A trial, the noise of each current, and its size."""
    return trial.net, trial.x, trial.y_target, trial.rng.normal(size=(len(trial.x), trial.net.n_rec)), 0.1


def _signals(trial):
    """Slopes and presynaptic activity of a trial, and two leaks."""
    h, u, _ = run(trial.net, trial.x)
    return 1 - np.tanh(u) ** 2, h[:-1], 0.35, 1 - 1 / trial.net.tau


def _batch(trial):
    """Three trials for one network."""
    rng, (T, n_in) = trial.rng, trial.x.shape
    return trial.net, rng.normal(size=(3, T, n_in)), rng.normal(size=(3, T, trial.net.n_out))


def _moment(trial):
    """What a step of two learning pathways needs."""
    h, _, y = run(trial.net, trial.x)
    return trial.net.W_out, trial.net.B, h[-1], (trial.y_target - y)[-1], 0.1, 0.02


EXERCISES = [
    Exercise(
        "rflo-trace",
        {"p": "(T, n_rec, n_rec)"},
        trace,
        TRACE
        | IN_TRACE
        | {
            "one array kept many times": Mistake(
                {"kept": "last"}, "Every step holds the last trace. Was one array put into the list again and again?"
            )
        },
        arguments=lambda trial: (trial.net, trial.x),
        time="forward",
    ),
    Exercise("rflo", WEIGHTS, gradient, RULE),
    Exercise("rflo-two-leaks", {"p": "(T, n_rec, n_rec)"}, two_leaks, TWO_LEAKS, arguments=_signals, time="forward"),
    Exercise(
        "rflo-delay",
        {"dW": "(n_rec, n_rec)"},
        delayed,
        DELAY,
        arguments=lambda trial: (trial.net, trial.x, trial.y_target, min(2, len(trial.x) - 1)),
    ),
    Exercise("rflo-batch", WEIGHTS, batch, BATCH, arguments=_batch),
    Exercise(
        "rflo-tau-e",
        {"dW": "(n_rec, n_rec)"},
        own_time_constant,
        OWN_TIME_CONSTANT,
        arguments=lambda trial: (trial.net, trial.x, trial.y_target, 3.2 * trial.net.tau),
    ),
    Exercise("rflo-snap", {"dW": "(n_rec, n_rec)"}, snap1, SNAP),
    Exercise(
        "rflo-shares",
        {"part of W": "()", "part of W_out": "()"},
        shares,
        SHARES,
        arguments=lambda trial: (trial.net, trial.x, trial.y_target, 0.13),
    ),
    Exercise(
        "rflo-kp",
        {"W_out": "(n_out, n_rec)", "B": "(n_rec, n_out)"},
        kolen_pollack,
        KOLEN_POLLACK,
        arguments=_moment,
    ),
    Exercise("rflo-reward", {"dW": "(n_rec, n_rec)"}, reward, REWARD, arguments=_shaken),
]
