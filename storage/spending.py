"""What paid interfaces have used up, over all processes: booked before it is used, never above the limit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_UP, Decimal

from sqlalchemy import delete, update
from sqlmodel import Session, SQLModel, col, select

from storage.engine import insert_into
from storage.tables_reading import SpendingRow

_TABLE = SQLModel.metadata.tables[SpendingRow.__tablename__]
_C = _TABLE.c
_MICROS = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Spent:
    """What one budget has used up in the period that began at `start`."""

    budget: str
    start: datetime
    amount: Decimal


def spend(
    session: Session, budget: str, start: datetime, *, amount: Decimal, limit: Decimal
) -> Decimal | None:
    """Books `amount`; what is left of `limit`, or None, with nothing booked, where it no longer fits."""
    wanted, most = _micros(amount), int(limit * _MICROS)
    connection = session.connection()
    fresh = insert_into(session, _TABLE).values(budget=budget, start=start, micros=0).on_conflict_do_nothing()
    connection.execute(fresh)
    own = (_C.budget == budget) & (_C.start == start)
    booked = connection.execute(
        update(_TABLE)
        .where(own, _C.micros + wanted <= most)
        .values(micros=_C.micros + wanted)
        .returning(_C.micros)
    ).scalar_one_or_none()
    return None if booked is None else Decimal(most - booked) / _MICROS


def since(session: Session, start: datetime) -> list[Spent]:
    """What the periods that began at `start` or later have used up."""
    chosen = select(SpendingRow).where(col(SpendingRow.start) >= start)
    rows = session.exec(chosen.order_by(col(SpendingRow.budget)))
    return [Spent(row.budget, row.start, Decimal(row.micros) / _MICROS) for row in rows]


def forget(session: Session, before: datetime) -> int:
    """Drops periods that began before then; how many."""
    return session.connection().execute(delete(_TABLE).where(_C.start < before)).rowcount


def _micros(amount: Decimal) -> int:
    """Rounded up, so that many small amounts never add up to less than they are."""
    return int((amount * _MICROS).to_integral_value(ROUND_UP))
