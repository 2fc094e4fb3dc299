"""What was promised and what became of it, in words: shared by `receipts` and `health`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from bot.cadence import ASKED
from bot.reply import Spans, marked, spans
from bot.reports import words
from bot.reports.places import DIRECT, Places
from bot.reports.upcoming import TITLES
from storage.promise_sql import State
from storage.promises import Summary
from storage.receipts import ChannelPosts, StandIn, Trouble

AGAIN = "#again-"
"""In the key of a post that somebody had sent once more."""

CORRECTION = "#restated-"
"""In the key of what corrects a post in its thread: it is told nowhere else."""

LATE = timedelta(minutes=15)
"""From when on a post is late; it says so itself from then on."""


def headline(found: Summary, span: str) -> str:
    """What a reader must know first: whether everything arrived; what did not; late; twice."""
    folded = f" {found.folded} folded on purpose." if found.folded else ""
    if not found.promised:
        return f"No post was promised in {span}.{folded}"
    lost = [
        f"{found.failed} failed" if found.failed else "",
        f"{found.missed} missed" if found.missed else "",
        f"{found.open} under way" if found.open else "",
    ]
    rest = ", ".join(part for part in lost if part)
    odd = f"{f'{found.late} late' if found.late else 'none late'}, {_twice(found.twice)}"
    posts = words.count(found.promised, "post")
    if rest:
        return f"{found.delivered} of {posts} in {span} arrived: {rest}; {odd}.{folded}"
    arrived = f"The one post in {span}" if found.promised == 1 else f"All {posts} in {span}"
    return f"{arrived} arrived, {odd}.{folded}"


def _twice(count: int) -> str:
    return f"{count} twice" if count else "none twice"


def merged(found: Iterable[ChannelPosts]) -> list[ChannelPosts]:
    """The channels, all direct messages of a surface as one."""
    named = [replace(one, channel=DIRECT) if one.channel.startswith(DIRECT) else one for one in found]
    grouped = groupby(sorted(named, key=_place), key=_place)
    return [_joined(list(members)) for _, members in grouped]


def _place(one: ChannelPosts) -> tuple[str, str]:
    return one.surface, one.channel


def _joined(found: Sequence[ChannelPosts]) -> ChannelPosts:
    return replace(
        found[0],
        delivered=sum(one.delivered for one in found),
        open=sum(one.open for one in found),
        dead=sum(one.dead for one in found),
        last_at=max((one.last_at for one in found if one.last_at is not None), default=None),
        folded=sum(one.folded for one in found),
    )


def counts(one: ChannelPosts) -> str:
    """What became of a channel's posts: "5 arrived, 1 lost, 2 folded"."""
    parts = [
        f"{one.delivered} arrived" if one.delivered else "",
        f"{one.open} under way" if one.open else "",
        f"{one.dead} lost" if one.dead else "",
        f"{one.folded} folded" if one.folded else "",
    ]
    return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class TroubleWords:
    """One trouble told: when is read in `zone`, and a day is named where it is not `today`."""

    zone: ZoneInfo
    today: date
    places: Places

    def lines(self, one: Trouble, instead: StandIn | None) -> Iterator[Spans]:
        """What it was and what became of it; then why, and where it was told instead."""
        mark = "▲" if one.state in (State.FAILED, State.MISSED) else "◆"
        where = self.places.span(one.surface, one.channel)
        yield spans(f"{mark} {self._title(one)} → ", where, f": {self._fate(one)}")
        if one.error:
            yield marked(words.told(one.error))
        if instead is not None:
            where = self.places.span(instead.surface, instead.channel)
            yield spans("Told in ", where, f" instead, {self._clock(instead.at)}.")
        elif one.state is State.FAILED and CORRECTION not in one.key:
            yield spans("It was told nowhere else.")

    def _title(self, one: Trouble) -> str:
        if CORRECTION in one.key:
            return f"correction of {self._period(one)}"
        title = "subscription" if one.report == ASKED else TITLES.get(one.report, one.report)
        return f"{title} {self._period(one)}{', repeated' if AGAIN in one.key else ''}"

    def _period(self, one: Trouble) -> str:
        try:
            return words.day(date.fromisoformat(one.period), self.today)
        except ValueError:
            return one.period

    def _fate(self, one: Trouble) -> str:
        if one.state in (State.FAILED, State.MISSED):
            return one.state.value
        late = words.age((one.delivered_at or one.due) - one.due).removesuffix(" ago")
        if one.copies > 1:
            return f"stands there {one.copies} times"
        return f"{late} late, {self._clock(one.delivered_at or one.due)}"

    def _clock(self, at: datetime) -> str:
        return words.clock(at, self.zone, self.today)
