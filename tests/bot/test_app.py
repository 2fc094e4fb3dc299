"""The parts of a bot joined in this process: it serves, it posts, and it stops."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bot import app, serving
from bot.app import open_core, run
from bot.chats import surfaces_for_posting
from bot.errors import UserError
from bot.settings import read_environment
from storage import promises
from tests.bot.test_core import WORKSPACE


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Running:
    """A bot in this process."""

    def __init__(self, core: app.Core, session: aiohttp.ClientSession) -> None:
        self.core, self.session = core, session
        self.said: asyncio.Queue[str] = asyncio.Queue()
        self.stopping: list[float] = []
        self.url = ""

    async def get(self, path: str) -> tuple[int, str]:
        async with self.session.get(self.url + path) as answer:
            return answer.status, await answer.text()

    async def posts(self, channel: str) -> list[str]:
        _, text = await self.get("/playground/state")
        rooms = {room["id"]: room for room in json.loads(text)["rooms"]}
        return [
            one["text"] for one in rooms[channel]["messages"] if one.get("thread_ts") in (None, one["ts"])
        ]

    async def until_posted(self, channel: str) -> list[str]:
        async with asyncio.timeout(10):
            while not (found := await self.posts(channel)):  # noqa: ASYNC110 - another program decides
                await asyncio.sleep(0.05)
        return found


@asynccontextmanager
async def running(**environment: str) -> AsyncIterator[Running]:
    core = open_core(read_environment({"PORT": "0", **environment}))
    async with aiohttp.ClientSession() as session:
        found = Running(core, session)
        task = asyncio.create_task(
            run(
                core,
                force_playground=True,
                announce=found.said.put_nowait,
                stopping=lambda: found.stopping.append(time.monotonic()),
            )
        )
        said = asyncio.create_task(found.said.get())
        await asyncio.wait((task, said), return_when=asyncio.FIRST_COMPLETED, timeout=10)
        if task.done():
            said.cancel()
            task.result()
        found.url = re.findall(r"http://\S+", said.result())[0]
        yield found
        signal.raise_signal(signal.SIGTERM)
        await asyncio.wait_for(task, 5)


async def test_the_playground_serves_posts_and_stops_with_a_page_open(folder: Path) -> None:
    async with running() as bot:
        assert json.loads((await bot.get("/readyz"))[1]) == {"ready": True, "problems": []}
        assert (await bot.get("/"))[0] == 200
        assert "Sample, " in (await bot.until_posted("C0DAILY"))[0]
        async with bot.session.put(f"{bot.url}/healthz") as answer:
            assert answer.status == 405
        stream = await bot.session.get(f"{bot.url}/playground/events")
    assert time.monotonic() - bot.stopping[0] < 3
    stream.close()


async def test_what_the_playground_shows_is_not_thereby_delivered_to_slack(folder: Path) -> None:
    (folder / "kpi.yaml").write_text(WORKSPACE)
    async with running() as bot:
        await bot.until_posted("C0123")
        with bot.core.sessions.read() as session:
            keys = [one.key for one in promises.listing(session)]
    assert keys
    assert all(key.startswith("daily/playground:C0123/") for key in keys)


async def test_a_port_in_use_is_said_with_a_way_out(folder: Path) -> None:
    taken = serving.listen("127.0.0.1", 0)
    port = taken.getsockname()[1]
    with taken, pytest.raises(UserError, match=f"Cannot listen on 127.0.0.1:{port}") as told:
        async with running(PORT=str(port)):
            pass
    assert f"PORT={port + 1}" in told.value.hint


@pytest.mark.parametrize(
    ("host", "hint"), [("192.0.2.1", "Set HOST"), ("no.such.host.invalid", "Set HOST"), ("::1::", "Set HOST")]
)
def test_an_address_that_is_not_ours_is_said(host: str, hint: str) -> None:
    with pytest.raises(UserError) as told:
        serving.listen(host, 0)
    assert hint in told.value.hint


@pytest.mark.parametrize(
    ("host", "reached"), [("0.0.0.0", "127.0.0.1"), ("", "127.0.0.1"), ("127.0.0.1", "127.0.0.1")]
)
def test_the_address_told_is_one_that_this_machine_reaches(host: str, reached: str) -> None:
    with serving.listen(host, 0) as listener:
        port = listener.getsockname()[1]
        assert serving.address(listener, host) == f"http://{reached}:{port}"


async def test_posting_without_tokens_says_which_one_is_missing(folder: Path) -> None:
    core = open_core(read_environment({}))
    with pytest.raises(UserError, match="No token is set"):
        async with surfaces_for_posting(core):
            pass
    core.engine.dispose()
