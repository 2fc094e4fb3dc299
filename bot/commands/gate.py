"""`/kpi gate phase1`: what must hold to enter the next phase, what is missing, and since when."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

from pydantic import Field

from bot.commands.base import Args, Command, Context, Group
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Block, Reply, line, note
from bot.reports.gate_evidence import frozen_blocks, pass_headline, passed_line, passes_json
from bot.reports.gate_history import DAYS, GateBook, Past, Sight, read_gates
from bot.reports.gate_words import (
    GateView,
    evidence_table,
    finding,
    headline,
    small_print,
    title,
    undated_line,
)
from bot.reports.landing_words import outlook_print
from bot.reports.landings import outlook_for
from bot.reports.rows import small_print as ages_of
from bot.workspace import GateRef, Workspace, normal
from kpi.gate_outlook import Outlook, outlook_json
from kpi.gates import Verdict
from kpi.standing_json import verdict_json
from storage import gate_passes
from storage.gate_passes import GatePass

MOST_ASKED = 5
"""Buttons under a question which gate is meant."""


class GateArgs(Args):
    gate: str = Field(
        "", description="The phase to leave: phase1, inferno phase 2, P1→P2. None: the next one shut."
    )
    view: Literal["", "all", "evidence"] = Field(
        "", description="`all` lists every KPI of the gate, `evidence` those of the day it was passed."
    )

    usage: ClassVar[str] = "gate phase1"

    @classmethod
    def read(cls, words: tuple[str, ...]) -> Self:
        view = words[-1].casefold() if words else ""
        if view not in {"all", "evidence"}:
            return cls(gate=" ".join(words))
        return cls.model_validate({"gate": " ".join(words[:-1]), "view": view})


def run(args: GateArgs, ctx: Context) -> Reply:
    gates = ctx.workspace.gates
    if not gates:
        raise UserError(
            "No framework in use has gates.", "Inferno has: add `{use: inferno, start: …}` to kpi.yaml."
        )
    asked = find(args.gate, ctx.workspace) if normal(args.gate) else ()
    sight = Sight(ctx.session, ctx.workspace, ctx.moment, ctx.known_by, ctx.workspace_at)
    book = read_gates(asked or gates, sight, days=DAYS)
    refs = _next_shut(asked or gates, book.verdicts)
    if len(refs) > 1:
        return _which(refs, args.view)
    return _told(refs[0], book, args, ctx)


def _told(ref: GateRef, book: GateBook, args: GateArgs, ctx: Context) -> Reply:
    """The answer on one gate."""
    view = GateView(ref, book.verdicts[ref.path], ctx.workspace, ctx.moment)
    if ctx.invocation.is_shared and view.withheld:
        raise UserError(
            f"{title(ref)} counts KPIs that are not for this channel.", "Ask me in a channel of your own."
        )
    passes = _passes(ref, ctx)
    past = book.past(ref)
    outlook = outlook_for(ctx.session, ref, view.found, book.snapshot)
    data = {
        **_verdict_data(view, past),
        **_outlook_data(outlook),
        "passes": passes_json(passes, view, in_full=args.view == "evidence"),
    }
    actions = _actions(view, args.view)
    if args.view == "evidence" and passes:
        return Reply(pass_headline(view, passes[-1]), (*frozen_blocks(view, passes[-1]), actions), data=data)
    blocks: list[Block] = [*finding(view, past, outlook, is_short=not args.view)]
    if passes and not view.found.passed:
        blocks.insert(1, line(passed_line(passes[-1], view)))
    if args.view:
        blocks += _in_full(view, args.view)
    ages = note(ages_of(view.refs, book.snapshot))
    small = (small_print(view), *((note(told),) if (told := outlook_print(outlook)) else ()), ages)
    return Reply(headline(ref, view.found), (*blocks, *small, actions), data=data)


def _verdict_data(view: GateView, past: Past) -> dict[str, Any]:
    since, last = past.open_since, past.last_open
    return {
        **verdict_json(view.found, hidden=view.hidden),
        "open_since": None if since is None else since.isoformat(),
        "last_open": None
        if last is None
        else {"from": None if last[0] is None else last[0].isoformat(), "to": last[1].isoformat()},
    }


def _outlook_data(found: Outlook | None) -> dict[str, Any]:
    """`outlook` is the first day on which it rather holds than not."""
    holds_from = None if found is None else found.holds_from
    return {
        "outlook": None if holds_from is None else holds_from.isoformat(),
        "chances": None if found is None else outlook_json(found),
    }


def _passes(ref: GateRef, ctx: Context) -> Sequence[GatePass]:
    """When the gate was passed, as far as was known, oldest first."""
    known = min((at for at in (ctx.moment.as_of, ctx.known_by) if at is not None), default=None)
    found = gate_passes.read(ctx.session, as_of=known).get((ref.use.framework.key, ref.gate.key), [])
    return [one for one in found if one.passed_at <= ctx.moment.now]


def _in_full(view: GateView, asked: str) -> Iterable[Block]:
    """Every KPI of the gate, and by name those that no gate counts."""
    if asked == "evidence":
        yield line("No pass is on record: this is the evidence of today.")
    yield evidence_table(view)
    if (undated := undated_line(view)) is not None:
        yield undated


def find(text: str, workspace: Workspace) -> tuple[GateRef, ...]:
    """The gates that `text` names. Raises `UserError` with those there are."""
    said = re.sub(r"\b(phase|stage|month|day|q|p)\s+(?=\d)", r"\1", normal(text))
    said = re.sub(r"\bp(?=\d)", "phase", said)
    words_said = [word for word in said.split() if word not in {"to", "gate"}]
    used = {normal(use.framework.key): use.framework for use in workspace.uses}
    named = [used[word] for word in words_said if word in used]
    if named and not any(framework.gates for framework in named):
        raise UserError(f"{named[0].title} has no gates.", _known(workspace))
    ends, keys = [word for word in words_said if word not in used], {one.key for one in named}
    found = tuple(
        ref
        for ref in workspace.gates
        if (not named or ref.use.framework.key in keys)
        and all(_names(end, phase) for end, phase in zip(ends, (ref.gate.from_, ref.gate.to), strict=False))
    )
    if not found or len(ends) > 2:
        raise UserError(f"No gate “{shortened(text)}”.", _known(workspace))
    return found


def _names(said: str, horizon: str) -> bool:
    """Whether a word names a phase: as it is written, or by its number alone, as in “phase 1 to 2”."""
    key = normal(horizon)
    return said == key or (said.isdigit() and key == key.rstrip("0123456789") + said)


def _known(workspace: Workspace) -> str:
    names = dict.fromkeys(f"`gate {ref.gate.from_}`" for ref in workspace.gates)
    return f"There {'is' if len(names) == 1 else 'are'}: {', '.join(names)}."


def _next_shut(gates: Iterable[GateRef], verdicts: Mapping[str, Verdict]) -> tuple[GateRef, ...]:
    """The first gate of each framework that does not open yet; the last one where all do."""
    chosen: dict[str, GateRef] = {}
    for ref in gates:
        earlier = chosen.get(ref.use.framework.key)
        if earlier is None or verdicts[earlier.path].passed:
            chosen[ref.use.framework.key] = ref
    return tuple(chosen.values())


def _actions(view: GateView, asked: str) -> Actions:
    ask = f"gate {view.ref.use.framework.key} {view.ref.gate.from_}"
    more = (Action(f"All {view.found.total}", f"{ask} all"), Action("Evidence", f"{ask} evidence"))
    here = f"{ask} {asked}" if asked else ask
    return Actions((*(() if asked else more), Action("Share", here, share=True)))


def _which(refs: tuple[GateRef, ...], view: str) -> Reply:
    said = f"{len(refs)} gates go by that name: which one?"
    asks = tuple(
        Action(
            f"{ref.use.framework.title}: {title(ref)}"[:70],
            f"gate {ref.use.framework.key} {ref.gate.from_} {view}".rstrip(),
        )
        for ref in refs[:MOST_ASKED]
    )
    return Reply(said, (line(said), Actions(asks)), data={"ambiguous": [ref.path for ref in refs]})


COMMAND = Command(
    name="gate",
    summary="What opens the next phase, what is achieved and what is missing.",
    example="gate phase1",
    args=GateArgs,
    run=run,
    group=Group.FRAMEWORKS,
)
