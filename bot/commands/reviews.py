"""`/kpi reviews`: which reviews and tasks of the frameworks are overdue, and which come next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, ClassVar

from pydantic import Field

from bot.commands.base import Args, Command, Context, Group, Subject
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Block, Bold, Heading, Reply, Text, line, marked, note
from bot.reports import words
from bot.reports.reviews import ReviewRef, all_reviews, due_words
from bot.workspace import normal
from storage import reviews

SHOWN_DAYS = 30
MOST_ROWS = 20
MOST_BUTTONS = 3


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
    blocks: list[Block] = [line(Bold(said)), *_lines("Overdue", late, ctx)]
    blocks += _lines("Next" if every else f"Next {SHOWN_DAYS} days", coming, ctx)
    undated = [ref for ref in found if ref.due.due is None]
    blocks += _lines("Without a date", undated, ctx)
    if len(coming) < len(ahead):
        blocks.append(Text(marked(f"{len(ahead) - len(coming)} later: `reviews all`")))
    blocks.append(
        note(
            "Due by the last business day of its week, month, quarter or year. Done? ",
            *marked("`review done NAME NOTE`"),
        )
    )
    blocks.append(Actions(tuple(_done_action(ref) for ref in late[:MOST_BUTTONS])))
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


def _lines(title: str, refs: Sequence[ReviewRef], ctx: Context) -> Iterator[Block]:
    if not refs:
        return
    yield Heading(title)
    several = len(ctx.workspace.uses) > 1
    for ref in refs[:MOST_ROWS]:
        due, today = ref.due, ctx.moment.day
        framework = f" ({ref.use.framework.key.capitalize()})" if several else ""
        cadence = f", {due.cadence}" if due.cadence and due.cadence not in normal(due.title) else ""
        last = f" · last {words.day(due.last_done, today)}" if due.last_done is not None else ""
        text = f" · {due.text}" if normal(due.text) not in {"", due.cadence} else ""
        mark = "▲" if due.is_overdue else "○" if due.due is None else "·"
        yield line(f"{mark} ", Bold(due.title), f"{framework}{cadence}: {due_words(ref, today)}{last}{text}")
    if len(refs) > MOST_ROWS:
        yield line(f"{len(refs) - MOST_ROWS} more.")


def _done_action(ref: ReviewRef) -> Action:
    return Action(f"Done: {ref.due.title}"[:70], f"review done {ref.path}")


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
