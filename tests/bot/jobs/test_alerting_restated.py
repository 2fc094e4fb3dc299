"""Values that are restated: an alert is taken back, or fires late; each says so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kpi.alerts import State
from kpi.metric import Sample
from storage import SessionFactory, samples
from tests.bot.jobs.alert_office import FRAMEWORK, Office, company
from tests.factories import lines

BY_DAY = FRAMEWORK.replace("when: {kpi: growth.stars, below: 100}\n    clears_at: 110", "when: {measure: "
                           "\"sum(plausible.visitors, 1d)\", below: 100}")  # fmt: skip


@pytest.fixture
def office(sessions: SessionFactory) -> Office:
    return Office(sessions, company(BY_DAY))


def visitors(office: Office, *values: float, until: int = 1) -> None:
    """So many on each day, the last one `until` days ago."""
    found = [
        Sample("plausible.visitors", office.midnight(until + ago) + timedelta(hours=12), value)
        for ago, value in enumerate(reversed(values))
    ]
    with office.sessions.begin() as session:
        samples.write(session, found, office.clock())


async def test_what_fired_on_a_number_that_is_restated_is_taken_back(office: Office) -> None:
    visitors(office, *[300] * 9, 12)
    await office.look()
    [alert] = office.alerts()
    assert alert.state is State.FIRING
    office.clock.forward(minutes=5)
    visitors(office, 340)
    await office.look()
    assert [one.state for one in office.alerts()] == [State.RESOLVED]
    assert office.kinds(1) == ["fired", "corrected", "resolved"]
    thread = [lines(one.reply)[0] for one in office.chat.posts if one.thread]
    assert len(thread) == 1
    assert "12 → 340" in thread[0]


async def test_what_fired_some_days_ago_is_taken_back_too(office: Office) -> None:
    visitors(office, *[300] * 9, 12)
    await office.look()
    office.clock.forward(days=1)
    visitors(office, 300)
    await office.look()
    assert office.kinds(1) == ["fired", "resolved"]
    office.clock.forward(hours=2)
    visitors(office, 340, until=2)
    await office.look()
    await office.look(hours=2)
    assert office.kinds(1) == ["fired", "resolved", "corrected"]


async def test_what_should_have_fired_on_a_past_day_fires_late_once(office: Office) -> None:
    visitors(office, *[300] * 9, 310)
    await office.look()
    office.clock.forward(days=2)
    visitors(office, 300, 300)
    await office.look()
    assert office.alerts() == []
    office.clock.forward(hours=2)
    visitors(office, 20, until=2)
    await office.look()
    [alert] = office.alerts()
    assert (alert.state, alert.is_told) == (State.RESOLVED, True)
    assert [one.evidence["late"] for one in alert.items] == [True]
    await office.look(hours=2)
    await office.look(hours=2)
    assert len(office.alerts()) == 1
    assert len(office.chat.posts) == 1


async def test_what_was_bad_before_the_rule_was_looked_at_does_not_fire_late(office: Office) -> None:
    visitors(office, *[300] * 5, 20, 300, 300)
    await office.look()
    await office.look(hours=2)
    assert office.alerts() == []
