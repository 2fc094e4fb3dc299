"""A standing in words. Finding first; every number with its period, its age and its target."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.languages import said, said_of
from bot.reports import words
from bot.reports.figures import print_change, print_goal, print_value
from bot.reports.history import Changes
from bot.reports.snapshot import Snapshot
from bot.workspace import KpiRef, Source
from kpi import survey
from kpi.calendar import STEADY, Moment, day_of
from kpi.framework import Kpi
from kpi.quantity import Better, Goal, Op
from kpi.reading import measures_of
from kpi.standing import Standing, TargetInForce, Zone
from kpi.unit import BARE, Unit, singular


def zone_words(zone: Zone) -> str:
    """A mark that differs in shape as well as colour, and the word for it; empty where nothing is known."""
    match zone:
        case Zone.GREEN:
            return said("● on track")
        case Zone.YELLOW:
            return said("◆ at risk")
        case Zone.RED:
            return said("▲ off track")
    return ""


def value_words(standing: Standing) -> str:
    """The value as printed beside its target: never equal to it when it is not."""
    if standing.value is None:
        return said("no number yet")
    goal = standing.target.goal if standing.target else None
    limit = None if goal is None else nearest_end(goal, standing.value)
    return print_value(standing.value, spoken_unit(standing.kpi), against=limit)


def nearest_end(goal: Goal, value: float) -> float | None:
    """The number of a goal that a value is closest to; None for words."""
    ends = [end for end in (goal.value, goal.high) if end is not None]
    return min(ends, key=lambda end: abs(end - value), default=None)


def spoken_unit(kpi: Kpi) -> Unit:
    """The unit to print, none where the KPI's name says it already: "GitHub Stars 1,234"."""
    if kpi.unit.kind != "count":
        return kpi.unit
    name = kpi.name.casefold()
    parts = (part.casefold() for part in kpi.unit.name.split("/"))
    return BARE if all(part in name or singular(part) in name for part in parts) else kpi.unit


def verdict_words(standing: Standing) -> str:
    """How the value stands to its target, in two or three words; empty where nothing can be said."""
    zone = zone_words(standing.zone)
    if standing.value is None:
        return zone
    if standing.target is not None and standing.target.is_in_words:
        told = _judged_words(standing, standing.target)
    elif standing.met:
        told = said("target met")
    elif standing.met is False:
        told = _short_of(standing)
        # Green begins below the target: whoever reads "on track" must not take it for met.
        is_told = standing.percent_of_target is None or standing.percent_of_target >= 100
        told += said(", not met") if standing.zone is Zone.GREEN and not is_told else ""
    else:
        told = ""
    return ", ".join(part for part in (zone, told) if part)


def _short_of(standing: Standing) -> str:
    """How far a target that is not met is reached: what decides the zone, or the pace where none is drawn."""
    share, pace = standing.percent_of_target, standing.pace
    if share is not None and share >= 100:
        return said("at the limit, not met")
    is_due = standing.target is not None and standing.target.is_past
    if standing.zone is Zone.UNKNOWN and pace is not None and pace.percent is not None and not is_due:
        return said("{percent} of pace", percent=words.percent(pace.percent))
    if share is None:
        return said("target not met")
    return said("{percent} of target", percent=share_words(standing, share))


def share_words(standing: Standing, share: float) -> str:
    """A percent of target, never rounded onto a limit that it has not reached: 69.99% is red and no 70%."""
    return words.percent(share, beside=standing.limits)


def headline(standing: Standing) -> str:
    """One sentence: the KPI, its value, how it stands, and its age where that matters."""
    name = standing.kpi.name
    if standing.value is None:
        if standing.target is not None and standing.target.is_in_words:
            return f"{state_mark(standing)} {name}: {_judged_words(standing, standing.target)}"
        if standing.fault is not None:
            return said("○ {name}: no number, {source} fails", name=name, source=standing.fault.source)
        return said("○ {name}: no number yet", name=name)
    told = verdict_words(standing)
    text = f"{name} {value_words(standing)}" + (f" · {told}" if told else "")
    if standing.fault is not None and standing.age is not None:
        text += said(" · {age}, {source} fails", age=words.age(standing.age), source=standing.fault.source)
    return text


def _judged_words(standing: Standing, target: TargetInForce) -> str:
    """A target in words, and whether somebody has said that it is met."""
    if standing.judgement is None:
        return said("“{goal}” waits for a judgement", goal=target.goal.text)
    if standing.judgement.met:
        return said("“{goal}”, judged met", goal=target.goal.text)
    return said("“{goal}”, judged not met", goal=target.goal.text)


