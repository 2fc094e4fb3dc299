"""What reading a source leaves behind: what was spent of its budget, and how far a back-fill has come."""

from __future__ import annotations

revision = "0007"
down_revision = "0006"


def upgrade() -> None: ...
