"""Charts into Slack: as its own chart blocks, or drawn, uploaded in three steps and waited for.

https://docs.slack.dev/messaging/working-with-files. Completion is asynchronous: a post that names a file
too early is refused whole (slackapi/python-slack-sdk issue 1521), so readiness is asked for first.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

import aiohttp

from bot.reply import Chart
from bot.surfaces.base import Draw
from bot.surfaces.foreign import clean, cut
from bot.surfaces.slack import limits
from bot.surfaces.slack.api import Api
from bot.surfaces.slack.faults import RefusedError, UnansweredError, UnreachedError
from bot.surfaces.slack.native import native_block
from bot.surfaces.slack.render import Message, Shown, Stands, chart_blocks, joined

log = logging.getLogger(__name__)

FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 8.0
PATIENCE_SECONDS = 30.0
"""How long a scheduled post waits for its pictures."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Slack's id of a chart that can be shown, or its own chart block, or why there is neither."""

    file: str | None
    reason: str = ""
    block: Stands | None = None

    @property
    def shown(self) -> Shown:
        return self.file if self.block is None else self.block


def is_native(block: object) -> TypeGuard[Stands]:
    """Whether the block is one of Slack's own charts."""
    return isinstance(block, Stands) and block["type"] == "data_visualization"


async def store(api: Api, content: bytes, name: str, alt: str = "") -> tuple[str, bool]:
    """The first two steps of an upload: Slack's id of the file, and whether Slack said that it arrived.

    Slack answers 408 even for files that arrived (python-slack-sdk issue 1165): the third step tells.
    """
    told = {"alt_txt": alt} if alt else {}
    place = await api.read("files.getUploadURLExternal", filename=name, length=str(len(content)), **told)
    file = str(place["file_id"])
    try:
        await api.upload(str(place["upload_url"]), content)
    except (UnansweredError, aiohttp.ClientError, TimeoutError) as fault:
        log.warning("upload unconfirmed file=%s fault=%s", file, fault)
        return file, False
    return file, True


class Pictures:
    """Turns charts into what a message can show; with `native` into Slack's own charts where they can."""

    def __init__(self, api: Api, draw: Draw, *, native: bool = False) -> None:
        self._api, self.draw, self._is_native = api, draw, native

    async def show(self, charts: Sequence[Chart], patience: float = PATIENCE_SECONDS) -> list[Picture]:
        """How each chart is shown: by Slack's own charts while a message takes them, else by files."""
        blocks = [native_block(chart) if self._is_native else None for chart in charts]
        own = [at for at, block in enumerate(blocks) if block is not None][: limits.CHARTS]
        files = iter(await self.upload([chart for at, chart in enumerate(charts) if at not in own], patience))
        return [
            Picture(None, block=Stands(block, chart)) if block is not None and at in own else next(files)
            for at, (chart, block) in enumerate(zip(charts, blocks, strict=True))
        ]

    def refuse_native(self) -> None:
        """Slack does not take its own charts here: from now on every chart is a picture."""
        if self._is_native:
            log.warning("native charts are refused by this workspace; pictures are sent until a restart")
        self._is_native = False

    async def redrawn(
        self, message: Message, patience: float = PATIENCE_SECONDS
    ) -> tuple[Message, tuple[str, ...]]:
        """The same message with pictures in the place of Slack's own charts, and why one is missing."""
        charts = [block.chart for block in message["blocks"] if is_native(block)]
        uploaded = await self.upload(charts, patience)
        pictures = iter(zip(charts, uploaded, strict=True))
        blocks: list[dict[str, Any]] = []
        for block in message["blocks"]:
            if is_native(block):
                chart, picture = next(pictures)
                blocks += chart_blocks(chart, picture.file)
            elif not isinstance(block, Stands):  # the words below Slack's own chart are those of the picture
                blocks.append(block)
        reasons = tuple(picture.reason for picture in uploaded if picture.reason)
        return {**message, "blocks": list(joined(blocks))}, reasons

    async def upload(self, charts: Sequence[Chart], patience: float = PATIENCE_SECONDS) -> list[Picture]:
        """One picture a chart, in order; a chart that fails never takes the others along."""
        return list(await asyncio.gather(*(self._picture(chart, patience) for chart in charts)))

    async def _picture(self, chart: Chart, patience: float) -> Picture:
        try:
            content = await self.draw(chart.drawing)
        except Exception as fault:
            # Drawing runs foreign code over foreign data: whatever it raises, the words still go out.
            log.exception("drawing failed chart=%r", chart.title)
            return Picture(None, f"chart could not be drawn: {type(fault).__name__}")
        try:
            file = await self._store(chart, content)
            if await self._is_ready(file, patience):
                return Picture(file)
        except (RefusedError, UnreachedError, UnansweredError) as fault:
            log.warning("upload failed chart=%r fault=%s", chart.title, fault)
            return Picture(None, f"chart could not be uploaded: {fault}")
        return Picture(None, f"chart was not ready at Slack within {patience:.0f} s")

    async def _store(self, chart: Chart, content: bytes) -> str:
        alt = cut(clean(chart.alt), limits.IMAGE_ALT) or "chart"
        file, _ = await store(self._api, content, clean(chart.filename) or "chart.png", alt)
        title = cut(clean(chart.title), limits.FILE_TITLE) or "Chart"
        await self._api.call("files.completeUploadExternal", {"files": [{"id": file, "title": title}]})
        return file

    async def _is_ready(self, file: str, patience: float) -> bool:
        waited, pause = 0.0, FIRST_WAIT_SECONDS
        while True:
            info = await self._api.read("files.info", file=file)
            if info["file"].get("mimetype"):
                return True
            if waited + pause > patience:
                return False
            await self._api.sleep(pause)
            waited += pause
            pause = min(pause * 2, LONGEST_WAIT_SECONDS)
