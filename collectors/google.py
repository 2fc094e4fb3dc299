"""What Google's interfaces share: a token for a service account or an owner, and how Google refuses.

A service account's key signs an assertion (RFC 7523), an owner's key holds a refresh token (RFC 6749,
section 6); either is exchanged for a token of an hour, which all sources of that key and scope share.
Docs: https://developers.google.com/identity/protocols/oauth2/service-account,
    https://cloud.google.com/apis/design/errors
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from collectors.answers import Answer, fault_of
from collectors.base import Client, CollectorConfig
from collectors.faults import AuthFailed, CollectorFault, RateLimited, UnexpectedResponse
from collectors.http import Access, Api, Pace
from collectors.pace import UNPACED
from collectors.tokens import granted
from collectors.waiting import retry_after

OAUTH = "https://oauth2.googleapis.com/token"
_ASSERTION = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFE = timedelta(hours=1)  # the longest Google allows
_LARGEST_KEY = 100_000
_HINT = "Give credentials the service account's JSON key, or the path of the file that holds it."

_LIMITS = frozenset(
    {
        "dailyLimitExceeded",
        "quotaExceeded",
        "rateLimitExceeded",
        "userRateLimitExceeded",
        "RATE_LIMIT_EXCEEDED",
        "RESOURCE_EXHAUSTED",
    }
)
_USED_UP = frozenset({"dailyLimitExceeded", "quotaExceeded"})
_OFF = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
_BAD_KEY = frozenset({"API_KEY_INVALID", "keyInvalid"})
_REASON = re.compile(r"[A-Za-z_]{3,40}")
_SECONDS = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)s")

QuotaWait = Callable[[datetime], timedelta]


class GoogleConfig(CollectorConfig):
    """A source of Google's that is read with a key."""

    credentials: SecretStr


@dataclass(frozen=True, slots=True)
class Service:
    """What tells one of Google's interfaces from another."""

    title: str  # as the API library of Google Cloud lists it
    scope: str
    grant: str  # what to give the account, where it is refused
    pace: Pace = UNPACED
    quota_wait: QuotaWait | None = None
    """How long a used-up quota lasts, where Google documents it but does not tell."""


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """Whoever asks: the form that gets a token at `token_uri`, made anew for each one."""

    token_uri: str
    secret: str
    form: Callable[[datetime], Mapping[str, str]]


async def google_api(client: Client, base_url: str, service: Service, key: Callable[[], Key]) -> Api:
    """One interface, asked by the account that `key` reads; raises AuthFailed where there is no token."""
    held = key()
    credential = "\0".join((held.token_uri, service.scope, held.secret))
    token = await client.tokens.get(credential, client.now(), lambda: _fetched(client, held))

    def fault(answer: Answer, now: datetime) -> CollectorFault | None:
        if answer.status == 401:
            client.tokens.forget(credential)  # it was revoked: the next run asks for another
        return google_fault(answer, now, service)

    access = Access(token=token, identity=credential, pace=service.pace, fault=fault, secrets=(held.secret,))
    return client.at(base_url, access)


def keyed_api(client: Client, base_url: str, service: Service, api_key: SecretStr) -> Api:
    """One interface for what is public, asked with an API key."""

    def fault(answer: Answer, now: datetime) -> CollectorFault | None:
        return google_fault(answer, now, service)

    query = {"key": api_key.get_secret_value().strip()}
    return client.at(base_url, Access(query=query, pace=service.pace, fault=fault))


async def _fetched(client: Client, key: Key) -> tuple[SecretStr, timedelta]:
    access = Access(secrets=(key.secret,), fault=_token_fault)
    return granted(await client.at(key.token_uri, access).post_form(key.token_uri, key.form(client.now())))


def service_key(credentials: SecretStr, scope: str) -> Key:
    """The key that `credentials` is, or whose file it names: of a service account or of an owner."""
    found = _read(credentials.get_secret_value().strip())
    token_uri = found.get("token_uri", OAUTH)
    if not isinstance(token_uri, str) or urlsplit(token_uri).scheme not in ("https", "http"):
        raise AuthFailed("the key in credentials has no usable token_uri", hint=_HINT)
    if found.get("type") == "authorized_user":
        parts = [_field(found, name) for name in ("client_id", "client_secret", "refresh_token")]
        return owner_key(parts[0], SecretStr(parts[1]), SecretStr(parts[2]), token_uri)
    email, private = _field(found, "client_email"), _field(found, "private_key")
    key_id = str(found.get("private_key_id", ""))

    def form(now: datetime) -> Mapping[str, str]:
        claims = {"iss": email, "scope": scope, "aud": token_uri}
        return {"grant_type": _ASSERTION, "assertion": _signed(claims, private, key_id, now)}

    return Key(token_uri, private, form)


