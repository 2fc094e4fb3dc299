"""What is posted next, in whose clocks, and by whose holidays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from bot.cadence import Cadence, Owed
from bot.reports.upcoming import (
    coming,
    day_words,
    next_times,
    offset,
    own_zone,
    rule_words,
    subject_of,
    title_of,
    until,
    wall,
)
from bot.settings_calendar import CalendarEntry
from bot.workspace import Person, Workspace
from kpi.workdays import MONDAY_TO_FRIDAY
from storage.subscriptions import Subscription
from tests.factories import NOW, workspace

PATH = "acme/growth.github_stars"
USED = workspace()


def subscription(
    cadence: str = "09:00 weekdays", question: str = PATH, zone: str = "Europe/Berlin", report: str = "ask"
) -> Subscription:
    return Subscription(1, "slack", "U0", report, question, cadence, zone, NOW)


def times(one: Subscription, of: Workspace = USED, now: datetime = NOW) -> Sequence[str]:
    zone = ZoneInfo(one.zone)
    return [wall(at, zone, now) for at in islice(next_times(one, of, now), 3)]


def test_wall_time_stays_where_the_clocks_change() -> None:
    """Lord Howe moves its clocks by half an hour, in the night to 4 October."""
    one = subscription("09:00 daily", zone="Australia/Lord_Howe")
    before = datetime(2026, 10, 2, 0, tzinfo=UTC)
    assert times(one, now=before) == ["Sat 3 Oct 09:00", "Sun 4 Oct 09:00", "Mon 5 Oct 09:00"]
    offsets = [offset(at, ZoneInfo(one.zone)) for at in islice(next_times(one, USED, before), 2)]
    assert offsets == ["UTC+10:30", "UTC+11"]


def test_business_days_are_those_of_the_workspace() -> None:
    calendar = {"closed": ["2026-11-24", "2026-12-01"], "fiscal_year": "april"}
    of = replace(USED, calendar=CalendarEntry.model_validate(calendar))
    assert times(subscription("09:00 business days"), of)[0] == "Wed 25 Nov 09:00"
    assert times(subscription("09:00 business days"))[0] == "Tue 24 Nov 09:00"
    assert times(subscription("09:00 1st business day"), of)[0] == "Wed 2 Dec 09:00"
    assert times(subscription("09:00 fiscal year start"), of)[0] == "Thu 1 Apr 2027 09:00"


def test_posts_and_subscriptions_come_in_their_order() -> None:
    of = replace(USED, schedule=(Owed("daily", "slack", "C0TEAM", Cadence(time(9), MONDAY_TO_FRIDAY)),))
    own = [subscription("08:00 tuesday"), replace(subscription("07:00 wednesday", report="daily"), number=2)]
    found = coming(of, own, NOW, most=4)
    assert [(one.clock(NOW), one.title, one.where, one.number) for one in found] == [
        ("Tue 24 Nov 08:00 UTC+1", "GitHub Stars", (), 1),
        ("Tue 24 Nov 09:00 UTC+1", "daily update", (("slack", "C0TEAM"),), 0),
        ("Wed 25 Nov 07:00 UTC+1", "daily update", (), 2),
        ("Wed 25 Nov 09:00 UTC+1", "daily update", (("slack", "C0TEAM"),), 0),
    ]
    assert coming(USED, [], NOW, most=4) == ()


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("UTC", "UTC+0"),
        ("Europe/Berlin", "UTC+1"),
        ("Asia/Kathmandu", "UTC+5:45"),
        ("America/St_Johns", "UTC−3:30"),
        ("America/Los_Angeles", "UTC−8"),
    ],
)
def test_an_offset_is_said_to_the_minute(zone: str, said: str) -> None:
    assert offset(NOW, ZoneInfo(zone)) == said


def test_the_year_is_said_where_it_is_another() -> None:
    zone = ZoneInfo("Europe/Berlin")
    new_year = datetime(2027, 1, 1, 8, tzinfo=UTC)
    assert wall(new_year, zone, NOW) == "Fri 1 Jan 2027 09:00"
    assert day_words(new_year, zone, NOW) == "Fri 1 Jan 2027 09:00"
    assert day_words(NOW.replace(hour=17), zone, NOW) == "18:00"


@pytest.mark.parametrize(
    ("hours", "said"),
    [(0, "in 0 min"), (1, "in 60 min"), (24, "in 24 h"), (72, "in 3 days"), (-1, "in 0 min")],
)
def test_how_long_until_then_is_said_in_one_unit(hours: int, said: str) -> None:
    assert until(datetime.fromtimestamp(NOW.timestamp() + hours * 3600, UTC), NOW) == said


@pytest.mark.parametrize(
    ("question", "report", "title", "subject"),
    [
        (PATH, "ask", "GitHub Stars", PATH),
        (f"{PATH} 90d", "ask", "GitHub Stars 90d", PATH),
        ("acme/growth.gone 90d", "ask", "acme/growth.gone 90d", "acme/growth.gone"),
        ("compare stars nps", "ask", "compare stars nps", "compare"),
        ("", "daily", "daily update", "daily"),
    ],
)
def test_a_subscription_has_a_title_and_a_subject(
    question: str, report: str, title: str, subject: str
) -> None:
    one = subscription(question=question, report=report)
    assert (title_of(one, USED), subject_of(one)) == (title, subject)
    assert rule_words(one, USED) == "at 09:00 on weekdays"


def test_a_reader_has_a_zone() -> None:
    raj = Person("Raj", zone="Asia/Kolkata")
    assert own_zone(raj, "Europe/Paris", USED)[0].key == "Asia/Kolkata"
    assert own_zone(Person("Sam"), "Europe/Paris", USED)[0].key == "Europe/Paris"
    assert own_zone(None, "../etc/passwd", USED)[0] == USED.zone
