"""`/kpi gate phase1`: what must hold to enter the next phase, and what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Self

from pydantic import Field

from bot.commands.base import Args, Command, Context
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Block, Bold, Reply, Table, line, note
from bot.reports import words
from bot.reports.snapshot import gate_verdict, load
from bot.workspace import GateRef, KpiRef, Workspace, normal
from kpi.gates import GateItem, Verdict
from kpi.quantity import print_goal, print_value
from kpi.standing_json import verdict_json

SHOWN_BLOCKING = 3
SHOWN_UNMEASURED = 4


class GateArgs(Args):
    gate: str = Field(
        "", description="The phase to leave: phase1, inferno phase 2, P1→P2. None: the next one shut."
    )
    every: bool = Field(False, description="List every KPI of the gate.")

    usage: ClassVar[str] = "gate phase1"

    @classmethod
    def read(cls, words: tuple[str, ...]) -> Self:
        every = bool(words) and words[-1].casefold() in {"all", "evidence"}
        return cls(gate=" ".join(words[:-1] if every else words), every=every)


def run(args: GateArgs, ctx: Context) -> Reply:
    gates = ctx.workspace.gates
    if not gates:
        raise UserError(
            "No framework in use has gates.", "Inferno has: add `{use: inferno, start: …}` to kpi.yaml."
        )
    asked = find(args.gate, ctx.workspace) if normal(args.gate) else ()
    if len(asked) > 1:
        return _which(asked)
    verdicts = judge(asked or gates, ctx)
    refs = asked or _next_shut(gates, verdicts)
    if len(refs) > 1:
        return _which(refs)
    found = verdicts[refs[0].path]
    return Reply(
        headline(found, refs[0]),
        _blocks(found, refs[0], every=args.every),
        data=verdict_json(found),
    )


def judge(refs: Sequence[GateRef], ctx: Context) -> Mapping[str, Verdict]:
    """The verdicts of gates by their path, all from one reading of storage."""
    members = dict.fromkeys(
        KpiRef(ref.use, kpi).path for ref in refs for kpi in ref.gate.kpis(ref.use.framework)
    )
    kpis = tuple(one for one in ctx.workspace.kpis if one.path in members)
    snapshot = load(ctx.session, ctx.workspace, ctx.moment, kpis)
    return {ref.path: gate_verdict(ref, snapshot) for ref in refs}


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
        and all(end == normal(phase) for end, phase in zip(ends, (ref.gate.from_, ref.gate.to), strict=False))
    )
    if not found or len(ends) > 2:
        raise UserError(f"No gate “{shortened(text)}”.", _known(workspace))
    return found


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


def headline(found: Verdict, ref: GateRef) -> str:
    """The verdict in one sentence."""
    outcome = "open" if found.passed else "not yet"
    share = f"{words.percent(found.percent, limit=found.required)} of {words.percent(found.required)}"
    counted = f"{found.achieved} of {found.total} achieved, {found.required_count} needed"
    return f"{_title(ref)}: {outcome}. {counted} ({share})"


def _title(ref: GateRef) -> str:
    horizons = ref.use.framework.horizons
    return f"{horizons[ref.gate.from_].title} → {horizons[ref.gate.to].title.removeprefix('Phase ')}"


def _blocks(found: Verdict, ref: GateRef, *, every: bool) -> tuple[Block, ...]:
    blocks: list[Block] = [line(Bold(headline(found, ref)))]
    if not found.passed:
        blocks.append(line(_missing_words(found)))
    if not every:
        blocks += [line(_item_words(item)) for item in found.blocking[:SHOWN_BLOCKING]]
    if found.unmeasured:
        blocks.append(line(_unmeasured_words(found)))
    if every:
        blocks.append(_table(found.items))
    blocks.append(note(_small_print(ref, found)))
    blocks.append(_actions(ref, found, every))
    return tuple(blocks)


def _missing_words(found: Verdict) -> str:
    more = "One more opens it." if found.missing == 1 else f"{found.missing} more open it."
    if not found.blocking:
        return f"{more} Nothing that is measured falls short."
    return f"{more} Nearest:"


def _unmeasured_words(found: Verdict) -> str:
    """What nobody measured; a target in words is no number's to meet."""
    judged = [item for item in found.unmeasured if item.needs_judgement]
    names = words.listing(tuple(item.kpi.name for item in found.unmeasured), SHOWN_UNMEASURED)
    said = f"○ {len(found.unmeasured)} not measured: {names}"
    return f"{said} ({words.count(len(judged), 'target')} in words)" if judged else said


def _item_words(item: GateItem) -> str:
    owner = f" ({item.kpi.owner})" if item.kpi.owner else ""
    return f"– {item.kpi.name} {_value(item)} → {print_goal(item.target.goal, item.kpi.unit)}{owner}"


def _value(item: GateItem) -> str:
    if item.standing.value is None:
        return "not measured"
    return print_value(item.standing.value, item.kpi.unit, against=item.target.goal.value)


def _table(items: Iterable[GateItem]) -> Table:
    marks = {True: "✓", False: "–", None: "○"}
    rows = tuple(
        (marks[item.met], item.kpi.name, _value(item), print_goal(item.target.goal, item.kpi.unit))
        for item in items
    )
    return Table(("", "KPI", "Now", "Needed"), rows, caption="✓ achieved, – short, ○ not measured")


def _small_print(ref: GateRef, found: Verdict) -> str:
    undated = len(found.undated)
    framework = ref.use.framework
    text = f"{framework.title} · every KPI with a {framework.horizons[ref.gate.from_].title} target counts"
    text += ", measured or not"
    return (
        f"{text}; {words.count(undated, 'undated KPI')} {'stays' if undated == 1 else 'stay'} out"
        if undated
        else text
    )


def _actions(ref: GateRef, found: Verdict, every: bool) -> Actions:
    ask = f"gate {ref.use.framework.key} {ref.gate.from_}"
    show = () if every else (Action(f"All {found.total}", f"{ask} all"),)
    return Actions((*show, Action("Share", f"{ask} all" if every else ask, share=True)))


def _which(refs: tuple[GateRef, ...]) -> Reply:
    said = f"{len(refs)} gates go by that name: which one?"
    asks = tuple(
        Action(
            f"{ref.use.framework.title}: {_title(ref)}"[:70], f"gate {ref.use.framework.key} {ref.gate.from_}"
        )
        for ref in refs[:5]
    )
    return Reply(said, (line(said), Actions(asks)), data={"ambiguous": [ref.path for ref in refs]})


COMMAND = Command(
    name="gate",
    summary="What opens the next phase, what is achieved and what is missing.",
    example="gate phase1",
    args=GateArgs,
    run=run,
    aliases=("gates",),
)
