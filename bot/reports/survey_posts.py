"""What a survey posts: its question with a button for each score, one reminder, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.reply import Action, Actions, Block, Bold, Reply, Text, Visibility, line, note
from bot.reports import words
from bot.reports.surveys import (
    DEFINITIONS,
    KIND_NAMES,
    Held,
    answers_words,
    before,
    change_words,
    figure_words,
    margin_words,
    round_title,
    title_of,
    until_words,
)
from kpi.calendar import day_of
from kpi.survey import SCALES, Tally
from storage.surveys import Round


def invitation(one: Round, zone: ZoneInfo, now: datetime, *, is_public: bool) -> Reply:
    """The question. In a channel everybody reads it, so it says that nobody sees what is pressed."""
    until = until_words(one, zone, now)
    blocks: list[Block] = [line(Bold(one.terms.question))]
    if is_public:
        blocks.append(line("Press a number: only you see the answer to it."))
    text = f"{one.terms.question} Open until {until}."
    return _asking(one, blocks, f"Open until {until}, {zone.key}.", text)


def reminder(one: Round, zone: ZoneInfo, now: datetime) -> Reply:
    """The question once more, for somebody who has not answered."""
    until = until_words(one, zone, now)
    said = f"Open until {until}: one question, one press."
    blocks: list[Block] = [line(Bold(said)), line(one.terms.question)]
    return _asking(one, blocks, "There is no other reminder.", f"{said} {one.terms.question}")


def _asking(one: Round, blocks: list[Block], ending: str, text: str) -> Reply:
    scale = SCALES[one.terms.kind]
    blocks.append(line(f"{scale.low} = {scale.low_means} · {scale.high} = {scale.high_means}"))
    scores = list(scale.scores)
    half = (len(scores) + 1) // 2 if len(scores) > 5 else len(scores)
    blocks += [
        Actions(tuple(Action(str(score), f"survey answer {one.name} {score}") for score in row))
        for row in (scores[:half], scores[half:])
        if row
    ]
    if one.terms.anonymous:
        blocks.append(
            note(f"Anonymous: your name is not kept. A figure is shown from {one.terms.least} answers on.")
        )
    else:
        blocks.append(line(Bold("Not anonymous: your name is kept with your answer.")))
    blocks.append(note(ending))
    data = {"survey": one.survey, "round": one.number, "closes": one.closes_at.isoformat()}
    return Reply(text, tuple(blocks), visibility=Visibility.CHANNEL, data=data)


def result(found: Held, earlier: Sequence[Held], zone: ZoneInfo, now: datetime) -> Reply:
    """What came of a closed round, and how that compares with the last one that had a figure."""
    assert found.tally is not None  # the round is closed
    today = day_of(now, zone)
    one, counted = found.round, found.tally
    changed = change_words(found, before(found, earlier), today)
    headline, text = _headline(one, counted, changed)
    blocks: list[Block] = [headline, line(f"{round_title(one, today)}: {one.terms.question}")]
    if counted.figure is None:
        blocks.append(line(too_few(one)))
    if said := margin_words(counted):
        blocks.append(note(said))
    blocks.append(note(DEFINITIONS[one.terms.kind]))
    more = f"{words.count(len(found.comments), 'comment')} to read" if found.comments else "All rounds"
    blocks.append(Actions((Action(more, f"survey {one.survey}"),)))
    return Reply(text, tuple(blocks), visibility=Visibility.CHANNEL, data=round_data(found))


def _headline(one: Round, counted: Tally, changed: str) -> tuple[Text, str]:
    title, kind = title_of(one.survey), KIND_NAMES[one.terms.kind]
    answered = answers_words(counted)
    if counted.figure is None:
        said = f"{title}: no {kind} figure"
        return line(Bold(said), f" ({answered})"), f"{said} ({answered})."
    said = f"{title} {kind} {figure_words(counted.kind, counted.figure)}"
    ending = f" ({answered}){f' · {changed}' if changed else ''}"
    return line(Bold(said), ending), f"{said}{ending}."


def too_few(one: Round) -> str:
    """Why there is no figure."""
    return f"A figure takes {one.terms.least} answers, so that nobody's can be guessed."


def round_data(found: Held) -> dict[str, object]:
    """A round's numbers; of an open one, or of too few answers, no figure."""
    one, counted = found.round, found.tally
    data: dict[str, object] = {
        "survey": one.survey,
        "round": one.number,
        "kind": one.terms.kind,
        "day": one.day.isoformat(),
        "state": "open" if counted is None else "closed",
        "closes": one.closes_at.isoformat(),
    }
    if counted is None:
        return data
    figure, rate = counted.figure, counted.rate
    return data | {
        "figure": None if figure is None else float(figure),
        "margin": None if figure is None else round(counted.margin, 2),
        "answers": counted.answers,
        "invited": counted.invited,
        "response_rate": None if rate is None else float(rate),
        "least": one.terms.least,
    }


def thanks(one: Round, score: int, zone: ZoneInfo, now: datetime) -> Reply:
    """To whoever has answered, for their eyes alone."""
    said = f"Thank you: {score}."
    blocks: list[Block] = [
        line(Bold(said)),
        line(f"You can change it until {until_words(one, zone, now)}."),
    ]
    if one.terms.comment:
        blocks.append(Actions((Action("Say why…", f"{one.survey}#{one.number}", form="survey"),)))
    if not one.terms.anonymous:
        blocks.append(note("Not anonymous: your name is kept with it."))
    data = {"survey": one.survey, "round": one.number, "score": score, "until": one.closes_at.isoformat()}
    return Reply(said, tuple(blocks), data=data)


def kept(one: Round, zone: ZoneInfo, now: datetime) -> Reply:
    """To whoever has added words."""
    said = "Thank you, your words are kept."
    how = "without your name" if one.terms.anonymous else "with your name"
    blocks = (
        line(Bold(said)),
        line(f"You can change them until {until_words(one, zone, now)}."),
        note(f"Shown {how} after the close, from {one.terms.least} answers on."),
    )
    return Reply(said, blocks, data={"survey": one.survey, "round": one.number})
