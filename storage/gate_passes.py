"""Gates that were passed, with the evidence of that moment: what is corrected later does not undo a pass."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlmodel import Session, SQLModel

from storage.engine import insert_into
from storage.tables import GatePassRow


@dataclass(frozen=True, slots=True)
class GatePass:
    """One gate, passed at one instant."""

    framework: str
    gate: str
    passed_at: datetime
    evidence: dict[str, Any]  # plain JSON
    recorded_at: datetime


_TABLE = SQLModel.metadata.tables[GatePassRow.__tablename__]
_C = _TABLE.c
_LOCK = 0x6B70695F676174  # "kpi_gat": the advisory lock of every process that adds passes


def add(session: Session, gate_pass: GatePass) -> bool:
    """Keeps the pass; False if one of this gate at this instant stands there already, which is left as it is.

    Raises `ValueError` for evidence that is no JSON, such as NaN.
    """
    values = {
        "framework": gate_pass.framework,
        "gate": gate_pass.gate,
        "passed_at": gate_pass.passed_at,
        "evidence": json.dumps(gate_pass.evidence, ensure_ascii=False, sort_keys=True, allow_nan=False),
        "recorded_at": gate_pass.recorded_at,
    }
    statement = insert_into(session, _TABLE).values(values).on_conflict_do_nothing()
    return session.connection().execute(statement.returning(_C.id)).first() is not None


def read_to_add(session: Session) -> dict[tuple[str, str], list[GatePass]]:
    """`read` for whoever adds what is missing in the same transaction: no other one adds meanwhile."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    return read(session)


def read(session: Session, *, as_of: datetime | None = None) -> dict[tuple[str, str], list[GatePass]]:
    """Every pass known at `as_of`, by framework and gate, oldest first."""
    chosen = select(_TABLE).order_by(_C.passed_at, _C.id)
    if as_of is not None:
        chosen = chosen.where(_C.recorded_at <= as_of)
    found: defaultdict[tuple[str, str], list[GatePass]] = defaultdict(list)
    for row in session.connection().execute(chosen):
        evidence = json.loads(row.evidence)
        one = GatePass(row.framework, row.gate, row.passed_at, evidence, row.recorded_at)
        found[one.framework, one.gate].append(one)
    return dict(found)
