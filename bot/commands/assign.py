"""`/kpi assign 12 dana`: an alert is given to somebody, or taken over."""

from __future__ import annotations

import re
from typing import ClassVar, Self

from pydantic import Field

from bot import access
from bot.commands.alerts import listed
from bot.commands.base import Args, Command, Context, Group
from bot.commands.numbered import again, named, require_open, split_number, who
from bot.errors import UserError, shortened
from bot.reply import Bold, Reply, line, note
from bot.reports.alert_buttons import buttons
from bot.reports.alert_data import data_of
from bot.workspace import nearest, normal
from storage import alerts

_MENTIONED = re.compile(r"<@!?(?P<id>[A-Z0-9]{2,30})(?:\|[^>]*)?>", re.ASCII | re.IGNORECASE)
_BY_ID = re.compile(r"(?P<surface>slack|discord):(?P<id>[A-Z0-9]{2,30})", re.ASCII)
_LEAD_IN = frozenset({"to", "for", "→"})


class AssignArgs(Args):
    alert: str = Field("", description="Its number; none lists the open ones.")
    person: str = Field("", description="A name of kpi.yaml, `me`, or a mention.")

    usage: ClassVar[str] = "assign 12 dana"

    @classmethod
    def read(cls, words: tuple[str, ...]) -> Self:
        number, rest = split_number(words)
        while rest and rest[0].casefold() in _LEAD_IN:
            rest = rest[1:]
        return cls(alert=number, person=" ".join(rest))


def run(args: AssignArgs, ctx: Context) -> Reply:
    alert = named(args.alert, ctx, "assign")
    if alert is None:
        return listed(ctx)
    access.require("acknowledge", ctx.workspace, ctx.invocation)
    require_open(alert, ctx)
    to = _person(args.person, alert.number, ctx)
    if not alerts.assign(ctx.session, alert.number, to, ctx.author, ctx.moment.now):
        raise UserError(
            f"Alert {alert.number} is {_whose(to, ctx)} already.", f"`alert {alert.number}` shows it."
        )
    alert = again(alert, ctx)
    said = f"Alert {alert.number} is now {_whose(to, ctx)}."
    hint = "Its message and its thread say so within seconds."
    blocks = (line(Bold(said)), note(hint), buttons(alert))
    return Reply(said, blocks, data={"alerts": [data_of(alert)]})


def _whose(to: str, ctx: Context) -> str:
    name = who(to, ctx)
    return "yours" if name == "you" else f"{name}’s"


def _person(text: str, number: int, ctx: Context) -> str:
    """Who is meant: a person's name in the workspace, else `slack:U0123`. Raises `UserError`."""
    said = text.strip()
    if not said:
        raise UserError("To whom?", f"Say `assign {number} me`, or a name of kpi.yaml.")
    if normal(said) in {"me", "myself", "mine"}:
        person = ctx.workspace.person(ctx.invocation.surface, ctx.invocation.user)
        return person.name if person is not None else ctx.author
    if match := _MENTIONED.fullmatch(said):
        return _by_id(ctx.invocation.surface, match["id"], ctx)
    if match := _BY_ID.fullmatch(said):
        return _by_id(match["surface"], match["id"], ctx)
    wanted = normal(said)
    known = {normal(one.name): one.name for one in ctx.workspace.people}
    loose = [name for key, name in known.items() if set(wanted.split()) <= set(key.split())]
    if wanted in known or len(loose) == 1:
        return known.get(wanted) or loose[0]
    raise _unknown(said, loose or nearest(wanted[:100], known), number, ctx)


def _by_id(surface: str, user: str, ctx: Context) -> str:
    person = ctx.workspace.person(surface, user)
    return person.name if person is not None else f"{surface}:{user}"


def _unknown(said: str, close: tuple[str, ...] | list[str], number: int, ctx: Context) -> UserError:
    names = close or [one.name for one in ctx.workspace.people][:3]
    hint = f"Nearest: {', '.join(f'`assign {number} {name}`' for name in names[:3])}."
    if not names:
        hint = f"kpi.yaml lists no people yet; `assign {number} me` takes it yourself."
    return UserError(f"Nobody is called “{shortened(said)}”.", hint)


COMMAND = Command(
    name="assign",
    summary="Give an alert to somebody, or take it over.",
    example="assign 12 me",
    args=AssignArgs,
    run=run,
    aliases=("reassign",),
    writes=True,
    group=Group.CHANGE,
    beside="alerts",
)
