"""A Discord server: members, who is online, boosts, roles and events; what is written and who comes and goes.

Endpoint: `/guilds/{guild}` with counts, `/guilds/{guild}/roles` with `/roles/member-counts`, and
    `/guilds/{guild}/scheduled-events` with user counts: four requests a run, none of a single member.
Auth: `token`, the bot's own. The bot has to be a member of the server. No privileged intent is needed.
Rate limit: 50 requests a second; each route has an allowance of its own besides, which is waited for.
Freshness: of the moment, with no past: a day on which nothing was read is lost. What is written is counted
    by the bot while it is connected to Discord; such a day is stated an hour after its end, and who wrote
    stands at its last second.
Docs: https://docs.discord.com/developers/resources/guild,
    https://docs.discord.com/developers/resources/guild-scheduled-event

The metrics in LIVE are not read here: `bot.jobs.community` states them from what the running bot has heard,
for days alone that it listened to wholly. Joins and leaves need `discord: {members: true}` in kpi.yaml, and
questions outside forums and threads `discord: {message_content: true}`. Discord's message search is not used:
its totals are approximate, and it answers nothing while it indexes.

Names label roles, channels and events. Of several roles of one name each carries its id as well; of several
events of one name the next counts. Channels that not everybody in the server sees share one name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, field_validator

from collectors.base import (
    About,
    Batch,
    Client,
    Collector,
    CollectorConfig,
    Credential,
    Part,
    Proof,
    Span,
    address,
    collect_parts,
    part_fault,
)
from collectors.faults import CollectorFault, RateLimited, UnexpectedResponse
from collectors.http import Access, Api
from collectors.payload import moment, number, rows, text
from kpi.metric import Kind, Metric, Sample, labels

SETTLES_AFTER = timedelta(hours=1)
_COMING = frozenset({1, 2})  # scheduled, under way
_A_LITTLE = timedelta(milliseconds=50)


def _metric(name: str, unit: str, kind: Kind, description: str, *names: str) -> Metric:
    return Metric(f"discord.{name}", unit, kind, description, names)


MEMBERS = _metric("members", "members", Kind.LEVEL, "members, as Discord estimates them")
ONLINE = _metric("online", "members", Kind.LEVEL, "members who are online now, as Discord estimates them")
BOOSTS = _metric("boosts", "boosts", Kind.LEVEL, "boosts of the server")
ROLE_MEMBERS = _metric("role_members", "members", Kind.RATIO, "members who have a role", "role")
EVENTS = _metric("scheduled_events", "events", Kind.LEVEL, "events that are to come or under way")
INTERESTED = _metric("interested", "people", Kind.LEVEL, "interest in all events to come, event by event")
EVENT_INTEREST = _metric(
    "event_interest", "people", Kind.RATIO, "people interested in an event, who may not attend", "event"
)
MESSAGES = _metric(
    "messages", "messages", Kind.FLOW, "messages people wrote on a day, threads included", "channel"
)
AUTHORS = _metric("authors", "people", Kind.RATIO, "different people who wrote on a day")
CHANNEL_AUTHORS = _metric(
    "channel_authors", "people", Kind.RATIO, "different people who wrote in a channel on a day", "channel"
)
MONTHLY_AUTHORS = _metric(
    "monthly_authors", "people", Kind.RATIO, "different people who wrote in the last 30 days"
)
JOINS = _metric("joins", "members", Kind.FLOW, "people who joined on a day")
LEAVES = _metric("leaves", "members", Kind.FLOW, "people who left on a day")
RESPONSE = replace(
    _metric("response_time", "seconds", Kind.RATIO, "time from a question to another's answer, one each"),
    every=timedelta(days=366),
    is_event=True,
)

LIVE = (MESSAGES, AUTHORS, CHANNEL_AUTHORS, MONTHLY_AUTHORS, JOINS, LEAVES, RESPONSE)
METRICS = (MEMBERS, ONLINE, BOOSTS, ROLE_MEMBERS, EVENTS, INTERESTED, EVENT_INTEREST, *LIVE)

_HINTS = {
    401: "Reset the token in Discord's Developer Portal, under Bot, and set the new one.",
    403: "Invite the bot to the server that guild names, or leave the source out.",
    404: "Check guild: it is the server's id, which Discord shows in developer mode.",
}


class Config(CollectorConfig):
    """Which server is read, as which bot."""

    collector: Literal["discord"] = "discord"
    guild: str = Field(pattern=r"^\d{5,20}$", description="the server's id")
    token: SecretStr
    base_url: Annotated[str, address("https://discord.com/api/v10")] = "https://discord.com/api/v10"

    @field_validator("token")
    @classmethod
    def _is_given(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().strip():
            raise ValueError("token is empty: set it to the bot's token, such as ${DISCORD_TOKEN}")
        return value


@dataclass(frozen=True, slots=True)
class Reader:
    """One run over one server."""

    config: Config
    client: Client
    api: Api
    span: Span

    def parts(self) -> tuple[Part, ...]:
        return (
            Part("server", (MEMBERS.name, ONLINE.name, BOOSTS.name), self.server),
            Part("roles", (ROLE_MEMBERS.name,), self.roles),
            Part("events", (EVENTS.name, INTERESTED.name, EVENT_INTEREST.name), self.events),
        )

    async def server(self) -> Batch:
        about = await self.get("", "?with_counts=true")
        return Batch(tuple(parse_server(about, self.span)))

    async def roles(self) -> Batch:
        known = await self.get("/roles")
        return Batch(tuple(parse_roles(known, await self.get("/roles/member-counts"), self.span)))

    async def events(self) -> Batch:
        found = await self.get("/scheduled-events", "?with_user_count=true")
        return Batch(tuple(parse_events(rows(found), self.span)))

    async def get(self, path: str, query: str = "") -> Any:
        """JSON below the server. The allowance of one route says nothing of another's: it is waited for."""
        url = f"/guilds/{self.config.guild}{path}{query}"
        try:
            return await self.api.get_json(url)
        except RateLimited as fault:
            wait = fault.retry_after
            if wait is None or wait.total_seconds() > self.client.policy.longest_wait_seconds:
                raise
            await self.client.sleep((wait + _A_LITTLE).total_seconds())
        return await self.api.get_json(url)


