"""The planned and the actual shares of a whole, as a part of a report names them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.charts.mix import MixChart, MixRow, describe
from bot.languages import said
from bot.reply import Chart
from bot.reports.closes import WorkspaceAt
from bot.reports.digest_moves import closed
from bot.reports.figures import print_change, print_goal, print_value
from bot.reports.periods import Stretch
from bot.reports.pictures.footing import notice, source_words
from bot.reports.plans import Section
from bot.reports.rows import hidden_words, nothing, shown_kpis
from bot.reports.shares import is_planned_share, points_off
from bot.reports.snapshot import Snapshot
from bot.reports.standing_words import value_words
from kpi.framework_rules import Attribution
from kpi.scoring import exact
from kpi.standing import Standing
from kpi.unit import PERCENT


def chart(
    section: Section, snapshot: Snapshot, stretch: Stretch, workspace_at: WorkspaceAt | None = None
) -> Chart | None:
    """The first planned mix of the part that was measured at the close of the stretch.

    None where the part states none, where its shares were not read, and where none was measured.
    """
    mixes = (one for one in section.attribution if one.kind == "mix")
    for one in mixes:
        drawn = _mix(one, section, snapshot, stretch, workspace_at)
        if drawn is not None:
            return Chart(drawn.title, describe(drawn), drawn, "mix.png")
    return None


def _mix(
    rule: Attribution,
    section: Section,
    snapshot: Snapshot,
    stretch: Stretch,
    workspace_at: WorkspaceAt | None,
) -> MixChart | None:
    refs, hidden = shown_kpis(section.use, rule.kpis, snapshot.workspace)
    if any(ref.path not in snapshot.standings for ref in refs):
        return None
    last = closed(snapshot, refs, stretch.last, workspace_at)
    planned = [ref for ref in refs if is_planned_share(last.of(ref))]
    measured = [ref for ref in planned if last.of(ref).value is not None]
    if not measured:
        return None
    standings = [last.of(ref) for ref in planned]
    notes = (_together(standings, is_whole=not hidden), hidden_words(len(hidden)))
    return MixChart(
        title=rule.title,
        finding=_finding(standings),
        rows=tuple(_row(one) for one in standings),
        note=" ".join(one for one in notes if one),
        period=stretch.title,
        source=source_words(measured, last, snapshot.moment),
        notice=notice(measured, last),
    )


def _row(standing: Standing) -> MixRow:
    target, off = standing.target, points_off(standing)
    assert target is not None  # a planned share has one
    planned = print_goal(replace(target.goal, qualifier=""), standing.kpi.unit).removeprefix("= ")
    difference = said("as planned") if off == 0 else "" if off is None else _points(standing, off)
    is_known = standing.value is not None
    return MixRow(
        name=standing.kpi.name,
        planned=target.goal.value,
        actual=standing.value,
        planned_label=planned,
        actual_label=value_words(standing) if is_known else nothing(standing),
        difference=difference,
    )


def _points(standing: Standing, off: float) -> str:
    return print_change(off, standing.kpi.unit)


def _finding(standings: Sequence[Standing]) -> str:
    """The share that is furthest from its plan, and how many are measured."""
    off = [(points, one) for one in standings if (points := points_off(one)) is not None]
    points, furthest = max(off, key=lambda one: abs(one[0]))
    if not points:
        told = said("the mix is as planned")
    else:
        name, far = furthest.kpi.name, _points(furthest, points)
        told = said("furthest from its plan: {name}, {points}", name=name, points=far)
    counted = said("{measured} of {total} measured", measured=len(off), total=len(standings))
    return f"{counted}; {told}"


def _together(standings: Sequence[Standing], *, is_whole: bool) -> str:
    """What the measured shares add up to, where that is not all of it."""
    values = [one.value for one in standings]
    total = sum(exact(value) for value in values if value is not None)
    missing = sum(value is None for value in values)
    if total == 100 or not is_whole:
        return ""
    share = print_value(float(total), PERCENT, against=100.0)
    if missing:
        return said("Together {share}, {count} not measured.", share=share, count=missing)
    return said("Together {share}: the shares do not make a whole.", share=share)
