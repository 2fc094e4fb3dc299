"""`kpi report --post`, `--again` and `--edit`: through the ledger, once, whoever else is at it."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli import posting
from bot.cli.opening import opened
from bot.core import Core
from bot.frozen import freeze
from bot.jobs import deliver
from bot.reply import Reply
from bot.surfaces.base import OutcomeUnknown, Surface, Undelivered
from storage import SessionFactory, StorageFault, audit, connect, promises
from storage.promises import Promise, State
from tests.bot.cli.conftest import WORKSPACE, Kpi
from tests.bot.jobs.scripted_chat import ScriptedChat, archived
from tests.e2e.slack import CHANNEL, Slack
from tests.factories import lines

NOW = datetime.now(UTC)


@pytest.fixture
def chat(here: Path, monkeypatch: pytest.MonkeyPatch) -> ScriptedChat:
    """What the command line posts to, and nothing to wait for."""
    found = ScriptedChat(lambda: datetime.now(UTC))

    @asynccontextmanager
    async def surfaces(_core: Core) -> AsyncIterator[Mapping[str, Surface]]:
        yield {"slack": found}

    monkeypatch.setattr("bot.chats.surfaces_for_posting", surfaces)
    monkeypatch.setattr(posting, "LOOK_SECONDS", 0.0)
    return found


@pytest.fixture
def sessions(here: Path, sqlite_url: str) -> Iterator[SessionFactory]:
    engine = connect(sqlite_url)
    yield SessionFactory(engine)
    engine.dispose()


@contextmanager
def killed_before_the_receipt(patch: pytest.MonkeyPatch, *, lease: timedelta) -> Iterator[None]:
    """The post stands, and its sender is gone before it can note that."""

    def dies(*_given: object) -> bool:
        raise StorageFault("killed", "")

    with patch.context() as inner:
        inner.setattr(promises, "delivered", dies)
        inner.setattr(deliver, "LEASE", lease)
        yield


def key(chat: ScriptedChat) -> str:
    [only] = chat.keys()
    return only


def test_run_twice_it_is_sent_once(kpi: Kpi, chat: ScriptedChat) -> None:
    assert kpi("report", "daily", "--post").code == 0
    again = kpi("report", "daily", "--post")
    assert again.code == 0
    assert "is in the ledger already; --again sends it once more." in again.out
    assert key(chat).startswith("daily/slack:C0123/")


def test_killed_half_way_it_is_found_and_not_sent_again(
    kpi: Kpi, chat: ScriptedChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    with killed_before_the_receipt(monkeypatch, lease=timedelta()):
        assert kpi("report", "daily", "--post").code == 2
    found = kpi("report", "daily", "--post")
    assert found.code == 0
    assert f"delivered {key(chat)}" in found.out
    assert {looked for looked, _ in chat.looked} == {key(chat)}


def test_while_a_dead_sender_still_counts_as_alive_it_says_so(
    kpi: Kpi, chat: ScriptedChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    with killed_before_the_receipt(monkeypatch, lease=timedelta(minutes=5)):
        kpi("report", "daily", "--post")
    found = kpi("report", "daily", "--post")
    assert found.code == 1
    assert re.search(r"claimed +daily/.* in the hands of kpi report .* until \d\d:\d\d", found.out)
    assert len(chat.posts) == 1


def test_what_a_dead_sender_left_in_the_channel_is_settled_first(
    kpi: Kpi, chat: ScriptedChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    with killed_before_the_receipt(monkeypatch, lease=timedelta()):
        kpi("report", "daily", "--for", "2026-10-14", "--post")
    assert kpi("report", "daily", "--post").code == 0
    assert len(chat.posts) == len(set(chat.keys())) == 2
    assert kpi("receipts", "--since", "2026-01-01").out.count("delivered daily/") == 2


async def test_from_two_machines_at_once_it_is_sent_once(chat: ScriptedChat) -> None:
    with opened() as one, opened() as two:
        runs = [posting._posted(core, core.workspace.schedule, NOW, again=False) for core in (one, two)]
        found = await asyncio.gather(*runs)
    assert found[0] == found[1] == chat.keys()
    assert chat.most_at_once == {"C0123": 1}


def test_only_what_was_asked_for_is_sent(kpi: Kpi, chat: ScriptedChat, sessions: SessionFactory) -> None:
    due = NOW - timedelta(hours=1)
    others = [
        Promise("weekly/slack:C0123/w47", "weekly", "w47", "slack", "C0123", due, freeze(Reply("Weekly."))),
        Promise("alert/slack:C7/1", "alert", "1", "slack", "C7", due, freeze(Reply("Alert."))),
        Promise("daily/slack:C7/old", "daily", "old", "slack", "C7", due, freeze(Reply("Old.")), due),
    ]
    with sessions.begin() as session:
        for one in others:
            promises.owe(session, one)
    assert kpi("report", "daily", "--post").code == 0
    assert key(chat).startswith("daily/slack:C0123/")
    with sessions.read() as session:
        assert {one.state for one in promises.listing(session) if one.key != key(chat)} == {State.OWED}


def test_a_repeat_says_that_it_is_one(kpi: Kpi, chat: ScriptedChat) -> None:
    kpi("report", "daily", "--post")
    assert kpi("report", "daily", "--post", "--again").code == 0
    first, second = chat.posts
    assert "#again-" in second.key
    assert not any("Repeated" in line for line in lines(first.reply))
    assert any(re.fullmatch(r"Repeated on \d{1,2} \w{3}\.", line) for line in lines(second.reply))


def test_an_unreachable_channel_is_told_elsewhere_and_is_no_success(
    here: Path, kpi: Kpi, chat: ScriptedChat
) -> None:
    (here / "kpi.yaml").write_text(f'{WORKSPACE}\nfallback: {{default: ["slack:C0NINTH"]}}\n')
    chat.refused["C0123"] = archived("C0123")
    found = kpi("report", "daily", "--post")
    assert found.code == 1
    failed, told = found.out.splitlines()
    assert failed.startswith("failed    daily/slack:C0123/")
    assert told.strip().startswith("told in slack:C0NINTH instead, ")
    summary = kpi("receipts").out.splitlines()[0]
    assert summary == "30 days: 1 promised, 0 delivered, 1 failed, told elsewhere, 0 missed, 0 twice"


def test_a_lost_answer_is_no_success_and_the_next_run_finds_the_post(
    kpi: Kpi, chat: ScriptedChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "FIRST_RETRY", timedelta(milliseconds=50))
    chat.lost.append(OutcomeUnknown("Slack gave no answer."))
    first = kpi("report", "daily", "--post")
    assert (first.code, first.out[:8]) == (1, "unknown ")
    time.sleep(0.06)
    assert kpi("report", "daily", "--post").code == 0
    assert len(chat.posts) == 1


def test_an_edit_changes_the_post_in_its_channel(kpi: Kpi, slack: Slack) -> None:
    assert kpi("report", "daily", "--post").code == 0
    kpi(
        "import", "-", stdin=f"metric,at,value\ngithub.stars,{NOW - timedelta(days=1):%Y-%m-%d},77\n".encode()
    )
    found = kpi("report", "daily", "--edit")
    assert found.code == 0
    assert found.out.startswith("edited    daily/slack:C0123/")
    assert len(slack.keys()) == 1
    said = json.dumps(slack.standin.messages(CHANNEL))
    assert re.search(r"Corrected \d{1,2} \w{3} \d\d:\d\d\.", said)
    assert "77" in said
    assert kpi("receipts", "--check").code == 0, "it is still found by its key"


def test_an_edit_is_in_the_audit_trail(kpi: Kpi, chat: ScriptedChat, sessions: SessionFactory) -> None:
    kpi("report", "daily", "--post")
    assert kpi("report", "daily", "--edit").code == 0
    [edited] = chat.edits
    assert edited.key == key(chat)
    with sessions.read() as session:
        [act] = audit.recent(session, subject=edited.key)
    assert (act.action, act.place) == ("edit post", "terminal")


def test_an_edit_of_what_was_never_posted_says_so(kpi: Kpi, chat: ScriptedChat) -> None:
    found = kpi("report", "daily", "--edit", "--for", "2026-10-14")
    assert found.code == 2
    assert found.err.splitlines() == [
        "daily/slack:C0123/2026-10-14 was never posted.",
        "Post it with --post, or name another day with --for.",
    ]


def test_an_edit_of_what_failed_says_why_it_is_not_there(kpi: Kpi, chat: ScriptedChat) -> None:
    chat.refused["C0123"] = archived("C0123")
    kpi("report", "daily", "--post")
    found = kpi("report", "daily", "--edit")
    assert found.code == 2
    assert "does not stand in its channel: it is failed (Slack refused the post" in found.err


def test_a_refused_edit_exits_1(kpi: Kpi, chat: ScriptedChat, monkeypatch: pytest.MonkeyPatch) -> None:
    kpi("report", "daily", "--post")

    async def edit(*_given: object) -> None:
        raise Undelivered("Slack refused the edit: message_not_found.", "Post it with --again.")

    monkeypatch.setattr(chat, "edit", edit)
    found = kpi("report", "daily", "--edit")
    assert (found.code, found.out[:10]) == (1, "unchanged ")
    assert "Post it with --again." in found.out


@pytest.mark.parametrize("other", ["--post", "--again"])
def test_an_edit_is_not_a_post(here: Path, kpi: Kpi, other: str) -> None:
    assert kpi("report", "daily", "--edit", other).code == 2


def test_an_edit_changes_what_stands_though_another_channel_failed(
    here: Path, kpi: Kpi, chat: ScriptedChat
) -> None:
    text = (here / "kpi.yaml").read_text().replace('["slack:C0123"]', '["slack:C0123", "slack:C0456"]')
    (here / "kpi.yaml").write_text(text)
    chat.refused["C0123"] = archived("C0123")
    kpi("report", "daily", "--post")
    found = kpi("report", "daily", "--edit")
    assert found.code == 1
    assert "unchanged daily/slack:C0123/" in found.out
    assert "edited    daily/slack:C0456/" in found.out
