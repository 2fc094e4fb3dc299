"""Charts into Slack: draw, upload in three steps, wait until Slack can show it.

https://docs.slack.dev/messaging/working-with-files. Completion is asynchronous: a post that names a file
too early is refused whole (slackapi/python-slack-sdk issue 1521), so readiness is asked for first.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp

from bot.reply import Chart
from bot.surfaces.base import Draw
from bot.surfaces.slack import limits
from bot.surfaces.slack.api import Api
from bot.surfaces.slack.faults import RefusedError, UnansweredError, UnreachedError
from bot.surfaces.slack.wording import clean, cut

log = logging.getLogger(__name__)

FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 8.0
PATIENCE_SECONDS = 30.0
"""How long a scheduled post waits for its pictures."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Slack's id of a chart that can be shown, or why there is none."""

    file: str | None
    reason: str = ""


class Pictures:
    """Turns charts into files that a message can show."""

    def __init__(self, api: Api, draw: Draw) -> None:
        self._api, self._draw = api, draw

    async def upload(self, charts: Sequence[Chart], patience: float = PATIENCE_SECONDS) -> list[Picture]:
        """One picture a chart, in order; a chart that fails never takes the others along."""
        return list(await asyncio.gather(*(self._picture(chart, patience) for chart in charts)))

    async def _picture(self, chart: Chart, patience: float) -> Picture:
        try:
            content = await self._draw(chart.drawing)
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
        place = await self._api.read(
            "files.getUploadURLExternal",
            filename=clean(chart.filename) or "chart.png",
            length=str(len(content)),
            alt_txt=cut(clean(chart.alt), limits.IMAGE_ALT) or "chart",
        )
        file = str(place["file_id"])
        try:
            await self._api.upload(str(place["upload_url"]), content)
        except (UnansweredError, aiohttp.ClientError, TimeoutError) as fault:
            # Slack answers 408 even for files that arrived (python-slack-sdk issue 1165): completion tells.
            log.warning("upload unconfirmed file=%s fault=%s", file, fault)
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
