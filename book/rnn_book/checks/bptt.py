"""The exercises of the chapter on backpropagation through time."""

import numpy as np

from rnn_book.checks.exercise import Exercise, Mistake
from rnn_book.checks.forward import INGREDIENTS, ingredients, run

__all__ = ["EXERCISES", "credit", "gradient"]


def carry(net, phi_prime, direct, *, back="transposed", leak="whole", slopes="receiver", step="tau", horizon="all",
          direct_of="all"):  # fmt: skip
    """Carry credit backward (Eqs. 20-21): ``z[t]`` is the credit of ``h[t + 1]``."""
    T, tau = len(direct), net.tau
    keep = {"whole": 1 - 1 / tau, "none": 1.0, "all": 0.0}[leak]
    W = {"transposed": net.W.T, "plain": net.W, "nothing": 0 * net.W}[back]

    def before(later, t):
        slope = phi_prime[t] if slopes == "step before" and t < len(phi_prime) else phi_prime[t + 1]
        if slopes == "sender":
            through = phi_prime[t + 1] * (W @ later)
        else:
            through = W @ (later if slopes == "missing" else slope * later)
        return keep * later + through / (tau if step == "tau" else 1)

    z = direct.copy()
    if direct_of == "last":
        z[:-1] = 0
    for a in reversed(range(T - 1)):
        if horizon == "all":
            z[a] += before(z[a + 1], a)
        else:  # no recursion: each step collects the errors of three steps anew
            last = min(a + 2, T - 1)
            later = direct[last]
            for t in reversed(range(a, last)):
                later = direct[t] + before(later, t)
            z[a] = later
    return z


def credit(net, x, y_target, *, feedback="W_out", slope="u", error="now", mean="T", **mistakes):
    """BPTT's credit, shape (T, n_rec)."""
    phi_prime, e, *_ = ingredients(net, x, y_target, slope=slope, error=error, mean=mean)
    return carry(net, phi_prime, e @ (net.W_out if feedback == "W_out" else net.B.T), **mistakes)


def gradient(net, x, y_target, *, feedback="W_out", local="slope", slope="u", error="now", before="h", input="now",
             readout="after", mean="T", **mistakes):  # fmt: skip
    """The gradient of the loss by backpropagation through time (Eqs. 20-23)."""
    phi_prime, _, h, x_seen, (e, h_next) = ingredients(
        net, x, y_target, slope=slope, error=error, before=before, input=input, readout=readout, mean=mean
    )
    z = credit(net, x, y_target, feedback=feedback, slope=slope, error=error, mean=mean, **mistakes)
    at_synapse = (phi_prime * z if local == "slope" else z) / (net.tau * len(x))
    return -at_synapse.T @ x_seen, -at_synapse.T @ h, -e.T @ h_next / len(x)


def gradient_of_end(net, x, y_target, *, errors="last", mean="none", **mistakes):
    """The gradient of the loss of the last step alone, ``sum_k error[-1, k]**2 / 2``."""
    phi_prime, e, h, x_seen, (_, h_next) = ingredients(net, x, y_target)
    if errors == "last":
        e = np.vstack([np.zeros_like(e[:-1]), e[-1:]])
    elif errors == "first":
        e = np.vstack([e[:1], np.zeros_like(e[1:])])
    z = carry(net, phi_prime, e @ net.W_out, **mistakes)
    at_synapse = phi_prime * z / net.tau
    n = len(x) if mean == "T" else 1
    return -at_synapse.T @ x_seen / n, -at_synapse.T @ h / n, -e.T @ h_next / n


def gradient_of_softmax(net, x, labels, *, error="p", axis="outputs", **mistakes):
    """The gradient of the mean cross-entropy of ``softmax(y[t])`` and the classes `labels`."""
    h, u, y = run(net, x)
    along = 1 if axis == "outputs" else 0
    p = np.exp(y) / np.exp(y).sum(along, keepdims=True)
    wanted = np.eye(net.n_out)[labels]
    e = {
        "p": wanted - p,
        "y": wanted - y,
        "slope twice": (wanted - p) * p * (1 - p),
        "log": wanted - np.log(p),
        "only the right class": wanted * (1 - p),
    }[error]
    phi_prime = 1 - np.tanh(u) ** 2
    at_synapse = phi_prime * carry(net, phi_prime, e @ net.W_out, **mistakes) / (net.tau * len(x))
    return -at_synapse.T @ x, -at_synapse.T @ h[:-1], -e.T @ h[1:] / len(x)


