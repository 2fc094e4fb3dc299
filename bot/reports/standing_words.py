"""A standing in words. Finding first; every number with its period, its age and its target."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.reports import words
from bot.reports.history import History
from bot.reports.snapshot import Snapshot
from bot.workspace import KpiRef, Source
from kpi.calendar import Moment
from kpi.framework import Kpi
from kpi.quantity import Better, Goal, Op, print_change, print_goal, print_value
from kpi.reading import measures_of
from kpi.standing import Standing, TargetInForce, Zone
from kpi.unit import BARE, Unit, singular

ZONE_WORDS = {Zone.GREEN: "● on track", Zone.YELLOW: "◆ at risk", Zone.RED: "▲ off track"}
"""A mark that differs in shape as well as colour, and the word for it."""


def value_words(standing: Standing) -> str:
    """The value as printed beside its target: never equal to it when it is not."""
    if standing.value is None:
        return "no number yet"
    goal = standing.target.goal if standing.target else None
    return print_value(standing.value, _spoken_unit(standing.kpi), against=goal.value if goal else None)


def _spoken_unit(kpi: Kpi) -> Unit:
    """The unit to print, none where the KPI's name says it already: "GitHub Stars 1,234"."""
    said = kpi.name.casefold()
    if kpi.unit.kind == "count" and not kpi.unit.is_rate and singular(kpi.unit.name).casefold() in said:
        return BARE
    return kpi.unit


def verdict_words(standing: Standing) -> str:
    """How the value stands to its target, in two or three words; empty where nothing can be said."""
    zone = ZONE_WORDS.get(standing.zone, "")
    if standing.value is None:
        return zone
    if standing.met:
        said = "target met"
    elif standing.met is False:
        said = _short_of(standing)
    else:
        said = ""
    return ", ".join(part for part in (zone, said) if part)


def _short_of(standing: Standing) -> str:
    share = standing.percent_of_target
    if standing.pace is not None and standing.pace.percent is not None:
        return f"{words.percent(standing.pace.percent)} of pace"
    if share is None or (share >= 100 and standing.target is None):
        return "target not met"
    if share >= 100:
        return "at the limit, not met"
    return f"{words.percent(share)} of target"


def headline(standing: Standing) -> str:
    """One sentence: the KPI, its value, how it stands, and its age where that matters."""
    name = standing.kpi.name
    if standing.value is None:
        if standing.fault is not None:
            return f"○ {name}: no number, {_lower(standing.fault.message)}"
        return f"○ {name}: no number yet"
    said = verdict_words(standing)
    text = f"{name} {value_words(standing)}" + (f" · {said}" if said else "")
    if standing.fault is not None and standing.age is not None:
        text += f" · as of {words.age(standing.age)}"
    return text


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def target_line(standing: Standing, moment: Moment) -> str:
    """The target in force and its deadline."""
    target = standing.target
    if target is None:
        return "No target is in force."
    return (
        f"Target {print_goal(target.goal, standing.kpi.unit)} {deadline_words(target, moment)}".rstrip() + "."
    )


def deadline_words(target: TargetInForce, moment: Moment) -> str:
    """When the target is due: "by Day 90 (29 Nov, 6 days left)"."""
    if target.horizon == "steady":
        return "at all times"
    if target.deadline is None:
        return f"in {target.title} (no date set)"
    when = words.day(target.deadline, moment.today)
    left = (target.deadline - moment.today).days
    if left < 0:
        return f"by {target.title} ({when}, {words.count(-left, 'day')} ago)"
    return f"by {target.title} ({when}, {'today' if left == 0 else words.count(left, 'day') + ' left'})"


def pace_line(standing: Standing) -> str:
    """What an even pace would have brought by today."""
    pace = standing.pace
    if pace is None or standing.value is None:
        return ""
    unit = standing.kpi.unit
    ahead = standing.value - pace.expected
    if standing.kpi.better is Better.LOWER:
        ahead = -ahead
    side = "on it" if ahead == 0 else f"{print_value(abs(ahead), unit)} {'ahead' if ahead > 0 else 'behind'}"
    return f"An even pace expects {print_value(pace.expected, unit)} today: {side}."


def change_line(standing: Standing, past: History) -> str:
    """What the last closed day and the last seven brought, beside the seven before."""
    unit = standing.kpi.unit
    yesterday, week = past.change(1), past.change(7)
    parts = [f"{print_change(yesterday, unit)} yesterday"] if yesterday is not None else []
    if week is not None:
        text = f"{print_change(week, unit)} in 7 days"
        before = _week_before(past)
        parts.append(
            text + (f" ({print_change(before, unit)} in the 7 before)" if before is not None else "")
        )
    if parts:
        return ", ".join(parts) + "."
    if standing.value is not None and past.latest is None:
        return "No reading for yesterday, so no change can be stated."
    return ""


