"""OAuth 1.0a as X wants it: each request signed with the four keys of an app and its owner, which last.

https://docs.x.com/resources/fundamentals/authentication/oauth-1-0a/creating-a-signature
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class Keys:
    """The app's key and secret, and the access token and secret of the user who allowed it."""

    api_key: SecretStr
    api_key_secret: SecretStr
    access_token: SecretStr
    access_token_secret: SecretStr

    @property
    def secrets(self) -> tuple[str, ...]:
        hidden = (self.api_key, self.api_key_secret, self.access_token, self.access_token_secret)
        return tuple(one.get_secret_value() for one in hidden)


def authorization(keys: Keys, url: str, params: Mapping[str, str], *, nonce: str, seconds: int) -> str:
    """The Authorization header of a GET of `url` with `params`; `seconds` since the epoch."""
    oauth = {
        "oauth_consumer_key": keys.api_key.get_secret_value(),
        "oauth_nonce": nonce,
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(seconds),
        "oauth_token": keys.access_token.get_secret_value(),
        "oauth_version": "1.0",
    }
    oauth["oauth_signature"] = signature(keys, "GET", url, {**params, **oauth})
    return "OAuth " + ", ".join(f'{_escaped(name)}="{_escaped(oauth[name])}"' for name in sorted(oauth))


def signature(keys: Keys, method: str, url: str, params: Mapping[str, str]) -> str:
    """HMAC-SHA1 over method, address and all parameters, in the order of their escaped names."""
    pairs = sorted((_escaped(name), _escaped(value)) for name, value in params.items())
    text = "&".join(f"{name}={value}" for name, value in pairs)
    base = "&".join((method, _escaped(url), _escaped(text)))
    secrets = (keys.api_key_secret, keys.access_token_secret)
    key = "&".join(_escaped(one.get_secret_value()) for one in secrets)
    # The hash is the one that OAuth 1.0a prescribes: as a keyed one it is still sound.
    return base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()).decode()


def _escaped(text: str) -> str:
    return quote(text, safe="~")
