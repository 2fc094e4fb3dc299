"""A question of a person on its way to the dispatcher and back: off the loop, in turn, within a time."""

from __future__ import annotations

import asyncio
import logging
import secrets

from bot.reply import Reply, line, note
from bot.surfaces.base import Ask, Invocation
from bot.surfaces.slack.config import SlackConfig
from bot.surfaces.slack.inbound import Question
from bot.surfaces.slack.lookups import Channels, Zones
from bot.surfaces.slack.spans import SURFACE

log = logging.getLogger(__name__)

AT_ONCE = 16
"""Questions asked at the same time; further ones wait their turn."""
HOME = "home"
"""What is asked for somebody's Home."""
_SUBSCRIBES = "subscribe"


class Asking:
    """Asks as the person who asked, from where they asked."""

    def __init__(self, config: SlackConfig, ask: Ask, channels: Channels, zones: Zones) -> None:
        self._config, self._ask = config, ask
        self._channels, self._zones = channels, zones
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def invocation(self, question: Question) -> Invocation:
        """The question with what is known about its place and its person."""
        is_shared = question.is_shared
        if is_shared is None and question.channel:
            is_shared = await self._channels.is_shared(question.channel)
        elif not question.channel:
            is_shared = False
        may_be_posted = question.in_channel or "share" in question.text.casefold().split()
        text, user = question.text.casefold(), question.user
        # Their own times are what these two are about; nothing else waits for a zone.
        needs_zone = text.startswith(_SUBSCRIBES) or text == HOME
        return Invocation(
            text=question.text,
            surface=SURFACE,
            user=user,
            channel=question.channel or None,
            # Unknown counts as shared where everybody would read the answer, or may be asked to.
            is_shared=may_be_posted if is_shared is None else is_shared,
            in_channel=question.in_channel,
            zone=await self._zones.soon(user) if needs_zone else self._zones.at_once(user),
            via="" if self._config.ledger == SURFACE else self._config.ledger,
        )

    async def reply(self, invocation: Invocation) -> Reply:
        """The answer; words that say so where there is none in time, or where asking itself fails."""
        try:
            async with self._turns, asyncio.timeout(self._config.timing.ask):
                return await asyncio.to_thread(self._ask, invocation)
        except TimeoutError:
            log.error("no answer in time text=%r", invocation.text)
            return _given_up(self._config.timing.ask)
        except Exception:
            reference = secrets.token_hex(3)
            log.exception("ask failed ref=%s text=%r", reference, invocation.text)
            return failed(reference)


def _given_up(seconds: float) -> Reply:
    words = f"No answer within {seconds:g} s, so it was given up."
    return refused(words, "Ask for a shorter time, or for one KPI.")


def failed(reference: str) -> Reply:
    """What is said of a fault of the bot's own, which the log explains under `reference`."""
    hint = f"The fault is the bot's. Ask again; if it stays, whoever runs it finds {reference} in the log."
    return refused(f"That did not work (ref {reference}).", hint)


def refused(words: str, hint: str) -> Reply:
    """A private reply that says what is wrong and what to do."""
    return Reply(f"{words} {hint}", (line(words), note(hint)), data={"error": words, "hint": hint})
