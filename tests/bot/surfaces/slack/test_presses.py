"""Buttons and menus on the stand-in: in place where it is the same again, polite where nobody knows them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from bot.playground.faults import refused
from bot.reply import Action, Actions, Reply, Visibility, line
from bot.surfaces.base import Invocation
from bot.surfaces.slack.inbound import about_id, about_of, subject
from bot.surfaces.slack.listening import Backing
from tests.bot.surfaces.samples import CHART
from tests.bot.surfaces.slack.conftest import CHANNEL, Bench, MakeBench

PATH = "hektor/primary.stars"


def standing(asked: Invocation) -> Reply:
    """Where stars stand for a time; the picture of it follows."""
    if asked.text.startswith("chart"):
        return Reply("Stars rise.", (CHART,))
    buttons = (
        Action("Show a year", f"{PATH} 365d"),
        Action("Show 90 days", f"{PATH} 90d"),
        Action("Why", f"why {PATH}"),
        Action("Share", asked.text if "/" in asked.text else PATH, share=True),
    )
    more = (Action("History", f"history {PATH}"), Action("Share it", PATH, share=True))
    return Reply(
        f"Asked {asked.text}.",
        (line(f"Asked {asked.text}."), Actions(buttons, more)),
        follow=f"chart {PATH}",
    )


@pytest.fixture
async def bench(make_bench: MakeBench) -> Bench:
    made = await make_bench()
    made.answer = standing
    await made.standin.slash("stars")
    await made.until(lambda: len(made.standin.whispers(CHANNEL)) == 2)
    await idle(made)
    return made


async def idle(bench: Bench) -> None:
    await bench.until(lambda: not bench.surface._under_way)


def kinds(message: dict[str, Any]) -> list[str]:
    return [block["type"] for block in message["blocks"]]


async def press(bench: Bench, label: str) -> None:
    words = bench.standin.whispers(CHANNEL)[0]["ts"]
    asked = len(bench.asked)
    assert not (await bench.standin.click(label, ts=words)).error
    await bench.until(lambda: len(bench.asked) > asked)
    await idle(bench)


async def test_the_same_for_another_time_takes_the_place_of_the_private_answer(bench: Bench) -> None:
    for label, asked in (("Show a year", "365d"), ("Show 90 days", "90d"), ("Show a year", "365d")):
        await press(bench, label)
        words, _picture = bench.standin.whispers(CHANNEL)
        assert words["text"] == f"Asked {PATH} {asked}."
        assert "image" in kinds(words), "the picture of this time, in the same message"
    assert bench.standin.messages(CHANNEL) == []


async def test_something_else_is_a_message_of_its_own(bench: Bench) -> None:
    await press(bench, "Why")
    texts = [one["text"] for one in bench.standin.whispers(CHANNEL)]
    assert texts[:1] == ["Asked stars."]
    assert f"Asked why {PATH}." in texts


async def test_what_stands_in_the_channel_is_never_changed_by_a_press(bench: Bench) -> None:
    await press(bench, "Share")
    (shared,) = bench.standin.messages(CHANNEL)
    await bench.standin.click("Show a year", ts=shared["ts"])
    await bench.until(lambda: len(bench.standin.whispers(CHANNEL)) > 2)
    await idle(bench)
    assert bench.standin.messages(CHANNEL) == [shared]


@pytest.mark.parametrize(
    "reply", [Reply("Locked.", data={"error": "Locked."}), Reply("For all.", visibility=Visibility.CHANNEL)]
)
async def test_a_refusal_and_an_answer_for_all_leave_the_private_answer(bench: Bench, reply: Reply) -> None:
    before = bench.standin.whispers(CHANNEL)[0]
    bench.answer = lambda _: reply
    await press(bench, "Show a year")
    assert bench.standin.whispers(CHANNEL)[0] == before


async def test_where_it_cannot_be_changed_it_is_said_anew(bench: Bench) -> None:
    bench.standin.inject("response_url", replace(refused("message_not_found"), status=404))
    bench.answer = lambda asked: replace(standing(asked), follow="")
    await press(bench, "Show a year")
    assert [one["text"] for one in bench.standin.whispers(CHANNEL)][-1] == f"Asked {PATH} 365d."
    assert len(bench.standin.whispers(CHANNEL)) == 3


async def test_a_menu_asks_and_shares(bench: Bench) -> None:
    await bench.standin.choose("History")
    await bench.until(lambda: bench.asked[-1].text == f"history {PATH}")
    await idle(bench)
    await bench.standin.choose("Share it")
    await bench.until(lambda: bench.standin.messages(CHANNEL))
    await idle(bench)
    assert {asked.text for asked in bench.asked if asked.in_channel} == {PATH, f"chart {PATH}"}


@pytest.mark.parametrize("action", ["old_button", "kpi_ask:1", "kpi_more:1", "kpi_form:1", ""])
async def test_a_button_that_nobody_knows_any_more_is_answered(bench: Bench, action: str) -> None:
    room = bench.standin.world.rooms[CHANNEL]
    message = bench.standin.world.whisper(room, "U0DANA", {"text": "old"})
    await bench.standin.outgoing.click(
        room, message, {"action_id": action, "block_id": "b", "type": "button"}, "U0DANA"
    )
    await bench.until(lambda: "older version" in json.dumps(bench.standin.whispers(CHANNEL)))
    assert len(bench.asked) == 2


async def test_a_press_that_comes_twice_is_answered_once(bench: Bench) -> None:
    payload = {
        "type": "block_actions",
        "user": {"id": "U0DANA"},
        "container": {"channel_id": CHANNEL},
        "actions": [{"action_id": "kpi_ask:1", "action_ts": "1.5", "value": "stars", "block_id": "b"}],
    }
    for number in (1, 2):
        assert not (await bench.standin.outgoing.interact(payload | {"n": number})).error
    await idle(bench)
    assert [asked.text for asked in bench.asked].count("stars") == 2  # once by command, once by press


async def test_two_processes_answer_a_press_once(make_bench: MakeBench) -> None:
    heard: set[str] = set()

    def first(key: str) -> bool:
        is_new = key not in heard
        heard.add(key)
        return is_new

    benches = [await make_bench(backing=Backing(first_time=first)) for _ in range(2)]
    payload = {
        "type": "block_actions",
        "user": {"id": "U0DANA"},
        "container": {"channel_id": CHANNEL},
        "actions": [{"action_id": "kpi_ask:1", "action_ts": "1.5", "value": "stars", "block_id": "b"}],
    }
    for bench in benches:
        await bench.standin.outgoing.interact(payload)
    await asyncio.gather(*(idle(bench) for bench in benches))
    assert sum(len(bench.asked) for bench in benches) == 1


async def test_a_first_time_check_that_fails_still_answers(
    make_bench: MakeBench, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_: str) -> bool:
        raise OSError("database is gone")

    bench = await make_bench(backing=Backing(first_time=fails))
    await bench.standin.say("@KPI stars")
    await bench.until(lambda: len(bench.standin.messages(CHANNEL)) == 2)
    assert "first-time check failed" in caplog.text


@pytest.mark.parametrize(
    ("text", "about"),
    [
        (f"{PATH} 90d", PATH),
        (PATH, PATH),
        (f"why {PATH} 365d", f"why {PATH}"),
        ("stars 90d", ""),
        ("list hektor", ""),
        ("", ""),
    ],
)
def test_a_question_is_about_what_stands_before_its_time(text: str, about: str) -> None:
    assert subject(text) == about
    assert about_of(about_id(about, 3)) == about


def test_a_subject_too_long_for_a_blocks_name_is_none() -> None:
    assert about_id("x" * 255, 1) == ""
    assert about_of("whatever") == ""
