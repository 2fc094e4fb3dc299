"""The examination of reports: what can never be shown is wrong, what has no data yet is a note."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.findings import Finding, Health
from bot.reply import Chart, Heading, Reply, line
from bot.reports import plans
from bot.reports.report_check import MOST_MESSAGES, ROOT_CHARACTERS, Evidence, examine
from bot.settings_reports import ReportEntry
from bot.workspace import Workspace
from tests.factories import built_in

WORKSPACE = built_in("hektor", "inferno")
STARS = "hektor/primary_metrics_north_star.github_stars"


def with_report(*, cadence: str = "weekly", **part: Any) -> Workspace:
    entry = ReportEntry.model_validate({"cadence": cadence, "parts": [{"title": "Notes", **part}]})
    return replace(WORKSPACE, reports={"notes": entry})


def found(workspace: Workspace, name: str = "notes", **evidence: Any) -> tuple[Finding, ...]:
    plan = plans.find(name, workspace)
    assert plan is not None
    return examine(plan, Evidence(workspace, **evidence))


def of_part(workspace: Workspace, **evidence: Any) -> Finding:
    (one,) = [each for each in found(workspace, **evidence) if each.subject == "notes: Notes"]
    return one


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"kpis": ["GitHub Stars"], "chart": "ladder"}, "its ladder needs a gate"),
        ({"kpis": ["GitHub Stars"], "chart": "funnel"}, "its funnel needs a funnel"),
        ({"kpis": ["GitHub Stars"], "chart": "mix"}, "its mix needs an attribution that plans a mix"),
        ({"attribution": ["referrers"], "chart": "mix"}, "its mix needs an attribution that plans a mix"),
        ({"kpis": ["GitHub Stars"], "chart": "waterfall"}, "its waterfall needs the label to tell apart"),
        ({"kpis": ["Podcast downloads"], "chart": "burnup"}, "its burnup needs a KPI with a number"),
        ({"kpis": ["Podcast downloads"], "chart": "bullet"}, "its bullet needs a KPI with a target"),
        ({"gates": ["phase1"], "chart": "scorecard"}, "its scorecard needs KPIs"),
        (
            {"kpis": ["GitHub Stars"], "by": "page", "chart": "waterfall"},
            "no metric of it carries the label “page”",
        ),
        ({"queries": {"Visits": "sum(plausible.source_visits, 7d)"}, "by": "page"}, "the label “page”"),
    ],
)
def test_a_chart_that_its_part_can_never_fill_is_wrong(part: dict[str, Any], said: str) -> None:
    one = of_part(with_report(**part))
    assert one.health is Health.WRONG
    assert said in one.said
    assert one.fix


def test_the_labels_that_there_are_are_named() -> None:
    one = of_part(with_report(queries={"Visits": "sum(plausible.source_visits, 7d)"}, by="page"))
    assert one.fix == "They carry source."


def test_a_label_that_samples_carry_beyond_what_is_declared_counts() -> None:
    workspace = with_report(kpis=["GitHub Stars"], by="repository", chart="waterfall")
    labels = {"github.stars": frozenset({"repository"})}
    assert of_part(workspace, measured=frozenset({STARS}), labels=labels).health is Health.FINE


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ({"gates": ["phase1"], "chart": "ladder"}, "ladder"),
        ({"gates": ["phase1"]}, "ladder"),
        ({"funnels": ["activation"], "chart": "funnel"}, "funnel"),
        ({"attribution": ["channels"], "chart": "mix"}, "mix"),
        ({"success": True}, "rules"),
    ],
)
def test_rules_need_no_kpis(part: dict[str, Any], kind: str) -> None:
    one = of_part(with_report(**part))
    assert one.health is Health.FINE
    assert kind in one.said


def test_what_is_not_measured_yet_is_a_note() -> None:
    one = of_part(with_report(kpis=["GitHub Stars"], chart="bullet"))
    assert (one.health, one.said) == (Health.NOTICE, "nothing of it is measured yet (1 KPI)")
    assert "`kpi sources add`" in one.fix
    by_hand = of_part(with_report(kpis=["Integration Partners"]))
    assert "`kpi enter`" in by_hand.fix


def test_a_chart_without_data_is_a_note() -> None:
    workspace = with_report(kpis=["GitHub Stars"], chart="trend")
    words = Reply("Notes", (Heading("Hektor, Notes"), line("No chart: there is no data for it yet.")))
    told = of_part(workspace, measured=frozenset({STARS}), reply=Reply("Root", thread=(words,)))
    assert (told.health, told.said) == (Health.NOTICE, "has no data for its trend yet")


class _Drawing:
    def png(self) -> bytes:
        return b""


def test_a_chart_that_is_there_is_fine() -> None:
    workspace = with_report(kpis=["GitHub Stars"], chart="trend")
    drawn = Reply("Notes", (Heading("Notes"), Chart("Stars", "they rise", _Drawing())))
    told = of_part(workspace, measured=frozenset({STARS}), reply=Reply("Root", thread=(drawn,)))
    assert (told.health, told.said) == (Health.FINE, "1 of 1 KPI measured, trend")


@pytest.mark.parametrize(
    ("cadence", "evidence", "health", "said"),
    [
        ("weekly", {"is_scheduled": True}, Health.WRONG, "scheduled but has no channel"),
        ("weekly", {"channels": ("slack:C1",)}, Health.WRONG, "no schedule"),
        ("weekly", {"channels": ("slack:C1",), "is_scheduled": True}, Health.FINE, "goes to slack:C1"),
        ("weekly", {"joint": "weekly"}, Health.FINE, "as a part of `weekly`"),
        ("weekly", {}, Health.NOTICE, "posted nowhere"),
        ("real-time", {"channels": ("slack:C1",), "is_scheduled": True}, Health.WRONG, "in place"),
        ("real-time", {"channels": ("slack:C1",)}, Health.FINE, "goes to slack:C1"),
    ],
)
def test_a_report_without_a_way_to_anybody_is_told(
    cadence: str, evidence: dict[str, Any], health: Health, said: str
) -> None:
    first = found(with_report(cadence=cadence, kpis=["GitHub Stars"]), **evidence)[0]
    assert (first.subject, first.health) == ("notes", health)
    assert said in first.said


@pytest.mark.parametrize(
    ("messages", "health", "said"),
    [
        ((300, 400), Health.FINE, "2 messages, 700 characters, 0 charts"),
        ((ROOT_CHARACTERS + 1, 10), Health.NOTICE, "its first message alone has 1,201"),
        ((10,) * (MOST_MESSAGES + 1), Health.NOTICE, "few read a thread that long"),
    ],
)
def test_how_long_it_is_is_said(messages: tuple[int, ...], health: Health, said: str) -> None:
    size = found(with_report(kpis=["GitHub Stars"]), messages=messages)[1]
    assert size.health is health
    assert said in size.said


def test_success_that_no_framework_states_is_wrong() -> None:
    workspace = replace(with_report(success=True), uses=WORKSPACE.uses[1:])
    assert not [one for one in found(workspace) if one.health is Health.FINE]


@pytest.mark.parametrize("name", plans.names(built_in("hektor", "bakhmach", "inferno")))
def test_no_report_of_the_built_in_frameworks_is_wrong(name: str) -> None:
    workspace = built_in("hektor", "bakhmach", "inferno")
    assert [one for one in found(workspace, name) if one.health is Health.WRONG] == []
