"""What collectors use up of paid interfaces, kept in the database: no restart and no process forgets it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.jobs.writing import Writer
from collectors.budget import Budget
from storage import Session, spending


@dataclass(frozen=True, slots=True)
class Ledger:
    """A `collectors.budget.Spending`. A storage fault is raised: what cannot be booked is not used."""

    write: Writer

    async def spend(self, budget: Budget, amount: Decimal, now: datetime) -> Decimal | None:
        start = budget.start(now)

        def book(session: Session) -> Decimal | None:
            return spending.spend(session, budget.key, start, amount=amount, limit=budget.limit)

        return await self.write(book)
