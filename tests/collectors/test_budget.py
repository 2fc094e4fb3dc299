"""Budgets: periods without gaps, and a stop before the limit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.budget import Budget, SpendingInMemory, spent
from collectors.faults import RateLimited
from collectors.http import Client

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
X = Budget("x:abc", Decimal("5"), "$")


@settings(max_examples=100, deadline=None)
@given(
    at=st.integers(946_684_800, 3_786_912_000).map(lambda one: datetime.fromtimestamp(one, UTC)),
    hours=st.integers(-12, 14),
    day=st.booleans(),
)
def test_every_instant_lies_in_one_period_and_the_next_begins_at_its_end(
    at: datetime, hours: int, day: bool
) -> None:
    budget = Budget("a", Decimal(1), "$", "day" if day else "month", hours)
    assert budget.start(at) <= at < budget.end(at)
    assert budget.start(budget.end(at)) == budget.end(at)
    assert (budget.start(at) + timedelta(hours=hours)).hour == 0


async def test_a_budget_is_refused_before_its_limit_and_anew_in_the_next_month() -> None:
    spending, time = SpendingInMemory(), [NOW]
    async with httpx.AsyncClient() as http:
        client = Client(http, now=lambda: time[0])
        client.spending = spending
        await client.spend(X, Decimal("4.99"))
        with pytest.raises(RateLimited) as refused:
            await client.spend(X, Decimal("0.02"))
        assert "budget of $5 a month is used up until 01 Dec" in refused.value.message
        assert refused.value.retry_after == datetime(2026, 12, 1, tzinfo=UTC) - NOW
        await client.spend(X, Decimal("0.01"))
        time[0] = datetime(2026, 12, 1, tzinfo=UTC)
        await client.spend(X, Decimal("5"))


def test_a_budget_of_things_says_what_they_are() -> None:
    fault = spent(Budget("x", Decimal(1500), "posts", "day"), NOW)
    assert fault.message == "the budget of 1,500 posts a day is used up until 21 Nov"
    assert "Nothing was asked" in fault.hint
