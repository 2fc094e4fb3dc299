"""`kpi report` and `schedule`: what is posted, and when."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from heapq import merge
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot.cadence import Cadence, Owed
from bot.cli import posting, receipts, report_checks
from bot.cli.opening import console, draw_all, made, opened, say
from bot.core import Core
from bot.errors import UserError
from bot.jobs.publish import Publish
from bot.reply import Reply
from bot.reports.report_names import CHECK
from bot.surfaces.terminal.render import print_reply
from kpi.calendar import Moment, day_start

_EVERY_DAY = Cadence(datetime.min.time(), frozenset(range(7)))


def register(app: typer.Typer) -> None:
    app.command("report")(report)
    app.command("schedule")(schedule)
    receipts.register(app)


def report(  # noqa: PLR0913 - each is an option of the command line
    name: Annotated[
        str, typer.Argument(help="weekly, hektor/monthly …; check examines them; none lists them.")
    ] = "",
    only: Annotated[str, typer.Argument(help="With check: the one report to examine.")] = "",
    for_: Annotated[
        str | None,
        typer.Option("--for", help="As on a day, 2026-05-01, over what was closed then; else today."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="A folder for the post as Block Kit JSON, its charts and documents."),
    ] = None,
    post: Annotated[bool, typer.Option("--post", help="Send it to its channels, once for each day.")] = False,
    again: Annotated[bool, typer.Option("--again", help="With --post: send it once more.")] = False,
    edit: Annotated[
        bool, typer.Option("--edit", help="Change the post that stands in its channel to what it says now.")
    ] = False,
    as_it_stood: Annotated[
        bool,
        typer.Option("--as-it-stood", help="With --for: by what was known then, not by what is known now."),
    ] = False,
) -> int:
    """Compose a report: to the terminal, to files, or to its channels. `report check` examines all."""
    if edit and (post or again):
        raise UserError("--edit changes what was posted, --post sends it.", "Use one of them.")
    with opened() as core:
        if not name:
            return report_checks.listed(core)
        if name == CHECK:
            return _check(core, only, for_)
        if only:
            raise UserError(f"“{only[:40]}” is more than this command takes.", f"Say `kpi report {name}`.")
        report_checks.known_plan(name, core.workspace)
        owed = [one for one in core.workspace.schedule if one.report == name]
        due = _due(for_, core, owed)
        if post or edit:
            return _sent(core, owed, due, again=again, edit=edit)
        reply = _compose(core, _first(owed, name), due, as_it_stood=as_it_stood)
        if out is not None:
            _write(reply, name, out)
        else:
            _show(reply)
    return 0


def _first(owed: list[Owed], name: str) -> Owed:
    return owed[0] if owed else Owed(name, "terminal", "", _EVERY_DAY)


def _check(core: Core, name: str, for_: str | None) -> int:
    due = _due(for_, core, [])

    def compose(one: str) -> Reply:
        owed = [each for each in core.workspace.schedule if each.report == one]
        return _compose(core, _first(owed, one), due, as_it_stood=False)

    return report_checks.checked(core, name, compose, Moment(due, core.workspace.zone))


def _show(reply: Reply) -> None:
    """The post, its thread, and what is attached to it."""
    print_reply(reply, console())


def _sent(core: Core, owed: list[Owed], due: datetime, *, again: bool, edit: bool) -> int:
    """To its channels: sent, or changed where it stands."""
    if not owed:
        raise UserError(
            "The report has no channel.", "Give it one under `channels:` and `schedule:` in kpi.yaml."
        )
    return posting.edit(core, owed, due) if edit else posting.post(core, owed, due, again=again)


def _due(text: str | None, core: Core, owed: list[Owed]) -> datetime:
    """The instant the report speaks from: when it was due on a past day, now for today."""
    now, zone = core.now(), core.workspace.zone
    if text is None:
        return now
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise UserError(f"“{text[:40]}” is not a day.", "Write it as 2026-05-01.") from None
    if day > now.astimezone(zone).date():
        raise UserError(f"{text} is still to come.", "A report is about a day that has begun.")
    scheduled = next((due for one in owed if (due := one.cadence.on(day, zone))), None)
    return min(now, scheduled or day_start(day, zone) + timedelta(hours=9))


def _compose(core: Core, owed: Owed, due: datetime, *, as_it_stood: bool) -> Reply:
    publish = Publish(core.timeline, core.sessions, core.now)
    publish.outsiders[owed.surface, owed.channel] = False  # nobody but the terminal reads along
    moment = Moment(due, core.workspace.zone, as_of=due if as_it_stood else None)
    with core.sessions.read() as session:
        return publish.compose(session, owed, due, moment)


def _write(reply: Reply, name: str, folder: Path) -> None:
    """The post as Slack gets it and what belongs to it; for a file's id stands the name of the PNG beside."""
    from bot.surfaces.slack.render import render

    messages = [
        message
        for part in (reply, *reply.thread)
        for message in render(part, [chart.filename for chart in part.charts])
    ]
    post = {**messages[0], "thread": messages[1:], "data": dict(reply.data)}
    text = json.dumps(post, ensure_ascii=False, indent=1)
    path = made(folder) / f"{name.replace('/', '-')}.json"
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise UserError(f"{path} cannot be written: {fault.strerror}.", "Name another folder.") from None
    for said in (str(path), *draw_all(reply, folder), *_documents(reply, folder)):
        say(said)


def _documents(reply: Reply, folder: Path) -> Iterator[str]:
    """Writes what is attached, and says where each is or why it is not."""
    for one in reply.documents:
        path = folder / (re.sub(r"[^\w.-]+", "-", Path(one.filename).name).strip(".-") or "document")
        try:
            path.write_bytes(one.content.write())
        except Exception as fault:  # like a chart: the words and the other files are still there
            yield f"{one.filename} could not be made: {type(fault).__name__}: {fault}"
        else:
            yield str(path)


def schedule(next_: Annotated[int, typer.Option("--next", min=1, max=1000, help="How many.")] = 10) -> None:
    """What is owed next: wall time with its offset and zone, and the days it goes by."""
    with opened() as core:
        if not core.workspace.schedule:
            raise UserError("Nothing is scheduled.", "Add `schedule:` and `channels:` to kpi.yaml.")
        now, zone = core.now(), core.workspace.zone
        due = merge(*(_upcoming(one, now, zone) for one in core.workspace.schedule), key=itemgetter(0))
        for at, one in islice(due, next_):
            where = one.cadence.zone or zone
            say(
                f"{at.astimezone(where):%a %Y-%m-%d %H:%M %z} {where.key}  {one.subject}  {one.cadence.words}"
            )


def _upcoming(owed: Owed, now: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, Owed]]:
    """The instants that it comes on, without end."""
    return ((at, owed) for at in owed.cadence.upcoming(now, zone))