def _week_before(past: History) -> float | None:
    if len(past.days) < 15:
        return None
    end, start = past.days[-8][1], past.days[-15][1]
    return None if end is None or start is None else end - start


def no_number_lines(standing: Standing, ref: KpiRef, snapshot: Snapshot) -> tuple[str, ...]:
    """Why there is no number, and what would bring one."""
    if standing.fault is not None:
        return (words.told(standing.fault.message, standing.fault.hint),)
    reason = standing.reading.reason
    said = (f"{reason[:1].upper()}{reason[1:]}.".replace("..", "."),) if reason else ()
    return (*said, how_to_measure(ref, snapshot))


def how_to_measure(ref: KpiRef, snapshot: Snapshot) -> str:
    """What to do so that the KPI gets a number."""
    by_hand = f"`record {ref.kpi.aliases[0] if ref.kpi.aliases else ref.kpi.key} VALUE`"
    if ref.kpi.measure is None:
        return f"It is entered by hand: {by_hand}."
    from_source = [snapshot.workspace.source_of(metric) for metric in sorted(_metrics(ref))]
    if all(source is not None for source in from_source):
        return f"Its source is connected; the first number comes with the next collection, or by {by_hand}."
    needed = ", ".join(sorted(_metrics(ref)))
    return f"It needs {needed}: connect the source, import it, or enter it with {by_hand}."


def _metrics(ref: KpiRef) -> frozenset[str]:
    return next(measures_of(ref.use.framework.key, ref.kpi)).metrics


def source_line(standing: Standing, ref: KpiRef, snapshot: Snapshot) -> str:
    """Where the number comes from, when it was true, how old it is, and what else a reader must know."""
    moment = snapshot.moment
    parts = [source_name(ref, snapshot)]
    if standing.reading.at is not None and standing.age is not None:
        at = words.clock(standing.reading.at, moment.zone, moment.today)
        parts.append(f"{at} {moment.zone.key}, {words.age(standing.age)}")
    if standing.reading.period is not None:
        last = standing.reading.period.end - timedelta(microseconds=1)
        parts.append(f"closed days to {words.day(last.astimezone(moment.zone).date(), moment.today)}")
    if standing.value is not None and not standing.reading.settled:
        parts.append("provisional, the source may still change it")
    if standing.fault is not None and standing.value is not None:
        parts.append(
            f"{standing.fault.source} fails: {words.told(standing.fault.message, standing.fault.hint)}"
        )
    if moment.as_of is not None:
        parts.append(f"as of {words.clock(moment.as_of, moment.zone, moment.today)}")
        if snapshot.filled_in & _metrics(ref):
            parts.append("recorded later")
    parts.append(source_notes(ref, snapshot))
    return " · ".join(part for part in parts if part)


def source_notes(ref: KpiRef, snapshot: Snapshot) -> str:
    """What must be said wherever a number of these sources shows: that it is sample data."""
    return " · ".join(sorted({source.note for source in _sources(ref, snapshot) if source.note}))


def _sources(ref: KpiRef, snapshot: Snapshot) -> tuple[Source, ...]:
    found = (snapshot.workspace.source_of(metric) for metric in sorted(_metrics(ref)))
    return tuple(dict.fromkeys(source for source in found if source is not None))


def source_name(ref: KpiRef, snapshot: Snapshot) -> str:
    names = [source.name for source in _sources(ref, snapshot)]
    return " and ".join(names) if names else "by hand"


def goal_words(goal: Goal, kpi: Kpi) -> str:
    """A goal as short as a table cell wants it; the words around its number stay in the full target line."""
    if goal.op is Op.WORDS:
        return goal.text
    unit = _spoken_unit(kpi)
    return print_goal(goal if unit is kpi.unit else replace(goal, qualifier=""), unit)


def against_target(standing: Standing) -> str:
    """The value beside the target in force: "82% of ≥ 5,000", "≥ 5,000 met"; empty where none is."""
    zone = ZONE_WORDS.get(standing.zone, "")
    target = standing.target
    if target is None or standing.value is None:
        return zone
    goal = goal_words(target.goal, standing.kpi)
    if standing.met:
        said = f"{goal} met"
    elif standing.met is False:
        said = f"{_short_of(standing)}, {goal} needed"
    else:
        said = f"target {goal}"
    return ", ".join(part for part in (zone, said) if part)
