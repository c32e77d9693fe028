"""Calls that nobody should make: each is refused by an error that says what was given and what is expected."""

import re
import tracemalloc
from concurrent.futures import Executor, Future
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from functools import partial
from types import MappingProxyType

import numpy as np
import pytest
from oracles import problem

from rnn_tutorial import (
    History,
    Network,
    Rule,
    Task,
    _check,
    bptt,
    diagnostics,
    rflo,
    rtrl,
    tasks,
    train,
    train_ensemble,
)
from rnn_tutorial.jobs import run_jobs

NET, X, Y = problem(n_in=2, n_rec=6, n_out=2, T=8)
TASK = Task(X, Y)
COMPLEX = replace(NET, W=NET.W * 1j)
HISTORY, UNWATCHED = (train(NET, TASK, n_trials=1, watch=watch) for watch in ({"bptt": "bptt"}, None))
RIDDLES = (
    "NoneType",
    "has no attribute",
    "ufunc",
    "multiple values",
    "ambiguous",
    "not supported between",
    "not iterable",
    "not callable",
    "unpack",
    "TypingError",
)


def ensemble(**given):
    return train_ensemble(**{"task": TASK, "seeds": [0], "n_rec": 3, "n_trials": 1} | given)


MASKED = np.ma.masked_array(Y, mask=Y > 0)

