"""One reading of storage behind a whole answer: words, numbers and charts agree by construction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.workspace import KpiRef, Use, Workspace
from kpi.calendar import Moment
from kpi.measure import Reading
from kpi.metric import EPOCH, Metric, SeriesSet
from kpi.reading import measures_of, merged, read
from kpi.standing import SourceFault, Standing, StandingContext, needs, standing
from storage import Session, runs, samples


@dataclass(frozen=True)
class Snapshot:
    """Standings of some KPIs at one moment, with the series they came from."""

    moment: Moment
    workspace: Workspace
    series: SeriesSet
    standings: Mapping[str, Standing]  # by KpiRef.path
    faults: Mapping[str, SourceFault]  # by metric
    filled_in: frozenset[str] = frozenset()  # metrics whose history was recorded after `moment.as_of`

    def of(self, ref: KpiRef) -> Standing:
        return self.standings[ref.path]

    def read(self, ref: KpiRef, moment: Moment) -> Reading:
        """What the KPI read at another moment."""
        return read(ref.use.framework.key, ref.kpi, series=self.series, moment=moment)

    def context(self, use: Use) -> StandingContext:
        """What judging a KPI of `use` needs."""
        return StandingContext(use.framework, use.plan, self.moment, self.series, self.faults)


def load(
    session: Session, workspace: Workspace, moment: Moment, refs: Sequence[KpiRef], *, history_days: int = 0
) -> Snapshot:
    """Read what `refs` need, in a number of statements that does not grow with them, and judge them."""
    empty = Snapshot(moment, workspace, SeriesSet(), {}, {})
    since: dict[str, datetime] = {}
    for ref in refs:
        since = merged(since, needs(ref.kpi, empty.context(ref.use)))
        if history_days:
            oldest = moment.close_of(moment.today - timedelta(days=history_days))
            for measure in measures_of(ref.use.framework.key, ref.kpi):
                since = merged(since, measure.since(oldest))
    series, filled_in = _read(session, since, moment, workspace.metrics)
    faults = source_faults(session, workspace)
    found = Snapshot(moment, workspace, series, {}, faults, filled_in)
    contexts = {use.framework.key: found.context(use) for use in workspace.uses}
    standings = {ref.path: standing(ref.kpi, contexts[ref.use.framework.key]) for ref in refs}
    return Snapshot(moment, workspace, series, standings, faults, filled_in)


def source_faults(session: Session, workspace: Workspace) -> Mapping[str, SourceFault]:
    """What keeps a metric from being fresh, by metric: the fault of its source's last run."""
    by_name = {source.name: source for source in workspace.sources}
    return {
        metric: SourceFault(name, fault.kind, fault.message, fault.hint, fault.since or EPOCH)
        for name, fault in runs.faults(session)
        if (source := by_name.get(name)) is not None
        for metric in (fault.metrics or source.metrics)
    }


def _read(
    session: Session, since: Mapping[str, datetime], moment: Moment, metrics: Mapping[str, Metric]
) -> tuple[SeriesSet, frozenset[str]]:
    """What was known at the moment. A series that nobody had begun to record by then is read as it was
    filled in later: a back-filled history answers for its past, a restated value does not change it."""
    known = samples.read(session, since, until=moment.now, as_of=moment.as_of)
    missing: dict[str, datetime] = {}
    if moment.as_of is not None:
        missing = {metric: start for metric, start in since.items() if metric not in known.by_metric}
    later = samples.read(session, missing, until=moment.now) if missing else SeriesSet()
    return SeriesSet((*known.series, *later.series), metrics), frozenset(later.by_metric)
