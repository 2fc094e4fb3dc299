"""Rules on a drop or a rise: a stretch of closed days against one of equal length and of the same series.

What was measured in one of the two stretches only is left out of both, so that a source that was added, or
went silent, is neither a rise nor a drop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from kpi.alert_names import looks_like_measure
from kpi.alert_rules import Condition
from kpi.alerts import Finding
from kpi.calendar import Moment, Period
from kpi.conditions_days import DAY, Judged, Numeral, by_label, judged, kpi_number, measure_number
from kpi.conditions_limits import compare, is_over, limit_of, told, unit_name, unknown
from kpi.conditions_numbers import days_wanted, usual_range
from kpi.conditions_sight import Look
from kpi.metric import Series, SeriesSet, to_micros
from kpi.reading import TOLERANCE
from kpi.scoring import exact

WEEKS = {"week": 7, "4 weeks": 28, "year": 364}
"""A year earlier is 52 weeks earlier: the same weekdays."""

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class _Change:
    """A number at the end of two stretches; without `percent`, `reason` says why."""

    found: Judged
    days: int
    back: int  # how many days lie between the two ends
    before: float | None = None
    percent: Fraction | None = None
    reason: str = ""
    left_out: tuple[str, ...] = ()


def of_change(look: Look) -> tuple[Finding, ...]:
    """A drop or a rise in percent, of a measure or a KPI, as a whole or for each value of a label."""
    when, sight = look.when, look.sight
    text = when.drop or when.rise
    one = sight.find(text, look.framework)
    if one is None and not looks_like_measure(text):
        return ()

    def number_of(series: SeriesSet) -> Numeral:
        return measure_number(text, series) if one is None else kpi_number(one, series)

    if when.by:
        parts = by_label(number_of, when.by, sight)
    else:
        parts = {"" if one is None else one.path: number_of(sight.series)}
    return tuple(_finding(subject, _Subject(part, number_of), look) for subject, part in parts.items())


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is compared: its number, and how the same is made of other series."""

    number: Numeral
    over: Callable[[SeriesSet], Numeral]


def _finding(subject: str, what: _Subject, look: Look) -> Finding:
    rule, when, number = look.rule, look.when, what.number
    label = {"label": when.by, "label_value": subject} if when.by else {}
    about = {"name": number.name, **label}
    if reason := unequal(number):
        return unknown(subject, reason, evidence=about)
    change = _change(when, what, judged(number, look.sight))
    if change.percent is None:
        return unknown(subject, change.reason, at=change.found.at, evidence=about)
    op, limit = limit_of(rule)
    value = float(change.percent)
    usual = None if change.left_out else usual_range(number, change.found, look.sight)
    is_usual = when.unusual and _is_usual(change, when, usual)
    holds = not is_usual and compare(op, change.percent, limit)
    clears = not holds and (is_usual or is_over(rule, change.percent))
    if not look.is_worth_telling(subject, holds=holds):
        return Finding(subject, False, clears, change.found.at, value=value, limit=limit)
    return Finding(
        subject,
        holds,
        clears,
        at=change.found.at,
        since=_since(look, what, change) if holds else None,
        value=value,
        limit=limit,
        evidence=told(
            **about,
            unit=unit_name(number.unit or change.found.reading.unit),
            percent=value,
            limit=limit,
            op=op,
            against=when.against,
            usual=usual,
            **_both(change),
        ),
    )


def _is_usual(change: _Change, when: Condition, usual: list[float] | None) -> bool:
    """Whether such a weekday is like that anyway: every Saturday is a drop against its Friday."""
    after = change.found.reading.value
    if usual is None or after is None:
        return False
    return after >= usual[0] if when.drop else after <= usual[1]


def _both(change: _Change) -> dict[str, Any]:
    """What both stretches came to, and which days they are."""
    last = _last_day(change.found)
    first = last - (change.days - 1) * DAY
    back = change.back * DAY
    return {
        "before": change.before,
        "after": change.found.reading.value,
        "days": change.days,
        "from": [(first - back).isoformat(), (last - back).isoformat()],
        "to": [first.isoformat(), last.isoformat()],
        "left_out": list(change.left_out),
    }


def _last_day(found: Judged) -> date:
    return (found.at - _MICROSECOND).astimezone(found.moment.zone).date()


def unequal(number: Numeral) -> str:
    """Why no two stretches of equal length can be compared; empty where they can.

    A month is not as long as the one before, and what began with the first sample has nothing before it.
    """
    words = (query.window.text for query in number.queries if query.window and query.window.count is None)
    return next((f"“{word}” cannot be compared with a stretch of equal length" for word in words), "")


