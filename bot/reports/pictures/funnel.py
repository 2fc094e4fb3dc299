"""The first funnel of a part of a report of which a rate is known, as it stood when the stretch closed."""

from __future__ import annotations

from dataclasses import replace

from bot.charts.funnel import FunnelBar, FunnelChart, describe
from bot.languages import day, said
from bot.reply import Chart
from bot.reports.closes import WorkspaceAt
from bot.reports.digest_moves import closed
from bot.reports.figures import print_goal, print_time, print_value
from bot.reports.funnels import headline, percent_words, standing_of
from bot.reports.periods import Stretch
from bot.reports.pictures.footing import notice, source_words
from bot.reports.plans import Section
from bot.reports.reasons import reason_words
from bot.reports.rows import nothing, period_words
from bot.reports.snapshot import Snapshot
from bot.workspace import KpiRef, Use
from kpi.framework_rules import Funnel
from kpi.funnel import FunnelStanding, Rate, StepStanding, kpis_of
from kpi.unit import PERCENT

_NEVER = "was never measured"


def chart(
    section: Section, snapshot: Snapshot, stretch: Stretch, workspace_at: WorkspaceAt | None = None
) -> Chart | None:
    """Its steps and rates at the close of the stretch; None where no rate of any funnel is known."""
    for funnel in section.funnels:
        refs = refs_of(section.use, funnel, snapshot)
        last = closed(snapshot, refs, stretch.last, workspace_at)
        found = standing_of(section.use, funnel, last)
        if found.rated:
            drawn = _drawn(found, last, refs, snapshot)
            return Chart(drawn.title, describe(drawn), drawn, "funnel.png")
    return None


def refs_of(use: Use, funnel: Funnel, snapshot: Snapshot) -> list[KpiRef]:
    """The KPIs of a funnel that were read: what was not may not be shown."""
    refs = (KpiRef(use, use.framework.by_key[key]) for key in kpis_of(funnel) if key in use.framework.by_key)
    return [ref for ref in refs if ref.path in snapshot.standings]


def _drawn(found: FunnelStanding, last: Snapshot, refs: list[KpiRef], now: Snapshot) -> FunnelChart:
    title = found.funnel.title
    return FunnelChart(
        title=title,
        finding=headline(found).removeprefix(f"{title}: "),
        bars=tuple(_bar(one, last) for one in found.steps),
        overall=_overall(found),
        period=said("up to {day}", day=day(last.moment.day)),
        source=source_words(refs, last, now.moment),
        notice=notice([ref for ref in refs if last.of(ref).value is not None], last),
    )


def _bar(one: StepStanding, last: Snapshot) -> FunnelBar:
    within = said("within {time}", time=print_time(one.step.within)) if one.step.within else ""
    counted = " · ".join(part for part in (_count_label(one, last), within) if part)
    is_counted = one.count is not None and one.count.value is not None
    if one.rate is None:
        return FunnelBar(one.step.name, counted, is_counted=is_counted)
    return replace(_rated(one.step.name, one.rate), count_label=counted, is_counted=is_counted)


def _count_label(one: StepStanding, last: Snapshot) -> str:
    """Who is in the step, with the days that were counted; nothing where no KPI counts it."""
    if one.count is None:
        return said("not shown here") if one.step.count else ""
    if one.count.value is None:
        return nothing(one.count)
    counted = print_value(one.count.value, one.count.kpi.unit)
    period = one.count.reading.period
    return counted if period is None else f"{counted}, {period_words(period, last.moment)}"


def _rated(name: str, rate: Rate) -> FunnelBar:
    """A rate against the stated one. Which series it lacks is for `why`: here it would hide the funnel."""
    goal = rate.target.goal if rate.target is not None and rate.target.is_applicable else None
    stated = "" if goal is None else goal.text
    if goal is not None and goal.value is not None:
        stated = print_goal(replace(goal, qualifier=""), PERCENT)
    reason = said("not measured yet") if _NEVER in rate.reason else reason_words(rate.reason)
    return FunnelBar(
        name,
        rate=rate.value,
        rate_label="" if rate.value is None else percent_words(rate),
        target=None if goal is None else goal.value,
        target_label=stated,
        met=rate.met,
        note="" if rate.value is not None else reason,
    )


def _overall(found: FunnelStanding) -> FunnelBar | None:
    """The whole way: as its own KPI measured it, else as the steps multiply."""
    if found.overall is not None and found.overall.value is not None:
        return _rated(said("Overall"), found.overall)
    if len(found.steps) > 2 and found.product.value is not None:
        return _rated(said("Overall, as the rates multiply"), found.product)
    return None if found.overall is None else _rated(said("Overall"), found.overall)
