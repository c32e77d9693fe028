"""What `train` does besides: other trials each time, batches, streams, changed weights, looks and watched rules."""

import time
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from oracles import EVERY_RULE, EXACT, ONLINE_RULE, problem, worst_error

from rnn_tutorial import DivergenceWarning, Gradients, Rule, Task, bptt, rflo, rtrl, train, training
from rnn_tutorial.compiled import NUMBA, plain
from rnn_tutorial.diagnostics import angle, cosine

quietly = partial(train, progress=False)
RATES = {"W_in": 0.1, "W": 0.2, "W_out": 0.3}


def small():
    net, x, y_target = problem()
    return net, Task(x, y_target)


def random_task(trial, n_steps=8):
    rng = np.random.default_rng([trial, 5])
    return Task(rng.normal(size=(n_steps, 2)), rng.normal(size=(n_steps, 2)))


def moved(net, gradients, rates=RATES):
    return replace(net, **{n: getattr(net, n) - rates[n] * getattr(gradients, n) for n in Gradients._fields})


# A task that is a function of the trial's number


@EVERY_RULE
def test_a_fresh_trial_each_time(rule):
    net, losses = small()[0], []
    history = quietly(net, lambda k: random_task(k, 5 + k), rule, 4, RATES)
    for k in range(4):
        trial = random_task(k, 5 + k)
        losses.append(net.loss(trial.x, trial.y_target))
        net = moved(net, rule.gradient(net, trial.x, trial.y_target))
    assert history.loss == pytest.approx(losses, rel=EXACT)
    assert worst_error(history.network.weights, net.weights) < EXACT


@ONLINE_RULE
def test_a_fresh_trial_each_time_at_every_step(rule):
    net, _ = small()
    whole = quietly(net, random_task, rule, 3, RATES, "step")
    for k in range(3):
        net = quietly(net, random_task(k), rule, 1, RATES, "step").network
    assert worst_error(whole.network.weights, net.weights) == 0


@pytest.mark.parametrize("task", [None, (1, 2), lambda k: (1, 2)])
def test_a_task_must_be_one(task):
    with pytest.raises(ValueError, match="task must be a Task, or a function that returns one, but got"):
        quietly(small()[0], task, n_trials=1)


def test_a_trial_that_does_not_fit_is_named_when_it_comes():
    with pytest.raises(ValueError, match=r"x must have shape \(any, 2\), but got \(8, 1\)"):
        quietly(small()[0], lambda k: Task(np.ones((8, 2 - k)), np.ones((8, 2))), n_trials=5)


# Batches


@EVERY_RULE
@pytest.mark.parametrize("batch", [2, 3])
def test_a_batch_is_one_update_by_the_mean(rule, batch):
    net, _ = small()
    history = quietly(net, random_task, rule, 2, RATES, batch=batch)
    assert history.loss.shape == history.alignment.shape == (2,)
    for k in range(2):
        trials = [random_task(j) for j in range(batch * k, batch * (k + 1))]
        of_each = [rule.loss_and_gradient(net, trial.x, trial.y_target) for trial in trials]
        assert history.loss[k] == pytest.approx(np.mean([loss for loss, _ in of_each]), rel=EXACT)
        mean = Gradients(*(np.mean(parts, axis=0) for parts in zip(*(g for _, g in of_each), strict=True)))
        net = moved(net, mean)
    assert worst_error(history.network.weights, net.weights) < EXACT
    one_by_one = quietly(small()[0], random_task, rule, 2 * batch, RATES).network
    assert worst_error(one_by_one.weights, net.weights) > 1e-3


# A stream


@EVERY_RULE
def test_a_stream_goes_on_where_it_was(rule):
    net, _ = small()
    history = quietly(net, random_task, rule, 3, RATES, carry_state=True)
    for k in range(3):
        trial = random_task(k)
        assert history.loss[k] == pytest.approx(net.loss(trial.x, trial.y_target), rel=EXACT)
        net = replace(moved(net, rule.gradient(net, trial.x, trial.y_target)), h0=net.run(trial.x).h[-1])
    assert worst_error(history.network.weights, net.weights) < EXACT
    np.testing.assert_allclose(history.network.h0, net.h0, rtol=1e-12)
    without = quietly(small()[0], random_task, rule, 3, RATES)
    assert worst_error(without.network.weights, net.weights) > 1e-4
    assert np.array_equal(without.network.h0, small()[0].h0)


