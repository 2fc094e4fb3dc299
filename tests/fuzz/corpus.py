"""What people really write: cells of the documents, measures, questions. Fuzzing starts from these."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from bot.commands import COMMANDS
from bot.loading import built_in
from kpi.framework import Framework
from tests.fuzz.spelling import GLUED, written
from tests.kpi.documents import document

UNITS = [
    "",
    "%",
    "$",
    "$/day",
    "hours",
    "ms",
    "KB",
    "x",
    ":1",
    "/10",
    "stars",
    "stars/day",
    "/KLOC",
    "NPS",
    "bugs/KLOC",
    "visitors/month",
    "ratio",
    "days",
    "€",
    "pages/session",
    "$/customer",
    "min",
    "/5",
]
FRAMEWORK = """\
framework: acme
title: Acme
source: made up
horizons:
  day90: {title: Day 90}
  q1: {title: Q1}
  steady: {title: Always}
  phase1: {}
  phase2: {}
zones:
  - {zone: green, at_least: 90}
  - {zone: red, below: 70}
gates:
  phase1: {to: phase2, require: "80%", line: 5}
sections:
  - title: "Growth > Stars"
    kpis:
      - name: GitHub Stars
        line: 3
        aliases: [stars, gazers]
        unit: stars
        better: higher
        baseline: "0"
        targets: {day90: "5,000", phase1: "1,000+"}
        pace: 55-60 stars/day
        measure: last(github.stars)
      - name: Churn
        unit: "%"
        better: lower
        matures: 30d
        rhythm: weekdays
        targets:
          steady: <3%
          q1: {text: "about 5", goal: "5%"}
  - title: People
    kpis:
      - {name: NPS, unit: NPS, better: higher, targets: {day90: "50+"}, owner: Dana}
      - {name: Mix, unit: "%", better: none, targets: {day90: "40%"}, history: 90d}
"""
WORKSPACE = """\
name: Acme
timezone: Europe/Berlin
frameworks:
  - {use: inferno, start: 2026-09-01}
  - use: hektor
    start: 2026-09-01
    horizons: {day90: 2026-12-01}
    rhythm: weekdays
sources:
  github: {repository: acme/engine, token: "${TOKEN}"}
  site:
    collector: web
    urls: {home: https://acme.dev}
channels:
  daily: ["slack:C0123ABCD"]
schedule:
  daily: "09:00 weekdays"
people:
  dana: {slack: U0DANA, role: admin}
access:
  - {kpis: [revenue], people: [dana]}
"""


@cache
def documents() -> tuple[Framework, ...]:
    """The frameworks that come with the bot."""
    return tuple(document(name) for name in built_in())


def quantities() -> Iterator[tuple[str, str]]:
    """Each cell of the documents with its KPI's unit."""
    for framework in documents():
        for kpi in framework.kpis:
            yield from ((target.goal.text, kpi.unit.name) for target in kpi.targets.values())


def _quantity_seeds() -> Iterator[bytes]:
    for text, unit in quantities():
        place = UNITS.index(unit) if unit in UNITS else 0
        yield bytes((place, len(text) % 3)) + written(text)


def _measure_seeds() -> Iterator[bytes]:
    texts = {kpi.measure for framework in documents() for kpi in framework.kpis if kpi.measure}
    made_up = (
        "sum(visits, 7d)",
        "change(stars, 30d) / 30",
        'last(stars{place="forum"})',
        "rate(stars, all) * 7",
    )
    yield from (b"\0\0" + written(text) for text in (*sorted(texts), *made_up))


def _talk_seeds() -> Iterator[bytes]:
    asked = [command.example for command in COMMANDS]
    asked += [
        "how are we doing on stars?",
        "gate phase1\nlist hektor",
        "record nps 52 October survey\nnps as-of today",
    ]
    asked += [
        "stars 2026-07-01 to 2026-08-15",
        "share stars",
        "stars as-of 2026-10-01 known 2026-10-02",
        "list all",
    ]
    asked += [name for command in COMMANDS for name in (command.name, *command.aliases)]
    asked += [kpi.name for framework in documents() for kpi in framework.kpis][::7]
    yield from map(written, asked)


def _csv_seeds() -> Iterator[bytes]:
    yield written(
        "metric,at,value,place\ngithub.stars,2026-05-01,5,hub\ngithub.stars,2026-05-01T09:00:00Z,1e3,\n"
    )
    yield written('[{"metric": "nps", "at": "2026-05-01", "value": 5, "labels": {"a": "b"}}]')


def seeds(target: str) -> tuple[bytes, ...]:
    """The inputs that the fuzzing of `target` begins with."""
    ways = {
        "quantity": _quantity_seeds,
        "measure": _measure_seeds,
        "grammar": _talk_seeds,
        "answers": _talk_seeds,
        "csv": _csv_seeds,
    }
    texts = {"framework": FRAMEWORK, "workspace": WORKSPACE}
    found = [written(texts[target])] if target in texts else list(ways[target]())
    glued = [GLUED, GLUED + bytes(16), GLUED + bytes(range(64))]
    return tuple(dict.fromkeys((*found, *glued)))
