"""Run notebooks as readers do: each cell twice, then all in another order, in less than a gigabyte.

A cell that fails the second time, or when later ones have run, changed what is not its own. ``python tools/readers.py
rflo bptt`` runs two of them, without names all. Binder gives a reader one core and promises one gigabyte.
"""

import copy
import random
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).parents[1]
LIMIT = 1000  # MB
# The peak that Linux tells of this process alone: `resource` counts what its parent had when it was born.
MEMORY = "print(next(int(line.split()[1]) // 1000 for line in open('/proc/self/status') if line.startswith('VmHWM')))"


def as_readers_do(notebook):
    """Copy a notebook, with each cell of code twice, then all of them shuffled, then the memory used."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    cells = [cell for cell in code for _ in range(2)]
    shuffled = random.Random(0).sample(code, len(code))
    result = copy.deepcopy(notebook)
    result.cells = copy.deepcopy([*cells, *shuffled, nbformat.v4.new_code_cell(MEMORY)])
    return result


def run(path):
    """Run a notebook as readers do; a sentence that says what went wrong, or None, and the peak of memory in MB."""
    notebook = as_readers_do(nbformat.read(path, as_version=4))
    client = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(path.parent)}})
    try:
        client.execute()
    except CellExecutionError as error:
        return f"{error.ename}: {error.evalue}, in a cell that begins\n{error.traceback[:300]}", None
    memory = int(notebook.cells[-1].outputs[-1].text)
    return (f"{memory} MB of memory, more than {LIMIT}" if memory > LIMIT else None), memory


def main(names):
    """Run notebooks, and say what went wrong in which."""
    paths = [ROOT / "book" / f"{name}.ipynb" for name in names] or sorted((ROOT / "book").rglob("*.ipynb"))
    wrong = 0
    for path in paths:
        fault, memory = run(path)
        wrong += fault is not None
        print(f"{path.stem}: {fault or f'as it should, in {memory} MB'}", flush=True)
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
