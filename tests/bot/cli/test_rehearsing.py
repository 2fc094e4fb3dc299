"""`kpi rehearse`: over stored history, beside an edit, and as a check."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli import app, rehearsing
from kpi.metric import Sample
from storage import SessionFactory, alerts, connect, samples
from tests.bot.cli.conftest import FRAMEWORK, WORKSPACE, Kpi

RULES = """
alerts:
  - {key: few, severity: warning, text: Fewer than 50 stars, when: {kpi: growth.stars, below: 50}}
"""
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SINCE = ("--since", "2026-11-01", "--until", "2026-11-19")


@pytest.fixture(autouse=True)
def registered() -> None:
    """The command, wherever the list of commands stands."""
    if not any(command.name == "rehearse" for command in app.registered_commands):
        rehearsing.register(app)


@pytest.fixture
def history(here: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stars of three weeks: few of them on four days."""
    (here / "small.yaml").write_text(FRAMEWORK + RULES)
    engine = connect(sqlite_url)
    values = [80.0] * 10 + [40.0] * 4 + [70.0] * 7
    found = [
        Sample("github.stars", NOW - timedelta(days=20 - place), value) for place, value in enumerate(values)
    ]
    with SessionFactory(engine).begin() as session:
        samples.write(session, found, NOW - timedelta(days=30))
    engine.dispose()
    monkeypatch.setattr("bot.cli.rehearsing.utc_now", lambda: NOW)
    return here


def test_a_table_by_rule_and_each_alert(history: Path, kpi: Kpi) -> None:
    found = kpi("rehearse", *SINCE)
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith("1 alert, 0.4 a week in 19 days")
    assert "small/few" in found.out
    assert "11–15 Nov" in found.out


def test_all_of_it_for_programs(history: Path, kpi: Kpi) -> None:
    told = json.loads(kpi("rehearse", *SINCE, "--json").out)
    assert told["fired"] == 1
    assert told["alerts"][0]["subjects"][0]["value"] == 40
    assert {one["rule"] for one in told["rules"]} >= {"small/few", "health/source"}


def test_the_picture_goes_into_a_folder(history: Path, kpi: Kpi) -> None:
    found = kpi("rehearse", *SINCE, "--out", "pictures")
    assert found.code == 0
    assert (history / "pictures" / "rehearsal.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("part.yaml", "alerts: {rules: {small/few: {below: 75}}}\n"),
        ("bare.yaml", "rules: {small/few: {below: 75}}\n"),
        ("kpi2.yaml", WORKSPACE + "alerts: {rules: {small/few: {below: 75}}}\n"),
        ("small2.yaml", FRAMEWORK + RULES.replace("below: 50", "below: 75")),
        (
            "edit.patch",
            "--- a/kpi.yaml\n+++ b/kpi.yaml\n@@ -6,1 +6,2 @@\n"
            ' schedule: {daily: "09:00 weekdays"}\n+alerts: {rules: {small/few: {below: 75}}}\n',
        ),
    ],
)
def test_an_edit_is_told_beside_today(history: Path, kpi: Kpi, name: str, text: str) -> None:
    (history / name).write_text(text)
    before = (history / "kpi.yaml").read_text()
    found = kpi("rehearse", *SINCE, "--change", name, "--json")
    told = json.loads(found.out)
    assert (told["fired_today"], told["fired"]) == (1, 1)
    assert told["alerts"][0]["ended_at"] is None
    assert told["changed"] == [{"rule": "small/few", "fired_today": 1, "fired": 1}] or told["changed"] == []
    assert (history / "kpi.yaml").read_text() == before


def test_a_changed_target_is_told(history: Path, kpi: Kpi) -> None:
    (history / "edit.yaml").write_text(FRAMEWORK.replace('phase1: "100"', 'phase1: "60"') + RULES)
    found = kpi("rehearse", *SINCE, "--change", "edit.yaml")
    assert found.out.startswith("This edit fires as today, 1 time in 19 days and meets Phase 1 of Stars.")


@pytest.mark.parametrize(("most", "code"), [("0", 1), ("1", 0)])
def test_too_many_alerts_fail_a_check(history: Path, kpi: Kpi, most: str, code: int) -> None:
    found = kpi("rehearse", *SINCE, "--at-most", most)
    assert found.code == code
    assert ("1 alert, and at most 0 allowed." in found.err) == bool(code)


@pytest.mark.parametrize(
    ("words", "text", "told"),
    [
        (("--change", "gone.yaml"), None, "gone.yaml does not exist."),
        (("--change", "edit.yaml"), "colour: red\n", "edit.yaml is no kpi.yaml, no framework"),
        (
            ("--change", "edit.yaml"),
            "alerts:\n  rules:\n    small/fev: off\n",
            "edit.yaml:3: alerts.rules.small/fev: no framework in use states a rule",
        ),
        (
            ("--change", "edit.yaml"),
            "alerts: {rules: {small/few: {belw: 3}}}\n",
            "edit.yaml:1: alerts.rules.small/few.belw",
        ),
        (("--change", "edit.yaml"), FRAMEWORK.replace("framework: small", "framework: other"), "not in use"),
        (
            ("--change", "edit.yaml"),
            "--- a/kpi.yaml\n+++ b/kpi.yaml\n@@ -1,1 +1,1 @@\n-nothing like it\n+new\n",
            "edit.yaml does not fit",
        ),
        (("--rule", "fev"), None, "There is no rule “fev”."),
        (("--since", "soon"), None, "“soon” is not a day."),
        (("--since", "2026-11-20"), None, "is no stretch"),
        (("--until", "2027-01-01"), None, "2027-01-01 is still to come."),
    ],
)
def test_a_wrong_call_or_file_is_refused(
    history: Path, kpi: Kpi, words: tuple[str, ...], text: str | None, told: str
) -> None:
    if text is not None:
        (history / "edit.yaml").write_text(text)
    found = kpi("rehearse", "--since", "2026-11-01", *words)
    assert (found.code, found.out) == (2, "")
    assert told in found.err


def test_nothing_is_kept_in_the_database(history: Path, kpi: Kpi, sqlite_url: str) -> None:
    kpi("rehearse", *SINCE)
    engine = connect(sqlite_url)
    with SessionFactory(engine).read() as session:
        assert alerts.recent(session) == []
    engine.dispose()


def test_without_an_opinion_nothing_is_proposed(history: Path, kpi: Kpi) -> None:
    found = kpi("rehearse", "--propose")
    assert (found.code, found.out) == (0, "")
    assert "no alert fired" in found.err
