"""`kpi collect SOURCE --since DAY`: a source's past with a bar, safe to stop, going on where it stopped."""

from __future__ import annotations

import asyncio
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from bot.cli.opening import say, warn
from bot.core import Core
from bot.errors import UserError
from bot.jobs.backfill import LONGEST_WAIT, FillBack, is_stopping, refuse, snapshots
from bot.jobs.backfill import Progress as Came
from bot.reports import words

SHOWN_METRICS = 4


async def fill_back(core: Core, names: list[str], since: datetime) -> int:
    """Read the past of the sources, one after the other. Exit code 1 where one did not come to its end."""
    if not names:
        raise UserError("No source here keeps a past.", "Import older numbers with `kpi import`.")
    for name in names:
        refuse(name, core.sources[name].collector)
    is_whole = True
    async with core.collecting() as collect:
        job = FillBack(collect, asyncio.sleep)
        for name in names:
            is_whole = await _one(job, name, since) and is_whole
    return 0 if is_whole else 1


async def _one(job: FillBack, name: str, since: datetime) -> bool:
    came: Came | None = None
    try:
        with _shown(name) as show:
            async for came in job(name, since):
                show(came)
    except asyncio.CancelledError:  # Ctrl-C
        warn(f"{name}: stopped. What was read is kept; the same command goes on from there.")
        raise
    assert came is not None  # a back-fill that is done begins anew
    return _said(name, came, job)


def _said(name: str, came: Came, job: FillBack) -> bool:
    """Say what became of it; whether it came to its end."""
    kept, state = came.written, came.state
    counts = f"{kept.new:,} new, {kept.restated:,} restated, {kept.unchanged:,} unchanged"
    say(f"{name}: {state.since:%Y-%m-%d} to {state.reached:%Y-%m-%d}: {counts}")
    for fault in came.faults:
        warn(f"{name}: {words.told(fault.message, fault.hint)}")
    if came.is_busy:
        warn(f"{name}: another process is reading it just now. The same command goes on from there.")
        return False
    if is_stopping(came.faults):
        warn(
            f"{name}: stopped at {state.reached:%Y-%m-%d}. The same command goes on from there{_when(came)}."
        )
        return False
    if only_now := snapshots(job.collect.sources[name].collector):
        listed = words.listing(tuple(one.name for one in only_now), SHOWN_METRICS)
        say(f"{name}: only their present can be read: {listed}")
    return True


def _when(came: Came) -> str:
    """From when on it is worth asking again."""
    if came.waits is None or came.waits <= LONGEST_WAIT:
        return ""
    minutes = math.ceil(came.waits.total_seconds() / 60)
    return f" in {minutes} min" if minutes < 120 else f" in {math.ceil(minutes / 60)} h"


@contextmanager
def _shown(name: str) -> Iterator[Callable[[Came], None]]:
    """A bar where somebody watches, a line each tenth of the way elsewhere."""
    if not sys.stderr.isatty():
        yield _lines(name)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[day]}"))
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=1.0, day="")

        def move(came: Came) -> None:
            bar.update(task, completed=came.share, day=f"{came.state.reached:%d %b %Y}")

        yield move


def _lines(name: str) -> Callable[[Came], None]:
    told = 0

    def tell(came: Came) -> None:
        nonlocal told
        if (tenth := int(came.share * 10)) > told:
            told = tenth
            say(f"{name}: {tenth * 10}% · read up to {came.state.reached:%Y-%m-%d}")

    return tell
