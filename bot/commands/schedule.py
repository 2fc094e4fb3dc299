"""`/kpi schedule`: what is posted next, where and in which time zone, and what comes to whoever asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from bot.commands.base import Args, Command, Context, Group
from bot.commands.present import only_present
from bot.reply import Action, Actions, Block, Bold, Reply, Text, line, marked, note
from bot.reports.upcoming import Coming, coming, offset, own_zone, until, wall
from storage import subscriptions

SHOWN = 5


class ScheduleArgs(Args):
    usage: ClassVar[str] = "schedule"


def run(_args: ScheduleArgs, ctx: Context) -> Reply:
    only_present(ctx, "Posts are shown")
    by, now = ctx.invocation, ctx.moment.now
    own = subscriptions.of(ctx.session, by.ledger, by.user)
    found = coming(ctx.workspace, own, now, most=SHOWN)
    if not found:
        return _nothing()
    zone, _ = own_zone(ctx.workspace.person(by.surface, by.user), by.zone, ctx.workspace)
    first = found[0]
    said = f"Next: {first.title} {until(first.at, now)}, {first.clock(now)}."
    blocks: list[Block] = [line(Bold(said))]
    for one in found:
        blocks.append(_line(one, zone, ctx))
    blocks.append(note(_zones(found, zone)))
    blocks.append(Actions((Action("My subscriptions", "subscriptions"), Action("Receipts", "receipts"))))
    return Reply(said, tuple(blocks), data={"next": [each for one in found for each in _data(one)]})


def _nothing() -> Reply:
    said = "Nothing is scheduled."
    hint = "Add `schedule:` and `channels:` to kpi.yaml, or `subscribe daily`."
    return Reply(said, (line(Bold(said)), Text(marked(hint))), data={"next": []})


def _line(one: Coming, reader: ZoneInfo, ctx: Context) -> Block:
    """When by its own clocks, what and where; by the reader's clocks too where they differ."""
    now = ctx.moment.now
    where = (" → ", *ctx.places.spans(one.where)) if one.where else (f", to you ({one.number})",)
    is_other = offset(one.at, reader) != offset(one.at, one.zone)
    yours = (f" · yours {wall(one.at, reader, now)}",) if is_other else ()
    return line(Bold(one.clock(now)), f" {one.title}", *where, *yours)


def _zones(found: Sequence[Coming], reader: ZoneInfo) -> str:
    """Which zones these clocks are of, and which is the reader's."""
    names = list(dict.fromkeys(one.zone.key for one in found))
    is_other = any(offset(one.at, reader) != offset(one.at, one.zone) for one in found)
    return f"Times in {' and '.join(names)}" + (f"; yours is {reader.key}." if is_other else ".")


def _data(one: Coming) -> list[dict[str, Any]]:
    """One entry a channel; `where` is empty for the reader's own direct messages."""
    return [
        {
            "at": one.at.isoformat(),
            "local": one.at.astimezone(one.zone).isoformat(),
            "zone": one.zone.key,
            "title": one.title,
            "where": where,
            "subscription": one.number or None,
        }
        for where in [":".join(each) for each in one.where] or [""]
    ]


COMMAND = Command(
    name="schedule",
    summary="What is posted next, with its time zone and place.",
    example="schedule",
    args=ScheduleArgs,
    run=run,
    aliases=("scheduled",),
    group=Group.OPERATE,
)
