"""What hostile, clumsy and polite people say of alerts, and what the bot makes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from bot.reports.alert_posts import root, told
from bot.surfaces.discord.render import render as discord
from bot.surfaces.slack.render import render as slack
from storage import SessionFactory, alerts
from tests.bot.commands.alerting import desk, fired, slow
from tests.bot.reports.alert_cases import alert, happened, item, rule, view
from tests.factories import asks, lines, said

ROOM = 3000  # of one text on Slack


def words_in(found: object) -> Iterator[str]:
    """Every text within a message as it is sent."""
    if isinstance(found, str):
        yield found
    elif isinstance(found, dict):
        for one in found.values():
            yield from words_in(one)
    elif isinstance(found, list | tuple):
        for one in found:
            yield from words_in(one)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("ack 1 please", "You have alert 1: Page slow since 07:00."),
        ("please ack 1, thank you!", "You have alert 1: Page slow since 07:00."),
        ("ack 1 danke", "You have alert 1: Page slow since 07:00."),
        ("assign 1 raj please", "Alert 1 is now Raj’s."),
        ("snooze 1 4h thx", "Alert 1 is snoozed until 13:00."),
        ("snooze 1 pls", "Alert 1 is snoozed until 10:00."),
        ("useful 1 no thanks", "Alert 1 was not useful: noted."),
        ("alert 1 please", "◆ Page slow since 07:00 (2 h) · warning"),
        ("alert note 1 thanks", "Noted on alert 1."),
    ],
)
def test_politeness_is_no_part_of_what_is_asked(text: str, answer: str, sessions: SessionFactory) -> None:
    slow(sessions)
    reply = desk(sessions)(text)
    assert "error" not in reply.data
    assert lines(reply)[0] == answer


def test_what_people_write_of_their_own_keeps_its_thanks(sessions: SessionFactory) -> None:
    slow(sessions)
    ask = desk(sessions)
    ask("alert note 1 the vendor says thank you")
    ask("resolve 1 fixed, thanks")
    with sessions.read() as session:
        assert [one.text for one in alerts.events(session, [1])][1:] == [
            "the vendor says thank you",
            "fixed, thanks",
        ]


NO_ALERT = ("-1", "0", "1.5", "٣", "1e3", "99999999999", "1;drop", "`1`x", "one", "<!here>")
NO_END = (
    "until yesterday",
    "forever",
    "0h",
    "-1h",
    "2020-01-01",
    "until",
    "for ever and ever",
    "9999w",
    "4h 5h",
)
NOBODY = ("nobody", "@everyone", "<!channel>", "<@U0RAJ> <@U0SAM>", "<!subteam^S1>", "everyone")


@pytest.mark.parametrize("verb", ["ack", "snooze", "unsnooze", "resolve", "useful", "assign"])
def test_what_is_no_alert_is_refused_with_those_there_are(verb: str, sessions: SessionFactory) -> None:
    slow(sessions)
    ask = desk(sessions)
    for number in NO_ALERT:
        told = ask(f"{verb} {number}").data
        assert "alert" in told["error"], number
        assert told["hint"] == f"Open: `{verb} 1` (Page slow since 07:00).", number


def test_a_snooze_without_an_end_ahead_is_refused(sessions: SessionFactory) -> None:
    slow(sessions)
    ask = desk(sessions)
    for end in NO_END:
        told = ask(f"snooze 1 {end}").data
        assert told["error"], end
        assert told["hint"].startswith("Say 1h, 4h"), end


def test_nobody_in_particular_gets_no_alert(sessions: SessionFactory) -> None:
    slow(sessions)
    ask = desk(sessions)
    for who in NOBODY:
        told = ask(f"assign 1 {who}").data
        assert told["error"].startswith("Nobody is called"), who
        assert "assign 1 Dana" in told["hint"], who


def test_a_snooze_is_ended_by_command_and_button(sessions: SessionFactory) -> None:
    slow(sessions)
    ask = desk(sessions)
    assert ask("unsnooze 1").data["error"] == "Alert 1 is not snoozed."
    for words in ("unsnooze 1", "wake 1 please", "unmute alert 1"):
        assert "unsnooze 1" in asks(ask("snooze 1 until resolved"))
        assert "unsnooze 1" in asks(ask("silences"))
        reply = ask(words)
        assert reply.text == "Alert 1 speaks again."
        assert reply.data["alerts"][0]["snoozed_until"] is None
        assert "unsnooze 1" not in asks(reply)
    assert ask("unsnooze").text == "Nothing is silenced."
    assert ask("unsnooze 1 now").data["error"] == "“now” is more than this takes."
    assert ask("unsnooze 1", user="U0SAM").data["error"] == "You may read, not acknowledge alerts."
    assert "People outside" in ask("unsnooze 1", is_shared=True).data["error"]
    assert "09:00: Dana ends the snooze; still so after 2 h" in lines(ask("alert 1"))


def test_what_was_raised_is_not_raised_again(sessions: SessionFactory) -> None:
    ask = desk(sessions)
    for text in ("raise impact logins fail", "raise press We are in it https://a.test/1"):
        assert "error" not in ask(text).data
        ask.later(minutes=1)
        assert ask(text).data["error"].endswith(" already.")
    ask("resolve 1")
    ask.later(minutes=1)
    assert ask("raise impact logins fail").data["alerts"][0]["number"] == 3


def test_the_trail_tells_what_was_done_about_alerts(sessions: SessionFactory) -> None:
    slow(sessions)
    ask = desk(sessions)
    acts = ("ack 1", "assign 1 raj", "snooze 1 4h", "unsnooze 1", "snooze 1 until resolved", "useful 1 no")
    for text in (*acts, "alert note 1 no day: a text", "resolve 1 cold cache"):
        ask.later(minutes=1)
        assert "error" not in ask(text).data
    assert lines(ask("audit"))[1:9] == [
        "09:08 Dana declared over: alert 1 · cold cache",
        "09:07 Dana noted on alert 1: no day: a text",
        "09:06 Dana rated alert 1: not useful",
        "09:05 Dana snoozed alert 1 until it is over",
        "09:04 Dana ended the snooze of alert 1",
        "09:03 Dana snoozed alert 1 until 13:03",
        "09:02 Dana assigned alert 1: Raj",
        "09:01 Dana acknowledged alert 1: firing → acknowledged",
    ]


def test_the_trail_keeps_back_what_was_said_of_a_secret(sessions: SessionFactory) -> None:
    fired(sessions)
    slow(sessions)
    ask = desk(sessions, is_secret=True)
    assert ask("alert note 1 the secret", user="U0RAJ", channel=None).text == "Noted on alert 1."
    assert ask("alert note 2 no secret", channel=None).text == "Noted on alert 2."
    assert ask("alert 1", channel=None).data["error"] == "There is no alert 1."
    assert "the secret" not in said(ask("audit", channel=None))
    assert "no secret" in said(ask("audit", channel=None))


HOSTILE = (
    "<!channel> <!here> @everyone @here <@U0DANA> <@&123>",
    "```block``` *b* _i_ ~s~ ||spoiler|| [click](https://evil.test)",
    "\u202egnp.exe\u2066 \x00\x07",
    "😀" * 2500,
    "x" * 5000,
    "a\nb\n# Heading\n> quote",
    "{name} {0} %s <script>&amp;",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_foreign_words_stay_words(text: str) -> None:
    raised = alert(severity="critical", text=text, url="https://a.test/x")
    seen = view(rule(None, by_hand="impact"))
    noted = told(happened("noted", "slack:U0DANA", text), raised, seen)
    assert noted is not None
    for reply in (root(raised, seen), noted):
        sent = json.dumps([*slack(reply)], ensure_ascii=False)
        assert not any(
            one in sent for one in ("<!channel>", "<!here>", "<@U0DANA>", "\u202e", '"type": "user"')
        )
        assert max(map(len, words_in([*slack(reply)]))) < ROOM
        for message in discord(reply):
            shown = f"{message.content} {message.embeds}"
            assert not any(one in shown for one in ("@everyone", "@here", " <@", "](https://evil", "\u202e"))
            assert len(message.content) <= 2000


@pytest.mark.parametrize("count", [40, 110])
def test_however_much_is_red_every_message_fits(count: int) -> None:
    paths = [f"/{'z' * 200}/{number}" for number in range(count)]
    items = [
        item(path, 1.0, name="N" * 80, value=1.0, limit=100.0, op="below", label_value=path) for path in paths
    ]
    found = alert(*items, severity="critical")
    seen = view(rule({"measure": "sum(a.b, 1d)", "below": 100, "by": "page"}))
    replies = [root(found, seen)]
    replies += [
        one for kind in ("fired", "joined") if (one := told(happened(kind, subjects=paths), found, seen))
    ]
    assert len(replies) == 3
    for reply in replies:
        for sent in slack(reply):
            assert len(dict(sent).get("blocks", ())) <= 50
            assert max(map(len, words_in(sent))) < ROOM
        for message in discord(reply):
            assert len(message.content) <= 2000
            assert sum(len(str(one["description"])) for one in message.embeds) <= 6000
