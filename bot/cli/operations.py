"""`kpi sources`, `doctor`: whether everything the bot needs is there."""

from __future__ import annotations

import asyncio
import getpass
import os
import shutil
from collections.abc import Iterator
from typing import Annotated

import typer

from bot.app import Core, surfaces_for_posting
from bot.cli.opening import console, opened, say
from bot.errors import UserError
from bot.reports import words
from bot.settings import read_environment
from bot.surfaces.base import Invocation
from bot.surfaces.terminal.render import print_reply
from collectors.base import PartFault


def register(app: typer.Typer) -> None:
    app.command("sources")(sources)
    app.command("doctor")(doctor)


def sources() -> None:
    """What is connected, when it was read, and what fails."""
    with opened() as core:
        print_reply(core.dispatcher()(Invocation("sources", "terminal", getpass.getuser())), console())


def doctor(
    offline: Annotated[bool, typer.Option("--offline", help="Check files and the database only.")] = False,
) -> int:
    """Check everything that can be checked, and say how to mend what is wrong."""
    with opened() as core:
        counted = f"{len(core.workspace.kpis)} KPIs, {len(core.sources)} sources"
        say(f"ok    workspace: {counted}, {core.workspace.zone.key}")
        say("ok    database: the tables are those of this version")
        problems = list(_local_problems(core))
        if not offline:
            problems += asyncio.run(_remote_problems(core))
    for problem in problems:
        say(f"WRONG {problem}")
    if not problems:
        say("Everything that was checked is fine.")
    return 1 if problems else 0


def _local_problems(core: Core) -> Iterator[str]:
    if shutil.which("git") is None and any(one.collector.kind == "git" for one in core.sources.values()):
        yield "git: the command is not on this machine; install it"
    if core.is_sample:
        yield "kpi.yaml: there is none, so this is the sample workspace; write one with `kpi init`"
    for owed in core.owed:
        if owed.surface == "slack" and not core.settings.has_slack:
            yield f"{owed.subject}: SLACK_BOT_TOKEN is not set, so it would be posted to the playground only"


async def _remote_problems(core: Core) -> list[str]:
    problems = []
    async with core.collecting() as reader:
        for name in core.sources:
            batch = await reader.read(name)
            problems += [_fault(name, fault) for fault in batch.faults]
            if batch.samples:
                say(f"ok    {name}: {len(batch.samples):,} samples")
    if read_environment(os.environ).has_slack:
        try:
            async with surfaces_for_posting(core):
                say("ok    slack: the tokens are accepted")
        except UserError as fault:
            problems.append(f"slack: {fault}")
    return problems


def _fault(name: str, fault: PartFault) -> str:
    return f"{name}: {words.told(fault.message, fault.hint)}"
