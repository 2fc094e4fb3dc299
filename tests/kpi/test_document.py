"""Reading files that people write: data as written, and faults that name file, line, key and fix."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, field_validator

from kpi.document import MAX_CHARACTERS, DocumentFaults, Fault, Wrong, load, nearest, print_path, read


class Place(BaseModel):
    model_config = ConfigDict(extra="forbid")
    city: str = Field(min_length=1)
    size: Literal["small", "large"] = "small"


class Trip(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str
    start: date | None = None
    days: int = 1
    is_open: bool = False
    places: list[Place] = []
    notes: dict[str, Place] = {}

    @field_validator("days")
    @classmethod
    def _whole(cls, value: int) -> int:
        if value < 1:
            raise Wrong(f"{value} days are too few", "write 1 or more")
        return value


def faults_of(text: str) -> list[str]:
    with pytest.raises(DocumentFaults) as caught:
        load(text, "trip.yaml", Trip)
    return [str(fault) for fault in caught.value.faults]


def test_a_sound_file_becomes_the_model() -> None:
    trip = load(
        "title: 007\nstart: 2026-09-01\ndays: 3\nis_open: yes\nplaces:\n  - {city: 9:30}\nnotes:\n",
        "t",
        _loose(),
    )
    assert (trip.title, trip.start, trip.days, trip.is_open) == ("007", date(2026, 9, 1), 3, True)
    assert trip.places[0].city == "9:30"


def _loose() -> type[Trip]:
    class Loose(Trip):
        notes: dict[str, Place] | None = None  # type: ignore[assignment]

    return Loose


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("a: 1.50", {"a": "1.50"}),
        ("a: no", {"a": "no"}),
        ("a:", {"a": None}),
        ("a: ~", {"a": None}),
        ("{a: }", {"a": None}),
        ('a: ""', {"a": ""}),
        ('a: "null"', {"a": "null"}),
        ("a: 456789012345678901", {"a": "456789012345678901"}),
        ("90: x", {"90": "x"}),
        ("\ufeffa: x", {"a": "x"}),
        ("a: &x [1]\nb: *x", {"a": ["1"], "b": ["1"]}),
        ("a: |\n  two\n  lines\n", {"a": "two\nlines\n"}),
    ],
)
def test_values_keep_the_text_of_their_author(text: str, data: dict[str, Any]) -> None:
    assert read(text, "f").data == data


FAULTS = [
    ("", "trip.yaml:1: the file is empty (write at least one `key: value`)"),
    ("# nothing\n", "trip.yaml:1: the file is empty (write at least one `key: value`)"),
    ("- a\n- b\n", "trip.yaml:1: the file is not a mapping (start it with `key: value` lines)"),
    ("title", "trip.yaml:1: the file is not a mapping (start it with `key: value` lines)"),
    ("title: a\nplaces:\n\t- city: b\n", "trip.yaml:3: a tab stands in the indentation (indent with spaces)"),
    ("title: a\n---\ntitle: b\n", "trip.yaml:2: a second document starts here"),
    ("title: a: b\n", "trip.yaml:1: not valid YAML: mapping values are not allowed"),
    ("title: @a\n", "trip.yaml:1: not valid YAML: found character"),
    ("title: 'a\n", "trip.yaml:1: not valid YAML"),
    ("title: *a\n", "trip.yaml:1: not valid YAML: found undefined alias"),
    ("title: \x07\n", "trip.yaml:1: character U+0007 cannot stand in a text file"),
    ("title: a\ndays: \ud800\n", "trip.yaml:2: character U+D800 cannot stand in a text file"),
    (
        "title: !!python/object/apply:os.system [ls]\n",
        "trip.yaml:1: the tag `tag:yaml.org,2002:python/object",
    ),
    ("title: a\ntitle: b\n", "trip.yaml:2: title: is given twice, first in line 1 (keep one of them)"),
    ("title: a\n? [b]\n: c\n", "trip.yaml:2: a key is a list or a mapping (use plain words as keys)"),
    ("days: 2\n", "trip.yaml:1: title: is missing (add `title: …` here)"),
    ("title: a\ndais: 2\n", "trip.yaml:2: dais: is not a key that is known here (did you mean `days`?)"),
    ("title: a\nzzz: 2\n", "trip.yaml:2: zzz: is not a key that is known here (known: days, is_open, notes,"),
    ("title:\n", "trip.yaml:1: title: is empty (write a value or remove the key)"),
    ("title: [a]\n", "trip.yaml:1: title: should be a single value, but is a list"),
    ("title: a\nplaces: b\n", "trip.yaml:2: places: should be a list (`- …` lines), but is a single value"),
    ("title: a\nplaces:\n  - b\n", "trip.yaml:3: places[0]: should be a mapping (`key: value` lines)"),
    ("title: a\nplaces:\n  - city: b\n    siz: c\n", "trip.yaml:4: places[0].siz: is not a key"),
    ("title: a\nnotes:\n  x:\n    city: ''\n", "trip.yaml:4: notes.x.city: is empty"),
    (
        "title: a\nnotes: {x: {citty: b}}\n",
        "trip.yaml:2: notes.x.citty: is not a key that is known here (did you",
    ),
    (
        "title: a\nplaces:\n  - city: b\n    size: larg\n",
        "places[0].size: `larg` is not one of small, large (did",
    ),
    ("title: a\ndays: 0\n", "trip.yaml:2: days: 0 days are too few (write 1 or more)"),
    ("title: a\ndays: soon\n", "trip.yaml:2: days: should be a valid integer"),
]


@pytest.mark.parametrize(("text", "expected"), FAULTS)
def test_a_fault_names_file_line_key_and_fix(text: str, expected: str) -> None:
    assert any(expected in fault for fault in faults_of(text)), faults_of(text)


def test_all_faults_come_at_once_in_the_order_of_the_file() -> None:
    found = faults_of("titel: a\ndays: 0\ndays: 3\nplaces:\n  - {city: b, size: big}\n  - {}\n")
    assert [fault.split(": ")[0] for fault in found] == [
        "trip.yaml:1",  # titel
        "trip.yaml:1",  # title is missing
        "trip.yaml:2",
        "trip.yaml:3",
        "trip.yaml:5",
        "trip.yaml:6",
    ]


def test_free_text_is_never_repeated_in_a_fault() -> None:
    assert "xoxb-secret" not in "".join(faults_of("title: a\ndays: xoxb-secret\nstart: xoxb-secret\n"))


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, "aliases make the file too large"),
        ("a: &a [*a]", "aliases make the file too large"),
        ("a: " + "[" * 5000, "nested deeper than 40 levels"),
        ("a: " + "x" * MAX_CHARACTERS, "characters, more than"),
    ],
    ids=["aliases of aliases", "an alias of itself", "depth", "size"],
)
def test_reading_is_bounded(text: str, message: str) -> None:
    with pytest.raises(DocumentFaults, match=message):
        read(text, "f")


@given(st.text(alphabet=st.sampled_from("ab:-[]{}&*!|>'\"#%@,?~ \t\n\x00é0"), max_size=60))
def test_any_text_is_read_or_refused_with_a_line(text: str) -> None:
    try:
        data: dict[str, Any] | None = read(text, "f").data
        faults: tuple[Fault, ...] = ()
    except DocumentFaults as refused:
        data, faults = None, refused.faults
    assert isinstance(data, dict) or faults
    assert all(fault.line >= 1 and fault.message for fault in faults)


def test_a_caller_records_faults_of_its_own() -> None:
    document = read("a:\n  - b\n  - c\n", "f.yaml")
    document.fault(("a", 1), "is no letter", "write d")
    document.fault(("a", 7, "x"), "is not there")
    with pytest.raises(DocumentFaults) as caught:
        document.refuse_faults()
    assert caught.value.faults == (
        Fault("f.yaml", 1, "a[7].x", "is not there"),
        Fault("f.yaml", 3, "a[1]", "is no letter", "write d"),
    )


def test_a_part_of_a_document_is_checked_with_its_own_lines() -> None:
    document = read("trip:\n  title: a\n  dais: 3\n", "f.yaml")
    assert document.check(Trip, at=("trip",)) is None
    assert str(document.faults[0]).startswith(
        "f.yaml:3: trip.dais: is not a key that is known here (did you mean"
    )


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("Strs", ["stars", "forks"], "did you mean `stars`?"),
        ("zzz", ["stars", "forks"], "known: forks, stars"),
        ("zzz", [], "remove it"),
        ("zzz", [f"key{number:02}" for number in range(13)], ", …"),
    ],
)
def test_the_nearest_known_word_is_named(word: str, known: list[str], hint: str) -> None:
    assert hint in nearest(word, known)


def test_a_path_is_printed_as_people_say_it() -> None:
    assert print_path(("sections", 0, "kpis", 12, "name")) == "sections[0].kpis[12].name"
