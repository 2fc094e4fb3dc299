"""Where every figure of a standing comes from: its inputs, who read or entered them and when, and its target.

Everything is read from storage as the answer itself was, so a figure of the past is explained by what was
known then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.reports.formula import Formula, formula
from bot.reports.snapshot import Snapshot
from bot.workspace import KpiRef, Source, Workspace
from kpi.aggregate import Query
from kpi.calendar import Moment
from kpi.cohort import ripe
from kpi.measure import parse
from kpi.metric import Labels, Series, from_micros, to_micros
from kpi.reading import entry_metric, is_entered, measures_of
from kpi.retarget import written_text
from kpi.standing import Standing
from storage import Session, entries, revisions, runs, samples
from storage.entries import Entry
from storage.revisions import Kind, Revision
from storage.runs import Run

MOST_INPUTS = 6
"""Series whose newest sample is looked up with its revisions; further ones are counted."""

MOST_ENTRIES = 3
_MOST_ENTERED_METRICS = 3
_ENTRIES_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Input:
    """One series that the figure was computed from: its samples that count, and the newest of them."""

    metric: str
    labels: Labels
    count: int
    first: datetime
    last: datetime
    value: float
    settled: bool
    recorded_at: datetime
    earlier: tuple[float, ...] = ()  # what the newest instant was said to be before, oldest first


@dataclass(frozen=True, slots=True)
class Pulled:
    """A source behind the figure, and its last run that had ended by then."""

    source: Source
    run: Run | None


@dataclass(frozen=True, slots=True)
class TargetOrigin:
    """Who set the target in force: a change by hand, or the framework's file."""

    change: Revision | None
    before: str = ""  # what the target was before the change
    framework_since: datetime | None = None  # since when the framework's file reads as it does


@dataclass(frozen=True, slots=True)
class Provenance:
    """All there is to say of one standing's origin."""

    standing: Standing
    formula: Formula | None  # None: entered by hand, there is nothing to compute
    inputs: tuple[Input, ...]
    more_inputs: int
    pulled: tuple[Pulled, ...]
    unclaimed: tuple[str, ...]  # metrics that no source of the workspace measures
    entries: tuple[Entry, ...]
    target: TargetOrigin


def provenance(session: Session, ref: KpiRef, snapshot: Snapshot, *, known_by: datetime | None) -> Provenance:
    """The origin of the standing of `ref`. `known_by`: what was recorded later does not count."""
    found = snapshot.of(ref)
    is_by_hand = is_entered(ref.kpi, found.reading)
    metrics = sorted(_metrics(ref, is_by_hand=is_by_hand))
    used = tuple(_used(ref, snapshot, is_by_hand=is_by_hand))
    sources = dict.fromkeys(
        one for name in metrics if (one := snapshot.workspace.source_of(name)) is not None
    )
    unclaimed = tuple(name for name in metrics if snapshot.workspace.source_of(name) is None)
    # A history filled in later answers for a past that nobody had recorded yet.
    limit = None if snapshot.filled_in & set(metrics) else known_by
    return Provenance(
        standing=found,
        formula=_formula(ref, snapshot),
        inputs=tuple(_recorded(session, one, limit) for one in used[:MOST_INPUTS]),
        more_inputs=max(0, len(used) - MOST_INPUTS),
        pulled=tuple(_pulled(session, sources, snapshot.moment)),
        unclaimed=unclaimed,
        entries=tuple(_entries(session, unclaimed, snapshot.moment, limit)),
        target=_target_origin(session, ref, found, snapshot.moment.now),
    )


def _metrics(ref: KpiRef, *, is_by_hand: bool) -> frozenset[str]:
    measures = tuple(measures_of(ref.use.framework.key, ref.kpi))
    return (measures[-1] if is_by_hand else measures[0]).metrics


def _formula(ref: KpiRef, snapshot: Snapshot) -> Formula | None:
    """The measure, also where an entry stands in for it: why it has no number is part of the story."""
    if ref.kpi.measure is None:
        return None
    return formula(ref.kpi.measure, snapshot.series, ripe(ref.kpi, snapshot.moment))


@dataclass(frozen=True, slots=True)
class _Used:
    """The samples of one series that count, as a range of its columns."""

    series: Series
    start: int
    end: int


