"""A change in one line: where it stands, what moved, who moved it, how rare that is, and the target."""

from __future__ import annotations

from dataclasses import replace

from bot import languages
from bot.languages import said, said_of
from bot.reports import words
from bot.reports.changes import Change, Span
from bot.reports.figures import print_change, print_goal, print_value
from bot.reports.noteworthy import Count, Remark
from bot.reports.standing_words import nearest_end, share_words, state_mark, value_words
from kpi.expression import Call
from kpi.framework import Kpi
from kpi.measure import parse
from kpi.quantity import Better
from kpi.standing import Standing, Zone
from kpi.streaks import Rare, Rarity
from kpi.unit import BARE, Unit

LONGEST = 96
"""A line of more characters than this leaves out what is rare about the day."""

_LONGEST_WITH_MOVER = 132  # who moved it is worth another line on a phone

_MARKS = {Zone.GREEN: "●", Zone.YELLOW: "◆", Zone.RED: "▲"}
_WEEK = 7
_ALL = (0.995, 1.05)  # a share that is all of a change; of more, others moved against it


def finding(change: Change, standing: Standing, remark: Remark, span: Span) -> str:
    """The change as the clause that heads an update."""
    name = change.ref.kpi.name
    if change.turned is not None:
        if change.turned:
            return said("{name} reached its target", name=name)
        if change.ref.kpi.better is Better.LOWER and (change.delta or 0.0) > 0:
            return said("{name} rose past its target", name=name)
        return said("{name} fell short of its target", name=name)
    if remark.count is not None:
        return _counted(name, remark.count, span)
    delta = change.delta or 0.0
    far = _moved(change, standing).lstrip(f"+{words.MINUS}")
    slots = {"name": name, "far": far, "value": value_words(standing)}
    if change.ref.kpi.better is Better.LOWER:
        if delta > 0:
            return said("{name} up {far} (worse) to {value}", **slots)
        return said("{name} down {far} (better) to {value}", **slots)
    return (
        said("{name} up {far} to {value}", **slots)
        if delta > 0
        else said("{name} down {far} to {value}", **slots)
    )


def _counted(name: str, count: Count, span: Span) -> str:
    """A day's own count beside what is usual for it: "Visitors 12 yesterday, below a usual Sunday"."""
    text = _day_count(name, count, span)
    if not count.side:
        return text
    if span.days > 1:
        return (
            said("{count}, above usual", count=text)
            if count.side > 0
            else said("{count}, below usual", count=text)
        )
    day = languages.weekday(span.close.day)
    if count.side > 0:
        return said("{count}, above a usual {weekday}", count=text, weekday=day)
    return said("{count}, below a usual {weekday}", count=text, weekday=day)


def change_line(change: Change, standing: Standing, remark: Remark, span: Span) -> str:
    """One line of an update; what does not fit on a phone's few lines is left out, the least first."""
    head = f"{_mark(standing)} {_head(change, standing, remark, span)}"
    target = _aim(standing, remark)
    kept: list[str] = []
    asides = ((_LONGEST_WITH_MOVER, _mover(change, remark)), (LONGEST, _rare(remark, span)))
    for most, one in asides:
        if one and len(" · ".join((head, *kept, one, target))) <= most:
            kept.append(one)
    return " · ".join(part for part in (head, *kept, target) if part)


def _rare(remark: Remark, span: Span) -> str:
    """What is rare about it, in a few words; empty for nothing."""
    if remark.ahead_since is not None:
        return said("first ahead of pace since {day}", day=words.day(remark.ahead_since, span.close.day))
    return "" if remark.rarity is None else _rarity(remark.rarity, span, of_gain=remark.of_gain)


def _mark(standing: Standing) -> str:
    return _MARKS.get(standing.zone) or state_mark(standing)


def _head(change: Change, standing: Standing, remark: Remark, span: Span) -> str:
    name = change.ref.kpi.name
    if remark.count is not None:
        return _beside_usual(_day_count(name, remark.count, span), remark.count, span)
    delta = _moved(change, standing)
    text = said(
        "{name} {value}, {change} {since}",
        name=name, value=value_words(standing), change=delta, since=span.since_words,
    )  # fmt: skip
    if change.ref.kpi.better is not Better.LOWER or not change.delta:
        return text
    return (
        said("{change} (worse)", change=text) if change.delta > 0 else said("{change} (better)", change=text)
    )


def _moved(change: Change, standing: Standing) -> str:
    """By how much, as fine as the value beside it."""
    unit = _bare(change.ref.kpi)
    fine = words.as_fine_as(change.delta or 0.0, print_value(standing.value or 0.0, unit))
    return print_change(fine, unit)


def _day_count(name: str, count: Count, span: Span) -> str:
    value = print_value(count.value, count.unit)
    if span.days == 1:
        return said("{name} {value} yesterday", name=name, value=value)
    return said_of(
        span.days, "{name} {value} in {count} day", "{name} {value} in {count} days", name=name, value=value
    )


def _beside_usual(text: str, count: Count, span: Span) -> str:
    """The count with what is usual for that weekday; a holiday is like no other day."""
    day = languages.weekday(span.close.day)
    if count.is_holiday:
        return said("{count}, a holiday", count=text)
    if count.usual is None:
        return text
    if not count.side:
        return text if span.days > 1 else said("{count}, a usual {weekday}", count=text, weekday=day)
    usual = usual_range(count)
    if span.days > 1:
        return said("{count} (usual: {range})", count=text, range=usual)
    return said("{count} (a usual {weekday}: {range})", count=text, weekday=day, range=usual)


