"""The last line of the daily update: what is due, and what has been due for too long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from bot.reports import ahead
from bot.reports.snapshot import load
from bot.workspace import Use, Workspace
from kpi.calendar import Moment, Plan
from storage import SessionFactory
from storage.reviews import Done
from tests.factories import NOW, ZONE, built_in, framework, workspace


def said(
    used: Workspace, sessions: SessionFactory, done: Mapping[tuple[str, str], Done] | None = None
) -> str:
    with sessions.read() as session:
        snapshot = load(session, used, Moment(NOW, ZONE), used.kpis)
    return ahead.next_line(snapshot, done or {})


def started(used: Workspace, start: date) -> Workspace:
    return replace(used, uses=tuple(Use(use.framework, Plan(start, ZONE)) for use in used.uses))


def done(framework_key: str, review: str) -> dict[tuple[str, str], Done]:
    return {(framework_key, review): Done(framework_key, review, NOW, "slack:U0", "", NOW)}


def test_the_nearest_deadline_and_the_first_shut_gate(sessions: SessionFactory) -> None:
    told = said(built_in("hektor", "inferno"), sessions)
    assert told.startswith("Next: Day 90 in 7 days · ")
    assert told.endswith(" · gate Phase 1 → 2: 36 KPIs short.")


def test_an_overdue_review_shows_until_it_is_held(sessions: SessionFactory) -> None:
    used = started(built_in("bakhmach"), date(2026, 1, 1))
    overdue = said(used, sessions)
    assert "9 reviews overdue, the first since 2 Feb" in overdue
    assert "overdue since 2 Feb" not in said(used, sessions, done("bakhmach", "next_review"))


def test_what_comes_round_every_week_is_nobodys_news(sessions: SessionFactory) -> None:
    review = {"title": "Check-in", "cadence": "weekly"}
    monthly = {"title": "Business review", "cadence": "monthly"}
    own = framework(governance={"reviews": [review, monthly]})
    told = said(workspace(own, start=date(2026, 11, 20)), sessions)
    assert "Check-in" not in told
    assert "Business review due 30 Nov, in 7 days" in told


def test_a_gate_that_counts_what_the_channel_may_not_see_is_not_told(sessions: SessionFactory) -> None:
    used = built_in("inferno")
    path = used.kpis[0].path
    assert "gate" in said(used, sessions)
    assert "gate" not in said(replace(used, withheld={path: "It is for others."}), sessions)


def test_nothing_ahead_says_nothing(sessions: SessionFactory) -> None:
    assert said(workspace(start=None), sessions) == ""
