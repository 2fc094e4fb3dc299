"""Lengths of time as people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kpi.document import Wrong
from kpi.duration import duration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 days", timedelta(days=3)),
        ("24 hours", timedelta(hours=24)),
        ("24+ hours", None),
        ("3 days+", timedelta(days=3)),
        ("1h", timedelta(hours=1)),
        ("1.5h", timedelta(minutes=90)),
        ("2 Weeks", timedelta(weeks=2)),
        ("30min", timedelta(minutes=30)),
        ("immediately", timedelta()),
        ("0 days", timedelta()),
        ("3", None),
        ("three days", None),
        ("3 fortnights", None),
        ("-3 days", None),
        ("", None),
        ("１ day", None),
    ],
)
def test_a_length_of_time(text: str, expected: timedelta | None) -> None:
    if expected is not None:
        assert duration(text) == expected
        return
    with pytest.raises(Wrong) as wrong:
        duration(text)
    assert "3 days" in wrong.value.hint
