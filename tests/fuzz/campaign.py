"""A campaign: one target, as many inputs as asked for, and what they found.

    python -m tests.fuzz.campaign --target quantity --runs 100000 [--seconds 60] [--engine hypothesis]

atheris mutates what reached new code before; where it is not installed, hypothesis makes up the inputs.
A fault does not end a campaign: each is told once by its place, with the shortest input that shows it.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import faulthandler
import importlib
import importlib.util
import json
import logging
import os
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hypothesis
from hypothesis.strategies import SearchStrategy

NAMES = ("quantity", "measure", "framework", "workspace", "csv", "grammar", "answers")
Target = Callable[[bytes], None]

MOST_SECONDS = 1.0
"""How long one input may take."""
_HANGS_AFTER = 60
_BATCH = 1000
_LONGEST_INPUT = {"framework": 4000, "workspace": 4000, "csv": 600}


@dataclass
class Found:
    """A fault: where it was raised, how often, and the shortest input that shows it."""

    place: str
    message: str
    data: bytes
    times: int = 1


@dataclass
class Campaign:
    """The count of one run over a target."""

    name: str
    engine: str
    target: Target
    inputs: int = 0
    slowest: float = 0.0
    slowest_input: bytes = b""
    found: dict[str, Found] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def __call__(self, data: bytes) -> None:
        """Run the target on `data`; keep what it raises, and how long it takes."""
        self.inputs += 1
        seconds = self._timed(data)
        if (
            seconds > MOST_SECONDS
        ):  # another process may have had the machine: only what is slow thrice is slow
            seconds = min(self._timed(data), self._timed(data))
        if seconds > self.slowest:
            self.slowest, self.slowest_input = seconds, data
        if seconds > MOST_SECONDS:
            self._keep("slow", f"took {seconds:.1f} s", data)

    def _timed(self, data: bytes) -> float:
        began = time.perf_counter()
        try:
            self.target(data)
        except Exception as fault:
            frame = traceback.extract_tb(fault.__traceback__)[-1]
            place = f"{type(fault).__name__} in {Path(frame.filename).name}:{frame.lineno} {frame.name}"
            self._keep(place, str(fault)[:400], data)
        return time.perf_counter() - began

    def _keep(self, place: str, message: str, data: bytes) -> None:
        known = self.found.setdefault(place, Found(place, message, data, 0))
        known.times += 1
        if len(data) < len(known.data):
            known.message, known.data = message, data

    def report(self) -> dict[str, Any]:
        """What became of it, as plain JSON values."""
        return {
            "target": self.name,
            "engine": self.engine,
            "inputs": self.inputs,
            "seconds": round(time.monotonic() - self.began, 1),
            "slowest_ms": round(self.slowest * 1000, 1),
            "slowest_input": repr(self.slowest_input[:200]),
            "faults": [
                {"place": one.place, "times": one.times, "message": one.message, "input": repr(one.data)}
                for one in self.found.values()
            ],
        }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaign that the arguments ask for; 1 where it found something."""
    asked = _asked(arguments)
    engine = asked.engine or ("atheris" if importlib.util.find_spec("atheris") else "hypothesis")
    if engine == "atheris" and importlib.util.find_spec("atheris") is None:
        sys.stderr.write("atheris is not installed: `pip install atheris`, or say --engine hypothesis.\n")
        return 2
    if engine == "hypothesis" and not asked.engine:
        sys.stderr.write("atheris is not installed: hypothesis makes up the inputs.\n")
    with tempfile.TemporaryDirectory(prefix="kpi-fuzz-") as folder:
        tempfile.tempdir = folder  # whatever a target keeps goes with it
        logging.disable()
        campaign = Campaign(asked.target, engine, _loaded(asked.target, engine))
        try:
            if asked.input:
                campaign.target(ast.literal_eval(asked.input))
            elif engine == "atheris":
                _by_atheris(campaign, asked, Path(folder))
            else:
                _by_hypothesis(campaign, asked)
        finally:
            tempfile.tempdir = None
            logging.disable(logging.NOTSET)
    return _told(campaign)


