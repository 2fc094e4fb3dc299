"""Which KPIs are silenced at an instant, and what a report says of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.languages import figure, said, said_of
from bot.reports import words
from bot.reports.upcoming import day_words
from bot.workspace import KpiRef, Workspace
from storage import Session, silences
from storage.silences import Silence

SHOWN_ENDED = 3

EVERYTHING = ""
"""The subject of a silence of all KPIs."""


def silenced(session: Session, workspace: Workspace, now: datetime) -> Mapping[str, Silence]:
    """By path, the silence that keeps each KPI quiet longest: one statement."""
    active = sorted(silences.active(session, now), key=lambda one: one.until)
    if not active:
        return {}
    return {ref.path: one for ref in workspace.kpis for one in active if covers(one, ref)}


def covers(one: Silence, ref: KpiRef) -> bool:
    return one.subject in (EVERYTHING, ref.use.framework.key, ref.path)


def hushed(found: Mapping[str, Silence], workspace: Workspace) -> frozenset[str]:
    """Paths of what must not lead: what is silenced, and what shows the same reading under another name."""
    readings = {ref.kpi.measure for ref in workspace.kpis if ref.path in found and ref.kpi.measure}
    return frozenset(ref.path for ref in workspace.kpis if ref.path in found or ref.kpi.measure in readings)


def ended_words(session: Session, workspace: Workspace, since: datetime, now: datetime) -> str:
    """Whose silences ran out between `since` and `now`: "1 silence ended: GitHub Stars"; empty for none.

    One that was silenced again is not told, nor what this reader may not know of.
    """
    over = {
        one.subject: one for one in silences.expired_since(session, since, now) if is_seen(one, workspace)
    }
    if not over:
        return ""
    still = {one.subject for one in silences.active(session, now)}
    names = tuple(subject_words(subject, workspace) for subject in over if subject not in still)
    if not names:
        return ""
    return said_of(
        len(names),
        "{count} silence ended: {names}",
        "{count} silences ended: {names}",
        names=words.listing(names, SHOWN_ENDED),
    )


def silenced_words(found: Mapping[str, Silence], workspace: Workspace, now: datetime) -> str:
    """How many, and until when: "2 silenced until Fri 27 Nov 09:00"; empty for none."""
    if not found:
        return ""
    ends = {one.until for one in found.values()}
    until, count = day_words(max(ends), workspace.zone, now), figure(f"{len(found):,}")
    if len(ends) > 1:
        return said("{count} silenced, the last until {when}", count=count, when=until)
    return said("{count} silenced until {when}", count=count, when=until)


def subject_words(subject: str, workspace: Workspace) -> str:
    """What is silenced, as people call it."""
    if subject == EVERYTHING:
        return said("everything")
    known = next((ref.kpi.name for ref in workspace.kpis if ref.path == subject), None)
    if known is not None:
        return known
    title = next((use.framework.title for use in workspace.uses if use.framework.key == subject), None)
    return said("all of {title}", title=title) if title is not None else subject


def is_seen(one: Silence, workspace: Workspace) -> bool:
    """Whether this reader may know what is silenced: everything, a framework, or a KPI shown to them."""
    known = {use.framework.key for use in workspace.uses} | {ref.path for ref in workspace.kpis}
    return one.subject == EVERYTHING or one.subject in known


def left_words(one: Silence, now: datetime) -> str:
    """How much longer it lasts: "3 h left"."""
    minutes = max(1, round((one.until - now).total_seconds() / 60))
    if minutes < 90:
        return f"{minutes} min left"
    return (
        f"{round(minutes / 60)} h left"
        if minutes < 48 * 60
        else f"{words.count(round(minutes / 1440), 'day')} left"
    )
