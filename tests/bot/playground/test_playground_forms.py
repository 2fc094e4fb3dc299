"""Forms, menus and shortcuts: what the app is sent, and how its acknowledgement is taken."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.playground.slack_error import SlackError
from tests.bot.playground.test_playground_views import DIVIDER, field, home, modal, option, plain

FORM = modal(
    field("external_select", "kpi", action_id="kpi", min_query_length=1),
    field(block_id="value", action_id="value"),
    {**field(block_id="note", action_id="note", multiline=True), "optional": True},
    callback_id="record",
    private_metadata="C0GENERAL",
)
STARS = {"options": [option("hektor/stars"), option("hektor/star-growth")]}


async def opened(playground, listener, view: dict[str, Any] = FORM) -> str:
    """The id of a modal that the app opened on a shortcut."""
    await playground.standin.global_shortcut("record")
    trigger = listener.payloads[-1]["trigger_id"]
    answer = await playground.client.views_open(trigger_id=trigger, view=view)
    return str(answer["view"]["id"])


async def test_form_is_sent_with_the_values_of_its_fields(listening):
    answers = [Response, lambda: JSONResponse(STARS), Response]
    async with listening(*answers) as (playground, listener):
        view_id = await opened(playground, listener)
        values = {"kpi": "hektor/stars", "value": "52"}
        assert (await playground.standin.submit(view_id, values, "U0DANA")).error == ""
        asked, sent = listener.payloads[1:]
        assert playground.standin.modals() == []
    assert (asked["type"], asked["action_id"], asked["value"]) == ("block_suggestion", "kpi", "hektor/stars")
    assert (sent["type"], sent["user"]["id"]) == ("view_submission", "U0DANA")
    assert (sent["view"]["callback_id"], sent["view"]["private_metadata"]) == ("record", "C0GENERAL")
    assert sent["view"]["state"]["values"] == {
        "kpi": {"kpi": {"type": "external_select", "selected_option": option("hektor/stars")}},
        "value": {"value": {"type": "plain_text_input", "value": "52"}},
        "note": {"note": {"type": "plain_text_input", "value": None}},
    }


async def test_incomplete_form_is_never_sent(listening):
    async with listening() as (playground, listener):
        view_id = await opened(playground, listener)
        outcome = await playground.standin.submit(view_id, {})
        assert outcome.errors == dict.fromkeys(("kpi", "value"), "Please complete this required field.")
        assert len(listener.payloads) == 1
        assert len(playground.standin.modals()) == 1


async def test_other_fields_say_what_was_chosen(listening):
    options = [option("a"), option("b")]
    view = modal(
        field("datepicker", "day", action_id="day", initial_date="2026-11-23"),
        field("radio_buttons", "one", action_id="one", options=options),
        field("checkboxes", "some", action_id="some", options=options),
        field("static_select", "menu", action_id="menu", options=options, initial_option=option("a")),
    )
    async with listening() as (playground, listener):
        view_id = await opened(playground, listener, view)
        assert not (await playground.standin.submit(view_id, {"one": "b", "some": ["a", "b"]})).error
        state = listener.payloads[-1]["view"]["state"]["values"]
    assert state["day"]["day"]["selected_date"] == "2026-11-23"
    assert state["one"]["one"]["selected_option"] == option("b")
    assert state["some"]["some"]["selected_options"] == options
    assert state["menu"]["menu"]["selected_option"] == option("a")


@pytest.mark.parametrize(
    ("answer", "error", "left"),
    [
        (PlainTextResponse(""), "", 0),
        (JSONResponse({"response_action": "clear"}), "", 0),
        (JSONResponse({"response_action": "errors", "errors": {"value": "Not a number"}}), "errors", 1),
        (JSONResponse({"response_action": "errors", "errors": {"nowhere": "x"}}), "invalid_errors", 1),
        (JSONResponse({"response_action": "errors", "errors": {}}), "invalid_errors", 1),
        (JSONResponse({"response_action": "update", "view": modal(DIVIDER)}), "", 1),
        (JSONResponse({"response_action": "push", "view": modal(DIVIDER)}), "", 2),
        (JSONResponse({"response_action": "push", "view": home(DIVIDER)}), "invalid_arguments", 1),
        (JSONResponse({"response_action": "leap"}), "invalid_response_action", 1),
        (PlainTextResponse("saved"), "invalid_json", 1),
        (PlainTextResponse("", 500), "dispatch_failed", 1),
    ],
)
async def test_acknowledgement_of_a_form_is_obeyed(listening, answer, error, left):
    async with listening(Response, lambda: answer) as (playground, listener):
        view_id = await opened(playground, listener, modal(field(block_id="value")))
        outcome = await playground.standin.submit(view_id, {"value": "fifty"})
        assert outcome.error == error
        assert len(playground.standin.modals()) == left
        if error == "errors":
            assert outcome.errors == {"value": "Not a number"}


async def test_type_ahead_takes_a_hundred_options(listening):
    some, many = ({"options": [option(str(n)) for n in range(size)]} for size in (100, 101))
    async with listening(Response, lambda: JSONResponse(some), lambda: JSONResponse(many)) as (
        playground,
        listener,
    ):
        view_id = await opened(playground, listener)
        assert await playground.standin.suggest(view_id, "kpi", "") == []
        assert len(listener.payloads) == 1
        assert len(await playground.standin.suggest(view_id, "kpi", "s")) == 100
        with pytest.raises(SlackError, match="invalid_options"):
            await playground.standin.suggest(view_id, "kpi", "s")


async def test_only_what_was_offered_can_be_chosen(listening):
    async with listening(Response, lambda: JSONResponse(STARS)) as (playground, listener):
        view_id = await opened(playground, listener)
        with pytest.raises(LookupError, match="was not offered"):
            await playground.standin.submit(view_id, {"kpi": "made-up", "value": "1"})


@pytest.mark.parametrize("asks", [True, False])
async def test_closing_is_told_to_those_who_ask(listening, asks):
    async with listening() as (playground, listener):
        view_id = await opened(playground, listener, modal(DIVIDER, notify_on_close=asks))
        await playground.standin.close_modal(view_id)
        assert ("view_closed" in [payload["type"] for payload in listener.payloads]) == asks


async def test_message_shortcut_carries_its_message(listening):
    async with listening() as (playground, listener):
        said = await playground.standin.say("Stars are down", user="U0LEE")
        await playground.standin.shortcut(said["ts"], "ask_kpi", "U0DANA", channel="C0GENERAL")
        (payload,) = listener.payloads
    assert (payload["type"], payload["callback_id"]) == ("message_action", "ask_kpi")
    assert (payload["user"]["id"], payload["channel"]["id"]) == ("U0DANA", "C0GENERAL")
    assert payload["message"]["text"] == "Stars are down"
    assert payload["message_ts"] == payload["message"]["ts"] == said["ts"]
    assert payload["response_url"].startswith(playground.url)


async def test_global_shortcut_has_no_channel(listening):
    async with listening() as (playground, listener):
        await playground.standin.global_shortcut("ask_kpi", "U0LEE")
        (payload,) = listener.payloads
    assert (payload["type"], payload["user"]["id"]) == ("shortcut", "U0LEE")
    assert "channel" not in payload
    assert "response_url" not in payload


async def test_press_in_the_home_tab_names_its_view(listening):
    menu = {"type": "overflow", "action_id": "more", "options": [option("why"), option("mute")]}
    async with listening() as (playground, listener):
        button = {"type": "button", "text": plain("Record"), "action_id": "record", "value": "stars"}
        blocks = [{"type": "actions", "elements": [button, menu]}]
        published = await playground.client.views_publish(user_id="U0LEE", view=home(*blocks))
        await playground.standin.press("Record", user="U0LEE")
        await playground.standin.press("mute", user="U0LEE")
        pressed, chosen = listener.payloads
    assert pressed["container"] == {"type": "view", "view_id": published["view"]["id"]}
    assert pressed["actions"][0]["value"] == "stars"
    assert chosen["actions"][0]["selected_option"] == option("mute")
    assert "channel" not in pressed


async def test_menu_of_a_message_sends_its_option(listening):
    menu = {"type": "overflow", "action_id": "more", "options": [option("why"), option("mute")]}
    async with listening() as (playground, listener):
        blocks = [{"type": "actions", "elements": [menu]}]
        await playground.client.chat_postMessage(channel="C0GENERAL", text="x", blocks=blocks)
        await playground.standin.choose("why")
        (payload,) = listener.payloads
    assert payload["actions"][0]["selected_option"] == option("why")
    assert payload["actions"][0]["type"] == "overflow"
