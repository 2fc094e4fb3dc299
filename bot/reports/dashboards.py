"""What a dashboard shows: the KPIs behind each of its items, and a line for each in the item's own view."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.languages import said
from bot.reports import words
from bot.reports.figures import print_change, print_value
from bot.reports.history import CHANGE_DAYS, changes
from bot.reports.rows import late, row, shown_kpis, valued
from bot.reports.shares import share_row
from bot.reports.snapshot import Snapshot
from bot.reports.standing_words import (
    against_target,
    change_line,
    goal_words,
    spoken_unit,
    state_mark,
    value_words,
)
from bot.workspace import KpiRef, Use, Workspace, normal
from kpi.aggregate import Query
from kpi.calendar import Moment, day_of
from kpi.expression import Call
from kpi.framework_rules import Dashboard, DashboardItem, Funnel
from kpi.funnel import kpis_of
from kpi.measure import Measure, parse
from kpi.metric import Kind
from kpi.scoring import met
from kpi.trend import Trend
from kpi.unit import BARE
from kpi.window import Window

ONE_DAY = Window("1d", 1)


@dataclass(frozen=True, slots=True)
class Part:
    """One item of a dashboard, with the KPIs that it is read as."""

    item: DashboardItem
    refs: tuple[KpiRef, ...]
    hidden: tuple[str, ...]  # keys of KPIs that this reader is not shown
    funnels: tuple[Funnel, ...] = ()
    mapping: tuple[str, ...] = ()  # how the words of the item are read, where they name no KPI


def parts_of(use: Use, dashboard: Dashboard, workspace: Workspace) -> tuple[Part, ...]:
    """The items with their KPIs, for this reader: what is only about the unheard of is not there."""
    parts = (_part(use, item, workspace) for item in dashboard.items)
    return tuple(part for part in parts if part.refs or part.hidden or not any(_keys(use, part.item)))


def _part(use: Use, item: DashboardItem, workspace: Workspace) -> Part:
    refs, hidden = shown_kpis(use, _keys(use, item), workspace)
    keys = {ref.kpi.key for ref in refs}
    funnels: tuple[Funnel, ...] = ()
    if item.view == "funnel":
        funnels = tuple(one for one in use.framework.funnels if keys & set(kpis_of(one)))
        refs, hidden = shown_kpis(use, (key for one in funnels for key in kpis_of(one)), workspace)
    mapping = (*_mappings(item, refs), *_mappings_within(use, item, workspace)) if refs else ()
    return Part(item, refs, hidden, funnels, mapping)


def _keys(use: Use, item: DashboardItem) -> Iterator[str]:
    framework = use.framework
    if item.everything:
        yield from framework.by_key
    yield from item.kpis
    for section in item.sections:
        yield from (kpi.key for kpi in framework.within(section))
    for one in framework.dashboards:
        if one.key in item.dashboards:
            for other in one.items:
                yield from _keys(use, other.model_copy(update={"dashboards": ()}))


def _mappings_within(use: Use, item: DashboardItem, workspace: Workspace) -> Iterator[str]:
    """How the items of the dashboards behind an item are read."""
    for one in use.framework.dashboards:
        if one.key in item.dashboards:
            for other in one.items:
                yield from _part(use, other.model_copy(update={"dashboards": ()}), workspace).mapping


def _mappings(item: DashboardItem, refs: Sequence[KpiRef]) -> Iterator[str]:
    """What a reader must be told because the item's own words name no KPI, no section and no dashboard."""
    if item.note:
        yield item.note
        return
    wanted = normal(item.text.partition("(")[0])
    sections = [normal(section.rpartition(" > ")[2]) for section in item.sections]
    names = {normal(name) for ref in refs for name in (ref.kpi.name, *ref.kpi.aliases)}
    is_named = len(refs) == 1 and wanted in names
    if item.dashboards or item.everything or wanted in sections or is_named:
        return
    read_as = ", ".join(item.sections) or words.listing(tuple(ref.kpi.name for ref in refs), 4)
    yield said("“{words}” is read as {kpis}.", words=item.text, kpis=read_as)


def history_days(parts: Iterable[Part]) -> int:
    """How many days of history the views need."""
    return CHANGE_DAYS if any(part.item.view == "delta" for part in parts) else 0


def kpis_in(parts: Iterable[Part]) -> tuple[KpiRef, ...]:
    """Every KPI of the parts, each once."""
    return tuple({ref.path: ref for part in parts for ref in part.refs}.values())


def item_row(part: Part, ref: KpiRef, snapshot: Snapshot) -> str:
    """One KPI as the item's view wants it. Without a number every view says the same."""
    standing = snapshot.of(ref)
    if standing.value is None:
        return share_row(ref, snapshot)
    match part.item.view:
        case "delta":
            told = change_line(standing, changes(ref, snapshot), snapshot.moment)
            change = told.rstrip(".") or said("no change can be stated")
            return f"{state_mark(standing)} {valued(standing)} · {change}{late(standing)}"
        case "today":
            return _today_row(ref, snapshot)
        case "trend":
            return f"{state_mark(standing)} {valued(standing)} · {trend_words(ref, snapshot)}{late(standing)}"
        case _:
            return share_row(ref, snapshot)


