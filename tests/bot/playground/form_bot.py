"""A small bot on the real framework with a Home tab, a form, a shortcut and direct messages."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.config import Shortcut
from tests.bot.playground.serving import SECRET

SHORTCUTS = (Shortcut("ask_kpi", "Ask KPI"), Shortcut("record", "Record a value", "global"))
KPIS = ("GitHub stars", "Star growth", "Website uptime", "Weekly sign-ups")


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def option(text: str) -> dict[str, Any]:
    return {"text": plain(text), "value": text.lower()}


def words(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def field(name: str, label: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": name,
        "label": plain(label),
        "element": {**element, "action_id": name},
        **more,
    }


FORM = {
    "type": "modal",
    "callback_id": "record",
    "title": plain("Record a value"),
    "submit": plain("Save"),
    "close": plain("Cancel"),
    "blocks": [
        field(
            "kpi",
            "KPI",
            {"type": "external_select", "min_query_length": 1, "placeholder": plain("Name of a KPI")},
        ),
        field(
            "value",
            "Value",
            {"type": "plain_text_input"},
            hint=plain("A number with its unit: 52, 12 %, $1.2M"),
        ),
        field("day", "Day", {"type": "datepicker", "initial_date": "2026-11-23"}),
        field(
            "kind",
            "How sure is it?",
            {"type": "radio_buttons", "options": [option("Final"), option("Estimate")]},
            optional=True,
        ),
        field("note", "Note", {"type": "plain_text_input", "multiline": True}, optional=True),
    ],
}
HOME = {
    "type": "home",
    "blocks": [
        {"type": "header", "text": plain("Monday 23 Nov: stars ahead, sign-ups stopped")},
        words("● *GitHub stars* 1,234 of 5,000 by day 90\n▲ *Sign-ups* 0 since Sat 14:10"),
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "action_id": "record",
                    "text": plain("Record a value"),
                    "style": "primary",
                },
                {
                    "type": "overflow",
                    "action_id": "more",
                    "options": [option("Silence for an hour"), option("Why")],
                },
            ],
        },
        {"type": "divider"},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "GitHub, 06:02 Berlin, 3 h ago"}]},
    ],
}


def form_bot(client: AsyncWebClient) -> AsyncApp:
    """Fills its Home tab when it is opened, takes a form, answers shortcuts and direct messages."""
    app = AsyncApp(client=client, signing_secret=SECRET)

    @app.event("app_home_opened")
    async def opened(event: dict[str, Any], client: AsyncWebClient) -> None:
        if event["tab"] == "home":
            await client.views_publish(user_id=event["user"], view=HOME)

    @app.event("message")
    async def said(event: dict[str, Any], client: AsyncWebClient) -> None:
        if "bot_id" not in event and "subtype" not in event:
            await client.chat_postMessage(channel=event["channel"], text=f"You asked: {event['text']}")

    @app.action("more")
    async def more(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        chosen = body["actions"][0]["selected_option"]["text"]["text"]
        blocks = [words(f"Chosen: {chosen}"), *HOME["blocks"]]
        await client.views_publish(user_id=body["user"]["id"], view={**HOME, "blocks": blocks})

    @app.action("record")
    @app.shortcut("record")
    async def record(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)

    _answer_forms(app)
    return app


def _answer_forms(app: AsyncApp) -> None:
    @app.options("kpi")
    async def offer(ack: Any, body: dict[str, Any]) -> None:
        await ack(options=[option(name) for name in KPIS if body["value"].lower() in name.lower()])

    @app.view("record")
    async def save(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        values = body["view"]["state"]["values"]
        value, kpi = values["value"]["value"]["value"], values["kpi"]["kpi"]["selected_option"]
        if not value[0].isdigit():
            await ack(
                response_action="errors",
                errors={"value": f'"{value}" is no number: write 52, 12 % or $1.2M.'},
            )
            return
        await ack()
        text = f"Recorded {kpi['text']['text']}: {value}"
        await client.chat_postMessage(channel=body["user"]["id"], text=text)

    @app.shortcut("ask_kpi")
    async def ask(ack: Any, body: dict[str, Any], respond: Any) -> None:
        await ack()
        await respond(text=f"You asked about: {body['message']['text']}")
