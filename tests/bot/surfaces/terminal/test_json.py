"""A reply for programs: every block by its type, and the numbers behind the words."""

from __future__ import annotations

import json

import pytest

from bot.reply import Reply, line
from bot.surfaces.terminal.json import as_json
from tests.bot.surfaces.samples import CASES, DAILY


@pytest.mark.parametrize("reply", CASES.values(), ids=CASES.keys())
def test_every_reply_is_plain_json(reply: Reply) -> None:
    found = json.loads(json.dumps(as_json(reply)))
    assert found["text"] == reply.text
    assert len(found["blocks"]) == len(reply.blocks)
    assert {block["type"] for block in found["blocks"]} <= {
        *("heading", "text", "note", "facts", "table", "chart", "divider", "actions")
    }


def test_data_and_thread_come_with_it() -> None:
    found = as_json(Reply("It is 5.", (line("It is 5."),), data={"value": 5}))
    assert found == {
        "text": "It is 5.",
        "blocks": [{"type": "text", "text": "It is 5."}],
        "data": {"value": 5},
    }
    assert [one["text"] for one in as_json(DAILY)["thread"]] == [one.text for one in DAILY.thread]
