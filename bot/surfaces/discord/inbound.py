"""What people type and press, as Discord sends it, turned into questions. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.commands.base import Command
from bot.surfaces.discord import buttons, modals
from bot.surfaces.discord.commands import typed

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """One thing asked; with `in_channel` everybody there reads the answer."""

    text: str
    in_channel: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the answer may be for all: Discord wants to know before there is one."""
        return self.in_channel or "share" in self.text.casefold().split()


def from_command(data: Payload, commands: Sequence[Command]) -> Question:
    """A typed command."""
    return Question(typed(data, commands))


def from_button(data: Payload) -> buttons.Pressed | None:
    """A pressed button or a choice of a menu; None where it is none of ours."""
    return buttons.pressed(str(data.get("custom_id", "")), data.get("values") or ())


def from_modal(data: Payload) -> Question | None:
    """A filled-in form; None where it is none of ours. Raises `UserError`."""
    text = modals.composed(str(data.get("custom_id", "")), list(data.get("components") or ()))
    return None if text is None else Question(text)
