"""A Discord server over REST, played from lists of members, roles and events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from collectors.discord import LIVE
from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import NOW, Limit, Sample, Scenario, refused

MEASURED_ELSEWHERE = tuple(one.name for one in LIVE)
"""Stated by the bot from what it hears on the gateway: tests/bot/jobs/test_community*.py."""

GUILD, TOKEN = "7000000000000000001", "bot-token-c4f81a"
ROLES = {"7000000000000000101": "Helpers", "7000000000000000102": "Team", "7000000000000000103": "Team"}
SCHEDULED, ACTIVE, COMPLETED, CANCELED = 1, 2, 3, 4
EXTERNAL = 3


@dataclass(frozen=True)
class Member:
    """Somebody on the server: whether online, boosting, and with which roles."""

    is_online: bool = False
    boosts: int = 0
    roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Event:
    """A scheduled event: its name, day of December, status and how many are interested."""

    name: str
    day: int
    status: int
    interested: int


HELPERS, TEAM, CORE = ROLES
MEMBERS = (
    Member(True, 2, (HELPERS, TEAM)),
    Member(True, 0, (HELPERS,)),
    Member(False, 1, (CORE,)),
    Member(True),
    *[Member()] * 8,
)
EVENTS = (
    Event("Office hours", 10, SCHEDULED, 4),
    Event("Office hours", 3, SCHEDULED, 14),
    Event("Meetup", 1, ACTIVE, 30),
    Event("Launch", 2, COMPLETED, 90),
    Event("Called off", 9, CANCELED, 50),
)


@dataclass
class Discord:
    """Four routes; a number that was not asked for with its parameter is not told."""

    members: Sequence[Member] = MEMBERS
    events: Sequence[Event] = EVENTS
    roles: bool = True

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Bot {TOKEN}":
            return refused(401, message="401: Unauthorized", code=0)
        if asked.method != "GET":
            return refused(405, message="405: Method Not Allowed", code=0)
        routes = {
            f"/api/v10/guilds/{GUILD}": self._guild,
            f"/api/v10/guilds/{GUILD}/roles": self._roles,
            f"/api/v10/guilds/{GUILD}/roles/member-counts": self._counts,
            f"/api/v10/guilds/{GUILD}/scheduled-events": self._events,
        }
        if asked.path not in routes:
            return refused(404, message="Unknown Guild", code=10004)
        return said_json(routes[asked.path](asked.query))

    def _guild(self, query: dict[str, str]) -> Any:
        boosts = sum(one.boosts for one in self.members)
        about: dict[str, Any] = {"id": GUILD, "name": "Acme", "premium_subscription_count": boosts}
        if query == {"with_counts": "true"}:
            about["approximate_member_count"] = len(self.members)
            about["approximate_presence_count"] = sum(one.is_online for one in self.members)
        return about

    def _roles(self, _: dict[str, str]) -> Any:
        named = ROLES if self.roles else {}
        return [{"id": GUILD, "name": "@everyone"}, *({"id": one, "name": named[one]} for one in named)]

    def _counts(self, _: dict[str, str]) -> Any:
        return {one: sum(one in member.roles for member in self.members) for one in ROLES if self.roles}

    def _events(self, query: dict[str, str]) -> Any:
        told = []
        for number, one in enumerate(self.events):
            event: dict[str, Any] = {"id": str(7000000000000000200 + number), "name": one.name}
            event |= {"entity_type": EXTERNAL}
            event |= {"status": one.status, "scheduled_start_time": f"2026-12-{one.day:02d}T18:00:00+00:00"}
            told.append(
                event | ({"user_count": one.interested} if query == {"with_user_count": "true"} else {})
            )
        return told


def sample(name: str, value: float, **named: str) -> Sample:
    return Sample(f"discord.{name}", NOW, value, tuple(named.items()))


def a_server() -> Scenario:
    bare = [sample("members", 0), sample("online", 0), sample("boosts", 0)]
    said = {"message": "You are being rate limited.", "code": 0, "retry_after": 1.5, "global": False}
    limited = refused(429, **said)
    return Scenario(
        {"guild": GUILD, "token": TOKEN, "base_url": "{url}/api/v10"},
        Discord(),
        [
            sample("members", 12),
            sample("online", 3),
            sample("boosts", 3),
            sample("role_members", 2, role="Helpers"),
            sample("role_members", 1, role=f"Team ({TEAM})"),
            sample("role_members", 1, role=f"Team ({CORE})"),
            sample("scheduled_events", 3),
            sample("interested", 48),
            sample("event_interest", 14, event="Office hours"),
            sample("event_interest", 30, event="Meetup"),
        ],
        secrets=(TOKEN,),
        empty=Discord((), (), roles=False),
        empty_expected=[*bare, sample("scheduled_events", 0), sample("interested", 0)],
        limit=Limit(replace(limited, headers=limited.headers | {"Retry-After": "2"}), timedelta(seconds=2)),
    )


SCENARIOS = (a_server,)
