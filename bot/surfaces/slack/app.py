"""The Slack surface: listens over Socket Mode or HTTP, acknowledges at once, answers and posts."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Coroutine
from datetime import datetime
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.surfaces.base import Ask, Draw, Post
from bot.surfaces.slack.answer import Answers
from bot.surfaces.slack.api import SDK_LOG, Api, Sleep
from bot.surfaces.slack.checks import Identity, check_app_token, identify
from bot.surfaces.slack.config import SlackConfig
from bot.surfaces.slack.files import Pictures
from bot.surfaces.slack.http import Endpoint, Payload, Verifier
from bot.surfaces.slack.inbound import (
    FirstTime,
    Question,
    Remembered,
    from_button,
    from_command,
    from_mention,
)
from bot.surfaces.slack.render import ASK, SHARE
from bot.surfaces.slack.send import Sender
from bot.surfaces.slack.sockets import Sockets
from bot.surfaces.slack.spans import SURFACE
from storage.promises import Receipt

__all__ = ["SlackConfig", "SlackSurface"]

PATH = "/slack/events"
_BUTTON = re.compile(f"^({re.escape(ASK)}|{re.escape(SHARE)})")


class SlackSurface:
    """Slack as a `bot.surfaces.base.Surface`.

    `first_time` says whether an event id is new; the default remembers within this process, so pass
    one that asks the database where several processes share an app.
    """

    name = SURFACE

    def __init__(
        self,
        config: SlackConfig,
        *,
        ask: Ask,
        draw: Draw,
        first_time: FirstTime | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._config, self._ask, self._draw, self._sleep = config, ask, draw, sleep
        self._first_time = first_time or Remembered()
        self._wire: _Wire | None = None
        self._opening = asyncio.Lock()
        self._is_listening = False
        self._under_way: set[asyncio.Task[None]] = set()
        self.last_heard: datetime | None = None
        """When Slack last brought a question."""

    async def start(self) -> None:
        """Check the credentials, then listen."""
        self._config.check(listens=True)
        wire = await self._open()
        try:
            wire.app = self._app(wire)
            if self._config.app_token is not None:
                await check_app_token(wire.api, self._config.app_token, self._config.timing.check)
                wire.sockets = Sockets(wire.app, self._config.app_token, self._config.timing)
                await wire.sockets.open()
        except BaseException:
            await self.stop()
            raise
        self._is_listening = True

    async def stop(self) -> None:
        """Stop listening, let answers under way finish for a few seconds, close every connection."""
        self._is_listening = False
        if self._wire is not None and self._wire.sockets is not None:
            await self._wire.sockets.close()
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=self._config.timing.drain)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if self._wire is not None:
            await self._wire.api.close()
            self._wire = None

    def is_ready(self) -> bool:
        """Whether questions reach us: an open connection in Socket Mode, a mounted listener over HTTP."""
        wire = self._wire
        if wire is None or not self._is_listening:
            return False
        return wire.sockets is None or wire.sockets.open_count() > 0

    async def send(self, post: Post) -> Receipt:
        """Post once. Needs no listening: a process that only reports opens no socket."""
        return await (await self._open()).sender.send(post)

    async def find(self, post: Post, since: datetime) -> Receipt | None:
        """The receipt of a post that already stands; a thread that broke off is finished first."""
        return await (await self._open()).sender.find(post, since)

    async def is_shared(self, channel: str) -> bool | None:
        """Whether people outside the company can read `channel`; None where nobody can say."""
        return await (await self._open()).answers.is_shared(channel)

    def routes(self) -> list[Route]:
        """Where Slack posts to, when there is a signing secret."""
        if self._config.signing_secret is None:
            return []
        self._config.check(listens=False)
        endpoint = Endpoint(Verifier(self._config.signing_secret, self._config.now), self._dispatch)

        async def receive(request: Request) -> Response:
            return await endpoint(request)

        return [Route(PATH, receive, methods=["POST"])]

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
                self._wire = self._wired(api, identity)
            return self._wire

    def _wired(self, api: Api, identity: Identity) -> _Wire:
        pictures = Pictures(api, self._draw)
        sender = Sender(api, pictures, identity.bot)
        answers = Answers(self._config, self._ask, api, sender=sender, pictures=pictures)
        return _Wire(api, identity, sender, answers)

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
        app.command(self._config.command)(self._on_command)
        app.event("app_mention")(self._on_mention)
        app.action(_BUTTON)(self._on_button)
        return app

    async def _on_command(self, ack: AsyncAck, body: Payload) -> None:
        await ack()
        self._take(from_command(body))

    async def _on_button(self, ack: AsyncAck, body: Payload) -> None:
        await ack()
        self._take(from_button(body))

    async def _on_mention(self, body: Payload) -> None:
        # Slack repeats an event whose acknowledgement it missed; Bolt does not notice.
        event = str(body.get("event_id", ""))
        if self._wire is not None and (not event or self._first_time(event)):
            self._take(from_mention(body, self._wire.identity.user))

    def _take(self, question: Question) -> None:
        self.last_heard = self._config.now()
        if self._wire is not None:
            self._run(self._wire.answers.answer(question))

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

    def __init__(self, api: Api, identity: Identity, sender: Sender, answers: Answers) -> None:
        self.api, self.identity, self.sender, self.answers = api, identity, sender, answers
        self.app: AsyncApp | None = None
        self.sockets: Sockets | None = None
