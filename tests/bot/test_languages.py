"""English is what the code says; another language puts its words, its numbers and its days in their place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import languages
from bot.languages import Language, day, day_of_month, figure, month, said, said_of, speaking, weekday

SUNDAY = date(2026, 11, 22)
PRINTED = st.decimals(-(10**12), 10**12, places=3).map(lambda number: f"{number:,}")


@pytest.fixture
def german() -> Iterator[None]:
    with speaking("de"):
        yield


def test_english_is_what_the_code_says() -> None:
    assert languages.spoken() == "en"
    assert said("{count} unchanged", count=3) == "3 unchanged"
    assert said_of(1, "{count} KPI", "{count} KPIs") == "1 KPI"
    assert said_of(1234, "{count} KPI", "{count} KPIs") == "1,234 KPIs"


def test_another_language_has_its_words_and_its_plural(german: None) -> None:
    assert said("{count} unchanged", count=3) == "3 unverändert"
    assert said_of(1, "{count} day ago", "{count} days ago") == "vor 1 Tag"
    assert said_of(0, "{count} day ago", "{count} days ago") == "vor 0 Tagen"
    assert said_of(1234, "{count} source", "{count} sources") == "1.234 Quellen"


def test_what_a_language_lacks_stays_english(german: None) -> None:
    assert said("{count} of a kind", count=2) == "2 of a kind"
    assert said_of(2, "{count} of a kind", "{count} of some kinds") == "2 of some kinds"


def test_a_sentence_ends_with_one_full_stop(german: None) -> None:
    assert said("Next: {what}.", what=day(SUNDAY)) == "Als Nächstes: 22. Nov."
    assert said("Next: {what}.", what="…") == "Als Nächstes: …."
    assert said("Next: {what}.", what="and so on..") == "Als Nächstes: and so on..."


def test_a_slot_is_never_read_as_a_text(german: None) -> None:
    assert said("{title}: {finding}", title="{finding}", finding="100% {x}") == "{finding}: 100% {x}"


@pytest.mark.parametrize(
    ("english", "told"),
    [
        ("1,234.5 h", "1.234,5 h"),
        ("0.5%", "0,5%"),
        ("1,234,567", "1.234.567"),
        ("70–80%", "70–80%"),
        ("Page 1, then 2.", "Page 1, then 2."),
        ("", ""),
    ],
)
def test_a_number_has_the_separators_of_its_language(german: None, english: str, told: str) -> None:
    assert figure(english) == told


@given(PRINTED)
def test_a_number_keeps_its_digits_and_can_be_read_back(printed: str) -> None:
    with speaking("de"):
        told = figure(printed)
    assert [one for one in told if one.isdigit()] == [one for one in printed if one.isdigit()]
    assert told.translate(str.maketrans(",.", ".,")) == printed


@given(PRINTED)
def test_english_numbers_are_left_alone(printed: str) -> None:
    assert figure(printed) == printed


def test_days_are_said_as_people_write_them(german: None) -> None:
    assert day(SUNDAY) == "22. Nov."
    assert day(SUNDAY, year=True) == "22. Nov. 2026"
    assert (weekday(SUNDAY), weekday(SUNDAY, short=True)) == ("Sonntag", "So.")
    assert (month(SUNDAY), month(SUNDAY, short=True)) == ("November", "Nov")
    assert languages.decimal_point() == ","


def test_english_days_need_no_library() -> None:
    assert day(SUNDAY, year=True) == "22 Nov 2026"
    assert (weekday(SUNDAY, short=True), month(SUNDAY)) == ("Sun", "November")
    assert languages.decimal_point() == "."


@pytest.mark.parametrize(("code", "told"), [("en", "22"), ("de", "22."), ("fr", "22"), ("ja", "11月22日")])
def test_the_first_of_two_days_of_a_month_leaves_the_month_to_the_second(
    code: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    english = languages.language("en")
    monkeypatch.setattr(languages, "language", lambda one: english if one == "en" else Language(one, {}, {}))
    with speaking(code):
        assert day_of_month(SUNDAY) == told


def test_a_language_ends_where_it_was_begun() -> None:
    with pytest.raises(KeyError), speaking("de"):
        said("{missing}")
    assert languages.spoken() == "en"


def test_an_unknown_language_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"no language 'xx'; known: en, de"), speaking("xx"):
        pass


def test_a_language_inside_another_gives_way_again(german: None) -> None:
    with speaking("en"):
        assert said("unchanged") == "unchanged"
    assert said("unchanged") == "unverändert"
