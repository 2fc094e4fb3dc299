"""`/kpi subscriptions` and `/kpi unsubscribe 3`: what one is sent, and the end of it."""

from __future__ import annotations

import pytest

from storage import SessionFactory, audit, subscriptions
from tests.bot.commands.posted import STARS_PATH, Place, place
from tests.factories import asks, lines, said


@pytest.fixture
def subscribed(sessions: SessionFactory) -> Place:
    """Three of Dana's, one of Raj's."""
    ask = place(sessions)
    for text in ("daily 08:30 weekdays", "stars 09:00 monday", "stars 90d 10:00 friday Asia/Kolkata"):
        ask(f"subscribe {text}")
    ask("subscribe stars 07:00", user="U0RAJ")
    return ask


def test_mine_are_listed_with_their_next_time(subscribed: Place) -> None:
    reply = subscribed("subscriptions")
    assert lines(reply) == [
        "3 subscriptions, the next in 24 h.",
        "1. daily update, at 08:30 on weekdays",
        "Next Tue 24 Nov 08:30 UTC+1, Europe/Berlin",
        "2. GitHub Stars, at 09:00 every Monday",
        "Next Mon 30 Nov 09:00 UTC+1, Europe/Berlin",
        "3. GitHub Stars 90d, at 10:00 every Friday",
        "Next Fri 27 Nov 10:00 UTC+5:30, Asia/Kolkata",
        "They come by direct message, each in its own time zone.",
    ]
    assert asks(reply) == ["unsubscribe 1", "unsubscribe 2", "unsubscribe 3", "unsubscribe all"]
    assert [one["question"] for one in reply.data["subscriptions"]] == ["", STARS_PATH, f"{STARS_PATH} 90d"]


def test_without_any_it_says_how_to_have_one(sessions: SessionFactory) -> None:
    for text in ("subscriptions", "subs", "unsubscribe 3", "unsubscribe all"):
        reply = place(sessions)(text)
        assert reply.text == "You have no subscriptions."
        assert asks(reply) == ["subscribe daily"]


@pytest.mark.parametrize(
    ("text", "ended"),
    [
        ("1", [1]),
        ("daily", [1]),
        ("from the daily update", [1]),
        ("2", [2]),
        ("stars 90d", [3]),
        ("all", [1, 2, 3]),
        ("everything", [1, 2, 3]),
    ],
)
def test_it_ends_by_number_by_name_or_all(text: str, ended: list[int], subscribed: Place) -> None:
    reply = subscribed(f"unsubscribe {text}")
    assert reply.data == {"ended": ended, "left": 3 - len(ended)}
    with subscribed.sessions.read() as session:
        left = {one.number for one in subscriptions.of(session, "slack", "U0DANA")}
        acts = [act for act in audit.recent(session) if act.action == "unsubscribe"]
    assert left == {1, 2, 3} - set(ended)
    assert len(acts) == len(ended)
    assert all(act.before and act.after == "ended" for act in acts)


def test_a_name_that_several_have_asks_which(subscribed: Place) -> None:
    reply = subscribed("unsubscribe stars")
    assert lines(reply)[0] == "2 subscriptions: which one ends?"
    assert asks(reply) == ["unsubscribe 2", "unsubscribe 3", "unsubscribe all"]
    assert len(subscribed("subscriptions").data["subscriptions"]) == 3


def test_alone_it_ends_nothing_and_asks_which(subscribed: Place) -> None:
    assert lines(subscribed("unsubscribe"))[0] == "3 subscriptions: which one ends?"
    assert len(subscribed("subscriptions").data["subscriptions"]) == 3


def test_what_was_ended_can_be_had_again(subscribed: Place) -> None:
    (again, rest) = asks(subscribed("unsubscribe 3"))
    assert rest == "subscriptions"
    data = subscribed(again).data
    assert (data["question"], data["cadence"], data["zone"]) == (
        f"{STARS_PATH} 90d",
        "10:00 friday",
        "Asia/Kolkata",
    )


@pytest.mark.parametrize("text", ["4", "99", "nps", "zzz"])
def test_what_is_not_mine_is_refused_and_stays(text: str, subscribed: Place) -> None:
    reply = subscribed(f"unsubscribe {text}")
    assert reply.data["error"] == f"You have no subscription “{text}”."
    assert "`unsubscribe " in reply.data["hint"]
    assert len(subscribed("subscriptions", user="U0RAJ").data["subscriptions"]) == 1


def test_the_past_of_it_is_not_told(subscribed: Place) -> None:
    refused = subscribed("subscriptions as-of 2026-11-01")
    assert refused.text == "Subscriptions are shown as they are now. Leave out `as-of`."


def test_the_trail_tells_of_it(subscribed: Place) -> None:
    subscribed("unsubscribe 2")
    told = said(subscribed("audit me"))
    assert "Dana subscribed to GitHub Stars: 09:00 monday Europe/Berlin" in told
    assert "Dana unsubscribed from GitHub Stars: 09:00 monday Europe/Berlin → ended" in told
