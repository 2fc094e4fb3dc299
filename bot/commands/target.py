"""`/kpi target stars day90 6,000 because launch moved`: a target changes, and its past stays as it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from pydantic import Field

from bot import access
from bot.commands import target_list
from bot.commands.base import Args, Command, Context, Group
from bot.commands.cells import find_horizon, named_first
from bot.commands.kpi import which
from bot.commands.reasons import required, split_reason
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Block, Bold, Reply, Text, line, marked, note
from bot.reports import words
from bot.reports.provenance import target_subject
from bot.reports.provenance_words import with_deadline
from bot.reports.snapshot import load
from bot.reports.standing_words import deadline_words, value_words, zone_words
from bot.workspace import KpiRef, Workspace
from kpi.amount import QuantityFault
from kpi.framework import Horizon
from kpi.horizon import placed
from kpi.quantity import Goal, Op, print_goal
from kpi.retarget import changed_target, written_text
from kpi.scoring import direction
from kpi.standing import Standing, standing
from kpi.standing_json import standing_json
from storage import revisions
from storage.revisions import Kind, Revision

LONGEST_TARGET = 300


class TargetArgs(Args):
    change: str = Field(
        "", description="The KPI, its horizon and the new target; the KPI alone lists its targets."
    )
    reason: str = Field("", description="Why it changes; the trail keeps it.")

    usage: ClassVar[str] = "target stars day90 6000 because launch moved"

    @classmethod
    def read(cls, words: tuple[str, ...]) -> Self:
        said, reason = split_reason(words)
        return cls(change=" ".join(said), reason=reason)


@dataclass(frozen=True, slots=True)
class Change:
    """One target as it was and as it becomes. `written` is what the framework's file says there."""

    ref: KpiRef
    horizon: Horizon
    text: str
    new: KpiRef
    written: str

    @property
    def before(self) -> str:
        return written_text(self.ref.kpi, self.horizon.key)

    @property
    def goal(self) -> Goal:
        return self.new.kpi.targets[self.horizon.key].goal


def run(args: TargetArgs, ctx: Context) -> Reply:
    said = tuple(args.change.split())
    if not said:
        return target_list.overview(ctx)
    found, name, rest = named_first(said, ctx.workspace)
    if not rest and not args.reason:
        return which(name, found, "target {}") if len(found) > 1 else target_list.answer(found[0], ctx)
    access.require("target", ctx.workspace, ctx.invocation)
    cells = _meant(name, [_cell(ref, rest, ctx.workspace) for ref in found])
    asked = f"target {' '.join(said)}"
    if len(cells) > 1:
        because = required(args.reason, asked)
        return which(name, tuple(one.ref for one in cells), f"target {{}} {' '.join(rest)} because {because}")
    cell = cells[0]
    horizon = cell.horizon or _only_horizon(cell.ref)
    if horizon is None:
        return _which_horizon(cell.ref, cell.text, required(args.reason, asked))
    change = _change(cell.ref, horizon, cell.text)
    reason = required(args.reason, asked)
    _keep(change, reason, ctx)
    reply = _answer(change, reason, ctx)
    return reply.noted(_only_one(name, change)) if len(found) > 1 else reply


@dataclass(frozen=True, slots=True)
class _Cell:
    """A KPI that may be meant, the horizon and the target said of it; or why it cannot be meant."""

    ref: KpiRef
    horizon: Horizon | None = None
    text: str = ""
    fault: UserError | None = None

    @property
    def is_written(self) -> bool:
        """Whether it has a target there already: whoever changes one means such a KPI."""
        return self.horizon is not None and self.horizon.key in self.ref.kpi.targets


def _cell(ref: KpiRef, said: Sequence[str], workspace: Workspace) -> _Cell:
    try:
        before, horizon, behind = find_horizon(said, ref.use.framework)
    except UserError as fault:
        return _Cell(ref, fault=fault)
    text = _value((*before, *behind))
    if not text:
        raise UserError("The new target is missing.", f"Say `{target_list.example(ref, workspace)}`.")
    return _Cell(ref, horizon, text)


