"""The training loop: what it reaches, what it records, and how it stops."""

import time
from dataclasses import replace
from functools import cache, partial

import numpy as np
import pytest
from hypothesis import given
from oracles import ALL, EVERY_RULE, EXACT, ONLINE_RULE, each, problem, problems, worst_error

from rnn_tutorial import (
    DivergenceWarning,
    Gradients,
    History,
    Network,
    Task,
    bptt,
    diagnostics,
    rflo,
    rtrl,
    tasks,
    train,
    training,
)
from rnn_tutorial.compiled import plain
from rnn_tutorial.diagnostics import cosine, relative_error
from rnn_tutorial.rules import RULES

EVERY_WAY = pytest.mark.parametrize(
    ("rule", "update"),
    [(rule, "trial") for rule in ALL] + [(rule, "step") for rule in ALL if rule.online],
    ids=lambda value: getattr(value, "name", value),
)
SEEDS = range(5)
quietly = partial(train, progress=False)


@cache
def sines(rule):
    """Runs on the paper's target, one a seed, kept for several tests."""
    task = tasks.sum_of_sines(period=20)
    return [quietly(Network.random(1, 20, 1, tau=3, seed=s), task, rule, 600, 0.2) for s in SEEDS]


def small():
    """A network and a task with input, so that all three matrices have something to learn."""
    net, x, y_target = problem()
    return net, Task(x, y_target)


def same(a, b):
    """Whether two networks have the same weights, to the last bit."""
    return all(np.array_equal(v, w) for v, w in zip(a.weights, b.weights, strict=True))


def close(a, b):
    """Whether they have the same weights to rounding: a compiled session may fuse a product and a sum."""
    return relative_error(a.weights, b.weights) < 1e-13


# What training reaches


@pytest.mark.slow
@each(RULES.values())
def test_every_rule_of_the_package_reduces_the_loss_tenfold(rule):
    for history in sines(rule):
        assert history.loss[-20:].mean() < history.loss[0] / 10


@pytest.mark.half_second
def test_readout_aligns_with_the_feedback_in_rflo():
    for history in sines("rflo"):
        assert history.alignment[-1] > history.alignment[0] + 0.15


def test_readout_aligns_with_its_own_feedback_only():
    """Negative control: the feedback weights of the other seeds, which had no part in the training."""
    nets = [history.network for history in sines("rflo")]
    own = [cosine(net.W_out.T, net.B) for net in nets]
    others = [cosine(net.W_out.T, other.B) for net in nets for other in nets if other is not net]
    assert abs(np.mean(others)) < 0.2 < min(own)


def test_alignment_is_constant_while_the_readout_does_not_learn():
    net, task = small()
    alignment = quietly(net, task, "rflo", 20, {"W": 0.1, "W_in": 0.1}).alignment
    assert np.all(alignment == alignment[0])


# What one update is


@EVERY_RULE
def test_an_update_subtracts_the_gradient(rule):
    net, task = small()
    grad = rule.gradient(net, task.x, task.y_target)
    after = quietly(net, task, rule, 1, {"W_in": 0.1, "W": 0.2, "W_out": 0.3}).network
    for w, g, rate, moved in zip(net.weights, grad, (0.1, 0.2, 0.3), after.weights, strict=True):
        np.testing.assert_allclose(moved, w - rate * g, rtol=0, atol=1e-14)


def learn_at_every_step(net, task, rate, recurrent, feedback):
    """One trial of an online rule that moves the weights at each step; RFLO is RTRL without the recurrent part."""
    W_in, W, W_out = (w.copy() for w in net.weights)
    n, T, h = net.n_rec, task.T, net.h0
    P, Q = np.zeros((n, n, n)), np.zeros((n, n, net.n_in))
    loss = 0
    for x, y_target in zip(task.x, task.y_target, strict=True):
        r = np.tanh(W @ h + W_in @ x)
        jacobian = (1 - 1 / net.tau) * np.eye(n)
        if recurrent:
            jacobian += np.diag(1 - r**2) @ W / net.tau
        P, Q = np.einsum("jk,kab->jab", jacobian, P), np.einsum("jk,kab->jab", jacobian, Q)
        for a in range(n):
            P[a, a] += (1 - r[a] ** 2) * h / net.tau
            Q[a, a] += (1 - r[a] ** 2) * x / net.tau
        h = (1 - 1 / net.tau) * h + r / net.tau
        error = y_target - W_out @ h
        credit = (W_out.T if feedback == "W_out" else net.B) @ error
        W_in += rate / T * np.einsum("j,jab->ab", credit, Q)
        W += rate / T * np.einsum("j,jab->ab", credit, P)
        W_out += rate / T * np.outer(error, h)
        loss += np.sum(error**2) / (2 * T)
    return loss, (W_in, W, W_out)


