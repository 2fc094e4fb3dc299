"""A change explained in words: the finding, what is usual, who moved it, and what fell into the same days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from bot import languages
from bot.reports import words
from bot.reports.explained import Explanation
from bot.reports.explained_change import WEEK, Change
from bot.reports.explained_gauge import last_of
from bot.reports.explained_happened import MOST, told
from bot.reports.explained_parts import beside_lines, part_lines, side_lines, sign_of
from bot.reports.figures import print_change, print_value
from bot.reports.provenance import author_name
from bot.reports.snapshot import Snapshot
from bot.reports.standing_words import spoken_unit
from bot.reports.words import MINUS
from bot.windows import Window
from kpi.explain import Manner
from kpi.measure import parse
from kpi.quantity import Better
from kpi.unit import BARE, Unit
from kpi.window import Days
from storage.entries import Entry

_DAY = timedelta(days=1)
COINCIDENCE = "In the same days (a coincidence may be all it is):"


def finding(found: Explanation, snapshot: Snapshot) -> str:
    """What the days brought, and how that compares; the first line."""
    change, today = found.change, snapshot.moment.day
    name = change.ref.kpi.name
    if change.missing:
        return f"○ {name}: this change cannot be explained."
    if change.by_hand:
        return _entered(change, today)
    when = span_words(change.days, today)
    if change.manner is Manner.LEVEL:
        text = f"{name} {_changed(change, change.after or 0.0)} {when}"
    elif change.manner is Manner.VALUE:
        ends = f"{_value(change, change.before)} → {_value(change, change.after)}"
        text = f"{name} {ends} {when}"
    else:
        text = f"{name} {print_value(change.after or 0.0, spoken_unit(change.ref.kpi))} {when}"
    return f"{text}: {_verdict(change)}."


def _entered(change: Change, today: date) -> str:
    name, day = change.ref.kpi.name, words.day(last_of(change.days), today)
    if change.before is None:
        return f"{name} {_value(change, change.after)} on {day}: the first number."
    ends = f"{_value(change, change.before)} → {_value(change, change.after)}"
    return f"{name} {ends}, entered for {day}: {_verdict(change)}."


def _verdict(change: Change) -> str:
    """How it compares with the usual, or else with the days before, in a few words."""
    if change.side is not None:
        just = "just " if change.side and not change.is_far else ""
        if change.manner is Manner.VALUE:
            said = {1: "an unusual rise", -1: "an unusual fall", 0: "as usual"}[change.side]
        else:
            said = {1: f"{just}above usual", -1: f"{just}below usual", 0: "as usual"}[change.side]
        return said + _judged(change, change.side)
    if change.is_holiday:
        return "a holiday, like no other day"
    delta = change.delta if change.manner is not Manner.LEVEL else change.after
    if delta is None:
        return "nothing to compare it with"
    if not delta:
        return "unchanged"
    share = _percent(change)
    way = "up" if delta > 0 else "down"
    return f"{way} {share.lstrip(f'+{MINUS}')}".rstrip() + _judged(change, sign_of(delta))


def _judged(change: Change, way: int) -> str:
    """Where lower is better a rise is no good news, which its number alone does not say."""
    if change.ref.kpi.better is not Better.LOWER or not way:
        return ""
    return " (worse)" if way > 0 else " (better)"


def span_words(days: Days, today: date) -> str:
    """The days as a line says them: "on Thursday 12 Nov", "16 to 22 Nov"."""
    last = last_of(days)
    if days.count == 1:
        return f"on {languages.weekday(last)} {words.day(last, today)}"
    return f"from {range_words(days, today)}"


def range_words(days: Days, today: date) -> str:
    """Both ends: "16 to 22 Nov", "28 Oct to 3 Nov"; of one day that day."""
    first, last = days.first, last_of(days)
    if days.count == 1:
        return words.day(last, today)
    is_one_month = (first.year, first.month) == (last.year, last.month)
    begun = str(first.day) if is_one_month else words.day(first, today)
    return f"{begun} to {words.day(last, today)}"


def lines(found: Explanation, snapshot: Snapshot) -> Iterator[str]:
    """What stands under the finding, a line each, the most telling first."""
    change, today = found.change, snapshot.moment.day
    if change.missing:
        yield from _why_not(found, snapshot)
        return
    if change.side == 0:
        yield _nothing_unusual(change)
        yield from filter(None, (_before(change, today), _unusual_before(change, today), found.expected))
        return
    if found.entered is not None:
        yield _who(found.entered, snapshot)
    shown = (_usual(change), _before(change, today), _rare(change), found.expected, _ends(change))
    yield from filter(None, shown)
    if found.sides is not None:
        yield from side_lines(found.sides)
    yield from part_lines(found.parts, change)
    yield from beside_lines(found.beside)
    yield from _happened(found, snapshot)


def _who(entry: Entry, snapshot: Snapshot) -> str:
    """Who entered the number, when, and what they said of it."""
    at = words.clock(entry.recorded_at, snapshot.moment.zone, snapshot.moment.day)
    who = author_name(entry.author, snapshot.workspace)
    return f"Entered by {who}, {at}" + (f": {entry.note}" if entry.note else "")


def _why_not(found: Explanation, snapshot: Snapshot) -> Iterator[str]:
    yield found.change.missing
    fault = snapshot.of(found.change.ref).fault
    if fault is not None:
        since = words.clock(fault.since, snapshot.moment.zone, snapshot.moment.day)
        yield words.told(f"{fault.source} fails since {since}: {fault.message}", fault.hint)


def _nothing_unusual(change: Change) -> str:
    return f"Nothing moved beyond the usual: {_usual_range(change)}."


def _unusual_before(change: Change, today: date) -> str:
    """A usual stretch that looks like a fall, or a rise, because the one before was out of the ordinary."""
    way = change.side_before
    if not way:
        return ""
    it_was = "It was" if change.days.count == 1 else "They were"
    return f"{it_was} {'above' if way > 0 else 'below'} usual: ask about {range_words(change.earlier, today)}"


def _usual(change: Change) -> str:
    if change.usual is None:
        return ""
    like = f"{change.usual.count} such {'days' if change.days.count == 1 else 'stretches'} before"
    if change.days.count == WEEK:
        like = f"{change.usual.count} weeks before"
    day = languages.weekday(last_of(change.days))
    what = f"A usual {day}" if change.days.count == 1 else "Usual"
    return f"{what}: {_usual_range(change)} ({like})"


def _usual_range(change: Change) -> str:
    """ "290–350", "+20 to +45"; one number where both ends print alike."""
    assert change.usual is not None  # asked only where it is known
    low, high = change.usual.low, change.usual.high
    if change.manner in (Manner.LEVEL, Manner.VALUE):
        return " to ".join(dict.fromkeys(_changed(change, one) for one in (low, high)))
    unit = _bare(change)
    if change.manner is Manner.FIGURE:  # as fine as the figure beside it
        low, high = (words.as_fine_as(one, _value(change, change.after)) for one in (low, high))
    elif unit is BARE and max(abs(low), abs(high)) >= 1:
        low, high = round(low), round(high)
    ends = list(dict.fromkeys(print_value(one, unit) for one in (low, high)))
    return (" to " if any(one.startswith(MINUS) for one in ends) else "–").join(ends)


def _before(change: Change, today: date) -> str:
    """What it is held against, with its days, and the difference."""
    if change.not_before:
        if change.by_hand:
            return ""  # that it is the first number says it
        return f"Nothing to hold it against: {_lowered(change.not_before)}"
    if change.manner is Manner.VALUE or change.before is None:
        since = words.day(change.days.first - _DAY, today)
        # In percent the finding has said it, where nothing is known of the usual.
        moved = _moved(change) if change.side is not None else _changed(change, change.delta or 0.0)
        return f"{moved} since {since}" if change.delta else ""
    earlier = range_words(change.earlier, today)
    label = f"{earlier} before" if change.days.count > 1 else languages.weekday(change.earlier.first)
    if change.days.count == 1:
        label = f"{label} {earlier}"
    if change.manner is Manner.LEVEL:
        return f"Before, {label.removesuffix(' before')}: {_changed(change, change.before)}"
    value = _value(change, change.before)
    return f"Before, {label.removesuffix(' before')}: {value}, so {_moved(change)}"


def _moved(change: Change) -> str:
    """By how much, and in percent: "+78 (+23%)"."""
    share = _percent(change)
    told_change = _changed(change, change.delta or 0.0)
    return f"{told_change} ({share})" if share and share != told_change else told_change


def _percent(change: Change) -> str:
    """The change in percent of what it was, with its sign; empty from nothing, and of a percentage itself."""
    delta, before = change.delta, change.before
    if change.manner is Manner.LEVEL:
        delta, before = change.after, change.ends[0] if change.ends else None
    if not delta or before is None or before <= 0 or change.ref.kpi.unit.name.startswith("%"):
        return ""
    share = words.percent(round(100 * delta / before, 1), limit=0)
    return share if share.startswith(MINUS) else f"+{share}"


def _rare(change: Change) -> str:
    if change.weeks_beaten is None:
        return ""
    is_high, count = change.weeks_beaten
    what = languages.weekday(last_of(change.days)) if change.days.count == 1 else "such stretch"
    if change.days.count == WEEK:
        what = "such week"
    if change.manner is Manner.VALUE:
        return f"The largest {'rise' if is_high else 'fall'} of a {what} in {count} weeks"
    return f"The {'highest' if is_high else 'lowest'} {what} in {count} weeks"


def _ends(change: Change) -> str:
    """Where the KPI itself stood, which its days alone do not say."""
    if change.ends is None or change.manner is Manner.VALUE:
        return ""
    start, end = (_value(change, one) for one in change.ends)
    if change.manner is Manner.LEVEL:
        return f"It went from {start} to {end}"
    windows = {query.window for query in parse(change.ref.kpi.measure or "").queries}
    window = windows.pop() if len(windows) == 1 else None
    whole = words.within(window) if window is not None else "over its own days"
    return f"The KPI itself ({whole}): {start} → {end}" if start != end else ""


def _happened(found: Explanation, snapshot: Snapshot) -> Iterator[str]:
    if not found.happened:
        yield "Nothing is noted in these days: no release, no incident, no note."
        return
    yield COINCIDENCE
    for one in found.happened[:MOST]:
        yield f"• {told(one, snapshot.moment.day, snapshot)}"
    if len(found.happened) > MOST:
        yield f"• and {len(found.happened) - MOST} more"


def is_cut(window: Window | None) -> bool:
    """Whether the days that were asked about end with today, which is left out."""
    return window is not None and window.is_open and window.days > 1


def _value(change: Change, value: float | None) -> str:
    return print_value(value or 0.0, _bare(change))


def _changed(change: Change, value: float) -> str:
    fine = words.as_fine_as(value, _value(change, change.after))
    return print_change(fine, _bare(change))


def _bare(change: Change) -> Unit:
    kpi = change.ref.kpi
    return BARE if kpi.unit.kind == "count" else spoken_unit(kpi)


def _lowered(text: str) -> str:
    """A reason behind a colon; a name with its own spelling stays."""
    first = text.partition(" ")[0]
    return text if "." in first or first[:1].isdigit() else text[:1].lower() + text[1:]
