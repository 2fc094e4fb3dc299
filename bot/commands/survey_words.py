"""One survey as people read it: its last figure, how the answers lie, its rounds, and what people wrote."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from fractions import Fraction

from bot.commands.base import Context
from bot.errors import UserError
from bot.reply import Action, Actions, Block, Bold, Heading, Note, Reply, Table, Text, line, marked, note
from bot.reports import words
from bot.reports.survey_posts import round_data, too_few
from bot.reports.surveys import (
    DEFINITIONS,
    KIND_NAMES,
    MOST_ROUNDS,
    Held,
    Survey,
    answers_words,
    before,
    change_words,
    day_words,
    figure_words,
    margin_words,
    measured_by,
    round_title,
    share_words,
    until_words,
)
from storage import surveys

MOST_COMMENTS = 10


def require_reader(name: str, ctx: Context) -> None:
    """Lets pass who may see what a survey says, or raises `UserError`."""
    if ctx.invocation.is_shared:
        raise UserError("People outside your company read here.", "Ask me in a channel of your own.")
    ref = measured_by(ctx.workspace.withheld_kpis, name)
    if ref is not None and (why := ctx.workspace.withheld.get(ref.path)):
        message, _, hint = why.partition("\n")
        raise UserError(message, hint)


def shown(one: Survey, ctx: Context, ids: Sequence[str]) -> Reply:
    """All that may be told of a survey. `ids` are the reader's own, who is told what they answered."""
    require_reader(one.name, ctx)
    last = one.closed[0] if one.closed else None
    said = _headline(one, last, ctx)
    blocks: list[Block] = [line(Bold(said))]
    if last is not None:
        blocks += _last(last, one.closed, ctx)
    blocks += _open(one, ctx, ids)
    if last is not None:
        blocks += [*_groups(last), *_trend(one, ctx), *_comments(last, ctx)]
    blocks.append(note(f"“{one.entry.question}”"))
    blocks.append(note(f"{DEFINITIONS[one.entry.kind]} A figure takes {one.entry.least} answers."))
    blocks.append(Actions((Action("All surveys", "surveys"),)))
    return Reply(said, tuple(blocks), data=_data(one))


def next_words(at: datetime | None, ctx: Context) -> str:
    """When the next round opens; empty where none ever does."""
    if at is None:
        return ""
    local = at.astimezone(ctx.moment.zone)
    return f"The next one opens {local:%a} {day_words(at, ctx.moment.zone, ctx.moment.now)} {local:%H:%M}."


def _headline(one: Survey, last: Held | None, ctx: Context) -> str:
    kind = KIND_NAMES[one.entry.kind]
    if last is None or last.tally is None:
        return f"{one.title}: no {kind} figure yet."
    if last.tally.figure is None:
        return f"{one.title}: no {kind} figure for {round_title(last.round, ctx.moment.day)}."
    shown_kind = KIND_NAMES[last.round.terms.kind]
    return f"{one.title} {shown_kind} {figure_words(last.tally.kind, last.tally.figure)}"


def _last(last: Held, closed: Sequence[Held], ctx: Context) -> Iterator[Block]:
    assert last.tally is not None  # it is closed
    now, zone, today = ctx.moment.now, ctx.moment.zone, ctx.moment.day
    title, when = round_title(last.round, today), day_words(last.round.closes_at, zone, now)
    yield line(f"{answers_words(last.tally)}. {title}, closed {when}.")
    if last.tally.figure is None:
        yield line(too_few(last.round))
    if changed := change_words(last, before(last, closed), today):
        yield line(f"{changed[:1].upper()}{changed[1:]}.")
    if margin := margin_words(last.tally):
        yield note(margin)


