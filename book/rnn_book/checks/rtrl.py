"""The exercises of the chapter on real-time recurrent learning."""

import numpy as np

from rnn_book.checks.bptt import WEIGHTS
from rnn_book.checks.exercise import Exercise, Mistake
from rnn_book.checks.forward import ONLINE, ingredients, run

__all__ = ["EXERCISES", "gradient"]


def immediate(phi_prime, presynaptic, tau, *, delta="k = i", slopes="i"):
    """What the weights do to the next state directly: ``F[k, i, j]``, h held fixed."""
    N, n = len(phi_prime), len(presynaptic)
    F = np.zeros((N, N, n))
    for i in range(N):
        slope = {"i": phi_prime[i], "none": 1.0, "j": phi_prime[:n]}[slopes]
        if delta == "missing":
            F[:, i, :] += slope * presynaptic / tau
        elif delta == "k = j":
            if i < n:
                F[i, :, i] += phi_prime * presynaptic[i] / tau
        elif delta == "k = i = j":
            if i < n:
                F[i, i, i] += slope * presynaptic[i] / tau
        else:
            F[i, i, :] += slope * presynaptic / tau
    return F


def jacobian(W, phi_prime, tau, *, scaled="rows", W_as="W", leak="whole", step="tau"):
    """Derivative of h after the step with respect to h before it."""
    W = {"W": W, "transposed": W.T, "nothing": 0 * W}[W_as]
    scaled = {"rows": phi_prime[:, np.newaxis] * W, "columns": phi_prime * W, "missing": W}[scaled]
    keep = {"whole": 1 - 1 / tau, "none": 1.0, "all": 0.0, "everywhere": 1 - 1 / tau}[leak]
    where = np.ones(W.shape) if leak == "everywhere" else np.eye(len(W))
    return keep * where + scaled / (tau if step == "tau" else 1)


def step(P, W, phi_prime, h, tau, *, delta="k = i", slopes="i", add="immediate", on="first", **mistakes):
    """One step of the sensitivities, ``P[k, i, j]``."""
    J = jacobian(W, phi_prime, tau, **mistakes)
    moved = np.einsum("kl,lij->kij" if on == "first" else "jl,kil->kij", J, P)
    return moved + immediate(phi_prime, h, tau, delta=delta, slopes=slopes) * (add == "immediate")


def gradient(net, x, y_target, *, feedback="W_out", start="zero", use="after", delta="k = i", scaled="rows", W_as="W",
             leak="whole", step="tau", **mistakes):  # fmt: skip
    """The gradient of the loss by real-time recurrent learning (Eqs. 10-14)."""
    phi_prime, error, h, x, (raw, h_next) = ingredients(net, x, y_target, **mistakes)
    fed_back = error @ (net.W_out if feedback == "W_out" else net.B.T)
    P, Q = np.zeros((net.n_rec,) * 3), np.zeros((net.n_rec, net.n_rec, net.n_in))
    if start == "0.1":
        Q[:] = 0.1
    for trial in range(2 if start == "last trial" else 1):
        dW, dW_in = np.zeros(net.W.shape), np.zeros(net.W_in.shape)
        for t in range(len(x)):
            before = P, Q
            J = jacobian(net.W, phi_prime[t], net.tau, scaled=scaled, W_as=W_as, leak=leak, step=step)
            P = np.einsum("kl,lij->kij", J, P) + immediate(phi_prime[t], h[t], net.tau, delta=delta)
            Q = np.einsum("kl,lij->kij", J, Q) + immediate(phi_prime[t], x[t], net.tau, delta=delta)
            P_seen, Q_seen = (P, Q) if use == "after" else before
            dW -= np.einsum("k,kij->ij", fed_back[t], P_seen) / len(x)
            dW_in -= np.einsum("k,kij->ij", fed_back[t], Q_seen) / len(x)
    return dW_in, dW, -raw.T @ h_next / len(x)


