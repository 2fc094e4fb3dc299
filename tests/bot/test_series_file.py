"""A series from a CSV file: whatever can be read is, and what cannot is named by its line."""

from __future__ import annotations

import io
import math
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UserError
from bot.series_file import MOST_FAULTS, STDIN, Series, SeriesRefused, Spelling, parse_instant, read_series


def read(folder: Path, text: str | bytes, *, keep_repeats: bool = False) -> Series:
    path = folder / "series.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_series(path, keep_repeats=keep_repeats)


def refusal(folder: Path, text: str | bytes) -> str:
    with pytest.raises(UserError) as found:
        read(folder, text)
    return str(found.value).replace(str(folder), "")


def test_rows_come_back_oldest_first(tmp_path: Path) -> None:
    found = read(tmp_path, "at,value\n2026-05-02,2\n2026-05-01,1\n")
    assert found.at == [datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC)]
    assert found.values.tolist() == [1.0, 2.0]
    assert found.written == ["2026-05-01", "2026-05-02"]
    assert found.spelling is Spelling.DAY


@pytest.mark.parametrize(
    "text",
    [
        "value,at\n7,2026-05-01\n",
        "\ufeffat,value\r\n2026-05-01,7\r\n",
        "At , VALUE,note\n2026-05-01, 7 ,hello\n\n",
        'at,value\n"2026-05-01","7"\n',
        "at,value\r2026-05-01,7\r",
        "at,value\n2026-05-01,7.0e0",
    ],
    ids=["other order", "mark and CRLF", "case, blanks, further columns", "quotes", "CR", "no last newline"],
)
def test_forms_of_the_same_file(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, text)
    assert (found.at, found.values.tolist()) == ([datetime(2026, 5, 1, tzinfo=UTC)], [7.0])


@pytest.mark.parametrize("cell", ["", "  ", "nan", "NaN", "null", "None", "NA", "n/a", "-"])
def test_a_missing_value_is_nan(tmp_path: Path, cell: str) -> None:
    assert math.isnan(read(tmp_path, f"at,value\n2026-05-01,{cell}\n").values[0])


@pytest.mark.parametrize(
    ("text", "at", "spelling"),
    [
        ("2026-05", "2026-05-01", Spelling.MONTH),
        ("2026-05-01", "2026-05-01", Spelling.DAY),
        ("20260501", "2026-05-01", Spelling.DAY),
        ("2026-05-01 09:30", "2026-05-01T09:30", Spelling.LOCAL),
        ("2026-05-01T09:30:15", "2026-05-01T09:30:15", Spelling.LOCAL),
        ("2026-05-01T09:30:00Z", "2026-05-01T09:30", Spelling.INSTANT),
        ("2026-05-01T09:30:00+02:00", "2026-05-01T07:30", Spelling.INSTANT),
        ("1777627800", "2026-05-01T09:30", Spelling.SECONDS),
        ("1777627800.5", "2026-05-01T09:30:00.500", Spelling.SECONDS),
        ("1777627800000", "2026-05-01T09:30", Spelling.MILLISECONDS),
    ],
)
def test_instants(text: str, at: str, spelling: Spelling) -> None:
    assert parse_instant(text) == (
        datetime.fromisoformat(f"{at}+00:00" if "T" in at else f"{at}T00:00+00:00"),
        spelling,
    )


@pytest.mark.parametrize(
    ("text", "following"),
    [
        ("2026-05", "2026-06"),
        ("2026-05-01", "2026-06-01"),
        ("2026-05-01 00:00:00", "2026-06-01 00:00:00"),
        ("2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"),
        ("2026-05-01T00:00:00+02:00", "2026-06-01T00:00:00+02:00"),
        ("1777593600", "1780272000"),
        ("1777593600000", "1780272000000"),
    ],
)
def test_another_instant_is_spelled_as_the_file_does(tmp_path: Path, text: str, following: str) -> None:
    found = read(tmp_path, f"at,value\n{text},1\n")
    assert found.spelled(found.at[0] + timedelta(days=31)) == following
    assert found.spelled(found.at[0]) == text


def test_a_file_that_mixes_spellings_is_one_of_instants(tmp_path: Path) -> None:
    found = read(tmp_path, "at,value\n2026-05-01,1\n2026-05-01T09:00:00Z,2\n")
    assert found.spelling is Spelling.INSTANT
    assert found.spelled(found.at[0]) == "2026-05-01T00:00:00Z"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "series.csv:1: the file is empty"),
        ("at,value\n", "series.csv:2: there is no row below the header"),
        (
            "time,value\n2026-05-01,1\n",
            "series.csv:1: there is no column at: start with the line at,value",
        ),
        ("2026-05-01,1\n", "series.csv:1: there is no column at and no column value"),
        (
            "at;value\n2026-05-01;1\n",
            "series.csv:1: there is no column at and no column value: separate columns with",
        ),
        ("at,value,At\n", "series.csv:1: there are two columns at"),
        ("at,value\n2026-05-01,1\n2026-05-02\n", "series.csv:3: 1 values for 2 columns"),
        ("at,value\n2026-05-01,1;5\n", "series.csv:2: value “1;5” is no number"),
        ("at,value\n2026-05-01,1_000\n", "series.csv:2: value “1_000” is no number"),
        ("at,value\n2026-05-01,inf\n", "series.csv:2: value “inf” is no number"),
        ("at,value\n,1\n", "series.csv:2: at “” is no time: write 2026-05-01"),
        ("at,value\n2026-02-30,1\n", "series.csv:2: at “2026-02-30” is no time"),
        (
            "at,value\n0001-01-01T00:00:00+02:00,1\n",
            "series.csv:2: at “0001-01-01T00:00:00+02:00” is no time",
        ),
        ('at,value\n2026-05-01,"1\n', "series.csv:2: unexpected end of data"),
        (
            "at,value\n2026-05-01,1\n2026-05-02,1\n2026-05-01T00:00Z,1\n",
            "series.csv:4: at 2026-05-01T00:00Z is in",
        ),
        (b"at,value\n\xff\xfe,1\n", "series.csv is not UTF-8 text. Save it as UTF-8."),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str | bytes, told: str) -> None:
    assert told in refusal(tmp_path, text)


def test_repeats_may_be_kept_in_their_order(tmp_path: Path) -> None:
    found = read(tmp_path, "at,value\n2026-05-02,9\n2026-05-01,2\n2026-05-01,1\n", keep_repeats=True)
    assert found.values.tolist() == [2.0, 1.0, 9.0]


def test_many_faults_are_counted(tmp_path: Path) -> None:
    told = refusal(tmp_path, "at,value\n" + "x,1\n" * (MOST_FAULTS + 5))
    assert told.count(" is no time") == MOST_FAULTS
    assert "… and 5 more" in told


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.csv does not exist"):
        read_series(tmp_path / "none.csv")
    with pytest.raises(UserError, match="cannot be read"):
        read_series(tmp_path)


def test_the_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"at,value\n2026-05-01,1\n")))
    found = read_series(STDIN)
    assert (found.name, found.values.tolist()) == ("stdin", [1.0])


@given(st.text(max_size=80))
@settings(max_examples=60)
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("any") / "series.csv"
    path.write_text("at,value\n" + text, encoding="utf-8", errors="replace", newline="")
    try:
        found = read_series(path, keep_repeats=True)
    except SeriesRefused as refused:
        found, told = None, refused.faults
    if found is None:
        assert told
    else:
        assert len(found.at) == len(found.values) == len(found.written) > 0
