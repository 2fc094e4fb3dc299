"""Brand24's projects, played from a list of what was said of whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Limit, Sample, Scenario, refused
from tests.collectors.scenarios.base import Mention as Text

KEY = "brand24-key-6d7e"
PROJECTS = {"Acme": "100200300", "Other": "100200301"}
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Mention:
    """Something said: when, of whom, its tone (-1, 0, 1), its reach, and whether on social media."""

    when: str
    brand: str
    tone: int
    reach: int
    social: bool


SAID = (
    Mention("2026-10-05T10:00", "Acme", 1, 40, True),
    Mention("2026-11-06T00:00", "Acme", 1, 900, True),
    Mention("2026-11-06T23:59", "Acme", -1, 100, False),
    Mention("2026-11-07T00:00", "Other", 0, 5, True),
    Mention("2026-11-12T12:00", "Acme", 0, 77, False),
    Mention("2026-11-12T13:00", "Other", -1, 5, False),
    Mention("2026-11-19T23:30", "Acme", 0, 12, True),
    Mention("2026-11-20T11:00", "Acme", -1, 3000, True),
)


@dataclass
class Brand24:
    """Two resources of each project, by day. `box` is where the envelope holds what is told."""

    said: Sequence[Mention] = SAID
    box: str = "data"
    silent: bool = False
    page_size: int = 2

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("x-api-key") != KEY:
            return refused(401, message="Invalid API key", code=401)
        parts, query = asked.path.strip("/").split("/"), asked.query
        brands = {number: name for name, number in PROJECTS.items()}
        if asked.method == "GET" and parts == ["api-data", "v1", "project", PROJECTS["Acme"], "mentions"]:
            return self._texts(query)
        is_known = len(parts) == 6 and parts[:3] == ["api-data", "v1", "project"] and parts[4] == "mentions"
        if asked.method != "GET" or not is_known or parts[3] not in brands:
            return refused(404, message="Not found", code=404)
        if set(query) != {"date_from", "date_to"}:
            return refused(400, message="date_from and date_to are required", code=400)
        first, last = (date.fromisoformat(query[one]) for one in ("date_from", "date_to"))
        if not timedelta(0) <= last - first <= timedelta(days=30):
            return refused(400, message="The date range must not exceed one month", code=400)
        days = [] if self.silent else [first + _DAY * one for one in range((last - first).days + 1)]
        tell = {"sentiment": self._sentiment, "reach": self._reach}[parts[5]]
        return said_json({"status": "success", self.box: tell(brands[parts[3]], days)})

    def _texts(self, query: dict[str, str]) -> Said:
        """One by one, without an id and without a reach; of social media without words."""
        if set(query) - {"cursor"} != {"date_from", "date_to", "limit"} or not 0 < int(query["limit"]) <= 500:
            return refused(400, message="date_from and date_to are required", code=400)
        first, last = query["date_from"], query["date_to"]
        said = [one for one in self.said if one.brand == "Acme" and first <= one.when[:10] <= last]
        told: list[dict[str, Any]] = [
            {
                "date": one.when[:10],
                "time": one.when[11:],
                "title": None if one.social else f"Acme &amp; {one.reach}",
                "content": None if one.social else "All of it.",
                "source": "Tweet-ID: 77" if one.social else f"https://www.blog.example/{one.reach}",
                "host": "x.com" if one.social else "www.blog.example",
                "category": "x" if one.social else "blog",
                "sentiment": one.tone,
                "tags": [],
            }
            for one in said
            if not self.silent
        ]
        start = int(query.get("cursor", "c0")[1:])
        more = start + self.page_size < len(told)
        page = {"results": told[start : start + self.page_size], "has_more_mentions": more}
        page["cursor"] = f"c{start + self.page_size}" if more else None
        return said_json({"status": "success", self.box: page})

    def _by_day(self, brand: str, days: Sequence[date], weigh: Any) -> dict[str, int] | list[int]:
        found = {
            day.isoformat(): sum(
                weigh(one) for one in self.said if one.brand == brand and at(one).date() == day
            )
            for day in days
        }
        return found or []  # as PHP writes it

    def _sentiment(self, brand: str, days: Sequence[date]) -> dict[str, Any]:
        told = {
            "mentions": self._by_day(brand, days, lambda _: 1),
            "positive_mentions": self._by_day(brand, days, lambda one: one.tone > 0),
            "negative_mentions": self._by_day(brand, days, lambda one: one.tone < 0),
        }
        totals = ("total_mentions", "total_positive_mentions", "total_negative_results")
        return told | {total: total_of(told[name]) for total, name in zip(totals, list(told), strict=True)}

    def _reach(self, brand: str, days: Sequence[date]) -> dict[str, Any]:
        social = self._by_day(brand, days, lambda one: one.reach * one.social)
        other = self._by_day(brand, days, lambda one: one.reach * (not one.social))
        totals = {
            "social_media_reach_total": total_of(social),
            "non_social_media_reach_total": total_of(other),
        }
        return {"social_media_reach": social, "non_social_media_reach": other} | totals


def texts() -> list[Text]:
    """What was said with words, in fourteen days."""
    return [
        Text(
            "mention",
            at(one),
            f"Acme & {one.reach}. All of it.",
            f"https://www.blog.example/{one.reach}",
            f"https://www.blog.example/{one.reach}",
            "Acme",
            "blog.example",
            sentiment=float(one.tone),
        )
        for one in SAID
        if one.brand == "Acme" and not one.social and one.when >= "2026-11-06"
    ]


def at(mention: Mention) -> datetime:
    return datetime.fromisoformat(mention.when).replace(tzinfo=UTC)


def total_of(found: dict[str, int] | list[int]) -> int:
    return sum(found.values()) if isinstance(found, dict) else 0


def told_of(first: date, last: date) -> list[Sample]:
    """What was said on each day, by the date in front of it."""
    samples = []
    day = first
    while day <= last:
        moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
        done = moment + 8 * _DAY <= NOW
        here = [one for one in SAID if one.when.startswith(day.isoformat())]
        ours = [one for one in here if one.brand == "Acme"]
        samples.append(Sample("brand24.mentions", moment, len(ours), settled=done))
        for brand in PROJECTS:
            n = sum(one.brand == brand for one in here)
            samples.append(Sample("brand24.brand_mentions", moment, n, (("brand", brand),), done))
        for tone, code in (("positive", 1), ("neutral", 0), ("negative", -1)):
            n = sum(one.tone == code for one in ours)
            samples.append(Sample("brand24.tone_mentions", moment, n, (("tone", tone),), done))
        for source, social in (("social", True), ("other", False)):
            n = sum(one.reach for one in ours if one.social is social)
            samples.append(Sample("brand24.reach", moment, n, (("source", source),), done))
        day += _DAY
    return samples


def settings() -> dict[str, Any]:
    own = {"api_key": KEY, "project": PROJECTS["Acme"], "brand": "Acme", "base_url": "{url}"}
    return own | {"competitors": {"Other": PROJECTS["Other"]}}


def two_weeks() -> Scenario:
    failed = said_json({"status": "fail", "message": "Invalid API key", "code": 401})
    return Scenario(
        settings(),
        Brand24(),
        told_of(date(2026, 11, 6), date(2026, 11, 20)),
        mentions=texts(),
        secrets=(KEY,),
        empty=Brand24(silent=True),
        limit=Limit(
            Said(429, b'{"status": "fail", "code": 429}', {"Retry-After": "5"}), timedelta(seconds=5)
        ),
        inner_error=failed,
    )


def fifty_days_in_another_box() -> Scenario:
    """Two requests of four weeks each; days stay UTC days for a company in Tokyo."""
    return replace(
        two_weeks(),
        answer=Brand24(box="message"),
        expected=told_of(date(2026, 10, 1), date(2026, 11, 20)),
        zone="Asia/Tokyo",
        since=datetime(2026, 10, 1, 15, tzinfo=UTC),
    )


SCENARIOS = (two_weeks, fifty_days_in_another_box)
