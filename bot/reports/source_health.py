"""How a source is: when it was read and will be, what it feeds, what is left of its allowance, what is about
to be lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.languages import said_of, weekday
from bot.reports import wishes, words
from bot.workspace import KpiRef, Source, Workspace
from collectors import BY_KIND
from kpi import measure
from kpi.calendar import Moment, day_of
from storage import Session, backfills, runs, spending
from storage.backfills import Backfill
from storage.runs import Run
from storage.spending import Spent

SHOWN_KPIS = 4
WARNED_AHEAD = timedelta(days=5)
"""How long before a vendor forgets a day that it is said."""
_SHOWN_AHEAD = timedelta(days=2)
"""How far the count of lost days looks beyond the first."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Days of a source that the vendor is about to forget, unread."""

    days: int  # that are gone by `by`
    by: date
    first_gone: date  # the day on which the first of them goes


@dataclass(frozen=True, slots=True)
class Health:
    """One source, as one reading of storage shows it."""

    source: Source
    last: Run | None
    feeds: tuple[KpiRef, ...]
    lost: Lost | None = None
    backfill: Backfill | None = None
    spent: tuple[Spent, ...] = ()

    @property
    def is_read(self) -> bool:
        return self.last is not None and self.last.finished_at is not None

    @property
    def brought_nothing(self) -> bool:
        """Whether its last run failed as a whole."""
        written = self.last.written if self.last else None
        return bool(self.last and self.last.faults) and not (
            written and (written.new or written.unchanged or written.restated)
        )

    def next_at(self) -> datetime | None:
        if self.last is None:
            return None
        return self.last.started_at + timedelta(seconds=self.source.every_seconds)


def healths(session: Session, workspace: Workspace, moment: Moment) -> tuple[Health, ...]:
    """Every source; a number of statements that grows with the forgetting vendors alone."""
    last = runs.last_by_source(session)
    return tuple(
        Health(one, last.get(one.name), fed_by(one, workspace), _lost(session, one, moment))
        for one in workspace.sources
    )


def health(session: Session, workspace: Workspace, moment: Moment, source: Source) -> Health:
    """One source with all there is to say of it."""
    month = moment.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    booked = spending.since(session, month - timedelta(days=1))
    return Health(
        source,
        runs.last_by_source(session, source.name).get(source.name),
        fed_by(source, workspace),
        _lost(session, source, moment),
        backfills.of(session, source.name),
        tuple(one for one in booked if one.budget.partition(":")[0] == source.collector),
    )


def fed_by(source: Source, workspace: Workspace) -> tuple[KpiRef, ...]:
    """The KPIs that a source has all for that they read of its kind: of named queries, those it holds."""
    collector = BY_KIND.get(source.collector)
    if collector is None:  # the sample's own
        read = [ref for ref in workspace.kpis if ref.kpi.measure]
        own = set(source.metrics)
        return tuple(ref for ref in read if measure.parse(ref.kpi.measure or "").metrics & own)
    return tuple(ref for ref in workspace.kpis if wishes.feeds(ref, collector, source.names))


def _lost(session: Session, source: Source, moment: Moment) -> Lost | None:
    if source.forgets_after is None:
        return None
    metric = (source.forgotten or source.metrics)[0]
    read_at = runs.last_faultless(session, source.name, metric)
    return None if read_at is None else losing(read_at, source.forgets_after, moment)


def losing(read_at: datetime, keeps: timedelta, moment: Moment) -> Lost | None:
    """What a vendor forgets that `keeps` each day so long, where it was last read at `read_at`; None while
    there is time."""
    unread = day_of(read_at, moment.zone)  # it was still open then
    first_gone = unread + keeps + timedelta(days=1)
    today = moment.today
    if first_gone - today > WARNED_AHEAD:
        return None
    by = max(first_gone, today) + _SHOWN_AHEAD
    return Lost((by - first_gone).days + 1, by, first_gone)


def lost_words(one: Health, today: date) -> str:
    """ "3 days of github.views are lost by Fri 27 Nov: GitHub keeps 14." """
    if one.lost is None or one.source.forgets_after is None:
        return ""
    metric = (one.source.forgotten or one.source.metrics)[0]
    return said_of(
        one.lost.days,
        "{count} day of {metric} is lost by {when}: {source} keeps {kept}.",
        "{count} days of {metric} are lost by {when}: {source} keeps {kept}.",
        metric=metric,
        when=f"{weekday(one.lost.by, short=True)} {words.day(one.lost.by, today)}",
        source=one.source.title or one.source.name,
        kept=one.source.forgets_after.days,
    )


def forgetting(session: Session, workspace: Workspace, moment: Moment) -> tuple[str, ...]:
    """What is about to be lost for good, a sentence a source; most workspaces look nothing up for it."""
    found = (
        Health(one, None, (), _lost(session, one, moment))
        for one in workspace.sources
        if one.forgets_after is not None
    )
    return tuple(said for one in found if (said := lost_words(one, moment.today)))


def detail_lines(one: Health, moment: Moment) -> Iterator[str]:
    """What there is to say of a source beside its faults."""
    if one.feeds:
        names = words.listing(tuple(ref.kpi.name for ref in one.feeds), SHOWN_KPIS)
        yield f"Feeds {words.count(len(one.feeds), 'KPI')}: {names}."
    else:
        yield "Feeds no KPI in use."
    if one.last is not None and one.last.quota is not None:
        quota = one.last.quota
        of = f" of {quota.limit:,.0f}" if quota.limit else ""
        until = words.clock(quota.resets_at, moment.zone, moment.today) if quota.resets_at else ""
        yield f"{quota.left:,.0f}{of} requests left{f' until {until}' if until else ''}."
    for spent in one.spent:
        yield f"Spent {spent.amount:,.2f} since {words.day(spent.start.date(), moment.today)}."
    if said := lost_words(one, moment.today):
        yield said
    if one.backfill is not None and not one.backfill.is_done:
        reached = words.day(day_of(one.backfill.reached, moment.zone), moment.today)
        since = day_of(one.backfill.since, moment.zone)
        yield f"Its past is read up to {reached}: go on with `kpi collect {one.source.name} --since {since}`."


def data(one: Health) -> Mapping[str, object]:
    """The numbers behind the words."""
    finished = one.last.finished_at if one.last else None
    quota = one.last.quota if one.last else None
    following = one.next_at()
    return {
        "source": one.source.name,
        "collector": one.source.collector,
        "finished_at": finished.isoformat() if finished else None,
        "next_at": following.isoformat() if following else None,
        "feeds": [ref.path for ref in one.feeds],
        "quota": None if quota is None else {"left": quota.left, "limit": quota.limit},
        "lost_days": one.lost.days if one.lost else 0,
        "faults": [
            {"kind": fault.kind, "message": fault.message, "hint": fault.hint}
            for fault in (one.last.faults if one.last else ())
        ],
    }
