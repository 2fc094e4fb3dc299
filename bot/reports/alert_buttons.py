"""What can be done about an alert, under its message."""

from __future__ import annotations

from collections.abc import Iterator

from bot.languages import said
from bot.reply import Action, Actions
from kpi.alerts import State
from storage.alerts import Alert


def buttons(alert: Alert, *, with_history: bool = True) -> Actions:
    """The buttons of an alert as it stands; what few need is in a menu where the surface has one."""
    number = alert.number
    history = (Action(said("History"), f"alert {number}"),) if with_history else ()
    if not alert.is_open:
        return Actions((*history, *_opinions(alert)))
    first = Action(said("I have it"), f"ack {number}", primary=True)
    if alert.state is State.ACKNOWLEDGED or not alert.items:
        done = Action(said("It is over"), f"resolve {number}")
        firsts = (done,) if alert.state is State.ACKNOWLEDGED else (first, done)
    else:
        firsts = (first,)
    if alert.snoozed_for_good or alert.snoozed_until is not None:
        firsts = (*firsts, Action(said("End snooze"), f"unsnooze {number}"))
    give = Action(said("Give it to …"), str(number), form="assign")
    return Actions((*firsts, give, *_opinions(alert), *history), tuple(_menu(alert)))


def _opinions(alert: Alert) -> Iterator[Action]:
    """Only the one that was not said yet."""
    if alert.opinion != "not useful":
        yield Action(said("Not useful"), f"useful {alert.number} no")
    elif not alert.is_open:
        yield Action(said("It was useful"), f"useful {alert.number} yes")


def _menu(alert: Alert) -> Iterator[Action]:
    number = alert.number
    yield Action(said("Snooze 1 hour"), f"snooze {number} 1h")
    yield Action(said("Snooze 4 hours"), f"snooze {number} 4h")
    yield Action(said("Snooze until Monday"), f"snooze {number} until monday")
    yield Action(said("Snooze until it is over"), f"snooze {number} until resolved")
    yield Action(said("Add a note"), str(number), form="alert")
