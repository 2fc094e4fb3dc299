"""What people subscribed to, as the schedule owes it: in their direct messages, in their own zone."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from pydantic import ValidationError

from bot.cadence import ASKED, Owed
from bot.reports import plans
from bot.reports.upcoming import cadence_of
from bot.workspace import Workspace
from storage import Session, subscriptions
from storage.subscriptions import Subscription

log = logging.getLogger(__name__)


DIRECT = "@"
"""What stands before a person's id where a channel's would stand."""


@dataclass
class Subscribed:
    """Everybody's subscriptions; one that can no longer be read is told in the log once."""

    _told: set[int] = field(default_factory=set, repr=False)
    _workspace: Workspace | None = field(default=None, repr=False)
    _read: dict[Subscription, Owed | None] = field(default_factory=dict, repr=False)
    """As they read by `_workspace`: thousands are looked at every few seconds."""

    def __call__(
        self, session: Session, workspace: Workspace, is_served: Callable[[str], bool]
    ) -> list[Owed]:
        """Those on surfaces that this process serves, oldest first."""
        known = self._read if self._workspace is workspace else {}
        found = [one for one in subscriptions.read(session) if is_served(one.surface)]
        self._workspace = workspace
        self._read = {one: known[one] if one in known else self._owed(one, workspace) for one in found}
        return [owed for owed in self._read.values() if owed is not None]

    def _owed(self, one: Subscription, workspace: Workspace) -> Owed | None:
        try:
            cadence = cadence_of(one, workspace)
            if one.report not in (ASKED, *plans.names(workspace)):
                raise ValueError(f"there is no report {one.report}")
        except (ValueError, KeyError, OSError) as fault:  # no schedule, zone or report of this version
            if one.number not in self._told:
                self._told.add(one.number)
                why = fault.errors()[0]["msg"] if isinstance(fault, ValidationError) else str(fault)
                log.error("subscription skipped number=%d cadence=%r fault=%s", one.number, one.cadence, why)
            return None
        question = one.question if one.report == ASKED else ""
        channel = f"{DIRECT}{one.user}"
        return Owed(
            one.report, one.surface, channel, cadence, question, number=one.number, since=one.created_at
        )