@pytest.mark.parametrize("feedback", ["W_out", "B"])
@pytest.mark.parametrize("rule", ["rtrl", "rflo"])
@given(problems())
def test_update_at_every_step_equals_a_loop(rule, feedback, trial):
    net, task = trial[0], Task(*trial[1:])
    history = quietly(net, task, rule, 1, 0.5, update="step", feedback=feedback)
    loss, weights = learn_at_every_step(net, task, 0.5, rule == "rtrl", feedback)
    assert worst_error(history.network.weights, weights) < EXACT
    assert history.loss[0] == pytest.approx(loss, rel=EXACT)


@pytest.mark.parametrize("feedback", ["W_out", "B"])
@pytest.mark.parametrize("rule", ["rtrl", "rflo"])
def test_at_this_rate_the_update_at_the_end_and_the_other_rule_are_far_off(rule, feedback):
    """Negative control."""
    net, task = small()
    start, (_, weights) = net.weights, learn_at_every_step(net, task, 0.5, rule == "rtrl", feedback)
    moved = [a - b for a, b in zip(weights, start, strict=True)]
    for other in (
        quietly(net, task, rule, 1, 0.5, feedback=feedback).network.weights,
        learn_at_every_step(net, task, 0.5, rule != "rtrl", feedback)[1],
    ):
        assert worst_error([a - b for a, b in zip(other, start, strict=True)], moved) > 1e-2


@ONLINE_RULE
def test_update_at_every_step_tends_to_the_update_at_the_end(rule):
    """The two differ by what the weights did under way, of second order in the learning rate."""
    net, task = small()

    def difference(rate):
        step, trial = (quietly(net, task, rule, 1, rate, update=u).network.weights for u in ("step", "trial"))
        return max(np.abs(a - b).max() for a, b in zip(step, trial, strict=True))

    for rate in (1e-2, 1e-3):
        order = np.log10(difference(rate) / difference(rate / 10))
        assert order == pytest.approx(2, abs=0.05)


@EVERY_WAY
@pytest.mark.parametrize("frozen", Gradients._fields)
def test_a_rate_of_zero_leaves_a_matrix_untouched(rule, update, frozen):
    net, task = small()
    rates = dict.fromkeys(Gradients._fields, 0.1) | {frozen: 0}
    after = quietly(net, task, rule, 3, rates, update=update).network
    for name in Gradients._fields:
        assert np.array_equal(getattr(after, name), getattr(net, name)) == (name == frozen)
    del rates[frozen]
    assert same(quietly(net, task, rule, 3, rates, update=update).network, after), "what is not named does not learn"


# What is recorded


@EVERY_WAY
def test_history(rule, update):
    net, task = small()
    weights_before = [w.copy() for w in net.weights]
    history = quietly(net, task, rule, 4, 0.1, update=update)
    assert history.loss.shape == history.alignment.shape == (4,)
    assert history.stopped is None
    assert all(np.array_equal(a, b) for a, b in zip(net.weights, weights_before, strict=True)), "net is left as it is"
    assert np.array_equal(history.network.B, net.B)
    assert np.array_equal(history.network.h0, net.h0)
    for k in range(4):
        until = quietly(net, task, rule, k, 0.1, update=update).network
        assert history.alignment[k] == pytest.approx(cosine(until.W_out.T, net.B), rel=1e-13)
        if update == "trial":
            assert history.loss[k] == pytest.approx(until.loss(task.x, task.y_target), rel=EXACT)


def test_the_loss_after_the_update_is_another():
    """Negative control of the test above: one trial further the loss differs visibly."""
    net, task = small()
    history = quietly(net, task, "bptt", 2, 1.0)
    assert abs(history.loss[1] / history.loss[0] - 1) > 1e-2


@EVERY_WAY
def test_two_runs_equal_one_long_run(rule, update):
    net, task = small()
    first = quietly(net, task, rule, 3, 0.1, update=update)
    second = quietly(first.network, task, rule, 4, 0.1, update=update)
    long = quietly(net, task, rule, 7, 0.1, update=update)
    assert same(second.network, long.network)
    assert np.array_equal(np.concatenate([first.loss, second.loss]), long.loss)
    assert np.array_equal(np.concatenate([first.alignment, second.alignment]), long.alignment)


