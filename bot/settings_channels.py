"""The part of kpi.yaml that says how posts travel: `fallback`, `budget`, `slack` and `discord`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from bot.settings_access import ChannelId, Section, channel_id
from kpi.document import Document, Path, Wrong, nearest

DEFAULT = "default"
"""The routes, and the budget, of every channel that has none of its own."""


def _route(value: str) -> str:
    """A channel's id, or @ and the name of a person, who gets a direct message."""
    if value.startswith("@"):
        if not value[1:].strip():
            raise Wrong("names nobody", "write @ and a name that stands under `people`")
        return value
    return channel_id(value)


def _origin(value: str) -> str:
    return value if value == DEFAULT else channel_id(value)


Channels = tuple[ChannelId, ...]
Route = Annotated[str, AfterValidator(_route)]
Origin = Annotated[str, AfterValidator(_origin)]
Fallback = dict[Origin, tuple[Route, ...]]
"""By channel, or `default`: the channels and people that are tried in turn."""


Messages = Annotated[int, Field(ge=1, le=1_000)]
Budget = dict[Origin, Messages]
"""By channel, or `default`: how many messages a week it takes before daily reports are folded."""


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


def check_channels(document: Document) -> None:
    """Records a fault for every channel that stands twice, every route back to where it comes from, every
    person under `fallback` whom `people` does not hold, and every budget of a channel without reports."""
    named: set[str] = set()
    for path, targets in _lists(document, "channels"):
        _check_once(document, path, targets)
        named.update(targets)
    for _, targets in _lists(document, "alerts"):
        named.update(targets)
    _check_budgets(document, named)
    people = document.data.get("people") or {}
    for path, routes in _lists(document, "fallback"):
        _check_once(document, path, routes)
        for position, route in enumerate(routes):
            if route == path[-1]:
                document.fault((*path, position), f"{route} falls back on itself", "name another channel")
            elif isinstance(people, dict) and route[:1] == "@" and route[1:].strip() not in ("", *people):
                hint = nearest(route[1:], people) if people else "add the person under `people`"
                told = f"there is nobody called `{route[1:]}` under `people`"
                document.fault((*path, position), told, hint)


def _check_budgets(document: Document, named: set[str]) -> None:
    budget = document.data.get("budget")
    for channel in budget if isinstance(budget, dict) else ():
        is_channel = isinstance(channel, str) and channel.startswith(("slack:", "discord:"))
        if is_channel and channel not in named:
            hint = nearest(channel, named) or "name a channel that stands under `channels`"
            document.fault(("budget", channel), f"no report is posted to {channel}", hint)


def _check_once(document: Document, path: Path, texts: list[str]) -> None:
    for position, text in enumerate(texts):
        if text and text in texts[:position]:
            document.fault((*path, position), f"{text} stands there twice", "keep one of them")


def _lists(document: Document, key: str) -> Iterator[tuple[Path, list[str]]]:
    """The lists under `key`; what is no text in them, and was told of already, is empty here."""
    section = document.data.get(key)
    for name, value in section.items() if isinstance(section, dict) else ():
        if isinstance(value, list):
            yield (key, name), [one if isinstance(one, str) else "" for one in value]


def routes_of(fallback: Mapping[str, tuple[str, ...]], channel: str) -> tuple[str, ...]:
    """The routes that kpi.yaml names for a channel such as slack:C0123."""
    return fallback.get(channel, fallback.get(DEFAULT, ()))


def budget_of(budget: Mapping[str, int], channel: str) -> int | None:
    """How many messages a week a channel such as slack:C0123 takes; None where that is not limited."""
    return budget.get(channel, budget.get(DEFAULT))
