"""Asks people for the numbers that only they know: one message a person and day, promised in the ledger.

What is asked, reminded of and told to others is written in the transaction that owes the message, so after
any crash there are both or neither, and of several processes one asks.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.asked import Asked, asked, overseer
from bot.frozen import freeze
from bot.reports import asks
from bot.reports.asks import Item, Message, metric_of
from bot.reports.snapshot import Snapshot, load
from bot.settings_schedule import CATCH_UP
from bot.timeline import Timeline
from bot.workspace import KpiRef, Person, Workspace
from kpi.asking import Course, Stated, Term, ask_day, is_answer, is_known, is_open, next_step, owed
from kpi.calendar import Moment, day_of
from kpi.judgement import Judgement
from kpi.judgement import words as judgement_words
from kpi.reading import is_entered
from kpi.workdays import Closed
from storage import Session, SessionFactory, asking, judgements, promises, samples
from storage.asking import Request, Said, State
from storage.promises import Promise
from storage.samples import Newest

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=1)
REPORT = "asks"
PLATFORMS = ("slack", "discord")
"""Where somebody who is in both is asked: in the first that is served."""


class _Taken(Exception):
    """Another process has written to the person today: nothing of this is kept."""


@dataclass(frozen=True, slots=True)
class _Address:
    """Where a person is written to."""

    person: Person
    surface: str  # as the ledger knows it
    account: str
    zone: ZoneInfo

    @property
    def channel(self) -> str:
        return f"@{self.account}"

    def key(self, day: date) -> str:
        """The unique key of what is said to them on one day."""
        return f"{REPORT}/{self.surface}:{self.channel}/{day.isoformat()}"


@dataclass
class _Letter:
    """What one person is to be told, before it is known what another process tells them first."""

    address: _Address
    asked: list[Item] = field(default_factory=list)
    reminded: list[Item] = field(default_factory=list)
    missing: list[Item] = field(default_factory=list)
    is_on_time: bool = False  # it is the day of something, and not made up for


@dataclass(frozen=True)
class AskForNumbers:
    """Enters what is to be asked. Blocks: call it in a thread, or await `run`. Twice changes nothing.

    `surfaces` are those served here, by their names in the ledger; `names` has those that kpi.yaml calls
    otherwise.
    """

    timeline: Timeline
    sessions: SessionFactory
    now: Callable[[], datetime]
    surfaces: Collection[str] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    clock: Callable[[Session], datetime] | None = None
    """The time that all processes go by: `storage.clock.database_now`. Without it, `now`."""
    _unreached: set[str] = field(default_factory=set, init=False, repr=False)

    async def run(self) -> None:
        """Do it beside the event loop."""
        await asyncio.to_thread(self)

    def __call__(self) -> int:
        """How many messages were entered."""
        with self.sessions.read() as session:
            found = _Look(self, session, self._time(session))
            over, letters = found.over(), found.letters()
            moment, workspace = found.moment, found.workspace
        if over:
            self._close(over, moment.now)
        return sum(self._enter(letter, workspace, moment) for letter in letters)

    def address(self, person: Person, workspace: Workspace) -> _Address | None:
        """Where a person is written to from here; None where they are on no surface that is served."""
        for platform in PLATFORMS:
            surface = self.names.get(platform, platform)
            if platform in person.ids and surface in self.surfaces:
                zone = ZoneInfo(person.zone) if person.zone else workspace.zone
                return _Address(person, surface, person.ids[platform], zone)
        if person.name not in self._unreached:  # it is looked at every minute
            self._unreached.add(person.name)
            log.warning("asks person=%s is on no chat that this bot posts to: nobody asks them", person.name)
        return None

    def _time(self, session: Session) -> datetime:
        return self.now() if self.clock is None else self.clock(session)

    def _close(self, over: Sequence[tuple[Request, State]], now: datetime) -> None:
        with self.sessions.begin() as session:
            for request, state in over:
                asking.settle(session, request.kpi, request.period, state=state, at=now)

    def _enter(self, letter: _Letter, workspace: Workspace, moment: Moment) -> bool:
        """Keeps the requests and owes the message that asks them; False where another process did."""
        try:
            with self.sessions.begin() as session:
                message = _claimed(session, letter, workspace, moment.now)
                if not (message.asked or message.reminded or message.missing):
                    return False
                view = asks.View(workspace, moment, letter.address.person.name)
                promise = _promise(letter, freeze(asks.compose(message, view)), workspace, moment.now)
                if not promises.owe(session, promise):
                    raise _Taken
        except _Taken:
            return False
        log.info(
            "asks entered promise=%s asked=%d reminded=%d missing=%d",
            promise.key, len(message.asked), len(message.reminded), len(message.missing),
        )  # fmt: skip
        return True


def _claimed(session: Session, letter: _Letter, workspace: Workspace, now: datetime) -> Message:
    """Of what is to be told, that which nobody has told yet; from now on it is told."""
    address, new, told_next = letter.address, [], set()
    for item in letter.asked:
        request = Request(
            item.ref.path, item.term.key, address.person.name, address.surface, address.account, now
        )
        before = asking.of(session, item.ref.path)
        if not asking.add(session, request):
            continue
        if before is not None and before.is_open:
            asking.settle(session, before.kpi, before.period, state=State.LAPSED, at=now)
        new.append(replace(item, request=request))
    reminded = [one for one in letter.reminded if asking.remind(session, one.ref.path, one.term.key, now)]
    for item in reminded:
        if (other := overseer(item.ref, address.person.name, workspace)) is not None:
            told_next.add(other.name)
    missing = [
        one
        for one in letter.missing
        if asking.escalate(session, one.ref.path, one.term.key, now, address.person.name)
    ]
    return Message(
        tuple(new), tuple(reminded), tuple(missing), workspace.asks.patience, tuple(sorted(told_next))
    )


def _promise(letter: _Letter, payload: str, workspace: Workspace, now: datetime) -> Promise:
    address = letter.address
    today = now.astimezone(address.zone).date()
    at = datetime.combine(today, workspace.asks.at, address.zone)
    due = at if letter.is_on_time else now
    return Promise(
        key=address.key(today),
        report=REPORT,
        period=today.isoformat(),
        surface=address.surface,
        channel=address.channel,
        due=due,
        payload=payload,
        deadline=now + CATCH_UP,
    )


class _Look:
    """One reading of storage: who is to be told what, and which requests are over."""

    def __init__(self, job: AskForNumbers, session: Session, now: datetime) -> None:
        self.job, self.session = job, session
        self.workspace = job.timeline.now(session)
        self.moment = Moment(now, self.workspace.zone)
        self.asked = asked(self.workspace)
        self.requests = asking.newest(session) if self.asked else {}
        self.refs = {ref.path: ref for ref in self.workspace.kpis}
        place = {path: number for number, path in enumerate(self.refs)}
        self.open = sorted(
            asking.opened(session), key=lambda one: (one.asked_at, place.get(one.kpi, len(place)))
        )
        self._by_person: dict[str, _Letter] = {}
        self._read()

    def _read(self) -> None:
        """Values, as far as somebody is asked for them or may be."""
        self.due = [(one, term) for one in self.asked if (term := self._term(one)) is not None]
        wanted = [one.ref for one, _ in self.due]
        wanted += [self.refs[one.kpi] for one in self.open if one.kpi in self.refs]
        refs = tuple({ref.path: ref for ref in wanted}.values())
        self.stated: Mapping[str, Newest] = {}
        self.said: Mapping[str, Said] = {}
        self.snapshot: Snapshot | None = None
        self.judged = self._judgements(refs)
        if refs:
            metrics = [metric_of(ref) for ref in refs]
            self.stated = samples.newest(self.session, metrics)
            self.said = asking.said(self.session, metrics)
            self.snapshot = load(self.session, self.workspace, self.moment, refs)

    def _judgements(self, refs: Sequence[KpiRef]) -> Mapping[str, Judgement]:
        """The last word on each KPI that people judge, by path."""
        frameworks = {ref.use.framework.key for ref in refs if ref.kpi.is_judged}
        if not frameworks:
            return {}
        said = judgements.said(self.session, frameworks, until=self.moment.now)
        return {f"{name}/{one.kpi}": one for name, found in said.items() for one in found}

    @property
    def closed(self) -> Closed:
        return self.workspace.calendar.closures(self.moment.today.year)

    def _term(self, one: Asked) -> Term | None:
        """The period that is owed and was not asked for yet."""
        if one.person is None or not self._is_writing_time(one.person):
            return None
        term = owed(one.every, self._today(one), self.closed, since=one.ref.use.plan.start)
        request = self.requests.get(one.ref.path)
        if term is None or (request is not None and request.period == term.key):
            return None
        is_later = request is not None and Term.of(request.period).last > term.last
        return None if is_later else term

    def _today(self, one: Asked) -> date:
        """The day of whoever is asked."""
        zone = ZoneInfo(one.person.zone) if one.person and one.person.zone else self.workspace.zone
        return self.moment.now.astimezone(zone).date()

    def over(self) -> list[tuple[Request, State]]:
        """Open requests that nobody need answer any more: there is a number, or the KPI is asked no more."""
        still = {one.ref.path for one in self.asked}
        found = []
        for request in self.open:
            ref = self.refs.get(request.kpi)
            if ref is None or request.kpi not in still or self._is_measured(ref):
                found.append((request, State.LAPSED))
            elif is_answer(Term.of(request.period), self._stated(ref), request.asked_at):
                found.append((request, State.ENTERED))
        return found

    def _stated(self, ref: KpiRef) -> Stated | None:
        if ref.kpi.is_judged:
            judged = self.judged.get(ref.path)
            return None if judged is None else Stated(day_of(judged.at, self.moment.zone), judged.at)
        newest = self.stated.get(metric_of(ref))
        return None if newest is None else Stated(day_of(newest.at, self.moment.zone), newest.recorded_at)

    def _is_measured(self, ref: KpiRef) -> bool:
        """Whether its measure has a value: nobody is asked for what is known."""
        if ref.kpi.measure is None or self.snapshot is None:
            return False
        standing = self.snapshot.of(ref)
        return standing.value is not None and not is_entered(ref.kpi, standing.reading)

    def letters(self) -> list[_Letter]:
        """What each person is to be told now."""
        for one, term in self.due:
            if one.person is not None and self._is_wanted(one.ref, term):
                self._ask(one, one.person, term)
        over = {(request.kpi, request.period) for request, _ in self.over()}
        for request in self.open:
            if (request.kpi, request.period) not in over and request.kpi in self.refs:
                self._follow_up(request)
        return list(self._by_person.values())

    def _is_wanted(self, ref: KpiRef, term: Term) -> bool:
        if self._is_measured(ref):
            return False
        before = self.requests.get(ref.path)
        used = before.settled_at if before is not None and before.state is State.ENTERED else None
        return not is_known(term, self._stated(ref), used)

    def _ask(self, one: Asked, person: Person, term: Term) -> None:
        if (letter := self._letter(person)) is None:
            return
        letter.asked.append(self._item(one.ref, term))
        letter.is_on_time |= ask_day(term, self.closed) == self._today(one)

    def _follow_up(self, request: Request) -> None:
        """A reminder for whoever was asked, or word to whoever has to know."""
        ref, term = self.refs[request.kpi], Term.of(request.period)
        own = next((one for one in self.workspace.people if one.name == request.person), None)
        zone = ZoneInfo(own.zone) if own and own.zone else self.workspace.zone
        course = Course(
            day_of(request.asked_at, zone), request.reminded_at is not None, request.escalated_at is not None
        )
        step = next_step(course, self.moment.now.astimezone(zone).date(), self.workspace.asks.patience)
        other = overseer(ref, request.person, self.workspace) if step == "escalate" else own
        letter = self._letter(other) if step is not None and other is not None else None
        if letter is None:
            return
        letter.is_on_time = True
        item = replace(self._item(ref, term), request=request)
        if step == "remind":
            letter.reminded.append(item)
        else:
            letter.missing.append(replace(item, person=own or Person(request.person)))

    def _item(self, ref: KpiRef, term: Term) -> Item:
        standing = self.snapshot.of(ref) if self.snapshot is not None else None
        judged = self.judged.get(ref.path)
        word = "" if judged is None else f"Last {judgement_words(judged.text, judged, self.moment)}"
        return Item(ref, term, self.said.get(metric_of(ref)), word, asks.goal_of(standing))

    def _letter(self, person: Person) -> _Letter | None:
        """What the person is told; None where they are not to be written to now."""
        known = self._by_person.get(person.name)
        if known is not None:
            return known
        address = self.job.address(person, self.workspace)
        if address is None:
            return None
        if not self._is_writing_time(person) or self._has_letter(address):
            return None
        return self._by_person.setdefault(person.name, _Letter(address))

    def _is_writing_time(self, person: Person) -> bool:
        zone = ZoneInfo(person.zone) if person.zone else self.workspace.zone
        return is_open(self.moment.now.astimezone(zone), self.workspace.asks.hours, self.closed)

    def _has_letter(self, address: _Address) -> bool:
        """Whether today's message is in the ledger already."""
        key = address.key(self.moment.now.astimezone(address.zone).date())
        return promises.find(self.session, key) is not None
