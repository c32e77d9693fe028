"""What holds for every rule, whatever it computes: those of the package, and one that is defined in the tests alone."""

import inspect
import pickle
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from oracles import ALL, EVERY_RULE, EXACT, ONLINE_RULE, each, problem, problems, torch_gradient, total, worst_error

from rnn_book import explore, figures
from rnn_book.experiments import snap1
from rnn_book.style import legible
from rnn_tutorial import Gradients, Network, Rule, Task, bptt, rflo, rtrl, tasks, train, train_ensemble
from rnn_tutorial.rules import RULES


@EVERY_RULE
@given(problems())
def test_the_loss_comes_with_the_gradient(rule, trial):
    net, x, y_target = trial
    loss, gradients = rule.loss_and_gradient(*trial)
    assert loss == pytest.approx(net.loss(x, y_target), rel=EXACT)
    assert [g.shape for g in gradients] == [w.shape for w in net.weights]
    assert worst_error(gradients, rule.gradient(*trial)) == 0


@EVERY_RULE
@given(problems())
def test_the_readout_part_is_exact(rule, trial):
    assert worst_error([rule.gradient(*trial).W_out], [torch_gradient(*trial).W_out]) < EXACT


@EVERY_RULE
@given(problems())
def test_random_feedback_is_the_readout_of_a_network_where_both_are_one(rule, trial):
    net, x, y_target = trial
    matched = replace(net, B=net.W_out.T)
    by_readout = rule.gradient(*trial, feedback="W_out")
    assert worst_error(rule.gradient(matched, x, y_target, feedback="B"), by_readout) == 0
    assert worst_error(replace(rule, feedback="B").gradient(matched, x, y_target), by_readout) == 0


@EVERY_RULE
def test_an_ablation_is_a_rule(rule):
    trial = problem()
    other = {"W_out": "B", "B": "W_out"}[rule.feedback]
    ablation = replace(rule, name="ablation", feedback=other)
    assert worst_error(ablation.gradient(*trial), rule.gradient(*trial, feedback=other)) == 0
    assert worst_error(ablation.gradient(*trial), rule.gradient(*trial)) > 0.1


@ONLINE_RULE
@given(problems())
def test_contributions_sum_to_the_gradient(rule, trial):
    each = rule.contributions(*trial)
    assert [len(part) for part in each] == [len(trial[1])] * 3
    assert worst_error(total(each), rule.gradient(*trial)) < EXACT


@ONLINE_RULE
def test_contributions_do_not_wait(rule):
    """What a step adds does not depend on what comes after it."""
    net, x, y_target = problem(T=8)
    whole, begun = rule.contributions(net, x, y_target), rule.contributions(net, x[:5], y_target[:5])
    for share, so_far in zip(whole, begun, strict=True):
        np.testing.assert_allclose(8 * share[:5], 5 * so_far, rtol=0, atol=1e-12)
    for share, other in zip(whole, rule.contributions(net, 2 * x, y_target), strict=True):
        assert not np.allclose(share, other)


@each([rule for rule in ALL if not rule.online])
def test_a_rule_that_is_not_online_has_no_contributions(rule):
    with pytest.raises(ValueError, match=rf"{rule.label} has no contribution of a single step.*online rule.*'rflo'"):
        rule.contributions(*problem())


@EVERY_RULE
def test_an_unknown_option_is_named(rule):
    for call in (rule.gradient, rule.loss_and_gradient, rule.contributions):
        with pytest.raises(TypeError, match=f"rule '{rule.name}' has no option 'rank'; it has feedback"):
            call(*problem(), rank=7)
    net, x, y_target = problem()
    with pytest.raises(TypeError, match=f"rule '{rule.name}' has no option 'rank'"):
        train(net, Task(x, y_target), rule, rank=7)


def test_an_option_is_cut_to_the_trial():
    trial = problem(T=8)
    assert worst_error(bptt.gradient(*trial, truncation=10**30), bptt.gradient(*trial)) == 0
    assert worst_error(rtrl.gradient(*trial, block=10**30), bptt.gradient(*trial)) < EXACT


@EVERY_RULE
def test_a_rule_travels_by_name(rule):
    """A compiled kernel that is sent by value would be compiled anew in every process."""
    sent = pickle.dumps(rule)
    assert len(sent) < 3000 + len(rule.doc)
    there = pickle.loads(sent)
    assert (there.trial, there.online, there.name) == (rule.trial, rule.online, rule.name)


def test_the_registry_is_by_name():
    assert all(rule.name == name for name, rule in RULES.items())
    assert {bptt, rtrl, rflo} == set(RULES.values())
    assert all(rule.doc and rule.label for rule in RULES.values())


# A rule of one's own, which nothing in the package knows


def test_it_fits_a_page():
    assert len(inspect.getsource(snap1).splitlines()) <= 35


def test_its_gradient_is_exact_where_units_are_alone():
    net, x, y_target = problem()
    alone = replace(net, W=np.diag(np.linspace(-1, 1, net.n_rec)))
    assert worst_error(snap1.rule.gradient(alone, x, y_target), bptt.gradient(alone, x, y_target)) < EXACT
    assert worst_error(snap1.rule.gradient(net, x, y_target), bptt.gradient(net, x, y_target)) > 1e-2
    local = rflo.gradient(alone, x, y_target, feedback="W_out")
    assert worst_error(local, bptt.gradient(alone, x, y_target)) > 1e-2, "RFLO leaves out what SnAp-1 keeps"


