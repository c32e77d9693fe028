"""The package agrees with the vectors that it once wrote, and with what else is known of them."""

import importlib.util
import json
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
from oracles import EXACT

from rnn_tutorial import Network, Task, rflo, rtrl, train
from rnn_tutorial.diagnostics import relative_error
from rnn_tutorial.rules import RULES

ROOT = Path(__file__).parents[1]
VECTORS = ROOT / "tests" / "vectors"

spec = importlib.util.spec_from_file_location("vectors", ROOT / "tools" / "vectors.py")
vectors = importlib.util.module_from_spec(spec)
spec.loader.exec_module(vectors)

FRESH = {
    **{f"problem-{seed:02}": lambda seed=seed: vectors.of_problem(seed) for seed in range(len(vectors.SHAPES))},
    **{f"training-{name}": lambda of=of: vectors.of_training(**of) for name, of in vectors.TRAININGS.items()},
    **{f"draw-{name}": lambda of=of: vectors.of_draw(**of) for name, of in vectors.DRAWS.items()},
}


def load(name):
    return json.loads((VECTORS / f"{name}.json").read_text())


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


def test_a_reader_of_the_format_can_train_from_it():
    """The files say all that a training needs."""
    stored = load("training-rflo-step")
    net, task = Network(**stored["network"]), Task(**stored["task"])
    history = train(
        net, task, stored["rule"], stored["n_trials"], stored["learning_rate"], stored["update"], progress=False,
        **stored["options"],
    )  # fmt: skip
    assert relative_error(history.loss, np.array(stored["loss"])) < EXACT
