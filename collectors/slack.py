"""A Slack workspace: its people and channels, what they write, how soon they answer; with an admin, activity.

Endpoint: `users.list`, `conversations.list`; of each channel in `channels` `conversations.members`,
    `conversations.history` and `.replies`; with `admin_token` `admin.analytics.getFile` for each day.
Auth: `token`, a bot's, with users:read and channels:read, for channels channels:history (groups:* for private
    ones). `admin_token`: an organization admin's, with admin.analytics:read.
Rate limit: by method, 20 and more a minute; 429 names a wait. An app sold outside Slack's marketplace may
    read one page of 15 messages a minute: it should name no channels.
Freshness: people and channels of the moment. What is written is read anew for three days, and at most 89 days
    back, for a free workspace hides what is older. The file of a UTC day comes a day later and is kept for 13
    months; it is on plans with the analytics API alone.
Docs: https://docs.slack.dev/reference/methods/users.list,
    https://docs.slack.dev/reference/methods/conversations.history,
    https://docs.slack.dev/reference/methods/admin.analytics.getFile

Bots, Slackbot, who left and who was invited but never came are no people here. Messages in threads are
counted in the file alone; a channel's are those that stand in the channel itself. Different people of a day
are told once it is over, and stand at its last second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr

from collectors.base import (
    About,
    Batch,
    Client,
    Collector,
    CollectorConfig,
    Credential,
    Part,
    Span,
    address,
    collect_parts,
)
from collectors.faults import CollectorFault, UnexpectedResponse
from collectors.payload import number, part, text
from collectors.slack_samples import (
    ACTIVE,
    AUTHORS,
    CHANNEL_MEMBERS,
    CHANNELS,
    GUESTS,
    LATE,
    MEMBERS,
    MESSAGES,
    REACTIONS,
    RESPONSE,
    SETTLES_AFTER,
    WORKSPACE_MESSAGES,
    first_answer,
    is_guest,
    is_person,
    is_written,
    parse_file,
    parse_written,
)
from collectors.slack_web import FILE, NotYet, Slack, next_cursor
from kpi.metric import Sample, labels

USUAL = timedelta(days=3)
_SHOWN = timedelta(days=89)
_KEPT = timedelta(days=395)

METRICS = (
    MEMBERS,
    GUESTS,
    CHANNELS,
    CHANNEL_MEMBERS,
    MESSAGES,
    AUTHORS,
    RESPONSE,
    ACTIVE,
    WORKSPACE_MESSAGES,
    REACTIONS,
)


class Config(CollectorConfig):
    """Which workspace is read, by whom, and which of its channels."""

    collector: Literal["slack"] = "slack"
    token: SecretStr
    admin_token: SecretStr | None = None
    channels: dict[str, Annotated[str, Field(pattern=r"^[CG][A-Z0-9]{5,20}$")]] = Field(
        default={}, max_length=20, description="the ids of the channels to read, by the name to show"
    )
    base_url: Annotated[str, address("https://slack.com/api")] = "https://slack.com/api"


@dataclass(slots=True)
class Reader:
    """One run over one workspace."""

    config: Config
    client: Client
    slack: Slack
    span: Span
    people: set[str] = field(default_factory=set)
    unknown: CollectorFault | None = None
    """Why nobody can tell who is a person."""

    def parts(self) -> list[Part]:
        parts = [
            Part("people", (MEMBERS.name, GUESTS.name), self.members),
            Part("channels", (CHANNELS.name,), self.channels),
        ]
        if self.config.channels:
            written = (MESSAGES.name, AUTHORS.name, RESPONSE.name)
            parts.append(Part("channels' people", (CHANNEL_MEMBERS.name,), self.channel_members))
            parts.append(Part("messages", written, self.messages))
        if self.config.admin_token is not None:
            parts.append(
                Part("activity", (ACTIVE.name, WORKSPACE_MESSAGES.name, REACTIONS.name), self.activity)
            )
        return parts

    async def members(self) -> Batch:
        try:
            return await self._people()
        except CollectorFault as fault:
            self.unknown = fault
            raise

    async def _people(self) -> Batch:
        guests: set[str] = set()
        members: set[str] = set()
        async for one in self.slack.pages("users.list", {"limit": 200}, "members"):
            if is_person(one):
                (guests if is_guest(one) else members).add(text(one, "id"))
        self.people = guests | members
        counted = {MEMBERS: members, GUESTS: guests}
        return Batch(tuple(Sample(metric.name, self.span.now, len(who)) for metric, who in counted.items()))

    async def channels(self) -> Batch:
        params: dict[str, str | int] = {"types": "public_channel", "exclude_archived": "true", "limit": 200}
        ids = {text(one, "id") async for one in self.slack.pages("conversations.list", params, "channels")}
        return Batch((Sample(CHANNELS.name, self.span.now, len(ids)),))

    async def channel_members(self) -> Batch:
        if self.unknown is not None:
            raise self.unknown
        samples = []
        for name, channel in self.config.channels.items():
            inside = self.people & await self._inside(channel)
            samples.append(
                Sample(CHANNEL_MEMBERS.name, self.span.now, len(inside), labels({"channel": name}))
            )
        return Batch(tuple(samples))

    async def _inside(self, channel: str) -> set[str]:
        params: dict[str, str | int] = {"channel": channel, "limit": 999}
        inside: set[str] = set()
        async for page in self.slack.api.walk("conversations.members", params, _following(params)):
            found = part(page, "members")
            if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
                raise UnexpectedResponse("members is no list of ids", hint="Nothing was counted.")
            inside |= set(found)
        return inside

    async def messages(self) -> Batch:
        shown = self.span.today - _SHOWN
        days = [day for day in self.span.days(USUAL) if day >= shown]
        if not days:
            return Batch()
        found = {name: await self._written(channel, days) for name, channel in self.config.channels.items()}
        answers = [
            await self._answer(self.config.channels[name], one)
            for name, messages in found.items()
            for one in messages
            if "reply_count" in one and number(one, "reply_count") > 0
        ]
        told = parse_written(found, days, self.span)
        return Batch((*told, *(one for one in answers if one is not None)))

    async def _written(self, channel: str, days: list[date]) -> list[Mapping[str, Any]]:
        since, until = self.span.start_of(days[0]), self.span.start_of(days[-1] + timedelta(days=1))
        params: dict[str, str | int] = {
            "channel": channel,
            "oldest": f"{since.timestamp():.6f}",
            "latest": f"{min(until, self.span.now).timestamp():.6f}",
            "inclusive": "true",
            "limit": 200,
        }
        found = self.slack.pages("conversations.history", params, "messages")
        return [one async for one in found if is_written(one)]

    async def _answer(self, channel: str, message: Mapping[str, Any]) -> Sample | None:
        """The wait of one message; its thread is read until somebody else spoke."""
        params: dict[str, str | int] = {"channel": channel, "ts": text(message, "ts"), "limit": 15}
        async for one in self.slack.pages("conversations.replies", params, "messages"):
            if (sample := first_answer(message, [one])) is not None:
                return sample
        return None

    async def activity(self) -> Batch:
        assert self.config.admin_token is not None  # the part is there only then
        admin = Slack.of(self.client, self.config.base_url, self.config.admin_token)
        span = replace(self.span, zone=ZoneInfo("UTC"))
        samples: list[Sample] = []
        notes: list[str] = []
        for day in span.days(USUAL):
            if span.is_settled(day, timedelta(0)) and day > span.today - _KEPT:
                try:
                    body = await admin.file(FILE, {"type": "member", "date": day.isoformat()})
                except NotYet:
                    if span.is_settled(day, LATE):
                        raise
                    notes.append(f"Slack's file of {day:%d %b} is not there yet")
                    continue
                samples += parse_file(body, day, span)
        return Batch(tuple(samples), notes=tuple(notes))


def _following(params: Mapping[str, str | int]) -> Any:
    def after(page: Any) -> Mapping[str, str | int] | None:
        cursor = next_cursor(page)
        return {**params, "cursor": cursor} if cursor else None

    return after


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Read people, channels, what is written, and with an admin's token the files of activity."""
    slack = Slack.of(client, config.base_url, config.token)
    return await collect_parts(Reader(config, client, slack, span).parts())


