"""`/kpi silence stars 2d launch week noise`: a KPI, a framework or everything is kept quiet for a while."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from pydantic import Field

from bot import access
from bot.commands import silences as listing
from bot.commands import spans
from bot.commands.base import Args, Command, Context, Group
from bot.commands.cells import named_first
from bot.commands.kpi import which
from bot.commands.retyped import prose
from bot.errors import UserError
from bot.reply import Action, Actions, Block, Bold, Reply, line, note
from bot.reports.silenced import EVERYTHING, left_words, subject_words
from bot.reports.upcoming import day_words, own_zone
from bot.workspace import KpiRef, normal
from storage import silences
from storage.silences import Silence

LONGEST_REASON = 200
_ALL = frozenset({"all", "everything"})
_LEAD_IN = re.compile(r"(?:because of|because|due to|since|[-–—:])\s+", re.IGNORECASE)


class SilenceArgs(Args):
    subject: str = Field("", description="A KPI, a framework or `all`; none lists what is silenced.")
    until: str = Field("", description="For how long: 4h, 2d, 1w, tomorrow, friday 18:00, until 2026-12-01.")
    reason: str = Field("", description="Why; others read it.")

    usage: ClassVar[str] = "silence stars until friday launch week noise"

    @classmethod
    def read(cls, words: tuple[str, ...]) -> Self:
        """The subject goes up to the first words that say how long; the reason is what follows them."""
        for at in range(1, len(words)):
            if length := spans.length(words[at:]):
                subject, until, rest = words[:at], words[at : at + length], words[at + length :]
                return cls(subject=" ".join(subject), until=" ".join(until), reason=_reason(rest))
        return cls(subject=" ".join(words))


def run(args: SilenceArgs, ctx: Context) -> Reply:
    if not normal(args.subject):
        return listing.listed(ctx)
    found, subject, rest = _subject(args.subject.split(), ctx)
    reason = _reason((*rest, args.reason))
    if len(found) > 1:
        return which(subject, found, f"silence {{}} {args.until} {prose(reason)}".rstrip())
    access.require("silence", ctx.workspace, ctx.invocation)
    person = ctx.workspace.person(ctx.invocation.surface, ctx.invocation.user)
    zone, _ = own_zone(person, ctx.invocation.zone, ctx.workspace)
    until = spans.until(args.until.split(), ctx.moment.now, zone) if args.until else None
    if len(reason) > LONGEST_REASON:
        raise UserError(f"The reason has {len(reason)} characters; {LONGEST_REASON} fit.", "Say it shorter.")
    one, earlier = _kept(found[0].path if found else subject, until, reason, ctx)
    usual = "A day, since no end was named. " if until is None else ""
    before = f"Before: until {day_words(earlier.until, zone, ctx.moment.now)}. " if earlier else ""
    return _said(one, f"{usual}{before}", zone, ctx)


def _subject(words: Sequence[str], ctx: Context) -> tuple[tuple[KpiRef, ...], str, tuple[str, ...]]:
    """The KPIs that the first words name, or a framework's key or everything; and the words behind it."""
    first = normal(words[0])
    if first in _ALL:
        return (), EVERYTHING, tuple(words[1:])
    for use in ctx.workspace.uses:
        is_longer = ctx.workspace.find_kpi(" ".join(words[:2])) or ctx.workspace.find_kpi(" ".join(words[:3]))
        if first == normal(use.framework.key) and not is_longer:
            return (), use.framework.key, tuple(words[1:])
    return named_first(words, ctx.workspace)


def _reason(words: Sequence[str]) -> str:
    """The reason without what leads to it: "because of the launch"."""
    said = " ".join(words).strip()
    led = _LEAD_IN.match(said)
    return said[led.end() :] if led else said


def _kept(subject: str, until: datetime | None, reason: str, ctx: Context) -> tuple[Silence, Silence | None]:
    """The silence, and the earlier one of the same subject that it takes the place of."""
    now = ctx.moment.now
    before = [one for one in silences.active(ctx.session, now) if one.subject == subject]
    for one in before:
        silences.end(ctx.session, one.number, now, ctx.author)
    made = Silence(0, subject, until or now + spans.USUAL, ctx.author, reason, now)
    number = silences.add(ctx.session, made)
    earlier = before[-1] if before else None
    ctx.audit(
        "silence",
        subject or "all",
        before=_until(earlier) if earlier else "",
        after=_until(made),
        reason=reason,
    )
    return replace(made, number=number), earlier


def _until(one: Silence) -> str:
    """As the trail keeps it."""
    return f"until {one.until:%Y-%m-%d %H:%M} UTC"


def _said(one: Silence, how: str, zone: ZoneInfo, ctx: Context) -> Reply:
    now = ctx.moment.now
    name = subject_words(one.subject, ctx.workspace)
    said = f"Silenced until {day_words(one.until, zone, now)}: {name}."
    blocks: list[Block] = [line(Bold(said))]
    if one.reason:
        blocks.append(line(f"Why: {one.reason}"))
    blocks.append(line("It leads no update till then; numbers are still kept."))
    blocks.append(note(f"{how}{left_words(one, now).capitalize()}, {zone.key}. It ends by itself."))
    blocks.append(
        Actions((Action("End it now", f"unsilence {one.number}"), Action("All silences", "silences")))
    )
    return Reply(said, tuple(blocks), data=listing.data(one))


COMMAND = Command(
    name="silence",
    summary="Keep a KPI quiet for a while; it always ends.",
    example="silence stars 2d launch week noise",
    args=SilenceArgs,
    run=run,
    aliases=("mute",),
    writes=True,
    group=Group.CHANGE,
)
