"""What is said when something was reached: warm, rare, and made of numbers that are known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise

from bot.languages import said, said_of
from bot.reply import Action, Actions, Block, Bold, Link, Reply, Visibility, line, note, plain_text
from bot.reports import words
from bot.reports.alert_data import data_of
from bot.reports.alert_states import quote
from bot.reports.alert_states import text as text_of
from bot.reports.alert_view import AlertView, kind_of, name_of, person_words, shown, title_of
from bot.reports.figures import print_change, print_value
from bot.reports.standing_words import metrics_of, spoken_unit
from bot.workspace import KpiRef
from kpi.alerts import Item
from kpi.calendar import day_of
from kpi.metric import from_micros
from kpi.quantity import Better
from kpi.unit import unit
from storage.alerts import Alert

PARTY = "🎉"
_LAUNCH_DAYS = 90
"""So long after it was noted, a launch is still part of the story."""
_LEAST_DAYS = 7
_LAUNCH = ("launch", "product hunt")


def celebration(alert: Alert, view: AlertView) -> Reply:
    """The message: what was reached, how it came about, and who brought it."""
    items = shown(alert)
    head = head_of(alert, items[0] if items else None, view)
    story = " ".join(_story(alert, items[0], view) if items else ())
    first = line(f"{PARTY} ", Bold(head), f" {story}" if story else "")
    blocks: list[Block] = [first]
    told = _written(alert, items, view)
    blocks += [line(text) for text in told]
    if url := alert.url or next((str(one.evidence["url"]) for one in items if one.evidence.get("url")), ""):
        blocks.append(line(Link(url, said("Read it"))))
    blocks += [line(_also(one, view)) for one in items[1:5]]
    if stated := _stated(head, alert, view):
        blocks.append(note(stated))
    if ref := (view.kpi(items[0].subject) if items else None):
        blocks.append(Actions((Action(said("Show it"), ref.path),)))
    text = plain_text(first.spans)
    data = {"alert": data_of(alert), "printed": [text, *told]}
    return Reply(text, tuple(blocks), visibility=Visibility.CHANNEL, data=data)


def _stated(head: str, alert: Alert, view: AlertView) -> str:
    """Who says that it is to be celebrated, and in which words where the message has others."""
    framework, rule = _framework(view), title_of(alert.rule, view)
    if not framework or head == f"{rule}.":
        return framework
    return said("{rule}, as {framework} states it", rule=rule, framework=framework)


def _framework(view: AlertView) -> str:
    return "" if view.ref is None or view.ref.use is None else view.ref.use.framework.title


def head_of(alert: Alert, item: Item | None, view: AlertView) -> str:
    """What was reached: "1,000 stars."; of what people flag the rule's own name."""
    if item is None or kind_of(item, view) == "text" or _is_first(item, view):
        return f"{title_of(alert.rule, view)}."
    step = item.evidence.get("step")
    limit = step if isinstance(step, int | float) else item.evidence.get("limit")
    ref = view.kpi(item.subject)
    if not isinstance(limit, int | float):
        return f"{title_of(alert.rule, view)}."
    if ref is not None and ref.kpi.better is not Better.LOWER:
        if ref.kpi.unit.kind == "count" and not ref.kpi.unit.is_bare:
            return f"{print_value(float(limit), ref.kpi.unit)}."
        return said("{name}: {value}.", name=ref.kpi.name, value=print_value(float(limit), ref.kpi.unit))
    value = print_value(float(limit), unit(str(item.evidence.get("unit") or "")))
    return said("{name}: {value}.", name=name_of(item, view), value=value)


def _is_first(item: Item, view: AlertView) -> bool:
    """Whether its rule names it better than its measure does: "First enterprise customer"."""
    return view.kpi(item.subject) is None and "step" not in item.evidence


