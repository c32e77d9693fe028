"""The playground's engine, run by Node, does what the package does; and what is wrong with it would be seen."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from oracles import EXACT
from test_vectors import VECTORS

from rnn_tutorial import vectors

ROOT = Path(__file__).parents[1]
PLAYGROUND = ROOT / "book" / "_static" / "playground"
CHECK = ROOT / "tests" / "playground" / "check.mjs"
DOUBLES = sorted({*VECTORS.glob("*.json")} - {*VECTORS.glob("digits-*.json")})
CAUGHT = 1e-3  # relative error that every defect must exceed

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="no node on the path: make puts one in .venv/bin")


def install(folder, changes=None):
    """Copy the playground's modules to a folder that Node takes for modules; `changes` are (file, right, wrong)."""
    (folder / "package.json").write_text('{"type": "module"}')
    for file in PLAYGROUND.glob("*.js"):
        (folder / file.name).write_text(file.read_text())
    for name, right, wrong in changes or []:
        source = (folder / name).read_text()
        assert source.count(right) == 1
        (folder / name).write_text(source.replace(right, wrong))
    return folder


def check(folder, files):
    """The worst relative error of each quantity."""
    command = ["node", CHECK, folder / "engine.js", *files]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return {what: float("inf") if error is None else error for what, error in json.loads(run.stdout).items()}


def test_the_engine_agrees_with_the_vectors(tmp_path):
    errors = check(install(tmp_path), DOUBLES)
    assert {"draw", "training bptt", "training rtrl", "training rflo", "blame rflo", "late error"} <= set(errors)
    assert max(errors.values()) < EXACT, errors


@pytest.mark.half_second
def test_the_engine_agrees_on_many_random_problems(tmp_path):
    files = [tmp_path / f"{seed}.json" for seed in range(100, 160)]
    for file in files:
        file.write_text(json.dumps(vectors.of_problem(int(file.stem))))
    errors = check(install(tmp_path), files)
    assert max(errors.values()) < EXACT, errors


# What is in the engine, a mistake that one might make there, and a quantity that has to show it.
DEFECTS = {
    "W transposed on the way back": (
        "through * W[i * n_rec + j]",
        "through * W[j * n_rec + i]",
        "gradient bptt",
    ),
    "W transposed on the way forth": (
        "W[i * n_rec + j] * h[h_from",
        "W[j * n_rec + i] * h[h_from",
        "forward",
    ),
    "1/T missing": (
        "credit[i] /= -T",
        "credit[i] /= -1",
        "gradient rflo",
    ),
    "1/T missing in the loss": (
        "sum / (2 * T)",
        "sum / 2",
        "loss",
    ),
    "1/tau missing": (
        "const slope = post[a] / tau",
        "const slope = post[a]",
        "contributions rflo",
    ),
    "error of the step before": (
        "fed_back(net, feedback, error, t * n_out, z, now)",
        "fed_back(net, feedback, error, Math.max(0, t - 1) * n_out, z, now)",
        "gradient bptt",
    ),
    "slope of the step before": (
        "(phi_prime[next + i] * z[next + i]) / tau",
        "(phi_prime[now + i] * z[next + i]) / tau",
        "gradient bptt",
    ),
    "truncated one step off": (
        "(t + 1) % truncation",
        "t % truncation",
        "gradient bptt",
    ),
    "trace not reset": (
        "const p = new Float64Array(n_rec * n_rec);",
        "const p = (globalThis[`p${n_rec}`] ??= new Float64Array(n_rec * n_rec));",
        "gradient rflo",
    ),
    "trace sees the state after the step": (
        "now.phi_prime, now.h_before, 0, now.credit, to.W",
        "now.phi_prime, now.h, 0, now.credit, to.W",
        "gradient rflo",
    ),
    "Jacobian scaled along columns": (
        "(post[j] * W[j * n_rec + k])",
        "(post[k] * W[j * n_rec + k])",
        "gradient rtrl",
    ),
    "Kronecker delta missing": (
        "own[j * n + b] +=",
        "own[b] +=",
        "gradient rtrl",
    ),
    "RTRL with random feedback": (
        'rtrl(net, task, { feedback = "W_out" }',
        'rtrl(net, task, { feedback = "B" }',
        "gradient rtrl",
    ),
    "bound forgotten": (
        "add(net.W, -rates.W * bound",
        "add(net.W, -rates.W",
        "training bptt",
    ),
    "blame without the leak": (
        "k === l && memory ? 1 - 1 / tau : 0",
        "0",
        "blame rflo",
    ),
    "feedback of the wrong sign": (
        "? B[i * n_out + k]",
        "? -B[i * n_out + k]",
        "gradient rflo",
    ),
    "rate of W for all": (
        "W_in: -rates.W_in, W: -rates.W,",
        "W_in: -rates.W, W: -rates.W,",
        "training rflo",
    ),
}


@pytest.mark.half_second
@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_caught(defect, tmp_path):
    right, wrong, quantity = DEFECTS[defect]
    folder = install(tmp_path, [("engine.js", right, wrong)])
    assert check(folder, DOUBLES)[quantity] > CAUGHT


@pytest.mark.parametrize(("right", "wrong"), [("0x8b51f9dd", "0x8b51f9de"), ("word >> 9n", "word >> 8n")])
def test_a_wrong_generator_is_caught(right, wrong, tmp_path):
    folder = install(tmp_path, [("random.js", right, wrong)])
    assert check(folder, sorted(VECTORS.glob("draw-*.json")))["draw"] > CAUGHT