def _meant(name: str, cells: Sequence[_Cell]) -> Sequence[_Cell]:
    """Those that have a target at the horizon that is named; else those whose framework has it at least.

    Raises `UserError` where none has.
    """
    known = [one for one in cells if one.fault is None]
    if not known:
        faults = [one.fault for one in cells if one.fault is not None]
        hints = dict.fromkeys(str(one) for one in faults)
        if len(hints) == 1:
            raise faults[0]
        raise UserError(f"No KPI called “{shortened(name)}” has that horizon.", " ".join(hints))
    return [one for one in known if one.is_written] or known


def _only_one(name: str, change: Change) -> str:
    """Which of several by one name was taken, and why no other."""
    use, section = change.ref.use, change.ref.kpi.section.rsplit(" > ", 1)[-1]
    where = f"{use.framework.title}: {section}"
    return f"{where}, the only “{shortened(name)}” with {change.horizon.title}."


_LINKING = frozenset({"to", "=", "→", "->", "=>", "is", ":", "becomes"})


def _value(said: Sequence[str]) -> str:
    """The words of the target without those that only lead to it: "to 6,000"."""
    start = next((at for at, word in enumerate(said) if word.casefold() not in _LINKING), len(said))
    return " ".join(said[start:]).strip('"“”')


def _only_horizon(ref: KpiRef) -> Horizon | None:
    """The horizon of a KPI's one target; of several none is guessed."""
    keys = tuple(ref.kpi.targets)
    return ref.use.framework.horizons.get(keys[0]) if len(keys) == 1 else None


def _which_horizon(ref: KpiRef, text: str, reason: str) -> Reply:
    horizons = ref.use.framework.horizons
    keys = tuple(ref.kpi.targets) or tuple(horizons)
    count = f"{len(keys)} targets" if ref.kpi.targets else "no target yet"
    said = f"{ref.kpi.name} has {count}: for when is {shortened(text)}?"
    lines = tuple(line(f"{horizons[key].title}: {written_text(ref.kpi, key) or 'none'}") for key in keys)
    choices = tuple(
        Action(horizons[key].title, f"target {ref.path} {key} {text} because {reason}") for key in keys[:5]
    )
    return Reply(said, (line(Bold(said)), *lines, Actions(choices)), data={"ambiguous": list(keys)})


def _change(ref: KpiRef, horizon: Horizon, text: str) -> Change:
    """The change that is asked for. Raises `UserError` where it is none."""
    hint = f"Write it like {target_list.likely_target(ref.kpi, horizon.key)}."
    try:
        if len(text) > LONGEST_TARGET:
            raise QuantityFault(f"a target of {len(text)} characters")
        framework = changed_target(ref.use.framework, ref.kpi.key, horizon.key, text)
    except QuantityFault as fault:
        own = f"{fault.hint[:1].upper()}{fault.hint[1:]}." if fault.hint else hint
        raise UserError(f"{ref.kpi.name}: {fault.message}.", own) from None
    new = KpiRef(replace(ref.use, framework=framework), framework.by_key[ref.kpi.key])
    file = ref.use.file or ref.use.framework
    written = file.by_key.get(ref.kpi.key)
    change = Change(ref, horizon, text, new, "" if written is None else written_text(written, horizon.key))
    _refuse_same(change)
    _refuse_mere_words(change, hint)
    return change


def _refuse_same(change: Change) -> None:
    old = change.ref.kpi.targets.get(change.horizon.key)
    if old is None:
        return
    new = change.goal
    if (old.goal.op, old.goal.value, old.goal.high) != (new.op, new.value, new.high):
        return
    if new.op is Op.WORDS and old.goal.text.casefold() != new.text.casefold():
        return
    if old.goal.qualifier.casefold() != new.qualifier.casefold() and new.qualifier:
        return
    raise UserError(
        f"{change.ref.kpi.name}, {change.horizon.title} already says {old.goal.text}.", "Nothing is changed."
    )


def _refuse_mere_words(change: Change, hint: str) -> None:
    """A KPI whose targets are numbers does not get words by a slip; N/A takes a target away."""
    target = change.new.kpi.targets[change.horizon.key]
    others = change.ref.kpi.targets.values()
    are_numbers = any(one.is_numeric for one in others) and all(
        one.is_numeric or not one.is_applicable for one in others
    )
    if target.is_numeric or not target.is_applicable or not are_numbers:
        return
    raise UserError(
        f"{change.ref.kpi.name}: “{shortened(change.text)}” is no number.",
        f"{hint} N/A takes the target away.",
    )


