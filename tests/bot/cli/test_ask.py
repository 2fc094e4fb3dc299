"""`kpi ask`: the same answers as in chat."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bot.cli.conftest import Kpi


def test_without_a_question_the_help_is_shown(here: Path, kpi: Kpi) -> None:
    found = kpi("ask")
    assert found.code == 0
    assert "gate" in found.out


def test_a_kpi_is_answered(here: Path, kpi: Kpi) -> None:
    kpi("record", "nps", "52", "--note", "October survey")
    found = kpi("ask", "nps")
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith("NPS 52 points")


def test_json_carries_the_numbers_behind_the_words(here: Path, kpi: Kpi) -> None:
    kpi("record", "nps", "52")
    data = json.loads(kpi("ask", "nps", "--json").out)["data"]
    assert (data["kpi"], data["framework"]) == ("growth.nps", "small")
    assert (data["value"], data["met"], data["state"]) == (52, True, "value")


@pytest.mark.parametrize(
    "text", ["stras", "", " ", "x" * 10_000, "🙂", "مؤشر", "'", "<!channel>", "\x00\x07"]
)
def test_every_text_gets_one_reply(here: Path, kpi: Kpi, text: str) -> None:
    found = kpi("ask", text)
    assert found.code in (0, 2)
    assert found.out.strip()
    assert found.err == ""


def test_an_unknown_kpi_exits_2_and_names_the_nearest(here: Path, kpi: Kpi) -> None:
    found = kpi("ask", "starz")
    assert found.code == 2
    assert "Stars" in found.out


def test_as_of_shows_how_it_stood(here: Path, kpi: Kpi) -> None:
    kpi("record", "nps", "40", "--at", "2026-10-01")
    found = kpi("ask", "nps", "--json", "--as-of", "2026-09-15")
    assert json.loads(found.out)["data"]["state"] == "no data"


def test_check_exits_1_for_a_shut_gate_and_0_for_an_open_one(here: Path, kpi: Kpi) -> None:
    assert kpi("ask", "gate", "phase1", "--check").code == 1
    assert kpi("ask", "gate", "phase1").code == 0
    kpi("record", "nps", "52")
    kpi("record", "github.stars", "150")
    assert kpi("ask", "gate", "phase1", "--check").code == 0
    assert kpi("ask", "nps", "--check").code == 0


def test_charts_are_written_as_png(here: Path, kpi: Kpi) -> None:
    (here / "stars.csv").write_text(
        "metric,at,value\n" + "".join(f"github.stars,2026-11-{day:02},{day}\n" for day in range(1, 20))
    )
    kpi("import", "stars.csv")
    assert kpi("ask", "stars", "--charts", "out/charts").code == 0
    [path] = (here / "out" / "charts").iterdir()
    assert path.read_bytes().startswith(b"\x89PNG")


def test_the_chart_stands_between_the_words_and_the_small_print(here: Path, kpi: Kpi) -> None:
    (here / "stars.csv").write_text(
        "metric,at,value\n" + "".join(f"github.stars,2026-11-{day:02},{day}\n" for day in range(1, 20))
    )
    kpi("import", "stars.csv")
    found = json.loads(kpi("ask", "stars", "--json", "--as-of", "2026-11-19").out)
    assert [block["type"] for block in found["blocks"]] == ["text"] * 4 + ["chart", "note", "actions"]
    assert "19" in found["blocks"][4]["alt"]
    assert set(found) == {"text", "blocks", "data"}
    printed = kpi("ask", "stars", "--as-of", "2026-11-19").out
    assert printed.index("in 7 days") < printed.index("[chart] Stars") < printed.index("as of 19 Nov")


def test_a_folder_that_cannot_be_made_is_said(here: Path, kpi: Kpi) -> None:
    kpi("record", "github.stars", "150")
    (here / "file").write_text("")
    found = kpi("ask", "stars", "--charts", "file/charts")
    assert found.code in (0, 2)
    assert "Traceback" not in found.err
