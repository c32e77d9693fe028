"""Run notebooks as readers do: each cell twice, then all in another order, on one core and in less than a gigabyte.

A cell that fails the second time, or when later ones have run, changed what is not its own. Then each notebook runs
once more with one unit more in its networks: a reader changes a number, and what follows must not hang on it. ``python
tools/readers.py rflo bptt`` runs two of them, without names all. Binder gives a reader one core and promises one
gigabyte.
"""

import copy
import os
import random
import re
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).parents[1]
LIMIT = 1000  # MB
# The peak that Linux tells of this process alone: `resource` counts what its parent had when it was born.
MEMORY = "print(next(int(line.split()[1]) // 1000 for line in open('/proc/self/status') if line.startswith('VmHWM')))"
# Where a notebook says how many units a network has; one that it calls `six` is drawn unit by unit.
UNITS = re.compile(r"((?<!\bsix = )\bNetwork\.random\([^,()]+,\s*|\bn_rec=|^(?:N|n_rec) = )(\d+)\b", re.MULTILINE)


def as_readers_do(notebook):
    """Copy a notebook, with each cell of code twice, then all of them shuffled, then the memory used."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    cells = [cell for cell in code for _ in range(2)]
    shuffled = random.Random(0).sample(code, len(code))
    result = copy.deepcopy(notebook)
    result.cells = copy.deepcopy([*cells, *shuffled, nbformat.v4.new_code_cell(MEMORY)])
    return result


def with_a_unit_more(notebook):
    """Copy a notebook, with one unit more in each network whose number of units it says."""
    result = copy.deepcopy(notebook)
    for cell in result.cells:
        if cell.cell_type == "code":
            cell.source = UNITS.sub(lambda found: f"{found[1]}{int(found[2]) + 1}", cell.source)
    return result


@contextmanager
def one_core():
    """Let what is started here have one of this process's cores, as Linux can."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def execute(notebook, path):
    """Run all cells of a notebook of this path; a sentence that says what went wrong, or None."""
    client = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(path.parent)}})
    try:
        with one_core():
            client.execute()
    except CellExecutionError as error:
        return f"{error.ename}: {error.evalue}, in a cell that begins\n{error.traceback[:300]}"


def run(path):
    """Run a notebook as readers do; a sentence that says what went wrong, or None, and the peak of memory in MB."""
    original = nbformat.read(path, as_version=4)
    notebook, other = as_readers_do(original), with_a_unit_more(original)
    if fault := execute(notebook, path):
        return fault, None
    memory = int(notebook.cells[-1].outputs[-1].text)
    if memory > LIMIT:
        return f"{memory} MB of memory, more than {LIMIT}", memory
    if other != original and (fault := execute(other, path)):
        return f"with a unit more, {fault}", memory
    return None, memory


def main(names):
    """Run notebooks, and say what went wrong in which."""
    paths = [ROOT / "book" / f"{name}.ipynb" for name in names] or sorted((ROOT / "book").rglob("*.ipynb"))
    wrong = 0
    for path in paths:
        begin = time.monotonic()
        fault, memory = run(path)
        wrong += fault is not None
        print(f"{path.stem}: {fault or f'as it should, in {memory} MB'}, {time.monotonic() - begin:.0f} s", flush=True)
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
