"""`/kpi unsilence stars`: a silence ends before its time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from bot import access
from bot.commands.base import Args, Command, Context, Group
from bot.commands.silences import listed
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Bold, Reply, line
from bot.reports import words
from bot.reports.silenced import EVERYTHING, is_seen, subject_words
from bot.workspace import normal
from storage import silences
from storage.silences import Silence


class UnsilenceArgs(Args):
    which: str = Field("", description="Its number, its KPI or framework, or `all`; none lists them.")

    usage: ClassVar[str] = "unsilence stars"


def run(args: UnsilenceArgs, ctx: Context) -> Reply:
    now = ctx.moment.now
    active = [one for one in silences.active(ctx.session, now) if is_seen(one, ctx.workspace)]
    if not active or not normal(args.which):
        return listed(ctx)
    access.require("silence", ctx.workspace, ctx.invocation)
    found = _named(args.which, active, ctx)
    for one in found:
        silences.end(ctx.session, one.number, now, ctx.author)
        ctx.audit(
            "unsilence", one.subject or "all", before=f"until {one.until:%Y-%m-%d %H:%M} UTC", after="ended"
        )
    names = tuple(subject_words(one.subject, ctx.workspace) for one in found)
    said = f"Speaks again: {words.listing(names, 3)}."
    action = Actions((Action("All silences", "silences"),))
    return Reply(said, (line(Bold(said)), action), data={"ended": [one.number for one in found]})


def _named(text: str, active: Sequence[Silence], ctx: Context) -> list[Silence]:
    """Those that `text` means. Raises `UserError` with those there are."""
    wanted = normal(text)
    if wanted in {"all", "everything"}:
        whole = [one for one in active if one.subject == EVERYTHING]
        return whole or list(active)
    keys = {use.framework.key for use in ctx.workspace.uses if normal(use.framework.key) == wanted}
    subjects = {ref.path for ref in ctx.workspace.find_kpi(text)} | keys
    found = [one for one in active if one.subject in subjects]
    if not found and wanted.isdecimal():
        found = [one for one in active if str(one.number) == wanted]
    if found:
        return found
    if refused := ctx.workspace.refusal_for(text):
        raise refused
    known = ", ".join(
        f"`unsilence {one.number}` ({subject_words(one.subject, ctx.workspace)})" for one in active[:3]
    )
    raise UserError(f"“{shortened(text)}” is not silenced.", f"There is {known}.")


COMMAND = Command(
    name="unsilence",
    summary="End a silence before its time.",
    example="unsilence stars",
    args=UnsilenceArgs,
    run=run,
    aliases=("unmute",),
    writes=True,
    group=Group.CHANGE,
    beside="silence",
)
