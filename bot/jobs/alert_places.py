"""Where an alert's message stands: in its channel, or where it was told when that could not be reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.frozen import thaw
from bot.jobs.alert_scene import Scene, Spot
from bot.jobs.fallback import inserted
from bot.reply import Reply
from storage import promises, receipts
from storage.promises import Promise, State


@dataclass(frozen=True, slots=True)
class Standing:
    """The promise by which a message came to a place, and what it has to say beside the alert there."""

    spot: Spot
    promise: Promise
    worded: Callable[[Reply], Reply] = lambda reply: reply


def standing(scene: Scene, spot: Spot) -> Standing | None:
    """Where the message that is owed to `spot` stands or will; None where it is not owed there."""
    key = spot.root(scene.alert.number)
    promise = promises.find(scene.session, key)
    if promise is None:
        return None
    own = Standing(spot, promise)
    is_lost = promise.receipt is None and promise.state.is_final
    return _instead(scene, spot, promise) or own if is_lost else own


def _instead(scene: Scene, spot: Spot, failed: Promise) -> Standing | None:
    """The whole message elsewhere; a mere notice of it does not follow the alert."""
    found = receipts.stand_ins(scene.session, [failed.key]).get(failed.key)
    if found is None:
        return None
    promise = promises.find(scene.session, f"{failed.key}>{found.surface}:{found.channel}")
    if promise is None or promise.state is not State.DELIVERED or not _is_whole(promise.payload):
        return None
    platforms = {ledger: platform for platform, ledger in scene.stage.names.items()}
    own = Spot(platforms.get(found.surface, found.surface), found.surface, found.channel)
    place = f"{spot.platform}:{spot.channel}"
    return Standing(
        own, promise, lambda reply: inserted(reply, f"For `{place}`, which could not be reached.")
    )


def _is_whole(payload: str) -> bool:
    try:
        return "alert" in thaw(payload).data
    except (ValueError, KeyError, TypeError):
        return False
