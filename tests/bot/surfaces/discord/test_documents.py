"""Documents as messages of a post's thread: attached, counted among its parts, finished after a crash."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.reply import Reply
from bot.surfaces.base import OutcomeUnknown, Post
from bot.surfaces.discord import limits
from tests.bot.surfaces.discord.conftest import Bench, MakeBench
from tests.bot.surfaces.papers import CSV, LATE, MONTHLY, PDF, Leaf, Torn, made
from tests.bot.surfaces.samples import HOSTILE
from tests.discord_standin.config import DANA, GENERAL
from tests.discord_standin.faults import Fault, dropped, refused

POST = Post("monthly:5000000000000000001:2026-12-01", GENERAL, MONTHLY)


def an_hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


def only(*documents: Any) -> Post:
    return replace(POST, reply=Reply("Nov 2026: stars ahead.", documents=documents))


@pytest.fixture
async def bench(make_bench: MakeBench) -> Bench:
    """A bench that only posts."""
    return await make_bench(listens=False)


def attached(bench: Bench, place: str) -> list[str]:
    return [file["filename"] for one in bench.standin.messages(place) for file in one["attachments"]]


async def test_they_follow_the_thread_with_what_is_in_them(bench: Bench) -> None:
    receipt = await bench.surface.send(POST)
    assert receipt.notes == ()
    _, pdf, deck = bench.standin.messages(receipt.message)
    assert pdf["content"].startswith(f"**{PDF.title}**\n{PDF.alt}")
    assert pdf["content"].endswith(" 3/4")
    assert pdf["attachments"][0]["description"] == PDF.alt
    assert [pdf["attachments"][0]["filename"], deck["attachments"][0]["filename"]] == [
        "monthly.pdf",
        "monthly.pptx",
    ]
    assert bench.standin.world.files[pdf["attachments"][0]["id"]] == Leaf().content


async def test_found_again_they_are_not_sent_again(bench: Bench) -> None:
    receipt = await bench.surface.send(POST)
    bench.standin.world._nonces.clear()  # minutes go by
    assert await bench.surface.find(POST, an_hour_ago()) is not None
    assert attached(bench, receipt.message) == ["monthly.pdf", "monthly.pptx"]


@pytest.mark.parametrize("lost", [1, 2])
async def test_what_a_crash_left_out_is_sent_by_whoever_finds_the_post(bench: Bench, lost: int) -> None:
    receipt = await bench.surface.send(POST)
    del bench.standin.world.messages[receipt.message][lost]
    bench.standin.world._nonces.clear()
    assert await bench.surface.find(POST, an_hour_ago()) is not None
    assert sorted(attached(bench, receipt.message)) == ["monthly.pdf", "monthly.pptx"]


def meets(bench: Bench, fault: Fault) -> None:
    """Let the message of the next document meet a fault: it is sent right after it was written."""

    async def draw(wanted: Any) -> bytes:
        bench.draw = lambda wanted: written(wanted)
        bench.standin.inject("create_message", fault)
        return made(wanted)

    async def written(wanted: Any) -> bytes:
        return made(wanted)

    bench.draw = draw


@pytest.mark.parametrize("is_taken", [True, False])
async def test_one_without_an_answer_is_no_second_one(bench: Bench, is_taken: bool) -> None:
    meets(bench, dropped(after=is_taken))
    with pytest.raises(OutcomeUnknown):
        await bench.surface.send(POST)
    bench.standin.world._nonces.clear()
    found = await bench.surface.find(POST, an_hour_ago())
    assert found is not None
    assert attached(bench, found.message) == ["monthly.pdf", "monthly.pptx"]


@pytest.mark.parametrize(("status", "code"), [(413, 40005), (403, 50013)])
async def test_a_file_that_discord_refuses_is_said_in_its_place(bench: Bench, status: int, code: int) -> None:
    meets(bench, refused(status, code))
    receipt = await bench.surface.send(POST)
    assert len(receipt.notes) == 1
    _, told, _ = bench.standin.messages(receipt.message)
    assert told["content"].startswith("The PDF could not be attached: Discord refused the file")
    assert told["content"].endswith(" 3/4")
    assert attached(bench, receipt.message) == ["monthly.pptx"]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (replace(PDF, content=Torn(LATE)), "The PDF could not be attached: it took longer than 60 s."),
        (
            replace(CSV, content=Leaf(bytes(limits.ATTACHMENT_BYTES + 1))),
            "The table could not be attached: it has 10.5 MB, and 10.5 MB are the most.",
        ),
    ],
)
async def test_what_cannot_be_attached_is_said_in_its_place(bench: Bench, document: Any, reason: str) -> None:
    receipt = await bench.surface.send(only(document))
    assert receipt.notes == (reason,)
    [told] = bench.standin.messages(receipt.message)
    assert told["content"].replace("\\", "").startswith(reason)
    assert told["attachments"] == []
    bench.standin.world._nonces.clear()
    assert await bench.surface.find(only(document), an_hour_ago()) is not None
    assert len(bench.standin.messages(receipt.message)) == 1


async def test_in_direct_messages_they_answer_the_post(bench: Bench) -> None:
    await bench.surface.send(replace(only(PDF), channel=f"@{DANA}"))
    assert attached(bench, bench.standin.world.direct(DANA).id) == ["monthly.pdf"]


async def test_foreign_words_are_made_safe(bench: Bench) -> None:
    odd = replace(PDF, title=HOSTILE, alt=HOSTILE * 40, filename="../a b.pdf")
    receipt = await bench.surface.send(only(odd))
    assert receipt.notes == ()
    [told] = bench.standin.messages(receipt.message)
    assert told["attachments"][0]["filename"] == "a-b.pdf"
    assert "@everyone" not in told["content"]
