"""`/kpi silence stars 2d why`, `silences`, `unsilence stars`: quiet for a while, and known to all."""

from __future__ import annotations

import pytest

from storage import SessionFactory, audit, silences
from tests.bot.commands.posted import NPS_PATH, STARS_PATH, Place, place, secret, used
from tests.factories import asks, built_in, lines, said


def test_the_reply_says_what_until_when_and_how_to_end_it(sessions: SessionFactory) -> None:
    reply = place(sessions)("silence stars until friday launch week noise")
    assert lines(reply) == [
        "Silenced until Fri 27 Nov 00:00: GitHub Stars.",
        "Why: launch week noise",
        "It leads no update till then; numbers are still kept.",
        "4 days left, Europe/Berlin. It ends by itself.",
    ]
    assert asks(reply) == ["unsilence 1", "silences"]
    with sessions.read() as session:
        (act,) = audit.recent(session)
    assert (act.action, act.subject, act.note) == ("silence", STARS_PATH, "launch week noise")
    assert (act.before, act.after, act.place) == ("", "until 2026-11-26 23:00 UTC", "slack:C0TEAM")


@pytest.mark.parametrize(
    ("text", "subject", "until", "reason"),
    [
        ("all 4h", "all", "2026-11-23T12:00:00+00:00", ""),
        ("acme 1d", "acme", "2026-11-24T08:00:00+00:00", ""),
        ("acme nps 1d", NPS_PATH, "2026-11-24T08:00:00+00:00", ""),
        ("stars", STARS_PATH, "2026-11-24T08:00:00+00:00", ""),
        ("github stars launch week", STARS_PATH, "2026-11-24T08:00:00+00:00", "launch week"),
        ("stars 2 days because of the launch", STARS_PATH, "2026-11-25T08:00:00+00:00", "the launch"),
        ("stars 2d 3 posts a day", STARS_PATH, "2026-11-25T08:00:00+00:00", "3 posts a day"),
    ],
)
def test_a_subject_is_told_from_its_end_and_its_reason(
    text: str, subject: str, until: str, reason: str, sessions: SessionFactory
) -> None:
    ask = place(sessions)
    for verb in ("silence", "mute"):
        data = ask(f"{verb} {text}").data
        assert (data["subject"], data["until"], data["reason"]) == (subject, until, reason)


def test_days_and_times_are_in_the_readers_zone(sessions: SessionFactory) -> None:
    reply = place(sessions)("silence stars 18:00", user="U0RAJ")
    assert reply.data["until"] == "2026-11-23T12:30:00+00:00"
    assert "Silenced until 18:00: GitHub Stars." in lines(reply)
    assert "Asia/Kolkata" in said(reply)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("stars forever", "A silence always ends."),
        ("stars 91d", "A silence lasts 90 days at most."),
        ("stars until whenever", "“whenever” is no time."),
        ("strs 2d", "No KPI “strs”."),
        (f"stars 2d {'x' * 201}", "The reason has 201 characters; 200 fit."),
    ],
)
def test_what_does_not_end_or_is_not_there_is_refused(
    text: str, error: str, sessions: SessionFactory
) -> None:
    assert place(sessions)(f"silence {text}").data["error"] == error
    with sessions.read() as session:
        assert silences.history(session) == []
        assert audit.recent(session) == []


def test_only_those_who_may_silence_do(sessions: SessionFactory) -> None:
    ask = place(sessions)
    assert ask("silence stars 1d", user="U0SAM").text.startswith("You may read, not silence alerts. Ask Dana")
    assert ask("silence stars 1d", user="U0RAJ").data["number"] == 1
    assert ask("unsilence stars", user="U0SAM").text.startswith("You may read, not silence alerts.")
    assert ask("silences", user="U0SAM").data["silences"][0]["number"] == 1
    assert ask("silence stars 1d", user="root", surface="terminal", channel=None).data["number"] == 2


def test_what_is_not_shown_is_neither_silenced_nor_told_of(sessions: SessionFactory) -> None:
    ask = place(sessions, secret(used()))
    assert ask("silence nps 2d").data["error"].startswith("Net Promoter Score is for ")
    assert ask("silence nps 2d hush", user="U0RAJ").data["subject"] == NPS_PATH
    assert "Net Promoter" not in said(ask("silences"))
    assert "hush" not in said(ask("silences"))
    assert "Net Promoter Score" in said(ask("silences", user="U0RAJ"))
    assert ask("unsilence nps").data == {"silences": [], "snoozed": []}
    assert ask("unsilence nps", user="U0RAJ").data == {"ended": [1]}