def gradient_of_gain(net, x, y_target, g, *, direct="W h / g", carried="J", **mistakes):
    """The derivative of the loss with respect to the gain, where ``W = g W0``: N numbers are enough."""
    phi_prime, error, h, _, _ = ingredients(net, x, y_target)
    s, total = np.zeros(net.n_rec), 0.0
    for t in range(len(x)):
        by_g = {"W h / g": net.W @ h[t] / g, "W h": net.W @ h[t], "W^T h / g": net.W.T @ h[t] / g}[direct]
        moved = jacobian(net.W, phi_prime[t], net.tau, **mistakes) @ s if carried == "J" else 0 * s
        s = moved + phi_prime[t] * by_g / net.tau
        total -= error[t] @ net.W_out @ s / len(x)
    return total


def gradient_of_tau(net, x, y_target, *, power="2", state="before", drive="phi", sign="falls", carried="J", **mistakes):
    """The derivative of the loss with respect to the one time constant of all units: N numbers are enough."""
    phi_prime, error, h, *_ = ingredients(net, x, y_target)
    _, u, _ = run(net, x)
    s, total = np.zeros(net.n_rec), 0.0
    for t in range(len(x)):
        r = np.tanh(u[t]) if drive == "phi" else u[t]
        state_now = h[t] if state == "before" else (1 - 1 / net.tau) * h[t] + np.tanh(u[t]) / net.tau
        direct = (state_now - r) / net.tau ** int(power)
        moved = jacobian(net.W, phi_prime[t], net.tau, **mistakes) @ s if carried == "J" else 0 * s
        s = moved + (direct if sign == "falls" else -direct)
        total -= error[t] @ net.W_out @ s / len(x)
    return total


def gradient_of_start(net, x, y_target, *, start="identity", use="after", way="forward", **mistakes):
    """The derivative of the loss with respect to the initial state, by carrying ``S = dh / dh0`` forward."""
    phi_prime, error, *_ = ingredients(net, x, y_target)
    S = np.eye(net.n_rec) if start == "identity" else np.ones((net.n_rec,) * 2)
    total = np.zeros(net.n_rec)
    for t in range(len(x)):
        J = jacobian(net.W, phi_prime[t], net.tau, **mistakes)
        before, S = S, J @ S if way == "forward" else S @ J
        total -= error[t] @ net.W_out @ (S if use == "after" else before) / len(x)
    return total


def keep_largest(P, k, *, by="size", of="tensor", rest="zero"):
    """The tensor with only its `k` entries of largest size; the others are zero."""
    size = {"size": np.abs(P), "value": P, "small": -np.abs(P)}[by]
    if of == "unit":
        each = k // len(P)
        kept = np.array([s >= np.sort(s, axis=None)[-each] for s in size])
    else:
        kept = size >= np.sort(size, axis=None)[-k]
    if rest == "mask":
        return kept.astype(float)
    return np.where(kept, P if rest == "zero" else np.sign(P), 0)


def coin_throw(net, x, y_target, coins, *, row="shared", column="coin", order="J first", use="after", keeps="all",
               feedback="W_out", row_slope="i", throws="new", **mistakes):  # fmt: skip
    """The gradient of W with a column times a row in place of the sensitivities, right on average over `coins`."""
    phi_prime, error, h, *_ = ingredients(net, x, y_target)
    c = error @ (net.W_out if feedback == "W_out" else net.B.T)
    s, v, dW = np.zeros(net.n_rec), np.zeros(net.W.shape), np.zeros(net.W.shape)
    for t in range(len(x)):
        J = jacobian(net.W, phi_prime[t], net.tau, **mistakes)
        coin = coins[t] if throws == "new" else coins[0]
        of_row = {"shared": coin, "own": coins[t - 1], "none": np.ones_like(coin)}[row]
        before = c[t] @ s * v
        added = {"coin": coin, "none": np.ones_like(coin)}[column]
        s = J @ s + added if order == "J first" else J @ (s + added)
        kept = v if keeps == "all" else (1 - 1 / net.tau) * v
        v = kept + np.outer(of_row * (phi_prime[t] if row_slope == "i" else 1), h[t]) / net.tau
        dW -= (c[t] @ s * v if use == "after" else before) / len(x)
    return dW


