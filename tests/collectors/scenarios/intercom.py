"""An Intercom workspace, played from a list of conversations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Limit, Sample, Scenario, refused
from tests.collectors.scenarios.daily import DAY, HOUR, daily

TOKEN = "dG9rOmNhbmFyeTFh"
PAGE = 2


@dataclass(frozen=True)
class Conversation:
    """A conversation; replies and closes with the seconds that Intercom counts, fewer than went by."""

    begun: datetime
    by: str = "customer_initiated"
    replied: tuple[datetime, int] | None = None
    closed: tuple[datetime, int] | None = None
    rated: tuple[datetime, int] | None = None
    changed: datetime = NOW - timedelta(hours=1)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


TALK = (
    Conversation(ago(4), replied=(ago(3.5), 600), closed=(ago(2), 7200), rated=(ago(1), 5)),
    Conversation(ago(4), replied=(ago(3.5), 900), rated=(ago(1), 2)),
    Conversation(ago(4.5), "admin_initiated"),
    Conversation(ago(70), replied=(ago(69), 5), closed=(ago(10), 1_000_000), rated=(ago(9), 4)),
    Conversation(ago(0.1), "campaigns_initiated"),
    Conversation(ago(50), rated=(ago(49), 1), changed=ago(49)),
)


@dataclass
class Intercom:
    """Strict in path, version and question; finds what changed after a second, two a page."""

    talk: Sequence[Conversation] = TALK

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return refused(401, errors=[{"code": "unauthorized", "message": "Access Token Invalid"}])
        if (asked.method, asked.target) != ("POST", "/conversations/search"):
            return refused(404, errors=[{"code": "not_found", "message": "Resource not found"}])
        body = asked.json()
        rules = body["query"]["value"]
        is_known = [(one["field"], one["operator"]) for one in rules] == [("updated_at", ">")]
        if (
            asked.headers.get("intercom-version") != "2.16"
            or not is_known
            or body["pagination"]["per_page"] > 150
        ):
            return refused(400, errors=[{"code": "parameter_invalid", "message": "bad search"}])
        found = [
            self._told(number, one)
            for number, one in enumerate(self.talk)
            if int(one.changed.timestamp()) > rules[0]["value"]
        ]
        start = int(body["pagination"].get("starting_after", "0"))
        pages: dict[str, Any] = {"type": "pages", "page": start // PAGE + 1, "per_page": PAGE}
        if start + PAGE < len(found):
            pages["next"] = {"per_page": PAGE, "starting_after": str(start + PAGE)}
        return said_json(
            {
                "type": "conversation.list",
                "total_count": len(found),
                "conversations": found[start : start + PAGE],
                "pages": pages,
            }
        )

    def _told(self, number: int, one: Conversation) -> Any:
        statistics: dict[str, Any] = {"type": "conversation_statistics", "count_reopens": 0}
        if one.replied:
            at, seconds = one.replied
            statistics |= {"first_admin_reply_at": _epoch(at), "time_to_admin_reply": seconds}
        if one.closed:
            at, seconds = one.closed
            statistics |= {"first_close_at": _epoch(at), "time_to_first_close": seconds}
        told: dict[str, Any] = {
            "type": "conversation",
            "id": str(700 + number),
            "created_at": _epoch(one.begun),
            "updated_at": _epoch(one.changed),
            "source": {"type": "conversation", "id": "1", "delivered_as": one.by},
            "statistics": statistics,
        }
        if one.rated:
            told["conversation_rating"] = {"rating": one.rated[1], "created_at": _epoch(one.rated[0])}
        return told


def _epoch(at: datetime) -> int:
    return int(at.timestamp())


def flows(talk: Sequence[Conversation], zone: str = "UTC") -> list[Sample]:
    found = []
    for by in ("customer", "us"):
        mine = [one.begun for one in talk if (one.by == "customer_initiated") == (by == "customer")]
        found += daily("intercom.conversations", mine, {"by": by}, back=30 * DAY, zone=zone)
    return found


def event(name: str, at: datetime, value: float) -> Sample:
    return Sample(f"intercom.{name}", at, value)


def _scenario(workspace: Intercom, expected: list[Sample], **more: Any) -> Scenario:
    back = str(_epoch(NOW + timedelta(seconds=8)))
    headers = {"X-RateLimit-Limit": "1666", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": back}
    return Scenario(
        {"token": TOKEN, "base_url": "{url}"},
        workspace,
        expected,
        secrets=(TOKEN,),
        limit=Limit(Said(429, b'{"type": "error.list"}', headers), timedelta(seconds=8)),
        **more,
    )


def a_workspace() -> Scenario:
    moment = timedelta(microseconds=1)
    events = [
        event("reply_time", ago(3.5), 600),
        event("reply_time", ago(3.5) + moment, 900),
        event("close_time", ago(2), 7200),
        event("close_time", ago(10), 1_000_000),
        event("rating", ago(1), 5),
        event("rating", ago(1) + moment, 2),
        event("rating", ago(9), 4),
        event("satisfied", ago(1), 1),
        event("satisfied", ago(1) + moment, 0),
        event("satisfied", ago(9), 1),
    ]
    return _scenario(Intercom(), [*flows(TALK), *events], empty=Intercom(()), empty_expected=flows(()))


def days_of_kathmandu() -> Scenario:
    """Conversations around the midnights of a zone that is a quarter of an hour off the hours."""
    midnight = datetime(2026, 11, 10, 18, 15, tzinfo=UTC)
    talk = [
        Conversation(midnight - timedelta(seconds=1)),
        Conversation(midnight),
        Conversation(midnight + HOUR),
    ]
    zone = "Asia/Kathmandu"
    return _scenario(Intercom(talk), flows(talk, zone), zone=zone)


SCENARIOS = (a_workspace, days_of_kathmandu)