def test_where_outsiders_read_nothing_is_silenced_or_told(silent: Place) -> None:
    for text in ("silences", "silence", "silence stars 2d", "unsilence stars"):
        assert silent(text, is_shared=True).data["error"].startswith("People outside your company read here")


def test_a_second_silence_takes_the_place_of_the_first(sessions: SessionFactory) -> None:
    ask = place(sessions)
    ask("silence stars until friday")
    reply = ask("silence stars 2d")
    assert "Before: until Fri 27 Nov 00:00. 2 days left" in said(reply)
    assert [one["number"] for one in ask("silences").data["silences"]] == [2]


def test_an_ambiguous_name_asks_and_its_buttons_silence(sessions: SessionFactory) -> None:
    ask = place(sessions, built_in("hektor", "inferno"))
    reply = ask("silence nps 2d survey week")
    assert reply.text == "2 KPIs are called “nps”: which one?"
    for again in asks(reply):
        assert ask(again).data["reason"] == "survey week"


@pytest.fixture
def silent(sessions: SessionFactory) -> Place:
    """Stars for two days, all of acme for four hours, by two people."""
    ask = place(sessions)
    ask("silence stars 2d launch week")
    ask("silence acme 4h", user="U0RAJ")
    return ask


def test_all_are_listed_with_who_why_and_until_when(silent: Place) -> None:
    reply = silent("silences")
    assert lines(reply) == [
        "2 silences; the first ends 13:00: all of Acme.",
        "2. all of Acme until 13:00, 4 h left",
        "Raj gave no reason",
        "1. GitHub Stars until Wed 25 Nov 09:00, 2 days left",
        "Dana: launch week",
        "Times in Europe/Berlin. What is silenced leads no update.",
    ]
    assert asks(reply) == ["unsilence 2", "unsilence 1"]
    assert lines(silent("silence")) == lines(reply)


def test_it_ends_by_itself_and_that_is_told(silent: Place) -> None:
    silent.later(days=2, minutes=1)
    assert lines(silent("silences")) == [
        "Nothing is silenced.",
        "Ended lately",
        "GitHub Stars: 09:00",
        "all of Acme: Mon 23 Nov 13:00",
        "To silence something: silence stars 2d why.",
    ]
    silent.later(days=8)
    assert "Ended lately" not in lines(silent("silences"))


@pytest.mark.parametrize(
    ("text", "ended"), [("stars", [1]), ("1", [1]), ("acme", [2]), ("all", [2, 1]), ("github stars", [1])]
)
def test_it_is_ended_by_number_by_name_or_all(text: str, ended: list[int], silent: Place) -> None:
    reply = silent(f"unsilence {text}")
    assert reply.data == {"ended": ended}
    assert lines(reply)[0].startswith("Speaks again: ")
    silent.later(minutes=1)
    assert len(silent("silences").data["silences"]) == 2 - len(ended)
    assert "by Dana" in said(silent("silences"))


def test_all_ends_the_silence_of_everything_alone_where_there_is_one(silent: Place) -> None:
    silent("silence all 1h")
    assert silent("unmute all").data == {"ended": [3]}
    assert len(silent("silences").data["silences"]) == 2


def test_what_is_not_silenced_is_refused_with_what_is(silent: Place) -> None:
    reply = silent("unsilence nps")
    assert reply.data["error"] == "“nps” is not silenced."
    assert "`unsilence 2` (all of Acme)" in reply.data["hint"]


def test_without_any_there_is_nothing_to_end(sessions: SessionFactory) -> None:
    assert place(sessions)("unsilence stars").text == "Nothing is silenced."


def test_the_trail_tells_of_it(silent: Place) -> None:
    silent("silence all 1h")
    silent("unsilence stars")
    told = said(silent("audit silence"))
    assert "Dana silenced GitHub Stars: until 2026-11-25 08:00 UTC · launch week" in told
    assert "Dana silenced all: until 2026-11-23 09:00 UTC" in told
    assert "Dana ended the silence of GitHub Stars" in said(silent("audit stars"))