def test_a_run_that_is_asked_for_by_its_task_alone():
    """Chapters count on these settings without naming them."""
    net, x, y_target = problem(T=1)
    task = Task(x, y_target)
    plain, spelled_out = quietly(net, task), quietly(net, task, "rflo", 1000, 0.03, "trial", batch=1, carry_state=False)
    assert np.array_equal(plain.loss, spelled_out.loss)
    assert same(plain.network, spelled_out.network)


def test_a_history_without_looks_has_none():
    history = History(small()[0], np.zeros(1), np.zeros(1), None)
    assert (history.looks.shape, history.looks.dtype, history.networks, history.watched) == ((0,), int, (), {})


def test_no_trials():
    net, task = small()
    history = quietly(net, task, n_trials=0)
    assert history.loss.shape == history.alignment.shape == (0,)
    assert same(history.network, net)


# Rules and their options


@EVERY_RULE
def test_a_function_is_a_rule_too(rule):
    net, task = small()
    named = quietly(net, task, rule.name if rule.name in RULES else rule, 5, 0.1)
    called = quietly(net, task, rule.gradient, 5, 0.1)
    assert close(named.network, called.network)
    np.testing.assert_allclose(called.loss, named.loss, rtol=1e-12)


def test_a_rule_is_known_by_its_letters():
    """A name put together at run time is another object: to compare names with `is` would miss it."""
    net, task = small()
    name = "".join(["rt", "rl"])
    assert close(quietly(net, task, name, 2).network, quietly(net, task, "rtrl", 2).network)


@pytest.mark.parametrize(
    ("rule", "option"),
    [
        ("bptt", {"feedback": "B"}),
        ("bptt", {"truncation": 2}),
        ("rtrl", {"feedback": "B"}),
        ("rflo", {"feedback": "W_out"}),
    ],
)
def test_options_reach_the_rule(rule, option):
    net, task = small()
    trained = quietly(net, task, rule, 3, 0.1, **option).network
    gradient = RULES[rule].gradient
    assert close(trained, quietly(net, task, partial(gradient, **option), 3, 0.1).network)
    assert close(trained, quietly(net, task, gradient, 3, 0.1, **option).network)
    assert not close(trained, quietly(net, task, rule, 3, 0.1).network)


def test_rtrl_trains_in_blocks():
    net, task = small()
    in_blocks, in_steps = (quietly(net, task, "rtrl", 3, 0.1, **way).network for way in ({"block": 3}, {}))
    assert close(in_blocks, in_steps)
    gradients = (rtrl.gradient(net, task.x, task.y_target, **way).W for way in ({"block": 3}, {}))
    assert not np.array_equal(*gradients), "the same to rounding, but not the same computation"


# How it stops


def until(n_trials, act):
    """RFLO for some trials, and then something else."""
    calls = iter(range(n_trials))
    return lambda *trial: rflo.gradient(*trial) if next(calls, None) is not None else act(*trial)


def test_interrupted():
    def press_ctrl_c(*trial):
        raise KeyboardInterrupt

    net, task = small()
    history = quietly(net, task, until(3, press_ctrl_c), 10, 0.1)
    assert history.stopped == "interrupted"
    assert history.loss.shape == history.alignment.shape == (3,)
    assert close(history.network, quietly(net, task, "rflo", 3, 0.1).network)


def test_other_errors_are_not_swallowed():
    def fail(*trial):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        quietly(*small(), until(3, fail), 10, 0.1)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_update_that_is_not_a_number_or_infinite(value, place):
    def lose_count(net, x, y_target):
        gradients = [np.zeros_like(w) for w in net.weights]
        gradients[place].flat[0] = value
        return Gradients(*gradients)

    net, task = small()
    with pytest.warns(DivergenceWarning, match=r"diverged in trial 3\b.*holds 4 trials.*smaller learning_rate"):
        history = quietly(net, task, until(3, lose_count), 10, 0.1)
    assert history.stopped == "diverged"
    assert history.loss.shape == history.alignment.shape == (4,)
    assert close(history.network, quietly(net, task, "rflo", 3, 0.1).network)


