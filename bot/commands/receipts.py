"""`/kpi receipts`: what was promised, what arrived, what did not and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import ClassVar, Self

from pydantic import Field

from bot.commands.base import Args, Command, Context, Group
from bot.commands.present import only_present
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Block, Bold, Heading, Plain, Reply, Text, line, marked, note
from bot.reply import Note as SmallPrint
from bot.reports import words
from bot.reports.receipts import LATE, TroubleWords, counts, headline, merged
from storage import promises, receipts
from storage.receipts import ChannelPosts, StandIn, Trouble

USUAL_DAYS, MOST_DAYS = 30, 366
MOST_TROUBLES = 6


class ReceiptsArgs(Args):
    days: int = Field(USUAL_DAYS, ge=1, le=MOST_DAYS, description="Over how many days: 7d, 30d.")

    usage: ClassVar[str] = "receipts 7d"

    @classmethod
    def read(cls, words: tuple[str, ...]) -> Self:
        if not words:
            return cls()
        text = " ".join(words).casefold()
        match = re.fullmatch(
            r"(?:(?:the )?(?:last|past) )?(\d{1,3}) ?(?:(d|days?)|(w|weeks?))?", text, re.ASCII
        )
        days = int(match[1]) * (7 if match[3] else 1) if match else {"week": 7, "month": 30}.get(text, 0)
        if not 1 <= days <= MOST_DAYS:
            raise UserError(
                f"“{shortened(text, 40)}” is no number of days.", "Say `receipts 7d` or `receipts 30d`."
            )
        return cls(days=days)


def run(args: ReceiptsArgs, ctx: Context) -> Reply:
    only_present(ctx, "Receipts are shown")
    since = ctx.moment.now - timedelta(days=args.days)
    found = promises.summary(ctx.session, since, late_after=LATE)
    channels = merged(receipts.by_channel(ctx.session, since))
    odd = receipts.troubles(ctx.session, since, late_after=LATE, limit=MOST_TROUBLES)
    instead = receipts.stand_ins(ctx.session, [one.key for one in odd])
    said = headline(found, "the last day" if args.days == 1 else f"the last {args.days} days")
    blocks: list[Block] = [line(Bold(said))]
    blocks += [_channel_line(one, ctx) for one in channels]
    blocks += _troubles(odd, instead, ctx)
    if not found.promised:
        blocks.append(SmallPrint(marked("What comes next: `schedule`.")))
    blocks.append(note(_small_print(instead, ctx, is_folded=found.folded > 0)))
    other = 7 if args.days != 7 else USUAL_DAYS
    blocks.append(Actions((Action(f"{other} days", f"receipts {other}d"), Action("Schedule", "schedule"))))
    data = {
        "days": args.days,
        **{name: getattr(found, name) for name in found.__slots__},
        "channels": [_data(one) for one in channels],
    }
    return Reply(said, tuple(blocks), data=data)


def _small_print(instead: Mapping[str, StandIn], ctx: Context, *, is_folded: bool) -> str:
    told = "What was told elsewhere counts there too. " if instead else ""
    late = f"Late: after {LATE.seconds // 60} min."
    folded = "Folded: kept back on purpose, told of in the next one. " if is_folded else ""
    return f"{told}{folded}Arrived: Slack or Discord confirmed it. {late} {ctx.moment.zone.key}."


def _channel_line(one: ChannelPosts, ctx: Context) -> Block:
    last = f"; last {words.clock(one.last_at, ctx.moment.zone, ctx.moment.today)}" if one.last_at else ""
    return line(ctx.places.leading(one.surface, one.channel), f": {counts(one)}{last}")


def _troubles(odd: list[Trouble], instead: Mapping[str, StandIn], ctx: Context) -> Iterator[Block]:
    if odd:
        yield Heading("Latest troubles")
    told = TroubleWords(ctx.moment.zone, ctx.moment.today, ctx.places)
    for one in odd:
        first, *rest = told.lines(one, instead.get(one.key))
        yield Text(first)
        if rest:
            yield SmallPrint(tuple(span for said in rest for span in (Plain(" "), *said))[1:])


def _data(one: ChannelPosts) -> dict[str, object]:
    return {
        "channel": f"{one.surface}:{one.channel}",
        "delivered": one.delivered,
        "open": one.open,
        "dead": one.dead,
        "folded": one.folded,
        "last": None if one.last_at is None else one.last_at.isoformat(),
    }


COMMAND = Command(
    name="receipts",
    summary="What was promised and what arrived, late or not at all.",
    example="receipts 30d",
    args=ReceiptsArgs,
    run=run,
    aliases=("receipt", "deliveries"),
    group=Group.OPERATE,
)
