"""Targets in words: met by what a person says of them, by nothing else, and never by a number."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from kpi.judgement import Judgement, judged
from kpi.quantity import Better
from kpi.standing import Standing, Zone
from tests.kpi.cases import BERLIN, NOON
from tests.kpi.documents import bakhmach, bakhmach_kpi, document, stand

INFERNO, HEKTOR = document("inferno"), document("hektor")
COMPETITORS = INFERNO.by_key["primary_business_metrics.performance_vs_competitors"]
LAST_PHASE = {"phase1": date(2026, 3, 1), "phase2": date(2026, 6, 1), "phase3": date(2026, 9, 1)}
LEADER = Judgement(
    COMPETITORS.key, "phase4", "Market leader", True, "three reports agree", "slack:U0123", NOON
)


def compared(*said: Judgement, value: float | None = None, now: datetime = NOON) -> Standing:
    """Where Inferno stands against its competitors in phase 4, by these judgements."""
    judgements = {(one.kpi, one.horizon): one for one in said}
    return stand(INFERNO, COMPETITORS, value, now=now, dates=LAST_PHASE, judgements=judgements)


@pytest.mark.parametrize("value", [None, 12.0])
def test_words_wait_for_a_judgement(value: float | None) -> None:
    found = compared(value=value)
    assert (found.met, found.judgement, found.percent_of_target, found.gap) == (None, None, None, None)
    assert (found.zone, found.zone_reason) == (
        Zone.UNKNOWN,
        "“Market leader” waits for a judgement: nobody has said yet",
    )


@pytest.mark.parametrize("is_met", [True, False])
def test_a_judgement_says_met_or_not_and_draws_no_zone(is_met: bool) -> None:
    said = replace(LEADER, met=is_met)
    found = compared(said)
    assert (found.met, found.judgement) == (is_met, said)
    assert (found.percent_of_target, found.zone) == (None, Zone.UNKNOWN)
    word = "met" if is_met else "not met"
    assert found.zone_reason == f"“Market leader” is {word}, as judged on 23 Nov"


def test_a_judgement_of_another_year_names_the_year() -> None:
    found = compared(LEADER, now=datetime(2027, 1, 5, tzinfo=BERLIN))
    assert found.zone_reason.endswith("as judged on 23 Nov 2026")


@pytest.mark.parametrize(
    "said",
    [
        replace(LEADER, text="Market leader in Europe"),  # the words have changed since
        replace(LEADER, horizon="phase3"),
        replace(LEADER, kpi="another"),
        replace(LEADER, at=NOON + timedelta(seconds=1)),  # said later than the moment asked about
    ],
)
def test_a_judgement_counts_for_its_own_words_and_from_then_on(said: Judgement) -> None:
    assert (compared(said).met, compared(said).judgement) == (None, None)


def test_nobodys_word_changes_a_number() -> None:
    said = replace(LEADER, horizon="phase3", text="10x faster")
    dates = {**LAST_PHASE, "phase3": date(2026, 12, 31)}
    found = stand(INFERNO, COMPETITORS, 5, dates=dates, judgements={(said.kpi, said.horizon): said}, now=NOON)
    assert found.target is not None
    assert (found.target.horizon, found.met, found.percent_of_target) == ("phase3", False, 50)
    assert found.judgement is None


def test_not_applicable_asks_nobody() -> None:
    kpi = INFERNO.by_key["learning_adoption.certification_success_rate"]
    said = Judgement(kpi.key, "phase2", "N/A", True, "", "slack:U0123", NOON)
    found = stand(INFERNO, kpi, 5, judgements={(kpi.key, "phase2"): said})
    assert found.target is not None
    assert (found.target.is_in_words, found.met, found.judgement) == (False, None, None)


def test_what_is_still_to_be_set_cannot_be_judged() -> None:
    kpi = HEKTOR.by_key["enterprise_pipeline.win_rate"]
    text = kpi.targets["steady"].goal.text
    said = Judgement(kpi.key, "steady", text, True, "", "slack:U0123", NOON)
    found = stand(HEKTOR, kpi, 31, judgements={(kpi.key, "steady"): said})
    assert found.target is not None
    assert (found.target.is_in_words, found.target.is_undecided) == (False, True)
    assert (found.met, found.judgement, found.percent_of_target) == (None, None, None)
    assert found.zone_reason == "“TBD (need 90+ days data)”: its target is still to be set"


@pytest.mark.parametrize(
    ("text", "unit_name"),
    [
        ("Continuous", "%"),
        ("Quarterly", ""),
        ("Q3 2026", ""),
        ("baseline establishment", ""),
        ("sustainability by Month 9", "$"),
        ("Quantitative measurement", "%"),
        ("Baseline in Q1", ""),
    ],
)
def test_the_words_of_bakhmach_are_no_numbers_and_not_met_by_themselves(text: str, unit_name: str) -> None:
    kpi = bakhmach_kpi({"steady": text}, unit_name, Better.NONE)
    for value in (None, 0.0, 3.0, 9.0, 2026.0):
        found = stand(bakhmach(kpi), kpi, value)
        assert (found.met, found.percent_of_target, found.gap, found.zone) == (None, None, None, Zone.UNKNOWN)
        assert found.zone_reason == f"“{text}” waits for a judgement: nobody has said yet"
    said = Judgement(kpi.key, "steady", text, True, "", "terminal:me", NOON)
    assert stand(bakhmach(kpi), kpi, None, judgements={(kpi.key, "steady"): said}).met is True


@pytest.mark.parametrize("text", ["TBD", "tba", "To be determined", "Unknown", "TBD (need 90+ days data)"])
def test_undecided_targets_are_told_from_words(text: str) -> None:
    kpi = bakhmach_kpi({"steady": text}, "%", Better.HIGHER)
    target = stand(bakhmach(kpi), kpi, None).target
    assert target is not None
    assert (target.is_undecided, target.is_in_words, target.is_numeric) == (True, False, False)


def test_the_judgement_of_another_horizon_is_not_found() -> None:
    found = {("one", "q1"): LEADER}
    assert judged(found, kpi="one", horizon="q1", text="Market leader") is LEADER
    assert judged(found, kpi="one", horizon="q2", text="Market leader") is None
