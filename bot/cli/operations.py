"""`kpi sources`, `doctor`: whether everything the bot needs is there."""

from __future__ import annotations

import asyncio
import getpass
import shutil
from collections.abc import Iterator
from typing import Annotated

import typer

from bot.cli.opening import console, opened, say
from bot.core import Core
from bot.errors import UserError
from bot.reports import words
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
    yield from core.silences
    for owed in core.owed:
        if owed.surface != "slack":
            yield f"{owed.subject}: this version does not post to {owed.surface}"
        elif not core.settings.has_slack and not core.is_sample:
            yield f"{owed.subject}: SLACK_BOT_TOKEN is not set, so it would be posted to the playground only"


async def _remote_problems(core: Core) -> list[str]:
    problems = []
    async with core.collecting() as reader:
        for name in core.sources:
            batch = await reader.read(name)
            problems += [_fault(name, fault) for fault in batch.faults]
            if batch.samples:
                say(f"ok    {name}: {len(batch.samples):,} samples")
    if core.settings.has_slack:
        problems += await _slack_problems(core)
    return problems


async def _slack_problems(core: Core) -> list[str]:
    """What a start would refuse: tokens, scopes, the way Slack reaches us."""
    from bot.app import surfaces_for_posting

    async with surfaces_for_posting(core) as surfaces:
        try:
            for surface in surfaces.values():
                await surface.start()
        except UserError as fault:
            return [f"slack: {fault}"]
    say("ok    slack: the tokens are accepted")
    return []


def _fault(name: str, fault: PartFault) -> str:
    return f"{name}: {words.told(fault.message, fault.hint)}"
