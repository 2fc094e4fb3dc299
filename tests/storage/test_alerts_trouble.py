"""Two people at once, one person twice, a locked database, and a long history."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import event

from kpi.alerts import Item, Phase
from storage import SessionFactory, alert_keeping, alerts, audit, connect, migrate, migrations
from storage.alert_rows import ALERTS
from storage.engine import insert_into

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ANA, BOB = "slack:U0ANA", "slack:U0BOB"


def opened(sessions: SessionFactory, **columns: object) -> int:
    """An alert that fires."""
    with sessions.begin() as session:
        values = {**alerts.blank("a/r", "warning", NOW), "key": "a/r/1", "day": "2026-11-24", **columns}
        return alert_keeping.add(session, values)


def kinds(sessions: SessionFactory, number: int) -> list[tuple[str, bool]]:
    with sessions.read() as session:
        return [(one.kind, one.is_told) for one in alerts.events(session, [number])]


def test_one_person_who_says_it_twice_in_an_instant_raises_one_alert(sessions: SessionFactory) -> None:
    def raised(text: str, author: str = ANA, url: str = "") -> int:
        with sessions.begin() as session:
            return alerts.raise_by_hand(
                session, "a/r", "critical", text=text, url=url, author=author, now=NOW
            )

    first = raised("logins fail")
    assert raised("logins fail") == first
    others = {raised("mails fail"), raised("logins fail", BOB), raised("logins fail", url="https://a.test")}
    assert len(others | {first}) == 4
    assert kinds(sessions, first) == [("raised", False)]
    with sessions.read() as session:
        assert len(audit.recent(session, subject=f"alert {first}")) == 1


def test_of_many_who_take_it_at_once_one_has_it(sessions: SessionFactory) -> None:
    number = opened(sessions)

    def take(author: str) -> bool:
        with sessions.begin() as session:
            return alerts.acknowledge(session, number, author, NOW)

    with ThreadPoolExecutor(4) as pool:
        took = list(pool.map(take, [ANA, BOB, ANA, BOB]))
    assert sorted(took) == [False, False, False, True]
    assert kinds(sessions, number) == [("acknowledged", False)]


@pytest.mark.parametrize("until", [None, LATER])
def test_a_snooze_is_ended_once_by_whoever_is_first(until: datetime | None, sessions: SessionFactory) -> None:
    number = opened(sessions, is_told=True)
    with sessions.begin() as session:
        assert not alerts.wake(session, number, ANA, NOW)
        alerts.snooze(session, number, until, ANA, NOW)
        alerts.keep_event(session, alerts.Event(number, NOW, "worsened"))
        assert alerts.wake(session, number, BOB, NOW)
        assert not alerts.wake(session, number, ANA, NOW)
        assert not alerts.wake(session, 99, ANA, NOW)
    assert kinds(sessions, number) == [("snoozed", False), ("worsened", True), ("woken", False)]
    with sessions.read() as session:
        found = alerts.find(session, number)
        [act] = audit.recent(session, subject=f"alert {number}")[:1]
        assert alert_keeping.due(session, NOW) == [number]
    assert found is not None
    assert (found.snoozed_until, found.snoozed_for_good) == (None, False)
    assert (act.actor, act.action, act.after) == (BOB, "unsnooze", "ended")


def test_what_was_not_told_yet_is_told_after_a_snooze(sessions: SessionFactory) -> None:
    number = opened(sessions)
    with sessions.begin() as session:
        alerts.keep_event(session, alerts.Event(number, NOW, "fired"))
        alerts.snooze(session, number, None, ANA, NOW)
        assert alerts.wake(session, number, ANA, NOW)
    assert ("fired", False) in kinds(sessions, number)


def test_nothing_is_ended_of_a_snooze_that_is_over(sessions: SessionFactory) -> None:
    number = opened(sessions, snoozed_until=NOW)
    with sessions.begin() as session:
        assert not alerts.wake(session, number, ANA, LATER)
        alerts.resolve(session, number, ANA, LATER)
        assert not alerts.wake(session, number, ANA, LATER)


def test_a_long_history_is_listed_fast_with_few_statements(sessions: SessionFactory) -> None:
    keys = [f"a/r/{number}" for number in range(3000)]
    rows = [
        {
            **alerts.blank("a/r", "warning", NOW - timedelta(hours=number)),
            **alerts.over("", NOW),
            "key": key,
            "resolved_at": NOW if number else None,
            "state": "resolved" if number else "firing",
        }
        for number, key in enumerate(keys)
    ]
    fired = Item("a/r", "a/x", 1, Phase.RESOLVED, NOW, NOW, NOW, resolved_at=NOW, evidence={"name": "X"})
    with sessions.begin() as session:
        session.connection().execute(insert_into(session, ALERTS), rows)
        alert_keeping.save(session, [replace(fired, number=n + 1, alert=n + 1) for n in range(3000)])
    asked: list[str] = []
    event.listen(sessions.kw["bind"], "before_cursor_execute", lambda *given: asked.append(given[2]))
    began = time.perf_counter()
    with sessions.read() as session:
        assert len(alerts.open_alerts(session)) == 1
        assert len(alerts.recent(session, limit=100)) == 100
        assert len(alerts.items(session)) == 0
    assert time.perf_counter() - began < 0.5
    assert len([one for one in asked if one.startswith("SELECT")]) == 5


def test_a_database_from_before_alerts_keeps_all_it_had(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    config, engine = Config(), connect(url)
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0008")
    old = SessionFactory(engine)
    with old.begin() as session:
        audit.write(session, audit.Act(NOW, ANA, "record", "a/x", after="3"))
    assert migrate(url)[0] == "0009"
    with old.begin() as session:
        assert [one.subject for one in audit.recent(session)] == ["a/x"]
        assert alerts.open_alerts(session) == []
        number = alerts.raise_by_hand(session, "a/r", "critical", text="Help", author=ANA, now=NOW)
        assert alerts.acknowledge(session, number, ANA, NOW)
    engine.dispose()
