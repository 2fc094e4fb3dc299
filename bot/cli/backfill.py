"""`kpi collect SOURCE --since DAY`: a source's past with a bar, safe to stop, going on where it stopped."""

from __future__ import annotations

import asyncio
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from bot.cli.opening import say, warn
from bot.core import Core
from bot.errors import UserError
from bot.jobs.backfill import LONGEST_WAIT, FillBack, is_stopping, refuse, snapshots
from bot.jobs.backfill import Progress as Came
from bot.jobs.collect import LEASE
from bot.reports import words
from collectors.base import AuthFailed, PartFault
from kpi.calendar import day_of

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
    lacking: dict[PartFault, list[datetime]] = {}
    if (before := job.goes_on(name, since)) is not None:
        _tell(f"{name}: goes on from {day_of(before.reached, job.collect.zone)}, where it stopped")
    try:
        with _shown(name, job.collect.zone) as show:
            async for came in job(name, since):
                show(came)
                for fault in () if came.is_waiting else came.faults:
                    lacking.setdefault(fault, []).extend(came.piece or ())
    except asyncio.CancelledError:  # Ctrl-C
        warn(f"{name}: stopped. What was read is kept; the same command goes on from there.")
        raise
    assert came is not None  # a back-fill that is done begins anew
    return _said(name, came, job, lacking)


def _said(name: str, came: Came, job: FillBack, lacking: Mapping[PartFault, Sequence[datetime]]) -> bool:
    """Say what became of it; whether it came to its end, with no day left out that could be had."""
    kept, zone = came.written, job.collect.zone
    reached = _last_day(came.state.reached, zone)
    counts = f"{kept.new:,} new, {kept.restated:,} restated, {kept.unchanged:,} unchanged"
    if came.state.reached > came.state.since:
        say(f"{name}: {day_of(came.state.since, zone)} to {reached}: {counts}")
    for fault, days in lacking.items():
        when = f"{day_of(min(days), zone)} to {_last_day(max(days), zone)}"
        warn(f"{name}: {when}: {words.told(fault.message, fault.hint)}")
    if came.is_busy:
        warn(
            f"{name}: another process is reading it, or was killed while it did. The same command goes on "
            f"from there, at the latest in {LEASE.total_seconds() / 60:.0f} min."
        )
        return False
    if is_stopping(came.faults):
        where = f"stopped after {reached}" if came.state.reached > came.state.since else "nothing is read yet"
        warn(f"{name}: {where}. The same command goes on from there{_when(came)}.")
        return False
    if only_now := snapshots(job.collect.sources[name].collector):
        listed = words.listing(tuple(one.name for one in only_now), SHOWN_METRICS)
        say(f"{name}: only their present can be read: {listed}")
    return all(one.kind == AuthFailed.__name__ for one in lacking)  # what is closed cannot be had


def _last_day(reached: datetime, zone: ZoneInfo) -> date:
    """The last day that is read, where everything before `reached` is."""
    return day_of(reached - timedelta(microseconds=1), zone)


def _when(came: Came) -> str:
    """From when on it is worth asking again."""
    if came.waits is None or came.waits <= LONGEST_WAIT:
        return ""
    minutes = math.ceil(came.waits.total_seconds() / 60)
    return f" in {minutes} min" if minutes < 120 else f" in {math.ceil(minutes / 60)} h"


@contextmanager
def _shown(name: str, zone: ZoneInfo) -> Iterator[Callable[[Came], None]]:
    """A bar where somebody watches, a line each tenth of the way elsewhere."""
    if not sys.stderr.isatty():
        yield _lines(name, zone)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[day]}"))
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=1.0, day="")

        def move(came: Came) -> None:
            day = _waits(came) or f"{_last_day(came.state.reached, zone):%d %b %Y}"
            bar.update(task, completed=came.share, day=day)

        yield move


def _waits(came: Came) -> str:
    """That the vendor lets it wait, and until it goes on; empty where it does not."""
    if not came.is_waiting or came.waits is None:
        return ""
    seconds = max(1, math.ceil(came.waits.total_seconds()))
    wait = f"{seconds} s" if seconds < 120 else f"{math.ceil(seconds / 60)} min"
    return f"waits {wait}, as the vendor asks"


def _tell(text: str) -> None:
    """A line that is seen at once, also through a pipe."""
    say(text)
    sys.stdout.flush()


def _lines(name: str, zone: ZoneInfo) -> Callable[[Came], None]:
    told = 0

    def tell(came: Came) -> None:
        nonlocal told
        if waits := _waits(came):
            _tell(f"{name}: {waits}")
        if (tenth := int(came.share * 10)) > told:
            told = tenth
            _tell(f"{name}: {tenth * 10}% · read up to {_last_day(came.state.reached, zone)}")

    return tell
