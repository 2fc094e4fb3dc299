"""`/kpi gates`: every gate of every framework in use, and how far each is from opening."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from bot.commands.base import Args, Command, Context, Group, Subject
from bot.commands.cells import same_time
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Block, Bold, Reply, Table, line, note
from bot.reports import words
from bot.reports.gate_history import Sight, read_gates
from bot.reports.gate_words import GateView, outcome, share, title
from bot.reports.rows import small_print as ages_of
from bot.workspace import GateRef, Workspace, normal
from kpi.standing_json import verdict_json

MOST_BUTTONS = 5
LONGEST_LABEL = 35


class GatesArgs(Args):
    framework: str = Field("", description="A framework; none shows the gates of all in use.")

    usage: ClassVar[str] = "gates inferno"
    about: ClassVar[Subject] = Subject.FRAMEWORK


def run(args: GatesArgs, ctx: Context) -> Reply:
    refs = _of(args.framework, ctx.workspace)
    book = read_gates(refs, Sight(ctx.session, ctx.workspace, ctx.moment, ctx.known_by, ctx.workspace_at))
    every = [GateView(ref, book.verdicts[ref.path], ctx.workspace, ctx.moment) for ref in refs]
    views = [view for view in every if not (ctx.invocation.is_shared and view.withheld)]
    if not views:
        raise UserError(
            "These gates count KPIs that are not for this channel.", "Ask me in a channel of your own."
        )
    said = _headline(views)
    blocks: list[Block] = [line(Bold(said)), _table(views)]
    if left_out := len(every) - len(views):
        blocks.append(note(f"{words.count(left_out, 'gate')} not shown here."))
    refs_seen = {ref.path: ref for view in views for ref in view.refs}
    blocks.append(note(ages_of(refs_seen.values(), book.snapshot)))
    data = {
        "gates": [_data(view) for view in views],
        "passed": all(view.found.passed for view in views),
    }
    return Reply(said, (*blocks, _actions(views, args.framework, same_time(ctx.moment))), data=data)


def _of(text: str, workspace: Workspace) -> Sequence[GateRef]:
    """The gates of one framework, or of all in use."""
    if not workspace.gates:
        raise UserError(
            "No framework in use has gates.", "Inferno has: add `{use: inferno, start: …}` to kpi.yaml."
        )
    wanted = normal(text)
    found = [ref for ref in workspace.gates if wanted in {"", "all", normal(ref.use.framework.key)}]
    if found:
        return found
    keys = dict.fromkeys(f"`gates {ref.use.framework.key}`" for ref in workspace.gates)
    known = f"There {'is' if len(keys) == 1 else 'are'}: {', '.join(keys)}."
    for use in workspace.uses:
        if normal(use.framework.key) == wanted:
            raise UserError(f"{use.framework.title} has no gates.", known)
    raise UserError(
        f"No framework “{shortened(text)}” in use has gates.", f"{known} One gate: `gate phase1`."
    )


def _headline(views: Sequence[GateView]) -> str:
    passed = [view for view in views if view.found.passed]
    shut = next((view for view in views if not view.found.passed), None)
    counted = f"{len(passed)} of {words.count(len(views), 'gate')} open."
    if shut is None:
        return counted
    return f"{counted} Next: {_names(views)[shut.ref.path]}, {words.count(shut.found.missing, 'KPI')} short."


def _names(views: Sequence[GateView]) -> Mapping[str, str]:
    """The titles of the gates by their path, with the framework's where there are several."""
    several = len({view.ref.use.framework.key for view in views}) > 1
    return {
        view.ref.path: f"{view.ref.use.framework.key.capitalize()}: {title(view.ref)}"
        if several
        else title(view.ref)
        for view in views
    }


def _table(views: Sequence[GateView]) -> Table:
    names = _names(views)
    rows = tuple(
        (
            names[view.ref.path],
            f"{view.found.achieved} of {view.found.total}",
            str(view.found.required_count),
            share(view.found),
            outcome(view.found),
        )
        for view in views
    )
    return Table(("Gate", "Achieved", "Needed", "Share", "Verdict"), rows, numeric=frozenset({1, 2}))


def _data(view: GateView) -> dict[str, Any]:
    """The counts of one gate; its KPIs are in the answer to `gate`."""
    found = verdict_json(view.found, hidden=view.hidden)
    return {key: value for key, value in found.items() if key not in {"kpis", "undated"}}


def _actions(views: Sequence[GateView], asked: str, then: str) -> Actions:
    names = _names(views)
    asks = [
        Action(
            shortened(names[view.ref.path], LONGEST_LABEL),
            f"gate {view.ref.use.framework.key} {view.ref.gate.from_}{then}",
        )
        for view in views[:MOST_BUTTONS]
    ]
    return Actions((*asks, Action("Share", f"gates {asked}".strip() + then, share=True)))


COMMAND = Command(
    name="gates",
    summary="Every gate, and how far it is from opening.",
    example="gates",
    args=GatesArgs,
    run=run,
    group=Group.FRAMEWORKS,
)
