"""What an alert found where a number is behind it: how it stands to its limit, what moved, what is rare."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.languages import figure, said, said_of
from bot.reports import words
from bot.reports.alert_reasons import unusual_words
from bot.reports.alert_view import AlertView, kind_of, name_of, title_of
from bot.reports.figures import print_goal, print_value
from bot.reports.standing_words import deadline_words, spoken_unit
from kpi.alert_rules import AlertRule
from kpi.alerts import Item
from kpi.metric import to_micros
from kpi.unit import BARE, Unit, UnitFault, singular, unit

MOST_REASON = 160
MOST_VALUES = 5
LEAST_ROUNDED = 10
_SHARES = frozenset({"percent_of_target", "drop", "rise", "chance"})
_UP, _STATUS = "web.up", "web.status"


@dataclass(frozen=True, slots=True)
class Told:
    """One finding: what is so, in a few words, and what else there is to say of it, a line each."""

    head: str
    lines: tuple[str, ...] = ()
    short: str = ""  # as a row among others; the head where it is empty


def measured(item: Item, view: AlertView) -> Told:
    """A measure or a KPI beyond its limit."""
    number = _Number(item, view)
    name = name_of(item, view)
    found = f"{name} {number.value}".rstrip()
    told = number.beyond(found)
    if _is_probe(view):
        return Told(title_of(_rule_path(view), view), tuple(_answers(item, view)), name)
    lines = [_course(item, number)] if len(_days(item)) > 1 else []
    if view.kpi(item.subject) is not None:
        return Told(told, (*lines, *_around(item, view)), told)
    return Told(title_of(_rule_path(view), view), (number.with_usual(told), *lines), told)


def moved(item: Item, view: AlertView) -> Told:
    """A drop or a rise: what it was and what it is, over which equal stretches."""
    before, after = _float(item, "before"), _float(item, "after")
    share = _float(item, "percent")
    percent = words.percent(abs(share if share is not None else item.value or 0.0))
    name = name_of(item, view)
    head = said("{name} down {percent}", name=name, percent=percent)
    if kind_of(item, view) == "rise":
        head = said("{name} up {percent}", name=name, percent=percent)
    if before is None or after is None:
        return Told(head, tuple(_around(item, view)))
    of = _unit(item, view)
    moves = f"{print_value(before, of)} → {print_value(after, of)}"
    number = _Number(item, view)
    limit = number.limit
    stated = [] if limit is None else [said("limit {limit}", limit=print_value(limit[1], number.unit))]
    line = ", ".join([_against(item), *stated])
    return Told(f"{head}: {moves}", (line, *_around(item, view)), f"{head} ({moves})")


def reached(item: Item, view: AlertView) -> Told:
    """How much of its target a KPI has reached."""
    share = _float(item, "percent")
    value = share if share is not None else item.value or 0.0
    name, standing = name_of(item, view), view.standing(item.subject)
    limits = (limit,) if (limit := _float(item, "limit")) is not None else ()
    head = said("{name} at {share} of target", name=name, share=words.percent(value, beside=limits))
    lines = list(_around(item, view))
    if standing is not None and standing.value is not None and standing.target is not None:
        goal = print_goal(standing.target.goal, standing.kpi.unit)
        now = print_value(standing.value, spoken_unit(standing.kpi))
        due = deadline_words(standing.target, view.moment)
        lines[:1] = [said("{value} of {goal} {due}", value=now, goal=goal, due=due), *owner_lines(item, view)]
    return Told(head, tuple(lines))


def chance(item: Item, view: AlertView) -> Told:
    """How likely a KPI is to meet its target, and where it lands."""
    told, of = item.evidence, _unit(item, view)
    share = _float(item, "chance")
    percent = words.percent(share if share is not None else item.value or 0.0)
    name = name_of(item, view)
    target = _printed(told.get("target"), of)
    head = said("{name}: {percent} chance to meet its target", name=name, percent=percent)
    if target:
        head = said("{name}: {percent} chance of {target}", name=name, percent=percent, target=target)
    landed_at = _float(item, "landing")
    if landed_at is not None and of.kind == "count":
        landed_at = round(landed_at)  # nobody has a part of one
    landing, deadline = _printed(landed_at, of), _day(told.get("deadline"), view)
    if landing and deadline:
        landed = said("It lands at {value} on {day}", value=landing, day=deadline)
        return Told(head, (landed, *owner_lines(item, view)))
    return Told(head, tuple(_around(item, view)))


def several(item: Item, view: AlertView) -> Told:
    """So many alerts of one rule at once: the escalation."""
    count = round(_float(item, "count") or item.value or 0)
    told = view.title(str(item.evidence.get("rule") or ""))
    head = said("{title}: {count} at once", title=told, count=count)
    names = item.evidence.get("subjects")
    paths = [view.kpi(str(one)) for one in names] if isinstance(names, list | tuple) else []
    listed = words.listing(tuple(ref.kpi.name for ref in paths if ref is not None), 5)
    return Told(head, (listed,) if listed else ())


def unusual(item: Item, view: AlertView) -> Told:
    """A reading that nobody could expect, with what could be, and why it is thought so."""
    number = _Number(item, view)
    why = unusual_words(str(item.evidence.get("why") or ""))[:MOST_REASON]
    head = _unlike(f"{name_of(item, view)} {number.value}".rstrip(), item, number)
    lines = [f"{why[:1].upper()}{why[1:]}"] if why else []
    return Told(head, (*lines, *_around(item, view)))


def _unlike(found: str, item: Item, number: _Number) -> str:
    """With what was expected; of a shift, whose values are usual one by one, the number alone."""
    low, high, expected = (_float(item, key) for key in ("low", "high", "expected"))
    of = number.unit
    if low is None or high is None:
        if expected is None:
            return found
        return said("{found}, expected {value}", found=found, value=print_value(expected, of))
    if number.amount is not None and low <= number.amount <= high:
        return found
    if of.kind == "count" and high - low >= LEAST_ROUNDED:
        low, high = round(low), round(high)  # nobody counts parts of one
    ends = {"low": print_value(low, of), "high": print_value(high, of)}
    return said("{found}, expected {low} to {high}", found=found, **ends)


class _Number:
    """One value beside its limit, in the unit that both have."""

    def __init__(self, item: Item, view: AlertView) -> None:
        self.item, self.unit = item, _unit(item, view)
        self.limit = _limit(item, view.rule)
        stated = _float(item, "value")
        self.amount = item.value if item.is_open or stated is None else stated
        """What was found; of what is over the last that held, whatever it reads by now."""
        if kind_of(item, view) in ("drop", "rise"):
            self.unit = unit("%")

    @property
    def plain(self) -> Unit:
        """The unit of a number that stands beside one with its unit."""
        return BARE if self.unit.kind == "count" else self.unit

    @property
    def value(self) -> str:
        if self.amount is None:
            return ""
        return print_value(self.amount, self.unit, against=self.limit and self.limit[1])

    def beyond(self, found: str) -> str:
        """The finding with its limit, where that says more than the number: "NPS 28, below 30"."""
        if self.limit is None or self.amount == self.limit[1]:
            return found
        return f"{found}, {_COMPARED[self.limit[0]](print_value(self.limit[1], self.plain))}"

    def with_usual(self, found: str) -> str:
        """The same with what is usual, where that is known: "Signups 0 (usual: 18 to 26)"."""
        usual = self.item.evidence.get("usual")
        if not isinstance(usual, list | tuple) or len(usual) != 2 or None in usual:
            return found
        low, high = (print_value(float(one), self.plain) for one in usual)
        return said("{found} (usual: {low} to {high})", found=found, low=low, high=high)


_COMPARED: Mapping[str, Callable[[str], str]] = {
    "above": lambda limit: said("above {limit}", limit=limit),
    "at_least": lambda limit: said("at least {limit}", limit=limit),
    "at_most": lambda limit: said("at most {limit}", limit=limit),
    "below": lambda limit: said("below {limit}", limit=limit),
}


def limit_of(item: Item, view: AlertView) -> str:
    """The limit in words, without what it is of: "below 50%"; empty where there is none."""
    found = _limit(item, view.rule)
    if found is None:
        return ""
    of = unit("%") if kind_of(item, view) in _SHARES else _unit(item, view)
    return _COMPARED[found[0]](print_value(found[1], of))


def _limit(item: Item, rule: AlertRule | None) -> tuple[str, float] | None:
    """The comparison and its number: as it was when it was found, else as the rule says now."""
    op, number = item.evidence.get("op"), _float(item, "limit")
    if op in _COMPARED and number is not None:
        return str(op), number
    return None if rule is None or rule.when is None else rule.when.limit


def print_of(item: Item, value: float, view: AlertView) -> str:
    """A number of an item in its own unit; of a share in percent."""
    if kind_of(item, view) in _SHARES:
        return words.percent(value)
    return print_value(value, _unit(item, view))


def _unit(item: Item, view: AlertView) -> Unit:
    if (ref := view.kpi(item.subject)) is not None:
        return spoken_unit(ref.kpi)
    try:
        found = unit(str(item.evidence.get("unit") or ""))
    except UnitFault:
        return BARE
    name = str(item.evidence.get("name") or "").casefold()
    is_said = found.kind == "count" and singular(found.name.casefold()) in name
    return BARE if is_said else found


def _float(item: Item, key: str) -> float | None:
    found = item.evidence.get(key)
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def printed(found: object, item: Item, view: AlertView) -> str:
    """A number of an item in its own unit; empty for none."""
    return _printed(found, _unit(item, view))


def _printed(found: object, of: Unit) -> str:
    if isinstance(found, int | float):
        return print_value(float(found), of)
    return "" if found is None else str(found)


def _day(found: object, view: AlertView) -> str:
    if not isinstance(found, str):
        return ""
    try:
        return words.day(datetime.fromisoformat(found).date(), view.moment.day)
    except ValueError:
        return found


def _rule_path(view: AlertView) -> str:
    return "" if view.ref is None else view.ref.path


def _around(item: Item, view: AlertView) -> Iterator[str]:
    """What stands around a KPI's number: its usual range, its target, and who answers for it."""
    if (usual := _Number(item, view).with_usual("")) and kind_of(item, view) not in (
        "drop",
        "rise",
        "anomaly",
    ):
        yield usual.strip(" ()").capitalize()
    standing = view.standing(item.subject)
    if standing is not None and standing.target is not None and standing.target.is_numeric:
        goal = print_goal(standing.target.goal, standing.kpi.unit)
        yield said("Target {goal} {due}", goal=goal, due=deadline_words(standing.target, view.moment))
    yield from owner_lines(item, view)


