"""Commands, buttons and mentions, end to end on the stand-in."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from dataclasses import replace

import pytest

from bot.playground import events
from bot.playground.faults import refused, server_error
from bot.reply import Reply, Table, Visibility, line
from bot.surfaces.base import Invocation
from bot.surfaces.slack.config import Timing
from bot.surfaces.slack.inbound import Remembered, typed
from bot.surfaces.slack.render import CHART_MISSING
from tests.bot.surfaces.samples import CHART, DAILY, STANDING
from tests.bot.surfaces.slack.conftest import CHANNEL, Bench, MakeBench


async def test_a_command_is_answered_privately_with_its_chart(bench: Bench) -> None:
    outcome = await bench.standin.slash("stars")
    await bench.until(lambda: bench.standin.whispers(CHANNEL))
    assert not outcome.error
    assert outcome.body == ""
    (shown,) = bench.standin.whispers(CHANNEL)
    assert shown["text"] == STANDING.text
    assert "image" in [block["type"] for block in shown["blocks"]]
    assert bench.standin.messages(CHANNEL) == []
    assert bench.asked == [Invocation("stars", "slack", "U0DANA", CHANNEL)]


async def test_an_answer_for_all_is_posted_in_the_channel(bench: Bench) -> None:
    bench.answer = lambda _: replace(STANDING, visibility=Visibility.CHANNEL)
    await bench.standin.slash("stars")
    await bench.until(lambda: len(bench.standin.messages(CHANNEL)) == 2)
    assert bench.standin.messages(CHANNEL)[-1]["text"] == STANDING.text


async def test_the_acknowledgement_never_waits_for_the_answer(bench: Bench) -> None:
    """Trap 10: a slow, blocking answer must not hold up acknowledgements."""
    may_answer = threading.Event()
    bench.answer = lambda _: (may_answer.wait(2), STANDING)[1]
    outcomes = await asyncio.gather(*(bench.standin.slash(f"q{n}") for n in range(8)))
    assert all(not outcome.error for outcome in outcomes)
    assert not bench.standin.whispers(CHANNEL)
    may_answer.set()
    await bench.until(lambda: len(bench.standin.whispers(CHANNEL)) == 8)


@pytest.mark.parametrize("text", ["payload", "payload=%7B%7D", "what is the payload & why?", ""])
async def test_text_with_the_word_payload_arrives_whole(bench: Bench, text: str) -> None:
    """Trap 1: Bolt's own parser answers such a command with 404."""
    outcome = await bench.standin.slash(text)
    await bench.until(lambda: bench.standin.whispers(CHANNEL))
    assert not outcome.error
    assert bench.asked[0].text == text


async def test_a_button_asks_again_and_answers_the_one_who_pressed(bench: Bench) -> None:
    await bench.standin.slash("stars")
    await bench.until(lambda: bench.standin.whispers(CHANNEL))
    outcome = await bench.standin.click("90 days")
    await bench.until(lambda: len(bench.standin.whispers(CHANNEL)) == 2)
    assert not outcome.error
    assert bench.asked[-1].text == "stars 90d"
    assert bench.standin.messages(CHANNEL) == []


async def test_share_posts_the_answer_for_all(bench: Bench) -> None:
    await bench.standin.slash("stars")
    await bench.until(lambda: bench.standin.whispers(CHANNEL))
    await bench.standin.click("Share")
    await bench.until(lambda: bench.standin.messages(CHANNEL))
    assert bench.asked[-1].in_channel
    assert bench.standin.messages(CHANNEL)[-1]["text"] == STANDING.text


async def test_a_button_in_a_thread_answers_in_that_thread(bench: Bench) -> None:
    asked = await bench.standin.say("@KPI stars")
    await bench.until(lambda: len(bench.standin.messages(CHANNEL)) == 2)
    await bench.standin.click("90 days")
    await bench.until(lambda: bench.standin.whispers(CHANNEL))
    assert bench.standin.whispers(CHANNEL)[0]["thread_ts"] == asked["ts"]
    bench.standin.inject("chat.postEphemeral", refused("not_in_channel"))
    await bench.standin.click("90 days")
    await bench.until(lambda: len(bench.standin.whispers(CHANNEL)) == 2)
    await bench.standin.click("Share", ts=bench.standin.messages(CHANNEL)[1]["ts"])
    await bench.until(lambda: len(bench.standin.messages(CHANNEL)) == 3)
    assert bench.standin.messages(CHANNEL)[2]["thread_ts"] == asked["ts"]


async def test_a_mention_is_answered_in_its_thread(bench: Bench) -> None:
    asked = await bench.standin.say("@KPI stars &amp; <more>")
    await bench.until(lambda: len(bench.standin.messages(CHANNEL)) == 2)
    answer = bench.standin.messages(CHANNEL)[-1]
    assert answer["thread_ts"] == asked["ts"]
    assert bench.asked[0].text == "stars &amp; <more>"
    assert bench.asked[0].in_channel


async def test_a_repeated_event_is_answered_once(bench: Bench) -> None:
    room = bench.standin.world.rooms[CHANNEL]
    message = bench.standin.world.post(room, {"user": "U0DANA", "text": "<@U0KPIBOT> stars"})
    event = events.callback(bench.standin.world, events.mention(room, message))
    body = json.dumps(event).encode()
    for retry in range(3):  # a space more each time: another signature, as another second would give
        headers = {"X-Slack-Retry-Num": str(retry)}
        outcome = await bench.standin.outgoing._send(body + b" " * retry, "application/json", headers)
        assert outcome.status == 200
    await bench.until(lambda: len(bench.standin.messages(CHANNEL)) == 2)
    await asyncio.sleep(0.05)
    assert len(bench.asked) == 1


