"""How a percent of target came about, in every direction a target can have."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.reports.provenance_words import share_sentence
from kpi.calendar import Moment, Plan
from kpi.metric import SeriesSet
from kpi.standing import Standing, StandingContext, standing
from tests.bot.reports.test_formula import series
from tests.factories import NOW, START, ZONE, each_day, framework


def standing_of(
    target: str, value: float | None, *, better: str = "higher", unit: str = "points"
) -> Standing:
    acme = framework({"name": "Figure", "unit": unit, "better": better, "targets": {"day90": target}})
    entered = SeriesSet() if value is None else series(each_day("entry.acme.growth.figure", [value]))
    context = StandingContext(acme, Plan(START, ZONE), Moment(NOW, ZONE), entered)
    return standing(acme.kpis[0], context)


@pytest.mark.parametrize(
    ("target", "value", "better", "sentence"),
    [
        ("5,000", 4100.0, "higher", "82% = 4,100 / 5,000 (actual / target)"),
        ("5,000", 6000.0, "higher", "120% = 6,000 / 5,000 (actual / target)"),
        ("<5", 6.0, "lower", "83% = 5 / 6 (target / actual, because lower is better)"),
        ("<5", 5.0, "lower", "100% = 5 / 5 (target / actual, because lower is better)"),
        ("<5", 0.0, "lower", "none: it is better than any multiple of the target"),
        ("-20", -15.0, "lower", "75% = −15 / −20 (actual / target)"),
        ("-20", 5.0, "lower", "0%: 5 lies on the other side of 0 than −20"),
        ("0", 3.0, "lower", "0%: a target of 0 is reached or not, it has no ratio"),
        ("0", 3.0, "higher", "100%: a target of 0 is reached or not, it has no ratio"),
        ("20-30", 25.0, "lower", "100%: inside 20–30 points"),
        ("20-30", 40.0, "lower", "75% = 30 / 40 (target / actual, because lower is better)"),
        ("20-30", 10.0, "lower", "200% = 20 / 10 (target / actual, because lower is better)"),
        ("55-60", 44.0, "higher", "80% = 44 / 55 (actual / target)"),
        ("55-60", 66.0, "higher", "110% = 66 / 60 (actual / target)"),
        ("40", 30.0, "none", "none: a planned share is compared in points"),
        ("Market leader", 30.0, "none", ""),
        ("N/A", 30.0, "higher", ""),
        ("5,000", None, "higher", ""),
    ],
)
def test_the_percent_is_told_with_its_formula(
    target: str, value: float | None, better: str, sentence: str
) -> None:
    assert share_sentence(standing_of(target, value, better=better)) == sentence


_NUMBERS = st.integers(-500, 500).map(lambda tenths: tenths / 10)


@given(
    target=st.one_of(
        _NUMBERS.map(lambda one: f"{one:g}"),
        st.tuples(_NUMBERS.map(abs), _NUMBERS.map(abs)).map(lambda ends: f"{min(ends):g} to {max(ends):g}"),
    ),
    value=_NUMBERS,
    better=st.sampled_from(["higher", "lower"]),
)
@settings(max_examples=80, deadline=None)
def test_the_printed_division_gives_the_percent(target: str, value: float, better: str) -> None:
    found = standing_of(target, value, better=better)
    sentence = share_sentence(found)
    if match := re.search(r"= (−?[\d.,]+) / (−?[\d.,]+) \(", sentence):
        above, below = (float(one.replace("−", "-").replace(",", "")) for one in match.groups())
        assert 100 * above / below == pytest.approx(found.percent_of_target)
    else:
        assert found.percent_of_target in (0, 100, None)
    assert (found.percent_of_target is None) == sentence.startswith("none")
