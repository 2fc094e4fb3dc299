"""One question, exactly one answer: asked off the loop, posted where it was asked, plain when it fails.

The words go out as soon as they are known; the picture that belongs to them follows as a second message, so
that nobody waits for drawing and uploading. In a channel they are one message: there nobody waits alone.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from collections.abc import Sequence
from dataclasses import replace

import aiohttp

from bot.reply import Reply, Visibility, line, note
from bot.surfaces.base import Ask, Invocation
from bot.surfaces.slack import limits
from bot.surfaces.slack.api import Api, named, retry_after
from bot.surfaces.slack.config import SlackConfig
from bot.surfaces.slack.faults import LAYOUT, RefusedError, UnansweredError, UnreachedError
from bot.surfaces.slack.files import Pictures
from bot.surfaces.slack.inbound import Question
from bot.surfaces.slack.render import Message, render
from bot.surfaces.slack.send import Sender, compose, degrading
from bot.surfaces.slack.spans import SURFACE

log = logging.getLogger(__name__)

AT_ONCE = 16
"""Questions asked at the same time; further ones wait their turn."""
SHARED_SECONDS = 600.0
"""How long a channel's being shared is believed."""
LOOK_UP_SECONDS = 2.0
NO_PICTURE = "The chart that belongs here could not be shown."


class Channels:
    """Which channels people outside the company can read."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._known: dict[str, tuple[float, bool]] = {}

    async def is_shared(self, channel: str) -> bool | None:
        """Whether `channel` is shared; None where the bot may not look."""
        until, is_shared = self._known.get(channel, (0.0, False))
        if time.monotonic() < until:
            return is_shared
        try:
            async with asyncio.timeout(LOOK_UP_SECONDS):
                info = (await self._api.read("conversations.info", channel=channel))["channel"]
        except (RefusedError, UnreachedError, UnansweredError, TimeoutError, KeyError) as fault:
            log.info("channel look-up failed channel=%s fault=%r", channel, fault)
            return None
        is_shared = bool(info.get("is_ext_shared") or info.get("is_pending_ext_shared"))
        self._known[channel] = (time.monotonic() + SHARED_SECONDS, is_shared)
        return is_shared


class Answers:
    """Asks and answers for the surface."""

    def __init__(
        self, config: SlackConfig, ask: Ask, api: Api, *, sender: Sender, pictures: Pictures
    ) -> None:
        self._config, self._ask, self._api = config, ask, api
        self._sender, self._pictures = sender, pictures
        self._channels = Channels(api)
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def answer(self, question: Question) -> None:
        """Ask and post the answer; never raises, whatever goes wrong is told or logged."""
        try:
            invocation = await self._invocation(question)
            reply = await self._reply(invocation)
            in_channel = question.in_channel or reply.visibility is Visibility.CHANNEL
            if reply.follow and in_channel and question.response_url:
                reply = reply.joined(await self._reply(replace(invocation, text=reply.follow)))
            composed = await compose(reply, self._pictures, self._config.timing.pictures)
            kept = 1 if reply.follow else 0  # the picture's place among the posts that Slack allows
            messages = composed.messages
            if question.response_url:
                messages = within(messages, limits.RESPONSES - kept)
            await self._post(question, messages, in_channel=in_channel)
            if reply.follow:
                picture = await self._picture(replace(invocation, text=reply.follow))
                await self._post(question, picture, in_channel=in_channel)
        except UnansweredError as fault:
            # It may stand already: saying it again could say it twice.
            log.warning("answer unconfirmed channel=%s fault=%s", question.channel, fault)
        except Exception:
            log.exception("answer lost channel=%s user=%s", question.channel, question.user)

    async def is_shared(self, channel: str) -> bool | None:
        """Whether people outside the company can read `channel`; None where the bot may not look."""
        return await self._channels.is_shared(channel)

    async def _picture(self, invocation: Invocation) -> Sequence[Message]:
        """The message with the charts that follow some words: none where there is nothing to draw."""
        reply = await self._reply(invocation)
        uploaded = await self._pictures.upload(reply.charts, self._config.timing.pictures)
        if "error" in reply.data or not all(picture.file for picture in uploaded):
            log.warning("picture lost text=%r", invocation.text)
            return render(Reply(NO_PICTURE, (note(NO_PICTURE),)))
        if not uploaded:
            return ()
        return render(Reply(reply.text, reply.charts), [picture.file for picture in uploaded])

    async def _invocation(self, question: Question) -> Invocation:
        is_shared = question.is_shared
        if is_shared is None:
            is_shared = await self._channels.is_shared(question.channel)
        may_be_posted = question.in_channel or "share" in question.text.casefold().split()
        return Invocation(
            text=question.text,
            surface=SURFACE,
            user=question.user,
            channel=question.channel,
            # Unknown counts as shared where everybody would read the answer, or may be asked to.
            is_shared=may_be_posted if is_shared is None else is_shared,
            in_channel=question.in_channel,
        )

    async def _reply(self, invocation: Invocation) -> Reply:
        try:
            async with self._turns, asyncio.timeout(self._config.timing.ask):
                return await asyncio.to_thread(self._ask, invocation)
        except TimeoutError:
            log.error("no answer in time text=%r", invocation.text)
            return _given_up(self._config.timing.ask)
        except Exception:
            reference = secrets.token_hex(3)
            log.exception("ask failed ref=%s text=%r", reference, invocation.text)
            return _failed(reference)

    async def _post(self, question: Question, messages: Sequence[Message], *, in_channel: bool) -> None:
        async def post(message: Message) -> str:
            if question.response_url:
                return await self._respond(question, message, in_channel=in_channel)
            return await self._in_thread(question, message)

        for message in messages:
            await degrading(post, message)

    async def _in_thread(self, question: Question, message: Message) -> str:
        return await self._sender.post(question.channel, message, thread=question.thread)

    async def _respond(self, question: Question, message: Message, *, in_channel: bool) -> str:
        if question.thread and not in_channel and await self._whisper(question, message):
            return ""
        body = {
            **message,
            "response_type": "in_channel" if in_channel else "ephemeral",
            "replace_original": False,
            "unfurl_links": False,
            "unfurl_media": False,
            **({"thread_ts": question.thread} if in_channel and question.thread else {}),
        }
        try:
            await self._hand_over(question.response_url, body)
        except RefusedError as fault:
            if fault.error not in _URL_IS_SPENT:
                raise
            # The Web API still reaches the person where the bot is a member.
            log.warning("response_url refused error=%s channel=%s", fault.error, question.channel)
            if in_channel:
                await self._in_thread(question, message)
            elif not await self._whisper(question, message):
                raise
        return ""

    async def _whisper(self, question: Question, message: Message) -> bool:
        """Show `message` to the one who asked; in a thread, where a response URL cannot. False if refused."""
        place = {"channel": question.channel, "user": question.user}
        thread = {"thread_ts": question.thread} if question.thread else {}
        try:
            await self._api.call("chat.postEphemeral", {**place, **thread, **message, "parse": "none"})
        except RefusedError as fault:
            if fault.error in LAYOUT:
                raise
            log.info("whisper refused error=%s channel=%s", fault.error, question.channel)
            return False
        return True

    async def _hand_over(self, url: str, body: Message) -> None:
        """Post to a response URL, without the SDK's own retry on dropped connections."""
        for is_last in (False, True):
            try:
                async with self._api.session.post(url, json=body, proxy=self._api.client.proxy) as response:
                    text, status, pause = (
                        await response.text(),
                        response.status,
                        retry_after(response.headers),
                    )
            except (aiohttp.ClientError, TimeoutError) as fault:
                raise named(fault) from fault
            if status == 429 and not is_last:
                await self._api.sleep(min(pause or 1.0, 10.0))
                continue
            if status >= 500:
                raise UnansweredError(f"response_url answered HTTP {status}")
            error = _error(text, status)
            if error:
                raise RefusedError(error)
            return


