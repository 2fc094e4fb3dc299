"""Home tabs and modals: who sees which view, and the trigger ids that let an app open one."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from bot.playground.config import APP_ID, BOT_ID, TEAM_ID
from bot.playground.feed import Feed
from bot.playground.slack_error import Json, SlackError

DEEPEST = 3
"""Modals on top of each other, docs.slack.dev/surfaces/modals."""


@dataclass(slots=True)
class Trigger:
    """What a command, a press or a shortcut hands out: good for one view, for three seconds."""

    person: str
    issued_at: float
    from_modal: bool
    is_spent: bool = False


class Views:
    """Every view that is shown now. `stamp` gives the hash of a new version."""

    def __init__(
        self, feed: Feed, now: Callable[[], float], stamp: Callable[[], str], patience: float
    ) -> None:
        self._feed, self._now, self._stamp, self._patience = feed, now, stamp, patience
        self._triggers: dict[str, Trigger] = {}
        self._offered: dict[str, list[Json]] = {}
        self.homes: dict[str, Json] = {}
        self.stacks: dict[str, list[Json]] = {}

    def trigger(self, person: str, *, from_modal: bool = False) -> str:
        """A fresh trigger id."""
        key = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._triggers[key] = Trigger(person, self._now(), from_modal)
        return key

    def spend(self, key: str) -> Trigger:
        """Take a trigger, or refuse as Slack does."""
        trigger = self._triggers.get(key)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.is_spent:
            raise SlackError("exchanged_trigger_id")
        if self._now() - trigger.issued_at > self._patience:
            raise SlackError("expired_trigger_id")
        trigger.is_spent = True
        return trigger

    def find(self, view_id: str) -> tuple[str, Json]:
        """A shown view with the person who sees it."""
        for person, view in self._shown():
            if view["id"] == view_id:
                return person, view
        raise SlackError("not_found")

    def named(self, external_id: str) -> Json:
        """The shown view that the app gave this name."""
        for _, view in self._shown():
            if view["external_id"] == external_id:
                return view
        raise SlackError("not_found")

    def publish(self, person: str, view: Json, expected: str = "") -> Json:
        """Show a view in a person's Home tab; `expected` is the hash of the version it replaces."""
        before = self.homes.get(person)
        if before is not None:
            self._check_hash(before, expected)
        shown = self._dressed(view, before)
        self.homes[person] = shown
        self._feed.tell("home", {"person": person, "view": shown})
        return shown

    def open(self, person: str, view: Json) -> Json:
        """Show a modal; one that was open goes."""
        shown = self._dressed(view)
        self.stacks[person] = [shown]
        self._tell(person)
        return shown

    def push(self, person: str, view: Json) -> Json:
        """Show a modal on top of the one that is open."""
        stack = self.stacks.get(person) or []
        if not stack:
            raise SlackError("not_found")
        if len(stack) >= DEEPEST:
            raise SlackError("push_limit_reached")
        shown = self._dressed(view, root=stack[0]["id"], previous=stack[-1]["id"])
        stack.append(shown)
        self._tell(person)
        return shown

    def update(self, view_id: str, view: Json, expected: str = "") -> Json:
        """Replace a shown view by a new version of it."""
        person, before = self.find(view_id)
        self._check_hash(before, expected)
        if view["type"] == "home":
            return self.publish(person, view)
        shown = self._dressed(view, before)
        stack = self.stacks[person]
        stack[stack.index(before)] = shown
        self._tell(person)
        return shown

    def close(self, view_id: str, *, whole: bool = False) -> list[Json]:
        """Close a modal with what lies on it, or the `whole` stack; returns what was closed, top first."""
        person, view = self.find(view_id)
        stack = self.stacks[person]
        start = 0 if whole else stack.index(view)
        closed = stack[start:][::-1]
        del stack[start:]
        self._tell(person)
        return closed

    def offer(self, action_id: str, options: list[Json]) -> None:
        """Remember what a type-ahead menu offered: only that can be chosen."""
        known = self._offered.setdefault(action_id, [])
        known.extend(each for each in options if each not in known)

    def offered(self, action_id: str) -> list[Json]:
        return list(self._offered.get(action_id, []))

    def _shown(self) -> list[tuple[str, Json]]:
        modals = [(person, view) for person, stack in self.stacks.items() for view in stack]
        return [*self.homes.items(), *modals]

    def _dressed(self, view: Json, before: Json | None = None, *, root: str = "", previous: str = "") -> Json:
        """A view with what Slack adds to it."""
        external = str(view.get("external_id") or "")
        if external and any(
            other["external_id"] == external and other is not before for _, other in self._shown()
        ):
            raise SlackError("duplicate_external_id")
        name = before["id"] if before else f"V0{secrets.token_hex(4).upper()}"
        plain: Json = {
            "private_metadata": "",
            "callback_id": "",
            "state": {"values": {}},
            "clear_on_close": False,
            "notify_on_close": False,
            "submit": None,
            "close": None,
        }
        return {
            **plain,
            **view,
            "id": name,
            "team_id": TEAM_ID,
            "app_id": APP_ID,
            "bot_id": BOT_ID,
            "external_id": external,
            "hash": f"{self._stamp()}.{secrets.token_hex(4)}",
            "root_view_id": before["root_view_id"] if before else root or name,
            "previous_view_id": before["previous_view_id"] if before else previous or None,
        }

    def _check_hash(self, before: Json, expected: str) -> None:
        if expected and before["hash"] != expected:
            raise SlackError("hash_conflict")

    def _tell(self, person: str) -> None:
        self._feed.tell("modals", {"person": person, "views": list(self.stacks[person])})
