"""`/kpi surveys`: what is asked in chat, what is open and until when, and when the next one opens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bot.commands.base import Args, Command, Context
from bot.commands.present import only_present
from bot.commands.survey_words import next_words, state_line
from bot.errors import UserError
from bot.reply import Action, Actions, Block, Bold, Note, Reply, Text, line, marked, note
from bot.reports import words
from bot.reports.survey_posts import round_data
from bot.reports.surveys import Survey, asked, cadence_of, load, measured_by

MOST_BUTTONS = 5


class SurveysArgs(Args):
    usage: ClassVar[str] = "surveys"


def run(_args: SurveysArgs, ctx: Context) -> Reply:
    only_present(ctx, "Surveys are shown")
    return listed(ctx)


def listed(ctx: Context) -> Reply:
    """Every survey that the reader may see. Raises `UserError` where outsiders read along."""
    if ctx.invocation.is_shared:
        raise UserError("People outside your company read here.", "Ask me in a channel of your own.")
    if not ctx.workspace.surveys:
        return _none()
    hidden = ctx.workspace.withheld_kpis
    names = [name for name in ctx.workspace.surveys if measured_by(hidden, name) is None]
    found = load(ctx.session, ctx.workspace, names, ctx.moment.now)
    is_open = [one for one in found if one.open is not None and one.open.round.takes_answers(ctx.moment.now)]
    said = f"{words.count(len(found), 'survey')}, {len(is_open) or 'none'} open."
    blocks: list[Block] = [line(Bold(said))]
    for one in found:
        blocks += _lines(one, ctx)
    buttons = tuple(Action(one.title, f"survey {one.name}") for one in found[:MOST_BUTTONS])
    if buttons:
        blocks.append(Actions(buttons))
    data = {"surveys": [_data(one) for one in found]}
    return Reply(said, tuple(blocks), data=data)


def _none() -> Reply:
    said = "No survey is set up."
    blocks = (
        line(Bold(said)),
        Text(marked("Add one to kpi.yaml under `surveys:`, by a name such as `developers`:")),
        Text(marked("its `kind` (nps, satisfaction or csat), its `question`,")),
        Text(marked("whom it asks (`to`) and how often (`every: quarterly`).")),
    )
    return Reply(said, blocks, data={"surveys": []})


def _lines(one: Survey, ctx: Context) -> Iterator[Block]:
    yield state_line(one, ctx)
    yield note(f"“{one.entry.question}”")
    rhythm = f"Asks {_whom(one, ctx)} {cadence_of(one.entry, ctx.workspace).words}."
    yield Note(marked(f"{rhythm} {next_words(one.next_at, ctx)}".strip()))


def _whom(one: Survey, ctx: Context) -> str:
    people, channels = len(asked(one.entry, ctx.workspace)), len(one.entry.channels)
    parts = [words.count(people, "person", "people")] if people else []
    parts += [words.count(channels, "channel")] if channels else []
    return " and ".join(parts)


def _data(one: Survey) -> dict[str, object]:
    return {
        "survey": one.name,
        "kind": one.entry.kind,
        "state": "open" if one.open is not None else "closed" if one.closed else "not asked yet",
        "open": None if one.open is None else round_data(one.open) | {"so_far": one.open.so_far},
        "last": round_data(one.closed[0]) if one.closed else None,
        "next": None if one.next_at is None else one.next_at.isoformat(),
    }


COMMAND = Command(
    name="surveys",
    summary="What is asked in chat, what is open, and what came of it.",
    example="surveys",
    args=SurveysArgs,
    run=run,
)
