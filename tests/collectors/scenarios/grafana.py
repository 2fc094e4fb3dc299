"""Grafana with a Prometheus and a database behind it, both with one list of sign-ups."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Sample, Scenario

TOKEN = "glsa_canary_token"
DAY = timedelta(days=1)
SIGNUPS = tuple((NOW - n * timedelta(minutes=131), ("eu", "us")[n % 3 % 2]) for n in range(700))
"""Sign-ups: when and where."""

INCREASE = "sum by (region) (increase(signups_total[$__range]))"
SLOWEST = "max(latency_ms)"
ROWS = "SELECT plan, count(*) AS value FROM accounts WHERE $__timeFilter(created_at) GROUP BY plan"
SETTINGS: dict[str, Any] = {
    "base_url": "{url}",
    "token": TOKEN,
    "organisation": 3,
    "queries": {
        "signups": {"kind": "flow", "datasource": "prom-main", "expr": INCREASE, "by": ["region"]},
        "slowest": {"kind": "ratio", "unit": "ms", "datasource": "prom-main", "expr": SLOWEST},
        "accounts": {
            "datasource": "pg-main",
            "model": {"rawSql": ROWS, "format": "table"},
            "by": ["plan"],
        },
    },
}
PROMETHEUS = {"refId", "datasource", "expr", "instant", "range", "queryType", "maxDataPoints", "intervalMs"}
POSTGRES = {"refId", "datasource", "rawSql", "format", "maxDataPoints", "intervalMs"}


def count(start: datetime, last: datetime, region: str = "") -> int:
    return sum(start <= at <= last and region in ("", where) for at, where in SIGNUPS)


def slowest(at: datetime) -> float:
    """The slowest answer at an instant, in milliseconds: higher by one each hour."""
    return 200.0 + (at - SIGNUPS[-1][0]) // timedelta(hours=1)


def frame(*columns: tuple[str, str, list[Any]], own: dict[str, str] | None = None) -> dict[str, Any]:
    """Columns as name, type and values; the last one carries the labels."""
    fields: list[dict[str, Any]] = [{"name": name, "type": kind} for name, kind, _ in columns]
    fields[-1]["labels"] = own or {}
    return {"schema": {"refId": "A", "fields": fields}, "data": {"values": [one for _, _, one in columns]}}


@dataclass
class Grafana:
    """Strict: two data sources, each with the queries it knows."""

    is_empty: bool = False
    asked: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return said_json({"message": "Invalid API key", "messageId": "api-key.invalid"}, 401)
        if asked.headers.get("x-grafana-org-id") != "3":
            return said_json({"message": "Unauthorized"}, 403)
        if (asked.method, asked.path) != ("POST", "/api/ds/query"):
            return said_json({"message": "Not found"}, 404)
        body = asked.json()
        if set(body) != {"from", "to", "queries"} or not (body["from"].isdigit() and body["to"].isdigit()):
            return said_json({"message": "bad request data"}, 400)
        (query,) = body["queries"]
        self.asked.append(body)
        start, last = (datetime.fromtimestamp(int(body[one]) / 1000, UTC) for one in ("from", "to"))
        frames = self.frames(query, start, last)
        if frames is None:
            return failed("bad_data: parse error: unexpected identifier")
        return said_json({"results": {"A": {"status": 200, "frames": frames}}})

    def frames(self, query: dict[str, Any], start: datetime, last: datetime) -> list[dict[str, Any]] | None:
        source = query["datasource"]["uid"]
        if query["refId"] != "A" or set(query) != (PROMETHEUS if source == "prom-main" else POSTGRES):
            return None
        if source == "prom-main" and not (query["instant"] and not query["range"]):
            return None
        known = query.get("expr") or query.get("rawSql")
        if known not in (INCREASE, SLOWEST, ROWS):
            return None
        if self.is_empty:
            return [frame(("plan", "string", []), ("value", "number", []))] if known == ROWS else []
        at = [int(last.timestamp() * 1000)]
        if known == INCREASE:
            return [
                frame(
                    ("Time", "time", at), ("Value", "number", [count(start, last, one)]), own={"region": one}
                )
                for one in ("eu", "us")
            ]
        if known == SLOWEST:
            return [frame(("Time", "time", at), ("Value", "number", [slowest(last)]))]
        plans = ["free", "team"]
        return [frame(("plan", "string", plans), ("value", "number", [*accounts(start, last)]))]


def accounts(start: datetime, last: datetime) -> Iterable[int]:
    found = count(start, last)
    return found - found // 3, found // 3


def failed(said: str, status: int = 400) -> Said:
    body = {"results": {"A": {"error": said, "errorSource": "downstream", "status": 400}}}
    return Said(status, json.dumps(body).encode(), {"Content-Type": "application/json"})


def expected(first: date, last: date, zone: str) -> list[Sample]:
    """The figures of each day, straight from the sign-ups."""
    place, made = ZoneInfo(zone), list[Sample]()
    for n in range((last - first).days + 1):
        day = first + n * DAY
        start = datetime.combine(day, time(), place).astimezone(UTC)
        end = datetime.combine(day + DAY, time(), place).astimezone(UTC)
        is_over = end <= NOW
        upto = end - timedelta(milliseconds=1) if is_over else NOW
        for region in ("eu", "us"):
            amount = sum(start <= at < end and where == region for at, where in SIGNUPS)
            named = (("query", "signups"), ("region", region))
            made.append(Sample("grafana.flow", start, amount, named, end + timedelta(hours=1) <= NOW))
        at = end - timedelta(seconds=1) if is_over else NOW
        every = sum(start <= each < end for each, _ in SIGNUPS)
        for plan, amount in (("free", every - every // 3), ("team", every // 3)):
            made.append(Sample("grafana.level", at, amount, (("plan", plan), ("query", "accounts"))))
        if is_over:
            own = (("query", "slowest"),)
            made.append(Sample("grafana.ratio", at, slowest(upto) / 1000, own))
    return made


def _scenario(first: date, last: date, zone: str = "UTC", **more: Any) -> Scenario:
    return Scenario(
        settings=SETTINGS,
        answer=Grafana(),
        expected=expected(first, last, zone),
        secrets=(TOKEN,),
        zone=zone,
        empty=Grafana(is_empty=True),
        inner_error=failed("query timed out", 200),
        **more,
    )


def of_now() -> Scenario:
    """The usual run."""
    return _scenario(date(2026, 11, 18), date(2026, 11, 20))


def over_a_change_of_the_clock() -> Scenario:
    """A piece of a back-fill in Berlin, where the 25th of October has 25 hours."""
    return _scenario(
        date(2026, 10, 22),
        date(2026, 10, 28),
        "Europe/Berlin",
        since=datetime(2026, 10, 21, 22, tzinfo=UTC),
        until=datetime(2026, 10, 28, 23, tzinfo=UTC),
    )


SCENARIOS = (of_now, over_a_change_of_the_clock)
