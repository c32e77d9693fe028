"""The machinery of the experiments; what they found is in book/data, and is tested here to be of the code as it is."""

import errno
import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import rnn_book
from rnn_book import DATA, experiments
from rnn_book.experiments import Experiment, again, load, run, save, sources
from rnn_book.experiments.__main__ import check_all, estimate, main
from rnn_book.experiments.stream import train_stream
from rnn_tutorial import jobs

KNOWN = experiments.experiments()
STREAMS = ("stream", "stream_rates", "stream_signal", "stream_signal_rates")
LONG = ("ready_set_go", "periodic_rates", *STREAMS)  # of which three trials take seconds


def toy(seed, size):
    if size == 0:
        raise RuntimeError("nothing to do")
    return {"loss": np.arange(size) + seed, "name_length": np.array(len("toy"))}


def sleepy():
    time.sleep(0.02)
    return {}


TOY = Experiment(
    "toy",
    "Does the machinery work?",
    toy,
    lambda quick: [{"size": 2}] if quick else [{"size": 2}, {"size": 3}],
    lambda quick: [1, 5],
)


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """The toy is known in this process only."""
    monkeypatch.setattr(jobs, "_through_processes", lambda todo, limit: jobs._one_by_one(todo))


def test_results_are_stacked_over_settings_and_seeds():
    results = run(TOY, progress=False)
    assert np.array_equal(results.arrays["loss"], [[[1, 2, np.nan], [5, 6, np.nan]], [[1, 2, 3], [5, 6, 7]]], True)
    assert np.array_equal(results.get("loss", size=3), [[1, 2, 3], [5, 6, 7]])
    assert results.arrays["name_length"].shape == (2, 2)
    assert run(TOY, quick=True, progress=False).arrays["loss"].dtype.kind == "i"


def test_get_says_what_does_not_fit():
    results = run(TOY, progress=False)
    with pytest.raises(ValueError, match="name must be one of 'loss', 'name_length', but got 'los'"):
        results.get("los")
    for setting, n in (({}, 2), ({"size": 4}, 0)):
        with pytest.raises(ValueError, match=re.escape(f"but {setting} fits {n}")):
            results.get("loss", **setting)


def test_saved_results_come_back(tmp_path):
    results = run(TOY, progress=False)
    save("toy", results, tmp_path)
    again = load("toy", tmp_path)
    assert (again.settings, again.seeds, again.provenance) == (results.settings, results.seeds, results.provenance)
    assert {path.name for path in tmp_path.iterdir()} == {"toy.npz", "toy.json"}
    assert np.array_equal(again.arrays["loss"], results.arrays["loss"], equal_nan=True)
    assert again.provenance["command"] == "python -m rnn_book.experiments toy"
    with pytest.raises(FileNotFoundError, match="experiments other' makes it"):
        load("other", tmp_path)


def cut(path):
    path.write_bytes(path.read_bytes()[:-200])


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize(
    ("name", "damage"),
    [("toy.npz", cut), ("toy.npz", flip), ("toy.npz", empty), ("toy.json", cut), ("toy.json", empty)],
)
def test_damaged_results_are_refused(tmp_path, name, damage):
    save("toy", run(TOY, progress=False), tmp_path)
    damage(tmp_path / name)
    with pytest.raises(ValueError, match=r"toy.json and toy.npz cannot be used .*experiments toy' makes them anew"):
        load("toy", tmp_path)


@pytest.mark.parametrize("with_hash", [True, False])
def test_results_of_two_runs_are_refused(tmp_path, with_hash):
    """As after a crash between the two files; where they were written before there was a hash, shapes tell."""
    save("toy", run(TOY, progress=False), tmp_path)
    old = (tmp_path / "toy.json").read_text()
    save("toy", run(TOY, quick=True, progress=False), tmp_path)
    if not with_hash:
        old = json.dumps({key: value for key, value in json.loads(old).items() if key != "sha256"})
    (tmp_path / "toy.json").write_text(old)
    with pytest.raises(ValueError, match="are not those that it describes" if with_hash else "2 settings and 2 seeds"):
        load("toy", tmp_path)


def test_missing_numbers_are_named(tmp_path):
    save("toy", run(TOY, progress=False), tmp_path)
    (tmp_path / "toy.npz").unlink()
    with pytest.raises(FileNotFoundError, match=r"toy.npz is missing; 'python -m rnn_book.experiments toy' makes it"):
        load("toy", tmp_path)