def trend_words(ref: KpiRef, snapshot: Snapshot) -> str:
    """The last seven closed days against the seven before: "+56 in 7 days, better"."""
    trend = snapshot.of(ref).trend
    if trend.change is None:
        return said("no 7-day trend: a week has no reading")
    if trend.trend is Trend.FLAT:
        return said("the same as {days} days before", days=trend.days)
    told = said("{change} in {days} days", change=print_change(trend.change, ref.kpi.unit), days=trend.days)
    if trend.trend is Trend.UNKNOWN:
        return told
    return (
        said("{change}, better", change=told)
        if trend.trend is Trend.BETTER
        else said("{change}, worse", change=told)
    )


def _yesterday(moment: Moment) -> str:
    """The last closed day; an answer about the past names its date."""
    day = words.day(moment.today - timedelta(days=1), moment.today)
    return said(" yesterday") if moment.as_of is None else said(" on {day}", day=day)


def _today_row(ref: KpiRef, snapshot: Snapshot) -> str:
    """What a sum of a flow counted today and yesterday; of anything else the value and when it was read."""
    standing, moment = snapshot.of(ref), snapshot.moment
    flow = _flow(ref, snapshot)
    if flow is None:
        return f"{row(ref, snapshot)} · {_read_at(ref, snapshot)}"
    measure = Measure(ref.kpi.measure or "", Call(flow), (flow,))
    today = measure.evaluate(snapshot.series, moment.close_of(moment.today)).value
    yesterday = measure.evaluate(snapshot.series, moment).value
    last, is_now = _yesterday(moment), moment.as_of is None
    day = said("today") if is_now else words.day(moment.today, moment.today)
    value = "" if today is None else print_value(today, spoken_unit(ref.kpi))
    counts = [
        said("{day} not read yet", day=day)
        if today is None
        else said("{value} {day} so far", value=value, day=day),
        said("no reading{day}", day=last) if yesterday is None else f"{print_value(yesterday, BARE)}{last}",
    ]
    whole = f"{value_words(standing)} {_window_words(ref)}"
    told = against_target(standing)
    parts = [", ".join(counts), f"{whole}{f', {told}' if told else ''}"]
    return f"{state_mark(standing)} {ref.kpi.name}: {' · '.join(parts)}{late(standing)}"


def _flow(ref: KpiRef, snapshot: Snapshot) -> Query | None:
    """One day of the flow that the KPI sums up."""
    root = None if ref.kpi.measure is None else parse(ref.kpi.measure).root
    if not isinstance(root, Call) or root.query.function != "sum" or snapshot.of(ref).reading.reason:
        return None
    known = snapshot.series.metrics.get(root.query.metric)
    is_flow = known is None or known.kind is Kind.FLOW
    return replace(root.query, window=ONE_DAY) if is_flow else None


def _window_words(ref: KpiRef) -> str:
    query = next(iter(parse(ref.kpi.measure or "").queries))
    return "" if query.window is None else words.within(query.window)


def _read_at(ref: KpiRef, snapshot: Snapshot) -> str:
    at, moment = snapshot.of(ref).reading.at, snapshot.moment
    if at is None:
        return said("read at an unknown time")
    if moment.as_of is not None:
        return said("read {when}", when=words.day(day_of(at, moment.zone), moment.day))
    clock = words.clock(at, moment.zone, moment.day)
    if day_of(at, moment.zone) == moment.day:
        return said("today {clock}", clock=clock)
    return said("read {when}", when=clock)


def has_columns(part: Part) -> bool:
    """Whether the targets of several horizons stand side by side."""
    return part.item.view == "target" and any(len(ref.kpi.targets) > 1 for ref in part.refs)


def target_columns(part: Part, refs: Sequence[KpiRef]) -> tuple[str, ...]:
    """The horizons that the KPIs have targets at, in the framework's order."""
    horizons = refs[0].use.framework.horizons if refs else {}
    return tuple(key for key in horizons if any(key in ref.kpi.targets for ref in part.refs))


def target_cells(ref: KpiRef, horizons: Sequence[str], snapshot: Snapshot) -> tuple[str, ...]:
    """The value now and the target at each horizon, marked where that value meets it."""
    standing = snapshot.of(ref)
    now = said("no number yet") if standing.value is None else f"{value_words(standing)}{late(standing)}"
    cells = []
    for key in horizons:
        target = ref.kpi.targets.get(key)
        if target is None:
            cells.append("")
            continue
        is_met = target.is_applicable and met(target.goal, standing.value, ref.kpi.better)
        cells.append(f"{'✓ ' if is_met else ''}{goal_words(target.goal, ref.kpi)}")
    return (ref.kpi.name, now, *cells)
