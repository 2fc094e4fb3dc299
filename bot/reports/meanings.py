"""What the numbers of an update mean: how each KPI is measured, and where its number comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.languages import said, said_of
from bot.reply import Block, Bold, Text, line, marked
from bot.reports.snapshot import Snapshot
from bot.reports.standing_words import source_name
from bot.workspace import KpiRef
from kpi.aggregate import Query
from kpi.expression import Call
from kpi.measure import parse
from kpi.window import ALL, Window

MOST = 20


def meanings(refs: Iterable[KpiRef], snapshot: Snapshot) -> Iterator[Block]:
    """A line for each KPI with a number, up to twenty; nothing where there is none."""
    once = {ref.path: ref for ref in refs}
    found = [ref for ref in once.values() if snapshot.of(ref).value is not None]
    if not found:
        return
    yield line(Bold(said("What the numbers mean")))
    for ref in found[:MOST]:
        yield Text((Bold(ref.kpi.name), *marked(f": {meaning(ref, snapshot)}")))
    if len(found) > MOST:
        more = len(found) - MOST
        yield Text(
            marked(said_of(more, "{count} more: ask `explain KPI`", "{count} more: ask `explain KPI`"))
        )


def meaning(ref: KpiRef, snapshot: Snapshot) -> str:
    """ "unique visitors of a day, added up in 30 days; from plausible"."""
    told, source = _measured(ref, snapshot), source_name(ref, snapshot)
    if not source or ref.kpi.measure is None:
        return told
    return said("{meaning}; from {source}", meaning=told, source=source)


def _measured(ref: KpiRef, snapshot: Snapshot) -> str:
    if ref.kpi.measure is None:
        return said("entered by hand")
    root = parse(ref.kpi.measure).root
    metric = snapshot.series.metrics.get(root.query.metric) if isinstance(root, Call) else None
    if not isinstance(root, Call) or metric is None or root.query.filters:
        return f"`{' '.join(ref.kpi.measure.split())}`"
    what = metric.description.partition(". ")[0].rstrip(".")
    return _summed(what, root.query)


def _summed(what: str, query: Query) -> str:
    """What is made of a metric's samples."""
    window = "" if query.window is None else _window(query.window)
    match query.function:
        case "last":
            return said("{what}, the newest reading", what=what)
        case "sum":
            return said("{what}, added up {window}", what=what, window=window)
        case "mean":
            return said("{what}, on average {window}", what=what, window=window)
        case "median":
            return said("{what}, the median {window}", what=what, window=window)
        case "change":
            return said("{what}, how it changed {window}", what=what, window=window)
    return _less_common(what, query.function, window)


def _less_common(what: str, function: str, window: str) -> str:
    match function:
        case "rate":
            return said("{what}, per day {window}", what=what, window=window)
        case "count":
            return said("{what}, how many {window}", what=what, window=window)
        case "p95":
            return said("{what}, what 95% stay below {window}", what=what, window=window)
        case "max":
            return said("{what}, the highest {window}", what=what, window=window)
    return said("{what}, the lowest {window}", what=what, window=window)


def _window(window: Window) -> str:
    if window.count is not None:
        return said_of(window.count, "over {count} day", "over {count} days")
    if window.text == ALL:
        return said("over all time")
    return said("this month") if window.text == "month" else said("this quarter")
