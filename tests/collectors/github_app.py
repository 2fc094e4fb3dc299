"""A GitHub App's key, and the door at which its installation is given a token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import ClassVar

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.collectors.fake_github import FakeGitHub
from tests.collectors.fake_github_graphql import iso
from tests.collectors.github_events import NOW
from tests.collectors.loopback import Asked, Said, said_json

_DOOR = "/app/installations/34/access_tokens"


@lru_cache
def _pair() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


KEY = _pair().private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
).decode()  # fmt: skip


@dataclass
class FakeApp:
    """Lets in who signs as app 12, and leaves the rest to the repository behind it."""

    behind: FakeGitHub
    TOKEN: ClassVar[str] = "ghs_installation-token-1"
    granted: int = 0

    def __call__(self, asked: Asked) -> Said:
        if asked.path != _DOOR:
            return self.behind(asked)
        if asked.method != "POST" or not self._is_signed(asked):
            return said_json({"message": "A JSON web token could not be decoded"}, 401)
        self.granted += 1
        return said_json({"token": self.TOKEN, "expires_at": iso(NOW + timedelta(hours=1))}, 201)

    def _is_signed(self, asked: Asked) -> bool:
        signed = asked.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            claims = jwt.decode(
                signed,
                _pair().public_key(),
                algorithms=["RS256"],
                options={"verify_exp": False, "verify_iat": False},
            )
        except jwt.PyJWTError:
            return False
        now = int(NOW.timestamp())
        return bool(claims["iss"] == "12" and claims["iat"] <= now < claims["exp"] <= now + 600)
