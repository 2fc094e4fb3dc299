"""What Slack sends to an app: commands, clicks and events, signed, with Slack's three seconds of patience."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.playground import events
from bot.playground.config import APP_ID, BOT_USER, TEAM_DOMAIN, TEAM_ID
from bot.playground.response_urls import ResponseUrls
from bot.playground.slack_error import Json, SlackError
from bot.playground.world import Room, World

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the app took a request: `error` is empty, or the word that Slack would show."""

    error: str = ""
    detail: str = ""
    status: int = 0
    body: str = ""
    seconds: float = 0.0
    errors: Mapping[str, str] = field(default_factory=dict)  # of a form, by block_id


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The `X-Slack-Signature` of a body, docs.slack.dev/authentication/verifying-requests-from-slack."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class Outgoing:
    """Sends to the app at `events_url`."""

    def __init__(self, world: World, response_urls: ResponseUrls) -> None:
        self._world, self._response_urls = world, response_urls
        self._session: aiohttp.ClientSession | None = None
        self._deliveries: set[asyncio.Task[None]] = set()
        world.heard = self._heard

    async def slash(self, room: Room, person: str, text: str) -> Outcome:
        """Send a typed command, then show what the app acknowledged it with, or the failure."""
        world, command = self._world, self._world.config.command
        names = {True: "privategroup", False: room.name}
        response_url = self._response_urls.issue(room, person, command=f"{command} {text}".strip())
        form = {
            "token": "unused",
            "team_id": TEAM_ID,
            "team_domain": TEAM_DOMAIN,
            "channel_id": room.id,
            "channel_name": "directmessage" if room.partner else names[room.is_private],
            "user_id": person,
            "user_name": world.people[person].name,
            "command": command,
            "text": escape(world, text) if world.config.should_escape else text,
            "api_app_id": APP_ID,
            "is_enterprise_install": "false",
            "response_url": response_url,
            "trigger_id": world.views.trigger(person),
        }
        outcome = await self._send(urlencode(form).encode(), FORM)
        return self.conclude(outcome, room, person, response_url, what=command)

    async def click(self, room: Room, message: Json, action: Json, person: str) -> Outcome:
        """Send a press of a button, as a `block_actions` payload."""
        is_ephemeral = bool(message.get("is_ephemeral"))
        response_url = self._response_urls.issue(room, person, origin=message["ts"])
        payload: Json = {
            "type": "block_actions",
            "user": user_json(self._world, person),
            "container": {
                "type": "message",
                "message_ts": message["ts"],
                "channel_id": room.id,
                "is_ephemeral": is_ephemeral,
            },
            "trigger_id": self._world.views.trigger(person),
            "channel": {"id": room.id, "name": room.name},
            "state": {"values": {}},
            "response_url": response_url,
            "actions": [{**action, "action_ts": self._world.next_ts()}],
        }
        if not is_ephemeral:
            payload["message"] = {name: value for name, value in message.items() if name != "metadata"}
        outcome = await self.interact(payload)
        return self.conclude(outcome, room, person, response_url, what="That button")

    async def say(self, room: Room, person: str, text: str, thread_ts: str = "") -> Json:
        """Post as a person. A message that names the bot is also sent to the app, as an event."""
        thread = {"thread_ts": thread_ts} if thread_ts else {}
        message = self._world.post(room, {"user": person, "text": escape(self._world, text), **thread})
        if f"<@{BOT_USER}>" in message["text"] and room.has_bot and not room.partner:
            self.tell(events.mention(room, message))
        return message

    def tell(self, event: Json) -> None:
        """Send an event, if the app subscribed to its kind."""
        if events.kind(event) not in self._world.config.events.split():
            return
        task = asyncio.create_task(self._deliver(events.callback(self._world, event)))
        self._deliveries.add(task)
        task.add_done_callback(self._deliveries.discard)

    async def interact(self, payload: Json) -> Outcome:
        """Send what somebody did with a button, a menu, a form or a shortcut."""
        common: Json = {
            "api_app_id": APP_ID,
            "token": "unused",
            "team": {"id": TEAM_ID, "domain": TEAM_DOMAIN},
            "enterprise": None,
            "is_enterprise_install": False,
        }
        return await self._send(urlencode({"payload": json.dumps({**common, **payload})}).encode(), FORM)

    async def settle(self) -> None:
        """Wait until every event under way is delivered or given up."""
        await asyncio.gather(*self._deliveries)

    async def close(self) -> None:
        for task in list(self._deliveries):
            task.cancel()
        await asyncio.gather(*self._deliveries, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def _heard(self, room: Room, message: Json) -> None:
        """Slack tells an app all that is said in its direct messages, its own words too."""
        if room.partner is None:
            return
        if "edited" in message:
            self.tell(events.direct_change(room, message, self._world.next_ts()))
        else:
            self.tell(events.direct_message(room, message))

    async def _deliver(self, event: Json) -> None:
        """Deliver an event; a failure is tried again after the pauses of the Events API."""
        body, headers = json.dumps(event).encode(), dict[str, str]()
        pauses = self._world.config.limits.event_retry_seconds
        for attempt, pause in enumerate((*pauses, None)):
            outcome = await self._send(body, "application/json", headers)
            if not outcome.error or pause is None:
                return
            reason = "http_timeout" if outcome.error == "operation_timeout" else "http_error"
            headers = {"X-Slack-Retry-Num": str(attempt + 1), "X-Slack-Retry-Reason": reason}
            await asyncio.sleep(pause)

    async def _send(self, body: bytes, kind: str, extra: dict[str, str] | None = None) -> Outcome:
        config, started = self._world.config, asyncio.get_running_loop().time()
        timestamp = str(int(self._world.now()))
        headers = {
            "Content-Type": kind,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(config.signing_secret, timestamp, body),
            **(extra or {}),
        }
        if self._session is None:
            self._session = aiohttp.ClientSession()
        timeout = aiohttp.ClientTimeout(total=config.limits.ack_seconds)
        try:
            async with self._session.post(
                config.events_url, data=body, headers=headers, timeout=timeout
            ) as answer:
                text, status = await answer.text(), answer.status
        except TimeoutError:
            return Outcome("operation_timeout", f"no answer within {config.limits.ack_seconds:g} s")
        except aiohttp.ClientError as fault:
            return Outcome("dispatch_failed", f"the bot cannot be reached at {config.events_url}: {fault}")
        seconds = asyncio.get_running_loop().time() - started
        if not 200 <= status < 300:
            return Outcome("dispatch_failed", f"the bot answered {status}", status, text, seconds)
        return Outcome("", "", status, text, seconds)

    def conclude(self, outcome: Outcome, room: Room, person: str, response_url: str, *, what: str) -> Outcome:
        """Show what an acknowledgement said, or the failure, to the one who did it."""
        error, detail = outcome.error, outcome.detail
        if not error and outcome.body.strip():
            try:
                self._response_urls.acknowledge(response_url, _read_ack(outcome.body))
            except SlackError as refusal:
                error, detail = refusal.error, "; ".join(refusal.messages)
        if error:
            text = f'{what} failed with the error "{error}"' + (f" ({detail})" if detail else "")
            self._world.whisper(room, person, {"user": "USLACKBOT", "username": "Slackbot", "text": text})
        return Outcome(error, detail, outcome.status, outcome.body, outcome.seconds)


def escape(world: World, text: str) -> str:
    """Typed text the way Slack stores it: names become ids, links are marked, the rest is escaped."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    people = {person.name.lower(): person.id for person in world.people.values()}
    people[world.config.bot_name.lower()] = BOT_USER
    rooms = {room.name.lower(): room for room in world.rooms.values() if not room.partner}

    def mark(found: re.Match[str]) -> str:
        whole, name = found.group(0), found.group(0)[1:].lower()
        if whole.startswith("http"):
            return f"<{whole}>"
        if whole.startswith("@") and name in people:
            return f"<@{people[name]}>"
        if whole.startswith("#") and name in rooms:
            room = rooms[name]
            return f"<#{room.id}|{'' if room.is_private else room.name}>"
        return whole

    return re.sub(r"https?://\S+|(?<!\w)[@#][\w-]+", mark, text)


def _read_ack(body: str) -> Json:
    """An acknowledgement is a message as JSON, or its text."""
    try:
        payload: Any = json.loads(body)
    except ValueError:
        return {"text": body}
    return payload if isinstance(payload, dict) else {"text": body}


def user_json(world: World, person: str) -> Json:
    """The one who did something, as payloads name them."""
    name = world.people[person].name
    return {"id": person, "username": name, "name": name, "team_id": TEAM_ID}
