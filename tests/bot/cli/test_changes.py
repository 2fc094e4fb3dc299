"""What people decide, from the terminal: targets, judgements, notes, and the trail of it all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bot.cli.conftest import FRAMEWORK, Kpi

WORDS = FRAMEWORK.replace('targets: {phase1: "50"}', 'targets: {phase1: "Market leader"}')


def test_a_target_changes_with_a_reason_and_its_history_is_kept(here: Path, kpi: Kpi) -> None:
    changed = kpi("target", "stars", "phase1", "150", "--reason", "the launch moved")
    assert changed.code == 0
    assert json.loads(kpi("ask", "stars", "--json").out)["data"]["target"]["value"] == 150
    told = kpi("target", "stars").out
    assert "the launch moved" in told
    assert "100" in told
    assert "150" in kpi("audit", "target").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("stars", "phase1", "150"), "why"),
        (("stars", "phase9", "150", "--reason", "x"), "phase"),
        (("stars", "phase1", "10..5", "--reason", "x"), "cannot follow 10"),
        (("strs", "phase1", "150", "--reason", "x"), "stars"),
    ],
)
def test_what_cannot_be_a_target_is_refused_and_changes_nothing(
    here: Path, kpi: Kpi, words: tuple[str, ...], said: str
) -> None:
    found = kpi("target", *words)
    assert found.code == 2
    assert said in (found.out + found.err).casefold()
    assert kpi("audit").out.startswith("No change yet.")


def test_words_are_judged_with_a_reason(here: Path, kpi: Kpi) -> None:
    (here / "small.yaml").write_text(WORDS)
    assert kpi("judge", "nps", "met", "--reason", "Gartner named us").code == 0
    found = json.loads(kpi("ask", "nps", "--json").out)["data"]
    assert found["met"] is True
    assert found["judgement"]["reason"] == "Gartner named us"
    assert kpi("judge", "nps", "met").code == 2  # nobody knows why
    assert kpi("judge", "stars", "met", "--reason", "x").code == 2  # a number decides it


def test_a_note_of_several_words_stays_whole(here: Path, kpi: Kpi) -> None:
    assert kpi("note", "stars:", "Show HN went well").code == 0
    assert "Show HN went well" in kpi("ask", "notes", "stars").out


def test_the_trail_says_who_and_from_where(here: Path, kpi: Kpi) -> None:
    kpi("record", "nps", "52", "--note", "October survey")
    told = kpi("audit").out
    assert "NPS" in told
    assert "October survey" in told
    assert "terminal" in told


def test_a_past_report_keeps_the_target_and_the_numbers_of_its_day(here: Path, kpi: Kpi) -> None:
    (here / "n.csv").write_text(
        "metric,at,value\n"
        + "".join(f"github.stars,2026-09-{day:02}T20:00:00+02:00,{day}\n" for day in range(1, 29))
    )
    kpi("import", "n.csv")
    before = kpi("report", "daily", "--for", "2026-09-28").out
    kpi("target", "stars", "phase1", "9,000", "--reason", "the launch moved")
    assert kpi("report", "daily", "--for", "2026-09-28").out == before
    (here / "late.csv").write_text("metric,at,value\ngithub.stars,2026-09-27T20:00:00+02:00,77\n")
    kpi("import", "late.csv")
    assert "77" in kpi("report", "daily", "--for", "2026-09-28").out
    assert kpi("report", "daily", "--for", "2026-09-28", "--as-it-stood").code == 0
