"""`/kpi reviews`: which reviews and tasks of the frameworks are overdue, and which come next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, ClassVar

from pydantic import Field

from bot.commands.base import Args, Command, Context, Group, Subject
from bot.commands.cells import same_time
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Block, Bold, Heading, Reply, Text, line, marked, note
from bot.reports import words
from bot.reports.reviews import ReviewRef, all_reviews, due_words
from bot.workspace import normal
from storage import reviews

SHOWN_DAYS = 30
LONGEST_LABEL = 35
MOST_ROWS = 20
MOST_BUTTONS = 3
MOST_TOLD = 3
"""Overdue ones with what they are about; of the rest, one line each."""


class ReviewsArgs(Args):
    framework: str = Field("", description="A framework, or `all` for what lies further ahead too.")

    usage: ClassVar[str] = "reviews bakhmach"
    about: ClassVar[Subject] = Subject.FRAMEWORK


def run(args: ReviewsArgs, ctx: Context) -> Reply:
    today = ctx.moment.day
    found = [ref for ref in _known(ctx) if _is_asked(ref, args.framework)]
    keys = {normal(use.framework.key): use for use in ctx.workspace.uses}
    asked = [word for word in normal(args.framework).split() if word != "all"]
    if unknown := [word for word in asked if word not in keys]:
        names = ", ".join(f"`reviews {use.framework.key}`" for use in keys.values())
        hint = f"Say `reviews`, or {names}. A review that was held: `review done NAME NOTE`."
        raise UserError(f"No framework “{shortened(unknown[0])}” is in use.", hint)
    if not found:
        names = " and ".join(use.framework.title for key, use in keys.items() if key in asked or not asked)
        raise UserError(
            f"No reviews are stated by {names}.", "A framework file states them under `governance:`."
        )
    late = [ref for ref in found if ref.due.is_overdue]
    horizon = today + timedelta(days=SHOWN_DAYS)
    every = "all" in normal(args.framework).split()
    ahead = [ref for ref in found if not ref.due.is_overdue and ref.due.due is not None]
    coming = [ref for ref in ahead if every or (ref.due.due or horizon) <= horizon]
    said = _headline(late, coming, ahead, today)
    told = len(found) if every else MOST_TOLD
    blocks: list[Block] = [line(Bold(said)), *_lines("Overdue", late, ctx, told)]
    blocks += _lines("Next" if every else f"Next {SHOWN_DAYS} days", coming, ctx, told)
    undated = [ref for ref in found if ref.due.due is None]
    blocks += _lines("Without a date", undated, ctx, told)
    if len(coming) < len(ahead):
        all_of_it = f"reviews {' '.join((*asked, 'all'))}"
        blocks.append(Text(marked(f"{len(ahead) - len(coming)} later: `{all_of_it}`")))
    blocks.append(
        note(
            "Due by the last business day of its week, month, quarter or year. Done? ",
            *marked("`review done NAME NOTE`"),
        )
    )
    share = Action("Share", f"reviews {args.framework}".strip() + same_time(ctx.moment), share=True)
    blocks.append(Actions((*(_done_action(ref) for ref in late[:MOST_BUTTONS]), share)))
    return Reply(said, tuple(blocks), data={"reviews": [_data(ref) for ref in found]})


def _known(ctx: Context) -> tuple[ReviewRef, ...]:
    done = reviews.last(ctx.session, until=ctx.moment.now, as_of=ctx.moment.as_of)
    return all_reviews(ctx.workspace, done, ctx.moment.day)


def _is_asked(ref: ReviewRef, text: str) -> bool:
    asked = [word for word in normal(text).split() if word != "all"]
    return not asked or normal(ref.use.framework.key) in asked


def _headline(
    late: Sequence[ReviewRef], coming: Sequence[ReviewRef], ahead: Sequence[ReviewRef], today: date
) -> str:
    if late:
        first = late[0]
        more = f" and {len(late) - 1} more" if len(late) > 1 else ""
        return f"{len(late)} overdue: {first.due.title} ({words.count(first.due.overdue_days, 'day')}){more}."
    upcoming = coming or ahead
    if not upcoming:
        return "No review is overdue, and none has a date."
    return f"No review is overdue. Next: {upcoming[0].due.title}, {due_words(upcoming[0], today)}."


def _lines(title: str, refs: Sequence[ReviewRef], ctx: Context, told: int) -> Iterator[Block]:
    """A line for each; the first `told` of them say what they are about."""
    if not refs:
        return
    yield Heading(title)
    several = len(ctx.workspace.uses) > 1
    for at, ref in enumerate(refs[:MOST_ROWS]):
        framework = f" ({ref.use.framework.key.capitalize()})" if several else ""
        mark = "▲" if ref.due.is_overdue else "○" if ref.due.due is None else "·"
        about = _about(ref, ctx.moment.day) if at < told else ""
        when = _when(ref, ctx.moment.day)
        yield line(f"{mark} ", Bold(ref.due.title), f"{framework}{when}{about}")
    if len(refs) > MOST_ROWS:
        yield line(f"{len(refs) - MOST_ROWS} more.")


def _when(ref: ReviewRef, today: date) -> str:
    """When it is or was due; that it is overdue or has no date stands above."""
    if ref.due.due is None:
        return ""
    if not ref.due.is_overdue:
        return f": {due_words(ref, today)}"
    return f": {words.count(ref.due.overdue_days, 'day')}, since {words.day(ref.due.due, today)}"


def _about(ref: ReviewRef, today: date) -> str:
    """How often, when last, and what it is about, as far as its title does not say so."""
    due = ref.due
    parts = [
        due.cadence if due.cadence not in normal(due.title) else "",
        f"last {words.day(due.last_done, today)}" if due.last_done is not None else "",
        due.text if normal(due.text) != due.cadence else "",
    ]
    return "".join(f" · {part}" for part in parts if part)


def _done_action(ref: ReviewRef) -> Action:
    return Action(shortened(f"Done: {ref.due.title}", LONGEST_LABEL), f"review done {ref.path}")


def _data(ref: ReviewRef) -> dict[str, Any]:
    due = ref.due
    return {
        "review": due.key,
        "framework": ref.use.framework.key,
        "title": due.title,
        "cadence": due.cadence,
        "due": None if due.due is None else due.due.isoformat(),
        "overdue_days": due.overdue_days,
        "last_done": None if due.last_done is None else due.last_done.isoformat(),
    }


COMMAND = Command(
    name="reviews",
    summary="Reviews and tasks that are overdue, and those that come next.",
    example="reviews",
    args=ReviewsArgs,
    run=run,
    group=Group.FRAMEWORKS,
)
