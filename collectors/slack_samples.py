"""From Slack's answers to samples: people, channels, the files of its analytics, and answers in threads."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from collectors.base import Span
from collectors.faults import UnexpectedResponse
from collectors.of_day import Days
from collectors.payload import number, part, text
from kpi.calendar import day_of
from kpi.metric import Kind, Metric, Sample, labels

SETTLES_AFTER = timedelta(hours=1)
FILE_SETTLES_AFTER = timedelta(days=1)
LATE = timedelta(days=3)
"""A file that is missing for longer than this is a fault, and no mere delay."""
_LONGEST_FILE = 500_000_000
_SLACKBOT = "USLACKBOT"


def _metric(name: str, unit: str, kind: Kind, description: str, *names: str) -> Metric:
    return Metric(f"slack.{name}", unit, kind, description, names, is_snapshot=kind == Kind.LEVEL)


MEMBERS = _metric("members", "members", Kind.LEVEL, "people with a full account")
GUESTS = _metric("guests", "guests", Kind.LEVEL, "people who see some channels alone")
CHANNELS = _metric("channels", "channels", Kind.LEVEL, "public channels that are not archived")
CHANNEL_MEMBERS = _metric(
    "channel_members", "members", Kind.RATIO, "people in a channel, guests among them", "channel"
)
MESSAGES = _metric("channel_messages", "messages", Kind.FLOW, "messages people wrote in a channel", "channel")
AUTHORS = _metric(
    "authors", "people", Kind.RATIO, "different people who wrote on a day in the channels that are read"
)
RESPONSE = Metric(
    "slack.response_time",
    "seconds",
    Kind.RATIO,
    "time from a message to another person's first answer in its thread, one each",
    every=timedelta(days=366),
    is_event=True,
)
ACTIVE = replace(
    _metric("active_members", "people", Kind.RATIO, "people who used Slack on a day, guests among them"),
    every=LATE + timedelta(days=1),  # the newest there is until the next file comes
)
WORKSPACE_MESSAGES = _metric("messages", "messages", Kind.FLOW, "messages people wrote on a day, anywhere")
REACTIONS = _metric("reactions", "reactions", Kind.FLOW, "reactions people added on a day, anywhere")


def is_person(user: Mapping[str, Any]) -> bool:
    """Whether this is an account of somebody who has come: no bot, no left, invited or foreign one."""
    others = ("deleted", "is_bot", "is_workflow_bot", "is_invited_user", "is_stranger")
    return text(user, "id") != _SLACKBOT and not any(user.get(one) is True for one in others)


def is_guest(user: Mapping[str, Any]) -> bool:
    return user.get("is_restricted") is True or user.get("is_ultra_restricted") is True


def is_written(message: Mapping[str, Any]) -> bool:
    """Whether a person wrote it: joins, topics and bots' posts have a subtype or a bot's id."""
    kinds = (None, "file_share", "thread_broadcast", "me_message")
    return message.get("subtype") in kinds and not message.get("bot_id") and bool(message.get("user"))


def written_at(message: Mapping[str, Any]) -> datetime:
    """When a message was written, as its `ts` tells."""
    seconds = number(message, "ts")
    if not 0 < seconds < 4e9:
        raise UnexpectedResponse("the ts of a message is no time", hint="Slack may have changed it.")
    return datetime.fromtimestamp(seconds, UTC)


def parse_written(
    found: Mapping[str, list[Mapping[str, Any]]], days: Iterable[date], span: Span
) -> Iterator[Sample]:
    """Messages a day in each channel, and authors in all of each day that is over: zeros where the answer
    covers the day."""
    covered, of_day = list(days), Days(span, SETTLES_AFTER)
    authors: dict[date, set[str]] = {day: set() for day in covered}
    for channel, messages in found.items():
        count: dict[date, int] = dict.fromkeys(covered, 0)
        for one in messages:
            day = day_of(written_at(one), span.zone)
            if day in count:
                count[day] += 1
                authors[day].add(text(one, "user"))
        for day, value in count.items():
            yield from of_day.told(MESSAGES, day, value, labels({"channel": channel}))
    for day, people in authors.items():
        yield from of_day.told(AUTHORS, day, len(people))


def first_answer(message: Mapping[str, Any], replies: Iterable[Mapping[str, Any]]) -> Sample | None:
    """How long `message` waited for somebody else."""
    asked, by = written_at(message), text(message, "user")
    others = [written_at(one) for one in replies if is_written(one) and one["user"] != by]
    waits = [(at - asked).total_seconds() for at in others if at > asked]
    return Sample(RESPONSE.name, asked, min(waits)) if waits else None


def parse_file(body: bytes, day: date, span: Span) -> Iterator[Sample]:
    """The figures of one UTC day, from Slack's file with a line for each member."""
    total: dict[Metric, float] = defaultdict(float)
    for line in _lines(body):
        if text(line, "date") != day.isoformat():
            raise UnexpectedResponse("Slack's file is of another day", hint="Nothing of it was used.")
        active = part(line, "is_active")
        if not isinstance(active, bool):
            raise UnexpectedResponse("is_active is no yes or no", hint="Nothing of the file was used.")
        total[ACTIVE] += active
        total[WORKSPACE_MESSAGES] += number(line, "messages_posted_count")
        total[REACTIONS] += number(line, "reactions_added_count")
    for metric, value in total.items():
        yield from Days(span, FILE_SETTLES_AFTER).told(metric, day, value)


def _lines(body: bytes) -> Iterator[Any]:
    """The objects of a file, packed or not; one that unpacks to too much, or is cut, is a fault."""
    unpacked = 0
    is_packed = body.startswith(b"\x1f\x8b")
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) if is_packed else io.BytesIO(body) as file:
            while line := file.readline(1_000_000):
                unpacked += len(line)
                if unpacked > _LONGEST_FILE:
                    raise UnexpectedResponse(
                        "Slack's file unpacks to too much", hint="Nothing of it was used."
                    )
                if line.strip():
                    yield json.loads(line)
    except (OSError, EOFError, zlib.error, ValueError, RecursionError):
        raise UnexpectedResponse(
            "Slack's file cannot be read", hint="It may have been cut on the way; it is asked for again."
        ) from None
