"""The one message of an alert, in its present state: what is so, since when, who has it, what to do next.

It is changed in place as the alert lives; `told` puts each step into its thread. `digest_of` tells whether a
message says what is no longer so; how long it has been so by now is not part of that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from bot import languages
from bot.alerting import HEALTH
from bot.languages import said
from bot.reply import Block, Bold, Link, Reply, Text, Visibility, line, marked, note, plain_text
from bot.reports.alert_buttons import buttons
from bot.reports.alert_celebrations import celebration
from bot.reports.alert_data import data_of
from bot.reports.alert_findings import MOST_ROWS, aging, ended, found, lasted, rows, timing, together
from bot.reports.alert_standing import standing_lines
from bot.reports.alert_states import quote
from bot.reports.alert_thread import corrected, told
from bot.reports.alert_view import (
    CELEBRATE,
    CRITICAL,
    AlertView,
    flagged,
    kind_of,
    measured_by,
    reads,
    severity_words,
    shown,
    title_of,
)
from bot.reports.standing_words import against_target, value_words
from bot.workspace import KpiRef
from kpi.alerts import Item
from storage.alerts import Alert, Event

__all__ = ["AlertView", "celebration", "digest_of", "root", "told"]

FIRING = {CRITICAL: "▲"}
WARNING, OVER, TAKEN_BACK = "◆", "●", "○"


@dataclass(frozen=True, slots=True)
class _Head:
    """The first line: what is bold in it, what follows, and how long it has been so."""

    mark: str
    bold: str
    rest: str
    age: str = ""


def root(alert: Alert, view: AlertView) -> Reply:
    """The message of an alert as it stands now; of something to celebrate its only one."""
    if alert.severity == CELEBRATE:
        return celebration(alert, view)
    items = shown(alert)
    head = _open(alert, items, view) if alert.is_open else _over(alert, items, view)
    lines = list(_lines(alert, items, view))
    standing = list(standing_lines(alert, view)) if alert.is_open else []
    first = line(f"{head.mark} ", Bold(head.bold), f"{head.rest}{head.age}{_severity(alert)}")
    blocks: list[Block] = [first]
    is_ours = bool(items) and kind_of(items[0], view) == "source"  # a hint names what can be typed
    blocks += [Text(marked(text)) if is_ours else line(text) for text in lines]
    if url := _url(alert, items):
        blocks.append(line(Link(url, said("Read it")) if _is_text(alert, view) else Link(url, url)))
    blocks += [Text(parts) for parts in standing]
    blocks.append(note(_small_print(alert, view)))
    blocks.append(buttons(alert))
    printed = [f"{head.bold}{head.rest}", *lines, *map(plain_text, standing)]
    data = {"alert": data_of(alert), "printed": printed, "language": languages.spoken()}
    return Reply(plain_text(first.spans), tuple(blocks), visibility=Visibility.CHANNEL, data=data)


def digest_of(reply: Reply) -> str:
    """Of all that a reader must not see outdated in a message of `root`."""
    text = json.dumps(dict(reply.data), sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _open(alert: Alert, items: Sequence[Item], view: AlertView) -> _Head:
    mark = FIRING.get(alert.severity, WARNING)
    if not items:
        return _Head(mark, flagged(alert, view), _raised(alert, view))
    if len(items) == 1:
        one = items[0]
        return _Head(mark, found(one, view).head, timing(one, view), aging(one, view))
    since = min(one.since for one in items)
    first = next(one for one in items if one.since == since)
    return _Head(mark, together(items, view), timing(first, view), aging(first, view))


def _over(alert: Alert, items: Sequence[Item], view: AlertView) -> _Head:
    """What it was, from when to when, and who saw to it."""
    end = alert.resolved_at or view.moment.now
    taken_back = _taken_back(alert, view)
    if taken_back and {one.subject for one in items} <= {one.data.get("subject") for one in taken_back}:
        what = found(items[0], view).head if len(items) == 1 else title_of(alert.rule, view)
        rest = f" · {''.join(corrected(taken_back[-1], alert, view))}."
        return _Head(TAKEN_BACK, said("Taken back: {what}", what=what), rest)
    if louder := _louder(alert, view):
        what = found(items[0], view).head if len(items) == 1 else together(items, view)
        return _Head(TAKEN_BACK, what, f" · {louder}.")
    by = f"{_handled(alert, view)}."
    if not items:
        span = view.span(alert.event_at, end)
        return _Head(OVER, f"{flagged(alert, view)} {span}", by)
    if len(items) > 1:
        return _Head(
            OVER, said("Over: {what}", what=together(items, view)), f" · {_first(items, view, end)}{by}"
        )
    one = items[0]
    told_ = found(one, view).head
    if told_ == title_of(alert.rule, view):  # "Website down 14:02–14:19"
        span, _, length = lasted(one, view, end).partition(" (")
        return _Head(OVER, f"{told_} {span}", f" ({length}{by}" if length else by)
    return _Head(OVER, said("Over: {what}", what=told_), f" · {lasted(one, view, end)}{by}")


def _taken_back(alert: Alert, view: AlertView) -> list[Event]:
    """The corrections that still count: none of what came again after it."""
    found: dict[object, Event] = {}
    for one in view.events_of(alert, "joined", "corrected"):
        if one.kind == "corrected":
            found[one.data.get("subject")] = one
        for subject in one.data.get("subjects", ()) if one.kind == "joined" else ():
            found.pop(subject, None)
    return list(found.values())


def _louder(alert: Alert, view: AlertView) -> str:
    """What says it more urgently by now: "Worse: Red Alert"; empty where it is truly over."""
    ends = view.events_of(alert, "resolved")
    by = str(ends[-1].data.get("by") or "") if ends else ""
    return said("Worse: {what}", what=view.title(by)) if "/" in by else ""


def _first(items: Sequence[Item], view: AlertView, end: datetime) -> str:
    """The stretch of several: from the first that began."""
    return lasted(min(items, key=lambda one: one.since), view, end)


def _handled(alert: Alert, view: AlertView) -> str:
    """Who saw to it; nobody where it went by itself."""
    who = alert.assigned_to or alert.acknowledged_by or alert.resolved_by
    return said(", handled by {name}", name=view.person(who)) if who else said(", over by itself")


def _raised(alert: Alert, view: AlertView) -> str:
    """Who flagged it and when."""
    when, by = view.at(alert.event_at), view.events_of(alert, "raised")
    if not by or not by[-1].author:
        return said(", raised at {when}", when=when)
    return said(", raised by {name} at {when}", name=view.person(by[-1].author), when=when)


def _lines(alert: Alert, items: Sequence[Item], view: AlertView) -> Iterator[str]:
    """What there is to say beside the finding."""
    if alert.text:
        yield quote(alert.text)
    if not alert.is_open:
        yield from _afterwards(items, view)
    elif len(items) == 1:
        yield from found(items[0], view).lines
    elif items:
        yield from rows(items, view)


def _afterwards(items: Sequence[Item], view: AlertView) -> Iterator[str]:
    """How it stands now: the KPI itself, or the first one that reads the same."""
    now = [text for one in items if (text := ended(one, view))]
    if len(items) == 1 and now:
        yield now[0]
    elif len(items) > 1:
        yield from (text for one in items[:MOST_ROWS] if (text := _now(view.kpi(one.subject), view)))
    queries = measured_by(view.rule) if view.kind == "measure" else ()
    same = (_now(ref, view) for ref in view.workspace.kpis if reads(ref, queries))
    yield from islice(filter(None, same), 1)


def _now(ref: KpiRef | None, view: AlertView) -> str:
    """Where a KPI stands: "Email Signups 355: 94% of pace"; empty where nothing is known of it."""
    standing = None if ref is None else view.standing(ref.path)
    if ref is None or standing is None or standing.value is None or standing.target is None:
        return ""
    return f"{ref.kpi.name} {value_words(standing)}: {against_target(standing)}"


def _url(alert: Alert, items: Sequence[Item]) -> str:
    if len(items) == 1 and items[0].evidence.get("url"):
        return str(items[0].evidence["url"])
    return alert.url


def _is_text(alert: Alert, view: AlertView) -> bool:
    return bool(alert.items) and kind_of(alert.items[0], view) == "text"


def _severity(alert: Alert) -> str:
    return f" · {severity_words(alert.severity)}" if alert.is_open else ""


def _small_print(alert: Alert, view: AlertView) -> str:
    """Which alert it is, by which rule, and in which zone its times are."""
    rule, items = view.rule, shown(alert)
    parts = [said("Alert {number}", number=alert.number)]
    if rule is not None:
        is_said = not items or found(items[0], view).head == title_of(alert.rule, view)
        parts += [] if is_said or alert.rule.startswith(f"{HEALTH}/") else [rule.text]
        parts += [] if view.ref is None or view.ref.use is None else [view.ref.use.framework.title]
    else:
        parts.append(alert.rule)
    return " · ".join((*parts, view.moment.zone.key))
