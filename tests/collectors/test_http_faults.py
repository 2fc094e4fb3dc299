"""What each way of failing becomes: which fault, with what hint, after how many attempts."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr

from collectors.faults import AuthFailed, CollectorFault, RateLimited, Unavailable, UnexpectedResponse
from collectors.http import Access, Client, Policy
from tests.collectors.conftest import NOW, Waits
from tests.collectors.loopback import Asked, Said, said_json, serve

EPOCH = int(NOW.timestamp())
Respond = Callable[[httpx.Request], httpx.Response]


def client_of(respond: Respond, waits: Waits, policy: Policy | None = None) -> Client:
    http = httpx.AsyncClient(transport=httpx.MockTransport(respond))
    made = Client(http, now=lambda: NOW, policy=policy, sleep=waits)
    made.jitter = lambda: 0.5
    return made


def always(status: int, *, headers: dict[str, str] | None = None, body: bytes = b"{}") -> Respond:
    return lambda _: httpx.Response(status, headers=headers, content=body)


async def fault_from(respond: Respond, waits: Waits, access: Access | None = None) -> CollectorFault:
    with pytest.raises(CollectorFault) as caught:
        await client_of(respond, waits).at("https://api.acme.dev", access).get_json("/thing")
    return caught.value


@pytest.mark.parametrize(
    ("status", "kind", "attempts"),
    [
        (400, UnexpectedResponse, 1),
        (401, AuthFailed, 1),
        (403, AuthFailed, 1),
        (404, UnexpectedResponse, 1),
        (408, Unavailable, 3),
        (410, UnexpectedResponse, 1),
        (422, UnexpectedResponse, 1),
        (429, RateLimited, 1),
        (500, Unavailable, 3),
        (502, Unavailable, 3),
        (503, Unavailable, 3),
        (202, Unavailable, 3),
    ],
)
async def test_a_status_becomes_one_of_four_faults(
    status: int, kind: type[CollectorFault], attempts: int, waits: Waits
) -> None:
    fault = await fault_from(always(status), waits)
    assert type(fault) is kind
    assert fault.status == status
    assert fault.hint
    assert str(status) in fault.message
    assert len(waits.seconds) == attempts - 1


@pytest.mark.parametrize(
    ("status", "headers", "body", "wait"),
    [
        (429, {"retry-after": "120"}, b"{}", 120),
        (429, {"retry-after": "Fri, 20 Nov 2026 12:05:00 GMT"}, b"{}", 300),
        (429, {}, b'{"retry_after": 90}', 90),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(EPOCH + 1800)}, b"{}", 1800),
        (403, {"retry-after": "60"}, b'{"message": "You have exceeded a secondary rate limit"}', 60),
        (403, {}, b'{"message": "You have exceeded a secondary rate limit."}', None),
    ],
)
async def test_every_form_of_a_limit_is_told_apart_from_a_missing_permission(
    status: int, headers: dict[str, str], body: bytes, wait: int | None, waits: Waits
) -> None:
    fault = await fault_from(always(status, headers=headers, body=body), waits)
    assert isinstance(fault, RateLimited)
    assert fault.retry_after == (None if wait is None else timedelta(seconds=wait))
    assert waits.seconds == []


async def test_a_short_wait_is_kept_and_the_answer_taken(waits: Waits) -> None:
    answers = iter([httpx.Response(429, headers={"retry-after": "7"}), httpx.Response(200, json={"a": 1})])
    assert await client_of(lambda _: next(answers), waits).at("https://api.acme.dev").get_json("/x") == {
        "a": 1
    }
    assert waits.seconds == [7.0]


async def test_pauses_grow_and_are_jittered(waits: Waits) -> None:
    client = client_of(always(503), waits)
    dice = iter([0.0, 1.0, 0.5])
    client.jitter = lambda: next(dice)
    with pytest.raises(Unavailable):
        await client.at("https://api.acme.dev").get("/x")
    assert waits.seconds == [0.5, 3.0]


async def test_a_used_up_limit_is_not_asked_again_before_its_time(waits: Waits) -> None:
    asked = 0

    def respond(_: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return httpx.Response(429, headers={"retry-after": "600"})

    client = client_of(respond, waits)
    for _ in range(3):
        with pytest.raises(RateLimited) as caught:
            await client.at("https://api.acme.dev").get("/x")
        assert caught.value.retry_after == timedelta(seconds=600)
    assert asked == 1


async def test_the_last_allowed_answer_is_used_and_the_next_question_waits(waits: Waits) -> None:
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(EPOCH + 60)}
    api = client_of(always(200, headers=headers), waits).at("https://api.acme.dev")
    assert await api.get_json("/x") == {}
    with pytest.raises(RateLimited):
        await api.get_json("/y")


async def test_a_missing_permission_names_what_to_grant(waits: Waits) -> None:
    fault = await fault_from(
        always(403, headers={"X-Accepted-GitHub-Permissions": "administration=read"}), waits
    )
    assert "administration=read" in fault.hint


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError("refused"), Unavailable),
        (httpx.ReadTimeout("slow"), Unavailable),
        (httpx.RemoteProtocolError("gone"), Unavailable),
        (httpx.LocalProtocolError("Illegal header value b'Bearer hunter2'"), UnexpectedResponse),
        (httpx.DecodingError("bad gzip"), UnexpectedResponse),
    ],
)
async def test_a_broken_connection_becomes_a_fault(
    error: httpx.HTTPError, kind: type[CollectorFault], waits: Waits
) -> None:
    def respond(_: httpx.Request) -> httpx.Response:
        raise error

    fault = await fault_from(respond, waits)
    assert type(fault) is kind
    assert "hunter2" not in fault.message
    assert fault.__cause__ is None


@pytest.mark.parametrize("body", [b"<html>login</html>", b"", b'{"a": NaN}', b"[" * 100_000, b"\xff\xfe"])
async def test_what_is_not_json_is_a_fault(body: bytes, waits: Waits) -> None:
    fault = await fault_from(always(200, body=body), waits)
    assert isinstance(fault, UnexpectedResponse)
    assert "not JSON" in fault.message


async def test_no_fault_shows_a_secret(waits: Waits) -> None:
    body = json.dumps({"message": "no access with s3cr3t-token or https://x.dev/?key=abcdef"}).encode()
    access = Access(token=SecretStr("s3cr3t-token"))
    fault = await fault_from(always(403, body=body), waits, access)
    assert "s3cr3t" not in fault.message + fault.hint + str(fault)
    assert "abcdef" not in str(fault)


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "töken", ""])
async def test_a_token_that_cannot_be_one_is_not_sent(token: str, waits: Waits) -> None:
    fault = await fault_from(always(200), waits, Access(token=SecretStr(token)))
    assert isinstance(fault, AuthFailed)
    assert not token or token not in fault.message


async def test_a_long_message_is_cut_and_put_on_one_line(waits: Waits) -> None:
    fault = await fault_from(
        always(404, body=json.dumps({"message": "a\n\x1b[31m" + "b" * 999}).encode()), waits
    )
    assert fault.message.endswith("…")
    assert fault.message.isprintable()


async def test_an_oversize_body_is_cut_off(waits: Waits) -> None:
    policy = Policy(body_bytes=1000)
    with pytest.raises(UnexpectedResponse, match="more than 1,000 bytes"):
        await (
            client_of(always(200, body=b"[" + b"1," * 600), waits, policy)
            .at("https://api.acme.dev")
            .get("/x")
        )


async def test_a_server_that_never_answers_ends_in_time(client: Client) -> None:
    client.policy = Policy(attempts=1, attempt_seconds=0.05)
    async with serve(lambda _: Said(hangs=True)) as server:
        with pytest.raises(Unavailable, match="in time"):
            await client.at(server.url).get("/x")


async def test_an_answer_cut_on_the_way_is_not_used(client: Client) -> None:
    client.policy = Policy(attempts=1)
    async with serve(lambda _: Said(body=b'{"a": 1}', cut=True)) as server:
        with pytest.raises(Unavailable):
            await client.at(server.url).get_json("/x")


async def test_a_closed_port_is_unavailable(client: Client) -> None:
    async with serve(lambda _: Said()) as server:
        pass
    with pytest.raises(Unavailable, match="cannot be reached"):
        await client.at(server.url).get("/x")


@pytest.mark.parametrize(
    ("errors", "kind"),
    [
        ([{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}], RateLimited),
        ([{"message": "was submitted too quickly: secondary rate limit"}], RateLimited),
        ([{"type": "FORBIDDEN", "message": "Resource not accessible by personal access token"}], AuthFailed),
        ([{"type": "INSUFFICIENT_SCOPES", "message": "needs read:org"}], AuthFailed),
        ([{"type": "NOT_FOUND", "message": "Could not resolve"}], UnexpectedResponse),
        ("nonsense", UnexpectedResponse),
    ],
)
async def test_errors_inside_a_200_are_faults_and_partial_data_is_dropped(
    errors: object, kind: type[CollectorFault], client: Client
) -> None:
    def answer(_: Asked) -> Said:
        return said_json({"data": {"repository": {"stars": 5}}, "errors": errors})

    async with serve(answer) as server:
        with pytest.raises(kind):
            await client.at(server.url).graphql("/graphql", "query", {})


@pytest.mark.parametrize("payload", [[], {}, {"data": None}, {"data": []}])
async def test_a_graphql_answer_without_data_is_a_fault(payload: object, client: Client) -> None:
    async with serve(lambda _: said_json(payload)) as server:
        with pytest.raises(UnexpectedResponse):
            await client.at(server.url).graphql("/graphql", "query", {})
