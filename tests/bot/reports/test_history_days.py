"""The days of a KPI: what was entered holds until the next entry is overdue, and cohorts close when ripe."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from bot import windows
from bot.reports.history import (
    CHANGE_DAYS,
    History,
    between,
    can_be_drawn,
    changes,
    closing,
    edges,
    history,
    measured_days,
    value_before,
)
from bot.reports.snapshot import Snapshot, load
from bot.reports.window_words import window_line
from bot.workspace import KpiRef, Workspace
from kpi.calendar import Moment, day_of, day_start
from kpi.metric import Sample
from storage import SessionFactory
from tests.factories import NOW, NPS, STARS, TODAY, YESTERDAY, ZONE, at_evening, each_day, framework, store
from tests.factories import workspace as workspace_of

ENTERED = "entry.acme.growth.net_promoter_score"
ACTIVATION = {
    "name": "Activation",
    "unit": "%",
    "better": "higher",
    "targets": {"day90": "60%"},
    "measure": "last(app.activation)",
    "matures": "7d",
}
DAY = timedelta(days=1)


def entered(ago: Sequence[int], metric: str = ENTERED) -> list[Sample]:
    """One entry an evening, so many days ago; its value says how many."""
    return [Sample(metric, at_evening(TODAY - days * DAY), float(days)) for days in ago]


def read(
    sessions: SessionFactory, used: Workspace, name: str, *, days: int = 90, now: datetime = NOW
) -> tuple[KpiRef, Snapshot]:
    (ref,) = used.find_kpi(name)
    with sessions() as session:
        return ref, load(session, used, Moment(now, ZONE), (ref,), history_days=days)


def nps(sessions: SessionFactory, *, days: int = 60) -> History:
    ref, snapshot = read(sessions, workspace_of(), "nps", days=days)
    return history(ref, snapshot, days)


def values(found: History, ago: Sequence[int]) -> list[float | None]:
    """The values of the closed days so many days ago."""
    by_day = {day_of(at, ZONE): value for at, value in found.days}
    return [by_day[TODAY - days * DAY] for days in ago]


@pytest.mark.parametrize(
    ("made", "held", "gap"),
    [
        ((29, 22, 15, 8), (8, 1), ()),
        ((50, 43, 36), (36, 22), (21, 1)),  # twice a week
        ((50, 43, 36, 15), (36, 22, 15, 1), (21, 16)),
        ((30, 29, 28), (28, 18), (17, 1)),  # ten days, however often it was entered
        ((60, 30), (30, 1), ()),
        ((45,), (45, 1), ()),  # nobody knows when the next one is due
    ],
)
def test_an_entry_holds_until_the_next_one_is_overdue(
    made: tuple[int, ...], held: tuple[int, ...], gap: tuple[int, ...], sessions: SessionFactory
) -> None:
    store(sessions, entered(made))
    found = nps(sessions)
    newest = [min(ago for ago in made if ago >= days) for days in held]
    assert values(found, held) == newest
    assert values(found, gap) == [None] * len(gap)
    assert [value for _, value in found.entries] == list(made)


def test_before_the_first_entry_there_is_nothing(sessions: SessionFactory) -> None:
    store(sessions, entered((20, 10)))
    assert values(nps(sessions), (21, 20, 11, 10)) == [None, 20, 20, 10]


def test_the_entry_before_the_days_holds_into_them(sessions: SessionFactory) -> None:
    store(sessions, entered((40, 33, 26)))
    found = nps(sessions, days=20)
    assert values(found, (20, 12)) == [26, 26]
    assert found.entries == ((day_start(TODAY - 26 * DAY, ZONE), 26.0),)


def test_of_two_entries_on_one_day_the_later_counts(sessions: SessionFactory) -> None:
    morning = Sample(ENTERED, at_evening(TODAY - 8 * DAY) - timedelta(hours=9), 99.0)
    store(sessions, [morning, *entered((8, 1))])
    assert [value for _, value in nps(sessions).entries] == [8, 1]


def test_an_entry_of_today_is_one_and_is_open(sessions: SessionFactory) -> None:
    today = Sample(ENTERED, NOW - timedelta(hours=1), 50.0)
    store(sessions, [*entered((14, 7)), today])
    found = nps(sessions)
    assert found.today == (today.at, 50.0)
    assert found.entries[-1] == found.today


def test_a_source_that_is_silent_leaves_a_gap_that_no_entry_fills(sessions: SessionFactory) -> None:
    by_hand = entered((50, 43), "entry.acme.growth.github_stars")
    store(sessions, by_hand, each_day("github.stars", [5, 6, None, None, 9]))
    ref, snapshot = read(sessions, workspace_of(), "stars")
    found = history(ref, snapshot, 60)
    assert values(found, (50, 44, 43, 33)) == [50, 50, 43, 43]  # an entry stood in
    assert values(found, range(5, 0, -1)) == [5, 6, None, None, 9]
    assert len(found.entries) == 2


@pytest.mark.parametrize("made", [(45,), (1,), (2,), (40, 33), (3, 2), ()])
@pytest.mark.parametrize("text", ["90d", "14d", "q3 2026", "last month", "yesterday"])
def test_what_can_not_be_drawn_has_not_two_days(
    made: tuple[int, ...], text: str, sessions: SessionFactory
) -> None:
    if made:
        store(sessions, entered(made))
    ref, snapshot = read(sessions, workspace_of(), "nps", days=CHANGE_DAYS)
    window = windows.resolve(text, TODAY)
    count = sum(value is not None for _, value in between(ref, snapshot, window).days)
    assert can_be_drawn(ref, snapshot, window) or count < 2
    assert not can_be_drawn(ref, snapshot, window) or count >= 2 or made == (40, 33)


def test_cohorts_close_on_the_day_on_which_they_are_ripe(sessions: SessionFactory) -> None:
    store(sessions, each_day("app.activation", [41, 42, None, *range(44, 61)]))  # of 20 days
    ref, snapshot = read(sessions, workspace_of(framework(ACTIVATION)), "activation")
    found = history(ref, snapshot, 20)
    assert values(found, (14, 13, 12, 11, 10, 1)) == [None, 41, 42, None, 44, 53]
    assert (found.today, found.entries) == (None, ())
    assert changes(ref, snapshot).week == 7
    assert closing(ref, snapshot, snapshot.moment.close_of(YESTERDAY)) == 53
    assert closing(ref, snapshot, snapshot.moment.close_of(TODAY - 11 * DAY)) is None


def test_the_measured_days_of_cohorts_are_those_that_close(sessions: SessionFactory) -> None:
    store(sessions, each_day("app.activation", [41, None, None, 44], until=TODAY - 10 * DAY))
    ref, snapshot = read(sessions, workspace_of(framework(ACTIVATION)), "activation")
    days = [TODAY - 6 * DAY, TODAY - 3 * DAY]
    assert list(measured_days(ref, snapshot, TODAY - 30 * DAY, TODAY)) == days
    assert list(measured_days(ref, snapshot, TODAY, TODAY - 30 * DAY)) == days[::-1]
    window = windows.resolve("14d", TODAY)
    found = edges(ref, snapshot, window)
    assert (found.first, found.last) == ((days[0], 41.0), (days[1], 44.0))
    assert can_be_drawn(ref, snapshot, window)
    assert not can_be_drawn(ref, snapshot, windows.resolve("q3 2026", TODAY))


@pytest.mark.parametrize(
    "ripe", [date(2026, 3, 29), date(2026, 4, 2), date(2026, 10, 25), date(2026, 10, 30)]
)
def test_cohorts_stamped_at_midnight_close_when_the_clock_was_changed(
    ripe: date, sessions: SessionFactory
) -> None:
    midnight = day_start(ripe - 7 * DAY, ZONE)
    store(sessions, [Sample("app.activation", midnight, 40.0)])
    now = datetime.combine(ripe + 3 * DAY, datetime.min.time(), UTC)
    ref, snapshot = read(sessions, workspace_of(framework(ACTIVATION)), "activation", now=now)
    measured = [day_of(at, ZONE) for at, value in history(ref, snapshot, 10).days if value is not None]
    assert measured == [ripe]


def test_a_window_began_with_the_close_of_the_day_before(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(100, 200)))
    window = windows.resolve("2026-11-02 to 2026-11-08", TODAY)
    ref, snapshot = read(sessions, workspace_of(), "stars")
    value = value_before(ref, snapshot, window)
    assert value == 178
    assert f": {value:g} → " in window_line(ref, edges(ref, snapshot, window), window, snapshot.moment)


def test_what_was_not_read_is_no_beginning(sessions: SessionFactory) -> None:
    changed = framework({**STARS, "measure": "change(github.stars, 30d)"}, NPS)
    store(sessions, each_day("github.stars", range(100, 200)))
    ref, snapshot = read(sessions, workspace_of(changed), "stars", days=15)
    assert value_before(ref, snapshot, windows.resolve("15d", TODAY)) is None
    assert value_before(ref, snapshot, windows.resolve("14d", TODAY)) is not None
