"""A KPI of a part day by day: what a day counted, by how much a level moved, or the day's own value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.charts.calendar import CalendarChart, describe
from bot.reports.pictures import calendar
from bot.reports.pictures.calendar import shades_of
from bot.settings_calendar import CalendarEntry
from bot.workspace import Workspace
from kpi.calendar import Moment, day_of, day_start
from kpi.metric import Sample
from storage import SessionFactory
from tests.bot.reports.pictures.parts import part, read
from tests.factories import NOW, NPS, STARS, TODAY, YESTERDAY, ZONE, each_day, framework, store, workspace

DAY = timedelta(days=1)
VISITORS: Mapping[str, object] = {
    "name": "Website Traffic",
    "unit": "visitors/month",
    "better": "higher",
    "targets": {"day90": "10,000"},
    "measure": "sum(plausible.visitors, 30d)",
}
COVERAGE: Mapping[str, object] = {
    "name": "Coverage",
    "unit": "%",
    "better": "higher",
    "measure": "last(codecov.coverage)",
}


def flow(metric: str, values: Sequence[float | None]) -> list[Sample]:
    """What each day counted, the last of them yesterday."""
    first = YESTERDAY - (len(values) - 1) * DAY
    stamped = [(day_start(first + at * DAY, ZONE), value) for at, value in enumerate(values)]
    return [Sample(metric, at, value) for at, value in stamped if value is not None]


def drawn(
    sessions: SessionFactory, used: Workspace, days: int | None = None, **read_as: Any
) -> CalendarChart | None:
    section = part(used, kpis=[ref.path for ref in used.kpis], **({} if days is None else {"days": days}))
    found = calendar.chart(section, *read(sessions, used, **read_as))
    if found is None:
        return None
    assert isinstance(found.drawing, CalendarChart)
    assert found.alt == describe(found.drawing)
    return found.drawing


def test_a_flow_is_what_each_day_counted(sessions: SessionFactory) -> None:
    store(sessions, flow("plausible.visitors", [100.0] * 40 + [0.0, None, 300.0]))
    chart = drawn(sessions, workspace(framework(VISITORS)))
    assert chart is not None
    assert chart.title == "Website Traffic, day by day"
    assert [one.value for one in chart.days] == [100.0] * 40 + [0.0, None, 300.0]
    assert chart.finding == "102 a day on average, 4,300 in 42 days; one day without data"
    assert (chart.best_label, chart.worst_label) == ("best: 300, Sun 22 Nov", "worst: 0, Fri 20 Nov")
    assert chart.best == day_start(YESTERDAY, ZONE)
    assert chart.worst == day_start(date(2026, 11, 20), ZONE)
    assert [(one.step, one.label) for one in chart.shades] == [(0, "0"), (3, "100"), (4, "300")]


def test_a_level_is_what_each_day_changed(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [0, 5, 10, 8, 8, None, 20, 21, 22, 23, 24, 24]))
    chart = drawn(sessions, workspace(framework(STARS)))
    assert chart is not None
    assert chart.title == "GitHub Stars, daily change"
    # The change over the day before a gap is unknown on both of its sides.
    assert [one.value for one in chart.days] == [5, 5, -2, 0, None, None, 1, 1, 1, 1, 0]
    assert chart.finding == "+1.33 a day on average, +12 in 9 days; 2 days without data"
    assert chart.best_label == "best: +5 on 2 days, last Fri 13 Nov"
    assert [one.label for one in chart.shades] == ["−2", "0", "+1", "+5"]


def test_a_share_is_its_own_value(sessions: SessionFactory) -> None:
    store(sessions, each_day("codecov.coverage", [0.8 + day / 100 for day in range(9)]))
    chart = drawn(sessions, workspace(framework(COVERAGE)))
    assert chart is not None
    assert chart.days[0].value == pytest.approx(80)
    assert chart.finding == "84% on average over 9 days"


def test_less_is_best_where_less_is_better(sessions: SessionFactory) -> None:
    store(sessions, flow("plausible.visitors", [float(day) for day in range(10)]))
    for better, labels in (("lower", ("best: 0", "worst: 9")), ("none", ("most: 9", "least: 0"))):
        chart = drawn(sessions, workspace(framework({**VISITORS, "better": better, "targets": {}})))
        assert chart is not None
        assert (chart.best_label.partition(",")[0], chart.worst_label.partition(",")[0]) == labels


def test_unread_days_are_not_there_and_days_before_the_first_value_neither(sessions: SessionFactory) -> None:
    store(sessions, flow("plausible.visitors", [7.0 + day % 3 for day in range(60)]))
    used = workspace(framework(VISITORS))
    for history, count in ((0, 30), (12, 41), (90, 60)):
        chart = drawn(sessions, used, history_days=history)
        assert chart is not None
        assert len(chart.days) >= count
        assert chart.missing == 0


def test_all_days_are_there_with_the_days_it_asks_for(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(300)))
    used = workspace(framework(STARS))
    section = part(used, kpis=("stars",), days=50)
    snapshot, stretch = read(sessions, used, history_days=0)
    wanted = calendar.days_needed(section, Moment(NOW, ZONE), stretch)
    for history, count in ((wanted, 50), (wanted - 1, 49)):
        snapshot, _ = read(sessions, used, history_days=history)
        found = calendar.chart(section, snapshot, stretch)
        assert found is not None
        assert isinstance(found.drawing, CalendarChart)
        assert len(found.drawing.days) == count


def test_it_ends_with_the_stretch_and_never_is_longer_than_a_year(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(500)))
    chart = drawn(sessions, workspace(framework(STARS)), 1000, cadence="monthly", history_days=500)
    assert chart is not None
    last, first = (day_of(chart.days[at].at, ZONE) for at in (-1, 0))
    assert last == date(2026, 10, 31)
    assert (last - first).days == 370


def test_holidays_are_marked(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(300)))
    entry = CalendarEntry(country="DE", closed=(date(2026, 11, 20),))
    chart = drawn(sessions, replace(workspace(framework(STARS)), calendar=entry))
    assert chart is not None
    marked = {day_of(one.at, ZONE) for one in chart.days if one.is_holiday}
    assert marked == {date(2026, 10, 3), date(2026, 11, 20)}


@pytest.mark.parametrize(
    "kpi",
    [
        NPS,
        {**COVERAGE, "measure": "sum(app.a, 30d) / sum(app.b, 30d)"},
        {**COVERAGE, "matures": "7d"},
        {**STARS, "measure": "last(github.stars) - sum(plausible.visitors, 30d)", "targets": {}},
        {**VISITORS, "measure": "sum(sheets.flow, 90d)"},
    ],
    ids=["entered", "quotient", "cohort", "mixed", "monthly"],
)
def test_what_no_single_day_has_is_not_drawn(sessions: SessionFactory, kpi: Mapping[str, object]) -> None:
    for metric in ("github.stars", "plausible.visitors", "codecov.coverage", "app.a", "app.b", "sheets.flow"):
        store(sessions, flow(metric, [1.0 + day for day in range(90)]))
    store(sessions, each_day("entry.acme.growth.net_promoter_score", range(60)))
    used = workspace(framework(kpi))
    assert drawn(sessions, used, history_days=91) is None


def test_a_few_days_are_no_calendar(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(7)))
    assert drawn(sessions, workspace(framework(STARS))) is None
    assert drawn(sessions, workspace(framework(STARS)), refs=()) is None


def test_an_entry_in_between_is_no_day_of_its_own(sessions: SessionFactory) -> None:
    store(sessions, flow("plausible.visitors", [5.0] * 20))
    store(sessions, each_day("entry.acme.growth.website_traffic", [9000.0], until=TODAY - 25 * DAY))
    chart = drawn(sessions, workspace(framework(VISITORS)))
    assert chart is not None
    assert {one.value for one in chart.days} == {5.0}


@settings(max_examples=80)
@given(st.lists(st.one_of(st.integers(-30, 400).map(float), st.floats(-1e6, 1e6)), min_size=1, max_size=80))
def test_every_value_has_one_shade_and_they_rise(values: list[float]) -> None:
    shades = shades_of(values, str)
    lows, steps = [one.low for one in shades], [one.step for one in shades]
    assert lows == sorted(set(lows))
    assert steps == sorted(set(steps))
    assert -2 <= steps[0] <= steps[-1] <= 4
    for value in values:
        step = [one.step for one in shades if one.low <= value][-1]
        assert (step > 0, step < 0, step == 0) == (value > 0, value < 0, value == 0)
