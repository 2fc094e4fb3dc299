"""`/kpi skip nps the survey runs in December`: not this time, so that nobody is reminded of it."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field

from bot import access
from bot.commands.base import Args, Command, Context, Group
from bot.commands.cells import named_first
from bot.commands.kpi import which
from bot.commands.present import only_present
from bot.commands.retyped import prose
from bot.errors import UserError
from bot.reply import Action, Actions, Block, Bold, Reply, line, note
from bot.reports import asks, words
from bot.workspace import KpiRef
from kpi.asking import Term, ask_day, following
from kpi.calendar import day_of
from storage import asking
from storage.asking import Request, State

LONGEST_REASON = 200


class SkipArgs(Args):
    subject: str = Field(description="The KPI that is asked for.")
    reason: str = Field("", description="Why there is no number this time; others read it.")

    usage: ClassVar[str] = "skip nps the survey runs in December"

    @classmethod
    def read(cls, words: tuple[str, ...]) -> Self:
        """All words as they are: where the KPI's name ends, only the workspace knows."""
        if not words:
            raise UserError("The KPI is missing.", f"Say `{cls.usage}`.")
        return cls(subject=" ".join(words))


def run(args: SkipArgs, ctx: Context) -> Reply:
    only_present(ctx, "Numbers are skipped")
    found, name, rest = named_first(args.subject.split(), ctx.workspace)
    reason = " ".join(rest).removeprefix("because ").strip()
    if len(found) > 1:
        return which(name, found, f"skip {{}} {prose(reason)}".rstrip())
    if len(reason) > LONGEST_REASON:
        raise UserError(f"The reason has {len(reason)} characters; {LONGEST_REASON} fit.", "Say it shorter.")
    request = asking.of(ctx.session, found[0].path)
    if request is None or not request.is_open:
        return _nothing(found[0], request, ctx)
    _require(request, ctx)
    asking.settle(
        ctx.session,
        request.kpi,
        request.period,
        state=State.DECLINED,
        at=ctx.moment.now,
        by=ctx.author,
        reason=reason,
    )
    ctx.audit("skip", request.kpi, after=request.period, reason=reason)
    return _said(found[0], Term.of(request.period), reason, ctx)


def _require(request: Request, ctx: Context) -> None:
    """Whoever was asked may decline; others need the role that may enter the number."""
    by = ctx.invocation
    person = ctx.workspace.person(by.surface, by.user)
    is_asked = (request.surface, request.account) == (by.ledger, by.user)
    if not is_asked and (person is None or person.name != request.person):
        access.require("record", ctx.workspace, by)


def _said(ref: KpiRef, term: Term, reason: str, ctx: Context) -> Reply:
    today = ctx.moment.today
    said = f"No {ref.kpi.name} for {asks.term_words(term, today)}: noted."
    blocks: list[Block] = [line(Bold(said))]
    if reason:
        blocks.append(line(f"Why: {reason}"))
    following_one = following(term)
    day = ask_day(following_one, ctx.workspace.calendar.closures(following_one.last.year))
    blocks.append(note(f"Nobody is reminded of it. Asked again on {words.day(day, today)}."))
    blocks.append(Actions((Action("All that is asked", "asks"),)))
    return Reply(said, tuple(blocks), data={"kpi": ref.path, "period": term.key, "reason": reason})


def _nothing(ref: KpiRef, request: Request | None, ctx: Context) -> Reply:
    """There is nothing to decline, and why."""
    said = f"Nobody is asked for {ref.kpi.name} now."
    blocks: list[Block] = [line(Bold(said))]
    if request is not None and request.settled_at is not None:
        when = words.day(day_of(request.settled_at, ctx.moment.zone), ctx.moment.today)
        what = asks.term_words(Term.of(request.period), ctx.moment.today)
        blocks.append(line(f"For {what} it was {SAID[request.state]} on {when}."))
    blocks.append(Actions((Action("All that is asked", "asks"),)))
    return Reply(said, tuple(blocks), data={"kpi": ref.path, "period": None})


SAID = {
    State.OPEN: "asked",
    State.ENTERED: "entered",
    State.DECLINED: "declined",
    State.LAPSED: "left open",
}

COMMAND = Command(
    name="skip",
    summary="Not this time: decline a number I am asked for.",
    example="skip nps the survey runs in December",
    args=SkipArgs,
    run=run,
    writes=True,
    group=Group.CHANGE,
    beside="asks",
)
