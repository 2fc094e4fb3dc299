"""From Slack's own chart to a picture, to its words, to plain text: what is refused is never silence."""

from __future__ import annotations

import asyncio
import json

import pytest

from bot.playground.config import Limits
from bot.playground.faults import refused, server_error
from bot.reply import Chart, Drawing, Reply, line
from bot.surfaces.base import Post
from bot.surfaces.slack.compose import compose, degrading
from bot.surfaces.slack.faults import RefusedError
from bot.surfaces.slack.render import CHART_MISSING, Message, render
from tests.bot.surfaces.samples import CHART
from tests.bot.surfaces.slack.conftest import CHANNEL, MakeBench
from tests.bot.surfaces.slack.sending import Desk, sending
from tests.bot.surfaces.slack.shapes import check_message
from tests.bot.surfaces.slack.trends import rising, trend

TREND = trend(rising(14), open_day=990.0)
UNKNOWN = RefusedError(
    "invalid_blocks",
    details=("[ERROR] unsupported type: data_visualization [json-pointer:/blocks/1/type]",),
)


def reply(*charts: Chart) -> Reply:
    return Reply("A chart.", (line("before"), *charts, line("after")))


def kinds(desk: Desk) -> list[list[str]]:
    return [[block["type"] for block in message["blocks"]] for message in desk.stored(CHANNEL)]


class Refusing:
    """A Slack that refuses a message for as long as `why` finds something in it."""

    def __init__(self, *reasons: tuple[str, RefusedError]) -> None:
        self.reasons = reasons
        self.tried: list[Message] = []

    async def __call__(self, message: Message) -> str:
        self.tried.append(message)
        types = [block["type"] for block in message["blocks"]]
        for kind, fault in self.reasons:
            if kind in types:
                raise fault
        return "1.0"

    def kinds(self) -> list[list[str]]:
        return [[block["type"] for block in message["blocks"]] for message in self.tried]


async def test_a_trend_is_slacks_own_chart_with_its_words_below(make_bench: MakeBench) -> None:
    async with sending(make_bench, native=True) as desk:
        receipt = await desk.sender.send(Post("k", CHANNEL, reply(TREND)))
        assert receipt.notes == ()
        assert kinds(desk) == [["rich_text", "data_visualization", "context", "rich_text"]]
        (message,) = desk.stored(CHANNEL)
        assert message["blocks"][2]["elements"][0]["text"] == TREND.alt
        assert "files.getUploadURLExternal" not in desk.bench.standin.calls


async def test_the_foot_of_the_picture_stands_below_slacks_own_chart(make_bench: MakeBench) -> None:
    async with sending(make_bench, native=True) as desk:
        chart = trend(rising(14), source="GitHub", age="3 h ago", notice="sample data")
        await desk.sender.send(Post("k", CHANNEL, reply(chart)))
        words = desk.stored(CHANNEL)[0]["blocks"][2]["elements"][0]["text"]
        assert words == f"{chart.alt} · GitHub · 3 h ago · sample data"


async def test_without_the_setting_it_is_a_picture(make_bench: MakeBench) -> None:
    async with sending(make_bench) as desk:
        await desk.sender.send(Post("k", CHANNEL, reply(TREND)))
        assert kinds(desk) == [["rich_text", "image", "rich_text"]]


async def test_a_message_holds_two_and_the_rest_are_pictures_in_their_order(make_bench: MakeBench) -> None:
    async with sending(make_bench, native=True) as desk:
        await desk.sender.send(Post("k", CHANNEL, reply(CHART, TREND, TREND, TREND)))
        own = ["data_visualization", "context"]
        assert kinds(desk) == [["rich_text", "image", *own, *own, "image", "rich_text"]]


async def test_a_refused_chart_becomes_a_picture_and_is_not_tried_again(
    make_bench: MakeBench, caplog: pytest.LogCaptureFixture
) -> None:
    async with sending(make_bench, native=True) as desk:
        slack = Refusing(("data_visualization", UNKNOWN))
        (message,) = (await compose(reply(TREND), desk.pictures)).messages
        _, told = await degrading(slack, message, desk.pictures)
        assert slack.kinds()[1:] == [["rich_text", "image", "rich_text"]]
        assert "/blocks/1/type" in told
        assert "/blocks/1/type" in caplog.text
        assert "native charts are refused" in caplog.text
        for tried in slack.tried:
            check_message(tried)
        receipt = await desk.sender.send(Post("k", CHANNEL, reply(TREND)))
        assert receipt.notes == ()
        assert kinds(desk) == [["rich_text", "image", "rich_text"]]


