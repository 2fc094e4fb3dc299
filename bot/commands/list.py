"""`/kpi list`: every KPI in use, by section, with where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from pydantic import Field

from bot.commands.base import Args, Command, Context, Group, Subject
from bot.commands.cells import same_time
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Block, Bold, Heading, Note, Reply, Text, line, marked, note
from bot.reports import words
from bot.reports.rows import by_section, hidden_words, row
from bot.reports.rows import small_print as ages_of
from bot.reports.snapshot import Snapshot, load
from bot.workspace import KpiRef, Workspace, headings_of, nearest, normal

MOST_SHOWN = 30


class ListArgs(Args):
    part: str = Field(
        "", description="A framework, a section, `measured` or `unmeasured`; none lists the measured KPIs."
    )

    usage: ClassVar[str] = "list inferno"
    about: ClassVar[Subject] = Subject.FRAMEWORK


def run(args: ListArgs, ctx: Context) -> Reply:
    snapshot = load(ctx.session, ctx.workspace, ctx.moment, ctx.workspace.kpis, known_by=ctx.known_by)
    refs = _chosen(args.part, snapshot)
    said = _headline(args.part, refs, snapshot)
    blocks: list[Block] = [line(Bold(said)), *_sections(refs[:MOST_SHOWN], snapshot)]
    if len(refs) > MOST_SHOWN:
        hint = f"{len(refs) - MOST_SHOWN} more: name a section, for example `list {_a_section(refs)}`."
        blocks.append(Note(marked(hint)))
    if not refs and normal(args.part) in _MEASURED:
        hint = "Nothing is measured yet: connect a source in kpi.yaml, import a file, or `record` a value."
        blocks.append(Text(marked(hint)))
    if refs:
        blocks.append(note(ages_of(refs, snapshot)))
    if hidden := hidden_words(len(_hidden(args.part, ctx.workspace))):
        blocks.append(note(hidden))
    blocks.append(_actions(args.part, ctx.workspace, same_time(ctx.moment)))
    return Reply(said, tuple(blocks), data={"kpis": [_data(ref, snapshot) for ref in refs]})


_MEASURED = frozenset({"", "measured"})


def _headline(part: str, refs: Sequence[KpiRef], snapshot: Snapshot) -> str:
    """How many there are, and how many of them have a number."""
    total = words.count(len(snapshot.workspace.kpis), "KPI")
    frameworks = words.count(len(snapshot.workspace.uses), "framework")
    wanted = normal(part)
    if wanted in _MEASURED:
        return f"{total} in {frameworks}, {len(refs)} measured."
    if wanted == "unmeasured":
        return f"{len(refs)} of {total} not measured."
    measured = sum(snapshot.of(ref).value is not None for ref in refs)
    if wanted == "all":
        return f"{total} in {frameworks}, {measured} measured."
    return f"{words.count(len(refs), 'KPI')} in “{shortened(part)}”, {measured} measured."


def _sections(refs: Sequence[KpiRef], snapshot: Snapshot) -> Iterator[Block]:
    """A heading for each section and a line for each KPI."""
    for heading, members in by_section(refs, snapshot.workspace):
        yield Heading(heading)
        yield from (line(row(ref, snapshot)) for ref in members)


def _chosen(part: str, snapshot: Snapshot) -> tuple[KpiRef, ...]:
    """The KPIs of a framework or section, or those with or without a number."""
    kpis = snapshot.workspace.kpis
    wanted = normal(part)
    if wanted in _MEASURED:
        return tuple(ref for ref in kpis if snapshot.of(ref).value is not None)
    if wanted == "all":
        return kpis
    if wanted == "unmeasured":
        return tuple(ref for ref in kpis if snapshot.of(ref).value is None)
    if found := _in_part(wanted, kpis):
        return found
    if hidden := _in_part(wanted, snapshot.workspace.withheld_kpis):
        why = snapshot.workspace.withheld[hidden[0].path].replace("\n", " ")
        raise UserError(f"Nothing in “{shortened(part)}” is shown here.", why)
    names = {place: place for ref in kpis for place in _places(ref)}
    close = nearest(wanted[:100], names)
    hint = f"Nearest: {', '.join(f'`list {name}`' for name in close)}. " if close else ""
    raise UserError(
        f"No framework or section “{shortened(part)}”.", f"{hint}`list` alone shows what is measured."
    )


def _hidden(part: str, workspace: Workspace) -> tuple[KpiRef, ...]:
    """The KPIs of the part that are not shown to whoever asks, and that they may hear of."""
    wanted = normal(part)
    if wanted in _MEASURED | {"all", "unmeasured"}:
        return workspace.withheld_kpis
    return _in_part(wanted, workspace.withheld_kpis)


def _in_part(wanted: str, refs: Sequence[KpiRef]) -> tuple[KpiRef, ...]:
    """Those whose framework or a heading above them is `wanted`; where there are none, holds it."""
    found = tuple(ref for ref in refs if wanted in _places(ref))
    return found or tuple(ref for ref in refs if any(wanted in place for place in _places(ref)))


def _places(ref: KpiRef) -> tuple[str, ...]:
    return (normal(ref.use.framework.key), *headings_of(ref.kpi.section))


def _a_section(refs: tuple[KpiRef, ...]) -> str:
    return refs[MOST_SHOWN].kpi.section.rsplit(" > ", 1)[-1].lower()


def _data(ref: KpiRef, snapshot: Snapshot) -> dict[str, object]:
    standing = snapshot.of(ref)
    return {
        "kpi": ref.kpi.key,
        "framework": ref.use.framework.key,
        "name": ref.kpi.name,
        "section": ref.kpi.section,
        "value": standing.value,
        "state": standing.state.value,
        "met": standing.met,
        "zone": standing.zone.value,
    }


def _actions(part: str, workspace: Workspace, then: str) -> Actions:
    keys = [use.framework.key for use in workspace.uses][:3]
    asks = [Action(key.capitalize(), f"list {key}{then}") for key in keys]
    share = Action("Share", f"list {part}".strip() + then, share=True)
    return Actions((*asks, Action("Not measured", f"list unmeasured{then}"), share))


COMMAND = Command(
    name="list",
    summary="The KPIs in use and where they stand.",
    example="list unmeasured",
    args=ListArgs,
    run=run,
    aliases=("ls", "kpis"),
    group=Group.FRAMEWORKS,
)
