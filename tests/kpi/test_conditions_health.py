"""A source that fails and a KPI without data are two things, and the first silences the second."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from kpi.conditions import Sight, SourceState
from kpi.standing import SourceFault
from tests.kpi.cases import NOON, kpi_of
from tests.kpi.sights import daily, found, one, points, rule, sight_of

STARS = kpi_of({"steady": "100"}, measure="last(stars)")
VISITS = kpi_of({"steady": "100"}, name="Visits", unit_name="visitors", measure="sum(visits, 3d)")
SOURCE, NO_DATA = rule(source="any"), rule(no_data="any")
HOUR = timedelta(hours=1)


def source(
    since: datetime | None = None, *, every: timedelta = HOUR, failing: tuple[str, ...] = ()
) -> SourceState:
    metrics = frozenset(("stars", "visits"))
    fault = None if since is None else SourceFault("github", "AuthFailed", "refused", "renew it", since)
    failed = frozenset(failing) or metrics
    return SourceState("github", "GitHub", every, metrics, fault, failed if fault else frozenset())


def seen(*sources: SourceState, days: int = 0) -> Sight:
    """Samples that end so many days ago."""
    stars = points("stars", (NOON - timedelta(days=days, hours=1), 5.0))
    visits = daily("visits", [5.0] * 6 + [None] * days)
    return sight_of(stars, visits, kpis=[STARS, VISITS], sources=sources)


@pytest.mark.parametrize(
    ("every", "failed_for", "holds"),
    [
        (HOUR / 12, HOUR, False),
        (HOUR / 12, HOUR * 1.1, True),
        (HOUR, HOUR * 2, False),
        (HOUR, HOUR * 2.1, True),
        (24 * HOUR, HOUR * 30, False),
        (24 * HOUR, HOUR * 49, True),
    ],
)
def test_a_source_fails_for_two_intervals_and_an_hour(
    every: timedelta, failed_for: timedelta, holds: bool
) -> None:
    finding = one(SOURCE, seen(source(NOON - failed_for, every=every)))
    assert (finding.subject, finding.holds, finding.clears) == ("github", holds, False)
    assert finding.since == NOON - failed_for
    assert (finding.evidence["kpis"], finding.evidence["hint"]) == (2, "renew it")


def test_a_source_that_is_read_again_is_over() -> None:
    finding = one(SOURCE, seen(source()))
    assert (finding.holds, finding.clears) == (False, True)


def test_a_part_that_no_kpi_reads_is_nobodys_trouble() -> None:
    assert one(SOURCE, seen(source(NOON - 9 * HOUR, failing=("forks",)))).holds is False


def test_a_rule_with_a_duration_of_its_own_needs_no_more() -> None:
    asked = rule(handling={"lasting": "10 minutes"}, source="github")
    assert one(asked, seen(source(NOON - HOUR / 4))).holds is True


@pytest.mark.parametrize(("days", "holds"), [(0, False), (1, False), (2, True), (5, True)])
def test_no_value_for_two_intervals_is_missed(days: int, holds: bool) -> None:
    told = {finding.subject: finding for finding in found(NO_DATA, seen(source(), days=days))}
    assert told[f"hektor/{STARS.key}"].holds is holds
    if holds:
        assert (
            told[f"hektor/{STARS.key}"].evidence["last_at"]
            == (NOON - timedelta(days=days, hours=1)).isoformat()
        )


def test_a_failing_source_silences_the_kpis_it_leaves_without_data() -> None:
    told = found(NO_DATA, seen(source(NOON - 9 * HOUR), days=5))
    assert {finding.holds for finding in told} == {None}
    assert all("GitHub cannot be read" in finding.reason for finding in told)


def test_what_never_had_a_value_what_people_enter_and_what_no_source_measures_is_not_missed() -> None:
    entered = kpi_of({"steady": "9"}, name="Entered", measure=None)
    never = kpi_of({"steady": "9"}, name="Never", unit_name="signups", measure="sum(signups, 1d)")
    assert found(NO_DATA, sight_of(kpis=[entered, never, STARS], sources=(source(),))) == ()
    assert found(NO_DATA, seen(days=5)) == ()


@pytest.mark.parametrize(("since", "holds"), [(1, False), (2, True)])
def test_samples_that_make_no_number_are_missed_too(since: int, holds: bool) -> None:
    """A day that is missing in the window takes the value away, though newer days have come since."""
    visits = daily("visits", [5.0] * 6 + [None] + [5.0] * since)
    finding = one(NO_DATA, sight_of(visits, kpis=[VISITS], sources=(source(),)))
    assert (finding.holds, finding.clears) == (holds, False)
    assert "days missing" in finding.evidence["reason"]


def test_another_source_is_left_alone() -> None:
    assert found(rule(source="plausible"), seen(source(NOON - 9 * HOUR))) == ()
