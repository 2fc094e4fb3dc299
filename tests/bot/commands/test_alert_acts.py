"""What people do about an alert: take it, give it away, snooze, rate, end and raise it."""

from __future__ import annotations

import pytest

from bot.commands import COMMANDS
from bot.dispatch import Dispatcher
from bot.forms import FORMS, begun
from bot.surfaces.base import Invocation
from bot.timeline import Timeline
from kpi.alerts import State
from storage import SessionFactory, alerts, audit
from storage.alerts import Alert
from tests.bot.commands.alerting import desk, fired, ruled, slow
from tests.factories import NOW, asks, lines, said


def stored(sessions: SessionFactory, number: int = 1) -> Alert:
    with sessions.read() as session:
        found = alerts.find(session, number)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "text", ["ack 1", "acknowledge #1", "take 1", "i have 1", "I've got alert 1", "we take 1", "ack alert 1"]
)
def test_somebody_takes_it(text: str, sessions: SessionFactory) -> None:
    slow(sessions)
    reply = desk(sessions)(text)
    assert lines(reply)[0] == "You have alert 1: Page slow since 07:00."
    assert stored(sessions).state is State.ACKNOWLEDGED
    assert stored(sessions).acknowledged_by == "slack:U0DANA"
    assert asks(reply)[0] == "resolve 1"
    with sessions.read() as session:
        assert audit.recent(session)[0].action == "acknowledge"


def test_only_one_has_it(sessions: SessionFactory) -> None:
    slow(sessions)
    ask = desk(sessions)
    ask("ack 1")
    assert ask("ack 1").text == "You have alert 1 since 09:00."
    reply = ask("ack 1", user="U0RAJ")
    assert (reply.data["error"], reply.data["hint"]) == (
        "Dana has alert 1 since 09:00.",
        "Take it over: `assign 1 me`.",
    )
    assert ask("assign 1 me", user="U0RAJ").text == "Alert 1 is now yours."
    assert stored(sessions).assigned_to == "Raj"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("ack 7", "There is no alert 7."),
        ("ack seven", "“seven” is no alert's number."),
        ("ack 99999999999", "“99999999999” is no alert's number."),
        ("ack 1 now", "“now” is more than this takes."),
        ("assign 1 rja", "Nobody is called “rja”."),
        ("assign 1", "To whom?"),
        ("snooze 1 whenever", "“whenever” is no time."),
        ("snooze 1 91d", "A snooze lasts 90 days at most."),
        ("snooze 1 forever", "A snooze always ends."),
        ("useful 1 perhaps", "“perhaps” is neither yes nor no."),
        (f"resolve 1 {'x' * 201}", "The text has 201 characters; 200 fit."),
        (f"alert note 1 {'x' * 301}", "The note has 301 characters; 300 fit."),
        ("alert note 1 …", "The note says nothing."),
        ("alert 1 hello", "“hello” is more than this takes."),
    ],
)
def test_what_cannot_be_is_refused(text: str, error: str, sessions: SessionFactory) -> None:
    slow(sessions)
    reply = desk(sessions)(text)
    assert reply.data["error"] == error
    assert reply.data["hint"]
    with sessions.read() as session:
        assert audit.recent(session) == []


def test_what_is_over_is_not_acted_on(sessions: SessionFactory) -> None:
    slow(sessions)
    ask = desk(sessions)
    assert lines(ask("resolve 1 the cache was cold"))[0] == "Alert 1 is over: Page slow 07:00–09:00 (2 h)."
    for text in ("ack 1", "assign 1 raj", "snooze 1", "resolve 1"):
        assert ask(text).data["error"] == "Alert 1 is over since 09:00."
    assert ask("useful 1 yes").text == "Alert 1 was useful: noted."
    assert ask("alert note 1 cold cache").text == "Noted on alert 1."


def test_where_nothing_ever_fired_the_list_says_so(sessions: SessionFactory) -> None:
    for text in ("ack 12", "snooze", "assign 12 me", "useful 12 no", "resolve", "alert"):
        assert desk(sessions)(text).text == "No alert is open, and none was lately."


