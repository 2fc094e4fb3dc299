"""`/kpi zones`: counts and the worst first where zones are stated; nothing is invented where they are not."""

from __future__ import annotations

import pytest

from bot.commands.zones import COMMAND, MOST_OF_EACH, MOST_ROWS
from bot.reply import Reply, Text, marked
from bot.workspace import Workspace
from storage import Engine, SessionFactory
from tests.bot.commands.answering import answer, enter, statements, withheld
from tests.factories import NPS, built_in, framework, lines, said, workspace

ZONES = [
    {"zone": "green", "at_least": "90%"},
    {"zone": "yellow", "at_least": "70%", "below": "90%"},
    {"zone": "red", "below": "70%"},
]


def shown(text: str, used: Workspace, sessions: SessionFactory) -> Reply:
    return answer(COMMAND, text, used, sessions)


def zoned(count: int = 5) -> Workspace:
    kpis = (
        {**NPS, "name": f"Figure {at}", "aliases": [], "targets": {"day90": "100"}} for at in range(count)
    )
    return workspace(framework(*kpis, zones=ZONES))


def seed(sessions: SessionFactory) -> None:
    values = {0: 89.99, 1: 70, 2: 10, 3: 69.99}
    enter(sessions, "acme", {f"growth.figure_{at}": value for at, value in values.items()})


def test_they_are_counted_and_red_and_yellow_are_named_worst_first(sessions: SessionFactory) -> None:
    seed(sessions)
    reply = shown("", zoned(), sessions)
    told = lines(reply)
    assert told[0] == "Acme: 2 red, 2 yellow, 0 green, 1 unknown."
    assert told[1] == "▲ Red"
    assert told[2] == ("▲ Figure 2 10 NPS · 10% of ≥ 100 NPS · no 7-day trend")
    assert told[3].startswith("▲ Figure 3 70 NPS · 69.99% of")
    assert told[4] == "◆ Yellow"
    assert [one.split()[2] for one in told[5:7]] == ["1", "0"]
    assert "Acme: green from 90%, yellow from 70%, red below 70%" in told[-1]
    assert reply.data["zones"][0]["counts"] == {"red": 2, "yellow": 2, "green": 0, "unknown": 1}


def test_a_flat_trend_is_why_a_good_share_is_yellow(sessions: SessionFactory) -> None:
    enter(sessions, "acme", {"growth.figure_0": [95.0] * 16})
    told = lines(shown("yellow", zoned(), sessions))
    assert told[1] == "◆ Figure 0 95 NPS · 95% of ≥ 100 NPS · flat in 7 days, so not green"


def test_a_worse_trend_is_why_a_good_share_is_yellow(sessions: SessionFactory) -> None:
    enter(sessions, "acme", {"growth.figure_0": [*range(110, 94, -1)]})
    told = lines(shown("yellow", zoned(), sessions))
    assert told[1].endswith(" · −7 in 7 days, worse, so not green")


def test_the_bare_limits_of_a_zone_stand_in_the_small_print_alone(sessions: SessionFactory) -> None:
    enter(sessions, "acme", {"growth.figure_0": [*range(34, 50)], "growth.figure_1": [*range(64, 80)]})
    reply = shown("", zoned(), sessions)
    told = lines(reply)
    assert told[2] == "▲ Figure 0 49 NPS · 49% of ≥ 100 NPS · +7 in 7 days, better"
    assert told[4] == "◆ Figure 1 79 NPS · 79% of ≥ 100 NPS · +7 in 7 days, better"
    assert [one["reason"] for one in reply.data["zones"][0]["kpis"][:2]] == [
        "below 70% of target",
        "70–90% of target",
    ]


def test_of_many_the_worst_few_are_shown_and_more_where_the_zone_is_named(sessions: SessionFactory) -> None:
    enter(sessions, "acme", {f"growth.figure_{at}": at for at in range(25)})
    every = lines(shown("", zoned(25), sessions))
    assert sum(one.startswith("▲ Figure") for one in every) == MOST_OF_EACH
    assert "18 more: zones acme red" in every
    red = lines(shown("red", zoned(25), sessions))
    assert sum(one.startswith("▲ Figure") for one in red) == MOST_ROWS
    assert "5 more: list acme" in red


def test_green_by_percent_is_never_called_achieved(sessions: SessionFactory) -> None:
    enter(sessions, "acme", {"growth.figure_0": [*range(80, 96)]})
    assert lines(shown("acme green", zoned(), sessions))[1].endswith("+7 in 7 days, better · not met")


@pytest.mark.parametrize(
    ("text", "count"),
    [("red", 2), ("acme red", 2), ("RED acme", 2), ("yellow", 2), ("green", 0), ("unknown", 1)],
)
def test_one_zone_alone(text: str, count: int, sessions: SessionFactory) -> None:
    seed(sessions)
    assert lines(shown(text, zoned(), sessions))[0].startswith(f"Acme: {count} KPI")


def test_the_unknown_are_told_with_why(sessions: SessionFactory) -> None:
    enter(sessions, "bakhmach", {"security.penetration_test_results": 1})
    told = said(shown("unknown", built_in("bakhmach"), sessions))
    assert "“Baseline in Q1”" in told
    assert "not measured: Avg Code Review Time" in told


def test_a_framework_without_zones_says_so_and_none_is_invented(sessions: SessionFactory) -> None:
    enter(sessions, "hektor", {"lead_quality.sql_rate": 1})
    alone = shown("", built_in("hektor"), sessions)
    assert alone.text == "HEKTOR marketing KPIs states no zones."
    assert alone.data == {"zones": []}
    both = shown("", built_in("hektor", "bakhmach"), sessions)
    assert lines(both)[-1] == "Hektor states no zones."
    assert [one["framework"] for one in both.data["zones"]] == ["bakhmach"]
    named = shown("hektor", built_in("hektor", "bakhmach"), sessions)
    assert named.blocks[1] == Text(marked("Say `zones bakhmach`."))
    assert shown("mars", built_in("bakhmach"), sessions).data["error"] == "No framework or zone “mars”."


def test_nothing_red_is_good_news_only_where_something_is_green(sessions: SessionFactory) -> None:
    assert "Nothing can be placed in a zone yet." in lines(shown("", zoned(), sessions))
    enter(sessions, "acme", {"growth.figure_0": 120})
    assert "Nothing is red or yellow." in lines(shown("", zoned(), sessions))


def test_what_is_withheld_is_not_counted(sessions: SessionFactory) -> None:
    seed(sessions)
    reply = shown("", withheld(zoned(), "acme/growth.figure_2"), sessions)
    assert lines(reply)[0] == "Acme: 1 red, 2 yellow, 0 green, 1 unknown."
    assert "figure_2" not in str(reply.data)


def test_the_statements_do_not_grow_with_the_kpis(engine: Engine, sessions: SessionFactory) -> None:
    enter(sessions, "acme", {f"growth.figure_{at}": 50 for at in range(300)})
    few = statements(COMMAND, "", zoned(30), engine=engine, sessions=sessions)
    assert statements(COMMAND, "", zoned(300), engine=engine, sessions=sessions) == few
