"""The KPIs of a part of a report against their targets, the one furthest from its target first."""

from __future__ import annotations

from collections.abc import Sequence

from bot.charts.bullet import BulletBand, BulletChart, BulletRow, describe
from bot.languages import said, said_of
from bot.reply import Chart
from bot.reports.closes import WorkspaceAt
from bot.reports.digest_moves import closed
from bot.reports.periods import Stretch
from bot.reports.pictures.footing import mark_of, notice, source_words
from bot.reports.plans import Section
from bot.reports.rows import nothing
from bot.reports.shares import is_planned_share
from bot.reports.snapshot import Snapshot
from bot.reports.standing_words import goal_words, share_words, value_words
from bot.workspace import KpiRef, Use
from kpi.calendar import STEADY
from kpi.standing import Standing

_MARKS = {"green": "●", "yellow": "◆", "red": "▲"}


def chart(
    section: Section, snapshot: Snapshot, stretch: Stretch, workspace_at: WorkspaceAt | None = None
) -> Chart | None:
    """Bars at the close of the stretch; None where no number can be held against a target."""
    refs = section.refs
    last = closed(snapshot, refs, stretch.last, workspace_at)
    judged = sorted((ref for ref in refs if _is_asked(last.of(ref))), key=lambda ref: _rank(last.of(ref)))
    standings = [last.of(ref) for ref in judged]
    if not any(_has_bar(one) for one in standings):
        return None
    shared = _shared_deadline(standings)
    drawn = BulletChart(
        title=section.rule.title,
        finding=_finding(standings),
        rows=tuple(_row(one, is_dated=not shared) for one in standings),
        bands=_bands(section.use),
        target_title=said("target by {horizon}", horizon=shared) if shared else "",
        period=stretch.title,
        source=source_words(judged, last, snapshot.moment),
        notice=notice(_measured(judged, last), last),
    )
    return Chart(drawn.title, describe(drawn), drawn, "bullet.png")


def _measured(refs: Sequence[KpiRef], last: Snapshot) -> list[KpiRef]:
    return [ref for ref in refs if last.of(ref).value is not None]


def _is_asked(standing: Standing) -> bool:
    """Whether there is something to meet: no planned share, no N/A, nothing that is still to be set."""
    target = standing.target
    return target is not None and (target.is_numeric or target.is_in_words) and not is_planned_share(standing)


def _has_bar(standing: Standing) -> bool:
    """Whether a bar says how far it is; one better than any multiple of its target is full."""
    target = standing.target
    return (
        standing.value is not None and target is not None and target.is_numeric and standing.met is not None
    )


def _rank(standing: Standing) -> tuple[bool, bool, float]:
    """The furthest from its target first; then what is met; what has no bar comes last."""
    share = standing.percent_of_target
    return not _has_bar(standing), standing.met is True, float("inf") if share is None else share


def _shared_deadline(standings: Sequence[Standing]) -> str:
    """The horizon by which every target is due, where it is one and the same."""
    titles = {_horizon(one) for one in standings}
    return titles.pop() if len(titles) == 1 else ""


def _horizon(standing: Standing) -> str:
    target = standing.target
    return "" if target is None or target.horizon == STEADY else target.title


def _row(standing: Standing, *, is_dated: bool) -> BulletRow:
    target, share = standing.target, standing.percent_of_target
    assert target is not None  # a row has one
    goal = goal_words(target.goal, standing.kpi)
    when = _horizon(standing) if is_dated else ""
    has_bar = _has_bar(standing)
    return BulletRow(
        name=standing.kpi.name,
        mark=mark_of(standing),
        value="" if standing.value is None else value_words(standing),
        target=f"“{goal}”" if target.is_in_words else goal,
        due=said("by {horizon}", horizon=when) if when else "",
        percent=share if has_bar else None,
        percent_label="" if share is None or not has_bar else share_words(standing, share),
        is_met=standing.met,
        note="" if has_bar else _note(standing),
    )


def _note(standing: Standing) -> str:
    """Why there is no bar."""
    if standing.target is not None and standing.target.is_in_words and standing.judgement is None:
        return said("waits for a judgement")
    return nothing(standing)


def _bands(use: Use) -> tuple[BulletBand, ...]:
    """The zones as the framework draws them, from the lowest percent up."""
    stated = (one for one in use.framework.zones if one.at_least is not None or one.below is not None)
    found = (BulletBand(_MARKS[one.zone], one.at_least or 0.0, one.below) for one in stated)
    return tuple(sorted(found, key=lambda band: band.low))


def _finding(standings: Sequence[Standing]) -> str:
    """How many targets are met, which one is furthest off, and of how many nobody knows."""
    met = sum(one.met is True for one in standings)
    judged = sum(one.met is not None for one in standings)
    total = said_of(judged, "{count} target", "{count} targets")
    parts = [said("{met} of {targets} met", met=met, targets=total)]
    first = standings[0]
    if first.met is False and first.percent_of_target is not None:
        far = share_words(first, first.percent_of_target)
        parts.append(said("furthest off: {name}, {percent} of target", name=first.kpi.name, percent=far))
    if lacking := len(standings) - judged:
        parts.append(said("{count} not measured or judged", count=lacking))
    return "; ".join(parts)
