"""The code and the recordings that a stored result depends on, as a hash that comments and docstrings do not change."""

import hashlib
import io
import itertools
import re
import sys
import tokenize
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import rnn_tutorial

__all__ = ["LIBRARY", "code_alone", "files_of", "hash_of_code"]

# What training runs. The rest of the library looks at arguments, or stores and sends what was computed.
LIBRARY = (
    "compiled.py",
    "data/hand_movement.csv",
    "data/heartbeat.csv",
    "diagnostics.py",
    "network.py",
    "rule.py",
    "rules/__init__.py",
    "rules/bptt.py",
    "rules/rflo.py",
    "rules/rtrl.py",
    "tasks.py",
    "training.py",
)
# Modules of the workshop that experiments import and no run depends on.
MACHINERY = ("rnn_book.browser", "rnn_book.experiments")


def code_alone(text):
    """Python code without comments, docstrings, blank lines and blanks at the end of lines.

    They are cut out where the tokens say that they stand, so that it is the same in all versions of Python, though
    these part an f-string into different tokens.

    Parameters
    ----------
    text : str
        That of a module.

    Returns
    -------
    str
    """
    rows, cuts, alone = text.splitlines(), [], True
    tokens = [token for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type != tokenize.NL]
    cuts += [(token.start, token.end) for token in tokens if token.type == tokenize.COMMENT]
    tokens = [token for token in tokens if token.type != tokenize.COMMENT]
    for token, after in itertools.pairwise(tokens):
        if alone and token.type == tokenize.STRING and after.type == tokenize.NEWLINE:
            cuts.append((token.start, token.end))
        alone = token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
    for (first, begin), (last, end) in sorted(cuts, reverse=True):
        rows[first - 1 : last] = [rows[first - 1][:begin] + rows[last - 1][end:]] + [""] * (last - first)
    return "\n".join(row.rstrip() for row in rows if row.strip())


@cache
def files_of(module):
    """The files that a run of an experiment depends on.

    Parameters
    ----------
    module : str
        The name of the module that holds the function of the experiment.

    Returns
    -------
    dict of Path
        By names that are the same wherever the packages lie: those of the workshop that it imports, and `LIBRARY`.
    """
    found, todo = {}, [module]
    while todo:
        name = todo.pop()
        found[name] = Path(sys.modules[name].__file__ if name in sys.modules else find_spec(name).origin)
        imported = re.findall(r"^from (rnn_book\.[\w.]+) import", found[name].read_text(encoding="utf-8"), re.MULTILINE)
        todo += {*imported} - {*found, *MACHINERY}
    library = Path(rnn_tutorial.__file__).parent
    return found | {f"rnn_tutorial/{name}": library / name for name in LIBRARY}


@cache
def _hash_of_file(path):
    text = path.read_text(encoding="utf-8")
    return hashlib.sha256((code_alone(text) if path.suffix == ".py" else text).encode()).hexdigest()


@cache
def hash_of_code(function):
    """A hash of the code and recordings that a run of an experiment depends on; comments and docstrings do not count.

    It is that of the files when first asked for.

    Parameters
    ----------
    function : callable
        Of an experiment.

    Returns
    -------
    str
    """
    lines = [f"{name} {_hash_of_file(path)}\n" for name, path in sorted(files_of(function.__module__).items())]
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:16]
