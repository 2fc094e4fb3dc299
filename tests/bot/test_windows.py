"""Stretches of days as people say them: in order, over by today, and never a guess."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UserError
from bot.windows import MOST_DAYS, is_window, resolve, split, splits, spoken
from tests.factories import TODAY


def days(text: str, today: date = TODAY) -> tuple[str, str, bool]:
    found = resolve(text, today)
    return found.start.isoformat(), found.end.isoformat(), found.is_open


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("90d", "2026-08-25", "2026-11-23"),
        ("12w", "2026-08-31", "2026-11-23"),
        ("6m", "2026-05-27", "2026-11-23"),
        ("1y", "2025-11-23", "2026-11-23"),
        ("last 90 days", "2026-08-25", "2026-11-23"),
        ("the past two weeks", "2026-11-09", "2026-11-23"),
        ("past week", "2026-11-16", "2026-11-23"),
        ("this week", "2026-11-23", "2026-11-23"),
        ("this month", "2026-11-01", "2026-11-23"),
        ("qtd", "2026-10-01", "2026-11-23"),
        ("year to date", "2026-01-01", "2026-11-23"),
        ("q4", "2026-10-01", "2026-11-23"),
        ("since july", "2026-07-01", "2026-11-23"),
        ("since 2026-07-01", "2026-07-01", "2026-11-23"),
        ("since monday", "2026-11-23", "2026-11-23"),
        ("since last month", "2026-10-01", "2026-11-23"),
        ("today", "2026-11-23", "2026-11-23"),
        ("2026-11-01 to 2026-12-31", "2026-11-01", "2026-11-23"),
    ],
)
def test_a_window_that_reaches_today_is_open(text: str, start: str, end: str) -> None:
    assert days(text) == (start, end, True)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("last week", "2026-11-16", "2026-11-22"),
        ("last month", "2026-10-01", "2026-10-31"),
        ("last quarter", "2026-07-01", "2026-09-30"),
        ("last year", "2025-01-01", "2025-12-31"),
        ("q2", "2026-04-01", "2026-06-30"),
        ("q2 2025", "2025-04-01", "2025-06-30"),
        ("2026-q2", "2026-04-01", "2026-06-30"),
        ("h1", "2026-01-01", "2026-06-30"),
        ("July", "2026-07-01", "2026-07-31"),
        ("december", "2025-12-01", "2025-12-31"),
        ("jul 2025", "2025-07-01", "2025-07-31"),
        ("2026-07", "2026-07-01", "2026-07-31"),
        ("in may", "2026-05-01", "2026-05-31"),
        ("2025", "2025-01-01", "2025-12-31"),
        ("yesterday", "2026-11-22", "2026-11-22"),
        ("last friday", "2026-11-20", "2026-11-20"),
        ("4 july", "2026-07-04", "2026-07-04"),
        ("29 february", "2024-02-29", "2024-02-29"),
        ("2026-07-01 to 2026-08-15", "2026-07-01", "2026-08-15"),
        ("2026-07-01..2026-08-15", "2026-07-01", "2026-08-15"),
        ("from july to september", "2026-07-01", "2026-09-30"),
        ("between july and august", "2026-07-01", "2026-08-31"),
        ("9 to 15 july", "2026-07-09", "2026-07-15"),
        ("from 9th until 15th of july 2025", "2025-07-09", "2025-07-15"),
        ("9–15 july", "2026-07-09", "2026-07-15"),
        ("november to february", "2025-11-01", "2026-02-28"),
        ("last week to yesterday", "2026-11-16", "2026-11-22"),
    ],
)
def test_a_window_that_lies_behind_is_closed(text: str, start: str, end: str) -> None:
    assert days(text) == (start, end, False)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("q1 2027", "still to come"),
        ("december 2026", "still to come"),
        ("since 2026-12-01", "still to come"),
        ("2026-02-30", "not in the calendar"),
        ("feb 30", "not in the calendar"),
        ("q5", "not in the calendar"),
        ("2026-13", "not in the calendar"),
        ("0001-01-01", "not in the calendar"),
        ("9999-12-31", "not in the calendar"),
        ("2026-08-15 to 2026-07-01", "ends before it begins"),
        ("since 1990", "longer than 3,660 days"),
        ("1d", "not a stretch that can be drawn"),
        ("0w", "not a stretch that can be drawn"),
        ("99999d", "not a stretch that can be drawn"),
        ("soon", "no stretch of days"),
        ("", "no stretch of days"),
    ],
)
def test_what_is_no_window_is_refused_with_what_to_say(text: str, told: str) -> None:
    with pytest.raises(UserError) as caught:
        resolve(text, TODAY)
    assert told in caught.value.message
    assert "90d" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "rest", "window"),
    [
        ("stars last 90 days", "stars", "last 90 days"),
        ("last 90 days stars", "stars", "last 90 days"),
        ("stars gained 30d 90d", "stars gained 30d", "90d"),
        ("stars from 1 july 2025 to 15 august 2025", "stars", "from 1 july 2025 to 15 august 2025"),
        ("stars since July?", "stars", "since july"),
        ("stars per week", "stars per week", ""),
        ("7-day active", "7-day active", ""),
        ("stars now", "stars now", ""),
        ("the may report", "the may report", ""),
    ],
)
def test_the_longest_window_is_taken_out_of_the_words(text: str, rest: str, window: str) -> None:
    assert split(text.split()) == (tuple(rest.split()), window)


def test_words_held_together_are_not_taken_apart() -> None:
    assert split(("stars gained 30d",)) == (("stars gained 30d",), "")
    assert split(("stars", "last 90 days")) == (("stars",), "last 90 days")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("90d", "In the last 90 days"),
        ("1y", "In the last year"),
        ("q2", "In Q2 2026"),
        ("july", "In July"),
        ("jul 2025", "In July 2025"),
        ("2025", "In 2025"),
        ("yesterday", "Yesterday"),
        ("4 july", "On 4 Jul"),
        ("since july", "Since 1 Jul"),
        ("last week", "From 16 Nov to 22 Nov"),
    ],
)
def test_a_window_is_spoken_as_people_say_it(text: str, words: str) -> None:
    assert spoken(resolve(text, TODAY), TODAY) == words


_SPOKEN = """
    last past this since from to between and q1 q2 h1 july jul 2025 2026 2026-07 2026-02-29 monday week
    weeks month quarter year 90 90d 12w 1y two days yesterday today ytd 4 31 - stars may in the
"""
_PARTS = st.sampled_from(_SPOKEN.split())


@settings(max_examples=300, deadline=None)
@given(
    words=st.lists(_PARTS, min_size=1, max_size=6),
    today=st.dates(date(1990, 1, 1), date(2099, 12, 31)),  # no later year is read as one
)
def test_every_window_lies_in_order_and_ends_by_today(words: list[str], today: date) -> None:
    text = " ".join(words)
    try:
        found = resolve(text, today)
    except UserError:
        return
    assert found.start <= found.end <= today
    assert found.end - found.start <= timedelta(days=MOST_DAYS)
    assert found.is_open == (found.end == today)
    assert resolve(found.text, today) == found
    assert spoken(found, today)


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=40))
def test_any_text_is_a_window_or_refused(text: str) -> None:
    try:
        resolve(text, TODAY)
    except UserError:
        return
    assert text.strip()


@settings(max_examples=100, deadline=None)
@given(words=st.lists(_PARTS, max_size=8))
def test_taking_a_window_out_loses_no_word(words: list[str]) -> None:
    for rest, window in splits(words):
        assert sorted((*rest, *window.split())) == sorted(words)
        assert is_window(window)
