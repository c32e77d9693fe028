"""The tasks: their formulas and their promises to the reader."""

import os
import shutil
import subprocess
import sys
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from oracles import EXACT

from rnn_tutorial import Network, Task, tasks, train


def test_a_task_is_a_value():
    x, y_target = np.zeros((3, 2)), np.ones((3, 1))
    task = Task(x, y_target, "mine")
    x[:], y_target[:] = 9, 9
    assert np.array_equal(task.x, np.zeros((3, 2)))
    assert np.array_equal(task.y_target, np.ones((3, 1)))
    with pytest.raises(ValueError, match="read-only"):
        task.x[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        task.y_target[0] = 1
    assert (task.T, task.n_in, task.n_out) == (3, 2, 1)
    assert repr(task) == "Task('mine', T=3, n_in=2, n_out=1)"
    assert all(getattr(Task, name).__doc__ for name in ("T", "n_in", "n_out")), "each says what it is"


@pytest.mark.parametrize(
    ("plain", "spelled_out"),
    [
        (tasks.sum_of_sines(), tasks.sum_of_sines(100, (1, 0.5, 0.25), 1)),
        (tasks.delayed_copy(), tasks.delayed_copy(200, 10, 20, 0)),
        (tasks.heartbeat(), tasks.heartbeat(100, 1)),
        (tasks.hand_movement(), tasks.hand_movement(100, 1)),
        (tasks.from_signal([1, 2]), tasks.from_signal([1, 2], 2, 1)),
    ],
    ids=lambda task: task.name,
)
def test_a_task_that_is_asked_for_by_its_name_alone(plain, spelled_out):
    """Chapters count on these sizes without naming them."""
    assert np.array_equal(plain.x, spelled_out.x)
    assert np.array_equal(plain.y_target, spelled_out.y_target)


def test_sum_of_sines():
    period = 40
    task = tasks.sum_of_sines(period, amplitudes=(1.0, 0.5, 0.25))
    for t in range(1, period + 1):
        phase = 2 * np.pi * t / period
        expected = np.sin(phase) + 0.5 * np.sin(2 * phase) + 0.25 * np.sin(4 * phase)
        assert task.y_target[t - 1, 0] == pytest.approx(expected, abs=1e-14)
    assert np.array_equal(task.x, np.zeros((period, 1)))


def test_harmonics_double():
    spectrum = np.abs(np.fft.rfft(tasks.sum_of_sines(64, amplitudes=(1, 2, 3, 4)).y_target[:, 0])) / 32
    np.testing.assert_allclose(spectrum[[1, 2, 4, 8]], [1, 2, 3, 4], rtol=EXACT)
    assert np.delete(spectrum, [1, 2, 4, 8]).max() < EXACT


@pytest.mark.parametrize("periodic", [tasks.sum_of_sines, tasks.heartbeat, tasks.hand_movement])
def test_periodic_tasks_have_no_input(periodic):
    assert periodic(n_in=3).x.shape == (100, 3)
    assert not periodic(n_in=3).x.any()
    assert periodic(period=30, n_in=0).x.shape == (30, 0)
    assert periodic().name == periodic.__name__


def test_heartbeat():
    beat = tasks.heartbeat(181).y_target[:, 0]  # 181 samples were recorded, so nothing is interpolated
    assert beat.mean() == pytest.approx(0, abs=1e-14)
    assert np.abs(beat).max() == beat.max() == 1
    assert beat.argmax() == 60, "the R-peak stands where the record's annotation has it"
    assert np.mean(np.abs(beat) > 0.5) < 0.05, "the R-peak is narrow"
    assert abs(beat[0] - beat[-1]) < 0.05, "a beat ends as the next begins"


def test_without_recordings_there_are_still_the_other_tasks(tmp_path):
    """The import looks for no file; the task that needs one says which."""
    there = tmp_path / "rnn_tutorial"
    shutil.copytree(Path(tasks.__file__).parent, there, ignore=shutil.ignore_patterns("data", "*.nb?"))
    script = "from rnn_tutorial import tasks; print(tasks.sum_of_sines().T); tasks.heartbeat()"
    env = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], env=env, cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "100\n"
    assert done.stderr.splitlines()[-1].startswith(f"FileNotFoundError: {there / 'data' / 'heartbeat.csv'}")


@pytest.mark.parametrize("period", [50, 100, 400])
def test_heartbeat_keeps_its_shape_at_any_length(period):
    beat, recorded = (tasks.heartbeat(n).y_target[:, 0] for n in (period, 181))
    assert len(beat) == period
    where = np.linspace(0, 1, period)
    np.testing.assert_allclose(beat, np.interp(where, np.linspace(0, 1, 181), recorded), rtol=0, atol=1e-12)


def test_hand_movement():
    task = tasks.hand_movement(45)  # 45 frames were recorded, so nothing is interpolated
    path = task.y_target
    assert path.shape == (45, 2)
    np.testing.assert_allclose(path.mean(axis=0), 0, rtol=0, atol=1e-15)
    assert np.abs(path).max() == 1
    speed = np.linalg.norm(np.diff(path, axis=0), axis=1)
    assert speed[:10].max() < speed[15:].min(), "the hand rests before it moves"
    assert path[0, 0] > path[-1, 0], "it moves to the left"


