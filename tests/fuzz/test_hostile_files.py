"""Files made to hurt: refused within a second, with the line and what to do, or read for what they say."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from bot.settings import read_workspace
from kpi.document import MAX_CHARACTERS, MAX_FAULTS, MAX_VALUES, DocumentFaults, Fault, read
from kpi.framework_file import parse_framework
from tests.fuzz.corpus import FRAMEWORK, WORKSPACE

Reading = Callable[[str], object]

READINGS: dict[str, Reading] = {
    "document": lambda text: read(text, "f.yaml").refuse_faults(),
    "framework": lambda text: parse_framework(text, "f.yaml"),
    "workspace": lambda text: read_workspace(text, "f.yaml", {}),
}


@contextmanager
def without_a_hang() -> Iterator[None]:
    """Minutes are a hang; how far below a second it stays, the campaign measures."""
    began = time.process_time()  # of this process: the machine may be busy with others
    yield
    assert time.process_time() - began < 10


def faults_of(text: str, reading: Reading) -> tuple[Fault, ...]:
    with without_a_hang(), pytest.raises(DocumentFaults) as refused:
        reading(text)
    return refused.value.faults


LAUGHS = "a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

BOMBS = {
    "a billion laughs": (LAUGHS, "aliases make the file too large (write values out)"),
    "an alias of itself": ("a: &a [*a]", "aliases make the file too large"),
    "a mapping inside itself": ("a: &a\n  b: *a", "aliases make the file too large"),
    "ten megabytes": (
        "a: b\n" * 2_000_000,
        "the file has 10,000,000 characters, more than 2,000,000 (split it)",
    ),
    "a million brackets": ("[" * 1_000_000, "is nested deeper than 40 levels (flatten it)"),
    "a million braces": ("{" * 1_000_000, "is nested deeper than 40 levels"),
    "many dashes": ("- " * 500_000 + "a", "is nested deeper than 40 levels"),
    "many question marks": ("? " * 500_000 + "a", "is nested deeper than 40 levels"),
    "a long list": (f"a: [{'x,' * 900_000}]", f"more than {MAX_VALUES:,} keys and values (split it)"),
    "a key again and again": ("a: b\n" * 390_000, f"more than {MAX_VALUES:,} keys and values"),
    "many keys": (
        "".join(f"k{at}: b\n" for at in range(170_000)),
        f"more than {MAX_VALUES:,} keys and values",
    ),
    "many anchors": ("".join(f"k{at}: &a{at} b\n" for at in range(100_000)), "keys and values"),
}


@pytest.mark.parametrize("reading", READINGS.values(), ids=READINGS.keys())
@pytest.mark.parametrize(("text", "said"), BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_refused_at_once(text: str, said: str, reading: Reading) -> None:
    (fault,) = faults_of(text, reading)
    assert said in str(fault)
    assert fault.line >= 1


REFUSED = {
    "a python object": (
        'a: !!python/object/apply:os.system ["true"]',
        1,
        "the tag `tag:yaml.org,2002:python/",
    ),
    "a python name": ("a: b\nc: !!python/name:os.system", 2, "is not used here (remove it)"),
    "a tag of its own": ("%TAG ! tag:evil,2000:\n---\na: !b c", 3, "the tag `tag:evil,2000:b` is not used"),
    "a key twice": ("a: 1\nb: 2\na: 3", 3, "a: is given twice, first in line 1 (keep one of them)"),
    "a NUL": ("a: 1\nb: \0", 2, "character U+0000 cannot stand in a text file"),
    "an escaped NUL": ('a: 1\nb: "x\\0"', 2, "b: holds the character U+0000 (remove its escape)"),
    "an escaped NUL in a key": ('a: 1\n"x\\0": b', 2, "holds the character U+0000"),
    "a lone surrogate": ("a: \ud83d", 1, "character U+D83D cannot stand in a text file"),
    "an escaped surrogate": (
        'a: "\\ud83d"',
        1,
        "not valid YAML: found invalid Unicode character escape code",
    ),
    "an escape beyond Unicode": ('a: "\\UFFFFFFFF"', 1, "not valid YAML"),
    "a tab": ("a:\n\tb: c", 2, "a tab stands in the indentation (indent with spaces)"),
    "a second document": ("a: b\n---\nc: d", 2, "keep one document a file: remove the `---`"),
    "an alias of nothing": ("a: *b", 1, "found undefined alias"),
    "a version of the future": ("%YAML 99999999999999.1\n---\na: b", 1, "not valid YAML"),
    "a list as a key": ("[a, b]: c", 1, "a key is a list or a mapping (use plain words as keys)"),
    "nothing": ("", 1, "the file is empty"),
    "a byte order mark alone": ("\ufeff", 1, "the file is empty"),
    "only a list": ("- a", 1, "the file is not a mapping"),
}


@pytest.mark.parametrize(("text", "line", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_data_is_refused_with_its_line(text: str, line: int, said: str) -> None:
    fault = faults_of(text, READINGS["document"])[0]
    assert (fault.line, fault.file) == (line, "f.yaml")
    assert said in str(fault)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text + "\n" * 1000 + "# " + "x" * 100_000,
        lambda text: "---\n" + text + "...\n",
    ],
    ids=["byte order mark", "CRLF", "CR", "long end", "marks of a document"],
)
def test_how_lines_end_changes_nothing(change: Callable[[str], str]) -> None:
    assert parse_framework(change(FRAMEWORK), "f") == parse_framework(FRAMEWORK, "f")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_is_counted_however_lines_end(end: str) -> None:
    text = FRAMEWORK.replace("better: lower", "better: sideways").replace("\n", end)
    (fault,) = faults_of(text, READINGS["framework"])
    assert fault.line == FRAMEWORK[: FRAMEWORK.index("better: lower")].count("\n") + 1


def test_a_merge_key_is_a_key_like_any_other() -> None:
    faults = faults_of(f"a: &a {{b: c}}\n<<: *a\n{WORKSPACE}", READINGS["workspace"])
    assert "<<: is not a key that is known here" in "\n".join(map(str, faults))


def test_so_many_faults_are_told_in_part() -> None:
    text = "timezone: UTC\nframeworks: [" + "{}," * 12_000 + "]"
    faults = faults_of(text, READINGS["workspace"])
    assert len(faults) == MAX_FAULTS + 1
    assert faults[-1].message == "more is wrong from here on"


def test_a_fault_stays_short_whatever_is_wrong() -> None:
    for text in (f"{'x' * 100}: b", WORKSPACE.replace("09:00 weekdays", "x" * 1_000_000)):
        assert all(len(str(fault)) < 1000 for fault in faults_of(text, READINGS["workspace"]))


def test_a_large_file_is_read_in_time() -> None:
    kpi = "      - {name: k%d, unit: stars, better: higher, targets: {day90: '5'}}\n"
    text = FRAMEWORK + "".join(kpi % at for at in range(1_500))
    with without_a_hang():
        assert len(parse_framework(text, "f").kpis) == 1_504
    with without_a_hang():
        assert read("a: " + "x" * (MAX_CHARACTERS - 3), "f").data


@pytest.mark.parametrize(
    "day",
    ["0000-00-00", "99999-01-01", "2026-02-30", "1e309", "NaN", "-1", "now", "9999-12-31", "0001-01-01"],
)
def test_a_start_that_is_no_day_is_refused_with_its_line(day: str) -> None:
    text = WORKSPACE.replace("    start: 2026-09-01", f"    start: {day}")
    fault = next(one for one in faults_of(text, READINGS["workspace"]) if "start" in one.key)
    assert fault.line == WORKSPACE[: WORKSPACE.index("    start:")].count("\n") + 1
    assert fault.hint.startswith("write")


def test_a_title_of_thousands_of_headings_is_refused_without_a_hang() -> None:
    title = " > ".join("x" * 60_000)
    text = f"framework: a\ntitle: A\nhorizons: {{q1: {{}}}}\nsections: [{{title: {title}, kpis: []}}]\n"
    assert any("title" in str(fault) for fault in faults_of(text, READINGS["framework"]))


def test_thousands_of_sources_are_told_apart_without_a_hang() -> None:
    source = '{{collector: web, url: "https://a{0}.example", labels: {{n: "{0}"}}}}'
    named = ", ".join(f"s{at}: {source.format(at)}" for at in range(3_000))
    text = f"timezone: UTC\nframeworks: [{{use: hektor}}]\nsources: {{{named}}}\n"
    with without_a_hang():
        assert len(READINGS["workspace"](text).sources) == 3_000