CALLS = [
    # a network of another kind, or none
    (lambda: rflo.gradient(None, X, Y), ValueError, "net must be a Network, but got None"),
    (lambda: bptt.loss_and_gradient(TASK, X, Y), ValueError, "net must be a Network, but got Task("),
    (lambda: rtrl.contributions("net", X, Y), ValueError, "net must be a Network, but got 'net'"),
    (lambda: train(TASK, NET), ValueError, "net must be a Network, but got Task("),
    (lambda: train(None, TASK), ValueError, "net must be a Network, but got None"),
    (lambda: diagnostics.alignment(None), ValueError, "net must be a Network, but got None"),
    (lambda: diagnostics.complex_step(X, X, Y), ValueError, "net must be a Network, but got array("),
    # a task of another kind
    (lambda: train(NET, (X, Y)), ValueError, "task must be a Task, or a function that returns one, but got (array("),
    (lambda: train(NET, None), ValueError, "task must be a Task, or a function that returns one, but got None"),
    (lambda: train(NET, lambda k: X), ValueError, "task must be a Task, or a function that returns one, but got arr"),
    (lambda: ensemble(task=None), ValueError, "task must be a Task, such as tasks.sum_of_sines(), but got None"),
    # numbers that are none
    (lambda: replace(NET, tau=True), ValueError, "tau must be a finite number >= 1, but got True"),
    (lambda: replace(NET, tau=10**400), ValueError, "tau must be a finite number >= 1, but got 1000"),
    (lambda: replace(NET, tau=3j), ValueError, "tau must be a finite number >= 1, but got 3j"),
    (lambda: replace(NET, tau=Fraction(1, 3)), ValueError, "tau must be a finite number >= 1, but got Fraction(1, 3)"),
    (lambda: Network.random(1, 3, 1, g=True), ValueError, "g must be a finite number >= 0, but got True"),
    (lambda: Network.random(1, 3, 1, h0="quiet"), ValueError, "h0 must be a finite number, but got 'quiet'"),
    (lambda: Network.random(1, 3, 1, h0=True), ValueError, "h0 must be a finite number, but got True"),
    (lambda: Network.random(1, 3, 1, h0=None), ValueError, "h0 must be a finite number, but got None"),
    (lambda: Network.random(1, 3, 1, h0=[10**400] * 3), ValueError, "h0 must be an array of numbers, but got [1000"),
    (lambda: Network.random(1, None, 1), ValueError, "n_rec must be an integer >= 1, but got None"),
    (lambda: train(NET, TASK, learning_rate=True), ValueError, "learning_rate of W_in must be a finite number >= 0"),
    (lambda: train(NET, TASK, learning_rate=10**400), ValueError, "learning_rate of W_in must be a finite number >= 0"),
    (lambda: train(NET, TASK, learning_rate=[0.1]), ValueError, "learning_rate of W_in must be a finite number >= 0"),
    (lambda: train(NET, TASK, learning_rate={1: 2}), ValueError, "learning_rate key must be one of 'W_in', 'W', 'W_o"),
    (lambda: train(NET, TASK, n_trials="9"), ValueError, "n_trials must be an integer >= 0, but got '9'"),
    (lambda: train(NET, TASK, batch=0), ValueError, "batch must be an integer >= 1, but got 0"),
    (lambda: train(NET, TASK, max_norm=0), ValueError, "max_norm must be a finite number > 0, but got 0"),
    (lambda: train(NET, TASK, max_norm=-1), ValueError, "max_norm must be a finite number > 0, but got -1"),
    (lambda: _check.number("shift", np.nan), ValueError, "shift must be a finite number, but got nan"),
    (lambda: _check.number("shift", -np.inf), ValueError, "shift must be a finite number, but got -inf"),
    (lambda: _check.number("shift", 0, above=0), ValueError, "shift must be a finite number > 0, but got 0"),
    # arrays that are none
    (lambda: Task([None] * 3, Y), ValueError, "x must be an array of numbers, but got [None, None, None]"),
    (lambda: Task(X, MASKED), ValueError, "y_target must be an array of numbers, but got masked_array("),
    (lambda: Task([[datetime.now()]], [[1]]), ValueError, "x must be an array of numbers, but got [[datetime"),
    (lambda: Task([["1"]], [[1]]), ValueError, "x must be an array of numbers, but got [['1']]"),
    (lambda: Task(np.array([["2026-01-01"]], "M8[D]"), [[1]]), ValueError, "x must be an array of numbers, but got ar"),
    (lambda: NET.run(None), ValueError, "x must be an array of numbers, but got None"),
    (lambda: NET.run({"x": X}), ValueError, "x must be an array of numbers, but got {'x'"),
    (lambda: NET.loss(X, "target"), ValueError, "y_target must be an array of numbers, but got 'target'"),
    (lambda: NET.loss(Y[:3], X), ValueError, "y_target must have shape (3, 2), but got (8, 2)"),
    # complex numbers, which only the loss can take
    (lambda: bptt.gradient(COMPLEX, X, Y), ValueError, "net, x and y_target must be real for a rule"),
    (lambda: rflo.contributions(NET, X * 1j, Y), ValueError, "net, x and y_target must be real for a rule"),
    (lambda: train(COMPLEX, TASK), ValueError, "net, x and y_target must be real for a rule"),
    (lambda: train(NET, Task(X, Y * 1j)), ValueError, "net, x and y_target must be real for a rule"),
    (lambda: diagnostics.complex_step(COMPLEX, X, Y), ValueError, "net, x and y_target must be real for a rule"),
    (lambda: diagnostics.complex_step(NET, X, Y * 1j), ValueError, "net, x and y_target must be real for a rule"),
    (lambda: diagnostics.cosine([1j, 0], [1j, 0]), ValueError, "a and b must be real for an angle"),
    (lambda: diagnostics.angle(COMPLEX.W, NET.W), ValueError, "a and b must be real for an angle"),
    # choices and options
    (lambda: NET.feedback(NET.B), ValueError, "feedback must be one of 'W_out', 'B', but got array("),
    (lambda: rflo.gradient(NET, X, Y, feedback=None), ValueError, "feedback must be one of 'W_out', 'B', but got None"),
    (lambda: bptt.gradient(NET, X, Y, truncation=True), ValueError, "truncation must be an integer >= 1, but got T"),
    (lambda: bptt.gradient(NET, X, Y, block=3), TypeError, "rule 'bptt' has no option 'block'; it has feedback, trunc"),
    (lambda: train(NET, TASK, update=X), ValueError, "update must be one of 'trial', 'step', but got array("),
    (lambda: train(NET, TASK, rule=["rflo"]), ValueError, "rule must be one of 'bptt', 'rtrl', 'rflo', a Rule or a f"),
    (lambda: train(NET, TASK, after=3), ValueError, "after must be a function of the weights or None, but got 3"),
    (lambda: train(NET, TASK, after=lambda w: None), ValueError, "after must return Gradients with the shapes of the"),
    (lambda: train(NET, TASK, watch=[rflo]), ValueError, "watch must be a dict from names to rules or None, but got ["),
    (lambda: train(NET, TASK, watch={"a": 3}), ValueError, "rule must be one of 'bptt', 'rtrl', 'rflo', a Rule or a "),
    (lambda: train(NET, TASK, every="all"), ValueError, "every must be an integer >= 1, but got 'all'"),
    (lambda: train(NET, TASK, every=np.array(1.5)), ValueError, "every must be an integer >= 1, but got array(1.5)"),
    (lambda: train(NET, TASK, watch={3: "bptt"}), ValueError, "each name in watch must be a str, but got 3"),
    (lambda: train(NET, TASK, carry_state="False"), ValueError, "carry_state must be True or False, but got 'False'"),
    (lambda: train(NET, TASK, carry_state=np.ones(2)), ValueError, "carry_state must be True or False, but got array("),
    (lambda: train(NET, TASK, progress=np.ones(2)), ValueError, "progress must be True or False, but got array("),
    (lambda: train(NET, TASK, "rflo", update="step", feedback="X"), ValueError, "feedback must be one of 'W_out', 'B'"),
    (lambda: train(NET, TASK, "rtrl", update="step", block=0), ValueError, "block must be an integer >= 1, but got 0"),
    (lambda: train(NET, TASK, every=[1.5]), ValueError, "each of every must be an integer >= 0, but got 1.5"),
    (lambda: train(NET, TASK, update="step", batch=2), ValueError, "update must be 'trial' with batch, but got 'step'"),
    (lambda: HISTORY.cosines("bptt", "rflo"), ValueError, "watched rule must be one of 'bptt', but got 'rflo'"),
    (lambda: UNWATCHED.cosines("a", "b"), ValueError, "a and b must be watched rules, but got 'a' and 'b', and"),
    (lambda: HISTORY.angles("bptt", "bptt", "B"), ValueError, "weights must be one of 'W_in', 'W', 'W_out', but got"),
    # rules of one's own
    (
        lambda: train(NET, TASK, lambda *trial: None),
        ValueError,
        "rule '<lambda>' must return Gradients with the shapes",
    ),
    (lambda: train(NET, TASK, lambda *trial: (1, 2, 3)), ValueError, "rule '<lambda>' must return Gradients with the "),
    (
        lambda: train(NET, TASK, Rule("mine", trial=lambda *trial: (1, (1, 2, 3)))),
        ValueError,
        "rule 'mine' must return ",
    ),
    (lambda: Rule("mine", trial=3), ValueError, "rule 'mine' must have a kernel, trial or online, but got [3]"),
    (lambda: Rule(None, trial=print), ValueError, "name must be a str, but got None"),
    (lambda: Rule("mine", trial=print, options="rank"), ValueError, "options must be a tuple, but got 'rank'"),
    (lambda: Rule("mine", trial=print, feedback="W"), ValueError, "feedback must be one of 'W_out', 'B', but got 'W'"),
    (lambda: Rule("mine"), ValueError, "rule 'mine' must have a kernel, trial or online, but got none"),
    (
        lambda: Rule("mine", online=print, options=("a",)),
        ValueError,
        "options must be () without the kernel trial, ",
    ),
    (lambda: Rule("mine", trial=print, numbers=3), ValueError, "numbers must be a function of a network and a number"),
    (
        lambda: replace(rflo, name="mine", numbers=lambda net, n_steps: None).gradient(NET, X, Y),
        ValueError,
        "what numbers returns for rule 'mine' must be an integer >= 0, but got None",
    ),
    # jobs
    (lambda: run_jobs(3, [{}]), ValueError, "function must be a function that returns a dict of arrays, but got 3"),
    (lambda: run_jobs(print, 3), ValueError, "jobs must be a list of dicts of arguments, but got 3"),
    (lambda: run_jobs(print, [3]), ValueError, "jobs must be a list of dicts of arguments, but got [3]"),
    (
        lambda: run_jobs(partial(print), [{}], folder="a"),
        ValueError,
        "with a folder, the function must be defined",
    ),
    (lambda: ensemble(net=NET), ValueError, "net must be left out, as networks are drawn from seeds, but got"),
    (lambda: ensemble(settings=[{"net": NET}]), ValueError, "net must be left out, as networks are drawn from see"),
    (
        lambda: ensemble(seeds=[0, 1, 0]),
        ValueError,
        "seeds must differ, as equal ones are one network and not",
    ),
    (lambda: ensemble(n_rec=-(10**9)), ValueError, "n_rec must be an integer >= 1, but got -1000000000"),
    (lambda: ensemble(n_trials=-(10**12)), ValueError, "n_trials must be an integer >= 0, but got -1000000000000"),
    (lambda: ensemble(progress=None), ValueError, "progress must be True or False, but got None"),
    (lambda: Task(np.array([[1]], "m8[s]"), [[1]]), ValueError, "x must be an array of numbers, but got array("),
    # tasks
    (lambda: tasks.delayed_copy(10, delay=50), ValueError, "delay must be less than n_steps=10, but got 50"),
    (lambda: tasks.delayed_copy(10, delay=10), ValueError, "delay must be less than n_steps=10, but got 10"),
    (lambda: tasks.sum_of_sines(amplitudes=[1] * 51), ValueError, "amplitudes must be at most 50 numbers, but got 51"),
    (lambda: tasks.from_signal(None), ValueError, "signal must be an array of numbers, but got array(None"),
    (lambda: tasks.from_signal(MASKED), ValueError, "signal must be an array of numbers, but got masked_array("),
    (lambda: tasks.from_signal(MASKED[:, 0]), ValueError, "signal must be an array of numbers, but got masked_array("),
    (lambda: tasks.from_signal([[1, 2], [3]]), ValueError, "signal must be an array of numbers, but got [[1, 2], [3]]"),
    (lambda: tasks.heartbeat(None), ValueError, "period must be an integer >= 1, but got None"),
    # diagnostics
    (lambda: diagnostics.cosine([1, 2], [1, 2, 3]), ValueError, "a and b must hold equally many numbers, but hold 2 "),
    (lambda: diagnostics.relative_error("a", [1]), ValueError, "a must hold numbers, but got 'a'"),
    (lambda: diagnostics.cosine([1], None), ValueError, "b must hold numbers, but got None"),
    (lambda: diagnostics.cosine(MASKED, Y), ValueError, "a must hold numbers, but got masked_array("),
    (lambda: diagnostics.relative_error((X, Y), (X, MASKED)), ValueError, "b must hold numbers, but got (array("),
    (lambda: diagnostics.cosine([[1], [2, 3]], [1, 2, 3]), ValueError, "a must hold numbers, but got [[1], [2, 3]]"),
    (lambda: diagnostics.relative_error([1], ()), ValueError, "b must hold numbers, but got ()"),
    (lambda: diagnostics.measure_cost(None, NET, X, Y), ValueError, "gradient must be a function, such as rnn_tutoria"),
    (lambda: diagnostics.measure_cost(rflo, NET, X, Y), ValueError, "gradient must be a function, such as rnn_tutoria"),
    (lambda: diagnostics.measure_cost(rflo.gradient, NET, X, Y, 0), ValueError, "repeats must be an integer >= 1, but"),
    # ensembles
    (lambda: ensemble(seeds=3), ValueError, "seeds must be several integers, such as range(10), but got 3"),
    (lambda: ensemble(seeds=[0.5]), ValueError, "each of seeds must be an integer >= 0, but got 0.5"),
    (lambda: ensemble(settings={}), ValueError, "settings must be a list of one or more dicts, or None, but got {}"),
    (lambda: ensemble(settings=[3]), ValueError, "each of settings must be a dict from names of arguments, but got 3"),
    (lambda: ensemble(seed=3), ValueError, "seed must be left to seeds, but got seed=3"),
    (lambda: ensemble(settings=[{"progress": True}]), ValueError, "progress must be the same for all runs, but got pr"),
    (lambda: ensemble(settings=[{"folder": "a"}]), ValueError, "folder must be the same for all runs, but got folder="),
    (lambda: ensemble(time_limit=1e12), ValueError, "time_limit must be at most "),
    (lambda: ensemble(executor=4), ValueError, "executor must be a concurrent.futures.Executor or None, but got 4"),
    (lambda: ensemble(folder=""), ValueError, "folder must be the path of a folder or None, but got ''"),
    (lambda: ensemble(folder=3), ValueError, "folder must be the path of a folder or None, but got 3"),
]


