"""What a release says of itself agrees wherever it is said."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
import release

sys.path.pop(0)

WRONG = [
    "see https://github.com/somebody/rnn-tutorial/issues",
    "https://mybinder.org/v2/gh/somebody/rnn-tutorial/live",
    "https://somebody.github.io/rnn-tutorial/lite",
    "%pip install -q git+https://github.com/somebody/rnn-tutorial\\n",
    "%pip install -q git+https://github.com/somebody/rnn-tutorial@v9.9.9",
    "%pip install -q rnn-tutorial",
    "%pip install -q rnn-tutorial==9.9.9\\n",
    "cff-version: 1.2.0\nversion: 9.9.9\n",
]


@pytest.mark.parametrize("path", release.files(), ids=lambda path: path.relative_to(release.ROOT).as_posix())
def test_version_and_addresses_are_those_of_the_project(path):
    text = path.read_text(encoding="utf-8")
    assert release.repeat(text) == text, "run `python tools/release.py`"


@pytest.mark.parametrize("text", WRONG)
def test_another_version_or_address_is_put_right(text):
    new = release.repeat(text)
    assert new != text
    assert "somebody" not in new
    assert "9.9.9" not in new
    assert release.repeat(new) == new


def test_what_is_no_address_stays():
    for text in (
        "https://github.com/actions/checkout",
        "pip install rnn-tutorial-data",
        "pip install rnn-tutorial",
    ):
        assert release.repeat(text) == text


def test_a_tag_must_be_the_version():
    with pytest.raises(SystemExit, match=r"the tag is v0\.0\.0, but the package says v"):
        release.main("v0.0.0")


def test_a_version_needs_a_date(monkeypatch):
    monkeypatch.setattr(release, "section", lambda: (None, ""))
    with pytest.raises(SystemExit, match="has no section"):
        release.main(f"v{release.version()}")


def test_the_notes_are_those_of_the_version(monkeypatch, tmp_path):
    for name in ("CHANGELOG.md", "rnn_tutorial/__init__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / "CHANGELOG.md").write_text(
        "# C\n\n## Unreleased\n\n- c\n\n## 1.2.0 - 2026-01-02\n\n- b\n\n## 1.1.0 - 2025-01-02\n\n- a\n"
    )
    (tmp_path / "rnn_tutorial" / "__init__.py").write_text('__version__ = "1.2.0"\n')
    monkeypatch.setattr(release, "ROOT", tmp_path)
    release.main("v1.2.0")
    assert (tmp_path / "dist" / "notes.md").read_text() == "- b\n"
