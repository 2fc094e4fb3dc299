"""The trend of a part's first measured KPI, over closed days, with the limits of its zones."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bot.charts.trend import TrendChart, ZoneLimit, describe
from bot.reports.periods import Stretch
from bot.reports.pictures import trend
from bot.reports.zone_limits import zone_limits
from bot.workspace import Workspace
from kpi.calendar import Moment, day_start
from kpi.framework import Framework
from storage import SessionFactory
from tests.bot.reports.pictures.parts import part, read
from tests.factories import NOW, NPS, STARS, TODAY, YESTERDAY, ZONE, each_day, framework, store, workspace

ZONES = [
    {"zone": "green", "at_least": 90, "text": "on track"},
    {"zone": "yellow", "at_least": 70, "below": 90, "text": "at risk"},
    {"zone": "red", "below": 70, "text": "off track"},
]


def zoned(**changes: Any) -> Framework:
    return framework({**STARS, **changes}, zones=ZONES)


def drawn(
    sessions: SessionFactory, used: Workspace, days: int | None = None, **read_as: Any
) -> TrendChart | None:
    section = part(used, kpis=[ref.path for ref in used.kpis], **({} if days is None else {"days": days}))
    found = trend.chart(section, *read(sessions, used, **read_as))
    if found is None:
        return None
    assert isinstance(found.drawing, TrendChart)
    assert found.alt == describe(found.drawing)
    return found.drawing


def test_it_shows_the_closed_days_that_were_read(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(1000, 1120), until=TODAY))
    used = workspace()
    for days, history, count in ((None, 90, 90), (30, 90, 30), (None, 40, 40), (120, 90, 90)):
        chart = drawn(sessions, used, days, history_days=history)
        assert chart is not None
        assert len(chart.points) == count
        assert [*chart.points[-1]] == [day_start(YESTERDAY, ZONE), 1118]
        assert chart.open_since is None
    assert chart is not None
    assert chart.finding.startswith("1,118 · ")


def test_it_ends_with_the_stretch(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(1000, 1120)))
    chart = drawn(sessions, workspace(), cadence="monthly")
    assert chart is not None
    assert [*chart.points[-1]] == [day_start(date(2026, 10, 31), ZONE), 1097]
    assert chart.finding.startswith("1,097 · ")


def test_all_days_are_there_with_the_days_it_asks_for(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(1000, 1120)))
    used, stretch = workspace(), Stretch("monthly", date(2026, 10, 1), date(2026, 10, 31))
    wanted = trend.days_needed(part(used, kpis=("stars",), days=50), Moment(NOW, ZONE), stretch)
    chart = drawn(sessions, used, 50, cadence="monthly", history_days=wanted)
    assert chart is not None
    assert len(chart.points) == 50


def test_the_first_kpi_with_a_line_is_drawn(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [5]))
    assert drawn(sessions, workspace()) is None
    assert drawn(sessions, workspace(), refs=()) is None
    store(sessions, each_day("entry.acme.growth.net_promoter_score", [40, 41]))
    chart = drawn(sessions, workspace())
    assert chart is not None
    assert chart.title == "Net Promoter Score"


def test_the_zones_are_limits_in_the_unit_of_the_kpi(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(4000, 4120)))
    chart = drawn(sessions, workspace(zoned()))
    assert chart is not None
    assert chart.zones == (
        ZoneLimit(4500, above="● from 4,500"),
        ZoneLimit(3500, above="◆ from 3,500", below="▲ below"),
    )
    plain = drawn(sessions, workspace())
    assert plain is not None
    assert plain.zones == ()


@pytest.mark.parametrize(
    ("changes", "limits"),
    [
        (
            {"targets": {"day90": "< 180 ms"}, "unit": "ms", "better": "lower"},
            [(200, "", "● up to 200 ms"), (180 / 0.7, "▲ above", "◆ up to 257.1 ms")],
        ),
        (
            {"targets": {"day90": "-20%"}, "unit": "%", "better": "lower"},
            [(-18, "", "● up to −18%"), (-14, "▲ above", "◆ up to −14%")],
        ),
        (
            {"targets": {"day90": "70-80%"}, "unit": "%", "better": "none"},
            [
                (63, "● from 63%", ""),
                (80 / 0.9, "", "● up to 88.9%"),
                (49, "◆ from 49%", "▲ below"),
                (80 / 0.7, "▲ above", "◆ up to 114.3%"),
            ],
        ),
        ({"targets": {"day90": "0"}, "better": "lower"}, []),
        ({"targets": {"day90": "Market leader"}}, []),
        ({"targets": {}}, []),
    ],
    ids=["less", "negative", "range", "zero", "words", "none"],
)
def test_every_kind_of_target_has_the_limits_of_its_percents(
    sessions: SessionFactory, changes: dict[str, Any], limits: list[tuple[float, str, str]]
) -> None:
    used = workspace(zoned(**changes))
    snapshot, _ = read(sessions, used)
    (ref,) = used.kpis
    found = zone_limits(ref, snapshot.of(ref))
    assert [one.value for one in found] == pytest.approx([value for value, _, _ in limits])
    assert [(one.above, one.below) for one in found] == [(above, below) for _, above, below in limits]


def test_entries_are_told_as_such(sessions: SessionFactory) -> None:
    store(sessions, each_day("entry.acme.growth.net_promoter_score", [40, None, None, 43]))
    chart = drawn(sessions, workspace(framework(NPS)))
    assert chart is not None
    assert len(chart.entries) == 2
