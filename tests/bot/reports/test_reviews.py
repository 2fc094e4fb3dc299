"""What an update says of reviews: overdue and soon, in the order of their days."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.reports.reviews import due_words, next_reviews
from storage.reviews import Done
from tests.factories import NOW, TODAY, built_in

BAKHMACH = built_in("bakhmach", "hektor")


def held(key: str, days_ago: int) -> dict[tuple[str, str], Done]:
    at = NOW - timedelta(days=days_ago)
    return {("bakhmach", key): Done("bakhmach", key, at, "slack:U0DANA", "", at)}


def test_the_most_urgent_comes_first() -> None:
    found = next_reviews(BAKHMACH, {}, TODAY)
    assert found[0].due.title == "Next review"
    assert due_words(found[0], TODAY) == "overdue since 2 Feb, 294 days"


def test_what_was_held_is_gone_until_it_is_near_again() -> None:
    names = [ref.due.key for ref in next_reviews(BAKHMACH, held("weekly_reviews", 0), TODAY, days=7)]
    assert "weekly_reviews" not in names
    names = [ref.due.key for ref in next_reviews(BAKHMACH, held("weekly_reviews", 0), TODAY)]
    assert "weekly_reviews" in names


def test_a_day_is_told_by_how_near_it_is() -> None:
    (weekly,) = (
        ref
        for ref in next_reviews(BAKHMACH, held("weekly_reviews", 3), TODAY, days=7)
        if ref.due.key == "weekly_reviews"
    )
    assert due_words(weekly, TODAY) == "due 27 Nov, in 4 days"
    assert due_words(weekly, date(2026, 11, 27)) == "due 27 Nov, today"


@settings(max_examples=30, deadline=None)
@given(st.dates(date(2026, 9, 1), date(2027, 12, 31)), st.integers(0, 60))
def test_they_come_in_order_within_the_days_asked_for(today: date, days: int) -> None:
    found = next_reviews(BAKHMACH, {}, today, days)
    dues = [ref.due.due for ref in found if ref.due.due is not None]
    assert len(dues) == len(found)
    assert dues == sorted(dues)
    assert all(due <= today + timedelta(days=days) for due in dues)