def refused(call, error, text):
    with pytest.raises(error) as raised:
        call()
    assert type(raised.value) is error
    assert str(raised.value).startswith(text)
    assert not [riddle for riddle in RIDDLES if riddle in str(raised.value).removeprefix(text)]


@pytest.mark.parametrize(("call", "error", "text"), CALLS)
def test_a_bad_call_is_refused(call, error, text):
    refused(call, error, text)


def test_there_are_many():
    assert len(CALLS) >= 60


def test_with_a_folder_a_key_of_a_dict_is_a_string(tmp_path):
    rates = {"W": 1, 2: 3}
    text = "with a folder, keys of dicts must be strings"
    refused(lambda: ensemble(learning_rate=rates, folder=tmp_path), ValueError, text)


class Kernel:
    def __call__(self, net, x, y_target):
        raise AssertionError("it was not refused")


@pytest.mark.parametrize("kernel", [partial(Kernel(), block=3), Kernel(), [].append, lambda *trial: None])
def test_with_a_folder_a_kernel_is_one_of_the_library(tmp_path, kernel):
    rule, text = Rule("own", trial=kernel), "with a folder, arguments must be numbers, strings, real arrays, Tasks or"
    refused(lambda: ensemble(rule=rule, folder=tmp_path), ValueError, text)


