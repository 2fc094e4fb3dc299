"""npm's counts of downloads, played from days of which some were never counted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Limit, Sample, Scenario, refused

SDK, CLI, REFERENCE = "@acme/sdk", "acme-cli", "semver"
OUTAGE, LATE = "2026-11-10", "2026-11-19"
_RANGE = re.compile(r"/downloads/(range|point)/([\d-]+):([\d-]+)/(.+)")
DAY = timedelta(days=1)
VERSIONS = {"1.0.0": 400, "1.1.0": 0, "2.0.0-rc.1": 12, **{f"0.0.{one}": 1 for one in range(60)}}


@dataclass
class Npm:
    """What was fetched by day and package; a day in `uncounted` is answered as 0 for everybody."""

    fetched: Mapping[tuple[str, str], int]
    uncounted: frozenset[str] = frozenset()
    versions: Mapping[str, int] = field(default_factory=lambda: VERSIONS)
    longest: int = 548
    today: str = f"{NOW:%Y-%m-%d}"

    def count(self, day: str, package: str) -> int:
        if day in self.uncounted or day >= self.today:
            return 0
        return 9_000_000 if package == REFERENCE else self.fetched.get((day, package), 0)

    def __call__(self, asked: Asked) -> Said:
        if asked.method != "GET" or asked.query:
            return refused(400, error="bad request")
        named = {f"/versions/{one.replace('/', '%2F')}/last-week": one for one in (SDK, CLI)}
        if asked.path in named:
            return said_json({"package": named[asked.path], "downloads": self.versions})
        found = _RANGE.fullmatch(asked.path)
        if found is None or found[4] not in (SDK, CLI, REFERENCE):
            return refused(404, error=f"package {found[4] if found else ''} not found")
        first, last = (date.fromisoformat(one) for one in found.group(2, 3))
        first = max(first, last - self.longest * DAY)  # what is longer is cut off without a word
        days = [f"{first + one * DAY}" for one in range((last - first).days + 1)]
        head = {"start": days[0], "end": days[-1], "package": found[4]}
        if found[1] == "point":
            return said_json({**head, "downloads": sum(self.count(day, found[4]) for day in days)})
        counts = [{"day": day, "downloads": self.count(day, found[4])} for day in days]
        return said_json({**head, "downloads": counts})


def fetched(first: date, last: date) -> dict[tuple[str, str], int]:
    """Hundreds of the one on every day, on weekends none of the other."""
    found: dict[tuple[str, str], int] = {}
    for one in range((last - first).days + 1):
        day = first + one * DAY
        found[f"{day}", SDK] = 300 + one
        if day.weekday() < 5:
            found[f"{day}", CLI] = 7 + one % 3
    return found


def told(
    happened: Mapping[tuple[str, str], int], first: date, last: date, uncounted: frozenset[str]
) -> list[Sample]:
    """Every day that npm counted, those without a download as well."""
    samples = []
    for one in range((last - first).days + 1):
        day = first + one * DAY
        at = datetime(day.year, day.month, day.day, tzinfo=UTC)
        for package in (SDK, CLI):
            if f"{day}" not in uncounted:
                n = happened.get((f"{day}", package), 0)
                samples.append(Sample("npm.downloads", at, n, (("package", package),), at + 2 * DAY <= NOW))
    return samples


def by_version() -> list[Sample]:
    """Fifty versions by name, and the last 12 of the smallest together."""
    big = {"1.0.0": 400, "2.0.0-rc.1": 12}
    small = sorted(f"0.0.{one}" for one in range(60))
    values = big | dict.fromkeys(small[:48], 1) | {"other": 12}
    return [
        Sample("npm.version_downloads", NOW, n, (("package", package), ("version", version)))
        for package in (SDK, CLI)
        for version, n in values.items()
    ]


def a_fortnight() -> Scenario:
    """One day was lost, and yesterday is late."""
    first, last = date(2026, 11, 6), date(2026, 11, 19)
    happened, lost = fetched(first, last), frozenset({OUTAGE, LATE})
    return Scenario(
        {"packages": [SDK, CLI], "versions": True, "base_url": "{url}"},
        Npm(happened, lost),
        [*told(happened, first, last, lost), *by_version()],
        empty=Npm({}, versions={}),
        empty_expected=told({}, first, last, frozenset()),
        limit=Limit(Said(429, b"error code: 1015", {"Retry-After": "15"}), timedelta(seconds=15)),
    )


def a_past_of_two_years() -> Scenario:
    """Read from Auckland; npm answers no more than 18 months at once."""
    first, last = date(2024, 10, 20), date(2026, 10, 30)
    happened = fetched(first, last)
    return replace(
        a_fortnight(),
        settings={"packages": [SDK, CLI], "base_url": "{url}"},
        answer=Npm(happened),
        expected=told(happened, first, last, frozenset()),
        zone="Pacific/Auckland",
        since=datetime(2024, 10, 20, 5, tzinfo=UTC),
        until=datetime(2026, 10, 31, tzinfo=UTC),
    )


SCENARIOS = (a_fortnight, a_past_of_two_years)
