"""`/kpi home`: my KPIs, what is red, what comes next, and what I am sent. App Home shows the same."""

from __future__ import annotations

from typing import ClassVar

from bot.access import TERMINAL
from bot.commands.base import Args, Command, Context
from bot.commands.present import only_present
from bot.reply import Reply
from bot.reports import home
from bot.reports.upcoming import own_zone


class HomeArgs(Args):
    usage: ClassVar[str] = "home"


def run(_args: HomeArgs, ctx: Context) -> Reply:
    only_present(ctx, "This page shows things")
    by = ctx.invocation
    person = ctx.workspace.person(by.surface, by.user)
    zone, _ = own_zone(person, by.zone, ctx.workspace)
    reader = home.Reader(by.user, person, zone, ctx.places, has_messages=by.surface != TERMINAL)
    return home.compose(ctx.session, ctx.workspace, ctx.moment, reader)


COMMAND = Command(
    name="home",
    summary="My KPIs, what is off track, what comes next.",
    example="home",
    args=HomeArgs,
    run=run,
    aliases=("mine",),
)
