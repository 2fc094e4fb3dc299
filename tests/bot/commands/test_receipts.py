"""`/kpi receipts`: whether everything arrived comes first; then each channel, then each trouble."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.commands import receipts
from bot.reply import Code, Note, Place, Text
from storage import Engine, SessionFactory, promises
from storage.promises import Promise, Receipt, State
from tests.bot.commands.answering import statements
from tests.bot.commands.posted import place, used
from tests.factories import NOW, asks, lines, said


def posted(
    sessions: SessionFactory,
    days: int,
    *,
    channel: str = "C0TEAM",
    report: str = "daily",
    minutes: int | None = 1,
    copies: int = 1,
    stands_for: str = "",
) -> str:
    """A post that was due at 08:30 so many days ago; without minutes it did not arrive.

    The channel is one of Slack's, unless a surface stands before it: "playground:C0TEAM".
    """
    at = due(days)
    surface, _, channel = channel.rpartition(":")
    surface = surface or "slack"
    key = f"{report}/{surface}:{channel}/{at.date()}"
    one = Promise(
        key, report, at.date().isoformat(), surface, channel, at, "{}", at + timedelta(days=1),
        stands_for=stands_for,
    )  # fmt: skip
    with sessions.begin() as session:
        promises.owe(session, one)
        if minutes is not None:
            arrived = Receipt(channel, "17.0", at + timedelta(minutes=minutes), (), copies)
            promises.delivered(session, key, arrived)
    return key


def failed(sessions: SessionFactory, days: int, error: str, *, channel: str = "C0GONE") -> str:
    key = posted(sessions, days, channel=channel, minutes=None)
    with sessions.begin() as session:
        promises.claim(session, worker="w", now=due(days), lease=timedelta(minutes=1))
        assert promises.failed(session, key, worker="w", error=error, retry_at=None)
    return key


def due(days: int) -> datetime:
    return NOW - timedelta(days=days, minutes=30)


def test_all_arrived(sessions: SessionFactory) -> None:
    for days in range(1, 6):
        posted(sessions, days, minutes=40 if days == 3 else 1)
    reply = place(sessions)("receipts")
    assert lines(reply) == [
        "All 5 posts in the last 30 days arrived, 1 late, none twice.",
        "slack:C0TEAM: 5 arrived; last 22 Nov 08:31",
        "Latest troubles",
        "◆ daily update 20 Nov → slack:C0TEAM: 40 min late, 20 Nov 09:10",
        "Arrived: Slack or Discord confirmed it. Late: after 15 min. Europe/Berlin.",
    ]
    assert asks(reply) == ["receipts 7d", "schedule"]
    assert reply.data["promised"] == reply.data["delivered"] == 5
    assert (reply.data["late"], reply.data["twice"]) == (1, 0)


def test_what_did_not_arrive_says_why_and_where_it_was_told_instead(sessions: SessionFactory) -> None:
    posted(sessions, 1)
    key = failed(sessions, 2, "The channel is archived. Name another one.")
    posted(sessions, 2, channel="C9", stands_for=key, minutes=4)
    failed(sessions, 3, "The token is revoked.")
    posted(sessions, 4, minutes=None)
    with sessions.begin() as session:
        promises.expire(session, NOW)
    reply = place(sessions)("receipts 7d")
    told = lines(reply)
    assert told[0] == "1 of 4 posts in the last 7 days arrived: 2 failed, 1 missed; none late, none twice."
    assert "slack:C0GONE: 2 lost" in told
    at = told.index("▲ daily update 21 Nov → slack:C0GONE: failed")
    assert told[at + 1] == (
        "The channel is archived. Name another one. Told in slack:C9 instead, 21 Nov 08:34."
    )
    assert told[at + 3] == "The token is revoked. It was told nowhere else."
    assert told[at + 4 : at + 6] == [
        "▲ daily update 19 Nov → slack:C0TEAM: missed",
        "Nobody sent it to slack in time.",
    ]
    assert told[-1].startswith("What was told elsewhere counts there too.")
    assert any(Place("slack", "C9") in block.spans for block in reply.blocks if isinstance(block, Note))


def test_what_an_error_says_to_type_is_shown_as_such(sessions: SessionFactory) -> None:
    failed(sessions, 2, "The channel is archived. Name another one under `channels`.")
    told = [block for block in place(sessions)("receipts").blocks if isinstance(block, Note)]
    assert any(Code("channels") in block.spans for block in told)


def test_in_the_playground_its_own_channels_read_as_links(sessions: SessionFactory) -> None:
    posted(sessions, 1, channel="playground:C0TEAM")
    for via, where in (("playground", Place("slack", "C0TEAM")), ("", Place("playground", "C0TEAM"))):
        first = place(sessions)("receipts", via=via).blocks[1]
        assert isinstance(first, Text)
        assert first.spans[0] == where


def test_what_stands_twice_is_told(sessions: SessionFactory) -> None:
    posted(sessions, 1, copies=2)
    told = lines(place(sessions)("receipts"))
    assert told[0] == "The one post in the last 30 days arrived, none late, 1 twice."
    assert "◆ daily update 22 Nov → slack:C0TEAM: stands there 2 times" in told


def test_whose_direct_messages_they_are_is_not_told(sessions: SessionFactory) -> None:
    posted(sessions, 1, channel="@U0DANA", report="ask")
    posted(sessions, 2, channel="@U0SAM", report="ask", minutes=90)
    posted(sessions, 0, channel="@U0SAM", report="daily", minutes=None)
    reply = place(sessions)("receipts")
    told = lines(reply)
    assert told[0] == "2 of 3 posts in the last 30 days arrived: 1 under way; 1 late, none twice."
    assert told[1] == "Direct messages: 2 arrived, 1 under way; last 22 Nov 08:31"
    assert "◆ subscription 21 Nov → direct messages: 1 h late, 21 Nov 10:00" in told
    assert "U0SAM" not in said(reply) + str(reply.data)


def test_an_empty_ledger_says_so(sessions: SessionFactory) -> None:
    assert lines(place(sessions)("receipts 1d"))[:2] == [
        "No post was promised in the last day.",
        "What comes next: schedule.",
    ]


@pytest.mark.parametrize(
    ("text", "days"),
    [("", 30), ("7d", 7), ("7", 7), ("last 14 days", 14), ("2w", 14), ("week", 7), ("month", 30)],
)
def test_the_days_are_read_as_people_say_them(text: str, days: int, sessions: SessionFactory) -> None:
    assert place(sessions)(f"receipts {text}".strip()).data["days"] == days


@pytest.mark.parametrize("text", ["0d", "367d", "soon", "-7"])
def test_what_is_no_number_of_days_is_refused(text: str, sessions: SessionFactory) -> None:
    assert "is no number of days" in place(sessions)(f"receipts {text}").data["error"]


def test_the_statements_do_not_grow(engine: Engine, sessions: SessionFactory) -> None:
    posted(sessions, 1)
    few = statements(receipts.COMMAND, "", used(), engine=engine, sessions=sessions)
    for days in range(2, 12):
        posted(sessions, days, minutes=50, channel=f"C{days}")
    many = statements(receipts.COMMAND, "", used(), engine=engine, sessions=sessions)
    assert few <= many <= few + 1  # where there were troubles, where they were told instead
    assert many <= 5  # beginning the transaction among them


def test_what_was_folded_is_no_loss(sessions: SessionFactory) -> None:
    posted(sessions, 2)
    folded = Promise("daily/x", "daily", "x", "slack", "C0TEAM", due(1), "", state=State.FOLDED, error="why")
    with sessions.begin() as session:
        promises.owe(session, folded)
    reply = place(sessions)("receipts")
    assert reply.text.endswith("arrived, none late, none twice. 1 folded on purpose.")
    assert any(": 1 arrived, 1 folded" in one for one in lines(reply))
    assert any("Folded: kept back on purpose" in one for one in lines(reply))
    assert reply.data["folded"] == 1


def test_a_correction_that_failed_is_called_one_and_is_told_nowhere_else(sessions: SessionFactory) -> None:
    root = posted(sessions, 2)
    one = Promise(
        f"{root}#restated-1", "restated", "2026-11-10", "slack", "C0TEAM", due(1), "{}", follows=root
    )
    with sessions.begin() as session:
        promises.owe(session, one)
        promises.claim(session, worker="w", now=due(1), lease=timedelta(minutes=1))
        assert promises.failed(session, one.key, worker="w", error="is_archived.", retry_at=None)
    found = lines(place(sessions)("receipts"))
    assert any("▲ correction of 10 Nov" in one for one in found)
    assert not any("told nowhere else" in one for one in found)