async def test_a_refusal_of_something_else_leaves_the_charts_on(make_bench: MakeBench) -> None:
    async with sending(make_bench, native=True) as desk:
        desk.bench.standin.inject("chat.postMessage", refused("msg_blocks_too_long"))
        receipt = await desk.sender.send(Post("k", CHANNEL, reply(TREND)))
        assert "msg_blocks_too_long" in receipt.notes[0]
        await desk.sender.send(Post("k2", CHANNEL, reply(TREND)))
        assert [found[1] for found in kinds(desk)] == ["image", "data_visualization"]


async def test_the_whole_way_down_to_words(make_bench: MakeBench) -> None:
    async with sending(make_bench, native=True) as desk:
        broken = RefusedError("invalid_blocks", details=("invalid slack file [json-pointer:/blocks/1]",))
        slack = Refusing(("data_visualization", UNKNOWN), ("image", broken), ("rich_text", broken))
        (message,) = (await compose(reply(TREND), desk.pictures)).messages
        _, told = await degrading(slack, message, desk.pictures)
        tried = slack.kinds()
        assert [found[1] if len(found) > 1 else found[0] for found in tried] == [
            "data_visualization",
            "image",
            "section",
            "section",
        ]
        assert "invalid slack file" in told
        assert TREND.alt in json.dumps(slack.tried[-1], ensure_ascii=False)


async def test_a_picture_that_fails_too_leaves_the_words_and_says_so(make_bench: MakeBench) -> None:
    async with sending(make_bench, native=True) as desk:
        slack = Refusing(("data_visualization", UNKNOWN))
        desk.bench.standin.inject("files.getUploadURLExternal", server_error(500), times=3)
        (message,) = (await compose(reply(TREND), desk.pictures)).messages
        _, told = await degrading(slack, message, desk.pictures)
        assert "could not be uploaded" in told
        text = json.dumps(slack.tried[-1], ensure_ascii=False)
        assert CHART_MISSING in text
        assert TREND.alt in text
        check_message(slack.tried[-1])


async def test_without_pictures_a_refused_chart_leaves_its_words(make_bench: MakeBench) -> None:
    async with sending(make_bench, native=True) as desk:
        slack = Refusing(("data_visualization", UNKNOWN))
        (message,) = (await compose(reply(TREND), desk.pictures)).messages
        await degrading(slack, message)
        assert TREND.alt in json.dumps(slack.tried[-1], ensure_ascii=False)
        assert slack.kinds()[-1] == ["section"]


async def test_a_refusal_to_post_at_all_is_not_a_matter_of_layout(make_bench: MakeBench) -> None:
    async with sending(make_bench, native=True) as desk:
        slack = Refusing(("data_visualization", RefusedError("not_in_channel")))
        (message,) = (await compose(reply(TREND), desk.pictures)).messages
        with pytest.raises(RefusedError, match="not_in_channel"):
            await degrading(slack, message, desk.pictures)
        assert len(slack.tried) == 1


async def test_a_plain_text_that_is_refused_too_is_a_refusal() -> None:
    slack = Refusing(
        ("section", RefusedError("invalid_blocks")), ("rich_text", RefusedError("invalid_blocks"))
    )
    with pytest.raises(RefusedError, match="invalid_blocks"):
        await degrading(slack, render(Reply("Plain.", (line("x"),)))[0])


async def test_a_picture_that_hangs_is_given_up_and_the_words_go_out(make_bench: MakeBench) -> None:
    """Drawing and readiness are waited for within limits, whatever they do."""
    async with sending(make_bench, limits=Limits(posts_per_second=1_000.0, file_ready_seconds=3_600)) as desk:

        async def draw(_: Drawing) -> bytes:
            await asyncio.sleep(0)
            raise MemoryError

        desk.bench.draw = draw  # type: ignore[method-assign]
        receipt = await desk.sender.send(Post("k", CHANNEL, reply(CHART)))
        assert "MemoryError" in receipt.notes[0]
        assert CHART.alt in json.dumps(desk.stored(CHANNEL), ensure_ascii=False)
