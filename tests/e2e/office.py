"""A folder with a workspace whose daily update has just come due, and its database."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import update

from storage import SessionFactory, audit, connect, promises
from storage.promise_sql import TABLE
from storage.promises import Promise, State
from tests.e2e.slack import CHANNEL

FRAMEWORK = """
framework: small
title: Small
horizons: {phase1: {title: Phase 1}}
sections:
  - title: Growth
    kpis:
      - {name: NPS, unit: points, better: higher, targets: {phase1: "50"}}
"""


class Office:
    """A folder with a workspace whose daily update has just come due, and its database."""

    def __init__(self, folder: Path, url: str, *channels: str, more: str = "") -> None:
        self.folder, self.url = folder, url
        self.engine = connect(url)
        self.sessions = SessionFactory(self.engine)
        due = datetime.now(UTC) - timedelta(minutes=2)
        targets = channels or (f"slack:{CHANNEL}",)
        (folder / "small.yaml").write_text(FRAMEWORK)
        (folder / "kpi.yaml").write_text(
            "timezone: UTC\nframeworks: [{use: small.yaml}]\n"
            f'channels: {{daily: {json.dumps(targets)}}}\nschedule: {{daily: "{due:%H:%M} daily"}}\n{more}'
        )
        with self.sessions.begin() as session:
            began = due - timedelta(hours=1)
            for one in targets:
                audit.write(session, audit.Act(began, "bot", "schedule", f"daily/{one}"))

    def ledger(self) -> list[Promise]:
        with self.sessions.read() as session:
            return promises.listing(session)

    def states(self) -> dict[str, State]:
        """By the promise's key; what stands for another has the other's key before a >."""
        return {one.key: one.state for one in self.ledger()}

    def is_delivered(self) -> bool:
        return {one.state for one in self.ledger()} == {State.DELIVERED}

    def end_leases(self) -> None:
        """Let every lease be over."""
        over = datetime.now(UTC) - timedelta(seconds=1)
        with self.sessions.begin() as session:
            session.connection().execute(update(TABLE).values(claimed_until=over))