def target_line(standing: Standing, moment: Moment) -> str:
    """The target in force and its deadline."""
    target = standing.target
    if target is None:
        return "No target is in force."
    when = deadline_words(target, moment)
    if not target.is_applicable:
        return f"No target applies {f'at{when[2:]}' if target.deadline else when}."
    if target.is_undecided:
        return f"The target is still to be set: “{target.goal.text}”."
    goal = print_goal(target.goal, standing.kpi.unit)
    if target.is_in_words:
        is_said = target.horizon == STEADY or _says(goal, target.title)
        due = "" if target.deadline is None else f"({_due(target.deadline, moment)})"
        return f"Target “{goal}” {due if is_said else when}".rstrip() + "."
    if target.goal.op is Op.EQUAL and standing.kpi.better is Better.NONE:
        return f"Planned share {goal.removeprefix('= ')} {when}."
    return f"Target {goal} {'' if _says(goal, target.title) else when}".rstrip() + "."


def _says(goal: str, title: str) -> bool:
    """Whether a target in words names its deadline itself: "sustainability by Month 9"."""
    return re.search(rf"\b{re.escape(title)}\b", goal, re.IGNORECASE) is not None


def deadline_words(target: TargetInForce, moment: Moment) -> str:
    """When the target is due: "by Day 90 (29 Nov, 6 days left)"."""
    if target.horizon == STEADY:
        return said("at all times")
    if target.deadline is None:
        return said("in {horizon} (no date set in kpi.yaml)", horizon=target.title)
    return said("by {horizon} ({due})", horizon=target.title, due=_due(target.deadline, moment))


def _due(deadline: date, moment: Moment) -> str:
    """A deadline and how far it is: "29 Nov, 6 days left"."""
    left = (deadline - moment.day).days
    if left < 0:
        far = said_of(-left, "{count} day ago", "{count} days ago")
    else:
        now = said("today") if moment.as_of is None else said("that day")
        far = now if left == 0 else said_of(left, "{count} day left", "{count} days left")
    return f"{words.day(deadline, moment.day)}, {far}"


def pace_line(standing: Standing, moment: Moment) -> str:
    """What a steady pace would have brought by today; after the deadline only the target counts."""
    pace, target = standing.pace, standing.target
    if pace is None or standing.value is None or target is None or target.is_past:
        return ""
    ahead = standing.value - pace.expected
    if standing.kpi.better is Better.LOWER:
        ahead = -ahead
    expected = print_value(pace.expected, spoken_unit(standing.kpi))
    gap = print_change(words.as_fine_as(abs(ahead), expected), standing.kpi.unit).removeprefix("+")
    side = "on it" if ahead == 0 else f"{gap} {'ahead' if ahead > 0 else 'behind'}"
    when = "today" if moment.as_of is None else "by then"
    return f"{_PACES[pace.rhythm]} expects {expected} {when}: {side}."


_PACES = {"even": "An even pace", "weekdays": "A pace by weekdays", "weighted": "A pace by your own weights"}


def change_line(standing: Standing, past: Changes, moment: Moment) -> str:
    """What the last closed day and the last seven brought, beside the seven before."""
    unit = standing.kpi.unit
    yesterday, week, before = past.yesterday, past.week, past.week_before
    day = words.day(moment.today - timedelta(days=1), moment.day)
    on = said("yesterday") if moment.as_of is None else said("on {day}", day=day)
    parts = [f"{print_change(yesterday, unit)} {on}"] if yesterday is not None else []
    if week is not None:
        change = print_change(week, unit)
        parts.append(
            said("{change} in 7 days", change=change)
            if before is None
            else said(
                "{change} in 7 days ({before} in the 7 before)",
                change=change,
                before=print_change(before, unit),
            )
        )
    if parts:
        return ", ".join(parts) + "."
    is_measured = standing.kpi.measure is not None and standing.value is not None
    if is_measured and not past.is_fresh:
        if moment.as_of is None:
            return said("No reading for yesterday, so no change can be stated.")
        return said("No reading for {day}, so no change can be stated.", day=day)
    return ""


def state_mark(standing: Standing) -> str:
    """Achieved, short, not measured, or without a target that a number meets."""
    if standing.met is not None:
        return "✓" if standing.met else "–"
    return "○" if standing.value is None else "·"


def metrics_of(ref: KpiRef) -> frozenset[str]:
    """The metrics that its first measure reads."""
    return next(measures_of(ref.use.framework.key, ref.kpi)).metrics


