"""Posts that belong into the thread of another: where that one stands."""

from __future__ import annotations

from bot.surfaces.base import Undelivered
from storage import Session, promises
from storage.promises import Promise

LOOK_AGAIN_SECONDS = 60.0


class Rootless(Undelivered):
    """The post in whose thread it belongs will never stand anywhere."""


def thread_of(session: Session, promise: Promise) -> str:
    """The id of the message in whose thread it is posted; empty where it stands for itself.

    Raises `Undelivered` as long as that one is on its way, and `Rootless` where it never arrived.
    """
    if not promise.follows:
        return ""
    root = promises.find(session, promise.follows)
    if root is not None and root.receipt is not None:
        return root.receipt.message
    if root is None or root.state.is_final:
        became = "is not in the ledger" if root is None else f"is {root.state.value}"
        raise Rootless(
            f"There is no thread for it: {promise.follows} {became}.",
            "Nobody has read what it belongs to.",
            is_permanent=True,
        )
    raise Undelivered(
        f"{promise.follows}, in whose thread it belongs, is not delivered yet.",
        "It is sent after it.",
        retry_after=LOOK_AGAIN_SECONDS,
    )
