"""What is said of an alert, and where: its message, the lines of its thread, direct messages to its people.

All of it becomes promises, in the transaction that changes the alert. What the message says later is changed
in place: `attend` finds the places where it reads otherwise than it should.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot import languages
from bot.frozen import freeze, thaw
from bot.jobs.alert_chain import act_by, addresses
from bot.jobs.alert_places import standing
from bot.jobs.alert_scene import Scene, Spot, Stage, scenes
from bot.jobs.alert_steps import advance, freshened, next_look, refreshed
from bot.reply import Reply
from bot.reports.alert_posts import celebration, digest_of, root, told
from kpi.calendar import day_of
from storage import Session, StorageFault, alert_keeping, alerts, live_posts, promises
from storage.alerts import Alert, Event
from storage.live_posts import LivePost
from storage.promises import Promise, Receipt

log = logging.getLogger(__name__)

REPORT = "alert"
CATCH_UP = timedelta(days=1)
"""So long a message that could not be sent is tried."""

AGAIN = timedelta(seconds=4)
"""A message that is to be changed, or is on its way, is looked after this soon."""

LATER = timedelta(minutes=1)
"""The same for one that nobody has changed for long: its surface is not served, or refuses it."""

PATIENCE = timedelta(minutes=10)
GONE = "gone"
"""The digest of a message that cannot be changed any more: somebody has deleted it. It is not posted anew."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A message that stands, and what it should say."""

    key: str
    spot: Spot
    reply: Reply
    digest: str
    receipt: Receipt
    post: LivePost | None


def attend(stage: Stage, session: Session, number: int, now: datetime) -> list[Edit]:
    """Do and say all that is due about one alert; the messages that are to be changed.

    Takes the lock on alerts. Where words cannot be found, the state is kept all the same, and the words are
    looked for again.
    """
    found = alert_keeping.held(session, [number])
    edits: list[Edit] = []
    for scene in scenes(stage, session, list(found.values()), now):
        try:
            with session.begin_nested(), languages.speaking(scene.workspace.language):
                edits = _attended(scene)
        except StorageFault:
            raise
        except Exception:
            log.exception("alert not told number=%d", number)
            alert_keeping.change(session, number, {"look_at": now + LATER}, counts=False)
    return edits


def _attended(scene: Scene) -> list[Edit]:
    scene = _told(advance(scene))
    looks = [_look(scene, spot) for spot in scene.spots] if scene.alert.is_told else []
    edits = [one for one in looks if isinstance(one, Edit)]
    later = next_look(scene)
    if edits or any(one is True for one in looks):
        soon = scene.now + (AGAIN if _is_young(scene) else LATER)
        later = soon if later is None else min(soon, later)
    alert_keeping.change(scene.session, scene.alert.number, {"look_at": later}, counts=False)
    return edits


def _is_young(scene: Scene) -> bool:
    """Whether something has happened to it lately."""
    newest = max((one.at for one in scene.events), default=scene.alert.fired_at)
    return scene.now - newest < PATIENCE


def _told(scene: Scene) -> Scene:
    """Owe what there is to say, unless nobody is to hear it now."""
    if scene.opens > scene.now or scene.alert.speaks_at > scene.now:
        return scene
    if not scene.alert.is_told:
        scene = _hushed(scene)
        if scene.is_muted or (scene.alert.items and not scene.shown):
            _over_unheard(scene)
            return scene
        return _begun(scene)
    return _follow(scene)


def _hushed(scene: Scene) -> Scene:
    """Of what was not told yet, the muted part is kept back."""
    muted = [one for one in scene.alert.items if not one.is_silent and scene.is_silenced(one)]
    if not muted:
        return scene
    alert_keeping.save(scene.session, [replace(one, is_silent=True) for one in muted])
    return refreshed(scene)


def _over_unheard(scene: Scene) -> None:
    """What is over before anybody wanted to hear of it is never told."""
    if not scene.alert.is_open:
        alert_keeping.told(scene.session, alert_keeping.untold(scene.session, scene.alert.number))


def _begun(scene: Scene) -> Scene:
    """The alert's message, in its state of now, in each channel that may see any of it."""
    number = scene.alert.number
    first = alert_keeping.untold(scene.session, number)
    limit = act_by(scene)
    alert_keeping.change(scene.session, number, {"is_told": True, "act_by": limit}, counts=False)
    scene = scene.of(replace(scene.alert, is_told=True, act_by=limit))
    for spot in scene.spots:
        shown = scene.seen_at(spot)
        if shown is None:
            continue
        alert, view = shown
        reply = celebration(alert, view) if scene.is_celebration else root(alert, view)
        _owe(scene, spot, spot.root(number), reply)
        whole = next((line for one in first if (line := _whole(one, alert, scene, spot))), None)
        if whole is not None:
            _owe(scene, spot, f"{spot.root(number)}/0", whole, follows=spot.root(number))
    alert_keeping.told(scene.session, first)
    log.info("alert told number=%d rule=%s", number, scene.alert.rule)
    return scene


