"""`/kpi alerts` and `/kpi alert 12`: what fires, who has it, what happened; and who may see it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from benchmarks.database import counted
from kpi.calendar import Moment
from storage import SessionFactory, alerts, silences
from storage.silences import Silence
from tests.bot.commands.alerting import LOW_NPS, SINCE, desk, fired, ruled, slow
from tests.bot.commands.posted import NPS_PATH
from tests.factories import NOW, ZONE, asks, lines, said


def test_nothing_open_is_one_line_with_the_last_one(sessions: SessionFactory) -> None:
    ask = desk(sessions)
    assert lines(ask("alerts"))[0] == "No alert is open, and none was lately."
    slow(sessions)
    ask("resolve 1")
    first = "No alert is open. The last one: Page slow 07:00–09:00 (2 h)."
    assert lines(ask("alerts"))[0] == first
    ask.later(days=8)
    assert len(lines(ask("alerts"))) == 2


def test_the_open_ones_come_first_the_most_urgent_on_top(sessions: SessionFactory) -> None:
    slow(sessions)
    fired(sessions, act_by=NOW + timedelta(hours=1))
    told = lines(desk(sessions)("alerts"))
    assert told[:4] == [
        "2 alerts open, 1 critical, nobody has any.",
        "▲ 2. Net Promoter Score 24 NPS, below 30 since 07:00 · critical · nobody has it",
        "Act by 10:00, then it goes to Raj",
        "◆ 1. Page slow since 07:00 · warning · nobody has it",
    ]
    reply = desk(sessions)("alerts")
    assert asks(reply) == ["ack 2", "ack 1", "alerts all"]
    assert [one["number"] for one in reply.data["alerts"]] == [2, 1]
    assert reply.data["alerts"][0]["subjects"] == [NPS_PATH]


@pytest.mark.parametrize("text", ["what is firing?", "firing", "what's firing", "show me alerts", "alarms"])
def test_people_ask_in_their_own_words(text: str, sessions: SessionFactory) -> None:
    slow(sessions)
    assert lines(desk(sessions)(text))[0] == "1 alert open, nobody has any."


@pytest.mark.parametrize(
    ("which", "numbers"),
    [
        ("open", [2, 1]),
        ("critical", [2]),
        ("low nps", [2]),
        ("acme/slow", [1]),
        ("nps", [2]),
        ("all", [2, 1, 3]),
        ("celebrations", [3]),
    ],
)
def test_they_are_narrowed_to_what_is_asked(which: str, numbers: list[int], sessions: SessionFactory) -> None:
    slow(sessions)
    fired(sessions)
    ask = desk(sessions)
    ask("raise press TechCrunch writes")
    assert [one["number"] for one in ask(f"alerts {which}").data["alerts"]] == numbers


def test_mine_are_those_i_have_was_given_or_own(sessions: SessionFactory) -> None:
    slow(sessions)
    fired(sessions)
    ask = desk(sessions)
    assert [one["number"] for one in ask("alerts mine", user="U0RAJ").data["alerts"]] == [2]
    assert ask("alerts mine").data["alerts"] == []
    ask("ack 1")
    assert [one["number"] for one in ask("alerts mine").data["alerts"]] == [1]


def test_an_unknown_rule_is_refused_with_the_nearest(sessions: SessionFactory) -> None:
    reply = desk(sessions)("alerts lo nps")
    assert reply.data["error"] == "No rule or KPI “lo nps”."
    assert "`alerts acme/low_nps`" in reply.data["hint"]


def test_one_alert_is_shown_with_its_history_and_its_buttons(sessions: SessionFactory) -> None:
    fired(sessions)
    ask = desk(sessions)
    ask("ack 1", user="U0RAJ")
    ask("alert note 1 the survey was down")
    reply = ask("alert 1")
    assert lines(reply) == [
        "▲ Net Promoter Score 24 NPS, below 30 since 07:00 (2 h) · critical",
        "Target ≥ 50 NPS by Day 90 (30 Nov, 7 days left)",
        "Owner Raj",
        "Raj has it since 09:00",
        "Alert 1 · NPS under 30 · Acme · Europe/Berlin",
        "What happened",
        "07:00: it began",
        "09:00: Raj has it",
        "09:00: Dana: “the survey was down”",
    ]
    assert asks(reply) == ["resolve 1", "1", "useful 1 no"]
    assert [one["kind"] for one in reply.data["events"]] == ["fired", "acknowledged", "noted"]
    assert reply.data["evidence"][0]["limit"] == 30
    for text in ("who has 1", "who has alert 1?", "alert #1", "alarm 1"):
        assert ask(text).data["alerts"][0]["number"] == 1


def test_a_silenced_kpi_says_so_in_its_alert(sessions: SessionFactory) -> None:
    fired(sessions)
    with sessions.begin() as session:
        silences.add(session, Silence(0, NPS_PATH, NOW + timedelta(hours=9), "slack:U0RAJ", "launch", SINCE))
    assert "Muted until 18:00: launch" in lines(desk(sessions)("alert 1"))


def test_what_is_not_shown_has_no_alerts_either(sessions: SessionFactory) -> None:
    fired(sessions)
    ask = desk(sessions, is_secret=True)
    assert ask("alerts").data["alerts"] == []
    assert "Net Promoter" not in said(ask("alerts"))
    assert ask("alert 1").data["error"] == "There is no alert 1."
    assert ask("ack 1").data["error"] == "There is no alert 1."
    assert ask("alerts", user="U0RAJ").data["alerts"][0]["number"] == 1
    assert ask("alerts nps").data["error"].startswith("Net Promoter Score is for ")


def test_where_outsiders_read_nothing_is_told(sessions: SessionFactory) -> None:
    fired(sessions)
    ask = desk(sessions)
    for text in ("alerts", "alert 1", "ack 1", "raise"):
        assert ask(text, is_shared=True).data["error"] == "People outside your company read here."


def test_the_present_alone_is_shown(sessions: SessionFactory) -> None:
    assert desk(sessions)("alerts as-of 2026-11-01").data["error"] == "Alerts are shown as they are now."


def test_the_statements_do_not_grow(engine: Engine, sessions: SessionFactory) -> None:
    from bot.reports.alert_lists import digest_lines

    def statements() -> int:
        with sessions.read() as session, counted(engine) as found:
            digest_lines(session, ruled(), Moment(NOW, ZONE), NOW - timedelta(days=1))
            alerts.open_alerts(session)
        return len(found)

    fired(sessions)
    few = statements()
    for minute in range(1, 9):
        fired(sessions, LOW_NPS, f"acme/k{minute}", at=SINCE - timedelta(minutes=minute))
    assert statements() == few


def test_the_answer_of_a_kpi_tells_of_its_alert_and_not_of_the_past(sessions: SessionFactory) -> None:
    fired(sessions)
    ask = desk(sessions)
    told = "▲ Net Promoter Score 24 NPS, below 30 since 07:00 → alert 1, nobody has it"
    assert lines(ask(NPS_PATH))[1] == told
    assert told not in lines(ask(f"{NPS_PATH} as-of yesterday"))
