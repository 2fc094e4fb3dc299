"""`python -m benchmarks.chaos`: exits 1 where a promise was lost, doubled, or told wrongly."""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.chaos import report
from benchmarks.chaos.databases import KINDS
from benchmarks.chaos.plan import LONG, SHORT
from benchmarks.chaos.run import run


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    size = SHORT if given.short else LONG
    if given.promises:
        size = replace(size, seconds=size.seconds * given.promises / size.promises, promises=given.promises)
    seed = given.seed if given.seed is not None else secrets.randbelow(1_000_000)
    kinds = given.database or (["postgresql"] if given.short else list(KINDS))
    results = []
    for kind in kinds:
        folder = None
        if given.keep is not None:
            folder = given.keep.resolve() / kind
            folder.mkdir(parents=True)
        print(f"{kind}: {size.promises:,} promises in {size.seconds:.0f} s, SEED={seed} …", file=sys.stderr)
        results.append(run(kind, size, seed, keep=folder))
        print(report.table(results[-1]), end="\n\n", flush=True)
    print(report.markdown(results))
    return 0 if all(one.verdict.is_sound for one in results) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a few hundred promises within a minute")
    parser.add_argument(
        "--seed", type=int, help="which faults and promises: an earlier run's, to see it again"
    )
    parser.add_argument("--promises", type=int, help="so many, at the same pace")
    parser.add_argument("--database", action="append", choices=KINDS, help="on this one; may be repeated")
    parser.add_argument("--keep", type=Path, help="a folder for the workers' logs and kpi.yaml")
    return parser


if __name__ == "__main__":
    sys.exit(main())