def _whole(event: Event, alert: Alert, scene: Scene, spot: Spot) -> Reply | None:
    """All that began at once, where the message has no room for it."""
    shown = scene.seen_at(spot)
    if event.kind != "fired" or shown is None or scene.is_celebration:
        return None
    return told(event, alert, shown[1])


def _follow(scene: Scene) -> Scene:
    """The lines of the thread; while it is muted, only what people do."""
    scene, events = _unheard(scene, alert_keeping.untold(scene.session, scene.alert.number))
    if scene.is_celebration:
        alert_keeping.told(scene.session, events)
        return scene
    if scene.is_muted:
        if not scene.alert.is_open:  # nobody wants to hear that it is over either
            alert_keeping.told(scene.session, [one for one in events if not one.author])
        events = [one for one in events if one.author]
    for event in events:
        for spot in scene.spots:
            _tell(scene, event, spot)
        if event.kind == "escalated":
            _send(scene, event)
    alert_keeping.told(scene.session, events)
    return scene


def _unheard(scene: Scene, events: Sequence[Event]) -> tuple[Scene, list[Event]]:
    """Without what only tells that something silenced has joined: that is told when its silence ends."""
    joined = {name for one in events if one.kind == "joined" for name in one.data.get("subjects", ())}
    muted = [
        one
        for one in scene.alert.items
        if one.subject in joined and one.is_open and not one.is_silent and scene.is_silenced(one)
    ]
    if not muted:
        return scene, list(events)
    alert_keeping.save(scene.session, [replace(one, is_silent=True) for one in muted])
    names = {one.subject for one in muted}
    dropped = [one for one in events if one.kind == "joined" and set(one.data["subjects"]) <= names]
    alert_keeping.told(scene.session, dropped)
    return refreshed(scene), [one for one in events if one not in dropped]


def _tell(scene: Scene, event: Event, spot: Spot) -> None:
    found = standing(scene, spot)
    shown = None if found is None else scene.seen_at(found.spot)
    if found is None or shown is None or not _concerns(event, shown[0]):
        return
    line, key = told(event, *shown), found.promise.key
    if line is not None:
        _owe(scene, found.spot, f"{key}/{event.id}", line, follows=key)


def _concerns(event: Event, alert: Alert) -> bool:
    """Whether what an event is about is there to be seen, where it is about subjects."""
    named = event.data.get("subjects") or [event.data.get("subject")]
    return named == [None] or any(one.subject in named for one in alert.items)


def _send(scene: Scene, event: Event) -> None:
    """A direct message to whom it was escalated: what is to be done, and the alert itself."""
    name = str(event.data.get("to", ""))
    for spot in addresses(scene, name) if name else ():
        shown = scene.seen_at(spot)
        if shown is None:
            continue
        line, whole = told(event, *shown), root(*shown)
        reply = whole if line is None else replace(whole, blocks=(*line.blocks, *whole.blocks))
        _owe(scene, spot, f"{spot.root(scene.alert.number)}/{event.id}", reply)


def _owe(scene: Scene, spot: Spot, key: str, reply: Reply, *, follows: str = "") -> None:
    promise = Promise(
        key=key,
        report=REPORT,
        period=day_of(scene.now, scene.workspace.zone).isoformat(),
        surface=spot.surface,
        channel=spot.channel,
        due=scene.now,
        payload=freeze(reply),
        deadline=scene.now + CATCH_UP,
        follows=follows,
    )
    promises.owe(scene.session, promise)


def _look(scene: Scene, spot: Spot) -> Edit | bool:
    """The change that the alert's message in one place needs; True where it is on its way still."""
    found = None if scene.is_celebration else standing(scene, spot)
    if found is None or (shown := scene.seen_at(found.spot)) is None:
        return False
    promise, key = found.promise, found.promise.key
    if promise.receipt is None:
        return not promise.state.is_final
    post, reply = live_posts.read(scene.session, key), found.worded(root(*shown))
    digest = digest_of(reply)
    known = post.digest if post is not None and post.digest else _frozen(promise.payload)
    changed = promise.receipt.at if post is None or post.changed_at is None else post.changed_at
    is_old = scene.alert.is_open and scene.now - changed >= freshened(scene)
    if known == GONE or (known == digest and not is_old):
        return False
    return Edit(key, found.spot, reply, digest, promise.receipt, post)


def _frozen(payload: str) -> str:
    """Of what a message was delivered with; empty where that cannot be read any more."""
    try:
        return digest_of(thaw(payload))
    except (ValueError, KeyError, TypeError):
        return ""


def spots_of(stage: Stage, session: Session, numbers: Sequence[int], now: datetime) -> set[Spot]:
    """Where these alerts are told."""
    found = [one for number in numbers if (one := alerts.find(session, number)) is not None]
    return {spot for scene in scenes(stage, session, found, now) for spot in scene.spots}
