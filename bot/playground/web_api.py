"""Slack's Web API over HTTP: token, arguments, ordered faults, then the method."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.playground.arguments import Arguments, read
from bot.playground.failing import meet
from bot.playground.faults import Faults
from bot.playground.methods import METHODS, Method
from bot.playground.methods.files import MOST_BYTES, take_bytes
from bot.playground.pacing import RateLimitedError
from bot.playground.slack_error import Json, SlackError
from bot.playground.world import World


class WebApi:
    """Answers `/api/<method>` and the upload URLs."""

    def __init__(self, world: World, faults: Faults) -> None:
        self._world, self._faults = world, faults
        self.calls: list[str] = []
        """The methods called so far, in order, for tests."""

    async def call(self, request: Request) -> Response:
        name: str = request.path_params["method"]
        self.calls.append(name)
        return await meet(self._faults.take(name), request, lambda: self._answer(request, name))

    async def upload(self, request: Request) -> Response:
        return await meet(
            self._faults.take("upload", any_of=False), request, lambda: self._take_bytes(request)
        )

    async def _answer(self, request: Request, name: str) -> Response:
        headers = {"x-oauth-scopes": self._world.config.scopes.replace(" ", ",")}
        try:
            return JSONResponse(await self._run(request, name), headers=headers)
        except RateLimitedError as refusal:
            headers["Retry-After"] = str(refusal.retry_after)
            return JSONResponse(refusal.as_json(), status_code=refusal.status, headers=headers)
        except SlackError as refusal:
            return JSONResponse(refusal.as_json(), status_code=refusal.status, headers=headers)

    async def _run(self, request: Request, name: str) -> Json:
        method = METHODS.get(name)
        if method is None:
            raise SlackError("unknown_method", extra={"req_method": name})
        given = await read(request, takes_json=method.takes_json)
        self._check_token(request, given)
        self._check_scopes(method)
        return method.run(self._world, given)

    def _check_token(self, request: Request, given: Arguments) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        # a token in a JSON body does not count; in a form or a query it does
        is_json = request.headers.get("content-type", "").startswith("application/json")
        token = token.strip() if scheme.lower() == "bearer" else "" if is_json else given.text("token")
        if not token:
            raise SlackError("not_authed")
        if token != self._world.config.bot_token:
            raise SlackError("invalid_auth")
        if self._world.revoked:
            raise SlackError(self._world.revoked)

    def _check_scopes(self, method: Method) -> None:
        granted = self._world.config.scopes.split()
        if method.scopes and not any(scope in granted for scope in method.scopes):
            extra = {"needed": ",".join(method.scopes), "provided": ",".join(granted)}
            raise SlackError("missing_scope", extra=extra)

    async def _take_bytes(self, request: Request) -> Response:
        try:
            length = request.headers.get("content-length", "")
            if not length.isdigit() or int(length) > MOST_BYTES:
                raise SlackError(f"send a Content-Length of at most {MOST_BYTES} bytes", status=413)
            content = await request.body()
            return PlainTextResponse(take_bytes(self._world, request.path_params["key"], content))
        except SlackError as refusal:
            return PlainTextResponse(refusal.error, status_code=refusal.status)
