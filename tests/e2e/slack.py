"""The stand-in for Slack in a thread of its own, for bots in other processes and for blocking code."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from bot.playground.config import Channel, Limits, PlaygroundConfig
from bot.playground.standin import Standin, create_app
from tests.bot.playground.serving import address, listen, served

CHANNEL = "C0123"
SECRET, TOKEN = "shhh", "xoxb-right"


class Slack:
    """A running stand-in; its state outlives the bots that talk to it."""

    def __init__(self, standin: Standin, url: str) -> None:
        self.standin, self.url = standin, url

    @property
    def environment(self) -> Mapping[str, str]:
        """What makes `kpi` talk to it."""
        return {
            "SLACK_BOT_TOKEN": TOKEN,
            "SLACK_SIGNING_SECRET": SECRET,
            "SLACK_API_URL": f"{self.url}/api/",
        }

    def keys(self) -> list[str]:
        """The keys of the posts in the channel, their threads left out."""
        found = [one for one in self.standin.messages(CHANNEL) if one.get("thread_ts") in (None, one["ts"])]
        return [one["metadata"]["event_payload"]["key"] for one in found]


@contextmanager
def slack_in_a_thread() -> Iterator[Slack]:
    taken = listen()
    config = PlaygroundConfig(
        events_url="http://127.0.0.1:9/slack/events",
        signing_secret=SECRET,
        bot_token=TOKEN,
        base_url=address(taken),
        channels=(Channel(CHANNEL, "daily"),),
        limits=Limits(posts_per_second=1_000.0),
    )
    app = create_app(config)
    loop = asyncio.new_event_loop()
    is_up, stop = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with served(app, taken, app.state.standin.close):
            is_up.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    is_up.wait(5)
    try:
        yield Slack(app.state.standin, config.base_url)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(5)
        loop.close()
