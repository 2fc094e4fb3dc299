"""`/kpi review done monthly NOTE`: a review was held; its next date follows from that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

from pydantic import Field

from bot import access
from bot.commands.base import Args, Command, Context, Group
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Bold, Reply, line, note
from bot.reports.reviews import ReviewRef, all_reviews, due_words
from bot.workspace import normal
from kpi.reviews import NEXT_REVIEW
from storage import reviews
from storage.reviews import Done

MOST_CHOICES = 5


class ReviewArgs(Args):
    name: str = Field(
        description="`done`, the review and, if you like, a note: done monthly all numbers checked."
    )

    usage: ClassVar[str] = "review done monthly all numbers checked"

    @classmethod
    def read(cls, words: tuple[str, ...]) -> Self:
        if len(words) < 2 or words[0].casefold() != "done":
            raise UserError("Say which review is done.", f"For example `{cls.usage}`; `reviews` lists them.")
        return cls(name=" ".join(words[1:]))


def run(args: ReviewArgs, ctx: Context) -> Reply:
    access.require("review", ctx.workspace, ctx.invocation)
    today = ctx.moment.day
    known = all_reviews(ctx.workspace, reviews.last(ctx.session, until=ctx.moment.now), today)
    found, text = _find(args.name, known)
    if not found:
        hint = ", ".join(f"`{ref.path}`" for ref in known[:MOST_CHOICES])
        raise UserError(
            f"No review “{shortened(args.name)}”.", f"There are: {hint}." if known else "None is stated."
        )
    if len(found) > 1:
        return _which(found, text)
    ref = found[0]
    framework, key = ref.use.framework.key, ref.due.key
    before = "" if ref.due.last_done is None else ref.due.last_done.isoformat()
    reviews.add(ctx.session, Done(framework, key, ctx.moment.now, ctx.author, text, ctx.moment.now))
    ctx.audit("review", f"{framework}/{key}", before=before, after=today.isoformat(), reason=text)
    after = {one.path: one for one in all_reviews(ctx.workspace, reviews.last(ctx.session), today)}
    following = after.get(ref.path)
    said = f"{ref.due.title} is done."
    comes = f"Next: {due_words(following, today)}." if following is not None else _closed(key)
    actions = Actions((Action("All reviews", "reviews"),))
    kept = f"Note: {text}. " if text else ""
    return Reply(
        said,
        (line(Bold(said)), line(comes), note(f"{kept}{ref.use.framework.title}."), actions),
        data={
            "review": key,
            "framework": framework,
            "note": text,
            "next": following.due.due.isoformat() if following is not None and following.due.due else None,
        },
    )


def _closed(key: str) -> str:
    """What is done once does not come again; the framework's own next review needs its next day."""
    if key == NEXT_REVIEW:
        return "Write the day of the one after it into the framework file: next_review."
    return "It comes once: it is closed."


def _find(text: str, known: Sequence[ReviewRef]) -> tuple[tuple[ReviewRef, ...], str]:
    """The reviews that the longest beginning of `text` names, and the note behind it."""
    words = text.split()
    for end in range(len(words), 0, -1):
        if found := _named(" ".join(words[:end]), known):
            return found, " ".join(words[end:])
    return (), text


def _named(text: str, known: Sequence[ReviewRef]) -> tuple[ReviewRef, ...]:
    """By key or title, with or without the framework; else by some of its words."""
    said = set(normal(text).split())
    exact = tuple(ref for ref in known if said in _names(ref))
    return exact or tuple(ref for ref in known if said and said <= _words(ref))


def _names(ref: ReviewRef) -> list[set[str]]:
    framework = set(normal(ref.use.framework.key).split())
    names = [set(normal(name).split()) for name in (ref.due.key, ref.due.title)]
    return [*names, *(name | framework for name in names)]


def _words(ref: ReviewRef) -> set[str]:
    return set(normal(f"{ref.use.framework.key} {ref.due.key} {ref.due.title} {ref.due.cadence}").split())


def _which(found: Sequence[ReviewRef], text: str) -> Reply:
    said = f"{len(found)} reviews go by that name: which one is done?"
    shown = found[:MOST_CHOICES]
    lines = tuple(line(Bold(ref.due.title), f" · {ref.due.text or ref.use.framework.title}") for ref in shown)
    asks = tuple(Action(ref.due.title[:70], f"review done {ref.path} {text}".strip()) for ref in shown)
    return Reply(said, (line(said), *lines, Actions(asks)), data={"ambiguous": [ref.path for ref in found]})


COMMAND = Command(
    name="review",
    summary="Say that a review was held, with a note.",
    example="review done monthly all numbers checked",
    args=ReviewArgs,
    run=run,
    writes=True,
    group=Group.CHANGE,
)
