"""What is open, late or missing never makes an alert: it waits."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kpi.calendar import Moment
from tests.kpi.cases import BERLIN, NOON, TODAY
from tests.kpi.sights import MIDNIGHT, daily, found, labelled, one, points, rule, sight_of, unsettled

DROP = rule(drop="sum(visits, 1d)", above=30)
NO_SIGNUPS = rule(handling={"lasting": "24 hours"}, measure="sum(signups, 1d)", at_most=0)


def test_a_day_half_over_is_no_drop() -> None:
    visits = daily("visits", [100.0, 100.0, 40.0], until=TODAY + timedelta(days=1))
    assert one(DROP, sight_of(visits)).holds is False


def test_an_hour_that_is_twenty_minutes_old_is_not_looked_at() -> None:
    hours = [(MIDNIGHT + timedelta(hours=hour), 100.0) for hour in range(12)]
    hits = points("hits", *hours, (MIDNIGHT + timedelta(hours=12), 3.0))
    fell = rule(measure="last(hits)", below=50)
    early = one(fell, sight_of(hits, now=NOON + timedelta(minutes=20)))
    assert (early.holds, early.value) == (False, 100.0)
    over = one(fell, sight_of(hits, now=NOON + timedelta(minutes=60)))
    assert (over.holds, over.value) == (True, 3.0)


def test_what_may_still_change_is_not_looked_at() -> None:
    visits = unsettled(daily("visits", [100.0, 100.0, 100.0, 20.0]), 1)
    finding = one(DROP, sight_of(visits))
    assert finding.holds is False
    assert finding.at == MIDNIGHT - timedelta(days=1)


def test_nothing_is_said_while_no_day_is_settled() -> None:
    finding = one(DROP, sight_of(unsettled(daily("visits", [100.0] * 12), 12)))
    assert (finding.holds, finding.clears) == (None, None)
    assert "not settled" in finding.reason


@pytest.mark.parametrize(
    ("patience", "judged"),
    [(0, 1), (12, 1), (13, 2), (24, 2), (48, 3), (7 * 24, 8)],
    ids=lambda value: str(value),
)
def test_a_source_is_given_the_time_it_needs(patience: int, judged: int) -> None:
    sight = sight_of(daily("visits", [100.0] * 20), settles_after={"visits": timedelta(hours=patience)})
    assert one(DROP, sight).at == MIDNIGHT - timedelta(days=judged - 1)


def test_a_day_without_data_is_no_drop_and_no_zero() -> None:
    sight = sight_of(daily("visits", [100.0, 100.0, None]), daily("signups", [5.0, 5.0, None]))
    for asked in (DROP, NO_SIGNUPS):
        finding = one(asked, sight)
        assert (finding.holds, finding.clears) == (None, None)
        assert finding.reason


def test_a_gap_in_the_day_before_is_no_rise() -> None:
    assert (
        one(rule(rise="sum(visits, 1d)", above=30), sight_of(daily("visits", [9.0, None, 99.0]))).holds
        is None
    )


def test_no_signups_for_a_day_are_none_once_the_day_is_over() -> None:
    finding = one(NO_SIGNUPS, sight_of(daily("signups", [5.0, 4.0, 0.0])))
    assert finding.holds is True
    assert (finding.since, finding.at) == (MIDNIGHT - timedelta(days=1), MIDNIGHT)


def test_a_day_of_23_hours_lasts_a_day() -> None:
    now = datetime(2026, 3, 30, 9, tzinfo=BERLIN)
    finding = one(NO_SIGNUPS, sight_of(daily("signups", [4.0, 0.0], until=now.date()), now=now))
    assert finding.holds is True
    assert finding.at is not None
    assert finding.since is not None
    assert finding.at - finding.since >= timedelta(hours=24)


def test_a_past_moment_is_judged_by_the_same_series() -> None:
    visits = daily("visits", [100.0, 100.0, 20.0, 100.0, 100.0])
    sight = sight_of(visits)
    assert one(DROP, sight).holds is False
    then = sight.at(Moment(NOON - timedelta(days=2), BERLIN))
    assert one(DROP, then).holds is True


def test_another_zone_has_other_days() -> None:
    zone = ZoneInfo("Pacific/Auckland")
    visits = daily("visits", [100.0, 50.0], zone=zone, until=TODAY + timedelta(days=1))
    now = datetime(2026, 11, 24, 9, tzinfo=zone)
    assert one(DROP, sight_of(visits, now=now, zone=zone)).holds is True


def test_a_level_that_nobody_reads_any_more_says_nothing() -> None:
    old = points("stars", (NOON - timedelta(days=4), 900.0))
    finding = one(rule(measure="last(stars)", below=1000), sight_of(old))
    assert finding.holds is None
    assert "no newer" in finding.reason


def test_a_page_that_is_checked_no_more_is_over_and_others_go_on() -> None:
    down = rule(measure="last(web.up)", below=1, by="url")
    gone = labelled(points("web.up", (NOON - timedelta(days=9), 0.0)), url="old")
    here = labelled(points("web.up", (NOON, 1.0)), url="new")
    told = {finding.subject: finding for finding in found(down, sight_of(gone, here), {"old"})}
    assert (told["old"].holds, told["old"].clears) == (False, True)
    assert told["new"].holds is False
