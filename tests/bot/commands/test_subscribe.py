"""`/kpi subscribe stars 09:00 monday`: what is sent to whom, when, in whose zone, and how it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.commands.subscribe import MOST
from bot.reply import Visibility
from storage import SessionFactory, audit, subscriptions
from tests.bot.commands.posted import NPS_PATH, STARS_PATH, place, secret, used
from tests.factories import asks, built_in, each_day, lines, said, store


def test_the_reply_says_the_rule_the_zone_the_next_two_times_and_how_to_end_it(
    sessions: SessionFactory,
) -> None:
    reply = place(sessions)("subscribe daily 08:30 weekdays")
    assert lines(reply) == [
        "Subscribed: daily update, at 08:30 on weekdays.",
        "Next: Tue 24 Nov 08:30 and Wed 25 Nov 08:30.",
        "Europe/Berlin, UTC+1 now: the workspace's zone.",
        "By direct message. To end it: unsubscribe 1.",
    ]
    assert asks(reply) == ["unsubscribe 1", "subscriptions"]
    assert reply.data["next"] == ["2026-11-24T07:30:00+00:00", "2026-11-25T07:30:00+00:00"]
    with sessions.read() as session:
        (kept,) = subscriptions.of(session, "slack", "U0DANA")
        (act,) = audit.recent(session)
    assert (kept.report, kept.question, kept.cadence, kept.zone) == (
        "daily",
        "",
        "08:30 weekdays",
        "Europe/Berlin",
    )
    assert (act.action, act.subject, act.after) == ("subscribe", "daily", "08:30 weekdays Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "report", "question", "cadence", "zone"),
    [
        ("daily", "daily", "", "08:30 weekdays", "Europe/Berlin"),
        ("to the daily update", "daily", "", "08:30 weekdays", "Europe/Berlin"),
        ("daily monday", "daily", "", "09:00 monday", "Europe/Berlin"),
        ("stars", "ask", STARS_PATH, "09:00 weekdays", "Europe/Berlin"),
        ("stars 09:00 monday", "ask", STARS_PATH, "09:00 monday", "Europe/Berlin"),
        ("stars 9:05", "ask", STARS_PATH, "09:05 daily", "Europe/Berlin"),
        ("how is stars 90d at 9:30 on fridays", "ask", f"{STARS_PATH} 90d", "09:30 fridays", "Europe/Berlin"),
        ("stars daily", "ask", STARS_PATH, "09:00 daily", "Europe/Berlin"),
        ("stars every 2 weeks monday", "ask", STARS_PATH, "09:00 every 2 weeks monday", "Europe/Berlin"),
        ("stars 09:00 2nd friday Asia/Tokyo", "ask", STARS_PATH, "09:00 2nd friday", "Asia/Tokyo"),
        ("compare stars nps 10:00", "ask", "compare stars nps", "10:00 daily", "Europe/Berlin"),
        ("home 07:00 weekdays Asia/Kathmandu", "ask", "home", "07:00 weekdays", "Asia/Kathmandu"),
    ],
)  # fmt: skip
def test_a_question_is_told_from_its_time(
    text: str, report: str, question: str, cadence: str, zone: str, sessions: SessionFactory
) -> None:
    data = place(sessions)(f"subscribe {text}").data
    assert (data["report"], data["question"], data["cadence"], data["zone"]) == (
        report,
        question,
        cadence,
        zone,
    )


@pytest.mark.parametrize(
    ("user", "known", "zone", "why"),
    [
        ("U0DANA", "", "Europe/Berlin", "the workspace's zone"),
        ("U0DANA", "America/St_Johns", "America/St_Johns", "your zone"),
        ("U0DANA", "Mars/Olympus", "Europe/Berlin", "the workspace's zone"),
        ("U0RAJ", "America/St_Johns", "Asia/Kolkata", "your zone by kpi.yaml"),
    ],
)
def test_the_zone_is_the_readers_own(
    user: str, known: str, zone: str, why: str, sessions: SessionFactory
) -> None:
    reply = place(sessions)("subscribe stars 09:00", user=user, zone=known)
    assert reply.data["zone"] == zone
    assert f"{zone}, UTC" in said(reply)
    assert f" now: {why}." in said(reply)


def test_the_offset_is_the_present_one_and_the_wall_time_stays(sessions: SessionFactory) -> None:
    """Berlin puts its clocks back between the two Mondays: 09:00 is 09:00 on both."""
    reply = place(sessions, now=datetime(2026, 10, 19, 8, tzinfo=UTC))("subscribe stars 09:00 sunday,monday")
    assert "Next: Sun 25 Oct 09:00 and Mon 26 Oct 09:00." in lines(reply)
    assert "UTC+2 now" in said(reply)
    newfoundland = place(sessions)("subscribe stars 09:00", zone="America/St_Johns")
    assert "UTC−3:30 now" in said(newfoundland)


@pytest.mark.parametrize(
    ("text", "error", "hint"),
    [
        ("", "Say what you want to be sent.", "`subscribe daily`"),
        ("09:00 monday", "Say what to send then.", "`subscribe stars 09:00 monday`"),
        ("strs 09:00 monday", "No KPI “strs”.", "Nearest: `stars`"),
        ("stars weekly", "“weekly” does not say on which day.", "Name its day, such as monday."),
        ("stars 09:00 moonday", "“moonday” is no day.", "Did you mean `monday`?"),
        ("stars 25:00", "“25:00” is no time.", "Write it as 09:00 or 17:30."),
        ("stars 9am", "“9am” is no time.", "Write it as 09:00 or 17:30."),
        ("stars 09:00 monday Europe/Berln", "“Europe/Berln” is no IANA time zone.", "Europe/Berlin"),
        ("record nps 5", "`record` changes something.", "subscribe stars"),
        ("stars as-of 2026-05-01 09:00", "A subscription tells how it is then.", "as-of"),
        ("share stars 09:00", "No KPI “share stars”.", "Nearest"),
        ("sources refresh github 09:00", "Nothing collects here.", "kpi collect github"),
        ("x" * 201, "That is too long a question to send.", "Name one KPI"),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_refused(text: str, error: str, hint: str, sessions: SessionFactory) -> None:
    reply = place(sessions)(f"subscribe {text}".strip())
    assert reply.data["error"] == error
    assert hint in reply.data["hint"]
    with sessions.read() as session:
        assert subscriptions.read(session) == []


def test_a_terminal_has_no_direct_messages(sessions: SessionFactory) -> None:
    reply = place(sessions)("subscribe daily", surface="terminal", channel=None)
    assert reply.text == "A terminal has no direct messages. Subscribe in Slack or Discord."


def test_a_kpi_that_may_not_be_seen_is_refused_also_where_only_the_channel_may(
    sessions: SessionFactory,
) -> None:
    ask = place(sessions, secret(used()))
    for channel in ("C0TEAM", "C0CARE"):
        refused = ask("subscribe nps 09:00 monday", channel=channel)
        assert refused.data["error"].startswith("Net Promoter Score is for ")
    assert ask("subscribe nps 09:00 monday", user="U0RAJ").data["question"] == NPS_PATH


def test_an_ambiguous_name_asks_and_its_buttons_subscribe(sessions: SessionFactory) -> None:
    ask = place(sessions, replace(built_in("hektor", "inferno"), people=()))
    reply = ask("subscribe nps 08:15 monday,thursday Europe/London")
    assert reply.text == "2 KPIs are called “nps”: which one?"
    for again in asks(reply):
        data = ask(again).data
        assert (data["cadence"], data["zone"], data["new"]) == (
            "08:15 monday,thursday",
            "Europe/London",
            True,
        )


def test_the_same_again_is_told_and_kept_once(sessions: SessionFactory) -> None:
    ask = place(sessions)
    first = ask("subscribe stars 09:00 monday")
    ask.later(hours=1)
    again = ask("subscribe github stars 09:00 monday")
    assert lines(again)[0] == "You have that already: GitHub Stars, at 09:00 every Monday."
    assert again.data["number"] == first.data["number"]
    with sessions.read() as session:
        assert len(subscriptions.read(session)) == 1
        assert len(audit.recent(session)) == 1


def test_a_person_has_at_most_twenty_and_others_have_their_own(sessions: SessionFactory) -> None:
    ask = place(sessions)
    for minute in range(MOST):
        assert ask(f"subscribe stars 09:{minute:02}").data["new"]
    assert ask("subscribe stars 10:00").data["error"] == "You have 20 subscriptions already."
    assert ask("subscribe stars 10:00", user="U0RAJ").data["new"]
    assert ask("subscribe stars 10:00", via="playground").data["new"]


def test_it_belongs_to_the_surface_as_the_ledger_knows_it(sessions: SessionFactory) -> None:
    place(sessions)("subscribe daily", via="playground")
    with sessions.read() as session:
        assert [one.surface for one in subscriptions.read(session)] == ["playground"]


def test_the_reply_is_private_and_short(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [1, 2]))
    reply = place(sessions)("subscribe stars 09:00 monday")
    assert reply.visibility is Visibility.PRIVATE
    assert max(map(len, lines(reply))) <= 60
