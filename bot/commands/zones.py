"""`/kpi zones bakhmach red`: how many KPIs are green, yellow, red or unknown, and which need someone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Self

from pydantic import Field

from bot.commands.base import Args, Command, Context, Group, Subject
from bot.commands.cells import same_time
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Block, Bold, Heading, Reply, Text, line, marked, note
from bot.reports import words
from bot.reports.dashboards import trend_words
from bot.reports.rows import late, missing_line, small_print, valued
from bot.reports.snapshot import Snapshot, load
from bot.reports.standing_words import goal_words
from bot.workspace import KpiRef, Use, Workspace, normal
from kpi.standing import Zone
from kpi.trend import Trend

MARKS = {Zone.GREEN: "● green", Zone.YELLOW: "◆ yellow", Zone.RED: "▲ red", Zone.UNKNOWN: "○ unknown"}
WORST_FIRST = (Zone.RED, Zone.YELLOW, Zone.GREEN, Zone.UNKNOWN)
MOST_ROWS = 20
MOST_OF_EACH = 7
"""Rows of each zone where none is named: what needs someone first must not be scrolled to."""


class ZonesArgs(Args):
    framework: str = Field("", description="A framework that states zones; none means every one in use.")
    zone: str = Field("", description="green, yellow, red or unknown: only those.")

    usage: ClassVar[str] = "zones bakhmach red"
    about: ClassVar[Subject] = Subject.FRAMEWORK

    @classmethod
    def read(cls, words: tuple[str, ...]) -> Self:
        """The zone may stand before or behind the framework."""
        zones = [word.casefold() for word in words if word.casefold() in set(Zone)]
        rest = [word for word in words if word.casefold() not in set(Zone)]
        return cls(framework=" ".join(rest), zone=zones[-1] if zones else "")


def run(args: ZonesArgs, ctx: Context) -> Reply:
    uses = _asked(args.framework, ctx.workspace)
    stating = tuple(use for use in uses if use.framework.zones)
    silent = tuple(use for use in uses if not use.framework.zones)
    if not stating:
        return _without_zones(silent, ctx.workspace)
    keys = {use.framework.key for use in stating}
    refs = tuple(ref for ref in ctx.workspace.kpis if ref.use.framework.key in keys)
    snapshot = load(ctx.session, ctx.workspace, ctx.moment, refs, known_by=ctx.known_by)
    zone = Zone(args.zone) if args.zone else None
    found = {use.framework.key: _by_zone(use, refs, snapshot) for use in stating}
    said = " ".join(_headline(use, found[use.framework.key], zone) for use in stating)
    blocks: list[Block] = []
    for use in stating:
        blocks += _blocks(use, found[use.framework.key], snapshot, zone)
    blocks.append(note(_small_print(stating, refs, snapshot)))
    if silent:
        names = " and ".join(use.framework.key.capitalize() for use in silent)
        blocks.append(note(f"{names} {'states' if len(silent) == 1 else 'state'} no zones."))
    blocks.append(_actions(stating, zone, same_time(ctx.moment)))
    return Reply(
        said,
        tuple(blocks),
        data={"zones": [_data(use, found[use.framework.key], snapshot) for use in stating]},
    )


def _asked(name: str, workspace: Workspace) -> tuple[Use, ...]:
    wanted = normal(name)
    found = tuple(use for use in workspace.uses if wanted in {"", normal(use.framework.key)})
    if not found:
        known = ", ".join(f"`zones {use.framework.key}`" for use in workspace.uses)
        raise UserError(f"No framework or zone “{shortened(name)}”.", f"Say {known}, or `zones red`.")
    return found


def _without_zones(silent: Sequence[Use], workspace: Workspace) -> Reply:
    """A framework that states no zones has none: limits of another are not lent to it."""
    known = [use.framework.key for use in workspace.uses if use.framework.zones]
    hint = f"Say `zones {known[0]}`." if known else "`list` shows which targets are met."
    said = " ".join(f"{use.framework.title} states no zones." for use in silent)
    return Reply(said, (line(Bold(said)), Text(marked(hint))), data={"zones": []})


_ByZone = Mapping[Zone, tuple[KpiRef, ...]]


def _by_zone(use: Use, refs: Sequence[KpiRef], snapshot: Snapshot) -> _ByZone:
    """The framework's KPIs by zone, the worst of each first."""
    own = [ref for ref in refs if ref.use.framework.key == use.framework.key]
    ranked = sorted(own, key=lambda ref: _percent(ref, snapshot))
    return {zone: tuple(ref for ref in ranked if snapshot.of(ref).zone is zone) for zone in WORST_FIRST}


def _percent(ref: KpiRef, snapshot: Snapshot) -> float:
    share = snapshot.of(ref).percent_of_target
    return float("inf") if share is None else share


def _headline(use: Use, found: _ByZone, zone: Zone | None) -> str:
    name = use.framework.key.capitalize()
    if zone is not None:
        return f"{name}: {words.count(len(found[zone]), 'KPI')} {MARKS[zone].partition(' ')[2]}."
    return f"{name}: {', '.join(f'{len(found[one])} {one}' for one in WORST_FIRST)}."


