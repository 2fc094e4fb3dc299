"""Since when a schedule of kpi.yaml goes by which cadence. The audit trail keeps it.

What is owed is owed by the cadence of its time: a changed schedule owes nothing for the time before it was
changed, and no day a second report. One that was taken out and put in again begins anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo

from bot.cadence import Cadence, Owed
from storage import Session, audit
from storage.audit import Act

SCHEDULED = "schedule"
ENDED = "ended"

_MOST_ACTS = 5000  # read at once; what lies further back is read for each schedule by itself
_MOST_CHANGES = 50  # of one schedule that are looked at


@dataclass(frozen=True, slots=True)
class Due:
    """An instant at which a schedule owes a report, and the day that it is the report of."""

    at: datetime
    day: date


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `since` to the next one, a schedule goes by one cadence."""

    since: datetime
    cadence: Cadence | None  # None: in words that this version cannot read


@dataclass
class Trail:
    """What the audit trail says of schedules, as far as it was read. Not for several threads at once."""

    _acts: dict[str, tuple[Act, ...]] | None = field(default=None, repr=False)  # by subject, the newest first

    def stretches(self, session: Session, owed: Owed, now: datetime) -> tuple[Stretch, ...]:
        """How it went since it was last put in, the earliest first; what `news` would add begins now."""
        if owed.since is not None:
            return (Stretch(owed.since, owed.cadence),)
        acts = self._of(session, owed)
        if self.news(session, owed, now) is not None:
            acts = (Act(now, "bot", SCHEDULED, owed.subject, after=owed.terms), *acts)
        going_on = takewhile(lambda one: one.note != ENDED, acts)
        return tuple(Stretch(one.at, _cadence(one, owed)) for one in going_on)[::-1]

    def news(self, session: Session, owed: Owed, now: datetime) -> Act | None:
        """What the trail does not say yet: that the schedule begins, or goes by other terms, from now on."""
        if owed.since is not None:
            return None
        newest = next(iter(self._of(session, owed)), None)
        before = "" if newest is None or newest.note == ENDED else newest.after
        if newest is not None and newest.note != ENDED and before == owed.terms:
            return None
        return Act(now, "bot", SCHEDULED, owed.subject, before, owed.terms)

    def ends(
        self, session: Session, owed: Iterable[Owed], now: datetime, is_served: Callable[[str], bool]
    ) -> list[Act]:
        """What is to be written of schedules on the surfaces served here that are owed no more."""
        present = {one.subject for one in owed}
        newest = [acts[0] for subject, acts in self._all(session).items() if subject not in present]
        return [
            Act(now, "bot", SCHEDULED, one.subject, one.after, note=ENDED)
            for one in newest
            if one.note != ENDED and is_served(_surface(one.subject))
        ]

    def written(self, acts: Iterable[Act]) -> None:
        """The trail has grown by these."""
        for act in acts:
            if self._acts is not None:
                self._acts[act.subject] = (act, *self._acts.get(act.subject, ()))

    def _of(self, session: Session, owed: Owed) -> tuple[Act, ...]:
        """The schedule's acts; another process may have written what this one has not read."""
        known = self._all(session)
        acts = known.get(owed.subject, ())
        if not acts or acts[0].note == ENDED or acts[0].after != owed.terms:
            acts = tuple(audit.recent(session, subject=owed.subject, action=SCHEDULED, limit=_MOST_CHANGES))
            if acts:
                known[owed.subject] = acts
        return acts

    def _all(self, session: Session) -> dict[str, tuple[Act, ...]]:
        if self._acts is None:
            found: dict[str, list[Act]] = {}
            for act in audit.recent(session, action=SCHEDULED, limit=_MOST_ACTS):
                found.setdefault(act.subject, []).append(act)
            self._acts = {subject: tuple(acts) for subject, acts in found.items()}
        return self._acts


def _surface(subject: str) -> str:
    """The surface in `daily#7/slack:C0123`."""
    return subject.partition("/")[2].partition(":")[0]


def _cadence(act: Act, owed: Owed) -> Cadence | None:
    """What the schedule went by."""
    if act.after in ("", owed.terms):  # earlier versions wrote no words
        return owed.cadence
    try:
        return owed.cadence.reworded(act.after)
    except ValueError:
        return None


def dues(found: Sequence[Stretch], after: datetime, until: datetime, zone: ZoneInfo) -> list[Due]:
    """Everything owed later than `after`, up to and including `until`, oldest first: once for each day."""
    by_day: dict[date, Due] = {}
    ends = [*(one.since for one in found[1:]), until]
    for one, end in zip(found, ends, strict=False):
        if one.cadence is not None:
            for at in one.cadence.between(max(after, one.since), min(until, end), zone):
                by_day[one.cadence.day(at, zone)] = Due(at, one.cadence.day(at, zone))
    for due in _brought_forward(found, after, zone):
        by_day[due.day] = due
    return sorted(by_day.values(), key=lambda one: one.at)


def _brought_forward(found: Sequence[Stretch], after: datetime, zone: ZoneInfo) -> Iterator[Due]:
    """Reports of the day of a change that were still to come, and by the new time would have been over.

    They are owed at once: whoever moves 09:00 to 08:00 at half past eight loses no day.
    """
    for before, one in pairwise(found):
        if before.cadence is None or one.cadence is None or one.since < after:
            continue
        day = one.cadence.day(one.since, zone)
        due, later = one.cadence.on(day, zone), before.cadence.on(day, zone)
        if due is not None and later is not None and due <= one.since < later:
            yield Due(due, day)
