"""Other people's networks: PyTorch's own layer, a gradient by JAX, and the online rules of braintrace.

What is the same goes by other names there. `torch.nn.RNN` is our network without a leak (``tau = 1``). `D_RTRL` of
braintrace leaves the recurrent weights out of the trace and takes the true readout back: that is RFLO with
``feedback="W_out"``, 'local only' in the book. `SnAp` of order 1 keeps a unit's synapse on itself in the trace, and of
order `n_rec` is RTRL. Its random feedback has no twin here: it projects the credit of the units, divided by its norm,
where RFLO projects the error of the outputs. The readout has no memory and is left out.
"""

from dataclasses import replace

import numpy as np
import pytest
from oracles import EXACT, problem, worst_error

from rnn_book.snap1 import rule as snap1
from rnn_tutorial import Gradients, bptt, rflo, rtrl

local = replace(rflo, name="local", feedback="W_out")
PAIRS = {"D_RTRL": local, "SnAp 1": snap1, "SnAp n_rec": rtrl}


@pytest.fixture(scope="module")
def jax():
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    return jax


def by_jax(jax, net, x, y_target):
    """Differentiate the loss of a trial."""

    def step(W_in, W, h, x):
        h = h + (-h + jax.numpy.tanh(W @ h + W_in @ x)) / net.tau
        return h, h

    def loss(W_in, W, W_out):
        _, h = jax.lax.scan(lambda h, x: step(W_in, W, h, x), net.h0, x)
        return ((y_target - h @ W_out.T) ** 2).sum() / (2 * len(x))

    return Gradients(*map(np.asarray, jax.grad(loss, argnums=(0, 1, 2))(*net.weights)))


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


def test_bptt_is_the_gradient_by_jax(jax):
    for seed in range(5):
        trial = problem(seed)
        assert worst_error(bptt.gradient(*trial), by_jax(jax, *trial)) < EXACT
        assert worst_error(local.gradient(*trial), by_jax(jax, *trial)) > 1e-3


def test_bptt_is_the_gradient_of_pytorch_s_layer():
    torch = pytest.importorskip("torch")
    for tau, same in [(1.0, True), (2.0, False)]:
        net, x, y_target = problem(3, tau=tau)
        layer = torch.nn.RNN(net.n_in, net.n_rec, bias=False, dtype=torch.float64)
        readout = torch.tensor(net.W_out, requires_grad=True)
        with torch.no_grad():
            layer.weight_ih_l0[:], layer.weight_hh_l0[:] = torch.tensor(net.W_in), torch.tensor(net.W)
        h, _ = layer(torch.tensor(x), torch.tensor(net.h0[None]))
        ((torch.tensor(y_target) - h @ readout.T) ** 2).sum().div(2 * len(x)).backward()
        found = Gradients(layer.weight_ih_l0.grad.numpy(), layer.weight_hh_l0.grad.numpy(), readout.grad.numpy())
        assert (worst_error(bptt.gradient(net, x, y_target), found) < EXACT) is same


@pytest.mark.filterwarnings("ignore")  # theirs
@pytest.mark.parametrize("name", PAIRS)
def test_a_rule_of_braintrace_is_one_of_ours(name, jax):
    for seed in range(3):
        trial = problem(seed)
        found = by_braintrace(jax, name, *trial)
        assert apart(found, PAIRS[name].gradient(*trial)) < EXACT
        for other in PAIRS.keys() - {name}:
            assert apart(found, PAIRS[other].gradient(*trial)) > 1e-3
