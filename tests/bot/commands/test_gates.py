"""`/kpi gates`: every gate of every framework in use, in one table."""

from __future__ import annotations

import pytest

from bot.commands import gates
from bot.commands.base import Context
from bot.errors import UserError
from bot.reply import Reply, Table
from bot.surfaces.base import Invocation
from bot.workspace import Workspace
from kpi.calendar import Moment
from storage import Engine, SessionFactory
from tests.bot.reports.test_snapshot import counted
from tests.factories import NOW, ZONE, asks, built_in, each_day, framework, store, workspace

HORIZONS = {"phase1": {"title": "Phase 1"}, "phase2": {"title": "Phase 2"}}


def small(key: str, require: str = "80%", count: int = 2) -> Workspace:
    kpis = [
        {"name": f"Figure {index}", "unit": "points", "better": "higher", "targets": {"phase1": "10"}}
        for index in range(count)
    ]
    return workspace(
        framework(*kpis, key=key, horizons=HORIZONS, gates={"phase1": {"to": "phase2", "require": require}})
    )


def asked(used: Workspace, sessions: SessionFactory, *words: str) -> Reply:
    with sessions.read() as session:
        ctx = Context(
            used, session, Moment(NOW, ZONE), Invocation("gates", "slack", "U1"), lambda _source: False
        )
        return gates.run(gates.GatesArgs.read(words), ctx)


def rows(reply: Reply) -> list[tuple[str, ...]]:
    return [row for block in reply.blocks if isinstance(block, Table) for row in block.rows]


def test_the_gates_of_a_framework_with_the_exact_share(sessions: SessionFactory) -> None:
    reply = asked(built_in("inferno", "hektor"), sessions)
    assert reply.text == "0 of 3 gates open. Next: Phase 1 → 2, 36 KPIs short."
    assert rows(reply) == [
        ("Phase 1 → 2", "0 of 44", "36", "0% of 80%", "not yet"),
        ("Phase 2 → 3", "0 of 59", "51", "0% of 85%", "not yet"),
        ("Phase 3 → 4", "0 of 61", "55", "0% of 90%", "not yet"),
    ]
    assert asks(reply) == [*(f"gate inferno phase{number}" for number in (1, 2, 3)), "gates"]


def test_programs_are_given_a_list(sessions: SessionFactory) -> None:
    store(sessions, *(each_day(f"entry.one.growth.figure_{index}", [12]) for index in range(2)))
    used = workspace(*(small(key).uses[0].framework for key in ("one", "two")))
    reply = asked(used, sessions)
    assert [(one["framework"], one["gate"], one["passed"]) for one in reply.data["gates"]] == [
        ("one", "phase1", True),
        ("two", "phase1", False),
    ]
    assert reply.data["passed"] is False
    assert [row[0] for row in rows(reply)] == ["One: Phase 1 → 2", "Two: Phase 1 → 2"]
    assert reply.text == "1 of 2 gates open. Next: Two: Phase 1 → 2, 2 KPIs short."
    assert asked(used, sessions, "one").data["passed"] is True
    assert asked(used, sessions, "one").text == "1 of 1 gate open."


def test_a_framework_without_gates_names_those_that_have_some(sessions: SessionFactory) -> None:
    used = built_in("inferno", "hektor")
    for word, message in (
        ("hektor", "has no gates"),
        ("nonsense", "No framework “nonsense” in use has gates"),
    ):
        with pytest.raises(UserError, match=message) as refused:
            asked(used, sessions, word)
        assert "`gates inferno`" in refused.value.hint
    with pytest.raises(UserError, match="No framework in use has gates"):
        asked(built_in("hektor"), sessions)


def test_ten_times_the_kpis_take_the_same_statements(engine: Engine, sessions: SessionFactory) -> None:
    found = []
    for count in (3, 30):
        with counted(engine) as statements:
            asked(small("acme", count=count), sessions)
        found.append(len(statements))
    assert found[0] == found[1]
