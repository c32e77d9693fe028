"""What the references share: the forward pass in plain NumPy, and the ingredients of a rule, each with its mistakes.

Plain NumPy, and not the package's kernels: a check must not wait for a compiler.
"""

import numpy as np

from rnn_book.checks.exercise import Mistake

__all__ = ["INGREDIENTS", "ONLINE", "ingredients", "late", "run"]


def run(net, x, *, input="now", leak="whole", phi="outside", start="h0", drive="tau", W="W", readout="after"):
    """Eq. 1 of Murray (2019): ``h``, ``u`` and ``y`` of one trial; the options are mistakes."""
    T, tau = len(x), net.tau
    h, u = np.zeros((T + 1, net.n_rec)), np.zeros((T, net.n_rec))
    h[0] = net.h0 if start == "h0" else 0
    x = late(x) if input == "late" else x
    recurrent = net.W.T if W == "transposed" else net.W
    keep = {"whole": 1 - 1 / tau, "none": 1.0, "all": 0.0}[leak]
    for t in range(T):
        inner = np.tanh(h[t]) if phi == "inside" else h[t]
        u[t] = recurrent @ inner + net.W_in @ x[t]
        r = np.tanh(u[t]) if phi == "outside" else u[t]
        h[t + 1] = keep * h[t] + (r / tau if drive == "tau" else r)
    return h, u, (h[1:] if readout == "after" else h[:-1]) @ net.W_out.T


def late(a):
    """A series that comes one step late."""
    return np.vstack([np.zeros_like(a[:1]), a[:-1]])


def early(a):
    """A series that comes one step early."""
    return np.vstack([a[1:], np.zeros_like(a[:1])])


def ingredients(net, x, y_target, *, slope="u", error="now", before="h", input="now", readout="after", mean="T"):
    """What every rule multiplies: slopes, errors, and activity before the synapses of W, W_in and W_out."""
    h, u, y = run(net, x)
    phi_prime = {
        "u": 1 - np.tanh(u) ** 2,
        "state": 1 - h[1:] ** 2,
        "value": np.tanh(u),
        "missing": np.ones_like(u),
    }[slope]
    raw = (y_target - y if error != "sum" else y_target + y) / (net.n_out if mean == "n_out" else 1)
    shifted = {"next": early, "last": late}.get(error, lambda a: a)(raw)
    presynaptic = {"h": h[:-1], "after": h[1:], "current": u}[before]
    return (
        phi_prime,
        shifted,
        presynaptic,
        late(x) if input == "late" else x,
        (raw, h[1:] if readout == "after" else h[:-1]),
    )


INGREDIENTS = {
    "slope taken at the state": Mistake(
        {"slope": "state"}, "The slope is taken at the state h. It belongs to the current: phi'(u)."
    ),
    "tanh in place of its slope": Mistake({"slope": "value"}, "There is tanh(u) where its slope belongs."),
    "slope missing": Mistake({"slope": "missing"}, "The slope of the postsynaptic unit is missing everywhere."),
    "error of the step after": Mistake(
        {"error": "next"}, "The error comes from the step after. y[t] reads h[t+1], so error[t] belongs to h[t+1]."
    ),
    "error of the step before": Mistake(
        {"error": "last"}, "The error comes from the step before. y[t] reads h[t+1], so error[t] belongs to h[t+1]."
    ),
    "error is a sum": Mistake({"error": "sum"}, "The error adds the output to the target. It is their difference."),
    "activity after the step": Mistake(
        {"before": "after"}, "It takes the presynaptic activity after the step. What acted in step t is h[t]."
    ),
    "current in place of activity": Mistake(
        {"before": "current"}, "It takes the current u of the presynaptic unit. A synapse passes on its activity h."
    ),
    "input one step late": Mistake({"input": "late"}, "The input comes one step late: x[t] acts in step t itself."),
    "derivative divided by n_out": Mistake(
        {"mean": "n_out"}, "It is divided by the number of outputs. The loss is a sum over outputs, not a mean."
    ),
    "readout of the state before": Mistake(
        {"readout": "before"}, "The readout's part takes the state before the step. The output y[t] reads h[t+1]."
    ),
}

# Forward in time, an error of the step after is the same as a trace of the step before, which has a name of its own.
ONLINE = {name: mistake for name, mistake in INGREDIENTS.items() if name != "error of the step after"}
