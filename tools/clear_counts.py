"""Clear the execution count of every code cell that keeps no output; with ``--verify``, only say where there is one.

nbval compares a cell's output where the cell has a count, and refuses an output without one. So the check cells, tagged
``keep_output``, need their count, and no other cell may have one. nbstripout can keep all counts or none.
"""

import sys

import nbformat

verify = "--verify" in sys.argv
found = []
for path in sys.argv[1 + verify :]:
    notebook = nbformat.read(path, as_version=4)
    stray = [c for c in notebook.cells if c.get("execution_count") and "keep_output" not in c.metadata.get("tags", [])]
    for cell in stray:
        cell.execution_count = None
    if stray:
        found.append(path)
        if not verify:
            nbformat.write(notebook, path)
if verify and found:
    raise SystemExit(f"cells without output have counts in {', '.join(found)}: run 'make notebooks'")
