"""views.*: Home tabs and modals. Reference: docs.slack.dev/reference/methods."""

from __future__ import annotations

import copy

from bot.playground.arguments import Arguments
from bot.playground.slack_error import Json, SlackError, invalid_arguments
from bot.playground.view_rules import check_view
from bot.playground.world import World, name_blocks


def publish(world: World, given: Arguments) -> Json:
    person = given.required("user_id")
    if person not in world.people:
        raise SlackError("user_not_found")
    return _shown(world.views.publish(person, checked(world, given, "home"), given.text("hash")))


def open_modal(world: World, given: Arguments) -> Json:
    view = checked(world, given, "modal")
    trigger = world.views.spend(given.required("trigger_id"))
    return _shown(world.views.open(trigger.person, view))


def push(world: World, given: Arguments) -> Json:
    view = checked(world, given, "modal")
    trigger = world.views.spend(given.required("trigger_id"))
    if not trigger.from_modal:  # only what is pressed inside a modal can lay another one on it
        raise SlackError("not_found")
    return _shown(world.views.push(trigger.person, view))


def update(world: World, given: Arguments) -> Json:
    if not given.has("view_id") and not given.has("external_id"):
        raise invalid_arguments("missing required field: view_id")
    views = world.views
    before = (
        views.find(given.text("view_id"))[1]
        if given.has("view_id")
        else views.named(given.required("external_id"))
    )
    return _shown(views.update(before["id"], checked(world, given, before["type"]), given.text("hash")))


def checked(world: World, given: Arguments, kind: str) -> Json:
    """The view of a call, whole and named."""
    view = copy.deepcopy(check_view(given.data("view", "invalid_arguments"), kind, world.is_usable))
    name_blocks(view)
    return view


def _shown(view: Json) -> Json:
    return {"ok": True, "view": copy.deepcopy(view)}