@pytest.mark.parametrize("fails", [1, 2])
def test_a_full_disk_leaves_the_old_results_or_a_clear_error(tmp_path, monkeypatch, fails):
    """Whether the first of the two files finds no room, or the second."""
    results, written = run(TOY, progress=False), []
    save("toy", results, tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}

    def half_written(file):
        written.append(file)
        if len(written) == fails:
            os.truncate(file, os.fstat(file).st_size // 2)
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", half_written)
    with pytest.raises(OSError, match="No space left"):
        save("toy", results, tmp_path)
    assert len(written) == fails
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_seconds_add_up_over_interruptions(tmp_path):
    first = run(TOY, folder=tmp_path, progress=False).provenance["seconds"]
    assert run(TOY, folder=tmp_path, progress=False).provenance["seconds"] == first
    assert jobs.run_jobs(sleepy, [{}], folder=tmp_path, progress=False).seconds[0] > 0.01
    assert jobs.run_jobs(sleepy, [{}], folder=tmp_path, progress=False).seconds[0] > 0.01


def test_an_interrupted_experiment_resumes(tmp_path, monkeypatch):
    calls = []

    def counted(*arguments):
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return call(*arguments)

    call = jobs._call
    monkeypatch.setattr(jobs, "_call", counted)
    with pytest.raises(KeyboardInterrupt):
        run(TOY, folder=tmp_path, progress=False)
    assert run(TOY, folder=tmp_path, progress=False).arrays["loss"].shape == (2, 2, 3)
    assert len(calls) == 5


def test_a_failing_run_is_raised():
    broken = Experiment("toy", "", toy, lambda quick: [{"size": 1}, {"size": 0}], lambda quick: [0])
    with pytest.raises(RuntimeError, match="nothing to do"):
        run(broken, progress=False)


def test_an_unknown_name():
    with pytest.raises(ValueError, match="experiment must be one of"):
        run("toy")
    done = subprocess.run(
        [sys.executable, "-m", "rnn_book.experiments", "toy"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "there is no experiment toy" in done.stderr


def test_an_installed_copy_does_not_overwrite_its_results(monkeypatch, capsys):
    monkeypatch.setattr("rnn_book.experiments.__main__.DATA", Path(rnn_book.__file__).parent / "data")
    monkeypatch.setattr(sys, "argv", ["experiments", "periodic"])
    with pytest.raises(SystemExit):
        main()
    assert "the following arguments are required: --data" in capsys.readouterr().err


def test_the_fingerprint_tells_settings_and_seeds_apart():
    one = experiments.fingerprint(TOY)
    assert one == experiments.fingerprint(TOY)
    other = Experiment("toy", "", toy, TOY.settings, lambda quick: [1, 6])
    assert one != experiments.fingerprint(other)
    assert one != experiments.fingerprint(TOY, quick=True)


def test_the_results_that_are_stored_are_those_of_the_experiments():
    assert {path.stem for path in DATA.glob("*.npz")} == {*KNOWN}
    assert {path.stem for path in DATA.glob("*.json")} == {*KNOWN, "speed"}


def test_what_no_setting_names_is_stored():
    about = run(TOY, progress=False).provenance
    assert about["defaults"] == {"STREAMS": [*STREAMS], "LONG": [*LONG], "LAST": 50, "RUNAWAY": 10.0}
    assert experiments.defaults(KNOWN["periodic"].function)["n_rec"] == 30
    assert experiments.defaults(KNOWN["stream"].function)["LAST"] == 20, "its own constant, and not the usual one"
    assert re.fullmatch(r"([0-9a-f]{40}\+?)?", about["commit"] or "")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", about["date"])
    assert about["processor"]


ORIGIN = {"commit", "date", "processor", "compiled", "defaults", "sources", "code", "versions", "seconds"}


@pytest.mark.parametrize("name", KNOWN)
def test_stored_results_say_of_what_they_are(name):
    about = experiments.read(name).provenance
    assert about.keys() >= ORIGIN
    assert re.fullmatch(r"[0-9a-f]{40}", about["commit"]), "of sources without changes"
    assert about["processor"]
    assert about["compiled"]


def git(*words):
    return subprocess.run(
        ["git", "-C", str(Path(__file__).parent), *words], capture_output=True, text=True, check=False
    )


def test_the_commits_of_stored_results_can_be_looked_up():
    if git("rev-parse", "--is-shallow-repository").stdout.strip() != "false":
        pytest.skip("there is no whole history here")
    commits = {experiments.read(name).provenance["commit"] for name in KNOWN}
    assert [commit for commit in commits if git("cat-file", "-e", f"{commit}^{{commit}}").returncode] == []
    assert git("cat-file", "-e", f"{'0' * 40}^{{commit}}").returncode, "the control"


def test_every_stored_array_is_in_the_dictionary():
    told = set(re.findall(r"`(\w+)`", (Path(__file__).parents[1] / "book" / "data" / "README.md").read_text()))
    for name in KNOWN:
        assert load(name).arrays.keys() <= told, name


@pytest.mark.parametrize("name", KNOWN)
def test_stored_results_are_of_the_experiment_as_it_is(name):
    results = load(name)
    experiment = KNOWN[name]
    assert results.provenance["fingerprint"] == experiments.fingerprint(experiment)
    assert results.settings == json.loads(json.dumps(experiment.settings(False)))
    assert results.seeds == list(experiment.seeds(False))
    for array in results.arrays.values():
        assert array.shape[:2] == (len(results.settings), len(results.seeds))
    assert (DATA / f"{name}.npz").stat().st_size < 1_000_000


# What is stored is what the code computes


@pytest.mark.half_second
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in LONG else []) for name in KNOWN]
)
def test_the_first_trials_are_those_that_are_stored(name):
    """To 1e-6, on every processor: rounding has no time to grow, and the curves are stored in single precision."""
    found = np.array(again.differences(name))
    assert np.max(found) < again.TOLERANCE
    assert np.isfinite(found).all()


