"""What the schedule owes becomes promises in the ledger, each with its message frozen.

The schedule is that of kpi.yaml as it reads now, and what people have subscribed to. A report that is due
waits for its sources, each for itself, and those that were never sent, or folded on purpose, are told of in
the next one. What earlier posts said and is restated by now is corrected first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import datetime, timedelta

from bot import languages
from bot.cadence import ASKED, DAILY, Owed
from bot.errors import UserError
from bot.frozen import freeze
from bot.jobs import composing, folding, freshness
from bot.jobs.begun import Due, Trail, dues
from bot.jobs.folding import Unsent
from bot.jobs.freshness import Lack, Record
from bot.jobs.subscribed import Subscribed
from bot.reply import Reply
from bot.reports import daily, planned
from bot.surfaces.base import Ask, Surface
from bot.timeline import Timeline
from bot.workspace import Workspace
from kpi.calendar import Moment, day_of
from storage import Session, SessionFactory, StorageFault, audit, promises
from storage.audit import Act
from storage.promises import Promise, State

log = logging.getLogger(__name__)

LATE = timedelta(minutes=15)
"""From when on a report says that it is late."""

LOOK_BACK = timedelta(days=31)
"""How far back a report that never went out is still entered as missed, and folded into the next."""

_STAND_INS = frozenset({"playground"})
"""Surfaces that only a process owes to whose `names` say so."""


@dataclass(frozen=True, slots=True)
class _Look:
    """What one schedule has that is not in the ledger."""

    owed: Owed
    unmet: tuple[Due, ...]  # oldest first
    act: Act | None  # that it began, or changed

    def newest(self, now: datetime) -> Due | None:
        """The one that is still worth sending."""
        due = self.unmet[-1] if self.unmet else None
        return due if due is not None and now - due.at < self.owed.catch_up else None


@dataclass(frozen=True)
class Publish:
    """Enters what is due. Blocks: call it in a thread. Calling it twice changes nothing."""

    timeline: Timeline
    sessions: SessionFactory
    now: Callable[[], datetime]
    _: KW_ONLY
    names: Mapping[str, str] = field(default_factory=dict)
    """What the ledger calls surfaces where others stand in for them; what is not among them is not owed."""
    ask: Ask | None = None
    """Answers the questions people have subscribed to; without it, that is left to other processes."""
    clock: Callable[[Session], datetime] | None = None
    """The time that all processes go by: `storage.clock.database_now`. Without it, `now`."""
    outsiders: dict[tuple[str, str], bool] = field(default_factory=dict)
    """By surface and channel: whether people outside the company read there. What is not known, they do."""
    restate: Callable[[], object] | None = None
    """Corrects what earlier posts said, before a report builds on it."""
    _subscribed: Subscribed = field(default_factory=Subscribed, init=False, repr=False)
    _trail: Trail = field(default_factory=Trail, init=False, repr=False)
    _entered: dict[str, datetime] = field(default_factory=dict, init=False, repr=False)
    """Up to when each schedule's instants are in the ledger: they need not be looked up again."""

    _told: set[tuple[str, datetime]] = field(default_factory=set, init=False, repr=False)
    _corrected: set[datetime] = field(default_factory=set, init=False, repr=False)  # by which look

    @property
    def scheduled(self) -> tuple[Owed, ...]:
        """What kpi.yaml owes as it reads now, by the ledger's names of surfaces."""
        schedule = self.timeline.files.schedule
        if not self.names:
            return schedule
        return tuple(
            replace(one, surface=self.names[one.surface]) for one in schedule if one.surface in self.names
        )

    def owing(self, session: Session) -> list[Owed]:
        """All that is owed: the schedule of kpi.yaml, and what people have subscribed to."""
        return [*self.scheduled, *self._subscribed(session, self.timeline.files, self._serves)]

    async def look(self, surfaces: Mapping[str, Surface]) -> None:
        """Ask who reads in the channels that are owed something, where something is not for everybody."""
        if not self.timeline.files.restrictions:
            return
        for owed in self.scheduled:
            if (surface := surfaces.get(owed.surface)) is not None:
                is_shared = await surface.is_shared(owed.channel)
                self.outsiders[owed.surface, owed.channel] = is_shared is not False

    def __call__(self) -> int:
        """How many promises were entered. One that cannot be composed does not keep back the others."""
        with self.sessions.read() as session:
            now = self._time(session)
            looks = self._looks(session, now)
            ends = self._trail.ends(session, [one.owed for one in looks], now, self._serves)
        if ends:
            with self.sessions.begin() as session:
                for act in ends:
                    audit.write(session, act)
            self._trail.written(ends)
        return sum(self._enter_or_tell(one, now) for one in looks)

    def is_due(self) -> bool:
        """Whether a report would be entered now, or waits for its sources."""
        with self.sessions.read() as session:
            return any(one.unmet for one in self._looks(session, self._time(session)))

    def missing(self, *, only_pressing: bool = False) -> frozenset[str]:
        """The sources that reports which are due still lack, and that are worth reading once more by now.

        `only_pressing`: those of reports that the next call enters whatever it finds, their wait being over.
        """
        found: set[str] = set()
        with self.sessions.read() as session:
            now, record = self._time(session), Record(session)
            for one in self._looks(session, now):
                due = one.newest(now)
                if due is None or (only_pressing and now < due.at + one.owed.wait):
                    continue
                moment = self._moment(due, now)
                workspace = self._seen(session, one.owed, moment)
                lacks = self._lacks(workspace, one.owed, moment, record)
                found |= {lack.source for lack in lacks if lack.is_to_be_read(now)}
        return frozenset(found)

    def show(self, mark: str) -> None:
        """Owe today's reports now where the schedule does not: somebody has come into an empty place."""
        for owed in self.scheduled:
            with self.sessions.read() as session:
                now = self._time(session)
                if self._look(session, owed, now).unmet:
                    continue
                promise = self.promise(session, owed, now, now)
            with self.sessions.begin() as session:
                promises.owe(session, replace(promise, key=f"{promise.key}#{mark}"))

    def promise(self, session: Session, owed: Owed, due: datetime, now: datetime) -> Promise:
        """The promise for `due`, composed from what is known now."""
        one = Due(due, owed.cadence.day(due, self.timeline.files.zone))
        return self._posted(owed, one, self.compose(session, owed, due, self._moment(one, now)))

    def compose(self, session: Session, owed: Owed, due: datetime, moment: Moment) -> Reply:
        """The report for `due` as it reads at `moment`, with the targets of then, for its readers' eyes."""
        if owed.report == ASKED:
            return self._answer(session, owed, moment)
        workspace = self._seen(session, owed, moment)
        with languages.speaking(workspace.language):
            return self._composed(session, workspace, owed, due, moment)

    def _composed(
        self, session: Session, workspace: Workspace, owed: Owed, due: datetime, moment: Moment
    ) -> Reply:
        unsent = self._unsent(session, owed, due) if owed.channel else []
        before = owed.cadence.before(unsent[0].due.at if unsent else due, moment.zone)
        if owed.report == DAILY:
            since = day_of(before, moment.zone) if before else moment.today - timedelta(days=1)
            if unsent:
                since = max(since, moment.today - LOOK_BACK)
            reply = daily.compose(session, workspace, moment, since=since)
            lines = [folding.covering(unsent, since, moment.today)] if unsent else []
        else:
            plan = composing.plan_for(owed, workspace, self.platform(owed.surface))
            past = self.timeline.viewer(session)
            reply = planned.compose(session, workspace, moment, plan, workspace_at=past)
            lines = [folding.instead(plan, unsent, moment.today)] if unsent else []
            lines += folding.kept_back(session, workspace, owed, self.platform(owed.surface), due)
        lacks = [] if moment.as_of else self._lacks(workspace, owed, moment, Record(session))
        lines += composing.without(lacks, moment)
        if told := composing.why(owed, moment.zone):
            lines.append(told)
        return composing.with_lines(reply, lines, unsent=unsent, lacks=lacks)

    def _answer(self, session: Session, owed: Owed, moment: Moment) -> Reply:
        if self.ask is None:
            raise UserError("A question cannot be asked here.", "Leave it to the running bot.")
        workspace = self._seen(session, owed, moment)
        return composing.answer(self.ask, owed, self.platform(owed.surface), workspace)

    def _time(self, session: Session) -> datetime:
        return self.now() if self.clock is None else self.clock(session)

    def _serves(self, surface: str) -> bool:
        """Whether posts to a surface, by its name in the ledger, are entered here."""
        return surface in self.names.values() if self.names else surface not in _STAND_INS

    def platform(self, ledger: str) -> str:
        """The platform that a surface is, or stands in for: the one kpi.yaml names people and channels of."""
        return next((name for name, known in self.names.items() if known == ledger), ledger)

    def _seen(self, session: Session, owed: Owed, moment: Moment) -> Workspace:
        is_shared = self.outsiders.get((owed.surface, owed.channel), True)
        workspace = self.timeline.at(session, moment.now)
        return composing.seen(workspace, owed, self.platform(owed.surface), is_shared=is_shared)

    def _looks(self, session: Session, now: datetime) -> list[_Look]:
        return [self._look(session, one, now) for one in self.owing(session)]

    def _look(self, session: Session, owed: Owed, now: datetime) -> _Look:
        """The instants due since the schedule began that are not in the ledger."""
        act = self._trail.news(session, owed, now)
        if owed.report == ASKED and self.ask is None:
            return _Look(owed, (), act)
        stretches = self._trail.stretches(session, owed, now)
        after = self._entered.get(owed.subject) or self._settled(session, owed, now)
        found = dues(stretches, max(after, now - LOOK_BACK), now, self.timeline.files.zone)
        unmet = tuple(one for one in found if promises.find(session, _key(owed, one)) is None)
        return _Look(owed, unmet, act)

    def _settled(self, session: Session, owed: Owed, now: datetime) -> datetime:
        """Up to when all that was owed is in the ledger as far as it tells: to the last that was sent.

        Whoever changes the calendar while the bot is down makes no day of before it a missed one.
        """
        sent = None if owed.number else _last_sent(session, owed, now + timedelta(microseconds=1))
        return sent.due if sent is not None else now - LOOK_BACK

    def _enter_or_tell(self, look: _Look, now: datetime) -> int:
        try:
            return self._enter(look, now)
        except StorageFault:
            raise
        except Exception:
            failed = (look.owed.subject, look.unmet[-1].at if look.unmet else now)
            if failed not in self._told:  # it is tried again with every look
                self._told.add(failed)
                log.exception("not composed schedule=%s due=%s", failed[0], failed[1].isoformat())
            return 0

    def _enter(self, look: _Look, now: datetime) -> int:
        """How many promises of one schedule were entered; the newest waits for its sources."""
        owed, newest = look.owed, look.newest(now)
        new = [self._missed(owed, one) for one in look.unmet if one is not newest]
        is_waiting = newest is not None and self._waits(owed, newest, now)
        if newest is not None and not is_waiting:
            self._correct(now)
            with self.sessions.read() as session:
                new.append(self._newest(session, owed, newest, now))
        entered = 0
        if new or look.act is not None:
            with self.sessions.begin() as session:
                if look.act is not None:
                    audit.write(session, look.act)
                entered = sum(promises.owe(session, one) for one in new)
            self._trail.written([look.act] if look.act is not None else [])
        waited = newest.at - timedelta(microseconds=1) if newest is not None and is_waiting else now
        self._entered[owed.subject] = waited
        return entered

    def _correct(self, now: datetime) -> None:
        """Once a look, before the first report is composed. What fails there keeps no report back."""
        if self.restate is None or now in self._corrected:
            return
        self._corrected.clear()
        self._corrected.add(now)
        try:
            self.restate()
        except StorageFault:
            raise
        except Exception:
            log.exception("earlier posts are not corrected")

    def _newest(self, session: Session, owed: Owed, due: Due, now: datetime) -> Promise:
        """The promise of what is due; folded where its channel has had enough, or it has nothing to say."""
        platform = self.platform(owed.surface)
        if why := folding.used_up(session, self.timeline.files, owed, platform, due.at):
            return self._folded(owed, due, why)
        reply = self.compose(session, owed, due.at, self._moment(due, now))
        if reply.data.get(folding.IS_WORTH_POSTING, True) is False:
            return self._folded(owed, due, folding.NOTHING_CHANGED)
        return self._posted(owed, due, reply)

    def _waits(self, owed: Owed, due: Due, now: datetime) -> bool:
        """Whether a source may still be read in time."""
        if now >= due.at + owed.wait:
            return False
        moment = self._moment(due, now)
        with self.sessions.read() as session:
            workspace = self._seen(session, owed, moment)
            return any(one.is_passing for one in self._lacks(workspace, owed, moment, Record(session)))

    def _lacks(self, workspace: Workspace, owed: Owed, moment: Moment, record: Record) -> list[Lack]:
        return freshness.lacking(record, freshness.needed(owed, workspace), moment)

    def _moment(self, due: Due, now: datetime) -> Moment:
        """The moment a report speaks from: now, or when it was due where that was on another day."""
        zone = self.timeline.files.zone
        return Moment(now if day_of(now, zone) == day_of(due.at, zone) else due.at, zone)

    def _unsent(self, session: Session, owed: Owed, due: datetime) -> list[Unsent]:
        """The reports before this one, back to the last that was sent, that nobody ever got."""
        zone, sent = self.timeline.files.zone, _last_sent(session, owed, due)
        after = due - LOOK_BACK if sent is None else max(due - LOOK_BACK, sent.due)
        earlier = dues(self._trail.stretches(session, owed, due), after, due, zone)
        own = owed.cadence.day(due, zone)
        known = ((one, promises.find(session, _key(owed, one))) for one in earlier if one.day < own)
        return [found for one, promise in known if (found := folding.unsent(one, promise)) is not None]

    def _posted(self, owed: Owed, due: Due, reply: Reply) -> Promise:
        missed = self._missed(owed, due)
        return replace(missed, payload=freeze(reply), deadline=due.at + owed.catch_up, error="")

    def _folded(self, owed: Owed, due: Due, why: str) -> Promise:
        """A promise that is kept back: it is entered to be reported as folded, and never sent."""
        log.info("folded schedule=%s due=%s why=%s", owed.subject, due.at.isoformat(), why)
        return replace(self._missed(owed, due), state=State.FOLDED, error=why)

    def _missed(self, owed: Owed, due: Due) -> Promise:
        """A promise whose time is over: it is entered to be reported as missed, and never sent."""
        return Promise(
            key=_key(owed, due),
            report=owed.report,
            period=due.day.isoformat(),
            surface=owed.surface,
            channel=owed.channel,
            due=due.at,
            payload="",
            deadline=due.at,
            error="The bot did not run when it was due.",
        )


def _key(owed: Owed, due: Due) -> str:
    """Its period is the day it is the report of, one that its schedule falls on once."""
    return owed.key(due.day.isoformat())


def _last_sent(session: Session, owed: Owed, before: datetime) -> Promise | None:
    return promises.last_sent(
        session, report=owed.report, surface=owed.surface, channel=owed.channel, before=before
    )
