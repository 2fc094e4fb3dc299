"""Landings in words: as exact as their doubt, with a chance that is never a certainty."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.reports.landing_words import (
    chance_words,
    landing_lines,
    outlook_lines,
    outlook_print,
    printed,
    why_none,
)
from kpi.gate_outlook import Outlook
from kpi.landing import Landing, NoLanding
from kpi.standing import Standing, standing
from tests.kpi.cases import TODAY, context_of, daily, framework_of, kpi_of

FOUND = Landing(4181.7, 3871.2, 4488.9, 3700, 4700, 0.09, date(2026, 11, 29), date(2027, 1, 12), "drift", 90)


def stars(value: float = 1234.0, target: str = "5,000") -> Standing:
    kpi = kpi_of({"day90": target})
    found = standing(kpi, context_of(framework_of(kpi), daily("github.stars", [value] * 20, hour=20)))
    assert found.target is not None
    return replace(found, target=replace(found.target, title="Day 90"))


def told(found: Landing | NoLanding | None, of: Standing | None = None) -> list[str]:
    return list(landing_lines(of or stars(), found, TODAY))


@pytest.mark.parametrize(
    ("unit", "numbers", "expected"),
    [
        ("stars", (4181.7, 3871.2, 4488.9), "4,180 ± 310"),
        ("stars", (4181.7, 3900.2, 4950.0), "4,180 (3,900–4,950)"),
        ("visitors", (11_736, 11_450, 12_050), "11,740 ± 300 visitors"),
        ("visitors", (11_736, 11_700, 12_050), "11,740 visitors (11,700–12,050)"),
        ("min", (10.71, 8.2, 13.3), "10.7 ± 2.6 min"),
        ("ms", (55.23, 52.9, 56.3), "55.2 ms (52.9–56.3)"),
        ("$", (49_234, 48_890, 49_600), "$49,230 ± $360"),
        ("%", (93.94, 93.2, 94.6), "93.9% ± 0.7 points"),
        ("%", (93.94, 90.2, 94.3), "93.9% (90.2–94.3%)"),
        ("stars", (7.6, 7.0, 8.5), "7.6 ± 0.75"),
        ("stars", (6.0, 6.0, 6.0), "6"),
        ("ratio", (0.000646, 0.00055, 0.00074), "0.000646 ± 0.000095"),
    ],
)
def test_a_landing_is_as_exact_as_its_doubt(
    unit: str, numbers: tuple[float, float, float], expected: str
) -> None:
    value, low, high = numbers
    found = replace(FOUND, value=value, low80=low, high80=high)
    assert printed(found, kpi_of({}, unit_name=unit)).whole == expected


@pytest.mark.parametrize(
    ("chance", "expected"),
    [
        (0.005, "under 1%"),
        (0.0099, "under 1%"),
        (0.01, "1%"),
        (0.094, "9%"),
        (0.99, "99%"),
        (0.995, "over 99%"),
    ],
)
def test_a_chance_is_never_said_to_be_certain(chance: float, expected: str) -> None:
    assert chance_words(chance) == expected


def test_where_it_lands_how_surely_and_when() -> None:
    assert told(FOUND) == [
        "Landing 4,180 ± 310 on day 90; 9% chance of 5,000.",
        "Rather met than not from 12 Jan 2027.",
    ]
    assert told(replace(FOUND, met_on=None)) == ["Landing 4,180 ± 310 on day 90; 9% chance of 5,000."]
    assert told(replace(FOUND, chance=None)) == [
        "Landing 4,180 ± 310 on day 90.",
        "Rather met than not from 12 Jan 2027.",
    ]


def test_what_is_certain_is_said_to_be_so() -> None:
    met = stars(6000.0)
    assert told(replace(FOUND, chance=1.0), met) == [
        "Landing 4,180 ± 310 on day 90; 5,000 is reached for good."
    ]
    out = replace(FOUND, chance=0.0, met_on=None)
    assert told(out) == ["Landing 4,180 ± 310 on day 90; 5,000 is out of reach."]


def test_another_deadline_is_told_by_its_date() -> None:
    kpi = kpi_of({"q4": "5,000"})
    other = standing(kpi, context_of(framework_of(kpi), daily("github.stars", [9.0] * 20, hour=20)))
    found = replace(FOUND, deadline=date(2026, 12, 31), met_on=None)
    assert told(found, other) == ["Landing 4,180 ± 310 on 31 Dec; 9% chance of 5,000."]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (NoLanding("few days", 6, 10), "No landing yet: 6 of 10 closed days measured."),
        (NoLanding("few entries", 3, 8), "No landing yet: 3 of 8 readings made."),
        (NoLanding("silent", 40, 28), "No landing: nothing was measured for 40 days."),
        (NoLanding("far"), "No landing: its deadline is more than two years ahead."),
        (NoLanding("no data", reason="never measured"), ""),
    ],
)
def test_why_there_is_none(found: NoLanding, expected: str) -> None:
    assert why_none(found) == expected
    assert told(found) == ([expected] if expected else [])
    assert told(None) == []


GATE = Outlook(date(2026, 12, 12), 0.54, date(2027, 2, 28), 0.81, 2, 40)


def test_when_a_gate_could_hold_and_how_surely() -> None:
    assert list(outlook_lines(GATE, TODAY)) == [
        "Could hold from 12 Dec: 54%.",
        "Chance to hold on 28 Feb 2027, the end of its phase: 81%.",
    ]
    assert outlook_print(GATE) == (
        "Chances take the KPIs as independent of each other; 2 have too short a history and stay as they are"
    )
    over = replace(GATE, by=None, chance_by=None, steady=0)
    assert list(outlook_lines(over, TODAY)) == ["Could hold from 12 Dec: 54%."]
    assert outlook_print(over) == "Chances take the KPIs as independent of each other"


@pytest.mark.parametrize(
    ("chance", "expected"), [(0.0, "out of reach"), (1.0, "certain"), (0.005, "under 1%")]
)
def test_a_gate_that_no_day_of_the_year_favours(chance: float, expected: str) -> None:
    found = replace(GATE, holds_from=None, chance=None, chance_by=chance)
    assert list(outlook_lines(found, TODAY)) == [
        f"Chance to hold on 28 Feb 2027, the end of its phase: {expected}."
    ]


def test_of_nothing_nothing_is_said() -> None:
    nothing = replace(GATE, holds_from=None, chance=None, by=None, chance_by=None)
    for found in (None, nothing):
        assert list(outlook_lines(found, TODAY)) == []
        assert outlook_print(found) == ""
