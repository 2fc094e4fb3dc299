"""Every promise is sent once, whatever happens between the claim and the receipt."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import UserError
from bot.frozen import thaw
from bot.jobs.deliver import FIRST_RETRY, LEASE, LONGEST_RETRY, backoff
from bot.reply import Note, plain_text
from bot.surfaces.base import OutcomeUnknown, Post, Undelivered
from storage import promises
from storage.promises import Promise, State
from tests.bot.jobs.world import NINE, Ledger


@pytest.fixture
def owing(ledger: Ledger) -> Ledger:
    """Today's update is owed, and not yet sent."""
    ledger.known_since(hours=1)
    ledger.publish()
    return ledger


def only(ledger: Ledger) -> Promise:
    [promise] = ledger.all()
    return promise


def lateness(ledger: Ledger) -> Sequence[str]:
    [post] = ledger.chat.posts
    said = [plain_text(one.spans) for one in post.reply.blocks if isinstance(one, Note)]
    return [one for one in said if one.startswith("Late")]


async def test_a_promise_is_sent_and_its_receipt_kept(owing: Ledger) -> None:
    assert await owing.deliver() == 1
    assert await owing.deliver() == 0
    promise = only(owing)
    assert promise.state is State.DELIVERED
    assert promise.receipt is not None
    assert promise.receipt.message == "ts0"
    assert len(owing.chat.posts) == 1
    assert owing.chat.looked == []


async def test_two_senders_in_the_same_minute_send_one_post(owing: Ledger) -> None:
    found = await asyncio.gather(*(owing.sender(f"worker{number}")() for number in range(4)))
    assert sum(found) == 1
    assert len(owing.chat.posts) == 1


async def test_a_lost_answer_is_looked_for_and_not_sent_again(owing: Ledger) -> None:
    owing.chat.after.append(OutcomeUnknown("no answer"))
    assert await owing.deliver() == 0
    assert only(owing).state is State.UNKNOWN
    owing.clock.forward(seconds=FIRST_RETRY.total_seconds())
    assert await owing.deliver() == 1
    assert only(owing).state is State.DELIVERED
    assert len(owing.chat.posts) == 1
    assert owing.chat.looked == [("daily/slack:C0DAILY/2026-11-24", NINE)]


async def test_what_a_lost_answer_did_not_leave_is_sent_once_more(owing: Ledger) -> None:
    owing.chat.before.append(OutcomeUnknown("connection reset"))
    await owing.deliver()
    owing.clock.forward(minutes=1)
    assert await owing.deliver() == 1
    assert len(owing.chat.posts) == 1


@pytest.mark.parametrize(
    "blindness",
    [Undelivered("ratelimited", "wait", retry_after=1), UserError("Slack cannot be reached.", "Check it.")],
)
async def test_nothing_is_sent_while_nobody_can_look(owing: Ledger, blindness: Exception) -> None:
    owing.chat.after.append(OutcomeUnknown("no answer"))
    owing.chat.blind.append(blindness)
    for _ in range(3):
        await owing.deliver()
        owing.clock.forward(minutes=1)
    assert len(owing.chat.posts) == 1
    assert only(owing).state is State.DELIVERED


async def test_an_unconnected_surface_does_not_make_an_uncertain_post_certain(owing: Ledger) -> None:
    owing.chat.after.append(OutcomeUnknown("no answer"))
    await owing.deliver()
    owing.clock.forward(minutes=1)
    await replace(owing.deliver, surfaces={})()
    owing.clock.forward(minutes=20)
    assert await owing.deliver() == 1
    assert len(owing.chat.posts) == 1


async def test_a_sender_that_died_after_sending_is_settled_by_looking(owing: Ledger) -> None:
    with owing.sessions.begin() as session:
        claimed = promises.claim(session, worker="dead", now=owing.clock(), lease=LEASE)
    assert claimed is not None
    await owing.chat.send(Post(claimed.key, claimed.channel, thaw(claimed.payload)))
    assert await owing.deliver() == 0, "the claim still holds"
    owing.clock.forward(seconds=LEASE.total_seconds())
    assert await owing.deliver() == 1
    assert len(owing.chat.posts) == 1
    assert only(owing).state is State.DELIVERED


async def test_a_sender_that_died_before_sending_loses_nothing(owing: Ledger) -> None:
    with owing.sessions.begin() as session:
        promises.claim(session, worker="dead", now=owing.clock(), lease=LEASE)
    owing.clock.forward(seconds=LEASE.total_seconds())
    assert await owing.deliver() == 1
    assert len(owing.chat.posts) == 1


