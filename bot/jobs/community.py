"""Turns what the bot has heard of a community into samples, a day at a time, once the day is closed.

A day is stated only where some process listened through all of it, but for `FORGIVEN`: what a restart takes.
Otherwise it has no sample, so that a deaf day is never taken for a quiet one.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.jobs.collect import Connected
from collectors.discord import (
    AUTHORS,
    CHANNEL_AUTHORS,
    JOINS,
    LEAVES,
    MESSAGES,
    MONTHLY_AUTHORS,
    RESPONSE,
    SETTLES_AFTER,
    Config,
)
from kpi.calendar import Period, day_of, day_start
from kpi.metric import Sample, labels
from storage import Session, SessionFactory, community, samples
from storage.community import Span

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=10)
FORGIVEN = timedelta(minutes=2)
"""So much of a day may go unheard. A restart takes about twenty seconds of it."""

KEPT = timedelta(days=60)
"""How long it is known who wrote, by a hash."""

LOOK_BACK_DAYS = 28  # the days before those, which a month needs, are still kept
MONTH_DAYS = 30
ANSWERED_WITHIN = timedelta(days=7)
OTHER = "other channels"
"""Those that were gone before anybody learned their name."""

_SECOND = timedelta(seconds=1)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class CloseCommunity:
    """States the closed days of every Discord source. Blocks: call it in a thread, or await `run`.

    Any number of processes may do it at any time: the same day gives the same samples, which are kept once.
    """

    sources: Mapping[str, Connected]
    sessions: SessionFactory
    zone: ZoneInfo
    now: Callable[[], datetime]

    async def run(self) -> None:
        """Do it beside the event loop."""
        await asyncio.to_thread(self)

    def __call__(self) -> samples.Written:
        """What was new."""
        configs = [one.config for one in self.sources.values() if isinstance(one.config, Config)]
        found: list[Sample] = []
        with self.sessions.read() as session:
            for config in configs:
                found += self._of(session, config)
        if not found:
            return samples.Written()
        with self.sessions.begin() as session:
            written = samples.write(session, found, self.now())
        log.info("community new=%d restated=%d", written.new, written.restated)
        return written

    def forget(self, session: Session) -> int:
        """Drop what is older than any figure needs, and say how many rows."""
        return community.forget(session, self.now() - KEPT)

    def _of(self, session: Session, config: Config) -> Iterator[Sample]:
        """The samples of the days that have none yet, with the source's labels."""
        pairs = labels(config.labels)
        days = self._closed_days()
        ends = {day: _day(day, self.zone).end - _SECOND for day in days}
        known = samples.first_known(session, AUTHORS.name, pairs, list(ends.values()))
        missing = [day for day in days if ends[day] not in known]
        if not missing:
            return
        since = day_start(missing[0] - timedelta(days=MONTH_DAYS), self.zone)
        spans = community.spans(session, config.guild, since, self.now())
        for day in missing:
            for sample in _Day(session, config.guild, day, self.zone, spans).samples():
                own = dict(sample.labels) | config.labels
                yield Sample(sample.metric, sample.at, sample.value, labels(own))

    def _closed_days(self) -> Sequence[date]:
        """The days that are over for long enough, oldest first."""
        today = day_of(self.now() - SETTLES_AFTER, self.zone)
        return [today - timedelta(days=back) for back in range(LOOK_BACK_DAYS, 0, -1)]


@dataclass(frozen=True, slots=True)
class _Day:
    """One closed day of one server, and the stretches of listening around it."""

    session: Session
    guild: str
    day: date
    zone: ZoneInfo
    spans: Sequence[Span]

    def samples(self) -> Iterator[Sample]:
        """Everything there is to say of it; nothing where it was not listened to."""
        if not _is_whole(self.spans, self._last(1)):
            return
        yield from self._written()
        yield from self._month()
        yield from self._moves()
        yield from self._answers()

    def _last(self, days: int) -> Period:
        """So many days that end with this one."""
        after = self.day + timedelta(days=1)
        return Period(day_start(after - timedelta(days=days), self.zone), day_start(after, self.zone))

    def _written(self) -> Iterator[Sample]:
        """Messages and authors, with a zero for a channel that was there and stayed silent. People do not
        add up: as of every vendor's they stand at the last second of their day."""
        period = self._last(1)
        last = period.end - _SECOND
        names = community.channel_names(self.session, self.guild)
        there = community.channel_names(self.session, self.guild, since=period.start)
        messages = Counter(dict.fromkeys(there.values(), 0))
        people: dict[str, set[str]] = defaultdict(set)
        for one in community.written(self.session, self.guild, period.start, period.end):
            name = names.get(one.channel, OTHER)
            messages[name] += one.messages
            people[name].add(one.author)
        everybody = set[str]().union(*people.values())
        yield Sample(AUTHORS.name, last, float(len(everybody)))
        for name, count in messages.items():
            pairs = labels({"channel": name})
            yield Sample(MESSAGES.name, period.start, float(count), pairs)
            yield Sample(CHANNEL_AUTHORS.name, last, float(len(people[name])), pairs)

    def _month(self) -> Iterator[Sample]:
        """Authors of thirty days, each of which has to be whole."""
        month = self._last(MONTH_DAYS)
        days = [self.day - timedelta(days=back) for back in range(MONTH_DAYS)]
        if all(_is_whole(self.spans, _day(day, self.zone)) for day in days):
            count = community.authors(self.session, self.guild, month.start, month.end)
            yield Sample(MONTHLY_AUTHORS.name, month.end - _MICROSECOND, float(count))

    def _moves(self) -> Iterator[Sample]:
        """Joins and leaves, where the bot was told of them all day."""
        period = self._last(1)
        if _is_whole([one for one in self.spans if one.members], period):
            counts = community.moved(self.session, self.guild, period.start, period.end)
            for metric, count in zip((JOINS, LEAVES), counts, strict=True):
                yield Sample(metric.name, period.start, float(count))

    def _answers(self) -> Iterator[Sample]:
        """Times to the first answers given on this day, where the bot listened ever since the question."""
        period = self._last(1)
        since = period.start - ANSWERED_WITHIN
        for one in community.answered(self.session, self.guild, period.start, period.end, asked_since=since):
            if community.unheard(self.spans, one.asked_at, one.answered_at) <= FORGIVEN:
                # Answers of the same millisecond are kept apart by a fraction of it.
                at = one.answered_at + int(one.question) % 1000 * _MICROSECOND
                yield Sample(RESPONSE.name, at, (one.answered_at - one.asked_at).total_seconds())


def _day(day: date, zone: ZoneInfo) -> Period:
    return Period(day_start(day, zone), day_start(day + timedelta(days=1), zone))


def _is_whole(spans: Sequence[Span], period: Period) -> bool:
    return community.unheard(spans, period.start, period.end) <= FORGIVEN
