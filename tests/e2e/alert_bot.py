"""A bot in this process, joined as `kpi run` joins it, with a clock of the test's own and no timers.

Its playground, its database and its sources are real: numbers come over HTTP, messages stand in the
playground's channels, and buttons are pressed there. Nothing happens but what a test asks for.
"""

from __future__ import annotations

import asyncio
import contextlib
import html
import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.request import Request, urlopen

from starlette.applications import Starlette

from bot import app, chores
from bot import core as core_module
from bot.app import open_core
from bot.charts.studio import Studio
from bot.chats import Manner
from bot.core import Core
from bot.jobs.scheduler import Jobs
from bot.playground.config import Limits
from bot.playground.standin import Standin, create_app
from bot.serving import address, listen, serving
from bot.settings import read_environment
from bot.stand_in import StandIn, stand_in
from bot.surfaces.slack import pacing
from storage import Session, alerts
from storage.alerts import Alert

TOKEN = "s3cret"
CHANNEL, PARTY = "C0ALERTS", "C0PARTY"
Json = dict[str, Any]
Sample = tuple[str, datetime, float]
"""What is measured (with labels behind it, as `web.up{url=…}`), when, and how much."""


@dataclass
class Clock:
    """The time for the bot, its database and the playground."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at

    def of_database(self, _session: Session) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass(frozen=True)
class AlertBot:
    """A bot whose jobs a test runs by hand."""

    core: Core
    clock: Clock
    url: str
    standin: Standin
    jobs: Jobs

    async def take(self, samples: Iterable[Sample]) -> None:
        """Numbers as another program pushes them: `POST /v1/samples`."""
        body = [_sample(*one) for one in samples]
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}
        request = Request(f"{self.url}/v1/samples", json.dumps(body).encode(), headers)
        await asyncio.to_thread(lambda: urlopen(request, timeout=20).close())

    async def look(self, *sources: str) -> None:
        """The sources are read, all KPIs judged, and what is owed is sent; until nothing is due."""
        for one in sources:
            await self.jobs.collect(one)
        await asyncio.to_thread(self.jobs.evaluate)
        await self.settle()

    async def settle(self) -> None:
        """Send what is owed and change what stands, until nothing is due at this moment."""
        for _ in range(3):
            await self.jobs.deliver()
            await self.keep()
            self.clock.forward(seconds=5)
        await self.jobs.deliver()

    async def keep(self) -> None:
        """The chore that keeps the messages of alerts."""
        await next(one for one in self.jobs.chores if one.name == "alerts").work()

    async def press(self, label: str, ts: str, *, user: str = "U0ANA", channel: str = CHANNEL) -> None:
        """Press a button, or choose in a menu, under a message; until its answer stands there."""
        await self._answered(channel, lambda: self.standin.click(label, channel=channel, ts=ts, user=user))

    async def ask(self, question: str, *, user: str = "U0ANA", channel: str = CHANNEL) -> str:
        """`/kpi …`; the answer in words."""
        return await self._answered(channel, lambda: self.standin.slash(question, channel=channel, user=user))

    async def _answered(self, channel: str, does: Callable[[], Any]) -> str:
        before = len(self._seen(channel))
        outcome = await does()
        assert not outcome.error, outcome
        async with asyncio.timeout(10):
            reader = self.standin.world.feed.subscribe()
            while len(self._seen(channel)) == before:
                await reader.get()
        return words(max(self._seen(channel), key=lambda one: float(one["ts"])))

    def _seen(self, channel: str) -> list[Json]:
        """All that stands in a channel, for everybody or for one person."""
        return [*self.standin.whispers(channel), *self.standin.messages(channel)]

    def roots(self, channel: str = CHANNEL) -> list[Json]:
        """The messages of a channel without their threads, oldest first."""
        found = self.standin.messages(channel)
        return [one for one in found if one.get("thread_ts") in (None, one["ts"])]

    def root(self, number: int, channel: str = CHANNEL) -> Json:
        """The one message of an alert."""
        key = f"alert/{number}/playground:{channel}"
        [found] = [one for one in self.roots(channel) if _key(one) == key]
        return found

    def thread(self, number: int, channel: str = CHANNEL) -> list[str]:
        """What stands in the thread of an alert's message."""
        ts = self.root(number, channel)["ts"]
        found = self.standin.messages(channel)
        return [words(one) for one in found if one.get("thread_ts") == ts and one["ts"] != ts]

    def alerts(self) -> list[Alert]:
        """All of them, the oldest first."""
        with self.core.sessions.read() as session:
            return alerts.recent(session)[::-1]

    def of(self, rule: str) -> Alert:
        """The newest alert of a rule."""
        return next(one for one in reversed(self.alerts()) if one.rule == rule)


