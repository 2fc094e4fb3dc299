"""A standing in words: no doubled units, no rounding onto a limit, no change without both its ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.reports.history import Changes, changes
from bot.reports.snapshot import Snapshot, load
from bot.reports.standing_words import (
    against_target,
    change_line,
    deadline_words,
    headline,
    pace_line,
    target_line,
    value_words,
)
from bot.workspace import KpiRef, Workspace
from kpi.calendar import Moment
from storage import SessionFactory
from tests.factories import NOW, STARS, ZONE, each_day, framework, store, workspace

HAND = "entry.acme.growth.figure"
ZONES = [
    {"zone": "green", "at_least": 90, "text": "≥90%", "line": 1},
    {"zone": "yellow", "at_least": 70, "below": 90, "text": "70-90%", "line": 1},
    {"zone": "red", "below": 70, "text": "<70%", "line": 1},
]


def snapshot_of(
    sessions: SessionFactory, used: Workspace, *, days: int = 20, now: datetime = NOW
) -> Snapshot:
    with sessions.read() as session:
        return load(session, used, Moment(now, ZONE), used.kpis, history_days=days)


def one(sessions: SessionFactory, value: float, **kpi: object) -> tuple[KpiRef, Snapshot]:
    """A KPI entered by hand with `value`."""
    written = {"name": "Figure", "unit": "points", "better": "higher", "targets": {"day90": "100"}}
    used = workspace(framework(written | kpi))
    metric = f"entry.acme.{used.kpis[0].kpi.key}"
    store(sessions, each_day(metric, [value]))
    return used.kpis[0], snapshot_of(sessions, used)


@pytest.mark.parametrize(
    ("kpi", "value", "words"),
    [
        ({"name": "GitHub Stars", "unit": "stars"}, 1234, "1,234"),
        ({"name": "GitHub stars per week", "unit": "stars/week"}, 21, "21"),
        ({"name": "Weekly growth", "unit": "stars/week"}, 21, "21 stars/week"),
        ({"name": "Followers", "unit": "developers"}, 1, "1 developer"),
        ({"unit": "%", "targets": {"day90": "80%"}}, 79.96, "79.96%"),
        ({"unit": "$", "targets": {"day90": "$1M"}}, 1_200_000, "$1.2M"),
        ({"unit": "x", "targets": {"day90": "31x"}}, 30.94, "30.9x"),
        ({"unit": "hours", "better": "lower", "targets": {"day90": "<24 hours"}}, 23.999, "23.999 hours"),
    ],
)
def test_a_value_has_its_unit_once_and_is_never_printed_as_its_target(
    kpi: dict[str, object], value: float, words: str, sessions: SessionFactory
) -> None:
    ref, snapshot = one(sessions, value, **kpi)
    assert value_words(snapshot.of(ref)) == words


@pytest.mark.parametrize(
    ("value", "headline_words", "beside"),
    [
        (100, "Figure 100 points · target met", "≥ 100 points met"),
        (79.5, "Figure 79.5 points · 79.5% of target", "79.5% of target, ≥ 100 points needed"),
        (99.99, "Figure 99.99 points · 99.99% of target", "99.99% of target, ≥ 100 points needed"),
        (0, "Figure 0 points · 0% of target", "0% of target, ≥ 100 points needed"),
    ],
)
def test_a_number_is_held_against_its_target(
    value: float, headline_words: str, beside: str, sessions: SessionFactory
) -> None:
    ref, snapshot = one(sessions, value)
    assert headline(snapshot.of(ref)) == headline_words
    assert against_target(snapshot.of(ref)) == beside


@pytest.mark.parametrize(("value", "mark"), [(95, "● on track"), (89.9, "◆ at risk"), (69.9, "▲ off track")])
def test_a_zone_is_a_mark_and_a_word(value: float, mark: str, sessions: SessionFactory) -> None:
    kpi = {"name": "Figure", "unit": "points", "better": "higher", "targets": {"day90": "100"}}
    used = workspace(framework(kpi, zones=ZONES))
    store(sessions, each_day(HAND, [value]))
    assert mark in headline(snapshot_of(sessions, used).of(used.kpis[0]))


@pytest.mark.parametrize(
    ("target", "waits"),
    [
        ("Market leader", " · “Market leader” waits for a judgement"),
        ("N/A", ""),
        ("Continuous", " · “Continuous” waits for a judgement"),
    ],
)
def test_a_target_in_words_is_neither_met_nor_missed(
    target: str, waits: str, sessions: SessionFactory
) -> None:
    ref, snapshot = one(sessions, 5, targets={"day90": target})
    assert headline(snapshot.of(ref)) == f"Figure 5 points{waits}"
    assert against_target(snapshot.of(ref)) == f"target {target}"


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (NOW, "by Day 90 (30 Nov, 7 days left)"),
        (datetime(2026, 11, 29, 9, tzinfo=UTC), "by Day 90 (30 Nov, 1 day left)"),
        (datetime(2026, 11, 30, 9, tzinfo=UTC), "by Day 90 (30 Nov, today)"),
        (datetime(2026, 12, 2, 9, tzinfo=UTC), "by Day 90 (30 Nov, 2 days ago)"),
        (datetime(2027, 1, 2, 9, tzinfo=UTC), "by Day 90 (30 Nov 2026, 33 days ago)"),
    ],
)
def test_a_deadline_is_a_day_and_a_distance(now: datetime, words: str, sessions: SessionFactory) -> None:
    used = workspace()
    snapshot = snapshot_of(sessions, used, now=now)
    target = snapshot.of(used.kpis[0]).target
    assert target is not None
    assert deadline_words(target, snapshot.moment) == words


def test_an_undated_or_steady_target_says_so(sessions: SessionFactory) -> None:
    undated = workspace(start=None)
    snapshot = snapshot_of(sessions, undated)
    assert "in Day 90 (no date set in kpi.yaml)" in target_line(snapshot.of(undated.kpis[0]), snapshot.moment)
    steady = workspace(framework({**STARS, "targets": {"steady": "10"}}))
    snapshot = snapshot_of(sessions, steady)
    assert target_line(snapshot.of(steady.kpis[0]), snapshot.moment) == "Target ≥ 10 stars at all times."


@pytest.mark.parametrize(
    ("better", "target", "value", "words"),
    [
        ("higher", "90%", 60.0, "behind."),
        ("higher", "90%", 89.0, "ahead."),
        ("lower", "<10%", 60.0, "behind."),
        ("lower", "<10%", 11.0, "ahead."),
    ],
)
def test_a_pace_is_told_in_points(
    better: str, target: str, value: float, words: str, sessions: SessionFactory
) -> None:
    ref, snapshot = one(sessions, value, unit="%", better=better, baseline="50%", targets={"day90": target})
    told = pace_line(snapshot.of(ref), snapshot.moment)
    assert told.startswith("An even pace expects ")
    assert told.endswith(words)
    assert " points " in told


def test_changes_are_of_closed_days_beside_equal_ones(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [*range(0, 140, 10), 150]))
    used = workspace()
    snapshot = snapshot_of(sessions, used)
    past = changes(used.kpis[0], snapshot)
    assert past == Changes(20, 80, 70, is_fresh=True)
    assert (
        change_line(snapshot.of(used.kpis[0]), past, snapshot.moment)
        == "+20 yesterday, +80 in 7 days (+70 in the 7 before)."
    )


def test_a_missing_end_is_no_change_at_all(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [10, None, 30]))
    used = workspace()
    snapshot = snapshot_of(sessions, used)
    past = changes(used.kpis[0], snapshot)
    assert past == Changes(None, None, None, is_fresh=True)
    assert change_line(snapshot.of(used.kpis[0]), past, snapshot.moment) == ""
    late = snapshot_of(sessions, used, now=NOW + timedelta(days=1))
    told = change_line(late.of(used.kpis[0]), changes(used.kpis[0], late), late.moment)
    assert told == "No reading for yesterday, so no change can be stated."