async def test_a_crash_is_one_helpful_answer_without_its_secret(bench: Bench) -> None:
    def crash(_: Invocation) -> Reply:
        raise RuntimeError("postgresql://user:hunter2@db")

    bench.answer = crash
    await bench.standin.slash("stars")
    await bench.until(lambda: bench.standin.whispers(CHANNEL))
    (shown,) = bench.standin.whispers(CHANNEL)
    assert "That did not work (ref " in shown["text"]
    assert "hunter2" not in json.dumps(shown)


async def test_an_answer_that_never_comes_is_given_up_aloud(make_bench: MakeBench) -> None:
    bench = await make_bench(timing=Timing(ask=0.05, drain=0.5))
    bench.answer = lambda _: (time.sleep(0.3), STANDING)[1]
    await bench.standin.slash("stars")
    await bench.until(lambda: bench.standin.whispers(CHANNEL))
    assert "given up" in bench.standin.whispers(CHANNEL)[0]["text"]


async def test_a_chart_that_cannot_be_drawn_becomes_words(bench: Bench) -> None:
    async def broken(_: object) -> bytes:
        raise ValueError("no font")

    bench.draw = broken  # type: ignore[method-assign,assignment]
    await bench.standin.slash("stars")
    await bench.until(lambda: bench.standin.whispers(CHANNEL))
    shown = json.dumps(bench.standin.whispers(CHANNEL), ensure_ascii=False)
    assert CHART.alt in shown
    assert CHART_MISSING in shown


async def test_a_refused_layout_is_answered_in_plain_words(bench: Bench) -> None:
    bench.standin.inject("response_url", replace(refused("invalid_blocks"), status=400), times=2)
    await bench.standin.slash("stars")
    await bench.until(lambda: bench.standin.whispers(CHANNEL))
    (shown,) = bench.standin.whispers(CHANNEL)
    assert {block["type"] for block in shown["blocks"]} == {"section", "actions"}


async def test_a_spent_response_url_falls_back_to_the_web_api(bench: Bench) -> None:
    bench.standin.inject("response_url", replace(refused("expired_url"), status=404))
    await bench.standin.slash("stars")
    await bench.until(lambda: bench.standin.whispers(CHANNEL))
    assert "chat.postEphemeral" in bench.standin.calls


async def test_an_answer_without_confirmation_is_not_said_twice(bench: Bench) -> None:
    bench.standin.inject("response_url", server_error(500))
    await bench.standin.slash("stars")
    await bench.until(lambda: not bench.surface._under_way and bench.asked)
    assert bench.standin.whispers(CHANNEL) == []
    assert "chat.postEphemeral" not in bench.standin.calls


async def test_a_long_answer_keeps_to_five_posts_and_says_so(bench: Bench) -> None:
    rows = tuple((f"KPI {n}", "1") for n in range(900))
    bench.answer = lambda _: Reply(
        "All.", (Table(("KPI", "Value"), rows),), thread=(Reply("More.", (line("x"),)),)
    )
    await bench.standin.slash("list")
    await bench.until(lambda: len(bench.standin.whispers(CHANNEL)) == 5)
    last = bench.standin.whispers(CHANNEL)[-1]
    assert "6 more parts not shown" in json.dumps(last, ensure_ascii=False)


async def test_the_thread_of_an_answer_follows_it(bench: Bench) -> None:
    bench.answer = lambda _: DAILY
    await bench.standin.say("@KPI daily")
    await bench.until(lambda: len(bench.standin.messages(CHANNEL)) == 4)
    assert len({message.get("thread_ts") for message in bench.standin.messages(CHANNEL)[1:]}) == 1


async def test_a_place_the_bot_cannot_look_into_counts_as_shared_for_public_answers(bench: Bench) -> None:
    bench.standin.inject("conversations.info", refused("channel_not_found"), times=2)
    await bench.standin.slash("stars")
    await bench.until(lambda: bench.standin.whispers(CHANNEL))
    await bench.standin.click("Share")
    await bench.until(lambda: len(bench.asked) == 2)
    assert [asked.is_shared for asked in bench.asked] == [False, True]


async def test_whether_a_channel_is_shared_is_looked_up_once(bench: Bench) -> None:
    for count in (1, 2):
        await bench.standin.slash("stars")
        await bench.until(lambda count=count: len(bench.asked) == count)
    assert bench.standin.calls.count("conversations.info") == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  stars 90d ", "stars 90d"),
        (
            "<@U0DANA|dana> <#C1|general>",
            "<@U0DANA|dana> <#C1|general>".replace("|dana", "").replace("|general", ""),
        ),
        ("add <https://acme.dev|acme.dev>", "add https://acme.dev"),
        ("<!here> a &lt; b &amp;amp; c", "@here a < b &amp; c"),
        ("<!subteam^S1|@ops>", "@ops"),
        ("MRR > 5", "MRR > 5"),
    ],
)
def test_what_was_typed_is_read_back_as_typed(text: str, said: str) -> None:
    target = said.replace("<@U0DANA>", "<@U0DANA>")
    assert typed(text) == target


def test_old_event_ids_are_forgotten() -> None:
    first_time = Remembered(most=2)
    assert [first_time(key) for key in ("a", "a", "b", "c", "a")] == [True, False, True, True, True]