def gradient_of_tau(net, x, y_target, *, state="before", power="2", units="each", drive="phi", **mistakes):
    """The derivative of the loss with respect to the time constant of each unit, shape (n_rec,)."""
    h, u, _ = run(net, x)
    z = credit(net, x, y_target, **mistakes)
    r = np.tanh(u) if drive == "phi" else u
    pulled = z * (-(h[:-1] if state == "before" else h[1:]) + r)
    of_tau = (pulled / net.tau ** int(power)).sum(0) / len(x)
    return np.full_like(of_tau, of_tau.sum()) if units == "all" else of_tau


def gradient_of_start(net, x, y_target, *, first="step", **mistakes):
    """The derivative of the loss with respect to the initial state, shape (n_rec,)."""
    _, u, _ = run(net, x)
    phi_prime = 1 - np.tanh(u[0]) ** 2
    z = credit(net, x, y_target, **mistakes)[0]
    recurrent = {"plain": net.W}.get(mistakes.get("back"), net.W.T)
    through = (
        phi_prime * (recurrent @ z) if first == "sender" else recurrent @ (z if first == "no slope" else phi_prime * z)
    )
    whole = (1 - 1 / net.tau) * (first != "no leak") * z + through / net.tau * (first != "leak only")
    return -(z if first == "none" else whole) / len(x)


def clip(gradients, bound, *, norm="all", short="kept", how="scale"):
    """The three gradients, scaled down together so that their common length is at most `bound`."""
    length = np.sqrt(sum(np.sum(g**2) for g in gradients))
    if how == "entries":
        return tuple(np.clip(g, -bound, bound) for g in gradients)
    if how == "zero":
        return tuple(g * (length <= bound) for g in gradients)
    if norm == "each":
        lengths = [np.linalg.norm(g) for g in gradients]
    else:
        lengths = [{"all": length, "squared": length**2, "largest": max(np.abs(g).max() for g in gradients)}[norm]] * 3
    return tuple(
        g * (bound / n if short == "stretched" else min(1, bound / n)) for g, n in zip(gradients, lengths, strict=True)
    )


BACK = {
    "W not transposed": Mistake(
        {"back": "plain"}, "Credit goes through W as activity does. It goes the other way: through W transposed."
    ),
    "no credit through W": Mistake(
        {"back": "nothing"}, "Credit only leaks backward. It also goes back through the recurrent weights."
    ),
    "credit of three steps only": Mistake(
        {"horizon": "three"}, "Credit reaches three steps back and no further. It goes back to the first step."
    ),
    "credit never leaks": Mistake(
        {"leak": "none"}, "Credit comes back whole at each step. The unit's own way keeps 1 - 1/tau of it."
    ),
    "no leak on the way back": Mistake(
        {"leak": "all"}, "The unit's own way is missing: 1 - 1/tau of its credit comes back without any synapse."
    ),
    "slope of the sending unit": Mistake(
        {"slopes": "sender"},
        "The slope is the sending unit's. It is the receiving unit's: multiply z by it, then go through W.",
    ),
    "slope missing on the way back": Mistake({"slopes": "missing"}, "The slope is missing on the way back through W."),
    "slope of the step before": Mistake(
        {"slopes": "step before"}, "On the way back the slope is one step early. From z[t+1] to z[t], the step is t+1."
    ),
    "1/tau missing on the way back": Mistake(
        {"step": "whole"}, "What comes back through W is not divided by tau. A step goes 1/tau of the way."
    ),
    "random feedback": Mistake(
        {"feedback": "B"}, "The error comes back through B. The exact gradient needs the transposed readout."
    ),
}

CREDIT = BACK | {
    "direct credit of the end alone": Mistake(
        {"direct_of": "last"}, "Only the last error sends direct credit. Every step has an error of its own."
    ),
} | {
    name: INGREDIENTS[name]
    for name in ("slope taken at the state", "tanh in place of its slope", "error of the step after",
                 "error of the step before", "error is a sum")
}  # fmt: skip
RULE = BACK | INGREDIENTS | {
    "slope missing at the synapse": Mistake(
        {"local": "missing"}, "The slope is missing where credit becomes a gradient: z is the credit of h, not of u."
    )
}  # fmt: skip