@pytest.mark.parametrize(
    ("who", "to"),
    [
        ("raj", "Raj"),
        ("@Raj", "Raj"),
        ("to raj", "Raj"),
        ("me", "Dana"),
        ("<@U0RAJ|raj>", "Raj"),
        ("<@U0NEW>", "slack:U0NEW"),
        ("slack:U0SAM", "Sam"),
    ],
)
def test_it_is_given_to_whoever_is_named(who: str, to: str, sessions: SessionFactory) -> None:
    slow(sessions)
    assert desk(sessions)(f"assign 1 {who}").data["alerts"][0]["assigned_to"] == to
    again = desk(sessions)(f"assign 1 {who}").data["error"]
    assert again.endswith(" already.")


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("snooze 1", "2026-11-23T09:00:00+00:00"),
        ("snooze 1 4h", "2026-11-23T12:00:00+00:00"),
        ("snooze 1 until monday", "2026-11-30T07:00:00+00:00"),
        ("mute alert 1 until monday", "2026-11-30T07:00:00+00:00"),
        ("silence alert #1 4h", "2026-11-23T12:00:00+00:00"),
        ("snooze 1 until resolved", "resolved"),
        ("snooze 1 until it is over", "resolved"),
    ],
)
def test_it_is_quiet_for_a_while(text: str, until: str, sessions: SessionFactory) -> None:
    slow(sessions)
    ask = desk(sessions)
    reply = ask(text)
    assert reply.data["alerts"][0]["snoozed_until"] == until
    listed = ask("silences")
    assert listed.text == "Nothing is silenced; 1 alert snoozed."
    assert [one["number"] for one in listed.data["snoozed"]] == [1]
    assert any(one.startswith("Alert 1 until ") for one in lines(listed))
    assert ask(text).data["error"].endswith(" already.")


def test_an_opinion_is_kept_and_can_be_taken_back(sessions: SessionFactory) -> None:
    slow(sessions)
    ask = desk(sessions)
    assert ask("useful 1 no").text == "Alert 1 was not useful: noted."
    assert ask("useful 1 no").text == "Alert 1 is noted as not useful already."
    assert "Dana found it not useful" in lines(ask("alert 1"))
    assert ask("useful 1 yes").data["alerts"][0]["opinion"] == "useful"


def test_people_raise_what_no_source_can_tell(sessions: SessionFactory) -> None:
    ask = desk(sessions)
    listed = ask("raise")
    assert listed.data["rules"] == ["acme/press", "acme/impact"]
    assert "raise impact … customer impact" in lines(listed)
    for text in ("raise customer impact: logins fail https://status.test/1", "raise acme/impact logins fail"):
        ask.later(seconds=1)
        reply = ask(text)
        assert reply.data["alerts"][0]["rule"] == "acme/impact"
        assert reply.data["alerts"][0]["text"] == "logins fail"
    one = stored(sessions)
    assert (one.severity, one.url, one.text) == ("critical", "https://status.test/1", "logins fail")
    assert "“logins fail”" in lines(ask("alert 1"))
    assert "Customer impact, raised by Dana at 09:00" in said(ask("alert 1"))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("raise impact", "What happened?"),
        ("raise low nps it is low", "“low nps” is found out from data."),
        ("raise pres we are in it", "No rule that people raise begins “pres we are in it”."),
        (f"raise impact {'x' * 301}", "The text has 301 characters; 300 fit."),
    ],
)
def test_what_people_cannot_raise_is_refused(text: str, error: str, sessions: SessionFactory) -> None:
    reply = desk(sessions)(text)
    assert reply.data["error"] == error
    assert reply.data["hint"]


def test_only_those_who_may_act_do(sessions: SessionFactory) -> None:
    fired(sessions)
    ask = desk(sessions)
    for text in (
        "ack 1",
        "assign 1 me",
        "snooze 1",
        "useful 1 no",
        "resolve 1",
        "alert note 1 x",
        "raise impact x",
    ):
        assert ask(text, user="U0SAM").data["error"] == "You may read, not acknowledge alerts."
    assert ask("alert 1", user="U0SAM").data["alerts"][0]["state"] == "firing"


@pytest.mark.parametrize(
    ("name", "values", "text"),
    [
        ("alert", {"text": "bots were filtered"}, "alert note 1 bots were filtered"),
        ("alert", {"text": "5 bots as-of 2026-05-01"}, "alert note 1 “5 bots as-of 2026-05-01 ”"),
        ("assign", {"person": "Raj"}, "assign 1 Raj"),
        ("snooze", {"until": "until monday"}, "snooze 1 until monday"),
        ("snooze", {"until": "10y"}, "snooze 1 1h"),
    ],
)
def test_a_form_says_what_somebody_would_type(
    name: str, values: dict[str, str], text: str, sessions: SessionFactory
) -> None:
    slow(sessions)
    form, known = begun(FORMS[name], "1")
    assert form.compose({**known, **values}) == text
    asked = Invocation(form.compose({**known, **values}), "slack", "U0DANA", "C0TEAM")
    reply = Dispatcher(Timeline(ruled()), sessions, COMMANDS, lambda: NOW)(asked)
    assert "error" not in reply.data
    assert form.compose({"alert": "twelve", **values}) == name
    assert form.faults({"alert": "twelve", **values})["alert"] == "Write the alert's number: 12."
