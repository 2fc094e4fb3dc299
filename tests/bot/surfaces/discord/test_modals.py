"""Forms as Discord's modals: begun with what a button knows, and what is filled in as words."""

from __future__ import annotations

from typing import Any

import pytest

from bot.errors import UserError
from bot.surfaces.discord.modals import composed, modal


def fields(sheet: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["component"]["custom_id"]: one for one in sheet["components"]}


def test_a_button_begins_it_with_the_kpi_the_day_and_the_last_value() -> None:
    sheet = modal("enter", "acme/growth.nps 2026-10-31 48 NPS (30 Sep)")
    assert sheet is not None
    found = fields(sheet)
    assert list(found) == ["kpi", "value", "day", "source", "note"]
    assert found["kpi"]["component"]["value"] == "acme/growth.nps"
    assert found["day"]["component"]["value"] == "2026-10-31"
    assert found["value"]["description"] == "Last: 48 NPS (30 Sep)"
    assert "value" not in found["value"]["component"]


@pytest.mark.parametrize("name", ["record", "note", "silence", "skip"])
def test_a_path_alone_is_the_kpi(name: str) -> None:
    sheet = modal(name, "acme/growth.nps")
    assert sheet is not None
    assert fields(sheet)["kpi"]["component"]["value"] == "acme/growth.nps"


def test_there_is_none_of_another_name() -> None:
    assert modal("gone", "acme/growth.nps") is None


def filled(**values: str) -> list[dict[str, Any]]:
    return [{"component": {"custom_id": key, "value": value}} for key, value in values.items()]


def test_what_is_filled_in_is_what_somebody_would_have_typed() -> None:
    said = composed(
        "kpi-form:enter",
        [*filled(kpi="acme/growth.nps", value="52", day="2026-10-31", source="survey", note="")],
    )
    assert said == "enter acme/growth.nps 52 for 2026-10-31 survey"
    assert composed("other", []) is None
    with pytest.raises(UserError, match="Day it is for"):
        composed("kpi-form:enter", [*filled(kpi="acme/growth.nps", value="52", day="soon")])
