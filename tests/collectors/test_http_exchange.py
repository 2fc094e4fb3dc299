"""Conditional requests, paging, redirects, and where a token may go."""

from __future__ import annotations

import asyncio
import logging

import pytest
from pydantic import SecretStr

from collectors.faults import UnexpectedResponse
from collectors.http import Access, CachedResponse, Client, Policy, open_client
from tests.collectors.loopback import Asked, Said, said_json, serve

TOKEN = Access(token=SecretStr("hunter2-token"))


def unchanged(asked: Asked) -> Said:
    if asked.headers.get("if-none-match") == '"v1"':
        return Said(304, headers={"ETag": '"v1"'})
    return said_json({"stars": 5}, ETag='"v1"', Link='<http://x/?page=2>; rel="next"')


async def test_an_unchanged_answer_is_kept(client: Client) -> None:
    async with serve(unchanged) as server:
        api = client.at(server.url, TOKEN)
        first, second = await api.get("/x"), await api.get("/x")
    assert (first.is_unchanged, second.is_unchanged) == (False, True)
    assert second.json() == first.json() == {"stars": 5}
    assert second.next_url == first.next_url == "http://x/?page=2"


async def test_a_last_modified_date_is_held_against(client: Client) -> None:
    date = "Fri, 20 Nov 2026 10:00:00 GMT"
    async with serve(lambda _: said_json({}, Last_Modified=date)) as server:
        await client.at(server.url).get("/x")
        await client.at(server.url).get("/x")
    assert server.asked[1].headers["if-modified-since"] == date


async def test_tokens_and_forms_do_not_share_what_is_kept(
    client: Client, cache: dict[str, CachedResponse]
) -> None:
    other = Access(token=SecretStr("another-token"))
    async with serve(unchanged) as server:
        await client.at(server.url, TOKEN).get("/x")
        await client.at(server.url, other).get("/x")
        await client.at(server.url, TOKEN).get("/x", accept="text/plain")
    assert all("if-none-match" not in asked.headers for asked in server.asked)
    assert len(cache) == 3
    assert not any("hunter2" in key or server.url in key for key in cache)


async def test_each_source_can_have_its_own_cache(client: Client, cache: dict[str, CachedResponse]) -> None:
    own: dict[str, CachedResponse] = {}
    async with serve(unchanged) as server:
        await client.keeping(own).at(server.url).get("/x")
        again = await client.keeping(own).at(server.url).get("/x")
    assert again.is_unchanged
    assert (len(own), len(cache)) == (1, 0)


async def test_a_304_nobody_asked_for_is_a_fault(client: Client) -> None:
    async with serve(lambda _: Said(304)) as server:
        with pytest.raises(UnexpectedResponse, match="304"):
            await client.at(server.url).get("/x")


async def test_pages_are_followed_to_the_end(client: Client) -> None:
    def answer(asked: Asked) -> Said:
        page = int(asked.query.get("page", "1"))
        link = {"Link": f'</x?page={page + 1}>; rel="next"'} if page < 3 else {}
        return said_json([page], **link)

    async with serve(answer) as server:
        assert [page async for page in client.at(server.url).pages("/x")] == [[1], [2], [3]]


async def test_more_pages_than_the_cap_are_a_fault_and_no_short_list(client: Client) -> None:
    client.policy = Policy(pages=2)
    async with serve(lambda _: said_json([1], Link='</x>; rel="next"')) as server:
        with pytest.raises(UnexpectedResponse, match="more than 2 pages"):
            [page async for page in client.at(server.url).pages("/x")]
    assert len(server.asked) == 3


async def test_a_next_page_on_another_host_gets_no_token(client: Client) -> None:
    def answer(_: Asked) -> Said:
        return said_json([1], Link=f'<{other.url}/x>; rel="next"')

    async with serve(lambda _: said_json([2])) as other, serve(answer) as server:
        with pytest.raises(UnexpectedResponse, match="another host"):
            [page async for page in client.at(server.url, TOKEN).pages("/x")]
    assert other.asked == []


