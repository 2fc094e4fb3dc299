"""What test tools write: Cobertura and JUnit as XML, pytest-benchmark and hyperfine as JSON.

Each `parse_*` reads one or more files of one run into figures by metric; raises UnexpectedResponse where a
file is not what it should be. Files are outside data: entities and external references in XML are refused.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from collectors.faults import UnexpectedResponse
from collectors.payload import number, rows, text

_LONGEST_NAME = 200
_HINT = "Check that the format is named rightly; nothing was taken from this report."


@dataclass(frozen=True, slots=True)
class File:
    """One file of a report: its name, its bytes, and when it was written as far as the place tells."""

    name: str
    body: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a report."""

    metric: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parsed:
    """The figures of a run, and when the tool says it was; None where it does not say."""

    figures: tuple[Figure, ...]
    at: datetime | None = None


def _xml(file: File, *roots: str) -> Element:
    try:
        found: Element = fromstring(file.body)
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError) as error:
        said = f"{file.name} cannot be read as XML ({type(error).__name__})"
        raise UnexpectedResponse(said, hint=_HINT) from None
    if found.tag not in roots:
        raise UnexpectedResponse(f"{file.name} begins with {found.tag[:40]}, not {roots[0]}", hint=_HINT)
    return found


def parse_cobertura(files: Sequence[File], _baseline: str = "") -> Parsed:
    """Line and branch coverage: covered over all, of every file together."""
    counts: dict[str, list[float]] = {"lines": [0, 0], "branches": [0, 0]}
    times = []
    for file in files:
        root = _xml(file, "coverage")
        for kind, sums in counts.items():
            covered, valid = (_attribute(root, f"{kind}-{one}", file) for one in ("covered", "valid"))
            if not 0 <= covered <= valid:
                raise UnexpectedResponse(f"{file.name} covers more {kind} than there are", hint=_HINT)
            sums[0] += covered
            sums[1] += valid
        times.append(_stamp(root.get("timestamp")))
    names = {"lines": "reports.line_coverage", "branches": "reports.branch_coverage"}
    figures = [Figure(names[kind], one / every) for kind, (one, every) in counts.items() if every]
    return Parsed(tuple(figures), _newest(times))


def _attribute(root: Element, name: str, file: File) -> float:
    found = root.get(name)
    if found is None:
        if name.startswith("branches"):
            return 0.0
        raise UnexpectedResponse(f"{file.name} has no {name}", hint=_HINT)
    return number({name: found}, name)


def _stamp(found: str | None) -> datetime | None:
    """Cobertura's time, in milliseconds, or in seconds as some tools write it."""
    if found is None or not found.isdecimal() or len(found) > 13:
        return None
    return datetime.fromtimestamp(int(found) / (1000 if len(found) > 10 else 1), UTC)


def _newest(times: Iterable[datetime | None]) -> datetime | None:
    return max((one for one in times if one is not None), default=None)


def parse_junit(files: Sequence[File], _baseline: str = "") -> Parsed:
    """Tests by how they ended. One that is there several times in one file was run again, and ended as its
    last run did; pytest-rerunfailures writes the runs before like passes."""
    ended: dict[tuple[str, ...], list[str]] = defaultdict(list)
    seconds, times = 0.0, []
    for file in files:
        root = _xml(file, "testsuites", "testsuite")
        times += [_aware(one.get("timestamp")) for one in root.iter("testsuite")]
        for case in root.iter("testcase"):
            key = tuple(case.get(one, "") for one in ("file", "classname", "name"))
            ended[file.name, *key] += _endings(case)
            seconds += max(number({"time": case.get("time") or "0"}, "time"), 0.0)
    if not ended:
        return Parsed((), _newest(times))
    last = [one[-1] for one in ended.values()]
    failed, skipped = last.count("failed"), last.count("skipped")
    flaky = sum(len(one) > 1 and one[-1] == "passed" for one in ended.values())
    counts = {"tests": len(last), "failures": failed, "skipped": skipped, "flaky": flaky}
    figures = [Figure(f"reports.{name}", float(count)) for name, count in counts.items()]
    figures.append(Figure("reports.duration", seconds))
    if run := len(last) - skipped:
        figures.append(Figure("reports.pass_rate", (run - failed) / run))
    return Parsed(tuple(figures), _newest(times))


