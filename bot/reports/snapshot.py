"""One reading of storage behind a whole answer: words, numbers and charts agree by construction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import numpy as np

from bot.workspace import GateRef, KpiRef, Use, Workspace
from kpi.calendar import Moment
from kpi.gates import Verdict, verdict
from kpi.judgement import Judgement, Judgements
from kpi.measure import Reading
from kpi.metric import EPOCH, Metric, Series, SeriesSet, to_micros
from kpi.reading import age_of, read
from kpi.reading import needed as needed_by
from kpi.standing import SourceFault, Standing, StandingContext, needs, standing
from storage import Session, judgements, runs, samples
from storage.annotations import Annotation


@dataclass(frozen=True)
class Snapshot:
    """Standings of some KPIs at one moment, with the series they came from."""

    moment: Moment
    workspace: Workspace
    series: SeriesSet
    standings: Mapping[str, Standing]  # by KpiRef.path
    faults: Mapping[str, SourceFault]  # by metric
    filled_in: frozenset[str] = frozenset()  # metrics whose history was recorded after `moment.as_of`
    since: Mapping[str, datetime] = field(default_factory=dict)  # from when on each metric was read
    judged: Mapping[str, Sequence[Judgement]] = field(default_factory=dict)  # by framework, oldest first
    happened: Sequence[
        Annotation
    ] = ()  # what may matter to its KPIs, oldest first; only where it was asked for

    @property
    def learned_at(self) -> datetime:
        """When the last of the samples became known: what was recorded by then, and no more, was read."""
        return max((one.recorded_at or EPOCH for one in self.series), default=EPOCH)

    def of(self, ref: KpiRef) -> Standing:
        return self.standings[ref.path]

    def read(self, ref: KpiRef, moment: Moment) -> Reading:
        """What the KPI read at another moment."""
        return read(ref.use.framework.key, ref.kpi, series=self.series, moment=moment)

    def at_close(self, ref: KpiRef, day: date) -> Standing:
        """Where the KPI stood when `day` closed; its age is the one it has by now."""
        found = standing(ref.kpi, self.context(ref.use, self.moment.close_of(day)))
        return replace(found, age=age_of(ref.kpi, found.reading, self.moment))

    @property
    def judgements(self) -> Mapping[str, Judgements]:
        """What people have said by now, by framework."""
        return {key: _newest_by(found, self.moment.now) for key, found in self.judged.items()}

    def context(self, use: Use, moment: Moment | None = None) -> StandingContext:
        """What judging a KPI of `use` needs, at the snapshot's moment or an earlier one."""
        at = moment or self.moment
        said = _newest_by(self.judged.get(use.framework.key, ()), at.now)
        return StandingContext(use.framework, use.plan, at, self.series, self.faults, judgements=said)


def _newest_by(found: Iterable[Judgement], at: datetime) -> Judgements:
    return {(one.kpi, one.horizon): one for one in found if one.at <= at}


def load(  # noqa: PLR0913 - what is read, and the two limits of it
    session: Session,
    workspace: Workspace,
    moment: Moment,
    refs: Sequence[KpiRef],
    *,
    history_days: int = 0,
    also: Sequence[Moment] = (),
    known_by: datetime | None = None,
) -> Snapshot:
    """Read what `refs` need, in a number of statements that does not grow with them, and judge them.

    `also` are closes of days further back that are read by themselves, without the days between.
    Read again with the same `known_by`, the samples are the same whatever was recorded since.
    """
    needed = _needed(workspace, moment, refs, history_days)
    for close, ref in product(also, refs):
        needed.add_start(needed_by(ref.use.framework.key, ref.kpi, close), close.now)
    judged = _judged(session, refs, moment, known_by)
    series, filled_in = _read(session, needed, moment, workspace.metrics, known_by=known_by)
    faults = source_faults(session, workspace, moment.now)
    found = Snapshot(moment, workspace, series, {}, faults, filled_in, needed.since, judged)
    contexts = {use.framework.key: found.context(use) for use in workspace.uses}
    standings = {ref.path: standing(ref.kpi, contexts[ref.use.framework.key]) for ref in refs}
    return replace(found, standings=standings)