def stop_at_once(weights):
    raise KeyboardInterrupt


class AtOnce(Executor):
    def submit(self, job):
        future = Future()
        future.set_result(job())
        return future


LARGE, LONG = Network.random(1, 300, 1), Task(X[:, :1], Y[:, :1])
AT_ONCE = {"after": stop_at_once}  # so that what is let through takes neither time nor memory


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: Network.random(1, 10**9, 1),
            "a network of n_rec=1000000000, n_in=1, n_out=1 would take 7.45e+9 GiB of",
        ),
        (lambda: Network.random(1, 10**200, 1), "a network of n_rec=1000"),
        (lambda: train(NET, TASK, n_trials=10**11), "the record of n_trials=100000000000 would take 1.86e+4 GiB of"),
        (lambda: train(NET, TASK, batch=10**11), "the gradients of batch=100000000000 trials would take 4.47e+4 GiB"),
        (lambda: train(LARGE, LONG, n_trials=10**7, every=1, **AT_ONCE), "what is kept of 10000001 looks would"),
        (lambda: train(LARGE, LONG, n_trials=10**7, watch={"a": rflo}, **AT_ONCE), "what is kept of 10000001 "),
        (lambda: Network.random(0, 6, 1).run(np.empty((10**12, 0))), "a run of 1000000000000 steps with n_rec=6 would"),
        (lambda: train(NET, TASK, every=range(10**12), **AT_ONCE), "that many numbers in every would take 7.45e+4 GiB"),
        (lambda: ensemble(seeds=range(10**13)), "that many runs would take 5.96e+6 GiB"),
        (lambda: ensemble(seeds=range(10**30)), "that many runs would take 5.50e+12 GiB"),
        (lambda: ensemble(seeds=range(1000), n_rec=10**5, executor=AtOnce()), "the records of 1000 runs would take 7"),
        (lambda: ensemble(seeds=range(1000), n_trials=10**9, executor=AtOnce(), **AT_ONCE), "the records of 1000 r"),
        (lambda: tasks.sum_of_sines(10**12), "a trial of period=1000000000000 and n_in=1 would take 2.24e+4 GiB of"),
        (
            lambda: tasks.sum_of_sines(100, n_in=10**12),
            "a trial of period=100 and n_in=1000000000000 would take 7.45e+5",
        ),
        (
            lambda: tasks.from_signal(Y, n_steps=10**12),
            "a trial of n_steps=1000000000000 and n_in=1 would take 2.24e+4",
        ),
        (
            lambda: rflo.contributions(LARGE, np.zeros((10**6, 1)), np.zeros((10**6, 1))),
            "a gradient for each of 1000000",
        ),
    ],
)
def test_what_cannot_fit_is_refused_before_it_is_made(call, text):
    tracemalloc.start()
    try:
        refused(call, MemoryError, text)
        assert tracemalloc.get_traced_memory()[1] < 10**8
    finally:
        tracemalloc.stop()


