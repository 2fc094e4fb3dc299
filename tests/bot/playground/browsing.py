"""A browser that opens the page on a stand-in, with a bot listening and a report posted."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import Browser, Page

from tests.bot.playground.serving import Playground

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
WITH_BROWSER = pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}: install Debian's chromium"
)
ALT = "Line chart, stars, 25 days to 23 Nov: rises from 1,100 to 1,234"


@asynccontextmanager
async def seen(browser: Browser, playground: Playground, look: dict[str, Any]) -> AsyncIterator[Page]:
    """The page on a stand-in; it must load nothing from elsewhere and log no error."""
    await fill(playground)
    context = await browser.new_context(**{"viewport": {"width": 1200, "height": 800}, **look})
    page = await context.new_page()
    page.set_default_timeout(5000)
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("request", lambda made: _check_local(made.url, playground, faults))
    await page.goto(playground.url)
    await page.get_by_role("article").first.wait_for()
    yield page
    await context.close()
    assert faults == []


def _check_local(url: str, playground: Playground, faults: list[str]) -> None:
    if not url.startswith((playground.url, "data:")):
        faults.append(f"a request to {url}")


def picture() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (800, 400), "#246").save(kept, "PNG")
    return kept.getvalue()


async def fill(playground: Playground) -> None:
    """A report as the bot posts it: heading, marks, facts, a chart, a wide table, a link, a thread."""
    client = playground.client
    file = (await client.files_upload_v2(content=picture(), filename="chart.png", title="Stars"))["file"]
    words = (
        "▲ *Signups* 0 since Sat, <@U0LEE> has it &lt;img src=x onerror=alert(1)&gt; <https://a.test/x|more>"
    )
    cells = [{"type": "raw_text", "text": f"a fairly wide cell {n}"} for n in range(8)]
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "Signups stopped on Saturday"}},
        {"type": "section", "text": {"type": "mrkdwn", "text": words, "verbatim": True}},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "*Target*\n5,000"}] * 2},
        {"type": "image", "alt_text": ALT, "slack_file": {"id": file["id"]}},
        {"type": "table", "rows": [cells, cells]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "GitHub, " + "x" * 80}]},
    ]
    metadata = {"event_type": "kpi_report", "event_payload": {"key": "hidden-key"}}
    root = await client.chat_postMessage(channel="C0GENERAL", text="Report", blocks=blocks, metadata=metadata)
    await client.chat_postMessage(channel="C0GENERAL", text="Table of all", thread_ts=root["ts"])
