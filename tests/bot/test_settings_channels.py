"""Where posts go, and where they go instead: every fault is told at once, each with its own line."""

from __future__ import annotations

import pytest

from bot.settings import WorkspaceFile, read_workspace
from kpi.document import DocumentFaults

START = "timezone: UTC\nframeworks: [{use: small.yaml}]\npeople: {dana: {slack: U0123}}\n"


def read(*lines: str) -> WorkspaceFile:
    return read_workspace(START + "\n".join(lines), "kpi.yaml", {})


@pytest.mark.parametrize(
    ("lines", "faults"),
    [
        (
            ["channels:", "  daily:", "    - slack:C0AA", "    - slack:#general", "    - teams:x", "    - 5"],
            [
                '7: channels.daily[1]: "slack:#general" is no channel id',
                '8: channels.daily[2]: "teams:x" is no channel id',
                '9: channels.daily[3]: "5" is no channel id',
            ],
        ),
        (
            ["channels:", "  The Daily: [slack:C0AA]", "schedule:", '  week/ly/: "09:00"'],
            [
                '5: channels.The Daily: "The Daily" is no name of a report',
                '7: schedule.week/ly/: "week/ly/" is no name of a report',
            ],
        ),
        (
            ["channels:", "  daily:", "    - slack:C0AA", "    - slack:C0AA"],
            ["7: channels.daily[1]: slack:C0AA stands there twice (keep one of them)"],
        ),
        (
            ["fallback:", "  slack:C0AA:", "    - slack:C0BB", "    - slack:C0AA", '  general: ["@dana"]'],
            [
                "7: fallback.slack:C0AA[1]: slack:C0AA falls back on itself (name another channel)",
                '8: fallback.general: "general" is no channel id',
            ],
        ),
        (
            ["fallback:", "  default:", "    - [x]", '    - "@dan"', '    - "@"', '    - "@dana"'],
            [
                "6: fallback.default[0]: should be a single value, but is a list",
                "7: fallback.default[1]: there is nobody called `dan` under `people` (did you mean `dana`?)",
                "8: fallback.default[2]: names nobody (write @ and a name",
            ],
        ),
        (["fallback: {default: slack:C0AA}"], ["4: fallback.default: should be a list"]),
        (["fallback: [slack:C0AA]"], ["4: fallback: should be a mapping"]),
        (
            ["channels: {daily: [slack:C0AA]}", "budget:", "  default: 0", "  slack:C0AB: 5", "  general: 3"],
            [
                "6: budget.default: should be",
                "7: budget.slack:C0AB: no report is posted to slack:C0AB (did you mean `slack:C0AA`?)",
                '8: budget.general: "general" is no channel id',
            ],
        ),
        (["budget: 15"], ["4: budget: should be a mapping"]),
        (["fallback:", "channels:"], ["4: fallback: is empty", "5: channels: is empty"]),
    ],
)
def test_each_fault_has_its_own_line(lines: list[str], faults: list[str]) -> None:
    with pytest.raises(DocumentFaults) as caught:
        read(*lines)
    found = [str(one).removeprefix("kpi.yaml:") for one in caught.value.faults]
    assert [one[: len(said)] for one, said in zip(found, faults, strict=True)] == faults


def test_two_channels_that_fall_back_on_each_other_are_no_fault() -> None:
    found = read("fallback: {slack:C0AA: [slack:C0BB], slack:C0BB: [slack:C0AA], default: []}")
    assert found.fallback == {"slack:C0AA": ("slack:C0BB",), "slack:C0BB": ("slack:C0AA",), "default": ()}
