"""Every error says which argument is wrong, what was given and what is expected."""

import re
from dataclasses import replace

import numpy as np
import pytest
from oracles import ALL, EVERY_RULE, problem

from rnn_tutorial import Network, Task, bptt, rflo, rtrl, tasks, train

NET, X, Y = problem(n_in=2, n_rec=6, n_out=2, T=8)
TASK = Task(X, Y)
NAN = np.full((8, 2), np.nan)


def net(**changed):
    return replace(NET, **changed)


def raises(call, error, *fragments):
    with pytest.raises(error) as raised:
        call()
    for fragment in fragments:
        assert re.search(rf"(?<!\w){re.escape(fragment)}", str(raised.value)), "from the beginning of a word"


@pytest.mark.parametrize(
    ("changed", "fragments"),
    [
        ({"W": np.ones((6, 5))}, ["W must have shape (6, 6)", "got (6, 5)"]),
        ({"W": np.ones((5, 6))}, ["W must have shape (5, 5)", "got (5, 6)"]),
        ({"W": np.ones(6)}, ["W must have shape (any, any)", "got (6,)"]),
        ({"W_in": np.ones((5, 2))}, ["W_in must have shape (6, any)", "got (5, 2)"]),
        ({"W_in": np.ones(6)}, ["W_in must have shape (6, any)", "got (6,)"]),
        ({"W_out": np.ones((2, 5))}, ["W_out must have shape (any, 6)", "got (2, 5)"]),
        ({"W_out": np.ones((0, 6))}, ["W_out must not be empty", "got shape (0, 6)"]),
        ({"B": np.ones((2, 6))}, ["B must have shape (6, 2)", "got (2, 6)"]),
        ({"h0": np.ones(5)}, ["h0 must have shape (6)", "got (5,)"]),
        ({"h0": 0.1}, ["h0 must have shape (6)", "got ()"]),
        ({"W_in": np.full((6, 2), np.nan)}, ["W_in must be finite", "12 NaN or infinite"]),
        ({"W": np.diag([np.inf] * 6)}, ["W must be finite", "6 NaN or infinite"]),
        ({"W": "weights"}, ["W must be an array of numbers", "'weights'"]),
        ({"W": [[1, 2], [3]]}, ["W must be an array of numbers", "[[1, 2], [3]]"]),
        ({"tau": 0.99}, ["tau must be a finite number >= 1", "got 0.99"]),
        ({"tau": -10}, ["tau must be a finite number >= 1", "got -10"]),
        ({"tau": np.nan}, ["tau must be a finite number >= 1", "got nan"]),
        ({"tau": np.inf}, ["tau must be a finite number >= 1", "got inf"]),
        ({"tau": "10"}, ["tau must be a finite number >= 1", "got '10'"]),
        ({"tau": None}, ["tau must be a finite number >= 1", "got None"]),
    ],
)
def test_network(changed, fragments):
    raises(lambda: net(**changed), ValueError, *fragments)


@pytest.mark.parametrize(
    ("changed", "fragments"),
    [
        ({"n_in": -1}, ["n_in must be an integer >= 0", "got -1"]),
        ({"n_rec": 0}, ["n_rec must be an integer >= 1", "got 0"]),
        ({"n_rec": 5.0}, ["n_rec must be an integer >= 1", "got 5.0"]),
        ({"n_rec": True}, ["n_rec must be an integer >= 1", "got True"]),
        ({"n_out": 0}, ["n_out must be an integer >= 1", "got 0"]),
        ({"n_out": "1"}, ["n_out must be an integer >= 1", "got '1'"]),
        ({"tau": 0}, ["tau must be a finite number >= 1", "got 0"]),
        ({"g": -0.1}, ["g must be a finite number >= 0", "got -0.1"]),
        ({"g": np.nan}, ["g must be a finite number >= 0", "got nan"]),
        ({"seed": -1}, ["seed must be an integer >= 0", "got -1"]),
        ({"seed": None}, ["seed must be an integer >= 0", "got None"]),
        ({"h0": [0.1, 0.1]}, ["h0 must have shape (5)", "got (2,)"]),
    ],
)
def test_random_network(changed, fragments):
    raises(lambda: Network.random(**{"n_in": 1, "n_rec": 5, "n_out": 1} | changed), ValueError, *fragments)


