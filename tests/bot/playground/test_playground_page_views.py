"""The page's own endpoints for tabs, modals, menus and shortcuts: what they do, and what they refuse."""

from __future__ import annotations

import pytest
from starlette.responses import JSONResponse, Response

from tests.bot.playground.form_bot import SHORTCUTS
from tests.bot.playground.test_playground_forms import FORM, STARS, opened
from tests.bot.playground.test_playground_page_api import post
from tests.bot.playground.test_playground_views import field, home, modal, option, plain

FINE = {"ok": True, "error": "", "detail": ""}


async def test_tab_is_told_to_the_bot(listening):
    async with listening() as (playground, listener):
        assert await post(playground, "/playground/tab", {"tab": "home"}) == (200, FINE)
        assert (await post(playground, "/playground/tab", {"tab": "about"}))[0] == 400
        await playground.standin.outgoing.settle()
        assert [event["tab"] for event in listener.events] == ["home"]


async def test_form_is_filled_and_sent_from_the_page(listening):
    async with listening(Response, lambda: JSONResponse(STARS)) as (playground, listener):
        view_id = await opened(playground, listener)
        asked = {"view_id": view_id, "action_id": "kpi", "text": "star"}
        _, offered = await post(playground, "/playground/suggest", asked)
        assert [each["value"] for each in offered["options"]] == ["hektor/stars", "hektor/star-growth"]
        sent = {"view_id": view_id, "values": {"kpi": "hektor/stars", "value": ""}}
        _, told = await post(playground, "/playground/submit", sent)
        assert told["errors"] == {"value": "Please complete this required field."}
        sent["values"]["value"] = "52"
        assert await post(playground, "/playground/submit", sent) == (200, FINE)
        assert listener.payloads[-1]["type"] == "view_submission"


async def test_type_ahead_says_when_the_bot_fails(listening):
    async with listening(Response, lambda: Response(status_code=500)) as (playground, listener):
        view_id = await opened(playground, listener)
        asked = {"view_id": view_id, "action_id": "kpi", "text": "star"}
        _, told = await post(playground, "/playground/suggest", asked)
        assert told["error"] == "dispatch_failed"
        assert (await post(playground, "/playground/suggest", {**asked, "action_id": "x"}))[0] == 400


async def test_press_in_a_view_finds_its_button_or_says_it_is_gone(listening):
    async with listening() as (playground, listener):
        button = {"type": "button", "action_id": "why", "text": plain("Why")}
        view = home({"type": "actions", "block_id": "b", "elements": [button]})
        name = (await playground.client.views_publish(user_id="U0DANA", view=view))["view"]["id"]
        spot = {"view_id": name, "block_id": "b", "action_id": "why"}
        assert await post(playground, "/playground/press", spot) == (200, FINE)
        for wrong in ({"action_id": "gone"}, {"view_id": "V0NONE"}, {"values": {"nowhere": "x"}}):
            assert (await post(playground, "/playground/press", {**spot, **wrong}))[0] == 400
        assert [payload["actions"][0]["action_id"] for payload in listener.payloads] == ["why"]


async def test_views_of_others_are_out_of_reach(listening):
    async with listening() as (playground, listener):
        await playground.standin.global_shortcut("record", "U0LEE")
        trigger = listener.payloads[-1]["trigger_id"]
        view = (await playground.client.views_open(trigger_id=trigger, view=FORM))["view"]
        for path in ("press", "submit", "close", "suggest"):
            assert (await post(playground, f"/playground/{path}", {"view_id": view["id"]}))[0] == 400
        assert len(playground.standin.modals("U0LEE")) == 1


async def test_made_up_choice_is_refused(listening):
    async with listening() as (playground, listener):
        view = modal(field("static_select", options=[option("a")]))
        view_id = await opened(playground, listener, view)
        status, told = await post(
            playground, "/playground/submit", {"view_id": view_id, "values": {"b": "z"}}
        )
        assert status == 400
        assert "was not offered" in told["detail"]


async def test_modal_is_closed_from_the_page(listening):
    async with listening() as (playground, listener):
        view_id = await opened(playground, listener)
        assert await post(playground, "/playground/close", {"view_id": view_id}) == (200, FINE)
        assert playground.standin.modals() == []


async def test_only_shortcuts_of_the_manifest_are_there(listening):
    async with listening(shortcuts=SHORTCUTS) as (playground, listener):
        said = await playground.standin.say("Stars are down")
        spot = {"callback_id": "ask_kpi", "room": "C0GENERAL", "ts": said["ts"]}
        assert await post(playground, "/playground/shortcut", spot) == (200, FINE)
        assert await post(playground, "/playground/shortcut", {"callback_id": "record"}) == (200, FINE)
        for wrong in ({"callback_id": "other"}, {"ts": "1.0"}, {"room": "C0NONE"}):
            assert (await post(playground, "/playground/shortcut", {**spot, **wrong}))[0] == 400
        assert [payload["type"] for payload in listener.payloads] == ["message_action", "shortcut"]


@pytest.mark.parametrize("path", ["tab", "press", "submit", "close", "suggest", "shortcut"])
async def test_other_sites_cannot_act(playground, path):
    answer = await post(playground, f"/playground/{path}", {}, Origin="http://evil.test")
    assert answer[0] == 403
