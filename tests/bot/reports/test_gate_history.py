"""Since when a gate holds: day by day, by the frameworks as they stood, from one reading of storage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import pytest

from bot.errors import UserError
from bot.reports.gate_history import DAYS, GateBook, Past, Sight, read_gates
from bot.workspace import Workspace
from kpi.calendar import Moment
from kpi.judgement import Judgement
from storage import Engine, SessionFactory, judgements
from tests.bot.reports.test_snapshot import counted
from tests.factories import NOW, TODAY, YESTERDAY, ZONE, at_evening, each_day, framework, store, workspace

MOMENT = Moment(NOW, ZONE)
HORIZONS = {"phase1": {"title": "Phase 1"}, "phase2": {"title": "Phase 2"}}
LEADER: dict[str, object] = {
    "name": "Position",
    "unit": "",
    "better": "higher",
    "targets": {"phase1": "Market leader"},
}


def figure(index: int, target: str, measure: str = "") -> dict[str, object]:
    own: dict[str, object] = {"measure": measure} if measure else {}
    return {
        "name": f"Figure {index}",
        "unit": "points",
        "better": "higher",
        "targets": {"phase1": target},
        **own,
    }


def used(*targets: str, measure: str = "", kpis: Sequence[dict[str, object]] = ()) -> Workspace:
    """A framework whose gate needs all of its KPIs."""
    made = kpis or [figure(index, target, measure) for index, target in enumerate(targets or ("10",))]
    return workspace(
        framework(*made, horizons=HORIZONS, gates={"phase1": {"to": "phase2", "require": "100%"}})
    )


def enter(sessions: SessionFactory, values: Sequence[float | None], index: int = 0) -> None:
    store(sessions, each_day(f"entry.acme.growth.figure_{index}", values))


def book(
    sessions: SessionFactory,
    now: Workspace,
    workspace_at: Callable[[datetime], Workspace] | None = None,
    moment: Moment = MOMENT,
) -> GateBook:
    with sessions.read() as session:
        return read_gates(now.gates, Sight(session, now, moment, None, workspace_at), days=DAYS)


def past(sessions: SessionFactory, now: Workspace, at: Callable[[datetime], Workspace] | None = None) -> Past:
    return book(sessions, now, at).past(now.gates[0])


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([9, 9, 12, 12, 12], Past(open_since=ago(3))),
        ([12, 12, 9, 12], Past(open_since=ago(1))),  # it flaps: only the stretch that lasts counts
        ([12, 12, 12], Past(open_since=ago(3))),  # nothing is known of the time before
        ([12] * 120, Past(open_since=ago(DAYS), is_bounded=True)),
        ([9, 12, 12, 9, 9], Past(last_open=(ago(4), ago(3)))),
        ([12, 9, 12, 9, 12, 9], Past(last_open=(ago(2), ago(2)))),
        ([9, 9, 9], Past()),
        ([9] * 120, Past(is_bounded=True)),
        ([*[12] * 100, 9], Past(last_open=(None, ago(2)))),
        ([], Past()),
    ],
)
def test_the_days_are_walked_back_to_the_last_change(
    values: list[float], found: Past, sessions: SessionFactory
) -> None:
    if values:
        enter(sessions, values)
    assert past(sessions, used()) == found


def test_a_gate_that_opened_today_is_open_since_today(sessions: SessionFactory) -> None:
    enter(sessions, [9, 9])
    store(sessions, each_day("entry.acme.growth.figure_0", [12], until=TODAY))
    now = used()
    later = Moment(NOW + timedelta(hours=13), ZONE)
    assert book(sessions, now, moment=later).past(now.gates[0]) == Past(open_since=TODAY)


def test_a_changed_target_never_recolours_the_past(sessions: SessionFactory) -> None:
    enter(sessions, [8, 8, 8, 8, 8, 8])
    before, now = used("10"), used("5")
    changed = at_evening(ago(3))
    assert past(sessions, now) == Past(open_since=ago(6))
    assert past(sessions, now, lambda when: now if when >= changed else before) == Past(open_since=ago(3))


def test_what_an_earlier_framework_was_read_from_is_read_too(sessions: SessionFactory) -> None:
    store(sessions, each_day("made.before", [12] * 6), each_day("made.since", [12, 12], until=YESTERDAY))
    before, now = used("10", measure="last(made.before)"), used("10", measure="last(made.since)")
    changed = at_evening(ago(2))
    assert past(sessions, now) == Past(open_since=ago(2))
    assert past(sessions, now, lambda when: now if when >= changed else before) == Past(open_since=ago(6))


def test_before_the_framework_was_in_use_nothing_is_known(sessions: SessionFactory) -> None:
    enter(sessions, [12] * 6)
    now, none = used(), workspace(framework(key="other"))
    begun = at_evening(ago(4))
    assert past(sessions, now, lambda when: now if when >= begun else none) == Past(open_since=ago(4))


def test_an_earlier_file_that_cannot_be_read_ends_the_walk(sessions: SessionFactory) -> None:
    enter(sessions, [12] * 6)
    now = used()

    def at(when: datetime) -> Workspace:
        if when < at_evening(ago(2)):
            raise UserError("cannot be read by this version")
        return now

    assert past(sessions, now, at) == Past(open_since=ago(2))


def test_a_judgement_counts_from_its_own_day_on(sessions: SessionFactory) -> None:
    now = used(kpis=[LEADER])
    made = [(True, 6), (False, 4), (True, 2)]
    with sessions.begin() as session:
        for met, back in made:
            at = at_evening(ago(back))
            said = Judgement("growth.position", "phase1", "Market leader", met, "seen", "slack:U1", at)
            judgements.add(session, "acme", said, at)
    found = book(sessions, now)
    assert [found.was_open(now.gates[0], ago(back)) for back in (7, 6, 5, 4, 3, 2, 1)] == [
        *(None, True, True, False, False, True, True)
    ]


def statements(engine: Engine, sessions: SessionFactory, now: Workspace) -> int:
    with counted(engine) as found:
        told = book(sessions, now, lambda _when: now)
        told.past(now.gates[0])
    return len(found)


def test_the_past_is_read_with_as_many_statements_for_3_kpis_as_for_60(
    engine: Engine, sessions: SessionFactory
) -> None:
    for index in range(0, 60, 20):
        enter(sessions, [float(day % 13) for day in range(40)], index)
    counts = []
    for count in (3, 60):
        counts.append(statements(engine, sessions, used(*["10"] * count)))
    assert counts[0] == counts[1] <= 8
