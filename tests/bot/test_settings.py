"""The environment and kpi.yaml: every fault at once, with its place and its mending, and no secret in any."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest

from bot.settings import WorkspaceFile, read_environment, read_workspace
from kpi.document import DocumentFaults

GOOD = """\
name: Acme
timezone: Europe/Berlin
frameworks:
  - {use: inferno, start: 2026-09-01, horizons: {phase1: 2026-12-31}}
sources:
  github: {repository: acme/engine, token: "${GITHUB_TOKEN}"}
channels:
  daily: ["slack:C0123ABC"]
schedule: {daily: "09:00 weekdays"}
people:
  dana: {slack: U0DANA, role: editor}
"""
TOKEN = "ghp_very_secret_indeed"


def workspace_of(text: str, **environment: str) -> WorkspaceFile:
    return read_workspace(text, "kpi.yaml", environment)


def faults_of(text: str, **environment: str) -> list[str]:
    with pytest.raises(DocumentFaults) as caught:
        workspace_of(text, **environment)
    return [str(fault) for fault in caught.value.faults]


def test_a_workspace_file_is_read() -> None:
    file = workspace_of(GOOD, GITHUB_TOKEN=TOKEN)
    assert file.name == "Acme"
    assert file.frameworks[0].start == date(2026, 9, 1)
    assert file.frameworks[0].horizons == {"phase1": date(2026, 12, 31)}
    assert file.schedule["daily"].at == time(9)
    assert file.schedule["daily"].days == frozenset(range(5))
    assert file.people["dana"].role == "editor"
    assert TOKEN not in repr(file)


def test_every_fault_is_told_at_once_with_its_line_and_the_nearest_key() -> None:
    text = """\
timezon: Europe/Berlin
frameworks:
  - {use: inferno, strt: 2026-09-01}
sources:
  github: {repositry: acme/engine}
channels:
  daily: ["#general"]
  weekly: ["slack:C0123ABC"]
schedule: {daily: "25:00"}
people:
  dana: {role: boss}
