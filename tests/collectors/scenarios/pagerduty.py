"""PagerDuty, played from a list of incidents: when each began, was acknowledged and ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from kpi.metric import labels
from tests.collectors.loopback import said_json
from tests.collectors.scenarios.base import NOW, Asked, Happening, Limit, Said, Sample, Scenario, refused

KEY = "pdcanary+key_u1x"
CAP = 2  # a page, however many are asked for
# number, hours before now, urgency, seconds to the first acknowledgement, seconds to its end
INCIDENTS = (
    (1, 24 * 40.0, "high", 60, 3600),
    (2, 24 * 20.0, "low", 4000, 24 * 3600 * 17),
    (3, 24 * 7.4, "high", 30, 60),
    (4, 61.0, "high", 95, 5400),
    (5, 61.0, "high", 95, 5400),
    (6, 13.0, "low", None, 700),
    (7, 12.0, "high", 240, 3000),
    (8, 2.5, "high", 33, None),
    (9, 0.5, "low", None, None),
)


@dataclass
class PagerDuty:
    """The account at `now`."""

    now: datetime
    is_empty: bool = False

    def incidents(self) -> list[dict[str, Any]]:
        found = []
        for number, ago, urgency, answered, lasted in INCIDENTS if not self.is_empty else ():
            began = self.now - timedelta(hours=ago)
            ended = None if lasted is None else began + timedelta(seconds=lasted)
            status = "resolved" if lasted else "acknowledged" if answered else "triggered"
            found.append(
                {"id": f"P{number}", "incident_number": number, "urgency": urgency, "status": status}
                | {
                    "title": f"Disk {number} is\nfull",
                    "html_url": f"https://acme.pagerduty.com/incidents/P{number}",
                }
                | {"created_at": began.strftime("%Y-%m-%dT%H:%M:%SZ")}
                | {"resolved_at": ended and ended.strftime("%Y-%m-%dT%H:%M:%SZ")}
                | {"raw": answered}
            )
        return found

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Token token={KEY}":
            return refused(401, error={"message": "Authentication failed", "code": 2006})
        if asked.method == "GET" and asked.path == "/incidents":
            return self.list(parse_qs(urlsplit(asked.target).query))
        if asked.method == "POST" and asked.path == "/analytics/raw/incidents":
            return self.raw(asked.json())
        return refused(404, error={"message": "Not Found", "code": 2100})

    def list(self, query: dict[str, list[str]]) -> Said:
        statuses = query.get("statuses[]", ["triggered", "acknowledged", "resolved"])
        found = [one for one in self.incidents() if one["status"] in statuses]
        if query.get("date_range") != ["all"]:
            since, until = (datetime.fromisoformat(query[key][0]) for key in ("since", "until"))
            assert until - since <= timedelta(days=180)
            found = [one for one in found if since <= datetime.fromisoformat(one["created_at"]) < until]
        offset, limit = int(query.get("offset", ["0"])[0]), int(query["limit"][0])
        assert 1 <= limit <= 100
        limit = min(limit, CAP)
        page = found[offset : offset + limit]
        page = [{key: value for key, value in one.items() if key != "raw"} for one in page]
        more = offset + limit < len(found)
        return said_json({"incidents": page, "limit": limit, "offset": offset, "more": more, "total": None})

    def raw(self, body: dict[str, Any]) -> Said:
        """Analytics tells times without an offset, in the zone that was asked for."""
        assert body["time_zone"] == "Etc/UTC"
        assert 1 <= body["limit"] <= 1000
        since, until = (
            datetime.fromisoformat(body["filters"][key]) for key in ("created_at_start", "created_at_end")
        )
        found = [
            {
                "id": one["id"],
                "incident_number": one["incident_number"],
                "urgency": one["urgency"],
                "created_at": one["created_at"].removesuffix("Z"),
                "seconds_to_first_ack": one["raw"],
            }
            for one in self.incidents()
            if since <= datetime.fromisoformat(one["created_at"]) < until
        ]
        ids = [one["id"] for one in found]
        after = body.get("starting_after")
        if after not in (None, *ids):
            return refused(400, error={"message": "Invalid Input Provided", "code": 2001})
        first = 0 if after is None else ids.index(after) + 1
        page = found[first : first + CAP]
        cursors = {"first": page[0]["id"] if page else None, "last": page[-1]["id"] if page else None}
        order = {"order": "asc", "order_by": "created_at", "time_zone": "Etc/UTC", "limit": body["limit"]}
        return said_json({"data": page, "more": first + CAP < len(found), **cursors, **order})


def expected(now: datetime, zone: str, *, is_empty: bool = False) -> list[Sample]:
    local, incidents = ZoneInfo(zone), () if is_empty else INCIDENTS
    today = now.astimezone(local).date()
    found = []
    for ago in range(8):
        day = today - timedelta(days=ago)
        start = datetime(day.year, day.month, day.day, tzinfo=local)
        for name in ("high", "low"):
            began = [now - timedelta(hours=row[1]) for row in incidents if row[2] == name]
            count = sum(one.astimezone(local).date() == day for one in began)
            marks = labels({"urgency": name})
            found.append(Sample("pagerduty.incidents", start, count, marks, settled=ago > 0))
    for name in ("high", "low"):
        still = sum(row[4] is None for row in incidents if row[2] == name)
        found.append(Sample("pagerduty.open_incidents", now, still, labels({"urgency": name})))
    first = datetime(today.year, today.month, today.day, tzinfo=local) - timedelta(days=7)
    for number, ago_hours, urgency, *spans in incidents[1:]:  # the first began too long ago
        for name, seconds in zip(("acknowledge", "resolve"), spans, strict=True):
            if seconds is not None:
                at = now - timedelta(hours=ago_hours) + timedelta(seconds=seconds, microseconds=number)
                if first <= at < now:
                    marks = labels({"urgency": urgency})
                    found.append(Sample(f"pagerduty.time_to_{name}", at, seconds, marks))
    return found


def happened(now: datetime) -> list[Happening]:
    """All that the list tells: back to thirty days before the first day that is read."""
    return [
        Happening(
            "incident",
            (now - timedelta(hours=ago)).replace(microsecond=0),
            f"Disk {number} is full ({urgency} urgency)",
            f"incident:P{number}",
            f"https://acme.pagerduty.com/incidents/P{number}",
        )
        for number, ago, urgency, *_ in INCIDENTS[1:]
    ]


def _scenario(now: datetime, zone: str) -> Scenario:
    body = b'{"error": {"message": "Rate Limit Exceeded", "code": 2020}}'
    headers = {"ratelimit-limit": "960", "ratelimit-remaining": "0", "ratelimit-reset": "11"}
    return Scenario(
        settings={"api_key": KEY, "base_url": "{url}"},
        answer=PagerDuty(now),
        expected=expected(now, zone),
        happenings=happened(now),
        secrets=(KEY,),
        now=now,
        zone=zone,
        empty=PagerDuty(now, is_empty=True),
        empty_expected=expected(now, zone, is_empty=True),
        limit=Limit(Said(429, body, headers), timedelta(seconds=11)),
        works_at_any_time=False,
    )


def account() -> Scenario:
    return _scenario(NOW, "UTC")


def clocks_go_back() -> Scenario:
    """A week with a day of 25 hours."""
    return _scenario(datetime(2026, 11, 4, 18, 0, tzinfo=UTC), "America/New_York")


SCENARIOS = (account, clocks_go_back)
