"""What the schedule owes becomes promises in the ledger, each with its message frozen."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.frozen import freeze
from bot.jobs.schedule import Owed
from bot.reports import daily
from bot.workspace import Workspace
from kpi.calendar import Moment, day_of
from storage import Session, SessionFactory, audit, promises
from storage.promises import Promise

log = logging.getLogger(__name__)

CATCH_UP = timedelta(hours=24)
"""How late a report is still worth sending; what is older is folded into the next one."""

LATE = timedelta(minutes=15)
"""From when on a report says that it is late."""

SCHEDULED = "schedule"


@dataclass(frozen=True)
class Publish:
    """Enters what is due. Blocks: call it in a thread. Calling it twice changes nothing."""

    workspace: Workspace
    sessions: SessionFactory
    owed: Sequence[Owed]
    now: Callable[[], datetime]

    def __call__(self) -> int:
        """How many promises were entered."""
        return sum(self._enter(owed) for owed in self.owed)

    def show(self, mark: str) -> None:
        """Owe today's reports now, beside the schedule: for a place where somebody has just come in."""
        now = self.now()
        for owed in self.owed:
            with self.sessions.begin() as session:
                promise = self.promise(session, owed, now, now)
                key = f"{promise.key}#{mark}"
                promises.owe(session, replace(promise, key=key))

    def _enter(self, owed: Owed) -> int:
        now = self.now()
        with self.sessions.read() as session:
            due = self._due(session, owed, now)
            if due is None:
                return 0
        with self.sessions.begin() as session:
            if self._began(session, owed) is None:
                audit.write(session, audit.Act(now, "bot", SCHEDULED, owed.subject))
                return 0
            return int(promises.owe(session, self.promise(session, owed, due, now)))

    def _due(self, session: Session, owed: Owed, now: datetime) -> datetime | None:
        """The newest instant that is due and not in the ledger; `now` for a schedule not seen before."""
        began = self._began(session, owed)
        if began is None:
            return now
        zone = self.workspace.zone
        found = list(owed.cadence.between(max(began, now - CATCH_UP), now, zone))
        if not found or promises.find(session, owed.key(period_of(found[-1], self.workspace))) is not None:
            return None
        return found[-1]

    def _began(self, session: Session, owed: Owed) -> datetime | None:
        """Since when this schedule is known; nothing before that is owed."""
        acts = audit.recent(session, subject=owed.subject, limit=1)
        return acts[0].at if acts else None

    def promise(self, session: Session, owed: Owed, due: datetime, now: datetime) -> Promise:
        """The promise for `due`, composed from what is known now."""
        zone = self.workspace.zone
        moment = Moment(due if now - due > LATE else now, zone)
        before = owed.cadence.before(due, zone)
        since = day_of(before, zone) if before else moment.today - timedelta(days=1)
        reply = daily.compose(
            session, self.workspace, moment, since=since, late_for=due if now - due > LATE else None
        )
        period = period_of(due, self.workspace)
        return Promise(
            key=owed.key(period),
            report=owed.report,
            period=period,
            surface=owed.surface,
            channel=owed.channel,
            due=due,
            payload=freeze(reply),
            deadline=due + CATCH_UP,
        )


def period_of(due: datetime, workspace: Workspace) -> str:
    """The day a daily report is about, as the ledger spells it."""
    return day_of(due, workspace.zone).isoformat()
