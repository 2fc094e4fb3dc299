"""`language:` of kpi.yaml: reports speak it, from their words to their numbers and days."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bot.cli.conftest import Kpi

REVIEW = """
reports:
  review: {title: Review, cadence: weekly, parts: [{title: Growth, sections: [Growth]}], documents: [pdf]}
"""


@pytest.fixture
def german(here: Path, kpi: Kpi) -> None:
    with (here / "kpi.yaml").open("a", encoding="utf-8") as file:
        file.write("language: de\n" + REVIEW)
    rows = "".join(f"github.stars,2026-10-{day:02},{1000 + 10 * day}\n" for day in range(1, 32))
    kpi("import", "-", stdin=f"metric,at,value\n{rows}".encode())


@pytest.mark.usefixtures("german")
def test_the_daily_update_speaks_german(kpi: Kpi) -> None:
    found = kpi("report", "daily", "--for", "2026-10-14")
    assert (found.code, found.err) == (0, "")
    assert "Acme, Mittwoch, 14. Okt.: Stars um 10 auf 1.130 gestiegen" in found.out
    assert "Abgeschlossene Tage bis 13. Okt., Europe/Berlin" in found.out


@pytest.mark.usefixtures("german")
def test_a_report_of_a_week_speaks_german(kpi: Kpi) -> None:
    found = kpi("report", "review", "--for", "2026-10-19")
    assert (found.code, found.err) == (0, "")
    assert "Woche vom 12. bis 18. Okt." in found.out
    assert "✓ Stars 1.180, +70 (+6,3%), besser" in found.out
    assert "Ggü. Vorwoche: 1 besser · 1 nicht gemessen" in found.out


def test_an_unknown_language_is_refused(here: Path, kpi: Kpi) -> None:
    with (here / "kpi.yaml").open("a", encoding="utf-8") as file:
        file.write("language: tlh\n")
    found = kpi("report", "daily")
    assert found.code == 2
    assert "tlh" in found.err
    assert "en, de" in found.err