END = {
    "errors of all steps": Mistake({"errors": "all"}, "The errors of all steps count. Only the last one does here."),
    "error of the first step": Mistake({"errors": "first"}, "It takes the first error. The last one counts here."),
    "mean kept": Mistake({"mean": "T"}, "There is a 1/T left over. This loss is no mean over the steps."),
} | {name: BACK[name] for name in BACK if name != "random feedback"}

SOFTMAX = {
    "softmax missing": Mistake({"error": "y"}, "The error takes the outputs as they are. It needs their softmax."),
    "slope of the softmax twice": Mistake(
        {"error": "slope twice"},
        "The slope of the softmax appears in the error. The logarithm has cancelled it already.",
    ),
    "logarithm kept": Mistake({"error": "log"}, "There is a logarithm in the error. It goes when one differentiates."),
    "only the right class": Mistake(
        {"error": "only the right class"}, "Only the right class gets an error. The others are to be pushed down."
    ),
    "softmax over time": Mistake({"axis": "time"}, "The softmax runs over the steps. It runs over the outputs."),
} | {name: BACK[name] for name in ("W not transposed", "no credit through W", "slope of the sending unit")}

TAU = {
    "state after the step": Mistake({"state": "after"}, "It takes the state after the step. The leak is -h[t]."),
    "current in place of the drive": Mistake({"drive": "u"}, "It takes the current u. The drive is tanh(u)."),
    "one for all units": Mistake({"units": "all"}, "All units get one number. Each has a time constant of its own."),
} | {
    name: BACK[name]
    for name in (
        "W not transposed",
        "no credit through W",
        "random feedback",
        "credit never leaks",
        "slope of the sending unit",
    )
}

START = {
    "first step missing": Mistake(
        {"first": "none"}, "It returns z[0], the credit of h[1]. One step is missing, from h[1] back to h[0]."
    ),
    "leak only in the first step": Mistake({"first": "leak only"}, "The first step back only leaks. W is missing."),
    "no leak in the first step": Mistake({"first": "no leak"}, "The leak is missing in the first step back."),
    "no slope in the first step": Mistake({"first": "no slope"}, "The slope is missing in the first step back."),
    "slope of the sender in the first step": Mistake(
        {"first": "sender"}, "In the first step back the slope is the sending unit's. It is the receiving unit's."
    ),
    "W not transposed": BACK["W not transposed"],
    "no credit through W": BACK["no credit through W"],
}

CLIP = {
    "each matrix on its own": Mistake(
        {"norm": "each"}, "Each matrix is clipped on its own, which turns the step. Scale all three by one factor."
    ),
    "entries clipped": Mistake(
        {"how": "entries"}, "The entries are clipped one by one, which turns the step. Scale all by one factor."
    ),
    "short ones stretched": Mistake({"short": "stretched"}, "A short gradient is stretched. It is to stay as it is."),
    "square of the length": Mistake({"norm": "squared"}, "It divides by the squared length. Where is the root?"),
    "largest entry": Mistake({"norm": "largest"}, "It takes the largest entry for the length of the gradient."),
    "thrown away": Mistake({"how": "zero"}, "A long gradient is thrown away. It is to be shortened."),
}


def _long_and_short(trial):
    """Gradients and a bound: on one problem the gradient is too long, on the others it is not."""
    gradients = gradient(trial.net, trial.x, trial.y_target)
    length = np.sqrt(sum(np.sum(g**2) for g in gradients))
    return gradients, length * (0.1 if trial.seed == 1 else 1.7)


WEIGHTS = {"W_in": "(n_rec, n_in)", "W": "(n_rec, n_rec)", "W_out": "(n_out, n_rec)"}
EXERCISES = [
    Exercise("bptt-credit", {"z": "(T, n_rec)"}, credit, CREDIT, time="backward"),
    Exercise("bptt", WEIGHTS, gradient, RULE),
    Exercise("bptt-last", WEIGHTS, gradient_of_end, END),
    Exercise(
        "bptt-softmax",
        WEIGHTS,
        gradient_of_softmax,
        SOFTMAX,
        arguments=lambda trial: (trial.net, trial.x, trial.y_target.argmax(1)),
    ),
    Exercise("bptt-tau", {"dL/dtau": "(n_rec,)"}, gradient_of_tau, TAU),
    Exercise("bptt-h0", {"dL/dh0": "(n_rec,)"}, gradient_of_start, START),
    Exercise("bptt-clip", WEIGHTS, clip, CLIP, arguments=_long_and_short),
]
