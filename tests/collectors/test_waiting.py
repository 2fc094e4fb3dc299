from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.waiting import allowance, is_spent, retry_after

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
EPOCH = int(NOW.timestamp())


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "30"}, 30),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"Retry-After": "Fri, 20 Nov 2026 12:01:00 GMT"}, 60),
        ({"Retry-After": "Fri, 20 Nov 2026 11:00:00 GMT"}, 0),
        ({"Retry-After": "Fri, 20 Nov 2026 13:00:30 GMT", "Date": "Fri, 20 Nov 2026 13:00:00 GMT"}, 30),
        ({"X-Retry-After": str(EPOCH + 90)}, 90),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(EPOCH + 600)}, 600),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str((EPOCH + 600) * 1000)}, 600),
        ({"X-RateLimit-Reset": str(EPOCH + 600)}, 600),
        (
            {
                "X-RateLimit-Remaining": "0",
                "X-RateLimit-Reset-After": "2.5",
                "X-RateLimit-Reset": str(EPOCH + 9),
            },
            2.5,
        ),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": "45"}, 45),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(EPOCH - 5)}, 0),
        ({"Retry-After": "5", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(EPOCH + 600)}, 5),
    ],
)
def test_every_form_of_a_wait_is_read(headers: dict[str, str], seconds: float) -> None:
    assert retry_after(headers, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Retry-After": "soon"},
        {"Retry-After": "nan"},
        {"X-RateLimit-Remaining": "7", "X-RateLimit-Reset": "99"},
    ],
)
def test_no_wait_is_read_where_none_is_named(headers: dict[str, str]) -> None:
    assert retry_after(headers, NOW) is None


@pytest.mark.parametrize(("body", "seconds"), [({"retry_after": 1.25}, 1.25), ({"retry_after": "3"}, 3)])
def test_a_wait_in_the_body_is_read(body: dict[str, object], seconds: float) -> None:
    assert retry_after({}, NOW, body=json.dumps(body).encode()) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "body", [b'{"retry_after": true}', b'["retry_after"]', b"retry_after", b'{"retry_after": {}}']
)
def test_a_body_without_a_usable_wait_is_passed_over(body: bytes) -> None:
    assert retry_after({}, NOW, body=body) is None


@given(st.text(max_size=40), st.sampled_from(["Retry-After", "X-Retry-After", "X-RateLimit-Reset"]))
def test_no_header_value_breaks_it(value: str, name: str) -> None:
    wait = retry_after({name: value}, NOW)
    assert wait is None or timedelta(0) <= wait <= timedelta(days=31)


@given(st.integers(0, 2_000_000))
def test_seconds_are_taken_as_they_are(seconds: int) -> None:
    assert retry_after({"Retry-After": str(seconds)}, NOW) == timedelta(seconds=seconds)


def test_nothing_left_is_recognised_in_each_spelling() -> None:
    assert is_spent({"X-RateLimit-Remaining": "0"})
    assert is_spent({"x-rate-limit-remaining": " 0 "})
    assert not is_spent({"X-RateLimit-Remaining": "1"})
    assert not is_spent({})


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"RateLimit": "limit=100, remaining=0, reset=30"}, b"", 30),
        ({"RateLimit": '"default";r=0;t=12'}, b"", 12),
        ({"RateLimit": '"default";r=5;t=12'}, b"", None),
        ({"X-RateLimit-Requests-Remaining": "0", "X-RateLimit-Requests-Reset": "1795176045000"}, b"", 45),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2026-11-20T12:00:45Z"}, b"", 45),
        ({"X-Sentry-Rate-Limit-Remaining": "0", "X-Sentry-Rate-Limit-Reset": "1795176045"}, b"", 45),
        ({}, b'{"backoff": 10, "items": []}', 10),
        ({}, b'{"retry_after": 1.5}', 1.5),
        ({}, b'["retry_after"]', None),
    ],
)
def test_every_form_of_vendors_is_read(headers: dict[str, str], body: bytes, seconds: float | None) -> None:
    now = NOW
    wait = retry_after(headers, now, body=body)
    assert (None if wait is None else wait.total_seconds()) == seconds


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        (
            {"X-RateLimit-Remaining": "41", "X-RateLimit-Limit": "5000", "X-RateLimit-Reset": "1795176045"},
            (41, 5000, datetime(2026, 11, 20, 12, 0, 45, tzinfo=UTC)),
        ),
        ({"X-Rate-Limit-Remaining": "7"}, (7, None, None)),
        (
            {"RateLimit": "limit=100, remaining=9, reset=30"},
            (9, None, datetime(2026, 11, 20, 12, 0, 30, tzinfo=UTC)),
        ),
        ({"X-RateLimit-Remaining": "many"}, None),
        ({"X-RateLimit-Remaining": "-1"}, None),
        ({}, None),
    ],
)
def test_what_is_left_of_an_allowance_is_read(headers: dict[str, str], found: object) -> None:
    assert allowance(headers, NOW) == found


@pytest.mark.parametrize(
    ("value", "spent"),
    [("user-hour-lim:3500;user-hour-rem:0;", True), ("user-hour-lim:3500;user-hour-rem:500;", False)],
)
def test_apples_allowance_is_read(value: str, spent: bool) -> None:
    assert is_spent({"X-Rate-Limit": value}) is spent


@pytest.mark.parametrize(
    ("left", "spent"), [("0", True), ("0.0", True), ("0.5", False), ("", False), ("no", False)]
)
def test_nothing_left_is_read_in_every_spelling(left: str, spent: bool) -> None:
    assert is_spent({"X-RateLimit-Remaining": left}) is spent
