"""Budgets: booked before use, never above the limit, however many book at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from storage import SessionFactory, spending

MONTH = datetime(2026, 11, 1, tzinfo=UTC)
LIMIT = Decimal("1.00")


def spend(
    sessions: SessionFactory, amount: str, start: datetime = MONTH, budget: str = "x"
) -> Decimal | None:
    with sessions.begin() as session:
        return spending.spend(session, budget, start, amount=Decimal(amount), limit=LIMIT)


def test_what_is_left_goes_down_and_the_limit_holds(sessions: SessionFactory) -> None:
    assert spend(sessions, "0.60") == Decimal("0.4")
    assert spend(sessions, "0.41") is None
    assert spend(sessions, "0.40") == 0
    assert spend(sessions, "0.000001") is None


def test_what_no_longer_fits_is_not_booked(sessions: SessionFactory) -> None:
    spend(sessions, "0.60")
    spend(sessions, "5")
    with sessions.read() as session:
        assert spending.since(session, MONTH) == [spending.Spent("x", MONTH, Decimal("0.6"))]


def test_periods_and_budgets_are_apart(sessions: SessionFactory) -> None:
    spend(sessions, "1")
    assert spend(sessions, "1", MONTH + timedelta(days=30)) == 0
    assert spend(sessions, "1", budget="y") == 0


def test_amounts_too_small_to_count_are_rounded_up(sessions: SessionFactory) -> None:
    assert spend(sessions, "0.0000001") == LIMIT - Decimal("0.000001")


def test_many_at_once_never_book_more_than_there_is(sessions: SessionFactory) -> None:
    with ThreadPoolExecutor(8) as pool:
        booked = list(pool.map(lambda _: spend(sessions, "0.1"), range(24)))
    assert sum(one is not None for one in booked) == 10


def test_old_periods_can_be_forgotten(sessions: SessionFactory) -> None:
    spend(sessions, "1")
    spend(sessions, "1", MONTH + timedelta(days=30))
    with sessions.begin() as session:
        assert spending.forget(session, MONTH + timedelta(days=1)) == 1
        assert [one.start for one in spending.since(session, MONTH)] == [MONTH + timedelta(days=30)]