def _blocks(use: Use, found: _ByZone, snapshot: Snapshot, zone: Zone | None) -> Iterator[Block]:
    yield line(Bold(_headline(use, found, zone)))
    shown: tuple[Zone, ...] = (Zone.RED, Zone.YELLOW) if zone is None else (zone,)
    most = MOST_OF_EACH if zone is None else MOST_ROWS
    for each in shown:
        refs = found[each]
        if not refs:
            continue
        if zone is None:
            yield Heading(MARKS[each].title())
        if each is Zone.UNKNOWN:
            yield from _unknown(refs, snapshot)
            continue
        yield from (line(_row(ref, snapshot)) for ref in refs[:most])
        if len(refs) > most:
            key = use.framework.key
            rest = f"zones {key} {each}" if zone is None else f"list {key}"
            yield Text(marked(f"{len(refs) - most} more: `{rest}`"))
    if zone is None and not found[Zone.RED] and not found[Zone.YELLOW]:
        yield line(
            "Nothing is red or yellow." if found[Zone.GREEN] else "Nothing can be placed in a zone yet."
        )


def _row(ref: KpiRef, snapshot: Snapshot) -> str:
    """Mark, value, percent of target, trend, and what else decides its zone."""
    standing = snapshot.of(ref)
    parts = [valued(standing)]
    if standing.target is not None:
        goal = goal_words(standing.target.goal, ref.kpi)
        share = standing.percent_of_target
        parts.append(f"{_share(share, ref)} of {goal}" if share is not None else goal)
    parts.append(_moved(ref, snapshot))
    if standing.met is False and standing.zone is Zone.GREEN:
        parts.append("not met")
    return f"{MARKS[standing.zone].partition(' ')[0]} {' · '.join(parts)}{late(standing)}"


def _moved(ref: KpiRef, snapshot: Snapshot) -> str:
    """The trend, and that it or a critical issue keeps from green what its percent would make green."""
    found = snapshot.of(ref)
    trend = found.trend
    if trend.change is None:
        moved = f"no {trend.days}-day trend"
    else:
        moved = f"flat in {trend.days} days" if trend.trend is Trend.FLAT else trend_words(ref, snapshot)
    held_back = found.zone_reason.partition(", but ")[2]
    if not held_back:
        return moved
    is_by_trend = held_back == f"the trend is {trend.trend}"
    return f"{moved}, so not green" if is_by_trend else f"{moved} · not green: {held_back}"


def _share(percent: float, ref: KpiRef) -> str:
    """A percent that is never rounded onto the limit of a zone: 69.99% is red and no 70%."""
    rules = ref.use.framework.zones
    limits = {100.0} | {end for rule in rules for end in (rule.at_least, rule.below) if end is not None}
    return words.percent(percent, limit=min(limits, key=lambda limit: abs(limit - percent)))


def _unknown(refs: Sequence[KpiRef], snapshot: Snapshot) -> Iterator[Block]:
    """Without a number, and those that have one and still no zone: each with why."""
    missing = tuple(ref for ref in refs if snapshot.of(ref).value is None)
    for ref in refs:
        if ref not in missing:
            standing = snapshot.of(ref)
            yield line(f"○ {valued(standing)} · {standing.zone_reason}{late(standing)}")
    if missing:
        yield line(missing_line(missing, snapshot))


def _small_print(uses: Sequence[Use], refs: Sequence[KpiRef], snapshot: Snapshot) -> str:
    """The limits, once for each framework, in its own numbers."""
    limits = "; ".join(
        f"{use.framework.key.capitalize()}: "
        + ", ".join(_limit(rule.zone, rule.at_least, rule.below) for rule in use.framework.zones)
        for use in uses
    )
    said = "percent of the target in force, actual / target or, where lower is better, target / actual"
    return f"{limits} ({said}). A flat or worse trend turns green into yellow. {small_print(refs, snapshot)}"


def _limit(zone: str, at_least: float | None, below: float | None) -> str:
    if at_least is None:
        return f"{zone} below {below:g}%" if below is not None else f"{zone} in words"
    return f"{zone} from {at_least:g}%"


def _actions(uses: Sequence[Use], zone: Zone | None, then: str) -> Actions:
    key = uses[0].framework.key
    ask = f"zones {key} {zone or ''}".strip() if len(uses) == 1 else f"zones {zone or ''}".strip()
    others = [Action(MARKS[one], f"zones {key} {one}{then}") for one in WORST_FIRST if one is not zone]
    return Actions((*others[:4], Action("Share", f"{ask}{then}", share=True)))


def _data(use: Use, found: _ByZone, snapshot: Snapshot) -> dict[str, object]:
    kpis = [
        {
            "kpi": ref.kpi.key,
            "zone": zone.value,
            "reason": snapshot.of(ref).zone_reason,
            "percent_of_target": snapshot.of(ref).percent_of_target,
            "met": snapshot.of(ref).met,
            "trend": snapshot.of(ref).trend.trend.value,
        }
        for zone in WORST_FIRST
        for ref in found[zone]
    ]
    counts = {zone.value: len(found[zone]) for zone in WORST_FIRST}
    return {"framework": use.framework.key, "counts": counts, "kpis": kpis}


COMMAND = Command(
    name="zones",
    summary="What is green, yellow or red by the framework's own limits.",
    example="zones red",
    args=ZonesArgs,
    run=run,
    aliases=("zone",),
    group=Group.FRAMEWORKS,
)
