"""What the ledger holds that no living process can have left so: told once, when a process begins to work."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from bot.reports import words
from storage import Session, SessionFactory
from storage.clock import database_now
from storage.promise_sql import State
from storage.stuck import Stuck, stuck

log = logging.getLogger(__name__)

MOST_TOLD = 10


def tell(sessions: SessionFactory, clock: Callable[[Session], datetime] = database_now) -> int:
    """Log what was left behind, and say how much it is. Blocks: call it in a thread."""
    with sessions.read() as session:
        now = clock(session)
        found = stuck(session, now)
    for one in found[:MOST_TOLD]:
        log.warning("left behind promise=%s: %s", one.key, said(one, now))
    if len(found) > MOST_TOLD:
        log.warning("left behind more=%d: see `kpi doctor`", len(found) - MOST_TOLD)
    return len(found)


def said(one: Stuck, now: datetime) -> str:
    """What is odd about it."""
    since = words.age(now - one.since)
    told = {
        State.CLAIMED: f"its sender's lease ended {since}, and nobody took it over",
        State.OWED: f"its time was over {since}, and nobody closed it",
        State.UNKNOWN: f"it was first tried {since}, and nobody knows whether it was posted",
    }[one.state]
    return f"{told} ({one.error})" if one.error else told
