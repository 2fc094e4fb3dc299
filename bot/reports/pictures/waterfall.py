"""What the change of one KPI over a stretch is made of: its largest movers, and the rest as one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from bot.charts.waterfall import WaterfallChart, WaterfallStep, describe
from bot.languages import day, said, said_of
from bot.reply import Chart
from bot.reports import words
from bot.reports.digest_moves import closed
from bot.reports.figures import print_change, print_value
from bot.reports.history import closing, value_before
from bot.reports.periods import Stretch
from bot.reports.pictures.footing import notice, source_words
from bot.reports.plans import Section
from bot.reports.snapshot import Snapshot
from bot.windows import Window
from bot.workspace import KpiRef
from kpi.measure import parse
from kpi.movers import Breakdown, Mover, decompose_kpi, labels_of
from kpi.unit import BARE, Unit

MOST_STEPS = 7
"""How many bars stand between both values, the rest among them."""


def chart(section: Section, snapshot: Snapshot, stretch: Stretch) -> Chart | None:
    """The first KPI of the part that changed and can be told apart, by the label that the part names.

    Without one, by the first label of its metrics. None where no KPI can be told apart.
    """
    for ref in section.refs:
        found = breakdown(ref, snapshot, stretch, by=section.rule.by)
        if found is not None and len(found.movers) > 1 and found.movers[0].share_of_change is not None:
            drawn = _drawn(ref, found, snapshot, stretch)
            return Chart(drawn.title, describe(drawn), drawn, "waterfall.png")
    return None


def breakdown(ref: KpiRef, snapshot: Snapshot, stretch: Stretch, *, by: str = "") -> Breakdown | None:
    """Who moved a KPI between the close before the stretch and its own; None where one was not measured."""
    if ref.kpi.measure is None:
        return None
    ends = snapshot.moment.close_of(stretch.before), snapshot.moment.close_of(stretch.last)
    window = Window(stretch.first, stretch.last, "", is_open=False)
    if value_before(ref, snapshot, window) is None or closing(ref, snapshot, ends[1]) is None:
        return None
    for label in (by,) if by else labels_of(parse(ref.kpi.measure), snapshot.series):
        found = decompose_kpi(ref.use.framework.key, ref.kpi, series=snapshot.series, between=ends, by=label)
        if found is not None:
            return found
    return None


def _drawn(ref: KpiRef, found: Breakdown, snapshot: Snapshot, stretch: Stretch) -> WaterfallChart:
    unit = BARE if ref.kpi.unit.kind == "count" else ref.kpi.unit
    return WaterfallChart(
        title=said("{kpi} by {label}", kpi=ref.kpi.name, label=found.by),
        finding=_finding(found, unit, stretch),
        start=found.before,
        end=found.after,
        start_name=day(stretch.before),
        end_name=day(stretch.last),
        start_label=print_value(found.before, unit),
        end_label=print_value(found.after, unit),
        steps=tuple(_steps(found, unit)),
        change_label=print_change(found.change, unit),
        period=stretch.span,
        source=source_words([ref], closed(snapshot, [ref], stretch.last), snapshot.moment),
        notice=notice([ref], snapshot),
    )


def _finding(found: Breakdown, unit: Unit, stretch: Stretch) -> str:
    """The whole change, and who moved most in its direction."""
    change = print_change(found.change, unit)
    first = max(found.movers, key=lambda one: one.share_of_change or 0.0)
    share, part = first.share_of_change or 0.0, first.label or said("unnamed")
    moved = print_change(first.change, unit)
    since = said("{change} since {day}", change=change, day=day(stretch.before))
    if share > 1:
        return said("{since}: {part} alone {moved}", since=since, part=part, moved=moved)
    return said(
        "{since}: {part} {moved}, {share} of it", since=since, part=part, moved=moved, share=_percent(share)
    )


def _percent(share: float) -> str:
    """A share in whole percent, or finer where whole ones would say 0 or 100."""
    return words.percent(Fraction(share) * 100, beside=(0,))


def _steps(found: Breakdown, unit: Unit) -> Iterator[WaterfallStep]:
    """The largest movers, and as the others the exact remainder: together they are the change."""
    moved = [one for one in found.movers if one.change != 0]
    shown, rest = (
        (moved, []) if len(moved) <= MOST_STEPS else (moved[: MOST_STEPS - 1], moved[MOST_STEPS - 1 :])
    )
    steps = [_step(one, unit) for one in shown]
    if rest:
        steps.append(_rest(found, shown, rest, unit))
    else:  # what the parts lack of the change in the last digits of their numbers
        lacking = found.change - math.fsum(one.change for one in steps)
        steps[-1] = replace(steps[-1], change=steps[-1].change + lacking)
    yield from steps


def _step(one: Mover, unit: Unit) -> WaterfallStep:
    share = "" if one.share_of_change is None else _percent(one.share_of_change)
    name = one.label or said("unnamed")
    return WaterfallStep(name, one.change, print_change(one.change, unit), share)


def _rest(found: Breakdown, shown: Sequence[Mover], rest: Sequence[Mover], unit: Unit) -> WaterfallStep:
    remainder = found.change - math.fsum(one.change for one in shown)
    name = said_of(len(rest), "{count} other", "{count} others")
    share = _percent(remainder / found.change) if found.change else ""
    return WaterfallStep(name, remainder, print_change(remainder, unit), share, is_rest=True)
