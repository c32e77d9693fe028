"""Loss against cost: the ways that are compared."""

import numpy as np
import pytest

from rnn_book.experiments import price
from rnn_book.experiments.price import train_way
from rnn_tutorial import Network, bptt, train
from rnn_tutorial.tasks import sum_of_sines


def test_bptt_is_cut_where_a_setting_says_so():
    net, task = Network.random(1, 30, 1, seed=3), sum_of_sines(100)
    by_hand = [train(net, task, bptt, 3, 0.1, progress=False, **cut).loss for cut in ({}, {"truncation": 5})]
    whole, cut = (train_way(3, "bptt", K, 0.1, 3)["curve"] for K in (None, 5))
    assert np.array_equal(whole, by_hand[0])
    assert np.array_equal(cut, by_hand[1])
    assert not np.array_equal(cut, whole)


def test_each_way_is_another_one():
    assert len({float(train_way(0, rule, K, 0.1, 3)["final"]) for rule, K in price.WAYS}) == len(price.WAYS)


def test_a_way_without_a_name_is_refused():
    with pytest.raises(ValueError, match=r"rule must be .*'rtrl'"):
        train_way(0, "rtrl", None, 0.1, 3)
