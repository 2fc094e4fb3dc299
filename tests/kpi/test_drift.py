"""Student's t distribution against its tables."""

from __future__ import annotations

from statistics import NormalDist

import pytest

from kpi.drift import quantile, student


@pytest.mark.parametrize(
    ("freedom", "tenth", "fortieth"),
    [
        (1, 3.0777, 12.7062),
        (2, 1.8856, 4.3027),
        (3, 1.6377, 3.1824),
        (4, 1.5332, 2.7764),
        (9, 1.3830, 2.2622),
        (10, 1.3722, 2.2281),
        (29, 1.3114, 2.0452),
        (120, 1.2886, 1.9799),
    ],
)
def test_student_is_the_one_of_the_tables(freedom: int, tenth: float, fortieth: float) -> None:
    assert quantile(0.9, freedom) == pytest.approx(tenth, abs=5e-5)
    assert quantile(0.975, freedom) == pytest.approx(fortieth, abs=5e-5)
    assert quantile(0.1, freedom) == pytest.approx(-tenth, abs=5e-5)


def test_student_becomes_the_normal_distribution() -> None:
    for value in (-2.5, -0.3, 0.0, 1.0, 3.0):
        assert student(value, 3000) == pytest.approx(NormalDist().cdf(value), abs=2e-4)