"""
    found = faults_of(text)
    told = "\n".join(found)
    assert "kpi.yaml:1: timezon: is not a key that is known here (did you mean `timezone`?)" in told
    assert "timezone: is missing" in told
    assert "kpi.yaml:3: frameworks[0].strt" in told
    assert "did you mean `start`?" in told
    assert "kpi.yaml:5: sources.github" in told
    assert "repository" in told
    assert "kpi.yaml:6: channels" in told or "kpi.yaml:7: channels" in told
    assert '"25:00" is no schedule' in told
    assert "kpi.yaml:11: people.dana.role: `boss` is not one of reader, editor, admin" in told


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("timezone: Mars/Olympus", '"Mars/Olympus" is no IANA time zone'),
        ("timezone: Europe", "is no IANA time zone"),
        ('timezone: "../../etc/passwd"', "is no IANA time zone"),
        ("timezone:", "timezone: is empty"),
        ("frameworks: []", "frameworks: is empty (name one"),
        ("frameworks: inferno", "should be a list"),
        ("frameworks: [{use: inferno, start: soon}]", "frameworks[0].start"),
        ("frameworks: [{use: inferno, start: 9999-12-31}]", "lies outside 1980 to 2200"),
        ("frameworks: [{use: inferno, horizons: {phase1: 0001-01-01}}]", "lies outside 1980 to 2200"),
        ("sources: {nothing: {collector: nosuch}}", "nosuch"),
        ("sources: {github: }", "sources.github"),
        ("sources: [github]", "sources"),
        ('channels: {daily: ["slack:general"]}', '"slack:general" is no channel id'),
        ('channels: {"A report": ["slack:C0123ABC"]}', "is no name of a report"),
        ("language: klingon", '"klingon" is no language'),
        ("schedule: {daily: [9]}", "is no schedule"),
        ('schedule: {daily: "9"}', '"9" is no schedule'),
        ('schedule: {daily: "09:00 caturday"}', '"caturday" is no day'),
        ('schedule: {daily: "09:00 ,"}', '"," is no day'),
        ("people: {dana: {slack: dana}}", "people.dana.slack"),
        ("colour: blue", "is not a key that is known here"),
        ("name: " + "x" * 81, "name"),
    ],
)
def test_a_wrong_line_is_named(line: str, words: str) -> None:
    key = line.partition(":")[0]
    others = {"timezone": "timezone: UTC", "frameworks": "frameworks: [{use: inferno}]"}
    text = "\n".join([line, *(other for name, other in others.items() if name != key)])
    (found, *_) = faults_of(text)
    assert found.startswith("kpi.yaml:1: ")
    assert words in found


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("09:00", range(7)),
        ("9:05 daily", range(7)),
        ("09:00 Every day", range(7)),
        ("09:00 weekdays", range(5)),
        ("09:00 monday,thursday", (0, 3)),
        ("09:00 Mon, thu", (0, 3)),
    ],
)
def test_a_schedule_is_a_time_and_days(written: str, days: range | tuple[int, ...]) -> None:
    text = f'timezone: UTC\nframeworks: [{{use: inferno}}]\nschedule: {{daily: "{written}"}}'
    assert workspace_of(text).schedule["daily"].days == frozenset(days)


def test_two_sources_of_one_collector_need_labels_to_stay_apart() -> None:
    text = GOOD.replace("channels:", "  engine: {collector: github, repository: acme/engine}\nchannels:")
    (found,) = faults_of(text, GITHUB_TOKEN=TOKEN)
    assert "sources github and engine both write the same github series" in found
    assert "labels" in found
    labelled = text.replace("repository: acme/engine}", "repository: acme/engine, labels: {repository: two}}")
    assert set(workspace_of(labelled, GITHUB_TOKEN=TOKEN).sources) == {"github", "engine"}


def test_a_name_that_the_environment_lacks_is_told_with_its_line() -> None:
    (found,) = faults_of(GOOD)
    assert found == (
        "kpi.yaml:6: sources.github.token: ${GITHUB_TOKEN} is not in the environment "
        "(set GITHUB_TOKEN, or GITHUB_TOKEN_FILE to the path of a file that holds it)"
    )


def test_a_name_can_stand_for_a_file(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}\n")
    file = workspace_of(GOOD, GITHUB_TOKEN_FILE=str(path))
    assert file.sources["github"] == workspace_of(GOOD, GITHUB_TOKEN=TOKEN).sources["github"]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        (found,) = faults_of(GOOD, GITHUB_TOKEN_FILE=str(path))
        assert "GITHUB_TOKEN_FILE" in found
        assert found.startswith("kpi.yaml:6: sources.github.token: ")


def test_no_fault_holds_what_the_environment_says() -> None:
    text = 'timezone: "${SECRET}"\nframeworks: [{use: inferno}]\nchannels: {daily: ["slack:${SECRET}"]}'
    told = "\n".join(faults_of(text, SECRET=TOKEN))
    assert TOKEN not in told
    assert '"${SECRET}" is no IANA time zone' in told


def test_the_environment_has_defaults() -> None:
    found = read_environment({})
    assert (found.database_url, found.host, found.port) == ("sqlite:///kpi.db", "127.0.0.1", 8765)
    assert found.config_path == Path("kpi.yaml")
    assert not found.has_slack
    assert not found.is_database_set


def test_secrets_are_not_shown() -> None:
    found = read_environment({"SLACK_BOT_TOKEN": "xoxb-1-hidden", "SLACK_APP_TOKEN": "xapp-1-hidden"})
    assert found.has_slack
    assert "hidden" not in repr(found)


def environment_faults(environ: dict[str, str]) -> str:
    with pytest.raises(DocumentFaults) as caught:
        read_environment(environ)
    return "\n".join(map(str, caught.value.faults))


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"PORT": "http"}, '"http" is no port'),
        ({"PORT": "70000"}, "is no port"),
        ({"SLACK_BOT_TOKEN": "xapp-wrong", "SLACK_APP_TOKEN": "xapp-1"}, "does not look like a bot token"),
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "is set alone"),
        ({"SLACK_SIGNING_SECRET": "s"}, "is missing beside"),
        ({"SLACK_BOT_TOKEN_FILE": "no/such/file"}, "no/such/file cannot be read"),
        ({"DATABASE_URL_FILE": "/dev/zero"}, "is no small text file"),
    ],
)
def test_a_wrong_setting_is_named(environ: dict[str, str], words: str, tmp_path: Path) -> None:
    told = environment_faults({"KPI_CONFIG": str(tmp_path / "none.yaml"), **environ})
    assert words in told
    assert "wrong" not in told


def test_the_environment_and_the_file_are_told_together(tmp_path: Path) -> None:
    path = tmp_path / "kpi.yaml"
    path.write_text("timezone: Nowhere\nframeworks: []\n")
    told = environment_faults({"PORT": "http", "SLACK_BOT_TOKEN": "oops", "KPI_CONFIG": str(path)})
    assert "PORT" in told
    assert "SLACK_BOT_TOKEN" in told
    assert f"{path}:1: timezone" in told
    assert f"{path}:2: frameworks" in told


def test_a_setting_can_stand_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "url"
    path.write_text("postgresql://kpi@db/kpi\n")
    assert read_environment({"DATABASE_URL_FILE": str(path)}).database_url == "postgresql://kpi@db/kpi"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{collector: weeb}", "there is no collector `weeb`"),
        ("{collector: github, repository: acme}", '"acme" is not a repository'),
        ("{collector: github}", "is missing"),
        ("{collector: github, repository: }", "is empty"),
        ("{collector: github, repository: a/b, every: soon}", '"soon" is not a length of time'),
    ],
)
def test_a_wrong_source_is_told_in_its_own_words(source: str, said: str) -> None:
    text = f"timezone: UTC\nframeworks: [{{use: hektor}}]\nsources:\n  one: {source}\n"
    with pytest.raises(DocumentFaults) as caught:
        read_workspace(text, "kpi.yaml", {})
    (fault,) = caught.value.faults
    assert said in fault.message
    assert fault.line == 4
