"""What paid interfaces use up: booked before every request, and refused before the limit is reached."""

from __future__ import annotations

import calendar
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal, Protocol

from collectors.faults import RateLimited


@dataclass(frozen=True, slots=True)
class Budget:
    """What one credential may use up in a period; `key` names vendor and credential, without a secret."""

    key: str
    limit: Decimal
    unit: str  # "$", or a word: posts, units
    period: Literal["day", "month"] = "month"
    zone_hours: int = 0  # the vendor's own clock, hours from UTC

    def start(self, now: datetime) -> datetime:
        """When the present period began."""
        local = now.astimezone(UTC) + timedelta(hours=self.zone_hours)
        first = local.replace(hour=0, minute=0, second=0, microsecond=0)
        if self.period == "month":
            first = first.replace(day=1)
        return first - timedelta(hours=self.zone_hours)

    def end(self, now: datetime) -> datetime:
        """When the present period ends."""
        start = self.start(now)
        if self.period == "day":
            return start + timedelta(days=1)
        local = start + timedelta(hours=self.zone_hours)
        return start + timedelta(days=calendar.monthrange(local.year, local.month)[1])


class Spending(Protocol):
    """Keeps what was used up, over restarts and processes."""

    async def spend(self, budget: Budget, amount: Decimal, now: datetime) -> Decimal | None:
        """Book `amount` before it is used; what is left after it, or None where it no longer fits."""
        ...


@dataclass
class SpendingInMemory:
    """Forgets with the process: for tests, and for a look at a source that keeps nothing."""

    spent: MutableMapping[tuple[str, datetime], Decimal] = field(default_factory=dict)

    async def spend(self, budget: Budget, amount: Decimal, now: datetime) -> Decimal | None:
        at = (budget.key, budget.start(now))
        total = self.spent.get(at, Decimal(0)) + amount
        if total > budget.limit:
            return None
        self.spent[at] = total
        return budget.limit - total


def spent(budget: Budget, now: datetime) -> RateLimited:
    """The fault of a request that the budget no longer allows."""
    end = budget.end(now)
    amount = f"${budget.limit:,}" if budget.unit == "$" else f"{budget.limit:,} {budget.unit}"
    return RateLimited(
        f"the budget of {amount} a {budget.period} is used up until {end:%d %b}",
        hint="Nothing was asked. Raise the source's budget in kpi.yaml, or wait.",
        retry_after=end - now,
    )
