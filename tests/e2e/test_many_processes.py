"""Several processes and two platforms: every post once, every question answered, and said what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.playground.faults import refused
from storage.promises import State
from tests.e2e.discord import CHANNEL as DISCORD_CHANNEL
from tests.e2e.discord import Discord, discord_in_a_thread
from tests.e2e.office import FRAMEWORK, Office
from tests.e2e.process import Bot, running, until
from tests.e2e.slack import CHANNEL, Slack, slack_in_a_thread

SLACK, DISCORD = f"slack:{CHANNEL}", f"discord:{DISCORD_CHANNEL}"


@pytest.fixture
def slack() -> Iterator[Slack]:
    with slack_in_a_thread() as found:
        yield found


@pytest.fixture
def discord() -> Iterator[Discord]:
    with discord_in_a_thread() as found:
        yield found


def figures(bot: Bot) -> dict[tuple[str, ...], float]:
    """/metrics by name and labels."""
    return {
        (one.name, *one.labels.values()): one.value
        for family in text_string_to_metric_families(bot.get("/metrics")[1])
        for one in family.samples
    }


def problems(bot: Bot) -> tuple[int, list[str]]:
    code, body = bot.get("/readyz")
    return code, json.loads(body)["problems"]


def test_two_that_post_and_one_that_answers(
    tmp_path: Path, postgresql_url: str, slack: Slack, discord: Discord
) -> None:
    office = Office(tmp_path, postgresql_url, SLACK, DISCORD)
    given = {**slack.environment, **discord.environment, "DATABASE_URL": postgresql_url}
    with ExitStack() as stack:
        stack.callback(office.engine.dispose)
        halves = ("jobs", "jobs", "chat")
        one, other, chat = (
            stack.enter_context(running(tmp_path, "run", "--only", half, **given)) for half in halves
        )
        for bot in (one, other, chat):
            assert problems(bot) == (200, [])
        until(lambda: len(office.ledger()) == 2 and office.is_delivered())
        assert len(slack.keys()) == len(discord.texts()) == 1
        assert len(discord.standin.gateway.sessions) == 1, "only who answers listens"
        assert discord.ask("nps").messages
        for bot in (one, other, chat):
            found = figures(bot)
            assert (found["kpi_bot_processes", "jobs"], found["kpi_bot_processes", "chat"]) == (2, 1)
            assert (found["kpi_bot_surface_ready", "slack"], found["kpi_bot_posts_doubled",]) == (1, 0)
        assert ("kpi_bot_surface_heard_timestamp_seconds", "discord") in figures(chat)
        assert ("kpi_bot_surface_heard_timestamp_seconds", "discord") not in figures(one)
        assert [bot.stop()[0] for bot in (one, other, chat)] == [0, 0, 0]
    assert not {"conversations.list", "users.list"} & set(slack.standin.calls), (
        "ids are asked after, one by one"
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"DISCORD_TOKEN": "wrong"}, "discord is not connected: Discord refuses DISCORD_TOKEN."),
        (
            {"SLACK_BOT_TOKEN": "xoxb-wrong"},
            "slack is not connected: Slack refuses SLACK_BOT_TOKEN: invalid_auth.",
        ),
    ],
)
def test_a_wrong_token_of_one_platform_leaves_the_other_at_work(
    tmp_path: Path, sqlite_url: str, slack: Slack, discord: Discord, wrong: dict[str, str], said: str
) -> None:
    right = SLACK if "DISCORD_TOKEN" in wrong else DISCORD
    office = Office(tmp_path, sqlite_url, right)
    given = {**slack.environment, **discord.environment, "DATABASE_URL": sqlite_url, **wrong}
    with running(tmp_path, **given) as bot:
        code, found = problems(bot)
        assert (code, [one[: len(said)] for one in found]) == (503, [said])
        until(office.is_delivered)
        assert "xoxb-wrong" not in bot.log.read_text()


def test_a_token_revoked_while_it_runs_is_told_on_the_other_platform(
    tmp_path: Path, sqlite_url: str, slack: Slack, discord: Discord
) -> None:
    office = Office(tmp_path, sqlite_url, SLACK, more=f'fallback: {{default: ["{DISCORD}"]}}\n')
    slack.standin.inject("chat.postMessage", refused("token_revoked"))
    given = {**slack.environment, **discord.environment, "DATABASE_URL": sqlite_url}
    with running(tmp_path, **given) as bot:
        until(lambda: State.DELIVERED in office.states().values())
        code, [said] = problems(bot)
        assert (code, said.startswith("slack is not connected: Slack has revoked the bot token")) == (
            503,
            True,
        )
        assert figures(bot)["kpi_bot_posts_told_elsewhere",] == 1
    [key] = [key for key, state in office.states().items() if state is State.FAILED]
    assert office.states() == {key: State.FAILED, f"{key}>{DISCORD}": State.DELIVERED}
    [text] = discord.texts()
    assert "could not be reached" in text
    assert slack.keys() == []


def test_files_changed_under_a_running_bot_are_taken_up(
    tmp_path: Path, sqlite_url: str, slack: Slack
) -> None:
    office = Office(tmp_path, sqlite_url)
    framework, workspace = tmp_path / "small.yaml", tmp_path / "kpi.yaml"
    framework.write_text(FRAMEWORK.replace("unit: points,", "unit: points, measure: last(github.stars),"))
    given = {**slack.environment, "DATABASE_URL": sqlite_url, "KPI_SAMPLES_TOKEN": "s3cret"}
    share = ("kpi_percent_of_target", "small", "growth.nps")
    with running(tmp_path, **given) as bot:
        samples = [{"metric": "github.stars", "at": "2026-11-01", "value": 25}]
        assert bot.post("/v1/samples", samples, Authorization="Bearer s3cret")[0] == 200
        until(office.is_delivered)
        sound = workspace.read_text()
        workspace.write_text("timezone: Mars/Base\n")
        until(lambda: "files changed fault='kpi.yaml:1: " in bot.log.read_text())
        assert problems(bot) == (200, []), "the last good files stay in force"
        assert figures(bot)["kpi_bot_config_in_force",] == 0
        framework.write_text(framework.read_text().replace('"50"', '"100"'))
        workspace.write_text(sound.replace(' daily"', ' weekdays"'))
        until(lambda: figures(bot).get(share) == 25)
        assert figures(bot)["kpi_bot_config_in_force",] == 1
        assert bot.stop()[0] == 0
    assert len(slack.keys()) == 1, "the day was posted by the schedule of before"
