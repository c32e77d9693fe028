"""The exercises of the chapter on the network."""

import numpy as np

from rnn_book.checks.exercise import Exercise, Mistake
from rnn_book.checks.forward import run

__all__ = ["EXERCISES"]


def loss(y, y_target, *, square="each", mean="T", of="error", before="not counted"):
    """Eq. 2 of Murray (2019)."""
    error = {"error": y_target - y, "output": y, "sum": y_target + y}[of]
    if before == "counted":  # a silent output at t = 0, where no output has been computed
        error = np.vstack([y_target[-1:], error])
    total = {"each": np.sum(error**2), "of the sum": np.sum(error.sum(1) ** 2), "size": np.sum(np.abs(error))}[square]
    total = np.sqrt(total) if mean == "root" else total
    return total / {"T": 2 * len(error), "root": 2 * len(error), "missing": 2, "all": error.size}[mean]


def last_state(h0, r, tau, *, start="h0", order="newest", exponent="0", drive="tau"):
    """The state after the last step as one weighted sum of the drives."""
    T = len(r)
    lag = np.arange(T) if order == "oldest" else np.arange(T)[::-1]
    weights = (1 - 1 / tau) ** (lag + (exponent == "1")) / (tau if drive == "tau" else 1)
    return {"h0": (1 - 1 / tau) ** T, "whole": 1.0, "forgotten": 0.0}[start] * h0 + weights @ r


def derivative(net, x, y_target, *, nudge="each", keep="one", size="delta"):
    """The derivative of the loss with respect to W, by the complex step."""
    delta, N = 1e-30, net.n_rec
    found = np.zeros((N, N))
    W = net.W.astype(complex)
    for i in range(N):
        for j in range(N):
            if keep == "one":
                W = net.W.astype(complex)
            if nudge == "row":
                W[i] += 1j * delta
            elif nudge == "all":
                W += 1j * delta
            else:
                W[i, j] += 1j * delta
            h, total = net.h0.astype(complex), 0.0
            for t in range(len(x)):
                h = h + (-h + np.tanh(W @ h + net.W_in @ x[t])) / net.tau
                total = total + np.sum((y_target[t] - net.W_out @ h) ** 2)
            value = total / (2 * len(x))
            found[i, j] = value.real if size == "real part" else value.imag / delta
    return found


def blame(net, x, y_target, i, j, *, spread="rows", leak="whole", kick="i", error="now", before="h", time="s, t"):
    """The map ``b[s, t]`` of one synapse: its use at step s, through the error at step t."""
    h, u, y = run(net, x)
    T, N, tau = len(x), net.n_rec, net.tau
    found, dh = np.zeros((T, T)), np.zeros((N, T))
    for t in range(T):
        phi_prime = 1 - np.tanh(u[t]) ** 2
        scaled = {"rows": phi_prime[:, None] * net.W, "columns": phi_prime * net.W, "missing": 0 * net.W}[spread]
        dh = ((1 - 1 / tau) * (leak == "whole") * np.eye(N) + scaled / tau) @ dh
        dh[i if kick == "i" else j, t] += phi_prime[i] * (h[t, j] if before == "h" else h[t + 1, j]) / tau
        e = y_target[t] - y[t] if error == "now" else np.ones(net.n_out)
        found[:, t] = -(e @ net.W_out @ dh) / T
    return found.T if time == "t, s" else found


def perturbation(net, x, y_target, v, *, slope="a", along="v"):
    """An estimate of the gradient of W from the slope of the loss along one direction `v`."""
    nudged, h, total = net.W + 1e-30j * v, net.h0, 0.0
    for t in range(len(x)):
        h = h + (-h + np.tanh(nudged @ h + net.W_in @ x[t])) / net.tau
        total = total + np.sum((y_target[t] - net.W_out @ h) ** 2)
    value = total / (2 * len(x))
    a = value.imag / 1e-30
    a = {"a": a, "size": abs(a), "sign": np.sign(a), "missing": 1.0, "loss": value.real}[slope]
    length = np.linalg.norm(v)
    return a * {"v": v, "unit": v / length, "both": v / length**2, "sign": np.sign(v), "1/v": 1 / v}[along]