@pytest.mark.half_second
def test_other_code_has_other_first_trials(tmp_path, monkeypatch):
    """The control: a rate a little larger, and another network's trials."""
    copied("time_scales", tmp_path)
    experiment = KNOWN["time_scales"]

    def slightly_faster(**job):
        return experiment.function(**job | {"rate": 1.001 * job["rate"]})

    def other_network(**job):
        return experiment.function(**job | {"seed": job["seed"] + 1})

    before = (tmp_path / "time_scales.json").read_bytes()
    for function in (slightly_faster, other_network):
        changed = {"time_scales": replace(experiment, function=function)}
        monkeypatch.setattr(again, "experiments", lambda changed=changed: changed)
        with pytest.raises(ValueError, match=r"other code: first losses differ by .*experiments time_scales' makes it"):
            again.check("time_scales", tmp_path)
    assert (tmp_path / "time_scales.json").read_bytes() == before


# Results and the code that they are of


def copied(name, folder):
    for ending in ("npz", "json"):
        shutil.copy(DATA / f"{name}.{ending}", folder)


def change(path, **values):
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.mark.half_second
def test_results_of_other_code_are_refused_until_they_are_checked(tmp_path):
    copied("time_scales", tmp_path)
    path = tmp_path / "time_scales.json"
    assert load("time_scales", tmp_path).provenance["code"]
    change(path, code="0" * 16)
    with pytest.raises(ValueError, match=r"time_scales.json is not known .*experiments time_scales --check' runs"):
        load("time_scales", tmp_path)
    assert again.check("time_scales", tmp_path) < again.TOLERANCE
    assert path.read_text() == (DATA / path.name).read_text(), "nothing else has changed"
    assert load("time_scales", tmp_path).seeds == list(KNOWN["time_scales"].seeds(False))


@pytest.mark.parametrize("use", [load, again.check])
def test_results_of_other_settings_are_neither_shown_nor_noted_as_checked(tmp_path, use):
    copied("time_scales", tmp_path)
    change(tmp_path / "time_scales.json", fingerprint="0" * 16)
    with pytest.raises(ValueError, match=r"other settings or seeds .*experiments time_scales' makes it anew"):
        use("time_scales", tmp_path)


def test_a_first_loss_that_is_none_is_not_noted_as_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(again, "differences", lambda name, data: [1e-8, np.nan, 1e-8])
    copied("time_scales", tmp_path)
    with pytest.raises(ValueError, match="first losses differ by nan"):
        again.check("time_scales", tmp_path)


