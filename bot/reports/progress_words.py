"""What else a standing says of its way: the document's own pace, the way from the baseline, its zone."""

from __future__ import annotations

from bot.reports import words
from bot.reports.standing_words import ZONE_WORDS, goal_words, spoken_unit
from kpi.quantity import print_change, print_goal, print_value
from kpi.standing import Standing, Zone


def progress_lines(standing: Standing) -> tuple[str, ...]:
    """The lines that have something to say, in their order."""
    lines = (zone_line(standing), progress_line(standing), own_pace_line(standing), gap_line(standing))
    return tuple(one for one in lines if one)


def own_pace_line(standing: Standing) -> str:
    """The pace that the document itself calls success, what was measured, and where that leads."""
    pace = standing.own_pace
    if pace is None or pace.rate is None:
        return ""
    asked = print_goal(pace.goal, pace.unit)
    kept = {True: ", kept", False: ", not kept"}.get(pace.met, "") if pace.met is not None else ""
    said = f"The document's pace is {asked}: {print_value(pace.rate, pace.unit)} in the last 7 days{kept}."
    if not pace.met or pace.enough is not False or pace.reaches is None or standing.target is None:
        return said
    reached = print_value(pace.reaches, spoken_unit(standing.kpi))
    return f"{said} Kept to {standing.target.title} it gives {reached}, short of the target."


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
    return f"{ZONE_WORDS[standing.zone]}: {reason}."


def gap_line(standing: Standing) -> str:
    """How far a planned share is off, where no number can say that it is met."""
    target = standing.target
    if standing.met is not None or standing.gap is None or target is None or not target.is_numeric:
        return ""
    gap = print_change(standing.gap, standing.kpi.unit)
    return f"{gap} from the plan of {goal_words(target.goal, standing.kpi)}."