async def test_a_rename_on_the_same_host_is_followed_with_the_token(client: Client) -> None:
    def answer(asked: Asked) -> Said:
        return Said(301, headers={"Location": "/new"}) if asked.path == "/old" else said_json({"name": "new"})

    async with serve(answer) as server:
        answered = await client.at(server.url, TOKEN).get("/old")
    assert answered.url == f"{server.url}/new"
    assert [asked.headers.get("authorization") for asked in server.asked] == ["Bearer hunter2-token"] * 2


async def test_a_redirect_to_another_host_is_followed_without_the_token(client: Client) -> None:
    access = Access(token=SecretStr("hunter2-token"), headers={"X-Api-Key": "hunter2"})

    def answer(_: Asked) -> Said:
        return Said(302, headers={"Location": f"{other.url}/file"})

    async with serve(lambda _: said_json({})) as other, serve(answer) as server:
        await client.at(server.url, access).get("/x")
    assert "hunter2" not in str(other.asked)
    assert len(other.asked) == 1


@pytest.mark.parametrize("location", ["/x", "file:///etc/passwd", "ftp://acme.dev/"])
async def test_circles_and_unsafe_redirects_are_faults(location: str, client: Client) -> None:
    async with serve(lambda _: Said(302, headers={"Location": location})) as server:
        with pytest.raises(UnexpectedResponse, match="redirects"):
            await client.at(server.url).get("/x")


async def test_a_redirected_question_is_not_turned_into_another(client: Client) -> None:
    async with serve(lambda _: Said(301, headers={"Location": "/y"})) as server:
        with pytest.raises(UnexpectedResponse):
            await client.at(server.url).post_json("/x", {"q": 1})
    assert len(server.asked) == 1


async def test_a_text_is_read_in_its_own_charset(client: Client) -> None:
    body, headers = "naïve £".encode("utf-16"), {"Content-Type": "text/plain; charset=utf-16"}
    async with serve(lambda _: Said(body=body, headers=headers)) as server:
        assert await client.at(server.url).get_text("/x") == "naïve £"


async def test_parameters_are_escaped(client: Client) -> None:
    async with serve(lambda _: said_json({})) as server:
        await client.at(server.url).get("/x", {"q": "a b&c=d", "n": 1})
    assert server.asked[0].query == {"q": "a b&c=d", "n": "1"}


async def test_questions_with_one_token_go_one_after_the_other(client: Client) -> None:
    running = most = 0

    async def answer(_: Asked) -> Said:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.005)
        running -= 1
        return said_json({})

    access = Access(token=SecretStr("hunter2-token"), is_serial=True)
    async with serve(answer) as server:
        await asyncio.gather(*(client.at(server.url, access).get(f"/{one}") for one in range(5)))
    assert most == 1


async def test_every_question_names_the_product(client: Client) -> None:
    async with serve(lambda _: said_json({})) as server:
        await client.at(server.url).get("/x")
    assert server.asked[0].headers["user-agent"].startswith("kpi-bot/")


async def test_no_log_holds_an_address_with_its_query(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with serve(lambda _: said_json({})) as server:
        await client.at(server.url).get("/x?api_key=hunter2")
    assert "hunter2" not in caplog.text


async def test_a_client_of_its_own_opens_and_closes() -> None:
    async with serve(lambda _: said_json({"a": 1})) as server, open_client(trust_env=False) as client:
        assert await client.at(server.url).get_json("/x") == {"a": 1}
    assert client.http.is_closed


async def test_answers_are_kept_for_a_credential_whose_token_is_a_new_one_every_hour(client: Client) -> None:
    def answer(asked: Asked) -> Said:
        known = asked.headers.get("if-none-match") == '"1"'
        return Said(304) if known else Said(200, b'{"a": 1}', {"ETag": '"1"'})

    async with serve(answer) as server:
        for hour in range(2):
            token = SecretStr(f"token-of-hour-{hour}")
            api = client.at(server.url, Access(token=token, identity="the account"))
            assert await api.get_json("/x") == {"a": 1}
        other = client.at(server.url, Access(token=SecretStr("token-x"), identity="another"))
        await other.get_json("/x")
    assert ["if-none-match" in one.headers for one in server.asked] == [False, True, False]