def test_hand_movement_keeps_proportions_and_points_up():
    recorded = np.loadtxt(tasks.DATA / "hand_movement.csv", delimiter=",")
    path = tasks.hand_movement(45).y_target
    scale = (path[-1, 0] - path[0, 0]) / (recorded[-1, 0] - recorded[0, 0])
    np.testing.assert_allclose(np.diff(path, axis=0), np.diff(recorded * [scale, -scale], axis=0), rtol=0, atol=1e-14)


def test_from_signal():
    one = tasks.from_signal([1, 2, 3], n_in=2)
    assert np.array_equal(one.y_target, [[1], [2], [3]])
    assert np.array_equal(one.x, np.zeros((3, 2)))
    two = tasks.from_signal([[1, 10], [2, 20]], n_in=0)
    assert np.array_equal(two.y_target, [[1, 10], [2, 20]])
    assert two.x.shape == (2, 0)


def test_resampling_is_linear():
    columns = [[0, 5], [2, 5], [4, 1]]
    np.testing.assert_allclose(
        tasks.from_signal(columns, n_steps=5).y_target, [[0, 5], [1, 5], [2, 5], [3, 3], [4, 1]], rtol=0, atol=1e-15
    )
    assert np.array_equal(tasks.from_signal(columns, n_steps=3).y_target, columns)
    assert np.array_equal(tasks.from_signal(columns, n_steps=2).y_target, [[0, 5], [4, 1]])


@pytest.mark.parametrize("delay", [0, 3, 10, 49])
def test_delayed_copy(delay):
    task = tasks.delayed_copy(n_steps=50, delay=delay, hold=7, seed=3)
    assert task.x.shape == task.y_target.shape == (50, 1)
    assert set(task.x.ravel()) == {-1.0, 1.0}
    for t in range(50):
        assert task.y_target[t] == (task.x[t - delay] if t >= delay else 0)
    assert all(len(set(task.x[t : t + 7, 0])) == 1 for t in range(0, 50, 7)), "the level changes every 7 steps only"


def test_delayed_copy_is_random_but_repeatable():
    signals = [tasks.delayed_copy(n_steps=2000, hold=1, seed=s).x for s in (1, 1, 2)]
    assert np.array_equal(signals[0], signals[1])
    # 2000 coin tosses each: means and correlations by chance have a standard deviation of 0.022.
    assert abs(np.mean(signals[0])) < 0.1
    assert abs(np.mean(signals[0] * signals[2])) < 0.1


@pytest.mark.half_second
@pytest.mark.parametrize("rule", ["bptt", "rflo"])
@pytest.mark.parametrize("seed", range(3))
def test_delayed_copy_needs_its_input_and_generalises(rule, seed):
    make = partial(tasks.delayed_copy, n_steps=100, delay=2, hold=10)
    task = make(seed=0)
    silenced = Task(np.zeros_like(task.x), task.y_target)
    net = Network.random(1, 20, 1, tau=2, g=1, seed=seed)
    with_input, without = (train(net, t, rule, 300, 0.1, progress=False) for t in (task, silenced))
    assert with_input.loss[-1] < without.loss[-1] / 10

    unseen = [make(seed=s) for s in range(1, 6)]
    chance = np.mean([np.var(t.y_target) / 2 for t in unseen])  # the loss of the best constant output
    assert np.mean([with_input.network.loss(t.x, t.y_target) for t in unseen]) < chance / 10
    # Negative controls: the untrained network does not do it, nor does the trained one with the input of another trial.
    assert np.mean([net.loss(t.x, t.y_target) for t in unseen]) > 0.1 * chance
    others = zip(unseen[1:], unseen, strict=False)
    assert np.mean([with_input.network.loss(other.x, t.y_target) for other, t in others]) > chance


def test_a_delayed_copy_that_cannot_fit_is_refused_with_its_size():
    with pytest.raises(MemoryError, match=r"a trial of n_steps=1000000000000 and n_in=1 would take"):
        tasks.delayed_copy(10**12)


def test_high_harmonics_keep_their_digits():
    """At whole steps, each is a lower one: compared with the angle taken in fractions of a turn, exactly."""
    T = 100
    for k in range(50):
        y = tasks.sum_of_sines(T, [0] * k + [1]).y_target[:, 0]
        turns = [Fraction(2**k * t, T) % 1 for t in range(1, T + 1)]
        assert y == pytest.approx([np.sin(2 * np.pi * float(turn)) for turn in turns], abs=2e-13)


@pytest.mark.parametrize("number", [np.int8, np.uint8, np.uint64])
def test_numbers_of_numpy_make_the_same_task(number):
    ours, theirs = tasks.delayed_copy(100, 10, 20, 3), tasks.delayed_copy(*map(number, (100, 10, 20, 3)))
    assert np.array_equal(ours.y_target, theirs.y_target)
    assert np.array_equal(tasks.sum_of_sines(number(100)).y_target, tasks.sum_of_sines(100).y_target)
