"""Units: spellings, conversions in both directions, and what cannot be mixed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.unit import KNOWN, UnitFault, are_comparable, convert, singular, unit

NUMBERS = st.floats(min_value=-1e12, max_value=1e12, allow_nan=False)


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("s", "seconds"),
        ("Second", "seconds"),
        ("hour", "hours"),
        ("h", "hours"),
        ("minutes", "min"),
        ("percent", "%"),
        ("USD", "$"),
        ("kb", "KB"),
        (" page   views / week ", "page views/week"),
        ("evaluators per day", "evaluators/day"),
        ("stars/days", "stars/day"),
        ("/10", "/10"),
        ("/KLOC", "/KLOC"),
        ("", ""),
        ("count", ""),
        ("Stars", "Stars"),
    ],
)
def test_synonyms_share_a_name(spelling: str, name: str) -> None:
    assert unit(spelling).name == name


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        (90, "min", "hours", 1.5),
        (500, "ms", "seconds", 0.5),
        (0.07, "ratio", "%", 7.0),
        (85, "%", "ratio", 0.85),
        (30.94, "ratio", "x", 30.94),
        (310, "%", "x", 3.1),
        (1, "years", "months", 12),
        (500, "KB", "bytes", 500_000),
        (7, "stars/week", "stars/day", 1),
        (60, "requests/min", "requests/s", 1),
        (4, "/5", "/10", 8),
        (5, "", "stars", 5),
        (5, "stars", "developers", 5),
        (2.5, "ratio", "pages", 2.5),
        (2, "$/lead", "$", 2),
        (31, "", "x", 31),
    ],
)
def test_a_conversion_is_the_nearest_float(value: float, source: str, target: str, expected: float) -> None:
    assert convert(value, unit(source), unit(target)) == expected


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("stars", "seconds"),
        ("$", "€"),
        ("$", "stars"),
        ("%", "stars"),
        ("stars/day", "stars"),
        ("stars", "stars/day"),
        ("hours", "%"),
        ("bytes", "ms"),
        ("/10", "%"),
    ],
)
def test_units_of_different_things_do_not_convert(source: str, target: str) -> None:
    assert not are_comparable(unit(source), unit(target))
    with pytest.raises(UnitFault, match=r"cannot be turned into"):
        convert(1.0, unit(source), unit(target))


@pytest.mark.parametrize(
    ("name", "one"),
    [
        ("stars", "star"),
        ("entries", "entry"),
        ("searches/month", "search/month"),
        ("NPS", "NPS"),
        ("min", "min"),
        ("page views", "page view"),
        ("address", "address"),
        ("people", "person"),
        ("", ""),
        ("status", "status"),
    ],
)
def test_the_singular_of_a_unit(name: str, one: str) -> None:
    assert singular(name) == one


@given(NUMBERS, st.sampled_from(sorted(KNOWN)), st.sampled_from(sorted(KNOWN)))
def test_a_conversion_and_back_is_the_same_value(value: float, one: str, other: str) -> None:
    source, target = unit(one), unit(other)
    if are_comparable(source, target):
        assert convert(convert(value, source, target), target, source) == pytest.approx(value, rel=1e-12)


@given(st.text(max_size=60))
def test_any_text_is_a_unit_and_its_name_means_the_same(text: str) -> None:
    found = unit(text)
    assert convert(2.0, found, found) == 2.0
    assert unit(found.name).dimension == found.dimension


def test_a_unit_as_long_as_a_book_is_refused() -> None:
    with pytest.raises(UnitFault, match="too long"):
        unit("a" * 1000)
