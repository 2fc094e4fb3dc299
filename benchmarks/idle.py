"""Starting and standing still: when the bot says it is ready, and the memory it holds while nobody asks.

Two bots are started as their users start them, `kpi run` in a folder: the playground on its sample workspace,
and a workspace with both built-in frameworks, a git clone, a page to check and three years of samples, on a
stand-in for Slack. Each is started once on nothing, then again as after a restart. Memory is what is resident
in the bot's process and all its children. Both are weighed ten seconds after the restart, and where the
process that drew the first update's chart is still there, again when it has gone to rest.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import slack, workspaces
from benchmarks.database import Block, build
from benchmarks.outcome import Outcome
from benchmarks.processes import Program, running
from bot.charts.studio import Limits

READY_MOST_SECONDS = 2.0
MEMORY_MOST_MB = 120.0
SOON_SECONDS = 10.0
LATER_SECONDS = Limits().idle_seconds
SETTLE_SECONDS = 1.5
"""How long a bot runs before it is started anew: its sources are read by then."""


@dataclass(frozen=True, slots=True)
class Bot:
    """One of the two bots: where it runs and what it is told."""

    title: str
    folder: Path
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found of one bot."""

    title: str
    first_seconds: float
    again_seconds: tuple[float, ...]
    soon_mb: Mapping[str, float]
    later_mb: Mapping[str, float]


def run(*, quick: bool = False) -> list[Outcome]:
    """Ready and resident, for both bots."""
    waits = (0.2, 0.2) if quick else (SOON_SECONDS, LATER_SECONDS)
    return [one for found in asyncio.run(_run(waits, 1 if quick else 3)) for one in _outcomes(found)]


async def _run(waits: tuple[float, float], starts: int) -> list[Measured]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kpi-bench-")))
        stand_in = await stack.enter_async_context(slack.Slack().serving())
        bots = [_playground(folder / "playground"), _workspace(folder / "workspace", stand_in)]
        first = [await _start(bot) for bot in bots]
        again = [[await _start(bot) for _ in range(starts)] for bot in bots]
        # Standing still they do not disturb each other, so both are weighed in the same minute.
        running_bots = [await stack.enter_async_context(_running(bot)) for bot in bots]
        soon = later = await _weighed(running_bots, waits[0])
        if any(one["children"] for one in soon):
            later = await _weighed(running_bots, waits[1])
        return [
            Measured(bot.title, first[index], tuple(again[index]), soon[index], later[index])
            for index, bot in enumerate(bots)
        ]


def _running(bot: Bot) -> AbstractAsyncContextManager[Program]:
    return running("bot", ["run"], environment=bot.environment, folder=bot.folder)


async def _start(bot: Bot) -> float:
    async with _running(bot) as program:
        await asyncio.sleep(SETTLE_SECONDS)
        return program.ready_seconds


async def _weighed(programs: list[Program], wait: float) -> list[dict[str, float]]:
    await asyncio.sleep(wait)
    return [program.memory_mb() for program in programs]


def _playground(folder: Path) -> Bot:
    _clone(folder)
    return Bot("playground", folder, {})


def _workspace(folder: Path, stand_in: slack.Slack) -> Bot:
    """Three years of everything that the built-in frameworks measure, and as much again that they do not."""
    _clone(folder)
    now = datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    names = ["github.stars", "github.forks", "git.commits", *(f"vendor.figure_{one}" for one in range(97))]
    build(folder / "kpi.db", [Block(names, 3 * 365, timedelta(days=1), midnight)])
    sources: dict[str, dict[str, object]] = {
        "git": {"path": str(folder), "every": "1h"},
        "site": {"collector": "web", "url": f"{stand_in.url}/", "allow_private": True},
    }
    workspaces.write_workspace(folder, now.date(), sources)
    given = {
        "DATABASE_URL": f"sqlite:///{folder / 'kpi.db'}",
        "SLACK_BOT_TOKEN": slack.TOKEN,
        "SLACK_SIGNING_SECRET": slack.SECRET,
        "SLACK_API_URL": stand_in.api_url,
    }
    return Bot("own workspace", folder, given)


def _clone(folder: Path) -> None:
    """A small git repository, as the one the bot is started in."""
    folder.mkdir()
    author = ["-c", "user.name=Dana", "-c", "user.email=dana@example.com", "-c", "commit.gpgsign=false"]
    for arguments in (["init", "-q"], *[["commit", "-q", "--allow-empty", "-m", "Change"]] * 5):
        subprocess.run(["git", *author, *arguments], cwd=folder, check=True, capture_output=True)


def _outcomes(found: Measured) -> list[Outcome]:
    figures = {
        "first_start_seconds": round(found.first_seconds, 3),
        "restart_seconds": [round(one, 3) for one in found.again_seconds],
        "after_10_s_mb": found.soon_mb,
        "at_rest_mb": found.later_mb,
    }
    return [
        Outcome(f"{found.title}, first start to ready", "s", found.first_seconds, most=READY_MOST_SECONDS),
        Outcome(
            f"{found.title}, restart to ready, median",
            "s",
            statistics.median(found.again_seconds),
            most=READY_MOST_SECONDS,
            figures=figures,
        ),
        Outcome(
            f"{found.title}, memory standing still",
            "MB",
            sum(found.later_mb.values()),
            most=MEMORY_MOST_MB,
            note=f"{sum(found.soon_mb.values()):.0f} MB soon after the start, "
            f"{found.soon_mb['children']:.0f} of it in the process that draws, which ends when idle.",
        ),
    ]
