"""The chart of a KPI is drawn from the numbers its words were made of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.charts.trend import TrendChart, describe
from bot.workspace import Source, Workspace
from kpi.calendar import day_start
from kpi.metric import Sample
from storage import SessionFactory
from storage.annotations import Annotation, add
from tests.factories import (
    NOW,
    STARS,
    TODAY,
    ZONE,
    asking,
    at_evening,
    each_day,
    framework,
    said,
    store,
    whole,
    workspace,
)

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


def nps_entered(sessions: SessionFactory, *ago: int) -> TrendChart:
    """The chart of a KPI that was entered so many days ago."""
    metric, today = "entry.acme.growth.net_promoter_score", at_evening(TODAY)
    store(sessions, [Sample(metric, today - timedelta(days=days), 50.0 - days) for days in ago])
    drawing = whole(asking(workspace(), sessions), "nps").charts[0].drawing
    assert isinstance(drawing, TrendChart)
    return drawing


def test_what_was_entered_is_told_as_entries(sessions: SessionFactory) -> None:
    chart = nps_entered(sessions, 28, 21, 14, 7)
    assert len(chart.entries) == 4
    assert describe(chart).split("; ")[:2] == [
        "Line chart, Net Promoter Score, 28 days to 22 Nov: rises from 22 to 43 NPS",
        "4 entries, the last on 16 Nov",
    ]


def test_an_overdue_entry_is_told(sessions: SessionFactory) -> None:
    chart = nps_entered(sessions, 50, 43, 36)
    assert "3 entries, the last on 18 Oct; no value from 2 Nov: the next entry is overdue" in describe(chart)


def test_an_entry_of_the_open_day_is_not_said_to_grow(sessions: SessionFactory) -> None:
    metric = "entry.acme.growth.net_promoter_score"
    store(sessions, each_day(metric, [40, 41]), [Sample(metric, NOW - timedelta(hours=1), 45.0)])
    (chart,) = whole(asking(workspace(), sessions), "nps").charts
    assert "; 45 NPS today; 3 entries, the last on 23 Nov" in chart.alt


def test_the_words_and_the_alt_text_of_a_window_begin_with_one_number(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(2000, 2100)))
    reply = whole(asking(workspace(), sessions), "stars 30d")
    assert "2,069 → 2,099 stars" in said(reply)
    assert "30 days to 22 Nov: rises from 2,069 to 2,099 stars" in reply.charts[0].alt


def test_a_pace_by_weekdays_stands_still_over_the_weekend(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(1000, 1100)))
    paced = workspace(framework({**STARS, "baseline": "0", "rhythm": "weekdays"}))
    chart = chart_of(sessions, paced)
    assert chart.pace is not None
    at_close = {(at - timedelta(hours=1)).astimezone(ZONE).date(): value for at, value in chart.pace}
    friday, sunday = (datetime(2026, 11, day, tzinfo=UTC).date() for day in (20, 22))
    assert at_close[friday] == at_close[sunday] > at_close[friday - timedelta(days=5)]
    assert (min(at_close.values()), max(at_close.values())) == (0, 5000)
    assert {day.weekday() for day in list(at_close)[1:-1]} == {4, 6}  # its corners, and no day between


def test_a_pace_by_weekdays_ends_with_a_window_gone_by(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(1000, 1100)))
    paced = workspace(framework({**STARS, "baseline": "0", "rhythm": "weekdays"}))
    reply = asking(paced, sessions)("chart stars 2026-10-01 to 2026-10-24")
    chart = reply.charts[0].drawing
    assert isinstance(chart, TrendChart)
    assert chart.pace is not None
    (_, friday), (end, saturday) = chart.pace[-2:]
    assert end.astimezone(ZONE).date() == datetime(2026, 10, 24, tzinfo=UTC).date()
    assert friday == saturday


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Show HN", "Show HN"),
        ("x" * 28, "x" * 28),
        ("Show HN, front page all day long", "Show HN, front page all day…"),
        ("Newsletter, to all, of them: read", "Newsletter, to all, of…"),
        ("Show HN, front page, alldaylong", "Show HN, front page…"),
        ("x" * 90, "x" * 27 + "…"),
        ("Now " + "x" * 90, "Now " + "x" * 23 + "…"),
        ("two\nlines", "two lines"),
    ],
)
def test_a_note_is_cut_between_words(text: str, label: str, sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(1000, 1100)))
    at = at_evening(TODAY - timedelta(days=5))
    with sessions.begin() as session:
        add(session, Annotation("", at, text, "slack:U0DANA", at))
    (mark,) = chart_of(sessions, workspace()).marks
    assert mark.label == label
    assert len(label) <= 28
