"""Where the figures of days stand, and when they are told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from collectors.base import Span
from collectors.of_day import Days
from collectors.own_zone import in_zone
from collectors.ripening import ripe_days
from kpi.metric import Kind, Metric
from tests.collectors.conftest import NOW

AUCKLAND = ZoneInfo("Pacific/Auckland")
FLOW = Metric("a.flow", "events", Kind.FLOW, "amount of a day")
RATIO = Metric("a.ratio", "users", Kind.RATIO, "different people of a day")


def span(since: int = 18) -> Span:
    """From a day of November; in Auckland it is one o'clock of the 21st."""
    return in_zone(Span(NOW, datetime(2026, 11, since, tzinfo=AUCKLAND), ZoneInfo("UTC")), "Pacific/Auckland")


def test_an_amount_stands_at_the_start_and_a_share_at_the_end_of_its_day() -> None:
    days = Days(span(), timedelta(hours=1))
    (flow,), (ratio,) = (list(days.told(one, date(2026, 11, 20), 3.0)) for one in (FLOW, RATIO))
    assert (flow.at, flow.settled) == (datetime(2026, 11, 19, 11, tzinfo=UTC), True)
    assert (ratio.at, ratio.settled) == (datetime(2026, 11, 20, 10, 59, 59, tzinfo=UTC), True)


def test_of_today_only_an_amount_is_told_and_it_is_open() -> None:
    days = Days(span(), timedelta(hours=1))
    (flow,) = days.told(FLOW, date(2026, 11, 21), 3.0)
    assert not flow.settled
    assert list(days.told(RATIO, date(2026, 11, 21), 3.0)) == []


@pytest.mark.parametrize("day", [date(2026, 9, 27), date(2026, 4, 5)])
def test_a_day_of_23_or_25_hours_ends_where_the_next_begins(day: date) -> None:
    (one,) = Days(span(), timedelta(0)).told(RATIO, day, 1.0)
    end = datetime(day.year, day.month, day.day + 1, tzinfo=AUCKLAND).astimezone(UTC)
    assert end - one.at == timedelta(seconds=1)


@pytest.mark.parametrize(("needs", "first", "last"), [(1, 17, 19), (3, 15, 17), (7, 11, 13)])
def test_days_ripen_when_everybody_had_their_time(needs: int, first: int, last: int) -> None:
    found = ripe_days(span(), needs)
    assert (found[0], found[-1]) == (date(2026, 11, first), date(2026, 11, last))
    assert len(found) == last - first + 1


def test_without_a_zone_of_its_own_the_vendor_counts_in_the_workspaces() -> None:
    assert in_zone(span(), None) == span()
