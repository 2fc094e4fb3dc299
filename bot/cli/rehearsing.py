"""`kpi rehearse`: the rules over stored history, and what an edit would change."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.changed_files import changed
from bot.cli.opening import console, draw_all, made, opened, say, warn
from bot.core import Core, has_workspace_file, open_database, utc_now
from bot.errors import UserError
from bot.loading import connected, read_text, read_workspace_file, resolve
from bot.reply import Reply, Text, plain_text
from bot.reports import alert_grade, rehearsed, rehearsed_edit, words
from bot.reports.rehearsed_compared import Compared
from bot.reports.rehearsed_run import Ran, Stretch, run
from bot.settings import read_environment
from bot.surfaces.terminal.render import print_reply
from bot.timeline import Timeline
from bot.workspace import Workspace
from kpi.calendar import Moment, day_start
from kpi.document import nearest
from kpi.rehearsal_steps import MORNING
from storage import SessionFactory

DAYS = 90
MOST_DAYS = 800


def register(app: typer.Typer) -> None:
    app.command("rehearse")(rehearse)


def rehearse(  # noqa: PLR0913 - each is an option of the command line
    since: Annotated[
        str, typer.Option("--since", help="The first day, 2026-05-01; without it 90 days back.")
    ] = "",
    until: Annotated[str, typer.Option("--until", help="The last day; without it up to now.")] = "",
    rule: Annotated[
        list[str] | None, typer.Option("--rule", help="Only this rule: traffic_drop; may be repeated.")
    ] = None,
    change: Annotated[
        list[Path] | None,
        typer.Option(
            "--change",
            help="A changed kpi.yaml or framework, or a part or patch of `alerts:`: told beside today's.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="All of it, for programs.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="A folder for the picture.")] = None,
    at_most: Annotated[
        int | None, typer.Option("--at-most", min=0, help="Exit with 1 where more alerts fire.")
    ] = None,
    propose: Annotated[
        bool,
        typer.Option("--propose", help="The edit that `report alerts` proposes, as a patch of kpi.yaml."),
    ] = False,
) -> int:
    """What the alert rules would have told over stored history, and how an edit would change that."""
    if propose:
        return _proposed()
    with _read_only() as core:
        moment = Moment(core.now(), core.workspace.zone)
        stretch = _stretch(since, until, moment)
        edited = _edited(core, change or [])
        with core.sessions.read() as session:
            workspaces = [Timeline(one).now(session) for one in (core.workspace, *edited)]
            wanted = _named(rule or [], workspaces)
            ran = run(session, workspaces, stretch, wanted, tell=_progress)
        reply = _reply(ran)
        if as_json:
            say(json.dumps(dict(reply.data), ensure_ascii=False, indent=1))
        else:
            print_reply(reply, console())
        if out is not None:
            for said in draw_all(reply, made(out)):
                (warn if as_json else say)(said)
    return _judged(len(ran[-1].rehearsal.alerts), at_most)


@contextmanager
def _read_only() -> Iterator[Core]:
    """The workspace with its database, of which nothing is changed; the sample one where there is none."""
    settings = read_environment(os.environ)
    if not has_workspace_file(settings):
        with opened() as core:
            yield core
        return
    file = read_workspace_file(settings)
    path = settings.database_url.removeprefix("sqlite:///").partition("?")[0]
    if settings.database_url.startswith("sqlite:///") and not Path(path).exists():
        raise UserError(f"There is no database {path}.", "DATABASE_URL says where the history is.")
    engine = open_database(settings.database_url)
    try:
        workspace = resolve(file, settings.config_path)
        sessions = SessionFactory(engine)
        yield Core(settings, Timeline(workspace), connected(file), engine, sessions, now=utc_now)
    finally:
        engine.dispose()


def _proposed() -> int:
    """The patch on standard output, for `git apply`; what it is for, or why there is none, beside it."""
    with _read_only() as core:
        if not has_workspace_file(core.settings):
            raise UserError("The sample workspace has no kpi.yaml to change.", "`kpi init` begins one.")
        moment = Moment(core.now(), core.workspace.zone)
        written = read_text(core.settings.config_path)
        with core.sessions.read() as session:
            reply = alert_grade.compose(session, core.timeline.now(session), moment, written=written)
    patch = str(reply.data["patch"])
    lines = [plain_text(block.spans) for block in reply.blocks if isinstance(block, Text)]
    for one in lines[: len(lines) - len(patch.splitlines())]:
        warn(one)
    sys.stdout.write(patch)
    return 0


def _edited(core: Core, files: Sequence[Path]) -> list[Workspace]:
    if not files:
        return []
    if not has_workspace_file(core.settings):
        raise UserError("The sample workspace has no kpi.yaml to change.", "`kpi init` begins one.")
    return [changed(core.settings, files)]


def _reply(ran: Sequence[Ran]) -> Reply:
    if len(ran) == 1:
        return rehearsed.reply(ran[0])
    return rehearsed_edit.reply(Compared(ran[0], ran[1]))


def _stretch(since: str, until: str, moment: Moment) -> Stretch:
    """Raises `UserError` where that is no stretch of the past."""
    last = _day(until) if until else moment.today
    if last > moment.today:
        raise UserError(f"{last} is still to come.", "A rehearsal is about days that are known.")
    end = day_start(last + timedelta(days=1), moment.zone) + timedelta(hours=MORNING.hour)
    at = moment.at(min(moment.now, end))
    first = _day(since) if since else at.today - timedelta(days=DAYS)
    if not timedelta(0) < last - first <= timedelta(days=MOST_DAYS):
        raise UserError(
            f"From {first} to {last} is no stretch of up to {MOST_DAYS} days.",
            "--since comes before --until.",
        )
    return Stretch(first, at)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UserError(f"“{text[:40]}” is not a day.", "Write it as 2026-05-01.") from None


def _named(names: Sequence[str], workspaces: Sequence[Workspace]) -> tuple[str, ...]:
    """The rules by their full names. Raises `UserError` with the nearest one."""
    known = tuple(dict.fromkeys(ref.path for one in workspaces for ref in one.alert_rules))
    found: dict[str, None] = {}
    for name in names:
        own = [path for path in known if name in (path, path.rpartition("/")[2])]
        if not own:
            hint = nearest(name, known)
            raise UserError(f"There is no rule “{name[:60]}”.", f"{hint[:1].upper()}{hint[1:]}")
        found.update(dict.fromkeys(own))
    return tuple(found)


def _progress(done: int, total: int) -> None:
    """How far it is, where somebody watches."""
    if not sys.stderr.isatty():
        return
    if done == total:
        sys.stderr.write("\r\x1b[K")
    elif done % 5 == 0:
        sys.stderr.write(f"\rRehearsing: {100 * done // total} %")
    sys.stderr.flush()


def _judged(fired: int, at_most: int | None) -> int:
    if at_most is None or fired <= at_most:
        return 0
    warn(f"{words.count(fired, 'alert')}, and at most {at_most} allowed.")
    return 1
