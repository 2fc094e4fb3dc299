"""The reason: what is odd, since when, and what was expected; short enough for a phone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kpi.anomaly import Detector, Point
from kpi.anomaly_why import Kind, Why, english

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday


@pytest.mark.parametrize(
    ("why", "words"),
    [
        (Why(Kind.EXTREME, False, 380, 450, 25, 1), "lowest Tuesday in 26 weeks; expected 380–450"),
        (Why(Kind.EXTREME, True, 0.5, 2.25, 99), "highest of 100 points; expected 0.5–2.2"),
        (Why(Kind.EXTREME, True, 5, 12, 7, 0, True), "highest gain of a Monday in 8 weeks; expected 5–12"),
        (Why(Kind.EXTREME, True, 5, 12, 19, None, True), "highest gain of 20 points; expected 5–12"),
        (Why(Kind.OFF, True, 5, 12, of_gain=True), "gain higher than usual; expected 5–12"),
        (Why(Kind.OFF, False, 1200, 3400.4), "lower than usual; expected 1,200–3,400"),
        (Why(Kind.SHIFT, True, 10, 20), "has moved up and stays there; expected 10–20"),
        (Why(Kind.UNREST, True, 10, 20), "swings wider than usual; expected 10–20"),
        (Why(Kind.STILL, True, 10, 20, 9), "has not moved for 9 points; expected 10–20"),
    ],
)
def test_reasons_in_english(why: Why, words: str) -> None:
    assert english(why) == words


def last_of(values: list[float], step: timedelta) -> Point:
    detector = Detector()
    return [detector.update(START + step * number, value) for number, value in enumerate(values)][-1]


def test_a_day_is_compared_with_its_weekday() -> None:
    values = [300.0 + day % 7 * 10 + day * 7919 % 11 for day in range(7 * 12 + 1)]
    values.append(20.0)  # the Tuesday after
    assert last_of(values, timedelta(days=1)).reason.startswith("lowest Tuesday in 13 weeks; expected ")


def test_an_hour_is_compared_with_the_hours_before() -> None:
    values = [300.0 + hour * 7919 % 11 for hour in range(100)] + [900.0]
    assert last_of(values, timedelta(hours=1)).reason.startswith("highest of 101 points; expected ")


def test_what_is_not_told_has_no_reason() -> None:
    point = last_of([300.0 + hour * 7919 % 11 for hour in range(100)], timedelta(hours=1))
    assert (point.is_anomaly, point.why, point.reason) == (False, None, "")


def test_of_a_total_the_gain_is_compared() -> None:
    values = [1000.0 + 20 * day + day * 7919 % 5 for day in range(7 * 12 + 1)]
    values.append(values[-1] + 300.0)
    assert last_of(values, timedelta(days=1)).reason.startswith(
        "highest gain of a Tuesday in 13 weeks; expected "
    )
