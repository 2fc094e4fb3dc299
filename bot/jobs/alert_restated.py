"""Past days that read otherwise by now: what the rules would have said on them.

Days are looked at again only where something was recorded of them late, a week back at most, once an hour: a
vendor that restates its last days all the time costs no more than that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bot.alerting import RuleRef
from kpi.alerts import CELEBRATE, Finding, span
from kpi.calendar import Moment, day_of, day_start
from kpi.conditions import Sight
from storage import Session
from storage import restated as changes

DAYS = 7
"""So far back an alert is taken back, or told late."""

EVERY = timedelta(hours=1)
OVERLAP = timedelta(minutes=15)
"""What is stored late, or by a clock that is behind, counts as recorded since the last look."""

_BY_DAY = frozenset({"measure", "kpi", "drop", "rise", "percent_of_target", "zone"})


@dataclass(frozen=True, slots=True)
class Past:
    """What the rules say of past days, by their full names: what holds on one, and what does not."""

    held: tuple[tuple[str, Finding], ...] = ()
    cleared: tuple[tuple[str, Finding], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.held or self.cleared)


NOTHING = Past()


@dataclass
class LookBack:
    """How far one process has looked back."""

    at: datetime | None = None
    _seen: frozenset[tuple[str, str, datetime]] = field(default=frozenset(), repr=False)

    def past(self, session: Session, sight: Sight, refs: Mapping[str, RuleRef], moment: Moment) -> Past:
        """What is to be said of days of which something was recorded since the last look."""
        if moment.as_of is not None or (self.at is not None and moment.now - self.at < EVERY):
            return NOTHING
        first = moment.today - timedelta(days=DAYS)
        last = day_start(moment.today - timedelta(days=1), moment.zone)
        after = (self.at or moment.now - EVERY) - OVERLAP
        changed = changes.earliest(session, day_start(first, moment.zone), last, recorded_after=after)
        self.at = moment.now
        if changed is None:
            return NOTHING
        return _of_days(sight, refs, moment, day_of(changed, moment.zone))


def _of_days(sight: Sight, refs: Mapping[str, RuleRef], moment: Moment, first: date) -> Past:
    """Each day at the closes since then: the newest that holds, and all that do not."""
    held: dict[tuple[str, str], Finding] = {}
    cleared: dict[tuple[str, str, datetime], Finding] = {}
    day = first
    while day < moment.today:
        view = sight.at(moment.close_of(day))
        for path, ref in refs.items():
            for one in _closed(ref, view):
                assert one.at is not None
                if one.holds and one.at - (one.since or one.at) >= span(ref.rule.lasting):
                    held[path, one.subject] = one
                elif one.holds is False:
                    cleared[path, one.subject, one.at] = one
        day += timedelta(days=1)
    return Past(
        tuple((path, one) for (path, _), one in held.items()),
        tuple((path, one) for (path, _, _), one in cleared.items()),
    )


def _closed(ref: RuleRef, view: Sight) -> list[Finding]:
    """What a rule says of a closed day; a number of an instant is not looked at again."""
    when = ref.rule.when
    if when is None or when.kind not in _BY_DAY or ref.rule.severity == CELEBRATE:
        return []
    zone = view.moment.zone
    found = ref.findings(view)
    return [
        one
        for one in found
        if one.holds is not None and one.at is not None and one.at == day_start(day_of(one.at, zone), zone)
    ]
