"""What changed over the closed days that an update is about, and what of it weighs most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot import languages
from bot.languages import said
from bot.reports import words
from bot.reports.history import closing
from bot.reports.snapshot import Snapshot
from bot.workspace import KpiRef
from kpi.calendar import Moment
from kpi.expression import Call
from kpi.measure import parse
from kpi.metric import to_micros
from kpi.scoring import met
from kpi.standing import Standing

_WEEK = 7
_MOST_UNLIKE = 2
_DULL = 10.0  # what a sum moves by on a usual day is mostly the day that left it


@dataclass(frozen=True, slots=True)
class Change:
    """A measured KPI over the days since the last update: its values where they begin and where they end."""

    ref: KpiRef
    before: float | None
    latest: float | None
    turned: bool | None  # newly met (True), newly missed (False), or neither
    size: float  # what a change is held against: the larger of value and target
    stands_out: float = 0.0  # how many times as much, or as little, as usual a day's own count is; 0 below 2
    is_usual: bool = False  # its day's own count is like others of its weekday, or too small to tell

    @property
    def delta(self) -> float | None:
        """None where either end was not measured: a gap is not bridged."""
        return None if self.latest is None or self.before is None else self.latest - self.before

    @property
    def weight(self) -> tuple[bool, float]:
        """What matters most comes first: a target won or lost, then the largest relative move."""
        size = (self.size or 1.0) * (_DULL if self.is_usual else 1.0)
        return (self.turned is not None, abs(self.delta or 0.0) / size)

    @property
    def is_change(self) -> bool:
        return bool(self.delta) or self.turned is not None

    @property
    def is_silent(self) -> bool:
        """Whether its source said nothing of the last closed day."""
        return self.latest is None


@dataclass(frozen=True, slots=True)
class Span:
    """The closed days an update is about."""

    days: int
    close: Moment  # of the last day
    before: Moment  # of the last day that the update before was about

    @classmethod
    def up_to(cls, moment: Moment, days: int) -> Span:
        """The last `days` closed days at `moment`."""
        yesterday = moment.today - timedelta(days=1)
        return cls(days, moment.close_of(yesterday), moment.close_of(yesterday - timedelta(days=days)))

    @property
    def since_words(self) -> str:
        """From which close a change is counted: "yesterday", "since Thursday"."""
        if self.days == 1:
            return said("yesterday")
        return said("since {day}", day=self._begin)

    @property
    def before_words(self) -> str:
        """The day whose close a value is the same as."""
        return said("the day before") if self.days == 1 else said("on {day}", day=self._begin)

    @property
    def _begin(self) -> str:
        first = self.before.day
        return languages.weekday(first) if self.days < 7 else words.day(first, self.close.day)


def changes_of(refs: Sequence[KpiRef], snapshot: Snapshot, span: Span) -> list[Change]:
    """Every one of these KPIs that has a value, over the span."""
    return [_change(ref, snapshot, span) for ref in refs if snapshot.of(ref).value is not None]


def _change(ref: KpiRef, snapshot: Snapshot, span: Span) -> Change:
    """The last closed day held against the last one that the update before covered."""
    is_same = _is_as_at_close(ref, snapshot)
    latest = _held(ref, snapshot) if is_same else closing(ref, snapshot, span.close)
    before = closing(ref, snapshot, span.before)
    target = snapshot.of(ref).target
    turned, size = None, abs(before or 0.0)
    if target is not None and target.is_numeric:
        size = max(size, abs(target.goal.value or 0.0))
        was, is_ = (met(target.goal, value, ref.kpi.better) for value in (before, latest))
        is_turn = None not in (was, is_) and was != is_
        turned = is_ if is_turn and not _flickers(ref, snapshot, span, bool(is_)) else None
    return Change(ref, before, latest, turned, size * _slides(ref))


def _slides(ref: KpiRef) -> int:
    """Over how many days a measure takes a difference: the day that leaves its window moves it as much as
    the day it is told of, so that its moves weigh less."""
    root = None if ref.kpi.measure is None else parse(ref.kpi.measure).root
    if (
        not isinstance(root, Call)
        or root.query.function not in ("change", "rate")
        or root.query.window is None
    ):
        return 1
    return root.query.window.count or 1


def _flickers(ref: KpiRef, snapshot: Snapshot, span: Span, is_met: bool) -> bool:
    """Whether the target was met, or missed, like this within the week before: around its limit a value
    crosses it every other day, which is no news. The samples of that week were read for the trend."""
    target = snapshot.of(ref).target
    if target is None:
        return False
    for back in range(1, _WEEK):
        value = closing(ref, snapshot, snapshot.moment.close_of(span.before.day - timedelta(days=back)))
        if value is not None and met(target.goal, value, ref.kpi.better) is is_met:
            return True
    return False


def _is_as_at_close(ref: KpiRef, snapshot: Snapshot) -> bool:
    """Whether the KPI reads now what it read when yesterday closed, so that it need not be read again.

    Windows are of closed days and no sample of today plays a part in them; of a newest reading none has come.
    """
    kpi = ref.kpi
    if kpi.measure is None or kpi.matures is not None or snapshot.of(ref).reading.reason:
        return False
    measure, midnight = parse(kpi.measure), to_micros(snapshot.moment.midnight)
    for query in measure.queries:
        if query.window is not None:
            continue
        found = snapshot.series.by_metric.get(query.metric, ())
        if any(len(one) and int(one.at[-1]) >= midnight for one in found):
            return False
    return True


def _held(ref: KpiRef, snapshot: Snapshot) -> float | None:
    """The value now, where it is one of the last closed day."""
    reading = snapshot.of(ref).reading
    yesterday = snapshot.moment.closed_days(1).start
    return reading.value if reading.at is not None and reading.at >= yesterday else None


def at_close(change: Change, snapshot: Snapshot, span: Span) -> Standing:
    """Where a KPI stood at the end of the span; where nothing came since, or on its last day, where it is."""
    now = snapshot.of(change.ref)
    is_as_now = change.is_silent or now.value == change.latest
    return now if is_as_now else snapshot.at_close(change.ref, span.close.day)


def distinct(changes: Sequence[Change]) -> list[Change]:
    """What changed, each reading once: two KPIs on one measure are told as the one that comes first."""
    found: dict[str, Change] = {}
    for one in changes:
        if one.is_change:
            found.setdefault(one.ref.kpi.measure or one.ref.path, one)
    return list(found.values())


def by_weight(changes: Sequence[Change]) -> list[Change]:
    """The weightiest first. Before all others come up to two days unlike any usual one: of one cause there
    are often many."""
    marked = [one for one in changes if one.stands_out]
    unlike = sorted(marked, key=lambda one: one.stands_out, reverse=True)[:_MOST_UNLIKE]
    paths = {one.ref.path for one in unlike}
    others = [one for one in changes if one.ref.path not in paths]
    return [*unlike, *sorted(others, key=lambda one: one.weight, reverse=True)]