def test_what_looks_and_batches_and_runs_take_is_counted(monkeypatch):
    asked, n = {}, sum(w.size for w in NET.weights)
    monkeypatch.setattr(_check, "memory", asked.__setitem__)
    train(NET, TASK, n_trials=6, every=3, watch={"a": rflo, "b": bptt}, batch=2, progress=False)
    assert asked["the gradients of batch=2 trials"] == 2 * n
    assert asked["what is kept of 3 looks"] == 3 * 3 * n, "the network, and what two rules say"
    train(NET, TASK, n_trials=2, every=range(0, 1000, 2), progress=False)
    assert asked["what is kept of 2 looks"] == 2 * n, "no others are taken"
    train(NET, TASK, n_trials=4, watch={"a": rflo}, progress=False)
    assert asked["what is kept of 5 looks"] == 5 * n, "and no network"
    NET.run(X)
    assert asked["a run of 8 steps with n_rec=6"] == 3 * 8 * 6
    ensemble(seeds=iter([0, 1]), settings=[{"n_trials": 3}, {}], executor=AtOnce(), progress=False)
    of_networks = 4 * (3 * (3 + TASK.n_in + 2 * TASK.n_out) + 3)
    assert asked["the records of 4 runs"] == 4 * 2 * (3 + 1) + of_networks, "two histories and two tables of each"
    assert asked["that many runs"] == 80 * 2 * 2
    ensemble(seeds=range(2), settings=[{}] * 3, executor=AtOnce(), progress=False)
    assert asked["that many runs"] == 80 * 2 * 3