@EVERY_WAY
@pytest.mark.parametrize("rate", [1e3, 1e10, 1e200])
def test_divergence_leaves_finite_results(rule, update, rate):
    net, task = small()
    with pytest.warns(DivergenceWarning) as warned:
        history = quietly(net, task, rule, 1000, rate, update=update)
    assert len(warned) == 1
    assert f"holds {len(history.loss)} trials" in str(warned[0].message)
    assert warned[0].filename == __file__, "the warning points at the line that called train"
    assert history.stopped == "diverged"
    assert len(history.loss) < 1000
    assert np.isfinite(history.loss).all()
    assert np.isfinite(history.alignment).all()
    assert all(np.isfinite(w).all() for w in history.network.weights)
    assert np.isfinite(history.network.loss(task.x, task.y_target))


@EVERY_RULE
def test_an_update_that_overflows(rule):
    """The loss of the trial is finite and stays on record; the update is not and must not be made."""
    net, task = small()
    with pytest.warns(DivergenceWarning, match=r"trial 0\b.*holds 1 trials"):
        history = quietly(net, Task(task.x, 1e3 * task.y_target), rule, 5, 1e308)
    assert history.loss == pytest.approx([net.loss(task.x, 1e3 * task.y_target)], rel=EXACT)
    assert same(history.network, net)


def test_the_progress_bar_is_told_the_loss_when_it_is_drawn(monkeypatch):
    """To put the loss into words in each trial would take longer than a short trial."""
    asked, told = [], []

    class Bar:
        """Is drawn in every third trial."""

        def __init__(self, **given):
            asked.append(given)
            self.n = 0

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

        def update(self):
            self.n += 1
            return self.n % 3 == 0

        def set_postfix(self, **given):
            told.append(given)

    monkeypatch.setattr(training, "tqdm", Bar)
    loss = train(*small(), "rflo", 7).loss
    assert told == [{"loss": loss[2], "refresh": False}, {"loss": loss[5], "refresh": False}]
    assert asked == [{"total": 7, "desc": "rflo", "delay": 1, "disable": False, "leave": False}]


def slow(net, x, y_target):
    time.sleep(0.4)
    return rflo.gradient(net, x, y_target)


@pytest.mark.half_second
def test_the_progress_bar_waits_for_a_second_and_tells_the_loss(capsys):
    net, task = small()
    for rule, name in ((slow, "slow"), (replace(rflo, trial=None, online=slow_online), "rflo")):
        train(net, task, rule, 1, progress=False)  # where kernels are compiled
        train(net, task, rule, 2)
        assert capsys.readouterr() == ("", "")
        history = train(net, task, rule, 5)
        shown = capsys.readouterr().err
        assert name in shown
        assert any(f"loss={loss:.3g}" in shown for loss in history.loss)
        train(net, task, rule, 4, progress=False)
        assert capsys.readouterr() == ("", "")


def slow_online(net, x, y_target, into, by):
    time.sleep(0.4)
    return plain(rflo.online)(net, x, y_target, into, by)


def test_a_rule_of_ones_own_trains_for_many_trials():
    net, task = Network.random(1, 2, 1, seed=0), tasks.sum_of_sines(5)
    own = train(net, task, lambda *given: bptt.gradient(*given), n_trials=1100, learning_rate=0.01, progress=False)
    ours = train(net, task, "bptt", n_trials=1100, learning_rate=0.01, progress=False)
    assert len(own.loss) == 1100
    np.testing.assert_allclose(own.loss, ours.loss, rtol=1e-6)


@pytest.mark.parametrize("scale", [1.0, 1e-170, 1e150])
@pytest.mark.parametrize("update", ["trial", "step"])
def test_the_alignment_is_a_cosine_at_every_scale(scale, update):
    """Neither beyond one by rounding, nor lost where squares overflow or vanish."""
    for seed in range(90):
        net, x, y_target = problem(n_in=1, n_rec=30, n_out=1, T=1, seed=seed)
        net = replace(net, W_out=scale * net.W_out, B=(net.B, 0.7 * net.W_out.T, -0.7 * net.W_out.T)[seed % 3] * scale)
        alignment = train(net, Task(x, y_target), "rflo", 1, 0.0, update, progress=False).alignment
        assert alignment[0] == pytest.approx(diagnostics.alignment(net), rel=1e-12)
        assert -1 <= alignment[0] <= 1
    silent = replace(net, W_out=0 * net.W_out)
    assert np.isnan(train(silent, Task(x, y_target), "rflo", 1, 0.0, update, progress=False).alignment).all()
