"""`/kpi ack 12`: somebody has the alert, so that nobody else has to look and nothing is escalated."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field

from bot import access
from bot.commands.alerts import listed
from bot.commands.base import Args, Command, Context, Group
from bot.commands.numbered import again, named, require_open, split_number, view_of, who
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Bold, Reply, line, note
from bot.reports.alert_buttons import buttons
from bot.reports.alert_data import data_of
from bot.reports.alert_lists import finding_words
from storage import alerts
from storage.alerts import Alert


class AckArgs(Args):
    alert: str = Field("", description="Its number; none lists the open ones.")

    usage: ClassVar[str] = "ack 12"

    @classmethod
    def read(cls, words: tuple[str, ...]) -> Self:
        number, rest = split_number(words)
        if rest:
            raise UserError(f"“{shortened(' '.join(rest))}” is more than this takes.", f"Say `{cls.usage}`.")
        return cls(alert=number)


def run(args: AckArgs, ctx: Context) -> Reply:
    alert = named(args.alert, ctx, "ack")
    if alert is None:
        return listed(ctx)
    access.require("acknowledge", ctx.workspace, ctx.invocation)
    require_open(alert, ctx)
    if not alerts.acknowledge(ctx.session, alert.number, ctx.author, ctx.moment.now):
        return _held(alert, ctx)
    alert = again(alert, ctx)
    said = f"You have alert {alert.number}: {finding_words(alert, view_of(alert, ctx))}."
    blocks = (line(Bold(said)), note("Its message says so within seconds; nothing is escalated any more."))
    return Reply(said, (*blocks, buttons(alert)), data={"alerts": [data_of(alert)]})


def _held(alert: Alert, ctx: Context) -> Reply:
    """Somebody has it already: no fault where that is who asks."""
    holder = who(alert.acknowledged_by, ctx)
    since = "" if alert.acknowledged_at is None else f" since {view_of(alert, ctx).at(alert.acknowledged_at)}"
    if holder != "you":
        raise UserError(
            f"{holder} has alert {alert.number}{since}.", f"Take it over: `assign {alert.number} me`."
        )
    said = f"You have alert {alert.number}{since}."
    action = Actions((Action("History", f"alert {alert.number}"),))
    return Reply(said, (line(Bold(said)), action), data={"alerts": [data_of(alert)]})


COMMAND = Command(
    name="ack",
    summary="Say that you have an alert; escalation stops.",
    example="ack 12",
    args=AckArgs,
    run=run,
    aliases=("acknowledge", "take", "claim"),
    writes=True,
    group=Group.CHANGE,
    beside="alerts",
)
