"""One reading of storage: a constant number of statements, and as much of it as is needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from bot.reports import daily
from bot.reports.snapshot import Snapshot, load, reaching_back
from bot.workspace import Workspace
from kpi.calendar import Moment
from kpi.framework import Framework
from kpi.metric import Sample
from kpi.standing import standing
from storage import Engine, SessionFactory, samples
from storage.runs import Fault
from tests.factories import (
    NOW,
    STARS,
    START,
    YESTERDAY,
    ZONE,
    at_evening,
    each_day,
    fail,
    framework,
    store,
    workspace,
)

MOMENT = Moment(NOW, ZONE)


def wide(count: int) -> Framework:
    """`count` KPIs with metrics of their own, measured in every manner."""
    measures = ("last({})", "change({}, 7d)", "mean({}, 28d)", "sum({}, 7d)")
    kpis = [
        {
            "name": f"Figure {index}",
            "unit": "points",
            "better": "higher",
            "targets": {"day90": "100"},
            "measure": measures[index % len(measures)].format(f"made.figure_{index}"),
        }
        for index in range(count)
    ]
    return framework(*kpis)


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("PRAGMA"):  # said once a connection, whatever is asked
            found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def statements(engine: Engine, sessions: SessionFactory, used: Workspace) -> int:
    with counted(engine) as found, sessions.read() as session:
        reply = daily.compose(session, used, MOMENT, since=YESTERDAY)
    assert reply.data["changed"]
    return len(found)


def test_an_update_takes_the_same_statements_for_5_kpis_and_for_200(
    engine: Engine, sessions: SessionFactory
) -> None:
    days = [float(value) for value in range(40)]
    store(sessions, *(each_day(f"made.figure_{index}", days) for index in range(200)))
    few = statements(engine, sessions, workspace(wide(5)))
    assert statements(engine, sessions, workspace(wide(200))) == few
    assert few <= 15


def test_the_days_between_day_0_and_the_present_are_not_read(sessions: SessionFactory) -> None:
    values = range(1000, 2000)
    store(sessions, each_day("github.stars", values))
    used = workspace()
    with sessions.read() as session:
        snapshot = load(session, used, MOMENT, used.kpis)
    (series,) = snapshot.series.of("github.stars")
    assert len(series) < 20
    found = snapshot.of(used.kpis[0])
    assert found.value == 1999
    assert found.pace is not None
    on_start = values[-1 - (YESTERDAY - START).days]
    assert found.pace.start_value == on_start


@pytest.mark.parametrize("measure", ["last", "change", "mean", "rate", "sum", "all"])
def test_what_is_left_out_changes_no_standing(measure: str, sessions: SessionFactory) -> None:
    """The standing from a tight reading is the standing from everything there is."""
    calls = {"last": "last(made.x)", "all": "mean(made.x, all)"}
    kpi = {**STARS, "unit": "points", "measure": calls.get(measure, f"{measure}(made.x, 14d)")}
    used = workspace(framework({**kpi, "targets": {"day90": "100", "month6": "200"}}))
    store(sessions, each_day("made.x", [float((day * 37) % 101) for day in range(200)]))
    with sessions.read() as session:
        snapshot = load(session, used, MOMENT, used.kpis)
        everything = samples.read(session, {"made.x": at_evening(START) - timedelta(days=900)}, until=NOW)
    whole = Snapshot(MOMENT, used, everything, {}, {})
    (ref,) = used.kpis
    assert snapshot.of(ref) == standing(ref.kpi, whole.context(ref.use))


def test_reaching_back_adds_history_and_changes_nothing_that_was_read(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(300)))
    used = workspace()
    ref = used.kpis[0]
    with sessions.read() as session:
        near = load(session, used, MOMENT, used.kpis)
        far = reaching_back(session, near, ref, 200)
    assert far.standings == near.standings
    (series,) = far.series.of("github.stars")
    assert len(series) >= 200
    assert list(series.at) == sorted(set(series.at))
    for days in (1, 50, 199):
        close = MOMENT.close_of(YESTERDAY - timedelta(days=days))
        assert far.read(ref, close).value == 299 - days


def test_reaching_back_is_not_told_what_was_learned_meanwhile(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(100, 400)), recorded_at=NOW - timedelta(hours=1))
    used = workspace()
    with sessions.read() as session:
        near = load(session, used, MOMENT, used.kpis)
    assert near.learned_at == NOW - timedelta(hours=1)
    new = [Sample("github.stars", NOW, 7.0), Sample("github.stars", NOW, 7.0, (("repository", "new"),))]
    store(sessions, new, each_day("github.stars", [7.0]), recorded_at=NOW)
    with sessions.read() as session:
        far = reaching_back(session, near, used.kpis[0], 200)
        again = load(session, used, MOMENT, used.kpis, known_by=near.learned_at)
    assert far.read(used.kpis[0], MOMENT).value == near.of(used.kpis[0]).value == 399
    assert len(far.series.series) == 1
    assert again.of(used.kpis[0]) == near.of(used.kpis[0])


def test_at_close_is_the_standing_of_that_day_with_its_age_by_now(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [10, 20]), [Sample("github.stars", NOW, 99.0)])
    used = workspace()
    with sessions.read() as session:
        snapshot = load(session, used, MOMENT, used.kpis)
    assert snapshot.of(used.kpis[0]).value == 99
    closed = snapshot.at_close(used.kpis[0], YESTERDAY)
    assert closed.value == 20
    assert closed.age == timedelta(hours=13)


def test_a_source_that_is_no_longer_connected_is_no_fault(sessions: SessionFactory) -> None:
    fail(sessions, "gone", Fault("AuthFailed", "No", "Yes."))
    used = workspace()
    with sessions.read() as session:
        assert load(session, used, MOMENT, used.kpis).faults == {}


def test_a_part_fault_is_that_of_its_metrics(sessions: SessionFactory) -> None:
    fail(sessions, "github", Fault("Unavailable", "No forks", "", metrics=("github.forks",)))
    used = workspace()
    with sessions.read() as session:
        faults = load(session, used, MOMENT, used.kpis).faults
    assert set(faults) == {"github.forks"}
    assert faults["github.forks"].since == NOW
