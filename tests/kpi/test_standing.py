"""A standing as a whole: value, target in force, met, zone, pace, age and the three states."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kpi.calendar import Moment
from kpi.framework import Kpi
from kpi.measure import State
from kpi.metric import Series
from kpi.quantity import Better
from kpi.standing import SourceFault, Standing, Trend, Zone, needs, needs_of_all, standing, standings
from tests.kpi.cases import (
    BAKHMACH_ZONES,
    BERLIN,
    NOON,
    TODAY,
    context_of,
    daily,
    framework_of,
    kpi_of,
    reading_at,
)

STARS = kpi_of({"day90": "5,000"})
COVERAGE = kpi_of({"q4": "90%+"}, name="Test Coverage", unit_name="%", measure=None)
ENTRY = "entry.hektor.section.test_coverage"
EXPIRED = SourceFault("github", "auth", "GitHub refuses the token", "renew it", NOON - timedelta(days=2))


def stand(
    kpi: Kpi, *series: Series, zones: bool = True, now: datetime = NOON, start: date = date(2026, 8, 31)
) -> Standing:
    framework = framework_of(kpi, zones=BAKHMACH_ZONES if zones else ())
    return standing(kpi, context_of(framework, *series, now=now, start=start))


def test_stars_on_the_way_to_day_90() -> None:
    found = stand(STARS, daily("github.stars", [1100.0] * 7 + [1234.0] * 7), zones=False)
    assert found.target is not None
    assert (found.value, found.target.horizon, found.target.deadline) == (1234, "day90", date(2026, 11, 29))
    assert (found.percent_of_target, found.met) == (24.68, False)
    assert (found.zone, found.zone_reason) == (Zone.UNKNOWN, "HEKTOR states no zones")
    assert (found.trend.trend, found.trend.change) == (Trend.BETTER, 134)
    assert found.age == timedelta(hours=36)
    assert found.state is State.VALUE


def test_a_baseline_draws_the_line_and_counts_the_way() -> None:
    kpi = kpi_of({"q4": "85%"}, name="Test Coverage", unit_name="%", measure=None, baseline=82.0)
    found = stand(kpi, reading_at(ENTRY, NOON, 82.0), start=date(2026, 10, 2))
    assert found.pace is not None
    assert found.percent_of_target == pytest.approx(8200 / 85)  # 96 % of target at no progress
    assert found.progress == 0
    assert found.pace.expected == pytest.approx(82 + 3 * 52 / 90)
    assert (found.pace.start_value, found.pace.end_value) == (82, 85)


def test_without_a_baseline_the_line_starts_at_the_value_of_day_0() -> None:
    series = daily("github.stars", [161.0] * 10 + [1234.0] * 75)
    found = stand(STARS, series, start=date(2026, 9, 5))
    assert found.pace is not None
    assert (found.pace.start_value, found.pace.day, found.pace.days) == (161, 79, 90)
    assert found.progress is None  # progress needs a written baseline


@pytest.mark.parametrize("values", [[1234.0] * 14, [161.0] * 3 + [None] * 60 + [1234.0] * 14])
def test_no_value_near_day_0_no_pace(values: list[float | None]) -> None:
    assert stand(STARS, daily("github.stars", values)).pace is None


@pytest.mark.parametrize(
    "targets", [{"steady": "5,000"}, {"phase1": "5,000"}, {"day90": "Market leader"}, {}]
)
def test_no_deadline_or_number_no_pace(targets: dict[str, str]) -> None:
    kpi = kpi_of(targets, baseline=0.0)
    assert stand(kpi, daily("github.stars", [1234.0] * 14)).pace is None


@pytest.mark.parametrize(("hours", "has_pace"), [(1, True), (35, True), (36, True), (37, False)])
def test_the_value_of_day_0_may_be_as_old_as_a_daily_reading(hours: int, has_pace: bool) -> None:
    close = datetime(2026, 9, 1, tzinfo=BERLIN)
    first = reading_at("github.stars", close - timedelta(hours=hours, microseconds=1), 161.0)
    assert (stand(STARS, first).pace is not None) is has_pace


def test_at_its_closing_a_day_still_has_its_own_target() -> None:
    kpi = kpi_of({"q3": "$15K", "q4": "$50K+"}, unit_name="$", baseline=0.0)
    context = context_of(framework_of(kpi), start=date(2026, 1, 2))
    closing = standing(kpi, replace(context, moment=context.moment.close_of(date(2026, 9, 30))))
    assert closing.target is not None
    assert closing.pace is not None
    assert (closing.target.horizon, closing.target.is_past) == ("q3", False)
    assert (closing.pace.day, closing.pace.days, closing.pace.expected) == (271, 271, 15_000)


def test_no_pace_before_the_start() -> None:
    kpi = kpi_of({"day90": "5,000"}, baseline=0.0)
    assert stand(kpi, daily("github.stars", [10.0]), start=date(2026, 12, 1)).pace is None


def test_day_0_itself_reads_what_there_is() -> None:
    found = stand(STARS, daily("github.stars", [161.0] * 3), start=TODAY)
    assert found.pace is not None
    assert (found.pace.start_value, found.pace.expected, found.pace.percent) == (161, 161, 100)


@pytest.mark.parametrize(
    ("value", "zone", "met"),
    [
        (81.0, Zone.GREEN, False),
        (80.99, Zone.YELLOW, False),
        (63, Zone.YELLOW, False),
        (62.9, Zone.RED, False),
    ],
)
def test_zone_and_met_are_two_columns(value: float, zone: Zone, met: bool) -> None:
    found = stand(COVERAGE, reading_at(ENTRY, NOON, value))
    assert (found.zone, found.met) == (zone, met)


@pytest.mark.parametrize(("last", "zone"), [(86.0, Zone.GREEN), (85.0, Zone.YELLOW), (84.0, Zone.YELLOW)])
def test_a_flat_or_falling_trend_lowers_green(last: float, zone: Zone) -> None:
    assert stand(COVERAGE, daily(ENTRY, [85.0] * 7 + [last] * 7)).zone is zone


def test_a_measured_week_is_not_held_against_an_entered_one() -> None:
    measured = daily("github.stars", [1234.0] * 7, hour=1)
    entered = daily("entry.hektor.section.github_stars", [1100.0] * 7, until=TODAY - timedelta(days=7))
    found = stand(STARS, measured, entered)
    assert found.value == 1234
    assert found.trend.trend is Trend.UNKNOWN


def test_an_open_critical_issue_lowers_green() -> None:
    context = context_of(framework_of(COVERAGE, zones=BAKHMACH_ZONES), reading_at(ENTRY, NOON, 95.0))
    assert standing(COVERAGE, context).zone is Zone.GREEN
    with_issue = replace(context, issues=frozenset({COVERAGE.key}))
    assert standing(COVERAGE, with_issue).zone is Zone.YELLOW


@pytest.mark.parametrize(
    ("targets", "value", "reason"),
    [
        ({"q4": "90%+"}, None, "was never measured"),
        ({"q4": "Continuous"}, 5.0, "“Continuous” waits for a judgement: nobody has said yet"),
        ({"q4": "N/A"}, 5.0, "no target applies at Q4"),
        ({}, 5.0, "it has no target"),
    ],
)
def test_an_unknown_zone_says_why(targets: dict[str, str], value: float | None, reason: str) -> None:
    kpi = kpi_of(targets, name="Test Coverage", unit_name="%", measure=None)
    series = [] if value is None else [reading_at(ENTRY, NOON, value)]
    found = stand(kpi, *series)
    assert found.zone is Zone.UNKNOWN
    assert reason in found.zone_reason
    assert found.met is None
    assert found.percent_of_target is None


def test_churn_without_a_target_is_not_red() -> None:
    kpi = kpi_of({"q4": "N/A"}, name="Test Coverage", unit_name="%", better=Better.LOWER, measure=None)
    found = stand(kpi, reading_at(ENTRY, NOON, 40.0))
    assert (found.zone, found.met, found.value) == (Zone.UNKNOWN, None, 40)
    assert found.target is not None
    assert found.target.goal.text == "N/A"


def test_no_errors_at_all_are_met_and_green() -> None:
    kpi = kpi_of({"q4": "<0.1%"}, name="Test Coverage", unit_name="%", better=Better.LOWER, measure=None)
    found = stand(kpi, reading_at(ENTRY, NOON, 0.0))
    assert (found.met, found.percent_of_target, found.zone) == (True, None, Zone.GREEN)


@pytest.mark.parametrize(
    ("hours_old", "has_fault", "state"),
    [
        (3, False, State.VALUE),
        (3, True, State.VALUE),  # still as fresh as it should be
        (37, True, State.FAULT),
        (37, False, State.VALUE),  # old, and nobody says why: a value with its age
        (None, False, State.NO_DATA),
        (None, True, State.FAULT),
    ],
)
def test_value_no_data_and_fault_are_three_things(
    hours_old: int | None, has_fault: bool, state: State
) -> None:
    series = (
        [] if hours_old is None else [reading_at("github.stars", NOON - timedelta(hours=hours_old), 812.0)]
    )
    context = context_of(framework_of(STARS), *series)
    found = standing(STARS, replace(context, faults={"github": EXPIRED} if has_fault else {}))
    assert found.state is state
    assert found.value == (None if hours_old is None else 812)  # the last known value stays
    assert found.fault == (EXPIRED if has_fault else None)


@pytest.mark.parametrize(
    ("name", "found"), [("github", True), ("github.stars", True), ("git", False), ("github.forks", False)]
)
def test_a_fault_is_found_by_the_beginning_of_the_metrics_name(name: str, found: bool) -> None:
    context = replace(context_of(framework_of(STARS)), faults={name: EXPIRED})
    assert (standing(STARS, context).fault is not None) is found


def test_the_nearest_name_of_a_fault_wins() -> None:
    nearer = replace(EXPIRED, source="stars")
    context = replace(context_of(framework_of(STARS)), faults={"github": EXPIRED, "github.stars": nearer})
    assert standing(STARS, context).fault == nearer


def test_age_is_never_negative_and_known_whenever_a_sample_is() -> None:
    assert stand(STARS, reading_at("github.stars", NOON, 5.0)).age == timedelta(0)
    assert stand(STARS).age is None


def test_the_last_target_stays_when_all_are_past() -> None:
    late = datetime(2027, 2, 1, 12, tzinfo=BERLIN)
    found = stand(COVERAGE, reading_at(ENTRY, late, 90.0), now=late)
    assert found.target is not None
    assert (found.target.is_past, found.met) == (True, True)


@pytest.mark.parametrize(
    ("now", "zone", "horizon"),
    [
        ("2026-09-30T21:59:59+00:00", "Europe/Berlin", "q3"),
        ("2026-09-30T22:00:00+00:00", "Europe/Berlin", "q4"),
        ("2026-09-30T10:59:59+00:00", "Pacific/Apia", "q3"),
        ("2026-09-30T11:00:00+00:00", "Pacific/Apia", "q4"),
        ("2026-10-01T02:59:59+00:00", "America/Sao_Paulo", "q3"),
        ("2026-10-01T03:00:00+00:00", "America/Sao_Paulo", "q4"),
        ("2026-09-30T18:14:59+00:00", "Asia/Kathmandu", "q3"),
        ("2026-09-30T18:15:00+00:00", "Asia/Kathmandu", "q4"),
    ],
)
def test_a_quarter_ends_at_midnight_where_the_company_is(now: str, zone: str, horizon: str) -> None:
    kpi = kpi_of({"q3": "$15K", "q4": "$50K+"}, unit_name="$")
    context = context_of(framework_of(kpi))
    there = replace(context, moment=Moment(datetime.fromisoformat(now), ZoneInfo(zone)))
    target = standing(kpi, there).target
    assert target is not None
    assert target.horizon == horizon


def test_standings_keep_the_order_of_the_document() -> None:
    framework = framework_of(STARS, COVERAGE)
    assert list(standings(context_of(framework))) == [STARS.key, COVERAGE.key]


def test_needs_reach_back_to_everything_a_standing_reads() -> None:
    context = context_of(framework_of(STARS), start=date(2026, 8, 31))
    found = needs(STARS, context)
    assert set(found) == {"github.stars", "entry.hektor.section.github_stars"}
    assert found["github.stars"] <= datetime(2026, 9, 1, tzinfo=BERLIN)
    without_start = replace(context, plan=replace(context.plan, start=None))
    assert needs(STARS, without_start)["github.stars"] <= datetime(2026, 11, 16, tzinfo=BERLIN)


def test_what_all_need_starts_where_the_first_of_them_does() -> None:
    traffic = kpi_of({"day90": "5,000"}, name="Traffic", measure="sum(site.visitors, 30d)", baseline=0.0)
    context = context_of(framework_of(STARS, traffic))
    found = needs_of_all(context)
    assert found.keys() == needs(STARS, context).keys() | needs(traffic, context).keys()
    assert all(
        found[name] == since for kpi in (STARS, traffic) for name, since in needs(kpi, context).items()
    )


def test_a_written_baseline_needs_no_value_of_day_0() -> None:
    kpi = kpi_of({"day90": "5,000"}, baseline=0.0, measure="sum(site.visitors, 7d)")
    assert needs(kpi, context_of(framework_of(kpi)))["site.visitors"] == datetime(2026, 11, 9, tzinfo=BERLIN)
