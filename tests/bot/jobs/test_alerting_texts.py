"""What is written somewhere: each text is told once, waits for somebody, and is over by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from collectors.mentions import Mention
from kpi.alerts import State
from storage import SessionFactory, alerts, mentions
from tests.bot.jobs.alert_office import FRAMEWORK, Office, company

ANA = "slack:U0ANA"
TEXTS = """
  - key: complaint
    severity: warning
    title: Complaint
    text: A post that complains
    when: {text: {words: [broken]}}
    act_within: 1 hour
  - key: press
    severity: celebrate
    title: In the press
    text: An article on a big site
    when: {text: {sites: [big.example], kinds: [article]}}
"""


@pytest.fixture
async def office(sessions: SessionFactory) -> Office:
    """Looked at once, when nothing was written."""
    found = Office(sessions, company(FRAMEWORK + TEXTS.removeprefix("\n")))
    await found.look()
    found.clock.forward(minutes=5)
    return found


def written(office: Office, text: str, *, at: datetime | None = None, kind: str = "post") -> None:
    one = Mention(kind, at or office.clock(), text, f"ref {text}", site="big.example")  # type: ignore[arg-type]
    with office.sessions.begin() as session:
        mentions.keep(session, "feed", [one], office.clock())


async def test_a_text_is_told_once_and_waits_for_somebody(office: Office) -> None:
    written(office, "It is broken")
    await office.look(minutes=1)
    await office.look(minutes=5)
    [alert] = office.alerts()
    assert (alert.rule, alert.state) == ("acme/complaint", State.FIRING)
    assert alert.act_by == alert.event_at + timedelta(hours=1)
    await office.look(hours=1)
    assert office.kinds(1) == ["fired", "escalated"]


async def test_a_further_text_of_the_day_wants_to_be_taken_anew(office: Office) -> None:
    written(office, "It is broken")
    await office.look(minutes=1)
    with office.sessions.begin() as session:
        alerts.acknowledge(session, 1, ANA, office.clock())
    written(office, "Still broken")
    await office.look(minutes=5)
    [alert] = office.alerts()
    assert (alert.state, len(alert.items)) == (State.FIRING, 2)
    assert office.kinds(1) == ["fired", "acknowledged", "joined"]


async def test_it_is_over_a_day_after_somebody_took_it(office: Office) -> None:
    written(office, "It is broken")
    await office.look(minutes=1)
    with office.sessions.begin() as session:
        alerts.acknowledge(session, 1, ANA, office.clock())
    await office.look(hours=23)
    assert office.alerts()[0].is_open
    await office.look(hours=2)
    assert not office.alerts()[0].is_open
    await office.look(minutes=5)
    assert office.kinds(1) == ["fired", "acknowledged", "resolved"]


async def test_what_nobody_took_is_over_after_a_week(office: Office) -> None:
    written(office, "It is broken")
    await office.look(minutes=1)
    await office.look(days=6)
    assert office.alerts()[0].is_open
    await office.look(days=2)
    assert not office.alerts()[0].is_open


async def test_an_article_is_celebrated_if_it_is_newer_than_the_bot(office: Office) -> None:
    written(office, "Old praise", at=office.clock() - timedelta(days=3), kind="article")
    await office.look(minutes=1)
    assert office.alerts() == []
    written(office, "Praise", kind="article")
    await office.look(minutes=5)
    await office.look(minutes=5)
    [alert] = office.alerts()
    assert (alert.rule, alert.state, len(alert.items)) == ("acme/press", State.RESOLVED, 1)
    assert len(office.chat.posts) == 1
