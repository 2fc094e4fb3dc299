"""The words for a round and its figures: as people say them, and never a rounding that hides something."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from bot.reports.surveys import (
    Held,
    answers_words,
    change_words,
    figure_words,
    margin_words,
    round_title,
    share_words,
    title_of,
)
from kpi.survey import SurveyKind, tally
from storage.surveys import Round, Terms

AT = datetime(2026, 10, 1, 8, tzinfo=UTC)
TODAY = date(2026, 10, 8)


def held(kind: SurveyKind, *scores: int, day: date = TODAY, least: int = 3) -> Held:
    one = Round("docs", 1, day, "quarter", Terms(kind, "?", least), (), AT, AT)
    return Held(one, len(scores), tally(kind, scores, least=least))


@pytest.mark.parametrize(
    ("percent", "said"),
    [
        (Fraction(0), "0%"),
        (Fraction(1, 3), "under 1%"),
        (Fraction(125, 2), "63%"),
        (Fraction(299, 3), "over 99%"),
        (Fraction(100), "100%"),
    ],
)
def test_some_are_never_none_and_most_never_all(percent: Fraction, said: str) -> None:
    assert share_words(percent) == said


@pytest.mark.parametrize(
    ("kind", "figure", "said"),
    [
        ("nps", Fraction(-25, 2), "−13"),
        ("nps", Fraction(41), "41"),
        ("satisfaction", Fraction(23, 3), "7.7/10"),
        ("satisfaction", Fraction(8), "8.0/10"),
        ("csat", Fraction(175, 2), "88%"),
    ],
)
def test_a_figure_is_said_in_its_own_way(kind: SurveyKind, figure: Fraction, said: str) -> None:
    assert figure_words(kind, figure) == said


@pytest.mark.parametrize(
    ("newer", "older", "said"),
    [
        (held("nps", 10, 10, 8), held("nps", 10, 8, 8), "34 points up from Q4"),
        (held("nps", 10, 8, 8), held("nps", 10, 8, 8), "as in Q4"),
        (held("satisfaction", 7, 7, 7), held("satisfaction", 7, 7, 8), "0.3 down from Q4"),
        (held("csat", 5, 5, 5), held("csat", 5, 5, 1, day=date(2025, 7, 1)), "33 points up from Q3 2025"),
        (held("nps", 10, 10, 8), held("csat", 5, 5, 5), ""),
        (held("nps", 10, 10, 8), held("nps", 10, 10), ""),
        (held("nps", 10, 10), held("nps", 10, 10, 8), ""),
        (held("nps", 10, 10, 8), None, ""),
    ],
)
def test_a_change_is_the_difference_of_what_is_shown(newer: Held, older: Held | None, said: str) -> None:
    assert change_words(newer, older, TODAY) == said


@pytest.mark.parametrize(
    ("period", "day", "said"),
    [
        ("quarter", date(2026, 1, 2), "Q1"),
        ("month", date(2026, 10, 1), "October"),
        ("month", date(2025, 12, 1), "December 2025"),
        ("year", date(2026, 1, 2), "2026"),
        ("", date(2026, 10, 5), "5 Oct"),
    ],
)
def test_a_round_is_called_after_its_period(period: str, day: date, said: str) -> None:
    one = replace(held("nps").round, period=period, day=day)
    assert round_title(one, TODAY) == said


def test_chance_is_named_where_it_plays_a_part() -> None:
    assert margin_words(tally("nps", [9, 9, 9], least=3)) == ""
    assert margin_words(tally("nps", [9, 9], least=3)) == ""
    found = margin_words(tally("satisfaction", [2, 9, 9, 8, 8], least=3))
    assert found == "By chance alone it may be 2.3 too high or too low."


def test_answers_stand_beside_how_many_were_asked_where_that_is_known() -> None:
    assert answers_words(tally("nps", [9], least=3)) == "1 answer"
    assert answers_words(tally("nps", [9, 9], least=3, invited=30)) == "2 answers of 30, 7%"
    assert title_of("core-team") == "Core team"
