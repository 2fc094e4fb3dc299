"""What became of a KPI over a stretch, in words: value, change, better or worse, and where it stands."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from bot.languages import said, said_of
from bot.reports import words
from bot.reports.digest_moves import Move
from bot.reports.figures import print_change, print_value
from bot.reports.periods import Stretch
from bot.reports.rows import late
from bot.reports.snapshot import Snapshot
from bot.reports.standing_words import against_target, spoken_unit, state_mark, value_words
from kpi.measure import parse
from kpi.movers import Breakdown, Mover, decompose_kpi, labels_of
from kpi.standing import Zone
from kpi.trend import Trend

MOST_MOVERS = 5
_WHOLE = 10
_TINY = 0.05
"""Percents below which a change is told by its size alone: "0%" would deny it."""
_TELLING = 0.3
"""From which share of a change its largest part is worth a name."""


def period_words(stretch: Stretch) -> str:
    """The stretch as a headline names it: "Week 16 to 22 Nov", "October 2026"."""
    if stretch.cadence == "weekly":
        return said("Week {days}", days=stretch.span)
    if stretch.cadence == "biweekly":
        return said("Sprint {days}", days=stretch.span)
    return stretch.title


def value_of(move: Move) -> str:
    """The value at the close, and a day of it where only that is compared."""
    value = value_words(move.standing)
    if move.per_day is None or move.after is None:
        return value
    return said(
        "{value}, {rate} per day", value=value, rate=print_value(move.after, spoken_unit(move.ref.kpi))
    )


def size_of(move: Move) -> str:
    """How large the change is, with its sign: "+180 (+21%)"; per day where days are compared."""
    change = _change(move)
    if move.per_day is not None:
        change = said("{change} per day", change=change)
    share = move.share
    if share is None or abs(share) < _TINY:
        return change
    return f"{change} ({_signed(share)})"


def _change(move: Move) -> str:
    """The change with its sign, as fine as the value beside it."""
    unit = spoken_unit(move.ref.kpi)
    beside = print_value(move.after or 0.0, unit)
    return print_change(words.as_fine_as(move.delta or 0.0, beside), unit)


def _signed(share: float) -> str:
    return f"{'+' if share > 0 else ''}{_rounded(share)}"


def _rounded(share: float) -> str:
    """A percentage of a change, in whole percents from ten on."""
    return words.percent(round(share) if abs(share) >= _WHOLE else share)


def change_of(move: Move, stretch: Stretch) -> str:
    """The change and whether it is good; or why none can be stated."""
    if move.standing.value is None:
        return ""
    if move.delta is not None:
        if not move.delta:
            return said("unchanged")
        judged = {Trend.BETTER: said("better"), Trend.WORSE: said("worse")}.get(move.way)
        return f"{size_of(move)}, {judged}" if judged else size_of(move)
    if move.unequal is not None:
        return said(
            "{days} days against {before}: not compared", days=move.unequal[0], before=move.unequal[1]
        )
    if move.is_other_weekday:
        return said("another day of the week: not compared")
    if move.after is None:
        return said("no reading for {day}", day=words.day(stretch.last, stretch.last))
    if move.is_first:
        return said("first reading")
    return said("no data for {day}", day=words.day(stretch.before, stretch.last))


def partial_of(move: Move) -> str:
    """How many days of the stretch were read, where some were not: "5 of 7 days"."""
    if move.days is None:
        return ""
    return said("{read} of {days} days", read=move.days[0], days=move.days[1])


def move_line(move: Move, stretch: Stretch, *, aside: str = "") -> str:
    """A KPI in one line: mark, name, value, change, then target, age, and what is missing."""
    standing = move.standing
    head = f"{state_mark(standing)} {move.title} {value_of(move)}"
    if change := change_of(move, stretch):
        head = f"{head}, {change}"
    turned = {True: said("newly met"), False: said("newly missed"), None: ""}[move.turned]
    parts = [head, aside, turned, against_target(standing), partial_of(move)]
    return " · ".join(part for part in parts if part) + late(standing)


def clause(move: Move) -> str:
    """A move as a clause of the finding: "Email Signups fell 18% (worse)"."""
    name, share, delta = move.title, move.share, move.delta or 0.0
    is_told = share is not None and abs(share) >= _TINY
    far = _rounded(abs(share or 0.0)) if is_told else _change(move).lstrip(f"+{words.MINUS}")
    if delta > 0:
        told = said("{name} rose {far}", name=name, far=far)
    else:
        told = said("{name} fell {far}", name=name, far=far)
    if move.way is Trend.WORSE and delta > 0:
        return said("{clause} (worse)", clause=told)
    if move.way is Trend.BETTER and delta < 0:
        return said("{clause} (better)", clause=told)
    return told


def targets_clause(found: Collection[Move], stretch: Stretch) -> str:
    """How many targets are met, and which were won or lost over the stretch; empty where there is none."""
    held = [one for one in found if one.held is not None]
    if not held:
        return ""
    met = sum(one.held is True for one in held)
    total = said_of(len(held), "{count} target", "{count} targets")
    won, lost = ([one for one in held if one.turned is turned] for turned in (True, False))
    if won or lost:
        return _turned_clause(won, lost, met, total)
    if all(one.delta is not None for one in held):
        return said("{met} of {targets} met, as {before}", met=met, targets=total, before=stretch.ago)
    return said("{met} of {targets} met", met=met, targets=total)


def _turned_clause(won: Sequence[Move], lost: Sequence[Move], met: int, total: str) -> str:
    """Which targets were won or lost; one alone by its name."""
    if won and lost:
        return said(
            "{won} of {targets} newly met, {lost} newly missed", won=len(won), lost=len(lost), targets=total
        )
    if len(won) > 1:
        return said("{won} of {targets} newly met", won=len(won), targets=total)
    if len(lost) > 1:
        return said("{lost} of {targets} newly missed", lost=len(lost), targets=total)
    name = (*won, *lost)[0].title
    if won:
        return said("{name} reached its target, {met} of {targets} met", name=name, met=met, targets=total)
    return said("{name} fell short of its target, {met} of {targets} met", name=name, met=met, targets=total)


def counts_line(found: Collection[Move], stretch: Stretch) -> str:
    """How many went which way: "Against the week before: 5 better · 2 worse · 30 unchanged"."""
    counts = " · ".join(_ways(found))
    return said("Against {before}: {counts}", before=stretch.ago, counts=counts) if counts else ""


def turns_line(found: Collection[Move]) -> str:
    """Which zones were entered: "5 turned ◆ at risk · 2 turned ● on track"; empty for none."""
    return " · ".join(_turns(found))


def _ways(found: Collection[Move]) -> Iterator[str]:
    known = [one for one in found if one.delta is not None]
    better, worse, moved, still = (
        sum(one.way is way and bool(one.delta) == is_moved for one in known)
        for way, is_moved in (
            (Trend.BETTER, True),
            (Trend.WORSE, True),
            (Trend.UNKNOWN, True),
            (Trend.FLAT, False),
        )
    )
    fresh = sum(one.delta is None and one.is_first and one.after is not None for one in found)
    lacking = len(found) - len(known) - fresh
    if better:
        yield said("{count} better", count=better)
    if worse:
        yield said("{count} worse", count=worse)
    if moved:
        yield said_of(moved, "{count} other change", "{count} other changes")
    if still:
        yield said("{count} unchanged", count=still)
    if fresh:
        yield said_of(fresh, "{count} first reading", "{count} first readings")
    if lacking:
        yield said("{count} not measured", count=lacking)


def _turns(found: Collection[Move]) -> Iterator[str]:
    zones = {
        zone: sum(one.zone_turned is zone for one in found) for zone in (Zone.RED, Zone.YELLOW, Zone.GREEN)
    }
    if count := zones[Zone.RED]:
        yield said("{count} turned ▲ off track", count=count)
    if count := zones[Zone.YELLOW]:
        yield said("{count} turned ◆ at risk", count=count)
    if count := zones[Zone.GREEN]:
        yield said("{count} turned ● on track", count=count)


def movers_of(move: Move, last: Snapshot, before: Snapshot, by: str = "") -> str:
    """Who moved it most, by a label or by the first that tells: "Hacker News +900, 75% of it"."""
    kpi = move.standing.kpi
    if not move.delta or kpi.measure is None:
        return ""
    for label in (by,) if by else labels_of(parse(kpi.measure), last.series):
        found = _parted(move, last, before, label)
        first = None if found is None or len(found.movers) < 2 else found.movers[0]
        if first is not None and (first.share_of_change or 0.0) >= _TELLING:
            return _mover_words(first, move)
    return ""


def mover_lines(move: Move, last: Snapshot, before: Snapshot, by: str) -> Iterator[str]:
    """Its parts by a label, the largest moves first."""
    found = _parted(move, last, before, by) if move.delta else None
    moved = [] if found is None else [one for one in found.movers if one.change]
    yield from (f"   {_mover_words(one, move)}" for one in moved[:MOST_MOVERS])
    if (more := len(moved) - MOST_MOVERS) > 0:
        yield said("   {count} more moved less", count=more)


def _parted(move: Move, last: Snapshot, before: Snapshot, by: str) -> Breakdown | None:
    """The change between the two closes by the values of a label; None of what is compared per day."""
    kpi, series = move.standing.kpi, last.series
    if kpi.measure is None or move.per_day is not None:
        return None
    ends = before.moment, last.moment
    return decompose_kpi(move.standing.framework, kpi, series=series, between=ends, by=by)


def _mover_words(one: Mover, move: Move) -> str:
    """ "Hacker News +900, 75% of it"; of one that moved more than the whole, or against it, only how far."""
    unit, share = spoken_unit(move.ref.kpi), one.share_of_change
    beside = print_value(one.after, unit)
    change = print_change(words.as_fine_as(one.change, beside), unit)
    if share is None or not 0 < share <= 1:
        return f"{one.label} {change}"
    return said("{name} {change}, {share} of it", name=one.label, change=change, share=_rounded(100 * share))
