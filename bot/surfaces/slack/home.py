"""App Home: what concerns one person, published when they open it and again after what they did there."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

from bot.reply import Divider, Reply, line
from bot.surfaces.slack import limits
from bot.surfaces.slack.api import Api
from bot.surfaces.slack.asking import HOME, Asking
from bot.surfaces.slack.faults import RefusedError
from bot.surfaces.slack.form_views import plain, reply_blocks
from bot.surfaces.slack.inbound import Question

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 1.0
"""An empty Home says by then that it is being read."""
VIEW_BYTES = 250_000
"""docs.slack.dev/reference/methods/views.publish: view_too_large"""
_READING = Reply("Reading the numbers…")

View = dict[str, Any]


class Home:
    """Publishes Homes; one at a time a person, and never raises."""

    def __init__(self, asking: Asking, api: Api) -> None:
        self._asking, self._api = asking, api
        self._under_way: dict[str, Reply | None] = {}
        self._again: set[str] = set()

    async def opened(self, event: dict[str, Any]) -> None:
        """Somebody looks at the app; their Home is brought up to date if that is what they look at."""
        user, view = str(event.get("user", "")), event.get("view") or {}
        if user and event.get("tab") == "home":
            await self._publish(user, None, str(view.get("hash", "")))

    async def refresh(self, user: str, notice: Reply | None = None) -> None:
        """Publish again after something the person did; `notice` says on top what came of it."""
        await self._publish(user, notice, "")

    async def _publish(self, user: str, notice: Reply | None, version: str) -> None:
        if user in self._under_way:  # read again when that is done: it may have read before the deed
            self._again.add(user)
            self._under_way[user] = notice or self._under_way[user]
            return
        self._under_way[user] = notice
        try:
            await self._once(user, version)
            while user in self._again:
                self._again.discard(user)
                await self._once(user, "")
        except Exception:
            log.exception("home not published user=%s", user)
        finally:
            self._under_way.pop(user, None)
            self._again.discard(user)

    async def _once(self, user: str, version: str) -> None:
        reading = asyncio.create_task(self._read(user))
        try:
            await asyncio.wait({reading}, timeout=PATIENCE_SECONDS)
            if not reading.done() and not version:
                await self._put(user, home_view(_READING), "")
            try:
                await self._put(user, await reading, version)
            except RefusedError as fault:
                if fault.error != "hash_conflict":
                    raise
                # Somebody else has published meanwhile, perhaps something older: read and put once more.
                await self._put(user, await self._read(user), "")
        finally:
            reading.cancel()

    async def _read(self, user: str) -> View:
        invocation = await self._asking.invocation(Question(HOME, user, ""))
        reply = await self._asking.reply(invocation)
        return home_view(reply, self._under_way.get(user))

    async def _put(self, user: str, view: View, version: str) -> None:
        expected = {"hash": version} if version else {}
        try:
            await self._api.call("views.publish", {"user_id": user, "view": view, **expected})
        except RefusedError as fault:
            if fault.error not in _LAYOUT:
                raise
            log.error("home refused error=%s at=%s", fault.error, "; ".join(fault.details))
            words = "Home cannot be shown here. Type /kpi to ask; /kpi help says what there is."
            await self._api.call("views.publish", {"user_id": user, "view": home_view(Reply(words))})


_LAYOUT = frozenset({"invalid_arguments", "invalid_blocks", "view_too_large"})


def home_view(reply: Reply, notice: Reply | None = None) -> View:
    """The reply as a Home tab: within Slack's blocks and bytes, cut with a visible mark."""
    top = Reply(notice.text, (line(notice.text), Divider())) if notice else None
    blocks = [*(reply_blocks(top) if top else ()), *reply_blocks(reply)]
    kept = blocks[: limits.VIEW_BLOCKS]
    while len(json.dumps(kept).encode()) > VIEW_BYTES - 1_000:
        kept = kept[: len(kept) * 9 // 10]
    if len(kept) < len(blocks):
        mark = plain("… more than fits here. Ask for it by /kpi.", limits.CONTEXT)
        kept = [*kept[: limits.VIEW_BLOCKS - 1], {"type": "context", "elements": [mark]}]
    return {"type": "home", "blocks": kept}
