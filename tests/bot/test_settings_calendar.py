"""`calendar:`: whose holidays are kept, and that nothing is loaded for it where no country is named."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta

import pytest

from bot.settings import read_workspace
from bot.settings_calendar import CalendarEntry, Closures
from kpi.document import DocumentFaults

FILE = "timezone: Europe/Berlin\nframeworks: [{use: inferno}]\n"


def calendar_of(written: str) -> CalendarEntry:
    return read_workspace(f"{FILE}calendar: {written}", "kpi.yaml", {}).calendar


def fault_of(written: str) -> str:
    with pytest.raises(DocumentFaults) as caught:
        calendar_of(written)
    (fault,) = caught.value.faults
    return str(fault)


def test_a_calendar_is_a_place_further_days_and_a_month() -> None:
    found = calendar_of("{country: DE, subdivision: BE, closed: [2026-12-24], fiscal_year: april}")
    assert found.closures == Closures("DE", "BE", frozenset({date(2026, 12, 24)}))
    assert found.fiscal_month == 4
    closed = found.closures(2026)
    assert {date(2026, 3, 8), date(2026, 12, 24), date(2026, 12, 25), date(2027, 1, 1)} <= closed
    assert date(2026, 1, 6) not in closed, "Epiphany is kept in other parts"


def test_without_one_nothing_is_closed_and_the_year_begins_in_january() -> None:
    found = read_workspace(FILE, "kpi.yaml", {}).calendar
    assert found.closures(2026) == frozenset()
    assert found.fiscal_month == 1


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("{country: de, subdivision: be}", ("DE", "BE")),
        ("{country: DE, subdivision: bayern}", ("DE", "BY")),
        ("{country: US, subdivision: California}", ("US", "CA")),
        ("{country: JP}", ("JP", "")),
        ("{country: DEU}", ("DE", "")),
        ("{country: United Kingdom, subdivision: SCT}", ("GB", "SCT")),
    ],
)
def test_places_are_known_by_code_and_name(written: str, spelled: tuple[str, str]) -> None:
    found = calendar_of(written)
    assert (found.country, found.subdivision) == spelled
    assert len(found.closures(2026)) > 20


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("{country: Germny}", '"Germny" is no country whose holidays are known (did you mean `Germany`?)'),
        ("{country: '12'}", "write its ISO code, such as DE or GB"),
        (
            "{country: DE, subdivision: Berln}",
            "is no part of DE with holidays of its own (did you mean `Berlin`",
        ),
        ("{country: DE, subdivision: ZZZ}", "known: Augsburg, BB, BE, BW"),
        (
            "{country: JP, subdivision: X}",
            "the holidays of JP are known for the whole country only (remove it",
        ),
        ("{subdivision: BE}", "stands without a country (add `country: …` beside it)"),
        ("{fiscal_year: aprl}", '"aprl" is no month (did you mean `april`?)'),
        ("{fiscal_year: 4}", '"4" is no month (write its name, such as april)'),
        ("{closed: [1826-12-24]}", "1826-12-24 lies outside 1980 to 2200"),
        ("{holidays: DE}", "is not a key that is known here"),
    ],
)
def test_a_wrong_calendar_is_told_with_its_line_and_its_mending(written: str, words: str) -> None:
    found = fault_of(written)
    assert found.startswith("kpi.yaml:3: calendar.")
    assert words in found


def test_a_holiday_counts_in_the_years_beside_it() -> None:
    closures = Closures("US")
    new_year = date(2027, 12, 31)  # a Friday: 1 January 2028 is a Saturday
    assert all(new_year in closures(year) for year in (2026, 2027, 2028))
    assert new_year + timedelta(days=1) in closures(2028)


def test_no_country_loads_no_holidays() -> None:
    program = (
        "import sys, datetime\nfrom bot.settings import read_workspace\n"
        f"file = read_workspace({FILE + 'calendar: {closed: [2026-12-24]}'!r}, 'kpi.yaml', {{}})\n"
        "assert file.calendar.closures(2026) == {datetime.date(2026, 12, 24)}\n"
        "sys.exit('holidays' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=30, check=False).returncode == 0
