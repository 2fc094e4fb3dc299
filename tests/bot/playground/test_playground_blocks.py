"""Block Kit's limits, each with the JSON pointer to the spot that breaks it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.playground.block_rules import check_message
from bot.playground.slack_error import SlackError


def text(length: int = 1, kind: str = "mrkdwn") -> dict[str, Any]:
    return {"type": kind, "text": "x" * length}


def plain(length: int = 1) -> dict[str, Any]:
    return text(length, "plain_text")


def section(**fields: Any) -> dict[str, Any]:
    return {"type": "section", **fields}


def button(**fields: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain(), **fields}


def actions(*elements: Any) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def cell(length: int = 1) -> dict[str, Any]:
    return {"type": "raw_text", "text": "x" * length}


def number(value: Any = 1) -> dict[str, Any]:
    return {"type": "raw_number", "value": value, "text": "1"}


def table(rows: list[Any], kind: str = "table", **fields: Any) -> dict[str, Any]:
    return {"type": kind, "rows": rows, **fields}


def image(**fields: Any) -> dict[str, Any]:
    return {"type": "image", "alt_text": "x", **fields}


def rich(*elements: Any) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


FILE = {"id": "F1"}

FITS = [
    {"type": "header", "text": plain(150)},
    section(text=text(3000)),
    section(fields=[text(900)] * 10),
    section(text=text(), accessory=button(url="https://example.org")),
    section(text={**text(), "verbatim": True}, expand=True),
    {"type": "context", "elements": [text(), plain(), image(image_url="https://example.org/x.png")]},
    actions(*[button(action_id=str(n)) for n in range(25)]),
    image(slack_file=FILE, title=plain()),
    image(slack_file={"url": "https://example.org/F1"}),
    table([[cell()] * 20] * 100),
    table([[cell(), rich({"type": "text", "text": "x", "style": {"bold": True}}), number(1.5)]]),
    table([[cell()], [number()]], "data_table", caption="x", page_size=100),
    rich(
        {"type": "date", "timestamp": 1, "format": "{date}"}, {"type": "link", "url": "https://example.org"}
    ),
    {"type": "markdown", "text": "x" * 12_000},
    actions({"type": "overflow", "options": [{"text": plain(), "value": "1"}]}),
    {"type": "divider", "block_id": "x" * 255},
]

BREAKS = [
    ({"type": "header", "text": plain(151)}, "must be less than 151 characters", "/text/text"),
    ({"type": "header", "text": text()}, "unsupported type: mrkdwn", "/text/type"),
    ({"type": "header", "text": plain(0)}, "must be more than 0 characters", "/text/text"),
    (section(), "must define either `text` or `fields`", ""),
    (section(text=text(3001)), "must be less than 3001 characters", "/text/text"),
    (section(fields=[text()] * 11), "no more than 10 items allowed", "/fields"),
    (section(fields=[text(2001)]), "must be less than 2001 characters", "/fields/0/text"),
    (section(text="x"), "must be an object", "/text"),
    (section(text=text(), colour="red"), "invalid additional property: colour", ""),
    ({"type": "context", "elements": [text()] * 11}, "no more than 10 items allowed", "/elements"),
    ({"type": "context", "elements": [button()]}, "unsupported type: button", "/elements/0/type"),
    (actions(), "no less than 1 items allowed", "/elements"),
    (actions(*[button()] * 26), "no more than 25 items allowed", "/elements"),
    (actions(button(text=plain(76))), "must be less than 76 characters", "/elements/0/text/text"),
    (actions(button(value="x" * 2001)), "must be less than 2001 characters", "/elements/0/value"),
    (actions(button(action_id="x" * 256)), "must be less than 256 characters", "/elements/0/action_id"),
    (actions(button(url="x" * 3001)), "must be less than 3001 characters", "/elements/0/url"),
    (actions(button(style="loud")), "must be a valid enum value: primary, danger", "/elements/0/style"),
    (
        actions(button(action_id="a"), button(action_id="a")),
        'action_id "a" already exists',
        "/elements/1/action_id",
    ),
    ({"type": "image", "slack_file": FILE}, "missing required field: alt_text", ""),
    (image(), "must define either `image_url` or `slack_file`", ""),
    (image(image_url="x", slack_file=FILE), "must define either `image_url` or `slack_file`", ""),
    (image(slack_file={"id": "F1", "url": "x"}), "must define either `id` or `url`", "/slack_file"),
    (image(slack_file={}), "must define either `id` or `url`", "/slack_file"),
    (image(slack_file={"id": "F0LATE"}), "invalid slack file", "/slack_file"),
    (table([[cell()] * 21]), "no more than 20 items allowed", "/rows/0"),
    (table([[cell()]] * 101), "no more than 100 items allowed", "/rows"),
    (table([[cell(5001), cell(5000)]]), "must be less than 10001 characters", "/rows"),
    (table([[cell(0)]]), "must be more than 0 characters", "/rows/0/0/text"),
    (table([[number("1")]]), "must be a number", "/rows/0/0/value"),
    (table([[number()]], "data_table", caption="x"), "header cells must be raw_text", "/rows/0/0/type"),
    (
        table([[cell()], [cell()] * 2], "data_table", caption="x"),
        "rows must have the same number of cells",
        "/rows",
    ),
    (table([[cell()]], "data_table"), "missing required field: caption", ""),
    (
        rich({"type": "text", "text": "x", "style": {"bold": 1}}),
        "must be a boolean",
        "/elements/0/elements/0/style/bold",
    ),
    ({"type": "alert"}, "unsupported type: alert", "/type"),
    ({}, "missing required field: type", ""),
    ("divider", "must be an object", ""),
]


def is_usable(file: dict[str, Any]) -> bool:
    return file.get("id") != "F0LATE"


@pytest.mark.parametrize("block", FITS, ids=lambda block: block["type"])
def test_block_at_its_limits_is_taken(block):
    assert check_message([block], is_usable) == [block]


@pytest.mark.parametrize(("block", "message", "pointer"), BREAKS)
def test_block_over_a_limit_is_refused_with_its_spot(block, message, pointer):
    with pytest.raises(SlackError) as refused:
        check_message([{"type": "divider"}, block], is_usable)
    assert refused.value.error == "invalid_blocks"
    assert f"[ERROR] {message} [json-pointer:/blocks/1{pointer}]" in refused.value.messages


def test_message_holds_fifty_blocks():
    divider = {"type": "divider"}
    check_message([divider] * 50, is_usable)
    with pytest.raises(SlackError) as refused:
        check_message([divider] * 51, is_usable)
    assert refused.value.messages == ("[ERROR] no more than 50 items allowed [json-pointer:/blocks]",)


def test_second_table_is_refused():
    tables = [table([[cell()]]), table([[cell()]], "data_table", caption="x")]
    with pytest.raises(SlackError) as refused:
        check_message(tables, is_usable)
    assert (refused.value.error, *refused.value.messages) == (
        "invalid_attachments",
        "[ERROR] only_one_table_allowed",
    )


def test_block_ids_are_unique():
    with pytest.raises(SlackError) as refused:
        check_message([{"type": "divider", "block_id": "a"}] * 2, is_usable)
    assert refused.value.messages == (
        '[ERROR] block_id "a" already exists [json-pointer:/blocks/1/block_id]',
    )


def test_every_fault_is_told_at_once():
    with pytest.raises(SlackError) as refused:
        check_message([section(), {"type": "alert"}], is_usable)
    assert len(refused.value.messages) == 2
