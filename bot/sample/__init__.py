"""What the bot shows to someone who has no kpi.yaml yet: a workspace on real numbers.

The `git` collector reads the clone it stands in; where that clone comes from GitHub and the network allows
it, `github` reads its repository. Otherwise stars and forks are the real daily record of qdrant/qdrant,
replayed some weeks later than it happened so that it reaches today, and that is said wherever they show.
"""

from __future__ import annotations

import asyncio
import configparser
import csv
import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import tzlocal

from bot import loading
from bot.jobs.collect import Connected
from bot.settings import WorkspaceFile, read_workspace
from bot.workspace import Workspace
from collectors import BY_KIND, METRICS
from collectors.base import Batch, Client, Collector, CollectorConfig, CollectorFault, Span
from collectors.http import Policy, open_client
from kpi.calendar import day_of
from kpi.metric import EPOCH, Sample
from storage import SessionFactory, samples

log = logging.getLogger(__name__)

DATABASE = "sqlite:///playground.db"
CHANNEL = "C0DAILY"
NAME = "sample"
WEB = "web"
PATIENCE_SECONDS = 3.0
AHEAD = timedelta(weeks=8)
"""How much of the record is kept back at first, so that new days go on coming."""

_COLUMNS = {"stars": "github.stars", "forks": "github.forks"}
_LABEL = re.compile(r"replayed (\d+) weeks later")
_GITHUB = re.compile(r"github\.com[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?$")


class SampleConfig(CollectorConfig):
    """How many weeks later than it happened the record is replayed."""

    collector: Literal["sample"] = "sample"
    weeks: int


def record() -> list[tuple[date, str, float]]:
    """The record as it happened: day, metric, value."""
    text = (resources.files("bot.sample") / "qdrant.csv").read_text(encoding="utf-8")
    return [
        (date.fromisoformat(row["date"]), metric, float(row[column]))
        for row in csv.DictReader(text.splitlines())
        for column, metric in _COLUMNS.items()
    ]


async def collect(config: SampleConfig, _client: Client, span: Span) -> Batch:
    """The days of the record that have come by now, moved by whole weeks so that weekdays stay weekdays."""
    moved = ((day + timedelta(weeks=config.weeks), metric, value) for day, metric, value in record())
    come = (Sample(metric, span.start_of(day), value) for day, metric, value in moved if day < span.today)
    return Batch(tuple(come))


COLLECTOR = Collector(
    kind=NAME,
    config=SampleConfig,
    metrics=tuple(METRICS[metric] for metric in _COLUMNS.values()),
    collect=collect,
    settles_after=timedelta(0),
    backfills=True,
)


def source(weeks: int) -> Connected:
    """The replayed record as a source."""
    return Connected(
        NAME, COLLECTOR, SampleConfig(weeks=weeks, labels={NAME: f"replayed {weeks} weeks later"})
    )


def note(weeks: int) -> str:
    """What is said wherever its numbers show."""
    return f"sample data: qdrant/qdrant's real record, {weeks} weeks late"


def watching(url: str) -> Connected:
    """The check of the bot's own address. Its series stays the same one at whatever port the bot is."""
    collector = BY_KIND[WEB]
    settings = {"url": f"{url}/healthz", "allow_private": True, "every": "1m", "labels": {"url": "this bot"}}
    return Connected(WEB, collector, collector.configure(settings))


@dataclass(frozen=True, slots=True)
class Assembled:
    """The sample workspace with the code that reads its sources, and what it owes."""

    workspace: Workspace
    sources: Mapping[str, Connected]