def _written(alert: Alert, items: tuple[Item, ...], view: AlertView) -> list[str]:
    """What somebody wrote who raised it, or what was written elsewhere."""
    found: list[str] = []
    if alert.text:
        raised = view.events_of(alert, "raised")
        by = person_words(raised[-1].author, view.workspace) if raised else ""
        found.append(f"{quote(alert.text)} ({by})" if by else quote(alert.text))
    if items and kind_of(items[0], view) == "text":
        found += text_of(items[0], view).lines
    return found


def _also(item: Item, view: AlertView) -> str:
    told = text_of(item, view) if kind_of(item, view) == "text" else None
    return said("And {what}", what=told.short if told is not None else name_of(item, view))


def _story(alert: Alert, item: Item, view: AlertView) -> Iterator[str]:
    """How it came about: days after the launch, before pace, the busiest day; only what is known."""
    ref = view.kpi(item.subject)
    limit = item.evidence.get("limit")
    if ref is None or not isinstance(limit, int | float):
        return
    past = _Past(ref, float(limit), day_of(item.fired_at or alert.fired_at, view.moment.zone), view)
    after, ahead = past.launched, past.ahead
    if after and ahead:
        yield f"{after}, {ahead}."
    elif one := after or ahead:
        yield f"{one[:1].upper()}{one[1:]}."
    if past.busiest:
        yield past.busiest


class _Past:
    """What led to a milestone, as far as it was read and noted."""

    def __init__(self, ref: KpiRef, limit: float, day: date, view: AlertView) -> None:
        self.ref, self.limit, self.day, self.view = ref, limit, day, view

    @cached_property
    def launched(self) -> str:
        """ "37 days after the launch post": the last note of a launch before it."""
        zone = self.view.moment.zone
        notes = [
            (day_of(one.at, zone), one.text)
            for one in self.view.snapshot.happened
            if any(word in one.text.casefold() for word in _LAUNCH)
        ]
        before = [
            (day, text) for day, text in notes if timedelta(0) < self.day - day <= timedelta(_LAUNCH_DAYS)
        ]
        if not before:
            return ""
        day, text = max(before)
        days = (self.day - day).days
        return said_of(days, "{count} day after {what}", "{count} days after {what}", what=quote(text))

    @property
    def ahead(self) -> str:
        """ "23 days before pace": when the line to the target would have brought it."""
        standing = self.view.standing(self.ref.path)
        pace = None if standing is None else standing.pace
        if pace is None:
            return ""
        span = (pace.end - self.day).days
        due = next(
            (n for n in range(max(0, span + 1)) if pace.expected_on(self.day + timedelta(n)) >= self.limit), 0
        )
        return said_of(due, "{count} day before pace", "{count} days before pace") if due > 0 else ""

    @property
    def busiest(self) -> str:
        """ "The busiest day: +141 (12 Nov: Show HN)." of those that are known before it."""
        gains = self._gains()
        if len(gains) < _LEAST_DAYS:
            return ""
        day = max(gains, key=lambda one: gains[one])
        if gains[day] <= 0:
            return ""
        zone, today = self.view.moment.zone, self.view.moment.day
        why = [one.text for one in self.view.snapshot.happened if day_of(one.at, zone) == day]
        when = words.day(day, today)
        told = f"{when}, {' '.join(why[0].split())[:60]}" if why else when
        gain = print_change(gains[day], spoken_unit(self.ref.kpi))
        return said("The busiest day: {gain} ({day}).", gain=gain, day=told)

    def _gains(self) -> dict[date, float]:
        """What each closed day brought, of a KPI that only one series feeds."""
        found = [one for metric in metrics_of(self.ref) for one in self.view.snapshot.series.of(metric)]
        if len(found) != 1 or "last(" not in (self.ref.kpi.measure or ""):
            return {}
        closes: dict[date, float] = {}
        for at, value in zip(found[0].at.tolist(), found[0].value.tolist(), strict=True):
            closes[day_of(from_micros(at), self.view.moment.zone)] = value
        days = sorted(closes)
        pairs = pairwise(days)
        return {
            after: closes[after] - closes[before]
            for before, after in pairs
            if after - before == timedelta(1) and after <= self.day
        }
