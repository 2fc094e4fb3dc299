"""What the surface says of itself: listening or only posting, heard of, or shut out of Slack."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.playground.events import callback
from bot.playground.faults import refused
from bot.surfaces.base import Post, Undelivered
from bot.surfaces.slack.listening import Backing
from tests.bot.surfaces.samples import DAILY, STANDING
from tests.bot.surfaces.slack.conftest import CHANNEL, Bench, MakeBench

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


async def test_a_surface_that_does_not_listen_posts_and_opens_nothing(make_bench: MakeBench) -> None:
    bench = await make_bench(backing=Backing(listens=False), app_token="xapp-1")
    assert bench.surface.routes() == []
    assert bench.surface.is_ready()
    assert "apps.connections.open" not in bench.standin.calls
    receipt = await bench.surface.send(Post("k", CHANNEL, STANDING))
    assert receipt.message == bench.standin.messages(CHANNEL)[0]["ts"]
    assert bench.surface.state()["mode"] == "posts"
    assert bench.surface.state()["summary"] == "posts only, listens to nothing"


async def test_without_any_way_to_be_reached_it_still_posts(make_bench: MakeBench) -> None:
    bench = await make_bench(backing=Backing(listens=False), signing_secret=None)
    assert bench.surface.is_ready()


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=3), "3 min ago"),
        (timedelta(hours=5), "5 h ago"),
        (timedelta(days=9), "9 days ago"),
        (timedelta(seconds=-5), "just now"),
    ],
)
async def test_the_state_says_when_slack_was_heard_last(
    make_bench: MakeBench, age: timedelta, words: str
) -> None:
    bench = await make_bench(start=False)
    assert bench.surface.state()["summary"] == "not connected"
    await bench.surface.start()
    assert bench.surface.state()["summary"] == "listens over HTTP, nothing heard yet"
    bench.surface.last_heard = bench.surface._config.now() - age
    assert bench.surface.state()["summary"] == f"listens over HTTP, last event {words}"


async def test_everything_that_somebody_does_is_heard(bench: Bench) -> None:
    for brings in (
        lambda: bench.standin.slash("stars"),
        lambda: bench.standin.open_home(),
        lambda: bench.standin.global_shortcut("kpi_record"),
    ):
        bench.surface.last_heard = None
        await brings()
        await bench.until(lambda: bench.surface.last_heard)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["U0KPIBOT"]}}, "revoked the bot token"),
        ({"type": "app_uninstalled"}, "The app was removed"),
    ],
)
async def test_a_bot_that_is_thrown_out_is_not_ready_and_says_why(
    bench: Bench, event: dict[str, object], words: str
) -> None:
    await bench.standin.outgoing._deliver(callback(bench.standin.world, event))
    await bench.until(lambda: not bench.surface.is_ready())
    assert words in str(bench.surface.state()["summary"])
    await bench.surface.send(Post("k", CHANNEL, STANDING))
    assert bench.surface.is_ready(), "Slack takes our posts, so the token is good"


async def test_somebody_elses_token_is_not_ours(bench: Bench) -> None:
    event = {"type": "tokens_revoked", "tokens": {"oauth": ["U0DANA"], "bot": ["U0OTHER"]}}
    await bench.standin.outgoing._deliver(callback(bench.standin.world, event))
    assert bench.surface.is_ready()


@pytest.mark.parametrize(
    ("error", "is_ready"), [("token_revoked", False), ("account_inactive", False), ("is_archived", True)]
)
async def test_a_refused_token_is_noticed_with_the_first_post(
    bench: Bench, error: str, is_ready: bool
) -> None:
    bench.standin.inject("chat.postMessage", refused(error))
    with pytest.raises(Undelivered):
        await bench.surface.send(Post("k", CHANNEL, STANDING))
    assert bench.surface.is_ready() is is_ready


async def test_events_that_nobody_listens_for_are_taken_quietly(bench: Bench) -> None:
    body = callback(bench.standin.world, {"type": "channel_archive", "channel": CHANNEL})
    await bench.standin.outgoing._deliver(body)
    assert bench.asked == []


async def test_a_post_is_changed_in_place(bench: Bench) -> None:
    receipt = await bench.surface.send(Post("k", CHANNEL, STANDING))
    changed = await bench.surface.edit(receipt, Post("k", CHANNEL, DAILY))
    assert changed.message == receipt.message
    assert bench.standin.messages(CHANNEL)[0]["text"] == DAILY.text
