"""What else a standing says of its way: the document's own pace, the way from the baseline, its zone."""

from __future__ import annotations

from dataclasses import replace

from bot.reports import words
from bot.reports.standing_words import goal_words, nearest_end, spoken_unit, zone_words
from kpi.quantity import print_change, print_goal, print_value
from kpi.standing import Standing, Zone


def progress_lines(standing: Standing) -> tuple[str, ...]:
    """The lines that have something to say, in their order."""
    lines = (earlier_line, zone_line, progress_line, own_pace_line, reach_line, gap_line)
    return tuple(said for one in lines if (said := one(standing)))


def earlier_line(standing: Standing) -> str:
    """What was asked before, where today's horizon has no target: in Q3 those of Q2 and Q4 are told."""
    earlier = standing.earlier
    if earlier is None or not earlier.is_applicable:
        return ""
    return f"{earlier.title} asked for {goal_words(earlier.goal, standing.kpi)}; nothing is stated between."


def own_pace_line(standing: Standing) -> str:
    """The pace that the document itself calls success, what was measured, and where that leads."""
    pace = standing.own_pace
    if pace is None or pace.rate is None:
        return ""
    asked = print_goal(replace(pace.goal, qualifier=""), pace.unit)
    kept = {True: ", kept", False: ", not kept"}.get(pace.met, "") if pace.met is not None else ""
    rate = print_value(pace.rate, pace.unit, against=nearest_end(pace.goal, pace.rate))
    return f"The document's pace is {asked}: {rate} in the last 7 days{kept}."


def reach_line(standing: Standing) -> str:
    """Where the document's own pace leads, if keeping it falls short of the target."""
    pace, target = standing.own_pace, standing.target
    if pace is None or not pace.met or pace.enough is not False or pace.reaches is None or target is None:
        return ""
    reached = print_value(pace.reaches, spoken_unit(standing.kpi), against=target.goal.value)
    return f"Kept to {target.title} it gives {reached}, short of the target."


def progress_line(standing: Standing) -> str:
    """How much of the way from where it began is gone: another thing than percent of target."""
    start, progress, target = standing.kpi.baseline, standing.progress, standing.target
    if not start or progress is None or target is None:
        return ""
    begun = print_value(start, standing.kpi.unit)
    goal = goal_words(target.goal, standing.kpi)
    return f"From {begun} to {goal}: {words.percent(progress)} of the way."


def zone_line(standing: Standing) -> str:
    """Why the zone is another one than the percent alone would give."""
    if standing.zone is Zone.UNKNOWN or "but" not in standing.zone_reason:
        return ""
    reason = standing.zone_reason
    return f"{zone_words(standing.zone)}: {reason}."


def gap_line(standing: Standing) -> str:
    """How far a planned share is off, where no number can say that it is met."""
    target = standing.target
    if standing.met is not None or standing.gap is None or target is None or not target.is_numeric:
        return ""
    gap = print_change(standing.gap, standing.kpi.unit)
    planned = print_goal(replace(target.goal, qualifier=""), standing.kpi.unit).removeprefix("= ")
    return f"{gap} from the plan of {planned}."