def test_a_rule_given_as_a_function_is_told_the_state_that_is_carried():
    net, _ = small()
    own, ours = (quietly(net, random_task, rule, 3, RATES, carry_state=True) for rule in (rflo.gradient, rflo))
    np.testing.assert_allclose(own.loss, ours.loss, rtol=1e-12)
    assert worst_error(own.network.weights, ours.network.weights) < EXACT


def test_two_streams_equal_one_long_stream():
    net, _ = small()
    first = quietly(net, random_task, n_trials=3, carry_state=True)
    second = quietly(first.network, lambda k: random_task(k + 3), n_trials=2, carry_state=True)
    long = quietly(net, random_task, n_trials=5, carry_state=True)
    assert np.array_equal(np.concatenate([first.loss, second.loss]), long.loss)
    assert np.array_equal(second.network.W, long.network.W)


# Weights that are changed after a trial


@pytest.mark.parametrize("update", ["trial", "step"])
def test_weights_are_changed_after_each_trial(update):
    def clip(weights):
        seen.append(weights.W.copy())
        return weights._replace(W=np.maximum(weights.W, 0))

    (net, task), seen = small(), []
    history = quietly(net, task, "rflo", 3, RATES, update, after=clip)
    assert len(seen) == 3
    assert (history.network.W >= 0).all() > (seen[-1] >= 0).all()
    for _ in range(3):
        net = quietly(net, task, "rflo", 1, RATES, update).network
        net = replace(net, W=np.maximum(net.W, 0))
    assert worst_error(history.network.weights, net.weights) == 0


@pytest.mark.parametrize("update", ["trial", "step"])
def test_what_is_kept_of_weights_stays_as_it_was(update):
    def keep(weights):
        kept.append(weights)
        return weights

    kept = []
    networks = quietly(*small(), "rflo", 5, RATES, update, after=keep, every=1).networks
    assert len(kept) == 5
    assert all(worst_error(seen, net.weights) == 0 for seen, net in zip(kept, networks[1:], strict=True))
    assert worst_error(kept[0], kept[3]) > 0


def test_what_after_returns_is_checked():
    net, task = small()
    for after, message in (
        (lambda w: w._replace(W=w.W[:2]), "after must return Gradients with the shapes of the weights"),
        (lambda w: w._replace(W=w.W * np.nan), "each of the weights that after returns must be finite"),
        (lambda w: w._replace(W=w.W + 1j), "after must return Gradients with the shapes of the weights, and real"),
        (lambda w: None, "after must return Gradients with the shapes of the weights.* but returned None"),
        (lambda w: w[:2], "after must return Gradients with the shapes of the weights"),
    ):
        with pytest.raises(ValueError, match=message):
            quietly(net, task, n_trials=1, after=after)


# A gradient that is too long


@EVERY_RULE
def test_a_long_gradient_is_shortened_and_a_short_one_is_not(rule):
    net, task = small()
    g = rule.gradient(net, task.x, task.y_target)
    length = np.linalg.norm(g.W)
    for max_norm in (length / 3, 3 * length):
        after = quietly(net, task, rule, 1, RATES, max_norm=max_norm).network
        expected = moved(net, g._replace(W=g.W * min(1, max_norm / length)))
        assert worst_error(after.weights, expected.weights) < EXACT


@pytest.mark.parametrize("max_norm", [0, -1.0, np.nan, np.inf, "1", True])
def test_the_longest_length_is_positive(max_norm):
    with pytest.raises(ValueError, match=r"max_norm must be a finite number.*0"):
        quietly(*small(), n_trials=1, max_norm=max_norm)


# Looks, and watched rules


