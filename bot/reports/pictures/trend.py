"""The way of one KPI over the days up to a report's last, as a picture."""

from __future__ import annotations

from bot.charts.trend import describe
from bot.reply import Chart
from bot.reports.closes import WorkspaceAt
from bot.reports.digest_moves import closed
from bot.reports.history import DEFAULT_DAYS, history
from bot.reports.landings import reckoned, target_of
from bot.reports.periods import Stretch
from bot.reports.picture import trend_chart
from bot.reports.pictures.reach import days_read, needs_of
from bot.reports.plans import Section
from bot.reports.snapshot import Snapshot
from kpi.calendar import Moment
from kpi.landing import Landing

LEAST = 2
"""Fewer measured days make no line."""


def days_needed(section: Section, moment: Moment, stretch: Stretch) -> int:
    """How many closed days have to be read for the whole picture."""
    return (moment.today - stretch.last).days - 1 + (section.rule.days or DEFAULT_DAYS)


def chart(
    section: Section, snapshot: Snapshot, stretch: Stretch, workspace_at: WorkspaceAt | None = None
) -> Chart | None:
    """The first KPI of the part with at least two measured days among those that it asks for.

    Its days end with the stretch, and begin where what was read begins. None where no KPI has a line.
    """
    for ref in section.refs:
        if ref.path not in snapshot.standings:
            continue
        last = closed(snapshot, [ref], stretch.last, workspace_at)
        past = history(ref, last, days_read(needs_of(ref), last, section.rule.days or DEFAULT_DAYS))
        if sum(value is not None for _, value in past.days) < LEAST:
            continue
        target = target_of(ref, last)
        landed = None if target is None else reckoned(ref, target, last)
        drawn = trend_chart(ref, last.of(ref), last, past, landed if isinstance(landed, Landing) else None)
        return Chart(drawn.title, describe(drawn), drawn, "trend.png")
    return None
