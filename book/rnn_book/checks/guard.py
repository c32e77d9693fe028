"""Call a student's function safely: whatever it does, a sentence comes out.

There are no threads in a browser, so the limit on time is a limit on lines: a trace function counts them.
"""

import linecache
import sys
import sysconfig
import traceback
from functools import cache
from pathlib import Path

import numpy as np

import rnn_tutorial

__all__ = ["Fault", "call"]

LINES = 300_000  # a hundred times what a solution in plain loops needs on these problems
LIBRARIES = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "purelib", "platlib"))
PACKAGE = Path(rnn_tutorial.__file__).parent
HERE = Path(__file__).parents[1]
# What a solution may use of the package: the network, and what it stands on. The rules are for the student to write.
ALLOWED = {"__init__", "_check", "compiled", "network", "_tanh"}


class Fault(Exception):  # noqa: N818
    """The function could not be judged; the text says why."""


class _Stop(BaseException):
    """Ends the student's function. No `except Exception` on the way may swallow it."""


def call(function, arguments):
    """What `function` returns for `arguments`, whose arrays are read-only.

    Raises
    ------
    Fault
        If it raises, writes into an argument, does not end, or asks the package for the answer.
    """
    arguments = [_locked(argument) for argument in arguments]
    before = sys.gettrace()
    try:
        sys.settrace(_watcher(_home(function)))
        try:
            return function(*arguments)
        finally:
            sys.settrace(before)
    except _Stop as stop:
        raise Fault(str(stop)) from None
    except NotImplementedError:
        raise Fault("It is not written yet.") from None
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # as `sys.exit` raises
        raise Fault(_in_words(error, function)) from None


def _home(function):
    """The file, or notebook cell, in which the function was written."""
    function = getattr(function, "func", function)  # of functools.partial
    code = getattr(function, "__code__", None) or getattr(type(function).__call__, "__code__", None)
    return getattr(code, "co_filename", "")


def _locked(argument):
    """A read-only copy of an array, or of the arrays in a tuple; other things as they are."""
    if isinstance(argument, np.ndarray):
        argument = argument.copy()
        argument.flags.writeable = False
    elif type(argument) is tuple:
        argument = tuple(map(_locked, argument))
    return argument


def _watcher(home):
    """A trace function that counts the lines of the student's code and keeps it out of the package's rules."""
    left, foreign = LINES, _kind(home) != "check"

    def on_line(frame, event, _):
        nonlocal left
        left -= event == "line"
        if left < 0:
            left = LINES
            raise _Stop(
                f"It does not come to an end: after {LINES:,} lines it is still at work. "
                f"{_line(frame.f_code.co_filename, frame.f_lineno)}"
            )
        return on_line

    def on_call(frame, event, _):
        kind = "student" if frame.f_code.co_filename == home else _kind(frame.f_code.co_filename)
        if kind == "rule" or (kind == "check" and foreign):
            where, name = Path(frame.f_code.co_filename).stem, frame.f_code.co_name
            where = getattr(frame.f_locals.get("self"), "name", where)  # of a Rule
            raise _Stop(f"It asks the package: {where}.{name} is called. Write it yourself.")
        return on_line if kind == "student" else None

    return on_call


@cache
def _kind(filename):
    """Whose code a file is: the student's, a library's, or ours, where rules and checks are out of bounds."""
    parents, stem = Path(filename).parents, Path(filename).stem
    if HERE in parents:
        return "check"
    if PACKAGE in parents:
        return "library" if stem in ALLOWED else "rule"
    return "library" if filename.startswith((*LIBRARIES, "<frozen", "<string>")) else "student"


def _line(filename, number):
    """Where the student's code is, with the line itself where it can be had."""
    code = linecache.getline(filename, number).strip()
    return f"In line {number}: `{code}`" if code else f"In line {number}."


def _in_words(error, function):
    """What an exception says, with the student's own line."""
    home = _home(function)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == home]
    where = f" {_line(home, frames[-1].lineno)}" if frames else ""
    if isinstance(error, ValueError) and "read-only" in str(error):
        return f"It writes into what it was given. Make a copy before you change it.{where}"
    if isinstance(error, TypeError) and not frames:
        return f"It could not be called with the arguments of the exercise: {error}."
    if isinstance(error, RecursionError):
        return f"It calls itself without end.{where}"
    return f"It raises {': '.join(filter(None, [type(error).__name__, str(error)]))}.{where}"
