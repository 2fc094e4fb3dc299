"""Statuspage, played from a list of incidents: as an account with a key, and as a public page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from kpi.metric import labels
from tests.collectors.loopback import said_json
from tests.collectors.scenarios.base import NOW, Asked, Happening, Limit, Said, Sample, Scenario, refused

KEY = "statuspage-canary-key"
CAP = 3
# hours before now, impact, seconds to its end, seconds before its entry that it began; maintenance is none
INCIDENTS = (
    (3.0, "major", None, 0),
    (26.0, "minor", 1800, 600),
    (40.5, "maintenance", 7200, 0),
    (75.0, "critical", 5400, 0),
    (75.0, "minor", 5400, 0),
    (300.0, "none", 60, 0),
    (800.0, "major", 3600 * 470, 0),
    (3000.0, "major", 60, 0),
)
COMPONENTS = ("operational", "degraded_performance", "under_maintenance", "major_outage", "group")


@dataclass
class Statuspage:
    """The page at `now`."""

    now: datetime
    is_public: bool = False
    is_empty: bool = False
    repeats: int = 1
    """How often the whole list is repeated, two minutes apart: a public page lists 50 incidents at most."""

    def rows(self) -> list[tuple[float, str, int | None, int]]:
        found = [
            (ago + again / 30, impact, lasted, late)
            for ago, impact, lasted, late in INCIDENTS
            for again in range(self.repeats)
        ]
        if self.is_public:
            found = [row for row in found if row[1] != "maintenance"][:50]
        return [] if self.is_empty else found

    def incidents(self) -> list[dict[str, Any]]:
        found = []
        for at, (ago, impact, lasted, late) in enumerate(self.rows()):
            created = self.now - timedelta(hours=ago)
            began = created - timedelta(seconds=late)
            ended = None if lasted is None else began + timedelta(seconds=lasted)
            planned = created.isoformat() if impact == "maintenance" else None
            times = {"created_at": created.isoformat(), "started_at": began.isoformat()}
            about = {"name": f"Trouble {at}", "shortlink": f"https://stspg.io/inc{at:03}"}
            plain = about | {"id": f"inc{at:03}", "impact": impact, "scheduled_for": planned}
            over = {"resolved_at": None if ended is None else ended.isoformat()}
            found.append({**plain, **times, **over})
        return found

    def components(self) -> list[dict[str, Any]]:
        names = () if self.is_empty else COMPONENTS
        return [
            {"id": f"c{at}", "group": one == "group", "status": "operational" if one == "group" else one}
            for at, one in enumerate(names)
        ]

    def __call__(self, asked: Asked) -> Said:
        if self.is_public:
            assert "authorization" not in asked.headers
            pages = {"incidents": self.incidents(), "components": self.components()}
            name = asked.path.removeprefix("/api/v2/").removesuffix(".json")
            if name == "summary":
                return said_json(
                    {"page": {"name": "Acme"}, "incidents": [], "components": pages["components"]}
                )
            return said_json({"page": {}, name: pages[name]}) if name in pages else Said(404)
        if asked.headers.get("authorization") != f"OAuth {KEY}":
            return refused(401, error="Could not authenticate")
        if asked.path == "/v1/pages/acme1":
            return said_json({"id": "acme1", "name": "Acme"})
        if asked.path == "/v1/pages/acme1/components":
            return said_json(self.components())
        if asked.path == "/v1/pages/acme1/incidents":
            assert 1 <= int(asked.query["limit"]) <= 100
            first = (int(asked.query["page"]) - 1) * CAP
            return said_json(self.incidents()[first : first + CAP])
        return refused(404, error="Not found")


def expected(vendor: Statuspage, zone: str, *, days: int = 15) -> list[Sample]:
    local, now = ZoneInfo(zone), vendor.now
    today, found = now.astimezone(local).date(), []
    rows = [(at, *row) for at, row in enumerate(vendor.rows()) if row[1] != "maintenance"]
    for ago in range(days):
        day = today - timedelta(days=ago)
        end = datetime.combine(day + timedelta(days=1), datetime.min.time(), local).astimezone(UTC)
        for impact in ("none", "minor", "major", "critical"):
            began = [now - timedelta(hours=row[1], seconds=row[4]) for row in rows if row[2] == impact]
            count = sum(one.astimezone(local).date() == day for one in began)
            at = datetime.combine(day, datetime.min.time(), local)
            is_final = end + timedelta(days=1) <= now
            found.append(Sample("statuspage.incidents", at, count, labels({"impact": impact}), is_final))
    first = datetime.combine(today - timedelta(days=14), datetime.min.time(), local)
    for index, ago_hours, impact, lasted, late in rows:
        if lasted is not None:
            ended = now - timedelta(hours=ago_hours, seconds=late) + timedelta(seconds=lasted)
            if ended >= first:
                mark = int(sha256(f"inc{index:03}".encode()).hexdigest(), 16) % 1_000_000
                marks = labels({"impact": impact})
                moment = ended.replace(microsecond=mark)
                found.append(Sample("statuspage.time_to_resolve", moment, lasted, marks))
    still = sum(row[3] is None for row in rows)
    parts = 0 if vendor.is_empty else 4
    down = 0 if vendor.is_empty else 2
    levels = (("open_incidents", still), ("components", parts), ("components_down", down))
    return found + [Sample(f"statuspage.{name}", now, value) for name, value in levels]


def happened(vendor: Statuspage) -> list[Happening]:
    """Incidents, when they began; the oldest lies too far back."""
    return [
        Happening(
            "incident",
            vendor.now - timedelta(hours=ago, seconds=late),
            f"Trouble {at}" if impact == "none" else f"Trouble {at} ({impact})",
            f"incident:inc{at:03}",
            f"https://stspg.io/inc{at:03}",
        )
        for at, (ago, impact, _, late) in enumerate(vendor.rows())
        if impact != "maintenance" and ago < 2000
    ]


def account() -> Scenario:
    body = b'{"error": "Slow your roll: you are limited to 1 request per second"}'
    quiet = Statuspage(NOW, is_empty=True)
    return Scenario(
        settings={"page": "acme1", "api_key": KEY, "base_url": "{url}"},
        answer=Statuspage(NOW),
        expected=expected(Statuspage(NOW), "UTC"),
        happenings=happened(Statuspage(NOW)),
        secrets=(KEY,),
        empty=quiet,
        empty_expected=expected(quiet, "UTC"),
        limit=Limit(Said(420, body, {"Retry-After": "2"}), timedelta(seconds=2)),
        works_at_any_time=False,
    )


def public_page() -> Scenario:
    """A busy page: its 50 incidents reach back to the eighth of November, and older days are not told."""
    now = datetime(2026, 11, 8, 18, 30, tzinfo=UTC)
    vendor = Statuspage(now, is_public=True, repeats=10)
    scenario = account()
    scenario.settings, scenario.secrets = {"base_url": "{url}"}, ()
    scenario.now, scenario.zone, scenario.answer = now, "America/New_York", vendor
    oldest = min(now - timedelta(hours=row[0]) for row in vendor.rows())
    zone = ZoneInfo(scenario.zone)
    days = (now.astimezone(zone).date() - oldest.astimezone(zone).date()).days
    scenario.expected = expected(vendor, scenario.zone, days=min(days, 15))
    scenario.happenings = happened(vendor)
    return scenario


SCENARIOS = (account, public_page)