GIGABYTES = {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 2**20}  # four of them


@pytest.fixture
def no_container(monkeypatch):
    """The machine is asked anew each time, and all of its memory is ours."""
    monkeypatch.setattr(_check, "memory_there", _check.memory_there.__wrapped__)
    monkeypatch.setattr(_check, "LIMITS", ())


@pytest.mark.usefixtures("no_container")
@pytest.mark.parametrize(
    ("said", "there"),
    [
        ((f"{2**30}\n", None), 1),
        ((None, f"{2**30}\n"), 1),
        ((f"{2**31}\n", f"{2**30}\n"), 1),
        (("max\n", None), 4),
        ((None, "9223372036854771712\n"), 4),
        ((None, None), 4),
    ],
)
def test_a_container_has_what_it_is_let_take(monkeypatch, tmp_path, said, there):
    limits = [tmp_path / "memory.max", tmp_path / "memory.limit_in_bytes"]
    for path, text in zip(limits, said, strict=True):
        if text is not None:
            path.write_text(text)
    monkeypatch.setattr(_check.os, "sysconf", GIGABYTES.get)
    monkeypatch.setattr(_check, "LIMITS", limits)
    assert _check.memory_there() == there * 2**30


@pytest.mark.usefixtures("no_container")
@pytest.mark.parametrize(("sysconf", "there"), [(GIGABYTES.get, 4), (None, 1024)])
def test_what_fits_exactly_is_let_through_and_one_number_more_is_not(monkeypatch, sysconf, there):
    """Without `sysconf`, as on Windows, a terabyte is taken to be there."""
    if sysconf:
        monkeypatch.setattr(_check.os, "sysconf", sysconf)
    else:
        monkeypatch.delattr(_check.os, "sysconf")
    fits = there * 2**30 // 8
    _check.memory("this", fits)
    for n, needed in ((fits + 1, there), (2 * fits, 2 * there)):
        with pytest.raises(MemoryError, match=r"this would take \S+ GiB of memory, but this machine has") as raised:
            _check.memory("this", n)
        told = [float(n) for n in re.findall(r"(\S+) GiB", str(raised.value))]
        assert told == pytest.approx([needed, there], rel=5e-3)