def _used(ref: KpiRef, snapshot: Snapshot, *, is_by_hand: bool) -> Iterator[_Used]:
    moment = snapshot.moment
    if is_by_hand:
        for one in snapshot.series.of(entry_metric(ref.use.framework.key, ref.kpi)):
            yield from _cut(one, None, moment)
        return
    ranges: dict[tuple[str, Labels], _Used] = {}
    for query in parse(ref.kpi.measure or "").queries:
        for one in snapshot.series.of(query.metric, query.filters):
            for found in _cut(one, query, ripe(ref.kpi, moment)):
                held = ranges.get((one.metric, one.labels), found)
                ranges[one.metric, one.labels] = _Used(
                    one, min(held.start, found.start), max(held.end, found.end)
                )
    yield from ranges.values()


def _cut(one: Series, query: Query | None, moment: Moment) -> Iterator[_Used]:
    """The samples of `one` that the query looks at: those of its window, or the newest one."""
    end = int(one.at.searchsorted(to_micros(moment.now), "right"))
    start = end - 1
    if query is not None and query.window is not None and end > 0:
        days = query.window.days(moment, int(one.at[0]))
        is_change = query.function in ("change", "rate")
        edges = (days.before() if query.function == "change" and days.count else days).edges
        end = int(one.at.searchsorted(int(days.edges[-1])))
        start = int(one.at.searchsorted(int(edges[0]))) - is_change  # a level's change begins before its days
    if end > max(start, 0):
        yield _Used(one, max(start, 0), end)


def _recorded(session: Session, used: _Used, limit: datetime | None) -> Input:
    one, last = used.series, used.end - 1
    at = from_micros(int(one.at[last]))
    every = samples.revisions(session, one.metric, one.labels, at)
    known = [found for found in every if limit is None or found.recorded_at <= limit] or every
    return Input(
        metric=one.metric,
        labels=one.labels,
        count=used.end - used.start,
        first=from_micros(int(one.at[used.start])),
        last=at,
        value=float(one.value[last]),
        settled=bool(one.settled[last]),
        recorded_at=known[-1].recorded_at if known else at,
        earlier=tuple(dict.fromkeys(found.value for found in known[:-1] if found.value != one.value[last])),
    )


def _pulled(session: Session, sources: Iterable[Source], moment: Moment) -> Iterator[Pulled]:
    """Runs are kept without their past: one that ended after `moment` says nothing of it."""
    newest = runs.last_by_source(session)
    for source in sources:
        run = newest.get(source.name)
        is_later = run is not None and (run.finished_at is None or run.finished_at > moment.now)
        yield Pulled(source, None if is_later else run)


def _entries(
    session: Session, metrics: Sequence[str], moment: Moment, limit: datetime | None
) -> Iterator[Entry]:
    for metric in metrics[:_MOST_ENTERED_METRICS]:
        found = (
            one
            for one in entries.recent(session, metric=metric, limit=_ENTRIES_LOOKED_AT)
            if one.at <= moment.now and (limit is None or one.recorded_at <= limit)
        )
        yield from sorted(found, key=lambda one: one.at, reverse=True)[:MOST_ENTRIES]


def target_subject(ref: KpiRef, horizon: str) -> str:
    """The subject of a target's revisions and acts."""
    return f"{ref.path}@{horizon}"


def _target_origin(session: Session, ref: KpiRef, found: Standing, at: datetime) -> TargetOrigin:
    kept = [one for one in revisions.read(session) if one.recorded_at <= at]
    files = [one for one in kept if (one.kind, one.subject) == (Kind.FRAMEWORK, ref.use.framework.key)]
    since = files[-1].recorded_at if files else None
    if found.target is None:
        return TargetOrigin(None, framework_since=since)
    horizon = found.target.horizon
    subject, file = target_subject(ref, horizon), ref.use.file or ref.use.framework
    own = file.by_key.get(ref.kpi.key)
    written = "" if own is None else written_text(own, horizon)
    holding = [
        one for one in kept if (one.kind, one.subject, one.replaced) == (Kind.TARGET, subject, written)
    ]
    if not holding or holding[-1].text != found.target.goal.text:
        return TargetOrigin(None, framework_since=since)
    before = holding[-2].text if len(holding) > 1 else written
    return TargetOrigin(holding[-1], before, since)


def author_name(author: str, workspace: Workspace) -> str:
    """Who is behind `slack:U0123`, by the name the workspace gives them; else the id itself."""
    surface, _, user = author.partition(":")
    person = workspace.person(surface, user)
    if person is not None:
        return person.name
    if surface == "file":
        return f"the file {user}"
    if not user:
        return author
    # Whom kpi.yaml does not know by name is still told apart by the id.
    return f"{user} in {'the terminal' if surface == 'terminal' else surface.capitalize()}"
