"""A small workspace, a clock that is set by hand, and a chat platform in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.cadence import Cadence, Owed
from bot.jobs.deliver import Deliver
from bot.jobs.publish import Publish
from bot.surfaces.base import Post
from bot.timeline import Timeline
from bot.workspace import Use, Workspace
from collectors import METRICS
from kpi.calendar import Plan
from kpi.framework_file import parse_framework
from kpi.metric import Sample
from storage import SessionFactory, promises, samples
from storage.promises import Promise, Receipt

BERLIN = ZoneInfo("Europe/Berlin")
NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
"""Tuesday, 09:00 in Berlin."""
CHANNEL = "C0DAILY"
DAILY = Owed("daily", "slack", CHANNEL, Cadence(time(9), frozenset(range(7))))

_FRAMEWORK = """
framework: small
title: Small
horizons: {day90: {title: Day 90}}
sections:
  - title: Growth
    kpis:
      - {name: Stars, unit: stars, better: higher, targets: {day90: "100"}, measure: last(github.stars)}
"""


def small_workspace() -> Workspace:
    """One KPI, measured by GitHub's stars."""
    framework = parse_framework(_FRAMEWORK, "small.yaml")
    return Workspace("Acme", BERLIN, (Use(framework, Plan(date(2026, 11, 1), BERLIN)),), METRICS)


def keep_stars(sessions: SessionFactory, until: datetime, days: int = 10) -> None:
    """Ten more stars each day."""
    found = [Sample("github.stars", until - timedelta(days=ago), 100.0 - 10 * ago) for ago in range(days)]
    with sessions.begin() as session:
        samples.write(session, found, until)


@dataclass
class Clock:
    """The time, as the test says it is."""

    at: datetime = NINE

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Chat:
    """A surface in memory. The next sends and looks meet the faults in its lists, in order."""

    now: Callable[[], datetime]
    posts: list[Post] = field(default_factory=list)
    looked: list[tuple[str, datetime]] = field(default_factory=list)
    before: list[Exception] = field(default_factory=list)  # refused: nothing is posted
    after: list[BaseException] = field(default_factory=list)  # the post stands, its answer is lost
    blind: list[Exception] = field(default_factory=list)  # looking fails
    pinned: list[str] = field(default_factory=list)
    shared: set[str] = field(default_factory=set)  # channels that outsiders read
    name: str = "slack"
    last_heard: datetime | None = None

    async def start(self) -> None:
        """It is always there."""

    async def stop(self) -> None:
        """Nothing is open."""

    async def is_shared(self, channel: str) -> bool | None:
        return channel in self.shared

    def is_ready(self) -> bool:
        return True

    async def send(self, post: Post) -> Receipt:
        if self.before:
            raise self.before.pop(0)
        await post.confirm()
        self.posts.append(post)
        if self.after:
            raise self.after.pop(0)
        return self._receipt(len(self.posts) - 1)

    async def find(self, post: Post, since: datetime) -> Receipt | None:
        self.looked.append((post.key, since))
        if self.blind:
            raise self.blind.pop(0)
        at = next((number for number, one in enumerate(self.posts) if one.key == post.key), None)
        return None if at is None else self._receipt(at)

    async def edit(self, receipt: Receipt, post: Post) -> Receipt:
        number = int(receipt.message.removeprefix("ts"))
        self.posts[number] = post
        return self._receipt(number)

    async def pin(self, receipt: Receipt) -> str:
        self.pinned.append(receipt.message)
        return ""

    def _receipt(self, number: int) -> Receipt:
        return Receipt(self.posts[number].channel, f"ts{number}", self.now())


@dataclass
class Ledger:
    """The schedule and the sender of one process on one database."""

    sessions: SessionFactory
    clock: Clock
    workspace: Workspace
    chat: Chat
    owed: Iterable[Owed] = (DAILY,)

    def __post_init__(self) -> None:
        self.timeline = Timeline(replace(self.workspace, schedule=tuple(self.owed)))
        self.publish = Publish(self.timeline, self.sessions, self.clock)
        self.deliver = self.sender("one")

    def sender(self, worker: str) -> Deliver:
        return Deliver(self.sessions, {"slack": self.chat}, worker, self.clock, self.workspace.zone)

    def known_since(self, **ago: float) -> None:
        """Let the schedule have begun that long ago."""
        now = self.clock.at
        self.clock.forward(**{unit: -by for unit, by in ago.items()})
        self.publish()
        self.clock.at = now

    def all(self) -> list[Promise]:
        """Every promise, the earliest due first."""
        with self.sessions.read() as session:
            return promises.listing(session)[::-1]

    def expire(self) -> list[Promise]:
        with self.sessions.begin() as session:
            return promises.expire(session, self.clock())
