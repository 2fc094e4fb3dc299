"""The Slack surface: listens over Socket Mode or HTTP, acknowledges at once, answers and posts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.surfaces.base import Ask, Draw, Post, Undelivered
from bot.surfaces.slack.answer import Answers
from bot.surfaces.slack.api import SDK_LOG, Api, Sleep
from bot.surfaces.slack.asking import Asking
from bot.surfaces.slack.checks import Identity, check_app_token, identify
from bot.surfaces.slack.config import SlackConfig
from bot.surfaces.slack.faults import RefusedError
from bot.surfaces.slack.files import Pictures
from bot.surfaces.slack.home import Home
from bot.surfaces.slack.http import Endpoint, Payload, Verifier
from bot.surfaces.slack.listening import BARRED, Backing, Hooks, Listening, Works
from bot.surfaces.slack.lookups import Channels, Zones
from bot.surfaces.slack.modals import Modals
from bot.surfaces.slack.pins import pin
from bot.surfaces.slack.send import Sender
from bot.surfaces.slack.sockets import Sockets
from bot.surfaces.slack.spans import SURFACE
from storage.promises import Receipt

__all__ = ["Backing", "SlackConfig", "SlackSurface"]

log = logging.getLogger(__name__)

PATH = "/slack/events"

Told = TypeVar("Told")
_REVOKED = frozenset({"token_revoked", "token_expired", "account_inactive", "invalid_auth"})


class SlackSurface:
    """Slack as a `bot.surfaces.base.Surface`. `backing` is what the program gives it besides the answers."""

    name = SURFACE

    def __init__(
        self,
        config: SlackConfig,
        *,
        ask: Ask,
        draw: Draw,
        backing: Backing = Backing(),  # noqa: B008 - frozen
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._config, self._ask, self._draw, self._sleep = config, ask, draw, sleep
        self._backing = backing
        self._wire: _Wire | None = None
        self._opening = asyncio.Lock()
        self._is_started = False
        self._barred = ""
        self._under_way: set[asyncio.Task[None]] = set()
        self.last_heard: datetime | None = None
        """When Slack last brought something that somebody did."""

    async def start(self) -> None:
        """Check the credentials, then listen, unless this process only posts."""
        self._config.check(listens=self._backing.listens)
        wire = await self._open()
        try:
            if self._backing.listens:
                await self._listen(wire)
        except BaseException:
            await self.stop()
            raise
        self._is_started, self._barred = True, ""

    async def stop(self) -> None:
        """Stop listening, let answers under way finish for a few seconds, close every connection."""
        self._is_started = False
        if self._wire is not None and self._wire.sockets is not None:
            await self._wire.sockets.close()
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=self._config.timing.drain)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if self._wire is not None:
            await self._wire.zones.close()
            await self._wire.api.close()
            self._wire = None

    def is_ready(self) -> bool:
        """Whether questions reach us: an open connection in Socket Mode, a mounted listener over HTTP.

        Where nothing is listened for, whether posts can go out; never once the token is revoked.
        """
        wire = self._wire
        if wire is None or not self._is_started or self._barred:
            return False
        return wire.sockets is None or wire.sockets.open_count() > 0

    def state(self) -> Mapping[str, str | int]:
        """How it stands, for whoever looks after the bot: `summary` in a line, the rest in figures."""
        sockets = self._wire.sockets.state() if self._wire and self._wire.sockets else {}
        mode = "socket" if self._config.app_token is not None else "http"
        heard = self.last_heard.isoformat(timespec="seconds") if self.last_heard else ""
        return {
            "summary": self._summary(sockets),
            "mode": mode if self._backing.listens else "posts",
            "last_heard": heard,
            "barred": self._barred,
            **sockets,
        }

    def _summary(self, sockets: Mapping[str, str | int]) -> str:
        if self._barred:
            return self._barred
        if self._wire is None or not self._is_started:
            return "not connected"
        if not self._backing.listens:
            return "posts only, listens to nothing"
        if not sockets:
            return f"listens over HTTP, {self._heard_words()}"
        open_count, wanted = sockets["connections"], sockets["connections_wanted"]
        why = f" ({sockets['closed_because']})" if sockets["closed_because"] else ""
        others = int(sockets["connections_of_app"]) - int(wanted)
        more = f", {others} of other programs on the same app" if others > 0 else ""
        return f"{open_count} of {wanted} connections{why}, {self._heard_words()}{more}"

    def _heard_words(self) -> str:
        if self.last_heard is None:
            return "nothing heard yet"
        return f"last event {_ago(self._config.now() - self.last_heard)}"

    async def send(self, post: Post) -> Receipt:
        """Post once. Needs no listening: a process that only reports opens no socket."""
        return await self._told(lambda sender: sender.send(post))

    async def find(self, post: Post, since: datetime) -> Receipt | None:
        """The receipt of a post that already stands; a thread that broke off is finished first."""
        return await self._told(lambda sender: sender.find(post, since))

    async def edit(self, receipt: Receipt, post: Post) -> Receipt:
        """Change a post that stands, and its thread, in place."""
        return await self._told(lambda sender: sender.edit(receipt, post))

    async def pin(self, receipt: Receipt) -> str:
        """Pin a post that stands to its channel: "", or why it could not be."""
        return await pin((await self._open()).api, receipt)

    async def _told(self, work: Callable[[Sender], Awaitable[Told]]) -> Told:
        """What the sender did; whether Slack takes our token at all is seen from every post."""
        try:
            told = await work((await self._open()).sender)
        except Undelivered as fault:
            cause = fault.__cause__
            if isinstance(cause, RefusedError) and cause.error in _REVOKED:
                self._bar(BARRED["tokens_revoked"])
            raise
        self._barred = ""
        return told

    async def is_shared(self, channel: str) -> bool | None:
        """Whether people outside the company can read `channel`; None where nobody can say."""
        return await (await self._open()).channels.is_shared(channel)

    def routes(self) -> list[Route]:
        """Where Slack posts to, when there is a signing secret and somebody listens."""
        if self._config.signing_secret is None or not self._backing.listens:
            return []
        self._config.check(listens=False)
        endpoint = Endpoint(Verifier(self._config.signing_secret, self._config.now), self._dispatch)

        async def receive(request: Request) -> Response:
            return await endpoint(request)

        return [Route(PATH, receive, methods=["POST"])]

    async def _listen(self, wire: _Wire) -> None:
        wire.app, hooks = self._app(wire), Hooks(self._run, self._heard, self._bar)
        Listening(wire.identity, self._works(wire), self._backing, hooks).register(wire.app)
        if self._config.app_token is not None:
            await check_app_token(wire.api, self._config.app_token, self._config.timing.check)
            wire.sockets = Sockets(wire.app, self._config.app_token, self._config.timing)
            await wire.sockets.open()

    async def _open(self) -> _Wire:
        """The checked connection to Slack's Web API, made when it is first needed."""
        async with self._opening:
            if self._wire is None:
                self._config.check(listens=False)
                api = Api(self._config.bot_token.strip(), self._config.api_url, sleep=self._sleep)
                try:
                    identity = await identify(api, self._config.timing.check)
                except BaseException:
                    await api.close()
                    raise
                pictures = Pictures(api, self._draw, native=self._config.charts == "native")
                self._wire = _Wire(api, identity, pictures)
            return self._wire

    def _works(self, wire: _Wire) -> Works:
        asking = Asking(self._config, self._ask, wire.channels, wire.zones)
        answers = Answers(self._config, asking, wire.api, sender=wire.sender, pictures=wire.pictures)
        home = Home(asking, wire.api)
        modals = Modals(asking, answers, wire.api, home=home, suggest=self._backing.suggest)
        return Works(asking, answers, home, modals)

    def _app(self, wire: _Wire) -> AsyncApp:
        identity, token = wire.identity, self._config.bot_token.strip()

        async def authorize() -> AuthorizeResult:
            # What start() learned: Bolt would ask auth.test before the first acknowledgement.
            return AuthorizeResult(
                enterprise_id=None,
                team_id=identity.team,
                bot_user_id=identity.user,
                bot_id=identity.bot,
                bot_token=token,
            )

        logger = logging.getLogger("bot.surfaces.slack.bolt")
        logger.setLevel(logging.ERROR)  # Bolt warns at birth that its environment variables are not used
        app = AsyncApp(
            client=wire.api.unsigned,
            authorize=authorize,
            logger=logger,
            signing_secret="",
            request_verification_enabled=False,  # done in http.py, on the raw bytes
            process_before_response=False,
        )
        logger.setLevel(SDK_LOG.level)
        return app

    def _heard(self) -> None:
        self.last_heard = self._config.now()

    def _bar(self, reason: str) -> None:
        if reason != self._barred:
            log.error("slack is closed to the bot: %s", reason)
        self._barred = reason

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _dispatch(self, payload: Payload, headers: dict[str, str]) -> Response:
        if self._wire is None or self._wire.app is None:
            return PlainTextResponse("starting", 503)
        # Not "http": Bolt would parse the raw body again, and lose forms that contain the word payload.
        request = AsyncBoltRequest(body=payload, headers=dict(headers), mode="socket_mode")
        answer = await self._wire.app.async_dispatch(request)
        kept = {name: values[0] for name, values in answer.headers.items() if name.lower() == "content-type"}
        return Response(answer.body, answer.status, kept)


class _Wire:
    """What exists while the surface is connected."""

    def __init__(self, api: Api, identity: Identity, pictures: Pictures) -> None:
        self.api, self.identity, self.pictures = api, identity, pictures
        self.sender = Sender(api, pictures, identity.bot)
        self.channels, self.zones = Channels(api), Zones(api)
        self.app: AsyncApp | None = None
        self.sockets: Sockets | None = None


def _ago(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 120:
        return f"{minutes} min ago"
    return f"{minutes // 60} h ago" if minutes < 48 * 60 else f"{minutes // 1440} days ago"
