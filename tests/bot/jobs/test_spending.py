"""Budgets of paid interfaces survive restarts, and an allowance is kept with the run that heard of it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import httpx
import pytest

from bot.jobs.collect import Answers, Collect, Connected
from collectors.base import Batch, Collector, CollectorConfig, RateLimited, Span
from collectors.http import Budget, Client
from kpi.metric import Kind, Metric
from storage import SessionFactory, runs
from tests.bot.jobs.world import BERLIN, Clock

METRIC = Metric("paid.posts", "posts", Kind.LEVEL, "posts")
BUDGET = Budget("paid:abc", Decimal("1.00"), "$")


async def collect(_config: CollectorConfig, client: Client, _span: Span) -> Batch:
    client.note({"X-RateLimit-Remaining": "7", "X-RateLimit-Limit": "100"})
    client.note({"X-RateLimit-Remaining": "90", "X-RateLimit-Limit": "100"})
    await client.spend(BUDGET, Decimal("0.60"))
    return Batch()


def job(sessions: SessionFactory, http: httpx.AsyncClient, clock: Clock) -> Collect:
    """As a process begins: everything that only memory held is gone."""
    collector = Collector("paid", CollectorConfig, (METRIC,), collect, timedelta(0), backfills=False)
    with sessions.read() as session:
        answers = Answers(session)
    sources = {"posts": Connected("posts", collector, CollectorConfig(collector="paid"))}
    return Collect(sources, sessions, Client(http, now=clock), answers, BERLIN, clock)


async def test_a_restart_does_not_forget_what_was_spent(sessions: SessionFactory, clock: Clock) -> None:
    async with httpx.AsyncClient() as http:
        first = await job(sessions, http, clock)("posts")
        second = await job(sessions, http, clock)("posts")
    assert first is not None
    assert first.batch.faults == ()
    assert second is not None
    (fault,) = second.batch.faults
    assert fault.kind == "RateLimited"
    assert "budget of $1.00 a month is used up" in fault.message


async def test_the_scarcest_allowance_is_kept_with_the_run(sessions: SessionFactory, clock: Clock) -> None:
    async with httpx.AsyncClient() as http:
        await job(sessions, http, clock)("posts")
    with sessions.read() as session:
        assert runs.last_by_source(session)["posts"].quota == runs.Quota(7, 100, None)


async def test_processes_share_one_budget(sessions: SessionFactory, clock: Clock) -> None:
    async with httpx.AsyncClient() as http:
        one, other = (job(sessions, http, clock) for _ in range(2))
        await one.client.spend(BUDGET, Decimal("0.60"))
        with pytest.raises(RateLimited):
            await other.client.spend(BUDGET, Decimal("0.60"))
