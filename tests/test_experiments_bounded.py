"""The periodic task with a bound on the gradient, and other readings of the paper: what the experiments do."""

import numpy as np
import pytest

from rnn_book.experiments import Results, bounded, readings
from rnn_book.experiments.bounded import chosen_bound, noting_norms, train_bounded, train_control, train_readout_online
from rnn_book.experiments.readings import train_reading
from rnn_tutorial import Network, bptt, rflo, tasks, train

TASK = tasks.sum_of_sines(40, n_in=0)


def network(seed=0, n_rec=6):
    return Network.random(0, n_rec, 1, seed=seed)


def test_norms_are_noted_and_training_is_left_as_it_is():
    norms, net = [], network()
    noted = train(net, TASK, noting_norms(bptt, norms), 5, 0.1, progress=False, max_norm=0.01)
    usual = train(net, TASK, bptt, 5, 0.1, progress=False, max_norm=0.01)
    assert np.array_equal(noted.loss, usual.loss)
    assert len(norms) == 5
    assert norms[0] == pytest.approx(np.linalg.norm(bptt.gradient(net, TASK.x, TASK.y_target).W), rel=1e-12)
    free = train(net, TASK, bptt, 5, 0.1, progress=False)
    assert not np.array_equal(free.loss, usual.loss), "the bound is short enough to matter"


@pytest.mark.parametrize(("rule", "within"), [(rflo, True), (bptt, False)])
def test_the_bound_of_rflos_gradient_holds_and_bptt_breaks_it(rule, within):
    """The proposition of the chapter, on the network that the chapter shows."""
    norms, net = [], Network.random(0, 30, 1, seed=0)
    history = train(net, tasks.sum_of_sines(800, n_in=0), noting_norms(rule, norms), 12, 0.03, progress=False)
    bound = np.sqrt(net.n_rec) * np.linalg.norm(net.B) * np.sqrt(2 * history.loss)
    assert (np.array(norms) <= bound).all() == within
    if rule is bptt:
        assert np.argmax(norms) == 10
        assert norms[10] > 100 * np.median(norms[:5])
        assert history.loss[11:].min() > history.loss[:11].min(), "the spike does not help"


@pytest.mark.parametrize("feedback", ["B", "W_out"])
def test_the_bound_is_that_of_the_trace(feedback):
    net, task = Network.random(0, 30, 1, g=3.0, seed=1), tasks.sum_of_sines(400, n_in=0)
    length = np.linalg.norm(net.B if feedback == "B" else net.W_out)
    bound = np.sqrt(net.n_rec) * length * np.sqrt(2 * net.loss(task.x, task.y_target))
    assert 0.01 * bound < np.linalg.norm(rflo.gradient(net, task.x, task.y_target, feedback=feedback).W) < bound


def test_a_run_keeps_norms_by_window_and_the_last_output():
    run = train_bounded(3, 40, "rflo", 0.03, 60, 1.0)
    norms, net = [], Network.random(0, 30, 1, seed=3)
    history = train(net, TASK, noting_norms(rflo, norms), 60, 0.03, progress=False, max_norm=1.0)
    assert run["norm"][0] == norms[0]
    assert np.nanmax(run["norm"]) == max(norms)
    assert (run["norm_median"] <= run["norm"]).all()
    y = history.network.run(TASK.x).y[:, 0]
    assert run["output"][-1] == y[-1]
    assert run["output"][4] == y[1], "the fifth of a hundred points is the second of forty steps"
    lost = train_bounded(3, 40, "rflo", 1e3, 60, None)
    assert lost["diverged"]
    assert np.isnan(lost["output"]).all()
    assert np.isnan(lost["norm"][-1])


def test_the_bound_is_the_best_for_both_rules_together():
    settings, final = [], []
    ends = {(0.1, "rflo"): 1, (0.1, "bptt"): 9, (0.3, "rflo"): 2, (0.3, "bptt"): 2, (1.0, "rflo"): 1, (1.0, "bptt"): 1}
    for (bound, rule), end in ends.items():
        for rate in (0.1, 0.2):
            settings.append({"max_norm": bound, "variant": rule, "rate": rate})
            final.append([end, end, np.nan if (bound, rate) == (1.0, 0.1) else end])
    results = Results(settings, [0, 1, 2], {"final": np.array(final, float)}, {})
    assert chosen_bound(results) == 1.0
    final[-1] = final[-3] = [5, 5, 5]
    assert chosen_bound(Results(settings, [0, 1, 2], {"final": np.array(final, float)}, {})) == 0.3


def test_controls_differ_in_what_they_say():
    curves = {control: train_control(0, control, 3)["curve"] for control in ("usual", "twin", "fresh")}
    assert curves["usual"][0] == pytest.approx(curves["twin"][0], rel=1e-12)
    assert curves["fresh"][0] == curves["usual"][0], "the first loss is before any update"
    assert curves["fresh"][2] != pytest.approx(curves["usual"][2], rel=1e-6)
    assert train_control(0, "fresh", 3)["curve"][2] == curves["fresh"][2], "a seed draws the same weights again"


def test_the_readout_alone_leaves_the_other_weights():
    kept = train_readout_online(1, 40, 0.01, 60)
    net = Network.random(0, 30, 1, seed=1)
    usual = train(net, TASK, "rflo", 60, {"W_out": 0.4}, update="step", progress=False)
    assert kept["final"] == np.median(usual.loss[-50:])
    assert np.array_equal(usual.network.W, net.W)
    assert kept["frozen"] == usual.network.loss(TASK.x, TASK.y_target)


def test_other_readings_are_other_trainings():
    curves = {reading: train_reading(0, "rflo", reading, 3)["curve"] for reading in readings.READINGS}
    assert len({float(curve[2]) for curve in curves.values()}) == len(curves)
    assert curves["usual"][0] == curves["carried"][0] == curves["sum"][0]
    assert curves["usual"][0] != curves["large start"][0]
    for variant in ("rflo", "bptt"):
        summed = train(network(n_rec=30), tasks.sum_of_sines(200, n_in=0), variant, 3, 6.0, progress=False).loss
        assert train_reading(0, variant, "sum", 3)["curve"][1] == summed[1]


def test_the_sweep_comes_before_what_it_decides():
    """Settings that follow from stored results are those that the stored sweep decides."""
    known = {experiment.name: experiment for experiment in bounded.EXPERIMENTS}
    best = bounded.best_rates(bounded.load("periodic_bounded_rates"), "variant", "T")
    for setting in known["periodic_bounded"].settings(False):
        assert setting["max_norm"] == chosen_bound(bounded.load("periodic_bound"))
        assert setting["rate"] == best[setting["variant"], setting["T"]]
    edges = {key for key, rate in best.items() if not min(bounded.GRIDS[key[1]]) < rate < max(bounded.GRIDS[key[1]])}
    assert edges == {("random", 200), ("rflo", 800)}, "as the chapter says"
