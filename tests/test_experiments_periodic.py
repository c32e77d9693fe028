"""The experiments on the periodic task: what they do to weights and records, apart from what they find."""

from dataclasses import replace

import numpy as np
import pytest

from rnn_book.experiments import Results, load, periodic, run
from rnn_book.experiments.periodic import (
    BEST_RATES,
    LOOP,
    compare_rtrl,
    keep_signs,
    record,
    split_by_sign,
    train_dale,
    train_online,
    train_part,
    train_periodic,
    windows,
)
from rnn_book.experiments.runs import best_rates, train_quietly
from rnn_tutorial import History, Network, jobs, tasks, train
from rnn_tutorial.diagnostics import relative_error

TASK = tasks.sum_of_sines(20, n_in=0)
NET = Network.random(0, 6, 1, seed=3)


def test_the_best_rates_are_what_the_stored_sweep_says():
    sweep = load("periodic_rates")
    assert best_rates(sweep, "variant", "T") == {
        (variant, T): rate for variant, of in BEST_RATES.items() for T, rate in of.items()
    }
    of_variant = {(s["variant"], s["T"]): [] for s in sweep.settings}
    for s in sweep.settings:
        of_variant[s["variant"], s["T"]].append(s["rate"])
    for (variant, T), tried in of_variant.items():
        assert min(tried) < BEST_RATES[variant][T] < max(tried), "the best rate must not lie at the edge of the grid"


def test_a_rate_at_which_a_run_diverged_is_not_the_best():
    settings = [{"variant": "rflo", "T": 9, "rate": r} for r in (0.1, 0.2, 0.3)]
    final = np.array([[3.0, 2.0, 3.0], [2.0, 2.0, 2.0], [1.0, 1.0, np.nan]])
    assert best_rates(Results(settings, [0, 1, 2], {"final": final}, {}), "variant", "T") == {("rflo", 9): 0.2}


def test_windows_hold_every_trial_once():
    for n_trials in (1, 2, 100, 10_000):
        edges, trial = windows(n_trials)
        assert edges[0] == 0
        assert edges[-1] == n_trials
        assert (np.diff(edges) > 0).all()
        assert trial[0] == 1
        assert len(trial) == len(edges) - 1 <= 200


def test_a_record_of_medians():
    loss = np.linspace(1, 0.1, 200)
    kept = record(History(None, loss, -loss, None), 200)
    assert kept["alignment"][0] == -loss[0]
    assert kept["curve"][0] == loss[0]
    assert kept["final"] == np.median(loss[150:])
    assert not kept["diverged"]
    assert np.isfinite(kept["curve"]).all()


def test_a_run_that_diverges_is_recorded_as_that():
    for loss, lost in ((np.ones(120), True), (np.full(200, 1e9), False)):
        kept = record(History(None, loss, loss, None), 200)
        assert kept["diverged"]
        assert np.isnan(kept["final"])
        assert np.isnan(kept["curve"][-1]) == lost
    kept = train_periodic(0, 20, "rflo", 1e3, 60, n_rec=6)
    assert kept["diverged"]


def test_a_run_whose_last_update_diverges_has_diverged():
    kept = record(History(None, np.ones(200), np.ones(200), "diverged"), 200)
    assert kept["diverged"]
    assert np.isnan(kept["final"])


def test_losses_that_count_in_their_place_have_no_alignment():
    kept = record(History(None, np.ones(200), np.ones(200), None), 200, np.full(200, 2.0))
    assert kept["final"] == 2
    assert "alignment" not in kept


def test_half_a_run_is_no_result():
    """Else an experiment that is interrupted in its last job would store that it diverged."""

    def interrupted(net, x, y_target):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_quietly(Network.random(0, 3, 1, seed=0), TASK, rule=interrupted, n_trials=2)


def test_the_same_seed_is_the_same_network_in_all_settings():
    first = [train_periodic(4, 50, v, 0.03, 3, n_rec=8)["curve"][0] for v in periodic.VARIANTS]
    first += [
        train_dale(4, 50, "rflo", 0.03, 3, "free")["curve"][0],
        train_part(4, 50, "rflo", 0.03, 3, "both")["curve"][0],
    ]
    assert len(set(first[:4])) == 1
    assert first[4] == first[5]
    assert train_periodic(4, 50, "rflo", 0.03, 3, n_rec=8, h0="random")["curve"][0] != first[0]
    assert train_periodic(5, 50, "rflo", 0.03, 3, n_rec=8)["curve"][0] != first[0]


def test_variants_differ_in_what_they_say():
    ends = [train_periodic(4, 50, v, 0.03, 60, n_rec=8)["final"] for v in periodic.VARIANTS]
    assert len(set(map(float, ends))) == 4


def test_the_online_rate_is_the_papers_and_the_test_is_without_learning():
    net = Network.random(0, 30, 1, seed=1)
    task = tasks.sum_of_sines(40, n_in=0)
    kept = train_online(1, 40, 0.01, 60)
    usual = train(net, task, "rflo", 60, 0.4, update="step", progress=False)
    assert kept["final"] == np.median(usual.loss[-50:])
    assert kept["frozen"] == usual.network.loss(task.x, task.y_target)
    assert kept["frozen"] != pytest.approx(usual.loss[-1], rel=0.01)


# Dale's law