def _told(campaign: Campaign) -> int:
    sys.stdout.write(json.dumps(campaign.report(), indent=1) + "\n")
    return 1 if campaign.found else 0


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz.campaign", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--target", required=True, choices=NAMES)
    parser.add_argument("--runs", type=int, default=100_000, help="inputs to try")
    parser.add_argument("--seconds", type=float, default=None, help="stop after so long")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same inputs")
    parser.add_argument("--engine", choices=("atheris", "hypothesis"))
    parser.add_argument(
        "--input", help="run this one input, a bytes literal from a report, and show its trace"
    )
    return parser.parse_args(arguments)


def _loaded(name: str, engine: str) -> Target:
    """The target of that name, its modules instrumented where atheris is to watch them."""
    if engine != "atheris":
        return _target(name)
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["kpi", "bot"]):
        return _target(name)


def _target(name: str) -> Target:
    pure: dict[str, Target] = importlib.import_module("tests.fuzz.targets").PURE
    if name in pure:
        return pure[name]
    talking: dict[str, Target] = importlib.import_module("tests.fuzz.answers").TALKING
    return talking[name]


def _seeds(name: str) -> tuple[bytes, ...]:
    found: tuple[bytes, ...] = importlib.import_module("tests.fuzz.corpus").seeds(name)
    return found


def _by_atheris(campaign: Campaign, asked: argparse.Namespace, folder: Path) -> None:
    """Let libFuzzer mutate the seeds; it raises SystemExit after its runs, and never returns."""
    atheris = importlib.import_module("atheris")
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(_seeds(campaign.name)):
        (corpus / f"seed{number:04}").write_bytes(seed)

    def run(data: bytes) -> None:
        campaign(data)
        if asked.seconds is not None and time.monotonic() - campaign.began > asked.seconds:
            code = _told(campaign)
            sys.stdout.flush()
            shutil.rmtree(folder, ignore_errors=True)
            os._exit(code)  # libFuzzer takes an exception for a crash

    longest = _LONGEST_INPUT.get(campaign.name, 200)
    flags = (
        f"-atheris_runs={asked.runs}",
        f"-seed={asked.seed}",
        f"-max_len={longest}",
        "-verbosity=0",
        "-len_control=0",
    )
    limits = (f"-timeout={_HANGS_AFTER}", "-rss_limit_mb=4096", f"-artifact_prefix={folder}/")
    atheris.Setup([sys.argv[0], *flags, *limits, str(corpus)], run)
    with contextlib.suppress(SystemExit):
        atheris.Fuzz()


def _by_hypothesis(campaign: Campaign, asked: argparse.Namespace) -> None:
    """The seeds, then what the strategies of the suite make up, until there were as many as asked for."""
    strategies = importlib.import_module("tests.fuzz.strategies")
    strategy: SearchStrategy[bytes] = strategies.inputs(campaign.name)
    for seed in _seeds(campaign.name)[: asked.runs]:
        campaign(seed)

    def is_over() -> bool:
        is_late = asked.seconds is not None and time.monotonic() - campaign.began > asked.seconds
        return is_late or campaign.inputs >= int(asked.runs)

    def run(data: bytes) -> None:
        if not is_over():
            faulthandler.dump_traceback_later(_HANGS_AFTER, exit=True, file=sys.__stderr__ or sys.stderr)
            campaign(data)
            faulthandler.cancel_dump_traceback_later()

    quick = hypothesis.settings(database=None, deadline=None, phases=[hypothesis.Phase.generate])
    number = asked.seed
    while not is_over():
        count = min(_BATCH, asked.runs - campaign.inputs)
        sized = hypothesis.settings(quick, max_examples=count)
        hypothesis.seed(number)(sized(hypothesis.given(strategy)(run)))()
        number += 1


if __name__ == "__main__":
    sys.exit(main())
