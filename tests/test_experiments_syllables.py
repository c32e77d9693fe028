"""Syllables, their order, and whole sequences."""

import numpy as np
import pytest

from rnn_book.experiments import syllables
from rnn_tutorial import Network


class Perfect:
    """A network that draws each syllable when it is called."""

    def loss(self, x, y_target):
        drawn = x[:: syllables.STEPS].argmax(axis=1)
        return 0.5 * np.mean(np.sum((y_target - syllables.movement(drawn)) ** 2, axis=1))


class Deaf(Perfect):
    """A network that draws the same whatever is called."""

    def loss(self, x, y_target):
        return 1.0


def test_a_movement_is_its_syllables_one_after_the_other():
    both = syllables.movement([2, 0])
    assert np.array_equal(both, np.concatenate([syllables.movement([2]), syllables.movement([0])]))
    assert not np.allclose(syllables.movement([2]), syllables.movement([0]))


def test_inputs_stay_on_for_a_syllable():
    x = syllables.called([3, 1])
    assert x.shape == (2 * syllables.STEPS, 4)
    assert (x.sum(axis=1) == 1).all()
    assert x[: syllables.STEPS, 3].all()
    assert x[syllables.STEPS :, 1].all()


def test_reward_finds_the_order_if_the_network_knows_the_syllables():
    order = [2, 0, 3, 1]
    found, loss = syllables.learn_order(Perfect(), order, 600, np.random.default_rng(0))
    assert found.tolist() == order
    assert loss[-50:].mean() < loss[:50].mean() / 3


def test_reward_finds_nothing_if_the_network_does_not_listen():
    found, _ = syllables.learn_order(Deaf(), [2, 0, 3, 1], 100, np.random.default_rng(0))
    assert found.tolist() == [0, 0, 0, 0]  # no preference was ever moved


@pytest.mark.slow
def test_learning_syllables_lowers_the_loss_and_keeps_the_initial_state():
    net = Network.random(4, 30, 2, seed=0)
    learned = syllables.learn_syllables(net, 0.03, 300, np.random.default_rng(0))
    assert np.mean(learned.loss[-40:]) < np.mean(learned.loss[:40]) / 2
    assert np.array_equal(learned.network.h0, net.h0)
    same = syllables.learn_syllables(net, 0.0, 5, np.random.default_rng(0))
    assert np.array_equal(same.network.W, net.W)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["syllables", "rflo", "bptt"])
def test_a_run_of_each_way(way):
    run = syllables.train_sequence(0, way, 0.01, 30, 10)
    assert run["path"].shape == run["target_path"].shape == (100, 2)
    assert np.isfinite(run["off"])
    assert run["off"] == syllables.train_sequence(0, way, 0.01, 30, 10)["off"]


def test_a_run_that_diverges_is_a_result():
    run = syllables.train_sequence(0, "syllables", 1e4, 30, 10)
    assert run["diverged"]
    assert np.isnan(run["off"])
