"""Rates of cohorts by when the cohorts began: each rate is counted over the starts of its row alone.

A KPI reads such a rate over 30 days of starts. Here the same measure is read over the days of one row, at
the close at which the last of them had all of its time; before that close the cell stays empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.charts.cohort import MOST_COLUMNS, CohortCell, CohortChart, CohortColumn, CohortRow, describe
from bot.languages import month, said, said_of
from bot.reply import Chart
from bot.reports.digest_moves import closed
from bot.reports.figures import print_change, print_goal, print_value
from bot.reports.periods import Stretch
from bot.reports.pictures.footing import notice, source_words
from bot.reports.pictures.funnel import refs_of
from bot.reports.plans import Section
from bot.reports.snapshot import Snapshot
from bot.workspace import KpiRef
from kpi.calendar import add_months
from kpi.cohort import lag_days
from kpi.expression import Arithmetic, Call, MeasureFault, Node
from kpi.measure import parse
from kpi.reading import is_entered, needed
from kpi.unit import PERCENT
from kpi.window import ALL, read_window

WEEKS, MONTHS = 10, 12
MOST_WEEKS = 26
"""Where a part asks for more days than these weeks have, its rows are months."""
LEAST_AGE = 7
"""Days: what is younger is no cohort that ripens, its vendor only tells a day that late."""
_COUNTS = frozenset({"sum", "mean", "count"})
_LONG = frozenset({"quarterly", "yearly"})
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Starts:
    """The days on which the cohort of a row began, both included."""

    first: date
    last: date
    name: str


def chart(section: Section, snapshot: Snapshot, stretch: Stretch) -> Chart | None:
    """One column a cohort rate of the part, youngest age first; None with fewer than two rates to compare."""
    refs = _columns(section, snapshot)
    starts = list(_starts(section, stretch))
    rows = _without_silence([_row(one, refs, snapshot, stretch) for one in starts])
    known = [cell for row in rows for cell in row.cells if cell.is_known]
    if not refs or len(known) < 2:
        return None
    last = closed(snapshot, refs, stretch.last)
    drawn = CohortChart(
        title=_title(section, refs),
        finding=_finding(refs, rows),
        columns=tuple(_column(ref, last) for ref in refs),
        rows=tuple(rows),
        period=said("began {days}", days=_span(starts[-len(rows) :])),
        source=source_words(refs, last, snapshot.moment),
        notice=notice(refs, snapshot),
    )
    return Chart(drawn.title, describe(drawn), drawn, "cohorts.png")


def _columns(section: Section, snapshot: Snapshot) -> list[KpiRef]:
    """The KPIs of the part and of its funnels that are cohort rates which can be counted row by row."""
    refs = [*section.refs]
    refs += [ref for one in section.funnels for ref in refs_of(section.use, one, snapshot)]
    found = {
        ref.path: ref
        for ref in refs
        if lag_days(ref.kpi) >= LEAST_AGE and ref.kpi.unit == PERCENT and over_days(ref.kpi.measure, 7)
    }
    return sorted(found.values(), key=lambda ref: lag_days(ref.kpi))[:MOST_COLUMNS]


def over_days(measure: str | None, days: int) -> str:
    """The measure with every window of it as long as `days`; empty where that would be another question."""
    if measure is None:
        return ""
    asked = parse(measure)
    for query in asked.queries:
        if query.function not in _COUNTS or query.window is None or query.window.text == ALL:
            return ""
    node = _over(asked.root, f"{days}d")
    try:
        return str(node) if parse(str(node)).root == node else ""
    except MeasureFault:  # a label that cannot be written out again
        return ""


def _over(node: Node, window: str) -> Node:
    if isinstance(node, Call):
        return Call(replace(node.query, window=read_window(window)))
    if isinstance(node, Arithmetic):
        return replace(node, left=_over(node.left, window), right=_over(node.right, window))
    return node


def _starts(section: Section, stretch: Stretch) -> Iterator[_Starts]:
    """The rows, oldest first: weeks up to the end of the stretch, or whole months for long reports."""
    asked = section.rule.days
    if (asked or 0) > 7 * MOST_WEEKS or (asked is None and stretch.cadence in _LONG):
        count = MONTHS if asked is None else max(2, round(asked / 30.4))
        end = add_months((stretch.last + _DAY).replace(day=1), 0)
        for back in range(count, 0, -1):
            first, after = add_months(end, -back), add_months(end, 1 - back)
            yield _Starts(first, after - _DAY, f"{month(first, short=True)} {first.year}")
        return
    count = WEEKS if asked is None else max(2, asked // 7)
    for back in range(count - 1, -1, -1):
        last = stretch.last - timedelta(days=7 * back)
        week = Stretch("weekly", last - timedelta(days=6), last)
        yield _Starts(week.first, week.last, week.span)


def _span(starts: Sequence[_Starts]) -> str:
    return Stretch("weekly", starts[0].first, starts[-1].last).span


def _row(starts: _Starts, refs: Sequence[KpiRef], snapshot: Snapshot, stretch: Stretch) -> CohortRow:
    return CohortRow(starts.name, tuple(_cell(starts, ref, snapshot, stretch) for ref in refs))


def _cell(starts: _Starts, ref: KpiRef, snapshot: Snapshot, stretch: Stretch) -> CohortCell:
    """The rate of those who began in these days, read when the last of them had all of their time."""
    ripe_on = starts.last + timedelta(days=lag_days(ref.kpi))
    if ripe_on > stretch.last:
        return CohortCell(None, is_ripe=False)
    text = over_days(ref.kpi.measure, (starts.last - starts.first).days + 1)
    own = KpiRef(ref.use, replace(ref.kpi, measure=text, history=None))
    close = snapshot.moment.close_of(ripe_on)
    wanted = needed(ref.use.framework.key, own.kpi, close)
    metrics = parse(text).metrics
    if any(name not in snapshot.since or wanted[name] < snapshot.since[name] for name in metrics):
        return CohortCell(None)  # not all of its days were read
    reading = snapshot.read(own, close)
    if reading.value is None or is_entered(own.kpi, reading):
        return CohortCell(None)
    return CohortCell(reading.value, print_value(reading.value, PERCENT))


def _without_silence(rows: list[CohortRow]) -> list[CohortRow]:
    """The rows from the first one on in which anything was measured."""
    first = next((at for at, row in enumerate(rows) if any(cell.is_known for cell in row.cells)), len(rows))
    return rows[first:]


def _column(ref: KpiRef, last: Snapshot) -> CohortColumn:
    target = last.of(ref).target
    goal = target.goal if target is not None and target.is_numeric else None
    age = said_of(lag_days(ref.kpi), "after {count} day", "after {count} days")
    stated = "" if goal is None else print_goal(replace(goal, qualifier=""), PERCENT)
    return CohortColumn(ref.kpi.name, age, stated)


def _title(section: Section, refs: Sequence[KpiRef]) -> str:
    return refs[0].kpi.name if len(refs) == 1 else section.rule.title


def _finding(refs: Sequence[KpiRef], rows: Sequence[CohortRow]) -> str:
    """The newest rate of the first column that has one, against the row before it that has one."""
    for place, ref in enumerate(refs):
        known = [(row.name, row.cells[place]) for row in rows if row.cells[place].is_known]
        if not known:
            continue
        name, newest = known[-1]
        found = said("{kpi} {rate} of those who began {when}", kpi=ref.kpi.name, rate=newest.label, when=name)
        if len(known) < 2 or newest.value is None or (was := known[-2][1].value) is None:
            return found
        change = print_change(newest.value - was, PERCENT)
        return said("{finding}, {change} against {before}", finding=found, change=change, before=known[-2][0])
    return ""
