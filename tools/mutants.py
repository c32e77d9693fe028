"""Mutation testing: change one thing in a copy of the code, and see whether a test notices.

``python tools/mutants.py`` looks at a sample of each module, ``--all`` at everything, and names narrow it down:
``python tools/mutants.py training rules/rflo --all``. A mutant that survives its module's tests is a hole in them, or
does nothing; the second kind stands with the reason in ``tests/equivalent_mutants.txt``. It ends in an error if there
is another survivor. Everything runs in plain NumPy, since a kernel is the same source both ways.
"""

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
KNOWN = ROOT / "tests" / "equivalent_mutants.txt"
TESTS = {  # each module, and the files of tests that are to notice
    "_check": "errors bad_calls",
    "network": "network errors bad_calls gradients",
    "rule": "rules errors bad_calls gradients",
    "rules/bptt": "gradients rules",
    "rules/rtrl": "gradients rules training",
    "rules/rflo": "rflo rules training",
    "training": "training errors bad_calls rules hooks",
    "tasks": "tasks errors bad_calls",
    "diagnostics": "diagnostics properties bad_calls",
    "ensembles": "ensembles bad_calls",
    "jobs": "ensembles bad_calls",
    "store": "ensembles bad_calls",
}
SWAPS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Mod: ast.Mult, ast.MatMult: ast.Mult,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip


def changes(node):
    """The nodes that could stand in place of this one."""
    if isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp) and type(node.op) in SWAPS:
        yield with_field(node, op=SWAPS[type(node.op)]())
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
        yield with_field(node, ops=[SWAPS[type(node.ops[0])](), *node.ops[1:]])
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield node.operand
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield with_field(node, value=not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield with_field(node, value=node.value + 1)
    elif isinstance(node, ast.If | ast.IfExp):
        yield with_field(node, test=ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.Break | ast.Continue | ast.Raise) or is_call(node):
        yield ast.Pass()
    if isinstance(node, ast.Call) and node.keywords:
        for k in range(len(node.keywords)):
            yield with_field(node, keywords=node.keywords[:k] + node.keywords[k + 1 :])


def is_call(node):
    """Whether it is a statement that calls something and drops what it returns."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)


def with_field(node, **fields):
    """A copy of the node with other fields."""
    other = copy.copy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other


def mutants(module):
    """From a name for each mutant of a module, which no change elsewhere in the file alters, to its source."""
    source = (ROOT / "rnn_tutorial" / f"{module}.py").read_text()
    tree, found = ast.parse(source), {}

    def walk(parent, where):
        for field, value in ast.iter_fields(parent):
            places = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
            for i, node in places:
                if not isinstance(node, ast.AST) or field in ("annotation", "returns", "decorator_list"):
                    continue
                if isinstance(parent, ast.If) and "TYPE_CHECKING" in ast.unparse(parent.test):
                    continue
                for other in changes(node):
                    put(parent, field, i, ast.fix_missing_locations(ast.copy_location(other, node)))
                    name = f"{module}: {where}: {line(node)} -> {line(other)}"
                    repeated = sum(key.split(" #")[0] == name for key in found)
                    found[name + (f" #{repeated + 1}" if repeated else "")] = ast.unparse(tree)
                    put(parent, field, i, node)
                inside = f"{where}.{node.name}".strip(".") if hasattr(node, "name") and node.name else where
                walk(node, inside)

    walk(tree, "")
    return found


def line(node):
    """The beginning of a node's source."""
    return ast.unparse(node).split("\n")[0][:90]


def put(parent, field, i, node):
    """Set a field, or one place of a field that is a list."""
    if i is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[i] = node


def noticed(module, source, seconds=None):
    """Whether a test of the module fails when its source is this one, or hangs: is not done after so long."""
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder) / "rnn_tutorial"
        shutil.copytree(ROOT / "rnn_tutorial", there, ignore=shutil.ignore_patterns("__pycache__"))
        (there / f"{module}.py").write_text(source)
        tests = [ROOT / "tests" / f"test_{name}.py" for name in TESTS[module].split()]
        environment = os.environ | {
            "RNN_TUTORIAL_NO_NUMBA": "1",
            "HYPOTHESIS_PROFILE": "few",
            "PYTHONPATH": os.pathsep.join([folder, str(ROOT / "book")]),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        options = [
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            "-m",
            "not slow",
            "--rootdir",
            ROOT,
            "-c",
            ROOT / "pyproject.toml",
        ]
        try:
            return subprocess.run(
                [sys.executable, "-m", "pytest", *options, *tests],
                cwd=folder, env=environment, capture_output=True, timeout=seconds,
            ).returncode != 0  # fmt: skip
        except subprocess.TimeoutExpired:
            return True


def main():
    """Make the mutants, ask the tests about each, and name those that survive."""
    parser = argparse.ArgumentParser()
    parser.add_argument("modules", nargs="*", default=list(TESTS), choices=[*TESTS, []], metavar="MODULE")
    parser.add_argument("--all", action="store_true", help="every mutant, instead of a sample of each module")
    parser.add_argument("--sample", type=int, default=15, help="how many of each module")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()

    known = dict(row.split(" | ") for row in KNOWN.read_text().splitlines() if row and not row.startswith("#"))
    everything = {name: (module, source) for module in TESTS for name, source in mutants(module).items()}
    for name in known.keys() - everything.keys():
        sys.exit(f"{KNOWN.name} names a mutant that is no longer made: {name}")
    asked, limit = [], {}
    for module in given.modules:
        begin = time.monotonic()
        if noticed(module, ast.unparse(ast.parse((ROOT / "rnn_tutorial" / f"{module}.py").read_text()))):
            sys.exit(f"The tests of {module} fail without any mutant.")
        limit[module] = 60 + 10 * (time.monotonic() - begin)
        names = [name for name, (of, _) in everything.items() if of == module and name not in known]
        asked += names if given.all else random.Random(given.seed).sample(names, min(given.sample, len(names)))
    with ThreadPoolExecutor(given.processes) as pool:
        answers = list(pool.map(lambda name: noticed(*everything[name], limit[everything[name][0]]), asked))
    survivors = [name for name, answer in zip(asked, answers, strict=True) if not answer]
    for name in survivors:
        print("survived", name)
    print(f"{len(asked) - len(survivors)} of {len(asked)} mutants were noticed; {len(known)} others are equivalent.")
    sys.exit(bool(survivors))


if __name__ == "__main__":
    main()
