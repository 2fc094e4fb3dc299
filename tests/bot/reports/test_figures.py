"""Numbers in the manner of a language: separators, currency, millions, time and points."""

from __future__ import annotations

import pytest

from bot.charts.numerals import print_short, print_tick
from bot.languages import speaking
from bot.reports.figures import print_change, print_goal, print_time, print_value
from kpi.quantity import Better, parse_goal
from kpi.unit import unit as unit_of


@pytest.mark.parametrize(
    ("value", "unit", "english", "german"),
    [
        (1234.5, "stars", "1,234 stars", "1.234 stars"),
        (85.5, "%", "85.5%", "85,5%"),
        (1204, "$", "$1,204", "1.204 $"),
        (-1204.5, "€/month", "−€1,204/month", "−1.204 €/month"),
        (1_500_000, "$", "$1.5M", "1,5 Mio. $"),
        (2_000_000_000, "stars", "2B stars", "2 Mrd. stars"),
        (1, "days", "1 day", "1 Tag"),
        (2.5, "hours", "2.5 hours", "2,5 Stunden"),
        (3, "deployments/day", "3 deployments/day", "3 deployments/day"),
    ],
)
def test_a_value(value: float, unit: str, english: str, german: str) -> None:
    assert print_value(value, unit_of(unit)) == english
    with speaking("de"):
        assert print_value(value, unit_of(unit)) == german


@pytest.mark.parametrize(
    ("value", "unit", "english", "german"),
    [
        (1, "%", "+1 point", "+1 Punkt"),
        (-2.5, "%", "−2.5 points", "−2,5 Punkte"),
        (-1204, "$", "−$1,204", "−1.204 $"),
        (0, "%", "±0", "±0"),
        (-7, "days", "−7 days", "−7 Tage"),
    ],
)
def test_a_change(value: float, unit: str, english: str, german: str) -> None:
    assert print_change(value, unit_of(unit)) == english
    with speaking("de"):
        assert print_change(value, unit_of(unit)) == german


@pytest.mark.parametrize(
    ("goal", "unit", "german"),
    [("$1M", "$", "≥ 1 Mio. $"), ("60%", "%", "≥ 60%"), ("to be decided", "%", "to be decided")],
)
def test_a_goal(goal: str, unit: str, german: str) -> None:
    with speaking("de"):
        assert print_goal(parse_goal(goal, unit=unit_of(unit), better=Better.HIGHER), unit_of(unit)) == german


def test_a_stretch_of_time() -> None:
    assert print_time("30 days") == "30 days"
    with speaking("de"):
        assert print_time("30 days") == "30 Tage"
        assert print_time("a while") == "a while"


def test_the_short_numbers_of_charts() -> None:
    with speaking("de"):
        assert print_short(1.234e6, "$") == "1,23 Mio. $"
        assert print_short(99.94, "%") == "99,94%"
        assert print_tick(1200, 200, "") == "1,2 Tsd."
        assert print_tick(-5e9, 1e9, "") == "−5 Mrd."
