"""How sources of people's own queries are spoken to over HTTP: address, credentials, headers."""

from __future__ import annotations

import re
from typing import Any

from pydantic import Field, SecretStr, field_validator, model_validator

from collectors.http import Access
from collectors.queries import QueriesConfig

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_OURS = frozenset({"authorization", "host", "content-length", "content-type", "transfer-encoding", "cookie"})


class HttpQueriesConfig(QueriesConfig):
    """A source over HTTP. A token, or a user with a password, or neither; headers where more is asked for."""

    token: SecretStr | None = Field(None, description="sent as a bearer token")
    user: str | None = None
    password: SecretStr | None = None
    headers: dict[str, SecretStr] = Field({}, description="further headers, such as an API key")

    @field_validator("headers")
    @classmethod
    def _are_headers(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name, secret in value.items():
            if not _HEADER.fullmatch(name) or name.lower() in _OURS:
                raise ValueError(f'"{name}" is no header to set here: credentials are token, user, password')
            text = secret.get_secret_value()
            if not text.strip() or not text.isascii() or not text.isprintable():
                raise ValueError(f"the header {name} is empty, or holds what no header may")
        return value

    @model_validator(mode="after")
    def _has_one_way_in(self) -> HttpQueriesConfig:
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password go together: set both or neither")
        if self.user is not None and self.token is not None:
            raise ValueError("set token, or user and password, not both")
        return self

    def access(self, *, scheme: str = "Bearer", extra: dict[str, str] | None = None, **more: Any) -> Access:
        """How this source is spoken to; every header's value is kept out of what is shown."""
        own = {name: one.get_secret_value() for name, one in self.headers.items()}
        headers = {**own, **(extra or {})}
        secrets = tuple(own.values())
        if self.user is not None and self.password is not None:
            return Access.basic(self.user, self.password, headers=headers, secrets=secrets, **more)
        return Access(token=self.token, scheme=scheme, headers=headers, secrets=secrets, **more)
