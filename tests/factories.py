"""Small builders: a framework, a workspace, samples, and what a question gets as its answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from bot.commands import COMMANDS
from bot.dispatch import Dispatcher
from bot.loading import read_framework
from bot.reply import Actions, Block, Facts, Heading, Note, Reply, Table, Text, plain_text
from bot.surfaces.base import Invocation
from bot.timeline import Timeline
from bot.workspace import Person, Source, Use, Workspace
from collectors import METRICS
from kpi.calendar import Plan
from kpi.framework import Framework
from kpi.framework_file import parse_framework
from kpi.metric import Labels, Sample
from storage import SessionFactory, runs, samples
from storage.runs import Fault

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
"""A Monday, 09:00 in Berlin."""
TODAY = date(2026, 11, 23)
YESTERDAY = TODAY - timedelta(days=1)
START = date(2026, 9, 1)
GITHUB = Source("github", "github", ("github.stars", "github.forks"), 3600.0)

STARS: Mapping[str, object] = {
    "name": "GitHub Stars",
    "aliases": ["stars"],
    "unit": "stars",
    "better": "higher",
    "targets": {"day90": "5,000"},
    "measure": "last(github.stars)",
}
NPS: Mapping[str, object] = {
    "name": "Net Promoter Score",
    "aliases": ["nps"],
    "unit": "NPS",
    "better": "higher",
    "targets": {"day90": "50"},
}


def framework(*kpis: Mapping[str, object], key: str = "acme", **parts: object) -> Framework:
    """A framework with one section; `parts` are further keys of its file, or other values for these."""
    numbered = [{"line": at, **one} for at, one in enumerate(kpis or (STARS, NPS), start=2)]
    file = {
        "framework": key,
        "title": key.capitalize(),
        "source": "made for a test",
        "horizons": {"day90": {"title": "Day 90"}, "month6": {"title": "Month 6"}},
        "sections": [{"title": "Growth", "kpis": numbered}],
    }
    return parse_framework(json.dumps(file | parts, indent=1), f"{key}.yaml")


def workspace(
    *frameworks: Framework,
    start: date | None = START,
    sources: Sequence[Source] = (GITHUB,),
    people: Sequence[Person] = (),
    name: str = "",
) -> Workspace:
    uses = tuple(Use(one, Plan(start, ZONE)) for one in frameworks or (framework(),))
    return Workspace(name, ZONE, uses, METRICS, tuple(sources), tuple(people))


def built_in(*names: str, sources: Sequence[Source] = (GITHUB,)) -> Workspace:
    """A workspace on frameworks that come with the bot."""
    return workspace(*map(_built_in, names), sources=sources)


@cache
def _built_in(name: str) -> Framework:
    return read_framework(name)


def at_evening(day: date) -> datetime:
    return datetime.combine(day, time(20), ZONE).astimezone(UTC)


def each_day(
    metric: str,
    values: Iterable[float | None],
    *,
    until: date = TODAY - timedelta(days=1),
    pairs: Labels = (),
) -> list[Sample]:
    """One reading an evening, the last of them on `until`; None leaves its day out."""
    listed = list(values)
    first = until - timedelta(days=len(listed) - 1)
    return [
        Sample(metric, at_evening(first + timedelta(days=offset)), float(value), pairs)
        for offset, value in enumerate(listed)
        if value is not None
    ]


def store(sessions: SessionFactory, *batches: Iterable[Sample], recorded_at: datetime | None = None) -> None:
    """Keep samples, known from before the first of them unless `recorded_at` says later."""
    found = [one for batch in batches for one in batch]
    with sessions.begin() as session:
        samples.write(session, found, recorded_at or min(one.at for one in found))


def fail(sessions: SessionFactory, source: str, fault: Fault, *, at: datetime = NOW) -> None:
    """A run of `source` that brought nothing."""
    with sessions.begin() as session:
        run = runs.start(session, source, now=at, lease=timedelta(minutes=5))
        assert run is not None
        runs.finish(session, run, now=at, faults=[fault])


Asking = Callable[[str], Reply]


def asking(
    workspace: Workspace,
    sessions: SessionFactory,
    *,
    now: datetime = NOW,
    user: str = "U0DANA",
    surface: str = "slack",
    enqueue: Callable[[str], bool] = lambda _source: False,
) -> Asking:
    """What people get who ask this workspace."""
    dispatcher = Dispatcher(Timeline(workspace), sessions, COMMANDS, lambda: now, enqueue)
    return lambda text: dispatcher(Invocation(text, surface, user))


def whole(ask: Asking, text: str) -> Reply:
    """The words joined with the picture that follows them, as a terminal shows them."""
    reply = ask(text)
    return reply.joined(ask(reply.follow)) if reply.follow else reply


def lines(reply: Reply) -> list[str]:
    """What a reply says, a line for each block, without its form."""
    return [text for block in reply.blocks for text in _lines(block)]


def said(reply: Reply) -> str:
    return "\n".join(lines(reply))


def asks(reply: Reply) -> list[str]:
    """What its buttons ask."""
    return [one.ask for block in reply.blocks if isinstance(block, Actions) for one in block.actions]


def _lines(block: Block) -> Iterable[str]:
    match block:
        case Heading(text):
            yield text
        case Text(parts) | Note(parts):
            yield plain_text(parts)
        case Facts(pairs):
            yield from (f"{label}: {plain_text(parts)}" for label, parts in pairs)
        case Table(columns, rows, _, caption):
            yield from (caption, " | ".join(columns), *(" | ".join(row) for row in rows))
        case _:
            pass