def exponent(
    net, x, v, *, spread="rows", W_as="W", leak="whole", rescaled="yes", of="log", start="length one", mean="T"
):
    """The growth rate, per step, of a small change `v` of the initial state: the mean logarithm of its growth."""
    _, u, _ = run(net, x)
    W = net.W if W_as == "W" else net.W.T
    v, rates = v / np.linalg.norm(v) if start == "length one" else v, []
    keep = {"whole": 1 - 1 / net.tau, "none": 1.0, "all": 0.0}[leak]
    measure = {"log": np.log, "square": lambda n: 2 * np.log(n), "log10": np.log10, "growth": float}[of]
    for slopes in 1 - np.tanh(u) ** 2:
        scaled = {"rows": slopes[:, np.newaxis] * W, "columns": slopes * W, "no slope": W, "missing": 0 * W}[spread]
        v = keep * v + scaled @ v / net.tau
        growth = np.linalg.norm(v)
        rates.append(measure(growth))
        v = v / growth if rescaled == "yes" else v
    return np.mean(rates) if mean == "T" else np.sum(rates)


RUN = {
    "output reads the state before": Mistake(
        {"readout": "before"}, "The output reads the state before the step. y[t] reads h[t+1]."
    ),
    "input one step late": Mistake({"input": "late"}, "The input comes one step late: x[t] acts in step t itself."),
    "no leak": Mistake({"leak": "none"}, "The activity does not leak: the term -h / tau is missing."),
    "state replaced": Mistake(
        {"leak": "all"}, "The old activity is forgotten at each step. Only 1/tau of it is to go."
    ),
    "tanh inside the sum": Mistake(
        {"phi": "inside"}, "The tanh acts on the activities before they are summed. It acts on the sum."
    ),
    "no tanh": Mistake({"phi": "missing"}, "The tanh is missing: the units are linear."),
    "start ignored": Mistake({"start": "zero"}, "The trial starts from zero. It starts from net.h0."),
    "drive not divided by tau": Mistake(
        {"drive": "whole"}, "The drive tanh(u) is added whole. A step goes 1/tau of the way."
    ),
    "W transposed": Mistake({"W": "transposed"}, "W is used transposed: W[i, j] is the synapse from j to i."),
}

LOSS = {
    "output in place of error": Mistake({"of": "output"}, "The target is missing: the error is target minus output."),
    "error is a sum": Mistake({"of": "sum"}, "The error adds the output to the target. It is their difference."),
    "sum over outputs squared": Mistake(
        {"square": "of the sum"}, "The errors are added over the outputs before they are squared, so they can cancel."
    ),
    "t = 0 counted": Mistake(
        {"before": "counted"}, "It counts t = 0, where no output has been computed. There are T outputs."
    ),
    "absolute value": Mistake(
        {"square": "size"}, "It adds up the sizes of the errors. The loss adds up their squares."
    ),
    "root": Mistake({"mean": "root"}, "It takes a square root. The loss has none."),
    "mean of everything": Mistake(
        {"mean": "all"},
        "It is the mean over steps and outputs. The loss is half the sum over outputs, averaged over steps.",
    ),
    "mean over time missing": Mistake({"mean": "missing"}, "The mean over the T steps is missing."),
}

FILTER = {
    "start forgotten": Mistake({"start": "forgotten"}, "The initial state is missing. It leaks too, but it is there."),
    "start does not leak": Mistake({"start": "whole"}, "The initial state does not leak. It has leaked T times."),
    "oldest drive counts most": Mistake(
        {"order": "oldest"}, "The oldest drive counts most. It should be the newest: the others have leaked since."
    ),
    "exponent one too large": Mistake(
        {"exponent": "1"}, "Each exponent is one too large: the newest drive has not leaked at all."
    ),
    "drive not divided by tau": Mistake({"drive": "whole"}, "The drives are not divided by tau."),
}

DERIVATIVE = {
    "all weights at once": Mistake(
        {"nudge": "all"}, "All weights are nudged at once. Nudge one, and leave the others."
    ),
    "a whole row at once": Mistake({"nudge": "row"}, "A whole row is nudged at once. Nudge the one weight W[i, j]."),
    "nudge not taken back": Mistake(
        {"keep": "all"}, "A nudge stays when the next one comes. Begin with the unchanged weights each time."
    ),
    "real part": Mistake(
        {"size": "real part"}, "It returns the real part, which is the loss. The derivative is in the imaginary part."
    ),
    "transposed and kept": Mistake(
        {"keep": "all", "nudge": "row"},
        "Whole rows are nudged, and the nudges stay. Nudge one weight, then take it back.",
    ),
}

