"""Reviews: due by the last business day of their period, owed at most once, settled by being held."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.calendar import Plan
from kpi.framework_rules import Governance, Review
from kpi.reviews import NEXT_REVIEW, ReviewDue, reviews_of
from tests.kpi.cases import BERLIN, framework_of

START = date(2026, 1, 5)
MONDAY = date(2026, 11, 23)
CADENCES = ("daily", "weekly", "biweekly", "monthly", "quarterly", "yearly")


def due_of(
    governance: Governance,
    today: date,
    done: Mapping[str, date] | None = None,
    *,
    start: date | None = START,
) -> tuple[ReviewDue, ...]:
    framework = replace(framework_of(), governance=governance)
    return reviews_of(framework, Plan(start, BERLIN), today, done or {})


def held(cadence: str, today: date, last: date | None, *, start: date | None = START) -> ReviewDue:
    """The one review of a framework that has one."""
    governance = Governance.model_validate({"reviews": [{"title": "Check", "cadence": cadence}]})
    (found,) = due_of(governance, today, {} if last is None else {"check": last}, start=start)
    return found


@pytest.mark.parametrize(
    ("cadence", "due"),
    [
        ("daily", date(2026, 11, 23)),
        ("weekly", date(2026, 11, 27)),
        ("monthly", date(2026, 11, 30)),
        ("quarterly", date(2026, 12, 31)),
        ("yearly", date(2026, 12, 31)),
    ],
)
def test_a_review_is_due_on_the_last_business_day_of_its_period(cadence: str, due: date) -> None:
    """Nothing is owed where the framework came into use today."""
    assert held(cadence, MONDAY, None, start=MONDAY).due == due


@pytest.mark.parametrize(
    ("cadence", "due", "days"),
    [
        ("daily", date(2026, 11, 20), 3),
        ("weekly", date(2026, 11, 20), 3),
        ("monthly", date(2026, 10, 30), 24),  # 31 October is a Saturday
        ("quarterly", date(2026, 9, 30), 54),
        ("yearly", date(2026, 12, 31), 0),  # not in use for a whole year yet
    ],
)
def test_a_period_left_out_is_overdue(cadence: str, due: date, days: int) -> None:
    found = held(cadence, MONDAY, None)
    assert (found.due, found.overdue_days, found.is_overdue) == (due, days, days > 0)


@pytest.mark.parametrize(
    ("last", "due"),
    [
        (date(2026, 11, 2), date(2026, 12, 31)),  # this month's
        (date(2026, 10, 1), date(2026, 11, 30)),  # the month before's: this one is next
        (date(2026, 9, 30), date(2026, 10, 30)),  # October was left out
    ],
)
def test_what_was_held_in_a_period_settles_it(last: date, due: date) -> None:
    assert held("monthly", MONDAY, last).due == due


def test_on_a_weekend_what_was_due_on_friday_is_late() -> None:
    sunday = date(2026, 11, 29)
    assert held("weekly", sunday, date(2026, 11, 20)).overdue_days == 2
    assert held("weekly", sunday, date(2026, 11, 23)).due == date(2026, 12, 4)
    assert held("weekly", sunday, date(2026, 11, 28)).due == date(2026, 12, 4)


def test_without_a_start_nothing_is_owed_from_before() -> None:
    for today in (MONDAY, date(2026, 11, 28)):
        assert not held("weekly", today, None, start=None).is_overdue


def test_a_framework_yet_to_start_owes_nothing() -> None:
    found = held("monthly", MONDAY, None, start=date(2027, 2, 1))
    assert found.due == date(2027, 2, 26)


def test_a_task_is_due_at_its_horizon_or_day_until_it_is_done() -> None:
    tasks = [
        {"title": "Penetration baseline", "due": "q1", "kpi": "security.penetration"},
        {"title": "SOC 2", "due": "2026-09-30"},
        {"title": "Phi baseline", "text": "baseline establishment"},
        {"title": "Phase review", "due": "phase1"},
    ]
    governance = Governance.model_validate({"tasks": tasks})
    found = {one.key: one for one in due_of(governance, MONDAY)}
    assert found["penetration_baseline"].due == date(2026, 3, 31)
    assert found["penetration_baseline"].kpi == "security.penetration"
    assert found["soc_2"].overdue_days == 54
    assert found["phi_baseline"].due is None
    assert found["phase_review"].due is None  # a phase without a date
    left = due_of(governance, MONDAY, {"soc_2": date(2026, 5, 1), "phi_baseline": START})
    assert {one.key for one in left} == {"penetration_baseline", "phase_review"}


def test_a_cadence_with_a_first_day_follows_it_once_it_was_done() -> None:
    governance = Governance.model_validate(
        {"tasks": [{"title": "Audit", "cadence": "quarterly", "due": "q1"}]}
    )
    assert due_of(governance, MONDAY)[0].due == date(2026, 3, 31)
    assert due_of(governance, MONDAY, {"audit": date(2026, 3, 30)})[0].due == date(2026, 9, 30)


def test_the_next_review_is_overdue_until_it_was_held() -> None:
    governance = Governance.model_validate({"owner": "Analytics Team", "next_review": "2026-02-02"})
    (found,) = due_of(governance, MONDAY)
    assert (found.key, found.due, found.overdue_days) == (NEXT_REVIEW, date(2026, 2, 2), 294)
    assert "Analytics Team" in found.text
    assert due_of(governance, MONDAY, {NEXT_REVIEW: MONDAY}) == ()


def test_what_goes_on_all_the_time_is_never_due() -> None:
    governance = Governance.model_validate({"reviews": [{"title": "Alerts", "cadence": "real-time"}]})
    assert due_of(governance, MONDAY) == ()


def test_reviews_of_one_title_keep_keys_of_their_own() -> None:
    twice = [{"title": "Review", "cadence": "weekly"}, {"title": "Review", "cadence": "monthly"}]
    found = due_of(Governance.model_validate({"reviews": twice}), MONDAY)
    assert {one.key for one in found} == {"review", "review_2"}


days = st.dates(date(2026, 1, 1), date(2028, 12, 31))
some_reviews = st.lists(st.sampled_from(CADENCES), min_size=1, max_size=6)


@settings(max_examples=60)
@given(cadences=some_reviews, today=days, last=st.none() | days, start=days)
def test_they_come_in_order_and_none_is_owed_twice(
    cadences: list[str], today: date, last: date | None, start: date
) -> None:
    reviews = tuple(Review(title=f"Review {at}", cadence=one) for at, one in enumerate(cadences))
    done = {} if last is None or last > today else {f"review_{at}": last for at in range(len(cadences))}
    found = due_of(Governance(reviews=reviews), today, done, start=start)
    assert len({one.key for one in found}) == len(found) == len(cadences)
    dues = [one.due for one in found if one.due is not None]
    assert len(dues) == len(found)
    assert dues == sorted(dues)
    for one in found:
        assert one.due is not None
        assert one.due.weekday() < 5
        assert one.overdue_days == max(0, (today - one.due).days)
        assert one.due >= start or not one.is_overdue


@settings(max_examples=60)
@given(cadence=st.sampled_from(CADENCES), today=days, start=days)
def test_holding_one_today_settles_it_until_a_later_period(cadence: str, today: date, start: date) -> None:
    before = held(cadence, today, None, start=start)
    after = held(cadence, today, today, start=start)
    assert not after.is_overdue
    assert before.due is not None
    assert after.due is not None
    if today >= start:
        assert after.due >= before.due
        assert after.due > today


@settings(max_examples=40)
@given(cadence=st.sampled_from(CADENCES), start=days, length=st.integers(0, 40))
def test_whoever_holds_it_when_due_is_never_late(cadence: str, start: date, length: int) -> None:
    today, last = start, None
    for _ in range(length):
        due = held(cadence, today, last, start=start).due
        assert due is not None
        assert due >= today
        today = last = due
