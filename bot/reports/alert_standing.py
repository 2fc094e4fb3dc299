"""Who has an alert, what is to be done about it and by when, and whether it is kept quiet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.languages import said
from bot.reply import Spans, spans
from bot.reports import words
from bot.reports.alert_ladder import Ladder, called
from bot.reports.alert_view import AlertView, path_of, person_span, person_words, shown
from kpi.alerts import State
from kpi.duration import duration
from storage.alerts import NOT_USEFUL, Alert, Event

SLOT = "\x00"
_MOST_OWNERS = 3


def standing_lines(alert: Alert, view: AlertView) -> Iterator[Spans]:
    """What holds of an open alert beside its numbers, the most urgent first."""
    yield from _held(alert, view)
    yield from _to_do(alert, view)
    yield from _quiet(alert, view)
    if alert.opinion == NOT_USEFUL:
        said_by = view.events_of(alert, "opinion")
        name = person_words(said_by[-1].author, view.workspace) if said_by else ""
        told = said("{name} found it not useful", name=name) if name else said("Found not useful")
        yield spans(told)


def _held(alert: Alert, view: AlertView) -> Iterator[Spans]:
    """Who has it."""
    has, given = alert.acknowledged_by, alert.assigned_to
    if has and alert.acknowledged_at is not None:
        when = view.at(alert.acknowledged_at)
        yield with_person(said("{name} has it since {when}", name=SLOT, when=when), has, view)
    is_same = bool(given) and person_words(given, view.workspace) == person_words(has, view.workspace)
    if given and not (has and is_same):
        yield with_person(said("Given to {name}", name=SLOT), given, view)


def has_it(alert: Alert, view: AlertView) -> str:
    """Who has it, in three words: "Ana has it"; empty where nobody does."""
    name = alert.assigned_to or alert.acknowledged_by
    return said("{name} has it", name=person_words(name, view.workspace)) if name else ""


def _to_do(alert: Alert, view: AlertView) -> Iterator[Spans]:
    """To whom it was escalated, and to whom it will be, as long as nobody has it."""
    if alert.state is not State.FIRING:
        return
    if escalated := view.events_of(alert, "escalated"):
        yield _escalated(escalated, view)
    elif alert.level:
        yield spans(said("Escalated: nobody had it in time"))
    if alert.act_by is not None:
        yield _act_by(alert, view)


def _escalated(found: Sequence[Event], view: AlertView) -> Spans:
    """Who was told last: one person, several at once, or the channel."""
    last = found[-1]
    names = [str(one.data.get("to") or one.text) for one in found if one.at == last.at]
    when = view.at(last.at)
    if not names[-1]:
        return spans(said("Escalated to this channel at {when}", when=when))
    told = said("Escalated to {name} at {when}", name=SLOT, when=when)
    if len(names) == 1:
        return with_person(told, names[0], view)
    return spans(told.replace(SLOT, words.listing(tuple(map(view.person, names)), _MOST_OWNERS)))


def _act_by(alert: Alert, view: AlertView) -> Spans:
    """The time limit to act, and who hears of it when it is over."""
    assert alert.act_by is not None
    when, name = view.at(alert.act_by), next_told(alert, view)
    within = None if view.rule is None else view.rule.act_within
    if within and not duration(within) and not alert.level:
        told = said("Act at once; escalates at {when}", when=when)
        if not name:
            return spans(told)
        return with_person(
            said("Act at once; escalates to {name} at {when}", name=SLOT, when=when), name, view
        )
    if not name:
        return spans(said("Act by {when}", when=when))
    return with_person(said("Act by {when}, then it goes to {name}", name=SLOT, when=when), name, view)


def next_told(alert: Alert, view: AlertView) -> str:
    """To whom it goes at the next time limit: the owner, then the domain's; empty for the channel."""
    rungs = Ladder(alert, view.workspace, view.ref, lambda name: _has_address(name, view)).rungs()
    return words.listing(rungs[min(alert.level, len(rungs) - 1)].names, _MOST_OWNERS)


def _has_address(name: str, view: AlertView) -> bool:
    """Whether somebody can be told, as far as the workspace knows."""
    person = called(name, view.workspace)
    return bool(person.ids) if person is not None else ":" in name


def _quiet(alert: Alert, view: AlertView) -> Iterator[Spans]:
    """Until when nobody wants to hear of it: because it is snoozed, or because its KPI is silenced."""
    if alert.snoozed_for_good:
        yield spans(said("Snoozed until it is over"))
    elif alert.snoozed_until is not None and alert.is_snoozed(view.moment.now):
        yield spans(said("Snoozed until {when}", when=view.at(alert.snoozed_until)))
    held = (view.silenced.get(one.subject) or view.silenced.get(path_of(one.subject)) for one in shown(alert))
    muted = [one for one in held if one is not None]
    if muted and len(muted) == len(shown(alert)):
        last = max(muted, key=lambda one: one.until)
        told = said("Muted until {when}", when=view.at(last.until))
        yield spans(f"{told}: {last.reason}" if last.reason else told)


def with_person(told: str, author: str, view: AlertView) -> Spans:
    """A sentence with a person in it, who is notified only where the rule wants that."""
    before, found, after = told.partition(SLOT)
    return spans(*(one for one in (before, person_span(author, view) if found else "", after) if one))
