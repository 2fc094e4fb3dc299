"""`reports:` in kpi.yaml: what a part names must be there, and what is not is told at its own line."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.loading import silences
from bot.reports import plans
from bot.settings import read_workspace
from bot.workspace import LiveBoard
from kpi.document import DocumentFaults
from tests.bot.test_loading import HEAD, resolved

USES = f"""\
{HEAD}frameworks: [{{use: hektor}}, {{use: inferno}}]
people: {{dana: {{role: admin, groups: [board]}}}}
"""


def written(*part: str) -> str:
    lines = "".join(f"        {one}\n" for one in part)
    return f"{USES}reports:\n  board_notes:\n    cadence: weekly\n    parts:\n      - title: Notes\n{lines}"


def faults(folder: Path, text: str) -> list[tuple[str, str, str, int]]:
    with pytest.raises(DocumentFaults) as refused:
        resolved(folder, text)
    return [(one.key, one.message, one.hint, one.line) for one in refused.value.faults]


@pytest.mark.parametrize(
    ("line", "key", "said", "hint"),
    [
        ("kpis: [GitHub Starz]", "kpis[0]", 'no KPI "GitHub Starz"', "GitHub Stars"),
        ("kpis: [Test Coverage, Build Time]", "kpis[1]", '"Build Time" names 2 KPIs', "ci build time"),
        ("sections: [Awareness Metric]", "sections[0]", 'section "Awareness Metric"', "Awareness Metrics"),
        ("dashboards: [weekli]", "dashboards[0]", 'no framework in use has a dashboard "weekli"', "weekly"),
        ("gates: [inferno/phase9]", "gates[0]", 'gate "inferno/phase9"', "inferno/phase"),
        ("funnels: [activatoin]", "funnels[0]", 'funnel "activatoin"', "activation"),
        ("attribution: [chanels]", "attribution[0]", 'attribution "chanels"', "channels"),
        ("queries: {New: 'sum(github.stars'}", "queries.New", "column", "sum(plausible.visitors, 7d)"),
        ("queries: {New: last(github.starz)}", "queries.New", "no collector measures", "github.stars"),
        (
            "queries: {New: 'last(github.stars) + mean(github.lead_time, 7d)'}",
            "queries.New",
            "stars",
            "counts the same",
        ),
    ],
)
def test_what_a_part_names_in_vain_is_told_at_its_line(
    tmp_path: Path, line: str, key: str, said: str, hint: str
) -> None:
    ((where, message, told, at),) = faults(tmp_path, written(line))
    assert where == f"reports.board_notes.parts[0].{key}"
    assert said in message
    assert hint in told
    assert at == 10


@pytest.mark.parametrize("name", ["dana", "board", "editor", "slack:C0123ABCD"])
def test_a_part_is_for_people_groups_roles_and_channels(tmp_path: Path, name: str) -> None:
    workspace = resolved(tmp_path, written("kpis: [GitHub Stars]", f"audience: ['{name}']"))
    assert workspace.reports["board_notes"].parts[0].audience == (name,)


def test_a_part_for_nobody_is_refused(tmp_path: Path) -> None:
    ((where, message, hint, _),) = faults(tmp_path, written("kpis: [GitHub Stars]", "audience: [bord]"))
    assert where.endswith("audience[0]")
    assert "nobody under `people`" in message
    assert "board" in hint


def test_success_needs_a_framework_that_says_what_it_is(tmp_path: Path) -> None:
    text = written("success: true").replace("{use: hektor}, ", "")
    ((where, message, _, _),) = faults(tmp_path, text)
    assert where.endswith("parts[0].success")
    assert "what success is" in message


def test_a_report_cannot_be_called_as_the_check_of_reports(tmp_path: Path) -> None:
    text = written("kpis: [GitHub Stars]").replace("board_notes", "check")
    ((where, message, _, _),) = faults(tmp_path, text)
    assert where == "reports.check"
    assert "`kpi report`" in message


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    found = faults(tmp_path, written("kpis: [Starz]", "gates: [phase9]", "dashboards: [weekly]"))
    assert [key for key, *_ in found] == [
        "reports.board_notes.parts[0].kpis[0]",
        "reports.board_notes.parts[0].gates[0]",
    ]


LIVE = f"""\
{HEAD}frameworks: [{{use: inferno}}]
channels: {{executive_dashboard: ['slack:C0123ABC', 'discord:45678']}}
"""


def test_a_live_report_needs_channels_and_no_schedule(tmp_path: Path) -> None:
    found = resolved(tmp_path, LIVE)
    assert found.boards == (
        LiveBoard("executive_dashboard", "slack", "C0123ABC"),
        LiveBoard("executive_dashboard", "discord", "45678"),
    )
    assert found.schedule == ()
    file = read_workspace(LIVE, "kpi.yaml", {})
    assert silences(file, {}, plans.live(found)) == ()
    assert "no schedule" in silences(file, {})[0]


def test_a_report_of_ones_own_may_be_live(tmp_path: Path) -> None:
    parts = "[{title: All, sections: ['Executive KPI Dashboard > Primary Business Metrics']}]"
    own = f"reports: {{wall: {{cadence: real-time, parts: {parts}}}}}\n"
    found = resolved(tmp_path, LIVE.replace("executive_dashboard", "wall") + own)
    assert [one.report for one in found.boards] == ["wall", "wall"]


def test_a_schedule_for_a_live_report_is_refused_with_why(tmp_path: Path) -> None:
    text = f"{LIVE}schedule: {{executive_dashboard: '09:00 monday'}}\n"
    ((where, message, hint, _),) = faults(tmp_path, text)
    assert where == "schedule.executive_dashboard"
    assert "kept up to date in place" in message
    assert "take it out here" in hint
