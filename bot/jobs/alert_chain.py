"""When an alert that nobody has acknowledged goes to the next one, and where that person is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.jobs.alert_scene import DIRECT, SHORTEST, Scene, Spot
from bot.reports.alert_ladder import Ladder, Rung, called
from kpi.alerts import span


def ladder(scene: Scene) -> list[Rung]:
    """To whom it goes, step by step."""
    return Ladder(scene.alert, scene.workspace, scene.ref, lambda name: any(addresses(scene, name))).rungs()


def limit(scene: Scene) -> timedelta | None:
    """How long each step may take; None where there is no time limit."""
    rule = scene.rule
    if rule is None or not rule.act_within or scene.is_celebration:
        return None
    return max(span(rule.act_within), SHORTEST)


def act_by(scene: Scene) -> datetime | None:
    """By when somebody has to have it, if it is told now: from the event on, but never at once."""
    step = limit(scene)
    if step is None or not scene.alert.is_open:
        return None
    return max(scene.alert.event_at + step, scene.now + min(step, SHORTEST))


def addresses(scene: Scene, name: str) -> Iterator[Spot]:
    """The direct messages of somebody, on the surfaces the alert is told on, else where they have any."""
    in_use = {one.platform for one in scene.spots}
    person = called(name, scene.workspace)
    if person is not None:
        ids = dict(person.ids)
    else:  # whom kpi.yaml does not know, and somebody has mentioned
        surface, _, user = name.partition(":")
        ids = {surface: user} if user and surface in in_use else {}
    own = [one for one in ids if one in in_use] or list(ids)
    yield from scene.stage.spots([f"{surface}:{DIRECT}{ids[surface]}" for surface in own])
