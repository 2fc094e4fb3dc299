"""At its start the bot says what the ledger should not hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.jobs import leftovers
from storage import SessionFactory, promises
from storage.promises import Promise

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def owe(sessions: SessionFactory, key: str, ago: timedelta) -> None:
    due = NOW - ago
    with sessions.begin() as session:
        promises.owe(session, Promise(key, "daily", "x", "slack", key, due, "{}", due + timedelta(hours=12)))


def told(sessions: SessionFactory, caplog: pytest.LogCaptureFixture) -> list[str]:
    leftovers.tell(sessions, lambda _session: NOW)
    return [one.getMessage() for one in caplog.records]


def test_each_kind_is_told_with_what_is_odd_about_it(
    sessions: SessionFactory, caplog: pytest.LogCaptureFixture
) -> None:
    owe(sessions, "sent", timedelta(hours=30))
    owe(sessions, "asked", timedelta(hours=29))
    with sessions.begin() as session:
        for worker in ("killed", "lost"):
            at = NOW - timedelta(hours=28)
            assert promises.claim(session, worker=worker, now=at, lease=timedelta(minutes=1)) is not None
        promises.unknown(session, "asked", worker="lost", error="No answer.", retry_at=NOW)
    owe(sessions, "never", timedelta(days=2))
    owe(sessions, "fine", timedelta(minutes=2))
    assert told(sessions, caplog) == [
        "left behind promise=never: its time was over 36 h ago, and nobody closed it",
        "left behind promise=sent: its sender's lease ended 27 h ago, and nobody took it over",
        "left behind promise=asked: it was first tried 28 h ago, and nobody knows whether it was posted"
        " (No answer.)",
    ]


def test_a_sound_ledger_is_not_told_of(sessions: SessionFactory, caplog: pytest.LogCaptureFixture) -> None:
    owe(sessions, "fine", timedelta(minutes=2))
    assert told(sessions, caplog) == []


def test_many_are_told_shortly(sessions: SessionFactory, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(leftovers.MOST_TOLD + 3):
        owe(sessions, f"C{number}", timedelta(days=3))
    said = told(sessions, caplog)
    assert len(said) == leftovers.MOST_TOLD + 1
    assert said[-1] == "left behind more=3: see `kpi doctor`"
