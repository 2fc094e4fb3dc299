"""Who asks GitHub: nobody, a token, or a GitHub App whose installation is given a token for an hour.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
"""

from __future__ import annotations

from datetime import timedelta

from pydantic import SecretStr

from collectors.faults import AuthFailed, UnexpectedResponse
from collectors.github.config import Config
from collectors.http import Access, Api, Client
from collectors.payload import moment, text

ACCEPT = "application/vnd.github+json"
VERSION = "2022-11-28"
_HEADERS = {"X-GitHub-Api-Version": VERSION}
_CLOCKS_APART = timedelta(minutes=1)  # GitHub advises to date the token back by as much
_LIFE = timedelta(minutes=9)  # GitHub refuses one that lives longer than ten


async def open_api(config: Config, client: Client) -> Api:
    """The API as the source's identity. Raises AuthFailed where an App's key is none, or is refused."""
    token = config.token if config.private_key is None else await _installed(config, client)
    # Docs ask for one request after the other: best practices for using the REST API.
    secrets = (config.private_key.get_secret_value(),) if config.private_key else ()
    identity = _credential(config) if config.private_key else ""
    access = Access(token=token, identity=identity, headers=_HEADERS, secrets=secrets, is_serial=True)
    return client.at(config.base_url, access)


def forget(config: Config, client: Client) -> None:
    """Drop the installation's token, which was refused: the next run asks for another."""
    client.tokens.forget(_credential(config))


def _credential(config: Config) -> str:
    key = config.private_key.get_secret_value() if config.private_key else ""
    return "\0".join((config.base_url, str(config.app_id), str(config.installation_id), key))


async def _installed(config: Config, client: Client) -> SecretStr:
    """The token of the installation; a new one where none is held or the last one ends."""

    async def fetch() -> tuple[SecretStr, timedelta]:
        signed = SecretStr(_signed(config, client))
        api = client.at(config.base_url, Access(token=signed, headers=_HEADERS, is_serial=True))
        answer = await api.post_json(f"/app/installations/{config.installation_id}/access_tokens", {})
        life = moment(answer, "expires_at") - client.now()
        if not timedelta(0) < life <= timedelta(days=1):
            raise UnexpectedResponse("the token of the installation has no life", hint="Check the clock.")
        return SecretStr(text(answer, "token")), life

    return await client.tokens.get(_credential(config), client.now(), fetch)


def _signed(config: Config, client: Client) -> str:
    """The app's own token, by which it asks for one of an installation."""
    import jwt  # with its cryptography it takes a tenth of a second to load

    now = client.now()
    claims = {"iss": str(config.app_id), "iat": now - _CLOCKS_APART, "exp": now + _LIFE}
    key = config.private_key.get_secret_value() if config.private_key else ""
    try:
        # An environment variable often holds the line ends as \n.
        return jwt.encode(claims, key.replace("\\n", "\n"), algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError):
        raise AuthFailed(
            "private_key is not a private key",
            hint="Set it to the whole .pem file that GitHub gave for the app, with its first and last line.",
        ) from None
