"""Settings turned into a workspace with its database: enough to answer, to collect and to compose.

This is the part of the composition root that every command of the command line needs; `bot.app` adds what
only a running bot needs, so that `kpi ask` loads neither a web server nor a chat library.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bot import loading, sample
from bot.commands import COMMANDS
from bot.dispatch import Dispatcher
from bot.jobs.collect import Answers, Collect, Connected
from bot.jobs.reread import Reread
from bot.reports import plans
from bot.settings import Settings
from bot.settings_channels import DiscordEntry, SlackEntry
from bot.timeline import Timeline
from bot.workspace import Workspace
from collectors.http import open_client
from storage import Engine, SessionFactory, StorageFault, check, connect, migrate
from storage.clock import database_now


def utc_now() -> datetime:
    """The clock. Everything else is given the time."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Core:
    """A workspace with its sources, its schedule and its database."""

    settings: Settings
    timeline: Timeline
    sources: Mapping[str, Connected]
    engine: Engine
    sessions: SessionFactory
    is_sample: bool = False
    silences: Sequence[str] = ()  # what was set up half
    files: loading.Files | None = None  # none behind the sample workspace
    now: Callable[[], datetime] = utc_now

    def dispatcher(self, enqueue: Callable[[str], bool] = lambda _source: False) -> Dispatcher:
        return Dispatcher(self.timeline, self.sessions, COMMANDS, self.now, enqueue)

    @property
    def workspace(self) -> Workspace:
        """What the files say at present, before targets were changed by hand."""
        return self.timeline.files

    @property
    def slack(self) -> SlackEntry:
        return self.files.started_with.slack if self.files else SlackEntry()

    @property
    def discord(self) -> DiscordEntry:
        return self.files.started_with.discord if self.files else DiscordEntry()

    def rereading(self) -> Reread | None:
        """What takes up changed files; None where there are none."""
        if self.files is None:
            return None
        return Reread(self.timeline, self.sessions, self.now, self.files.read, self.files.paths)

    @contextlib.asynccontextmanager
    async def collecting(self) -> AsyncIterator[Collect]:
        """The sources with an open connection to the network."""
        with self.sessions.read() as session:
            answers = Answers(session)
        async with open_client(cache=answers, now=self.now) as client:
            yield Collect(
                self.sources,
                self.sessions,
                client,
                answers,
                self.workspace.zone,
                self.now,
                clock=database_now,
            )

    def served_at(self, url: str) -> Core:
        """The same, knowing its own address: the sample workspace watches itself."""
        if not self.is_sample:
            return self
        return replace(self, sources={**self.sources, sample.WEB: sample.watching(url)})


def has_workspace_file(settings: Settings) -> bool:
    """Whether there is a kpi.yaml, or one was asked for by name."""
    return settings.config_path.exists() or bool(settings.environment.get("KPI_CONFIG"))


def open_core(settings: Settings, *, repository: Path | None = None) -> Core:
    """The workspace of kpi.yaml, or the sample workspace where there is none."""
    if not has_workspace_file(settings):
        return _open_sample(settings, repository or sample.clone_at(Path.cwd()))
    file = loading.read_workspace_file(settings)
    workspace = loading.resolve(file, settings.config_path)
    engine = open_database(settings.database_url)
    sessions = SessionFactory(engine)
    return Core(
        settings,
        _begun(workspace, sessions),
        loading.connected(file),
        engine,
        sessions,
        silences=loading.silences(file, settings.environment, plans.live(workspace)),
        files=loading.Files(settings, file),
    )


def _begun(workspace: Workspace, sessions: SessionFactory) -> Timeline:
    """The workspace in its time: what its files say now is kept as a revision where it is new."""
    timeline = Timeline(workspace)
    timeline.keep(sessions, utc_now())
    return timeline


def _open_sample(settings: Settings, repository: Path | None) -> Core:
    url = settings.database_url if settings.is_database_set else sample.DATABASE
    engine = open_database(url) if settings.is_database_set else _open_playground(url)
    sessions = SessionFactory(engine)
    found = sample.assemble(sessions, repository, utc_now(), url=f"http://127.0.0.1:{settings.port}")
    return Core(
        settings=replace(settings, database_url=url),
        timeline=_begun(found.workspace, sessions),
        sources=found.sources,
        engine=engine,
        sessions=sessions,
        is_sample=True,
    )


def _open_playground(url: str) -> Engine:
    """The sample's own database, brought up to date without being asked."""
    try:
        return open_database(url)
    except StorageFault:
        migrate(url)  # says itself what else is wrong
        return open_database(url)


def open_database(url: str) -> Engine:
    """The database at `url`, checked. An SQLite file that does not exist yet is made; nothing else is."""
    path = url.removeprefix("sqlite:///").partition("?")[0]
    if url.startswith("sqlite:///") and not os.path.lexists(path):
        migrate(url)
    engine = connect(url)
    check(engine)
    return engine
