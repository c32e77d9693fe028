"""``python -m rnn_book.experiments [name ...] [--quick]``: run experiments, all of them if none is named.

With ``--check``, only their first trials: where these are the stored ones, the results are noted to be of this code.
"""

import argparse
import sys
import time
from contextlib import suppress
from pathlib import Path

import rnn_book
from rnn_book import DATA
from rnn_book.experiments import experiments, read, run, save
from rnn_book.experiments.again import check


def main():
    """Run what the command line asks for."""
    known = experiments()
    described = {"description": __doc__, "formatter_class": argparse.RawDescriptionHelpFormatter}
    parser = argparse.ArgumentParser(prog="python -m rnn_book.experiments", **described)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(known))
    parser.add_argument("--quick", action="store_true", help="fewer networks and trials; written to --runs")
    parser.add_argument("--check", action="store_true", help="run the first trials alone, of what is stored")
    parser.add_argument("--runs", default="_results", type=Path, help="where finished runs wait for a restart")
    # An installed copy is not to overwrite the results that it came with.
    data = {"required": True} if DATA.parent == Path(rnn_book.__file__).parent else {"default": DATA}
    parser.add_argument("--data", type=Path, help="where results are written", **data)
    given = parser.parse_args()
    if unknown := set(given.names) - known.keys():
        parser.error(f"there is no experiment {', '.join(unknown)}; there are {', '.join(known)}")
    if given.check:
        sys.exit(check_all(given.names or list(known), given.data))
    names = given.names or list(known)
    if not given.quick:
        estimate(names)
    for name in names:
        print(f"{name}: {known[name].title}", flush=True)
        begin = time.perf_counter()
        results = run(known[name], given.quick, folder=given.runs / name)
        where = given.runs / "quick" if given.quick else given.data
        save(name, results, where)
        print(f"  {time.perf_counter() - begin:.0f} s, written to {where / name}.npz", flush=True)


def check_all(names, data):
    """Check stored results, those of a sweep before those that follow from it; 1 if some cannot be noted, else 0."""
    failed = 0
    for name in names:
        try:
            print(f"{name}: first losses differ by {check(name, data):.0e} at most, relatively", flush=True)
        except Exception as error:  # code that has changed can raise anything, and the others are still to be checked
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
            failed = 1
    return failed


def estimate(names):
    """Say how long the experiments took when the book's results were made."""
    seconds = []
    for name in names:
        with suppress(FileNotFoundError, KeyError, ValueError):  # what is missing or damaged is made anew
            seconds.append(read(name, DATA).provenance["seconds"])
    if seconds:
        print(
            f"{len(seconds)} of {len(names)} experiments took {sum(seconds) / 60:.0f} minutes when they were last run."
        )


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit("Interrupted. The same command resumes.") from None