def _open(one: Survey, ctx: Context, ids: Sequence[str]) -> Iterator[Block]:
    """The round that takes answers, or when the next one does."""
    if one.open is None or not one.open.round.takes_answers(ctx.moment.now):
        if one.open is not None:
            yield line("Its last round is being closed.")
        elif said := next_words(one.next_at, ctx):
            yield line(said)
        return
    asked, zone, now = one.open.round, ctx.moment.zone, ctx.moment.now
    yield line(f"Open until {until_words(asked, zone, now)}: {one.open.so_far}.")
    own = None if ctx.invocation.in_channel else surveys.own(ctx.session, asked, ids)
    if own is not None:
        yield line(f"You answered {own.score}. Only you can see this.")
    yield note("Its figure is shown after the close.")


def _groups(last: Held) -> Iterator[Block]:
    if last.tally is None or not last.tally.groups:
        return
    rows = tuple(
        (name, str(count), share_words(Fraction(100 * count, last.tally.answers)))
        for name, count in last.tally.groups
    )
    yield Table(("Score", "Answers", "Share"), rows, frozenset({1, 2}))


def _trend(one: Survey, ctx: Context) -> Iterator[Block]:
    """Its rounds, where there are several."""
    if len(one.closed) < 2:
        return
    rows = []
    for held in one.closed[:MOST_ROUNDS]:
        if held.tally is None:
            continue
        figure, rate = held.tally.figure, held.tally.rate
        shown_figure = "too few" if figure is None else figure_words(held.tally.kind, figure)
        if held.tally.kind != one.entry.kind:
            shown_figure += f" ({KIND_NAMES[held.tally.kind]})"
        answered = f"{held.answers}{f' of {held.round.invited}' if held.round.invited else ''}"
        share = share_words(rate) if rate is not None else "–"
        rows.append((round_title(held.round, ctx.moment.day), shown_figure, answered, share))
    columns = ("Round", KIND_NAMES[one.entry.kind], "Answers", "Rate")
    yield Table(columns, tuple(rows), frozenset({1, 2, 3}))


def _comments(last: Held, ctx: Context) -> Iterator[Block]:
    """What people wrote, in no order and without times; never where a whole channel reads along."""
    if not last.comments:
        return
    if ctx.invocation.in_channel:
        yield Note(marked(f"{words.count(len(last.comments), 'comment')}: ask me for them in private."))
        return
    yield Heading(words.count(len(last.comments), "comment"))
    for one in last.comments[:MOST_COMMENTS]:
        who = "" if last.round.terms.anonymous else f" ({_name(one.name, ctx)}, {one.score})"
        yield line(f"“{one.comment}”{who}")
    if len(last.comments) > MOST_COMMENTS:
        yield line(f"{len(last.comments) - MOST_COMMENTS} more.")


def _name(author: str, ctx: Context) -> str:
    surface, _, user = author.partition(":")
    person = ctx.workspace.person(surface, user)
    return person.name if person is not None else author


def _data(one: Survey) -> dict[str, object]:
    return {
        "survey": one.name,
        "kind": one.entry.kind,
        "rounds": [round_data(held) for held in one.closed[:MOST_ROUNDS]],
        "open": None if one.open is None else round_data(one.open),
        "next": None if one.next_at is None else one.next_at.isoformat(),
    }


def state_line(one: Survey, ctx: Context) -> Text:
    """One survey in a list: its name, and where it is in its round. Never a score of an open one."""
    now, zone, today = ctx.moment.now, ctx.moment.zone, ctx.moment.day
    if one.open is not None and one.open.round.takes_answers(now):
        state = f"open until {until_words(one.open.round, zone, now)}, {one.open.so_far}"
    elif one.open is not None:
        state = "being closed"
    elif one.closed and (last := one.closed[0].tally) is not None:
        when = round_title(one.closed[0].round, today)
        figure = "no figure"
        if last.figure is not None:
            figure = f"{KIND_NAMES[last.kind]} {figure_words(last.kind, last.figure)}"
        state = f"{figure} ({when}, {answers_words(last)})"
    else:
        state = "not asked yet"
    return line(Bold(one.title), f": {state}")