def owner_key(
    client_id: str, client_secret: SecretStr, refresh_token: SecretStr, token_uri: str = OAUTH
) -> Key:
    """The key of a person who allowed an application to read for them."""
    fields = {
        "grant_type": "refresh_token",
        "client_id": client_id,
        "client_secret": client_secret.get_secret_value().strip(),
        "refresh_token": refresh_token.get_secret_value().strip(),
    }
    return Key(token_uri, fields["refresh_token"], lambda _: fields)


def _read(given: str) -> dict[str, Any]:
    """The key as an object. What it says is never quoted: a slip may put a secret anywhere."""
    if not given.startswith("{"):
        try:
            with Path(given).expanduser().open("rb") as file:
                given = file.read(_LARGEST_KEY).decode("utf-8-sig")
        except (OSError, ValueError, RuntimeError):
            raise AuthFailed("the key file that credentials names cannot be read", hint=_HINT) from None
    try:
        found = json.loads(given)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise AuthFailed("the key in credentials is no JSON object", hint=_HINT)
    return found


def _field(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value.strip():
        raise AuthFailed(f"the key in credentials has no {name}", hint=_HINT)
    return value


def _signed(claims: Mapping[str, str], private: str, key_id: str, now: datetime) -> str:
    import jwt  # cryptography takes long to load, and not every source signs

    issued = int(now.timestamp())
    stamped = {**claims, "iat": issued, "exp": issued + int(_LIFE.total_seconds())}
    try:
        return jwt.encode(stamped, private, "RS256", {"kid": key_id} if key_id else None)
    except (ValueError, TypeError, jwt.PyJWTError):
        raise AuthFailed("private_key in credentials is no RSA key", hint=_HINT) from None


def _token_fault(answer: Answer, now: datetime) -> CollectorFault | None:
    """A refused token. Of its words only the short code is used: the rest may quote the assertion."""
    code = _object(answer).get("error")
    if answer.status == 429:
        return _limited(answer, now, code if isinstance(code, dict) else {}, None)
    if answer.status not in (400, 401):
        return fault_of(replace(answer, body=b""), now)
    reason = f": {code}" if isinstance(code, str) and _REASON.fullmatch(code) else ""
    hint = (
        "The grant was revoked or has expired, or this machine's clock is wrong: make a new key."
        if code == "invalid_grant"
        else "The key was deleted or belongs to another client: make a new one."
    )
    return AuthFailed(f"Google gave no token{reason}", hint=hint, status=answer.status)


def google_fault(answer: Answer, now: datetime, service: Service) -> CollectorFault | None:
    """The fault in Google's own words: a limit may come as 403, and a switched-off API too."""
    if answer.status < 400:
        return None
    error = _object(answer).get("error")
    error = error if isinstance(error, dict) else {}
    reasons = _reasons(error)
    message = error.get("message")
    flat = json.dumps({"message": message if isinstance(message, str) else ""}).encode()
    plain = replace(answer, body=flat) if error else answer
    if answer.status == 429 or (answer.status == 403 and reasons & _LIMITS):
        return _limited(plain, now, error, service.quota_wait)
    if answer.status == 400 and reasons & _BAD_KEY:
        return AuthFailed("Google does not know this API key", hint=service.grant, status=400)
    fault = fault_of(plain, now)
    if isinstance(fault, AuthFailed):
        fault.hint = (
            f"Enable the {service.title} in the Google Cloud project of the key."
            if reasons & _OFF
            else service.grant
        )
    return fault


def _limited(
    answer: Answer, now: datetime, error: Mapping[str, Any], quota_wait: QuotaWait | None
) -> CollectorFault:
    """A limit. What Google names wins over what it documents."""
    wait = retry_after(answer.headers, now) or _retry_info(error)
    if wait is None and quota_wait is not None and _reasons(error) & _USED_UP:
        wait = quota_wait(now)
    found = fault_of(replace(answer, status=429, body=b""), now)
    message = found.message if found is not None else "rate limit reached"
    hint = "It is asked again after the wait." if wait else "It is asked again on the next run."
    return RateLimited(message, hint=hint, status=answer.status, retry_after=wait)


def _reasons(error: Mapping[str, Any]) -> set[str]:
    """Every code an error goes by: its status, the older `errors`, the newer `details`."""
    listed = [one for key in ("errors", "details") for one in _list(error.get(key)) if isinstance(one, dict)]
    codes = (error.get("status"), *(one.get("reason") for one in listed))
    return {one for one in codes if isinstance(one, str)}


def _retry_info(error: Mapping[str, Any]) -> timedelta | None:
    """The wait in a google.rpc.RetryInfo."""
    for one in _list(error.get("details")):
        delay = one.get("retryDelay") if isinstance(one, dict) else None
        if isinstance(delay, str) and (found := _SECONDS.fullmatch(delay)):
            return min(timedelta(seconds=float(found[1])), timedelta(days=31))
    return None


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []


def _object(answer: Answer) -> dict[str, Any]:
    try:
        found = answer.json()
    except UnexpectedResponse:
        return {}
    return found if isinstance(found, dict) else {}
