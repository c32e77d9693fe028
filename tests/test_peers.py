"""Other people's networks: PyTorch's own layer, a gradient by JAX, and the online rules of braintrace.

What is the same goes by other names there; the page of the test vectors has them side by side, and what differs.
"""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import EXACT, problem, problems, worst_error

from rnn_book.experiments.snap1 import rule as snap1
from rnn_tutorial import Gradients, bptt, rflo, rtrl

local = replace(rflo, name="local", feedback="W_out")
SHAPES = [  # few, as JAX compiles its function for each
    {"n_in": n_in, "n_rec": n_rec, "n_out": n_out, "T": T}
    for n_in, n_rec, n_out, T in [(2, 6, 2, 8), (1, 1, 1, 1), (0, 4, 1, 10), (3, 7, 3, 5), (1, 3, 2, 2)]
]
PAIRS = {"D_RTRL": local, "SnAp 1": snap1, "SnAp n_rec": rtrl}


@pytest.fixture(scope="module")
def jax():
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    return jax


@cache
def gradient_by_jax():
    """A function that differentiates the loss of a trial; JAX compiles it once for each shape."""
    import jax

    def loss(W_in, W, W_out, tau, h0, x, y_target):
        def step(h, x):
            h = h + (-h + jax.numpy.tanh(W @ h + W_in @ x)) / tau
            return h, h

        _, h = jax.lax.scan(step, h0, x)
        return ((y_target - h @ W_out.T) ** 2).sum() / (2 * len(x))

    return jax.jit(jax.grad(loss, argnums=(0, 1, 2)))


def by_jax(net, x, y_target):
    return Gradients(*map(np.asarray, gradient_by_jax()(*net.weights, net.tau, net.h0, x, y_target)))


def by_layer(torch, net, x, y_target):
    """The gradient that PyTorch's own layer has with these weights."""
    layer = torch.nn.RNN(net.n_in, net.n_rec, bias=False, dtype=torch.float64)
    readout = torch.tensor(net.W_out, requires_grad=True)
    with torch.no_grad():
        layer.weight_ih_l0[:], layer.weight_hh_l0[:] = torch.tensor(net.W_in), torch.tensor(net.W)
    h, _ = layer(torch.tensor(x), torch.tensor(net.h0[None]))
    ((torch.tensor(y_target) - h @ readout.T) ** 2).sum().div(2 * len(x)).backward()
    return Gradients(layer.weight_ih_l0.grad.numpy(), layer.weight_hh_l0.grad.numpy(), readout.grad.numpy())


def by_braintrace(jax, name, net, x, y_target):
    """The gradients of W_in and W that a rule of braintrace gathers in a trial."""
    braintrace, brainstate = pytest.importorskip("braintrace"), pytest.importorskip("brainstate")
    brainstate.environ.set(precision=64)
    jnp = jax.numpy

    class Leaky(brainstate.nn.Module):
        def __init__(self):
            super().__init__()
            self.W_in, self.W = brainstate.ParamState(jnp.array(net.W_in.T)), brainstate.ParamState(jnp.array(net.W.T))
            self.h = brainstate.HiddenState(jnp.array(net.h0))

        def update(self, x):
            u = braintrace.matmul(self.h.value, self.W.value) + braintrace.matmul(x, self.W_in.value)
            self.h.value = (1 - 1 / net.tau) * self.h.value + jnp.tanh(u) / net.tau
            return self.h.value @ net.W_out.T

    order = {"SnAp 1": {"n": 1}, "SnAp n_rec": {"n": net.n_rec}}.get(name, {})
    model = Leaky()
    learner = braintrace.compile(model, getattr(braintrace, name.split()[0]), jnp.array(x[0]), **order)
    model.h.value = jnp.array(net.h0)  # compiling ran a step
    found = learner.etrace_grad(x, y_target, step_fn=lambda x, y_target: ((y_target - learner(x)) ** 2).sum() / 2)
    return {key[-1]: np.asarray(value).T for key, value in found.items()}


def apart(found, ours):
    """The larger of the two relative differences."""
    pairs = [(found[name], getattr(ours, name)) for name in ("W_in", "W")]
    return max(np.linalg.norm(theirs - mine) / np.linalg.norm(mine) for theirs, mine in pairs)


@given(st.sampled_from(SHAPES).flatmap(lambda shape: problems(**shape)))
def test_the_exact_rules_are_the_gradient_by_jax(jax, trial):
    found = by_jax(*trial)
    assert worst_error(bptt.gradient(*trial), found) < EXACT
    assert worst_error(rtrl.gradient(*trial), found) < EXACT


def test_a_local_rule_is_not_the_gradient_by_jax(jax):
    assert all(worst_error(local.gradient(*problem(seed)), by_jax(*problem(seed))) > 1e-3 for seed in range(5))


@given(problems(tau=1.0).filter(lambda trial: trial[0].n_in > 0))  # theirs cannot be without input
def test_bptt_is_the_gradient_of_pytorch_s_layer(trial):
    torch = pytest.importorskip("torch")
    assert worst_error(bptt.gradient(*trial), by_layer(torch, *trial)) < EXACT


def test_with_a_leak_pytorch_s_layer_is_another_network():
    torch = pytest.importorskip("torch")
    trial = problem(3, tau=2.0)
    assert worst_error(bptt.gradient(*trial), by_layer(torch, *trial)) > 1e-3


@pytest.mark.filterwarnings("ignore")  # theirs
@pytest.mark.parametrize("name", PAIRS)
def test_a_rule_of_braintrace_is_one_of_ours(name, jax):
    for seed in range(3):
        trial = problem(seed)
        found = by_braintrace(jax, name, *trial)
        assert apart(found, PAIRS[name].gradient(*trial)) < EXACT
        for other in PAIRS.keys() - {name}:
            assert apart(found, PAIRS[other].gradient(*trial)) > 1e-3
