"""Samples in and out: every wrong line is named, nothing is half taken, and what goes out comes back in."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.samples_file import (
    MOST_FAULTS,
    SamplesRefused,
    parse_at,
    parse_csv,
    parse_json,
    print_csv,
    print_json,
)
from kpi.metric import Sample, from_micros, labels
from storage import SessionFactory, samples
from tests.factories import NOW, ZONE

HEAD = "metric,at,value\n"
MIDNIGHT = datetime(2026, 4, 30, 22, tzinfo=UTC)  # 1 May in Berlin


def refused(text: str) -> list[str]:
    with pytest.raises(SamplesRefused) as caught:
        parse_csv(text, ZONE, file="kpi.csv")
    return caught.value.faults


@pytest.mark.parametrize(
    "text",
    [
        "metric,at,value\ngithub.stars,2026-05-01,12\n",
        "\ufeffmetric,at,value\r\ngithub.stars,2026-05-01,12\r\n",
        "value, AT ,Metric\n 12 , 2026-05-01 , github.stars \n\n",
        '"metric","at","value"\n"github.stars","2026-05-01","12"',
        "metric,at,value\ngithub.stars,2026-05-01T00:00,1.2e1\n",
        "metric,at,value,place\ngithub.stars,2026-05-01T00:00+02:00,12,\n",
        "metric,at,value\ngithub.stars,2026-04-30T22:00:00Z,12.0\n",
    ],
)
def test_one_sample_in_many_spellings(text: str) -> None:
    assert parse_csv(text, ZONE) == [Sample("github.stars", MIDNIGHT, 12.0)]


def test_further_columns_are_labels() -> None:
    text = 'metric,at,value,place,team\nhub.members,2026-05-01,3,"a, b",\nhub.members,2026-05-01,4,,red\n'
    one, other = parse_csv(text, ZONE)
    assert one.labels == (("place", "a, b"),)
    assert other.labels == (("team", "red"),)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("github.stars,2026-05-01", "2 values for 3 columns"),
        ("github.stars,2026-05-01,1,2", "4 values for 3 columns"),
        (",2026-05-01,1", '"" is no metric'),
        ("git hub,2026-05-01,1", '"git hub" is no metric'),
        ("git\x00hub,2026-05-01,1", "is no metric"),
        ("git\u200bhub,2026-05-01,1", "is no metric"),
        ("x" * 201 + ",2026-05-01,1", "is no metric"),
        ("github.stars,1 May,1", 'at "1 May" is no time: write 2026-05-01'),
        ("github.stars,,1", 'at "" is no time'),
        ("github.stars,2026-02-30,1", "is no time"),
        ("github.stars,9999-12-31,1", "lies outside 1980 to 2200"),
        ("github.stars,0001-01-01T00:00,1", "lies outside 1980 to 2200"),
        ("github.stars,2026-05-01,", 'value "" is no number; leave out rows that have none'),
        ("github.stars,2026-05-01,n/a", "is no number"),
        ("github.stars,2026-05-01,nan", "is no number"),
        ("github.stars,2026-05-01,inf", "is no number"),
        ("github.stars,2026-05-01,1_000", "is no number"),
        ("github.stars,2026-05-01,1e999", "is no number"),
    ],
)
def test_a_wrong_line_is_named_with_its_number(line: str, words: str) -> None:
    (fault,) = refused(f"{HEAD}github.forks,2026-05-01,1\n{line}\ngithub.forks,2026-05-02,2\n")
    assert fault.startswith("kpi.csv:3: ")
    assert words in fault
    assert fault.isprintable()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the column metric, at, value is missing"),
        ("\n\n", "is missing"),
        ("metric,at\n", "the column value is missing: start with metric,at,value"),
        ("metric;at;value\nx;2026-05-01;1\n", "with commas between"),
        ("metric,at,value,value\n", "every column needs its own name"),
        ("metric,at,value,\n", "every column needs its own name"),
        ('metric,at,value\n"github.stars,2026-05-01,1\n', "kpi.csv:2: unexpected end of data"),
        ('metric,at,value\n"a"b,2026-05-01,1\n', "kpi.csv:2: "),
        ("metric,at,value\n" + "x" * 200_000 + ",2026-05-01,1\n", "kpi.csv:2: field larger"),
        ("metric,at,value,a\x00b\ngithub.stars,2026-05-01,1,x\n", "is no label"),
    ],
)
def test_a_file_that_is_no_such_csv_says_why(text: str, words: str) -> None:
    (fault,) = refused(text)
    assert words in fault


def test_all_wrong_lines_are_told_up_to_a_limit() -> None:
    with pytest.raises(SamplesRefused) as caught:
        parse_csv(HEAD + "x,2026-05-01,no\n" * 50, ZONE)
    assert len(caught.value.faults) == 50
    assert caught.value.message.count("is no number") == MOST_FAULTS
    assert "and 30 more" in caught.value.message


@pytest.mark.parametrize("as_object", [False, True])
def test_json_is_a_list_of_samples(as_object: bool) -> None:
    items = [{"metric": "hub.members", "at": "2026-05-01", "value": 12, "labels": {"place": "forum"}}]
    text = json.dumps({"samples": items} if as_object else items)
    assert parse_json(text, ZONE) == [Sample("hub.members", MIDNIGHT, 12.0, (("place", "forum"),))]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is no JSON"),
        ("{", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("{}", "is no list"),
        ('"x"', "is no list"),
        ("[1]", "[0]: is no"),
        ('[{"metric": "a", "at": "2026-05-01"}]', "[0]: missing: value"),
        ('[{"metric": "a", "at": "2026-05-01", "value": 1, "x": 2}]', "[0]: unknown: x"),
        ('[{"metric": "a", "at": "2026-05-01", "value": true}]', "no number"),
        ('[{"metric": "a", "at": "2026-05-01", "value": null}]', "no number"),
        ('[{"metric": "a", "at": "2026-05-01", "value": NaN}]', "no number"),
        ('[{"metric": "a", "at": 20260501.5, "value": 1}]', "is no time"),
        ('[{"metric": "a", "at": "2026-05-01", "value": 1, "labels": ["x"]}]', "labels are names"),
        ('[{"metric": "a", "at": "2026-05-01", "value": 1, "labels": {"x": 1}}]', "labels are names"),
        ('[{"metric": "a", "at": "2026-05-01", "value": 1, "labels": {"value": "x"}}]', "is no label"),
        ('[{"metric": "a", "at": "2026-05-01", "value": 1, "labels": {" ": "x"}}]', "is no label"),
        ('[{"metric": "a\\u0000", "at": "2026-05-01", "value": 1}]', "no metric"),
    ],
)
def test_json_that_is_wrong_says_where(text: str, words: str) -> None:
    with pytest.raises(SamplesRefused) as caught:
        parse_json(text, ZONE)
    assert words in caught.value.faults[0]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Sao_Paulo", "Asia/Beirut", "UTC"])
def test_a_day_means_its_start_in_the_zone(zone: str) -> None:
    at = parse_at("2026-03-29", ZoneInfo(zone))
    assert at.astimezone(ZoneInfo(zone)).date().isoformat() == "2026-03-29"


_TEXT = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12)
_NAMES = _TEXT.filter(lambda name: name.casefold() not in {"metric", "at", "value"})
_SAMPLES = st.builds(
    Sample,
    metric=_TEXT,
    at=st.integers(4 * 10**14, 7 * 10**15).map(from_micros),
    value=st.floats(allow_nan=False, allow_infinity=False),
    labels=st.dictionaries(_NAMES, _TEXT, max_size=3).map(labels),
)


@given(st.lists(_SAMPLES, max_size=8))
def test_what_goes_out_as_csv_comes_back_in(found: list[Sample]) -> None:
    names = tuple(sorted({name for one in found for name, _ in one.labels}))
    assert parse_csv("".join(print_csv(found, names)), ZONE) == found


@given(st.lists(_SAMPLES, max_size=8))
def test_what_goes_out_as_json_comes_back_in(found: list[Sample]) -> None:
    text = "[" + ",".join(line.rstrip("\n") for line in print_json(found)) + "]"
    assert parse_json(text, ZONE) == found


@given(st.text())
def test_any_text_is_samples_or_refused(text: str) -> None:
    for parse in (parse_csv, parse_json):
        with suppress(SamplesRefused):
            assert isinstance(parse(text, ZONE), list)


def test_whatever_is_taken_can_be_kept_and_exported(sessions: SessionFactory) -> None:
    rows = ('deals,2026-05-01,1.5,"Zoë, ""the boss"""', "deals,2026-05-02,-0.25,日本")
    found = parse_csv("\n".join(("metric,at,value,who", *rows)), ZONE)
    with sessions.begin() as session:
        samples.write(session, found, NOW)
    with sessions.read() as session:
        kept = "".join(print_csv(samples.export(session), tuple(samples.label_names(session))))
    assert sorted(parse_csv(kept, ZONE), key=lambda one: one.at) == found
