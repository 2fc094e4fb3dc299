"""People's zones and channels' readers: looked up beside the answers, believed for a while."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.playground.faults import refused
from bot.surfaces.slack import lookups
from bot.surfaces.slack.faults import RefusedError
from bot.surfaces.slack.lookups import Channels, Zones
from tests.bot.surfaces.slack.conftest import CHANNEL, Bench, MakeBench


class People:
    """Slack's users.info and conversations.info, as the look-ups call them."""

    def __init__(self, answer: Any) -> None:
        self.answer, self.asked = answer, 0
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def read(self, _method: str, **_arguments: str) -> dict[str, Any]:
        self.asked += 1
        await self.may_answer.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        found: dict[str, Any] = self.answer
        return found


def zones(people: People) -> Zones:
    return Zones(people)  # type: ignore[arg-type]


async def test_a_zone_is_known_the_second_time_and_asked_for_once() -> None:
    people = People({"user": {"tz": "Asia/Kathmandu"}})
    known = zones(people)
    assert [known.at_once("U1"), known.at_once("U1")] == ["", ""]
    assert await known.soon("U1") == "Asia/Kathmandu"
    assert known.at_once("U1") == "Asia/Kathmandu"
    assert people.asked == 1


@pytest.mark.parametrize(
    "answer",
    [
        {"user": {"tz": "Mars/Olympus"}},
        {"user": {"tz": "Europe"}},
        {"user": {"tz": "../etc/passwd"}},
        {"user": {"tz": None}},
        {"user": {}},
        {},
        RefusedError("missing_scope"),
        RuntimeError("whatever"),
    ],
)
async def test_a_zone_that_nobody_can_say_is_none_and_not_asked_for_again(answer: Any) -> None:
    people = People(answer)
    known = zones(people)
    assert [await known.soon("U1"), await known.soon("U1")] == ["", ""]
    assert people.asked == 1


async def test_a_zone_is_waited_for_but_not_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookups, "LOOK_UP_SECONDS", 0.02)
    people = People({"user": {"tz": "Europe/Berlin"}})
    people.may_answer.clear()
    known = zones(people)
    assert await known.soon("U1") == ""
    people.may_answer.set()
    assert await known.soon("U1") == "Europe/Berlin"
    assert people.asked == 1


async def test_a_known_zone_stays_where_it_cannot_be_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookups, "ZONE_SECONDS", -1.0)
    people = People({"user": {"tz": "Europe/Berlin"}})
    known = zones(people)
    await known.soon("U1")
    people.answer = RefusedError("ratelimited")
    assert await known.soon("U1") == "Europe/Berlin"


async def test_look_ups_under_way_end_with_the_surface() -> None:
    people = People({})
    people.may_answer.clear()
    known = zones(people)
    known.at_once("U1")
    await asyncio.sleep(0)
    await known.close()
    assert not known._asking


async def test_a_channel_that_may_not_be_seen_is_left_alone_for_a_while() -> None:
    people = People(RefusedError("channel_not_found"))
    channels = Channels(people)  # type: ignore[arg-type]
    assert [await channels.is_shared("C1"), await channels.is_shared("C1")] == [None, None]
    assert people.asked == 1


async def test_a_subscription_knows_the_zone_of_the_first_word(bench: Bench) -> None:
    await bench.standin.slash("subscribe daily at 9")
    await bench.until(lambda: bench.asked)
    assert bench.asked[0].zone == "Europe/Berlin"


async def test_other_questions_never_wait_for_a_zone(bench: Bench) -> None:
    bench.standin.inject("users.info", refused("ratelimited"))
    await bench.standin.slash("stars")
    await bench.until(lambda: bench.standin.whispers(CHANNEL))
    assert bench.asked[0].zone == ""


async def test_the_ledger_hears_the_surface_under_the_name_it_was_given(make_bench: MakeBench) -> None:
    bench = await make_bench(ledger="playground")
    await bench.standin.slash("stars")
    await bench.until(lambda: bench.asked)
    assert (bench.asked[0].surface, bench.asked[0].via, bench.asked[0].ledger) == (
        "slack",
        "playground",
        "playground",
    )