@pytest.mark.parametrize("max_norm", [0.5, 100.0])
def test_a_gradient_whose_squares_overflow_is_shortened_too(max_norm):
    net, task = small()
    far = replace(net, W=0 * net.W, W_out=1e100 * net.W_out), Task(task.x, 1e110 * task.y_target)
    moved = quietly(*far, "bptt", 1, {"W": 1.0}, max_norm=max_norm).network.W
    assert np.linalg.norm(moved) == pytest.approx(max_norm)
    assert cosine(-moved, bptt.gradient(far[0], far[1].x, far[1].y_target).W) == pytest.approx(1)


@pytest.mark.parametrize("update", ["trial", "step"])
def test_networks_on_the_way(update):
    net, task = small()
    history = quietly(net, task, "rflo", 7, RATES, update, every=3)
    assert history.looks.tolist() == [0, 3, 6]
    for n, kept in zip(history.looks, history.networks, strict=True):
        assert worst_error(kept.weights, quietly(net, task, "rflo", n, RATES, update).network.weights) == 0
    assert quietly(net, task, "rflo", 6, every=3).looks.tolist() == [0, 3, 6]
    assert quietly(net, task, "rflo", 6, every=[5, 0, 6, 2]).looks.tolist() == [0, 2, 5, 6]
    assert quietly(net, task, "rflo", 0, every=1).looks.tolist() == [0]
    plain = quietly(net, task, "rflo", 6)
    assert (plain.networks, plain.looks.tolist()) == ([], [])


@pytest.mark.parametrize("update", ["trial", "step"])
def test_watching_changes_nothing_and_sees_what_the_rules_say(update):
    net, task = small()
    local = replace(rflo, name="local", feedback="W_out")
    watch = {"true": "bptt", "local": local, "own": lambda *trial: rtrl.gradient(*trial, feedback="B")}
    history = quietly(net, task, "rflo", 4, RATES, update, watch=watch)
    alone = quietly(net, task, "rflo", 4, RATES, update)
    assert np.array_equal(history.loss, alone.loss)
    assert worst_error(history.network.weights, alone.network.weights) == 0
    assert history.networks == []
    assert history.looks.tolist() == [0, 1, 2, 3, 4]
    for n in history.looks:
        at = quietly(net, task, "rflo", n, RATES, update).network, task.x, task.y_target
        exact, ours = bptt.gradient(*at), local.gradient(*at)
        assert worst_error([part[n] for part in history.watched["local"]], ours) < EXACT
        assert history.cosines("local", "true")[n] == pytest.approx(cosine(ours.W, exact.W))
        assert history.angles("local", "true", "W_in")[n] == pytest.approx(angle(ours.W_in, exact.W_in))
        assert history.cosines("own", "true")[n] < 0.99
    with pytest.raises(ValueError, match="watched rule must be one of 'true', 'local', 'own', but got 'bptt'"):
        history.cosines("bptt", "true")


