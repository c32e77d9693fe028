"""The tasks: their formulas and their promises to the reader."""

import os
import shutil
import subprocess
import sys
import wave
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


def write_wav(path, samples, width, rate=8000):
    """Store whole numbers, shape (T, n_channels), as signed PCM (for one byte: from 0, with silence at 128)."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(width)
        file.setframerate(rate)
        shift = 128 if width == 1 else 0
        file.writeframes(b"".join(int(v + shift).to_bytes(width, "little", signed=width > 1) for v in samples.ravel()))
    return path


def centred(signal):
    signal = signal - signal.mean(axis=0)
    return signal / np.abs(signal).max()


@pytest.mark.parametrize("kind", [str, lambda path: path])
def test_from_csv(tmp_path, kind):
    signal = np.random.default_rng(0).normal(size=(20, 3))
    np.savetxt(tmp_path / "mine.CSV", signal, delimiter=",", header="a, b, c")
    task = tasks.from_file(kind(tmp_path / "mine.CSV"), n_in=2)
    assert (task.name, task.T, task.n_in, task.n_out) == ("mine", 20, 2, 3)
    assert not task.x.any()
    np.testing.assert_allclose(task.y_target, centred(signal), rtol=0, atol=1e-14)
    chosen = tasks.from_file(tmp_path / "mine.CSV", columns=[2, 0]).y_target
    np.testing.assert_allclose(chosen, centred(signal[:, [2, 0]]), rtol=0, atol=1e-14)
    mixed = tasks.from_file(tmp_path / "mine.CSV", columns=[0, 1], mix=True).y_target
    np.testing.assert_allclose(mixed, centred(signal[:, :2].mean(axis=1, keepdims=True)), rtol=0, atol=1e-14)


def test_from_csv_of_one_column(tmp_path):
    (tmp_path / "mine.csv").write_text("# mV\n1\n2\n4\n")
    np.testing.assert_allclose(
        tasks.from_file(tmp_path / "mine.csv").y_target, centred(np.array([[1.0], [2], [4]])), rtol=0, atol=1e-15
    )


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("n_channels", [1, 2])
def test_from_wav(tmp_path, width, n_channels):
    top = 2 ** (8 * width - 1)
    samples = np.random.default_rng(width).integers(-top, top, size=(50, n_channels))
    samples[:2, 0] = -top, top - 1
    path = write_wav(tmp_path / "mine.wav", samples, width)
    np.testing.assert_allclose(tasks.from_file(path).y_target, centred(samples.astype(float)), rtol=0, atol=1e-14)


def test_from_wav_mixes_and_takes_channels(tmp_path):
    samples = np.random.default_rng(0).integers(-100, 100, size=(50, 2))
    path = write_wav(tmp_path / "mine.wav", samples, 2)
    left = tasks.from_file(path, columns=[0]).y_target
    np.testing.assert_allclose(left, centred(samples[:, :1].astype(float)), rtol=0, atol=1e-14)
    mixed = tasks.from_file(path, mix=True).y_target
    np.testing.assert_allclose(mixed, centred(samples.mean(axis=1, keepdims=True)), rtol=0, atol=1e-14)
    assert not np.allclose(mixed, left), "negative control"


def test_from_wav_does_not_alias(tmp_path):
    """A slow wave under a fast tone: after resampling only the slow one is left. Picking samples fails this."""
    t = np.arange(8000) / 8000
    slow, tone = np.sin(2 * np.pi * 2 * t), np.sin(2 * np.pi * 998 * t)
    samples = np.rint(10000 * (slow + tone)).astype(int)[:, np.newaxis]
    path = write_wav(tmp_path / "mine.wav", samples, 2)
    middle = (np.arange(100) + 0.5) / 100
    wanted = centred(np.sin(2 * np.pi * 2 * middle))
    found = tasks.from_file(path, n_steps=100).y_target[:, 0]
    np.testing.assert_allclose(found, wanted, rtol=0, atol=0.05)
    picked = tasks.from_signal(centred(samples.astype(float)), n_steps=100).y_target[:, 0]
    assert np.abs(picked - wanted).max() > 0.3, "negative control: linear interpolation lets the tone through"


def test_bins_share_the_samples_on_their_edges(tmp_path):
    (tmp_path / "mine.csv").write_text("0\n3\n9\n")
    # Bins of 1.5 samples: (0 + 1.5) / 1.5 and (1.5 + 9) / 1.5.
    np.testing.assert_allclose(
        tasks.from_file(tmp_path / "mine.csv", n_steps=2).y_target, centred(np.array([[1.0], [7.0]])), atol=1e-15
    )
    longer = tasks.from_file(tmp_path / "mine.csv", n_steps=5).y_target
    np.testing.assert_allclose(longer, np.array([[-4], [-2.5], [-1], [2], [5]]) / 5, rtol=0, atol=1e-15)


def test_the_shipped_movement_from_its_file():
    task = tasks.from_file(tasks.DATA / "hand_movement.csv")
    np.testing.assert_allclose(task.y_target * [1, -1], tasks.hand_movement(45).y_target, rtol=0, atol=1e-15)
