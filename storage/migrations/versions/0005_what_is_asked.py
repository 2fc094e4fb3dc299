"""Numbers that people are asked for: who was asked for which KPI and period, and what became of it."""

from __future__ import annotations

revision = "0005"
down_revision = "0004"


def upgrade() -> None: ...