DELTA = {
    "Kronecker delta missing": Mistake(
        {"delta": "missing"}, "Every synapse acts on every unit directly. The one onto unit i acts on unit i alone."
    ),
    "Kronecker delta on the wrong axis": Mistake(
        {"delta": "k = j"}, "The delta is on the wrong axis: the direct effect is on the unit that receives."
    ),
}
JACOBIAN = {
    "Jacobian scaled along columns": Mistake(
        {"scaled": "columns"}, "The Jacobian is scaled along its columns. The slope is the receiving unit's: scale the "
        "rows of W."
    ),
    "slope missing in the spread": Mistake({"scaled": "missing"}, "The slope is missing in the Jacobian."),
    "W transposed": Mistake({"W_as": "transposed"}, "W is transposed in the Jacobian. Forward in time it is not."),
    "no spread": Mistake(
        {"W_as": "nothing"}, "A sensitivity only leaks. It also spreads from unit to unit through W."
    ),
    "sensitivities never leak": Mistake({"leak": "none"}, "The sensitivities never leak: 1 - 1/tau of each is kept."),
    "leak missing": Mistake({"leak": "all"}, "The leak's term is missing in the Jacobian: (1 - 1/tau) times identity."),
    "leak in every entry": Mistake(
        {"leak": "everywhere"}, "The leak is in every entry of the Jacobian. It stands on the diagonal: times identity."
    ),
    "1/tau missing in the spread": Mistake({"step": "whole"}, "The spread through W is not divided by tau."),
}  # fmt: skip
RULE = DELTA | JACOBIAN | {
    "input trace starts from 0.1": Mistake({"start": "0.1"}, "The sensitivities of W_in do not start from zero."),
    "traces kept from the trial before": Mistake(
        {"start": "last trial"}, "The sensitivities begin where a trial has ended. They begin from zero."
    ),
    "random feedback": Mistake(
        {"feedback": "B"}, "The error comes back through B. The exact gradient needs the transposed readout."
    ),
    "sensitivities before the step": Mistake(
        {"use": "before"}, "Error and sensitivities are one step apart. y[t] reads h[t+1], so update them first."
    ),
} | ONLINE  # fmt: skip

STEP = DELTA | JACOBIAN | {
    "immediate term missing": Mistake({"add": "nothing"}, "The immediate term is missing: the synapse acts once more."),
    "wrong axis of P": Mistake({"on": "last"}, "The Jacobian acts on the last axis of P. It acts on the first."),
    "no slope in the immediate term": Mistake({"slopes": "none"}, "The slope is missing in the immediate term."),
}  # fmt: skip

GAIN = JACOBIAN | {
    "not divided by g": Mistake({"direct": "W h"}, "The immediate term has W where it needs W0, which is W / g."),
    "transposed in the immediate term": Mistake({"direct": "W^T h / g"}, "W is transposed in the immediate term."),
    "past forgotten": Mistake({"carried": "nothing"}, "Nothing is carried from step to step: only the present counts."),
}

TAU = JACOBIAN | {
    "1/tau in place of its square": Mistake(
        {"power": "1"}, "The derivative of 1/tau has a square below. Both factors of the step hold a 1/tau."
    ),
    "sign of the direct effect": Mistake(
        {"sign": "rises"}, "The direct effect has the wrong sign: a larger tau keeps more of h and takes less of phi."
    ),
    "state after the step": Mistake({"state": "after"}, "The direct effect has the state before the step, h[t]."),
    "current in place of its tanh": Mistake({"drive": "u"}, "There is u where phi(u) belongs."),
    "past forgotten": GAIN["past forgotten"],
}

START = JACOBIAN | {
    "start from ones": Mistake({"start": "ones"}, "It starts from ones. At the start dh0 / dh0 is the identity."),
    "sensitivities before the step": Mistake(
        {"use": "before"},
        "Error and sensitivities are one step apart. y[t] reads h[t+1], so update them first.",
    ),
    "multiplied from the right": Mistake({"way": "backward"}, "New Jacobians are multiplied from the wrong side."),
}

