"""The origin of a standing in words: a line for each figure, with its formula and its numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction

from bot.reply import Table
from bot.reports import words
from bot.reports.formula import number
from bot.reports.missing_words import no_number_lines
from bot.reports.provenance import Input, Provenance, Pulled, author_name
from bot.reports.snapshot import Snapshot
from bot.reports.standing_words import deadline_words, value_words, zone_words
from bot.workspace import KpiRef
from kpi import survey
from kpi.calendar import STEADY, Moment, day_of
from kpi.framework_rules import ZoneRule
from kpi.horizon import TargetInForce
from kpi.quantity import Better, Op, print_change, print_goal, print_value
from kpi.reading import is_entered
from kpi.scoring import direction, exact
from kpi.standing import Standing, Trend

Line = tuple[str, str]
"""What is explained, and the explanation."""

_IMPORTED = "no source in kpi.yaml, it was imported"


def explained(found: Provenance, ref: KpiRef, snapshot: Snapshot) -> Iterator[Line]:
    """Every figure with its origin, in the order in which one follows from the other."""
    yield from _number(found, ref, snapshot)
    yield from _origin(found, snapshot)
    yield from _target(found, ref, snapshot)
    standing = found.standing
    if share := share_sentence(standing):
        yield "Percent", share
    yield "Zone", _zone(standing, ref)
    if standing.value is not None:
        yield "Trend", _trend(standing, snapshot.moment)
    yield from _pace(standing, snapshot)


def _number(found: Provenance, ref: KpiRef, snapshot: Snapshot) -> Iterator[Line]:
    standing = found.standing
    if standing.value is None:
        reason, *helps = (*no_number_lines(standing, ref, snapshot), "")
        yield "No number", reason or "nothing was measured or entered"
        yield from (("What helps", text) for text in helps if text)
        if found.formula is not None:
            yield "Measure", found.formula.sentence
        return
    if found.formula is None:
        yield "Number", f"{value_words(standing)}, entered by hand"
    elif is_entered(ref.kpi, standing.reading):
        yield "Number", f"{value_words(standing)}, {standing.reading.reason}"
        yield "Measure", found.formula.sentence
    else:
        raw = found.formula.raw.value
        is_other = raw is not None and exact(raw) != exact(standing.value)
        own = f", which is {print_value(standing.value, ref.kpi.unit)}" if is_other else ""
        yield "Number", found.formula.sentence + own
    if standing.reading.period is not None:
        first, end = standing.reading.period.start, standing.reading.period.end
        days = [day_of(at, snapshot.moment.zone) for at in (first, end - timedelta(microseconds=1))]
        said = " to ".join(words.day(one, snapshot.moment.day) for one in days)
        matures = f", the newest that are {ref.kpi.matures.days} days old" if ref.kpi.matures else ""
        yield "Period", f"closed days {said}{matures}"
    if not standing.reading.settled:
        yield "Settled", "no: its source may still change this number"


def _origin(found: Provenance, snapshot: Snapshot) -> Iterator[Line]:
    moment = snapshot.moment
    for one in found.pulled:
        yield "Source", _source(one, snapshot)
    if found.standing.fault is not None:
        fault = found.standing.fault
        since = clock(fault.since, moment)
        yield "Fault", words.told(f"{fault.source} fails since {since}: {fault.message}", fault.hint)
    for entry in found.entries:
        when = words.day(day_of(entry.at, moment.zone), moment.day)
        recorded = clock(entry.recorded_at, moment)
        note = f": {entry.note}" if entry.note else ""
        name = author_name(entry.author, snapshot.workspace)
        yield "Entered", f"{entry.text} for {when} by {name}, {recorded}{note}"
    if found.unclaimed and not found.entries and found.inputs:
        told = ", ".join(found.unclaimed)
        by_survey = all(name in survey.METRICS for name in found.unclaimed)
        why = "what people answered when its last round closed" if by_survey else _IMPORTED
        yield "Source", f"{told}: {why}"


def _source(one: Pulled, snapshot: Snapshot) -> str:
    moment, run = snapshot.moment, one.run
    name = one.source.name
    named = name if name == one.source.collector else f"{name} ({one.source.collector})"
    said = f"{named}, read every {_every(one.source.every_seconds)}"
    if run is None or run.finished_at is None:
        return f"{said}; no finished run is known" + (" of then" if moment.as_of else "")
    age = "" if moment.as_of else f", {words.age(moment.now - run.finished_at)}"  # "3 h ago" is of now
    outcome = f"{run.written.new} new, {run.written.restated} restated"
    if run.faults:
        outcome = "it failed" if any(not fault.part for fault in run.faults) else f"{outcome}, parts failed"
    note = f". {one.source.note}" if one.source.note else ""
    return f"{said}; last at {clock(run.finished_at, moment)}{age}: {outcome}{note}"


def _every(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    said = words.count(minutes, "minute") if minutes < 60 else words.count(round(minutes / 60), "hour")
    return said.removeprefix("1 ")


def _target(found: Provenance, ref: KpiRef, snapshot: Snapshot) -> Iterator[Line]:
    target, origin = found.standing.target, found.target
    if target is None:
        yield "Target", "none: its framework states no target for it"
        return
    asked = (
        print_goal(target.goal, ref.kpi.unit)
        if target.is_applicable
        else f"{target.goal.text}, asks for nothing"
    )
    yield "Target", f"{with_deadline(asked, target, snapshot.moment)}; {_why_this(found.standing, ref)}"
    if (judged := found.standing.judgement) is not None:
        day = words.day(day_of(judged.at, snapshot.moment.zone), snapshot.moment.day)
        name = author_name(judged.author, snapshot.workspace)
        yield "Judged", f"{'met' if judged.met else 'not met'} by {name}, {day}: {judged.reason}"
    elif target.is_in_words:
        yield "Judged", "not yet: a person has to say whether these words are met"
    moment, change = snapshot.moment, origin.change
    if change is not None:
        at = clock(change.recorded_at, moment)
        name = author_name(change.author, snapshot.workspace)
        yield "Set", f"{at} by {name}: {change.reason}. Before: {origin.before or 'no target'}"
    else:
        since = ""
        if origin.framework_since is not None:
            since = f", in this wording at least since {clock(origin.framework_since, moment)}"
        yield "Set", f"by the framework's file{since}: “{target.goal.text}”"


def clock(at: datetime, moment: Moment) -> str:
    """An instant, its day left out where it is today; seen from the past, no day is today."""
    if moment.as_of is None:
        return words.clock(at, moment.zone, moment.day)
    return f"{words.day(day_of(at, moment.zone), moment.day)} {at.astimezone(moment.zone):%H:%M}"


def with_deadline(said: str, target: TargetInForce, moment: Moment) -> str:
    """A target as `said`, with when it is due; its horizon is not named again where `said` names it."""
    when = deadline_words(target, moment)
    if moment.as_of is not None:
        when = when.replace(", today)", ", that day)")
    if target.horizon == STEADY:
        return said if target.is_in_words else f"{said} {when}"
    if re.search(rf"\b{re.escape(target.title)}\b", said, re.IGNORECASE) is None:
        return f"{said} {when}"
    aside = when.partition(f" {target.title} ")[2]
    return f"{said}, {aside[1:-1]}" if said.endswith(")") else f"{said} {aside}"


def _why_this(standing: Standing, ref: KpiRef) -> str:
    """Why this target is the one in force."""
    target = standing.target
    assert target is not None  # asked only where one is in force
    if target.horizon == STEADY:
        return "it is always in force" if len(ref.kpi.targets) == 1 else "the others are past"
    if len(ref.kpi.targets) == 1:
        return "its only target"
    if target.is_past:
        return "all are past, so the last one stays"
    if target.deadline is None:
        return "it has no date, so it never passes"
    return "the next deadline not yet past"


def share_sentence(standing: Standing) -> str:
    """How the percent of target was computed: "82% = 4,100 / 5,000"; empty where there is none."""
    target, value, share = standing.target, standing.value, standing.percent_of_target
    if target is None or value is None or not target.is_numeric or target.goal.value is None:
        return ""
    goal = target.goal
    if share is None:
        better = "none: it is better than any multiple of the target" if standing.met else ""
        return better or "none: a planned share is compared in points"
    said = words.percent(share, beside=standing.limits)
    low, high = exact(goal.value), exact(goal.value if goal.high is None else goal.high)
    actual = exact(value)
    way = direction(goal, standing.kpi.better)
    if goal.op in (Op.BETWEEN, Op.EQUAL):
        if low <= actual <= high:
            return f"{said}: inside {print_goal(goal, standing.kpi.unit).removeprefix('= ')}"
        if actual < low:
            way = Better.LOWER if goal.op is Op.BETWEEN and way is Better.LOWER else Better.HIGHER
        else:
            way = Better.HIGHER if goal.op is Op.BETWEEN and way is Better.HIGHER else Better.LOWER
            low = high
    return _ratio(said, actual, low, way)


def _ratio(said: str, actual: Fraction, target: Fraction, way: Better, *, other: str = "target") -> str:
    """The division behind a percent; `other` is what the actual value is held against."""
    shown, limit = number(float(actual)), number(float(target))
    sign = -1 if way is Better.LOWER else 1
    if target == 0:
        return f"{said}: a {other} of 0 is reached or not, it has no ratio"
    if sign * target < 0:
        return f"{said} = {limit} / {shown} ({other} / actual, because {way} is better)"
    if sign * actual < 0:
        return f"{said}: {shown} lies on the other side of 0 than {limit}"
    return f"{said} = {shown} / {limit} (actual / {other})"


def _zone(standing: Standing, ref: KpiRef) -> str:
    zone = zone_words(standing.zone) or "○ unknown"
    rules = "; ".join(text for rule in ref.use.framework.zones if (text := _bounds(rule)))
    return f"{zone}: {standing.zone_reason}" + (f" (rules: {rules})" if rules else "")


def _bounds(rule: ZoneRule) -> str:
    if rule.at_least is not None and rule.below is not None:
        return f"{rule.zone} {rule.at_least:g}–{rule.below:g}%"
    if rule.at_least is not None:
        return f"{rule.zone} from {rule.at_least:g}%"
    return f"{rule.zone} below {rule.below:g}%" if rule.below is not None else ""


def _trend(standing: Standing, moment: Moment) -> str:
    found, unit = standing.trend, standing.kpi.unit
    if found.change is None or found.before is None:
        last = "yesterday"
        if moment.as_of is not None:
            last = words.day(moment.day - timedelta(days=1), moment.day)
        return f"unknown: it needs a reading at the close of {last} and of the 7th day before"
    sign = {Trend.BETTER: "towards better", Trend.WORSE: "towards worse", Trend.FLAT: "flat"}.get(
        found.trend, "neither better nor worse"
    )
    after = number(float(exact(found.before) + exact(found.change)))
    change = print_change(found.change, unit)
    return f"{sign}, {change} in {found.days} closed days ({after} − {number(found.before)})"


def _pace(standing: Standing, snapshot: Snapshot) -> Iterator[Line]:
    pace, target = standing.pace, standing.target
    if pace is None or target is None:
        return
    start, end = (words.day(day, snapshot.moment.day) for day in (pace.start, pace.end))
    first, last = number(pace.start_value), number(pace.end_value)
    way = f"{first} + ({last} − {first}) × {pace.day} / {pace.days}"
    if pace.rhythm != "even":
        way = f"{first} to {last}, spread by {pace.rhythm}, after {pace.day} of {pace.days} days"
    expected = print_value(pace.expected, standing.kpi.unit)
    by = "now" if snapshot.moment.as_of is None else "then"
    yield "Pace", f"{expected} expected by {by} = {way} (from {start} to {end})"
    if pace.percent is not None and standing.value is not None:
        better = direction(target.goal, standing.kpi.better)
        said = words.percent(pace.percent)
        yield "Of pace", _ratio(said, exact(standing.value), exact(pace.expected), better, other="expected")
    own = standing.own_pace
    if own is not None and own.rate is not None:
        asked = print_goal(own.goal, own.unit)
        yield "Own pace", f"{print_value(own.rate, own.unit)} measured, {asked} asked"


def inputs_table(found: Provenance, snapshot: Snapshot) -> Table | None:
    """The series the figure was computed from, each with its newest sample."""
    if not found.inputs:
        return None
    rows = tuple(_row(one, snapshot) for one in found.inputs)
    more = f", the first {len(rows)} of {len(rows) + found.more_inputs}" if found.more_inputs else ""
    return Table(
        ("Input", "Samples", "Newest", "Recorded"), rows, numeric=frozenset({1}), caption=f"Inputs{more}"
    )


def _row(one: Input, snapshot: Snapshot) -> tuple[str, ...]:
    moment = snapshot.moment
    labels = "{" + ", ".join(f"{name}={value}" for name, value in one.labels) + "}" if one.labels else ""
    first = words.day(day_of(one.first, moment.zone), moment.day)
    count = f"{one.count:,} from {first}" if one.count > 1 else f"{one.count}"
    earlier = "".join(f", before {number(value)}" for value in one.earlier[-2:])
    state = "" if one.settled else ", not settled"
    return (
        one.metric + labels,
        count,
        f"{number(one.value)} at {clock(one.last, moment)}",
        f"{clock(one.recorded_at, moment)}{earlier}{state}",
    )
