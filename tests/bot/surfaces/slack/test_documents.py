"""Documents in a post's thread: one file each, over crashes, repeated tries and answers that got lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.playground.faults import Fault, dropped, rate_limited, refused, server_error
from bot.playground.slack_error import Json
from bot.reply import Reply
from bot.surfaces.attaching import Unattached, written
from bot.surfaces.base import OutcomeUnknown, Post
from bot.surfaces.slack import documents
from tests.bot.surfaces.papers import CSV, LATE, MONTHLY, PDF, Leaf, Torn, made
from tests.bot.surfaces.samples import HOSTILE
from tests.bot.surfaces.slack.conftest import CHANNEL, Bench, MakeBench
from tests.bot.surfaces.slack.sending import Desk, sending

POST = Post("monthly:C0GENERAL:2026-12-01", CHANNEL, MONTHLY)
SHARE = "files.completeUploadExternal"


def long_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


def only(*documents: Any) -> Post:
    return replace(POST, reply=Reply("Nov 2026: stars ahead.", documents=documents))


def shared(bench: Bench, channel: str = CHANNEL) -> list[str]:
    """The names of the files in a channel, in the order they were shared."""
    return [file["name"] for one in bench.standin.messages(channel) for file in one.get("files", ())]


def said(bench: Bench) -> list[Json]:
    """The lines that say why a document is missing."""
    return [one for one in bench.standin.messages(CHANNEL) if "could not be attached" in one["text"]]


async def test_they_follow_the_thread_with_what_is_in_them(bench: Bench) -> None:
    receipt = await bench.surface.send(POST)
    root, part, *papers = bench.standin.messages(CHANNEL)
    assert receipt.notes == ()
    assert [one["files"][0]["name"] for one in papers] == ["monthly.pdf", "monthly.pptx"]
    assert papers[0]["text"] == PDF.alt
    assert papers[0]["files"][0]["title"] == PDF.title
    assert {one["thread_ts"] for one in (part, *papers)} == {root["ts"]}


async def test_found_again_they_are_not_shared_again(bench: Bench) -> None:
    await bench.surface.send(POST)
    for _ in range(2):
        assert await bench.surface.find(POST, long_ago()) is not None
    assert shared(bench) == ["monthly.pdf", "monthly.pptx"]


@pytest.mark.parametrize("lost", [{"monthly.pdf"}, {"monthly.pptx"}, {"monthly.pdf", "monthly.pptx"}])
async def test_what_a_crash_left_out_is_shared_by_whoever_finds_the_post(
    bench: Bench, lost: set[str]
) -> None:
    """Also one that was uploaded, and never shared."""
    await bench.surface.send(POST)
    room = bench.standin.world.rooms[CHANNEL]
    for one in bench.standin.messages(CHANNEL):
        if one.get("files") and one["files"][0]["name"] in lost:
            del room.messages[one["ts"]]
    assert await bench.surface.find(POST, long_ago()) is not None
    assert sorted(shared(bench)) == ["monthly.pdf", "monthly.pptx"]


async def test_a_file_under_the_bots_user_alone_is_known(bench: Bench) -> None:
    await bench.surface.send(POST)
    for message in bench.standin.world.rooms[CHANNEL].messages.values():
        if message.get("files"):
            del message["bot_id"]
    await bench.surface.find(POST, long_ago())
    assert shared(bench) == ["monthly.pdf", "monthly.pptx"]


async def test_a_file_of_somebody_else_is_not_ours(bench: Bench) -> None:
    receipt = await bench.surface.send(only())
    room = bench.standin.world.rooms[CHANNEL]
    theirs = {"user": "U0DANA", "text": "", "thread_ts": receipt.message, "files": [{"name": "monthly.pdf"}]}
    bench.standin.world.post(room, theirs)
    await bench.surface.find(only(PDF), long_ago())
    assert shared(bench) == ["monthly.pdf", "monthly.pdf"]


@pytest.mark.parametrize(
    "fault", [dropped(), server_error(500, is_taken=True), server_error(408, is_taken=True)]
)
async def test_a_share_without_an_answer_is_looked_up(bench: Bench, fault: Fault) -> None:
    bench.standin.inject(SHARE, fault)
    receipt = await bench.surface.send(only(PDF))
    assert receipt.notes == ()
    assert shared(bench) == ["monthly.pdf"]
    assert bench.standin.calls.count(SHARE) == 1


async def test_a_file_that_turns_up_late_is_waited_for(make_bench: MakeBench) -> None:
    async with sending(make_bench) as desk:
        room = desk.bench.standin.world.rooms[CHANNEL]
        desk.bench.standin.inject(SHARE, dropped(is_taken=True))
        late = held_back(desk, room.messages)
        await desk.sender.send(only(PDF))
        assert late == []
        assert shared(desk.bench) == ["monthly.pdf"]


def held_back(desk: Desk, messages: dict[str, Json]) -> list[Json]:
    """Files are shown once we have waited twice; until then they are in the list."""
    late: list[Json] = []
    read, sleep, slept = desk.api.read, desk.api.sleep, 0

    async def waited(seconds: float) -> None:
        nonlocal slept
        slept += 1
        if slept == 2:
            messages.update({one["ts"]: one for one in late})
            late.clear()
        await sleep(seconds)

    async def looked(method: str, **arguments: str) -> Json:
        if slept < 2:
            late.extend(messages.pop(ts) for ts, one in [*messages.items()] if one.get("files"))
        return await read(method, **arguments)

    desk.api.read, desk.api.sleep = looked, waited  # type: ignore[method-assign,assignment]
    return late


async def test_a_share_that_never_happened_is_tried_again_by_whoever_finds_the_post(bench: Bench) -> None:
    bench.standin.inject(SHARE, dropped(is_taken=False))
    with pytest.raises(OutcomeUnknown, match="a document of it is missing"):
        await bench.surface.send(only(PDF))
    assert shared(bench) == []
    assert await bench.surface.find(only(PDF), long_ago()) is not None
    assert shared(bench) == ["monthly.pdf"]


async def test_a_look_that_is_refused_leaves_the_outcome_open(make_bench: MakeBench) -> None:
    async with sending(make_bench) as desk:
        desk.bench.standin.inject(SHARE, dropped(is_taken=True))
        call = desk.api.call

        async def shut(method: str, arguments: Any, **how: bool) -> Any:
            if method == SHARE:
                desk.bench.standin.inject("conversations.replies", refused("missing_scope"))
            return await call(method, arguments, **how)

        desk.api.call = shut  # type: ignore[method-assign]
        with pytest.raises(OutcomeUnknown):
            await desk.sender.send(only(PDF))
        assert said(desk.bench) == []
        assert await desk.sender.find(only(PDF), long_ago()) is not None
        assert shared(desk.bench) == ["monthly.pdf"]


async def test_slacks_pauses_are_kept(bench: Bench) -> None:
    bench.standin.inject(SHARE, rate_limited(3))
    receipt = await bench.surface.send(only(PDF))
    assert (receipt.notes, shared(bench)) == ((), ["monthly.pdf"])
    assert 3 in bench.slept


@pytest.mark.parametrize("is_taken", [True, False])
async def test_bytes_that_may_have_arrived(bench: Bench, is_taken: bool) -> None:
    bench.standin.inject("upload", server_error(408, is_taken=is_taken))
    receipt = await bench.surface.send(only(PDF))
    assert (receipt.notes, shared(bench)) == ((), ["monthly.pdf"])


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (replace(PDF, content=Torn(LATE)), "The PDF could not be attached: it took longer than 60 s."),
        (
            replace(PDF, content=Torn(KeyError("x")), filename="a.pptx"),
            "The deck could not be attached: it could not be written (KeyError).",
        ),
        (
            replace(CSV, content=Leaf(bytes(documents.MOST_BYTES + 100_000))),
            "The table could not be attached: it has 20.1 MB, and 20.0 MB are the most.",
        ),
    ],
)
async def test_what_cannot_be_written_is_said_once_in_the_thread(
    bench: Bench, document: Any, reason: str
) -> None:
    receipt = await bench.surface.send(only(document, PDF if document.filename != PDF.filename else CSV))
    assert receipt.notes == (reason,)
    [told] = said(bench)
    assert (told["text"], told["thread_ts"]) == (reason, receipt.message)
    assert len(shared(bench)) == 1
    await bench.surface.find(only(document), long_ago())
    assert len(said(bench)) == 1


async def test_what_slack_refuses_is_said_with_what_to_do(bench: Bench) -> None:
    bench.standin.inject(SHARE, refused("restricted_action"))
    receipt = await bench.surface.send(only(PDF))
    [told] = said(bench)
    assert receipt.notes == (told["text"],)
    assert "Slack refused it: restricted_action. The workspace keeps apps" in told["text"]


async def test_a_thread_that_may_not_be_read_gets_no_file_twice(bench: Bench) -> None:
    bench.standin.inject("conversations.replies", refused("not_in_channel"))
    receipt = await bench.surface.send(only(PDF))
    assert "not_in_channel. Type '/invite @KPI'" in receipt.notes[0]
    assert shared(bench) == []


async def test_a_changed_post_leaves_them_alone_and_gets_what_it_lacks(bench: Bench) -> None:
    receipt = await bench.surface.send(only(PDF))
    await bench.surface.edit(receipt, only(replace(PDF, content=Leaf(b"%PDF anew")), CSV))
    assert shared(bench) == ["monthly.pdf", "monthly.csv"]
    files = bench.standin.world.files.values()
    assert [file.content for file in files if file.name == "monthly.pdf"] == [made(PDF.content)]


async def test_a_post_in_the_thread_of_another_has_files_of_its_own(bench: Bench) -> None:
    root = await bench.surface.send(only(PDF))
    post = replace(only(PDF), key=f"{POST.key}#restated", thread=root.message)
    await bench.surface.send(post)
    await bench.surface.find(post, long_ago())
    first, second = shared(bench)
    assert first == "monthly.pdf"
    assert second.startswith("monthly-")


async def test_alike_names_and_foreign_words_are_made_safe(bench: Bench) -> None:
    odd = replace(PDF, title=HOSTILE * 9, alt=HOSTILE, filename="../a b.pdf")
    await bench.surface.send(only(odd, odd))
    assert shared(bench) == ["a-b.pdf", "a-b-2.pdf"]
    told = bench.standin.messages(CHANNEL)[1]
    assert "<!channel>" not in told["text"]
    assert len(told["files"][0]["title"]) <= 255


async def test_a_size_of_the_most_is_taken() -> None:
    async def draw(_: Any) -> bytes:
        return b"1234"

    assert await written(PDF, draw, 4) == b"1234"
    with pytest.raises(Unattached):
        await written(PDF, draw, 3)
