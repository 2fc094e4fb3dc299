"""What is only ever shown as it is now: the schedule, the ledger, subscriptions, silences."""

from __future__ import annotations

from bot.commands.base import Context
from bot.errors import UserError


def only_present(ctx: Context, what: str) -> None:
    """Raises `UserError` where the question is about the past; `what` begins a sentence."""
    if ctx.moment.as_of is not None:
        raise UserError(f"{what} as they are now.", "Leave out `as-of`.")
