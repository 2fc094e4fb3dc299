"""The audit trail: found by what, who, how and when; refused to be rewritten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import StatementError

from storage import SessionFactory, audit
from storage.audit import Act

NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIRST = Act(NOW, "slack:U1", "record", "nps", "40", "42", "“quoted” <!channel>", "slack:C1")
SECOND = Act(NOW + HOUR, "slack:U2", "target", "stars", "5,000", "6,000", "agreed", "slack:C2")
THIRD = Act(NOW + 2 * HOUR, "slack:U1", "silence", "stars", place="terminal")


def write(sessions: SessionFactory, *acts: Act) -> None:
    with sessions.begin() as session:
        for act in acts:
            audit.write(session, act)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, [THIRD, SECOND, FIRST]),
        ({"subject": "stars"}, [THIRD, SECOND]),
        ({"actor": "slack:U1"}, [THIRD, FIRST]),
        ({"action": "target"}, [SECOND]),
        ({"subject": "stars", "actor": "slack:U1", "action": "silence"}, [THIRD]),
        ({"subject": None, "actor": None, "action": None, "before": None}, [THIRD, SECOND, FIRST]),
        ({"before": NOW + 2 * HOUR}, [SECOND, FIRST]),
        ({"before": NOW + 2 * HOUR, "limit": 1}, [SECOND]),
        ({"before": NOW}, []),
        ({"actor": "nobody"}, []),
        ({"limit": 2}, [THIRD, SECOND]),
    ],
)
def test_acts_are_found_newest_first(
    sessions: SessionFactory, asked: dict[str, Any], expected: list[Act]
) -> None:
    write(sessions, FIRST, SECOND, THIRD)
    with sessions.read() as session:
        assert audit.recent(session, **asked) == expected


def test_an_act_of_the_bot_itself_has_no_place(sessions: SessionFactory) -> None:
    write(sessions, Act(NOW, "bot", "schedule", "daily"))
    with sessions.read() as session:
        assert [one.place for one in audit.recent(session)] == [""]


def test_text_no_database_can_hold_is_marked(sessions: SessionFactory) -> None:
    write(sessions, replace(FIRST, note="a\x00b", place="slack:\ud83d"))
    with sessions.read() as session:
        (act,) = audit.recent(session)
    assert (act.note, act.place) == ("a\N{REPLACEMENT CHARACTER}b", "slack:\N{REPLACEMENT CHARACTER}")


def test_a_naive_time_is_refused(sessions: SessionFactory) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(StatementError, match="no time zone"), sessions.begin() as session:
        audit.write(session, replace(FIRST, at=naive))
    with pytest.raises(StatementError, match="no time zone"), sessions.read() as session:
        audit.recent(session, before=naive)
