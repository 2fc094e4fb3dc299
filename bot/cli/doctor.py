"""`kpi doctor`: everything the bot needs, looked at once, each fault with the exact way to mend it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer

from bot import loading
from bot.asked import unasked
from bot.cli.opening import say
from bot.core import Core, has_workspace_file, open_core, utc_now
from bot.errors import UserError
from bot.findings import Finding, Health, fine, notice, wrong
from bot.jobs import leftovers
from bot.jobs.collect import Connected
from bot.jobs.presence import GONE_AFTER
from bot.reports import plans, words
from bot.reports.receipts import CORRECTION
from bot.settings import Settings, read_environment
from bot.settings_channels import DiscordEntry, SlackEntry
from bot.workspace import Workspace
from collectors.base import Span
from collectors.faults import CollectorFault
from collectors.http import Client, open_client
from storage import SessionFactory, StorageFault, clock, promises, stuck, workers
from storage.promises import State

LITTLE_SPACE = 200 * 1024 * 1024
"""Bytes left on the database's disk that are worth a word; a tenth of them is wrong."""

MOST_SKEW = timedelta(seconds=5)
"""How far this machine's clock may be from the database's: leases are told by the latter."""

RECENT = timedelta(days=7)
MOST = 5


@dataclass(frozen=True)
class Patient:
    """What could be opened. Without a `core`, the database is out of order."""

    settings: Settings
    workspace: Workspace
    sources: Mapping[str, Connected]
    core: Core | None
    found: tuple[Finding, ...]
    discord: DiscordEntry = field(default_factory=DiscordEntry)


def doctor(
    offline: Annotated[bool, typer.Option("--offline", help="Leave out what needs the network.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The findings as JSON.")] = False,
) -> int:
    """Check everything that can be checked, and say how to mend what is wrong."""
    settings = read_environment(os.environ)
    patient = _opened(settings)
    try:
        found = [*patient.found, *_local(patient)]
        if not offline:
            found += asyncio.run(_remote(patient))
    finally:
        if patient.core is not None:
            patient.core.engine.dispose()
    bad = sum(one.health is Health.WRONG for one in found)
    if as_json:
        say(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=1))
    else:
        for one in found:
            _print(one)
        say(f"{words.count(bad, 'thing')} to mend." if bad else "Everything that was checked is fine.")
    return 1 if bad else 0


def _print(finding: Finding) -> None:
    say(f"{finding.health.value:5} {finding.subject}: {finding.said}")
    if finding.fix:
        say(f"      → {finding.fix}")


def _opened(settings: Settings) -> Patient:
    """Files first: what is wrong in them is raised, all at once. The database may be out of order."""
    if not has_workspace_file(settings):
        core = open_core(settings)
        missing = wrong("kpi.yaml", "there is none, so this is the sample workspace", "kpi init")
        return Patient(settings, core.workspace, core.sources, core, (missing, *_database(core)))
    file = loading.read_workspace_file(settings)
    workspace, sources = loading.resolve(file, settings.config_path), loading.connected(file)
    half = loading.silences(file, settings.environment, plans.live(workspace))
    silent = tuple(_silent(one) for one in half)
    try:
        core = open_core(settings)
    except StorageFault as fault:
        broken = wrong("database", fault.message, fault.hint)
        return Patient(settings, workspace, sources, None, (*silent, broken), file.discord)
    return Patient(settings, workspace, sources, core, (*silent, *_database(core)), file.discord)


def _silent(text: str) -> Finding:
    subject, _, rest = text.partition(": ")
    said, _, fix = rest.partition("; ")
    return wrong(subject, said, f"{fix[:1].upper()}{fix[1:]}.")


def _database(core: Core) -> Iterator[Finding]:
    yield fine("database", f"{core.engine.dialect.name}, the tables are those of this version")
    with core.sessions.read() as session:
        off = clock.database_now(session) - core.now()
    if abs(off) > MOST_SKEW:
        side = "behind" if off > timedelta() else "ahead of"
        said = f"this machine is {abs(off).total_seconds():.0f} s {side} it"
        yield wrong("database clock", said, "Turn on time synchronisation on both: timedatectl set-ntp true")
    yield from _disk(core)


def _disk(core: Core) -> Iterator[Finding]:
    name = core.settings.database_url.removeprefix("sqlite:///").partition("?")[0]
    if not core.settings.database_url.startswith("sqlite:///"):
        return
    free = shutil.disk_usage(Path(name).absolute().parent).free
    said = f"{free / 1e9:.1f} GB free beside {Path(name).name}"
    if free < LITTLE_SPACE / 10:
        yield wrong("disk", said, "Free some space: without it no sample and no receipt can be kept.")
    elif free < LITTLE_SPACE:
        yield notice("disk", said, "Free some space soon.")
    else:
        yield fine("disk", said)


def _local(patient: Patient) -> Iterator[Finding]:
    """What needs no network."""
    workspace = patient.workspace
    sources = words.count(len(patient.sources), "source")
    counted = f"{words.count(len(workspace.kpis), 'KPI')}, {sources}, {workspace.zone.key}"
    yield fine("workspace", counted)
    yield _time_zones()
    if shutil.which("git") is None and any(one.collector.kind == "git" for one in patient.sources.values()):
        yield wrong("git", "the command is not on this machine", "Install git.")
    yield from _routes(patient)
    for said in unasked(workspace):
        what, _, fix = said.removeprefix("asks: ").rpartition("; ")
        yield notice("asks", what, f"{fix[:1].upper()}{fix[1:]}.")
    if patient.core is not None:
        yield from _ledger(patient.core.sessions)


