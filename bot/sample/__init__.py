"""What the bot shows to someone who has no kpi.yaml yet: a workspace on real numbers.

The `git` collector reads the clone it stands in; where that clone comes from GitHub, `github` reads its
repository. Otherwise stars and forks are the real daily record of qdrant/qdrant, replayed some weeks later
than it happened so that it reaches today, and that is said wherever they show.
"""

from __future__ import annotations

import configparser
import csv
import json
import re
from datetime import date, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import tzlocal

from bot.jobs.collect import Connected
from bot.settings import WorkspaceFile, read_workspace
from collectors import METRICS
from collectors.base import Batch, Client, Collector, CollectorConfig, Span
from kpi.calendar import day_of
from kpi.metric import EPOCH, Sample
from storage import SessionFactory, samples

DATABASE = "sqlite:///playground.db"
CHANNEL = "C0DAILY"
NAME = "sample"
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


def weeks_of(sessions: SessionFactory, today: date) -> int:
    """By how many weeks this database replays the record; for an empty one, what brings it up to `today`."""
    with sessions.read() as session:
        known = samples.read(session, {"github.stars": EPOCH}, until=EPOCH + timedelta(days=365 * 200))
    for series in known:
        if match := _LABEL.search(dict(series.labels).get(NAME, "")):
            return int(match[1])
    last = max(day for day, _, _ in record()) - AHEAD
    return (today - last).days // 7


def source(weeks: int) -> Connected:
    """The replayed record as a source."""
    return Connected(
        NAME, COLLECTOR, SampleConfig(weeks=weeks, labels={NAME: f"replayed {weeks} weeks later"})
    )


def note(weeks: int) -> str:
    """What is said wherever its numbers show."""
    return f"sample data: qdrant/qdrant's real record, {weeks} weeks later than it happened"


def workspace_file(repository: Path | None, *, weeks: int, now: datetime, port: int) -> WorkspaceFile:
    """The sample workspace, on the clone at `repository` where there is one."""
    zone = local_zone()
    began = max(day for day, _, _ in record()) - AHEAD + timedelta(weeks=weeks)
    sources = {"web": {"url": f"http://127.0.0.1:{port}/healthz", "allow_private": True, "every": "1m"}}
    if repository is not None:
        sources["git"] = {"path": str(repository), "every": "5m"}
        if slug := github_of(repository):
            sources["github"] = {"repository": slug}
    written = {
        "name": "Sample",
        "timezone": zone.key,
        "frameworks": [
            {"use": "hektor", "start": (began - timedelta(days=60)).isoformat()},
            {"use": "inferno", "start": (began - timedelta(days=45)).isoformat()},
        ],
        "sources": sources,
        "channels": {"daily": [f"slack:{CHANNEL}"]},
        "schedule": {"daily": "09:00 daily"},
    }
    return read_workspace(json.dumps(written, indent=1), f"the sample workspace of {day_of(now, zone)}", {})


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
