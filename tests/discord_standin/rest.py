"""The routes of Discord's REST API that the bot uses."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from tests.discord_standin.config import APPLICATION, BOT, GUILD
from tests.discord_standin.faults import ApiError, answer, limited
from tests.discord_standin.rules import check_commands, check_message, check_modal
from tests.discord_standin.world import EPHEMERAL, Interaction, World

Json = dict[str, Any]
Handler = Callable[[World, web.Request], Awaitable[web.StreamResponse]]
_DEFERRED, _WORDS, _SUGGESTED, _MODAL = 5, 4, 8, 9


def routes(world: World) -> list[web.RouteDef]:
    return [
        web.route(method, f"/api/v10{path}", _guarded(world, name, handler, is_public=name in _BY_TOKEN))
        for name, method, path, handler in _ROUTES
    ]


def _guarded(world: World, name: str, handler: Handler, *, is_public: bool) -> Any:
    async def guarded(request: web.Request) -> web.StreamResponse:
        world.calls.append(name)
        fault = world.faults.next(name)
        if fault is not None and not fault.after:
            return await world.faults.break_with(fault, request)
        try:
            if not is_public and request.headers.get("Authorization") != f"Bot {world.config.token}":
                raise ApiError(401, 0, "401: Unauthorized")
            done = await handler(world, request)
        except ApiError as refusal:
            return answer(refusal.body(), refusal.status)
        if fault is not None:
            return await world.faults.break_with(fault, request)
        return done

    return guarded


async def _body(request: web.Request) -> tuple[Json, dict[str, bytes]]:
    """The payload and the files by name, from JSON or from a form."""
    if request.content_type == "application/json":
        return await request.json(), {}
    if not request.content_type.startswith("multipart/"):
        return {}, {}
    payload: Json = {}
    files: dict[str, bytes] = {}
    async for part in await request.multipart():
        content = bytes(await part.read())  # type: ignore[union-attr]
        if part.name == "payload_json":  # type: ignore[union-attr]
            payload = json.loads(content)
        else:
            files[str(part.filename)] = content  # type: ignore[union-attr]
    if sum(map(len, files.values())) > 25 * 1024 * 1024 or any(
        len(one) > 10 * 1024 * 1024 for one in files.values()
    ):
        raise ApiError(413, 40005, "Request entity too large")
    return payload, files


async def _me(world: World, _request: web.Request) -> web.StreamResponse:
    return answer(world.user(BOT))


async def _application(world: World, _request: web.Request) -> web.StreamResponse:
    return answer(world.application())


async def _gateway(_world: World, request: web.Request) -> web.StreamResponse:
    return answer({"url": f"ws://{request.host}/gw/"})


async def _commands(world: World, request: web.Request) -> web.StreamResponse:
    guild = request.match_info.get("guild", "")
    if guild not in world.commands:
        raise ApiError(403, 50001, "Missing Access")
    if request.method == "GET":
        return answer(world.commands[guild])
    told: list[Json] = await request.json()
    check_commands(told)
    empty = {"version": "1", "application_id": APPLICATION, "name_localizations": None, "nsfw": False}
    known = [{**one, **empty, "id": world.snowflake(), "default_permission": True} for one in told]
    world.commands[guild] = known
    world.tellings += 1
    return answer(known)


async def _create(world: World, request: web.Request) -> web.StreamResponse:
    channel = request.match_info["channel"]
    body, files = await _body(request)
    world.place(channel)
    if pause := world.pause(channel):
        return limited(pause)
    check_message(body, list(files))
    return answer(world.post(channel, body, files))


async def _history(world: World, request: web.Request) -> web.StreamResponse:
    channel = request.match_info["channel"]
    world.place(channel)
    limit = int(request.query.get("limit", 50))
    if not 1 <= limit <= 100:
        raise ApiError(400, 50035, "Invalid Form Body: limit")
    is_hidden = "history" in world.places[channel].lacks  # Discord refuses nothing then: it shows nothing
    found = [] if is_hidden else sorted(world.messages[channel], key=lambda one: int(one["id"]))
    if "after" in request.query:
        found = [one for one in found if int(one["id"]) > int(request.query["after"])][:limit]
    elif "before" in request.query:
        found = [one for one in found if int(one["id"]) < int(request.query["before"])]
    return answer(list(reversed(found[-limit:])))


async def _edit(world: World, request: web.Request) -> web.StreamResponse:
    channel = request.match_info["channel"]
    body, files = await _body(request)
    world.place(channel)
    message = world.found(channel, request.match_info["message"])
    check_message(body, list(files), is_edit=True)
    return answer(world.edit(message, body, files))


async def _pin(world: World, request: web.Request) -> web.StreamResponse:
    channel = request.match_info["channel"]
    world.place(channel, "pins")
    world.found(channel, request.match_info["message"])["pinned"] = True
    return web.Response(status=204)


async def _thread(world: World, request: web.Request) -> web.StreamResponse:
    body, _ = await _body(request)
    if not 1 <= len(body.get("name", "")) <= 100:
        raise ApiError(400, 50035, "Invalid Form Body: name")
    return answer(
        world.thread(request.match_info["channel"], request.match_info["message"], body["name"]), 201
    )


async def _channel(world: World, request: web.Request) -> web.StreamResponse:
    return answer(world.channel(world.place(request.match_info["channel"])))


async def _user(world: World, request: web.Request) -> web.StreamResponse:
    if (user := request.match_info["user"]) not in world.names:
        raise ApiError(404, 10013, "Unknown User")
    return answer(world.user(user))


async def _roles(world: World, _request: web.Request) -> web.StreamResponse:
    return answer(world.guild()["roles"])


async def _direct(world: World, request: web.Request) -> web.StreamResponse:
    body, _ = await _body(request)
    return answer(world.channel(world.direct(str(body["recipient_id"]))))


async def _callback(world: World, request: web.Request) -> web.StreamResponse:
    began = world.interactions.get(request.match_info["token"])
    if began is None or world.config.now() - began.began_at > world.config.answer_seconds:
        raise ApiError(404, 10062, "Unknown interaction")
    if began.callback is not None:
        raise ApiError(400, 40060, "Interaction has already been acknowledged.")
    body, _ = await _body(request)
    data = body.get("data") or {}
    if body["type"] == _MODAL:
        check_modal(data)
    if body["type"] == _SUGGESTED and len(data.get("choices", ())) > 25:
        raise ApiError(400, 50035, "Invalid Form Body: choices")
    began.callback = body
    if body["type"] == _DEFERRED:
        _place_for(world, began, data)
    began.answered.set()
    if "with_response" not in request.query:
        return web.Response(status=204)
    told = {"id": began.id, "type": began.kind, "response_message_loading": body["type"] == _DEFERRED}
    return answer({"interaction": told | {"response_message_id": began.original}})


def _place_for(world: World, began: Interaction, data: Json) -> None:
    message = world.message(began.channel, {"flags": data.get("flags", 0) | 1 << 7}, {})
    began.original = message["id"]
    began.messages.append(message)
    if not began.is_ephemeral:
        world.messages[began.channel].append(message)


async def _original(world: World, request: web.Request) -> web.StreamResponse:
    began = _begun(world, request)
    message = next((one for one in began.messages if one["id"] == began.original), None)
    if message is None:
        raise ApiError(404, 10008, "Unknown Message")
    if request.method == "DELETE":
        began.messages.remove(message)
        if message in world.messages[began.channel]:
            world.messages[began.channel].remove(message)
        return web.Response(status=204)
    body, files = await _body(request)
    check_message(body, list(files), is_edit=True)
    message["flags"] &= EPHEMERAL
    return answer(world.edit(message, body, files))


async def _further(world: World, request: web.Request) -> web.StreamResponse:
    began = _begun(world, request)
    body, files = await _body(request)
    check_message(body, list(files))
    message = world.message(began.channel, body, files)
    began.messages.append(message)
    if not message["flags"] & EPHEMERAL:
        world.messages[began.channel].append(message)
    world.tell()
    return answer(message)


def _begun(world: World, request: web.Request) -> Interaction:
    began = world.interactions.get(request.match_info["token"])
    if began is None or request.match_info["application"] != APPLICATION or began.callback is None:
        raise ApiError(404, 10015, "Unknown Webhook")
    if world.config.now() - began.began_at > world.config.token_seconds:
        raise ApiError(401, 50027, "Invalid Webhook Token")
    return began


_APP = f"/applications/{APPLICATION}"
_CHANNEL = "/channels/{channel}"
_HOOK = "/webhooks/{application}/{token}"
_BY_TOKEN = frozenset({"callback", "edit_original", "delete_original", "further", "gateway"})
_ROUTES: tuple[tuple[str, str, str, Handler], ...] = (
    ("me", "GET", "/users/@me", _me),
    ("application", "GET", "/applications/@me", _application),
    ("application", "GET", "/oauth2/applications/@me", _application),
    ("gateway", "GET", "/gateway", _gateway),
    ("commands", "GET", f"{_APP}/commands", _commands),
    ("tell_commands", "PUT", f"{_APP}/commands", _commands),
    ("commands", "GET", f"{_APP}/guilds/{{guild}}/commands", _commands),
    ("tell_commands", "PUT", f"{_APP}/guilds/{{guild}}/commands", _commands),
    ("create_message", "POST", f"{_CHANNEL}/messages", _create),
    ("history", "GET", f"{_CHANNEL}/messages", _history),
    ("edit_message", "PATCH", f"{_CHANNEL}/messages/{{message}}", _edit),
    ("pin", "PUT", f"{_CHANNEL}/messages/pins/{{message}}", _pin),
    ("thread", "POST", f"{_CHANNEL}/messages/{{message}}/threads", _thread),
    ("channel", "GET", _CHANNEL, _channel),
    ("roles", "GET", f"/guilds/{GUILD}/roles", _roles),
    ("user", "GET", "/users/{user}", _user),
    ("direct", "POST", "/users/@me/channels", _direct),
    ("callback", "POST", "/interactions/{interaction}/{token}/callback", _callback),
    ("edit_original", "PATCH", f"{_HOOK}/messages/@original", _original),
    ("delete_original", "DELETE", f"{_HOOK}/messages/@original", _original),
    ("further", "POST", _HOOK, _further),
)
