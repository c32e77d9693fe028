import matplotlib.pyplot as plt
import pytest

from rnn_book import explore
from rnn_book.explore import slider
from rnn_tutorial import Rule, rflo


@pytest.mark.half_second
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


# The explorer, whose sliders a reader moves


@pytest.fixture
def explorer(monkeypatch):
    """Show an explorer, and hand out its sliders by name, what it says, its picture, and what it trained."""
    shown, trained = [], []
    really = explore._train

    def train(n_trials, report, **chosen):
        trained.append(chosen)
        return really(n_trials, report, **chosen)

    monkeypatch.setattr(explore, "display", shown.append)
    monkeypatch.setattr(explore, "_train", train)

    def show(**settings):
        explore.explorer(**{"n_trials": 2, "n_rec": 5, "period": 20} | settings)
        *sliders, line, picture = shown[-1].children
        return {slider.tooltip: slider for slider in sliders}, line.children[1], picture, trained

    return show


@pytest.mark.half_second
def test_sliders_that_are_moved_quickly_end_at_the_last_place(explorer):
    sliders, said, picture, trained = explorer()
    before = plt.get_fignums()
    for n_rec, tau in ((3, 2), (40, 3), (7, 30), (7, 4)):
        sliders["n_rec"].value, sliders["tau"].value = n_rec, tau
    sliders["rule"].value = "bptt"
    moves = [(given["n_rec"], given["tau"], given["rule"]) for given in trained]
    assert moves[1:4] == [(3, 10, "rflo"), (3, 2, "rflo"), (40, 2, "rflo")], "each move trains"
    assert moves[-1] == (7, 4, "bptt")
    assert len(moves) == 1 + 7 + 1
    last = picture.value, said.value
    again, said_again, picture_again, _ = explorer(rule="bptt", tau=4, n_rec=7)
    assert (picture_again.value, said_again.value) == last
    again["seed"].value = 1
    assert picture_again.value != last[0]
    assert plt.get_fignums() == before


def test_a_rule_that_fails_says_so_and_the_next_move_works(explorer, monkeypatch):
    mine = Rule("mine", trial=lambda net, x, y_target: rflo.trial(net, x, y_target))
    sliders, said, picture, _ = explorer(rule=mine)
    first = picture.value, said.value
    with monkeypatch.context() as patch:
        patch.setattr(explore, "_train", lambda *given, **chosen: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            sliders["n_rec"].value = 6
    assert said.value == "ZeroDivisionError: division by zero"
    assert picture.value == first[0]
    sliders["n_rec"].value = 5
    assert (picture.value, said.value) == first


def test_a_training_that_is_stopped_before_its_first_trial_is_said_to_be(explorer):
    def stopped(net, x, y_target):
        raise KeyboardInterrupt

    _, said, picture, _ = explorer(rule=Rule("stopped", trial=stopped))
    assert said.value == "0 trials, then interrupted"
    assert picture.value.startswith("<img")
