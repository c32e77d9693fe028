"""The package agrees with the vectors that it once wrote, and with what else is known of them."""

import json
import sys
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
from oracles import EXACT, worst_error

from rnn_tutorial import Network, Task, bptt, rflo, rtrl, train, vectors
from rnn_tutorial.diagnostics import relative_error
from rnn_tutorial.rules import RULES

ROOT = Path(__file__).parents[1]
VECTORS = ROOT / "tests" / "vectors"
FRESH = vectors.contents(range(len(vectors.SHAPES)))


def load(name):
    stored = json.loads((VECTORS / f"{name}.json").read_text())
    assert stored.pop("format") == vectors.FORMAT
    return stored


def worst(stored, fresh):
    """The largest relative error of an array of numbers anywhere in two equal structures; infinite if they differ."""
    if isinstance(stored, dict):
        if stored.keys() != fresh.keys():
            return np.inf
        return max((worst(stored[key], fresh[key]) for key in stored), default=0.0)
    if isinstance(stored, list) and any(isinstance(part, dict) for part in stored):
        return max(map(worst, stored, fresh)) if len(stored) == len(fresh) else np.inf
    if stored is None or isinstance(stored, str):
        return 0.0 if stored == fresh else np.inf
    a, b = np.asarray(fresh, float), np.asarray(stored, float)
    if a.shape != b.shape:
        return np.inf
    return relative_error(a, b) if b.any() else float(np.abs(a).max(initial=0))


def test_every_file_is_made_by_the_tool():
    assert {path.stem for path in VECTORS.glob("*.json")} == set(FRESH)


@pytest.mark.parametrize("name", FRESH)
def test_the_package_agrees(name):
    if name.startswith("digits"):
        pytest.importorskip("mpmath")
        assert load(name) == FRESH[name]()
        return
    assert worst(load(name), json.loads(json.dumps(FRESH[name]()))) < EXACT


@pytest.mark.parametrize("entry", ["forward", "loss", "gradients", "contributions", "blame", "alignment", "angle"])
def test_a_changed_number_is_seen(entry):
    stored = load("problem-07")
    changed = deepcopy(stored)

    part, key = changed, entry
    while isinstance(part[key], dict | list):  # to the last number inside
        part = part[key]
        key = list(part)[-1] if isinstance(part, dict) else -1
    part[key] += 0.01
    assert worst(stored, changed) > 1000 * EXACT


@pytest.mark.parametrize("seed", range(len(vectors.SHAPES)))
def test_maps_of_blame_add_up(seed):
    """A map's sum is the rule's gradient; the column of a step is what an online rule adds at it."""
    stored = load(f"problem-{seed:02}")
    net = Network(**stored["network"])
    trial = (net, np.array(stored["task"]["x"], float), np.array(stored["task"]["y_target"]))
    for entry in stored["blame"]:
        blame, at = np.array(entry["map"]), (entry["i"], entry["j"])
        whole = RULES[entry["rule"]].gradient(*trial, **entry["options"]).W[at]
        assert blame.sum() == pytest.approx(whole, rel=1e-10, abs=1e-14)
        assert not np.tril(blame, -1).any()
        online = {"bptt": rtrl, "rflo": rflo}[entry["rule"]]
        if "truncation" not in entry["options"]:
            steps = online.contributions(*trial, **entry["options"]).W
            np.testing.assert_allclose(blame.sum(0), steps[:, *at], rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("seed", range(len(vectors.SHAPES)))
def test_the_package_agrees_with_fifty_digits(seed):
    stored, digits = load(f"problem-{seed:02}"), load(f"digits-{seed:02}")
    net, task = Network(**stored["network"]), Task(**stored["task"])
    assert digits["problem"] == f"problem-{seed:02}"
    assert len(digits["loss"]) > 50
    assert net.loss(task.x, task.y_target) == pytest.approx(float(digits["loss"]), rel=1e-15)
    to_the_last_bits = 5e-15
    for entry, rules in zip(digits["gradients"], ((bptt, rtrl), (rflo,)), strict=True):
        exact = [np.reshape(np.array(entry[name], float), w.shape) for name, w in net.weights._asdict().items()]
        for rule in rules:
            assert worst_error(rule.gradient(net, task.x, task.y_target), exact) < to_the_last_bits
        changed = [1.00000000000001 * part for part in exact]
        assert worst_error(changed, exact) > to_the_last_bits


def test_new_ones_are_written(tmp_path):
    pytest.importorskip("mpmath")
    vectors.main([str(tmp_path), "--seeds", "100", "102"])
    names = {path.stem for path in tmp_path.iterdir()}
    assert {"problem-100", "problem-101", "digits-101"} <= names
    assert {name for name in names if name.startswith("problem")} == {"problem-100", "problem-101"}
    written = json.loads((tmp_path / "problem-100.json").read_text())
    assert written["format"] == vectors.FORMAT
    assert written["network"]["tau"] == vectors.problem(100)[0].tau


def test_the_readme_says_which_format_it_is_of():
    assert f"`format` is {vectors.FORMAT}," in (VECTORS / "README.md").read_text()


def test_without_mpmath_nothing_is_written(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "mpmath", None)
    with pytest.raises(SystemExit):
        vectors.main([str(tmp_path / "new")])
    assert "the 50 digits need mpmath: pip install mpmath" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("seeds", [("-2", "3"), ("5", "3"), ("5", "5")])
def test_there_is_a_seed_and_none_is_negative(tmp_path, capsys, seeds):
    pytest.importorskip("mpmath")
    with pytest.raises(SystemExit, match="2"):
        vectors.main([str(tmp_path), "--seeds", *seeds])
    assert "argument --seeds: FIRST must be at least 0 and less than END" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="seed must be an integer >= 0, but got -2"):
        vectors.problem(-2)
    with pytest.raises(ValueError, match="n must be an integer >= 1, but got 0"):
        vectors.in_digits(0, n=0)


def test_a_reader_of_the_format_can_train_from_it():
    """The files say all that a training needs."""
    stored = load("training-rflo-step")
    net, task = Network(**stored["network"]), Task(**stored["task"])
    history = train(
        net, task, stored["rule"], stored["n_trials"], stored["learning_rate"], stored["update"], progress=False,
        **stored["options"],
    )  # fmt: skip
    assert relative_error(history.loss, np.array(stored["loss"])) < EXACT
