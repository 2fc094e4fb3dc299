"""The KPIs of a part of a report as cells: each at the close of the stretch, its change, its last days."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from bot.charts.scorecard import MOST_CELLS, ScorecardCell, ScorecardChart, describe
from bot.reply import Chart
from bot.reports.closes import WorkspaceAt
from bot.reports.digest_moves import Move, closed, moves
from bot.reports.digest_words import change_of, counts_line, size_of
from bot.reports.history import History, between
from bot.reports.periods import Stretch
from bot.reports.pictures.footing import mark_of, notice, source_words
from bot.reports.plans import Section
from bot.reports.rows import late, nothing
from bot.reports.snapshot import Snapshot
from bot.reports.standing_words import goal_words, value_words
from bot.windows import Window
from bot.workspace import KpiRef
from kpi.reading import needed
from kpi.trend import Trend

LEAST_DAYS, MOST_DAYS = 28, 92
"""How many days a line shows where its part of the report does not say."""

_DAY = timedelta(days=1)
_SIDES = {Trend.BETTER: "better", Trend.WORSE: "worse"}


def chart(
    section: Section, snapshot: Snapshot, stretch: Stretch, workspace_at: WorkspaceAt | None = None
) -> Chart | None:
    """Cells at the close of the stretch; None where nothing was measured."""
    refs = section.refs
    last = closed(snapshot, refs, stretch.last, workspace_at)
    if all(last.of(ref).value is None for ref in refs):
        return None
    found = moves(refs, last, closed(snapshot, refs, stretch.before, workspace_at), stretch)
    window = _window(section, snapshot, stretch)
    measured = [ref for ref in refs if last.of(ref).value is not None]
    drawn = ScorecardChart(
        title=section.rule.title,
        finding=counts_line(list(found.values()), stretch),
        cells=tuple(_cells(refs, found, snapshot, window, stretch)),
        ago=stretch.ago,
        span=Stretch(stretch.cadence, window.start, stretch.last).span,
        period=stretch.title,
        source=source_words(measured, last, snapshot.moment),
        notice=notice(measured, last),
    )
    return Chart(drawn.title, describe(drawn), drawn, "scorecard.png")


def _cells(
    refs: Sequence[KpiRef], found: Mapping[str, Move], snapshot: Snapshot, window: Window, stretch: Stretch
) -> Iterator[ScorecardCell]:
    """In the order of the part; of too many first those that moved most, and the others without lines."""

    def weight(ref: KpiRef) -> tuple[bool, tuple[float, ...]]:
        move = found[ref.path]
        return move.delta is not None, (move.standing.value is not None, *move.weight)

    by_weight = sorted(refs, key=weight, reverse=True)
    kept = {ref.path for ref in by_weight[:MOST_CELLS]}
    for ref in sorted(refs, key=lambda ref: ref.path not in kept):
        past = between(ref, snapshot, window) if ref.path in kept else None
        yield _cell(found[ref.path], past, snapshot, stretch)


def _cell(move: Move, past: History | None, snapshot: Snapshot, stretch: Stretch) -> ScorecardCell:
    standing = move.standing
    target, is_known = standing.target, standing.value is not None
    days = past.days if past is not None and any(value is not None for _, value in past.days) else ()
    today = (past.today,) if days and past is not None and past.today else ()
    return ScorecardCell(
        name=standing.kpi.name,
        mark=mark_of(standing),
        value=value_words(standing) if is_known else nothing(standing),
        is_known=is_known,
        target="" if target is None or not target.is_numeric else goal_words(target.goal, standing.kpi),
        change=size_of(move) if move.delta else change_of(move, stretch),
        side=_SIDES.get(move.way, ""),
        points=(*days, *today),
        open_since=snapshot.moment.midnight if today else None,
        late=late(standing).removeprefix(" · "),
    )


def _window(section: Section, snapshot: Snapshot, stretch: Stretch) -> Window:
    """The days of the lines: up to the stretch's last, and the open one behind it where that is today."""
    days = section.rule.days or min(MOST_DAYS, max(LEAST_DAYS, stretch.days))
    wanted = [stretch.last - timedelta(days=back) for back in range(days - 1, -1, -1)]
    start = max((_first_read(ref, snapshot, wanted) for ref in section.refs), default=wanted[0])
    is_open = stretch.last == snapshot.moment.today - _DAY
    return Window(start, snapshot.moment.today if is_open else stretch.last, "", is_open)


def _first_read(ref: KpiRef, snapshot: Snapshot, days: Sequence[date]) -> date:
    """The first of the days for which all was read that it needs: what was not read is no gap."""

    def is_read(day: date) -> bool:
        return _covers(
            snapshot, needed(ref.use.framework.key, ref.kpi, snapshot.moment.close_of(day)).items()
        )

    return days[min(bisect_left(days, True, key=is_read), len(days) - 1)]


def _covers(snapshot: Snapshot, wanted: Iterable[tuple[str, datetime]]) -> bool:
    return all(metric in snapshot.since and snapshot.since[metric] <= since for metric, since in wanted)