def parse_server(about: Any, span: Span) -> Iterator[Sample]:
    """Counters of the server."""
    for metric, key in (
        (MEMBERS, "approximate_member_count"),
        (ONLINE, "approximate_presence_count"),
        (BOOSTS, "premium_subscription_count"),
    ):
        yield Sample(metric.name, span.now, number(about, key))


def parse_roles(known: Any, counts: Any, span: Span) -> Iterator[Sample]:
    """Members of each role. Everybody has the role that is called @everyone: it counts nothing."""
    names = {text(one, "id"): text(one, "name") for one in rows(known)}
    often = Counter(names.values())
    if not isinstance(counts, Mapping):
        raise UnexpectedResponse("the members of roles are no object", hint="The vendor may have changed it.")
    for key in counts:
        if key in names:  # a role may have been made or deleted between the two answers
            name = names[key] if often[names[key]] == 1 else f"{names[key]} ({key})"
            yield Sample(ROLE_MEMBERS.name, span.now, number(counts, key), labels({"role": name}))


def parse_events(found: Iterable[Mapping[str, Any]], span: Span) -> Iterator[Sample]:
    """Interest in the events to come; where several bear one name, in the next of them."""
    coming = [one for one in found if number(one, "status") in _COMING]
    coming.sort(key=lambda one: moment(one, "scheduled_start_time"), reverse=True)
    yield Sample(EVENTS.name, span.now, float(len(coming)))
    yield Sample(INTERESTED.name, span.now, sum(number(one, "user_count") for one in coming))
    for name, people in {text(one, "name"): number(one, "user_count") for one in coming}.items():
        yield Sample(EVENT_INTEREST.name, span.now, people, labels({"event": name}))


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read one server. Where the bot is refused, nothing more is asked: Discord bans who goes on."""
    reader = Reader(config, client, _api(config, client), span)
    server, *others = reader.parts()
    try:
        first = await server.read()
    except CollectorFault as fault:
        if fault.status in _HINTS:
            raise _explained(fault) from None
        batch = await collect_parts(others)
        if not batch.samples:
            raise fault from None
        return replace(batch, faults=(part_fault(server.name, fault, server.metrics), *batch.faults))
    batch = await collect_parts(others)
    return replace(batch, samples=(*first.samples, *batch.samples))


async def probe(config: Config, client: Client) -> str:
    """The server's name and how many it has."""
    try:
        about = await _api(config, client).get_json(f"/guilds/{config.guild}?with_counts=true")
    except CollectorFault as fault:
        raise _explained(fault) from None
    return f"{text(about, 'name')}, {number(about, 'approximate_member_count'):,.0f} members"


def _api(config: Config, client: Client) -> Api:
    return client.at(config.base_url, Access(token=config.token, scheme="Bot", is_serial=True))


def _explained(fault: CollectorFault) -> CollectorFault:
    fault.hint = _HINTS.get(fault.status or 0, fault.hint)
    return fault


ABOUT = About(
    title="Discord",
    measures="members, roles, events, messages, answers",
    example={"guild": "7000000000000000001", "token": "${DISCORD_TOKEN}"},
    credentials=(
        Credential(
            "token",
            "DISCORD_TOKEN",
            "the bot's own token; the bot is a member of the server, with no permission",
            "https://discord.com/developers/applications",
        ),
    ),
    proof=Proof.SPEC,
    proven_by="OpenAPI of Discord's API v10",
)

COLLECTOR = Collector(
    "discord",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=False,
    every=timedelta(hours=1),
    probe=probe,
    about=ABOUT,
)
