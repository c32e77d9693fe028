"""The stream: what its ways of learning do, apart from what they find."""

from dataclasses import replace

import numpy as np
import pytest

from rnn_book.experiments import stream
from rnn_book.experiments.beyond import add_stream
from rnn_book.experiments.stream import train_stream
from rnn_tutorial import Network, Task, rflo, rtrl, train
from rnn_tutorial.diagnostics import relative_error

N = 2 * stream.SECTION


def test_an_online_rule_learns_at_each_step_at_the_rate_of_a_step():
    run = train_stream(0, "rflo", None, 0.01, N)
    net = Network.random(2, 32, 1, tau=2, g=1.0, seed=0)
    bits = np.random.default_rng([0, 2]).integers(2, size=8 + N)
    x, y = add_stream(bits[: stream.SECTION + 8], (4, 8))
    by_hand = [train(net, Task(x, y), rflo, 1, rate, "step", False).loss[0] for rate in (0.01 * stream.SECTION, 0.01)]
    assert run["loss"][0] == by_hand[0] != by_hand[1]


def test_truncated_bptt_updates_after_each_block_and_carries_the_state():
    run = train_stream(0, "bptt", 4, 0.01, N)
    net, losses = Network.random(2, 32, 1, tau=2, g=1.0, seed=0), []
    bits = np.random.default_rng([0, 2]).integers(2, size=8 + N)
    for k in range(stream.SECTION // 4):
        task = Task(*add_stream(bits[4 * k : 4 * k + 12], (4, 8)))
        history = train(net, task, "bptt", 1, 0.04, progress=False, carry_state=True)
        losses.append(history.loss[0])
        net = history.network
    assert run["loss"][0] == pytest.approx(np.mean(losses), rel=1e-12)


def shares(rules, net, x, y, K):
    """The sum of the gradients of W in blocks of K steps, the weights unchanged, and the state carried on."""
    total = 0
    for begin, rule in zip(range(0, len(x), K), rules, strict=False):
        total = total + rule.gradient(net, x[begin : begin + K], y[begin : begin + K]).W
        net = replace(net, h0=net.run(x[begin : begin + K]).h[-1])
    return total / (len(x) // K)


def test_rtrl_in_blocks_of_a_stream_has_the_exact_gradient():
    """With weights that stay, the blocks add up to one trial; not so where the sensitivities begin anew."""
    net = Network.random(2, 12, 1, tau=2, seed=0)
    x, y = add_stream(np.random.default_rng(0).integers(2, size=32), (4, 8))
    exact = rtrl.gradient(net, x, y).W
    assert relative_error(shares([stream.rtrl_in_blocks()] * 3, net, x, y, 8), exact) < 1e-14
    assert relative_error(shares([stream.rtrl_in_blocks() for _ in range(3)], net, x, y, 8), exact) > 1e-3


def test_blocks_of_rtrl_are_trained_one_after_the_other():
    run, anew = train_stream(0, "rtrl", 8, 0.01, N), train_stream(0, "bptt", 8, 0.01, N)
    assert np.isfinite(run["loss"]).all()
    assert run["loss"][1] != anew["loss"][1], "credit from before the block"
    assert np.array_equal(run["loss"], train_stream(0, "rtrl", 8, 0.01, N)["loss"]), "each stream begins anew"


@pytest.mark.parametrize("rule", ["rflo", "snap1"])
def test_only_some_rules_learn_in_blocks(rule):
    with pytest.raises(ValueError, match=f"rule.*{rule}"):
        train_stream(0, rule, 8, 0.01, N)


def test_the_readout_alone_is_another_way():
    ends = {way: train_stream(0, way, None, 0.01, N)["loss"][1] for way in ("rflo", "readout", "snap1")}
    assert len(set(ends.values())) == 3


def test_a_run_that_diverges_is_recorded_as_that():
    run = train_stream(0, "rflo", None, 30.0, N)
    assert run["diverged"]
    assert np.isnan(run["final"])
    assert not np.isfinite(run["loss"]).all()
    assert len(run["loss"]) == 2
