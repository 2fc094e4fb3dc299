"""`/kpi useful 12 no`: whether an alert was worth hearing; what often is not is proposed for a change."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field

from bot import access
from bot.commands.alerts import listed
from bot.commands.base import Args, Command, Context, Group
from bot.commands.numbered import again, named, split_number
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Bold, Reply, line, note
from bot.reports.alert_data import data_of
from storage import alerts
from storage.alerts import NOT_USEFUL, USEFUL

_YES = frozenset({"", "yes", "y", "useful", "good", "right"})
_NO = frozenset({"no", "n", "not", "not useful", "noise", "useless", "wrong"})


class UsefulArgs(Args):
    alert: str = Field("", description="Its number; none lists the open ones.")
    opinion: str = Field("", description="`yes` or `no`; yes where nothing is said.")

    usage: ClassVar[str] = "useful 12 no"

    @classmethod
    def read(cls, words: tuple[str, ...]) -> Self:
        number, rest = split_number(words)
        return cls(alert=number, opinion=" ".join(rest))


def run(args: UsefulArgs, ctx: Context) -> Reply:
    alert = named(args.alert, ctx, "useful")
    if alert is None:
        return listed(ctx)
    access.require("acknowledge", ctx.workspace, ctx.invocation)
    opinion = _opinion(args.opinion, alert.number)
    is_new = alerts.opine(ctx.session, alert.number, opinion, ctx.author, ctx.moment.now)
    said = f"Alert {alert.number} was {opinion}: noted."
    if not is_new:
        said = f"Alert {alert.number} is noted as {opinion} already."
    hint = "The bot's own review counts it and proposes what to change."
    other = "yes" if opinion == NOT_USEFUL else "no"
    asks = [Action("Take that back", f"useful {alert.number} {other}")] if is_new else []
    if opinion == NOT_USEFUL and alert.is_open:
        asks.append(Action("Snooze until it is over", f"snooze {alert.number} until resolved"))
    asks.append(Action("History", f"alert {alert.number}"))
    blocks = (line(Bold(said)), note(hint), Actions(tuple(asks)))
    return Reply(said, blocks, data={"alerts": [data_of(again(alert, ctx))]})


def _opinion(text: str, number: int) -> str:
    said = text.strip().casefold().rstrip(".!")
    if said in _YES:
        return USEFUL
    if said in _NO:
        return NOT_USEFUL
    raise UserError(
        f"“{shortened(text)}” is neither yes nor no.", f"Say `useful {number} yes` or `useful {number} no`."
    )


COMMAND = Command(
    name="useful",
    summary="Say whether an alert was worth hearing.",
    example="useful 12 no",
    args=UsefulArgs,
    run=run,
    writes=True,
    group=Group.CHANGE,
    beside="alerts",
)
