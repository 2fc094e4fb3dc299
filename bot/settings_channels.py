"""The part of kpi.yaml that says how posts travel: `fallback`, `slack` and `discord`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from bot.settings_access import Section, channel_id
from kpi.document import Document, Wrong, nearest

DEFAULT = "default"
"""The routes of every channel that has none of its own."""


def _route(value: str) -> str:
    """A channel's id, or @ and the name of a person, who gets a direct message."""
    if value.startswith("@"):
        if not value[1:].strip():
            raise Wrong("names nobody", "write @ and a name that stands under `people`")
        return value
    return channel_id(value)


def _known_origins(value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    for origin, routes in value.items():
        if origin != DEFAULT:
            channel_id(origin)
        if origin in routes:
            raise Wrong(f"{origin} falls back on itself", "name another channel")
    return value


Route = Annotated[str, AfterValidator(_route)]
Fallback = Annotated[dict[str, tuple[Route, ...]], AfterValidator(_known_origins)]
"""By channel, or `default`: the channels and people that are tried in turn."""


class SlackEntry(Section):
    """How the bot looks in Slack."""

    charts: Literal["image", "native"] = Field(
        "image", description="Charts as pictures, or as Slack's own chart blocks where they can show them."
    )


class DiscordEntry(Section):
    """What the bot may listen to in Discord, beyond commands. Each needs its switch in Discord's portal."""

    guild: str | None = Field(
        None, pattern=r"^\d{5,}$", description="The server whose commands appear at once."
    )
    members: bool = Field(False, description="Count joins and leaves (the members intent).")
    message_content: bool = Field(False, description="See which messages ask (the message content intent).")


def check_fallback(document: Document) -> None:
    """Records a fault for every person under `fallback` whom `people` does not hold."""
    people, fallback = document.data.get("people") or {}, document.data.get("fallback")
    if not isinstance(people, dict) or not isinstance(fallback, dict):
        return  # said already
    for origin, routes in fallback.items():
        for position, route in enumerate(_texts(routes)):
            if route.startswith("@") and route[1:] not in people:
                path = ("fallback", origin, position)
                hint = nearest(route[1:], people) if people else "add the person under `people`"
                document.fault(path, f"there is nobody called `{route[1:]}` under `people`", hint)


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def routes_of(fallback: Mapping[str, tuple[str, ...]], channel: str) -> tuple[str, ...]:
    """The routes that kpi.yaml names for a channel such as slack:C0123."""
    return fallback.get(channel, fallback.get(DEFAULT, ()))
