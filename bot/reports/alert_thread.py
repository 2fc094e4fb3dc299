"""Each step of an alert's life as one short line for its thread.

Of an event's `data` is told what is there: `subjects` of what fired or joined; `subject`, `before` and
`value` of what got worse or was restated; `to` of an escalation; `until` of a snooze.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from bot.languages import said
from bot.reply import Block, Bold, Reply, Spans, Text, Visibility, line, plain_text, spans
from bot.reports import alert_numbers, words
from bot.reports.alert_findings import MOST_ROWS, found, rows, together
from bot.reports.alert_standing import SLOT, with_person
from bot.reports.alert_states import quote
from bot.reports.alert_view import AlertView, length, listing_of, name_of, shown
from kpi.alerts import Item
from storage.alerts import NOT_USEFUL, Alert, Event

MOST_NAMES = 5


def told(event: Event, alert: Alert, view: AlertView) -> Reply | None:
    """The line of one event; None where the message itself says it all."""
    if event.kind == "fired":
        return _whole(shown(alert), view)
    tell = _TELL.get(event.kind)
    parts = tell(_Step(event, alert, view)) if tell is not None else ()
    if not parts:
        return None
    blocks: list[Block] = [Text(parts)]
    if event.kind == "joined" and len(some := _items(event, alert)) > 1:
        blocks += [line(text) for text in rows(some, view, None)]
    data = {"alert": alert.number, "event": event.kind, "at": event.at.isoformat()}
    return Reply(plain_text(parts), tuple(blocks), visibility=Visibility.CHANNEL, data=data)


class _Step(NamedTuple):
    """One event of one alert."""

    event: Event
    alert: Alert
    view: AlertView


def _whole(items: Sequence[Item], view: AlertView) -> Reply | None:
    """All that began at once, where the message has no room for them."""
    if len(items) <= MOST_ROWS:
        return None
    head = f"{together(items, view)}:"
    blocks = (line(Bold(head)), *(line(text) for text in rows(items, view, None)))
    return Reply(head, blocks, visibility=Visibility.CHANNEL)


def _items(event: Event, alert: Alert) -> tuple[Item, ...]:
    """The subjects that an event is about."""
    named = event.data.get("subjects") or [event.data.get("subject")]
    return tuple(one for one in alert.items if one.subject in named)


def _joined(step: _Step) -> Spans:
    some = _items(step.event, step.alert)
    if len(some) == 1:
        return spans(said("Now also: {what}", what=found(some[0], step.view).head))
    if not some:
        return ()
    return spans(said("{count} more:", count=len(some)))


def _worsened(step: _Step) -> Spans:
    """By how much it got worse: "Worse: NPS 24 → 18"."""
    items = _items(step.event, step.alert) or shown(step.alert)[:1]
    if not items:
        return ()
    item, name = items[0], name_of(items[0], step.view)
    before, value = step.event.data.get("before"), step.event.data.get("value", item.value)
    if not isinstance(value, int | float):
        return spans(said("Worse: {what}", what=found(item, step.view).head))
    now = alert_numbers.print_of(item, float(value), step.view)
    if not isinstance(before, int | float):
        return spans(said("Worse: {name} {value}", name=name, value=now))
    then = alert_numbers.print_of(item, float(before), step.view)
    return spans(said("Worse: {name} {before} → {now}", name=name, before=then, now=now))


def _resolved(step: _Step) -> Spans:
    """Over: how long it lasted, and who said so where a person did."""
    items = shown(step.alert)
    start = min((one.since for one in items), default=step.alert.event_at)
    span = length(step.event.at - start)
    if not step.event.author and items and all(one.is_event for one in items):
        return ()  # it happened once: nobody waits for its end
    if not step.event.author:
        return spans(said("Over after {time}", time=span))
    told = said("{name} declares it over after {time}", name=SLOT, time=span)
    return (*with_person(told, step.event.author, step.view), *_reason(step.event))


def _acknowledged(step: _Step) -> Spans:
    return with_person(said("{name} has it", name=SLOT), step.event.author, step.view)


def _assigned(step: _Step) -> Spans:
    """Who gives it to whom; the one who gets it is notified where the rule wants that."""
    to = str(step.event.text or step.event.data.get("to") or step.alert.assigned_to)
    if not step.event.author or to == step.event.author:
        return with_person(said("{name} takes it over", name=SLOT), to, step.view)
    from_ = step.view.person(step.event.author)
    if step.view.person(to) == from_:
        return with_person(said("{name} takes it over", name=SLOT), to, step.view)
    return with_person(said("{giver} gives it to {name}", giver=from_, name=SLOT), to, step.view)


def _snoozed(step: _Step) -> Spans:
    until = str(step.event.data.get("until") or "")
    try:
        when = step.view.at(datetime.fromisoformat(until))
    except ValueError:
        return with_person(
            said("{name} snoozes it until it is over", name=SLOT), step.event.author, step.view
        )
    return with_person(
        said("{name} snoozes it until {when}", name=SLOT, when=when), step.event.author, step.view
    )


def _woken(step: _Step) -> Spans:
    """Its snooze is over, by itself or because somebody ends it."""
    start = min((one.since for one in shown(step.alert)), default=step.alert.event_at)
    if step.event.author:
        time = length(step.event.at - start)
        told = said("{name} ends the snooze; still so after {time}", name=SLOT, time=time)
        return with_person(told, step.event.author, step.view)
    return spans(said("The snooze is over; still so after {time}", time=length(step.event.at - start)))


def _noted(step: _Step) -> Spans:
    return (
        *with_person(said("{name}: ", name=SLOT), step.event.author, step.view),
        *spans(quote(step.event.text)),
    )


def _opinion(step: _Step) -> Spans:
    if step.event.text == NOT_USEFUL:
        return with_person(said("{name} found it not useful", name=SLOT), step.event.author, step.view)
    return with_person(said("{name} found it useful", name=SLOT), step.event.author, step.view)


def _escalated(step: _Step) -> Spans:
    """Nobody had it in time: to whom it goes now, and who could not be told."""
    to = str(step.event.data.get("to") or step.event.text)
    if missed := tuple(map(step.view.person, step.event.data.get("missed", ()))):
        names = words.listing(missed, MOST_NAMES)
        if not to:
            return spans(said("Nobody has it yet, and {names} cannot be reached", names=names))
        told = said("Nobody has it yet, and {names} cannot be reached: it goes to {to}", names=names, to=SLOT)
        return with_person(told, to, step.view)
    if not to:
        return spans(said("Nobody has it yet, and the time to act is over"))
    return with_person(said("Nobody has it yet: it goes to {name}", name=SLOT), to, step.view)


def _reminded(step: _Step) -> Spans:
    start = min((one.since for one in shown(step.alert)), default=step.alert.event_at)
    return spans(said("Still so after {time}; nobody has it", time=length(step.event.at - start)))


def _corrected(step: _Step) -> Spans:
    """What was restated: the alert would not have been, or would have been earlier."""
    return spans(*corrected(step.event, step.alert, step.view))


def corrected(event: Event, alert: Alert, view: AlertView) -> Iterator[str]:
    """ "Restated: Visitors 12 → 340; this was no alert"."""
    items = _items(event, alert) or shown(alert)[:1]
    before, now = event.data.get("before"), event.data.get("value", event.data.get("now"))
    numbers = [one for one in (before, now) if isinstance(one, int | float)]
    if items and len(numbers) == 2:
        then, today = (alert_numbers.print_of(items[0], float(one), view) for one in numbers)
        name = name_of(items[0], view)
        yield said("Restated: {name} {before} → {now}", name=name, before=then, now=today)
        yield said("; this was no alert")
    elif items:
        yield said("Restated: {names}; this was no alert", names=listing_of(items, view, MOST_NAMES))
    else:
        yield said("Restated; this was no alert")


def _reason(event: Event) -> Spans:
    return spans(f": {quote(event.text)}") if event.text else ()


_Tell = Callable[[_Step], Spans]

_TELL: Mapping[str, _Tell] = {
    "joined": _joined,
    "worsened": _worsened,
    "resolved": _resolved,
    "acknowledged": _acknowledged,
    "assigned": _assigned,
    "snoozed": _snoozed,
    "woken": _woken,
    "noted": _noted,
    "opinion": _opinion,
    "escalated": _escalated,
    "reminded": _reminded,
    "corrected": _corrected,
}


def history_line(event: Event, alert: Alert, view: AlertView) -> str:
    """One event with its time, for the history of an alert: "14:05 Ana has it"."""
    told = _first(event, alert, view)
    return said("{when}: {what}", when=view.at(event.at), what=told) if told else ""


def _first(event: Event, alert: Alert, view: AlertView) -> str:
    if event.kind == "fired":
        return said("it began")
    if event.kind == "raised":
        return plain_text(with_person(said("{name} raised it", name=SLOT), event.author, view))
    tell = _TELL.get(event.kind)
    return plain_text(tell(_Step(event, alert, view))) if tell is not None else ""
