"""What is promised in one run, and to whom: made up from the seed, so that a run can be repeated."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from bot.charts.trend import TrendChart
from bot.frozen import freeze
from bot.reply import Block, Bold, Chart, Reply, Text, line, note, spans
from storage.promises import Promise
from storage.subscriptions import Subscription

REPORT = "chaos"
ASKED = "ask"
DAILY_AGO = timedelta(minutes=3)
"""The report of kpi.yaml is due that long before the run, so that all workers want to compose it at once."""

EARLIER = timedelta(hours=12)
"""So long before the run the schedule and the subscriptions began."""

LONG_AGO = timedelta(minutes=25)
"""What is owed this late has to say so."""

PATIENCE = timedelta(hours=2)
IMPATIENCE = timedelta(seconds=4)
"""Some promises are over so soon that they may be missed."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is promised, for how long there is trouble, and how often."""

    name: str
    promises: int  # entered one by one; what the schedule owes comes on top
    seconds: float  # over which they are entered
    slack: int  # channels
    discord: int
    people: int  # on each of the two
    pause: float  # between two troubles of a kind, as a factor
    workers: int = 3
    patience: float = 150.0  # seconds for the rest, once the trouble is over


SHORT = Size("short", promises=240, seconds=14.0, slack=14, discord=8, people=4, pause=0.55, patience=45.0)
LONG = Size("long", promises=10_000, seconds=420.0, slack=90, discord=50, people=30, pause=1.0)


@dataclass(frozen=True, slots=True)
class Promised:
    """One post that somebody counts on."""

    key: str
    surface: str
    channel: str  # as the ledger names it: @ and a person's id for their direct messages
    due: datetime


@dataclass(frozen=True, slots=True)
class Places:
    """Where posts go. The last two channels of each chat close in the middle of the run."""

    slack: tuple[str, ...]
    discord: tuple[str, ...]
    slack_people: tuple[str, ...]
    discord_people: tuple[str, ...]
    fallback: tuple[tuple[str, str], ...] = (
        ("slack", "C0FIRST"),
        ("discord", "599999999999999991"),
        ("slack", "C0SECOND"),
        ("discord", "599999999999999992"),
    )
    """Where each of those that close is told; the first two are everybody else's too."""

    @classmethod
    def of(cls, size: Size) -> Places:
        return cls(
            tuple(f"C{one:05d}" for one in range(1, size.slack + 1)),
            tuple(f"5{one:017d}" for one in range(1, size.discord + 1)),
            tuple(f"U{one:05d}" for one in range(1, size.people + 1)),
            tuple(f"3{one:018d}" for one in range(1, size.people + 1)),
        )

    @property
    def closing(self) -> tuple[tuple[str, str], ...]:
        """What is archived, or closed to the bot, half-way."""
        return (
            *(("slack", one) for one in self.slack[-2:]),
            *(("discord", one) for one in self.discord[-2:]),
        )

    @property
    def reported(self) -> tuple[tuple[str, str], ...]:
        """Where the daily report of kpi.yaml goes: every third channel."""
        own = [("slack", one) for one in self.slack[::3]] + [("discord", one) for one in self.discord[::3]]
        return tuple(own)

    def any(self, chance: Random) -> tuple[str, str]:
        """A surface and a channel of it."""
        surface, channels, people = chance.choices(
            [("slack", self.slack, self.slack_people), ("discord", self.discord, self.discord_people)],
            (65, 35),
        )[0]
        if chance.random() < 0.15:
            return surface, f"@{chance.choice(people)}"
        return surface, chance.choice(channels)


# Small: what is measured here is not how long a report takes to compose.
_FRAMEWORK = """
framework: small
title: Small
source: generated
horizons: {day90: {title: Day 90}}
sections:
  - title: All
    kpis:
      - {name: Stars, unit: stars, better: higher, targets: {day90: "500"}, measure: last(github.stars)}
      - {name: Talks, unit: talks, better: higher, targets: {day90: "5"}}
"""


def workspace(places: Places, began: datetime) -> str:
    """kpi.yaml: a daily report that was due a few minutes before the run began."""
    due, told = began - DAILY_AGO, [":".join(one) for one in places.fallback]
    written = {
        "name": "Chaos",
        "timezone": "UTC",
        "frameworks": [{"use": "small.yaml", "start": (began - timedelta(days=40)).date().isoformat()}],
        "channels": {"daily": [f"{surface}:{channel}" for surface, channel in places.reported]},
        "schedule": {"daily": {"at": f"{due:%H:%M} daily", "wait": "0m"}},
        "fallback": {"default": told[:2]}
        | {f"{surface}:{channel}": [to] for (surface, channel), to in zip(places.closing, told, strict=True)},
    }
    return json.dumps(written, indent=1)


