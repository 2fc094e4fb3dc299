"""From kpi.yaml to a workspace at work, with every framework's fault at its own line."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import pytest

from bot.errors import UserError
from bot.loading import (
    Files,
    built_in,
    connected,
    owed,
    read_framework,
    read_text,
    read_workspace_file,
    resolve,
    silences,
)
from bot.settings import read_environment, read_workspace
from bot.workspace import Workspace
from kpi.document import DocumentFaults

HEAD = "name: Acme\ntimezone: Europe/Berlin\n"
OWN = """\
framework: own
title: Own
horizons: {q1: {title: Q1}}
sections:
  - title: All
    kpis:
      - {name: Stars, unit: stars, better: higher, targets: {q1: "10"}, measure: last(github.stars), line: 1}
"""


def resolved(folder: Path, text: str) -> Workspace:
    path = folder / "kpi.yaml"
    path.write_text(text, encoding="utf-8")
    settings = read_environment({"KPI_CONFIG": str(path)})
    return resolve(read_workspace_file(settings), path)


@dataclass
class Begun(Files):
    """Files that a bot has started with, and the workspace they made."""

    @cached_property
    def first(self) -> Workspace:
        return resolve(self.started_with, self.settings.config_path)


def begun(folder: Path) -> tuple[Begun, str]:
    """A workspace with a schedule, and its text."""
    text = HEAD + "frameworks: [{use: inferno}]\nsources: {github: {repository: acme/engine}}\n"
    text += "channels: {daily: ['slack:C0123ABC']}\ncalendar: {fiscal_year: april}\n"
    text += 'schedule: {daily: "09:00"}\n'
    path = folder / "kpi.yaml"
    path.write_text(text, encoding="utf-8")
    settings = read_environment({"KPI_CONFIG": str(path)})
    return Begun(settings, read_workspace_file(settings)), text


def faults_of(folder: Path, text: str) -> list[str]:
    with pytest.raises(DocumentFaults) as caught:
        resolved(folder, text)
    return [str(fault).replace(f"{folder}{os.sep}", "") for fault in caught.value.faults]


@pytest.mark.parametrize("name", built_in())
def test_built_in_frameworks_are_read_by_name(name: str) -> None:
    assert read_framework(name).key == name


def test_a_workspace_has_its_frameworks_sources_and_people(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN, encoding="utf-8")
    found = resolved(
        tmp_path,
        HEAD
        + "frameworks:\n  - {use: inferno, start: 2026-09-01}\n  - {use: own.yaml}\n"
        + "sources: {github: {repository: acme/engine, every: 2h}}\n"
        + 'channels: {daily: ["slack:C0123ABC", "discord:12345"]}\nschedule: {daily: "09:00"}\n'
        + "people: {dana: {slack: U0DANA, discord: 99999, role: editor}}\n",
    )
    assert [use.framework.key for use in found.uses] == ["inferno", "own"]
    assert found.uses[0].plan.start == date(2026, 9, 1)
    assert found.sources[0].every_seconds == timedelta(hours=2).total_seconds()
    assert "github.stars" in found.sources[0].metrics
    assert found.person("discord", "99999") == found.people[0]
    assert found.people[0].role == "editor"


def test_what_is_owed_follows_from_channels_and_schedule(tmp_path: Path) -> None:
    path = tmp_path / "kpi.yaml"
    text = HEAD + "frameworks: [{use: inferno}]\nchannels: {daily: ['slack:C0123ABC']}\n"
    path.write_text(text)
    settings = read_environment({"KPI_CONFIG": str(path)})
    assert owed(read_workspace_file(settings)) == ()
    path.write_text(text + 'schedule: {daily: "09:00 weekdays"}\nsources: {git: {path: .}}\n')
    file = read_workspace_file(settings)
    (one,) = owed(file)
    assert (one.report, one.surface, one.channel) == ("daily", "slack", "C0123ABC")
    assert connected(file)["git"].collector.kind == "git"


def test_what_a_schedule_says_of_its_patience_is_carried(tmp_path: Path) -> None:
    found = resolved(
        tmp_path,
        HEAD
        + "frameworks: [{use: inferno}]\nsources: {github: {repository: acme/engine}}\n"
        + 'channels: {daily: ["slack:C0123ABC", "discord:12345"]}\ncalendar: {closed: [2026-12-24]}\n'
        + 'schedule: {daily: {at: "09:00  business days", wait: 30m, catch_up: 3d, needs: [github]}}\n',
    )
    assert [one.subject for one in found.schedule] == ["daily/slack:C0123ABC", "daily/discord:12345"]
    for one in found.schedule:
        assert (one.wait, one.catch_up) == (timedelta(minutes=30), timedelta(days=3))
        assert (one.needs, one.terms) == (frozenset({"github"}), "09:00 business days")
        assert not one.cadence.holds(date(2026, 12, 24))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('schedule: {daily: "09:00"}', 'schedule: {daily: "10:00 weekdays"}'),
        ("slack:C0123ABC", "slack:C0999ABC"),
        ("fiscal_year: april", "fiscal_year: july"),
    ],
)
def test_a_changed_schedule_is_taken_up_without_a_restart(tmp_path: Path, before: str, after: str) -> None:
    files, text = begun(tmp_path)
    files.settings.config_path.write_text(text.replace(before, after))
    found = files.read()
    assert found.trouble == ""
    assert found.schedule != files.first.schedule


def test_changed_sources_need_a_restart_and_the_rest_is_taken_up(tmp_path: Path) -> None:
    files, text = begun(tmp_path)
    changed = text.replace("acme/engine", "acme/other").replace('"09:00"', '"10:00"')
    files.settings.config_path.write_text(changed)
    found = files.read()
    assert found.trouble == "kpi.yaml changed its sources: restart the bot to use them."
    assert [one.terms for one in found.schedule] == ["10:00"]


def test_every_framework_that_is_wrong_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN.replace("unit: stars", "unti: stars"), encoding="utf-8")
    found = faults_of(
        tmp_path,
        HEAD
        + "frameworks:\n  - {use: infernal}\n  - use: inferno\n    horizons:\n      phase9: 2026-12-31\n"
        + "  - {use: own.yaml}\n  - {use: none.yaml}\n  - {use: inferno}\n",
    )
    told = "\n".join(found)
    assert "kpi.yaml:4: frameworks[0].use: There is no framework “infernal”. (Did you mean `inferno`?" in told
    assert "kpi.yaml:7: frameworks[1].horizons.phase9: inferno has no such horizon" in told
    assert "own.yaml:7: sections[0].kpis[0].unti" in told
    assert "kpi.yaml:9: frameworks[3].use" in told
    assert "does not exist" in told
    assert "kpi.yaml:10: frameworks[4]: inferno is used twice (keep one of the two)" in told


def test_a_workspace_without_a_file_still_names_its_faults() -> None:
    settings = read_environment({})
    text = '{"timezone": "UTC", "frameworks": [{"use": "nothing"}]}'

    with pytest.raises(DocumentFaults, match="nothing"):
        resolve(read_workspace(text, "the sample", settings.environment), Path())


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "does not exist"), (b"\xff\xfe\x00", "is not UTF-8"), ("folder", "cannot be read")],
)
def test_a_file_that_cannot_be_read_says_why(content: bytes | str | None, words: str, tmp_path: Path) -> None:
    path = tmp_path / "kpi.yaml"
    if content == "folder":
        path.mkdir()
    elif isinstance(content, bytes):
        path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        read_text(path)
    assert words in caught.value.message
    assert str(path) in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("half", "said"),
    [
        ("schedule: {daily: '09:00 daily'}", "has a schedule but no channel"),
        ("channels: {daily: ['slack:C0123']}", "has channels but no schedule"),
    ],
)
def test_a_report_that_is_set_up_half_is_told(half: str, said: str) -> None:
    file = read_workspace(f"timezone: UTC\nframeworks: [{{use: hektor}}]\n{half}\n", "kpi.yaml", {})
    (found,) = silences(file, {})
    assert said in found


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, ["discord: reports are posted there, but DISCORD_TOKEN is not set"]),
        ({"DISCORD_TOKEN": "1"}, ["slack: reports are posted there, but SLACK_BOT_TOKEN is not set"]),
        ({"SLACK_BOT_TOKEN": "xoxb-1", "DISCORD_TOKEN": "1"}, []),
        ({}, []),  # the playground shows all of it
    ],
)
def test_posts_to_a_platform_without_a_token_are_told(environment: dict[str, str], said: list[str]) -> None:
    both = "channels: {daily: ['slack:C0123', 'discord:45678']}\nschedule: {daily: '09:00'}\n"
    file = read_workspace(f"timezone: UTC\nframeworks: [{{use: hektor}}]\n{both}", "kpi.yaml", {})
    assert [one[: len(words)] for one, words in zip(silences(file, environment), said, strict=True)] == said


@pytest.mark.parametrize(
    "alerts",
    [
        "channels: ['discord:45678']",
        "celebrations: ['discord:45678']",
        "rules: {hektor/traffic_drop: {channels: ['discord:45678']}}",
    ],
)
def test_alerts_to_a_platform_without_a_token_are_told(alerts: str) -> None:
    text = f"timezone: UTC\nframeworks: [{{use: hektor}}]\nalerts: {{{alerts}}}\n"
    (found,) = silences(read_workspace(text, "kpi.yaml", {}), {"SLACK_BOT_TOKEN": "xoxb-1"})
    assert found.startswith("discord: alerts are posted there, but DISCORD_TOKEN is not set")


@pytest.mark.parametrize(
    ("route", "said"),
    [
        ("discord:45678", ["fallback: routes lead to discord, but DISCORD_TOKEN is not set; set it"]),
        ("@dana", ["fallback: @dana has no id on slack, so is never told; add it under `people:`"]),
        ("@ana", []),
        ("slack:C0999", []),
    ],
)
def test_fallback_routes_that_lead_nowhere_are_told(route: str, said: list[str]) -> None:
    text = (
        "timezone: UTC\nframeworks: [{use: hektor}]\n"
        "people: {ana: {slack: U0123}, dana: {discord: '12345'}}\n"
        f"fallback: {{default: ['{route}'], 'slack:C0123': ['{route}']}}\n"
    )
    file = read_workspace(text, "kpi.yaml", {})
    found = silences(file, {"SLACK_BOT_TOKEN": "xoxb-1"})
    assert [one[: len(words)] for one, words in zip(found, said, strict=True)] == said
    assert silences(file, {}) == ()  # the playground


def test_a_file_of_many_megabytes_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_bytes(b"#" * 9_000_000)
    with pytest.raises(UserError, match="larger than any framework"):
        read_framework(str(path))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "channels: {dayly: ['slack:C0123ABC']}",
            'channels.dayly: there is no report "dayly" (did you mean `daily`',
        ),
        ("schedule: {yearly: '09:00 yearly 2 january'}", 'schedule.yearly: there is no report "yearly"'),
        (
            "schedule: {hektor/board: '09:00 monday'}",
            'schedule.hektor/board: there is no report "hektor/board"',
        ),
    ],
)
def test_a_report_that_nobody_states_is_named_with_its_line(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(DocumentFaults) as caught:
        resolved(tmp_path, f"{HEAD}frameworks: [{{use: hektor, start: 2026-09-01}}]\n{line}\n")
    assert told in str(caught.value)
    assert "kpi.yaml:4" in str(caught.value)
