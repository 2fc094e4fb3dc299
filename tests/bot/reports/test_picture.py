"""The chart of a KPI is drawn from the numbers its words were made of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.charts.trend import TrendChart
from bot.workspace import Source, Workspace
from kpi.calendar import day_start
from storage import SessionFactory
from tests.factories import STARS, ZONE, asking, each_day, framework, store, whole, workspace

TWO = framework({**STARS, "baseline": "0", "targets": {"day90": "5,000", "month6": "9,000"}})


def chart_of(sessions: SessionFactory, used: Workspace, *, now: datetime | None = None) -> TrendChart:
    ask = asking(used, sessions) if now is None else asking(used, sessions, now=now)
    drawing = whole(ask, "stars").charts[0].drawing
    assert isinstance(drawing, TrendChart)
    return drawing


def test_it_has_the_target_the_pace_and_what_is_said(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(1000, 1100)))
    chart = chart_of(sessions, workspace(TWO))
    assert chart.title == "GitHub Stars"
    assert chart.finding.startswith("1,099 · ")
    assert chart.last_label == "1,099 stars"
    assert chart.target is not None
    assert (chart.target.value, chart.target.label) == (5000, "≥ 5,000 by Day 90")
    assert chart.pace is not None
    (start, low), (end, high) = chart.pace
    assert (low, high) == (0, 5000)
    assert end - start == timedelta(days=90, hours=1)  # the clock was set back in between
    assert (chart.source, chart.age, chart.zone) == ("github", "13 h ago", "Europe/Berlin")


def test_a_deadline_among_its_days_is_marked(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(1000, 1100)))
    assert chart_of(sessions, workspace(TWO)).marks == ()
    late = datetime(2026, 12, 20, 9, tzinfo=UTC)
    (mark,) = chart_of(sessions, workspace(TWO), now=late).marks
    assert mark.label == "Day 90"
    assert mark.at == day_start(datetime(2026, 12, 1, tzinfo=UTC).date(), ZONE)


def test_a_day_without_a_reading_breaks_the_line(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [1, None, 3]))
    assert [value for _, value in chart_of(sessions, workspace()).points[-3:]] == [1, None, 3]


def test_a_target_in_words_draws_no_line(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [1, 2, 3]))
    words = workspace(framework({**STARS, "targets": {"day90": "Market leader"}}))
    assert chart_of(sessions, words).target is None


def test_sample_data_is_written_into_the_picture(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [1, 2, 3]))
    noted = Source("sample", "sample", ("github.stars",), 60.0, "sample data: not yours")
    assert chart_of(sessions, workspace(sources=(noted,))).notice == "sample data"
