"""What an alert found that is no number beside a limit: a zone, a gate, a gap, a failing source, a text, and
what a person flagged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.languages import figure, said, said_of
from bot.reports import words
from bot.reports.alert_numbers import Told, owner_lines, printed
from bot.reports.alert_view import AlertView, name_of, title_of
from bot.reports.figures import print_goal
from bot.reports.reasons import reason_words
from bot.reports.standing_words import deadline_words, metrics_of
from kpi.alerts import Item

LONGEST_QUOTE = 200
_NEGATIVE, _POSITIVE = -0.05, 0.05
"""Where a text begins to sound like one or the other, as the lexicon's authors draw it."""


def zone(item: Item, view: AlertView) -> Told:
    """A KPI that came into a zone."""
    name, standing = name_of(item, view), view.standing(item.subject)
    value = printed(item.evidence.get("value", item.value), item, view)
    found = f"{name} {value}".rstrip()
    head = _in_zone(found, str(item.evidence.get("to") or ""))
    lines = []
    came_from = str(item.evidence.get("from") or "")
    before = _zone_name(came_from)
    if before and came_from != item.evidence.get("to"):
        lines.append(said("It was {zone} before", zone=before))
    if standing is not None and standing.target is not None:
        goal = print_goal(standing.target.goal, standing.kpi.unit)
        due = deadline_words(standing.target, view.moment)
        lines.append(said("Target {goal} {due}", goal=goal, due=due))
    return Told(head, (*lines, *owner_lines(item, view)), _in_short(found, item))


def _in_short(found: str, item: Item) -> str:
    """The same among others of its zone: "Churn Rate 6.5%, 62% of target"."""
    share = item.evidence.get("percent")
    if not isinstance(share, int | float):
        return found
    return said("{found}, {share} of target", found=found, share=words.percent(share))


def _in_zone(found: str, to: str) -> str:
    match to:
        case "red":
            return said("{found}: in the red zone", found=found)
        case "yellow":
            return said("{found}: in the yellow zone", found=found)
        case "green":
            return said("{found}: in the green zone", found=found)
    return found


def _zone_name(key: str) -> str:
    match key:
        case "red":
            return said("red")
        case "yellow":
            return said("yellow")
        case "green":
            return said("green")
    return ""


def gate(item: Item, view: AlertView) -> Told:
    """A gate that opened or shut again."""
    name, told = name_of(item, view), item.evidence
    head = said("Gate {gate} is open", gate=name)
    if told.get("to") == "shut":
        head = said("Gate {gate} is shut again", gate=name)
    achieved, total = told.get("achieved"), told.get("total")
    lines = []
    if isinstance(achieved, int | float) and isinstance(total, int | float):
        lines.append(said("{count} of {total} achieved", count=round(achieved), total=round(total)))
    return Told(head, tuple(lines))


def no_data(item: Item, view: AlertView) -> Told:
    """A KPI without a value, though its source is fine."""
    lines = []
    if source := _source_title(str(item.evidence.get("source") or ""), view):
        lines.append(said("{source} itself can be read", source=source))
    if reason := str(item.evidence.get("reason") or ""):
        told = reason_words(reason)
        lines.append(f"{told[:1].upper()}{told[1:]}")
    return Told(said("{name}: no number", name=name_of(item, view)), (*lines, *owner_lines(item, view)))


def source(item: Item, view: AlertView) -> Told:
    """A source that cannot be read: since when, what helps, and how many KPIs wait for it."""
    told, name = item.evidence, _source_title(item.subject, view)
    name = str(told.get("title") or name)
    lines = [str(told[key]) for key in ("message", "hint") if told.get(key)]
    metrics = {metric for one in view.workspace.sources if one.name == item.subject for metric in one.metrics}
    waiting = [ref.kpi.name for ref in view.workspace.kpis if metrics & metrics_of(ref)]
    if count := len(waiting):
        names = words.listing(tuple(waiting), 3)
        lines.append(said_of(count, "{count} KPI waits: {names}", "{count} KPIs wait: {names}", names=names))
    head = said("{source} cannot be read", source=name)
    since = instant(told.get("since")) or item.since
    short = said("{source} since {when}", source=name, when=view.at(since))
    return Told(head, tuple(lines), short)


def _source_title(name: str, view: AlertView) -> str:
    return next((one.title or one.name for one in view.workspace.sources if one.name == name), name)


def text(item: Item, view: AlertView) -> Told:
    """Something that was written: its words, where it stands, how many saw it, how it sounds."""
    told = item.evidence
    head = title_of("" if view.ref is None else view.ref.path, view)
    quoted = quote(str(told.get("text") or ""))
    where = " · ".join(_circumstances(item, view))
    return Told(head, tuple(one for one in (quoted, where) if one), quoted or head)


def _circumstances(item: Item, view: AlertView) -> Iterator[str]:
    told = item.evidence
    if place := str(told.get("site") or _source_title(str(told.get("source") or ""), view)):
        yield place
    if isinstance(reach := told.get("reach"), int | float):
        yield said("seen {count} times", count=figure(f"{round(reach):,}"))
    if isinstance(sentiment := told.get("sentiment"), int | float):
        yield _sound(sentiment)
    if (at := instant(told.get("at"))) is not None:
        yield view.at(at)


def _sound(sentiment: float) -> str:
    score = figure(f"{sentiment:+.2f}".replace("-", words.MINUS))
    if sentiment <= _NEGATIVE:
        return said("sounds negative ({score})", score=score)
    if sentiment >= _POSITIVE:
        return said("sounds positive ({score})", score=score)
    return said("sounds neutral ({score})", score=score)


def quote(found: str) -> str:
    """Foreign words in quotes, in one line, cut with a visible mark."""
    flat = " ".join(found.replace("“", '"').replace("”", '"').split())
    if len(flat) > LONGEST_QUOTE:
        flat = f"{flat[: LONGEST_QUOTE - 1].rstrip()}…"
    return f"“{flat}”" if flat else ""


def instant(found: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(found) if isinstance(found, str) else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None
