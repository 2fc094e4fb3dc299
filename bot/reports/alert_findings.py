"""What an alert found, in words: each kind of rule has its own sentence; many subjects are told as one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime

from bot.languages import said, said_of
from bot.reports import alert_numbers, alert_states
from bot.reports.alert_numbers import Told, limit_of
from bot.reports.alert_states import instant
from bot.reports.alert_view import AlertView, kind_of, length, name_of, title_of
from bot.reports.upcoming import wall
from kpi.alerts import Item
from kpi.calendar import day_start

MOST_ROWS = 5
LONGEST_ROW = 90

_TELL: Mapping[str, Callable[[Item, AlertView], Told]] = {
    "measure": alert_numbers.measured,
    "kpi": alert_numbers.measured,
    "drop": alert_numbers.moved,
    "rise": alert_numbers.moved,
    "percent_of_target": alert_numbers.reached,
    "chance": alert_numbers.chance,
    "firing": alert_numbers.several,
    "anomaly": alert_numbers.unusual,
    "zone": alert_states.zone,
    "gate": alert_states.gate,
    "no_data": alert_states.no_data,
    "source": alert_states.source,
    "text": alert_states.text,
}
_POINTS_AT_A_DAY = frozenset({"drop", "rise", "zone", "anomaly", "text", "firing"})
_POINT = "day"
"""What was looked at on one day alone: nobody knows since when it is so."""


def found(item: Item, view: AlertView) -> Told:
    """What one subject of a rule shows. Of a rule that is gone only the value is known."""
    tell = _TELL.get(kind_of(item, view))
    if tell is not None:
        return tell(item, view)
    value = "" if item.value is None else f" {alert_numbers.print_of(item, item.value, view)}"
    return Told(f"{name_of(item, view)}{value}")


def timing(item: Item, view: AlertView) -> str:
    """Since when it is so, by the data, or on which day it was: " since 14:02", " on Sat 21 Nov"."""
    days = _days(item)
    if days is None:
        if kind_of(item, view) == "text":
            return ""
        return said(" since {when}", when=view.since(began(item)))
    first, last = (_day_words(one, view) for one in days)
    if kind_of(item, view) in _POINTS_AT_A_DAY:
        return said(" on {day}", day=last) if days[0] == days[1] else f", {first}–{last}"
    if _POINT in item.evidence:
        return said(" on {day}", day=last)
    return said(" since {when}", when=first)


def began(item: Item) -> datetime:
    """Since when, by the source that fails or the last number there was."""
    stated = (instant(item.evidence.get(key)) for key in ("since", "last_at"))
    return next((at for at in stated if at is not None), item.since)


def aging(item: Item, view: AlertView) -> str:
    """How long it has been so: " (6 min)"; nothing of what belongs to a closed day."""
    if _days(item) is not None or kind_of(item, view) == "text":
        return ""
    return f" ({length(view.moment.now - began(item))})"


def lasted(item: Item, view: AlertView, end: datetime) -> str:
    """From when to when, and how long: "14:02–14:19 (17 min)"."""
    days = _days(item)
    if item.is_event:
        return view.at(began(item))
    if days is None:
        return f"{view.span(began(item), end)} ({length(end - began(item))})"
    first, last = (_day_words(one, view) for one in days)
    return first if days[0] == days[1] else f"{first}–{last}"


def _days(item: Item) -> tuple[date, date] | None:
    """The closed days that the finding is about; None for an instant."""
    told = item.evidence
    held = told.get("days")
    if isinstance(held, list) and held:
        return _both(held[0][0], held[-1][0])
    if isinstance(to := told.get("to"), list) and to:
        return _both(to[0], to[-1])
    return _both(told["day"], told["day"]) if "day" in told else None


def _both(first: object, last: object) -> tuple[date, date] | None:
    if not (isinstance(first, str) and isinstance(last, str) and len(first) == len("2026-11-12")):
        return None
    return date.fromisoformat(first), date.fromisoformat(last)


def _day_words(day: date, view: AlertView) -> str:
    zone = view.moment.zone
    return wall(day_start(day, zone), zone, view.moment.now).removesuffix(" 00:00")


def together(items: Sequence[Item], view: AlertView) -> str:
    """Several subjects of one rule as one finding: "12 KPIs in the red zone"."""
    count, kind = len(items), kind_of(items[0], view)
    if kind == "zone":
        return _zones(count, str(items[0].evidence.get("to") or ""))
    if kind == "percent_of_target" and (limit := limit_of(items[0], view)):
        return said_of(count, "{count} KPI {limit} of target", "{count} KPIs {limit} of target", limit=limit)
    if kind == "source":
        return said_of(count, "{count} source cannot be read", "{count} sources cannot be read")
    if kind == "no_data":
        return said_of(count, "{count} KPI without a number", "{count} KPIs without a number")
    if kind == "chance":
        return said_of(count, "{count} KPI may miss its target", "{count} KPIs may miss their targets")
    if kind == "anomaly":
        return said_of(count, "{count} unusual number", "{count} unusual numbers")
    title = title_of("" if view.ref is None else view.ref.path, view)
    return said("{title}: {count} at once", title=title, count=count)


def _zones(count: int, zone: str) -> str:
    match zone:
        case "red":
            return said_of(count, "{count} KPI in the red zone", "{count} KPIs in the red zone")
        case "yellow":
            return said_of(count, "{count} KPI in the yellow zone", "{count} KPIs in the yellow zone")
    return said_of(count, "{count} KPI in the green zone", "{count} KPIs in the green zone")


def rows(items: Sequence[Item], view: AlertView, most: int | None = MOST_ROWS) -> Iterator[str]:
    """The subjects, a line each with who answers for it; the rest as a count."""
    listed = items if most is None else items[:most]
    for one in listed:
        told = found(one, view)
        text = told.short or told.head
        owner = view.owner(one.subject)
        yield f"{cut(text)} · {owner}" if owner else cut(text)
    if (more := len(items) - len(listed)) > 0:
        yield said("and {count} more, all in the thread", count=more)


def cut(text: str, most: int = LONGEST_ROW) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def ended(item: Item, view: AlertView) -> str:
    """Where a KPI stands now that it is over: "Now 2.4%"; empty where nothing is known of it."""
    standing = view.standing(item.subject)
    if standing is None or standing.value is None:
        return ""
    return said("Now {value}", value=alert_numbers.printed(standing.value, item, view))
