"""A standing in words. Finding first; every number with its period, its age and its target."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.reports import words
from bot.reports.history import Changes
from bot.reports.provenance import author_name
from bot.reports.snapshot import Snapshot
from bot.workspace import KpiRef, Source
from kpi import survey
from kpi.calendar import STEADY, Moment, day_of
from kpi.framework import Kpi
from kpi.judgement import Judgement
from kpi.quantity import Better, Goal, Op, print_change, print_goal, print_value
from kpi.reading import measures_of
from kpi.standing import Standing, State, TargetInForce, Zone
from kpi.unit import BARE, Unit, singular

ZONE_WORDS = {Zone.GREEN: "● on track", Zone.YELLOW: "◆ at risk", Zone.RED: "▲ off track"}
"""A mark that differs in shape as well as colour, and the word for it."""


def value_words(standing: Standing) -> str:
    """The value as printed beside its target: never equal to it when it is not."""
    if standing.value is None:
        return "no number yet"
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
    said = kpi.name.casefold()
    parts = (part.casefold() for part in kpi.unit.name.split("/"))
    return BARE if all(part in said or singular(part) in said for part in parts) else kpi.unit


def verdict_words(standing: Standing) -> str:
    """How the value stands to its target, in two or three words; empty where nothing can be said."""
    zone = ZONE_WORDS.get(standing.zone, "")
    if standing.value is None:
        return zone
    if standing.target is not None and standing.target.is_in_words:
        said = _judged_words(standing, standing.target)
    elif standing.met:
        said = "target met"
    elif standing.met is False:
        said = _short_of(standing)
        # Green begins below the target: whoever reads "on track" must not take it for met.
        said += ", not met" if standing.zone is Zone.GREEN and not said.endswith("not met") else ""
    else:
        said = ""
    return ", ".join(part for part in (zone, said) if part)


def _short_of(standing: Standing) -> str:
    """How far a target that is not met is reached: what decides the zone, or the pace where none is drawn."""
    share, pace = standing.percent_of_target, standing.pace
    if share is not None and share >= 100:
        return "at the limit, not met"
    is_due = standing.target is not None and standing.target.is_past
    if standing.zone is Zone.UNKNOWN and pace is not None and pace.percent is not None and not is_due:
        return f"{words.percent(pace.percent)} of pace"
    if share is None:
        return "target not met"
    return f"{share_words(standing, share)} of target"


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
            return f"○ {name}: no number, {standing.fault.source} fails"
        return f"○ {name}: no number yet"
    said = verdict_words(standing)
    text = f"{name} {value_words(standing)}" + (f" · {said}" if said else "")
    if standing.fault is not None and standing.age is not None:
        text += f" · {words.age(standing.age)}, {standing.fault.source} fails"
    return text


def _judged_words(standing: Standing, target: TargetInForce) -> str:
    """A target in words, and whether somebody has said that it is met."""
    if standing.judgement is None:
        return f"“{target.goal.text}” waits for a judgement"
    return f"“{target.goal.text}”, judged {'met' if standing.judgement.met else 'not met'}"


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
        return "at all times"
    if target.deadline is None:
        return f"in {target.title} (no date set in kpi.yaml)"
    return f"by {target.title} ({_due(target.deadline, moment)})"


def _due(deadline: date, moment: Moment) -> str:
    """A deadline and how far it is: "29 Nov, 6 days left"."""
    left = (deadline - moment.day).days
    if left < 0:
        far = f"{words.count(-left, 'day')} ago"
    else:
        now = "today" if moment.as_of is None else "that day"
        far = now if left == 0 else f"{words.count(left, 'day')} left"
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
    on = "yesterday" if moment.as_of is None else f"on {day}"
    parts = [f"{print_change(yesterday, unit)} {on}"] if yesterday is not None else []
    if week is not None:
        beside = f" ({print_change(before, unit)} in the 7 before)" if before is not None else ""
        parts.append(f"{print_change(week, unit)} in 7 days{beside}")
    if parts:
        return ", ".join(parts) + "."
    is_measured = standing.kpi.measure is not None and standing.value is not None
    if is_measured and not past.is_fresh:
        return f"No reading for {on.removeprefix('on ')}, so no change can be stated."
    return ""


def state_mark(standing: Standing) -> str:
    """Achieved, short, not measured, or without a target that a number meets."""
    if standing.met is not None:
        return "✓" if standing.met else "–"
    return "○" if standing.value is None else "·"


def no_number_lines(standing: Standing, ref: KpiRef, snapshot: Snapshot) -> tuple[str, ...]:
    """Why there is no number, and what would bring one."""
    if standing.fault is not None:
        return (words.told(standing.fault.message, standing.fault.hint),)
    if standing.judgement is not None:
        return (_who_judged(standing.judgement, snapshot),)
    is_told = bool(standing.reading.reason) and not _is_unentered(standing)
    said = (words.told(_sentence(standing.reading.reason)),) if is_told else ()
    if standing.reading.at is not None or standing.reading.state is State.FAULT:
        return said  # it is measured: the reason says what keeps it from being a number
    return (*said, how_to_measure(ref, snapshot))


def _who_judged(said: Judgement, snapshot: Snapshot) -> str:
    """Whose word a target in words rests on, since when, and why."""
    moment = snapshot.moment
    who, when = author_name(said.author, snapshot.workspace), words.clock(said.at, moment.zone, moment.day)
    because = f": {said.reason}" if said.reason else ""
    return words.told(f"Judged by {who}, {when}{because}")


def _is_unentered(standing: Standing) -> bool:
    """Whether nobody has entered a number yet, so that the measure's own words say nothing more."""
    return standing.kpi.measure is None and standing.reading.at is None


