"""`/kpi dashboard NAME`: the author's own lists, how their words are read, and what is left out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.commands.dashboard import COMMAND
from bot.reply import Actions, Note, Reply, Table, Text, plain_text
from bot.workspace import Workspace
from kpi.framework import Framework
from kpi.metric import Sample
from storage import Engine, SessionFactory
from tests.bot.commands.answering import answer, enter, statements, withheld
from tests.factories import NOW, asking, asks, built_in, each_day, framework, lines, said, store, workspace


def shown(text: str, used: Workspace, sessions: SessionFactory) -> Reply:
    return answer(COMMAND, text, used, sessions)


def test_the_daily_dashboard_says_delta_and_today(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [1000 + 8 * day for day in range(40)]))
    store(sessions, each_day("plausible.visitors", [300] * 39 + [310]))
    store(sessions, [Sample("plausible.visitors", NOW - timedelta(hours=1), 41.0)])
    told = lines(shown("daily", built_in("hektor"), sessions))
    assert told[0] == "Daily Dashboard: 2 of 7 KPIs measured, 0 of 2 targets met"
    assert told[1] == "– GitHub Stars 1,312 · +8 yesterday, +56 in 7 days (+56 in the 7 before)"
    assert told[2].startswith(
        "– Website Traffic: 41 visitors today so far, 310 yesterday · 9,010 visitors in 30"
    )
    assert told[3] == "○ Engagement Rate: no number yet"


def test_a_past_day_is_told_by_its_date(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [1000 + 8 * day for day in range(60)]))
    store(sessions, each_day("plausible.visitors", [300] * 60))
    reply = asking(built_in("hektor"), sessions)("dashboard daily as-of 2026-11-15")
    told = lines(reply)
    assert "· +8 on 14 Nov, +56 in 7 days" in told[1]
    assert "300 visitors 15 Nov so far, 300 on 14 Nov · " in told[2]
    assert all(one.endswith("as-of 2026-11-15") for one in asks(reply))


def test_a_day_that_was_not_read_is_said_and_is_no_zero(sessions: SessionFactory) -> None:
    store(sessions, each_day("plausible.visitors", [300] * 40))
    told = said(shown("daily", built_in("hektor"), sessions))
    assert "Website Traffic: today not read yet, 300 yesterday" in told


def test_words_that_name_no_kpi_are_shown_with_how_they_are_read(sessions: SessionFactory) -> None:
    told = said(shown("daily", built_in("hektor"), sessions))
    assert '"Social engagement" is read as the Engagement Rate.' in told
    assert '"Top performing content" is read as the best of blog, docs and social posts.' in told
    assert "“GitHub stars" not in told
    assert "“Website visitors" not in told


def test_trends_are_those_of_the_dashboard_it_names(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [1000 + 8 * day for day in range(40)]))
    told = said(shown("weekly", built_in("hektor"), sessions))
    assert "All daily metrics (7-day trends)\n– GitHub Stars 1,312 · +56 in 7 days, better" in told
    assert '"Social engagement" is read as' in told  # also where the words came through another dashboard


def test_nothing_is_said_twice_and_many_without_a_number_are_counted(sessions: SessionFactory) -> None:
    enter(sessions, "hektor", {"traffic_sources.organic_search": 47})
    told = lines(shown("monthly", built_in("hektor"), sessions))
    assert sum("Organic Search 47% · +7 points, planned 40%" in one for one in told) == 1
    assert (
        "○ 93 not measured: GitHub Stars, Active Evaluators, Pipeline Value, Website Traffic and 89 more"
        in told
    )
    assert told[told.index("Channel attribution") + 1] == "13 stand above."
    assert "Content ROI: stands above." in told


def test_the_monthly_dashboard_holds_the_funnels_of_conversion(sessions: SessionFactory) -> None:
    enter(sessions, "hektor", {"lead_generation.conversion_rate": 4, "lead_quality.sql_rate": 22})
    told = said(shown("monthly", built_in("hektor"), sessions))
    assert "✓ Visitor → signup: 4%, 3–5% met" in told
    assert "MQL → SQL → Opp" in told


def test_the_executive_dashboard_has_current_and_the_four_phases(sessions: SessionFactory) -> None:
    enter(sessions, "inferno", {"primary_business_metrics.platform_availability": 99.7})
    reply = shown("executive", built_in("inferno"), sessions)
    tables = [block for block in reply.blocks if isinstance(block, Table)]
    assert [table.columns for table in tables] == [
        ("KPI", "Current", "Phase 1", "Phase 2", "Phase 3", "Phase 4")
    ] * 2
    rows = {row[0]: row[1:] for table in tables for row in table.rows}
    assert rows["Platform Availability"] == ("99.7%", "✓ ≥ 99.5%", "≥ 99.9%", "≥ 99.95%", "≥ 99.99%")
    assert rows["Developer Adoption"][0] == "no number yet"
    assert rows["Performance vs Competitors"][-1] == "Market leader"
    assert len(rows) == 10


@pytest.mark.parametrize(
    "text",
    [
        "executive",
        "Executive Dashboard",
        "inferno executive",
        "executive kpi",
        "INFERNO",
        "inferno dashboard",
    ],
)
def test_a_dashboard_has_many_names(text: str, sessions: SessionFactory) -> None:
    reply = shown(text, built_in("hektor", "inferno"), sessions)
    assert (reply.data["framework"], reply.data["dashboard"]) == ("inferno", "executive")


def test_a_name_that_fits_two_asks_and_its_buttons_answer(sessions: SessionFactory) -> None:
    used = built_in("bakhmach", "inferno")
    reply = shown("executive", used, sessions)
    assert reply.data["ambiguous"] == ["bakhmach executive", "inferno executive"]
    found = [shown(ask.removeprefix("dashboard "), used, sessions).data["framework"] for ask in asks(reply)]
    assert found == ["bakhmach", "inferno"]
    (actions,) = [block for block in reply.blocks if isinstance(block, Actions)]
    assert [one.label for one in actions.actions] == ["Bakhmach: Executive", "Inferno: Executive KPI"]


def test_how_words_are_read_is_small_print_at_the_end(sessions: SessionFactory) -> None:
    reply = shown("bakhmach technical", built_in("bakhmach"), sessions)
    small = [plain_text(block.spans) for block in reply.blocks if isinstance(block, Note)]
    assert small[-1].startswith('"Uptime" is read as')
    assert not any("is read as" in plain_text(one.spans) for one in reply.blocks if isinstance(one, Text))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("exectuive", "Nearest: `dashboard inferno executive`."),
        ("zzzz", "There are: `dashboard hektor daily`"),
    ],
)
def test_an_unknown_name_is_refused_with_those_there_are(
    text: str, hint: str, sessions: SessionFactory
) -> None:
    reply = shown(text, built_in("hektor", "inferno"), sessions)
    assert reply.data["error"] == f"No dashboard “{text}”."
    assert reply.data["hint"].startswith(hint)


def test_without_a_name_all_are_listed_with_their_items(sessions: SessionFactory) -> None:
    reply = shown("", built_in("hektor", "inferno"), sessions)
    assert reply.text == "4 dashboards in 2 frameworks."
    assert "Daily Dashboard (Hektor): GitHub stars (delta), Website visitors (today)" in said(reply)
    assert asks(reply)[0] == "dashboard hektor daily"


def test_what_is_withheld_is_left_out_and_counted_even_its_words(sessions: SessionFactory) -> None:
    mrr = "bakhmach/financial_metrics.monthly_recurring_revenue"
    enter(sessions, "bakhmach", {"financial_metrics.monthly_recurring_revenue": 7777})
    open_to_all = shown("bakhmach executive", built_in("bakhmach"), sessions)
    assert "$7,777" in said(open_to_all)
    reply = shown("bakhmach executive", withheld(built_in("bakhmach"), mrr), sessions)
    assert "1 KPI left out" in said(reply)
    assert "MRR" not in said(reply)
    assert "Recurring Revenue: " not in said(reply).replace("Annual Recurring Revenue (ARR): ", "")
    assert "7,777" not in said(reply)
    assert "7777" not in str(reply.data)
    assert "MRR" not in said(shown("", withheld(built_in("bakhmach"), mrr), sessions))


def test_a_framework_without_dashboards_says_so(sessions: SessionFactory) -> None:
    assert shown("", workspace(), sessions).text.startswith("No framework in use states a dashboard.")


def wide(count: int) -> Framework:
    kpis = [
        {"name": f"Figure {at}", "unit": "points", "better": "higher", "targets": {"day90": "100"}}
        for at in range(count)
    ]
    items = [{"text": "All", "line": 1, "everything": True, "view": "target"}]
    return framework(*kpis, dashboards=[{"key": "all", "title": "All", "line": 1, "items": items}])


def test_the_statements_do_not_grow_with_the_kpis(engine: Engine, sessions: SessionFactory) -> None:
    enter(sessions, "acme", {f"growth.figure_{at}": at for at in range(300)})
    few = statements(COMMAND, "all", workspace(wide(30)), engine=engine, sessions=sessions)
    assert statements(COMMAND, "all", workspace(wide(300)), engine=engine, sessions=sessions) == few
    told = lines(shown("all", workspace(wide(300)), sessions))
    assert "264 more measured: list acme" in told
