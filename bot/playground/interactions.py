"""What people do with an app's own places: its Home tab, its modals, its shortcuts, its type-ahead menus."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from bot.playground import events
from bot.playground.arguments import Arguments
from bot.playground.block_kit import OPTION
from bot.playground.inputs import missing, state_of
from bot.playground.methods.views import checked
from bot.playground.outgoing import Outcome, Outgoing, user_json
from bot.playground.response_urls import ResponseUrls
from bot.playground.shapes import Findings, array
from bot.playground.slack_error import Json, SlackError
from bot.playground.world import Room, World

SUGGESTIONS = 100
Values = Mapping[str, Any]
"""What the fields of a modal hold, by block_id: a text, a date, an option's value, or several of them."""


class Interactions:
    """Sends them to the app, and does what its acknowledgement says."""

    def __init__(self, world: World, outgoing: Outgoing, response_urls: ResponseUrls) -> None:
        self._world, self._outgoing, self._response_urls = world, outgoing, response_urls

    def open_tab(self, person: str, tab: str) -> None:
        """Open the app's Home tab or its messages: an event, which nobody waits for."""
        self._outgoing.tell(events.home_opened(self._world, person, tab))

    async def press(self, view_id: str, action: Json, values: Values) -> Outcome:
        """Press something in a Home tab or a modal."""
        person, view = self._world.views.find(view_id)
        view = {**view, "state": {"values": self._state(view, values)[0]}}
        return await self._outgoing.interact(
            {
                "type": "block_actions",
                "user": user_json(self._world, person),
                "container": {"type": "view", "view_id": view_id},
                "trigger_id": self._world.views.trigger(person, from_modal=view["type"] == "modal"),
                "view": view,
                "actions": [{**action, "action_ts": self._world.next_ts()}],
            }
        )

    async def submit(self, view_id: str, values: Values) -> Outcome:
        """Send a form. A field that Slack's own program refuses keeps it from being sent."""
        person, view = self._world.views.find(view_id)
        state, errors = self._state(view, values)
        if errors:
            return Outcome("incomplete", "The form is not complete.", errors=errors)
        filled = {**view, "state": {"values": state}}
        outcome = await self._outgoing.interact(
            {
                "type": "view_submission",
                "user": user_json(self._world, person),
                "trigger_id": self._world.views.trigger(person, from_modal=True),
                "view": filled,
                "response_urls": [],
            }
        )
        if outcome.error:
            return outcome
        try:
            return self._obey(outcome, view)
        except SlackError as refusal:
            detail = "; ".join(refusal.messages)
            return Outcome(refusal.error, detail, outcome.status, outcome.body, outcome.seconds)

    async def close(self, view_id: str) -> None:
        """Close a modal without sending it; the app hears of it only where it asked to."""
        person, view = self._world.views.find(view_id)
        whole = bool(view["clear_on_close"])
        for closed in self._world.views.close(view_id, whole=whole):
            if closed["notify_on_close"]:
                await self._outgoing.interact(
                    {
                        "type": "view_closed",
                        "user": user_json(self._world, person),
                        "view": closed,
                        "is_cleared": whole,
                    }
                )

    async def suggest(self, view_id: str, action_id: str, text: str) -> list[Json]:
        """The options that the app offers for what is typed in a type-ahead menu."""
        person, view = self._world.views.find(view_id)
        block, element = _field(view, action_id)
        if len(text) < element.get("min_query_length", 3):
            return []
        outcome = await self._outgoing.interact(
            {
                "type": "block_suggestion",
                "user": user_json(self._world, person),
                "container": {"type": "view", "view_id": view_id},
                "action_id": action_id,
                "block_id": block["block_id"],
                "value": text,
                "view": view,
            }
        )
        if outcome.error:
            raise SlackError(outcome.error, [outcome.detail])
        options = _read_options(outcome.body)
        self._world.views.offer(action_id, options)
        return options

    async def message_shortcut(self, room: Room, message: Json, callback_id: str, person: str) -> Outcome:
        """Choose a shortcut in the menu of a message."""
        response_url = self._response_urls.issue(room, person, origin=message["ts"])
        payload: Json = {
            "type": "message_action",
            "user": user_json(self._world, person),
            "callback_id": callback_id,
            "trigger_id": self._world.views.trigger(person),
            "action_ts": self._world.next_ts(),
            "response_url": response_url,
            "message_ts": message["ts"],
            "message": {name: value for name, value in message.items() if name != "metadata"},
            "channel": {"id": room.id, "name": "directmessage" if room.partner else room.name},
        }
        outcome = await self._outgoing.interact(payload)
        return self._outgoing.conclude(outcome, room, person, response_url, what="That shortcut")

    async def global_shortcut(self, callback_id: str, person: str) -> Outcome:
        """Choose a shortcut outside of any channel: nothing but a trigger comes with it."""
        return await self._outgoing.interact(
            {
                "type": "shortcut",
                "user": user_json(self._world, person),
                "callback_id": callback_id,
                "trigger_id": self._world.views.trigger(person),
                "action_ts": self._world.next_ts(),
            }
        )

    def _state(self, view: Json, values: Values) -> tuple[Json, dict[str, str]]:
        """`view.state.values`, and what is wrong with it by block_id."""
        found: Json = {}
        errors: dict[str, str] = {}
        for block in view["blocks"]:
            if block["type"] != "input":
                continue
            element = block["element"]
            state = state_of(element, values.get(block["block_id"]), partial(self._option, element))
            found[block["block_id"]] = {element["action_id"]: state}
            problem = missing(block, state)
            if problem:
                errors[block["block_id"]] = problem
        unknown = set(values) - set(found)
        if unknown:
            raise LookupError(f"no field {sorted(unknown)} in this view: it has {sorted(found)}")
        return found, errors

    def _option(self, element: Json, value: str) -> Json:
        known = [*element.get("options", []), *self._world.views.offered(element["action_id"])]
        if "initial_option" in element:
            known.append(element["initial_option"])
        for option in known:
            if option["value"] == value:
                return dict(option)
        raise LookupError(f"{value!r} was not offered: there is {[each['value'] for each in known]}")

    def _obey(self, outcome: Outcome, view: Json) -> Outcome:
        """Do what the acknowledgement of a form says; an empty one closes the modal."""
        answer = _read_object(outcome.body)
        views, said = self._world.views, answer.get("response_action")
        if said == "errors":
            errors = _read_errors(answer.get("errors"), view)
            return Outcome(
                "errors", "The bot refused the form.", outcome.status, outcome.body, outcome.seconds, errors
            )
        if said in ("update", "push"):
            following = checked(self._world, Arguments(answer), "modal")
            person, _ = views.find(view["id"])
            if said == "push":
                views.push(person, following)
            else:
                views.update(view["id"], following)
        elif said == "clear":
            views.close(view["id"], whole=True)
        elif said is None:
            views.close(view["id"])
        else:
            raise SlackError("invalid_response_action", [f"unknown response_action: {said}"])
        return outcome


def _field(view: Json, action_id: str) -> tuple[Json, Json]:
    for block in view["blocks"]:
        if block["type"] == "input" and block["element"]["action_id"] == action_id:
            return block, block["element"]
    raise LookupError(f"no field with the action_id {action_id!r} in this view")


def _read_object(body: str) -> Json:
    if not body.strip():
        return {}
    try:
        answer = json.loads(body)
    except ValueError as fault:
        raise SlackError("invalid_json", ["the acknowledgement of a form is JSON or empty"]) from fault
    if not isinstance(answer, dict):
        raise SlackError("json_not_object", ["the acknowledgement of a form is an object or empty"])
    return answer


def _read_errors(errors: Any, view: Json) -> dict[str, str]:
    fields = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= fields:
        raise SlackError(
            "invalid_errors", [f"errors must be named by the block_id of a field: {sorted(fields)}"]
        )
    return {str(name): str(text) for name, text in errors.items()}


def _read_options(body: str) -> list[Json]:
    answer, found = _read_object(body), Findings()
    options = answer.get("options")
    array(OPTION, 0, SUGGESTIONS)(options, "/options", found)
    if found.faults or not isinstance(options, list):
        raise SlackError("invalid_options", found.faults)
    return options
