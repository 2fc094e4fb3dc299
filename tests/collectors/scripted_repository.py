"""A real git repository made from a written history, and the numbers expected of it by plain counting."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ENVIRONMENT = {
    "PATH": os.environ.get("PATH", os.defpath),
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "LC_ALL": "C",
}


@dataclass(frozen=True)
class Written:
    """One commit. `counts_as` is who it belongs to once mailmap has spoken."""

    at: datetime
    name: str
    mail: str
    counts_as: str = ""

    @property
    def author(self) -> str:
        return self.counts_as or self.mail.lower()


def git(path: Path, *arguments: str, **extra: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=path, env=ENVIRONMENT | extra, capture_output=True, text=True, check=True
    )
    return done.stdout


def make_repository(path: Path, history: Iterable[Written], *, mailmap: str = "") -> Path:
    """A repository with one empty commit for each line of `history`, in that order."""
    path.mkdir(parents=True)
    git(path, "init", "-q", "-b", "main")
    if mailmap:
        (path / ".mailmap").write_text(mailmap)
    for one in history:
        commit(path, one)
    return path


def commit(path: Path, one: Written) -> None:
    stamp = f"{int(one.at.timestamp())} +0000"
    people = {"GIT_AUTHOR_NAME": one.name, "GIT_AUTHOR_EMAIL": one.mail, "GIT_AUTHOR_DATE": stamp}
    people |= {"GIT_COMMITTER_NAME": "C", "GIT_COMMITTER_EMAIL": "c@acme.dev", "GIT_COMMITTER_DATE": stamp}
    git(path, "commit", "-q", "--allow-empty", "--allow-empty-message", "-m", "", **people)


def tag(path: Path, name: str, at: datetime) -> None:
    stamp = f"{int(at.timestamp())} +0000"
    people = {"GIT_COMMITTER_NAME": "C", "GIT_COMMITTER_EMAIL": "c@acme.dev", "GIT_COMMITTER_DATE": stamp}
    git(path, "tag", "-a", name, "-m", name, **people)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local_day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def every_day(history: Sequence[Written], zone: ZoneInfo, today: date) -> list[date]:
    first = min(local_day(one.at, zone) for one in history)
    return [first + timedelta(days=n) for n in range((today - first).days + 1)]


def expected(history: Sequence[Written], zone: ZoneInfo, today: date) -> dict[str, dict[date, float]]:
    """What each metric should be on each day: for every day the whole history is looked at anew."""
    lines = [(local_day(one.at, zone), one.author) for one in history]
    found: dict[str, dict[date, float]] = {
        "git.commits": {},
        "git.active_contributors": {},
        "git.first_time_contributors": {},
        "git.returning_contributors": {},
    }
    for day in every_day(history, zone, today):
        begin = day - timedelta(days=29)
        before = {who for when, who in lines if when < begin}
        active = {who for when, who in lines if begin <= when <= day}
        earlier = {who for when, who in lines if when < day}
        found["git.commits"][day] = sum(when == day for when, _ in lines)
        if day < today:  # what does not add up is told of days that are over
            found["git.active_contributors"][day] = len(active)
            found["git.returning_contributors"][day] = len(active & before)
        found["git.first_time_contributors"][day] = len({who for when, who in lines if when == day} - earlier)
    return found
