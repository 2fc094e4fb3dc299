"""Mention's alerts, played from a list of what was found about whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Limit, Sample, Scenario, refused
from tests.collectors.scenarios.base import Mention as Text

TOKEN, ACCOUNT = "mention-token-31c8", "112233_abcdef"
ALERTS = {"Acme": "445566", "Other": "445567"}
_DAY = timedelta(days=1)

Found = tuple[str, str, int]
"""When, of whom, its tone."""

FOUND: tuple[Found, ...] = (
    ("2026-11-06T00:00", "Acme", 1),
    ("2026-11-06T23:59", "Acme", -1),
    ("2026-11-07T03:00", "Acme", 0),
    ("2026-11-08T09:00", "Other", 1),
    ("2026-11-13T04:30", "Acme", 0),
    ("2026-11-13T05:30", "Acme", 1),
    ("2026-11-19T23:00", "Other", -1),
    ("2026-11-20T10:00", "Acme", 1),
)


@dataclass
class Mention:
    """Statistics of one alert by day, in the zone that is asked for."""

    found: Sequence[Found] = FOUND
    silent: bool = False

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return refused(401, error="invalid_grant", error_description="The access token is invalid")
        if asked.headers.get("accept-version") != "1.21" or asked.method != "GET":
            return refused(400, message="Unknown version")
        if asked.path == f"/api/accounts/{ACCOUNT}/alerts/{ALERTS['Acme']}":
            return said_json({"alert": {"id": ALERTS["Acme"], "name": "Acme brand"}})
        if asked.path == f"/api/accounts/{ACCOUNT}/alerts/{ALERTS['Acme']}/mentions":
            return self._texts(asked.query)
        return self._stats(asked)

    def _stats(self, asked: Asked) -> Said:
        query = asked.query
        known = {"alerts[]", "from", "to", "timezone", "interval", "tones[]"}
        brand = {number: name for name, number in ALERTS.items()}.get(query.get("alerts[]", ""))
        if asked.path != f"/api/accounts/{ACCOUNT}/stats" or brand is None:
            return refused(404, message="Not found")
        if set(query) - known or query.get("interval") != "P1D":
            return refused(400, message="Invalid parameters")
        since, until = query["from"], query["to"]
        if not since.endswith("T00:00:00.0") or not until.endswith("T23:59:59.0"):
            return refused(400, message="Invalid dates")
        clock, only = ZoneInfo(query["timezone"]), query.get("tones[]")
        data: dict[str, int] = {}
        day = date.fromisoformat(since[:10])
        while day <= date.fromisoformat(until[:10]) and not self.silent:
            told = [
                one
                for one in self.found
                if one[1] == brand
                and moment(one).astimezone(clock).date() == day
                and only in (None, str(one[2]))
            ]
            data[day.isoformat()] = len(told)
            day += _DAY
        counts: dict[str, Any] = {
            "data": data or [],
            "total": sum(data.values()),
            "avg": 0,
            "min": 0,
            "max": 0,
        }
        stats = {query["alerts[]"]: {"alert_id": query["alerts[]"], "mentions_per_interval": counts}}
        return said_json({"stats": stats, "from": since, "to": until})

    def _texts(self, query: dict[str, str]) -> Said:
        """What was found, by the date of its publication."""
        if set(query) != {"limit", "before_date", "not_before_date"} or not 0 < int(query["limit"]) <= 1000:
            return refused(400, message="Invalid parameters")
        since, until = (datetime.fromisoformat(query[one]) for one in ("not_before_date", "before_date"))
        told = [
            {
                "id": str(1000 + number),
                "title": f"On Acme {number}",
                "description": f"On Acme {number}: <b>all</b> of it",
                "original_url": f"https://www.press.example/{number}",
                "published_at": f"{one[0]}:00.10090700+00:00",
                "tone": one[2],
                "cumulative_reach": 100 * number if number else None,
            }
            for number, one in enumerate(self.found)
            if one[1] == "Acme" and since <= moment(one) < until and not self.silent
        ]
        return said_json({"mentions": told, "_links": {}})


def texts() -> list[Text]:
    """What was found of one's own brand, in fourteen days."""
    return [
        Text(
            "mention",
            moment(one) + timedelta(microseconds=100_907),
            f"On Acme {number}: all of it",
            str(1000 + number),
            f"https://www.press.example/{number}",
            "Acme",
            "press.example",
            100.0 * number,
            float(one[2]),
        )
        for number, one in enumerate(FOUND)
        if one[1] == "Acme" and moment(one) >= NOW - timedelta(days=14)
    ]


def moment(one: Found) -> datetime:
    return datetime.fromisoformat(one[0]).replace(tzinfo=UTC)


def told_of(days: Sequence[str], zone: str) -> list[Sample]:
    """What was found by the date that clocks in `zone` showed."""
    clock = ZoneInfo(zone)
    samples = []
    for day in days:
        at = datetime.fromisoformat(day).replace(tzinfo=clock)
        over = (datetime.fromisoformat(day) + _DAY).replace(tzinfo=clock)
        done = over.astimezone(UTC) + 7 * _DAY <= NOW
        here = [one for one in FOUND if f"{moment(one).astimezone(clock):%Y-%m-%d}" == day]
        tones = [tone for _, brand, tone in here if brand == "Acme"]
        samples.append(Sample("mention.mentions", at, len(tones), settled=done))
        for tone, code in (("positive", 1), ("neutral", 0), ("negative", -1)):
            samples.append(Sample("mention.tone_mentions", at, tones.count(code), (("tone", tone),), done))
        for brand in ALERTS:
            n = sum(one[1] == brand for one in here)
            samples.append(Sample("mention.brand_mentions", at, n, (("brand", brand),), done))
    return samples


def settings() -> dict[str, Any]:
    own = {"token": TOKEN, "account": ACCOUNT, "alert": ALERTS["Acme"], "brand": "Acme"}
    return own | {"competitors": {"Other": ALERTS["Other"]}, "base_url": "{url}/api"}


def two_weeks() -> Scenario:
    reset = {"X-Rate-Limit-Limit": "3600", "X-Rate-Limit-Reset": str(int(NOW.timestamp()) + 8)}
    return Scenario(
        settings(),
        Mention(),
        told_of([f"2026-11-{day:02d}" for day in range(6, 21)], "UTC"),
        mentions=texts(),
        secrets=(TOKEN,),
        empty=Mention(silent=True),
        limit=Limit(Said(429, b'{"message": "Too many requests"}', reset), timedelta(seconds=8)),
    )


def over_a_change_of_clocks() -> Scenario:
    """Days of New York, one of them 25 hours long."""
    zone = "America/New_York"
    first = date(2026, 10, 30)
    return replace(
        two_weeks(),
        expected=told_of([(first + one * _DAY).isoformat() for one in range(15)], zone),
        mentions=(),
        zone=zone,
        since=datetime(2026, 10, 30, 4, tzinfo=UTC),
        until=datetime(2026, 11, 14, 5, tzinfo=UTC),
    )


SCENARIOS = (two_weeks, over_a_change_of_clocks)
