"""What alert rules look at beyond a snapshot: further history, texts, sources and landings."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from bot.alerting import RuleRef
from bot.reports.landings import landings_kept
from bot.reports.snapshot import Snapshot
from bot.workspace import KpiRef, Source, Workspace
from kpi.alert_names import looks_like_measure
from kpi.alert_rules import ANY, Condition
from kpi.calendar import Moment
from kpi.conditions import Chance, Sight, SourceState, Text
from kpi.conditions_anomaly import HISTORY_DAYS
from kpi.conditions_changes import WEEKS
from kpi.conditions_days import DAY, MOST_WAIT
from kpi.conditions_numbers import USUAL_DAYS
from kpi.conditions_sight import TEXT_DAYS
from kpi.duration import duration
from kpi.measure import parse
from kpi.metric import EPOCH, Series, SeriesSet
from kpi.reading import merged, needed
from kpi.standing import SourceFault, needs
from storage import Session, mentions, runs, samples
from storage.runs import Fault

LIVE_DAYS = 3
"""How many days a newest reading, which may be of minutes, is read back: since when it is as it is."""

_LONG = timedelta(days=20)
"""What reaches back further in the snapshot is not read twice."""

_BY_KPI = ("kpi", "percent_of_target", "zone", "no_data", "drop", "rise", "anomaly")


def sight(session: Session, snapshot: Snapshot, rules: Sequence[RuleRef]) -> Sight:
    """What `rules` look at at the snapshot's moment; a constant number of statements.

    `Sight.firing` is empty: whoever knows the items adds them with `with_firing`.
    """
    workspace, moment = snapshot.workspace, snapshot.moment
    series = _with_history(session, snapshot, _needed(rules, workspace, moment))
    contexts = {use.framework.key: replace(snapshot.context(use), series=series) for use in workspace.uses}
    conditions = [ref.rule.when for ref in rules if ref.rule.when is not None]
    return Sight(
        moment=moment,
        series=series,
        contexts=contexts,
        standings=snapshot.standings,
        sources=_sources(session, workspace, moment.now),
        texts=_texts(session, moment) if any(one.text for one in conditions) else (),
        chances=_chances(session, snapshot) if any(one.chance for one in conditions) else {},
        settles_after={
            metric: source.settles_after for source in workspace.sources for metric in source.metrics
        },
        score=_score,
        closed=workspace.calendar.closures,
    )


def _score(text: str) -> float:
    from bot.sentiment import score  # its word list is read when the first text is asked for

    return score(text)


def _needed(rules: Sequence[RuleRef], workspace: Workspace, moment: Moment) -> dict[str, datetime]:
    """Since when each metric is needed for these rules."""
    found: dict[str, datetime] = {}
    days_by_kpi: dict[str, int] = {}
    zoned: set[str] = set()
    for ref in rules:
        when = ref.rule.when
        if when is None:
            continue
        back = _days_back(ref, when)
        if (text := when.measure or when.own_measure) and looks_like_measure(text):
            found = merged(found, _of_measure(text, moment, back))
            continue
        for one in _kpis(ref, when, workspace):
            days_by_kpi[one.path] = max(back, days_by_kpi.get(one.path, 0))
            zoned.update([one.path] if when.zone else [])
    for one in workspace.kpis:
        if one.path in days_by_kpi:
            close = moment.close_of(moment.today - days_by_kpi[one.path] * DAY)
            found = merged(found, needed(one.use.framework.key, one.kpi, close))
    return merged(found, _of_zones(zoned, workspace, moment))


def _of_measure(text: str, moment: Moment, back: int) -> dict[str, datetime]:
    """What a measure reads at the close of a day so far back, and from there on."""
    measure, close = parse(text), moment.close_of(moment.today - back * DAY)
    return {metric: min(at, close.now) for metric, at in measure.since(close).items()}


def _of_zones(paths: set[str], workspace: Workspace, moment: Moment) -> dict[str, datetime]:
    """A zone hangs on the trend too, which looks further back; not on the value at the start."""
    found: dict[str, datetime] = {}
    if not paths:
        return found
    close = moment.close_of(moment.today - (MOST_WAIT + 1) * DAY)
    empty = Snapshot(close, workspace, SeriesSet(), {}, {})
    contexts = {
        use.framework.key: empty.context(replace(use, plan=replace(use.plan, start=None)))
        for use in workspace.uses
    }
    for one in workspace.kpis:
        if one.path in paths:
            found = merged(found, needs(one.kpi, contexts[one.use.framework.key]))
    return found


def _kpis(ref: RuleRef, when: Condition, workspace: Workspace) -> Iterator[KpiRef]:
    """The KPIs that a rule reads, beside what their standings read."""
    name = next((text for kind in _BY_KPI if (text := getattr(when, kind))), "")
    if not name:
        return
    for one in workspace.kpis:
        framework = one.use.framework.key
        if ref.framework not in ("", framework):
            continue
        if name == ANY or name == one.path or (name == one.kpi.key and ref.framework == framework):
            yield one


def _days_back(ref: RuleRef, when: Condition) -> int:
    """How many closed days back a rule may look, at the very most."""
    lasting = math.ceil(duration(ref.rule.lasting) / DAY) if ref.rule.lasting else 0
    days = MOST_WAIT + 2 * lasting
    if when.anomaly:
        return days + HISTORY_DAYS
    if when.drop or when.rise:
        text = when.drop or when.rise
        window = _longest_window(text) if looks_like_measure(text) else USUAL_DAYS
        return days + WEEKS.get(when.against, window)
    if when.measure and all(query.window is None for query in parse(when.measure).queries):
        return LIVE_DAYS + 2 * lasting
    if when.measure or (when.kpi and when.kpi != ANY):
        return days + USUAL_DAYS
    return days


def _longest_window(text: str) -> int:
    return max((query.window.count or 1 for query in parse(text).queries if query.window), default=1)


def _with_history(session: Session, snapshot: Snapshot, wanted: Mapping[str, datetime]) -> SeriesSet:
    """The snapshot's series with what lies before them. What was read already stays as it is."""
    known = snapshot.since
    missing = {name: at for name, at in wanted.items() if name not in known or at < known[name]}
    if not missing:
        return snapshot.series
    found = {(one.metric, one.labels): one for one in snapshot.series}
    for one in _read(session, missing, snapshot):
        own = found.get((one.metric, one.labels))
        found[one.metric, one.labels] = one if own is None else _joined(own, one)
    return SeriesSet(tuple(found.values()), snapshot.series.metrics)


