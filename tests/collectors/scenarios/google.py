"""What the stand-ins of Google's interfaces share: a key, the token for it, refusals, and Google's spec.

A discovery document describes parameters and bodies; `fitted` holds each question and answer to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache, partial
from typing import Any
from urllib.parse import parse_qsl, unquote

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.types import Options

from tests.collectors.loopback import Asked, Said, said_json
from tests.collectors.scenarios.base import Limit, refused
from tests.specs import fits, spec

EMAIL = "kpi@acme.iam.gserviceaccount.com"
TOKEN = "ya29.access-token-1234"


@lru_cache
def private_key() -> str:
    """An RSA key of this process, in PEM."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


@lru_cache
def public_key() -> str:
    made = serialization.load_pem_private_key(private_key().encode(), None)
    return (
        made.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def credentials() -> str:
    """A service account's key as Google gives it, its token address that of the stand-in."""
    return json.dumps(
        {
            "type": "service_account",
            "client_email": EMAIL,
            "private_key": private_key(),
            "private_key_id": "key-1",
            "token_uri": "{url}/token",
        }
    )


def secrets() -> tuple[str, ...]:
    return (private_key().splitlines()[1], TOKEN)


def said_no(status: int, message: str, code: str, **more: Any) -> Said:
    """A refusal as Google words it."""
    return refused(status, error={"code": status, "message": message, "status": code, **more})


def limited(seconds: int = 7) -> Limit:
    """Too often, with the wait in Google's own form."""
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{seconds}s"}
    said = said_no(429, "Quota exceeded", "RESOURCE_EXHAUSTED", details=[info])
    return Limit(said, timedelta(seconds=seconds))


def token_for(asked: Asked, scope: str) -> Said:
    """The token for a rightly signed assertion."""
    form = dict(parse_qsl(asked.body.decode()))
    if asked.method != "POST" or form.get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer":
        return refused(400, error="unsupported_grant_type")
    here = f"http://{asked.headers['host']}/token"
    unchecked: Options = {
        "verify_exp": False,
        "verify_iat": False,
    }  # the scenarios' clock is not this machine's
    try:
        said = jwt.decode(form["assertion"], public_key(), ["RS256"], audience=here, options=unchecked)
    except jwt.PyJWTError:
        return refused(400, error="invalid_grant", error_description="Invalid JWT Signature.")
    if (said["iss"], said["scope"]) != (EMAIL, scope) or not 0 < said["exp"] - said["iat"] <= 3600:
        return refused(400, error="invalid_grant", error_description="Invalid claims.")
    return said_json({"access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer"})


@lru_cache(maxsize=2048)
def fitted(body: bytes, name: str, pointer: str) -> None:
    """Fail unless a body is what the spec allows; the same one is looked at once."""
    fits(json.loads(body), name, pointer)


@dataclass(frozen=True)
class Interface:
    """One of Google's interfaces, by its spec: `routes` gives the answer of each method."""

    name: str
    scope: str
    routes: Mapping[str, Callable[[Asked, dict[str, str]], Said]]
    key: str = ""  # an API key that does as well as a token

    def __call__(self, asked: Asked) -> Said:
        if asked.path == "/token":
            return token_for(asked, self.scope)
        if self.key and asked.query.get("key") not in (None, self.key):
            bad = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
            return said_no(400, "API key not valid.", "INVALID_ARGUMENT", details=bad)
        is_keyed = bool(self.key) and "key" in asked.query
        if not is_keyed and asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return said_no(401, "Request had invalid authentication credentials.", "UNAUTHENTICATED")
        for method, answer in self.routes.items():
            if (named := self._named(method, asked)) is not None:
                return self._fitted(method, asked, partial(answer, asked, named))
        return said_no(404, "Not found", "NOT_FOUND")

    def _named(self, method: str, asked: Asked) -> dict[str, str] | None:
        """The names in the path, where method and path are those of the spec."""
        known = spec(self.name)["methods"][method]
        assert self.scope in known["scopes"], f"{self.scope} is not enough for {method}"
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+?)", re.escape("/" + known["path"]))
        found = re.fullmatch(pattern, asked.path)
        if found is None or asked.method != known["httpMethod"]:
            return None
        return {name: unquote(value) for name, value in found.groupdict().items()}

    def _fitted(self, method: str, asked: Asked, answer: Callable[[], Said]) -> Said:
        at = f"/methods/{method}"
        try:
            fits(asked.query, self.name, f"{at}/query")
            if asked.body:
                fitted(asked.body, self.name, f"{at}/request")
        except AssertionError as error:
            return said_no(400, str(error), "INVALID_ARGUMENT")
        said = answer()
        if said.status == 200 and asked.query.get("alt") != "media":
            fitted(said.body, self.name, f"{at}/response")
        return said