def _judged(
    session: Session, refs: Iterable[KpiRef], moment: Moment, known_by: datetime | None
) -> Mapping[str, Sequence[Judgement]]:
    """What people said of these KPIs: nothing is asked of storage where every target is a number."""
    keys = {
        ref.use.framework.key for ref in refs if any(not one.is_numeric for one in ref.kpi.targets.values())
    }
    return judgements.said(session, keys, until=moment.now, as_of=_limit(moment, known_by)) if keys else {}


def _limit(moment: Moment, known_by: datetime | None) -> datetime | None:
    """What was recorded later does not count."""
    return min((at for at in (moment.as_of, known_by) if at is not None), default=None)


def reaching_back(
    session: Session, snapshot: Snapshot, refs: KpiRef | Iterable[KpiRef], days: int
) -> Snapshot:
    """`snapshot` with the history of one or a few KPIs over more days; all that was read stays as it is.

    Only what lies before that is added: a sample recorded since tells the new part and the old one not apart.
    The number of statements does not grow with the KPIs.
    """
    needed = _Needed()
    oldest = snapshot.moment.close_of(snapshot.moment.today - timedelta(days=days))
    for ref in (refs,) if isinstance(refs, KpiRef) else refs:
        needed.add(needed_by(ref.use.framework.key, ref.kpi, oldest))
    found, _ = _read(session, needed, snapshot.moment, snapshot.series.metrics)
    known = {(one.metric, one.labels) for one in snapshot.series}
    earlier = [_until(one, snapshot.since[one.metric]) for one in found if (one.metric, one.labels) in known]
    return replace(snapshot, series=_joined(snapshot.series, earlier))


def _until(one: Series, end: datetime) -> Series:
    count = int(one.at.searchsorted(to_micros(end)))
    return replace(one, at=one.at[:count], value=one.value[:count], settled=one.settled[:count])


@dataclass(frozen=True, slots=True)
class _Needed:
    """Since when each metric is needed up to now, and for values further back, such as at a start."""

    since: dict[str, datetime] = field(default_factory=dict)
    apart: dict[datetime, dict[str, datetime]] = field(default_factory=dict)  # by until when

    def add(self, more: Mapping[str, datetime]) -> None:
        _keep_earliest(self.since, more)

    def add_start(self, more: Mapping[str, datetime], close: datetime) -> None:
        """What a Day 0 needs that closed long ago: the days between it and the present are not read."""
        _keep_earliest(self.apart.setdefault(close, {}), more)


def _keep_earliest(kept: dict[str, datetime], more: Mapping[str, datetime]) -> None:
    for metric, at in more.items():
        if metric not in kept or at < kept[metric]:
            kept[metric] = at


def _needed(workspace: Workspace, moment: Moment, refs: Sequence[KpiRef], history_days: int) -> _Needed:
    needed = _Needed()
    oldest = moment.close_of(moment.today - timedelta(days=history_days)) if history_days else None
    empty = Snapshot(moment, workspace, SeriesSet(), {}, {})
    contexts = {use.framework.key: _without_start(empty.context(use)) for use in workspace.uses}
    starts = {use.framework.key: _start_of(use, moment) for use in workspace.uses}
    for ref in refs:
        framework = ref.use.framework.key
        needed.add(needs(ref.kpi, contexts[framework]))
        start = starts[framework] if ref.kpi.baseline is None and ref.kpi.targets else None
        if oldest is not None:
            needed.add(needed_by(framework, ref.kpi, oldest))
        if start is not None:
            needed.add_start(needed_by(framework, ref.kpi, start), start.now)
    return needed


