"""The arguments of a Web API call: a query, a form or JSON, read the way Slack reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from bot.playground.slack_error import Json, SlackError, invalid_arguments


class Arguments:
    """What a call was given. Forms carry JSON as text, and numbers and yes or no as words."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given

    def has(self, name: str) -> bool:
        return self._given.get(name) is not None

    def text(self, name: str, default: str = "") -> str:
        value = self._given.get(name, default)
        if value is None:
            return default
        if isinstance(value, str):
            return value
        raise invalid_arguments(f"must be a string [json-pointer:/{name}]")

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise invalid_arguments(f"missing required field: {name}")
        return value

    def flag(self, name: str) -> bool:
        value = self._given.get(name)
        return value is True or value == 1 or str(value).lower() in ("1", "true")

    def count(self, name: str, default: int, most: int) -> int:
        value = self._given.get(name)
        if value in (None, ""):
            return default
        try:
            number = int(str(value))
        except ValueError as fault:
            raise SlackError("invalid_limit" if name == "limit" else "invalid_arguments") from fault
        if not 1 <= number <= most:
            raise SlackError("invalid_limit")
        return number

    def data(self, name: str, error: str) -> Any:
        """A value that is JSON, or text that holds JSON; `error` is Slack's word for neither."""
        value = self._given.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError as fault:
            raise SlackError(error) from fault


async def read(request: Request, *, takes_json: bool) -> Arguments:
    """The arguments of a request. A method that takes only forms does not see a JSON body."""
    given: Json = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    if kind == "application/json" and takes_json:
        given |= _read_json(body)
    elif kind == "application/x-www-form-urlencoded":
        given |= dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    elif kind not in ("", "application/json") and body:
        raise SlackError("invalid_post_type")
    return Arguments(given)


def _read_json(body: bytes) -> Json:
    if not body:
        return {}
    try:
        given = json.loads(body)
    except ValueError as fault:
        raise SlackError("invalid_json") from fault
    if not isinstance(given, dict):
        raise SlackError("json_not_object")
    return given
