"""Zones, gates, chances, and how much of another rule fires."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kpi.conditions import Chance
from tests.kpi.cases import NOON, kpi_of
from tests.kpi.sights import MIDNIGHT, daily, found, one, rule, sight_of

STARS = kpi_of({"steady": "100"}, measure="last(stars)")
VISITS = kpi_of({"phase1": "100"}, name="Visits", unit_name="visitors", measure="sum(visits, 1d)")
RED = rule("critical", zone="any", becomes="red")


def test_a_zone_that_was_entered() -> None:
    finding = one(RED, sight_of(daily("stars", [80.0, 80.0, 60.0], hour=20), kpis=[STARS]))
    assert finding.holds is True
    assert (finding.evidence["from"], finding.evidence["to"], finding.value) == ("yellow", "red", 60.0)


def test_a_zone_of_a_day_that_may_still_change_waits() -> None:
    visits, settles = daily("visits", [90.0, 90.0, 10.0]), {"visits": timedelta(days=1)}
    assert one(RED, sight_of(visits, kpis=[VISITS])).holds is True
    waits = one(RED, sight_of(visits, kpis=[VISITS], settles_after=settles))
    assert (waits.holds, waits.at) == (False, MIDNIGHT - timedelta(days=1))


def test_where_no_zones_are_drawn_nothing_becomes_one() -> None:
    assert found(RED, sight_of(daily("stars", [1.0]), kpis=[STARS], zones=())) == ()


def test_without_data_a_zone_stays() -> None:
    assert one(RED, sight_of(kpis=[STARS])).holds is None


@pytest.mark.parametrize(("value", "state"), [(100.0, "open"), (99.0, "shut")])
def test_a_gate_opens_and_shuts(value: float, state: str) -> None:
    sight = sight_of(daily("visits", [value]), kpis=[VISITS])
    for becomes in ("open", "shut"):
        for name in ("any", "phase1", "hektor/phase1"):
            finding = one(rule(gate=name, becomes=becomes), sight)
            assert (finding.subject, finding.holds) == ("hektor/phase1", becomes == state)
            assert (finding.evidence["to"], finding.evidence["required"]) == (state, 1)


def test_a_gate_of_which_nothing_is_known_says_nothing() -> None:
    assert one(rule(gate="any", becomes="shut"), sight_of(kpis=[VISITS])).holds is None


def test_a_chance_below_its_limit() -> None:
    path = f"hektor/{STARS.key}"
    chance = Chance(8.0, 72.0, 100.0, "2026-11-29", NOON)
    finding = one(rule(chance="any", below=10), sight_of(kpis=[STARS], chances={path: chance}))
    assert (finding.subject, finding.holds, finding.value) == (path, True, 8.0)
    assert finding.evidence["deadline"] == "2026-11-29"
    assert found(rule(chance="any", below=10), sight_of(kpis=[STARS])) == ()


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_two_reds_are_an_escalation(count: int) -> None:
    since = {f"hektor/{name}": NOON - timedelta(hours=at) for at, name in enumerate("abc"[:count])}
    sight = sight_of().with_firing({"hektor/red": since, "other/red": {"x": NOON}})
    for name in ("red", "hektor/red"):
        finding = one(rule("critical", firing=name, at_least=2), sight)
        assert (finding.subject, finding.holds, finding.clears) == ("", count >= 2, count < 2)
        assert finding.evidence["subjects"] == sorted(since)
    if count == 3:
        assert finding.since == NOON - timedelta(hours=1)
