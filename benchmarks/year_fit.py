"""The heights of a made-up year, worked out backwards from the targets of the frameworks.

Measures that read one series come first, sums next, quotients last: what an earlier KPI has settled stays,
and of a quotient its numerator is scaled before its denominator.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import numpy as np

from benchmarks.year_series import Days, Stem, Year, chance, stem
from bot.workspace import KpiRef, Workspace
from kpi import measure, reading
from kpi.aggregate import Query
from kpi.calendar import Moment
from kpi.expression import Arithmetic, Call, Node
from kpi.horizon import TargetInForce, target_in_force
from kpi.metric import Kind, Metric, labels
from kpi.quantity import Better, Op
from kpi.window import ALL

SPLIT: dict[str, tuple[tuple[dict[str, str], float], ...]] = {
    "aws.cost": (
        ({"service": "Amazon EC2"}, 0.52),
        ({"service": "Amazon RDS"}, 0.21),
        ({"service": "Amazon S3"}, 0.17),
        ({"service": "Amazon CloudFront"}, 0.1),
    ),
    "github.dependabot_alerts": (
        ({"severity": "critical"}, 0.05),
        ({"severity": "high"}, 0.2),
        ({"severity": "medium"}, 0.45),
        ({"severity": "low"}, 0.3),
    ),
    "github.dependabot_fix_time": (({"severity": "critical"}, 1.0), ({"severity": "high"}, 2.0)),
    "github.workflow_duration": (({"workflow": "tests.yml"}, 1.0), ({"workflow": "frontend.yml"}, 0.7)),
    "github.workflow_success_rate": (({"workflow": "tests.yml"}, 1.0), ({"workflow": "security.yml"}, 1.0)),
    "hubspot.deals_won": (({"tier": "Team"}, 0.7), ({"tier": "Enterprise"}, 0.3)),
    "hubspot.deals_lost": (({"tier": "Team"}, 0.65), ({"tier": "Enterprise"}, 0.35)),
    "hubspot.influenced_pipeline": (({"currency": "usd"}, 1.0),),
    "hubspot.won_value": (
        ({"tier": "Team", "currency": "usd"}, 0.4),
        ({"tier": "Enterprise", "currency": "usd"}, 0.6),
    ),
    "npm.downloads": (({"package": "@acme/client"}, 0.8), ({"package": "@acme/cli"}, 0.2)),
    "pypi.downloads": (({"package": "acme"}, 0.75), ({"package": "acme-langchain"}, 0.25)),
    "web.up": (({"url": "https://acme.dev"}, 1.0), ({"url": "https://api.acme.dev"}, 1.0)),
}
"""The series behind metrics that measures read whole: labels, and the share of each."""

FURTHER: dict[str, tuple[tuple[dict[str, str], float], ...]] = {
    "plausible.source_visits": (({"source": "google"}, 140.0), ({"source": "linkedin"}, 38.0)),
    "plausible.channel_visits": (({"channel": "Paid Search"}, 12.0), ({"channel": "Email"}, 9.0)),
    "stripe.product_mrr": (({"currency": "usd", "product": "Tier 1"}, 4200.0),),
    "hubspot.meetings": (({"outcome": "rescheduled"}, 0.3),),
}
"""Series that no measure names beside those that one does, with how much they bring."""

_CLOSE, _NEAR = 0.03, 0.25


def fitted(workspace: Workspace, days: Days, moment: Moment, *, counted_from: date) -> Year:
    """Every series that the measures of `workspace` read, near their targets at `moment`.

    What is summed over all time begins at `counted_from`.
    """
    year = Year({}, workspace.metrics)
    refs = sorted((ref for ref in workspace.kpis if ref.kpi.measure), key=_plainness)
    for ref in refs:
        for query in _queries(ref):
            _plant(year, query, days, is_falling=ref.kpi.better is Better.LOWER)
    totals = [query for ref in refs for query in _queries(ref) if _is_total(query)]
    begun = {one.name: one for query in totals for one in year.of(query.metric, query.filters)}
    for one in begun.values():
        if one.metric.kind is Kind.FLOW:
            one.begin(counted_from - _earlier(one.metric), workspace.zone)
    for ref in refs:
        _fit(year, ref, moment)
        for query in _queries(ref):
            year.fitted |= {(one.metric.name, one.labels) for one in year.of(query.metric, query.filters)}
    return year


def _earlier(metric: Metric) -> timedelta:
    """A slow flow reaches over the days before its first sample, so it begins a period earlier."""
    return metric.every if metric.every > timedelta(days=1) else timedelta(0)


def _queries(ref: KpiRef) -> tuple[Query, ...]:
    return measure.parse(ref.kpi.measure or "").queries


def _is_total(query: Query) -> bool:
    return query.window is not None and query.window.text == ALL


def _plainness(ref: KpiRef) -> tuple[bool, bool, int, bool]:
    """Targets before none, one series before sums, sums before quotients; a label's before the whole's."""
    up, down = _sides(measure.parse(ref.kpi.measure or "").root)
    return not ref.kpi.targets, bool(down), len(up), any(not query.filters for query in up)


def _sides(node: Node) -> tuple[list[Query], list[Query]]:
    """What raises the value of a measure as it grows, and what lowers it."""
    if isinstance(node, Call):
        return [node.query], []
    if not isinstance(node, Arithmetic):
        return [], []
    (up, down), (more, less) = _sides(node.left), _sides(node.right)
    if node.sign in "/-":
        more, less = less, more
    return [*up, *more], [*down, *less]


def _plant(year: Year, query: Query, days: Days, *, is_falling: bool) -> None:
    """The series that `query` reads, where nobody has planted them."""
    metric = year.metrics[query.metric]
    parts: Iterable[tuple[dict[str, str], float]] = [(dict(query.filters), 1.0)]
    if not query.filters:
        if year.of(query.metric, ()):
            return
        parts = SPLIT.get(query.metric, [({}, 1.0)])
    is_counted = query.function == "count"
    for pairs, share in parts:
        if (query.metric, labels(pairs)) not in year.stems:
            one = _planted(year, metric, pairs, days, is_falling=is_falling, is_counted=is_counted)
            one.height *= share
    for pairs, height in FURTHER.get(query.metric, ()):
        if (query.metric, labels(pairs)) not in year.stems:
            _planted(year, metric, pairs, days, is_falling=is_falling, is_counted=False).height = height


def _planted(
    year: Year, metric: Metric, pairs: dict[str, str], days: Days, *, is_falling: bool, is_counted: bool
) -> Stem:
    found = stem(metric, labels(pairs), days, is_falling=is_falling, is_counted=is_counted)
    year.stems[metric.name, found.labels] = found
    return found


def _fit(year: Year, ref: KpiRef, moment: Moment) -> None:
    """Scale what is not yet settled until the KPI reads what is wanted of it."""
    target = target_in_force(ref.kpi, ref.use.framework, ref.use.plan, moment.today)
    if target is None or not target.is_numeric or target.goal.value is None:
        return
    wanted = aim(ref, target)
    _mark_whole(year, ref)
    up, down = (list(_free(year, side)) for side in _sides(measure.parse(ref.kpi.measure or "").root))
    scaled, sign = (up, 1) if up else (down, -1)
    if not scaled:
        return
    heights = [(one.height, one.events) for one in scaled]
    for _ in range(3):
        value = _value(year, ref, moment)
        if value and (value * wanted > 0 or _may_turn(scaled)) and abs(value / wanted - 1) > _CLOSE:
            _scale(scaled, (wanted / value) ** sign)
    value = _value(year, ref, moment)
    if value is None or abs(value - wanted) > _CLOSE * abs(wanted):
        _put_back(scaled, heights)
        _search(year, ref, moment, scaled=scaled, wanted=wanted)


def _mark_whole(year: Year, ref: KpiRef) -> None:
    """Platforms and people come whole, also where a query's metric cannot know what it counts."""
    root = measure.parse(ref.kpi.measure or "").root
    if isinstance(root, Call) and root.query.function == "last" and ref.kpi.unit.kind == "count":
        for one in year.of(root.query.metric, root.query.filters):
            one.is_whole = bool(ref.kpi.unit.name) and not ref.kpi.unit.is_rate


