"""Surveys as they stand: their rounds with what came of each, and when the next one opens.

Of an open round nothing is told but how many have answered: a figure that moved with each answer would give
the answer away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from bot.cadence import Cadence
from bot.reports import words
from bot.settings_surveys import SurveyEntry
from bot.workspace import KpiRef, Person, Workspace
from kpi import measure, survey
from kpi.calendar import day_of
from kpi.survey import SurveyKind, Tally
from storage import Session, surveys
from storage.surveys import Answer, Round

MOST_ROUNDS = 8
"""Rounds that a trend shows."""

KIND_NAMES: Mapping[SurveyKind, str] = {"nps": "NPS", "satisfaction": "satisfaction", "csat": "CSAT"}
DEFINITIONS: Mapping[SurveyKind, str] = {
    "nps": "NPS: % of 9 and 10 less % of 0 to 6, from −100 to 100.",
    "satisfaction": "Satisfaction: the mean of the answers from 0 to 10.",
    "csat": "CSAT: the share of 4 and 5 among answers from 1 to 5.",
}


@dataclass(frozen=True, slots=True)
class Held:
    """A round, and what came of it; `tally` is None while it is open."""

    round: Round
    answers: int
    tally: Tally | None = None
    comments: tuple[Answer, ...] = ()

    @property
    def so_far(self) -> str:
        """How many have answered an open round: not one by one as long as they are few."""
        least = self.round.terms.least
        if self.answers < least:
            return f"fewer than {least} answers so far"
        return f"{self.answers}{_of(self.round.invited)} answers so far"


@dataclass(frozen=True, slots=True)
class Survey:
    """One survey of kpi.yaml with its rounds, the newest first."""

    name: str
    entry: SurveyEntry
    open: Held | None
    closed: tuple[Held, ...]
    next_at: datetime | None

    @property
    def title(self) -> str:
        return title_of(self.name)


def title_of(name: str) -> str:
    """A survey's name as a heading: "Core team" for core-team."""
    spaced = name.replace("_", " ").replace("-", " ")
    return f"{spaced[:1].upper()}{spaced[1:]}"


def cadence_of(entry: SurveyEntry, workspace: Workspace) -> Cadence:
    """When rounds open, by the workspace's business days."""
    calendar = workspace.calendar
    return Cadence(entry.at, entry.every, None, calendar.closures, calendar.fiscal_month)


def asked(entry: SurveyEntry, workspace: Workspace) -> tuple[Person, ...]:
    """The people who are asked in person."""
    return tuple(one for one in workspace.people if entry.asks(one.name, one.groups))


def ids_of(person: Person) -> tuple[str, ...]:
    """Everything a person is known by: discord:7, slack:U0ANA."""
    return tuple(sorted(f"{surface}:{user}" for surface, user in person.ids.items()))


def load(session: Session, workspace: Workspace, names: Iterable[str], now: datetime) -> list[Survey]:
    """These surveys as they stand at `now`. Three statements, however many they are."""
    wanted = [name for name in workspace.surveys if name in set(names)]
    rounds = surveys.rounds(session, wanted)
    by_name = {name: [one for one in rounds if one.survey == name] for name in wanted}
    shown = [one for some in by_name.values() for one in _latest(some)]
    counted = surveys.counts(session, [one for one in shown if one.closed_at is None])
    given = surveys.answers(session, [one for one in shown if one.closed_at is not None])
    held = {one.name: _held(one, given.get(one.name), counted.get(one.name, 0)) for one in shown}
    found = []
    for name, some in by_name.items():
        entry = workspace.surveys[name]
        own = [held[one.name] for one in _latest(some)]
        found.append(
            Survey(
                name,
                entry,
                next((one for one in own if one.tally is None), None),
                tuple(one for one in own if one.tally is not None),
                cadence_of(entry, workspace).next(now, workspace.zone),
            )
        )
    return found


def _latest(rounds: Sequence[Round]) -> Sequence[Round]:
    """The newest ones, one more than a trend shows: a round may be open."""
    return rounds[: MOST_ROUNDS + 1]


def _held(one: Round, given: Sequence[Answer] | None, counted: int) -> Held:
    if given is None:
        return Held(one, counted)
    scores = [answer.score for answer in given]
    found = survey.tally(one.terms.kind, scores, least=one.terms.least, invited=one.invited)
    spoken = tuple(answer for answer in given if answer.comment) if found.figure is not None else ()
    return Held(one, len(given), found, spoken)


