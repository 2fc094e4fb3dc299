"""What an edit changes: how often each rule fires, which targets it turns red, and which it meets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from bot.reports.rehearsed_run import Ran
from kpi.calendar import day_of
from kpi.rehearsal_tally import Raised, Tally
from kpi.standing import Standing
from kpi.zone import Zone


@dataclass(frozen=True, slots=True)
class Turn:
    """One KPI that stands elsewhere by the edit, on today's numbers; None where it is not there."""

    path: str
    before: Standing | None
    after: Standing | None

    @property
    def verb(self) -> str:
        """What became of its target: red, met, missed, …; empty where it stands as it did."""
        if self.before is None or self.after is None:
            return "new" if self.before is None else "gone"
        was, now = self.before, self.after
        if now.zone is not was.zone and now.zone is not Zone.UNKNOWN:
            return now.zone.value
        if now.met != was.met and now.met is not None:
            return "met" if now.met else "missed"
        return ""


@dataclass(frozen=True)
class Compared:
    """Today's rules, and those of the edit, over the same past."""

    before: Ran
    after: Ran

    @property
    def turns(self) -> tuple[Turn, ...]:
        """KPIs that stand elsewhere by the edit: red ones first."""
        paths = dict.fromkeys((*self.before.standings, *self.after.standings))
        found = (
            Turn(path, self.before.standings.get(path), self.after.standings.get(path)) for path in paths
        )
        kept = [one for one in found if one.verb]
        order = ["red", "missed", "yellow", "gone", "new", "green", "met"]
        return tuple(sorted(kept, key=lambda one: order.index(one.verb)))

    @property
    def pairs(self) -> tuple[tuple[Tally | None, Tally | None], ...]:
        """Each rule as it fires today and with the edit: those that differ most first."""
        was = {one.rule: one for one in self.before.rehearsal.tallies}
        now = {one.rule: one for one in self.after.rehearsal.tallies}
        found = [(was.get(rule), now.get(rule)) for rule in dict.fromkeys((*was, *now))]
        return tuple(sorted(found, key=lambda pair: -abs(_fired(pair[1]) - _fired(pair[0]))))

    @property
    def changed(self) -> tuple[tuple[Tally | None, Tally | None], ...]:
        """The rules that do something else: more or fewer alerts, or on other days."""
        days = {rule: _days(self.before, rule) for rule in self.before.rehearsal.rules}
        others = {rule: _days(self.after, rule) for rule in self.after.rehearsal.rules}
        found = ((was, now, (was or now)) for was, now in self.pairs)
        return tuple(
            (was, now)
            for was, now, known in found
            if known is not None and days.get(known.rule, []) != others.get(known.rule, [])
        )

    def only_after(self) -> tuple[Raised, ...]:
        """The alerts that there are with the edit alone."""
        return tuple(_without(self.after, self.before))

    def only_before(self) -> tuple[Raised, ...]:
        """The alerts that the edit does without."""
        return tuple(_without(self.before, self.after))


def _fired(tally: Tally | None) -> int:
    return 0 if tally is None else tally.fired


def _days(ran: Ran, rule: str) -> list[tuple[date, int]]:
    zone = ran.rehearsal.zone
    return [(day_of(one.fired_at, zone), len(one.episodes)) for one in ran.rehearsal.of(rule)]


def _without(own: Ran, other: Ran) -> Iterator[Raised]:
    """The alerts of which the other tells nothing at the time."""
    for one in own.rehearsal.alerts:
        if not any(_meet(one, each, own.rehearsal.until) for each in other.rehearsal.of(one.rule)):
            yield one


def _meet(one: Raised, other: Raised, until: datetime) -> bool:
    """Whether they tell of one subject at one time."""
    return any(
        each.item.subject == theirs.item.subject
        and each.fired_at <= (theirs.ended_at or until)
        and theirs.fired_at <= (each.ended_at or until)
        for each in one.episodes
        for theirs in other.episodes
    )
