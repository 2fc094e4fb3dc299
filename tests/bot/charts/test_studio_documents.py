"""Documents in the drawing process: written there, for longer and remembered apart from pictures."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.charts.studio import ChartFailed, Limits, Studio
from bot.charts.trend import TrendChart, describe
from bot.documents.paper import Deck, Page, Paper, PdfPaper, Sheet
from bot.reply import Chart, Table
from tests.bot.charts.test_studio import Unpickled

Trend = Callable[..., TrendChart]
TABLE = Sheet(Table(("KPI", "Value"), (("Stars", "1,234"),)))


class Unwritten:
    """A document that makes the drawing process call a function, as a broken one might."""

    def __init__(self, call: Callable[..., Any], *arguments: Any) -> None:
        self._plan = call, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self._plan

    def write(self) -> bytes:
        raise AssertionError("written in the bot's own process")


@pytest.fixture(scope="module")
def studio() -> Iterator[Studio]:
    """One for all tests, because starting its process is the slow part."""
    studio = Studio()
    yield studio
    asyncio.run(studio.close())


def paper(trend: Trend, charts: int) -> Paper:
    drawn = [trend(title=f"Stars {number}") for number in range(charts)]
    pages = tuple(Page(one.title, "127", (Chart(one.title, describe(one), one),)) for one in drawn)
    return Paper("Monthly report", datetime(2026, 11, 22, 6, tzinfo=UTC), pages=pages, language="en")


async def test_writes_what_the_document_writes_and_remembers_it(studio: Studio) -> None:
    written = await studio.draw(TABLE)
    assert written == TABLE.write()
    assert studio.process_id is not None
    os.kill(studio.process_id, signal.SIGKILL)
    assert await studio.draw(TABLE) == written  # without the process


async def test_a_document_may_take_longer_than_a_picture() -> None:
    studio = Studio(Limits(draw_seconds=0.1, write_seconds=20))
    with pytest.raises(ChartFailed, match="'NoneType' object"):
        await studio.draw(Unwritten(time.sleep, 0.5))
    with pytest.raises(ChartFailed, match=r"The chart was not drawn: it took longer than 0\.1 s"):
        await studio.draw(Unpickled(time.sleep, 60))
    await studio.close()


async def test_a_document_that_takes_too_long_says_why() -> None:
    studio = Studio(Limits(write_seconds=0.1))
    with pytest.raises(ChartFailed, match=r"^The document was not written") as failed:
        await studio.draw(Unwritten(time.sleep, 60))
    assert failed.value.reason == "it took longer than 0.1 s"
    await studio.close()


async def test_documents_push_no_pictures_out(trend: Trend) -> None:
    studio = Studio(Limits(cached_pictures=1, cached_documents=1))
    await studio.draw(trend())
    for value in "ab":
        await studio.draw(Sheet(Table((value,), ())))
    assert (len(studio._pictures), len(studio._documents)) == (1, 1)
    await studio.close()


@pytest.mark.skipif(sys.platform != "linux", reason="reads the process's memory from /proc")
@pytest.mark.parametrize("kind", [PdfPaper, Deck])
async def test_forty_charts_are_written_in_little_memory(studio: Studio, trend: Trend, kind: Any) -> None:
    written = await studio.draw(kind(paper(trend, 40), language="en"))
    assert len(written) > 100_000
    assert studio.process_id is not None
    assert peak_kilobytes(studio.process_id) < 400_000


def peak_kilobytes(process: int) -> int:
    """The most memory that a process has had so far."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])  # type: ignore[index]
