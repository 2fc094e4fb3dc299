"""`kpi report` and `schedule`: composed, written, posted once."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bot.playground.faults import refused
from tests.bot.cli.conftest import Kpi
from tests.e2e.slack import CHANNEL, Slack


@pytest.fixture
def stars(here: Path, kpi: Kpi) -> None:
    rows = "".join(f"github.stars,2026-10-{day:02},{10 * day}\n" for day in range(1, 32))
    kpi("import", "-", stdin=f"metric,at,value\n{rows}".encode())


@pytest.mark.usefixtures("stars")
def test_a_report_is_printed(kpi: Kpi) -> None:
    found = kpi("report", "daily", "--for", "2026-10-14")
    assert (found.code, found.err) == (0, "")
    assert "Wednesday 14 Oct" in found.out
    assert "Stars up 10" in found.out


@pytest.mark.usefixtures("stars")
def test_a_report_is_written_as_block_kit_and_png(here: Path, kpi: Kpi) -> None:
    found = kpi("report", "daily", "--for", "2026-10-14", "--out", "out/daily")
    assert found.code == 0
    written = [Path(line) for line in found.out.splitlines()]
    assert [path.suffix for path in written] == [".json", ".png"]
    assert written[1].read_bytes().startswith(b"\x89PNG")
    post = json.loads(written[0].read_text())
    assert "Stars up 10" in post["text"]
    [image] = [block for block in post["blocks"] if block["type"] == "image"]
    assert image["slack_file"]["id"] == written[1].name
    assert {block["type"] for one in post["thread"] for block in one["blocks"]} <= {
        "rich_text",
        "table",
        "context",
    }
    assert post["data"]["day"] == "2026-10-14"


def test_a_folder_that_cannot_be_made_is_said(here: Path, kpi: Kpi) -> None:
    (here / "file").write_text("")
    found = kpi("report", "daily", "--out", "file/out")
    assert found.code == 2
    assert "cannot be made" in found.err


def test_a_report_is_posted_once_a_day(kpi: Kpi, slack: Slack) -> None:
    first = kpi("report", "daily", "--post")
    assert first.code == 0, first
    assert first.out.startswith("delivered daily/slack:C0123/")
    second = kpi("report", "daily", "--post")
    assert second.code == 0
    assert "is in the ledger already" in second.out
    assert len(slack.keys()) == 1
    assert "Late" not in json.dumps(slack.standin.messages(CHANNEL))


def test_again_posts_once_more(kpi: Kpi, slack: Slack) -> None:
    kpi("report", "daily", "--post")
    assert kpi("report", "daily", "--post", "--again").code == 0
    assert len(slack.keys()) == 2


def test_a_past_day_is_posted_as_late(kpi: Kpi, slack: Slack) -> None:
    assert kpi("report", "daily", "--for", "2026-10-14", "--post").code == 0
    assert slack.keys() == ["daily/slack:C0123/2026-10-14"]
    assert "Late: it was due 14 Oct 09:00." in json.dumps(slack.standin.messages(CHANNEL))


def test_a_refused_post_exits_1_and_stays_in_the_receipts(kpi: Kpi, slack: Slack) -> None:
    slack.standin.inject("chat.postMessage", refused("is_archived"), 9)
    found = kpi("report", "daily", "--post")
    assert found.code == 1
    assert "is_archived" in found.out
    summary, row = kpi("receipts").out.splitlines()
    assert summary == "30 days: 1 promised, 0 delivered, 1 failed, 0 missed, 0 twice"
    assert row.startswith("failed    daily/slack:C0123/")
    assert "Unarchive the channel" in row


def test_a_wrong_token_is_said_and_nothing_is_lost(
    kpi: Kpi, slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-wrong")
    found = kpi("report", "daily", "--post")
    assert found.code == 1
    assert "SLACK_BOT_TOKEN: invalid_auth" in found.out
    assert found.out.startswith("owed ")


def test_posting_without_a_token_says_which_is_missing(here: Path, kpi: Kpi) -> None:
    found = kpi("report", "daily", "--post")
    assert found.code == 2
    assert "SLACK_BOT_TOKEN" in found.err
    assert kpi("receipts").out == "Nothing was promised yet.\n"


def test_the_schedule_shows_offsets(here: Path, kpi: Kpi) -> None:
    lines = kpi("schedule", "--next", "300").out.splitlines()
    assert len(lines) == 300
    assert all(
        re.fullmatch(
            r"\w{3} \d{4}-\d\d-\d\d 09:00 \+0[12]00 Europe/Berlin  daily/slack:C0123  on weekdays", one
        )
        for one in lines
    )
    assert not any(line.startswith(("Sat", "Sun")) for line in lines)
    assert lines == sorted(lines, key=lambda line: line[4:])


def test_nothing_scheduled_is_said(here: Path, kpi: Kpi) -> None:
    text = (here / "kpi.yaml").read_text().split("channels:")[0]
    (here / "kpi.yaml").write_text(text)
    assert kpi("schedule").code == 2
