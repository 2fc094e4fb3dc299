"""What answers amount to: exact, whatever their order, and nothing at all from too few."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.metric import Metric
from kpi.survey import FEWEST, KINDS, METRICS, NPS, SCALES, SurveyKind, beside, samples, tally

AT = datetime(2026, 10, 8, 8, tzinfo=UTC)
KIND = st.sampled_from(KINDS)


@st.composite
def asked(draw: st.DrawFn, *, fewest: int = 0) -> tuple[SurveyKind, list[int]]:
    kind = draw(KIND)
    scale = SCALES[kind]
    return kind, draw(st.lists(st.integers(scale.low, scale.high), min_size=fewest, max_size=60))


@pytest.mark.parametrize(
    ("kind", "scores", "figure"),
    [
        ("nps", [10, 9, 9, 8, 7, 6, 0], Fraction(100, 7)),
        ("nps", [0, 6, 6], Fraction(-100)),
        ("nps", [9, 10, 10], Fraction(100)),
        ("nps", [7, 8, 8], Fraction(0)),
        ("satisfaction", [7, 8, 8], Fraction(23, 3)),
        ("satisfaction", [0, 10, 5], Fraction(5)),
        ("csat", [4, 5, 3], Fraction(200, 3)),
        ("csat", [1, 2, 3], Fraction(0)),
    ],
)
def test_the_figure_is_exact(kind: SurveyKind, scores: list[int], figure: Fraction) -> None:
    assert tally(kind, scores, least=3).figure == figure


@settings(max_examples=60)
@given(asked(fewest=FEWEST), st.randoms(use_true_random=False))
def test_a_figure_stays_on_its_scale_whatever_the_order(
    given_: tuple[SurveyKind, list[int]], chance: Random
) -> None:
    kind, scores = given_
    found = tally(kind, scores, least=FEWEST, invited=len(scores) + 3)
    mixed = list(scores)
    chance.shuffle(mixed)
    assert tally(kind, mixed, least=FEWEST, invited=len(scores) + 3) == found
    low, high = {"nps": (-100, 100), "satisfaction": (0, 10), "csat": (0, 100)}[kind]
    assert found.figure is not None
    assert low <= found.figure <= high
    assert sum(count for _, count in found.groups) == len(scores)
    assert found.margin >= 0


@settings(max_examples=60)
@given(asked(), st.integers(FEWEST, 70))
def test_below_the_least_there_is_no_figure_and_no_sample_of_one(
    given_: tuple[SurveyKind, list[int]], least: int
) -> None:
    kind, scores = given_
    found = tally(kind, scores, least=least, invited=80)
    stated = {one.metric: one.value for one in samples("developers", found, AT)}
    is_shown = len(scores) >= least
    assert (found.figure is not None, bool(found.groups)) == (is_shown, is_shown)
    assert (f"survey.{kind}" in stated) == is_shown
    assert stated["survey.responses"] == len(scores)


def test_a_round_states_how_many_answered_of_how_many() -> None:
    found = tally("nps", [10] * 12 + [7] * 4 + [3] * 3, least=5, invited=30)
    stated = {one.metric: one for one in samples("developers", found, AT)}
    assert {name: one.value for name, one in stated.items()} == {
        "survey.nps": float(Fraction(900, 19)),
        "survey.responses": 19.0,
        "survey.invited": 30.0,
        "survey.response_rate": float(Fraction(1900, 30)),
    }
    assert {(one.at, one.labels) for one in stated.values()} == {(AT, (("survey", "developers"),))}
    assert found.groups == (("9–10", 12), ("7–8", 4), ("0–6", 3))


def test_where_a_channel_was_asked_nobody_knows_how_many() -> None:
    stated = {one.metric for one in samples("docs", tally("csat", [5, 4, 4], least=3), AT)}
    assert stated == {"survey.csat", "survey.responses"}


@pytest.mark.parametrize(("answers", "invited", "margin"), [(3, 3, 0.0), (3, None, 106.7), (3, 6, 82.6)])
def test_chance_is_nothing_once_everybody_has_answered(
    answers: int, invited: int | None, margin: float
) -> None:
    scores = [10, 10, 0][:answers]
    found = tally("nps", scores, least=3, invited=invited)
    assert found.margin == pytest.approx(margin, abs=0.1)
    assert (found.margin == 0) == (invited == answers)


@pytest.mark.parametrize(
    ("kind", "score"), [("nps", 11), ("nps", -1), ("satisfaction", 11), ("csat", 0), ("csat", 6)]
)
def test_a_score_off_the_scale_is_refused(kind: SurveyKind, score: int) -> None:
    with pytest.raises(ValueError, match="not on the scale"):
        tally(kind, [score], least=5)


def test_two_answers_hide_nobody() -> None:
    with pytest.raises(ValueError, match="at least 3"):
        tally("nps", [], least=2)


def test_its_metrics_are_known_beside_others_without_asking_for_those() -> None:
    class Others(dict[str, Metric]):
        def __getitem__(self, name: str) -> Metric:
            assert not name.startswith("survey.")
            return super().__getitem__(name)

    known = beside(Others({"other.metric": NPS}))
    assert known["survey.nps"] is NPS
    assert set(known) == {*METRICS, "other.metric"}
    assert len(known) == len(METRICS) + 1
    assert "survey.unknown" not in beside({})
