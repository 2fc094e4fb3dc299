"""One cheap call shows whether a source can be read, and says what it found; a refusal is its fault."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from collectors import BY_KIND
from collectors.base import Client
from collectors.faults import AuthFailed
from tests.collectors.loopback import Said, serve
from tests.collectors.scenarios import (
    aws,
    codecov,
    pagerduty,
    sentry,
    sonarqube,
    statuspage,
    stripe,
    uptimerobot,
)
from tests.collectors.scenarios.base import Scenario, filled

EACH = pytest.mark.parametrize(
    ("kind", "make", "found"),
    [
        ("aws", aws.services, "$234.57 yesterday"),
        ("codecov", codecov.repository, "acme/rocket, 81.2 % covered"),
        ("pagerduty", pagerduty.account, "an incident is open"),
        ("sentry", sentry.organization, "Acme"),
        ("sonarqube", sonarqube.project, "Rocket, 20,500 lines"),
        ("statuspage", statuspage.account, "Acme"),
        ("statuspage", statuspage.public_page, "Acme"),
        ("stripe", stripe.account, "subscriptions can be read"),
        ("uptimerobot", uptimerobot.account, "2 or more monitors"),
    ],
)


@EACH
async def test_one_call_says_what_there_is(
    kind: str, make: Callable[[], Scenario], found: str, client: Client
) -> None:
    scenario, collector = make(), BY_KIND[kind]
    async with serve(scenario.answer) as server:
        config = collector.configure(filled(dict(scenario.settings), server.url))
        assert await collector.examine(config, client, scenario.span()) == found
        assert len(server.asked) == 1


@EACH
async def test_a_refusal_is_told_as_one(
    kind: str, make: Callable[[], Scenario], found: str, client: Client
) -> None:
    scenario, collector = make(), BY_KIND[kind]
    async with serve(lambda _: Said(401)) as server:
        config = collector.configure(filled(dict(scenario.settings), server.url))
        with pytest.raises(AuthFailed) as fault:
            await collector.examine(config, client, scenario.span())
        assert fault.value.hint
