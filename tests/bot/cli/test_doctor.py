"""`kpi doctor`: what is wrong is named with the way to mend it, and nothing sound is called wrong."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.cli import doctor
from storage import SessionFactory, connect, promises, workers
from storage.promises import Promise, State
from storage.workers import Worker
from tests.bot.cli.conftest import Kpi
from tests.e2e.slack import Slack


def rewrite(here: Path, old: str, new: str) -> None:
    text = (here / "kpi.yaml").read_text()
    assert old in text
    (here / "kpi.yaml").write_text(text.replace(old, new))


def test_it_names_each_surface_that_lacks_its_token(here: Path, kpi: Kpi) -> None:
    rewrite(here, '"slack:C0123"', '"slack:C0123", "discord:12345"')
    found = kpi("doctor", "--offline")
    assert found.code == 1
    assert "WRONG daily/slack:C0123: SLACK_BOT_TOKEN is not set" in found.out
    assert "WRONG daily/discord:12345: DISCORD_TOKEN is not set" in found.out
    assert "→ Set DISCORD_TOKEN." in found.out


def test_a_sound_set_up_is_called_sound(kpi: Kpi, slack: Slack) -> None:
    found = kpi("doctor")
    assert found.code == 0, found.out
    assert "ok    slack: the bot token is accepted" in found.out
    assert "ok    slack:C0123: the bot may post in #" in found.out
    assert "ok    clock: within" in found.out
    assert "Everything that was checked is fine." in found.out


def test_a_refused_token_is_named(kpi: Kpi, slack: Slack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-wrong")
    found = kpi("doctor")
    assert found.code == 1
    assert "WRONG slack: Slack refuses SLACK_BOT_TOKEN: invalid_auth" in found.out
    assert "OAuth & Permissions" in found.out


def test_a_channel_that_is_not_there_is_named_by_its_id(here: Path, kpi: Kpi, slack: Slack) -> None:
    rewrite(here, "slack:C0123", "slack:C0GONE")
    found = kpi("doctor")
    assert found.code == 1
    assert "WRONG slack:C0GONE: Slack says channel_not_found" in found.out
    assert "under `channels` in kpi.yaml" in found.out


def test_channels_are_asked_after_by_their_ids_and_never_listed(kpi: Kpi, slack: Slack) -> None:
    kpi("doctor")
    assert "conversations.info" in slack.standin.calls
    assert not [one for one in slack.standin.calls if one.endswith(".list")]


def test_a_database_out_of_order_does_not_hide_the_rest(here: Path, kpi: Kpi, slack: Slack) -> None:
    (here.parent / "kpi.db").write_text("x" * 10_000)
    found = kpi("doctor")
    assert found.code == 1
    assert "WRONG database:" in found.out
    assert "not an SQLite database" in found.out
    assert "ok    slack: the bot token is accepted" in found.out


def test_a_full_disk_is_named(here: Path, kpi: Kpi, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage(NamedTuple):
        free: int

    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(1_000_000))
    assert "WRONG disk: 0.0 GB free beside kpi.db" in kpi("doctor", "--offline").out
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(100_000_000))
    assert "note  disk: 0.1 GB free beside kpi.db" in kpi("doctor", "--offline").out


def test_a_clock_that_is_not_the_databases_is_named(
    here: Path, kpi: Kpi, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = datetime.now(UTC) + timedelta(minutes=2)
    monkeypatch.setattr(doctor.clock, "database_now", lambda _session: ahead)
    assert "this machine is 120 s behind it" in kpi("doctor", "--offline").out


def test_old_time_zone_data_is_named(here: Path, kpi: Kpi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "version", lambda _name: "2019.3")
    assert "note  time zones: data of 2019.3" in kpi("doctor", "--offline").out


def test_failed_posts_and_living_processes_are_told(here: Path, kpi: Kpi) -> None:
    engine = connect(f"sqlite:///{here.parent / 'kpi.db'}")
    sessions, now = SessionFactory(engine), datetime.now(UTC)
    with sessions.begin() as session:
        due = now - timedelta(hours=2)
        key = "daily/slack:C0123/2026-11-23"
        promises.owe(session, Promise(key, "daily", "2026-11-23", "slack", "C0123", due, "{}"))
        promises.claim(session, worker="w", now=now, lease=timedelta(minutes=1))
        promises.failed(session, key, worker="w", error="Slack refused the post: is_archived.", retry_at=None)
        assert promises.listing(session, states=[State.FAILED])
        workers.beat(session, Worker("w", now, now, ("jobs", "chat"), ("slack",)))
    engine.dispose()
    found = kpi("doctor", "--offline").out
    assert "WRONG daily/slack:C0123/2026-11-23: failed: Slack refused the post: is_archived." in found
    assert "kpi report daily --for 2026-11-23 --post --again" in found
    assert "ok    processes: 1 process running" in found


def test_what_nobody_goes_on_with_and_what_was_missed_are_told(here: Path, kpi: Kpi) -> None:
    engine = connect(f"sqlite:///{here.parent / 'kpi.db'}")
    sessions, now = SessionFactory(engine), datetime.now(UTC)
    with sessions.begin() as session:
        for key, due in (("missed", now - timedelta(hours=30)), ("left", now - timedelta(hours=2))):
            promises.owe(session, Promise(key, "daily", "2026-11-22", "slack", "C1", due, "{}", due))
        promises.expire(session, now - timedelta(hours=3))
        assert [one.key for one in promises.listing(session, states=[State.MISSED])] == ["missed"]
    engine.dispose()
    found = kpi("doctor", "--offline").out
    assert "note  missed: missed: Nobody sent it to slack in time." in found
    assert "WRONG left: its time was over 2 h ago, and nobody closed it\n      → kpi run" in found


def test_a_source_is_asked_once_and_cheaply(here: Path, kpi: Kpi) -> None:
    rewrite(here, "schedule:", "sources: {clone: {collector: git, path: nowhere}}\nschedule:")
    found = kpi("doctor")
    assert found.code == 1
    assert "WRONG clone: " in found.out


def test_the_findings_can_be_had_as_json(here: Path, kpi: Kpi) -> None:
    found = json.loads(kpi("doctor", "--offline", "--json").out)
    assert {"subject", "said", "fix", "health"} == set(found[0])
    assert {one["health"] for one in found} <= {"ok", "note", "WRONG"}