CALLS = [Network.loss] + [
    getattr(rule, name) for rule in ALL for name in ("gradient", "loss_and_gradient", "contributions")
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("x", "y_target", "fragments"),
    [
        (X[:, :1], Y, ["x must have shape (any, 2)", "got (8, 1)"]),
        (X[0], Y, ["x must have shape (any, 2)", "got (2,)"]),
        (X[:0], Y[:0], ["x must not be empty", "got shape (0, 2)"]),
        (X, Y[:7], ["y_target must have shape (8, 2)", "got (7, 2)"]),
        (X, Y[:, :1], ["y_target must have shape (8, 2)", "got (8, 1)"]),
        (X, Y[:, 0], ["y_target must have shape (8, 2)", "got (8,)"]),
        (NAN, Y, ["x must be finite", "16 NaN or infinite"]),
        (X, NAN, ["y_target must be finite", "16 NaN or infinite"]),
        (X, None, ["y_target must be an array of numbers", "got None"]),
    ],
)
def test_trial(call, x, y_target, fragments):
    raises(lambda: call(NET, x, y_target), ValueError, *fragments)


def test_run():
    raises(lambda: NET.run(X[:, :1]), ValueError, "x must have shape (any, 2)", "got (8, 1)")


@EVERY_RULE
def test_rule_options(rule):
    wrong = ["feedback must be one of 'W_out', 'B'", "got 'W'"]
    raises(lambda: rule.gradient(NET, X, Y, feedback="W"), ValueError, *wrong)
    raises(lambda: NET.feedback("W"), ValueError, *wrong)
    raises(lambda: rule.gradient(NET, X, Y, speed=2), TypeError, "speed")
    raises(lambda: rule.gradient(NET, X, Y, "B"), TypeError, "positional")


@pytest.mark.parametrize("truncation", [0, -1, 2.0, "3"])
def test_truncation_and_block(truncation):
    expected = ["truncation must be an integer >= 1", f"got {truncation!r}"]
    raises(lambda: bptt.gradient(NET, X, Y, truncation=truncation), ValueError, *expected)
    expected = ["block must be an integer >= 1", f"got {truncation!r}"]
    raises(lambda: rtrl.gradient(NET, X, Y, block=truncation), ValueError, *expected)


@pytest.mark.parametrize(
    ("settings", "fragments"),
    [
        ({"rule": "backprop"}, ["rule must be one of 'bptt', 'rtrl', 'rflo'", "got 'backprop'"]),
        ({"rule": None}, ["rule must be one of 'bptt', 'rtrl', 'rflo'", "got None"]),
        ({"update": "epoch"}, ["update must be one of 'trial', 'step'", "got 'epoch'"]),
        ({"n_trials": -1}, ["n_trials must be an integer >= 0", "got -1"]),
        ({"n_trials": 2.5}, ["n_trials must be an integer >= 0", "got 2.5"]),
        ({"learning_rate": -0.1}, ["learning_rate of W", ">= 0", "got -0.1"]),
        ({"learning_rate": np.nan}, ["learning_rate of W", ">= 0", "got nan"]),
        ({"learning_rate": "fast"}, ["learning_rate of W", ">= 0", "got 'fast'"]),
        ({"learning_rate": {"W_out": -1}}, ["learning_rate of W_out", ">= 0", "got -1"]),
        ({"learning_rate": {"B": 1}}, ["learning_rate key must be one of 'W_in', 'W', 'W_out'", "got 'B'"]),
        ({"feedback": "W"}, ["feedback must be one of 'W_out', 'B'", "got 'W'"]),
        ({"feedback": "W", "update": "step"}, ["feedback must be one of 'W_out', 'B'", "got 'W'"]),
        ({"rule": "bptt", "truncation": 0}, ["truncation must be an integer >= 1", "got 0"]),
        ({"rule": "bptt", "update": "step"}, ["update must be 'trial' for rule 'bptt'", "'step'", "such as 'rflo'"]),
        ({"rule": "rtrl", "block": 0}, ["block must be an integer >= 1", "got 0"]),
        (
            {"rule": "rtrl", "block": 5, "update": "step"},
            ["update must be 'trial'", "got 'step'", "block must be None"],
        ),
        ({"rule": rflo.gradient, "update": "step"}, ["update must be 'trial'", "function", "got 'step'"]),
        ({"task": Task(X[:, :1], Y)}, ["x must have shape (any, 2)", "got (8, 1)"]),
        ({"task": Task(X, Y[:, :1])}, ["y_target must have shape (8, 2)", "got (8, 1)"]),
    ],
)
def test_train(settings, fragments):
    raises(lambda: train(**{"net": NET, "task": TASK, "progress": False} | settings), ValueError, *fragments)


