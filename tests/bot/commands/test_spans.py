"""Until when, as people say it: always over some day, and never over already."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import spans
from bot.errors import UserError
from tests.factories import NOW

BERLIN, KOLKATA = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("1h", "2026-11-23 10:00"),
        ("30min", "2026-11-23 09:30"),
        ("2d", "2026-11-25 09:00"),
        ("2 days", "2026-11-25 09:00"),
        ("for 3 hours", "2026-11-23 12:00"),
        ("1w", "2026-11-30 09:00"),
        ("2 months", "2027-01-22 09:00"),
        ("90d", "2027-02-21 09:00"),
        ("tomorrow", "2026-11-24 00:00"),
        ("until tomorrow at 7:30", "2026-11-24 07:30"),
        ("friday", "2026-11-27 00:00"),
        ("until fri", "2026-11-27 00:00"),
        ("monday", "2026-11-30 00:00"),  # today is Monday: the next one
        ("until Monday 18:00", "2026-11-30 18:00"),
        ("tonight", "2026-11-23 23:59"),
        ("18:00", "2026-11-23 18:00"),
        ("until 08:00", "2026-11-24 08:00"),  # over for today
        ("until 2026-12-01", "2026-12-01 00:00"),
        ("till 2026-12-01T18:00", "2026-12-01 18:00"),
        ("2026-12-01 18:00", "2026-12-01 18:00"),
    ],
)
def test_it_is_read_as_people_say_it(text: str, until: str) -> None:
    words = text.split()
    assert spans.length(words) == len(words)
    assert spans.until(words, NOW, BERLIN) == datetime.fromisoformat(until).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("2d launch week", 1),
        ("2 days launch", 2),
        ("until friday launch week noise", 2),
        ("until friday at noon", 2),
        ("until friday at 9:00 deploys", 4),
        ("until whenever it is", 2),
        ("for launch week", 0),
        ("launch week", 0),
        ("forever", 1),
        ("until", 1),
        ("", 0),
    ],
)
def test_what_follows_it_is_left(text: str, count: int) -> None:
    assert spans.length(text.split()) == count


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("forever", "A silence always ends."),
        ("until whenever", "“whenever” is no time."),
        ("until", "“” is no time."),
        ("91d", "A silence lasts 90 days at most."),
        ("9999 weeks", "A silence lasts 90 days at most."),
        ("until 2200-01-01", "A silence lasts 90 days at most."),
        ("0d", "“0d” is over."),
        ("2026-11-23", "“2026-11-23” is over."),
        ("until 2026-02-31", "“2026-02-31” is not a day."),
    ],
)
def test_what_never_ends_or_is_over_is_refused(text: str, error: str) -> None:
    with pytest.raises(UserError) as fault:
        spans.until(text.split(), NOW, BERLIN)
    assert fault.value.message == error
    assert fault.value.hint.endswith(spans.HINT)


def test_days_and_times_are_those_of_the_reader() -> None:
    assert spans.until(["18:00"], NOW, KOLKATA) == datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
    assert spans.until(["tomorrow"], NOW, KOLKATA) == datetime(2026, 11, 23, 18, 30, tzinfo=UTC)


def test_a_day_lasts_as_long_as_its_clocks_say() -> None:
    """In the night to 25 October Berlin puts its clocks back: two days are 49 hours of the wall clock."""
    before = datetime(2026, 10, 24, 7, tzinfo=UTC)
    assert spans.until(["monday"], before, BERLIN) - before == timedelta(hours=40)
    assert spans.until(["2d"], before, BERLIN) - before == timedelta(hours=48)


WORDS = st.lists(
    st.sampled_from(["2d", "2", "days", "until", "for", "friday", "at", "18:00", "2026-12-01", "tomorrow"])
    | st.text(min_size=1, max_size=8).filter(lambda text: bool(text.split()) and " " not in text),
    max_size=5,
)


@given(WORDS)
def test_any_words_give_an_end_within_ninety_days_or_a_refusal(words: list[str]) -> None:
    found = None
    with suppress(UserError):
        count = spans.length(words)
        assert 0 <= count <= len(words)
        found = spans.until(words[:count], NOW, BERLIN) if count else NOW + spans.USUAL
    assert found is None or NOW < found <= NOW + spans.MOST
