"""Surveys in chat: rounds, who was invited, and answers that name nobody."""

from __future__ import annotations

revision = "0006"
down_revision = "0005"


def upgrade() -> None: ...
