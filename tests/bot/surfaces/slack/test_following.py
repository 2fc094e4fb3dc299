"""The words first: the picture that belongs to them comes after, or is said to be missing."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from bot.playground.faults import refused
from bot.reply import Drawing, Reply, Table, Visibility, note
from bot.surfaces.base import Invocation
from bot.surfaces.slack.answer import NO_PICTURE
from tests.bot.surfaces.samples import CHART, PNG, STANDING
from tests.bot.surfaces.slack.conftest import CHANNEL, Bench

WORDS = replace(
    STANDING, blocks=tuple(block for block in STANDING.blocks if block is not CHART), follow="chart stars 90d"
)
PICTURE = Reply("Stars rise.", (CHART, note("GitHub, 06:02")))


def answering(picture: Reply, words: Reply = WORDS) -> object:
    return lambda asked: picture if asked.text.startswith("chart") else words


@pytest.fixture
async def follows(bench: Bench) -> Bench:
    bench.answer = answering(PICTURE)  # type: ignore[assignment]
    return bench


def kinds(message: dict[str, object]) -> list[str]:
    blocks = message["blocks"]
    assert isinstance(blocks, list)
    return [block["type"] for block in blocks]


async def idle(bench: Bench) -> None:
    await bench.until(lambda: bench.asked and not bench.surface._under_way)


async def test_the_words_stand_while_the_picture_is_drawn(follows: Bench) -> None:
    may_draw = asyncio.Event()

    async def slow(_: Drawing) -> bytes:
        await may_draw.wait()
        return PNG

    follows.draw = slow  # type: ignore[method-assign,assignment]
    await follows.standin.slash("stars")
    await follows.until(lambda: follows.standin.whispers(CHANNEL))
    await follows.until(lambda: len(follows.asked) == 2)
    (words,) = follows.standin.whispers(CHANNEL)
    assert words["text"] == STANDING.text
    assert kinds(words)[-1] == "actions"
    assert "image" not in kinds(words)
    may_draw.set()
    await follows.until(lambda: len(follows.standin.whispers(CHANNEL)) == 2)
    picture = follows.standin.whispers(CHANNEL)[1]
    assert (picture["text"], kinds(picture)) == ("Stars rise.", ["image"])
    assert follows.standin.messages(CHANNEL) == []
    assert follows.asked == [
        Invocation("stars", "slack", "U0DANA", CHANNEL),
        Invocation("chart stars 90d", "slack", "U0DANA", CHANNEL),
    ]


async def test_a_mention_gets_words_then_picture_in_its_thread(follows: Bench) -> None:
    asked = await follows.standin.say("@KPI stars")
    await follows.until(lambda: len(follows.standin.messages(CHANNEL)) == 3)
    words, picture = follows.standin.messages(CHANNEL)[1:]
    assert (words["thread_ts"], picture["thread_ts"]) == (asked["ts"], asked["ts"])
    assert "image" not in kinds(words)
    assert kinds(picture) == ["image"]


async def test_what_is_shared_is_one_message(follows: Bench) -> None:
    await follows.standin.slash("stars")
    await follows.until(lambda: len(follows.standin.whispers(CHANNEL)) == 2)
    await follows.standin.click("Share", ts=follows.standin.whispers(CHANNEL)[0]["ts"])
    await follows.until(lambda: follows.standin.messages(CHANNEL))
    await idle(follows)
    (shared,) = follows.standin.messages(CHANNEL)
    assert kinds(shared).index("image") < kinds(shared).index("context") < kinds(shared).index("actions")
    assert "GitHub, 06:02 Berlin" in json.dumps(shared)
    assert len(follows.standin.whispers(CHANNEL)) == 2


async def test_an_answer_for_the_channel_is_one_message(follows: Bench) -> None:
    follows.answer = answering(PICTURE, replace(WORDS, visibility=Visibility.CHANNEL))  # type: ignore[assignment]
    await follows.standin.slash("stars")
    await follows.until(lambda: len(follows.asked) == 2)
    await idle(follows)
    answers = [one for one in follows.standin.messages(CHANNEL) if one["text"] == STANDING.text]
    assert [("image" in kinds(one)) for one in answers] == [True]


@pytest.mark.parametrize("broken", ["drawing", "upload", "crash", "refusal"])
async def test_a_picture_that_fails_is_one_short_note(broken: str, follows: Bench) -> None:
    async def fails(_: Drawing) -> bytes:
        raise ValueError("no font")

    def crashes(asked: Invocation) -> Reply:
        if asked.text.startswith("chart"):
            raise RuntimeError("postgresql://user:hunter2@db")
        return WORDS

    if broken == "drawing":
        follows.draw = fails  # type: ignore[method-assign,assignment]
    elif broken == "upload":
        follows.standin.inject("files.getUploadURLExternal", refused("missing_scope"))
    elif broken == "crash":
        follows.answer = crashes
    else:
        follows.answer = answering(Reply("Locked.", data={"error": "Locked."}))  # type: ignore[assignment]
    await follows.standin.slash("stars")
    await follows.until(lambda: len(follows.standin.whispers(CHANNEL)) == 2)
    words, picture = follows.standin.whispers(CHANNEL)
    assert words["text"] == STANDING.text
    assert picture["text"] == NO_PICTURE
    assert kinds(picture) == ["context"]


async def test_a_shared_answer_whose_picture_crashes_says_so(follows: Bench) -> None:
    refusal = Reply("Locked. Try again.", data={"error": "Locked."})
    follows.answer = answering(refusal, replace(WORDS, visibility=Visibility.CHANNEL))  # type: ignore[assignment]
    await follows.standin.slash("stars")
    await follows.until(
        lambda: any(one["text"] == STANDING.text for one in follows.standin.messages(CHANNEL))
    )
    assert "No chart: Locked. Try again." in json.dumps(follows.standin.messages(CHANNEL))


async def test_where_there_is_nothing_to_draw_nothing_follows(follows: Bench) -> None:
    follows.answer = answering(Reply("Too few days."))  # type: ignore[assignment]
    await follows.standin.slash("stars")
    await follows.until(lambda: len(follows.asked) == 2)
    await idle(follows)
    assert len(follows.standin.whispers(CHANNEL)) == 1


async def test_long_words_leave_one_of_the_five_posts_to_their_picture(follows: Bench) -> None:
    rows = tuple((f"KPI {number}", "1") for number in range(900))
    long = Reply("All.", (Table(("KPI", "Value"), rows),), follow="chart stars 90d")
    follows.answer = answering(PICTURE, long)  # type: ignore[assignment]
    await follows.standin.slash("list")
    await follows.until(lambda: len(follows.standin.whispers(CHANNEL)) == 5)
    await idle(follows)
    *words, picture = follows.standin.whispers(CHANNEL)
    assert "more parts not shown" in json.dumps(words[-1])
    assert kinds(picture) == ["image"]


async def test_a_button_in_a_thread_gets_both_there(follows: Bench) -> None:
    asked = await follows.standin.say("@KPI stars")
    await follows.until(lambda: len(follows.standin.messages(CHANNEL)) == 3)
    await follows.standin.click("90 days", ts=follows.standin.messages(CHANNEL)[1]["ts"])
    await follows.until(lambda: len(follows.standin.whispers(CHANNEL)) == 2)
    assert {one["thread_ts"] for one in follows.standin.whispers(CHANNEL)} == {asked["ts"]}
