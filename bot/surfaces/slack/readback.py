"""What already stands in a channel: posts of ours are known by the key in their metadata.

https://docs.slack.dev/messaging/message-metadata: without `include_all_metadata` the key is left out.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from bot.surfaces.slack import limits
from bot.surfaces.slack.api import Answer, Api

EVENT_TYPE = "kpi_post"
LOOK_BACK = timedelta(seconds=60)
"""Our clock and Slack's may differ by this much."""
_PAGES = 200


def labelled(key: str, number: int, count: int, thread: str = "") -> Answer:
    """The metadata of a post's part. Every member can read it: no figures.

    `thread` is that of another post into which the whole of this one goes.
    """
    payload: Answer = {"key": key, "part": number, "parts": count}
    if thread:
        payload["thread"] = thread
    return {"metadata": {"event_type": EVENT_TYPE, "event_payload": payload}}


def told_missing(key: str, name: str, thread: str = "") -> Answer:
    """The metadata of a line in the thread of a post that says why the file `name` is not there."""
    payload: Answer = {"key": key, "document": name, **({"thread": thread} if thread else {})}
    return {"metadata": {"event_type": EVENT_TYPE, "event_payload": payload}}


def payload(message: Answer) -> Answer:
    """What a message of ours says of itself."""
    found: Answer = message.get("metadata", {}).get("event_payload", {})
    return found


class Standing:
    """Reads back what one bot has posted."""

    def __init__(self, api: Api, bot: str) -> None:
        self._api, self._bot = api, bot

    async def roots(self, channel: str, key: str, since: datetime, thread: str = "") -> list[Answer]:
        """The first messages of posts with `key`, the earliest first: more than one is one too many.

        They stand in the channel, or in the `thread` of another post.
        """
        oldest = f"{(since - LOOK_BACK).timestamp():.6f}"
        if thread:
            pages = self._pages("conversations.replies", channel=channel, ts=thread, oldest=oldest)
        else:
            pages = self._pages("conversations.history", channel=channel, oldest=oldest)
        found = [
            message
            async for message in pages
            if self._is_ours(message) and payload(message).get("key") == key and _part(message) == 0
        ]
        return sorted(found, key=lambda message: float(message["ts"]))

    async def parts(self, channel: str, ts: str, key: str = "") -> list[tuple[int, str]]:
        """The number and id of every part in the thread of a post, the earliest first.

        Whatever their key: an edit that broke off has left some parts under the old one. Of a post that goes
        into that thread itself, those of its `key`.
        """
        found = [
            (number, str(message["ts"]))
            async for message in self._pages("conversations.replies", channel=channel, ts=ts)
            if self._is_ours(message) and _belongs(message, key)
            if (number := _part(message)) is not None and number > 0
        ]
        return sorted(found, key=lambda part: float(part[1]))

    async def documents(self, channel: str, ts: str, key: str = "") -> set[str]:
        """The names, in small letters, of our files in a thread, and of those a line there says are missing.

        A shared file has no metadata, and may stand there under our user alone: whoever wrote what else is
        ours has shared it. `key` is as for `parts`.
        """
        authors: set[str] = set()
        shared: list[Answer] = []
        names: set[str] = set()
        async for message in self._pages("conversations.replies", channel=channel, ts=ts):
            if message.get("bot_id") == self._bot:
                authors.add(str(message.get("user")))
            if message.get("files"):
                shared.append(message)
            if self._is_ours(message) and _belongs(message, key):
                names.add(str(payload(message).get("document", "")))
        for message in shared:
            if message.get("bot_id") == self._bot or message.get("user") in authors:
                names |= {str(file.get("name", "")) for file in message["files"]}
        return {name.casefold() for name in names if name}

    async def _pages(self, method: str, **arguments: str) -> AsyncIterator[Answer]:
        for _ in range(_PAGES):
            answer = await self._api.read(
                method, include_all_metadata="true", limit=str(limits.HISTORY_PAGE), **arguments
            )
            for message in answer.get("messages", ()):
                yield message
            cursor = answer.get("response_metadata", {}).get("next_cursor")
            if not cursor:
                return
            arguments["cursor"] = str(cursor)

    def _is_ours(self, message: Answer) -> bool:
        is_post = message.get("metadata", {}).get("event_type") == EVENT_TYPE
        return is_post and message.get("bot_id") == self._bot


def _belongs(message: Answer, key: str) -> bool:
    """Whether it is a part of the post with `key`; without one, of the post whose thread this is."""
    said = payload(message)
    return said.get("key") == key if key else not said.get("thread")


def _part(message: Answer) -> int | None:
    number = payload(message).get("part")
    return number if isinstance(number, int) else None