TOP = {
    "value in place of size": Mistake(
        {"by": "value"}, "It keeps the largest values. Large negative entries count too."
    ),
    "smallest kept": Mistake({"by": "small"}, "It keeps the smallest entries."),
    "each unit on its own": Mistake(
        {"of": "unit"}, "Each unit keeps as many as every other. Rank all entries together."
    ),
    "mask returned": Mistake({"rest": "mask"}, "It returns the mask. Return the entries that it keeps."),
    "signs returned": Mistake({"rest": "sign"}, "It returns signs. Return the entries themselves."),
}

COIN = JACOBIAN | {
    "coins of its own for the row": Mistake(
        {"row": "own"}, "Column and row throw different coins. They share those of the step, or the mean is zero."
    ),
    "row without coins": Mistake({"row": "none"}, "The row throws no coins. It gets those of the column."),
    "column without coins": Mistake({"column": "none"}, "The column throws no coins. It gets those of the row."),
    "one throw for all steps": Mistake(
        {"throws": "once"}, "The coins of the first step are used in all. Each step has a row of `coins`."
    ),
    "coin before the Jacobian": Mistake(
        {"order": "coin first"}, "The coin is added before the Jacobian. The synapse acts on the state after the step."
    ),
    "row leaks": Mistake({"keeps": "leak"}, "The row leaks. The Jacobian moves the column alone, the row adds up."),
    "slope missing in the row": Mistake({"row_slope": "none"}, "The slope is missing in what the row gets."),
    "before the step": Mistake(
        {"use": "before"}, "Error and column times row are one step apart. y[t] reads h[t+1], so update them first."
    ),
    "random feedback": RULE["random feedback"],
}


def _coins(trial):
    """A trial, and a coin for each unit and step."""
    return trial.net, trial.x, trial.y_target, trial.rng.choice([-1.0, 1.0], size=(len(trial.x), trial.net.n_rec))


def _moment(trial):
    """What a step of the sensitivities needs: P, W, slopes, h and tau at the trial's last step."""
    h, u, _ = run(trial.net, trial.x)
    P = trial.rng.normal(size=(trial.net.n_rec,) * 3)
    return P, trial.net.W, 1 - np.tanh(u[-1]) ** 2, h[-2], trial.net.tau


EXERCISES = [
    Exercise(
        "rtrl-immediate",
        {"F": "(n_rec, n_rec, n_rec): the unit, then the synapse's two units"},
        immediate,
        DELTA
        | {
            "slope missing": Mistake({"slopes": "none"}, "The slope of the receiving unit is missing."),
            "slope of the presynaptic unit": Mistake(
                {"slopes": "j"}, "The slope is the presynaptic unit's. It belongs to the one that receives."
            ),
            "only synapses onto themselves": Mistake(
                {"delta": "k = i = j"}, "Only synapses of a unit onto itself act. There is one delta: j is free."
            ),
        },
        arguments=lambda trial: _moment(trial)[2:],
    ),
    Exercise("rtrl-step", {"P": "(n_rec, n_rec, n_rec)"}, step, STEP, arguments=_moment),
    Exercise("rtrl", WEIGHTS, gradient, RULE),
    Exercise(
        "rtrl-gain",
        {"dL/dg": "()"},
        gradient_of_gain,
        GAIN,
        arguments=lambda trial: (trial.net, trial.x, trial.y_target, 1.8),
    ),
    Exercise("rtrl-tau", {"dL/dtau": "()"}, gradient_of_tau, TAU),
    Exercise("rtrl-h0", {"dL/dh0": "(n_rec,)"}, gradient_of_start, START),
    Exercise(
        "rtrl-top",
        {"P": "(n_rec, n_rec, n_rec)"},
        keep_largest,
        TOP,
        arguments=lambda trial: (_moment(trial)[0], 2 * trial.net.n_rec),
    ),
    Exercise("rtrl-uoro", {"dW": "(n_rec, n_rec)"}, coin_throw, COIN, arguments=_coins),
]