def _keep(change: Change, reason: str, ctx: Context) -> None:
    subject = target_subject(change.ref, change.horizon.key)
    revisions.add(
        ctx.session,
        Revision(
            kind=Kind.TARGET,
            subject=subject,
            text=change.text,
            author=ctx.author,
            recorded_at=ctx.moment.now,
            reason=reason,
            replaced=change.written,
        ),
    )
    ctx.audit("target", subject, before=change.before, after=change.text, reason=reason)


def _answer(change: Change, reason: str, ctx: Context) -> Reply:
    ref, new = change.ref, change.new
    workspace = replace(
        ctx.workspace, uses=tuple(new.use if use is ref.use else use for use in ctx.workspace.uses)
    )
    snapshot = load(ctx.session, workspace, ctx.moment, (new,))
    after, before = snapshot.of(new), standing(ref.kpi, snapshot.context(ref.use))
    said = f"{ref.kpi.name}, {change.horizon.title}: {change.before or 'no target'} → {change.text}."
    blocks: list[Block] = [line(Bold(said))]
    blocks += [Text(marked(text)) for text in _consequences(change, before, after, ctx)]
    blocks.append(line("Reports and days before now keep the old target."))
    if change.written and change.written != change.text:
        aside = f"The framework's file still says {change.written}; an edit of it there replaces this."
        blocks.append(note(aside))
    blocks.append(note(f"Why: {reason}"))
    actions = (Action("Show it", ref.path), Action("Its targets", f"target {ref.path}"))
    blocks.append(Actions(actions))
    data = {
        "kpi": ref.kpi.key,
        "framework": ref.use.framework.key,
        "horizon": change.horizon.key,
        "before": change.before,
        "after": change.text,
        "reason": reason,
        "standing_before": standing_json(before),
        "standing": standing_json(after),
    }
    return Reply(said, tuple(blocks), data=data)


def _consequences(change: Change, before: Standing, after: Standing, ctx: Context) -> Iterator[str]:
    """When it is due, and what becomes of the standing."""
    kpi = change.new.kpi
    target = placed(
        kpi.targets[change.horizon.key], change.new.use.framework, change.ref.use.plan, ctx.moment.day
    )
    if not target.is_applicable:
        yield f"Nothing is asked {deadline_words(target, ctx.moment)} any more."
    else:
        yield f"It asks for {with_deadline(print_goal(target.goal, kpi.unit), target, ctx.moment)}."
    if target.is_numeric and direction(target.goal, kpi.better) is not kpi.better:
        yield f"Mind the sign: {kpi.better} is better for {kpi.name}."
    in_force = after.target
    if target.is_in_words:
        name = ctx.workspace.own_name(change.ref).lower()
        ask = f"judge {name} {change.horizon.key} met because …"
        yield f"A person says whether it is met: `{ask}`."
    elif in_force is not None and in_force.horizon != change.horizon.key:
        yield f"In force today is {in_force.title}, so the standing stays."
    else:
        value = "" if after.value is None else f"Now {value_words(after)}: {_held(after)}"
        yield f"{value}{_was(before, after)}." if value else "It has no number yet."


def _held(found: Standing) -> str:
    """How the value stands to its target: percent, met or not, and the zone."""
    parts = (zone_words(found.zone), _share(found))
    return ", ".join(part for part in parts if part) or "nothing to hold it against"


def _share(found: Standing) -> str:
    percent = found.percent_of_target
    share = "" if percent is None else f"{words.percent(percent, beside=found.limits)} of target"
    if found.met:
        return f"met, {share}" if share else "met"
    return f"{share}, not met" if percent is not None and percent >= 100 else share


def _was(before: Standing, after: Standing) -> str:
    """How it stood to the old target; the zone only where it is another one."""
    if before.value is None or before.target is None:
        return ""
    said = _share(before) if before.zone is after.zone else _held(before)
    return f" (was {said})" if said else ""


COMMAND = Command(
    name="target",
    summary="Change a target, with a reason; or list a KPI's targets and their history.",
    example="target stars day90 6000 because launch moved",
    args=TargetArgs,
    run=run,
    aliases=("targets", "retarget"),
    writes=True,
    group=Group.CHANGE,
)