def _time_zones() -> Finding:
    """Rules of clocks change several times a year; old data is an hour off."""
    try:
        data = version("tzdata")
    except PackageNotFoundError:
        return wrong("time zones", "the package tzdata is missing", "Install it again: make run")
    age = utc_now().year - int(data.partition(".")[0])
    said = f"data of {data}"
    return notice("time zones", said, "Update tzdata.") if age > 1 else fine("time zones", said)


def _routes(patient: Patient) -> Iterator[Finding]:
    """Whether what is scheduled has a way out."""
    has = {"slack": patient.settings.has_slack, "discord": patient.settings.has_discord}
    token = {"slack": "SLACK_BOT_TOKEN", "discord": "DISCORD_TOKEN"}
    if patient.core is not None and patient.core.is_sample:
        return
    if not (patient.workspace.schedule or patient.workspace.boards):
        yield notice("schedule", "nothing is scheduled", "Add `schedule:` and `channels:` to kpi.yaml.")
    posts = [(one.subject, one.surface) for one in patient.workspace.schedule]
    posts += [(f"{one.report}/{one.surface}:{one.channel}", one.surface) for one in patient.workspace.boards]
    for subject, surface in posts:
        # Where another platform is set up, a missing token is among the silences, once for all its channels.
        if not has[surface] and not any(has.values()):
            said = f"{token[surface]} is not set, so nothing is posted there"
            yield wrong(subject, said, f"Set {token[surface]}.")
    if patient.settings.heartbeat_url is None:
        fix = "Set KPI_HEARTBEAT_URL to the address of a watcher, such as healthchecks.io."
        yield notice("heartbeat", "nobody outside notices when the bot dies", fix)


def _ledger(sessions: SessionFactory) -> Iterator[Finding]:
    """What the ledger tells of the last days, and which processes live; all by the database's clock."""
    with sessions.read() as session:
        now = clock.database_now(session)
        lost = promises.listing(session, states=[State.FAILED, State.MISSED], since=now - RECENT, limit=MOST)
        left = stuck.stuck(session, now)
        living = workers.read(session, now - GONE_AFTER)
    for one in lost:
        if CORRECTION in one.key:  # the next look finds what is still wrong
            yield notice(one.key, f"not corrected: {one.error}", "Its post says a number of then.")
            continue
        fix = f"kpi report {one.report} --for {one.period} --post --again"
        if one.state is State.FAILED:
            yield wrong(one.key, f"failed: {one.error}", f"Mend it, then: {fix}")
        else:
            yield notice(one.key, f"missed: {one.error}", f"To send it after all: {fix}")
    fix = "Look in the log of `kpi run` why it goes on with nothing." if living else "kpi run"
    for each in left[:MOST]:
        yield wrong(each.key, leftovers.said(each, now), fix)
    if len(left) > MOST:
        yield wrong("ledger", f"{len(left) - MOST} more posts were left behind like these", fix)
    if living:
        yield fine("processes", f"{words.count(len(living), 'process', 'processes')} running")
    else:
        yield notice("processes", "no bot runs on this database", "kpi run")


async def _remote(patient: Patient) -> list[Finding]:
    found = await _sources(patient)
    if patient.settings.has_slack:
        found += await _slack(patient)
    if patient.settings.has_discord:
        found += await _discord(patient)
    return found


async def _sources(patient: Patient) -> list[Finding]:
    """One cheap call to each."""
    async with open_client(cache={}, now=utc_now) as client:
        looks = (_source(name, one, patient, client) for name, one in patient.sources.items())
        return list(await asyncio.gather(*looks))


async def _source(name: str, one: Connected, patient: Patient, client: Client) -> Finding:
    span = Span(utc_now(), None, patient.workspace.zone)
    try:
        return fine(name, await one.collector.examine(one.config, client, span))
    except CollectorFault as fault:
        return wrong(name, fault.message, fault.hint or "The log of `kpi collect` says more.")


async def _slack(patient: Patient) -> list[Finding]:
    from bot.chats import slack_config
    from bot.surfaces.slack.examine import examine

    try:
        config = slack_config(patient.settings, SlackEntry())
        return await examine(config, _channels(patient, "slack"), _boards(patient, "slack"))
    except UserError as fault:
        return [wrong("slack", fault.message, fault.hint)]


async def _discord(patient: Patient) -> list[Finding]:
    from bot.chats import discord_config
    from bot.surfaces.discord.examine import examine

    try:
        config = discord_config(patient.settings, patient.discord)
        return await examine(config, _channels(patient, "discord"), _boards(patient, "discord"))
    except UserError as fault:
        return [wrong("discord", fault.message, fault.hint)]


def _boards(patient: Patient, surface: str) -> list[str]:
    """The channels on a surface in which a live report is kept up to date."""
    return [one.channel for one in patient.workspace.boards if one.surface == surface]


def _channels(patient: Patient, surface: str) -> list[str]:
    """Every id on a surface that something may be posted to: channels, routes and people of routes."""
    workspace = patient.workspace
    found = [one.channel for one in workspace.schedule if one.surface == surface]
    found += _boards(patient, surface)
    people = {one.name: one.ids.get(surface) for one in patient.workspace.people}
    for routes in patient.workspace.fallback.values():
        for route in routes:
            if route.startswith(f"{surface}:"):
                found.append(route.partition(":")[2])
            elif route.startswith("@") and (user := people.get(route[1:])):
                found.append(f"@{user}")
    return list(dict.fromkeys(found))