def _without_start(context: StandingContext) -> StandingContext:
    """What a standing needs beside its value at the start."""
    return replace(context, plan=replace(context.plan, start=None))


def _start_of(use: Use, moment: Moment) -> Moment | None:
    """The close of Day 0; None before it and on it, when now will do."""
    start = use.plan.start
    return moment.close_of(start) if start is not None and start < moment.day else None


def gate_verdict(ref: GateRef, snapshot: Snapshot) -> Verdict:
    """What a gate says by the standings of `snapshot`."""
    framework = ref.use.framework
    known = {kpi.key: snapshot.of(KpiRef(ref.use, kpi)) for kpi in ref.gate.kpis(framework)}
    return verdict(ref.gate, framework, snapshot.context(ref.use), known=known)


def source_faults(session: Session, workspace: Workspace, now: datetime) -> Mapping[str, SourceFault]:
    """What keeps a metric from being fresh, by metric: the fault of its source's last run.

    One that began after `now` says nothing of that moment.
    """
    by_name = {source.name: source for source in workspace.sources}
    return {
        metric: SourceFault(name, fault.kind, fault.message, fault.hint, fault.since or EPOCH)
        for name, fault in runs.faults(session)
        if (source := by_name.get(name)) is not None and (fault.since or EPOCH) <= now
        for metric in (fault.metrics or source.metrics)
    }


def _read(
    session: Session,
    needed: _Needed,
    moment: Moment,
    metrics: Mapping[str, Metric],
    *,
    known_by: datetime | None = None,
) -> tuple[SeriesSet, frozenset[str]]:
    """What was known at the moment. A series that nobody had begun to record by then is read as it was
    filled in later: a back-filled history answers for its past, a restated value does not change it.
    Where the question names both clocks, nothing is filled in."""
    known = _read_ranges(session, needed, moment, _limit(moment, known_by))
    missing = _Needed()
    if moment.as_of == moment.now and (known_by is None or moment.now < known_by):
        missing.since.update(_without(needed.since, known.by_metric))
        missing.apart.update((until, _without(one, known.by_metric)) for until, one in needed.apart.items())
    later = _read_ranges(session, missing, moment, known_by) if missing.since else SeriesSet()
    return SeriesSet((*known.series, *later.series), metrics), frozenset(later.by_metric)


def _read_ranges(session: Session, needed: _Needed, moment: Moment, as_of: datetime | None) -> SeriesSet:
    """The recent samples and, apart from them, those further back where the recent ones do not reach."""
    found = samples.read(session, needed.since, until=moment.now, as_of=as_of)
    for until, wanted in needed.apart.items():
        beyond = {
            metric: at
            for metric, at in wanted.items()
            if at < needed.since.get(metric, datetime.max.replace(tzinfo=UTC))
        }
        if beyond:
            found = _joined(found, samples.read(session, beyond, until=until, as_of=as_of))
    return found


def _without(wanted: Mapping[str, datetime], known: Collection[str]) -> dict[str, datetime]:
    return {metric: at for metric, at in wanted.items() if metric not in known}


def _joined(first: SeriesSet, other: Iterable[Series]) -> SeriesSet:
    """The samples of both; an instant that both hold is taken from `first`."""
    found = {(one.metric, one.labels): one for one in other}
    for one in first:
        more = found.get((one.metric, one.labels))
        found[one.metric, one.labels] = one if more is None else _merged(one, more)
    return SeriesSet(tuple(found.values()), first.metrics)


def _merged(one: Series, more: Series) -> Series:
    at = np.concatenate((one.at, more.at))
    _, kept = np.unique(at, return_index=True)
    value, settled = np.concatenate((one.value, more.value)), np.concatenate((one.settled, more.settled))
    learned_at = max((at for at in (one.recorded_at, more.recorded_at) if at is not None), default=None)
    return replace(one, at=at[kept], value=value[kept], settled=settled[kept], recorded_at=learned_at)
