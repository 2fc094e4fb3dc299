"""What every command of the command line opens first, and where it writes."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import wrap
from typing import Any

from rich.console import Console

from bot.core import Core, open_core
from bot.errors import UserError
from bot.reply import Reply
from bot.sample import WEB
from bot.settings import read_environment
from bot.surfaces.terminal.render import write_charts
from storage import runs


@contextmanager
def opened(repository: Path | None = None) -> Iterator[Core]:
    """The workspace and its database, closed at the end."""
    core = open_core(read_environment(os.environ), repository=repository)
    try:
        if core.is_sample:
            asyncio.run(_read_sample_once(core))
        yield core
    finally:
        core.engine.dispose()


async def _read_sample_once(core: Core) -> None:
    """Whoever asks before the playground ever ran gets its numbers too."""
    with core.sessions.read() as session:
        if runs.last_by_source(session):
            return
    async with core.collecting() as collect:
        for name in core.sources:
            if name != WEB:  # it checks the playground itself, which is not running
                await collect(name)


async def until_told(work: Coroutine[Any, Any, int]) -> int:
    """Do `work`, ended by SIGTERM as by Ctrl-C: what it holds is let go, so it can begin again at once."""
    task = asyncio.current_task()
    assert task is not None  # this is a coroutine
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await work
    except asyncio.CancelledError:
        return 130
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


def console() -> Console:
    """Where answers are printed: plain where nobody is watching."""
    return Console(file=sys.stdout, highlight=False, soft_wrap=not sys.stdout.isatty())


def made(folder: Path) -> Path:
    """`folder`, made where it is missing. Raises `UserError` that says why it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise UserError(f"{folder} cannot be made: {fault.strerror}.", "Name another folder.") from None
    return folder


def draw_all(reply: Reply, folder: Path) -> list[str]:
    """The charts of the reply and its thread as PNG in `folder`: where each is, or why it is not."""
    taken: set[str] = set()
    return [said for part in (reply, *reply.thread) for said in write_charts(part, folder, taken)]


def say(text: str) -> None:
    """One line on standard output."""
    sys.stdout.write(f"{text}\n")


def warn(text: str) -> None:
    """One line on standard error."""
    sys.stderr.write(f"{text}\n")


def hanging(head: str, text: str) -> str:
    """A row that keeps its column where the terminal is narrow; whole where it is read by a program."""
    if not sys.stdout.isatty():
        return head + text
    lines = wrap(text, max(40, console().width - len(head))) or [""]
    return f"\n{' ' * len(head)}".join([head + lines[0], *lines[1:]])
