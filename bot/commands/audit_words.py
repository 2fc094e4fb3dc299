"""One act of the trail as a sentence: who did what, from what to what, why and from where."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from bot.commands.base import Context
from bot.commands.judge_list import success_items
from bot.reports import words
from bot.reports.gate_words import title as gate_title
from bot.reports.provenance import author_name
from bot.reports.reviews import all_reviews
from bot.reports.upcoming import day_words
from bot.workspace import Workspace
from storage.audit import Act

VERBS = {
    "record": "recorded",
    "target": "changed the target of",
    "judge": "judged",
    "note": "noted on",
    "review": "closed the review",
    "acknowledge": "acknowledged",
    "silence": "silenced",
    "import": "imported",
    "skip": "declined",
    "unsilence": "ended the silence of",
    "assign": "assigned",
    "snooze": "snoozed",
    "unsnooze": "ended the snooze of",
    "opinion": "rated",
    "resolve": "declared over:",
    "raise": "raised",
    "alert fired": "opened",
    "alert joined": "added to",
    "alert worsened": "saw worse of",
    "alert resolved": "saw the end of",
    "alert corrected": "corrected",
    "alert escalated": "escalated",
    "alert reminded": "reminded of",
    "alert woken": "ended the snooze of",
    "subscribe": "subscribed to",
    "unsubscribe": "unsubscribed from",
    "schedule": "scheduled",
    "gate passed": "saw the gate open:",
}
ALERT = "alert "
"""How the subject of what is done about an alert begins; its number follows."""

_NOBODY = {"bot": "the bot", "http": "a program"}
_PLACES = {
    "slack": "in Slack",
    "discord": "in Discord",
    "playground": "in the playground",
    "http": "over HTTP",
}
"""A channel's id says nothing to a reader; where it was said still does."""


def told(act: Act, ctx: Context) -> str:
    """The act as a sentence, without its time."""
    who = _NOBODY.get(act.actor) or author_name(act.actor, ctx.workspace)
    why = f" · {act.note}" if act.note else ""
    place = _place(act.place)
    return f"{who} {_deed(act, ctx)}{why}" + (f" · {place}" if place else "")


def _scheduled(act: Act) -> str:
    """A schedule begins, changes, or ends; what it says stands behind it."""
    if act.note == "ended":
        return "no longer schedules"
    return "rescheduled" if act.before else "scheduled"


def _place(place: str) -> str:
    surface = place.partition(":")[0]
    return _PLACES.get(surface, surface)


def _deed(act: Act, ctx: Context) -> str:
    verb, subject = VERBS.get(act.action, act.action), _subject(act.subject, ctx.workspace)
    match act.action:
        case "schedule":
            return f"{_scheduled(act)} the {act.subject.partition('/')[0]} report"
        case "review":
            return f"{verb} {_review(act, ctx)}"
        case "note" if act.subject.startswith(ALERT):
            return f"{verb} {subject}: {act.after}"
        case "snooze":
            return f"{verb} {subject} until {_until(act.after, ctx)}"
        case "note":
            day, _, text = act.after.partition(": ")
            return f"{verb} {subject}, {_day(day, ctx)}: {text}"
        case "import":
            return f"{verb} {subject}: {words.count(int(act.after), 'sample')}"
        case "gate passed":
            gates = {ref.path: gate_title(ref) for ref in ctx.workspace.gates}
            return f"{verb} {gates.get(act.subject, act.subject)}, {act.after} achieved"
    change = _change(act)
    return f"{verb} {subject}".rstrip() + (f": {change}" if change else "")


def _until(text: str, ctx: Context) -> str:
    """The end of a snooze: a time, or that of the alert itself."""
    try:
        return day_words(datetime.fromisoformat(text), ctx.moment.zone, ctx.moment.now)
    except ValueError:
        return "it is over"


def _change(act: Act) -> str:
    """From what to what."""
    if act.action in ("unsnooze", "resolve"):
        return ""
    if not act.before:
        return act.after
    if act.action == "record":
        return f"{act.after} (before {act.before})"
    return f"{act.before} → {act.after}"


def _review(act: Act, ctx: Context) -> str:
    """The title of a review, with the day it was held on and the one before."""
    known = {
        f"{ref.use.framework.key}/{ref.due.key}": ref.due.title
        for ref in all_reviews(ctx.workspace, {}, ctx.moment.day)
    }
    own = act.subject.rpartition("/")[2].replace("_", " ")
    before = f", before on {_day(act.before, ctx)}" if act.before else ""
    return f"{known.get(act.subject, own)} ({_day(act.after, ctx)}{before})"


def _day(text: str, ctx: Context) -> str:
    return words.day(date.fromisoformat(text), ctx.moment.day)


def _subject(subject: str, workspace: Workspace) -> str:
    """A subject as people say it: the KPI's name, with the horizon."""
    path, _, horizon = subject.partition("@")
    path = path.removeprefix("entry.").replace(".", "/", 1) if path.startswith("entry.") else path
    if not path:
        return "every chart"
    found = next((ref for ref in workspace.kpis if ref.path == path), None)
    if found is None:
        return _other_names(workspace).get(path, subject)
    known = found.use.framework.horizons.get(horizon)
    return f"{found.kpi.name}, {known.title}" if known and horizon != "steady" else found.kpi.name


def _other_names(workspace: Workspace) -> Mapping[str, str]:
    """What else acts are filed under: frameworks, and lines of the definition of success."""
    frameworks = {use.framework.key: use.framework.title for use in workspace.uses}
    return frameworks | {f"{one.framework}/{one.key}": f"“{one.text}”" for one in success_items(workspace)}
