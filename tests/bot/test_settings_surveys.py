"""Surveys in kpi.yaml: short where little is said, and every fault told with its mending."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from bot.settings import read_workspace
from bot.settings_surveys import SurveyEntry
from kpi.document import DocumentFaults

START = (
    "timezone: UTC\nframeworks: [{use: small.yaml}]\n"
    "people: {ana: {slack: U0ANA, groups: [devs]}, bo: {discord: '12345', groups: [devs]}, cy: {}}\n"
)
USUAL = {"kind": "nps", "question": '"Would you?"', "to": '["slack:C0123"]', "every": "quarterly"}


def read(name: str = "developers", start: str = START, **said: str | None) -> dict[str, SurveyEntry]:
    """`surveys:` with one survey that differs from the usual one in what is `said`; None leaves it out."""
    lines = [f"    {key}: {value}" for key, value in (USUAL | said).items() if value is not None]
    text = "\n".join([f"{start}surveys:", f"  {name}:", *lines])
    return read_workspace(text, "kpi.yaml", {}).surveys


def test_little_has_to_be_said() -> None:
    one = read()["developers"]
    assert (one.at, one.open, one.least) == (time(10), timedelta(days=7), 5)
    assert (one.anonymous, one.comment, one.report) == (True, True, ())
    assert (one.channels, one.period) == (("slack:C0123",), "quarter")
    assert one.every.holds(date(2026, 10, 1))
    assert not one.every.holds(date(2026, 11, 2))


@pytest.mark.parametrize(
    ("every", "period", "words"),
    [
        ("weekly", "", "every Monday"),
        ("monthly", "month", "on the 1st business day of the month"),
        ("yearly", "year", "on the 1st business day of the year"),
        ("15th", "month", "on the 15th"),
        ("Every 2 weeks friday", "", "every 2 weeks on Friday, from 2026-01-05"),
    ],
)
def test_its_rhythm_is_a_word_or_days(every: str, period: str, words: str) -> None:
    one = read(every=every)["developers"]
    assert (one.period, one.every.words) == (period, words)


def test_people_are_asked_by_name_and_by_group() -> None:
    one = read(to="[devs, cara]", start=START.replace("cy: {}", "cara: {slack: U0CARA}"), least="3")
    asks = one["developers"].asks
    assert asks("ana", ("devs",))
    assert asks("cara", ())
    assert not asks("dan", ("ops",))


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"name": "Dev Team"}, "surveys.Dev Team: is no name for a survey (write small letters"),
        ({"name": "answer"}, "surveys.answer: `survey answer` means something else already"),
        ({"kind": "mood"}, 'there is no kind "mood" (write nps, satisfaction, csat)'),
        ({"question": '" "'}, "developers.question: asks nothing"),
        ({"to": "[]"}, "developers.to: asks nobody"),
        ({"to": '["slack:#general"]'}, '"slack:#general" is no channel id'),
        ({"to": "[dev]"}, "to[0]: `people` holds nobody and no group called `dev` (did you mean `devs`?)"),
        ({"to": "[devs, cy]"}, "to[1]: cy has no id on Slack or Discord, so cannot be asked"),
        ({"to": "[devs]"}, "asks 2, but shows a figure from 5 answers on"),
        ({"least": "2"}, "developers.least: should be greater than or equal to 3"),
        ({"every": "hourly"}, 'developers.every: "hourly" is no day'),
        ({"every": "fiscal quarter start"}, "every: nothing says when the fiscal year begins"),
        ({"every": "monday", "open": "8d"}, "would still be open when its next round begins (write open: 7d"),
        ({"open": "5m"}, "developers.open: is no time that a survey can be open"),
        ({"at": "25:00"}, 'developers.at: "25:00" is no time of day'),
        ({"leest": "5"}, "developers.leest: is not a key that is known here (did you mean `least`?)"),
        ({"report": "[general]"}, '"general" is no channel id'),
        ({"kind": None}, "developers.kind: is missing"),
    ],
)
def test_a_fault_says_what_to_do(said: dict[str, str], fault: str) -> None:
    with pytest.raises(DocumentFaults) as caught:
        read(**said)
    assert fault in str(caught.value)


def test_a_time_needs_no_quotes() -> None:
    assert read(at="9:05")["developers"].at == time(9, 5)


def test_a_fiscal_rhythm_goes_by_the_year_that_is_named() -> None:
    one = read(start=f"{START}calendar: {{fiscal_year: april}}\n", every="fiscal quarter start")["developers"]
    assert (one.period, one.every.words) == ("", "on the 1st day of the fiscal quarter")
