"""`/kpi unsnooze 12`: an alert is heard of again before its snooze would end."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field

from bot import access
from bot.commands.base import Args, Command, Context, Group
from bot.commands.numbered import again, named, require_open, split_number
from bot.commands.silences import listed
from bot.errors import UserError, shortened
from bot.reply import Bold, Reply, line, note
from bot.reports.alert_buttons import buttons
from bot.reports.alert_data import data_of
from storage import alerts


class UnsnoozeArgs(Args):
    alert: str = Field("", description="Its number; none lists what is snoozed.")

    usage: ClassVar[str] = "unsnooze 12"

    @classmethod
    def read(cls, words: tuple[str, ...]) -> Self:
        number, rest = split_number(words)
        if rest:
            raise UserError(f"“{shortened(' '.join(rest))}” is more than this takes.", f"Say `{cls.usage}`.")
        return cls(alert=number)


def run(args: UnsnoozeArgs, ctx: Context) -> Reply:
    alert = named(args.alert, ctx, "unsnooze")
    if alert is None:
        return listed(ctx)
    access.require("acknowledge", ctx.workspace, ctx.invocation)
    require_open(alert, ctx)
    if not alerts.wake(ctx.session, alert.number, ctx.author, ctx.moment.now):
        raise UserError(f"Alert {alert.number} is not snoozed.", "`silences` lists what is kept quiet.")
    alert = again(alert, ctx)
    said = f"Alert {alert.number} speaks again."
    hint = "Its message and its thread say so within seconds."
    return Reply(said, (line(Bold(said)), note(hint), buttons(alert)), data={"alerts": [data_of(alert)]})


COMMAND = Command(
    name="unsnooze",
    summary="End an alert's snooze before its time.",
    example="unsnooze 12",
    args=UnsnoozeArgs,
    run=run,
    aliases=("wake",),
    writes=True,
    group=Group.CHANGE,
    beside="alerts",
)