@pytest.mark.parametrize(
    ("rule", "option"),
    [("rflo", "truncation"), ("rtrl", "truncation"), ("bptt", "momentum"), (rflo.gradient, "momentum")],
)
def test_unknown_option_of_a_rule(rule, option):
    raises(lambda: train(NET, TASK, rule, progress=False, **{option: 1}), TypeError, option)


@pytest.mark.parametrize(
    ("call", "fragments"),
    [
        (lambda: Task(X[:, 0], Y), ["x must have shape (any, any)", "got (8,)"]),
        (lambda: Task(X, Y[:7]), ["y_target must have shape (8, any)", "got (7, 2)"]),
        (lambda: Task(NAN, Y), ["x must be finite", "16 NaN"]),
        (lambda: Task(X, NAN), ["y_target must be finite", "16 NaN"]),
        (lambda: tasks.sum_of_sines(0), ["period must be an integer >= 1", "got 0"]),
        (lambda: tasks.sum_of_sines(12.5), ["period must be an integer >= 1", "got 12.5"]),
        (lambda: tasks.sum_of_sines(n_in=-1), ["n_in must be an integer >= 0", "got -1"]),
        (lambda: tasks.sum_of_sines(amplitudes=[]), ["amplitudes must not be empty", "got shape (0,)"]),
        (lambda: tasks.sum_of_sines(amplitudes=[1, np.nan]), ["amplitudes must be finite", "1 NaN"]),
        (lambda: tasks.heartbeat(0), ["must be an integer >= 1", "got 0"]),
        (lambda: tasks.heartbeat(n_in=-1), ["n_in must be an integer >= 0", "got -1"]),
        (lambda: tasks.hand_movement(0), ["must be an integer >= 1", "got 0"]),
        (lambda: tasks.hand_movement(n_in=-1), ["n_in must be an integer >= 0", "got -1"]),
        (lambda: tasks.delayed_copy(n_steps=0), ["n_steps must be an integer >= 1", "got 0"]),
        (lambda: tasks.delayed_copy(delay=-1), ["delay must be an integer >= 0", "got -1"]),
        (lambda: tasks.delayed_copy(hold=0), ["hold must be an integer >= 1", "got 0"]),
        (lambda: tasks.delayed_copy(seed=-1), ["seed must be an integer >= 0", "got -1"]),
        (lambda: tasks.from_signal(3.0), ["signal must have shape", "got ()"]),
        (lambda: tasks.from_signal([]), ["signal must not be empty", "got shape (0, 1)"]),
        (lambda: tasks.from_signal(np.ones((2, 2, 2))), ["signal must have shape", "got (2, 2, 2)"]),
        (lambda: tasks.from_signal([1, np.inf]), ["signal must be finite", "1 NaN or infinite"]),
        (lambda: tasks.from_signal(["a", "b"]), ["signal must be an array of numbers", "'a'"]),
        (lambda: tasks.from_signal([1, 2], n_steps=0), ["n_steps must be an integer >= 1", "got 0"]),
        (lambda: tasks.from_signal([1, 2], n_in=-1), ["n_in must be an integer >= 0", "got -1"]),
    ],
)
def test_tasks(call, fragments):
    raises(call, ValueError, *fragments)
