"""Gate passes: kept once an instant, with the evidence of then."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import StatementError

from storage import Session, SessionFactory, gate_passes
from storage.gate_passes import GatePass

NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
NAIVE = NOW.replace(tzinfo=None)
DAY = timedelta(days=1)
MARK = "\N{REPLACEMENT CHARACTER}"
PASS = GatePass("acme", "phase1", NOW, {"achieved": 4, "percent": 80.00000000000001, "met": True}, NOW)


def enter(sessions: SessionFactory, *given: GatePass) -> list[bool]:
    with sessions.begin() as session:
        return [gate_passes.add(session, one) for one in given]


def test_passes_come_back_by_gate_oldest_first(sessions: SessionFactory) -> None:
    earlier, other = replace(PASS, passed_at=NOW - DAY), replace(PASS, gate="phase2")
    assert enter(sessions, PASS, earlier, other) == [True, True, True]
    with sessions.read() as session:
        assert gate_passes.read(session) == {("acme", "phase1"): [earlier, PASS], ("acme", "phase2"): [other]}


def test_a_pass_entered_again_is_left_as_it_was(sessions: SessionFactory) -> None:
    berlin = PASS.passed_at.astimezone(timezone(timedelta(hours=1)))
    again = replace(PASS, passed_at=berlin, evidence={"achieved": 5}, recorded_at=NOW + DAY)
    assert enter(sessions, PASS) == [True]
    assert enter(sessions, again, replace(again, framework="zeta")) == [False, True]
    with sessions.read() as session:
        assert gate_passes.read(session)["acme", "phase1"] == [PASS]


def test_a_pass_is_unknown_before_it_was_recorded(sessions: SessionFactory) -> None:
    late = replace(PASS, recorded_at=NOW + DAY)
    enter(sessions, late)
    with sessions.read() as session:
        assert gate_passes.read(session, as_of=NOW) == {}
        assert gate_passes.read(session, as_of=NOW + DAY) == {("acme", "phase1"): [late]}


def test_evidence_that_is_no_json_is_refused(sessions: SessionFactory) -> None:
    with pytest.raises(ValueError, match="JSON"):
        enter(sessions, replace(PASS, evidence={"percent": float("nan")}))
    with sessions.read() as session:
        assert gate_passes.read(session) == {}


def test_evidence_that_is_hostile_is_marked(sessions: SessionFactory) -> None:
    enter(sessions, replace(PASS, evidence={"text": "\ud800 \\u0000 \x00 '; --"}))
    with sessions.read() as session:
        ((found,),) = gate_passes.read(session).values()
    assert found.evidence == {"text": f"{MARK} \\u0000 \x00 '; --"}


PLAIN = st.characters(codec="utf-8")
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    LEAVES | st.text(PLAIN),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(PLAIN), inner),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(evidence=st.dictionaries(st.text(PLAIN), JSON, max_size=4))
def test_evidence_comes_back_exactly(sessions: SessionFactory, evidence: dict[str, object]) -> None:
    with sessions() as session:  # never committed: each example begins with an empty table
        gate_passes.add(session, replace(PASS, evidence=evidence))
        ((found,),) = gate_passes.read(session).values()
        session.rollback()
    assert found.evidence == evidence


@pytest.mark.parametrize(
    "act",
    [
        lambda session: gate_passes.add(session, replace(PASS, passed_at=NAIVE)),
        lambda session: gate_passes.add(session, replace(PASS, recorded_at=NAIVE)),
        lambda session: gate_passes.read(session, as_of=NAIVE),
    ],
)
def test_naive_times_are_refused(sessions: SessionFactory, act: Callable[[Session], object]) -> None:
    with pytest.raises(StatementError, match="no time zone"), sessions.begin() as session:
        act(session)


def test_one_pass_is_kept_however_many_find_the_gate_open(sessions: SessionFactory) -> None:
    """Each looks for a pass and adds one where there is none, at an instant of its own."""
    start = Barrier(4)

    def freeze(number: int) -> bool:
        start.wait(10)
        with sessions.begin() as session:
            if gate_passes.read_to_add(session):
                return False
            one = replace(PASS, passed_at=PASS.passed_at + timedelta(seconds=number))
            return gate_passes.add(session, one)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(freeze, range(4))) == 1
