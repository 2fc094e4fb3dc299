"""The clockwork: what begins, in which order, and that it ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from bot.jobs import scheduler
from bot.jobs.collect import Answers, Collect, Connected
from bot.jobs.evaluate import Board, Evaluate
from bot.jobs.reread import Reread
from bot.jobs.scheduler import Jobs
from bot.workspace import Source
from collectors.base import Batch, Collector, CollectorConfig, Span
from collectors.http import Client
from kpi.metric import Kind, Metric, Sample
from storage import SessionFactory, StorageFault, connect, promises
from storage.promises import State
from tests.bot.jobs.world import BERLIN, Chat, Clock, Ledger, small_workspace

STARS = Metric("github.stars", "stars", Kind.LEVEL, "Stars.")


@dataclass
class Clockwork:
    """Jobs on a ledger, with one source that the test holds back or lets go."""

    ledger: Ledger
    jobs: Jobs
    may_answer: asyncio.Event
    reads: list[str] = field(default_factory=list)

    @property
    def board(self) -> Board:
        return self.jobs.evaluate.board

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(5):
            while not holds():  # noqa: ASYNC110 - any claim about other tasks
                await asyncio.sleep(0.005)


@pytest.fixture
async def clockwork(sqlite_url: str) -> AsyncIterator[Clockwork]:
    engine = connect(sqlite_url)
    sessions, clock = SessionFactory(engine), Clock()
    ledger = Ledger(sessions, clock, small_workspace(), Chat(clock))
    may_answer, reads = asyncio.Event(), []
    may_answer.set()

    async def collect(config: CollectorConfig, _client: Client, span: Span) -> Batch:
        reads.append(config.labels["source"])
        await may_answer.wait()
        return Batch((Sample("github.stars", span.now, 7.0),))

    collector = Collector("test", CollectorConfig, (STARS,), collect, timedelta(0), backfills=False)
    sources = {
        name: Connected(
            name,
            collector,
            CollectorConfig(collector="test", labels={"source": name}, every=timedelta(hours=1)),
        )
        for name in ("one", "two")
    }
    async with httpx.AsyncClient() as http:
        with sessions.read() as session:
            answers = Answers(session)
        job = Collect(sources, sessions, Client(http, now=clock), answers, BERLIN, clock)
        evaluate = Evaluate(ledger.timeline, sessions, clock, Board())
        jobs = Jobs(job, evaluate, ledger.publish, ledger.deliver, sessions)
        yield Clockwork(ledger, jobs, may_answer, reads)
        await jobs.stop()
    engine.dispose()


async def test_a_start_reads_every_source_and_judges_every_kpi(clockwork: Clockwork) -> None:
    await clockwork.jobs.start()
    assert sorted(clockwork.reads) == ["one", "two"]
    [(_, standing)] = clockwork.board.standings
    assert standing.value == 14.0


async def test_a_slow_source_does_not_hold_up_the_start(
    clockwork: Clockwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "PATIENCE_SECONDS", 0.05)
    clockwork.may_answer.clear()
    await clockwork.jobs.start()
    assert clockwork.board.at is not None
    clockwork.may_answer.set()
    await clockwork.until(lambda: clockwork.board.standings[0][1].value == 14.0)


async def test_changed_files_are_taken_up_and_every_kpi_is_judged_by_them(
    clockwork: Clockwork, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(scheduler, "REREAD_EVERY", timedelta(milliseconds=20))
    timeline, path = clockwork.ledger.timeline, tmp_path / "kpi.yaml"
    use = timeline.files.uses[0]
    moved = replace(timeline.files, uses=(replace(use, plan=replace(use.plan, start=date(2020, 1, 1))),))
    clockwork.jobs.reread = Reread(
        timeline, clockwork.jobs.sessions, clockwork.ledger.clock, lambda: moved, lambda: (path,)
    )
    await clockwork.jobs.start()
    [(_, before)] = clockwork.board.standings
    assert before.target is not None
    assert not before.target.is_past
    path.write_text("changed")

    def is_judged_anew() -> bool:
        target = clockwork.board.standings[0][1].target
        return target is not None and target.is_past

    await clockwork.until(is_judged_anew)


async def test_what_is_due_is_entered_sent_and_closed(clockwork: Clockwork) -> None:
    clockwork.ledger.known_since(days=3, hours=1)
    await clockwork.jobs.settle()
    states = [one.state for one in clockwork.ledger.all()]
    assert states == [State.MISSED, State.MISSED, State.MISSED, State.DELIVERED]
    assert len(clockwork.ledger.chat.posts) == 1


async def test_a_report_after_a_long_sleep_reads_its_sources_first(clockwork: Clockwork) -> None:
    of = clockwork.ledger.timeline
    sources = tuple(Source(name, "test", (STARS.name,), 3600.0) for name in ("one", "two"))
    of.change(replace(of.files, sources=sources))
    clockwork.ledger.known_since(days=3)
    clockwork.ledger.clock.forward(days=-2)
    await clockwork.jobs.start()
    clockwork.ledger.clock.forward(days=2)
    await clockwork.jobs.settle()
    async with asyncio.timeout(5):
        while not clockwork.ledger.chat.posts:
            await clockwork.jobs.settle()
    assert sorted(clockwork.reads) == ["one", "one", "two", "two"]


async def test_a_report_in_the_usual_rhythm_reads_nothing_anew(clockwork: Clockwork) -> None:
    clockwork.ledger.known_since(hours=1)
    await clockwork.jobs.start()
    await clockwork.jobs.settle()
    assert len(clockwork.reads) == 2
    assert len(clockwork.ledger.chat.posts) == 1


async def test_settling_twice_at_once_sends_once(clockwork: Clockwork) -> None:
    clockwork.ledger.known_since(hours=1)
    await asyncio.gather(*(clockwork.jobs.settle() for _ in range(3)))
    assert len(clockwork.ledger.chat.posts) == 1


async def test_a_locked_database_is_one_line_in_the_log_and_not_the_end(
    clockwork: Clockwork, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def locked(*_args: object, **_kwargs: object) -> None:
        raise StorageFault("kpi.db: another process held the write lock for too long.", "Try again.")

    clockwork.ledger.known_since(hours=1)
    with monkeypatch.context() as patch:
        patch.setattr(promises, "claim", locked)
        await clockwork.jobs.settle()
    assert "write lock" in caplog.text
    assert "Traceback" not in caplog.text
    await clockwork.jobs.settle()
    assert len(clockwork.ledger.chat.posts) == 1


async def test_a_source_asked_for_is_read_from_any_thread(clockwork: Clockwork) -> None:
    assert not clockwork.jobs.enqueue("one"), "nothing runs yet"
    await clockwork.jobs.start()
    assert await asyncio.to_thread(clockwork.jobs.enqueue, "one")
    assert not clockwork.jobs.enqueue("three")
    await clockwork.until(lambda: len(clockwork.reads) == 3)


async def test_asking_for_a_source_that_is_being_read_asks_once(clockwork: Clockwork) -> None:
    await clockwork.jobs.start()
    clockwork.may_answer.clear()
    for _ in range(5):
        clockwork.jobs.enqueue("one")
    await clockwork.until(lambda: len(clockwork.reads) == 3)
    clockwork.may_answer.set()
    await asyncio.sleep(0.02)
    assert len(clockwork.reads) == 3


async def test_another_processs_reading_counts_for_the_rhythm(clockwork: Clockwork) -> None:
    await clockwork.jobs.start()
    await clockwork.jobs._in_turn("one")
    assert len(clockwork.reads) == 2
    clockwork.ledger.clock.forward(minutes=45)
    await clockwork.jobs._in_turn("one")
    assert len(clockwork.reads) == 3


async def test_many_refreshes_at_once_share_their_evaluations(
    clockwork: Clockwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluated = []
    monkeypatch.setattr(Evaluate, "__call__", lambda _self: (time.sleep(0.02), evaluated.append(1)))
    await asyncio.gather(*(clockwork.jobs._judge() for _ in range(50)))
    assert len(evaluated) == 2


async def test_a_stop_ends_what_is_under_way(clockwork: Clockwork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "PATIENCE_SECONDS", 0.02)
    clockwork.may_answer.clear()
    await clockwork.jobs.start()
    began = time.monotonic()
    await clockwork.jobs.stop()
    assert time.monotonic() - began < 1.0
    assert clockwork.jobs._turns == {}
