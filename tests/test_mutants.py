"""The mutator changes one thing at a time, and its list of equivalents names mutants that it makes."""

import ast
import importlib.util
import sys
from datetime import date
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
    made = {module: mutants.mutants(module) for module in {row.split(":")[0] for row in rows}}
    for row in rows:
        name, reason = row.rsplit(" | ", 1)
        assert name in made[name.split(":")[0]]
        assert len(reason) > 10


FIRST, SECOND, *OTHERS = mutants.mutants("rules/bptt")


def report(monkeypatch, tmp_path, capsys, listed, survivors, *arguments):
    """What it prints of one module when these mutants survive, and how it ends."""
    (tmp_path / "listed.txt").write_text("# name | reason\n" + "".join(f"{name} | for a test\n" for name in listed))
    names = {source: name for name, source in mutants.mutants("rules/bptt").items()}
    monkeypatch.setattr(mutants, "KNOWN", tmp_path / "listed.txt")
    monkeypatch.setattr(mutants, "TESTS", {"rules/bptt": "gradients"})
    alive = {*survivors, None}  # None: without any mutant
    monkeypatch.setattr(mutants, "noticed", lambda _, source, *more: None if names.get(source) in alive else "a::test")
    monkeypatch.setattr(sys, "argv", ["mutants", "--processes", "1", *arguments])
    with pytest.raises(SystemExit) as ended:
        mutants.main()
    return capsys.readouterr().out, ended.value.code


def test_it_ends_well_when_the_survivors_are_those_of_the_list(monkeypatch, tmp_path, capsys):
    shown, code = report(monkeypatch, tmp_path, capsys, [FIRST], [FIRST], "--all")
    assert not code
    assert f"rules/bptt: {len(OTHERS) + 2} mutants, of which 1 are equivalent; 0 unlike that" in shown


def test_it_names_a_survivor_and_one_of_the_list_that_is_noticed(monkeypatch, tmp_path, capsys):
    shown, code = report(monkeypatch, tmp_path, capsys, [FIRST], [SECOND], "--all")
    assert code == 1
    assert f"survived {SECOND}\n" in shown
    assert f"listed.txt lists what a::test notices: {FIRST}\n" in shown


def test_it_names_all_of_the_list_that_are_no_longer_made(monkeypatch, tmp_path, capsys):
    _, code = report(monkeypatch, tmp_path, capsys, ["rules/bptt: gone", FIRST, "rules/bptt: a | b -> c"], [], "--all")
    assert code == "listed.txt names mutants that are no longer made:\nrules/bptt: a | b -> c\nrules/bptt: gone"


def test_each_day_has_a_sample_of_its_own_that_can_be_repeated(monkeypatch, tmp_path, capsys):
    def survivors(*arguments):
        shown, _ = report(monkeypatch, tmp_path, capsys, [], [FIRST, SECOND, *OTHERS], *arguments)
        return shown.split("\n")

    before = date.today()
    today, other = survivors(), survivors("--seed", "20200229")
    seed = today[0].split()[-1]
    assert seed in {f"{day:%Y%m%d}" for day in (before, date.today())}
    assert today == survivors("--seed", seed) != other
    assert other[0] == "15 mutants of each module; for the same ones another day: --seed 20200229"
    assert sum(line.startswith("survived") for line in today) == 15


def test_a_case_that_cannot_be_asked_by_its_name_is_no_answer(monkeypatch):
    source = mutants.file("rules/bptt").read_text()
    answers = iter([mutants.UNCOLLECTED, None, "a::test", "b::test"])
    monkeypatch.setattr(mutants, "failed", lambda *asked: next(answers))
    assert mutants.noticed("rules/bptt", source, likely=["a::test[gone]"]) == "a::test"
    assert mutants.noticed("rules/bptt", source, likely=["b::test"]) == "b::test"