_URL_IS_SPENT = frozenset({"expired_url", "used_url", "no_service", "http_404", "http_410"})


def _error(text: str, status: int) -> str:
    """Slack's word of refusal in an answer to a response URL, which may be JSON or bare text."""
    try:
        answer = json.loads(text)
    except ValueError:
        answer = None
    if isinstance(answer, dict) and not answer.get("ok", True):
        return str(answer.get("error") or f"http_{status}")
    if status == 200:
        return ""
    word = text.strip()
    return word if word.isidentifier() else f"http_{status}"


def within(messages: list[Message], most: int) -> list[Message]:
    """The messages, or the first `most` of them with a note on the last that there is more."""
    if len(messages) <= most:
        return messages
    left = len(messages) - most
    words = f"… {left} more part{'s' if left > 1 else ''} not shown. Ask for less at once to see all."
    mark = {"type": "context", "elements": [{"type": "plain_text", "text": words, "emoji": False}]}
    last = messages[most - 1]
    blocks = [*last["blocks"][: limits.BLOCKS - 1], mark]
    return [*messages[: most - 1], {**last, "blocks": blocks}]


def _given_up(seconds: float) -> Reply:
    words = f"No answer within {seconds:g} s, so it was given up."
    hint = "Ask for a shorter time, or for one KPI."
    return Reply(f"{words} {hint}", (line(words), note(hint)), data={"error": words})


def _failed(reference: str) -> Reply:
    words = f"That did not work (ref {reference})."
    hint = f"The fault is the bot's. Ask again; if it stays, whoever runs it finds {reference} in the log."
    return Reply(f"{words} {hint}", (line(words), note(hint)), data={"error": words})