def _sentence(text: str) -> str:
    """With a capital, unless it begins with a name that has its own spelling: `github.stars`."""
    first = text.partition(" ")[0]
    return text if "." in first or "_" in first else text[:1].upper() + text[1:]


def how_to_measure(ref: KpiRef, snapshot: Snapshot) -> str:
    """What to do so that the KPI gets a number."""
    name = snapshot.workspace.own_name(ref).lower()
    target = snapshot.of(ref).target
    if target is not None and target.is_in_words:
        return f"People judge it: `judge {name} met because …`."
    by_hand = f"`record {name} VALUE`"
    if ref.kpi.measure is None:
        return f"It is entered by hand: {by_hand}."
    from_source = [snapshot.workspace.source_of(metric) for metric in sorted(_metrics(ref))]
    if all(source is not None for source in from_source):
        return f"Its source is connected; the first number comes with the next collection, or by {by_hand}."
    if _metrics(ref) <= survey.METRICS.keys():
        return f"People are asked in a survey: the number comes with its close, or by {by_hand}."
    needed, kinds = sorted(_metrics(ref)), {name.partition(".")[0] for name in _metrics(ref)}
    adding = " and ".join(f"`kpi sources add {kind}`" for kind in sorted(kinds))
    return f"It needs {', '.join(needed)}: connect it ({adding}), import it, or enter it with {by_hand}."


def _metrics(ref: KpiRef) -> frozenset[str]:
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
    found = (snapshot.workspace.source_of(metric) for metric in sorted(_metrics(ref)))
    return tuple(dict.fromkeys(source for source in found if source is not None))


def source_name(ref: KpiRef, snapshot: Snapshot) -> str:
    """Who says the number: its sources, or whoever entered or imported it; nobody where there is none."""
    reading = snapshot.of(ref).reading
    if ref.kpi.measure is None or (reading.value is not None and reading.reason):
        return "by hand" if reading.value is not None else ""
    names = [source.name for source in _sources(ref, snapshot)]
    unnamed = "survey" if _metrics(ref) <= survey.METRICS.keys() else "imported"
    return " and ".join(names) or (unnamed if reading.value is not None else "")


def goal_words(goal: Goal, kpi: Kpi) -> str:
    """A goal as short as a table cell wants it; the words around its number stay in the full target line."""
    if goal.op is Op.WORDS:
        return goal.text
    return print_goal(replace(goal, qualifier=_short(goal.qualifier, kpi)), spoken_unit(kpi))


def _short(qualifier: str, kpi: Kpi) -> str:
    """What the words around a goal add in a few letters: nothing that the name or the unit says."""
    said = qualifier.strip("()").casefold()
    counted = kpi.unit.name.partition("/")[0].casefold() if kpi.unit.kind == "count" else ""
    if counted and singular(counted) in said:
        period = re.search(r"/[a-z]+$", said)  # "(unique visitors/month)" behind "visitors" adds the month
        return period[0] if period else ""
    return "" if said in kpi.name.casefold() or len(qualifier) > LONGEST_QUALIFIER else qualifier


LONGEST_QUALIFIER = 20


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
