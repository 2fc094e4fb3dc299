"""The targets of the fuzzing on a few inputs each, and the campaign that runs them on many."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.commands import COMMANDS
from tests.fuzz import campaign, corpus
from tests.fuzz.answers import TALKING, close
from tests.fuzz.campaign import Campaign
from tests.fuzz.spelling import edited, spelled, written
from tests.fuzz.strategies import inputs
from tests.fuzz.targets import PURE

QUICK = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module", autouse=True)
def _database() -> Iterator[None]:
    yield
    close()


@pytest.mark.parametrize("name", PURE)
@settings(QUICK, max_examples=100)
@given(data=st.data())
def test_no_input_is_a_fault(name: str, data: st.DataObject) -> None:
    PURE[name](data.draw(inputs(name)))


@settings(QUICK, max_examples=40)
@given(inputs("grammar"))
def test_no_question_is_misread(data: bytes) -> None:
    TALKING["grammar"](data)


@settings(QUICK, max_examples=12)
@given(inputs("answers"))
def test_no_conversation_lacks_an_answer_or_its_period(data: bytes) -> None:
    TALKING["answers"](data)


@pytest.mark.parametrize("example", [command.example for command in COMMANDS])
def test_every_example_is_answered_with_its_period(example: str) -> None:
    TALKING["answers"](written(example))


@pytest.mark.parametrize("name", PURE)
def test_what_people_really_write_is_no_fault(name: str) -> None:
    for seed in corpus.seeds(name)[:300]:
        PURE[name](seed)


FOUND = (
    ("$", 0, ".5/Z5"),
    ("min", 1, "<1; min\udcf9"),
    ("stars", 1, "per 9\n per 9"),
    ("stars", 1, "/B\n1/7"),
    ("$", 0, "0.1, million"),
    ("$", 1, "<0.1/L;C"),
    ("$", 0, ".0\x0b/"),
    ("", 0, "3:1\u2028×+-0"),
    ("$/customer", 2, "1e5 per NaN/@dßKw;usd by Q3 2026L"),
    ("$", 1, "0\u221210T million\xa02"),
    ("", 1, "1e-9 and 0.1, € and %BCTTx"),
    ("x", 2, "0-0 per week≥1_000 to  to a"),
    ("€", 1, "7MN/A+"),
    ("/KLOC", 1, "3; or more"),
    ("ms", 1, "0.1/day+m"),
    ("stars", 0, "\n" + "w/" + "w" * 79),
)
"""Inputs of campaigns whose printed target once read back as another one."""


@pytest.mark.parametrize(("name", "better", "text"), FOUND)
def test_what_a_campaign_found_stays_mended(name: str, better: int, text: str) -> None:
    PURE["quantity"](bytes((corpus.UNITS.index(name), better)) + written(text))


@pytest.mark.parametrize("name", campaign.NAMES)
def test_the_campaign_knows_each_target(name: str) -> None:
    assert name in {**PURE, **TALKING}
    assert len(corpus.seeds(name)) > 1


@given(st.text(max_size=30))
def test_a_text_is_read_from_its_bytes(text: str) -> None:
    assert spelled(written(text), ["unused"]) == text


def test_pieces_are_numbered_by_two_bytes() -> None:
    assert spelled(b"\x01\x00\x00\x02\x00\x01", ["a", "b", "c"]) == "acb"


@given(st.binary(max_size=60))
def test_edits_always_leave_a_file(data: bytes) -> None:
    assert edited(data, corpus.FRAMEWORK, ["a: b", "'"]).endswith("\n")


def failing(seconds: float = 0.0) -> Callable[[bytes], None]:
    def target(data: bytes) -> None:
        clock.now += seconds
        if b"x" in data:
            raise ValueError(data.decode())

    return target


class clock:  # noqa: N801 - it stands for the module `time`
    now = 0.0


def test_a_fault_is_kept_once_with_its_shortest_input() -> None:
    found = Campaign("made up", "none", failing())
    for data in (b"axxx", b"ok", b"x", b"xx"):
        found(data)
    report = found.report()
    assert report["inputs"] == 4
    assert [(one["times"], one["input"], one["message"]) for one in report["faults"]] == [(3, "b'x'", "x")]


@pytest.mark.parametrize(("seconds", "faults"), [(0.9, 0), (1.1, 1)])
def test_an_input_that_is_always_slow_is_a_fault(
    seconds: float, faults: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.fuzz.campaign.time.perf_counter", lambda: clock.now)
    found = Campaign("made up", "none", failing(seconds))
    found(b"slow")
    assert len(found.report()["faults"]) == faults


def test_an_input_that_was_slow_once_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses = iter((5.0, 0.0, 0.0))
    monkeypatch.setattr("tests.fuzz.campaign.time.perf_counter", lambda: clock.now)

    def target(_data: bytes) -> None:
        clock.now += next(pauses)

    found = Campaign("made up", "none", target)
    found(b"unlucky")
    assert not found.report()["faults"]


def test_a_campaign_without_atheris_runs_as_many_inputs(capsys: pytest.CaptureFixture[str]) -> None:
    runs = random.Random(1).randint(40, 60)
    assert campaign.main(["--target", "csv", "--runs", str(runs), "--engine", "hypothesis"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["inputs"], report["engine"], report["faults"]) == (runs, "hypothesis", [])


def test_a_campaign_says_that_atheris_is_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.fuzz.campaign.importlib.util.find_spec", lambda _name: None)
    assert campaign.main(["--target", "csv", "--engine", "atheris"]) == 2
    assert "atheris is not installed" in capsys.readouterr().err
    assert campaign.main(["--target", "csv", "--runs", "5"]) == 0
    assert "hypothesis makes up the inputs" in capsys.readouterr().err
