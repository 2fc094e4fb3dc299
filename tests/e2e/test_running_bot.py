"""The bot as a process: ready, asked, stopped, killed, and started again."""

from __future__ import annotations

import json
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.playground.faults import slow
from storage.promises import State
from tests.e2e.office import Office
from tests.e2e.process import running, until
from tests.e2e.slack import Slack, slack_in_a_thread


@pytest.fixture
def office(tmp_path: Path, sqlite_url: str) -> Office:
    return Office(tmp_path, sqlite_url)


@pytest.fixture
def slack() -> Iterator[Slack]:
    with slack_in_a_thread() as found:
        yield found


def test_the_playground_from_nothing_to_a_clean_stop(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()  # a clone, on a machine without git
    given = {"KPI_SAMPLES_TOKEN": "s3cret", "PATH": str(tmp_path)}
    began = time.monotonic()
    with running(tmp_path, "playground", "--port", "0", **given) as bot:
        assert bot.url
        assert time.monotonic() - began < 10
        assert json.loads(bot.get("/readyz")[1])["ready"] is True
        [update] = until(lambda: [one for one in bot.room("C0DAILY") if one.get("user") != "U0YOU"])
        assert f"{datetime.now(UTC):%A}" in update["text"]

        assert json.loads(bot.post("/playground/send", {"room": "C0GENERAL", "text": "/kpi stars"})[1])["ok"]
        answer = until(lambda: [one for one in bot.room("C0GENERAL") if "GitHub Stars" in one["text"]])
        assert "sample data" in json.dumps(answer[0])

        sample = {"metric": "sales.deals", "at": "2026-11-01", "value": 3}
        assert bot.post("/v1/samples", [sample])[0] == 401
        assert bot.post("/v1/samples", [sample], Authorization="Bearer s3cret")[0] == 200
        found = {one.name: one for one in text_string_to_metric_families(bot.get("/metrics")[1])}
        assert found["kpi_bot_ready"].samples[0].value == 1
        assert any(one.labels["kpi"].endswith("github_stars") for one in found["kpi_value"].samples)

        page = urlopen(f"{bot.url}/playground/events", timeout=10)
        code, seconds = bot.stop()
        page.close()
        assert (code, seconds < 5) == (0, True)
        assert "Traceback" not in bot.log.read_text()
        assert "ERROR" not in bot.log.read_text()
    assert not (tmp_path / "kpi.db").exists()


def test_two_processes_post_what_is_due_once(office: Office, slack: Slack) -> None:
    given = {**slack.environment, "DATABASE_URL": office.url}
    with running(office.folder, **given) as one, running(office.folder, **given) as other:
        assert one.url != other.url
        until(office.is_delivered)
        assert len(slack.keys()) == 1
        assert (one.stop()[0], other.stop()[0]) == (0, 0)


def test_a_kill_between_post_and_receipt_neither_loses_nor_repeats_it(office: Office, slack: Slack) -> None:
    given = {**slack.environment, "DATABASE_URL": office.url}
    slack.standin.inject("chat.postMessage", slow(2))
    with running(office.folder, **given) as bot:
        until(slack.keys)
        bot.process.kill()
        bot.process.wait()
    assert [one.state for one in office.ledger()] == [State.CLAIMED]
    office.end_leases()
    with running(office.folder, **given) as bot:
        assert bot.url
        until(office.is_delivered)
        assert bot.stop()[0] == 0
    assert len(slack.keys()) == 1
    assert "conversations.history" in slack.standin.calls


def test_a_stop_ends_in_time_with_a_job_and_a_question_stuck(office: Office) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with (office.folder / "kpi.yaml").open("a") as workspace:
            workspace.write(f"sources: {{site: {{collector: web, url: '{address}', allow_private: true}}}}\n")
        with running(office.folder, "playground", DATABASE_URL=office.url) as bot:
            asked, _ = silent.accept()  # and never answered
            file = office.url.removeprefix("sqlite:///")
            with asked, closing(sqlite3.connect(file)) as writer:
                writer.execute("BEGIN IMMEDIATE")
                bot.post("/playground/send", {"room": "C0GENERAL", "text": "/kpi record nps 52"})
                time.sleep(0.1)
                code, seconds = bot.stop()
            assert (code, seconds < 5) == (0, True)
            assert "Traceback" not in bot.log.read_text()