def usual_range(count: Count) -> str:
    """ "290–350", as round as the counts that it is made of."""
    if count.usual is None:
        return ""
    low, high = count.usual.low, count.usual.high
    if count.unit is BARE:
        low, high = round(low), round(high)
    ends = dict.fromkeys(print_value(one, count.unit) for one in (low, high))
    return "–".join(ends)


def _mover(change: Change, remark: Remark) -> str:
    """Who moved it: "Hacker News +900, 75% of it"; empty for nobody."""
    mover = remark.mover
    if mover is None or mover.share_of_change is None:
        return ""
    told, share = print_change(mover.change, _bare(change.ref.kpi)), mover.share_of_change
    if share > _ALL[1]:
        return said("{who} {change}, more than all of it", who=mover.label, change=told)
    if share >= _ALL[0]:
        return said("{who} {change}, all of it", who=mover.label, change=told)
    return said(
        "{who} {change}, {share} of it", who=mover.label, change=told, share=words.percent(round(100 * share))
    )


def _rarity(one: Rarity, span: Span, *, of_gain: bool) -> str:
    match one.kind:
        case Rare.RECORD:
            return _record(one, span)
        case Rare.SAME_WEEKDAY:
            day = languages.weekday(span.close.day)
            if one.is_high:
                return said("highest {weekday} in {count} weeks", weekday=day, count=one.count)
            return said("lowest {weekday} in {count} weeks", weekday=day, count=one.count)
        case Rare.ROW:
            if one.is_high:
                return said("up {count} days in a row", count=one.count)
            return said("down {count} days in a row", count=one.count)
        case Rare.EXTREME:
            return _extreme(one, span, of_gain=of_gain)


def _record(one: Rarity, span: Span) -> str:
    since = "" if one.since is None else words.day(one.since, span.close.day)
    if one.is_high:
        return said("record high since {day}", day=since)
    return said("record low since {day}", day=since)


def _extreme(one: Rarity, span: Span, *, of_gain: bool) -> str:
    """Since a day that is remembered, or in so many weeks where the days known end there."""
    if one.since is not None:
        day = words.day(one.since, span.close.day)
        if of_gain:
            return (
                said("most in a day since {day}", day=day)
                if one.is_high
                else said("least in a day since {day}", day=day)
            )
        return said("highest since {day}", day=day) if one.is_high else said("lowest since {day}", day=day)
    weeks = one.count // _WEEK
    if of_gain:
        return (
            said("most in a day in {count} weeks", count=weeks)
            if one.is_high
            else said("least in a day in {count} weeks", count=weeks)
        )
    return (
        said("highest in {count} weeks", count=weeks)
        if one.is_high
        else said("lowest in {count} weeks", count=weeks)
    )


def _aim(standing: Standing, remark: Remark) -> str:
    """How it stands to its target; of a day's count first what it adds up to."""
    aim = against(standing)
    if remark.count is None:
        return aim
    whole = said("{value} {window}", value=_bare_value(standing), window=_window(standing))
    return said("{whole}, {target}", whole=whole, target=aim) if aim else whole


def _bare(kpi: Kpi) -> Unit:
    """The unit where a number of the KPI stands beside another that said it."""
    return BARE if kpi.unit.kind == "count" else kpi.unit


def _bare_value(standing: Standing) -> str:
    goal = standing.target.goal if standing.target else None
    value = standing.value or 0.0
    limit = None if goal is None else nearest_end(goal, value)
    return print_value(value, _bare(standing.kpi), against=limit)


def _window(standing: Standing) -> str:
    root = parse(standing.kpi.measure or "").root
    window = root.query.window if isinstance(root, Call) else None
    return said("in all") if window is None else words.within(window)


def against(standing: Standing) -> str:
    """The target in a few words: "at risk, 74% of ≥ 10,000"; empty without a number to reach."""
    zone = {Zone.YELLOW: said("at risk"), Zone.RED: said("off track")}.get(standing.zone, "")
    aim = _against_goal(standing)
    return said("{zone}, {target}", zone=zone, target=aim) if zone and aim else zone or aim


def _against_goal(standing: Standing) -> str:
    target = standing.target
    if target is None or standing.value is None or not target.is_numeric or not target.is_applicable:
        return ""
    # The value beside it says the unit, and the table what else its author wrote around the number.
    goal = print_goal(replace(target.goal, qualifier=""), _bare(standing.kpi))
    if standing.met is None:
        return said("target {goal}", goal=goal)
    if standing.met:
        return said("{goal} met", goal=goal)
    share, pace = standing.percent_of_target, standing.pace
    if share is not None and share >= 100:
        return said("at the limit, {goal} not met", goal=goal)
    if standing.zone is Zone.UNKNOWN and pace is not None and pace.percent is not None and not target.is_past:
        return said("{share} of pace to {goal}", share=words.percent(pace.percent), goal=goal)
    if share is None:
        return said("{goal} not met", goal=goal)
    return said("{share} of {goal}", share=share_words(standing, share), goal=goal)
