"""What a source tells of as written is kept with its numbers, and its reach grows with later runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from collectors.base import Batch, Client, Span
from collectors.mentions import Mention
from kpi.metric import EPOCH, Sample
from storage import Session, SessionFactory
from storage.mentions import StoredMention, since
from tests.bot.jobs.test_collect import METRIC, Vendor
from tests.bot.jobs.world import NINE, Clock

POST = Mention("post", NINE - timedelta(days=1), "Acme 2.0 is out", "77", site="x.com", reach=900.0)


@pytest.fixture
async def client(clock: Clock) -> AsyncIterator[Client]:
    async with httpx.AsyncClient() as http:
        yield Client(http, now=clock)


@pytest.fixture
def vendor(sessions: SessionFactory, clock: Clock) -> Vendor:
    vendor = Vendor(sessions, clock)

    async def told(_client: Client, span: Span) -> Batch:
        hours = (span.now - NINE) / timedelta(hours=1)
        seen = Mention(POST.kind, POST.at, POST.text, "77", site="x.com", reach=900.0 + 10_000 * hours)
        return Batch((Sample(METRIC.name, span.now, 1.0),), mentions=(seen,))

    vendor.read = told
    return vendor


def kept(sessions: SessionFactory) -> list[StoredMention]:
    with sessions.read() as session:
        return since(session, EPOCH)


async def test_a_post_is_kept_once_and_its_reach_grows(vendor: Vendor, client: Client, clock: Clock) -> None:
    run = vendor.job(client)
    await run("vendor")
    clock.forward(hours=1)
    await run("vendor")
    (found,) = kept(vendor.sessions)
    assert (found.source, found.text, found.reach) == ("vendor", POST.text, 10_900.0)
    assert (found.recorded_at, found.changed_at) == (NINE, NINE + timedelta(hours=1))


async def test_a_run_that_is_not_kept_keeps_no_text(vendor: Vendor, client: Client) -> None:
    def fail(_session: Session, _batch: Batch) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await vendor.job(client)("vendor", also=fail)
    assert kept(vendor.sessions) == []