def _free(year: Year, queries: Iterable[Query]) -> Iterator[Stem]:
    seen = set()
    for query in queries:
        for one in year.of(query.metric, query.filters):
            key = (one.metric.name, one.labels)
            if key not in year.fitted and key not in seen:
                seen.add(key)
                yield one


def _scale(stems: Iterable[Stem], factor: float) -> None:
    for one in stems:
        if one.events is not None:
            one.events = max(1, min(len(one.at), round(one.events * factor)))
            continue
        one.height *= factor
        if one.cap is not None:
            one.height = min(one.height, one.cap)


def _search(year: Year, ref: KpiRef, moment: Moment, *, scaled: list[Stem], wanted: float) -> None:
    """The best of many factors, for measures that do not grow in proportion."""
    heights = [(one.height, one.events) for one in scaled]
    best, least = 1.0, math.inf
    for factor in np.geomspace(1e-4, 1e4, 241).tolist():
        _scale(scaled, factor)
        value = _value(year, ref, moment)
        if value is not None and abs(value - wanted) < least:
            best, least = factor, abs(value - wanted)
        _put_back(scaled, heights)
    if least <= _NEAR * abs(wanted) or not wanted:  # else others have settled it: stay as usual
        _scale(scaled, best)


def _may_turn(stems: list[Stem]) -> bool:
    """Whether it is a change, which may lie below zero."""
    return len(stems) == 1 and stems[0].metric.unit == "base" and stems[0].metric.kind is Kind.RATIO


def _put_back(stems: Iterable[Stem], heights: Iterable[tuple[float, int | None]]) -> None:
    for one, (height, events) in zip(stems, heights, strict=True):
        one.height, one.events = height, events


def _value(year: Year, ref: KpiRef, moment: Moment) -> float | None:
    series = year.over({query.metric for query in _queries(ref)})
    return reading.read(ref.use.framework.key, ref.kpi, series=series, moment=moment).value


def aim(ref: KpiRef, target: TargetInForce) -> float:
    """What the KPI should come out at: most at or above 90% of its target, some at risk, a few far off."""
    goal = target.goal
    value = goal.value or 0.0
    rng = chance("aim", ref.path)
    low, high = [(1.0, 1.15), (0.9, 0.99), (0.72, 0.89), (0.52, 0.69)][
        int(rng.choice(4, p=[0.5, 0.2, 0.2, 0.1]))
    ]
    share = float(rng.uniform(low, high))
    if goal.op is Op.BETWEEN and goal.high is not None and share >= 1:
        return (value + goal.high) / 2
    if ref.kpi.unit.name == "%" and value >= 90 and ref.kpi.better is not Better.LOWER:
        return min(100.0, 100 - (100 - value) / share**3 - (1 - share) * 4)
    if goal.op in (Op.AT_MOST, Op.BELOW):
        return value / share
    found = value * share
    return min(found, 99.5) if ref.kpi.unit.name == "%" and value <= 100 else found
