"""What the schedule owes becomes promises in the ledger, each with its message frozen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot import access
from bot.cadence import Owed
from bot.frozen import freeze
from bot.reply import Reply
from bot.reports import daily
from bot.surfaces.base import Surface
from bot.timeline import Timeline
from kpi.calendar import Moment, day_of
from storage import Session, SessionFactory, audit, promises
from storage.promises import Promise

CATCH_UP = timedelta(hours=24)
"""How late a report is still worth sending; what is older is folded into the next one."""

LATE = timedelta(minutes=15)
"""From when on a report says that it is late."""

LOOK_BACK = timedelta(days=31)
"""How far back a report that never went out is still entered as missed."""

SCHEDULED = "schedule"

_SPOKEN_TO = {"playground": "slack"}
"""Surfaces that stand in for another one, whose channels kpi.yaml names."""


@dataclass(frozen=True)
class Publish:
    """Enters what is due. Blocks: call it in a thread. Calling it twice changes nothing."""

    timeline: Timeline
    sessions: SessionFactory
    owed: Sequence[Owed]
    now: Callable[[], datetime]
    outsiders: dict[tuple[str, str], bool] = field(default_factory=dict)
    """By surface and channel: whether people outside the company read there. What is not known, they do."""
    _entered: dict[str, datetime] = field(default_factory=dict, init=False, repr=False)
    """Up to when each schedule's instants are in the ledger: they need not be looked up again."""

    async def look(self, surfaces: Mapping[str, Surface]) -> None:
        """Ask who reads in the channels that are owed something, where something is not for everybody."""
        if not self.timeline.files.restrictions:
            return
        for owed in self.owed:
            if (surface := surfaces.get(owed.surface)) is not None:
                is_shared = await surface.is_shared(owed.channel)
                self.outsiders[owed.surface, owed.channel] = is_shared is not False

    def __call__(self) -> int:
        """How many promises were entered."""
        return sum(self._enter(owed) for owed in self.owed)

    def is_due(self) -> bool:
        """Whether a report would be entered now."""
        now = self.now()
        with self.sessions.read() as session:
            return any(self._unmet(session, owed, now) for owed in self.owed)

    def show(self, mark: str) -> None:
        """Owe today's reports now where the schedule does not: somebody has come into an empty place."""
        for owed in self.owed:
            now = self.now()
            with self.sessions.read() as session:
                if self._unmet(session, owed, now):
                    continue
                promise = self.promise(session, owed, now, now)
            with self.sessions.begin() as session:
                promises.owe(session, replace(promise, key=f"{promise.key}#{mark}"))

    def _enter(self, owed: Owed) -> int:
        now = self.now()
        new: list[Promise] = []
        with self.sessions.read() as session:
            is_known = _began(session, owed) is not None
            unmet = self._unmet(session, owed, now)
            if unmet and now - unmet[-1] < CATCH_UP:
                new.append(self.promise(session, owed, unmet.pop(), now))
        new += [self._missed(owed, due) for due in unmet]
        entered = 0
        if new or not is_known:
            with self.sessions.begin() as session:
                if not is_known:
                    audit.write(session, audit.Act(now, "bot", SCHEDULED, owed.subject))
                entered = sum(promises.owe(session, one) for one in new)
        self._entered[owed.subject] = now
        return entered

    def _unmet(self, session: Session, owed: Owed, now: datetime) -> list[datetime]:
        """The instants due since the schedule began that are not in the ledger, oldest first."""
        since = max(
            now - LOOK_BACK,
            _began(session, owed) or now,
            self._entered.get(owed.subject, now - LOOK_BACK),
        )
        found = owed.cadence.between(since, now, self.timeline.files.zone)
        return [due for due in found if promises.find(session, self._key(owed, due)) is None]

    def promise(self, session: Session, owed: Owed, due: datetime, now: datetime) -> Promise:
        """The promise for `due`, composed from what is known now."""
        at = due if now - due > LATE else now
        reply = self.compose(session, owed, due, Moment(at, self.timeline.files.zone))
        return replace(self._missed(owed, due), payload=freeze(reply), deadline=due + CATCH_UP)

    def compose(self, session: Session, owed: Owed, due: datetime, moment: Moment) -> Reply:
        """The report for `due` as it reads at `moment`, with the targets of then, for its channel's eyes."""
        before = owed.cadence.before(due, moment.zone)
        since = day_of(before, moment.zone) if before else moment.today - timedelta(days=1)
        workspace = self.timeline.at(session, moment.now)
        if owed.channel:
            surface = _SPOKEN_TO.get(owed.surface, owed.surface)
            is_shared = self.outsiders.get((owed.surface, owed.channel), True)
            workspace = access.channel_view(workspace, surface, owed.channel, is_shared=is_shared)
        return daily.compose(session, workspace, moment, since=since)

    def _missed(self, owed: Owed, due: datetime) -> Promise:
        """A promise whose time is over: it is entered to be reported as missed, and never sent."""
        return Promise(
            key=self._key(owed, due),
            report=owed.report,
            period=self._period(owed, due),
            surface=owed.surface,
            channel=owed.channel,
            due=due,
            payload="",
            deadline=due,
        )

    def _key(self, owed: Owed, due: datetime) -> str:
        return owed.key(self._period(owed, due))

    def _period(self, owed: Owed, due: datetime) -> str:
        """The day a report is about, as the ledger spells it: one that its schedule falls on once."""
        return owed.cadence.day(due, self.timeline.files.zone).isoformat()


def _began(session: Session, owed: Owed) -> datetime | None:
    """Since when this schedule is known; nothing before that is owed."""
    acts = audit.recent(session, subject=owed.subject, limit=1)
    return acts[0].at if acts else None
