"""pypistats.org, played from a list of what was fetched: mirrors and builds among it, and a lost day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Limit, Sample, Scenario, refused

REFERENCE, LOST = "pip", ("2026-11-15", "2026-11-20")
"""`LOST`: days that pypistats.org has not counted."""


@dataclass(frozen=True)
class Fetched:
    """So many downloads of a package on a day, with one version of Python; "null" where none was named."""

    day: str
    package: str
    python: str
    times: int
    is_mirror: bool = False


FETCHED = (
    Fetched("2026-11-05", "acme-sdk", "3.12", 77),  # a day before the fortnight
    Fetched("2026-11-06", "acme-sdk", "3.12", 1200),
    Fetched("2026-11-06", "acme-sdk", "null", 30),
    Fetched("2026-11-06", "acme-sdk", "null", 5000, is_mirror=True),
    Fetched("2026-11-07", "acme-sdk", "null", 4000, is_mirror=True),  # mirrors alone
    Fetched("2026-11-18", "acme-sdk", "3.13", 800),
    Fetched("2026-11-18", "acme-sdk", "3.12", 900),
    Fetched("2026-11-18", "acme-cli", "3.13", 4),
    Fetched("2026-11-19", "acme-sdk", "3.13", 810),
    Fetched("2026-05-20", "acme-cli", "3.11", 3),
)


@dataclass
class Pypistats:
    """Each package's days in one answer, the days with downloads alone."""

    fetched: Sequence[Fetched] = FETCHED

    def __call__(self, asked: Asked) -> Said:
        _, api, packages, package, which = [*asked.path.split("/"), "", "", "", ""][:5]
        if asked.method != "GET" or (api, packages) != ("api", "packages"):
            return refused(404)
        own = [one for one in self.fetched if one.package == package]
        own += [Fetched(day, REFERENCE, "3.13", 9) for day in counted()] if package == REFERENCE else []
        if which == "overall" and asked.query == {"mirrors": "false"}:
            days = Counter({one.day: 0 for one in own if not one.is_mirror})
            days.update({day: sum(n.times for n in plain(own, day)) for day in days})
            data = [row(day, "without_mirrors", n) for day, n in sorted(days.items())]
            return said(package, "overall_downloads", data) if data else Said(404, b"<html>")
        if which == "python_minor" and not asked.query:
            pairs = sorted({(one.python, one.day) for one in own if not one.is_mirror})
            data = [
                row(day, python, sum(n.times for n in plain(own, day) if n.python == python))
                for python, day in pairs
            ]
            return said(package, "python_minor_downloads", data)
        if which == "recent" and not asked.query and own:
            counts = {"last_day": 810, "last_week": 5000, "last_month": 90_000}
            return said(package, "recent_downloads", counts)
        return Said(404, b"<html>")


def plain(own: Sequence[Fetched], day: str) -> list[Fetched]:
    return [one for one in own if one.day == day and not one.is_mirror]


def row(day: str, category: str, downloads: int) -> dict[str, Any]:
    return {"date": day, "category": category, "downloads": downloads}


def said(package: str, kind: str, data: Any) -> Said:
    return said_json({"package": package, "type": kind, "data": data})


def counted() -> list[str]:
    """The days that pypistats.org counted, of those it keeps."""
    days = [f"{NOW - timedelta(days=back):%Y-%m-%d}" for back in range(190)]
    return sorted(day for day in days if day not in LOST)


def told(fetched: Sequence[Fetched], first: str, last: str) -> list[Sample]:
    """What people and builds fetched, by day, and by day and version: zeros once it was fetched at all."""
    amounts: dict[tuple[str, tuple[tuple[str, str], ...]], Counter[str]] = {}
    for one in fetched:
        if not one.is_mirror:
            python = "unknown" if one.python == "null" else one.python
            named = ("package", one.package)
            amounts.setdefault(("pypi.downloads", (named,)), Counter())[one.day] += one.times
            by_python = ("pypi.python_downloads", (named, ("python", python)))
            amounts.setdefault(by_python, Counter())[one.day] += one.times
    samples = []
    for (metric, pairs), days in amounts.items():
        for day in counted():
            if max(first, min(days)) <= day <= last:
                at = datetime.fromisoformat(day).replace(tzinfo=UTC)
                samples.append(Sample(metric, at, days[day], pairs, at + timedelta(days=2) <= NOW))
    return samples


def two_packages() -> Scenario:
    return Scenario(
        {"packages": ["Acme_SDK", "acme.cli"], "versions": True, "base_url": "{url}/api"},
        Pypistats(),
        told(FETCHED, "2026-11-06", "2026-11-20"),
        limit=Limit(Said(429, b"Too Many Requests"), None),
    )


def a_past_read_from_los_angeles() -> Scenario:
    """Half a year back; the days stay UTC days, and the last is the one in which `until` lies."""
    return replace(
        two_packages(),
        expected=told(FETCHED, "2026-05-19", "2026-11-18"),
        zone="America/Los_Angeles",
        since=datetime(2026, 5, 19, 23, tzinfo=UTC),
        until=datetime(2026, 11, 19, tzinfo=UTC),
    )


SCENARIOS = (two_packages, a_past_read_from_los_angeles)
