"""Prometheus played from sign-ups, members and answer times: it evaluates four expressions, and no other."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from kpi.metric import labels
from tests.collectors.scenarios.base import NOW, Asked, Limit, Said, Sample, Scenario
from tests.specs import fits

TOKEN = "prom-canary-token"
TENANT = "tenant-canary"
BERLIN = ZoneInfo("Europe/Berlin")
SIGNUPS = tuple(datetime(2026, 10, 1, tzinfo=UTC) + timedelta(hours=5 * one) for one in range(240))
JOINED = {"eu": 7, "us": 11}
"""Members that join every hour since the first of October."""
FIRST = SIGNUPS[0]
FORM = "/paths/~1{}/post/requestBody/content/application~1x-www-form-urlencoded/schema"
BODY = "/components/schemas/{}OutputBody"


def signups(start: datetime, end: datetime) -> int:
    return sum(start <= one < end for one in SIGNUPS)


def members(region: str, at: datetime) -> int:
    return JOINED[region] * int((at - FIRST).total_seconds() // 3600)


def millis(at: datetime) -> float:
    """The 95th percentile at an instant: rises by a millisecond a day."""
    return 180.0 + (at - FIRST).days


def evaluate(query: str, at: datetime) -> list[tuple[dict[str, str], str]] | None:
    """The vector of an expression; None for one that cannot be parsed."""
    if found := re.fullmatch(r"sum\(increase\(signups_total\[(\d+)s]\)\)", query):
        return [({}, str(signups(at - timedelta(seconds=int(found[1])), at)))]
    if query == "sum by (region) (members)":
        return [({"region": one}, str(members(one, at))) for one in JOINED]
    if query == "p95_ms":
        return [({"__name__": "p95_ms", "job": "api"}, str(millis(at)))]
    return [({}, "NaN")] if query == "0/0" else None


def problem(status: int, said: str) -> Said:
    body = {"status": "error", "errorType": "bad_data", "error": said}
    fits(body, "prometheus", "/components/schemas/Error")
    return Said(status, json.dumps(body).encode(), {"Content-Type": "application/json"})


@dataclass
class Stand:
    """Strict: what the OpenAPI of Prometheus does not know is refused."""

    is_empty: bool = False
    forms: list[dict[str, str]] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return problem(401, "wrong token")
        if asked.headers.get("x-scope-orgid") != TENANT or asked.method != "POST":
            return problem(400, "no org id")
        kind = asked.path.removeprefix("/api/v1/")
        form = dict(parse_qsl(asked.body.decode(), strict_parsing=True))
        self.forms.append(form)
        if kind not in ("query", "query_range"):
            return problem(404, "no such path")
        fits(form, "prometheus", FORM.format(kind))
        return self.told(kind, form)

    def told(self, kind: str, form: dict[str, str]) -> Said:
        is_range = kind == "query_range"
        first = datetime.fromisoformat(form["start" if is_range else "time"])
        last = datetime.fromisoformat(form["end"]) if is_range else first
        step = timedelta(seconds=int(form["step"].removesuffix("s"))) if is_range else timedelta(days=1)
        if (last - first) / step > 11_000:
            return problem(400, "exceeded maximum resolution")
        series: dict[str, Any] = {}
        while first <= last:
            found = evaluate(form["query"], first)
            if found is None:
                return problem(400, "parse error")
            for own, value in () if self.is_empty else found:
                line = series.setdefault(json.dumps(own), {"metric": own, "values": []})
                line["values"].append([first.timestamp(), value])
            first += step
        result = [
            one if is_range else {"metric": one["metric"], "value": one["values"][0]}
            for one in series.values()
        ]
        body = {
            "status": "success",
            "data": {"resultType": "matrix" if is_range else "vector", "result": result},
        }
        fits(body, "prometheus", BODY.format("QueryRange" if is_range else "Query"))
        return Said(200, json.dumps(body).encode(), {"Content-Type": "application/json"})


def expected(days: list[date], now: datetime, zone: ZoneInfo) -> list[Sample]:
    """The figures, day by day, straight from the events."""
    found = []
    for day in days:
        start = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
        after = day + timedelta(days=1)
        end = datetime(after.year, after.month, after.day, tzinfo=zone).astimezone(UTC)
        is_over = end <= now
        own = labels({"query": "signups"})
        count = signups(start, min(end, now))
        found.append(Sample("prometheus.flow", start, float(count), own, is_over))
        at = end - timedelta(seconds=1) if is_over else now
        found.append(Sample("prometheus.ratio", at, millis(at) / 1000, labels({"query": "p95"})))
        for region in JOINED:
            own = labels({"query": "members", "region": region})
            found.append(Sample("prometheus.level", at, float(members(region, at)), own))
    return found


def _scenario(days: list[date], **more: Any) -> Scenario:
    zone = more.get("zone", "UTC")
    return Scenario(
        settings={
            "base_url": "{url}",
            "token": TOKEN,
            "tenant": TENANT,
            "queries": {
                "signups": {"kind": "flow", "query": "sum(increase(signups_total[$day]))"},
                "p95": {"kind": "ratio", "unit": "ms", "query": "p95_ms"},
                "members": {"query": "sum by (region) (members)", "by": ["region"]},
                "nothing": {"kind": "ratio", "query": "0/0"},
            },
        },
        answer=Stand(),
        expected=expected(days, NOW, ZoneInfo(zone)),
        secrets=(TOKEN, TENANT),
        empty=Stand(is_empty=True),
        limit=Limit(Said(429, b"rate limited", {"Retry-After": "3"}), timedelta(seconds=3)),
        inner_error=Said(200, b'{"status":"error","errorType":"timeout","error":"query timed out"}'),
        **more,
    )


def of_now() -> Scenario:
    """The usual run: today so far, and the two days before."""
    return _scenario([date(2026, 11, one) for one in (18, 19, 20)])


def over_a_change_of_the_clock() -> Scenario:
    """A back-fill in Berlin, where the 25th of October has 25 hours."""
    first, last = date(2026, 10, 20), date(2026, 10, 28)
    return _scenario(
        [first + timedelta(days=one) for one in range((last - first).days + 1)],
        zone="Europe/Berlin",
        since=datetime(2026, 10, 19, 22, tzinfo=UTC),
        until=datetime(2026, 10, 28, 23, tzinfo=UTC),
    )


SCENARIOS = (of_now, over_a_change_of_the_clock)
