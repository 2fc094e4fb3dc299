"""`/kpi owners dana`: who answers for which KPI, and what nobody answers for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from bot.commands.base import Args, Command, Context, Group
from bot.commands.cells import same_time
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Block, Bold, Heading, Reply, Text, line, marked, note
from bot.reports import words
from bot.reports.rows import by_section, missing_line, small_print
from bot.reports.shares import share_row
from bot.reports.snapshot import Snapshot, load
from bot.workspace import KpiRef, Workspace, nearest, normal

MOST_ROWS = 20
FEW = 3
MOST_BUTTONS = 4
LONGEST_LABEL = 35


class OwnersArgs(Args):
    name: str = Field("", description="A person or team, `me`, or `nobody`; none lists every owner.")

    usage: ClassVar[str] = "owners @dana"


def run(args: OwnersArgs, ctx: Context) -> Reply:
    owned = by_owner(ctx.workspace)
    if normal(args.name):
        return _of_one(args.name, owned, ctx)
    snapshot = load(ctx.session, ctx.workspace, ctx.moment, ctx.workspace.kpis, known_by=ctx.known_by)
    nobody, then = owned.get("", ()), same_time(ctx.moment)
    owners = [name for name in owned if name]
    without = f", {len(nobody)} without one" if nobody else ""
    said = f"{words.count(len(owners), 'owner')} of {words.count(len(ctx.workspace.kpis), 'KPI')}{without}."
    blocks: list[Block] = [line(Bold(said))]
    blocks += [line(Bold(name), f": {_summary(owned[name], snapshot)}") for name in owners]
    if nobody:
        unowned = f"{words.count(len(nobody), 'KPI')} without an owner: add `owner:` to the framework file."
        blocks.append(Text(marked(unowned)))
    blocks.append(note("The KPI's own owner counts, else that of its section, else that of its framework."))
    asks = [Action(shortened(name, LONGEST_LABEL), f"owners {name}{then}") for name in owners[:MOST_BUTTONS]]
    asks += [Action("Without an owner", f"owners nobody{then}")] if nobody else []
    blocks.append(Actions((*asks, Action("Share", f"owners{then}", share=True))))
    data = {"owners": {name: [ref.path for ref in owned[name]] for name in owners}}
    return Reply(said, tuple(blocks), data={**data, "unowned": [ref.path for ref in nobody]})


def by_owner(workspace: Workspace) -> Mapping[str, tuple[KpiRef, ...]]:
    """The KPIs by owner, as first written; "" holds those without one."""
    spelt: dict[str, str] = {}
    found: dict[str, list[KpiRef]] = {}
    for ref in workspace.kpis:
        owner = ref.use.framework.owner_of(ref.kpi)
        found.setdefault(spelt.setdefault(normal(owner), owner), []).append(ref)
    return {name: tuple(refs) for name, refs in found.items()}


def _summary(refs: Sequence[KpiRef], snapshot: Snapshot) -> str:
    standings = [snapshot.of(ref) for ref in refs]
    measured = sum(one.value is not None for one in standings)
    held = [one.met for one in standings if one.met is not None]
    said = f"{words.count(len(refs), 'KPI')}, {measured} measured"
    return f"{said}, {sum(held)} of {words.count(len(held), 'target')} met" if held else said


def _of_one(name: str, owned: Mapping[str, tuple[KpiRef, ...]], ctx: Context) -> Reply:
    owner = _named(name, owned, ctx)
    refs = owned[owner]
    snapshot = load(ctx.session, ctx.workspace, ctx.moment, refs, known_by=ctx.known_by)
    who = owner or "Nobody"
    said = f"{who}: {_summary(refs, snapshot)}."
    blocks: list[Block] = [line(Bold(said))]
    missing = tuple(ref for ref in refs if snapshot.of(ref).value is None)
    shown = refs if len(missing) <= FEW else tuple(ref for ref in refs if ref not in missing)
    blocks += _sections(shown[:MOST_ROWS], snapshot)
    if len(shown) > MOST_ROWS:
        blocks.append(line(f"{len(shown) - MOST_ROWS} more are measured."))
    if len(shown) < len(refs):
        blocks.append(line(missing_line(missing, snapshot)))
    if not owner:
        blocks.append(Text(marked("Give each an owner: add `owner:` to the framework file.")))
    blocks.append(note(small_print(refs, snapshot)))
    then = same_time(ctx.moment)
    share = Action("Share", f"owners {who}{then}", share=True)
    blocks.append(Actions((Action("All owners", f"owners{then}"), share)))
    data = {"owner": owner, "kpis": [_data(ref, snapshot) for ref in refs]}
    return Reply(said, tuple(blocks), data=data)


def _named(name: str, owned: Mapping[str, tuple[KpiRef, ...]], ctx: Context) -> str:
    """The owner that `name` means. Raises `UserError` with the nearest ones."""
    wanted = normal(name)
    if wanted == "me":
        person = ctx.workspace.person(ctx.invocation.surface, ctx.invocation.user)
        wanted = normal(person.name) if person is not None else wanted
    if wanted in {"nobody", "none", "unowned"} and "" in owned:
        return ""
    exact = [owner for owner in owned if owner and normal(owner) == wanted]
    loose = [owner for owner in owned if owner and set(wanted.split()) <= set(normal(owner).split())]
    if exact or len(loose) == 1:
        return (exact or loose)[0]
    shown = {normal(owner): owner for owner in owned if owner}
    close = loose or nearest(wanted[:100], shown)
    hint = f"Nearest: {', '.join(f'`owners {one}`' for one in close[:MOST_BUTTONS])}." if close else ""
    raise UserError(f"Nobody called “{shortened(name)}” owns a KPI.", hint or _hint(owned))


def _hint(owned: Mapping[str, tuple[KpiRef, ...]]) -> str:
    if set(owned) <= {""}:
        return "No KPI has an owner: add `owner:` to the framework file."
    return "`owners` lists everybody who does."


def _sections(refs: Sequence[KpiRef], snapshot: Snapshot) -> Iterator[Block]:
    for heading, members in by_section(refs, snapshot.workspace):
        yield Heading(heading)
        yield from (line(share_row(ref, snapshot)) for ref in members)


def _data(ref: KpiRef, snapshot: Snapshot) -> dict[str, object]:
    standing = snapshot.of(ref)
    return {
        "kpi": ref.kpi.key,
        "framework": ref.use.framework.key,
        "value": standing.value,
        "state": standing.state.value,
        "met": standing.met,
        "zone": standing.zone.value,
    }


COMMAND = Command(
    name="owners",
    summary="Who answers for which KPI, and what nobody does.",
    example="owners",
    args=OwnersArgs,
    run=run,
    aliases=("owner",),
    group=Group.FRAMEWORKS,
)
