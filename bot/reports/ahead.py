"""What comes next: the nearest deadline, reviews that are due, the distance to the first shut gate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from bot.languages import said, said_of
from bot.reports import gate_words, words
from bot.reports.reviews import ReviewRef, due_words, next_reviews, title_words
from bot.reports.snapshot import Snapshot, gate_verdict
from bot.workspace import GateRef
from storage.reviews import Done

_TOO_OFTEN = frozenset({"weekly", "biweekly", "daily", "real-time"})
"""What comes round so soon is nobody's news; `reviews` lists it."""

SOON_DAYS = 8


def next_line(snapshot: Snapshot, done: Mapping[tuple[str, str], Done]) -> str:
    """The daily update's last line; empty where nothing lies ahead."""
    parts = [*_deadline(snapshot), *_reviews(snapshot, done), *_gate(snapshot)]
    return said("Next: {what}.", what=" · ".join(parts)) if parts else ""


def _deadline(snapshot: Snapshot) -> Iterator[str]:
    today = snapshot.moment.today
    deadlines = {
        (target.deadline, target.title)
        for standing in snapshot.standings.values()
        if (target := standing.target) is not None
        and target.deadline is not None
        and target.deadline >= today
    }
    for day, title in sorted(deadlines)[:1]:
        left = (day - today).days
        if left == 0:
            yield said("{what} ends today", what=title)
        else:
            yield said_of(left, "{what} in {count} day", "{what} in {count} days", what=title)


def _reviews(snapshot: Snapshot, done: Mapping[tuple[str, str], Done]) -> Iterator[str]:
    """The next review, and how many are overdue with the one that is so for longest."""
    workspace, today = snapshot.workspace, snapshot.moment.today
    found = [ref for ref in next_reviews(workspace, done, today, SOON_DAYS) if _is_news(ref)]
    overdue = [ref for ref in found if ref.due.is_overdue]
    if overdue:
        yield _overdue(overdue, today)
    for ref in [ref for ref in found if not ref.due.is_overdue][:1]:
        yield f"{title_words(ref)} {due_words(ref, today)}"


def _overdue(found: Sequence[ReviewRef], today: date) -> str:
    """What is overdue: one by its name, of more how many there are and since when."""
    first = found[0]
    if len(found) == 1 or first.due.due is None:
        return f"{title_words(first)} {due_words(first, today)}"
    since = words.day(first.due.due, today)
    return said("{count} reviews overdue, the first since {day}", count=len(found), day=since)


def _is_news(ref: ReviewRef) -> bool:
    return ref.due.cadence not in _TOO_OFTEN


def _gate(snapshot: Snapshot) -> Iterator[str]:
    for ref in snapshot.workspace.gates:
        if not _is_seen(ref, snapshot):
            continue
        found = gate_verdict(ref, snapshot)
        if not found.passed:
            title = gate_words.title(ref)
            yield said_of(
                found.missing,
                "gate {gate}: {count} KPI short",
                "gate {gate}: {count} KPIs short",
                gate=title,
            )
            return


def _is_seen(ref: GateRef, snapshot: Snapshot) -> bool:
    """Whether all that it counts was read: not where this reader may not see a part of it."""
    framework = ref.use.framework
    return all(snapshot.workspace.shows(framework.key, kpi.key) for kpi in ref.gate.kpis(framework))
