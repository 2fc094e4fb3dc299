"""The planned mix of a part of a report beside what was measured."""

from __future__ import annotations

from typing import Any

import pytest

from bot.charts.mix import MixChart, MixRow, describe
from bot.reports.pictures import mix
from bot.workspace import Workspace
from storage import SessionFactory
from tests.bot.commands.answering import enter, withheld
from tests.bot.reports.pictures.parts import part, read
from tests.factories import TODAY, built_in, each_day, store


def enter_shares(sessions: SessionFactory, **shares: float) -> None:
    enter(sessions, "hektor", {f"traffic_sources.{key}": value for key, value in shares.items()})


def drawn(sessions: SessionFactory, used: Workspace, *names: str, **read_as: Any) -> MixChart | None:
    section = part(used, attribution=names or ("channels",))
    found = mix.chart(section, *read(sessions, used, **read_as))
    if found is None:
        return None
    assert isinstance(found.drawing, MixChart)
    assert found.alt == describe(found.drawing)
    return found.drawing


def test_every_share_stands_beside_its_plan(sessions: SessionFactory) -> None:
    enter_shares(sessions, organic_search=47, social_media=21, direct=20)
    store(sessions, each_day("entry.hektor.traffic_sources.direct", [90.0], until=TODAY))
    chart = drawn(sessions, built_in("hektor"))
    assert chart is not None
    assert chart.rows == (
        MixRow("Organic Search", 40, 47, "40%", "47%", "+7 points"),
        MixRow("Social Media", 30, 21, "30%", "21%", "−9 points"),
        MixRow("Direct", 20, 20, "20%", "20%", "as planned"),
        MixRow("Referral", 10, None, "10%", "no number yet"),
    )
    assert chart.title == "Channels of the website traffic"
    assert chart.finding == "3 of 4 measured; furthest from its plan: Social Media, −9 points"
    assert chart.note == "Together 88%, 1 not measured."
    assert (chart.period, chart.source) == ("16 to 22 Nov", "by hand 13 h ago")


@pytest.mark.parametrize(
    ("shares", "finding", "note"),
    [
        ((40, 30, 20, 10), "4 of 4 measured; the mix is as planned", ""),
        (
            (50, 30, 20, 10),
            "4 of 4 measured; furthest from its plan: Organic Search, +10 points",
            "Together 110%: the shares do not make a whole.",
        ),
    ],
)
def test_says_what_the_shares_make(
    sessions: SessionFactory, shares: tuple[float, ...], finding: str, note: str
) -> None:
    names = ("organic_search", "social_media", "direct", "referral")
    enter_shares(sessions, **dict(zip(names, shares, strict=True)))
    chart = drawn(sessions, built_in("hektor"))
    assert chart is not None
    assert (chart.finding, chart.note) == (finding, note)


def test_only_a_planned_mix_is_drawn(sessions: SessionFactory) -> None:
    assert drawn(sessions, built_in("hektor")) is None
    enter_shares(sessions, organic_search=47)
    assert drawn(sessions, built_in("hektor"), "referrers", "social") is None
    chart = drawn(sessions, built_in("hektor"), "referrers", "channels")
    assert chart is not None
    assert chart.title == "Channels of the website traffic"


def test_what_was_not_read_is_not_drawn(sessions: SessionFactory) -> None:
    enter_shares(sessions, organic_search=47)
    used = built_in("hektor")
    assert drawn(sessions, used, refs=used.kpis[:3]) is None


def test_a_share_that_a_reader_may_not_see_is_counted(sessions: SessionFactory) -> None:
    enter_shares(sessions, organic_search=47, direct=20)
    chart = drawn(sessions, withheld(built_in("hektor"), "hektor/traffic_sources.direct"))
    assert chart is not None
    assert [row.name for row in chart.rows] == ["Organic Search", "Social Media", "Referral"]
    assert chart.note == "1 KPI left out: this place may not see it"