def write_workspace(folder: Path, places: Places, began: datetime) -> Path:
    (folder / "small.yaml").write_text(_FRAMEWORK, encoding="utf-8")
    path = folder / "kpi.yaml"
    path.write_text(workspace(places, began), encoding="utf-8")
    return path


def reported(places: Places, began: datetime) -> list[Promised]:
    """What kpi.yaml owes during the run."""
    due = (began - DAILY_AGO).replace(second=0, microsecond=0)
    return [
        Promised(f"daily/{surface}:{channel}/{due:%Y-%m-%d}", surface, channel, due)
        for surface, channel in places.reported
    ]


def subscribed(size: Size, places: Places, began: datetime) -> list[Subscription]:
    """A subscription for everybody, due at the full minutes of the run; nobody's number is known yet."""
    minutes = max(1, int(size.seconds // 60))
    return [
        Subscription(
            number=0,
            surface=surface,
            user=user,
            report=ASKED if at % 2 else "daily",
            question="stars" if at % 2 else "",
            cadence=f"{began - DAILY_AGO + timedelta(minutes=at % (minutes + 3)):%H:%M} daily",
            zone="UTC",
            created_at=began - EARLIER,
        )
        for surface, people in (("slack", places.slack_people), ("discord", places.discord_people))
        for at, user in enumerate(people)
    ]


def counted_on(number: int, one: Subscription, began: datetime) -> Promised:
    """What a subscription owes during the run."""
    hour, minute = map(int, one.cadence[:5].split(":"))
    due = (began - DAILY_AGO).replace(hour=hour, minute=minute, second=0, microsecond=0)
    if due < began - timedelta(hours=1):
        due += timedelta(days=1)
    key = f"{one.report}#{number}/{one.surface}:@{one.user}/{due:%Y-%m-%d}"
    return Promised(key, one.surface, f"@{one.user}", due)


def promises(size: Size, places: Places, chance: Random) -> Iterator[tuple[float, Promise]]:
    """Promises, each with the second of the run in which it is entered; due at once unless it is a late one.

    `due` and `deadline` count from 1970 here: `dated` makes them of the day.
    """
    for number in range(size.promises):
        at = number * size.seconds / size.promises
        surface, channel = places.any(chance)
        kind = chance.choices(("words", "thread", "picture", "late", "short"), (72, 17, 3, 5, 3))[0]
        yield (
            at,
            Promise(
                key=f"{REPORT}/{surface}:{channel}/{number:05d}",
                report=REPORT,
                period=f"{number:05d}",
                surface=surface,
                channel=channel,
                due=EPOCH - (LONG_AGO if kind == "late" else timedelta()),
                payload=freeze(reply(number, kind, chance)),
                deadline=EPOCH + (IMPATIENCE if kind == "short" else PATIENCE),
            ),
        )


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def reply(number: int, kind: str, chance: Random) -> Reply:
    """A post as reports are: a finding, some lines, perhaps a thread or a picture."""
    text = f"Figure {number} is {chance.randrange(1000)} of 1,000."
    lines: tuple[Text, ...] = tuple(
        line(Bold(f"Part {one}: "), f"{chance.randrange(100)} %, up from {chance.randrange(100)} %.")
        for one in range(chance.randrange(1, 5))
    )
    blocks: tuple[Block, ...] = (line(Bold(text)), *lines, note("As of today, UTC."))
    if kind == "picture":
        return Reply(text, (*blocks[:1], _picture(text, chance), *blocks[1:]))
    parts = chance.randrange(1, 4) if kind == "thread" else 0
    thread = tuple(
        Reply(f"More on {number}: {one}.", (Text(spans(f"More on {number}: {one}.")),))
        for one in range(parts)
    )
    return Reply(text, blocks, thread=thread)


def _picture(finding: str, chance: Random) -> Chart:
    points = tuple((EPOCH + timedelta(days=day), float(chance.randrange(100))) for day in range(14))
    return Chart("Figure", finding, TrendChart("Figure", finding, points))