BLAME = {
    "slopes along columns": Mistake(
        {"spread": "columns"}, "The Jacobian is scaled along its columns. The slope is the receiving unit's."
    ),
    "leak only": Mistake({"spread": "missing"}, "The change only leaks. It also spreads through W to other units."),
    "no leak": Mistake({"leak": "missing"}, "The leak is missing: a changed unit keeps 1 - 1/tau of its change."),
    "kick to the wrong unit": Mistake(
        {"kick": "j"}, "The kick goes to unit j. The synapse from j to i acts on unit i."
    ),
    "error missing": Mistake(
        {"error": "missing"}, "The error is missing: this is what the output does, not the blame."
    ),
    "activity after the step": Mistake({"before": "after"}, "It takes unit j after the step. What acted is h[s, j]."),
    "axes swapped": Mistake({"time": "t, s"}, "The two times are swapped: the row is the use, the column the error."),
}

PERTURBATION = {
    "size of the slope": Mistake(
        {"slope": "size"}, "The sign of the slope is lost: along a direction the loss may fall or rise."
    ),
    "sign of the slope": Mistake({"slope": "sign"}, "Only the sign of the slope is used. How steep it is counts too."),
    "slope missing": Mistake(
        {"slope": "missing"}, "It returns the direction. How the loss changes along it is missing."
    ),
    "loss in place of the slope": Mistake(
        {"slope": "loss"}, "It multiplies by the loss. The slope of the loss is in the imaginary part."
    ),
    "direction of length one": Mistake(
        {"along": "unit"}, "The direction is scaled to length one after the slope was measured along the whole of it."
    ),
    "slope and direction of length one": Mistake(
        {"along": "both"}, "The direction is scaled to length one. On average the estimate is then too short."
    ),
    "signs of the direction": Mistake({"along": "sign"}, "Only the signs of the direction are used, not its entries."),
    "divided by the direction": Mistake(
        {"along": "1/v"}, "It divides by the direction. That is the same for signs, and not for these entries."
    ),
}

EXPONENT = {
    "slopes along columns": BLAME["slopes along columns"],
    "slope missing": Mistake({"spread": "no slope"}, "The slope is missing in the Jacobian."),
    "leak only": BLAME["leak only"],
    "leak missing": Mistake({"leak": "all"}, "The leak is missing: a changed unit keeps 1 - 1/tau of its change."),
    "never leaks": Mistake({"leak": "none"}, "The change never leaks: 1 - 1/tau of it is kept."),
    "W transposed": Mistake({"W_as": "transposed"}, "W is transposed in the Jacobian. Forward in time it is not."),
    "not set back": Mistake(
        {"rescaled": "no"},
        "The change is not set back to length one, so the early steps count again in all later ones.",
    ),
    "start as it is": Mistake(
        {"start": "v"}, "The start does not have length one, so its length counts as growth in the first step."
    ),
    "squared length": Mistake({"of": "square"}, "It takes the logarithm of the squared length. Where is the root?"),
    "logarithm to base ten": Mistake({"of": "log10"}, "The logarithm is to base ten. Take the natural one."),
    "sum in place of mean": Mistake({"mean": "none"}, "It is the sum over the steps. The mean is asked for."),
    "growth in place of its logarithm": Mistake(
        {"of": "growth"}, "It averages the growth. Growths multiply, so it is their logarithms that are averaged."
    ),
}


def _change(trial):
    """A trial, and a change of its start."""
    return trial.net, trial.x, trial.rng.normal(size=trial.net.n_rec)


EXERCISES = [
    Exercise(
        "net-run",
        {"h": "(T + 1, n_rec)", "u": "(T, n_rec)", "y": "(T, n_out)"},
        run,
        RUN,
        arguments=lambda trial: (trial.net, trial.x),
    ),
    Exercise(
        "net-loss",
        {"the loss": "()"},
        loss,
        LOSS,
        arguments=lambda trial: (run(trial.net, trial.x)[2], trial.y_target),
    ),
    Exercise(
        "net-filter",
        {"h_T": "(n_rec,)"},
        last_state,
        FILTER,
        arguments=lambda trial: (trial.net.h0, np.tanh(run(trial.net, trial.x)[1]), trial.net.tau),
    ),
    Exercise(
        "net-derivative",
        {"dL/dW": "(n_rec, n_rec)"},
        derivative,
        DERIVATIVE,
        arguments=lambda trial: (trial.net, trial.x[:4], trial.y_target[:4]),
    ),
    Exercise(
        "net-blame",
        {"b": "(T, T), the use first"},
        blame,
        BLAME,
        arguments=lambda trial: (trial.net, trial.x, trial.y_target, 2, 0),
    ),
    Exercise(
        "net-perturb",
        {"dW": "(n_rec, n_rec)"},
        perturbation,
        PERTURBATION,
        arguments=lambda trial: (trial.net, trial.x, trial.y_target, trial.rng.normal(size=trial.net.W.shape)),
    ),
    Exercise("net-lyapunov", {"the exponent": "()"}, exponent, EXPONENT, arguments=_change),
]
