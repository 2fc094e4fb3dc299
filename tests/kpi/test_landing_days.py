"""The daily readings behind a measure: put together, they say what the measure says."""

from __future__ import annotations

import random
from datetime import timedelta

import numpy as np
import pytest

from kpi.landing_days import Levels, Made, Sums, made_of
from kpi.landing_sums import value_at
from kpi.measure import parse
from kpi.metric import SeriesSet
from kpi.window import Days
from tests.kpi.measured import BERLIN, NOW, daily, series_of

DAYS = 120
_RANDOM = random.Random(4)


def known() -> SeriesSet:
    def some(low: int, high: int) -> list[float | None]:
        return [float(_RANDOM.randint(low, high)) for _ in range(DAYS)]

    gappy = [None if day % 9 == 4 else value for day, value in enumerate(some(1, 9))]
    return series_of(
        daily("stars", some(100, 200), place="one"),
        daily("stars", some(10, 20), place="two", hour=5),
        daily("visits", some(50, 90)),
        daily("signups", some(1, 40)),
        daily("latency", gappy, hour=3),
    )


SERIES = known()
WHOLE = Days(NOW.today - timedelta(days=DAYS), DAYS, BERLIN)


def value(made: Made, place: int) -> float | None:
    if isinstance(made, Levels):
        return float(made.values[place])
    return value_at(made, place, WHOLE.day(place))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("last(stars)", Levels),
        ('last(stars{place="two"}) / last(stars)', Levels),
        ("1 - last(latency) / 10", Levels),
        ("sum(visits, 30d)", Sums),
        ("sum(visits, month)", Sums),
        ("sum(visits, quarter)", Sums),
        ("sum(visits, all) + sum(signups, all)", Sums),
        ("rate(visits, 7d)", Sums),
        ("mean(visits, month)", Sums),
        ("count(latency, 30d)", Sums),
        ("mean(latency, 30d)", Sums),
        ("change(stars, 7d)", Sums),
        ("rate(stars, 4w)", Sums),
        ("sum(signups, 30d) / sum(visits, 30d)", Sums),
        ("100 * sum(signups, 30d) / (sum(visits, 30d) + sum(signups, 30d))", Sums),
        ("1 - sum(signups, 30d) / sum(visits, 30d)", Sums),
        ("2 / (sum(signups, 4w) / sum(visits, 4w))", Sums),
        ("rate(signups, 7d) / rate(visits, 7d)", Sums),
        ("rate(signups, 7d) - rate(visits, 7d) * 2 + 3", Sums),
    ],
)
def test_they_make_what_the_measure_reads_at_every_close(text: str, kind: type[Made]) -> None:
    made = made_of(parse(text).root, SERIES, WHOLE)
    assert isinstance(made, kind)
    compared = 0
    for place in range(DAYS - 40, DAYS):
        close = NOW.close_of(WHOLE.day(place))
        found = parse(text).evaluate(SERIES, close).value
        own = value(made, place)
        # At the close of its last day a calendar window of the language is over and the next one empty.
        is_over = close.today.day == 1 and ("month" in text or "quarter" in text)
        if found is None or own is None or np.isnan(own) or is_over:
            continue
        compared += 1
        assert own == pytest.approx(found, rel=1e-9)
    assert compared > 25


@pytest.mark.parametrize(
    "text",
    [
        "median(latency, 30d)",
        "max(stars, 30d)",
        "sum(visits, 30d) / last(stars)",
        "sum(visits, 30d) / sum(signups, 7d)",
        "sum(visits, 30d) * sum(signups, 30d)",
        "sum(newsletter, 30d)",
        "change(visits, 30d)",
        "mean(latency, 30d) / mean(latency, 30d)",
        "last(visits)",
        "last(nothing.at_all)",
        "sum(visits, 30d) / 0",
        "1",
    ],
)
def test_other_measures_are_made_of_no_daily_readings(text: str) -> None:
    assert made_of(parse(text).root, SERIES, WHOLE) is None


def test_what_several_days_brought_is_spread_over_them() -> None:
    levels = daily("stars", [10.0, 12.0, None, None, 18.0])
    made = made_of(parse("change(stars, 7d)").root, series_of(levels), Days(WHOLE.day(DAYS - 5), 5, BERLIN))
    assert isinstance(made, Sums)
    assert made.amounts.tolist()[1:] == [2, 2, 2, 2]
