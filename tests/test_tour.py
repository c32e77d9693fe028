"""The playground's modules, run by Node: addresses, the Python that they write, what the seven predictions claim."""

import contextlib
import gzip
import importlib.util
import io
import json
import re
import subprocess

import numpy as np
import pytest
from test_engine import PLAYGROUND, ROOT, install, pytestmark  # noqa: F401 (skips without node)

from rnn_tutorial import tasks

FACTS = ROOT / "tests" / "playground" / "facts.mjs"


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    folder = install(tmp_path_factory.mktemp("playground"))

    def ask(*what):
        run = subprocess.run(["node", FACTS, folder, *what], capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout)

    return ask


def final_loss(code):
    """What a program prints last."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "as Python", "exec"), {})
    return float(printed.getvalue().split()[-1])


def test_the_python_on_the_page_makes_the_same_run(facts):
    for run in facts("runs"):
        assert final_loss(run["code"]) == pytest.approx(run["losses"][-1], rel=1e-9), run["text"]


def test_another_run_is_told_apart(facts):
    run = facts("runs")[1]
    assert "seed=7" in run["code"]
    assert final_loss(run["code"].replace("seed=7", "seed=8")) != pytest.approx(run["losses"][-1], rel=1e-3)
    assert final_loss(run["code"].replace("B=-net.B", "B=net.B")) != pytest.approx(run["losses"][-1], rel=1e-3)


def test_an_address_holds_the_whole_state(facts):
    for run in facts("runs"):
        assert run["problems"] == []
        assert run["again"] == run["text"]
        assert re.fullmatch(r"[\w=&.,:~-]*", run["text"])  # nothing that a mail program breaks
        assert len(run["text"]) < 260
    assert facts("usual") == ""


def test_nonsense_in_an_address_is_named_and_left_out(facts):
    for one in facts("nonsense"):
        assert one["problems"], one["text"]
        assert one["again"] == [], one["text"]


@pytest.mark.slow
@pytest.mark.parametrize("n_others", ["0", pytest.param("8", marks=pytest.mark.nightly)])
def test_the_predictions_come_true(facts, n_others):
    """In the run that is shown, and in at least seven of eight other networks."""
    tour = facts("tour", n_others)
    assert len(tour) == 7
    for one in tour:
        assert 0 <= one["right"] < len(one["choices"]) == 3
        assert one["shown"], one["id"]
        assert one["others"].count(False) <= 1, one["id"]


def test_eigenvalues(facts):
    for one in facts("eigenvalues"):
        found = np.array([complex(*pair) for pair in one["found"]])
        expected = np.linalg.eigvals(np.reshape(one["A"], (one["n"], one["n"])))
        assert len(found) == one["n"]
        assert np.abs(found[:, np.newaxis] - expected).min(axis=1).max() < 1e-10
        assert np.abs(found[:, np.newaxis] - expected).min(axis=0).max() < 1e-10
        assert found.sum() == pytest.approx(np.trace(np.reshape(one["A"], (one["n"], one["n"]))), abs=1e-10)


def test_the_heartbeat_is_the_package_s(facts):
    assert np.abs(np.array(facts("heartbeat")) - tasks.heartbeat(100).y_target[:, 0]).max() <= 0.5 / 80 + 1e-12


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("0\n1\n0\n-1\n", [0, 1, 0, -1]),
        ("\ufefftime;volt\r\n0;3\r\n1;5\r\n2;4\r\n", [-1, 1, 0]),
        ("# a\n1 9\n0 9\n1 9\n0 9", [1, -1, 1, -1]),
        ("0, 2\n0.5, 4\n1.0, 2\n1.5, 0", [0, 1, 0, -1]),
    ],
)
def test_a_reader_s_own_curve(text, values, facts):
    found = facts("own", text)
    assert "problem" not in found
    at = np.linspace(0, len(values) - 1, 100)
    assert (
        np.abs(np.array(list(found["curve"].values())) / 80 - np.interp(at, range(len(values)), values)).max()
        <= 0.5 / 80 + 1e-9
    )


def test_many_samples_are_averaged(facts):
    """What is too fast for the points does not come back as something slow."""
    t = np.arange(2000)
    slow, fast = np.sin(2 * np.pi * t / 2000), 0.9 * np.cos(np.pi * t)
    found = facts("own", "\n".join(map(str, slow + fast)))
    shape = np.array(list(found["curve"].values()))
    assert np.corrcoef(shape, slow[10::20])[0, 1] > 0.999


@pytest.mark.half_second
@pytest.mark.parametrize("text", ["", "1\n", "a\nb\nc\n", "1\n2\nx\n", "1,2\n3\n", "2\n2\n2\n", "0,5;1\n0,7;2\n0,5"])
def test_a_curve_that_is_none_is_refused_with_a_word(text, facts):
    assert "curve" not in facts("own", text)
    assert len(facts("own", text)["problem"]) > 20


spec = importlib.util.spec_from_file_location("playground", ROOT / "book" / "_ext" / "playground.py")
extension = importlib.util.module_from_spec(spec)
spec.loader.exec_module(extension)


@pytest.mark.parametrize("name", ["page", "embeds"])
def test_the_pieces_are_light(name):
    texts = [
        extension.piece(PLAYGROUND, name),
        extension.piece(PLAYGROUND, "worker"),
        (PLAYGROUND / "load.js").read_text(),
    ]
    assert sum(len(gzip.compress(text.encode())) for text in texts) <= 40_000


@pytest.mark.parametrize("name", extension.PIECES)
def test_the_pieces_are_whole(name, tmp_path):
    """Plain scripts without imports, exports and comments, that Node can read."""
    text = extension.piece(PLAYGROUND, name)
    assert not re.search(r"^\s*(import|export|//|/\*)", text, re.MULTILINE)
    assert not re.search(r"https?://", text)
    (tmp_path / "piece.js").write_text(text)
    assert subprocess.run(["node", "--check", tmp_path / "piece.js"], capture_output=True).returncode == 0
    (tmp_path / "piece.js").write_text(text.replace("return {", "return {{", 1))
    assert subprocess.run(["node", "--check", tmp_path / "piece.js"], capture_output=True).returncode != 0
