"""The stand-in as a program, and what a test does with it: type, press, write, break, look."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.discord_standin import rest
from tests.discord_standin.config import APPLICATION, DANA, GUILD, StandinConfig
from tests.discord_standin.faults import Fault
from tests.discord_standin.gateway import GUILD_MESSAGES, INTENTS, Gateway
from tests.discord_standin.world import EPHEMERAL, VIEW, Interaction, World, general

Json = dict[str, Any]
STANDIN = web.AppKey("standin", "Standin")
_COMMAND, _COMPONENT, _AUTOCOMPLETE, _MODAL = 2, 3, 4, 5
_STRING = 3


@dataclass(frozen=True)
class Outcome:
    """What a person sees who did something."""

    interaction: Interaction

    @property
    def messages(self) -> list[Json]:
        return self.interaction.messages

    @property
    def is_private(self) -> bool:
        return all(one["flags"] & EPHEMERAL for one in self.messages)

    @property
    def is_acknowledged(self) -> bool:
        return self.interaction.callback is not None

    @property
    def modal(self) -> Json | None:
        callback = self.interaction.callback or {}
        data: Json = callback.get("data") or {}
        return data if callback.get("type") == 9 else None

    @property
    def choices(self) -> list[Json]:
        found: list[Json] = ((self.interaction.callback or {}).get("data") or {}).get("choices", [])
        return found

    def is_answered(self) -> bool:
        """Whether no message is still being thought about."""
        return bool(self.messages) and not any(one["flags"] & 1 << 7 for one in self.messages)


class Standin:
    """Discord, as a test sees it."""

    def __init__(self, config: StandinConfig) -> None:
        self.config, self.world = config, World(config)
        self.gateway = Gateway(self.world)

    @property
    def calls(self) -> list[str]:
        """The names of the calls so far."""
        return self.world.calls

    def inject(self, method: str, fault: Fault, times: int = 1) -> None:
        """The next `times` calls of `method` go wrong: create_message, history, callback, further, …"""
        self.world.faults.inject(method, fault, times)

    def messages(self, channel: str) -> list[Json]:
        """What stands in a channel, a thread or direct messages, oldest first."""
        return self.world.messages[channel]

    def commands(self, guild: str = "") -> list[Json]:
        return self.world.commands[guild]

    async def slash(self, text: str, *, channel: str | None = None, user: str = DANA) -> Outcome:
        """`/kpi question:text`"""
        return await self.command("kpi", {"question": text}, channel=channel, user=user)

    async def command(
        self, name: str, options: dict[str, str], *, channel: str | None = None, user: str = DANA
    ) -> Outcome:
        """A command as somebody sends it off."""
        known = {one["name"] for told in self.world.commands.values() for one in told}
        assert name in known, f"/{name} was never told"
        told = [{"type": _STRING, "name": key, "value": value} for key, value in options.items()]
        return await self._do(_COMMAND, {"id": "1", "name": name, "type": 1, "options": told}, channel, user)

    async def begin(
        self, name: str, options: dict[str, str], focused: str, *, user: str = DANA
    ) -> list[Json]:
        """The suggestions while somebody types the option `focused`."""
        told: list[Json] = [
            {"type": _STRING, "name": key, "value": value, **({"focused": True} if key == focused else {})}
            for key, value in options.items()
        ]
        data = {"id": "1", "name": name, "type": 1, "options": told}
        return (await self._do(_AUTOCOMPLETE, data, None, user)).choices

    async def click(self, label: str, message: Json, *, user: str = DANA) -> Outcome:
        """The button `label` under a message, or the choice `label` of its menu."""
        for row in message["components"]:
            for one in row["components"]:
                values = [option["value"] for option in one.get("options", ()) if option["label"] == label]
                if one.get("label") == label or values:
                    data = {"custom_id": one["custom_id"], "component_type": one["type"], "values": values}
                    return await self._do(_COMPONENT, data, message["channel_id"], user, message=message)
        raise AssertionError(f"no button {label!r}")

    async def submit(self, modal: Json, values: dict[str, str], *, user: str = DANA) -> Outcome:
        """A filled-in form."""
        components = []
        for label in modal["components"]:
            inner = label["component"]
            value = values.get(inner["custom_id"], inner.get("value", ""))
            filled = {"value": value} if inner["type"] == 4 else {"values": [value]}
            one = {"type": inner["type"], "custom_id": inner["custom_id"], **filled}
            components.append({"type": 18, "component": one})
        data = {"custom_id": modal["custom_id"], "components": components}
        return await self._do(_MODAL, data, None, user)

    async def _do(
        self, kind: int, data: Json, channel: str | None, user: str, *, message: Json | None = None
    ) -> Outcome:
        began = self.world.interaction(channel or general(self.world), user, kind)
        place = self.world.places[began.channel]
        told: Json = {
            "id": began.id,
            "application_id": APPLICATION,
            "type": kind,
            "token": began.token,
            "version": 1,
            "channel_id": began.channel,
            "channel": self.world.channel(place),
            "data": data,
            "locale": "en-US",
            "entitlements": [],
            "attachment_size_limit": 10 * 1024 * 1024,
            **({} if message is None else {"message": message}),
            **self._who(user, is_direct=place.kind == 1),
        }
        heard = await self.gateway.dispatch("INTERACTION_CREATE", told)
        assert heard, "no bot is connected"
        try:
            async with asyncio.timeout(self.config.answer_seconds):
                await began.answered.wait()
        except TimeoutError:
            return Outcome(began)
        return Outcome(began)

    def _who(self, user: str, *, is_direct: bool) -> Json:
        if is_direct:
            return {"user": self.world.user(user), "context": 1}
        member = {"user": self.world.user(user), "roles": [], "joined_at": "2026-01-01T00:00:00+00:00"}
        member |= {"deaf": False, "mute": False, "permissions": str(VIEW), "flags": 0}
        return {"guild_id": GUILD, "member": member, "context": 0, "app_permissions": str(VIEW)}

    async def answered(self, outcome: Outcome, seconds: float = 5.0) -> list[Json]:
        """The messages of an outcome once none of them is still being thought about."""
        async with asyncio.timeout(seconds):
            while not outcome.is_answered():
                await self.world.changed.wait()
        return outcome.messages

    async def write(self, text: str, *, user: str = DANA, channel: str | None = None, **more: Any) -> Json:
        """Somebody writes a message; those hear it who listen for messages."""
        place = channel or general(self.world)
        message = self.world.message(place, {"content": text}, {}) | {"author": self.world.user(user)} | more
        self.world.messages[place].append(message)
        sees = {**message, "guild_id": GUILD, "member": self._who(user, is_direct=False)["member"]}
        for session in self.gateway.sessions.values():
            if session.intents & GUILD_MESSAGES:
                blind = {} if session.intents & INTENTS["message_content"] else {"content": ""}
                await self.gateway._send(session, "MESSAGE_CREATE", sees | blind)
        return message

    async def join(self, user: str) -> None:
        member = self._who(user, is_direct=False)["member"] | {"guild_id": GUILD}
        await self.gateway.dispatch("GUILD_MEMBER_ADD", member, needs=INTENTS["members"])

    async def leave(self, user: str) -> None:
        left = {"guild_id": GUILD, "user": self.world.user(user)}
        await self.gateway.dispatch("GUILD_MEMBER_REMOVE", left, needs=INTENTS["members"])


def create_app(config: StandinConfig | None = None) -> web.Application:
    """The program; `app[STANDIN]` is the stand-in behind it."""
    standin = Standin(config or StandinConfig())
    app = web.Application(client_max_size=30 * 1024 * 1024)
    app[STANDIN] = standin
    app.router.add_routes(rest.routes(standin.world))
    app.router.add_get("/gw/", standin.gateway.connect)

    async def release(_app: web.Application) -> None:
        standin.world.faults.closing.set()

    app.on_shutdown.append(release)
    return app


@asynccontextmanager
async def served(config: StandinConfig | None = None, *, port: int = 0) -> AsyncIterator[tuple[Standin, str]]:
    """The stand-in on a loopback port, and the address of its API, as DISCORD_API_URL wants it."""
    app = create_app(config)
    runner = web.AppRunner(app, shutdown_timeout=0.2, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    try:
        yield app[STANDIN], f"http://127.0.0.1:{runner.addresses[0][1]}/api/v10"
    finally:
        await app[STANDIN].gateway.drop()
        app[STANDIN].world.faults.closing.set()
        await runner.cleanup()