def stretch_days(number: Numeral) -> int:
    """How many days a number is about; of a level one."""
    return max((query.window.count or 1 for query in number.queries if query.window is not None), default=1)


def days_back(when: Condition, number: Numeral) -> int:
    """How many days before the stretch in question the other one lies."""
    return WEEKS.get(when.against, stretch_days(number))


def _change(when: Condition, what: _Subject, found: Judged) -> _Change:
    days, back = stretch_days(what.number), days_back(when, what.number)
    bare = _Change(found, days, back)
    if found.value is None:
        return _Change(found, days, back, reason=found.reason)
    moment = _earlier(found.moment, back)
    now_, then = _stretch(found, days), _stretch(Judged(found.reading, found.moment), days, back=back)
    series, left_out = _common(what.number, now_, then)
    if not series.series:
        return _Change(found, days, back, reason="nothing was measured in both stretches")
    number = what.over(series) if left_out else what.number
    after = number.read(found.moment) if left_out else found.reading
    before = number.read(moment)
    for reading, which in ((after, ""), (before, " (the stretch before)")):
        if reading.value is None:
            return _Change(found, days, back, reason=f"{reading.reason or 'no data'}{which}")
    assert after.value is not None
    assert before.value is not None
    if not before.settled:
        return _Change(found, days, back, reason="the stretch before is not settled yet")
    if what.number.is_live and not _is_fresh(before.at, moment, what.number):
        return _Change(found, days, back, reason="no reading right before the stretch")
    if before.value <= 0:
        return _Change(found, days, back, reason=f"it was {before.value:g} before: no percent of that exists")
    lost = 100 * (exact(before.value) - exact(after.value)) / exact(before.value)
    shown = Judged(after, found.moment)
    return _Change(shown, days, back, before.value, lost if when.drop else -lost, bare.reason, left_out)


def _earlier(moment: Moment, back: int) -> Moment:
    """The same moment `back` days earlier: the close of a day for a close."""
    if moment.closing:
        return moment.close_of(moment.day - back * DAY)
    return moment.at((moment.now.astimezone(moment.zone) - back * DAY).astimezone(moment.now.tzinfo))


def _is_fresh(at: datetime | None, moment: Moment, number: Numeral) -> bool:
    return at is not None and moment.now - at <= number.every + TOLERANCE


def _stretch(found: Judged, days: int, *, back: int = 0) -> Period:
    """The days that a judged number is about, or those `back` days before; of a level all up to its end."""
    last = _last_day(found) - back * DAY
    close = found.moment.close_of(last)
    return close.closed_days(days)


def _common(number: Numeral, one: Period, other: Period) -> tuple[SeriesSet, tuple[str, ...]]:
    """The series that were measured in both stretches, and the labels of those that were in one only."""
    own = [
        series
        for query in dict.fromkeys((query.metric, query.filters) for query in number.queries)
        for series in number.series.of(*query)
    ]
    own = list({(series.metric, series.labels): series for series in own}.values())
    slack = timedelta(0) if number.every <= DAY else number.every
    seen = [(series, _has(series, one, slack), _has(series, other, slack)) for series in own]
    both = tuple(series for series, now_, then in seen if now_ and then)
    return SeriesSet(both, number.series.metrics), tuple(_names(s for s, a, b in seen if a is not b))


def _names(series: Iterable[Series]) -> list[str]:
    return sorted(", ".join(value for _, value in one.labels) or one.metric for one in series)


def _has(one: Series, period: Period, slack: timedelta) -> bool:
    """Whether a series was measured in a period, or so little before it that it still counts there."""
    low, high = one.at.searchsorted((to_micros(period.start - slack), to_micros(period.end)))
    return bool(high > low)


def _since(look: Look, what: _Subject, change: _Change) -> datetime:
    """Since when it holds without a break: as many days as the rule wants at the most."""
    wanted = days_wanted(look.rule) or 1
    op, limit = limit_of(look.rule)
    count = 1
    for back in range(1, 2 * wanted):
        if count >= wanted:
            break
        moment = _earlier(change.found.moment, back)
        earlier = _change(look.when, what, Judged(what.number.read(moment), moment))
        if earlier.percent is None:
            continue
        if not compare(op, earlier.percent, limit):
            break
        count += 1
    return change.found.at - count * DAY
