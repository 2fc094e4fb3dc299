"""A Zendesk account, played from lists of tickets and ratings."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Limit, Sample, Scenario, refused
from tests.collectors.scenarios.daily import DAY, HOUR, daily

EMAIL, TOKEN = "kpi@acme.dev", "zd-canary-5d1c77"
BASIC = base64.b64encode(f"{EMAIL}/token:{TOKEN}".encode()).decode()
TAGS = ("performance", "documentation")
PAGE = 2


@dataclass(frozen=True)
class Ticket:
    """A ticket: when it was made, minutes to the first reply, when solved, how often opened again."""

    made: datetime
    reply: int | None = None
    solved: datetime | None = None
    reopens: int = 0
    tags: tuple[str, ...] = ()
    status: str = "open"
    touched: datetime = NOW - timedelta(hours=1)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


TICKETS = (
    Ticket(ago(3), 30, ago(2), 1, ("performance", "vip")),
    Ticket(ago(3), 30, ago(2), tags=("performance", "documentation")),
    Ticket(ago(2.5), 600),
    Ticket(ago(0.02)),
    Ticket(ago(60), 90 * 24, ago(10), 3, ("documentation",)),
    Ticket(ago(50), 10, ago(49), touched=ago(49)),
    Ticket(ago(4), 5, ago(3), status="deleted"),
)
RATINGS = (
    (ago(2), "good"),
    (ago(2), "good_with_comment"),
    (ago(9), "bad"),
    (ago(1), "offered"),
    (ago(99), "bad"),
)


@dataclass
class Zendesk:
    """Strict; the export is by the last change, two tickets a page, and one ticket comes twice."""

    tickets: Sequence[Ticket] = TICKETS
    ratings: Sequence[tuple[datetime, str]] = RATINGS

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Basic {BASIC}":
            return refused(401, error="Couldn't authenticate you")
        if asked.method == "GET" and asked.path == "/api/v2/incremental/tickets/cursor.json":
            return self._export(asked.query)
        if asked.method == "GET" and asked.path == "/api/v2/satisfaction_ratings":
            return self._ratings(asked.query)
        return refused(404, error="InvalidEndpoint", description="Not found")

    def _export(self, query: dict[str, str]) -> Said:
        if query.pop("include", "") != "metric_sets" or set(query) not in ({"start_time"}, {"cursor"}):
            return refused(400, error="InvalidParameter", description="start_time or cursor")
        if "cursor" in query:
            since, start = (int(one) for one in query["cursor"].split("-"))
        else:
            since, start = int(query["start_time"]), 0
        found = [(n, one) for n, one in enumerate(self.tickets) if one.touched.timestamp() >= since]
        found += found[:1]  # changed while it was read
        page = found[start : start + PAGE]
        is_over = start + PAGE >= len(found)
        return said_json(
            {
                "tickets": [self._ticket(n, one) for n, one in page],
                "metric_sets": [self._metrics(n, one) for n, one in page],
                "after_cursor": None if is_over else f"{since}-{start + PAGE}",
                "end_of_stream": is_over,
            }
        )

    def _ticket(self, number: int, one: Ticket) -> Any:
        return {"id": 500 + number, "created_at": told(one.made), "status": one.status, "tags": [*one.tags]}

    def _metrics(self, number: int, one: Ticket) -> Any:
        solve = round((one.solved - one.made).total_seconds() / 60) if one.solved else None
        return {
            "ticket_id": 500 + number,
            "solved_at": told(one.solved) if one.solved else None,
            "reopens": one.reopens,
            "reply_time_in_minutes": _both(one.reply),
            "full_resolution_time_in_minutes": _both(solve),
        }

    def _ratings(self, query: dict[str, str]) -> Said:
        if set(query) - {"start_time", "page[size]", "page[after]"} or int(query["page[size]"]) > 100:
            return refused(400, error="InvalidParameter")
        found = [
            {"id": 900 + number, "score": score, "created_at": told(at)}
            for number, (at, score) in enumerate(self.ratings)
            if at.timestamp() >= int(query["start_time"])
        ]
        start = int(query.get("page[after]", "0"))
        is_more = start + PAGE < len(found)
        meta = {"has_more": is_more, "after_cursor": str(start + PAGE) if is_more else None}
        return said_json({"satisfaction_ratings": found[start : start + PAGE], "meta": meta})


def told(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _both(minutes: int | None) -> dict[str, int | None]:
    return {"calendar": minutes, "business": None if minutes is None else minutes // 3}


def flows(tickets: Sequence[Ticket], ratings: Sequence[tuple[datetime, str]], zone: str) -> list[Sample]:
    real = [one for one in tickets if one.status != "deleted"]
    solved = [(one.solved, one) for one in real if one.solved]
    back = 30 * DAY
    found = daily("zendesk.tickets", [one.made for one in real], back=back, zone=zone)
    for tag in TAGS:
        mine = [one.made for one in real if tag in one.tags]
        found += daily("zendesk.tagged_tickets", mine, {"tag": tag}, back=back, zone=zone)
    found += daily("zendesk.solved", [at for at, _ in solved], back=back, zone=zone)
    again = [(at, float(one.reopens)) for at, one in solved]
    found += daily("zendesk.reopens", again, back=back, zone=zone)
    for score in ("good", "bad"):
        given = [at for at, each in ratings if each.split("_")[0] == score]
        found += daily("zendesk.ratings", given, {"score": score}, back=back, zone=zone, after=7 * DAY)
    return found


def event(name: str, at: datetime, value: float) -> Sample:
    return Sample(f"zendesk.{name}", at, value)


def _scenario(account: Zendesk, expected: list[Sample], **more: Any) -> Scenario:
    settings = {"base_url": "{url}", "email": EMAIL, "token": TOKEN, "tags": list(TAGS)}
    limited = Said(429, b"Number of allowed incremental requests exceeded", {"Retry-After": "12"})
    return Scenario(
        settings,
        account,
        expected,
        secrets=(TOKEN, BASIC),
        limit=Limit(limited, timedelta(seconds=12)),
        **more,
    )


def an_account() -> Scenario:
    moment = timedelta(microseconds=1)
    events = [
        event("first_reply_time", ago(3) + HOUR / 2, 1800),
        event("first_reply_time", ago(3) + HOUR / 2 + moment, 1800),
        event("first_reply_time", ago(2.5) + 10 * HOUR, 36_000),
        event("resolution_time", ago(2), 86400),
        event("resolution_time", ago(2) + moment, 86400),
        event("resolution_time", ago(10), 50 * 86400),
    ]
    return _scenario(
        Zendesk(),
        [*flows(TICKETS, RATINGS, "UTC"), *events],
        empty=Zendesk((), ()),
        empty_expected=flows((), (), "UTC"),
    )


def days_of_sydney() -> Scenario:
    """Tickets and ratings around midnights of another zone."""
    midnight = datetime(2026, 11, 14, 13, 0, tzinfo=UTC)
    tickets = [Ticket(midnight - timedelta(seconds=1)), Ticket(midnight), Ticket(midnight + 24 * HOUR)]
    ratings = [(midnight - timedelta(seconds=1), "good"), (midnight, "bad")]
    zone = "Australia/Sydney"
    return _scenario(Zendesk(tickets, ratings), flows(tickets, ratings, zone), zone=zone)


SCENARIOS = (an_account, days_of_sydney)