def round_title(one: Round, today: date) -> str:
    """What a round is called: "Q4", "November", "2 Nov"; the year where it is not this one."""
    day = one.day
    year = "" if day.year == today.year else f" {day.year}"
    if one.period == "quarter":
        return f"Q{(day.month + 2) // 3}{year}"
    if one.period == "month":
        return f"{day:%B}{year}"
    return str(day.year) if one.period == "year" else words.day(day, today)


def figure_words(kind: SurveyKind, figure: Fraction) -> str:
    """ "41", "7.9/10", "84%"."""
    shown = shown_figure(kind, figure)
    ending = {"nps": "", "satisfaction": "/10", "csat": "%"}[kind]
    return f"{shown}{ending}".replace("-", words.MINUS)


def shown_figure(kind: SurveyKind, figure: Fraction) -> str:
    """The figure with as many digits as people are told: a difference is one of these."""
    return f"{_rounded(10 * figure) / 10:.1f}" if kind == "satisfaction" else str(_rounded(figure))


def _rounded(value: Fraction) -> int:
    """To the nearest whole number, and a half away from nothing: 62.5 is 63."""
    whole = int(abs(value) + Fraction(1, 2))
    return whole if value >= 0 else -whole


def answers_words(found: Tally) -> str:
    """ "19 answers of 30, 63%"; where nobody knows how many were asked, "19 answers"."""
    said = words.count(found.answers, "answer")
    if not found.invited or found.rate is None:
        return said
    return f"{said} of {found.invited}, {share_words(found.rate)}"


def share_words(percent: Fraction) -> str:
    """A whole percent; some are never told as none, nor most as all."""
    if 0 < percent < 1:
        return "under 1%"
    return "over 99%" if 99 < percent < 100 else f"{_rounded(percent)}%"


def change_words(newer: Held, older: Held | None, today: date) -> str:
    """ "8 points up from Q3"; empty where there is nothing to compare with."""
    if older is None or newer.tally is None or older.tally is None:
        return ""
    kind = newer.tally.kind
    if newer.tally.figure is None or older.tally.figure is None or kind != older.tally.kind:
        return ""
    before = Fraction(shown_figure(kind, older.tally.figure))
    moved = Fraction(shown_figure(kind, newer.tally.figure)) - before
    since = round_title(older.round, today)
    if not moved:
        return f"as in {since}"
    amount = f"{float(abs(moved)):g}"
    points = "" if kind == "satisfaction" else " point" if abs(moved) == 1 else " points"
    return f"{amount}{points} {'up' if moved > 0 else 'down'} from {since}"


def before(found: Held, closed: Sequence[Held]) -> Held | None:
    """The newest round before this one that has a figure of the same kind."""
    return next(
        (
            one
            for one in closed
            if one.round.number < found.round.number
            and one.tally is not None
            and one.tally.figure is not None
            and one.round.terms.kind == found.round.terms.kind
        ),
        None,
    )


def margin_words(found: Tally) -> str:
    """How far chance alone may have moved the figure; empty where it cannot have."""
    if found.figure is None or round(found.margin, 1) == 0:
        return ""
    points = max(1, round(found.margin))
    amount = f"{found.margin:.1f}" if found.kind == "satisfaction" else words.count(points, "point")
    return f"By chance alone it may be {amount} too high or too low."


def until_words(one: Round, zone: ZoneInfo, now: datetime) -> str:
    """ "Tue 8 Dec 10:00"; the day alone would leave its hours open."""
    local = one.closes_at.astimezone(zone)
    return f"{local:%a} {words.day(local.date(), day_of(now, zone))} {local:%H:%M}"


def day_words(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    return words.day(day_of(at, zone), day_of(now, zone))


def closes_at(opened_at: datetime, length: timedelta, zone: ZoneInfo) -> datetime:
    """When a round ends: after whole days at the same time by the clock, whatever the clock does between."""
    days, rest = divmod(length, timedelta(days=1))
    local = opened_at.astimezone(zone)
    return (local + timedelta(days=days)).astimezone(opened_at.tzinfo) + rest


def measured_by(refs: Iterable[KpiRef], name: str) -> KpiRef | None:
    """The first of these KPIs that is measured by the survey: who may not see it may not see the answers."""
    for ref in refs:
        queries = measure.parse(ref.kpi.measure).queries if ref.kpi.measure else ()
        for query in queries:
            if query.metric in survey.METRICS and dict(query.filters).get(survey.LABEL, name) == name:
                return ref
    return None


def _of(invited: int | None) -> str:
    return f" of {invited}" if invited else ""
