"""The texts of `schedule:`: each has one reading, and a wrong one is told with its line and its mending."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.settings import WorkspaceFile, read_workspace
from bot.settings_days import FORTNIGHTS
from bot.settings_schedule import CadenceEntry
from kpi.document import DocumentFaults
from kpi.workdays import (
    EVERY_DAY,
    LAST,
    MONDAY_TO_FRIDAY,
    AlternateWeeks,
    DayRule,
    EveryWeeks,
    NthBusinessDay,
    NthDay,
    NthWeekday,
    OnBusinessDays,
    OnceAYear,
)

FILE = "timezone: Europe/Berlin\nframeworks: [{use: inferno}]\n"
MONDAY = frozenset({0})


def workspace_of(schedule: str, calendar: str = "") -> WorkspaceFile:
    return read_workspace(f'{FILE}{calendar}\nschedule: {{daily: "{schedule}"}}', "kpi.yaml", {})


def fault_of(schedule: str, calendar: str = "") -> str:
    with pytest.raises(DocumentFaults) as caught:
        workspace_of(schedule, calendar)
    (fault,) = caught.value.faults
    return str(fault)


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("", EVERY_DAY),
        ("daily", EVERY_DAY),
        ("Weekdays", MONDAY_TO_FRIDAY),
        ("every weekday", MONDAY_TO_FRIDAY),
        ("business days", OnBusinessDays()),
        ("every business day", OnBusinessDays()),
        ("monday,thursday", frozenset({0, 3})),
        ("mon and thu", frozenset({0, 3})),
        ("every Monday", MONDAY),
        ("on fridays", frozenset({4})),
        ("every 2 weeks monday", EveryWeeks(2, MONDAY, FORTNIGHTS)),
        ("every other week on monday", EveryWeeks(2, MONDAY, FORTNIGHTS)),
        ("even weeks monday", AlternateWeeks(MONDAY)),
        ("odd weeks tue, fri", AlternateWeeks(frozenset({1, 4}), is_odd=True)),
        ("every 2 weeks monday from 2026-09-07", EveryWeeks(2, MONDAY, date(2026, 9, 7))),
        ("every 3 weeks from 2026-09-09", EveryWeeks(3, frozenset({2}), date(2026, 9, 9))),
        ("1st business day", NthBusinessDay(1)),
        ("2nd business day", NthBusinessDay(2)),
        ("first business day of the month", NthBusinessDay(1)),
        ("last business day", NthBusinessDay(LAST)),
        ("1st business day of the quarter", NthBusinessDay(1, "quarter")),
        ("last business day of the fiscal year", NthBusinessDay(LAST, "fiscal year")),
        ("1st monday", NthWeekday(1, 0)),
        ("last friday of the quarter", NthWeekday(LAST, 4, "quarter")),
        ("15th", NthDay(15)),
        ("the 15th of the month", NthDay(15)),
        ("31st", NthDay(31)),
        ("month start", NthDay(1)),
        ("month end", NthDay(LAST)),
        ("end of the month", NthDay(LAST)),
        ("last day", NthDay(LAST)),
        ("quarter start", NthDay(1, "quarter")),
        ("quarter end", NthDay(LAST, "quarter")),
        ("fiscal quarter end", NthDay(LAST, "fiscal quarter")),
        ("fiscal year end", NthDay(LAST, "fiscal year")),
        ("yearly 2 january", OnceAYear(1, 2)),
        ("every year on January 2nd", OnceAYear(1, 2)),
        ("yearly 29 feb", OnceAYear(2, 29)),
    ],
)
def test_a_schedule_is_a_time_days_and_perhaps_a_zone(written: str, days: frozenset[int] | DayRule) -> None:
    calendar = "calendar: {fiscal_year: april}" if "fiscal" in written else ""
    entry = workspace_of(f"09:30 {written}", calendar).schedule["daily"]
    assert (entry.at, entry.days, entry.zone) == (time(9, 30), days, "")
    abroad = workspace_of(f"09:30 {written} Europe/London", calendar).schedule["daily"]
    assert (abroad.at, abroad.days, abroad.zone) == (time(9, 30), days, "Europe/London")


def test_a_zone_may_stand_before_the_days() -> None:
    entry = workspace_of("9:05 Asia/Kolkata  weekdays").schedule["daily"]
    assert (entry.at, entry.days, entry.zone) == (time(9, 5), MONDAY_TO_FRIDAY, "Asia/Kolkata")
    assert workspace_of("09:00 UTC").schedule["daily"].zone == "UTC"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("weekdays", '"weekdays" is no schedule (write a time and days, for example "09:00 weekdays")'),
        ("24:00", '"24:00" is no schedule'),
        ("09:00 mondey", '"mondey" is no day (did you mean `monday`?)'),
        ("09:00 monday, mondey", '"mondey" is no day (did you mean `monday`?)'),
        ("09:00 busines days", '"busines days" names no days (did you mean `business days`?)'),
        ("09:00 2nd busines day", '"2nd busines day" names no days (did you mean `2nd business day`?)'),
        ("09:00 blue moon", '"blue moon" names no days (write daily, weekdays, business days, 1st business'),
        ("09:00 weekly", '"weekly" does not say on which day (name its day, such as monday)'),
        ("09:00 monthly", "month start or month end)"),
        ("09:00 every 2 weeks", "name its day: every 2 weeks monday"),
        ("09:00 every 3 weeks monday", "name its first day: every 3 weeks from 2026-09-07"),
        ("09:00 every 1 weeks monday", "write 2 to 52, or just the days"),
        ("09:00 every 2 weeks monday from 2026-09-08", "2026-09-08 is a Tuesday (name a first day that is"),
        ("09:00 every 2 weeks from soon", '"soon" is no day (write one such as 2026-09-07)'),
        ("09:00 every 2 weeks from 1826-09-07", "1826-09-07 lies outside 1980 to 2200"),
        ("09:00 32nd", "there is no 32nd day in every month (of days, write 1st to 31st, or last)"),
        ("09:00 0th business day", "there is no 0th business day"),
        ("09:00 21st business day", "of business days, write 1st to 20th, or last"),
        ("09:00 5th monday", "of mondays, write 1st to 4th, or last"),
        ("09:00 yearly 31 april", "April has no day 31 (write 1 to 30)"),
        ("09:00 yearly 2 janury", '"janury" is no month (did you mean `january`?)'),
        ("09:00 weekdays Europe/Lodnon", "is no IANA time zone (did you mean `Europe/London`?)"),
        ("09:00 weekdays Europe/Berlin Europe/London", "Europe/Berlin and Europe/London are two time zones"),
        ("09:00 " + "monday " * 40, "is no schedule"),
    ],
)
def test_a_wrong_schedule_is_told_with_its_line_and_its_mending(written: str, words: str) -> None:
    found = fault_of(written)
    assert found.startswith("kpi.yaml:4: schedule.daily: ")
    assert words in found


def test_a_fiscal_schedule_needs_a_fiscal_year() -> None:
    found = fault_of("09:00 fiscal quarter end")
    assert found == (
        "kpi.yaml:4: schedule.daily: nothing says when the fiscal year begins "
        "(add the month, as in `calendar: {fiscal_year: april}`)"
    )


def test_editors_are_told_that_a_schedule_is_text_or_a_mapping() -> None:
    text, mapping = WorkspaceFile.model_json_schema()["$defs"]["CadenceEntry"]["anyOf"]
    assert text["type"] == "string"
    for example in text["examples"]:
        assert CadenceEntry.model_validate(example)
    assert mapping["required"] == ["at"]
    assert not mapping["additionalProperties"]
    assert {key: one.get("default") for key, one in mapping["properties"].items()} == {
        "at": None, "catch_up": "24h", "wait": "10m", "needs": None
    }  # fmt: skip


SOURCES = "sources: {github: {repository: acme/engine}, site: {collector: web, url: 'https://acme.dev'}}"


def mapping_of(*lines: str) -> str:
    return f"{FILE}{SOURCES}\nschedule:\n  daily:\n" + "".join(f"    {line}\n" for line in lines)


@pytest.mark.parametrize(
    ("lines", "wait", "catch_up", "needs"),
    [
        ([], timedelta(minutes=10), timedelta(hours=24), None),
        (["wait: 30m"], timedelta(minutes=30), timedelta(hours=24), None),
        (["wait: 0"], timedelta(), timedelta(hours=24), None),
        (["wait: 0m"], timedelta(), timedelta(hours=24), None),
        (["catch_up: 3d", "wait: 2h"], timedelta(hours=2), timedelta(days=3), None),
        (["catch_up: 10m"], timedelta(minutes=5), timedelta(minutes=10), None),
        (["needs: [github]"], timedelta(minutes=10), timedelta(hours=24), frozenset({"github"})),
        (["needs: []"], timedelta(minutes=10), timedelta(hours=24), frozenset()),
    ],
)
def test_a_schedule_may_say_how_patient_it_is(
    lines: list[str], wait: timedelta, catch_up: timedelta, needs: frozenset[str] | None
) -> None:
    file = read_workspace(mapping_of('at: "09:30 weekdays Europe/London"', *lines), "kpi.yaml", {})
    entry = file.schedule["daily"]
    assert (entry.at, entry.days, entry.zone) == (time(9, 30), MONDAY_TO_FRIDAY, "Europe/London")
    assert (entry.wait, entry.catch_up, entry.needs) == (wait, catch_up, needs)
    assert entry.text == "09:30 weekdays Europe/London"


@pytest.mark.parametrize(
    ("lines", "faults"),
    [
        (["wait: 30m"], ["5: schedule.daily.at: is missing (add `at: …` here)"]),
        (["at: 09:00 mondey"], ['6: schedule.daily.at: "mondey" is no day (did you mean `monday`?)']),
        (
            ["at: 09:00 weekdays", "wiat: 30m", "neeeds: []"],
            [
                "7: schedule.daily.wiat: is not a key that is known here (did you mean `wait`?)",
                "8: schedule.daily.neeeds: is not a key that is known here (did you mean `needs`?)",
            ],
        ),
        (
            ["at: 09:00", "days: monday"],
            ["7: schedule.daily.days: is not a key that is known here"],
        ),
        (
            ["at: 09:00", "wait: soon"],
            ['7: schedule.daily.wait: "soon" is not a length of time'],
        ),
        (
            ["at: 09:00", "wait: 24h"],
            ["7: schedule.daily.wait: is not shorter than `catch_up` (wait less"],
        ),
        (["at: 09:00", "wait: 1h", "catch_up: 30m"], ["7: schedule.daily.wait: is not shorter than"]),
        (["at: 09:00", "catch_up: 60d"], ["7: schedule.daily.catch_up: is longer than a report is worth"]),
        (
            ["at: 09:00", "needs:", "  - github", "  - stie"],
            ["9: schedule.daily.needs[1]: there is no source `stie` (did you mean `site`?)"],
        ),
        (["at: 09:00", "wait: x", "needs: [g]"], ["7: schedule.daily.wait", "8: schedule.daily.needs[0]"]),
        (["at: 09:00", "needs: github"], ["7: schedule.daily.needs: should be a list"]),
        (["- 09:00"], ["5: schedule.daily: is no schedule"]),
    ],
)
def test_what_is_wrong_in_a_mapping_is_told_with_its_own_line(lines: list[str], faults: list[str]) -> None:
    with pytest.raises(DocumentFaults) as caught:
        read_workspace(mapping_of(*lines), "kpi.yaml", {})
    found = [str(one).removeprefix("kpi.yaml:") for one in caught.value.faults]
    assert [one[: len(said)] for one, said in zip(found, faults, strict=True)] == faults


def test_a_need_is_told_even_where_there_are_no_sources() -> None:
    text = f"{FILE}schedule: {{daily: {{at: '09:00', needs: [github]}}}}"
    with pytest.raises(DocumentFaults, match="there is no source `github`"):
        read_workspace(text, "kpi.yaml", {})


WORDS = ("every", "2", "weeks", "monday", "from", "2026-09-07", "1st", "last", "business", "day", "of", "the")
WORDS = (*WORDS, "quarter", "fiscal", "end", "yearly", "january", "Europe/London")


@given(text=st.text(max_size=40) | st.lists(st.sampled_from(WORDS), max_size=7).map(" ".join))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    try:
        entry = CadenceEntry.model_validate(f"09:00 {text}")
    except ValidationError:
        return
    assert entry.days
