"""The same sources make the same site, but for what chapters measure: no date and no order of files gets in."""

import hashlib
import json
import os
import sys
import zipfile
from pathlib import Path

import pytest

import rnn_tutorial

ROOT = Path(__file__).parents[1]
sys.path += [str(ROOT / "tools"), str(ROOT / "book" / "_ext")]
import dist  # noqa: E402
import lite  # noqa: E402
import pyodide  # noqa: E402
import twice  # noqa: E402
import vectors  # noqa: E402
import wheels  # noqa: E402


def made(folder, day):
    """Our two wheels, made on this day of 2026 out of one whole."""
    folder.mkdir()
    wheel = folder / "rnn_tutorial-1.2.3-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as whole:
        for name in ("rnn_tutorial/a.py", "rnn_book/data/b.npz", "rnn_tutorial-1.2.3.dist-info/RECORD"):
            whole.writestr(zipfile.ZipInfo(name, (2026, 1, day, 0, 0, 0)), f"{name},,\n")
    before = wheel.read_bytes()
    wheels.part(wheel, "rnn_tutorial_data")
    return before, {path.name: path.read_bytes() for path in folder.iterdir()}


def test_wheels_of_the_browser_do_not_tell_the_day(tmp_path):
    (one, ours), (other, theirs) = made(tmp_path / "one", 1), made(tmp_path / "other", 2)
    assert one != other, "the control: there is a date to get in"
    assert ours == theirs
    assert len(ours) == 2
    with zipfile.ZipFile(tmp_path / "one" / "rnn_tutorial-1.2.3-py3-none-any.whl") as wheel:
        wheel.extractall(tmp_path)
    assert os.access(tmp_path / "rnn_tutorial" / "a.py", os.R_OK)


@pytest.mark.parametrize("order", [1, -1])
def test_a_list_of_files_tells_neither_day_nor_order(tmp_path, order):
    listing = tmp_path / "all.json"
    files = [{"name": name, "created": f"2026-0{3 + order}-01T00:00:00.1Z", "size": 3} for name in "ab"][::order]
    listing.write_text(json.dumps({"name": "", "last_modified": f"{order}", "content": files}))
    lite._date(listing)
    found = json.loads(listing.read_text())
    assert [file["name"] for file in found["content"]] == ["a", "b"]
    (day,) = {found["last_modified"], *(file["created"] for file in found["content"])}
    assert f"## {rnn_tutorial.__version__} - {day.split('T')[0]}" in (ROOT / "CHANGELOG.md").read_text()
    assert found["content"][0]["size"] == 3


def test_test_vectors_are_packed_whole_and_do_not_tell_the_day(tmp_path):
    stored = {path.name: path.read_bytes() for path in (ROOT / "tests" / "vectors").iterdir()}
    packed = []
    for day in (1, 2):
        folder = tmp_path / str(day) / "vectors"
        folder.mkdir(parents=True)
        for name, content in stored.items():
            (folder / name).write_bytes(content)
            os.utime(folder / name, (86_400 * day, 86_400 * day))
        vectors.pack(folder, tmp_path / "new" / f"{day}.zip")
        packed.append((tmp_path / "new" / f"{day}.zip").read_bytes())
    assert packed[0] == packed[1]
    with zipfile.ZipFile(tmp_path / "new" / "1.zip") as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    licence = {"vectors/LICENSE": (ROOT / "LICENSE").read_bytes()}
    assert found == {f"vectors/{name}": content for name, content in stored.items()} | licence


def test_two_builds_of_a_release_that_differ_are_refused():
    builds = {"a.whl": "1", "a.tar.gz": "2"}
    dist.refuse_other_bytes(builds, dict(builds))
    for other in (builds | {"a.whl": "3"}, {"a.tar.gz": "2"}):
        with pytest.raises(SystemExit, match=r"^Two builds differ in a\.whl$"):
            dist.refuse_other_bytes(builds, other)


def test_the_oldest_versions_are_those_of_the_project():
    """To ask an installer for the lowest that fit is not enough: it takes the newest of what a wheel asks for."""
    asked = [need.split(";")[0] for need in dist.oldest(plain=False)]
    assert {"numpy==2", "numba==0.62", "matplotlib==3.8.4"} <= set(asked)
    assert all("==" in need for need in asked if not need.startswith("pyparsing"))


def test_a_release_is_tested_by_files_that_are_there():
    assert all((ROOT / "tests" / f"test_{name}.py").exists() for name in dist.TESTS)


def build():
    """A website of made-up files, by their paths."""
    return {path: b"<p>3 ms</p>" for path in twice.MEASURED} | {
        "book/bptt.html": b"<p>3 rules</p>",
        "searchindex.js": b"3",
    }


def picture(n):
    """The name of a picture, and a page that shows it."""
    name = f"{n:064x}.png"
    return f"_images/{name}", f'<p>3 ms</p><img src="../_images/{name}">'.encode()


def test_two_builds_may_differ_in_what_is_measured_alone():
    speed = "book/speed.html"
    (a, shows_a), (b, shows_b) = picture(1), picture(2)
    assert twice.unexplained(build(), build()) == ([], set())
    wrong, different = twice.unexplained(
        build() | {speed: shows_a, a: b"a"}, build() | {speed: shows_b.replace(b"3 ms", b"1,041.5 ms"), b: b"b"}
    )
    assert (wrong, different) == ([], {speed, a, b})
    assert twice.unexplained(build(), build() | {"searchindex.js": b"4"})[0] == []
    for path, text in {
        "book/bptt.html": b"<p>4 rules</p>",
        speed: b"<p>3 s</p>",
        "_static/book.css": b"",
        a: b"a picture that no page shows which measures",
    }.items():
        assert twice.unexplained(build(), build() | {path: text})[0] == [path], "the controls"


def test_what_is_fetched_for_browsers_must_be_what_was_meant():
    content = b"a runtime"
    assert pyodide.checked(content, hashlib.sha256(content).hexdigest(), "pyodide.tgz") == content
    with pytest.raises(SystemExit, match=r"^pyodide\.tgz is not that of Pyodide .*, and was not taken$"):
        pyodide.checked(content, pyodide.SHA256, "pyodide.tgz")
