"""InfluxDB played from one list of sign-ups: it answers the InfluxQL that it knows, and no other."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kpi.metric import labels
from tests.collectors.scenarios.base import NOW, Asked, Said, Sample, Scenario, refused

TOKEN = "influx-canary-token"
FIRST = datetime(2026, 9, 1, tzinfo=UTC)
EVENTS = tuple((FIRST + timedelta(hours=7 * one), one % 5, ("eu", "us")[one % 2]) for one in range(280))
"""Sign-ups: when, how many, where."""

BOUNDS = "WHERE time >= :start AND time < :end"
DAYS = f"SELECT sum(n) FROM signups {BOUNDS} GROUP BY time(1d), region fill(none) tz(:tz)"
MEAN = f"SELECT mean(n) FROM signups {BOUNDS}"
TOTAL = "SELECT sum(n) FROM signups"
_ASKED = re.compile(
    r"SELECT (sum|mean)\(n\) FROM signups(?: WHERE time >= '(\S+)' AND time < '(\S+)')?"
    r"( GROUP BY time\(1d\), region fill\(none\) tz\('(\S+)'\))?"
)


def between(start: datetime, end: datetime, region: str = "") -> list[int]:
    return [n for at, n, where in EVENTS if start <= at < end and region in ("", where)]


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


@dataclass
class Stand:
    is_empty: bool = False
    scheme: str = "Token"

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"{self.scheme} {TOKEN}":
            return refused(401, error="authorization failed")
        if (asked.method, asked.path) != ("GET", "/query") or asked.query.get("epoch") != "s":
            return refused(404, error="not found")
        if asked.query.get("db") != "product":
            return said({"statement_id": 0, "error": f"database not found: {asked.query.get('db')}"})
        found = _ASKED.fullmatch(asked.query["q"])
        if found is None:
            return refused(400, error="error parsing query: found EOF")
        if self.is_empty:
            return said({"statement_id": 0})
        return said({"statement_id": 0, "series": list(answer(*found.groups()))})


def answer(function: str, start: str | None, end: str | None, group: str | None, zone: str | None) -> Any:
    first = datetime.fromisoformat(start) if start else FIRST
    last = datetime.fromisoformat(end) if end else NOW
    if not group:
        found = between(first, last)
        value = sum(found) if function == "sum" else sum(found) / len(found) if found else None
        at = first.timestamp() if start else 0
        yield series({}, function, [[at, value]] if found else [])
        return
    where = ZoneInfo(str(zone))
    for region in ("eu", "us"):
        values, day = [], first.astimezone(where).date()
        while midnight(day, where) < last:
            found = between(
                max(first, midnight(day, where)), min(last, midnight(day + timedelta(1), where)), region
            )
            if found:  # fill(none): a bucket without points is left out
                values.append([midnight(day, where).timestamp(), sum(found)])
            day += timedelta(days=1)
        yield series({"region": region}, function, values)


def series(tags: dict[str, str], column: str, values: list[Any]) -> dict[str, Any]:
    found = {"name": "signups", "columns": ["time", column], "values": values}
    return {**found, "tags": tags} if tags else found


def said(result: dict[str, Any]) -> Said:
    return Said(200, json.dumps({"results": [result]}).encode(), {"Content-Type": "application/json"})


def expected(days: Sequence[date], zone: ZoneInfo) -> list[Sample]:
    """The figures, day by day, straight from the events."""
    found = [
        Sample(
            "influxdb.level",
            NOW,
            float(sum(n for at, n, _ in EVENTS if at < NOW)),
            labels({"query": "total"}),
        )
    ]
    for day in days:
        start, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
        for region in ("eu", "us"):
            if amounts := between(start, min(end, NOW), region):
                own = labels({"query": "signups", "region": region})
                found.append(Sample("influxdb.flow", start, float(sum(amounts)), own, end <= NOW))
        if end <= NOW and (every := between(start, end)):
            mean = sum(every) / len(every) / 1000
            found.append(
                Sample("influxdb.ratio", end - timedelta(seconds=1), mean, labels({"query": "mean"}))
            )
    return found


def _scenario(days: Sequence[date], version: int, **more: Any) -> Scenario:
    return Scenario(
        settings={
            "base_url": "{url}",
            "version": version,
            "token": TOKEN,
            "database": "product",
            "queries": {
                "signups": {"kind": "flow", "query": DAYS},
                "mean": {"kind": "ratio", "unit": "ms", "query": MEAN},
                "total": {"query": TOTAL},
            },
        },
        answer=Stand(scheme="Bearer" if version == 3 else "Token"),
        expected=expected(days, ZoneInfo(more.get("zone", "UTC"))),
        secrets=(TOKEN,),
        empty=Stand(is_empty=True, scheme="Bearer" if version == 3 else "Token"),
        inner_error=said({"statement_id": 0, "error": "database not found: product"}),
        **more,
    )


def of_now() -> Scenario:
    """The usual run: today so far, and the two days before."""
    return _scenario([date(2026, 11, one) for one in (18, 19, 20)], 2)


def over_a_change_of_the_clock() -> Scenario:
    """A back-fill in Berlin of 3, where the 25th of October has 25 hours."""
    return _scenario(
        [date(2026, 10, one) for one in range(22, 29)],
        3,
        zone="Europe/Berlin",
        since=datetime(2026, 10, 21, 22, tzinfo=UTC),
        until=datetime(2026, 10, 28, 23, tzinfo=UTC),
    )


SCENARIOS = (of_now, over_a_change_of_the_clock)
