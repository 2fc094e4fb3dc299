"""A Slack workspace, played from lists of its people and of what they wrote."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Limit, Sample, Scenario

TOKEN, ADMIN = "bot-token-2f61c9", "admin-token-88e0d2"
HELP, SHOW = "C0000000001", "C0000000002"

USERS: tuple[dict[str, Any], ...] = (
    *({"id": f"U{one:04d}", "deleted": False, "is_bot": False} for one in range(203)),
    {"id": "U9001", "is_restricted": True},
    {"id": "U9002", "is_ultra_restricted": True, "is_restricted": True},
    {"id": "U9003", "deleted": True},
    {"id": "U9004", "is_bot": True},
    {"id": "U9005", "is_invited_user": True},
    {"id": "USLACKBOT", "is_bot": False},
)
INSIDE = {HELP: ("U0001", "U0002", "U9001", "U9004", "USLACKBOT"), SHOW: ("U0003",)}
CHANNELS = ((HELP, False), (SHOW, False), ("C0000000003", True))


@dataclass(frozen=True)
class Message:
    """Something written: where, when, by whom, and the answers in its thread."""

    channel: str
    when: str
    user: str
    answers: tuple[tuple[str, str], ...] = ()
    subtype: str = ""


WRITTEN = (
    Message(HELP, "2026-11-16T22:00", "U0001"),
    Message(
        HELP, "2026-11-17T00:00", "U0001", (("2026-11-17T00:05", "U0001"), ("2026-11-17T02:00", "U0002"))
    ),
    Message(HELP, "2026-11-17T23:59", "U0002", (("2026-11-18T00:01", "U9004"),)),
    Message(
        HELP, "2026-11-18T09:00", "U0002", tuple((f"2026-11-18T09:{m:02d}", "U0002") for m in range(1, 18))
    ),
    Message(HELP, "2026-11-18T09:30", "U0007", subtype="channel_join"),
    Message(SHOW, "2026-11-19T12:00", "U0003", (("2026-11-19T12:00:30", "U0001"),)),
    Message(HELP, "2026-11-20T11:00", "U0001"),
)
FILES: Mapping[str, Sequence[tuple[str, bool, int, int]]] = {
    "2026-11-17": (("U0001", True, 12, 3), ("U0002", True, 0, 1), ("U0003", False, 0, 0)),
    "2026-11-18": (("U0001", False, 0, 0), ("U9001", True, 4, 0)),
}
"""Of each day that is ready: who, whether active, messages and reactions."""


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ts(text: str) -> str:
    return f"{moment(text).timestamp():.6f}"


@dataclass
class Workspace:
    """Seven methods; errors come with status 200."""

    users: Sequence[dict[str, Any]] = USERS
    written: Sequence[Message] = WRITTEN
    files: Mapping[str, Sequence[tuple[str, bool, int, int]]] = field(default_factory=lambda: FILES)
    plain: bool = False

    def __call__(self, asked: Asked) -> Said:
        method, token = asked.path.removeprefix("/api/"), asked.headers.get("authorization", "")
        routes: dict[str, tuple[str, Callable[[dict[str, str]], Said], set[str]]] = {
            "auth.test": (TOKEN, lambda _: ok(team="Acme", user="kpi"), set()),
            "users.list": (TOKEN, self._users, {"limit", "cursor"}),
            "conversations.list": (TOKEN, self._channels, {"types", "exclude_archived", "limit", "cursor"}),
            "conversations.members": (TOKEN, self._inside, {"channel", "limit", "cursor"}),
            "conversations.history": (
                TOKEN,
                self._history,
                {"channel", "oldest", "latest", "inclusive", "limit", "cursor"},
            ),
            "conversations.replies": (TOKEN, self._replies, {"channel", "ts", "limit", "cursor"}),
            "admin.analytics.getFile": (ADMIN, self._file, {"type", "date"}),
        }
        if method not in routes:
            return no("unknown_method")
        wanted, route, known = routes[method]
        if token != f"Bearer {wanted}":
            return no(
                "not_allowed_token_type"
                if token in (f"Bearer {TOKEN}", f"Bearer {ADMIN}")
                else "invalid_auth"
            )
        return no("invalid_arguments") if set(asked.query) - known else route(asked.query)

    def _users(self, query: dict[str, str]) -> Said:
        return paged("members", self.users, query, 200)

    def _channels(self, query: dict[str, str]) -> Said:
        hidden = query.get("exclude_archived") == "true"
        found = [{"id": one, "is_archived": gone} for one, gone in CHANNELS if not (gone and hidden)]
        return paged("channels", found if self.users else [], query, 200)

    def _inside(self, query: dict[str, str]) -> Said:
        inside = INSIDE.get(query.get("channel", ""))
        return no("channel_not_found") if inside is None else paged("members", inside, query, 3)

    def _history(self, query: dict[str, str]) -> Said:
        if query["channel"] not in INSIDE:
            return no("channel_not_found")
        oldest, latest = float(query["oldest"]), float(query["latest"])
        found = []
        for one in reversed(self.written):
            if one.channel == query["channel"] and oldest <= moment(one.when).timestamp() <= latest:
                told: dict[str, Any] = {"type": "message", "user": one.user, "ts": ts(one.when)}
                told |= {"subtype": one.subtype} if one.subtype else {}
                found.append(told | ({"reply_count": len(one.answers)} if one.answers else {}))
        return paged("messages", found, query, 2)

    def _replies(self, query: dict[str, str]) -> Said:
        (parent,) = [one for one in self.written if ts(one.when) == query["ts"]]
        told = [{"user": parent.user, "ts": ts(parent.when)}]
        for when, who in parent.answers:
            told.append({"user": who, "ts": ts(when)} | ({"bot_id": "B1"} if who == "U9004" else {}))
        return paged("messages", told, query, 15)

    def _file(self, query: dict[str, str]) -> Said:
        if query["type"] != "member" or query["date"] not in self.files:
            return no("file_not_yet_available" if query["type"] == "member" else "invalid_type")
        keys = ("user_id", "is_active", "messages_posted_count", "reactions_added_count")
        lines = [
            dict(zip(keys, one, strict=True)) | {"date": query["date"]} for one in self.files[query["date"]]
        ]
        body = "\n".join(map(json.dumps, lines)).encode()
        return Said(200, body if self.plain else gzip.compress(body), {"Content-Type": "application/gzip"})


def ok(**more: Any) -> Said:
    return said_json({"ok": True} | more)


def no(error: str, **more: Any) -> Said:
    return said_json({"ok": False, "error": error} | more)


def paged(key: str, found: Sequence[Any], query: dict[str, str], most: int) -> Said:
    size, start = min(int(query.get("limit", 100)), most), int(query.get("cursor", "c0")[1:])
    cursor = f"c{start + size}" if start + size < len(found) else ""
    return ok(**{key: list(found[start : start + size])}, response_metadata={"next_cursor": cursor})


def written_of(days: Sequence[str], zone: str) -> Iterator[Sample]:
    """Messages, authors and waits, by the date that clocks in `zone` showed."""
    clock, ids = ZoneInfo(zone), {"help": HELP, "show": SHOW}
    local = {one: moment(one.when).astimezone(clock).date().isoformat() for one in WRITTEN if not one.subtype}
    for day in days:
        at = datetime.fromisoformat(day).replace(tzinfo=clock)
        done = at + timedelta(hours=25) <= NOW
        for name, channel in ids.items():
            n = sum(one.channel == channel for one in local if local[one] == day)
            yield Sample("slack.channel_messages", at, n, (("channel", name),), done)
        last = at.replace(hour=23, minute=59, second=59)
        if last < NOW:
            who = {one.user for one in local if local[one] == day}
            yield Sample("slack.authors", last, len(who), settled=done)
    waits = {"2026-11-17T00:00": 7200, "2026-11-19T12:00": 30}
    for when, seconds in waits.items():
        if moment(when).astimezone(clock).date().isoformat() in days:
            yield Sample("slack.response_time", moment(when), seconds)


def people(members: int, guests: int, channels: int) -> list[Sample]:
    named = {"members": members, "guests": guests, "channels": channels}
    return [Sample(f"slack.{name}", NOW, n) for name, n in named.items()]


def settings() -> dict[str, Any]:
    return {
        "token": TOKEN,
        "admin_token": ADMIN,
        "channels": {"help": HELP, "show": SHOW},
        "base_url": "{url}/api",
    }


def four_days() -> Scenario:
    inside = {"help": 3, "show": 1}
    rooms = [Sample("slack.channel_members", NOW, n, (("channel", name),)) for name, n in inside.items()]
    active = {
        ("2026-11-17", "active_members"): 2,
        ("2026-11-17", "messages"): 12,
        ("2026-11-17", "reactions"): 4,
    }
    active |= {
        ("2026-11-18", "active_members"): 1,
        ("2026-11-18", "messages"): 4,
        ("2026-11-18", "reactions"): 0,
    }
    days = [f"2026-11-{day}" for day in (17, 18, 19, 20)]
    files = [
        Sample(f"slack.{name}", moment(f"{day}T23:59:59" if name == "active_members" else day), n)
        for (day, name), n in active.items()
    ]
    quiet = [replace(one, value=0) for one in written_of(days, "UTC") if "response" not in one.metric]
    return Scenario(
        settings(),
        Workspace(),
        [*people(203, 2, 2), *rooms, *written_of(days, "UTC"), *files],
        secrets=(TOKEN, ADMIN),
        empty=Workspace(USERS, (), {}),
        empty_expected=[*people(203, 2, 2), *rooms, *quiet],
        limit=Limit(
            Said(429, b'{"ok": false, "error": "ratelimited"}', {"Retry-After": "7"}), timedelta(seconds=7)
        ),
        inner_error=no("missing_scope", needed="users:read", provided="chat:write"),
    )


def days_of_auckland() -> Scenario:
    """Messages by the company's days; the files stay those of UTC days."""
    base, zone = four_days(), "Pacific/Auckland"
    days = [f"2026-11-{day}" for day in (18, 19, 20, 21)]
    kept = [
        one for one in base.expected if not one.metric.endswith(("_messages", "authors", "response_time"))
    ]
    since = datetime(2026, 11, 18, tzinfo=ZoneInfo(zone))
    return replace(base, expected=[*kept, *written_of(days, zone)], zone=zone, since=since)


SCENARIOS = (four_days, days_of_auckland)
