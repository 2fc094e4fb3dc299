"""Direct messages to the bot: answered beside them, and never the bot's own words or somebody's changes."""

from __future__ import annotations

from typing import Any

import pytest

from bot.playground import events
from bot.playground.slack_error import Json
from bot.surfaces.base import Invocation
from bot.surfaces.slack.inbound import from_direct
from tests.bot.surfaces.samples import STANDING
from tests.bot.surfaces.slack.conftest import CHANNEL, Bench

DIRECT = "D00DANA"


@pytest.fixture
async def direct(bench: Bench) -> Bench:
    """A bench whose person has opened the messages with the bot."""
    room = bench.standin.world.direct("U0DANA")
    assert room.id == DIRECT
    return bench


def buttons(message: Json) -> list[Json]:
    return [each for block in message["blocks"] if block["type"] == "actions" for each in block["elements"]]


async def settled(bench: Bench) -> None:
    await bench.standin.outgoing.settle()
    await bench.until(lambda: not bench.surface._under_way)


async def test_a_direct_message_is_answered_beside_it(direct: Bench) -> None:
    await direct.standin.say("stars", channel=DIRECT)
    await direct.until(lambda: len(direct.standin.messages(DIRECT)) == 2)
    answer = direct.standin.messages(DIRECT)[-1]
    assert answer["text"] == STANDING.text
    assert "thread_ts" not in answer
    assert [each["text"]["text"] for each in buttons(answer)] == ["90 days", "Why"], "nobody to share with"
    (asked,) = direct.asked
    assert asked == Invocation("stars", "slack", "U0DANA", DIRECT)
    await settled(direct)
    assert len(direct.asked) == 1, "the bot's own answer is no question"


async def test_in_a_thread_of_direct_messages_it_is_answered_there(direct: Bench) -> None:
    first = await direct.standin.say("stars", channel=DIRECT)
    await direct.until(lambda: len(direct.standin.messages(DIRECT)) == 2)
    await direct.standin.say("and a year?", channel=DIRECT, thread_ts=first["ts"])
    await direct.until(lambda: len(direct.standin.messages(DIRECT)) == 4)
    assert direct.standin.messages(DIRECT)[-1]["thread_ts"] == first["ts"]


async def test_one_message_that_comes_as_two_events_is_answered_once(direct: Bench) -> None:
    message = await direct.standin.say("@KPI stars", channel=DIRECT)
    room = direct.standin.world.rooms[DIRECT]
    direct.standin.outgoing.tell(events.mention(room, message))
    await settled(direct)
    assert [asked.text for asked in direct.asked] == ["stars"]


def event(**fields: Any) -> Json:
    said = {"type": "message", "channel": DIRECT, "channel_type": "im", "user": "U0DANA", "text": "stars"}
    return {"type": "event_callback", "event": {**said, "ts": "1.5", **fields}}


@pytest.mark.parametrize(
    "fields",
    [
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"subtype": "bot_message"},
        {"bot_id": "B9"},
        {"user": "U0KPIBOT"},
        {"user": ""},
        {"edited": {"ts": "1.6"}},
        {"text": "  "},
        {"text": "<@U0KPIBOT>"},
        {"channel_type": "channel", "channel": CHANNEL},
    ],
)
async def test_what_nobody_says_to_the_bot_is_no_question(fields: dict[str, Any]) -> None:
    assert from_direct(event(**fields), "U0KPIBOT") is None


def test_what_somebody_says_to_the_bot_is_one() -> None:
    found = from_direct(event(thread_ts="1.2"), "U0KPIBOT")
    assert found is not None
    assert (found.text, found.channel, found.thread, found.in_channel) == ("stars", DIRECT, "1.2", False)