def test_the_command_says_which_results_are_of_other_code(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(again, "differences", lambda name, data: [0.0 if name == "angles" else 1.0])
    for name in ("angles", "add"):
        copied(name, tmp_path)
    monkeypatch.setattr(sys, "argv", ["experiments", "angles", "add", "--check", "--data", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert ended.value.code == 1
    assert said.out.startswith("angles: first losses differ by 0e+00")
    assert "add: " in said.err


@pytest.mark.parametrize("content", ["", "[]", "null", "{}"])
def test_a_damaged_file_is_named_and_the_experiments_after_it_are_checked(tmp_path, monkeypatch, capsys, content):
    monkeypatch.setattr(again, "differences", lambda name, data: [0.0])
    for name in ("angles", "add"):
        copied(name, tmp_path)
    (tmp_path / "angles.json").write_text(content)
    command = r"angles.json and angles.npz cannot be used .*experiments angles' makes them anew"
    with pytest.raises(ValueError, match=command):
        again.check("angles", tmp_path)
    monkeypatch.setattr(sys, "argv", ["experiments", "angles", "add", "--check", "--data", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert ended.value.code == 1
    assert re.search(command, said.err)
    assert said.out.startswith("add: first losses differ by 0e+00")


def test_code_that_fails_is_told_and_the_experiments_after_it_are_checked(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(again, "differences", lambda name, data: [1 / (name != "angles") - 1])
    for name in ("angles", "add"):
        copied(name, tmp_path)
    assert check_all(["angles", "add"], tmp_path) == 1
    said = capsys.readouterr()
    assert said.err == "angles: ZeroDivisionError: division by zero\n"
    assert said.out.startswith("add: ")
    assert check_all(["add"], tmp_path) == 0, "the control"


def test_damaged_results_do_not_keep_an_experiment_from_running(tmp_path, monkeypatch, capsys):
    """How long it took is told of those that can be read."""
    monkeypatch.setattr("rnn_book.experiments.__main__.DATA", tmp_path)
    for name in ("angles", "add"):
        copied(name, tmp_path)
    minutes = round(experiments.read("add").provenance["seconds"] / 60)
    (tmp_path / "angles.json").write_text("")
    estimate(["angles", "add", "time_scales"])
    assert capsys.readouterr().out.startswith(f"1 of 3 experiments took {minutes} minutes")
    estimate(["angles"])
    assert capsys.readouterr().out == ""


a_module = '''
"""About."""


def f(a):  # a comment
    """Docs
    of two lines."""
    b = f"{a} # {a!r}"
    return b + "#" "text"
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("About.", "Other."),
        ("  # a comment", ""),
        ("a comment", "another"),
        ("of two lines", "of three\n    lines"),
        ("\n    return", "\n\n    # why\n\n    return"),
    ],
)
def test_comments_and_docstrings_are_not_code(old, new):
    assert old in a_module
    assert sources.code_alone(a_module.replace(old, new)) == sources.code_alone(a_module)


@pytest.mark.parametrize(("old", "new"), [("# {a!r}", "{a!r}"), ('"#"', '""'), ('"text"', '"test"'), ("b +", "a +")])
def test_what_a_text_holds_is_code(old, new):
    assert old in a_module
    assert sources.code_alone(a_module.replace(old, new)) != sources.code_alone(a_module)


def test_code_alone_is_the_same_in_every_version_of_python():
    """Worked out by hand; an f-string is one token up to Python 3.11, and several from 3.12 on."""
    assert sources.code_alone(a_module) == 'def f(a):\n    b = f"{a} # {a!r}"\n    return b + "#" "text"'


@pytest.mark.half_second
def test_the_code_that_runs_is_the_code_that_is_hashed():
    """Every function that runs in one short run of each experiment, and every recording that it opens, is covered."""
    script = (
        "import json, sys\n"
        "from rnn_book.experiments import experiments, read, sources\n"
        "known, ran, files = experiments(), {}, set()\n"
        "def hear(event, given):\n"
        "    if event == 'open' and str(given[0]).endswith('.csv'):\n"
        "        files.add(str(given[0]))\n"
        "sys.addaudithook(hear)\n"
        "for name, one in known.items():\n"
        "    setting = one.short(read(name).settings[0])\n"
        "    files.clear()\n"
        "    sys.setprofile(lambda frame, event, _: files.add(frame.f_code.co_filename))\n"
        "    one.function(seed=0, **setting)\n"
        "    sys.setprofile(None)\n"
        "    covered = {str(path) for path in sources.files_of(one.function.__module__).values()}\n"
        "    ran[name] = sorted(f for f in files - covered if 'rnn_' in f), sorted(files & covered)\n"
        "print(json.dumps(ran))\n"
    )
    environment = os.environ | {"RNN_TUTORIAL_NO_NUMBA": "1"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    ran = json.loads(done.stdout)
    for name, (others, covered) in ran.items():
        assert {Path(path).name for path in others} <= {"_check.py"}, name  # it looks at arguments
        assert len(covered) >= 5, name
    assert "heartbeat.csv" in {Path(path).name for path in ran["stream_signal"][1]}


def test_a_change_of_a_rule_or_of_a_recording_is_noticed(tmp_path, monkeypatch):
    """In copies, which alone change nothing; nor does a comment in the rule."""
    fresh_hash, files = sources.hash_of_code.__wrapped__, sources.files_of(train_stream.__module__)
    before = fresh_hash(train_stream)
    for name, comment, old, new in (
        ("rnn_book.experiments.snap1", "# a comment", "1 - r**2", "1 - r**3"),
        ("rnn_tutorial/data/heartbeat.csv", "", "-0.710", "-0.711"),
    ):
        text = files[name].read_text(encoding="utf-8")
        for changed, same in ((text + comment, True), (text.replace(old, new, 1), False)):
            copy = tmp_path / files[name].name
            copy.write_text(changed, encoding="utf-8")
            monkeypatch.setattr(sources, "files_of", lambda module, other={name: copy}: files | other)
            sources._hash_of_file.cache_clear()
            assert (fresh_hash(train_stream) == before) == same, name
