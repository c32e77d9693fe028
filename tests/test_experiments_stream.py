"""The stream: what its ways of learning do, apart from what they find."""

from dataclasses import replace

import numpy as np
import pytest

from rnn_book.experiments import stream
from rnn_book.experiments.beyond import add_stream
from rnn_book.experiments.stream import train_stream
from rnn_tutorial import Network, Task, rflo, rtrl, train
from rnn_tutorial.diagnostics import relative_error
from rnn_tutorial.tasks import heartbeat

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
    assert np.isnan(run["frozen"])
    assert not np.isfinite(run["loss"]).all()
    assert len(run["loss"]) == 2


def test_the_final_loss_of_a_stream_is_the_median_of_its_last_sections():
    run = train_stream(0, "readout", None, 0.01, 22 * stream.SECTION)
    assert run["final"] == np.median(run["loss"][2:]) != np.median(run["loss"])


# The heartbeat


BEAT = heartbeat(60).y_target


def beats(seed, n_steps):
    """Its values, beginning where the seed says, and one more than there are steps."""
    begin = np.random.default_rng([seed, 2]).integers(60)
    return np.concatenate([BEAT[begin:], *[BEAT] * (n_steps // 60 + 1)])[: n_steps + 1]


def test_the_next_value_of_the_heartbeat_is_to_be_said():
    values, net = beats(0, stream.SECTION), Network.random(1, 20, 1, tau=2, g=1.0, seed=0)
    steps = (0.01 * stream.SECTION, "step", False)
    following, same = (train(net, Task(values[:-1], y), rflo, 1, *steps).loss[0] for y in (values[1:], values[:-1]))
    run = train_stream(0, "rflo", None, 0.01, N, task="signal")
    assert run["loss"][0] == following != same


def test_a_beat_joins_the_next_and_the_stream_begins_anywhere():
    assert abs(BEAT[0, 0] - BEAT[-1, 0]) < np.median(abs(np.diff(BEAT[:, 0])))
    assert len({float(beats(seed, 60)[0, 0]) for seed in range(5)}) > 1


def test_with_learning_off_the_stream_goes_on():
    values, net = beats(0, N + 20_000), Network.random(1, 20, 1, tau=2, g=1.0, seed=0)
    x, y = values[:-1], values[1:]
    sections = [Task(x[begin : begin + 1000], y[begin : begin + 1000]) for begin in (0, 1000)]
    trained = train(net, lambda k: sections[k], rflo, 2, 10.0, "step", False).network
    run = train_stream(0, "rflo", None, 0.01, N, task="signal")
    assert run["frozen"] == pytest.approx(trained.loss(x[N:], y[N:]), rel=1e-12)
    assert abs(run["frozen"] / net.loss(x[N:], y[N:]) - 1) > 0.1, "the network that learned"
    assert abs(run["frozen"] / trained.loss(x[:N], y[:N]) - 1) > 1e-6, "on the steps that follow"


def test_what_outputs_without_memory_lose_on_the_heartbeat():
    """The losses of linear functions of two values; the best of them by autocovariances."""
    beat = BEAT[:, 0]

    def loss(of_now, of_before):
        said = of_now * beat + of_before * np.roll(beat, 1)
        return np.mean((np.roll(beat, -1) - said) ** 2) / 2

    c0, c1, c2 = (np.mean(beat * np.roll(beat, lag)) for lag in range(3))
    best = np.linalg.solve([[c0, c1], [c1, c0]], [c1, c2])
    expected = {"silent": loss(0, 0), "repeated": loss(1, 0), "line": loss(*best)}
    assert stream.signal_floors() == pytest.approx(expected, rel=1e-12)
    assert all(loss(*(best + step)) > expected["line"] for step in ([0.01, 0], [-0.01, 0], [0, 0.01], [0, -0.01]))


def test_a_stream_of_nothing_known_is_refused():
    with pytest.raises(ValueError, match="task must be one of 'add', 'signal', but got 'song'"):
        train_stream(0, "rflo", None, 0.01, N, task="song")