@pytest.mark.parametrize("update", ["trial", "step"])
def test_it_trains_and_is_no_other_rule(update):
    net, task = Network.random(1, 12, 1, tau=3), tasks.sum_of_sines(20)
    history = train(net, task, snap1.rule, 300, 0.3, update)
    assert history.loss[-20:].mean() < history.loss[0] / 3
    for other in RULES.values():
        if update == "trial" or other.online:
            assert not np.allclose(train(net, task, other, 3, 0.3, update).loss, history.loss[:3], rtol=1e-6)


@pytest.mark.parametrize("pool", [ThreadPoolExecutor, lambda n: ProcessPoolExecutor(n, get_context("spawn"))])
def test_it_trains_in_an_ensemble(pool):
    task = tasks.sum_of_sines(10)
    with pool(2) as executor:
        ensemble = train_ensemble(task, [0, 1], rule=snap1.rule, executor=executor, n_rec=6, n_trials=5)
    for seed, history in zip([0, 1], ensemble.histories[0], strict=True):
        assert np.array_equal(history.loss, train(Network.random(1, 6, 1, seed=seed), task, snap1.rule, 5).loss)


def test_it_has_figures():
    history = train(Network.random(1, 6, 1), tasks.sum_of_sines(10), snap1.rule, 5)
    ax = figures.learning_curves({"snap1": [history], "bptt": [history]})
    colours = {text.get_color() for text in ax.texts}
    assert len(colours) == 2
    of_bptt = legible(figures.STYLES["bptt"]["color"])
    assert [text.get_text() for text in ax.texts if text.get_color() != of_bptt] == ["snap1"]
    plt.close("all")


def test_it_explores():
    page = explore.slider("tau", (2, 5), "tau", n_trials=20, rule=snap1.rule, n_rec=5, period=20).data
    assert page.count("<img") == 2
    assert "Loss of a network under SnAp-1" in page
    explore.explorer(rule=snap1.rule, n_trials=20, n_rec=5, period=20)


def asked(*kernels, options=(), **given):
    """Which kernel of a rule with these kernels and options is asked for the gradient of eight steps, and with what."""
    asked = []

    def trial(net, x, y_target, *lengths):
        asked.append(("trial", *lengths))
        return 0.0, Gradients(net.W_in, net.W, net.W_out)

    def online(net, x, y_target, into, by):
        asked.append(("online",))
        return 0.0

    own = {"trial": trial, "online": online}
    Rule("own", options=options, **{name: own[name] for name in kernels}).gradient(*problem(T=8), **given)
    return asked[0]


def test_which_of_its_kernels_a_rule_asks():
    assert asked("trial") == asked("trial", "online") == ("trial",)
    assert asked("online") == ("online",)
    both = partial(asked, "trial", "online")
    assert both(options=("block",)) == both(options=("block",), feedback="B") == ("online",)
    assert both(options=("block",), block=3) == ("trial", 3)
    assert both(options=("block",), block=99) == ("trial", 8)
    assert asked("trial", options=("block",)) == ("trial", 8)
    assert both(options=("a", "b")) == ("online",)
    assert both(options=("a", "b"), a=2) == ("trial", 2, 8)
    assert both(options=("a", "b"), a=2, b=3) == ("trial", 2, 3)
    assert asked("trial", options=("a", "b"), b=3) == ("trial", 8, 3)


def test_a_rule_is_called_by_its_label_or_its_name():
    assert Rule("own", trial=print).label == "own"
    assert Rule("own", "My own", trial=print).label == "My own"


class Compiled:
    """Like a kernel that Numba compiled: callable, it holds the function it was made of, and cannot be sent itself."""

    def __init__(self, py_func):
        self.py_func = py_func

    def __call__(self, *given):
        return self.py_func(*given)

    def __reduce__(self):
        raise AssertionError("sent by value")


@Compiled
def compiled_kernel(net, x, y_target):
    """Of a module, where it is found by its name."""


@pytest.mark.parametrize("place", ["trial", "online"])
def test_a_kernel_is_sent_by_the_name_of_its_module(place):
    there = pickle.loads(pickle.dumps(Rule("own", **{place: compiled_kernel})))
    assert getattr(there, place) is compiled_kernel
    assert (there.name, there.label, there.options, there.exact) == ("own", "own", (), False)


def test_a_kernel_that_its_name_does_not_lead_to_is_sent_itself(monkeypatch):
    """One of a notebook, one made in a function, one that only bears another's name, one without a name."""

    def made_here(net, x, y_target):
        pass

    def of_a_notebook(net, x, y_target):
        pass

    of_a_notebook.__module__ = "__main__"
    monkeypatch.setattr(sys.modules["__main__"], "of_a_notebook", of_a_notebook, raising=False)
    for kernel in (made_here, of_a_notebook, Compiled(compiled_kernel.py_func), partial(made_here)):
        _, sent = Rule("own", trial=kernel).__reduce__()
        assert any(value is kernel for value in sent)


def test_a_rule_needs_a_kernel():
    with pytest.raises(ValueError, match="rule 'none' must have a kernel"):
        Rule("none")
