"""What is handed to those who set up a hub: keys and kinds that the two programs know, and names that are ours.

Of Zero to JupyterHub the kinds are those of its chart's `values.schema.yaml`, of The Littlest JupyterHub those of its
`config_schema.py`, with the `cull` of its `configurer.py`; of each only what our files use. Both forbid other keys.
"""

import copy
import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
MEMORY, SIZE, NUMBER = r"\d+[MG]", r"\d+[MG]i", (int, float)
KINDS = {
    "values.yaml": {
        "singleuser": {
            "image": {"name": str, "tag": str},
            "defaultUrl": str,
            "memory": {"guarantee": MEMORY, "limit": MEMORY},
            "cpu": {"guarantee": NUMBER, "limit": NUMBER},
            "storage": {"capacity": SIZE},
            "lifecycleHooks": {"postStart": {"exec": {"command": list}}},
        },
        "cull": {"enabled": bool, "timeout": int},
        "prePuller": {"hook": {"enabled": bool}},
    },
    "tljh.yaml": {
        "limits": {"memory": MEMORY, "cpu": int},
        "user_environment": {"default_app": "jupyterlab|classic"},
        "services": {"cull": {"enabled": bool, "timeout": int}},
    },
}


def values(name):
    return yaml.safe_load((ROOT / "hub" / name).read_text())


def misfits(found, known, path=""):
    """The keys that the program does not know, and the values of another kind than it takes."""
    if isinstance(known, dict):
        return [
            misfit
            for key, value in found.items()
            for misfit in (misfits(value, known[key], f"{path}.{key}") if key in known else [f"{path}.{key} unknown"])
        ]
    if isinstance(known, str):
        return [] if isinstance(found, str) and re.fullmatch(known, found) else [f"{path}: {found!r}"]
    fits = isinstance(found, known) and (known is bool or not isinstance(found, bool))
    return [] if fits else [f"{path}: {found!r}"]


@pytest.mark.parametrize("name", KINDS)
def test_the_programs_know_every_key(name):
    assert misfits(values(name), KINDS[name]) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["singleuser", "memory", "guarantee"], 512),
        (["singleuser", "memory", "limits"], "1G"),
        (["singleuser", "cpu", "limit"], "2"),
        (["cull", "enabled"], "yes"),
        (["cull", "timeout"], True),
        (["prepuller"], {}),
    ],
)
def test_a_slip_is_found(path, value):
    found = copy.deepcopy(values("values.yaml"))
    place = found
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert len(misfits(found, KINDS["values.yaml"])) == 1


def test_the_hub_fetches_what_is_published():
    repository = yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]
    published = (ROOT / ".github" / "workflows" / "publish.yml").read_text()
    single = values("values.yaml")["singleuser"]
    command, address, branch, _ = single["lifecycleHooks"]["postStart"]["exec"]["command"]
    assert (command, address, single["image"]["tag"]) == ("gitpuller", repository["url"], repository["branch"])
    assert re.search(rf"for edition in .*\b{branch}\b", published)
    assert single["cpu"]["guarantee"] <= single["cpu"]["limit"]


def test_a_class_gets_the_versions_of_the_book():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    repository = yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]
    package, *others = (ROOT / "hub" / "requirements.txt").read_text().split("\n")
    assert package == f"rnn-tutorial[fast] @ git+{repository['url']}@{repository['branch']}"
    assert next(one for one in others if one.startswith("jupyterlab>")) in extras["teach"]
    assert next(one for one in others if one.startswith("jupyterlab-myst")) in extras["book"]
    assert "nbgitpuller" in others