def test_watching_fresh_trials():
    net, _ = small()
    history = quietly(net, random_task, "rflo", 3, RATES, watch={"rflo": rflo}, every=2)
    for n, at in zip(history.looks, history.networks, strict=True):
        trial = random_task(n)
        assert (
            worst_error([g[n // 2] for g in history.watched["rflo"]], rflo.gradient(at, trial.x, trial.y_target)) == 0
        )


def test_the_last_look_is_at_the_trial_that_was_the_last():
    """A fresh one would be drawn for nothing but this look, and where trials come from a world, there may be none."""
    net, _ = small()
    for n in (0, 2):
        last = random_task(max(n - 1, 0))
        at = quietly(net, random_task, "rflo", n, RATES).network
        told = quietly(net, random_task, "rflo", n, RATES, watch={"rflo": rflo}).watched["rflo"]
        assert worst_error([part[n] for part in told], rflo.gradient(at, last.x, last.y_target)) == 0


@pytest.mark.parametrize("every", [0, -1, 2.0, True, [1, -1], "3"])
def test_looks_are_counted_in_trials(every):
    with pytest.raises(ValueError, match="every must be an integer"):
        quietly(*small(), n_trials=1, every=every)


def test_an_unknown_rule_is_not_watched():
    with pytest.raises(ValueError, match=r"rule must be one of .* but got 'backprop'"):
        quietly(*small(), n_trials=1, watch={"a": "backprop"})


# Together with the ways in which a run ends


def until(n, act):
    calls = iter(range(n))
    return lambda k: random_task(k) if next(calls, None) is not None else act()


def press_ctrl_c():
    raise KeyboardInterrupt


HOOKS = {"watch": {"true": "bptt"}, "every": 1, "after": lambda weights: weights, "max_norm": 1e6}


@pytest.mark.parametrize("more", [{"batch": 2}, {"carry_state": True}])
def test_an_interrupted_run_hands_back_what_was_done(more):
    n = 3 * more.get("batch", 1)
    history = quietly(small()[0], until(n, press_ctrl_c), "rflo", 10, RATES, **HOOKS, **more)
    assert history.stopped == "interrupted"
    done = quietly(small()[0], random_task, "rflo", 3, RATES, **HOOKS, **more)
    assert np.array_equal(history.loss, done.loss)
    assert history.looks.tolist() == [0, 1, 2]
    assert len(history.networks) == len(history.watched["true"].W) == 3
    assert worst_error(history.network.weights, done.network.weights) == 0


def test_ctrl_c_while_a_rule_is_watched():
    calls = iter(range(2))

    def watched(*trial):
        return rflo.gradient(*trial) if next(calls, None) is not None else press_ctrl_c()

    history = quietly(*small(), "rflo", 10, RATES, watch={"own": watched})
    assert history.stopped == "interrupted"
    assert len(history.loss) == len(history.looks) == len(history.watched["own"].W) == 2


def test_a_run_that_diverges_before_any_look_has_none_of_each_rule():
    net, task = small()
    with pytest.warns(DivergenceWarning):
        history = quietly(replace(net, W_out=1e200 * net.W_out), task, watch={"true": "bptt", "own": "rflo"})
    assert len(history.looks) == len(history.loss) == 0
    assert [told.shape for told in history.watched["own"]] == [(0, *w.shape) for w in net.weights]
    assert history.cosines("true", "own").shape == history.angles("true", "own", "W_in").shape == (0,)


@pytest.mark.parametrize("more", [{"batch": 2}, {"carry_state": True}])
@pytest.mark.parametrize("rate", [1e3, 1e10, 1e200])
def test_a_run_that_diverges_leaves_finite_results(more, rate):
    with pytest.warns(DivergenceWarning) as warned:
        history = quietly(small()[0], random_task, "bptt", 1000, rate, **HOOKS | {"max_norm": None}, **more)
    assert len(warned) == 1
    assert warned[0].filename == __file__
    assert history.stopped == "diverged"
    assert np.isfinite(history.loss).all()
    assert all(np.isfinite(w).all() for w in history.network.weights)
    assert all(np.isfinite(w).all() for net in history.networks for w in net.weights)
    assert history.looks.tolist() == list(range(len(history.looks)))


@pytest.mark.half_second
def test_the_progress_of_a_long_run(capsys):
    def late(trial):
        time.sleep(0.2)
        return random_task(trial)

    train(small()[0], late, "rflo", 5, RATES, **HOOKS, batch=2)
    shown = capsys.readouterr().err
    assert "rflo" in shown
    assert "5/5" in shown


# What does not go together


@pytest.mark.parametrize("hook", [{"batch": 2}, {"carry_state": True}, {"max_norm": 1.0}])
def test_hooks_of_the_trials_end_are_refused_at_every_step(hook):
    with pytest.raises(ValueError, match="update must be 'trial' with " + next(iter(hook))):
        quietly(*small(), n_trials=1, update="step", **hook)


def test_a_batch_has_no_state_to_carry():
    with pytest.raises(ValueError, match="carry_state must be False with a batch of more than one trial"):
        quietly(*small(), n_trials=1, batch=2, carry_state=True)


@pytest.mark.parametrize("batch", [0, 1.5, True])
def test_a_batch_is_a_number_of_trials(batch):
    with pytest.raises(ValueError, match="batch must be an integer >= 1"):
        quietly(*small(), n_trials=1, batch=batch)


# A rule given as a function


def complex_step_left_in(g):
    return g._replace(W=g.W + 1e-30j)


TOLD = pytest.mark.parametrize(
    "told",
    [
        lambda g: g[:2],
        lambda g: (*g, g[0]),
        lambda g: (1.0, 2.0, 3.0),
        lambda g: None,
        lambda g: (g[0], *g[:2]),
        lambda g: g._replace(W=[[1, 2], [3]]),
        lambda g: g._replace(W=g.W.astype(str)),
        complex_step_left_in,
    ],
)


@TOLD
def test_a_function_must_return_gradients(told):

    def wrong(*trial):
        return told(rflo.gradient(*trial))

    with pytest.raises(ValueError, match="rule 'wrong' must return Gradients with the shapes of the weights, and real"):
        quietly(*small(), wrong, 1)
    with pytest.raises(ValueError, match="watched rule 'own' must return Gradients with the shapes of the weights, an"):
        quietly(*small(), n_trials=1, watch={"own": wrong})


@TOLD
@pytest.mark.parametrize("batch", [1, 2])
def test_a_kernel_must_return_the_loss_and_gradients(told, batch):
    def trial(*given):
        loss, gradients = plain(rflo.trial)(*given)
        return loss, told(gradients)

    wrong, (net, task) = Rule("wrong", trial=trial), small()
    for call in (
        lambda: wrong.gradient(net, task.x, task.y_target),
        lambda: wrong.loss_and_gradient(net, task.x, task.y_target),
        lambda: quietly(net, task, wrong, 1, batch=batch),
        lambda: quietly(net, task, n_trials=1, watch={"own": wrong}),
    ):
        with pytest.raises(ValueError, match=r"rule 'wrong' must return (the loss of a trial and )?Gradients"):
            call()


@pytest.mark.parametrize(
    "result", [None, 1.0, (1.0,), (None, Gradients(1, 2, 3)), (1j, Gradients(1, 2, 3)), (1.0, (1, 2, 3)), (1, 2, 3)]
)
def test_a_kernel_that_returns_something_else_is_told_what_it_should(result):
    wrong, (net, task) = Rule("wrong", trial=lambda *given: result), small()
    for call in (lambda: wrong.gradient(net, task.x, task.y_target), lambda: quietly(net, task, wrong, 1, batch=2)):
        with pytest.raises(ValueError, match="rule 'wrong' must return the loss of a trial and Gradients of arrays"):
            call()


@pytest.mark.parametrize("update", ["trial", "step"])
def test_an_online_kernel_must_return_the_loss(update):
    wrong = Rule("wrong", online=lambda *given: None)
    with pytest.raises(ValueError, match=r"rule 'wrong' must return the loss of a trial .* but returned \(None"):
        quietly(*small(), wrong, 1, update=update)


def test_gradients_may_be_any_real_arrays_in_any_sequence():
    """Negative control: a function need not make Gradients of floats."""
    net, task = small()
    whole = [np.ones_like(w, int) for w in net.weights]
    ours = quietly(net, task, lambda *trial: [w.astype(float) for w in whole], 2, RATES).network
    for told in (whole, tuple(w.tolist() for w in whole), Gradients(*(w > 0 for w in whole))):
        history = quietly(net, task, lambda *trial, told=told: told, 2, RATES, watch={"own": lambda *trial, t=told: t})
        assert worst_error(history.network.weights, ours.weights) == 0
        assert {part.dtype for part in history.watched["own"]} == {np.dtype(float)}


def test_a_function_may_fill_the_same_arrays_each_time():
    """A batch is the mean of what it said of each trial, not of the last."""
    own = Gradients(*map(np.empty_like, small()[0].weights))

    def fills(*trial):
        for part, new in zip(own, rflo.gradient(*trial), strict=True):
            part[:] = new
        return own

    ours, theirs = (quietly(small()[0], random_task, rule, 1, RATES, batch=3).network for rule in (rflo, fills))
    assert worst_error(theirs.weights, ours.weights) < EXACT


def test_a_function_diverges_by_its_loss():
    """The outputs overflow: the loss is infinite, while weights and gradients are finite."""
    net, task = small()
    loud = replace(net, W_out=1e200 * net.W_out)
    with pytest.warns(DivergenceWarning, match=r"trial 0\b.*holds 0 trials"):
        history = quietly(loud, task, lambda *trial: pytest.fail("no rule is asked about an infinite loss"), 5)
    assert history.loss.shape == (0,)
    with pytest.warns(DivergenceWarning, match=r"trial 0\b.*holds 0 trials"):
        assert quietly(loud, task, "rflo", 5).loss.shape == (0,)


def test_an_update_that_overflows_later_on():
    """The last trial stays on record, as its loss is finite; the update is not made."""
    trials = iter(range(3))

    def rule(*trial):
        factor = 1 if next(trials, None) is not None else 1e308
        return Gradients(*(factor * g for g in rflo.gradient(*trial)))

    with pytest.warns(DivergenceWarning, match=r"trial 3\b.*holds 4 trials"):
        history = quietly(*small(), rule, 10, 10.0)
    assert np.isfinite(history.loss).all()
    assert worst_error(history.network.weights, quietly(*small(), rflo, 3, 10.0).network.weights) < EXACT


def test_rtrl_in_blocks_learns_at_a_rate_for_each_matrix():
    net, task = small()
    g = rtrl.gradient(net, task.x, task.y_target)
    after = quietly(net, task, "rtrl", 1, RATES, block=3).network
    assert worst_error(after.weights, moved(net, g).weights) < EXACT


def test_a_network_must_be_one_and_real():
    net, task = small()
    with pytest.raises(ValueError, match="net must be a Network, but got"):
        quietly(task, net, n_trials=1)
    with pytest.raises(ValueError, match="net, x and y_target must be real for a rule"):
        quietly(replace(net, W=net.W + 1j), task, n_trials=1)
    with pytest.raises(ValueError, match="must be real for a rule"):
        quietly(net, Task(task.x + 1j, task.y_target), n_trials=1)


def test_a_function_of_the_users_cannot_change_the_trial():
    """Neither as the rule nor where it watches: what it writes to would be there in all later trials."""
    net, task = small()

    def greedy(net, x, y_target):
        y_target[:] = 0

    for call in (
        lambda: quietly(net, task, greedy, 1),
        lambda: quietly(net, task, n_trials=1, watch={"own": greedy}),
    ):
        with pytest.raises(ValueError, match="read-only"):
            call()


@pytest.mark.parametrize("update", ["trial", "step"])
def test_each_trial_of_a_kernel_that_is_not_compiled_is_looked_at(update):
    net, task = small()
    n_asked = []

    def trial(*given):
        n_asked.append(1)
        loss, gradients = rflo.trial(*given)
        return loss, gradients if len(n_asked) < 3 else Gradients(1.0, 1.0, 1.0)

    def online(*given):
        n_asked.append(1)
        return plain(rflo.online)(*given) if len(n_asked) < 3 else None

    own = Rule("wrong", trial=trial, online=online)
    with pytest.raises(ValueError, match="rule 'wrong' must return the loss of a trial and Gradients of arrays"):
        quietly(net, task, own, 5, update=update)
    assert len(n_asked) == 3


@pytest.mark.parametrize("number", [np.int8, np.uint8, np.int64])
def test_numbers_of_numpy_count_as_others_do(number):
    net, task = small()
    ours = quietly(net, lambda k: task, n_trials=100, every=50, batch=2)
    theirs = quietly(net, lambda k: task, n_trials=number(100), every=number(50), batch=number(2))
    assert np.array_equal(ours.loss, theirs.loss)
    assert ours.looks.tolist() == theirs.looks.tolist() == [0, 50, 100]
    long = Task(np.zeros((200, net.n_in)), np.ones((200, net.n_out)))
    for rule, option in ((bptt, "truncation"), (rtrl, "block")):
        one, other = (rule.gradient(net, long.x, long.y_target, **{option: n}) for n in (20, number(20)))
        assert np.array_equal(one.W, other.W)


@pytest.mark.parametrize("update", ["trial", "step"])
def test_of_a_compiled_kernel_the_first_trial_is_looked_at_alone(monkeypatch, update):
    looked_at = []
    monkeypatch.setattr(training, "of_kernel", lambda *given: looked_at.append(given))
    for n_trials in (1, 3):
        looked_at.clear()
        quietly(*small(), "rflo", n_trials, update=update)
        assert len(looked_at) == (1 if NUMBA else n_trials)