def assemble(
    sessions: SessionFactory,
    repository: Path | None,
    now: datetime,
    *,
    url: str,
    reaches: Callable[[str], bool] | None = None,
) -> Assembled:
    """The sample workspace, on the clone at `repository` where there is one.

    Stars come from GitHub or from the record, never from both: a total would add them up. What this
    database holds already decides; an empty one is asked whether it `reaches` the clone's repository.
    """
    zone = local_zone()
    slug = github_of(repository) if repository is not None else None
    held = _stars_held(sessions)
    asks = reaches or reaches_github
    is_replayed = held.replayed or not (held.own or (slug is not None and asks(slug)))
    today = day_of(now, zone)
    weeks = held.weeks if held.weeks is not None else (today - _last_shown()).days // 7
    begun = _last_shown() + timedelta(weeks=weeks) - timedelta(days=60)
    file = _file(
        repository, zone, begun if is_replayed else _quarter(today), slug=None if is_replayed else slug
    )
    sources = {**loading.connected(file), WEB: watching(url)}
    notice = ""
    if is_replayed:
        sources[NAME], notice = source(weeks), note(weeks)
    known = tuple(loading.source_of(one, notice if name == NAME else "") for name, one in sources.items())
    workspace = replace(loading.resolve(file, Path()), sources=known, notice=notice)
    return Assembled(workspace, sources)


@dataclass(frozen=True, slots=True)
class _Held:
    """Which stars a database holds: a repository's own, or the record, so many weeks later."""

    own: bool = False
    weeks: int | None = None

    @property
    def replayed(self) -> bool:
        return self.weeks is not None


def _stars_held(sessions: SessionFactory) -> _Held:
    with sessions.read() as session:
        known = samples.read(session, {"github.stars": EPOCH}, until=EPOCH + timedelta(days=365 * 200))
    found = [_LABEL.search(dict(series.labels).get(NAME, "")) for series in known]
    weeks = next((int(match[1]) for match in found if match), None)
    return _Held(own=None in found, weeks=weeks)


def _last_shown() -> date:
    """The day of the record that is the newest one to show at first."""
    return max(day for day, _, _ in record()) - AHEAD


def _quarter(day: date) -> date:
    """The first day of its quarter: a beginning that does not move with every start of the bot."""
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def reaches_github(repository: str) -> bool:
    """Whether GitHub tells us of this repository, asked once and briefly."""
    return asyncio.run(_reaches(repository))


async def _reaches(repository: str) -> bool:
    config = BY_KIND["github"].configure({"repository": repository})
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), open_client(policy=Policy(attempts=1)) as client:
            await client.at(config.base_url).get_json(f"/repos/{repository}")
    except (CollectorFault, TimeoutError) as fault:
        log.info("github repository=%s outcome=unreachable fault=%s", repository, fault)
        return False
    return True


def _file(repository: Path | None, zone: ZoneInfo, begun: date, *, slug: str | None) -> WorkspaceFile:
    sources: dict[str, Any] = {}
    if repository is not None:
        sources["git"] = {"path": str(repository), "every": "5m"}
    if slug is not None:
        sources["github"] = {"repository": slug}
    written = {
        "name": "Sample",
        "timezone": zone.key,
        "frameworks": [
            {"use": "hektor", "start": begun.isoformat()},
            {"use": "inferno", "start": (begun + timedelta(days=15)).isoformat()},
        ],
        "sources": sources,
        "channels": {"daily": [f"slack:{CHANNEL}"]},
        "schedule": {"daily": "09:00 daily"},
    }
    return read_workspace(json.dumps(written, indent=1), "the sample workspace", {})


def local_zone() -> ZoneInfo:
    """The zone of this machine, or UTC where it names none."""
    try:
        return ZoneInfo(tzlocal.get_localzone_name().replace("Etc/UTC", "UTC"))
    except Exception:  # tzlocal raises what its platform's settings make it raise
        return ZoneInfo("UTC")


def clone_at(path: Path) -> Path | None:
    """The git clone that `path` lies in."""
    for folder in (path.resolve(), *path.resolve().parents):
        if (folder / ".git").exists():
            return folder
    return None


def github_of(repository: Path) -> str | None:
    """owner/name on GitHub, where the clone's origin is there."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    try:
        parser.read(repository / ".git" / "config", encoding="utf-8")
        url = parser.get('remote "origin"', "url")
    except (configparser.Error, OSError, UnicodeDecodeError):
        return None
    match = _GITHUB.search(url)
    return match[1] if match else None
