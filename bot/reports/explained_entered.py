"""The change of a KPI whose number people enter: one entry beside the one before it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from bot.reports import words
from bot.reports.explained_change import Change
from bot.reports.explained_gauge import last_of
from bot.reports.snapshot import Snapshot
from bot.windows import Window
from bot.workspace import KpiRef
from kpi.calendar import day_of
from kpi.explain import Manner
from kpi.metric import from_micros
from kpi.reading import entry_metric
from kpi.window import Days
from storage import Session, entries
from storage.entries import Entry

HISTORY_DAYS = 400
"""How far back entries are looked for; the newest one before that is known too."""

_LOOKED_AT = 100
_DAY = timedelta(days=1)


def entered_change(ref: KpiRef, snapshot: Snapshot, window: Window | None) -> Change:
    """The last entry of `window`, or the newest there is, beside the one before that or before it."""
    zone, today = snapshot.moment.zone, snapshot.moment.today
    end = snapshot.moment.day if window is None else window.end
    days = [day for day in _days(ref, snapshot) if day <= end]
    last = days[-1] if days else None
    first = last if window is None else window.start
    asked = Days(first or today, 1 if window is None else window.days, zone)
    if last is None or first is None or last < first:
        return Change(ref, Manner.VALUE, asked, asked, missing=_nothing(ref, snapshot, last), by_hand=True)
    earlier = [day for day in days if day < first]
    after = _value(ref, snapshot, last)
    if not earlier:
        reason = f"It is the first number: nothing was entered before {words.day(first, today)}."
        span = Days(last, 1, zone)
        return Change(ref, Manner.VALUE, span, span, after, not_before=reason, by_hand=True)
    span = Days(earlier[-1] + _DAY, (last - earlier[-1]).days, zone)
    before = _value(ref, snapshot, earlier[-1])
    return Change(ref, Manner.VALUE, span, Days(earlier[-1], 1, zone), after, before, by_hand=True)


def entry_of(session: Session, change: Change, known_by: datetime | None) -> Entry | None:
    """The entry that the change ends with, as it was known; one statement."""
    if change.missing:
        return None
    day, zone = last_of(change.days), change.days.zone
    metric = entry_metric(change.ref.use.framework.key, change.ref.kpi)
    found = (
        one
        for one in entries.recent(session, metric=metric, limit=_LOOKED_AT)
        if day_of(one.at, zone) == day and (known_by is None or one.recorded_at <= known_by)
    )
    return max(found, key=lambda one: (one.at, one.recorded_at), default=None)


def _days(ref: KpiRef, snapshot: Snapshot) -> list[date]:
    """The days on which somebody entered a number, oldest first."""
    zone = snapshot.moment.zone
    found = snapshot.series.of(entry_metric(ref.use.framework.key, ref.kpi))
    return sorted({day_of(from_micros(at), zone) for one in found for at in one.at.tolist()})


def _value(ref: KpiRef, snapshot: Snapshot, day: date) -> float | None:
    moment = snapshot.moment
    return snapshot.read(ref, moment if day == moment.day else moment.close_of(day)).value


def _nothing(ref: KpiRef, snapshot: Snapshot, last: date | None) -> str:
    if last is None:
        return "Nobody has entered a number yet."
    day = words.day(last, snapshot.moment.day)
    value = _value(ref, snapshot, last)
    return f"Nobody entered a number in these days; that of {day} still holds." if value is not None else ""
