"""`/kpi resolve 12 the vendor is back`: somebody declares an alert over."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field

from bot import access
from bot.commands.alerts import listed
from bot.commands.base import Args, Command, Context, Group
from bot.commands.numbered import again, named, require_open, split_number, view_of
from bot.errors import UserError
from bot.reply import Bold, Reply, line, note
from bot.reports.alert_buttons import buttons
from bot.reports.alert_data import data_of
from bot.reports.alert_lists import finding_words
from storage import alerts

LONGEST = 200


class ResolveArgs(Args):
    alert: str = Field("", description="Its number; none lists the open ones.")
    text: str = Field("", description="What it was; its thread keeps it.")

    usage: ClassVar[str] = "resolve 12 the vendor is back"

    @classmethod
    def read(cls, words: tuple[str, ...]) -> Self:
        number, rest = split_number(words, is_prose=True)
        return cls(alert=number, text=" ".join(rest).lstrip(":- "))


def run(args: ResolveArgs, ctx: Context) -> Reply:
    alert = named(args.alert, ctx, "resolve")
    if alert is None:
        return listed(ctx)
    access.require("acknowledge", ctx.workspace, ctx.invocation)
    require_open(alert, ctx)
    if len(args.text) > LONGEST:
        raise UserError(f"The text has {len(args.text)} characters; {LONGEST} fit.", "Say it shorter.")
    is_held = any(one.resolved_at is None for one in alert.items)
    alerts.resolve(ctx.session, alert.number, ctx.author, ctx.moment.now, args.text)
    alert = again(alert, ctx)
    said = f"Alert {alert.number} is over: {finding_words(alert, view_of(alert, ctx))}."
    hint = "Its message and its thread say so within seconds."
    if is_held:
        hint += " What still holds is told again only after it was fine once."
    return Reply(said, (line(Bold(said)), note(hint), buttons(alert)), data={"alerts": [data_of(alert)]})


COMMAND = Command(
    name="resolve",
    summary="Declare an alert over.",
    example="resolve 12 the vendor is back",
    args=ResolveArgs,
    run=run,
    aliases=("resolved",),
    writes=True,
    group=Group.CHANGE,
    beside="alerts",
)
