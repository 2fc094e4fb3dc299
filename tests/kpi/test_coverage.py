"""How each KPI comes by its number: what only looks measured is by hand."""

from __future__ import annotations

import pytest

from bot.loading import built_in, read_framework
from collectors import METRICS, every_collector
from kpi import survey
from kpi.coverage import Way, as_json, coverage, totals
from tests.factories import framework

KNOWN = {"github.stars", "stripe.arr", "linkedin.followers", "survey.nps"}


def way(measure: str | None, **more: object) -> Way:
    kpi = {"name": "It", "unit": "", "better": "higher", "targets": {"day90": "5"}, **more}
    of = framework({**kpi, "measure": measure} if measure else kpi)
    (found,) = coverage(of, KNOWN, {"linkedin"})
    return found.way


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ("last(github.stars)", Way.AUTOMATIC),
        ("change(github.stars, 7d)", Way.AUTOMATIC),
        ("last(github.stars) / last(stripe.arr)", Way.DERIVED),
        ("last(linkedin.followers)", Way.NEEDS_APPROVAL),
        ("last(linkedin.followers) + last(github.stars)", Way.NEEDS_APPROVAL),
        ("last(survey.nps)", Way.BY_HAND),
        ("last(github.moons)", Way.BY_HAND),
        ("last(github.stars) + last(github.moons)", Way.BY_HAND),
        (None, Way.BY_HAND),
    ],
)
def test_a_measure_counts_only_if_all_that_it_reads_is_declared(measure: str | None, expected: Way) -> None:
    assert way(measure) is expected


def test_by_hand_says_who_is_asked_and_how_often() -> None:
    kpi = {"name": "It", "unit": "", "better": "higher", "asked": "monthly", "owner": "Dana"}
    (found,) = coverage(framework(kpi), KNOWN, ())
    assert (found.asked, found.who) == ("monthly", "Dana")
    assert as_json([found])["kpis"][0]["asked"] == "monthly"


def test_at_least_three_quarters_of_the_built_in_kpis_need_nobody_to_type() -> None:
    approvals = [one.kind for one in every_collector() if one.about.approval]
    measured = survey.beside(METRICS)
    found = [one for name in built_in() for one in coverage(read_framework(name), measured, approvals)]
    counts = totals(found)
    assert counts["total"] == 299
    assert counts["total"] - counts["by_hand"] >= 0.75 * 299
    nobody = [one.kpi.key for one in found if one.way is Way.BY_HAND and not (one.asked or one.metrics)]
    assert nobody == []


def test_its_json_has_the_keys_that_programs_read() -> None:
    found = as_json(coverage(framework(), KNOWN, ()))
    assert {"total", "automatic", "derived", "by_hand", "needs_approval"} <= set(found)
    assert found["total"] == len(found["kpis"])
