"""What the answers of one round of a survey say: a Net Promoter Score, a mean out of ten, the share content.

Arithmetic is exact: a score of 41.5 is never decided by how a float was stored. Below a least number of
answers there is no figure at all, so that nobody's answer can be worked out from it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from math import sqrt
from typing import Literal, get_args

from kpi.metric import Kind, Metric, Sample, labels

SurveyKind = Literal["nps", "satisfaction", "csat"]
KINDS: tuple[SurveyKind, ...] = get_args(SurveyKind)

LEAST = 5
"""So many answers a figure needs, unless the survey asks for more or fewer."""

FEWEST = 3
"""No survey may ask for fewer: of two answers each person knows the other's."""

LABEL = "survey"
"""The label of every sample: the survey's name in kpi.yaml."""

_KEPT = timedelta(days=100)
"""How long a figure stays fresh: a quarter, and the week its round was open."""


def _metric(name: str, unit: str, kind: Kind, description: str) -> Metric:
    return Metric(f"survey.{name}", unit, kind, description, (LABEL,), _KEPT)


NPS = _metric("nps", "", Kind.RATIO, "Net Promoter Score: % of 9 and 10 less % of 0 to 6, -100 to 100")
SATISFACTION = _metric("satisfaction", "/10", Kind.RATIO, "mean of the answers from 0 to 10")
CSAT = _metric("csat", "%", Kind.RATIO, "share of 4 and 5 among the answers from 1 to 5")
RESPONSES = _metric("responses", "answers", Kind.LEVEL, "how many answered the last round")
INVITED = _metric("invited", "people", Kind.LEVEL, "how many were asked in person in the last round")
RESPONSE_RATE = _metric("response_rate", "%", Kind.RATIO, "answers by people asked, in the last round")

METRICS: Mapping[str, Metric] = {
    one.name: one for one in (NPS, SATISFACTION, CSAT, RESPONSES, INVITED, RESPONSE_RATE)
}


class _Beside(Mapping[str, Metric]):
    """Other metrics, and those of surveys. Asking for one of a survey asks the others nothing: they may be
    many, each loaded when it is asked for."""

    def __init__(self, others: Mapping[str, Metric]) -> None:
        self._others = others

    def __getitem__(self, name: str) -> Metric:
        return METRICS[name] if name in METRICS else self._others[name]

    def __iter__(self) -> Iterator[str]:
        yield from METRICS
        yield from (name for name in self._others if name not in METRICS)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def beside(others: Mapping[str, Metric]) -> Mapping[str, Metric]:
    """Every metric of `others` and of surveys, by name."""
    return _Beside(others)


_FIGURES: Mapping[SurveyKind, Metric] = {"nps": NPS, "satisfaction": SATISFACTION, "csat": CSAT}


@dataclass(frozen=True, slots=True)
class Scale:
    """The scores that can be given, what the ends mean, and the groups that a distribution tells apart."""

    low: int
    high: int
    low_means: str
    high_means: str
    groups: tuple[tuple[str, range], ...]

    @property
    def scores(self) -> range:
        return range(self.low, self.high + 1)


SCALES: Mapping[SurveyKind, Scale] = {
    "nps": Scale(
        *(0, 10, "not at all likely", "extremely likely"),
        groups=(("9–10", range(9, 11)), ("7–8", range(7, 9)), ("0–6", range(7))),
    ),
    "satisfaction": Scale(
        *(0, 10, "not at all satisfied", "fully satisfied"),
        groups=(("9–10", range(9, 11)), ("7–8", range(7, 9)), ("4–6", range(4, 7)), ("0–3", range(4))),
    ),
    "csat": Scale(
        *(1, 5, "very dissatisfied", "very satisfied"),
        groups=tuple((str(score), range(score, score + 1)) for score in (5, 4, 3, 2, 1)),
    ),
}


@dataclass(frozen=True, slots=True)
class Tally:
    """One round, counted. `figure` and `groups` are None and empty below `least` answers."""

    kind: SurveyKind
    least: int
    answers: int
    invited: int | None  # None where a channel was asked: nobody knows how many that were
    figure: Fraction | None
    margin: float = 0.0
    """By how much chance alone may have moved the figure, 19 times out of 20."""
    groups: tuple[tuple[str, int], ...] = ()

    @property
    def rate(self) -> Fraction | None:
        """Answers by people asked, in percent."""
        return Fraction(100 * self.answers, self.invited) if self.invited else None


def tally(kind: SurveyKind, scores: Iterable[int], *, least: int, invited: int | None = None) -> Tally:
    """The round's figures. Raises ValueError for a score off the scale or a `least` that hides nobody."""
    given, scale = Counter(scores), SCALES[kind]
    if least < FEWEST:
        raise ValueError(f"{least} answers hide nobody: at least {FEWEST}")
    if off := [score for score in given if score not in scale.scores]:
        raise ValueError(f"{off[0]} is not on the scale from {scale.low} to {scale.high}")
    answers = given.total()
    if answers < least:
        return Tally(kind, least, answers, invited, None)
    groups = tuple((name, sum(given[score] for score in within)) for name, within in scale.groups)
    worth = {score: _worth(kind, score) for score in given}
    mean = sum((worth[score] * count for score, count in given.items()), Fraction(0)) / answers
    squares = sum((worth[score] ** 2 * count for score, count in given.items()), Fraction(0)) / answers
    margin = 1.96 * sqrt((squares - mean**2) / answers * _unasked(answers, invited))
    return Tally(kind, least, answers, invited, mean, margin, groups)


def _worth(kind: SurveyKind, score: int) -> Fraction:
    """What one answer adds to the mean that the figure is."""
    if kind == "satisfaction":
        return Fraction(score)
    if kind == "csat":
        return Fraction(100 if score >= 4 else 0)
    return Fraction(100 if score >= 9 else -100 if score <= 6 else 0)


def _unasked(answers: int, invited: int | None) -> Fraction:
    """How much of the variance is left when some of a known group have answered: none once all have."""
    if invited is None or invited < 2:
        return Fraction(1)
    return Fraction(max(0, invited - answers), invited - 1)


def samples(name: str, found: Tally, at: datetime) -> list[Sample]:
    """What a closed round states of itself. How many answered is always stated, the figure from `least`."""
    pairs = labels({LABEL: name})
    stated = {RESPONSES: Fraction(found.answers)}
    if found.invited is not None:
        stated[INVITED] = Fraction(found.invited)
    if found.rate is not None:
        stated[RESPONSE_RATE] = found.rate
    if found.figure is not None:
        stated[_FIGURES[found.kind]] = found.figure
    return [Sample(metric.name, at, float(value), pairs) for metric, value in stated.items()]
