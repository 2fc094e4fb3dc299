"""`kpi receipts`: the sum first, each post after it, and whether it really stands in its channel."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.frozen import freeze
from bot.reply import Reply
from bot.surfaces.base import Post, Undelivered
from storage import SessionFactory, connect, promises
from storage.promises import Promise, Receipt, State
from tests.bot.cli.conftest import Kpi
from tests.bot.cli.test_report_posting import chat  # noqa: F401 - the fixture
from tests.bot.jobs.scripted_chat import ScriptedChat

NOW = datetime.now(UTC)
LEASE = timedelta(minutes=5)


@pytest.fixture
def sessions(here: Path, sqlite_url: str) -> Iterator[SessionFactory]:
    engine = connect(sqlite_url)
    yield SessionFactory(engine)
    engine.dispose()


class Past:
    """Days of the daily report, put into the ledger by their fate."""

    def __init__(self, sessions: SessionFactory) -> None:
        self.sessions = sessions

    def __call__(
        self, ago: int, state: State = State.DELIVERED, *, late: timedelta = timedelta(), **other: object
    ) -> str:
        due = NOW - timedelta(days=ago)
        key = f"daily/slack:C0123/{due:%Y-%m-%d}"
        one = Promise(key, "daily", f"{due:%Y-%m-%d}", "slack", "C0123", due, freeze(Reply("Daily.")))
        one = replace(one, **other)  # type: ignore[arg-type]  # fields by name
        with self.sessions.begin() as session:
            promises.owe(session, one)
            if state is State.MISSED:
                return one.key
            promises.claim(session, worker="w", now=due, lease=LEASE)
            if state is State.DELIVERED:
                receipt = Receipt(one.channel, f"ts{ago}", due + late)
                promises.delivered(session, one.key, receipt)
            elif state is State.FAILED:
                promises.failed(session, one.key, worker="w", error="is_archived.", retry_at=None)
        return one.key

    def expire(self) -> None:
        with self.sessions.begin() as session:
            promises.expire(session, NOW)


@pytest.fixture
def past(sessions: SessionFactory) -> Past:
    return Past(sessions)


def test_the_sum_comes_first(kpi: Kpi, past: Past) -> None:
    for ago in range(5, 9):
        past(ago, late=timedelta(hours=ago - 5))
    failed = past(4, State.FAILED)
    past(3, key=f"{failed}>slack:C9", channel="C9", stands_for=failed)
    past(2, State.MISSED, deadline=NOW - timedelta(days=1))
    past.expire()
    found = kpi("receipts").out.splitlines()
    assert (
        found[0] == "30 days: 6 promised, 4 delivered (3 late), 1 failed, 1 told elsewhere, 1 missed, 0 twice"
    )
    [row] = [number for number, line in enumerate(found) if line.startswith(f"failed    {failed},")]
    assert found[row].endswith(": is_archived.")
    assert found[row + 1].strip().startswith("told in slack:C9 instead, ")
    assert any(line.startswith("missed    ") and "Nobody sent it to slack in time." in line for line in found)
    assert any("(3 h late)" in line for line in found)


def test_what_was_told_elsewhere_counts_as_told(kpi: Kpi, past: Past) -> None:
    failed = past(4, State.FAILED)
    past(3, key=f"{failed}>slack:C9", channel="C9", stands_for=failed)
    summary = kpi("receipts").out.splitlines()[0]
    assert summary == "30 days: 1 promised, 0 delivered, 1 failed, told elsewhere, 0 missed, 0 twice"


def test_since_when_can_be_said(kpi: Kpi, past: Past) -> None:
    past(40)
    past(3)
    assert len(kpi("receipts").out.splitlines()) == 2
    day = NOW - timedelta(days=50)
    found = kpi("receipts", "--since", f"{day:%Y-%m-%d}").out.splitlines()
    assert found[0].startswith(f"Since {day.day} {day:%b}")
    assert len(found) == 3
    assert len(kpi("receipts", "--since", f"{day:%Y-%m-%d}", "--limit", "1").out.splitlines()) == 2


@pytest.mark.parametrize("words", [("--since", "soon"), ("--limit", "0")])
def test_a_wrong_call_exits_2(here: Path, kpi: Kpi, words: tuple[str, ...]) -> None:
    assert kpi("receipts", *words).code == 2


def test_as_json_it_holds_the_numbers(kpi: Kpi, past: Past) -> None:
    key = past(3, late=timedelta(hours=2))
    found = json.loads(kpi("receipts", "--json").out)
    assert found["summary"]["delivered"] == found["summary"]["late"] == 1
    [row] = found["receipts"]
    assert (row["key"], row["state"], row["message"]) == (key, "delivered", "ts3")
    assert row["late_seconds"] == 7200.0
    assert "payload" not in row
    assert "check" not in found


def test_every_post_that_stands_once_is_well(kpi: Kpi, past: Past, chat: ScriptedChat) -> None:  # noqa: F811
    chat.posts += [_standing(past(ago)) for ago in (1, 3, 20)]
    found = kpi("receipts", "--check")
    assert found.code == 0
    last = found.out.splitlines()[-1]
    assert last == "Read back, 14 days: 2 posts delivered, 2 found once, 0 missing, 0 more than once"


def test_what_is_missing_twice_or_unread_is_named(kpi: Kpi, past: Past, chat: ScriptedChat) -> None:  # noqa: F811
    once, missing, twice = (past(ago) for ago in (1, 2, 3))
    elsewhere = past(4, surface="discord")
    chat.posts += [_standing(one) for one in (once, twice, twice)]
    found = kpi("receipts", "--check")
    assert found.code == 1
    assert found.out.splitlines()[-4:] == [
        "Read back, 14 days: 4 posts delivered, 1 found once, 1 missing, 1 more than once, "
        "1 could not be looked up",
        f"missing   {missing}: it does not stand in its channel",
        f"twice     {twice}: it stands there 2 times",
        f"unread    {elsewhere}: discord is not connected here, set its tokens",
    ]
    looked = {
        one["key"]: one["times"] for one in json.loads(kpi("receipts", "--check", "--json").out)["check"]
    }
    assert looked == {once: 1, missing: 0, twice: 2, elsewhere: None}


def test_a_channel_that_cannot_be_read_is_not_called_well(kpi: Kpi, past: Past, chat: ScriptedChat) -> None:  # noqa: F811
    past(1)
    chat.blind = Undelivered("Slack says missing_scope.", "Add channels:history.")
    found = kpi("receipts", "--check")
    assert found.code == 1
    assert "missing_scope. Add channels:history." in found.out


def _standing(key: str) -> Post:
    return Post(key, "C0123", Reply("Daily."))


def test_what_was_folded_is_told_apart_from_what_was_missed(kpi: Kpi, past: Past) -> None:
    past(2)
    due = NOW - timedelta(days=1)
    key = f"daily/slack:C0123/{due:%Y-%m-%d}"
    folded = Promise(
        key, "daily", "x", "slack", "C0123", due, "", state=State.FOLDED, error="nothing changed"
    )
    with past.sessions.begin() as session:
        promises.owe(session, folded)
    found = kpi("receipts")
    first, newest, *_ = found.out.splitlines()
    assert found.code == 0
    assert first == "30 days: 1 promised, 1 delivered, 0 failed, 0 missed, 0 twice, 1 folded on purpose"
    assert newest.startswith("folded    daily/slack:C0123/")
    assert newest.endswith(": nothing changed")


def test_a_correction_is_looked_for_in_its_thread(kpi: Kpi, past: Past, chat: ScriptedChat) -> None:  # noqa: F811
    root = past(2)
    key = past(1, key=f"{root}#restated-1", follows=root)
    chat.posts += [_standing(root), Post(key, "C0123", Reply(""), thread="ts2")]
    assert kpi("receipts", "--check").code == 0
    assert json.loads(kpi("receipts", "--json").out)["receipts"][0]["follows"] == root