async def test_a_stop_in_the_middle_is_settled_at_once_by_the_next_start(
    owing: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, stands = owing.chat.send, asyncio.Event()

    async def endless(post: Post) -> None:
        await send(post)
        stands.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as patch:
        patch.setattr(owing.chat, "send", endless)
        task = asyncio.create_task(owing.deliver())
        await stands.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert only(owing).state is State.UNKNOWN
    assert await owing.sender("next")() == 1
    assert len(owing.chat.posts) == 1


async def test_a_rate_limit_is_obeyed(owing: Ledger) -> None:
    owing.chat.before.append(Undelivered("ratelimited", "wait", retry_after=40))
    await owing.deliver()
    owing.clock.forward(seconds=39)
    assert await owing.deliver() == 0
    owing.clock.forward(seconds=1)
    assert await owing.deliver() == 1


async def test_a_refusal_for_good_keeps_its_error(owing: Ledger) -> None:
    owing.chat.before.append(Undelivered("Slack refused: is_archived.", "Unarchive it.", is_permanent=True))
    await owing.deliver()
    owing.clock.forward(hours=1)
    assert await owing.deliver() == 0
    promise = only(owing)
    assert promise.state is State.FAILED
    assert promise.error == "Slack refused: is_archived. Unarchive it."


async def test_refused_credentials_are_tried_again_later(owing: Ledger) -> None:
    owing.chat.before.append(UserError("Slack refuses SLACK_BOT_TOKEN: invalid_auth.", "Copy it."))
    await owing.deliver()
    assert only(owing).error == "Slack refuses SLACK_BOT_TOKEN: invalid_auth. Copy it."
    owing.clock.forward(minutes=1)
    assert await owing.deliver() == 1


async def test_a_fault_nobody_foresaw_holds_up_no_other_post(owing: Ledger) -> None:
    owing.chat.before.append(KeyError("ts"))
    other = replace(only(owing), key="daily/slack:C2/2026-11-24", channel="C2", due=NINE)
    with owing.sessions.begin() as session:
        promises.owe(session, other)
    assert await owing.deliver() == 1
    owing.clock.forward(minutes=1)
    assert await owing.deliver() == 1
    assert sorted(post.channel for post in owing.chat.posts) == ["C0DAILY", "C2"]


async def test_a_send_without_end_is_given_up_before_its_claim_is(
    owing: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.jobs.deliver.LONGEST_SEND", timedelta(milliseconds=20))
    stuck = asyncio.Event()
    monkeypatch.setattr(owing.chat, "send", lambda _post: stuck.wait())
    assert await owing.deliver() == 0
    assert only(owing).state is State.UNKNOWN


async def test_a_payload_that_cannot_be_read_fails_with_its_reason(owing: Ledger) -> None:
    broken = replace(only(owing), key="broken", payload='{"$": "Gone"}')
    with owing.sessions.begin() as session:
        promises.owe(session, broken)
    assert await owing.deliver() == 1
    failed = next(one for one in owing.all() if one.key == "broken")
    assert failed.state is State.FAILED
    assert "--again" in failed.error


async def test_what_nobody_could_send_in_its_time_is_missed(owing: Ledger) -> None:
    owing.chat.before.append(Undelivered("Slack could not be reached.", "Check the network."))
    await owing.deliver()
    owing.clock.forward(hours=25)
    assert await owing.deliver() == 0
    assert only(owing).state is State.MISSED
    assert only(owing).error == "Slack could not be reached. Check the network."


async def test_a_lost_post_is_not_sent_after_its_time(owing: Ledger) -> None:
    owing.chat.before.append(OutcomeUnknown("no answer"))
    await owing.deliver()
    owing.clock.forward(hours=25)
    assert await owing.deliver() == 0
    assert only(owing).state is State.MISSED
    assert owing.chat.posts == []


async def test_what_nobody_can_look_up_in_its_time_says_so(owing: Ledger) -> None:
    owing.chat.after.append(OutcomeUnknown("no answer"))
    owing.chat.blind += [Undelivered("missing_scope.", "Add channels:history.", is_permanent=True)] * 2
    await owing.deliver()
    owing.clock.forward(hours=1)
    await owing.deliver()
    assert only(owing).state is State.UNKNOWN
    owing.clock.forward(hours=24)
    await owing.deliver()
    assert only(owing).state is State.FAILED
    assert "Nobody knows" in only(owing).error


async def test_a_post_in_time_says_nothing_of_being_late(owing: Ledger) -> None:
    owing.clock.forward(minutes=15)
    await owing.deliver()
    assert lateness(owing) == []


async def test_a_late_post_says_since_when(owing: Ledger) -> None:
    owing.clock.forward(hours=3)
    await owing.deliver()
    assert lateness(owing) == ["Late: it was due 09:00."]


async def test_a_post_of_yesterday_says_which_day_it_was_due(ledger: Ledger) -> None:
    ledger.known_since(hours=1)
    ledger.clock.forward(hours=20)
    ledger.publish()
    await ledger.deliver()
    assert lateness(ledger) == ["Late: it was due 24 Nov 09:00."]


def test_waits_double_up_to_a_quarter_of_an_hour() -> None:
    waits = [backoff(attempts) for attempts in range(60)]
    assert waits[:4] == [FIRST_RETRY, FIRST_RETRY, 2 * FIRST_RETRY, 4 * FIRST_RETRY]
    assert waits[-1] == LONGEST_RETRY
    assert waits == sorted(waits)
