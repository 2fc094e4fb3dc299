"""`kpi collect`, `record`, `import`, `export`: numbers in and out."""

from __future__ import annotations

import asyncio
import getpass
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.backfill import fill_back
from bot.cli.opening import opened, say, until_told, warn
from bot.commands.record import Given, store, subject_of
from bot.core import Core
from bot.errors import UserError
from bot.jobs.collect import Collect, Collected
from bot.loading import read_text
from bot.reports import words
from bot.samples_file import COLUMNS, parse_at, parse_csv, print_csv, print_json
from collectors.base import Batch
from kpi.metric import Labels, Sample, labels
from storage import StorageFault, audit, samples


def register(app: typer.Typer) -> None:
    app.command("collect")(collect)
    app.command("record")(record)
    app.command("import")(import_)
    app.command("export")(export)


def collect(
    sources: Annotated[list[str] | None, typer.Argument(help="Which sources; all by default.")] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Read the past from this day on; goes on where it stopped.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be kept, keep nothing.")
    ] = False,
) -> int:
    """Read sources now."""
    with opened() as core:
        chosen = _chosen(core, sources or [])
        start = _time(since, core) if since else None
        if start is not None and not dry_run:
            named = chosen if sources else [one for one in chosen if core.sources[one].collector.backfills]
            return asyncio.run(until_told(fill_back(core, named, start)))
        return asyncio.run(until_told(_collect(core, chosen, start, dry_run=dry_run)))


def _chosen(core: Core, names: list[str]) -> list[str]:
    unknown = [name for name in names if name not in core.sources]
    known = ", ".join(core.sources) or "none: add one under `sources:` in kpi.yaml"
    if unknown:
        raise UserError(f"No source “{unknown[0]}”.", f"There are: {known}.")
    if not core.sources:
        raise UserError("No source is connected.", "Add one under `sources:` in kpi.yaml.")
    return names or list(core.sources)


async def _collect(core: Core, names: list[str], since: datetime | None, *, dry_run: bool) -> int:
    is_faulty = False
    async with core.collecting() as reader:
        for name in names:
            try:
                found = await _one(reader, name, since, dry_run=dry_run)
            except (StorageFault, ValueError) as fault:  # of this source alone: the others go on
                warn(f"{name}: {words.told(f'nothing was kept: {fault}')}")
                is_faulty = True
                continue
            if found is None:
                warn(f"{name}: another process is reading it just now.")
                continue
            _say_collected(name, found, dry_run=dry_run)
            is_faulty = is_faulty or bool(found.batch.faults)
    return 1 if is_faulty else 0


async def _one(reader: Collect, name: str, since: datetime | None, *, dry_run: bool) -> Collected | None:
    if dry_run:
        return Collected(samples.Written(), await reader.read(name, since))
    return await reader(name, since)


def _say_collected(name: str, found: Collected, *, dry_run: bool) -> None:
    if dry_run:
        _say_batch(found.batch)
    else:
        kept = found.written
        say(f"{name}: {kept.new:,} new, {kept.restated:,} restated, {kept.unchanged:,} unchanged")
    for fault in found.batch.faults:
        warn(f"{name}: {words.told(fault.message, fault.hint)}")


def _say_batch(batch: Batch) -> None:
    for sample in batch.samples:
        pairs = "".join(f" {key}={value}" for key, value in sample.labels)
        say(f"{sample.at.isoformat()} {sample.metric} {sample.value:g}{pairs}{_open_mark(sample)}")


def _open_mark(sample: Sample) -> str:
    return "" if sample.settled else " (open)"


def _time(text: str, core: Core) -> datetime:
    try:
        return parse_at(text, core.workspace.zone)
    except ValueError as fault:
        raise UserError(f"{fault}.") from None


def record(
    kpi: Annotated[
        str, typer.Argument(help="A KPI by name, alias or key, or a metric such as github.stars.")
    ],
    value: Annotated[str, typer.Argument(help="As people write it: 52, 1.2M, 85%, 90 min.")],
    at: Annotated[
        str | None, typer.Option("--at", help="When it was true: 2026-05-01 or an ISO time.")
    ] = None,
    label: Annotated[
        list[str] | None, typer.Option("--label", help="A label of the series, as name=value.")
    ] = None,
    note: Annotated[str, typer.Option("--note", help="Where the number comes from.")] = "",
) -> None:
    """Enter a number by hand."""
    with opened() as core:
        now = core.now()
        when = _time(at, core) if at else now
        if when > now:
            raise UserError(f"{at} is still to come.", "A number is recorded for a time that is over.")
        subject = subject_of(kpi, core.workspace)
        given = Given(value, when, f"terminal:{getpass.getuser()}", _labels(label or []), note)
        with core.sessions.begin() as session:
            kept = store(session, subject, given, now)
        local = when.astimezone(core.workspace.zone)
        say(f"Recorded {subject.name} = {kept:g} for {words.day(local.date(), now.date())} {local:%H:%M}.")


def _labels(pairs: list[str]) -> Labels:
    wrong = [pair for pair in pairs if "=" not in pair or not pair.split("=", 1)[0].strip()]
    if wrong:
        raise UserError(f"“{wrong[0]}” is no label.", "Write it as name=value.")
    found = {name.strip(): text.strip() for name, text in (pair.split("=", 1) for pair in pairs)}
    for name in sorted(set(COLUMNS) & set(found)):
        raise UserError(f"A label cannot be called “{name}”: a column of the export is.", "Rename it.")
    return labels(found)


def import_(
    file: Annotated[
        Path, typer.Argument(help="CSV: metric,at,value and labels as further columns; - for stdin.")
    ],
) -> None:
    """Take samples from a CSV file, all of them or none."""
    with opened() as core:
        name = "stdin" if str(file) == "-" else str(file)
        text = _stdin() if name == "stdin" else read_text(file)
        found = parse_csv(text, core.workspace.zone, file=name)
        written = _keep(core, found, name)
        say(f"{name}: {written.new:,} new, {written.restated:,} restated, {written.unchanged:,} unchanged")


def _stdin() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError:
        raise UserError("The input is not UTF-8 text.", "Convert it, for example with iconv.") from None


def _keep(core: Core, found: list[Sample], file: str) -> samples.Written:
    now = core.now()
    act = audit.Act(now, f"terminal:{getpass.getuser()}", "import", file, after=str(len(found)))
    try:
        with core.sessions.begin() as session:
            written = samples.write(session, found, now)
            audit.write(session, act)
    except ValueError as fault:
        raise UserError(f"Nothing was imported: {fault}.", "Mend it and import the file again.") from None
    return written


def export(
    as_csv: Annotated[
        bool, typer.Option("--csv", help="CSV, as `kpi import` reads it (the default).")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Print every sample with its newest value."""
    if as_csv and as_json:
        raise UserError("--csv and --json exclude each other.", "Choose one.")
    with opened() as core, core.sessions.read() as session:
        found = samples.export(session)
        names = tuple(samples.label_names(session))
        for text in print_json(found) if as_json else print_csv(found, names):
            sys.stdout.write(text)
