"""`/kpi health`: whether the bot runs, hears, reads its sources and delivers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from bot.commands.base import Args, Command, Context, Group
from bot.commands.present import only_present
from bot.reply import Action, Actions, Block, Bold, Heading, Reply, line, note
from bot.reports import words
from bot.reports.receipts import counts, merged
from storage import receipts, runs, workers
from storage.receipts import ChannelPosts
from storage.runs import Run
from storage.workers import Worker

POSTS_OF = timedelta(days=7)
SILENT_AFTER = timedelta(minutes=1)
"""A process that gave no sign of life for so long is gone."""

GONE_AFTER = timedelta(hours=6)
"""So long one that is gone is still told of."""

MOST_LINES = 10


class HealthArgs(Args):
    usage: ClassVar[str] = "health"


@dataclass(frozen=True, slots=True)
class _Health:
    """What storage knows."""

    now: datetime
    workers: Sequence[Worker]  # that live
    gone: Sequence[Worker]
    channels: Sequence[ChannelPosts]
    failing: Sequence[Run]

    @property
    def pending(self) -> int:
        return sum(one.open for one in self.channels)

    @property
    def dead(self) -> int:
        return sum(one.dead for one in self.channels)


def run(_args: HealthArgs, ctx: Context) -> Reply:
    only_present(ctx, "The bot's health is shown")
    found = _read(ctx)
    said = _headline(found)
    blocks: list[Block] = [line(Bold(said))]
    blocks += _processes(found)
    blocks += _posts(found, ctx)
    blocks += [
        line(f"▲ {run.source}: {words.told(run.faults[0].message, run.faults[0].hint)}")
        for run in found.failing[:MOST_LINES]
    ]
    blocks.append(note(f"Posts of the last {POSTS_OF.days} days. {_began(found, ctx)}".rstrip()))
    blocks.append(
        Actions(
            (Action("Receipts", "receipts 7d"), Action("Sources", "sources"), Action("Schedule", "schedule"))
        )
    )
    return Reply(said, tuple(blocks), data=_data(found))


def _read(ctx: Context) -> _Health:
    now, seen = workers.recent(ctx.session, GONE_AFTER)
    live = [one for one in seen if now - one.beat_at <= SILENT_AFTER]
    names = {source.name for source in ctx.workspace.sources}
    last = runs.last_by_source(ctx.session)
    return _Health(
        now,
        live,
        [one for one in seen if one not in live],
        merged(receipts.by_channel(ctx.session, now - POSTS_OF)),
        [one for name, one in last.items() if one.faults and name in names],
    )


def _headline(found: _Health) -> str:
    wrong = [
        "" if found.workers else "no process gives a sign of life",
        f"{words.count(found.dead, 'post')} did not arrive" if found.dead else "",
        f"{words.count(len(found.failing), 'source')} {'fails' if len(found.failing) == 1 else 'fail'}"
        if found.failing
        else "",
    ]
    told = ", ".join(part for part in wrong if part)
    pending = f" {words.count(found.pending, 'post')} under way." if found.pending else ""
    if told:
        return f"▲ {told[:1].upper()}{told[1:]}.{pending}"
    arrived = "every post arrived"
    if not any(one.delivered for one in found.channels):
        is_folded = any(one.folded for one in found.channels)
        arrived = "every post was folded" if is_folded else "no post was due yet"
    return f"● All well: {words.count(len(found.workers), 'process', 'processes')}, {arrived}.{pending}"


def _processes(found: _Health) -> Sequence[Block]:
    now = found.now
    lines: list[Block] = []
    if found.workers or found.gone:
        lines.append(Heading("Processes"))
    for one in found.workers[:MOST_LINES]:
        heard = f", heard {words.age(now - one.last_heard_at)}" if one.last_heard_at else ""
        chats = f" on {' and '.join(one.surfaces)}" if one.surfaces else ""
        lines.append(line(f"● {one.name}: {' and '.join(one.roles)}{chats}{heard}"))
    lines += [
        line(f"○ {one.name}: stopped or dead, last sign of life {words.age(now - one.beat_at)}")
        for one in found.gone[:MOST_LINES]
    ]
    return lines


def _posts(found: _Health, ctx: Context) -> Sequence[Block]:
    lines: list[Block] = [Heading("Posts")] if found.channels else []
    for one in found.channels[:MOST_LINES]:
        mark = "▲" if one.dead else "●"
        last = f"; last {words.clock(one.last_at, ctx.moment.zone, ctx.moment.today)}" if one.last_at else ""
        where = ctx.places.leading(one.surface, one.channel)
        lines.append(line(f"{mark} ", where, f": {counts(one)}{last}"))
    return lines


def _began(found: _Health, ctx: Context) -> str:
    """Since when the oldest process that lives has run."""
    if not found.workers:
        return "Nothing is collected or posted until kpi run is started."
    oldest = min(one.started_at for one in found.workers)
    return f"Running since {words.clock(oldest, ctx.moment.zone, ctx.moment.today)} {ctx.moment.zone.key}."


def _data(found: _Health) -> dict[str, object]:
    return {
        "workers": [
            {
                "name": one.name,
                "roles": list(one.roles),
                "surfaces": list(one.surfaces),
                "beat_at": one.beat_at.isoformat(),
                "last_heard_at": one.last_heard_at.isoformat() if one.last_heard_at else None,
            }
            for one in (*found.workers, *found.gone)
        ],
        "running": len(found.workers),
        "channels": [
            {
                "channel": f"{one.surface}:{one.channel}",
                "delivered": one.delivered,
                "pending": one.open,
                "dead": one.dead,
            }
            for one in found.channels
        ],
        "failing_sources": [one.source for one in found.failing],
    }


COMMAND = Command(
    name="health",
    summary="Whether the bot runs, hears and delivers.",
    example="health",
    args=HealthArgs,
    run=run,
    group=Group.OPERATE,
)
