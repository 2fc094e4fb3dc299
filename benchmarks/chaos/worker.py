"""`python -m benchmarks.chaos.worker '{"seed": 1, …}'`: the bot as its users run it, with shorter patience.

Nothing of the bot is replaced. Its waits are shortened so that a run of minutes holds hundreds of faults, and
its clock, which only its own process reads, jumps.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from time import monotonic

import aiohttp

from bot.app import open_core, run
from bot.jobs import deliver, scheduler
from bot.jobs.presence import Role
from bot.settings import read_environment
from bot.surfaces.discord import config as discord
from bot.surfaces.slack import api as slack
from bot.surfaces.slack import compose, files

log = logging.getLogger("chaos")

LEASE = timedelta(seconds=5)
ANSWER_SECONDS = 2.5
"""For any answer of a chat: the stand-ins take longer where they are to be silent."""

JUMP_EVERY_SECONDS = 4.0
LONGEST_JUMP = timedelta(minutes=12)


@dataclass
class Jumping:
    """A clock that is minutes off, and a while later by something else."""

    chance: Random
    _until: float = 0.0
    _off: timedelta = timedelta()

    def __call__(self) -> datetime:
        if monotonic() >= self._until:
            self._off = LONGEST_JUMP * self.chance.uniform(-1, 1)
            log.warning("clock jumped by=%.0f", self._off.total_seconds())
            self._until = monotonic() + JUMP_EVERY_SECONDS
        return datetime.now(UTC) + self._off


def shorten() -> None:
    """Everything that the bot waits for, by its own names for it."""
    deliver.LEASE = LEASE
    deliver.FIRST_RETRY, deliver.LONGEST_RETRY = timedelta(seconds=1), timedelta(seconds=4)
    deliver.MENDING = timedelta(minutes=10)
    deliver.LOOK_AGAIN_SECONDS = 0.5
    scheduler.LEDGER_EVERY = timedelta(seconds=1)
    slack.TIMEOUT = aiohttp.ClientTimeout(total=ANSWER_SECONDS, sock_connect=ANSWER_SECONDS)
    compose.compose.__defaults__ = (3.0,)  # for pictures to be ready
    files.FIRST_WAIT_SECONDS = 0.2
    discord.Timing = partial(discord.Timing, request=ANSWER_SECONDS, check=4.0)  # type: ignore[assignment,misc]


def main(seed: str) -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.getLogger("chaos").setLevel(logging.WARNING)
    shorten()
    core = open_core(read_environment(os.environ))
    clock: Callable[[], datetime] = Jumping(Random(seed))
    asyncio.run(run(replace(core, now=clock), only=Role.JOBS))


if __name__ == "__main__":
    main(json.loads(sys.argv[1])["seed"])