def test_signs_are_those_of_columns():
    W = split_by_sign(NET.W)
    assert (W[:, :3] > 0).all()
    assert (W[:, 3:] < 0).all()
    assert np.array_equal(abs(W), abs(NET.W))
    assert np.array_equal(keep_signs(W), W), "weights of the right sign are left alone"
    moved = W + np.random.default_rng(0).normal(size=W.shape)
    kept = keep_signs(moved)
    wrong = np.sign(moved) != np.sign(W)
    assert wrong.any()
    assert (kept[wrong] == 0).all()
    assert np.array_equal(kept[~wrong], moved[~wrong])
    assert not np.array_equal(keep_signs(W.T), W.T), "rows are not columns"


def test_signs_are_kept_in_training_only_where_asked(monkeypatch):
    nets = {}

    def kept(net, task, **settings):
        history = train(net, task, progress=False, **settings)
        nets[signs] = history.network
        return history

    monkeypatch.setattr(periodic, "train_quietly", kept)
    for signs in ("kept", "start", "free"):
        train_dale(0, 60, "bptt", 0.3, 30, signs)
    of_unit = np.where(np.arange(30) < 15, 1, -1)
    assert (nets["kept"].W * of_unit >= 0).all()
    assert (nets["kept"].W == 0).any()
    assert (nets["start"].W * of_unit < 0).any(), "without the clipping, learning does cross 0"


def test_without_signs_it_is_the_usual_training():
    for rule in ("rflo", "bptt"):
        own = train_dale(2, 60, rule, 0.03, 60, "free")
        usual = train_periodic(2, 60, rule, 0.03, 60)
        assert np.allclose(own["curve"], usual["curve"], rtol=1e-8)
        assert np.allclose(own["alignment"], usual["alignment"], rtol=1e-8)
        assert own["at_zero"] == 0


# Which weights learn


def test_feeding_the_output_back_closes_the_loop():
    """One step after the other with the output added to the current gives the same outputs as W + B W_out."""
    closed = replace(NET, W=NET.W + NET.B @ NET.W_out).run(TASK.x).y
    h, y, outputs = NET.h0, NET.W_out @ NET.h0, []
    for _ in range(TASK.T):
        h = h + (-h + np.tanh(NET.W @ h + NET.B @ y)) / NET.tau
        y = NET.W_out @ h
        outputs.append(y)
    assert np.allclose(closed, outputs, rtol=1e-12, atol=1e-14)
    assert not np.allclose(NET.run(TASK.x).y, outputs)


def test_the_exact_gradient_through_the_loop():
    def loss(W_out):
        W = NET.W + NET.B @ W_out
        h, total = NET.h0.astype(complex), 0
        for target in TASK.y_target:
            h = h + (-h + np.tanh(W @ h)) / NET.tau
            total += np.sum((target - W_out @ h) ** 2)
        return total / (2 * TASK.T)

    expected = np.empty_like(NET.W_out)
    for index in np.ndindex(expected.shape):
        nudged = NET.W_out.astype(complex)
        nudged[index] += 1e-30j
        expected[index] = loss(nudged).imag / 1e-30
    value, (_, _, gradient) = LOOP["bptt"].loss_and_gradient(NET, TASK.x, TASK.y_target)
    assert value == pytest.approx(loss(NET.W_out).real)
    assert relative_error(gradient, expected) < 1e-12
    local_value, (_, _, local) = LOOP["rflo"].loss_and_gradient(NET, TASK.x, TASK.y_target)
    assert local_value == pytest.approx(value)
    assert relative_error(local, expected) > 0.01, "the delta rule does not see the loop"


def test_frozen_weights_stay(monkeypatch):
    after = {}

    def kept(net, task, **settings):
        history = train(net, task, progress=False, **settings)
        after[part] = net, history.network
        return history

    monkeypatch.setattr(periodic, "train_quietly", kept)
    for part in ("both", "recurrent", "readout"):
        train_part(0, 40, "rflo", 0.03, 5, part)
    for part, moves in (("both", (True, True)), ("recurrent", (True, False)), ("readout", (False, True))):
        before, then = after[part]
        assert (not np.array_equal(before.W, then.W), not np.array_equal(before.W_out, then.W_out)) == moves
    train_part(0, 40, "bptt", 0.03, 5, "loop")


# RTRL


def test_rtrl_begins_on_the_curve_of_bptt():
    kept = compare_rtrl(0, 60, 0.03, 60)
    assert kept["difference"].max() < 1e-6
    assert kept["parted"] == kept["twin_parted"] == 60
    assert kept["final"] == pytest.approx(kept["final_bptt"])


def test_rounding_tells_where_runs_part():
    kept = compare_rtrl(0, 60, 30.0, 60)
    assert min(kept["parted"], kept["twin_parted"]) < 60, "at a rate that is far too high nothing holds them together"


# All together


@pytest.mark.parametrize("experiment", periodic.EXPERIMENTS, ids=lambda e: e.name)
def test_each_runs(experiment, monkeypatch):
    settings = [s | {"n_trials": 2, "T": 20} for s in experiment.settings(True)[:2]]
    small = replace(experiment, settings=lambda quick: settings, seeds=lambda quick: [0])
    monkeypatch.setattr(jobs, "_through_processes", lambda todo, limit: jobs._one_by_one(todo))
    results = run(small, quick=True, progress=False)
    assert results.arrays["final"].shape == (len(settings), 1)
    assert all({"T", "n_trials"} <= s.keys() for s in experiment.settings(False))