_RERUNS = frozenset({"rerunFailure", "rerunError", "flakyFailure", "flakyError", "rerun"})


def _endings(case: Element) -> Iterator[str]:
    """How each run of a test ended, the last one last; Surefire writes earlier runs inside the case."""
    inside = {one.tag for one in case}
    if inside & _RERUNS:
        yield "failed"
    if inside & {"failure", "error"}:
        yield "failed"
    else:
        yield "skipped" if "skipped" in inside else "passed"


def _aware(found: str | None) -> datetime | None:
    """A time that names its zone; one that does not is on the clock of a machine nobody knows."""
    try:
        at = datetime.fromisoformat(found or "")
    except ValueError:
        return None
    return at if at.tzinfo else None


def _json(file: File) -> Any:
    try:
        return json.loads(file.body)
    except (ValueError, RecursionError):
        raise UnexpectedResponse(f"{file.name} is no JSON", hint=_HINT) from None


def parse_benchmark(files: Sequence[File], baseline: str = "") -> Parsed:
    """pytest-benchmark: mean and median of each benchmark, in seconds."""
    found: dict[str, tuple[float, float]] = {}
    times = []
    for file in files:
        body = _json(file)
        times.append(_aware(text(body, "datetime")))
        for one in rows(body, "benchmarks"):
            _add(found, text(one, "name"), (number(one, "stats", "mean"), number(one, "stats", "median")))
    return Parsed(tuple(_speeds(found, baseline)), _newest(times))


def parse_hyperfine(files: Sequence[File], baseline: str = "") -> Parsed:
    """hyperfine: mean and median of each command, in seconds."""
    found: dict[str, tuple[float, float]] = {}
    for file in files:
        for one in rows(_json(file), "results"):
            _add(found, text(one, "command"), (number(one, "mean"), number(one, "median")))
    return Parsed(tuple(_speeds(found, baseline)))


def _add(found: dict[str, tuple[float, float]], name: str, speeds: tuple[float, float]) -> None:
    name = "".join(one if one.isprintable() else " " for one in name)[:_LONGEST_NAME]
    if name in found or min(speeds) < 0:
        raise UnexpectedResponse(f"the benchmark {name[:60]} is there twice or below zero", hint=_HINT)
    found[name] = speeds


def _speeds(found: Mapping[str, tuple[float, float]], baseline: str) -> Iterator[Figure]:
    """Means and medians; beside a baseline, how many times as fast as it each other one is."""
    for name, (mean, median) in found.items():
        yield Figure("reports.benchmark_mean", mean, {"benchmark": name})
        yield Figure("reports.benchmark_median", median, {"benchmark": name})
    if not baseline or not found:
        return
    if baseline not in found:
        raise UnexpectedResponse(f"no benchmark is called {baseline[:60]}", hint="Check baseline.")
    for name, (mean, _) in found.items():
        if name != baseline and mean > 0:
            yield Figure("reports.speedup", found[baseline][0] / mean, {"benchmark": name})


_COVERAGE = ("reports.line_coverage", "reports.branch_coverage")
_TESTS = tuple(f"reports.{one}" for one in ("tests", "failures", "skipped", "flaky", "pass_rate", "duration"))
_SPEED = ("reports.benchmark_mean", "reports.benchmark_median", "reports.speedup")

FORMATS: Mapping[str, tuple[Callable[[Sequence[File], str], Parsed], tuple[str, ...]]] = {
    "cobertura": (parse_cobertura, _COVERAGE),
    "junit": (parse_junit, _TESTS),
    "pytest-benchmark": (parse_benchmark, _SPEED),
    "hyperfine": (parse_hyperfine, _SPEED),
}
"""How each format is read, and what it measures."""
