"""Mutation testing: change one thing in a copy of the code, and see whether a test notices.

``python tools/mutants.py`` looks at a sample of each module, another one each day, ``--all`` at everything, and names
narrow it down: ``python tools/mutants.py training rules/rflo --all``. A mutant that survives its module's tests is a
hole in them, or does nothing; the second kind stands with the reason in ``tests/equivalent_mutants.txt``. It ends in an
error if there is another survivor, if one of the list is noticed after all, or if the list names one that is no longer
made. The tests marked `slow` are asked only about what survives the others. Everything runs in plain NumPy, since a
kernel is the same source both ways; only the loops that stand in for NumPy inside compiled kernels need Numba, which
makes their mutants slow.
"""

import argparse
import ast
import copy
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[1]
KNOWN = ROOT / "tests" / "equivalent_mutants.txt"
TESTS = {  # each module, and the files of tests that are to notice, the short ones first
    "_check": "errors bad_calls network",
    "network": "network errors bad_calls gradients",
    "rule": "errors bad_calls gradients rules",
    "rules/bptt": "gradients rules bad_calls",
    "rules/rtrl": "gradients rules training bad_calls",
    "rules/rflo": "rflo rules training bad_calls",
    "training": "errors bad_calls training hooks rules",
    "tasks": "errors bad_calls tasks",
    "diagnostics": "diagnostics properties bad_calls",
    "ensembles": "bad_calls ensembles",
    "jobs": "jobs bad_calls ensembles",
    "store": "store bad_calls ensembles",
    "compiled": "compiled",
    "statistics": "statistics bad_calls_of_the_workshop",
}
# What tests import besides our own code is imported once, and each mutant begins with a copy of that process.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["hypothesis.extra.numpy", "ipywidgets", "matplotlib.pyplot", "pytest", "scipy.stats"])
UNCOLLECTED = "collection"
QUICK, SLOW, ANY = "not (slow or nightly)", "slow and not nightly", "not nightly"
SETTINGS = {
    "HYPOTHESIS_PROFILE": "few",
    "MPLBACKEND": "agg",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
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


def file(module):
    """The file of a module, of the library or of the book's workshop."""
    ours, theirs = (ROOT / package / f"{module}.py" for package in ("rnn_tutorial", "book/rnn_book"))
    return ours if ours.exists() else theirs


def mutants(module):
    """From a name for each mutant of a module, which no change elsewhere in the file alters, to its source."""
    tree, found = ast.parse(file(module).read_text()), {}

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


def run(folder, tests, marks, answer):
    """In a process of its own: run the tests with these marks on the copy in this folder, up to a failure."""
    os.environ |= SETTINGS | {"RNN_TUTORIAL_NO_NUMBA": "0" if "test_compiled" in tests[-1] else "1"}
    os.environ["PYTHONPATH"] = os.pathsep.join([folder, str(ROOT / "book")])
    sys.path[:0] = [folder, str(ROOT / "book")]
    os.chdir(folder)
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - until the end of this process

    class First:
        failed = None

        def pytest_runtest_logreport(self, report):
            if report.failed:
                self.failed = report.nodeid

    import pytest

    first = First()
    code = pytest.main(["-xqp", "no:cacheprovider", "-m", marks, f"--rootdir={ROOT}", *tests], [first])
    well = code == 0 or (code == pytest.ExitCode.NO_TESTS_COLLECTED and marks == SLOW)
    answer.send(first.failed or (not well and UNCOLLECTED))


def failed(folder, tests, seconds, marks):
    """The first of these tests that fails on the copy in this folder, or "time" when they hang; None if all is well."""
    ours, theirs = PROCESSES.Pipe(duplex=False)
    child = PROCESSES.Process(target=run, args=(folder, [f"-c={ROOT}/pyproject.toml", *tests], marks, theirs))
    child.start()
    theirs.close()
    try:
        return (ours.recv() if ours.poll(seconds) else "time") or None
    except EOFError:
        return "a crash"
    finally:
        child.join(timeout=5)
        child.kill()
        child.join()


def noticed(module, source, likely=(), seconds=None):
    """The first test that fails when the module's source is this one, as `failed` has it; some tests come first."""
    package = file(module).parents[len(module.split("/")) - 1]
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder) / package.name
        shutil.copytree(package, there, ignore=shutil.ignore_patterns("__pycache__"))
        (Path(folder) / "data").symlink_to(ROOT / "book" / "data")
        (there / f"{module}.py").write_text(source)
        tests = [f"{ROOT}/tests/test_{name}.py" for name in TESTS[module].split()]
        first = likely and failed(folder, [f"{ROOT}/{name}" for name in likely], seconds, ANY)
        if first and first != UNCOLLECTED:  # which may only mean that a case cannot be asked by its name
            return first
        return failed(folder, tests, seconds, QUICK) or failed(folder, tests, seconds, SLOW)


def main():
    """Make the mutants, ask the tests about each, and name those that do not fare as the list says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("modules", nargs="*", choices=[*TESTS, []], metavar="MODULE")
    parser.add_argument("--all", action="store_true", help="every mutant, instead of a sample of each module")
    parser.add_argument("--sample", type=int, default=15, help="how many of each module")
    parser.add_argument("--seed", type=int, default=f"{date.today():%Y%m%d}", help="of the sample; the date if omitted")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()

    known = dict(row.rsplit(" | ", 1) for row in KNOWN.read_text().splitlines() if row and not row.startswith("#"))
    everything = {module: mutants(module) for module in TESTS}
    if gone := known.keys() - set().union(*everything.values()):
        sys.exit("\n".join([f"{KNOWN.name} names mutants that are no longer made:", *sorted(gone)]))
    if not given.all:
        print(f"{given.sample} mutants of each module; for the same ones another day: --seed {given.seed}", flush=True)
    n_asked = n_wrong = 0
    for module in given.modules or TESTS:
        begin = time.monotonic()
        if answer := noticed(module, ast.unparse(ast.parse(file(module).read_text()))):
            sys.exit(f"The tests of {module} fail without any mutant: {answer}")
        limit, likely = 60 + 4 * (time.monotonic() - begin), []

        def is_wrong(name, module=module, limit=limit, likely=likely):
            """Whether it survives, and is not listed, or the other way round."""
            answer = noticed(module, everything[module][name], likely[:5], limit)
            if answer and "::" in answer:  # the neighbours of a mutant often fail the same test
                likely[:] = [answer, *(test for test in likely if test != answer)]
            if answer is None and name not in known:
                print("survived", name, flush=True)
            elif answer and name in known:
                print(f"{KNOWN.name} lists what {answer} notices: {name}", flush=True)
            return (answer is None) != (name in known)

        names = [*everything[module]]
        names = names if given.all else random.Random(given.seed).sample(names, min(given.sample, len(names)))
        with ThreadPoolExecutor(given.processes) as pool:
            wrong = sum(pool.map(is_wrong, names))
        listed = len(known.keys() & {*names})
        print(f"{module}: {len(names)} mutants, of which {listed} are equivalent; {wrong} unlike that", flush=True)
        n_asked, n_wrong = n_asked + len(names), n_wrong + wrong
    print(f"{n_asked - n_wrong} of {n_asked} mutants were noticed, or survived as {KNOWN.name} says.")
    sys.exit(n_wrong > 0)


if __name__ == "__main__":
    main()
