"""A KPI of a part on its way to its deadline, from what was read."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from bot.charts.burnup import BurnupChart, describe
from bot.reports.periods import Stretch
from bot.reports.pictures import burnup
from bot.workspace import Workspace
from kpi.calendar import Moment, day_start
from kpi.metric import Sample
from storage import SessionFactory
from tests.bot.reports.pictures.parts import part, read
from tests.factories import (
    NOW,
    NPS,
    STARS,
    START,
    TODAY,
    YESTERDAY,
    ZONE,
    at_evening,
    each_day,
    framework,
    store,
    workspace,
)

DAY = timedelta(days=1)
SPEED = {"name": "Speed", "unit": "x", "better": "higher", "baseline": "1", "targets": {"day90": "5x"}}
SPEED = {**SPEED, "measure": "last(reports.speedup)"}
ENTERED = "entry.acme.growth.net_promoter_score"


def stars(**changes: Any) -> Workspace:
    return workspace(framework({**STARS, "baseline": "0", **changes}))


def drawn(sessions: SessionFactory, used: Workspace, *names: str, **read_as: Any) -> BurnupChart | None:
    section = part(used, kpis=names or ("stars",))
    found = burnup.chart(section, *read(sessions, used, **read_as))
    if found is None:
        return None
    assert isinstance(found.drawing, BurnupChart)
    assert (found.alt, found.title) == (describe(found.drawing), found.drawing.title)
    return found.drawing


def test_it_lands_where_its_days_lead(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [20.0 * day + 6 * (day % 2) for day in range(120)]))
    chart = drawn(sessions, stars())
    assert chart is not None
    assert re.fullmatch(r"Lands at 2,5\d\d \(2,[45]\d\d to 2,\d{3}\) on 30 Nov; 5,000 needed", chart.finding)
    assert (chart.last_label, chart.chance_label) == ("2,386", "under 1% chance of 5,000")
    assert f"Lands at {chart.landing_label} ({chart.range_label})" in chart.finding
    assert (chart.start, chart.deadline) == (day_start(START + DAY, ZONE), day_start(date(2026, 12, 1), ZONE))
    assert chart.deadline_label == "Day 90, 30 Nov"
    assert chart.pace is not None
    assert [*chart.pace[0]] == [chart.start, 0]
    assert [*chart.pace[-1]] == [chart.deadline, 5000]
    assert chart.pace_label == "4,556"
    assert (chart.source, chart.age) == ("github", "13 h ago")


def test_its_points_stand_at_the_closes_of_the_days_since_the_start(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(1000, 1120)))
    chart = drawn(sessions, stars())
    assert chart is not None
    assert [*chart.points[0]] == [day_start(START + DAY, ZONE), 1119 - (YESTERDAY - START).days]
    assert [*chart.points[-1]] == [day_start(TODAY, ZONE), 1119]
    first, last = chart.ahead[0], chart.ahead[-1]
    assert [first.at, first.mean, first.low, first.high] == [*chart.points[-1], 1119, 1119]
    assert [last.at, last.mean] == [chart.deadline, pytest.approx(1127, abs=1)]


def test_days_that_were_not_read_are_not_told_as_silent(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(1000, 1120)))
    chart = drawn(sessions, stars(), history_days=20)
    assert chart is not None
    assert len(chart.points) == 20
    assert None not in [value for _, value in chart.points]
    assert chart.ahead


def test_all_of_it_is_there_with_the_days_it_asks_for(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(1000, 1120)))
    used = stars()
    stretch = Stretch("weekly", YESTERDAY - 6 * DAY, YESTERDAY)
    wanted = burnup.days_needed(part(used, kpis=("stars",)), Moment(NOW, ZONE), stretch)
    chart = drawn(sessions, used, history_days=wanted)
    assert chart is not None
    assert chart.points[0][0] == chart.start
    assert wanted == (TODAY - START).days


def test_it_ends_with_the_stretch(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(1000, 1120)))
    chart = drawn(sessions, stars(), cadence="monthly")
    assert chart is not None
    assert [*chart.points[-1]] == [day_start(date(2026, 11, 1), ZONE), 1097]
    assert re.match(r"Lands at 1,12\d \(.*\) on 30 Nov", chart.finding)
    assert chart.last_label == "1,097"


def test_a_day_without_a_reading_stays_a_gap(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [*range(100), None, None, 102]))
    chart = drawn(sessions, stars())
    assert chart is not None
    assert [value for _, value in chart.points[-4:]] == [99, None, None, 102]


def test_too_few_days_are_no_ground_for_an_outlook(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(9)))
    chart = drawn(sessions, stars())
    assert chart is not None
    assert (chart.ahead, chart.landing_label, chart.range_label) == ((), "", "")
    assert chart.finding == (
        "8 by 22 Nov; 5,000 needed by 30 Nov. No landing yet: 9 of 10 closed days measured."
    )


def test_after_the_deadline_nothing_lies_ahead(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(1000, 1120)))
    used = workspace(framework({**STARS, "baseline": "0"}), start=date(2026, 8, 1))
    chart = drawn(sessions, used, history_days=120)
    assert chart is not None
    assert chart.ahead == ()
    assert chart.finding == "1,096 by 30 Oct; 5,000 needed"
    assert chart.points[-1][0] == chart.deadline


def test_what_only_grows_never_lands_below_what_is_reached(sessions: SessionFactory) -> None:
    signups = {**STARS, "unit": "signups", "name": "Signups", "aliases": ["stars"], "baseline": "0"}
    used = workspace(framework({**signups, "measure": "sum(app.signups, all)"}))
    made = [float(400 * (day == 10)) for day in range(60)]
    store(sessions, [Sample("app.signups", day_start(one, ZONE), n) for one, n in dated(made)])
    chart = drawn(sessions, used)
    assert chart is not None
    assert min(step.low for step in chart.ahead) == 400


def dated(values: list[float]) -> list[tuple[date, float]]:
    first = YESTERDAY - (len(values) - 1) * DAY
    return [(first + at * DAY, value) for at, value in enumerate(values)]


def test_between_two_entries_nothing_was_measured(sessions: SessionFactory) -> None:
    """Twelve weekly entries are twelve values, and six are too few whatever lies between them."""
    score = {**NPS, "baseline": "0"}
    for count, is_foreseen in ((6, False), (12, True)):
        made = [Sample(ENTERED, at_evening(YESTERDAY - 4 * n * DAY), 40.0 - n) for n in range(count)]
        store(sessions, made)
        chart = drawn(sessions, workspace(framework(score)), "nps")
        assert chart is not None
        assert bool(chart.ahead) == is_foreseen


def test_amounts_come_first_and_all_else_is_foreseen_too(sessions: SessionFactory) -> None:
    used = workspace(framework(SPEED, {**STARS, "baseline": "0"}))
    store(sessions, each_day("reports.speedup", [3.0] * 90))
    chart = drawn(sessions, used, "speed", "stars")
    assert chart is not None
    assert chart.title == "Speed"
    assert chart.finding == "Lands at 3x on 30 Nov; 5x needed"
    store(sessions, each_day("github.stars", range(90)))
    assert (chart := drawn(sessions, used, "speed", "stars")) is not None
    assert chart.title == "GitHub Stars"


@pytest.mark.parametrize(
    "changes",
    [{"targets": {"day90": "Market leader"}}, {"targets": {"steady": "5,000"}}, {"baseline": "6,000"}],
)
def test_without_a_pace_there_is_no_picture(sessions: SessionFactory, changes: dict[str, Any]) -> None:
    store(sessions, each_day("github.stars", range(1000, 1120)))
    assert drawn(sessions, stars(**changes)) is None


def test_without_a_number_or_a_reading_there_is_no_picture(sessions: SessionFactory) -> None:
    assert drawn(sessions, stars()) is None
    assert drawn(sessions, stars(), refs=()) is None