def _days(item: Item) -> list[tuple[str, float]]:
    """The closed days, or the readings, on which it held, oldest first."""
    found = item.evidence.get("days")
    return [(str(day), float(value)) for day, value in found] if isinstance(found, list) else []


def _course(item: Item, number: _Number) -> str:
    """The last values, oldest first: "The last 3: 1.8%, 1.6%, 1.4%"."""
    last = [print_value(value, number.plain) for _, value in _days(item)][-MOST_VALUES:]
    return said("The last {count}: {values}", count=len(last), values=", ".join(last))


def owner_lines(item: Item, view: AlertView) -> Iterator[str]:
    if owner := view.owner(item.subject):
        yield said("Owner {name}", name=owner)


def _against(item: Item) -> str:
    """What is compared: the stretch of equal length before, or one further back."""
    days = int(_float(item, "days") or 1)
    match str(item.evidence.get("against") or "before"):
        case "week":
            return said("Against the same time a week before")
        case "4 weeks":
            return said("Against the same time 4 weeks before")
        case "year":
            return said("Against the same time a year before")
    return said_of(days, "Against the day before", "Against the {count} days before")


def _is_probe(view: AlertView) -> bool:
    """Whether the rule asks whether pages answer."""
    when = None if view.rule is None else view.rule.when
    return when is not None and _UP in when.measure


def _answers(item: Item, view: AlertView) -> Iterator[str]:
    """What the page answers by its newest check, and how many checks since then it failed."""
    page = str(item.evidence.get("label_value") or item.evidence.get("name") or item.subject)
    start = to_micros(item.since)
    checked = [one for one in view.snapshot.series.of(_UP) if page in dict(one.labels).values()]
    failed = sum(int((one.value[one.at >= start] < 1).sum()) for one in checked)
    made = sum(int((one.at >= start).sum()) for one in checked)
    said_last = [one for one in view.snapshot.series.of(_STATUS) if page in dict(one.labels).values()]
    status = next((int(one.value[-1]) for one in said_last if len(one) and one.at[-1] >= start), 0)
    told = said("{page} answers {status}", page=page, status=status)
    if not status:
        told = said("{page} does not answer", page=page)
    if made:
        of = figure(f"{made:,}")
        told += said(", {failed} of {made} checks", failed=figure(f"{failed:,}"), made=of)
    yield told
