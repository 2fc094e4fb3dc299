"""UptimeRobot, played from a list of monitors and of their incidents; uptime is counted minute by minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from kpi.metric import labels
from tests.collectors.loopback import said_json
from tests.collectors.scenarios.base import NOW, Asked, Happening, Limit, Said, Sample, Scenario, refused

KEY = "ur1234567-canarykey"
CAP = 2
# id, name, status, days before now on which it was made
MONITORS = (
    (1, "Site", "UP", 400.0),
    (2, "API", "DOWN", 2.3),
    (3, "Old", "PAUSED", 900.0),
    (4, "Docs", "UP", 300.0),
    (5, "Docs", "UP", 300.0),
)
# id, monitor, minutes before now at its start, minutes it lasted (None: still), kind; the newest first
INCIDENTS = (
    (901, 2, 45, None, "Downtime"),
    (902, 1, 300, 30, "Slow Response"),
    (903, 1, 780, 90, "Downtime"),
    (904, 1, 760, 20, "Downtime"),
    (905, 4, 2000, 7, "Downtime"),
    (906, 5, 6000, 2880, "Downtime"),
    (907, 1, 60 * 24 * 40, 60, "Downtime"),
    (908, 1, 60 * 24 * 50, 60, "Downtime"),
    (909, 1, 60 * 24 * 60, 60, "Downtime"),
)


@dataclass
class UptimeRobot:
    """The account at `now`."""

    now: datetime
    is_empty: bool = False

    def listed(self, name: str) -> list[dict[str, Any]]:
        if self.is_empty:
            return []
        if name == "monitors":
            made = [self.now - timedelta(days=row[3]) for row in MONITORS]
            return [
                {"id": row[0], "friendlyName": row[1], "status": row[2], "createDateTime": when.isoformat()}
                for row, when in zip(MONITORS, made, strict=True)
            ]
        found = []
        for key, monitor, ago, lasted, kind in INCIDENTS:
            began = self.now - timedelta(minutes=ago)
            ended = None if lasted is None else (began + timedelta(minutes=lasted)).isoformat()
            about = {"id": str(key), "type": kind, "monitor": {"id": monitor}}
            found.append({**about, "startedAt": began.isoformat(), "resolvedAt": ended})
        return found

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            return refused(401, error=True, message="Invalid API key")
        name = asked.path.removeprefix("/v3/").strip("/")
        if asked.method != "GET" or name not in ("monitors", "incidents"):
            return refused(404, error=True, message="Not found")
        assert 1 <= int(asked.query["limit"]) <= 50
        first = int(asked.query.get("cursor", "0"))
        rest = self.listed(name)[first:]
        address = (
            f"http://{asked.headers['host']}/v3/{name}/?limit={asked.query['limit']}&cursor={first + CAP}"
        )
        return said_json({"data": rest[:CAP], "nextLink": address if len(rest) > CAP else None})


@lru_cache
def expected(now: datetime, zone: str) -> tuple[Sample, ...]:
    """Counted minute by minute: a minute is down where any downtime of the monitor holds it."""
    local = ZoneInfo(zone)
    found = [
        Sample("uptimerobot.monitors", now, value, labels({"status": name}))
        for name, value in (("up", 3), ("down", 1), ("paused", 1))
    ]
    spans = [
        (row[1], now - timedelta(minutes=row[2]), now - timedelta(minutes=row[2] - (row[3] or row[2])))
        for row in INCIDENTS
        if row[4] == "Downtime"
    ]
    for ago in range(4):
        day = now.astimezone(local).date() - timedelta(days=ago)
        start, after = (
            datetime.combine(one, datetime.min.time(), local).astimezone(UTC)
            for one in (day, day + timedelta(days=1))
        )
        count = sum(start <= began < after for _, began, _ in spans)
        found.append(Sample("uptimerobot.incidents", start, count, settled=ago > 0))
        minutes = [
            start + timedelta(minutes=n) for n in range(int((min(after, now) - start).total_seconds() // 60))
        ]
        for key, name, status, age in MONITORS:
            if status == "PAUSED" or now - timedelta(days=age) > start:
                continue
            mine = [(began, ended) for monitor, began, ended in spans if monitor == key]
            down = sum(any(began <= one < ended for began, ended in mine) for one in minutes)
            marks = labels({"monitor": f"Docs ({key})" if name == "Docs" else name})
            share = 1 - down / len(minutes)
            if ago:
                found.append(Sample("uptimerobot.uptime", after - timedelta(seconds=1), share, marks))
            found.append(Sample("uptimerobot.downtime", start, down * 60, marks, settled=ago > 0))
    return tuple(found)


def happened(now: datetime) -> list[Happening]:
    """The downtimes on the pages that are read: the last of these begins a page that nobody asks for."""
    names = {1: "Site", 2: "API", 4: "Docs (4)", 5: "Docs (5)"}
    return [
        Happening("incident", now - timedelta(minutes=ago), f"{names[monitor]} down", f"incident:{key}")
        for key, monitor, ago, _, kind in INCIDENTS[:-1]
        if kind == "Downtime"
    ]


def _scenario(now: datetime, zone: str) -> Scenario:
    headers = {"Retry-After": "9", "X-RateLimit-Limit": "10", "X-RateLimit-Remaining": "0"}
    return Scenario(
        settings={"api_key": KEY, "base_url": "{url}/v3"},
        answer=UptimeRobot(now),
        expected=expected(now, zone),
        happenings=happened(now),
        secrets=(KEY,),
        now=now,
        zone=zone,
        empty=UptimeRobot(now, is_empty=True),
        empty_expected=[
            Sample("uptimerobot.monitors", now, 0, labels({"status": name}))
            for name in ("up", "down", "paused")
        ],
        limit=Limit(Said(429, b'{"error": true}', headers), timedelta(seconds=9)),
        works_at_any_time=False,
    )


def account() -> Scenario:
    return _scenario(NOW, "UTC")


def clocks_go_back() -> Scenario:
    """New York, with a day of 25 hours among the four."""
    return _scenario(datetime(2026, 11, 2, 18, 0, tzinfo=UTC), "America/New_York")


SCENARIOS = (account, clocks_go_back)