def source_line(standing: Standing, ref: KpiRef, snapshot: Snapshot) -> str:
    """Where the number comes from, when it was true, how old it is, and what else a reader must know."""
    moment, fault = snapshot.moment, standing.fault
    parts = [source_name(ref, snapshot)]
    is_cohort = standing.kpi.matures is not None and standing.reading.period is not None
    if standing.reading.at is not None and standing.age is not None and not is_cohort:
        at = words.clock(standing.reading.at, moment.zone, moment.day)
        parts.append(f"{at} {moment.zone.key}, {words.age(standing.age)}")
    if standing.reading.period is not None:
        last = standing.reading.period.end - timedelta(microseconds=1)
        ripe = f", {ref.kpi.matures.days} days old" if is_cohort and ref.kpi.matures else ""
        parts.append(f"closed days to {words.day(day_of(last, moment.zone), moment.day)}{ripe}")
    if standing.value is not None:
        parts.append("" if standing.reading.settled else "provisional, the source may still change it")
        parts.append(standing.reading.reason.removeprefix("entered by hand; "))  # the first part says so
        parts.append(words.told(f"{fault.source} fails: {fault.message}", fault.hint) if fault else "")
    parts += [*_as_of_words(ref, snapshot), source_notes(ref, snapshot)]
    return " · ".join(part for part in parts if part)


def _as_of_words(ref: KpiRef, snapshot: Snapshot) -> Iterator[str]:
    """Which moment of the past is spoken of, and whether its numbers were known then."""
    moment = snapshot.moment
    if moment.as_of is None:
        return
    yield from clock_words(moment)
    if any(snapshot.filled_in & each.metrics for each in measures_of(ref.use.framework.key, ref.kpi)):
        yield "recorded later"


def clock_words(moment: Moment) -> Iterator[str]:
    """The two clocks of a question of the past: as of when, and by what was known when."""
    yield f"as of {_minute(moment.now, moment)}"
    if moment.as_of is not None and moment.as_of != moment.now:
        yield f"by what was known {_minute(moment.as_of, moment)}"


def _minute(at: datetime, moment: Moment) -> str:
    local = at.astimezone(moment.zone)
    return f"{local.day} {local:%b %Y %H:%M}"


def source_notes(ref: KpiRef, snapshot: Snapshot) -> str:
    """What must be said wherever a number of these sources shows: that it is sample data."""
    return " · ".join(sorted({source.note for source in _sources(ref, snapshot) if source.note}))


def _sources(ref: KpiRef, snapshot: Snapshot) -> tuple[Source, ...]:
    found = (snapshot.workspace.source_of(metric) for metric in sorted(metrics_of(ref)))
    return tuple(dict.fromkeys(source for source in found if source is not None))


def source_name(ref: KpiRef, snapshot: Snapshot) -> str:
    """Who says the number: its sources, or whoever entered or imported it; nobody where there is none."""
    return said(" and ").join(source_names(ref, snapshot))


def source_names(ref: KpiRef, snapshot: Snapshot) -> list[str]:
    """The same, one by one."""
    reading = snapshot.of(ref).reading
    if ref.kpi.measure is None or (reading.value is not None and reading.reason):
        return [said("by hand")] if reading.value is not None else []
    names = [source.name for source in _sources(ref, snapshot)]
    unnamed = said("survey") if metrics_of(ref) <= survey.METRICS.keys() else said("imported")
    return names or ([unnamed] if reading.value is not None else [])


def goal_words(goal: Goal, kpi: Kpi) -> str:
    """A goal as short as a table cell wants it; the words around its number stay in the full target line."""
    if goal.op is Op.WORDS:
        return goal.text
    return print_goal(replace(goal, qualifier=_short(goal.qualifier, kpi)), spoken_unit(kpi))


def _short(qualifier: str, kpi: Kpi) -> str:
    """What the words around a goal add in a few letters: nothing that the name or the unit says."""
    words_around = qualifier.strip("()").casefold()
    counted = kpi.unit.name.partition("/")[0].casefold() if kpi.unit.kind == "count" else ""
    if counted and singular(counted) in words_around:
        period = re.search(
            r"/[a-z]+$", words_around
        )  # "(unique visitors/month)" behind "visitors" adds the month
        return period[0] if period else ""
    return "" if words_around in kpi.name.casefold() or len(qualifier) > LONGEST_QUALIFIER else qualifier


LONGEST_QUALIFIER = 20


def against_target(standing: Standing) -> str:
    """The value beside the target in force: "82% of ≥ 5,000", "≥ 5,000 met"; empty where none is."""
    zone = zone_words(standing.zone)
    target = standing.target
    if target is None or standing.value is None:
        return zone
    goal = goal_words(target.goal, standing.kpi)
    if standing.met:
        told = said("{goal} met", goal=goal)
    elif standing.met is False:
        told = said("{share}, {goal} needed", share=_short_of(standing), goal=goal)
    else:
        told = said("target {goal}", goal=goal)
    return ", ".join(part for part in (zone, told) if part)
