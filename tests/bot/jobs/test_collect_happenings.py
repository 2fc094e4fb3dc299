"""What a source tells of is kept with its numbers: once, by the source's own id, or not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import get_args

import httpx
import pytest

from bot.charts.trend import MarkKind
from bot.settings_marks import KINDS as NAMED
from collectors.base import Batch, Client, Span
from collectors.happenings import Happening, HappeningKind
from kpi.metric import EPOCH, Sample
from storage import Session, SessionFactory
from storage.annotations import KINDS, NOTE, Annotation, between
from tests.bot.jobs.test_collect import METRIC, Vendor
from tests.bot.jobs.world import NINE, Clock

URL = "https://github.com/acme/engine/releases/v2"
AT = NINE - timedelta(days=1)


@pytest.fixture
async def client(clock: Clock) -> AsyncIterator[Client]:
    async with httpx.AsyncClient() as http:
        yield Client(http, now=clock)


@pytest.fixture
def vendor(sessions: SessionFactory, clock: Clock) -> Vendor:
    return Vendor(sessions, clock)


async def told(_client: Client, span: Span) -> Batch:
    return Batch(
        (Sample(METRIC.name, span.now, 1.0),), happenings=(Happening("release", AT, "v2", "release:2", URL),)
    )


def kept(sessions: SessionFactory) -> list[Annotation]:
    with sessions.read() as session:
        return between(session, ["source:vendor"], EPOCH, NINE + timedelta(days=9))


async def test_it_is_kept_once_as_it_was_first_known(vendor: Vendor, client: Client, clock: Clock) -> None:
    vendor.read = told
    run = vendor.job(client)
    await run("vendor")
    clock.forward(hours=1)
    await run("vendor")
    subject = "source:vendor"
    assert kept(vendor.sessions) == [
        Annotation(subject, AT, "v2", subject, NINE, "release", "vendor", "release:2", URL)
    ]


async def test_a_run_that_is_not_kept_keeps_no_happening(vendor: Vendor, client: Client) -> None:
    def fail(_session: Session, _batch: Batch) -> None:
        raise ValueError("no")

    vendor.read = told
    with pytest.raises(ValueError, match="no"):
        await vendor.job(client)("vendor", also=fail)
    assert kept(vendor.sessions) == []
    assert vendor.values() == []


def test_all_speak_of_the_same_kinds() -> None:
    assert get_args(HappeningKind) == KINDS == NAMED
    assert {"horizon", NOTE, *KINDS} == set(get_args(MarkKind))
