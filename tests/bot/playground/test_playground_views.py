"""Home tabs and modals over the Web API: triggers, stacks, hashes, and what a view may hold."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.playground.slack_error import SlackError
from bot.playground.view_rules import check_view

DIVIDER = {"type": "divider"}


def plain(text: str = "x") -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def field(kind: str = "plain_text_input", block_id: str = "b", **more: Any) -> dict[str, Any]:
    element = {"type": kind, "action_id": "a", **more}
    return {"type": "input", "block_id": block_id, "label": plain("Value"), "element": element}


def modal(*blocks: Any, **more: Any) -> dict[str, Any]:
    return {
        "type": "modal",
        "title": plain("Record"),
        "submit": plain("Save"),
        "blocks": list(blocks),
        **more,
    }


def home(*blocks: Any, **more: Any) -> dict[str, Any]:
    return {"type": "home", "blocks": list(blocks), **more}


def option(value: str) -> dict[str, Any]:
    return {"text": plain(value), "value": value}


def is_usable(_file: dict[str, Any]) -> bool:
    return True


FITS = [
    home(*[DIVIDER] * 100),
    home(private_metadata="x" * 3000, callback_id="x" * 255),
    modal(*[DIVIDER] * 100, title=plain("x" * 24), submit=plain("x" * 24), close=plain("x" * 24)),
    modal(field(multiline=True, max_length=3000, placeholder=plain("x" * 150), initial_value="7")),
    modal(field("external_select", min_query_length=0, initial_option=option("kpi"))),
    modal(field("static_select", options=[option(str(n)) for n in range(100)], initial_option=option("7"))),
    modal(field("datepicker", initial_date="2026-11-23")),
    modal(field("radio_buttons", options=[option("a"), option("b")], initial_option=option("b"))),
    modal(field("checkboxes", options=[option("a"), option("b")], initial_options=[option("a")])),
    modal({**field(), "optional": True, "hint": plain(), "dispatch_action": True}),
]
BREAKS = [
    (home(*[DIVIDER] * 101), "no more than 100 items allowed", "/blocks"),
    (home(title=plain()), "invalid additional property: title", ""),
    (home({"type": "data_visualization"}), "unsupported type: data_visualization", "/blocks/0/type"),
    (home({"type": "table", "rows": []}), "unsupported type: table", "/blocks/0/type"),
    (home({"type": "markdown", "text": "x"}), "unsupported type: markdown", "/blocks/0/type"),
    (home(private_metadata="x" * 3001), "must be less than 3001 characters", "/private_metadata"),
    (
        home({**DIVIDER, "block_id": "a"}, {**DIVIDER, "block_id": "a"}),
        'block_id "a" already exists',
        "/blocks/1/block_id",
    ),
    (modal(title=plain("x" * 25)), "must be less than 25 characters", "/title/text"),
    (modal(submit=plain("x" * 25)), "must be less than 25 characters", "/submit/text"),
    (modal(close=plain("x" * 25)), "must be less than 25 characters", "/close/text"),
    (modal(callback_id="x" * 256), "must be less than 256 characters", "/callback_id"),
    ({"type": "modal", "blocks": []}, "missing required field: title", ""),
    (
        {"type": "modal", "title": plain(), "blocks": [field()]},
        "must define `submit` to use an `input` block in modals",
        "",
    ),
    (
        modal({"type": "input", "element": {"type": "plain_text_input"}}),
        "missing required field: label",
        "/blocks/0",
    ),
    (modal(field("button", text=plain())), "unsupported type: button", "/blocks/0/element/type"),
    (modal(field(max_length=3001)), "must be between 1 and 3000", "/blocks/0/element/max_length"),
    (
        modal(field(placeholder=plain("x" * 151))),
        "must be less than 151 characters",
        "/blocks/0/element/placeholder/text",
    ),
    (
        modal(field("static_select", options=[option(str(n)) for n in range(101)])),
        "no more than 100 items allowed",
        "/blocks/0/element/options",
    ),
    (
        modal(field("static_select", options=[option("a")], initial_option=option("b"))),
        "initial_option must be one of the options",
        "/blocks/0/element/initial_option",
    ),
    (
        modal(field("radio_buttons", options=[option(str(n)) for n in range(11)])),
        "no more than 10 items allowed",
        "/blocks/0/element/options",
    ),
    (
        modal(field("datepicker", initial_date="23 Nov")),
        "must be a date in the format YYYY-MM-DD",
        "/blocks/0/element/initial_date",
    ),
]


@pytest.mark.parametrize("view", FITS, ids=lambda view: view["type"])
def test_view_at_its_limits_is_taken(view):
    assert check_view(view, view["type"], is_usable) == view


@pytest.mark.parametrize(("view", "message", "pointer"), BREAKS)
def test_view_over_a_limit_is_refused_with_its_spot(view, message, pointer):
    with pytest.raises(SlackError, match="invalid_arguments") as refused:
        check_view(view, view["type"], is_usable)
    assert f"[ERROR] {message} [json-pointer:/view{pointer}]" in refused.value.messages


def test_view_of_more_than_250_kilobytes_is_too_large():
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}
    with pytest.raises(SlackError, match="view_too_large"):
        check_view(home(*[section] * 90), "home", is_usable)


async def test_trigger_opens_one_view_within_three_seconds(listening):
    clock = [1_000_000_000.0]
    async with listening(now=lambda: clock[0]) as (playground, listener):
        client, standin = playground.client, playground.standin
        await standin.global_shortcut("ask")
        await standin.global_shortcut("ask")
        first, second = (payload["trigger_id"] for payload in listener.payloads)
        clock[0] += 3
        opened = await client.views_open(trigger_id=first, view=modal(DIVIDER))
        assert standin.modals()[0]["id"] == opened["view"]["id"] == opened["view"]["root_view_id"]
        clock[0] += 0.1
        for trigger, error in (
            (first, "exchanged_trigger_id"),
            (second, "expired_trigger_id"),
            ("1.2.3", "invalid_trigger_id"),
        ):
            with pytest.raises(SlackApiError, match=error):
                await client.views_open(trigger_id=trigger, view=modal(DIVIDER))


async def test_three_modals_lie_on_each_other_and_no_more(listening):
    async with listening() as (playground, listener):
        client, standin = playground.client, playground.standin
        button = {"type": "button", "text": plain("More"), "action_id": "more"}
        view = modal({"type": "actions", "elements": [button]})
        await standin.global_shortcut("ask")
        await client.views_open(trigger_id=listener.payloads[-1]["trigger_id"], view=view)
        for _ in range(2):
            await standin.press("More")
            await client.views_push(trigger_id=listener.payloads[-1]["trigger_id"], view=view)
        root, middle, top = standin.modals()
        assert (top["root_view_id"], top["previous_view_id"]) == (root["id"], middle["id"])
        await standin.press("More")
        with pytest.raises(SlackApiError, match="push_limit_reached"):
            await client.views_push(trigger_id=listener.payloads[-1]["trigger_id"], view=view)
        await standin.close_modal(top["id"])
        assert [each["id"] for each in standin.modals()] == [root["id"], middle["id"]]


async def test_modal_is_pushed_only_from_a_modal(listening):
    async with listening() as (playground, listener):
        await playground.standin.global_shortcut("ask")
        with pytest.raises(SlackApiError, match="not_found"):
            await playground.client.views_push(
                trigger_id=listener.payloads[-1]["trigger_id"], view=modal(DIVIDER)
            )


async def test_update_needs_a_shown_view_and_the_newest_hash(listening):
    async with listening() as (playground, listener):
        client, standin = playground.client, playground.standin
        await standin.global_shortcut("ask")
        trigger = listener.payloads[-1]["trigger_id"]
        opened = (await client.views_open(trigger_id=trigger, view=modal(DIVIDER, external_id="form")))[
            "view"
        ]
        changed = modal(DIVIDER, title=plain("Changed"))
        newer = await client.views_update(view_id=opened["id"], view=changed, hash=opened["hash"])
        assert newer["view"]["id"] == opened["id"]
        assert standin.modals()[0]["title"]["text"] == "Changed"
        with pytest.raises(SlackApiError, match="hash_conflict"):
            await client.views_update(view_id=opened["id"], view=changed, hash=opened["hash"])
        with pytest.raises(SlackApiError, match="invalid_arguments"):
            await client.views_update(view_id=opened["id"], view=home(DIVIDER))
        await standin.close_modal(opened["id"])
        with pytest.raises(SlackApiError, match="not_found"):
            await client.views_update(view_id=opened["id"], view=changed)


async def test_external_id_names_one_shown_view(playground):
    publish = playground.client.views_publish
    await publish(user_id="U0DANA", view=home(DIVIDER, external_id="dana"))
    await publish(user_id="U0DANA", view=home(DIVIDER, external_id="dana"))
    with pytest.raises(SlackApiError, match="duplicate_external_id"):
        await publish(user_id="U0LEE", view=home(DIVIDER, external_id="dana"))
    updated = await playground.client.views_update(external_id="dana", view=home())
    assert updated["view"]["blocks"] == []
    with pytest.raises(SlackApiError, match="not_found"):
        await playground.client.views_update(external_id="nobody", view=home())
