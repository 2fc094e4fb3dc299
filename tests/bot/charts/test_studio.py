import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.charts.studio import ChartFailed, Limits, Studio
from bot.charts.trend import TrendChart

Trend = Callable[..., TrendChart]


class Unpickled:
    """A drawing that makes the drawing process call a function, as a broken picture might."""

    def __init__(self, call: Callable[..., Any], *arguments: Any) -> None:
        self._plan = call, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self._plan

    def png(self) -> bytes:
        raise AssertionError("drawn in the bot's own process")


@pytest.fixture(scope="module")
def studio() -> Iterator[Studio]:
    """One for all tests, because starting its process is the slow part."""
    studio = Studio(Limits(draw_seconds=20))
    yield studio
    asyncio.run(studio.close())


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - the process has no event to wait for
            await asyncio.sleep(0.01)


async def test_draws_what_the_drawing_draws_and_remembers_it(studio: Studio, trend: Trend) -> None:
    png = await studio.draw(trend())
    assert png == trend().png()
    process = studio.process_id
    assert process is not None
    os.kill(process, signal.SIGKILL)
    assert await studio.draw(trend()) == png  # without the process


async def test_draws_at_once_asked_pictures_one_after_another(studio: Studio, trend: Trend) -> None:
    pictures = await asyncio.gather(*(studio.draw(trend(title=f"Chart {number % 4}")) for number in range(8)))
    assert len(set(pictures)) == 4


async def test_goes_on_after_its_process_was_killed(studio: Studio, trend: Trend) -> None:
    await studio.draw(trend())
    first = studio.process_id
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert (await studio.draw(trend(title="Another"))).startswith(b"\x89PNG")
    assert studio.process_id not in (None, first)


async def test_a_picture_that_kills_the_process_twice_fails_alone(studio: Studio, trend: Trend) -> None:
    with pytest.raises(ChartFailed, match="ended twice"):
        await studio.draw(Unpickled(os._exit, 3))
    assert (await studio.draw(trend(title="After the crash"))).startswith(b"\x89PNG")


async def test_a_fault_in_a_drawing_is_told_and_costs_no_process(studio: Studio, trend: Trend) -> None:
    with pytest.raises(ChartFailed, match=r"ZoneInfoNotFoundError.*Mars/Base"):
        await studio.draw(trend(zone="Mars/Base"))
    before = studio.process_id
    await studio.draw(trend(title="After the fault"))
    assert studio.process_id == before


async def test_memory_is_capped(studio: Studio) -> None:
    with pytest.raises(ChartFailed, match="more memory"):
        await studio.draw(Unpickled(bytearray, 1 << 40))
    assert studio.process_id is None


async def test_what_cannot_be_sent_fails_with_words(studio: Studio) -> None:
    class Local:
        def png(self) -> bytes:
            return b""

    with pytest.raises(ChartFailed, match="cannot be sent"):
        await studio.draw(Local())


async def test_secrets_of_the_bot_stay_with_it(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    with pytest.raises(ChartFailed, match="'NoneType' object"):
        await studio.draw(Unpickled(os.getenv, "SLACK_BOT_TOKEN"))


async def test_what_a_drawing_prints_does_not_garble_the_answer(studio: Studio) -> None:
    with pytest.raises(ChartFailed, match="'NoneType' object"):
        await studio.draw(Unpickled(print, "noise"))


async def test_time_is_capped(trend: Trend) -> None:
    studio = Studio(Limits(draw_seconds=0.1))
    began = time.monotonic()
    with pytest.raises(ChartFailed, match=r"longer than 0\.1 s"):
        await studio.draw(Unpickled(time.sleep, 60))
    assert time.monotonic() - began < 20
    assert studio.process_id is None
    await studio.close()


async def test_waiting_is_capped() -> None:
    studio = Studio(Limits(wait_seconds=0.05))
    with pytest.raises(ChartFailed, match=r"within 0\.05 s"):
        await studio.draw(Unpickled(time.sleep, 60))
    await studio.close()


async def test_the_process_ends_when_idle(trend: Trend) -> None:
    studio = Studio(Limits(idle_seconds=0.01))
    await studio.draw(trend())
    await until(lambda: studio.process_id is None)
    assert (await studio.draw(trend(title="Another"))).startswith(b"\x89PNG")
    await studio.close()


async def test_memory_of_pictures_is_bounded(trend: Trend) -> None:
    studio = Studio(Limits(cached_pictures=2))
    for title in "abcb":
        await studio.draw(trend(title=title))
    assert len(studio._pictures) == 2
    await studio.close()


async def test_closing_ends_the_picture_being_drawn(trend: Trend) -> None:
    studio = Studio()
    drawing = asyncio.create_task(studio.draw(Unpickled(time.sleep, 60)))
    await until(lambda: studio.process_id is not None)
    await studio.close()
    with pytest.raises(ChartFailed, match="closed"):
        await drawing
    with pytest.raises(ChartFailed, match="closed"):
        await studio.draw(trend())
    await studio.close()
    assert studio.process_id is None


def test_the_bot_itself_never_loads_matplotlib() -> None:
    code = "import sys, bot.charts.trend, bot.charts.studio; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
