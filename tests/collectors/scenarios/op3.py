"""OP3, played from a list of downloads: of people and of bots, with days that it has not worked out yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import Limit, Sample, Scenario, refused
from tests.collectors.scenarios.daily import DAY, daily

TOKEN = "op3-canary-token"
SHOW, GUID = "3299ee267635404e9cd660088a755b34", "917393e3-1b1e-5cef-ace4-edaa54e1f810"
HEADERS = ("time", "url", "audienceId", "showUuid", "botType")
KNOWN = {"start", "end", "format", "bots", "limit", "continuationToken"}


@dataclass(frozen=True)
class Download:
    """When somebody, or a bot, began to fetch an episode."""

    at: datetime
    bot: str = ""

    @property
    def stamp(self) -> str:
        return f"{self.at:%Y-%m-%dT%H:%M:%S}.000Z"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


DOWNLOADS = (
    Download(utc("2026-11-05T23:59:59")),
    Download(utc("2026-11-08T00:00:00")),
    *[Download(utc("2026-11-08T01:00:00") + timedelta(minutes=n)) for n in range(70)],
    Download(utc("2026-11-09T10:00:00"), bot="bot-lib"),
    Download(utc("2026-11-12T06:30:00")),
    Download(utc("2026-11-12T23:59:59")),
    Download(utc("2026-11-18T12:00:00")),
    Download(utc("2026-11-19T12:00:00"), bot="unknown"),
)


@dataclass
class Op3:
    """One show: who it is, its downloads page by page, and its totals."""

    downloads: Sequence[Download] = DOWNLOADS
    page_size: int = 30
    asof: str = "2026-11-19"

    def __call__(self, asked: Asked) -> Said:
        path, query = asked.path.removeprefix("/api/1"), asked.query
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return refused(401, error="unauthorized")
        if asked.method != "GET" or path == asked.path:
            return refused(404, error="not found")
        if path in (f"/shows/{SHOW}", f"/shows/{GUID}") and not query:
            return said_json(
                {"showUuid": SHOW, "title": "Acme talks", "statsPageUrl": "https://op3.dev/show"}
            )
        if path == "/queries/show-download-counts" and query == {"showUuid": SHOW}:
            return said_json({"asof": self.asof, "showDownloadCounts": self.totals(), "queryTime": 2})
        if path != f"/downloads/show/{SHOW}":
            return refused(404, message="not found")
        is_right = KNOWN - {"continuationToken"} <= set(query) <= KNOWN and query["format"] == "json-a"
        if not is_right or query["bots"] != "exclude" or not 0 <= int(query["limit"]) <= 20_000:
            return refused(400, message="Bad request")
        return self.page(query)

    def page(self, query: dict[str, str]) -> Said:
        people = [one for one in self.downloads if not one.bot]
        found = [one.stamp for one in people if query["start"] <= one.stamp < query["end"]]
        start, size = int(query.get("continuationToken", 0)), min(self.page_size, int(query["limit"]))
        rows = [[at, "https://acme.dev/1.mp3", "a", SHOW, None] for at in found[start : start + size]]
        body: dict[str, Any] = {"headers": HEADERS, "rows": rows, "count": len(rows), "queryTime": 1}
        return said_json(body | ({"continuationToken": f"{start + size}"} if len(rows) == size else {}))

    def totals(self) -> dict[str, Any]:
        end = utc(f"{self.asof}T00:00:00") + DAY
        month, weeks = (
            total(self.downloads, end, 30),
            [total(self.downloads, end - n * DAY, 7) for n in (21, 14, 7, 0)],
        )
        told = {"days": "1" * 30, "monthlyDownloads": month, "weeklyDownloads": weeks, "numWeeks": 4}
        return {SHOW: told} if month else {}


def total(downloads: Sequence[Download], end: datetime, days: int) -> int:
    return sum(end - days * DAY <= one.at < end for one in downloads if not one.bot)


def told(first: datetime, last: datetime, zone: str = "UTC") -> list[Sample]:
    """Every day from the first with a download to the last with one."""
    people = [one.at for one in DOWNLOADS if not one.bot]
    every = daily("op3.downloads", people, back=timedelta(days=20), zone=zone, after=2 * DAY)
    return [one for one in every if first <= one.at <= last]


def totals() -> list[Sample]:
    end = utc("2026-11-20T00:00:00")
    values = {"monthly": 75, "weekly": 1}  # 1 + 1 + 70 + 2 + 1, and that of the 18th
    return [Sample(f"op3.{name}_downloads", end, n) for name, n in values.items()]


def a_fortnight() -> Scenario:
    return Scenario(
        {"show": GUID, "token": TOKEN, "base_url": "{url}/api/1"},
        Op3(),
        [*told(utc("2026-11-08T00:00:00"), utc("2026-11-18T00:00:00")), *totals()],
        secrets=(TOKEN,),
        empty=Op3(()),
        limit=Limit(Said(429, b"slow down"), None),
        works_at_any_time=False,
    )


def days_of_auckland() -> Scenario:
    """The day there begins at 11:00 UTC of the day before; the show is named by OP3's own id."""
    zone = ZoneInfo("Pacific/Auckland")
    first, last = datetime(2026, 11, 6, tzinfo=zone), datetime(2026, 11, 13, tzinfo=zone)
    return replace(
        a_fortnight(),
        settings={"show": SHOW, "token": TOKEN, "base_url": "{url}/api/1"},
        expected=[*told(first, last, "Pacific/Auckland"), *totals()],
        zone="Pacific/Auckland",
        since=utc("2026-11-04T11:00:00"),
        until=utc("2026-11-18T11:00:00"),
    )


SCENARIOS = (a_fortnight, days_of_auckland)
