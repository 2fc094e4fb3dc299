"""Judgements: the word for the latest time counts, as it was known when asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.exc import StatementError

from kpi.judgement import Judgement
from storage import Engine, Session, SessionFactory, judgements

NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
NAIVE = NOW.replace(tzinfo=None)
DAY = timedelta(days=1)
LEADER = Judgement("position", "stage3", "Market leader", True, "Gartner says so", "slack:U1", NOW)
TARGET = (LEADER.kpi, LEADER.horizon)
Recorded = tuple[str, Judgement, datetime]


def add(sessions: SessionFactory, *given: Recorded) -> None:
    with sessions.begin() as session:
        for framework, judgement, recorded_at in given:
            judgements.add(session, framework, judgement, recorded_at)


def test_a_judgement_comes_back_as_given(sessions: SessionFactory) -> None:
    add(sessions, ("acme", LEADER, NOW + DAY))
    with sessions.read() as session:
        assert judgements.read(session, ["acme", "other"], until=NOW) == {
            "acme": {TARGET: LEADER},
            "other": {},
        }
        assert judgements.read(session, [], until=NOW) == {}


def test_it_holds_from_its_time_on(sessions: SessionFactory) -> None:
    lost = replace(LEADER, met=False, at=NOW + 2 * DAY)
    add(sessions, ("acme", LEADER, NOW), ("acme", lost, NOW))
    with sessions.read() as session:
        found = [
            judgements.read(session, ["acme"], until=NOW + days * DAY)["acme"].get(TARGET)
            for days in (-1, 0, 1, 2, 3)
        ]
    assert found == [None, LEADER, LEADER, lost, lost]


def test_an_older_time_recorded_later_does_not_win(sessions: SessionFactory) -> None:
    add(sessions, ("acme", LEADER, NOW), ("acme", replace(LEADER, at=NOW - DAY, met=False), NOW + DAY))
    with sessions.read() as session:
        assert judgements.read(session, ["acme"], until=NOW + DAY)["acme"] == {TARGET: LEADER}


def test_of_two_for_one_time_the_one_recorded_last_counts_as_of_then(sessions: SessionFactory) -> None:
    better, last = replace(LEADER, met=False), replace(LEADER, reason="same moment, said last")
    later = NOW + DAY
    add(sessions, ("acme", LEADER, NOW), ("acme", better, later), ("acme", last, later))
    with sessions.read() as session:

        def known(as_of: datetime | None) -> Judgement | None:
            return judgements.read(session, ["acme"], until=later, as_of=as_of)["acme"].get(TARGET)

        assert [known(NOW - DAY), known(NOW), known(later), known(None)] == [None, LEADER, last, last]


def test_frameworks_and_horizons_do_not_mix(sessions: SessionFactory) -> None:
    other = replace(LEADER, horizon="stage2", met=False)
    add(sessions, ("acme", LEADER, NOW), ("acme", other, NOW), ("zeta", replace(LEADER, met=False), NOW))
    with sessions.read() as session:
        found = judgements.read(session, ["acme"], until=NOW)
    assert found == {"acme": {TARGET: LEADER, ("position", "stage2"): other}}


def test_history_is_of_one_kpi_newest_first(sessions: SessionFactory) -> None:
    later = replace(LEADER, at=NOW + DAY, horizon="stage2")
    add(
        sessions,
        ("acme", LEADER, NOW),
        ("acme", later, NOW + DAY),
        ("acme", replace(LEADER, kpi="brand"), NOW),
        ("zeta", LEADER, NOW),
    )
    with sessions.read() as session:
        assert judgements.history(session, "acme", "position") == [(later, NOW + DAY), (LEADER, NOW)]
        assert judgements.history(session, "acme", "unknown") == []


def test_reading_is_one_statement_whatever_the_number_of_frameworks(
    engine: Engine, sessions: SessionFactory
) -> None:
    add(sessions, *((f"f{number}", LEADER, NOW) for number in range(30)))
    with counted(engine) as said, sessions.read() as session:
        assert len(judgements.read(session, [f"f{number}" for number in range(30)], until=NOW)) == 30
    assert len([one for one in said if "judgements" in one]) == 1


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    said: list[str] = []

    def note(*of: object) -> None:
        said.append(str(of[2]))

    event.listen(engine, "before_cursor_execute", note)
    yield said
    event.remove(engine, "before_cursor_execute", note)


def test_hostile_text_is_marked(sessions: SessionFactory) -> None:
    add(sessions, ("acme", replace(LEADER, text="a\x00b", reason="\udfff<@U1>'; --"), NOW))
    with sessions.read() as session:
        found = judgements.read(session, ["acme"], until=NOW)["acme"][TARGET]
    mark = "\N{REPLACEMENT CHARACTER}"
    assert (found.text, found.reason) == (f"a{mark}b", f"{mark}<@U1>'; --")


@pytest.mark.parametrize(
    "act",
    [
        lambda session: judgements.add(session, "acme", replace(LEADER, at=NAIVE), NOW),
        lambda session: judgements.add(session, "acme", LEADER, NAIVE),
        lambda session: judgements.read(session, ["acme"], until=NAIVE),
        lambda session: judgements.read(session, ["acme"], until=NOW, as_of=NAIVE),
    ],
)
def test_naive_times_are_refused(sessions: SessionFactory, act: Callable[[Session], object]) -> None:
    with pytest.raises(StatementError, match="no time zone"), sessions.begin() as session:
        act(session)


MOMENTS = st.integers(0, 4).map(lambda days: NOW + days * DAY)
SAID = st.tuples(
    st.sampled_from(["acme", "zeta"]),
    st.builds(
        Judgement,
        kpi=st.sampled_from(["brand", "position"]),
        horizon=st.sampled_from(["stage1", "stage2"]),
        text=st.just("Market leader"),
        met=st.booleans(),
        reason=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=3),
        author=st.just("slack:U1"),
        at=MOMENTS,
    ),
    MOMENTS,
)


def modelled(
    said: list[Recorded], asked: list[str], until: datetime, as_of: datetime | None
) -> dict[str, dict[tuple[str, str], Judgement]]:
    """The newest `at`, of these the last recorded, of these the last added."""
    found: dict[str, dict[tuple[str, str], Judgement]] = {name: {} for name in asked}
    for framework, one, recorded_at in sorted(said, key=lambda entry: (entry[1].at, entry[2])):
        is_known = one.at <= until and (as_of is None or recorded_at <= as_of)
        if framework in found and is_known:
            found[framework][one.kpi, one.horizon] = one
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(
    said=st.lists(SAID, max_size=25),
    asked=st.lists(st.sampled_from(["acme", "zeta", "nobody"]), unique=True),
    until=MOMENTS,
    as_of=st.none() | MOMENTS,
)
def test_reading_equals_the_plain_rule(
    sessions: SessionFactory,
    said: list[Recorded],
    asked: list[str],
    until: datetime,
    as_of: datetime | None,
) -> None:
    with sessions() as session:  # never committed: each example begins with an empty table
        for framework, judgement, recorded_at in said:
            judgements.add(session, framework, judgement, recorded_at)
        assert judgements.read(session, asked, until=until, as_of=as_of) == modelled(
            said, asked, until, as_of
        )
        session.rollback()