@pytest.mark.usefixtures("no_container")
def test_a_system_that_does_not_know_its_memory_refuses_nothing(monkeypatch):
    monkeypatch.setattr(_check.os, "sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": -1}.get)
    _check.memory("this", 10**30)


@pytest.mark.usefixtures("no_container")
@pytest.mark.parametrize(
    "call",
    [
        lambda rule: rule.gradient(LARGE, X[:, :1], Y[:, :1]),
        lambda rule: rule.contributions(LARGE, X[:, :1], Y[:, :1]),
        lambda rule: train(LARGE, LONG, rule, 1, progress=False),
        lambda rule: train(LARGE, LONG, rule, 1, update="step", progress=False),
    ],
)
def test_a_network_whose_sensitivities_cannot_fit_is_refused(monkeypatch, call):
    """RTRL has 300 x 300 x 301 of them, twice; RFLO, on the same machine, none."""
    monkeypatch.setattr(_check.os, "sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 2**15}.get)
    expected = r"RTRL of n_rec=300 and n_in=1(, in a trial of 8 steps)? would take 0.403 GiB of memory, but this"
    with pytest.raises(MemoryError, match=expected):
        call(rtrl)
    call(rflo)


@pytest.mark.parametrize("update", ["trial", "step"])
@pytest.mark.parametrize("rule", [bptt, rflo])
def test_a_trial_whose_states_cannot_fit_is_refused(monkeypatch, rule, update):
    """Half of what three hundred steps need. A rule that learns at every step keeps one of them."""
    task = Task(np.zeros((300, 2)), np.zeros((300, 2)))
    monkeypatch.setattr(_check, "memory_there", lambda: 8 * 3 * 300 * NET.n_rec // 2)
    text = f"{rule.label} of n_rec=6 and n_in=2, in a trial of 300 steps would take"
    refused(lambda: rule.gradient(NET, task.x, task.y_target), MemoryError, text)
    if update == "trial":
        for given in (task, lambda k: task):
            refused(lambda given=given: train(NET, given, rule, 1, progress=False), MemoryError, text)
    elif rule.online:
        assert len(train(NET, task, rule, 1, update="step", progress=False).loss) == 1


def test_what_is_long_but_fits_is_not_refused():
    assert tasks.delayed_copy(10, delay=2, hold=10**30).T == 10
    assert len(train(NET, TASK, n_trials=10**6, learning_rate=0, after=stop_at_once).loss) == 0


def test_numbers_of_every_kind_are_taken():
    """Negative control: not all that is unusual is refused."""
    history = train(NET, TASK, learning_rate=Fraction(1, 10), n_trials=np.int64(2))
    rates = dict.fromkeys(("W_in", "W", "W_out"), 0.1)
    assert np.array_equal(history.loss, train(NET, TASK, learning_rate=MappingProxyType(rates), n_trials=2).loss)
    assert (Network.random(1, 3, 1, h0=np.float32(0.5)).h0 == 0.5).all()
    assert diagnostics.cosine(np.ma.masked_array(X, mask=False), X) == pytest.approx(1)
    assert isinstance(history, History)
    assert np.array_equal(history.loss, train(NET, TASK, learning_rate=0.1, n_trials=2).loss)
    objects = np.array([[Fraction(1, 2), 1], [2, 3.0]], object)
    assert np.array_equal(Task(objects, objects).x, [[0.5, 1], [2, 3]])
    assert Task(np.ma.masked_array(X, mask=False), Y).T == 8
    assert tasks.from_signal(np.ma.masked_array(X[:, 0], mask=False)).T == 8
    assert Task(X > 0, Y).x.dtype == float
    assert len(tasks.sum_of_sines(20, amplitudes=[1] * 50).y_target) == 20
    assert tasks.delayed_copy(10, delay=9).T == 10
    assert _check.number("shift", -5) == -5
    assert _check.number("shift", 1e-300, above=0) == 1e-300


def test_an_array_of_floats_is_looked_at_where_it_is():
    """A check that copied would double the memory of a long trial."""
    assert _check.array("x", X, (None, 2)) is X
