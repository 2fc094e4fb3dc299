"""A team's first week in the terminal, on each kind of database, with the framework as it ships."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from storage import migrate
from tests.bot.cli.conftest import Kpi, bare, kpi

__all__ = ["bare", "kpi"]  # fixtures of the command line's own tests

HISTORY = "metric,at,value\n" + "".join(
    f"mixpanel.active_users_30d,2026-11-{day:02},{900 + 10 * day}\n" for day in range(1, 21)
)


@pytest.fixture
def database(bare: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DATABASE_URL", database_url)
    (bare / "kpi.yaml").write_text(
        "name: Acme\ntimezone: Europe/Berlin\n"
        "frameworks: [{use: inferno, start: 2026-09-01, horizons: {phase1: 2030-12-31}}]\n"
    )
    return database_url


@pytest.mark.usefixtures("database")
def test_from_the_first_import_to_the_first_report(kpi: Kpi) -> None:
    imported = kpi("import", "-", stdin=HISTORY.encode())
    assert imported.out == "stdin: 20 new, 0 restated, 0 unchanged\n"

    stars = json.loads(kpi("ask", "adoption", "--json").out)["data"]
    assert (stars["value"], stars["met"], stars["target"]["value"]) == (1100, True, 1000)
    assert stars["framework"] == "inferno"

    before = json.loads(kpi("ask", "gate", "phase1", "--json").out)["data"]
    assert (before["verdict"], before["passed"]) != ("pass", True)
    assert kpi("ask", "gate", "phase1", "--check").code == 1

    assert kpi("record", "test coverage", "93%", "--at", "2026-11-20").code == 0
    after = json.loads(kpi("ask", "gate", "phase1", "--json").out)["data"]
    assert after["achieved"] == before["achieved"] + 1
    assert after["total"] == before["total"]

    assert len(kpi("export", "--json").out.splitlines()) == 21
    assert kpi("export").out.count("mixpanel.active_users_30d") == 20
    assert kpi("import", "-", stdin=kpi("export").out.encode()).out.endswith(
        "0 new, 0 restated, 21 unchanged\n"
    )

    report = kpi("report", "daily", "--for", "2026-11-15")
    assert report.code == 0
    assert "Developer Adoption" in report.out
    assert kpi("receipts").out == "Nothing was promised yet.\n"
    assert "No source is connected" in kpi("sources").out
    assert kpi("doctor", "--offline").code == 0


@pytest.mark.usefixtures("database")
def test_what_was_restated_can_still_be_read_as_it_stood(kpi: Kpi) -> None:
    kpi("import", "-", stdin=HISTORY.encode())
    restated = HISTORY.replace("2026-11-20,1100", "2026-11-20,700")
    assert kpi("import", "-", stdin=restated.encode()).out == "stdin: 0 new, 1 restated, 19 unchanged\n"
    assert json.loads(kpi("ask", "adoption", "--json").out)["data"]["value"] == 700


def test_a_database_without_tables_is_migrated_by_its_own_command(
    bare: Path, kpi: Kpi, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bare / "kpi.yaml").write_text("timezone: UTC\nframeworks: [{use: hektor, start: 2026-09-01}]\n")
    (bare / "kpi.db").touch()
    found = kpi("ask", "stars")
    assert found.code == 2
    assert "kpi migrate" in found.err
    assert kpi("migrate").code == 0
    assert migrate("sqlite:///kpi.db") == []
    assert kpi("ask", "stars").code == 0
