"""`/kpi compare stars forks 90d`: side by side, over the same closed days or not at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import UserError
from bot.reply import Reply, Table
from storage import SessionFactory
from tests.bot.commands.telling import told
from tests.factories import (
    NOW,
    NPS,
    STARS,
    TODAY,
    YESTERDAY,
    asks,
    each_day,
    framework,
    said,
    store,
    workspace,
)

FORKS = {**STARS, "name": "Forks", "aliases": [], "unit": "forks", "measure": "last(github.forks)"}
WATCHERS = {**STARS, "name": "Watchers", "aliases": [], "measure": "last(github.forks)"}
USED = workspace(framework({**STARS, "targets": {"day90": "500"}}, FORKS, WATCHERS, NPS))
"""Watchers count stars too: the same unit as the stars."""


def table(reply: Reply) -> Table:
    (found,) = [block for block in reply.blocks if isinstance(block, Table)]
    return found


@pytest.fixture
def measured(sessions: SessionFactory) -> SessionFactory:
    store(sessions, each_day("github.stars", range(100, 200)), each_day("github.forks", range(50, 150)))
    return sessions


def test_two_kpis_stand_side_by_side(measured: SessionFactory) -> None:
    reply = told("compare stars and forks 10d", USED, measured)
    assert reply.text == "Forks +7.2%, GitHub Stars +5.3%."
    assert "Closed days 13 Nov to 22 Nov, the same for all." in said(reply)
    assert table(reply).rows == (
        ("GitHub Stars", "199", "+10", "+5.3%", "39.8%", "▲ better"),
        ("Forks", "149", "+10", "+7.2%", "3%", "▲ better"),
    )
    assert reply.data["kpis"][0]["first"] == 189
    assert (reply.data["start"], reply.data["end"]) == ("2026-11-12", "2026-11-22")


def test_of_one_unit_the_difference_is_said(measured: SessionFactory) -> None:
    reply = told("stars vs watchers 10d", USED, measured)
    assert "Apart by 50 stars, 50 stars at the start." in said(reply)
    assert reply.data["apart"] == [50, 50]
    assert told("stars vs forks 10d", USED, measured).data["apart"] is None


def test_the_open_day_is_left_out(measured: SessionFactory) -> None:
    store(measured, each_day("github.stars", [999], until=TODAY), recorded_at=NOW)
    evening = datetime(2026, 11, 23, 21, tzinfo=UTC)
    assert "999" not in said(told("compare stars forks 10d", USED, measured, now=evening))


def test_days_that_one_of_them_lacks_are_no_days_to_compare(sessions: SessionFactory) -> None:
    store(
        sessions,
        each_day("github.stars", range(100, 200)),
        each_day("github.forks", range(50, 56), until=YESTERDAY - timedelta(days=2)),
    )
    reply = told("compare stars forks 30d", USED, sessions)
    assert (reply.data["start"], reply.data["end"]) == ("2026-11-15", "2026-11-20")
    assert "Shorter than asked: not all were measured on every day." in said(reply)
    assert [one["change"] for one in reply.data["kpis"]] == [5, 5]


def test_a_silent_kpi_is_said_and_the_others_are_compared(measured: SessionFactory) -> None:
    reply = told("compare stars forks nps 10d", USED, measured)
    assert "○ Net Promoter Score: no data in these days." in said(reply)
    assert table(reply).rows[2] == ("Net Promoter Score", "no data", "", "", "", "○")
    assert reply.text == "GitHub Stars +10, Forks +10."


def test_nothing_at_all_is_said(sessions: SessionFactory) -> None:
    assert told("compare stars forks", USED, sessions).text == (
        "Nothing to compare: no data of GitHub Stars and Forks."
    )


def test_what_is_entered_by_hand_holds_until_the_next_entry(measured: SessionFactory) -> None:
    entry = each_day("entry.acme.growth.net_promoter_score", [40], until=YESTERDAY - timedelta(days=40))
    store(measured, entry)
    reply = told("compare stars nps 10d", USED, measured)
    assert reply.data["kpis"][1]["change"] == 0
    assert reply.data["start"] == "2026-11-12"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("compare", "Name 2 to 4 KPIs. Say `compare stars vs forks 90d`."),
        ("compare stars", "Name 2 to 4 KPIs: GitHub Stars is one."),
        ("compare stars stars", "Name 2 to 4 KPIs: GitHub Stars is one."),
        ("compare stars vs forkz", "No KPI “forkz”. Nearest: `Forks`"),
        ("compare stars forks today", "Only days that are over"),
        ("compare stars forks q1 2027", "still to come"),
    ],
)
def test_what_cannot_be_compared_is_refused(text: str, message: str, sessions: SessionFactory) -> None:
    with pytest.raises(UserError) as caught:
        told(text, USED, sessions)
    assert message in str(caught.value)


def test_an_ambiguous_name_asks_and_its_buttons_answer(sessions: SessionFactory) -> None:
    used = workspace(framework(STARS, FORKS), framework(STARS, key="other"))
    reply = told("compare stars vs forks 30d", used, sessions)
    assert asks(reply) == [
        'compare acme/growth.github_stars "forks" 30d',
        'compare other/growth.github_stars "forks" 30d',
    ]
    for again in asks(reply):
        assert "ambiguous" not in told(again, used, sessions).data


def test_its_buttons_answer(measured: SessionFactory) -> None:
    for again in asks(told("compare stars forks last quarter", USED, measured)):
        assert "error" not in told(again, USED, measured).data
