"""What a user gets: the wheel, the lines in the README, a website that was tested, and pins that agree."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import rnn_tutorial

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "book" / "_ext"))
import lite  # noqa: E402


def run(*command, **given):
    return subprocess.run(command, capture_output=True, text=True, check=True, **given).stdout


USE = """
from pathlib import Path
import rnn_book, rnn_tutorial
from rnn_book.experiments import experiments, load
from rnn_tutorial import tasks
assert {Path(package.__file__).parents[1] for package in (rnn_book, rnn_tutorial)} == {Path.cwd()}
assert rnn_book.DATA.is_relative_to(Path.cwd())
assert all(load(name).arrays for name in experiments())
assert (Path(rnn_tutorial.__file__).parent / "py.typed").exists()
assert tasks.heartbeat().T and tasks.hand_movement().T
print("all there:", rnn_tutorial.__version__)
"""


@pytest.mark.slow
def test_the_wheel_holds_both_packages_and_their_data(tmp_path):
    pip = [sys.executable, "-m", "pip", "--quiet"]
    run(*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path, ROOT)
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    run(*pip, "install", "--no-deps", "--target", installed, wheel)
    assert {path.name for path in installed.iterdir() if path.suffix != ".dist-info"} == {"rnn_book", "rnn_tutorial"}
    environment = os.environ | {"PYTHONPATH": str(installed)}
    assert run(sys.executable, "-c", USE, cwd=installed, env=environment).startswith("all there")
    (metadata,) = installed.glob("*.dist-info/METADATA")
    (licences,) = re.findall(r"^License-Expression: (.*)$", metadata.read_text(), re.MULTILINE)
    recordings = (ROOT / "rnn_tutorial" / "data" / "README.md").read_text()
    for licence, words in {"CC-BY-4.0": "(CC BY 4.0)", "ODC-By-1.0": "v1.0 (ODC-By)"}.items():
        assert words in recordings
        assert licence in licences.split(" AND "), "what is shipped is under it"


@pytest.mark.half_second
def test_the_lines_in_the_readme_run(tmp_path):
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    assert code.count("\n") <= 12
    printed = run(sys.executable, "-W", "error", "-c", code, cwd=tmp_path)
    first, last, angle = map(float, re.search(r"(\S+) -> (\S+)\n.*: (\S+) degrees", printed).groups())
    assert last < first
    assert 0 < angle < 180


def pins(name):
    """The pinned versions of a file of requirements; a package may have several, for different systems."""
    lines = (ROOT / name).read_text().splitlines()
    return {line.removesuffix(" \\") for line in lines if not line.startswith(("#", " "))}


def test_the_pins_of_readers_and_of_developers_agree():
    assert all("==" in line for line in pins("requirements-dev.txt"))
    assert pins("requirements.txt") < pins("requirements-dev.txt")


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-nightly.txt"])
def test_every_pin_is_held_by_its_hashes(name):
    text = (ROOT / name).read_text()
    blocks = re.split(r"(?m)^(?=[\w-]+==)", text)[1:]
    assert len(blocks) == len(pins(name))
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", block) for block in blocks)
    assert "\n-e" not in text  # pip knows no hash of a folder: the package itself is installed by a line of its own


def test_every_archive_from_npm_is_held_by_its_hash():
    lock = json.loads((ROOT / "tools" / "npm" / "package-lock.json").read_text())["packages"]
    asked = json.loads((ROOT / "tools" / "npm" / "package.json").read_text())["dependencies"]
    assert {f"node_modules/{name}" for name in asked} < lock.keys()
    assert all(about["integrity"].startswith("sha512-") for path, about in lock.items() if path)


def test_hooks_have_the_versions_that_are_pinned():
    pinned = dict(line.split(" ")[0].split("==") for line in pins("requirements-dev.txt"))
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    for tool in ("ruff", "typos", "nbstripout", "zizmor"):
        (version,) = [hook["rev"] for hook in hooks if tool in hook["repo"].rpartition("/")[2]]
        assert version.removeprefix("v") == pinned[tool]


def test_the_citation_names_the_version_and_the_licences():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == rnn_tutorial.__version__
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert citation["license"] == project["license"].split(" AND ")


def test_what_takes_long_is_tested_each_night():
    """None of it is in `.ci/run`, so nobody would notice if it went."""
    jobs = workflow("nightly")["jobs"]
    asked = {step.get("run", "") for job in jobs.values() for step in job["steps"]}
    assert {"make grade", "make test-browser", "make slides", "make test ALL=1", 'make "$TARGET"'} <= asked
    matrix = jobs["long"]["strategy"]["matrix"]["target"]
    assert {*matrix} == {"coverage", "readers", "test-peers", "test-properties", "test-twice", "mutants"}
    named = (ROOT / "Makefile").read_text()
    assert all(f"\n{target}:" in named for target in matrix)
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["coverage"]["report"]["fail_under"] >= 95
    command = [sys.executable, "-c", "import conftest, hypothesis; print(hypothesis.settings().max_examples)"]
    n_problems = {
        profile: int(run(*command, cwd=ROOT / "tests", env=os.environ | {"HYPOTHESIS_PROFILE": profile}))
        for profile in ("exact", "nightly")
    }
    assert n_problems == {"exact": 100, "nightly": 1000}


def workflow(name):
    return yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text())


def test_what_is_published_has_passed_the_tests():
    publish, run = workflow("publish"), "github.event.workflow_run"
    triggers, build = publish[True], publish["jobs"]["build"]  # YAML reads `on` as true
    assert triggers.keys() == {"workflow_run", "workflow_dispatch"}
    awaited = {"workflows": [workflow("test")["name"]], "types": ["completed"], "branches": ["main"]}
    assert triggers["workflow_run"] == awaited
    by_hand, by_tests = build["if"].split(" || ")
    assert by_hand == "github.event_name == 'workflow_dispatch'"
    assert by_tests == f"({run}.event == 'push' && {run}.conclusion == 'success')"
    assert publish["jobs"]["deploy"]["needs"] == "build"


def test_what_is_published_is_what_was_tested():
    """A run that waits for another begins at the newest commit, which may have come since."""
    publish = workflow("publish")
    assert publish["env"]["SHA"] == "${{ github.event.workflow_run.head_sha || github.sha }}"
    steps = [step for job in publish["jobs"].values() for step in job["steps"]]
    checkouts = [step["with"]["ref"] for step in steps if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts == ["${{ env.SHA }}"] * 2
    assert "GITHUB_SHA" not in json.dumps(publish)


def test_python_in_the_browser_asks_no_index_of_packages(tmp_path):
    """It would ask PyPI for whatever a cell imports, and run what is there."""
    built = {"jupyter-config-data": {"federated_extensions": []}}
    (tmp_path / "jupyter-lite.json").write_text(json.dumps(built))
    lite._configure(tmp_path)
    found = json.loads((tmp_path / "jupyter-lite.json").read_text())
    assert found["jupyter-config-data"]["litePluginSettings"][f"{lite.KERNEL}:kernel"]["disablePyPIFallback"] is True


def test_the_release_publishes_with_the_pinned_tool():
    workflow = (ROOT / ".github" / "workflows" / "release.yml").read_text()
    (asked,) = re.findall(r"uv==[\d.]+", workflow)
    assert asked in pins("requirements-dev.txt")


def test_actions_are_held_by_their_commits():
    used = [
        line for path in (ROOT / ".github").rglob("*.yml") for line in path.read_text().splitlines() if "uses:" in line
    ]
    assert used
    assert all(re.search(r"@[0-9a-f]{40} # v\d+(\.\d+)*$", line) for line in used)
