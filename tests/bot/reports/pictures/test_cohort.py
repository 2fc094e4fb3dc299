"""Rates by when cohorts began: each row counts its own starts, and only once all had their time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.charts.cohort import CohortCell, CohortChart
from bot.reply import Chart
from bot.reports import plans
from bot.reports.periods import last_closed
from bot.reports.pictures import cohort
from bot.reports.snapshot import load
from bot.workspace import Workspace
from kpi.calendar import Moment
from kpi.framework_rules import Cadence
from kpi.metric import Sample, labels
from storage import SessionFactory
from tests.factories import NOW, TODAY, ZONE, each_day, framework, store, workspace


def rate(name: str, cohorts: str, matures: str) -> dict[str, object]:
    users = f'mixpanel.retained_users{{cohort="{cohorts}"}}', f'mixpanel.cohort_users{{cohort="{cohorts}"}}'
    measure = f"sum({users[0]}, 30d) / sum({users[1]}, 30d)"
    kpi = {"name": name, "unit": "%", "better": "higher", "targets": {"steady": "40%+"}}
    return {**kpi, "matures": matures, "measure": measure}


QUERY, ACTIVE = rate("First Query", "d7", "7d"), rate("Active", "d30", "31d")
OTHERS = (
    {"name": "Fans", "unit": "%", "better": "higher", "matures": "7d", "measure": "last(mixpanel.ratio)"},
    {
        "name": "Reads",
        "unit": "views",
        "better": "higher",
        "matures": "3d",
        "measure": "sum(x.impressions, 30d)",
    },
    rate("Late", "d7", "3d"),
    {"name": "Guess", "unit": "%", "better": "higher"},
)


def using(cadence: Cadence = "weekly", days: int | None = None) -> Workspace:
    part = {"title": "Retention by start", "sections": ["Growth"], "chart": "cohort", "days": days}
    report = {"key": "review", "title": "Review", "cadence": cadence, "parts": [part]}
    return workspace(framework(ACTIVE, QUERY, *OTHERS, reports=[report]))


def drawn(
    sessions: SessionFactory, used: Workspace, *, name: str = "weekly", history_days: int = 110
) -> Chart | None:
    plan = plans.find(name, used)
    assert plan is not None
    moment = Moment(NOW, ZONE)
    with sessions() as session:
        snapshot = load(session, used, moment, plan.refs, history_days=history_days)
    return cohort.chart(plan.sections[0], snapshot, last_closed(plan.cadence, moment))


def cohorts(name: str, days: int, retained: list[float], *, ripe: int) -> list[Sample]:
    """Ten starts a day up to the newest ripe ones, and how many of them came again: a number a week."""
    until = TODAY - timedelta(days=1 + ripe)
    pairs = labels({"cohort": name})
    again = [value for value in retained for _ in range(7)][-days:]
    return [
        *each_day("mixpanel.retained_users", again, until=until, pairs=pairs),
        *each_day("mixpanel.cohort_users", [10] * days, until=until, pairs=pairs),
    ]


def test_each_row_counts_its_own_starts_and_columns_come_by_age(sessions: SessionFactory) -> None:
    store(
        sessions,
        cohorts("d7", 63, [3, 3, 3, 3, 3, 4, 4, 5, 6], ripe=7),
        cohorts("d30", 42, [1, 1, 1, 2, 2, 3], ripe=31),
    )
    found = drawn(sessions, using())
    assert found is not None
    chart = found.drawing
    assert isinstance(chart, CohortChart)
    assert [(one.name, one.age_label, one.target_label) for one in chart.columns] == [
        ("First Query", "after 7 days", "≥ 40%"),
        ("Active", "after 31 days", "≥ 40%"),
    ]
    assert [row.name for row in chart.rows][-3:] == ["2 to 8 Nov", "9 to 15 Nov", "16 to 22 Nov"]
    assert [row.cells[0] for row in chart.rows][-4:] == [
        CohortCell(40.0, "40%"),
        CohortCell(50.0, "50%"),
        CohortCell(60.0, "60%"),
        CohortCell(None, is_ripe=False),
    ]
    assert [row.cells[1].is_ripe for row in chart.rows] == [True] * (len(chart.rows) - 5) + [False] * 5
    lies_across_two = chart.rows[-6].cells[1]  # four days on which 2 came again, and three on which 3 did
    assert lies_across_two.value == pytest.approx(100 * (4 * 2 + 3 * 3) / 70)
    assert chart.finding == "First Query 60% of those who began 9 to 15 Nov, +10 points against 2 to 8 Nov"
    assert chart.period == "began 14 Sep to 22 Nov"
    assert "16 to 22 Nov" not in found.alt.partition("; ")[0]
    assert "1 not ripe yet" in found.alt
    assert found.drawing.png().startswith(b"\x89PNG")


def test_a_week_without_all_of_its_days_has_no_rate(sessions: SessionFactory) -> None:
    holes = [one for one in cohorts("d7", 63, [3] * 9, ripe=7) if one.at.date() != TODAY - timedelta(days=18)]
    store(sessions, holes)
    found = drawn(sessions, using())
    assert found is not None
    assert isinstance(found.drawing, CohortChart)
    assert [row.cells[0] for row in found.drawing.rows][-3:] == [
        CohortCell(None),
        CohortCell(30.0, "30%"),
        CohortCell(None, is_ripe=False),
    ]


def test_days_that_were_not_read_are_not_told(sessions: SessionFactory) -> None:
    store(sessions, cohorts("d7", 63, [3] * 9, ripe=7))
    wide, narrow = (drawn(sessions, using(), history_days=days) for days in (110, 1))
    assert wide is not None
    assert narrow is not None
    assert isinstance(wide.drawing, CohortChart)
    assert isinstance(narrow.drawing, CohortChart)
    assert len(wide.drawing.rows) > len(narrow.drawing.rows)


def test_long_reports_have_a_row_a_month(sessions: SessionFactory) -> None:
    store(sessions, cohorts("d7", 200, [4] * 30, ripe=7))
    found = drawn(sessions, using("quarterly"), name="quarterly", history_days=300)
    assert found is not None
    assert isinstance(found.drawing, CohortChart)
    assert [row.name for row in found.drawing.rows] == [
        "May 2026",
        "Jun 2026",
        "Jul 2026",
        "Aug 2026",
        "Sep 2026",
    ]
    assert [row.cells[0].label for row in found.drawing.rows] == ["40%"] * 4 + [""]
    assert not found.drawing.rows[-1].cells[0].is_ripe


def test_a_part_says_how_far_back(sessions: SessionFactory) -> None:
    store(sessions, cohorts("d7", 63, [3] * 9, ripe=7))
    found = drawn(sessions, using(days=28))
    assert found is not None
    assert isinstance(found.drawing, CohortChart)
    assert len(found.drawing.rows) == 4


def test_fewer_than_two_rates_are_no_picture(sessions: SessionFactory) -> None:
    assert drawn(sessions, using()) is None
    store(sessions, cohorts("d7", 7, [3], ripe=7))
    assert drawn(sessions, using()) is None


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        ("sum(a.b, 30d) / sum(a.c, 30d)", "(sum(a.b, 7d) / sum(a.c, 7d))"),
        ("mean(a.b, month) * 100", "(mean(a.b, 7d) * 100)"),
        ("last(a.b)", ""),
        ("change(a.b, 30d)", ""),
        ("sum(a.b, all)", ""),
        (r'sum(a.b{via="\""}, 30d)', ""),
        (None, ""),
    ],
)
def test_a_measure_is_asked_of_other_days_where_it_counts_days(measure: str | None, words: str) -> None:
    assert cohort.over_days(measure, 7) == words
