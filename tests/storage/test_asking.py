"""Requests: each asked once, each step taken once, whoever tries."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from kpi.metric import Sample
from storage import SessionFactory, asking, entries, samples
from storage.asking import Request, Said, State
from storage.entries import Entry

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
NPS = "acme/growth.nps"
ASKED = Request(NPS, "monthly 2026-10-31", "Dana", "slack", "U0DANA", NOW)


def add(sessions: SessionFactory, *requests: Request) -> list[bool]:
    with sessions.begin() as session:
        return [asking.add(session, one) for one in requests]


def entry(metric: str, at: datetime, value: float, *, by: str = "slack:U0DANA", **known: timedelta) -> Entry:
    recorded = NOW + known.get("after", timedelta())
    return Entry(metric, at, value, f"{value:g}", by, recorded, note="from the survey")


def test_a_request_comes_back_as_it_was(sessions: SessionFactory) -> None:
    assert add(sessions, ASKED) == [True]
    with sessions.read() as session:
        assert asking.of(session, NPS) == ASKED
        assert asking.opened(session) == [ASKED]
        assert asking.newest(session) == {NPS: ASKED}
        assert asking.of(session, "acme/growth.mrr") is None


def test_a_period_is_asked_for_once(sessions: SessionFactory) -> None:
    again = replace(ASKED, person="Raj", account="U0RAJ", asked_at=NOW + DAY)
    assert add(sessions, ASKED, again) == [True, False]
    with sessions.read() as session:
        assert asking.opened(session) == [ASKED]


def test_of_several_processes_one_asks(sessions: SessionFactory) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: add(sessions, ASKED)[0], range(4)))
    assert sorted(found) == [False, False, False, True]


def test_reminding_and_telling_others_happen_once(sessions: SessionFactory) -> None:
    add(sessions, ASKED)
    later = NOW + 2 * DAY
    with sessions.begin() as session:
        assert asking.remind(session, NPS, ASKED.period, later)
        assert not asking.remind(session, NPS, ASKED.period, later + DAY)
        assert asking.escalate(session, NPS, ASKED.period, later + DAY, "Lee")
        assert not asking.escalate(session, NPS, ASKED.period, later + DAY, "Raj")
        found = asking.of(session, NPS)
    expected = replace(ASKED, reminded_at=later, escalated_at=later + DAY, escalated_to="Lee")
    assert found == expected


def test_of_several_reminders_one_counts(sessions: SessionFactory) -> None:
    add(sessions, ASKED)

    def remind(_: int) -> bool:
        with sessions.begin() as session:
            return asking.remind(session, NPS, ASKED.period, NOW + DAY)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(remind, range(4))) == [False, False, False, True]


def test_a_closed_request_stays_as_it_was_closed(sessions: SessionFactory) -> None:
    add(sessions, ASKED)
    with sessions.begin() as session:
        assert asking.settle(
            session,
            NPS,
            ASKED.period,
            state=State.DECLINED,
            at=NOW + DAY,
            by="slack:U0DANA",
            reason="busy",
        )
        assert not asking.settle(session, NPS, ASKED.period, state=State.ENTERED, at=NOW + 2 * DAY)
        assert not asking.remind(session, NPS, ASKED.period, NOW + 2 * DAY)
        assert not asking.escalate(session, NPS, ASKED.period, NOW + 2 * DAY, "Lee")
        assert asking.opened(session) == []
        found = asking.of(session, NPS)
    assert found is not None
    assert (found.state, found.reason, found.settled_by) == (State.DECLINED, "busy", "slack:U0DANA")
    assert found.settled_at == NOW + DAY


def test_the_newest_of_each_kpi_counts_and_the_longest_open_comes_first(sessions: SessionFactory) -> None:
    november = replace(ASKED, period="monthly 2026-11-30", asked_at=NOW + 29 * DAY)
    other = replace(ASKED, kpi="acme/growth.mrr", asked_at=NOW + DAY)
    add(sessions, november, other, ASKED)
    with sessions.read() as session:
        assert asking.newest(session) == {NPS: november, other.kpi: other}
        assert asking.of(session, NPS) == november
        assert asking.opened(session) == [ASKED, other, november]


def test_the_last_word_on_the_newest_day_is_what_was_said(sessions: SessionFactory) -> None:
    october, september = NOW - 2 * DAY, NOW - 33 * DAY
    with sessions.begin() as session:
        entries.record(session, entry("entry.a", october, 50))
        entries.record(session, entry("entry.a", september, 48, after=DAY))
        entries.record(session, entry("entry.a", october, 52, by="slack:U0RAJ", after=DAY))
        entries.record(session, entry("entry.b", september, 7))
    with sessions.read() as session:
        found = asking.said(session, ["entry.a", "entry.b", "entry.c", "entry.a"])
        assert asking.said(session, []) == {}
    assert found["entry.a"] == Said(october, 52, "slack:U0RAJ", NOW + DAY, "from the survey")
    assert found.keys() == {"entry.a", "entry.b"}


def test_earlier_values_stand_as_they_were_mended_oldest_first(sessions: SessionFactory) -> None:
    with sessions.begin() as session:
        samples.write(session, [Sample("entry.a", NOW - day * DAY, float(day)) for day in range(1, 6)], NOW)
        samples.write(session, [Sample("entry.a", NOW - 2 * DAY, 20.0)], NOW + DAY)
    with sessions.read() as session:
        found = asking.earlier(session, "entry.a", before=NOW - DAY, most=3)
    assert found == [(NOW - 4 * DAY, 4.0), (NOW - 3 * DAY, 3.0), (NOW - 2 * DAY, 20.0)]