def _read(session: Session, wanted: Mapping[str, datetime], snapshot: Snapshot) -> Iterator[Series]:
    """The samples from then on; of what was read for long stretches already only those before."""
    moment, known = snapshot.moment, snapshot.since
    recent = moment.now - _LONG
    long = {name: at for name, at in wanted.items() if known.get(name, moment.now) < recent}
    short = {name: at for name, at in wanted.items() if name not in long}
    if short:
        yield from samples.read(session, short, until=moment.now, as_of=moment.as_of)
    if long:
        until = max(known[name] for name in long)
        yield from samples.read(session, long, until=until, as_of=moment.as_of)


def _joined(one: Series, more: Series) -> Series:
    """The samples of both; an instant that both hold is taken from the first."""
    at = np.concatenate((one.at, more.at))
    _, kept = np.unique(at, return_index=True)
    value, settled = np.concatenate((one.value, more.value)), np.concatenate((one.settled, more.settled))
    return replace(one, at=at[kept], value=value[kept], settled=settled[kept])


def _sources(session: Session, workspace: Workspace, now: datetime) -> tuple[SourceState, ...]:
    """Each configured source with what its newest run could not read."""
    faults: dict[str, list[Fault]] = {}
    for name, fault in runs.faults(session):
        if (fault.since or EPOCH) <= now:
            faults.setdefault(name, []).append(fault)
    return tuple(_source(one, faults.get(one.name, ())) for one in workspace.sources)


def _source(one: Source, faults: Iterable[Fault]) -> SourceState:
    """Of several faults that of the whole source counts, else the oldest."""
    ordered = sorted(faults, key=lambda fault: (bool(fault.part), fault.since or EPOCH))
    failing = frozenset(metric for fault in ordered for metric in (fault.metrics or one.metrics))
    worst = ordered[0] if ordered else None
    return SourceState(
        one.name,
        one.title or one.name,
        timedelta(seconds=one.every_seconds),
        frozenset(one.metrics),
        None
        if worst is None
        else SourceFault(one.name, worst.kind, worst.message, worst.hint, worst.since or EPOCH),
        failing,
    )


def _texts(session: Session, moment: Moment) -> tuple[Text, ...]:
    """What was written in the last two weeks, as far as it was known by then."""
    found = mentions.since(session, moment.now - timedelta(days=TEXT_DAYS))
    return tuple(
        Text(
            id=str(one.id),
            kind=one.kind,
            at=one.at,
            text=one.text,
            source=one.source,
            url=one.url,
            topics=one.topics,
            site=one.site,
            reach=one.reach,
            sentiment=one.sentiment,
            known_at=one.recorded_at,
        )
        for one in found
        if one.is_news and one.recorded_at <= moment.now
    )


def _chances(session: Session, snapshot: Snapshot) -> dict[str, Chance]:
    """How likely KPIs are to meet their targets, as far as their landings are kept."""
    refs = [one for one in snapshot.workspace.kpis if one.path in snapshot.standings]
    return {
        path: Chance(
            percent=100 * one.chance,
            landing=one.value,
            target=_target(snapshot, path),
            deadline=one.deadline.isoformat(),
            at=snapshot.moment.now,
        )
        for path, one in landings_kept(session, refs, snapshot).items()
        if one.chance is not None
    }


def _target(snapshot: Snapshot, path: str) -> float | None:
    target = snapshot.standings[path].target
    return None if target is None else target.goal.value
