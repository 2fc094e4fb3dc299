"""The workspace of someone who has no kpi.yaml: real numbers, and stars from one place only."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from bot import sample
from bot.core import open_core
from bot.jobs.collect import Answers, Collect
from bot.sample import Assembled, assemble
from bot.settings import read_environment
from collectors.http import Client
from kpi.metric import EPOCH, Sample, labels
from storage import SessionFactory, connect, samples

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
URL = "http://127.0.0.1:8765"


@pytest.fixture
def sessions(sqlite_url: str) -> SessionFactory:
    return SessionFactory(connect(sqlite_url))


def clone(folder: Path, origin: str) -> Path:
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text(f'[remote "origin"]\n\turl = {origin}\n')
    return folder


def built(
    sessions: SessionFactory, repository: Path | None = None, *, reaches: bool = False, now: datetime = NOW
) -> Assembled:
    return assemble(sessions, repository, now, url=URL, reaches=lambda _slug: reaches)


def keep(sessions: SessionFactory, **pairs: str) -> None:
    with sessions.begin() as session:
        samples.write(session, [Sample("github.stars", NOW, 5.0, labels(pairs))], NOW)


async def collected(sessions: SessionFactory, found: Assembled, now: datetime = NOW) -> None:
    async with httpx.AsyncClient() as http:
        with sessions.read() as session:
            answers = Answers(session)
        client = Client(http, now=lambda: now)
        await Collect(found.sources, sessions, client, answers, found.workspace.zone, lambda: now)("sample")


def test_without_a_clone_the_record_is_replayed_and_says_so(sessions: SessionFactory) -> None:
    found = built(sessions)
    assert set(found.sources) == {"web", "sample"}
    assert found.workspace.notice.startswith("sample data: qdrant/qdrant's real record")
    assert [one.note for one in found.workspace.sources if one.name == "sample"] == [found.workspace.notice]


def test_a_clone_from_elsewhere_gives_commits_and_the_record(
    sessions: SessionFactory, tmp_path: Path
) -> None:
    found = built(sessions, clone(tmp_path, "https://example.com/a/b.git"), reaches=True)
    assert set(found.sources) == {"web", "git", "sample"}


@pytest.mark.parametrize("origin", ["git@github.com:acme/engine.git", "https://github.com/acme/engine"])
def test_a_clone_from_github_reads_its_repository(
    sessions: SessionFactory, tmp_path: Path, origin: str
) -> None:
    found = built(sessions, clone(tmp_path, origin), reaches=True)
    assert set(found.sources) == {"web", "git", "github"}
    assert found.workspace.notice == ""


def test_where_github_cannot_be_reached_the_record_stands_in(
    sessions: SessionFactory, tmp_path: Path
) -> None:
    found = built(sessions, clone(tmp_path, "https://github.com/acme/engine"), reaches=False)
    assert set(found.sources) == {"web", "git", "sample"}


def test_stars_once_replayed_are_never_mixed_with_githubs(sessions: SessionFactory, tmp_path: Path) -> None:
    keep(sessions, sample="replayed 21 weeks later")
    found = built(sessions, clone(tmp_path, "https://github.com/acme/engine"), reaches=True)
    assert set(found.sources) == {"web", "git", "sample"}


def test_githubs_stars_are_never_mixed_with_the_record(sessions: SessionFactory, tmp_path: Path) -> None:
    keep(sessions)
    found = built(sessions, clone(tmp_path, "https://github.com/acme/engine"), reaches=False)
    assert set(found.sources) == {"web", "git", "github"}


async def test_the_record_reaches_yesterday_and_goes_on_growing(sessions: SessionFactory) -> None:
    await collected(sessions, built(sessions))
    later = NOW + timedelta(days=9)
    await collected(sessions, built(sessions, now=later), later)
    with sessions.read() as session:
        found = samples.read(session, {"github.stars": EPOCH}, until=later)
    [series] = list(found)
    newest = datetime.fromtimestamp(int(series.at[-1]) / 1e6, UTC)
    assert timedelta(0) < later - newest < timedelta(days=2.5)


def test_the_sample_workspace_starts_where_it_started(sessions: SessionFactory) -> None:
    first = built(sessions)
    asyncio.run(collected(sessions, first))
    later = built(sessions, now=NOW + timedelta(days=20))
    assert [use.plan.start for use in later.workspace.uses] == [
        use.plan.start for use in first.workspace.uses
    ]


def test_the_bot_watches_itself_at_the_port_it_really_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    core = open_core(read_environment({"PORT": "0"})).served_at("http://127.0.0.1:4711")
    core.engine.dispose()
    web = core.sources["web"].config
    assert web.model_dump()["url"] == "http://127.0.0.1:4711/healthz"
    assert web.labels == sample.watching("http://127.0.0.1:1").config.labels, "one series at any port"


def test_github_out_of_reach_is_found_out_without_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_args: object, **_kwargs: object) -> None:
        raise httpx.ConnectError("no route")

    monkeypatch.setattr(httpx.AsyncClient, "send", refuse)
    monkeypatch.setattr(sample, "PATIENCE_SECONDS", 0.2)
    assert not sample.reaches_github("acme/engine")
