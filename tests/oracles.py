"""What the tests hold the package against: random trials, and the book's equations written a second time.

Nothing here calls a learning rule of the package. Indices are spelled out, at the price of speed, because an index
is what most often goes wrong.
"""

import math

import numpy as np
import pytest
from hypothesis import strategies as st

from rnn_book.experiments.snap1 import rule as snap1
from rnn_tutorial import Gradients, Network
from rnn_tutorial.diagnostics import relative_error
from rnn_tutorial.rules import RULES

EXACT = 1e-10  # relative: rounding leaves about 1e-14 on these small problems, and any mistake far more than this

ALL = [*RULES.values(), snap1]  # a new rule is tested the moment it is registered, and so is one that never will be


def each(rules):
    """Run a test once for each of these rules."""
    return pytest.mark.parametrize("rule", rules, ids=lambda rule: rule.name)


EVERY_RULE = each(ALL)
EXACT_RULE = each([rule for rule in ALL if rule.exact])
ONLINE_RULE = each([rule for rule in ALL if rule.online])


def problem(seed=0, n_in=2, n_rec=6, n_out=2, T=8, tau=3.0, g=1.5, h0_scale=0.5):
    """A random network with a random trial, which nobody could have tuned a rule to."""
    rng = np.random.default_rng([seed, 1])
    net = Network.random(n_in, n_rec, n_out, tau, g, seed, h0=rng.normal(0, h0_scale, n_rec))
    return net, rng.normal(size=(T, n_in)), rng.normal(size=(T, n_out))


def problems(**fixed):
    """Random problems of many shapes; what is `fixed` does not vary."""
    varied = {
        "seed": st.integers(0, 10**6),
        "n_in": st.integers(0, 3),
        "n_rec": st.integers(1, 7),
        "n_out": st.integers(1, 3),
        "T": st.integers(1, 10),
        # Nearer to 1, but not 1, the leak 1 - 1 / tau is a difference of a few digits, and so is a state that it makes.
        "tau": st.just(1.0) | st.floats(1.0001, 20),
        "g": st.just(0.0) | st.floats(0.1, 2.5),
        "h0_scale": st.sampled_from([0.0, 0.5]),
    }
    return st.builds(problem, **varied | {name: st.just(value) for name, value in fixed.items()})


def worst_error(estimate, exact):
    """The largest relative error of the three matrices: a small matrix must not hide behind a large one."""
    errors = [
        relative_error(a, b) if b.any() else (math.inf if a.any() else 0.0)
        for a, b in zip(estimate, exact, strict=True)
    ]
    return float(np.max(errors))  # unlike the built-in max, this one lets a NaN through


def run_by_loops(net, x):
    """Eq. 1, one number at a time."""
    T = len(x)
    h, u, y = np.zeros((T + 1, net.n_rec)), np.zeros((T, net.n_rec)), np.zeros((T, net.n_out))
    for i in range(net.n_rec):
        h[0, i] = net.h0[i]
    for t in range(T):
        for i in range(net.n_rec):
            for j in range(net.n_rec):
                u[t, i] += net.W[i, j] * h[t, j]
            for j in range(net.n_in):
                u[t, i] += net.W_in[i, j] * x[t, j]
            h[t + 1, i] = (1 - 1 / net.tau) * h[t, i] + math.tanh(u[t, i]) / net.tau
        for k in range(net.n_out):
            for i in range(net.n_rec):
                y[t, k] += net.W_out[k, i] * h[t + 1, i]
    return h, u, y


def loss_by_loops(y, y_target):
    """Eq. 2, one number at a time."""
    T, n_out = y_target.shape
    total = 0.0
    for t in range(T):
        for k in range(n_out):
            total += (y_target[t, k] - y[t, k]) ** 2
    return total / (2 * T)


def rflo_by_loops(net, x, y_target):
    """Eqs. 5 and 6, one synapse at a time; returns each step's share of the gradient estimate, time first."""
    T = len(x)
    h, u, y = run_by_loops(net, x)
    each = Gradients(*(np.zeros((T, *w.shape)) for w in net.weights))

    def follow(a, presynaptic, share):
        """The trace of one synapse onto unit a, and what it gives at each step."""
        trace = 0.0
        for t in range(T):
            slope = 1 - math.tanh(u[t, a]) ** 2
            trace = (1 - 1 / net.tau) * trace + slope * presynaptic[t] / net.tau
            fed_back = 0.0
            for k in range(net.n_out):
                fed_back += net.B[a, k] * (y_target[t, k] - y[t, k])
            share[t] = -fed_back * trace / T

    for a in range(net.n_rec):
        for b in range(net.n_rec):
            follow(a, h[:-1, b], each.W[:, a, b])
        for b in range(net.n_in):
            follow(a, x[:, b], each.W_in[:, a, b])
    for k in range(net.n_out):
        for b in range(net.n_rec):
            for t in range(T):
                each.W_out[t, k, b] = -(y_target[t, k] - y[t, k]) * h[t + 1, b] / T
    return each


def total(each):
    """Contributions of single steps, summed over the trial."""
    return Gradients(*(part.sum(axis=0) for part in each))


def backward(net, x, y_target, feedback, recurrent=True):
    """Eqs. 20-23 with the Jacobian written out; without its `recurrent` part only the leak carries credit back."""
    T = len(x)
    h, u, y = run_by_loops(net, x)
    grad = Gradients(*(np.zeros(w.shape) for w in net.weights))
    credit = np.zeros(net.n_rec)
    for t in reversed(range(T)):
        if t + 1 < T:
            jacobian = (1 - 1 / net.tau) * np.eye(net.n_rec)
            if recurrent:
                jacobian += np.diag(1 - np.tanh(u[t + 1]) ** 2) @ net.W / net.tau
            credit = jacobian.T @ credit
        error = y_target[t] - y[t]
        credit = credit + feedback @ error
        at_synapse = (1 - np.tanh(u[t]) ** 2) * credit / (T * net.tau)
        grad.W_in[:] -= np.outer(at_synapse, x[t])
        grad.W[:] -= np.outer(at_synapse, h[t])
        grad.W_out[:] -= np.outer(error, h[t + 1]) / T
    return grad


def torch_gradient(net, x, y_target, block=None, feedback=None):
    """Eqs. 1 and 2 in PyTorch, which derives the gradient by itself.

    With `block`, the state is cut off from its past every `block` steps. With `feedback`, the loss seen by the
    recurrent and input weights is replaced by one whose derivative at the state is ``-feedback @ error / T``.
    """
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
    W_in, W, W_out = weights = [torch.tensor(w, requires_grad=True) for w in net.weights]
    x, y_target, h = torch.tensor(x), torch.tensor(y_target), torch.tensor(net.h0)
    T = len(x)
    loss = torch.zeros((), dtype=torch.float64)
    for t in range(T):
        if block is not None and t % block == 0:
            h = h.detach()
        h = h + (-h + torch.tanh(W @ h + W_in @ x[t])) / net.tau
        if feedback is None:
            loss = loss + ((y_target[t] - W_out @ h) ** 2).sum() / (2 * T)
        else:
            error = y_target[t] - W_out @ h.detach()
            loss = loss + (error**2).sum() / (2 * T) - torch.tensor(feedback) @ error.detach() @ h / T
    gradients = torch.autograd.grad(loss, weights, materialize_grads=True)
    return Gradients(*(g.numpy() for g in gradients))
