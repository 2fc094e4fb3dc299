"""Slack's Web API: answers page by page, and refusals that come with status 200."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from collectors.answers import Answer, fault_of
from collectors.faults import AuthFailed, CollectorFault, RateLimited, Unavailable, UnexpectedResponse
from collectors.http import Access, Api, Client, Pace
from collectors.payload import part, rows
from collectors.waiting import retry_after

_PACE = Pace(20, 60)
"""The slowest method that is used may be called 20 times a minute (tier 2)."""
_PAGES = 500

FILE = "admin.analytics.getFile"
_PLAN = "Slack gives this file on plans that have the analytics API alone: leave admin_token out on others."
_DOWN = {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
_HINTS = {
    "missing_scope": "Add the scope to the app, and install it in the workspace again.",
    "not_allowed_token_type": "This token is of another kind: token is a bot's, admin_token an admin's.",
    "no_permission": "The token's owner may not see this: use the token of an organization's admin.",
    "not_an_admin": "The token's owner may not see this: use the token of an organization's admin.",
    "not_in_channel": "Invite the app into the channel: /invite in Slack.",
    "channel_not_found": "Check channels: an id starts with C, and the app has to be in a private one.",
    "not_an_enterprise": _PLAN,
    "feature_not_enabled": _PLAN,
    "paid_only": _PLAN,
    "team_not_eligible": _PLAN,
}
_REFUSED = {
    "invalid_auth",
    "not_authed",
    "account_inactive",
    "token_revoked",
    "token_expired",
    "access_denied",
    "missing_scope",
    "not_allowed_token_type",
    "no_permission",
    "not_an_admin",
}


class NotYet(UnexpectedResponse):
    """Slack has not made the file of that day yet."""


@dataclass(frozen=True, slots=True)
class Slack:
    """The API as one token sees it."""

    api: Api

    @classmethod
    def of(cls, client: Client, base_url: str, token: SecretStr) -> Slack:
        return cls(client.at(base_url, Access(token=token, pace=_PACE, fault=refusal)))

    async def get(self, method: str, params: Mapping[str, str | int] | None = None) -> Any:
        return await self.api.get_json(method, params)

    async def file(self, method: str, params: Mapping[str, str | int]) -> bytes:
        return (await self.api.get(method, params, accept="*/*")).body

    async def pages(
        self, method: str, params: Mapping[str, str | int], key: str
    ) -> AsyncIterator[dict[str, Any]]:
        """The objects in `key` of every page, by Slack's cursor."""
        asked = dict(params)
        for _ in range(_PAGES):
            page = await self.get(method, asked)
            for one in rows(page, key):
                yield one
            cursor = next_cursor(page)
            if not cursor:
                return
            asked["cursor"] = cursor
        raise UnexpectedResponse(f"{method} has more than {_PAGES} pages", hint="Nothing of it was counted.")


def next_cursor(page: Any) -> str:
    """Where the next page starts; empty at the end, where Slack may leave all of it out."""
    more = page.get("response_metadata") if isinstance(page, Mapping) else None
    cursor = part(more, "next_cursor") if more else None
    if cursor is not None and not isinstance(cursor, str):
        raise UnexpectedResponse("next_cursor is no text", hint="Slack may have changed its pages.")
    return cursor or ""


def refusal(answer: Answer, now: datetime) -> CollectorFault | None:
    """What `"ok": false` amounts to; a file is no JSON and fine."""
    fault = fault_of(answer, now)
    is_file = FILE in answer.url and b'"ok"' not in answer.body[:500]
    if fault is not None or is_file:
        return fault
    body = answer.json()
    if isinstance(body, Mapping) and body.get("ok") is True:
        return None
    return _refused(answer, str(part(body, "error"))[:80], str(body.get("needed", ""))[:80], now)


def _refused(answer: Answer, error: str, needed: str, now: datetime) -> CollectorFault:
    said = f"Slack answered {error}" + (f" ({needed} is needed)" if needed else "")
    if error in ("ratelimited", "rate_limited"):
        wait = retry_after(answer.headers, now)
        return RateLimited(said, hint="It is asked again later.", status=200, retry_after=wait)
    if error in _DOWN:
        return Unavailable(said, hint="It is asked again on the next run.", status=200)
    if error in _REFUSED:
        hint = _HINTS.get(error, "Install the app in the workspace again, and set its new token.")
        return AuthFailed(said, hint=hint, status=200)
    if error in ("file_not_yet_available", "file_not_found"):
        return NotYet(said, hint="It is asked for again on the next run.", status=200)
    hint = _HINTS.get(error, "Check the source's settings against Slack's documentation.")
    return UnexpectedResponse(said, hint=hint, status=200)
