"""`alerts` in kpi.yaml: what it may say, and every fault with its place."""

from __future__ import annotations

from datetime import time

import pytest

from bot.settings import WorkspaceFile, read_workspace
from kpi.document import DocumentFaults

HEAD = "timezone: Europe/Berlin\nframeworks: [{use: hektor}]\n"


def read(text: str) -> WorkspaceFile:
    return read_workspace(f"{HEAD}alerts:\n{text}", "kpi.yaml", {})


def test_everything_that_can_be_said() -> None:
    alerts = read(
        """
  channels: ["slack:C0ALERTS"]
  celebrations: ["slack:C0GENERAL"]
  quiet: {hours: "20:00-08:00", days: business}
  rules:
    hektor/traffic_drop: {above: 40, lasting: 2 days, mention: true, remind_every: 4h}
    hektor/viral_post: off
    slow_signups:
      severity: warning
      text: Fewer than 5 signups a day
      when: {measure: "sum(mailchimp.signups, 1d)", below: 5}
"""
    ).alerts
    assert alerts.channels == ("slack:C0ALERTS",)
    assert alerts.quiet.stretch == (time(20), time(8))
    changed = alerts.rules["hektor/traffic_drop"]
    assert (changed.limits, changed.lasting, changed.mention) == ({"above": 40.0}, "2 days", True)
    assert alerts.rules["hektor/viral_post"].off
    own = alerts.rules["slow_signups"].when
    assert own is not None
    assert own.limit == ("below", 5.0)


def test_nothing_is_said_by_default() -> None:
    alerts = read_workspace(HEAD, "kpi.yaml", {}).alerts
    assert (alerts.channels, alerts.rules, alerts.quiet.stretch) == ((), {}, None)


@pytest.mark.parametrize(
    ("text", "line", "key", "told"),
    [
        ("  channel: []", 4, "alerts.channel", "did you mean `channels`"),
        ('  channels: ["alerts"]', 4, "alerts.channels[0]", "no channel id"),
        ('  channels: ["slack:C01", "slack:C01"]', 4, "alerts.channels[1]", "stands there twice"),
        ('  quiet: {hours: "8 to 9"}', 4, "alerts.quiet.hours", "20:00-08:00"),
        ('  quiet: {hours: "8:00-08:00"}', 4, "alerts.quiet.hours", "begins when it ends"),
        ("  quiet: {days: weekdays}", 4, "alerts.quiet.days", "not one of all, business"),
        ("  rules:\n    Slow Signups: off", 5, "alerts.rules.Slow Signups", "no name of a rule"),
        ("  rules:\n    x: on", 5, "alerts.rules.x", "write off"),
        (
            "  rules:\n    hektor/x: {channels: [C0WEB]}",
            5,
            "alerts.rules.hektor/x.channels[0]",
            "no channel id",
        ),
        ("  rules:\n    hektor/x: {remind_every: 1m}", 5, "alerts.rules.hektor/x.remind_every", "too often"),
        ("  rules:\n    hektor/x: {lasting: soon}", 5, "alerts.rules.hektor/x.lasting", "no length of time"),
        ("  rules:\n    hektor/x: {above: 3, below: 4}", 5, "alerts.rules.hektor/x", "several limits"),
        ("  rules:\n    x: {text: X, when: {no_data: any}}", 5, "alerts.rules.x.severity", "is missing"),
        ("  rules:\n    x: {severity: warning, text: X}", 5, "alerts.rules.x", "neither when it holds"),
        (
            "  rules:\n    x: {severity: warning, text: X, above: 3, when: {kpi: y, above: 2}}",
            5,
            "alerts.rules.x.above",
            "under `when:`",
        ),
        (
            "  rules:\n    x: {severity: warning, text: X, when: {kpi: y}}",
            5,
            "alerts.rules.x.when",
            "none or several limits",
        ),
    ],
)
def test_every_fault_has_its_place_and_its_mending(text: str, line: int, key: str, told: str) -> None:
    with pytest.raises(DocumentFaults) as raised:
        read(text)
    faults = {fault.key: fault for fault in raised.value.faults}
    assert told in str(faults[key])
    assert faults[key].line == line
