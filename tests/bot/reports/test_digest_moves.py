"""What became of a KPI over a stretch: only what is equally long, and measured at both ends, is compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.reports.digest_moves import Move, closed, moves
from bot.reports.digest_words import change_of, counts_line, move_line
from bot.reports.periods import last_closed
from bot.reports.snapshot import Snapshot, load
from bot.workspace import Workspace
from kpi.calendar import Moment
from kpi.framework_rules import Cadence
from kpi.metric import Sample, SeriesSet
from kpi.trend import Trend
from storage import SessionFactory
from tests.factories import NOW, STARS, ZONE, each_day, framework, store, workspace

VISITS = "plausible.visitors"


def visits(measure: str, **more: object) -> Mapping[str, object]:
    return {"name": "Visits", "unit": "visitors", "better": "higher", "measure": measure, **more}


def a_day_each(value: float, days: int, *, until: date = date(2026, 11, 22)) -> Iterable[Sample]:
    """A flow: each day's amount, stamped where the day begins."""
    first = until - timedelta(days=days - 1)
    for offset in range(days):
        day = first + timedelta(days=offset)
        yield Sample(VISITS, datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC), value)


def move(
    sessions: SessionFactory, used: Workspace, cadence: Cadence = "weekly", *, now: datetime = NOW
) -> Move:
    """What became of the first KPI over the newest closed stretch."""
    moment = Moment(now, ZONE)
    stretch, refs = last_closed(cadence, moment), used.kpis[:1]
    with sessions.read() as session:
        snapshot = load(session, used, moment, refs, history_days=400)
    last, before = (closed(snapshot, refs, day) for day in (stretch.last, stretch.before))
    return moves(refs, last, before, stretch)[refs[0].path]


def change(sessions: SessionFactory, used: Workspace, cadence: Cadence = "weekly") -> str:
    return change_of(move(sessions, used, cadence), last_closed(cadence, Moment(NOW, ZONE)))


def test_a_calendar_month_is_compared_by_the_day(sessions: SessionFactory) -> None:
    store(sessions, a_day_each(10.0, 53, until=date(2026, 10, 31)))  # Oct: 31 days, of Sep the last 22
    store(sessions, a_day_each(10.0, 30, until=date(2026, 9, 30)))
    found = move(sessions, workspace(framework(visits("sum(plausible.visitors, month)"))), "monthly")
    assert found.standing.value == 310  # all of October, though its last day is over
    assert (found.before, found.after, found.per_day) == (10.0, 10.0, (31, 30))
    assert found.way is Trend.FLAT


def test_a_calendar_month_says_that_it_is_per_day(sessions: SessionFactory) -> None:
    store(sessions, a_day_each(10.0, 30, until=date(2026, 9, 30)))
    store(sessions, a_day_each(20.0, 31, until=date(2026, 10, 31)))
    used = workspace(framework(visits("sum(plausible.visitors, month)")))
    assert change(sessions, used, "monthly") == "+10 per day (+100%), better"


def test_a_month_so_far_is_not_held_against_a_shorter_one(sessions: SessionFactory) -> None:
    store(sessions, a_day_each(10.0, 60))
    used = workspace(framework(visits("sum(plausible.visitors, month)")))
    found = move(sessions, used)
    assert (found.delta, found.unequal) == (None, (22, 15))
    assert change(sessions, used) == "22 days against 15: not compared"


def test_a_day_is_not_held_against_another_day_of_the_week(sessions: SessionFactory) -> None:
    store(sessions, a_day_each(10.0, 90))
    used = workspace(framework(visits("sum(plausible.visitors, 1d)")))
    assert change(sessions, used, "monthly") == "another day of the week: not compared"
    assert change(sessions, used, "weekly") == "unchanged"


def test_what_is_printed_alike_has_not_changed(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [*[4000.0001] * 8, *[4000.0002] * 7]))
    assert change(sessions, workspace()) == "unchanged"


def test_an_entry_holds_until_the_next(sessions: SessionFactory) -> None:
    by_hand = {"name": "Visits", "unit": "visitors", "better": "higher"}
    store(sessions, each_day("entry.acme.growth.visits", [40, *[None] * 29]))
    assert change(sessions, workspace(framework(by_hand))) == "unchanged"


def test_a_number_measured_after_one_entered_is_not_compared(sessions: SessionFactory) -> None:
    store(sessions, each_day("entry.acme.growth.github_stars", [40, *[None] * 20]))
    store(sessions, each_day("github.stars", [50] * 5))
    found = move(sessions, workspace())
    assert (found.before, found.delta, found.is_first) == (None, None, False)
    assert change(sessions, workspace()) == "no data for 15 Nov"


def test_a_target_is_won_once(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [*[4990] * 8, *[5000] * 7]))
    assert move(sessions, workspace()).turned is True
    store(sessions, each_day("github.stars", [5010], until=date(2026, 11, 15)))
    assert move(sessions, workspace()).turned is None


def test_a_line_tells_that_a_target_was_lost(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [*[5001] * 8, *[4990] * 7]))
    found = move(sessions, workspace())
    told = move_line(found, last_closed("weekly", Moment(NOW, ZONE)))
    assert told == "– GitHub Stars 4,990, −11 (−0.2%), worse · newly missed · 99.8% of target, ≥ 5,000 needed"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (100.0, 120.0, "1 better"),
        (100.0, 80.0, "1 worse"),
        (100.0, 100.0, "1 unchanged"),
        (None, 80.0, "1 first reading"),
        (100.0, None, "1 not measured"),
    ],
)
def test_each_kpi_is_counted_once(
    sessions: SessionFactory, before: float | None, after: float | None, told: str
) -> None:
    store(sessions, each_day("github.stars", [*[before] * 8, *[after] * 7]))
    stretch = last_closed("weekly", Moment(NOW, ZONE))
    assert counts_line([move(sessions, workspace())], stretch) == f"Against the week before: {told}"


@settings(max_examples=25, deadline=None)
@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9), st.sampled_from(["higher", "lower", "none"]))
def test_a_change_is_better_or_worse_by_its_sign(before: float, after: float, better: str) -> None:
    used = workspace(framework({**STARS, "better": better}))
    found = _made(used, before, after)
    delta = found.delta
    assert delta is not None
    if delta == 0:
        assert found.way is Trend.FLAT
    elif better == "none":
        assert found.way is Trend.UNKNOWN
    else:
        assert (found.way is Trend.BETTER) == ((after > before) == (better == "higher"))


def _made(used: Workspace, before: float, after: float) -> Move:
    """A move between two values, without storage."""
    ref, moment = used.kpis[0], Moment(NOW, ZONE)
    empty = Snapshot(moment, used, SeriesSet(), {}, {})
    standing = empty.at_close(ref, date(2026, 11, 22))
    return Move(ref, standing, standing, after, before)
