import pytest

from rnn_book.explore import slider


def test_the_slider_has_a_picture_for_each_value():
    page = slider("tau", (2, 5, 9), "time constant (steps)", n_trials=20, rule="bptt", n_rec=5, period=20).data
    assert page.count("<img") == 3
    pictures = {text.split('"')[0] for text in page.split('src="')[1:]}
    assert len(pictures) == 3
    assert "Loss of a network under BPTT, and its output before and after training. time constant (steps): 5." in page


def test_the_slider_begins_where_it_is_told():
    page = slider("tau", (2, 5, 9), "tau", n_trials=20, start=1, n_rec=5, period=20).data
    shown = [part.split(">")[0] for part in page.split("<img")[1:]]
    assert [" hidden" in part for part in shown] == [True, False, True]


def test_a_run_that_diverges_still_has_its_picture():
    assert slider("learning_rate", (0.01, 1e4), "rate", n_trials=20, n_rec=5, period=20).data.count("<img") == 2


def test_an_unknown_setting_is_named():
    with pytest.raises(ValueError, match=r"name must be one of 'rule', 'learning_rate'.*'speed'"):
        slider("speed", (1, 2), "speed")
