"""OP3's traps: days it has not worked out, pages that are full to the last row, shows without downloads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from collectors.base import Client
from collectors.op3 import COLLECTOR
from tests.collectors.loopback import Asked, Said, said_json, serve
from tests.collectors.scenarios.base import filled, play, refused
from tests.collectors.scenarios.op3 import DOWNLOADS, SHOW, Op3, a_fortnight


async def days(client: Client, answer: Op3) -> dict[str, float]:
    batch, _ = await play(COLLECTOR, a_fortnight(), client, answer=answer)
    assert batch.faults == ()
    return {f"{one.at:%d}": one.value for one in batch.samples if one.metric == "op3.downloads"}


async def test_a_quiet_day_is_zero_only_between_others(client: Client) -> None:
    found = await days(client, Op3())
    assert list(found) == [f"{day:02}" for day in range(8, 19)]
    assert (found["08"], found["09"], found["12"], found["18"]) == (71, 0, 2, 1)


@pytest.mark.parametrize("page_size", [1, 74, 75, 5000])
async def test_a_last_page_may_be_full(client: Client, page_size: int) -> None:
    assert sum((await days(client, Op3(page_size=page_size))).values()) == 74


async def test_a_show_without_downloads_has_no_numbers(client: Client) -> None:
    assert await days(client, Op3([one for one in DOWNLOADS if one.bot])) == {}


@pytest.mark.parametrize(
    ("path", "body", "part"),
    [
        ("downloads", {"headers": ["url"], "rows": [["https://acme.dev/1.mp3"]]}, "downloads"),
        ("downloads", {"headers": ["time"], "rows": [["yesterday"]]}, "downloads"),
        ("queries", {"asof": "2026-11-19", "showDownloadCounts": {SHOW: {"monthlyDownloads": 1}}}, "totals"),
    ],
)
async def test_an_answer_of_another_form_is_a_fault(client: Client, path: str, body: Any, part: str) -> None:
    def answer(asked: Asked) -> Said:
        return said_json(body) if f"/{path}/" in asked.path else Op3()(asked)

    batch, _ = await play(COLLECTOR, a_fortnight(), client, answer=answer)
    assert [(one.part, one.kind) for one in batch.faults] == [(part, "UnexpectedResponse")]


async def test_no_downloader_is_kept(client: Client) -> None:
    """Rows hold hashed addresses and the audience: times alone are counted."""
    batch, _ = await play(COLLECTOR, a_fortnight(), client)
    assert {one.labels for one in batch.samples} == {()}


@pytest.mark.parametrize(("status", "word"), [(401, "token"), (403, "token"), (404, "show")])
async def test_a_refusal_says_what_to_do(client: Client, status: int, word: str) -> None:
    batch, _ = await play(COLLECTOR, a_fortnight(), client, answer=lambda _: refused(status, error="no"))
    assert [word in one.hint for one in batch.faults] == [True]


async def test_one_cheap_call_names_the_show(client: Client) -> None:
    async with serve(Op3()) as server:
        config = COLLECTOR.configure(filled(dict(a_fortnight().settings), server.url))
        assert await COLLECTOR.examine(config, client, a_fortnight().span()) == "the podcast Acme talks"


@pytest.mark.parametrize("show", ["", "acme", "../admin", SHOW + "0"])
def test_a_show_that_cannot_be_is_refused(show: str) -> None:
    with pytest.raises(ValidationError):
        COLLECTOR.configure(dict(replace(a_fortnight()).settings) | {"show": show, "base_url": "http://x"})