def words(message: Json) -> str:
    """A message as it is read on a phone, a line each; its buttons in brackets."""
    lines: list[str] = []
    for block in message.get("blocks") or []:
        match block["type"]:
            case "actions":
                lines.append(" ".join(f"[{_label(one)}]" for one in block["elements"]))
            case "context":
                lines += [one["text"] for one in block["elements"] if "text" in one]
            case "rich_text":
                lines += [_flat(one) for one in block["elements"]]
            case _:
                lines.append(_flat(block))
    return html.unescape("\n".join(lines) or message["text"]).replace("\xa0", " ")


def _flat(element: Any) -> str:
    """The words of an element, in their order, without markup."""
    match element:
        case {"type": "user", "user_id": str(user)}:
            return f"@{user}"
        case {"type": "link"}:
            return str(element.get("text") or element["url"])
        case {"text": str(text)}:
            return text
        case {"text": dict(text)}:
            return _flat(text)
        case {"elements": list(elements)}:
            return "".join(map(_flat, elements))
    return ""


def _label(element: Json) -> str:
    return str((element.get("text") or element.get("placeholder") or {"text": "…"})["text"])


def _key(message: Json) -> str:
    return str((message.get("metadata") or {}).get("event_payload", {}).get("key", ""))


def _sample(metric: str, at: datetime, value: float) -> Json:
    name, _, rest = metric.partition("{")
    pairs = (one.split("=", 1) for one in rest.rstrip("}").split(",") if one)
    return {"metric": name, "at": at.isoformat(), "value": value, "labels": dict(pairs)}


@contextlib.asynccontextmanager
async def running(folder: Path, clock: Clock, *, processes: int = 1) -> AsyncIterator[Sequence[AlertBot]]:
    """As many bots on one database and one playground; the first hears what people do there."""
    with contextlib.ExitStack() as patches:
        for module in (app, core_module, chores):
            patches.enter_context(patch.object(module, "database_now", clock.of_database))
        patches.enter_context(patch.object(pacing, "PACE_SECONDS", 0.0))
        async with contextlib.AsyncExitStack() as stack:
            core = _core(folder, clock)
            stack.callback(core.engine.dispose)
            listener = stack.enter_context(listen("127.0.0.1", 0))
            url = address(listener, "127.0.0.1")
            place = _playground(core, clock, url)
            studio = Studio()
            stack.push_async_callback(studio.close)
            found = []
            for number in range(processes):
                own = core if not number else _core(folder, clock)
                stack.callback(own.engine.dispose)
                collect = await stack.enter_async_context(own.collecting())
                parts = app._wire(own, collect, studio, Manner(place, url))
                found.append((own, parts))
            routes = [*found[0][1].routes, *place.app.routes]
            await stack.enter_async_context(serving(Starlette(routes=routes), listener))
            stack.push_async_callback(place.close)
            for _, parts in found:
                stack.push_async_callback(parts.connections.close)
                await parts.connections.open()
            standin: Standin = place.app.state.standin
            yield [AlertBot(own, clock, url, standin, parts.jobs) for own, parts in found]


def _core(folder: Path, clock: Clock) -> Core:
    environment = {
        "KPI_CONFIG": str(folder / "kpi.yaml"),
        "DATABASE_URL": f"sqlite:///{folder / 'kpi.db'}",
        "KPI_SAMPLES_TOKEN": TOKEN,
    }
    return replace(open_core(read_environment(environment)), now=clock)


def _playground(core: Core, clock: Clock, url: str) -> StandIn:
    """The playground of `kpi playground`, with the test's time, and without a limit of posts a second."""
    usual = stand_in(core, url)
    config = replace(
        usual.app.state.standin.config,
        now=lambda: clock().timestamp(),
        limits=Limits(posts_per_second=1_000.0, burst=1_000),
    )
    return StandIn(create_app(config), usual.bot_token, usual.signing_secret)
