"""Surveys go through their rounds: opened on their day, reminded of once, closed and told.

Each step is one transaction that only one process can make: a round is opened by a row that no other may
share the day of, reminded of and closed by a conditional update. What is posted is owed in the same one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime, timedelta
from functools import partial

from bot import access
from bot.cadence import CATCH_UP
from bot.frozen import freeze
from bot.jobs.subscribed import DIRECT
from bot.reply import Reply
from bot.reports import survey_posts
from bot.reports.surveys import asked, cadence_of, closes_at, ids_of, load, measured_by
from bot.settings_surveys import SurveyEntry
from bot.timeline import Timeline
from bot.workspace import Person, Workspace
from kpi.survey import samples as samples_of
from kpi.survey import tally
from storage import Session, SessionFactory, StorageFault, promises, samples, surveys
from storage.promises import Promise
from storage.surveys import Opening, Round, Terms

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=1)
REPORT = "survey"
QUESTION, REMINDER, RESULT = "question", "reminder", "result"
ON_TIME = timedelta(minutes=15)
"""A round that opens this soon after it was due counts as opened then: it closes on the dot."""

REMIND_BEFORE = timedelta(days=1)
"""So long before its close a round is reminded of; one of less than two days, half-way."""

PATIENCE = timedelta(days=1)
"""How late a result is still posted."""

_STAND_INS = frozenset({"playground"})


@dataclass(frozen=True, slots=True)
class _Reached:
    """Somebody who is asked in person, and where."""

    person: Person
    surface: str

    @property
    def place(self) -> str:
        return f"{self.surface}:{DIRECT}{self.person.ids[self.surface]}"


@dataclass(frozen=True, slots=True)
class _Post:
    """What is owed to one channel or person; nothing of a round is owed twice to the same."""

    what: str
    place: str  # slack:C0123, slack:@U0ANA
    reply: Reply
    deadline: datetime


@dataclass(frozen=True)
class RunSurveys:
    """Opens, reminds of and closes rounds. Blocks: call it in a thread, or await `run`. Calling it twice
    changes nothing."""

    timeline: Timeline
    sessions: SessionFactory
    now: Callable[[], datetime]
    _: KW_ONLY
    platforms: Collection[str] = ("slack", "discord")
    """Where people can be written to, the first one first."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What the ledger calls surfaces where others stand in for them; what is not among them is not asked."""
    clock: Callable[[Session], datetime] | None = None
    """The time that all processes go by; without it, `now`."""
    outsiders: Mapping[tuple[str, str], bool] = field(default_factory=dict)
    """By surface and channel: whether people outside the company read there. What is not known, they do."""

    _told: set[str] = field(default_factory=set, init=False, repr=False)

    async def run(self) -> None:
        """Do it beside the event loop."""
        await asyncio.to_thread(self)

    def __call__(self) -> int:
        """How many posts are owed by it. A survey that fails does not keep back the others."""
        workspace = self.timeline.files
        with self.sessions.read() as session:
            now = self.now() if self.clock is None else self.clock(session)
            rounds = surveys.rounds(session)
        owed = 0
        for one in rounds:
            if one.closed_at is None:
                owed += self._tried(one.name, partial(self._went_on, workspace, one, now))
        for name in workspace.surveys:
            own = [one for one in rounds if one.survey == name]
            owed += self._tried(name, partial(self._begun, workspace, name, own, now))
        return owed

    def _tried(self, name: str, step: Callable[[], int]) -> int:
        try:
            return step()
        except StorageFault:
            raise
        except Exception:
            log.exception("survey not gone on survey=%s", name)
            return 0

    def _went_on(self, workspace: Workspace, one: Round, now: datetime) -> int:
        if now >= one.closes_at:
            return self._close(workspace, one, now)
        if one.reminded_at is None and now >= _reminds_at(one):
            return self._remind(workspace, one, now)
        return 0

    def _begun(self, workspace: Workspace, name: str, own: list[Round], now: datetime) -> int:
        due = _due(workspace, workspace.surveys[name], own, now)
        return 0 if due is None else self._open(workspace, name, due=due, now=now)

    def _open(self, workspace: Workspace, name: str, *, due: datetime, now: datetime) -> int:
        entry, zone = workspace.surveys[name], workspace.zone
        people = list(self._reached(workspace, entry))
        places = tuple(one for one in entry.channels if self._serves(one.partition(":")[0]))
        if not people and not places:
            self._tell(f"{name}: nobody it asks can be written to from here")
            return 0
        began = due if now - due <= ON_TIME else now
        opening = Opening(
            name,
            cadence_of(entry, workspace).day(due, zone),
            Terms(entry.kind, entry.question, entry.least, entry.anonymous, entry.comment),
            began,
            closes_at(began, entry.open, zone),
            entry.period,
            places,
        )
        with self.sessions.begin() as session:
            opened = surveys.open_round(session, opening)
            if opened is None:
                return 0
            surveys.invite(session, opened, [(one.surface, ids_of(one.person)) for one in people])
            public = survey_posts.invitation(opened, zone, now, is_public=True)
            own = survey_posts.invitation(opened, zone, now, is_public=False)
            posts = [_Post(QUESTION, place, public, opened.closes_at) for place in opened.places]
            posts += [_Post(QUESTION, one.place, own, opened.closes_at) for one in people]
            owed = self._owe(session, opened, posts, now)
        log.info("survey opened round=%s invited=%d posts=%d", opened.name, len(people), owed)
        return owed

    def _remind(self, workspace: Workspace, one: Round, now: datetime) -> int:
        """Write to everybody who was asked in person and has not answered, once."""
        entry = workspace.surveys.get(one.survey)
        people = list(self._reached(workspace, entry)) if entry is not None else []
        with self.sessions.begin() as session:
            if not surveys.remind(session, one, now):
                return 0
            waiting = surveys.waiting(session, one, [ids_of(each.person) for each in people])
            reply = survey_posts.reminder(one, workspace.zone, now)
            posts = [
                _Post(REMINDER, each.place, reply, one.closes_at)
                for each, is_waiting in zip(people, waiting, strict=True)
                if is_waiting
            ]
            return self._owe(session, one, posts, now)

    def _close(self, workspace: Workspace, one: Round, now: datetime) -> int:
        places = list(self._reported(workspace, one))
        with self.sessions.begin() as session:
            scores = surveys.close(session, one, now)
            if scores is None:
                return 0
            found = tally(one.terms.kind, scores, least=one.terms.least, invited=one.invited)
            samples.write(session, samples_of(one.survey, found, one.closes_at), now)
            log.info("survey closed round=%s answers=%d", one.name, found.answers)
            if not places:
                return 0
            (known,) = load(session, workspace, [one.survey], now)
            held = next(each for each in known.closed if each.round.number == one.number)
            reply = survey_posts.result(held, known.closed, workspace.zone, now)
            posts = [_Post(RESULT, place, reply, now + PATIENCE) for place in places]
            return self._owe(session, one, posts, now)

    def _owe(self, session: Session, one: Round, posts: Iterable[_Post], now: datetime) -> int:
        """How many of these posts were not owed yet. Their keys are the same in every process."""
        owed = 0
        for post in posts:
            surface, _, channel = post.place.partition(":")
            known = self.names.get(surface, surface)
            promise = Promise(
                key=f"{REPORT}#{one.name}/{known}:{channel}/{post.what}",
                report=REPORT,
                period=one.day.isoformat(),
                surface=known,
                channel=channel,
                due=now,
                payload=freeze(post.reply),
                deadline=post.deadline,
            )
            owed += promises.owe(session, promise)
        return owed

    def _reached(self, workspace: Workspace, entry: SurveyEntry) -> Iterator[_Reached]:
        """The people who are asked in person, each with the first surface that can write to them."""
        for person in asked(entry, workspace):
            where = [one for one in self.platforms if person.ids.get(one) and self._serves(one)]
            if where:
                yield _Reached(person, where[0])
            else:
                self._tell(f"{person.name} is not asked: no surface in use knows them")

    def _reported(self, workspace: Workspace, one: Round) -> Iterator[str]:
        """The channels that are told of the result, without those that may not see what it measures."""
        entry = workspace.surveys.get(one.survey)
        if entry is None:  # it was taken out of kpi.yaml meanwhile: its figure is kept, and told nobody
            return
        daily = (f"{owed.surface}:{owed.channel}" for owed in workspace.schedule if owed.report == "daily")
        for place in dict.fromkeys(entry.report or daily):
            surface, _, channel = place.partition(":")
            if not self._serves(surface):
                continue
            is_shared = self.outsiders.get((self.names.get(surface, surface), channel), True)
            seen = access.channel_view(workspace, surface, channel, is_shared=is_shared)
            hidden = (ref for ref in workspace.kpis if ref.path in seen.withheld)
            if (ref := measured_by(hidden, one.survey)) is not None:
                log.warning("survey not told channel=%s: not all there may see %s", place, ref.path)
                continue
            yield place

    def _tell(self, trouble: str) -> None:
        """Say it in the log, once: every minute it is the same."""
        if trouble not in self._told:
            self._told.add(trouble)
            log.warning("survey %s", trouble)

    def _serves(self, surface: str) -> bool:
        return surface in self.names if self.names else surface not in _STAND_INS


def _due(workspace: Workspace, entry: SurveyEntry, own: list[Round], now: datetime) -> datetime | None:
    """The instant whose round should be open and never was; None where there is none, or it is too late.

    A survey that was never held before does not begin with a day that was over when it was written down.
    """
    if any(one.closed_at is None for one in own):
        return None
    cadence = cadence_of(entry, workspace)
    due = cadence.before(now + timedelta(microseconds=1), workspace.zone)
    if due is None or now - due >= (entry.open if own else min(entry.open, CATCH_UP)):
        return None
    day = cadence.day(due, workspace.zone)
    return None if any(one.day >= day for one in own) else due


def _reminds_at(one: Round) -> datetime:
    return one.closes_at - min(REMIND_BEFORE, (one.closes_at - one.opened_at) / 2)
