"""What the experiments beyond the paper rest on: angles, rank, other feedback weights, the Add task."""

from dataclasses import replace

import numpy as np
import pytest

from rnn_book.experiments import beyond
from rnn_book.experiments.runs import VARIANTS
from rnn_tutorial import Network, bptt, train
from rnn_tutorial.tasks import Task, sum_of_sines


def short(T):
    task = sum_of_sines(50, n_in=0)
    return Task(x=task.x[:T], y_target=task.y_target[:T], name="short")


def angles(net, task):
    looked = train(net, task, n_trials=0, every=[0], watch=VARIANTS, progress=False)
    return {name: looked.angles(name, "bptt")[0] for name in VARIANTS}


def test_locality_costs_nothing_in_one_step_and_something_in_many():
    net = Network.random(0, 8, 1, seed=1)
    assert angles(net, short(1))["local"] < 1e-5
    assert angles(net, short(50))["local"] > 1


def test_random_feedback_costs_nothing_when_it_is_the_readout():
    net = Network.random(0, 8, 1, seed=1)
    found = angles(replace(net, B=net.W_out.T), short(50))
    assert found["random"] < 1e-5
    assert found["rflo"] == pytest.approx(found["local"])
    assert angles(net, short(50))["random"] > 1


def test_stable_rank_of_known_matrices():
    assert beyond.stable_rank(np.eye(5)) == pytest.approx(5)
    assert beyond.stable_rank(np.outer([1, 2, 3], [4, 5])) == pytest.approx(1)


@pytest.mark.half_second
@pytest.mark.parametrize("rule", ["rflo", "bptt"])
def test_looking_does_not_change_the_training(rule):
    seen = beyond.follow(0, rule, 20)
    net, task = Network.random(0, 30, 1, seed=0), sum_of_sines(200, n_in=0)
    trained = train(net, task, rule, n_trials=20, learning_rate=0.03, progress=False).network
    assert seen["trial"][0] == 0
    assert seen["trial"][-1] == 20
    assert seen["loss"][0] == net.loss(task.x, task.y_target)
    assert seen["loss"][-1] == pytest.approx(trained.loss(task.x, task.y_target), rel=1e-9)
    assert seen["rank"] == pytest.approx(beyond.stable_rank(trained.W - net.W), rel=1e-6)
    assert seen["spectrum"][0] == 1


def test_another_draw_is_another_run_of_the_same_network():
    first, again, other = (beyond.train_draw(0, draw, 60)["final"] for draw in (0, 0, 1))
    assert first == again
    assert first != other


def test_other_time_constants_reach_the_network():
    finals = [beyond.train_scale(0, tau, 50, "bptt", 0.01, 60)["final"] for tau in (2, 10)]
    assert finals[0] != finals[1]


def test_add_stream_looks_back_by_the_two_lags():
    bits = [1, 0, 0, 1, 1]
    x, y_target = beyond.add_stream(bits, (1, 2))
    assert x.tolist() == [[0, 1], [1, 0], [1, 0]]
    assert y_target[:, 0].tolist() == [0.5 + 0 - 0.25, 0.5 + 0 - 0, 0.5 + 0.5 - 0]


@pytest.mark.parametrize(("known", "floor"), [((), "neither"), ((3,), "first"), ((5,), "second")])
def test_floors_are_what_a_linear_fit_to_the_known_lags_reaches(known, floor):
    bits = np.random.default_rng(0).integers(2, size=100_005).astype(float)
    y = beyond.add_stream(bits, (3, 5))[1][:, 0]
    seen = np.stack([np.ones(len(y)), *(bits[5 - lag :][: len(y)] for lag in known)], axis=1)
    residual = y - seen @ np.linalg.lstsq(seen, y)[0]
    floors = beyond.add_floors()
    assert np.mean(residual**2) / 2 == pytest.approx(floors[floor], rel=0.02)
    assert len({round(value, 6) for value in floors.values()}) == 3


@pytest.mark.slow
def test_add_is_learned_over_short_lags_with_the_true_gradient():
    run = beyond.train_add(0, (1, 2), "bptt", 0.3, 1500)
    assert run["final"] < beyond.add_floors()["second"] / 2
    assert not beyond.train_add(0, (1, 2), "bptt", 0.0, 60)["final"] < beyond.add_floors()["neither"]


def test_add_gradient_descends_on_all_weights():
    x, y_target = beyond.add_stream(np.random.default_rng(0).integers(2, size=30), (1, 2))
    gradients = bptt.gradient(Network.random(2, 8, 1, tau=2, seed=0), x, y_target)
    assert all(np.abs(getattr(gradients, name)).max() > 0 for name in ("W_in", "W", "W_out"))
