"""The mutator changes one thing at a time, and its list of equivalents names mutants that it makes."""

import ast
import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

spec = importlib.util.spec_from_file_location("mutants", ROOT / "tools" / "mutants.py")
mutants = importlib.util.module_from_spec(spec)
spec.loader.exec_module(mutants)


@pytest.mark.half_second
@pytest.mark.parametrize("module", ["_check", "rule", "rules/rtrl"])
def test_each_mutant_is_another_program(module):
    source = (ROOT / "rnn_tutorial" / f"{module}.py").read_text()
    original = ast.unparse(ast.parse(source))
    found = mutants.mutants(module)
    assert len(found) > 20
    for name, mutant in found.items():
        assert name.startswith(f"{module}: ")
        assert len(set(mutant.split("\n")) ^ set(original.split("\n"))) <= 4, name
        compile(mutant, module, "exec")
    assert len({*found.values()}) == len(found)
    assert original not in found.values()


def test_kernels_are_among_them():
    """Tools that skip what is decorated would see no rule at all."""
    for module, kernel in (("bptt", "adjoint"), ("rtrl", "online"), ("rtrl", "trial"), ("rflo", "online")):
        assert sum(f": {kernel}: " in name for name in mutants.mutants(f"rules/{module}")) >= 5


def test_the_files_of_tests_are_there():
    assert all(
        (ROOT / "tests" / f"test_{name}.py").exists() for names in mutants.TESTS.values() for name in names.split()
    )


def test_equivalents_are_mutants_that_are_made_and_have_a_reason():
    rows = [row for row in mutants.KNOWN.read_text().splitlines() if not row.startswith("#")]
    for row in rows:
        name, reason = row.split(" | ")
        assert name in mutants.mutants(name.split(":")[0])
        assert len(reason) > 10
