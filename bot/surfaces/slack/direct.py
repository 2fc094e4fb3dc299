"""Direct messages: a person's id becomes the place that the bot and the person share.

A message may be posted to a person's id, but its files may not (python-slack-sdk issue 1426), and neither
its history nor its thread can be read: so the place is opened once and used for everything.
"""

from __future__ import annotations

from bot.surfaces.base import Undelivered
from bot.surfaces.slack.api import Api
from bot.surfaces.slack.faults import RefusedError, UnansweredError, UnreachedError, undelivered
from bot.surfaces.slack.spans import PERSON


class Places:
    """Where each post goes, by its channel."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._opened: dict[str, str] = {}

    async def place(self, channel: str) -> str:
        """The id to post to: a channel's own, or for @U0123 that of the direct messages with the person.

        Raises `Undelivered`; opening a place posts nothing, so no outcome is unknown.
        """
        person = channel.removeprefix("@")
        if person == channel and not PERSON.fullmatch(person):
            return channel
        if person not in self._opened:
            self._opened[person] = await self._open(person, channel)
        return self._opened[person]

    async def _open(self, person: str, channel: str) -> str:
        try:
            answer = await self._api.read("conversations.open", users=person)
        except UnansweredError as fault:
            message = f"Slack did not open the direct messages with {channel}: {fault}."
            raise Undelivered(message, "It is tried again.") from fault
        except (RefusedError, UnreachedError) as fault:
            raise undelivered(fault, channel) from fault
        return str(answer["channel"]["id"])
