"""`/kpi survey developers`: what the last round said. `survey answer developers 9` is what a button says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from bot import access
from bot.commands.base import Args, Command, Context, Group
from bot.commands.survey_words import next_words, shown
from bot.commands.surveys import listed
from bot.errors import UserError, shortened
from bot.reply import Reply
from bot.reports import survey_posts
from bot.reports.surveys import cadence_of, day_words, ids_of, load, title_of, until_words
from bot.workspace import nearest, normal
from kpi.survey import SCALES
from storage import surveys
from storage.surveys import Round

LONGEST_COMMENT = 300  # characters; a form's field takes as many
_SCORE = re.compile(r"(\d{1,3})(?:/\d{1,2})?", re.ASCII)


class SurveyArgs(Args):
    text: str = Field("", description="A survey; or `answer` or `comment`, the survey and what you say.")

    usage: ClassVar[str] = "survey developers"


def run(args: SurveyArgs, ctx: Context) -> Reply:
    said = tuple(args.text.split())
    if not said:
        return listed(ctx)
    if said[0].casefold() == "answer":
        return _answer(said[1:], ctx)
    if said[0].casefold() == "comment":
        return _comment(said[1:], ctx)
    if not ctx.workspace.surveys:
        return listed(ctx)
    name, _ = _named(" ".join(said), ctx)
    return shown(load(ctx.session, ctx.workspace, [name], ctx.moment.now)[0], ctx, ids(ctx))


def _answer(said: Sequence[str], ctx: Context) -> Reply:
    _refuse_readers(ctx)
    if len(said) < 2:
        raise UserError("Say which survey, and your score.", f"For example {_example(ctx)}.")
    one = _round(" ".join(said[:-1]), ctx)
    scale = SCALES[one.terms.kind]
    score = _SCORE.fullmatch(said[-1])
    if score is None or int(score[1]) not in scale.scores:
        hint = f"Press a number, or say `survey answer {one.survey}` and {scale.low} to {scale.high}."
        raise UserError(f"“{shortened(said[-1], 20)}” is no score here.", hint)
    _require_asked(one, ctx)
    kept = surveys.answer(ctx.session, one, ids(ctx), int(score[1]), now=ctx.moment.now)
    if kept is None:  # it was closed this very moment
        raise _over(one, ctx)
    return survey_posts.thanks(one, kept.score, ctx.moment.zone, ctx.moment.now)


def _comment(said: Sequence[str], ctx: Context) -> Reply:
    _refuse_readers(ctx)
    if not said:
        raise UserError("Say which survey, and your words.", f"Answer it first: {_example(ctx)}.")
    one, text = _round(said[0], ctx), " ".join(said[1:])
    if not one.terms.comment:
        raise UserError(f"{title_of(one.survey)} takes scores only.", "Your score alone is kept.")
    if not any(char.isalnum() for char in text):
        raise UserError("Your comment says nothing.", f"Say `survey comment {one.survey}` and your words.")
    if len(text) > LONGEST_COMMENT:
        raise UserError(f"That is {len(text)} characters; {LONGEST_COMMENT} fit.", "Say it shorter.")
    _require_asked(one, ctx)
    if surveys.comment(ctx.session, one, ids(ctx), text, now=ctx.moment.now) is None:
        high = SCALES[one.terms.kind].high
        raise UserError("You have given no score yet.", f"First say `survey answer {one.survey} 0…{high}`.")
    return survey_posts.kept(one, ctx.moment.zone, ctx.moment.now)


def ids(ctx: Context) -> tuple[str, ...]:
    """Everything that whoever asks is known by, on all surfaces: one person has one answer."""
    by = ctx.invocation
    person = ctx.workspace.person(by.surface, by.user)
    if by.surface == access.TERMINAL:
        person = next((one for one in ctx.workspace.people if one.name == by.user), None)
    own = f"{by.surface}:{by.user}"
    return tuple(dict.fromkeys((*(ids_of(person) if person else ()), own)))


def _refuse_readers(ctx: Context) -> None:
    """An answer is nobody else's business: nothing is kept where others would read the reply to it."""
    if ctx.invocation.in_channel:
        raise UserError(
            "Others would read that here: nothing was kept.",
            "Press a button of the question, or write to me directly, and end on no `share`.",
        )


def _require_asked(one: Round, ctx: Context) -> None:
    """Those in a channel where it is asked may answer, and those who were asked in person."""
    by = ctx.invocation
    is_there = f"{by.surface}:{by.channel}" in one.places
    is_operator = by.surface == access.TERMINAL and bool(one.places)
    if is_there or is_operator or surveys.is_invited(ctx.session, one, ids(ctx)):
        return
    message = f"{title_of(one.survey)} is not asked of you here."
    if one.places:
        raise UserError(message, "Answer it in the channel where it is asked.")
    raise UserError(message, "Those who are asked got a direct message.")


def _round(text: str, ctx: Context) -> Round:
    """The round that is meant, which still takes answers. Raises `UserError`."""
    name, number = _named(text, ctx)
    rounds = surveys.rounds(ctx.session, [name])
    meant = [one for one in rounds if not number or one.number == number]
    if not meant:
        entry = ctx.workspace.surveys[name]
        opens = cadence_of(entry, ctx.workspace).next(ctx.moment.now, ctx.moment.zone)
        hint = next_words(opens, ctx) or "See `surveys`."
        raise UserError(f"{title_of(name)} has not been asked yet.", hint)
    if not meant[0].takes_answers(ctx.moment.now):
        raise _over(meant[0], ctx, rounds[0])
    return meant[0]


def _over(one: Round, ctx: Context, newest: Round | None = None) -> UserError:
    """Why a round takes no more answers, and where one is taken now."""
    now, zone = ctx.moment.now, ctx.moment.zone
    message = f"That question closed on {day_words(one.closes_at, zone, now)}."
    if newest is not None and newest.takes_answers(now):
        hint = f"A newer one is open until {until_words(newest, zone, now)}: `survey {newest.survey}`."
        return UserError(message, hint)
    entry = ctx.workspace.surveys[one.survey]
    opens = cadence_of(entry, ctx.workspace).next(now, zone)
    return UserError(message, f"{next_words(opens, ctx)} What came of it: `survey {one.survey}`.".strip())


def _named(text: str, ctx: Context) -> tuple[str, int]:
    """The survey that is meant, and the number of its round, 0 where none is named. Raises `UserError`."""
    said, _, number = text.partition("#")
    known = {normal(name): name for name in ctx.workspace.surveys}
    if (name := known.get(normal(said))) is not None and (number.isdecimal() or not number):
        return name, int(number[:9] or 0)
    near = nearest(normal(said)[:100], known)
    message = f"There is no survey “{shortened(text, 40)}”."
    if near:
        raise UserError(message, f"Nearest: {', '.join(f'`survey {one}`' for one in near)}.")
    raise UserError(message, "`surveys` lists them all." if known else "None is set up in kpi.yaml.")


def _example(ctx: Context) -> str:
    name = next(iter(ctx.workspace.surveys), "developers")
    return f"`survey answer {name} 4`"


COMMAND = Command(
    name="survey",
    summary="What people answered in the last round; answering goes by buttons.",
    example="survey developers",
    args=SurveyArgs,
    run=run,
    writes=True,
    group=Group.CHANGE,
)
