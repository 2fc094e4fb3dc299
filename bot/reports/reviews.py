"""Which reviews of the frameworks in use are owed, and which come next, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bot.languages import said, said_of
from bot.reports import words
from bot.workspace import Use, Workspace
from kpi.calendar import day_of
from kpi.reviews import NEXT_REVIEW, ReviewDue, reviews_of
from storage.reviews import Done

NEXT_DAYS = 14


@dataclass(frozen=True, slots=True)
class ReviewRef:
    """One review or task of one framework in use, with when it is due."""

    use: Use
    due: ReviewDue

    @property
    def path(self) -> str:
        return f"{self.use.framework.key} {self.due.key}"


def all_reviews(
    workspace: Workspace, done: Mapping[tuple[str, str], Done], today: date
) -> tuple[ReviewRef, ...]:
    """Every review and open task that this reader may know of, by due date; those without a date last."""
    shown = {ref.path for ref in workspace.kpis}
    found = [
        ReviewRef(use, due)
        for use in workspace.uses
        for due in reviews_of(use.framework, use.plan, today, _days(use, done, workspace))
        if not due.kpi or f"{use.framework.key}/{due.kpi}" in shown
    ]
    return tuple(sorted(found, key=lambda ref: (ref.due.due is None, ref.due.due or today)))


def _days(use: Use, done: Mapping[tuple[str, str], Done], workspace: Workspace) -> dict[str, date]:
    """The day on which each review of a framework was last held."""
    key = use.framework.key
    return {review: day_of(one.at, workspace.zone) for (name, review), one in done.items() if name == key}


def next_reviews(
    workspace: Workspace, done: Mapping[tuple[str, str], Done], today: date, days: int = NEXT_DAYS
) -> tuple[ReviewRef, ...]:
    """What is overdue or falls due within `days`, the most urgent first."""
    last = today + timedelta(days=days)
    return tuple(
        ref for ref in all_reviews(workspace, done, today) if ref.due.due is not None and ref.due.due <= last
    )


def title_words(ref: ReviewRef) -> str:
    """What a review is called: its author's words, but for the one that has no name of its own."""
    return said("Next review") if ref.due.key == NEXT_REVIEW else ref.due.title


def due_words(ref: ReviewRef, today: date) -> str:
    """When it is due, in a few words: "due 30 Nov, in 7 days", "overdue since 2 Feb, 294 days"."""
    due = ref.due.due
    if due is None:
        return said("no date set")
    when = words.day(due, today)
    if ref.due.is_overdue:
        late = words.count(ref.due.overdue_days, "day")
        return said("overdue since {day}, {days}", day=when, days=late)
    left = (due - today).days
    if left == 0:
        return said("due {day}, today", day=when)
    return said_of(left, "due {day}, in {count} day", "due {day}, in {count} days", day=when)
