"""A vendor played from one list of events: what it is asked, what it answers, and the figures that follow.

Each module beside this one plays one collector's vendor. Its `SCENARIOS` are functions, each giving a fresh
stand-in with the samples that simple code, apart from the collector's, works out from the same events.
The first of them is also put through every misfortune of `tests/contracts/test_collector_behaviours.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from collectors.base import Batch, Client, Collector, Span
from collectors.happenings import Happening
from collectors.mentions import Mention
from kpi.metric import Sample
from tests.collectors.loopback import Answerer, Asked, Said, Server, serve

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Limit:
    """The vendor's own way to say "too often", and the wait it names; None where it names none."""

    said: Said
    wait: timedelta | None


@dataclass
class Scenario:
    """One vendor with its events. In `settings`, `{url}` stands for the stand-in's address."""

    settings: Mapping[str, Any]
    answer: Answerer
    """Strict: it refuses a wrong path, method, parameter or credential as the vendor would."""
    expected: Sequence[Sample]
    happenings: Sequence[Happening] | None = None
    """What it tells of as having happened, in whatever order; None where that is not looked at."""
    mentions: Sequence[Mention] | None = None
    """The texts it tells of, in whatever order; None where they are not looked at."""
    secrets: tuple[str, ...] = ()
    """Every secret in `settings` or made from them, at least eight characters each."""
    now: datetime = NOW
    zone: str = "UTC"
    since: datetime | None = None
    until: datetime | None = None
    empty: Answerer | None = None
    """The same vendor with nothing to tell; None where it cannot have nothing."""
    empty_expected: Sequence[Sample] = ()
    """What is left then: zeros only where the vendor itself counted none."""
    limit: Limit = field(
        default_factory=lambda: Limit(Said(429, b"{}", {"Retry-After": "7"}), timedelta(seconds=7))
    )
    inner_error: Said | None = None
    """The vendor's own error inside a 200, where it has such."""
    works_at_any_time: bool = True
    """Whether `answer` serves any `now`; False where the events are tied to the day."""

    def span(self, now: datetime | None = None) -> Span:
        return Span(now or self.now, self.since, ZoneInfo(self.zone), self.until)


async def play(
    collector: Collector[Any],
    scenario: Scenario,
    client: Client,
    *,
    answer: Answerer | None = None,
    now: datetime | None = None,
) -> tuple[Batch, Server]:
    """One run against the stand-in, or against `answer` in its place; the server holds what it was asked."""
    async with serve(answer or scenario.answer) as server:
        settings = filled(dict(scenario.settings), server.url)
        batch = await collector.run(collector.configure(settings), client, scenario.span(now))
    return batch, server


def filled(found: Any, url: str) -> Any:
    """`found` with the stand-in's address in place of `{url}`, however deep."""
    if isinstance(found, str):
        return found.replace("{url}", url)
    if isinstance(found, Mapping):
        return {key: filled(value, url) for key, value in found.items()}
    return [filled(one, url) for one in found] if isinstance(found, list | tuple) else found


def figures(samples: Sequence[Sample]) -> dict[tuple[Any, ...], float]:
    """Samples as what they say, by metric, time, labels and whether they are settled."""
    return {(one.metric, one.at.astimezone(UTC), one.labels, one.settled): one.value for one in samples}


def refused(status: int, **body: Any) -> Said:
    """A refusal in JSON."""
    return Said(status, json.dumps(body).encode(), {"Content-Type": "application/json"})


__all__ = [
    "NOW",
    "Answerer",
    "Asked",
    "Happening",
    "Limit",
    "Mention",
    "Said",
    "Sample",
    "Scenario",
    "figures",
    "filled",
    "play",
    "refused",
]
