"""Google's keys, tokens and refusals, whichever interface is asked."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jwt
import pytest
from pydantic import SecretStr

from collectors.answers import Answer
from collectors.base import Client
from collectors.faults import AuthFailed, CollectorFault, RateLimited, Unavailable, UnexpectedResponse
from collectors.google import Key, Service, google_api, google_fault, owner_key, service_key
from tests.collectors.conftest import NOW
from tests.collectors.loopback import Asked, Said, said_json, serve
from tests.collectors.scenarios.base import refused
from tests.collectors.scenarios.google import EMAIL, TOKEN, credentials, private_key, public_key, said_no

SCOPE = "https://www.googleapis.com/auth/some.readonly"
SERVICE = Service("Some API", SCOPE, "Share it.", quota_wait=lambda _: timedelta(minutes=15))
TOKEN_ANSWER = {"access_token": TOKEN, "expires_in": 3599}


def given(**changed: Any) -> SecretStr:
    return SecretStr(json.dumps(json.loads(credentials()) | {"token_uri": "https://o.example/t"} | changed))


def fault(status: int, error: Any, headers: dict[str, str] | None = None) -> CollectorFault | None:
    body = json.dumps({"error": error}).encode()
    return google_fault(Answer(status, headers or {}, body, "https://g.example/v1"), NOW, SERVICE)


def test_an_assertion_says_who_asks_for_what_and_for_how_long() -> None:
    form = service_key(given(), SCOPE).form(NOW)
    said = jwt.decode(
        form["assertion"],
        public_key(),
        ["RS256"],
        audience="https://o.example/t",
        options={"verify_exp": False, "verify_iat": False},
    )
    assert (said["iss"], said["scope"]) == (EMAIL, SCOPE)
    assert (said["iat"], said["exp"] - said["iat"]) == (int(NOW.timestamp()), 3600)
    assert jwt.get_unverified_header(form["assertion"])["kid"] == "key-1"


def test_a_key_may_lie_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    path.write_text(given().get_secret_value(), encoding="utf-8-sig")
    assert service_key(SecretStr(str(path)), SCOPE).token_uri == "https://o.example/t"


def test_an_owners_key_is_read_from_the_file_that_gcloud_writes() -> None:
    owner = {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"}
    key = service_key(SecretStr(json.dumps(owner)), SCOPE)
    assert key.token_uri == "https://oauth2.googleapis.com/token"
    assert key.form(NOW) == {
        "grant_type": "refresh_token",
        "client_id": "c",
        "client_secret": "s",
        "refresh_token": "r",
    }


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (SecretStr("/nowhere/hunter2.json"), "cannot be read"),
        (SecretStr("\0hunter2"), "cannot be read"),
        (SecretStr("{hunter2"), "no JSON object"),
        (given(client_email=""), "no client_email"),
        (given(private_key=7), "no private_key"),
        (given(token_uri="file:///etc/passwd"), "no usable token_uri"),
        (given(private_key="hunter2"), "no RSA key"),
        (given(type="authorized_user"), "no client_id"),
    ],
)
def test_a_key_that_is_none_is_told_without_a_word_of_it(value: SecretStr, said: str) -> None:
    with pytest.raises(AuthFailed) as found:
        service_key(value, SCOPE).form(NOW)
    assert said in found.value.message
    assert "hunter2" not in str(found.value.message + found.value.hint)


async def test_a_token_is_asked_for_once_and_anew_after_a_refusal(client: Client) -> None:
    answers: list[Said] = [said_json({}), said_json({}), said_no(401, "expired", "UNAUTHENTICATED")]

    def answer(asked: Asked) -> Said:
        if asked.path == "/token":
            assert dict(parse_qsl(asked.body.decode()))["refresh_token"] == "refresh-1"
            return said_json(TOKEN_ANSWER)
        return answers.pop(0)

    async with serve(answer) as server:

        def key() -> Key:
            return owner_key("c", SecretStr("s"), SecretStr("refresh-1"), f"{server.url}/token")

        for _ in range(2):
            await (await google_api(client, server.url, SERVICE, key)).get_json("/v1")
        assert [one.path for one in server.asked] == ["/token", "/v1", "/v1"]
        with pytest.raises(AuthFailed) as refusal:
            await (await google_api(client, server.url, SERVICE, key)).get_json("/v1")
        assert refusal.value.hint == "Share it."
        await google_api(client, server.url, SERVICE, key)
        assert [one.path for one in server.asked].count("/token") == 2


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        (refused(400, error="invalid_grant", error_description="Bad eyJsecret"), AuthFailed, "invalid_grant"),
        (refused(401, error="invalid_client"), AuthFailed, "invalid_client"),
        (refused(400, error="<b>eyJsecret</b>"), AuthFailed, "no token"),
        (refused(500, error="eyJsecret"), Unavailable, "500"),
        (said_json({"access_token": 7}), UnexpectedResponse, "access_token"),
    ],
)
async def test_a_refused_token_is_told_by_its_code_alone(
    client: Client, said: Said, kind: type[CollectorFault], words: str
) -> None:
    async with serve(lambda _: said) as server:
        key = owner_key("c", SecretStr("s"), SecretStr("refresh-1"), f"{server.url}/token")
        with pytest.raises(kind) as found:
            await google_api(client, server.url, SERVICE, lambda: key)
    assert words in found.value.message
    assert "eyJsecret" not in found.value.message
    assert private_key() not in found.value.message


@pytest.mark.parametrize(
    ("status", "error", "wait"),
    [
        (403, {"errors": [{"reason": "quotaExceeded"}]}, timedelta(minutes=15)),
        (403, {"errors": [{"reason": "rateLimitExceeded"}]}, None),
        (
            403,
            {"details": [{"reason": "RATE_LIMIT_EXCEEDED"}, {"retryDelay": "2.5s"}]},
            timedelta(seconds=2.5),
        ),
        (429, {"status": "RESOURCE_EXHAUSTED"}, None),
        (429, "not an object", None),
    ],
)
def test_every_form_of_a_limit_is_one(status: int, error: Any, wait: timedelta | None) -> None:
    found = fault(status, error)
    assert isinstance(found, RateLimited)
    assert found.retry_after == wait


def test_a_header_wins_over_what_is_documented() -> None:
    found = fault(403, {"errors": [{"reason": "quotaExceeded"}]}, {"retry-after": "9"})
    assert isinstance(found, RateLimited)
    assert found.retry_after == timedelta(seconds=9)


def test_an_interface_that_is_switched_off_is_told_as_that() -> None:
    found = fault(403, {"message": "Some API has not been used", "details": [{"reason": "SERVICE_DISABLED"}]})
    assert isinstance(found, AuthFailed)
    assert "has not been used" in found.message
    assert found.hint == "Enable the Some API in the Google Cloud project of the key."
