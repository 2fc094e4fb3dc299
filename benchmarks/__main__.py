"""`python -m benchmarks`: measure what is promised, print one table, keep the figures."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import report
from benchmarks.outcome import Outcome
from benchmarks.suite import BENCHMARKS

RESULTS = Path(__file__).parent / "results.json"


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    if given.stored:
        outcomes = report.read(RESULTS)
    else:
        outcomes = _measured(given.only or list(BENCHMARKS), quick=given.quick)
        is_whole = not (given.quick or given.only)
        output = given.output or (RESULTS if is_whole else None)
        if output is not None:
            report.write(output, outcomes, datetime.now(UTC))
    print(report.markdown(outcomes) if given.markdown else report.table(outcomes))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--only", action="append", choices=list(BENCHMARKS), help="measure this one; may be repeated"
    )
    parser.add_argument(
        "--quick", action="store_true", help="tiny sizes: shows that all of it runs, measures nothing"
    )
    parser.add_argument("--markdown", action="store_true", help="print the table as README shows it")
    parser.add_argument(
        "--stored", action="store_true", help=f"print {RESULTS.name} of the last whole run, without measuring"
    )
    parser.add_argument(
        "--output", type=Path, help=f"write here; without it only a whole run is kept, in {RESULTS.name}"
    )
    return parser


def _measured(names: Sequence[str], *, quick: bool) -> list[Outcome]:
    found: list[Outcome] = []
    for name in names:
        began = time.perf_counter()
        print(f"{name} …", end=" ", flush=True, file=sys.stderr)
        found += BENCHMARKS[name](quick)
        print(f"{time.perf_counter() - began:.0f} s", file=sys.stderr)
    return found


if __name__ == "__main__":
    sys.exit(main())
