"""What a person waits for after `/kpi stars`, against an empty Bolt app that repeats what it is told.

Three servers run in processes of their own: the echo, and `kpi run` as it is shipped on ten thousand and on
ten million samples, each with the record of the collections that brought them. Signed commands go to them in
turn over real HTTP, one at a time; the stand-in for Slack runs here and notes when the command was
acknowledged, when the first message came to the response URL and when the message with the chart came. Every
question asks for another number of days, so no chart is drawn before.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks import slack, workspaces
from benchmarks.database import Block, build
from benchmarks.outcome import Outcome, percentile
from benchmarks.processes import running

MEDIAN_MOST, P99_MOST, GROWTH_MOST = 2.0, 3.0, 1.3
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Size:
    """How much is stored, and how often is asked."""

    few: Sequence[Block]
    many: Sequence[Block]
    runs: dict[str, int]
    rounds: int
    warm_up: int


@dataclass(slots=True)
class Times:
    """Milliseconds of every round at one server."""

    ack: list[float] = field(default_factory=list)
    words: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    together: int = 0
    """How often words and chart came in one message, so that the words waited for the chart."""

    def add(self, exchange: slack.Exchange) -> None:
        self.ack.append(exchange.ack_ms)
        self.words.append(exchange.words_ms)
        self.whole.append(exchange.whole_ms)
        self.together += exchange.has_picture and len(exchange.answers) == 1


def size(now: datetime, *, quick: bool) -> Size:
    """Hourly samples. What is asked for reaches back further than any chart in both, and longer in `many`."""
    until = now.replace(minute=0, second=0, microsecond=0)

    def block(metrics: str, count: int, labels: int, *, points: int) -> Block:
        names = [f"{metrics}.figure_{index}" for index in range(count)]
        return Block(names, points, HOUR, until, labels)

    stars = Block(["github.stars"], 5_000, HOUR, until)
    few = [block("vendor", 5, 10, points=100), stars]
    if quick:
        runs = {"few": 10, "many": 100}
        return Size(few, [block("vendor", 20, 10, points=200), stars], runs, rounds=5, warm_up=2)
    many = [
        block("vendor", 150, 10, points=3_000),
        block("long", 49, 1, points=20_000),
        replace(stars, points=20_000),
        block("other", 150, 10, points=3_000),
    ]
    # Ten sources were read each hour: for four days, and for as long as the longest series.
    return Size(few, many, {"few": 1_000, "many": 200_000}, rounds=300, warm_up=20)


def run(*, quick: bool = False) -> list[Outcome]:
    """Median, p99 and growth of the words; the acknowledgement and the whole answer beside them."""
    return asyncio.run(_run(size(datetime.now(UTC), quick=quick)))


async def _run(wanted: Size) -> list[Outcome]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kpi-bench-")))
        stored = {
            name: build(folder / f"{name}.db", getattr(wanted, name), runs=count)
            for name, count in wanted.runs.items()
        }
        workspaces.write_workspace(folder, datetime.now(UTC).date(), {})
        stand_in = await stack.enter_async_context(slack.Slack().serving())
        shared = {
            "SLACK_BOT_TOKEN": slack.TOKEN,
            "SLACK_SIGNING_SECRET": slack.SECRET,
            "SLACK_API_URL": stand_in.api_url,
        }
        addresses = {}
        for name in ("few", "many"):
            given = {**shared, "DATABASE_URL": f"sqlite:///{folder / name}.db"}
            bot = running("bot", ["run"], environment=given, folder=folder)
            addresses[name] = (await stack.enter_async_context(bot)).url
        echo = running("benchmarks.echo", environment=shared, folder=folder)
        addresses["echo"] = (await stack.enter_async_context(echo)).url
        times = await _ask_in_turn(stand_in, addresses, wanted)
    return _outcomes(times, stored)


async def _ask_in_turn(stand_in: slack.Slack, addresses: dict[str, str], wanted: Size) -> dict[str, Times]:
    times = {name: Times() for name in addresses}
    order = random.Random(1)
    for number in range(wanted.warm_up + wanted.rounds):
        names = list(addresses)
        order.shuffle(names)
        for name in names:
            text, is_bot = f"stars {60 + number % 90}d", name != "echo"
            exchange = await stand_in.ask(f"{addresses[name]}/slack/events", text, with_picture=is_bot)
            if is_bot and "GitHub Stars" not in slack.words_of(exchange.answers[0][1]):
                raise RuntimeError(f"not an answer: {exchange.answers[0][1]!r}")
            if number >= wanted.warm_up:
                times[name].add(exchange)
    return times


def _outcomes(times: dict[str, Times], stored: dict[str, int]) -> list[Outcome]:
    echo, few, many = times["echo"], times["few"], times["many"]
    median = statistics.median
    figures = {name: _figures(one) for name, one in times.items()} | {"samples": stored}
    held = f"{stored['many']:,} samples"
    return [
        Outcome(
            f"answer, median, {held}",
            "ms",
            median(many.words),
            median(echo.words),
            MEDIAN_MOST,
            "from sending `/kpi stars` to its words at the response URL; the baseline is an empty Bolt app."
            + (f" The words waited for the chart {many.together} times." if many.together else ""),
            figures,
        ),
        Outcome(
            f"answer, p99, {held}", "ms", percentile(many.words, 99), percentile(echo.words, 99), P99_MOST
        ),
        Outcome(
            f"answer, {held} against {stored['few']:,}",
            "ms",
            median(many.words),
            median(few.words),
            GROWTH_MOST,
        ),
        Outcome("acknowledgement, median", "ms", median(many.ack), median(echo.ack)),
        Outcome(
            "answer with its chart, median",
            "ms",
            median(many.whole),
            note="drawn anew and uploaded in Slack's three steps; the stand-in adds no time of its own.",
        ),
    ]


def _figures(one: Times) -> dict[str, Any]:
    found = {
        name: {
            "median_ms": round(statistics.median(values), 3),
            "p99_ms": round(percentile(values, 99), 3),
            "least_ms": round(min(values), 3),
        }
        for name, values in (("ack", one.ack), ("words", one.words), ("whole", one.whole))
    }
    return {**found, "rounds": len(one.words), "words_waited_for_the_chart": one.together}