async def probe(config: Config, client: Client) -> str:
    """The workspace the token is for."""
    found = await Slack.of(client, config.base_url, config.token).get("auth.test")
    return f"{text(found, 'team')}, as {text(found, 'user')}"


ABOUT = About(
    title="Slack",
    measures="members, guests, channels, messages, response time, active members",
    example={"token": "${SLACK_METRICS_TOKEN}", "channels": {"help": "C0123456789"}},
    credentials=(
        Credential(
            "token",
            "SLACK_METRICS_TOKEN",
            "bot token with users:read, channels:read and, to read channels, channels:history",
            "https://api.slack.com/apps",
        ),
        Credential(
            "admin_token",
            "SLACK_ADMIN_TOKEN",
            "token of an organization's admin with admin.analytics:read, for active members",
            "https://api.slack.com/apps",
            is_required=False,
        ),
    ),
    proven_by="documentation of November 2026",
)

COLLECTOR = Collector(
    "slack",
    Config,
    METRICS,
    collect,
    settles_after=SETTLES_AFTER,
    backfills=True,
    every=timedelta(hours=6),
    rereads=timedelta(days=3),
    chunk=timedelta(days=14),
    forgets_after=_SHOWN,
    forgotten=(MESSAGES.name, AUTHORS.name, RESPONSE.name),
    probe=probe,
    about=ABOUT,
)
