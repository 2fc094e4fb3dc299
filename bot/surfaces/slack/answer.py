"""One question, exactly one answer: asked off the loop, posted where it was asked, plain when it fails.

The words go out as soon as they are known; the picture that belongs to them follows as a second message, so
that nobody waits for drawing and uploading. In a channel they are one message: there nobody waits alone.

A button on a private answer that shows the same for another time changes that answer in place, so that near
equal messages do not pile up. What stands in a channel is never changed by a press: others rely on it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import replace

import aiohttp

from bot.reply import Action, Actions, Reply, Visibility, for_one, note
from bot.surfaces.base import Invocation
from bot.surfaces.slack import limits
from bot.surfaces.slack.api import Api, named, retry_after
from bot.surfaces.slack.asking import Asking
from bot.surfaces.slack.compose import compose, degrading
from bot.surfaces.slack.config import SlackConfig
from bot.surfaces.slack.faults import LAYOUT, RefusedError, UnansweredError
from bot.surfaces.slack.files import Pictures
from bot.surfaces.slack.inbound import Question, about_id, subject
from bot.surfaces.slack.render import Message, render
from bot.surfaces.slack.send import Sender

log = logging.getLogger(__name__)

DIRECT = "D"
"""What the id of direct messages with the bot begins with: nobody else reads there."""
NO_PICTURE = "The chart that belongs here could not be shown."


class Answers:
    """Asks and answers for the surface."""

    def __init__(
        self, config: SlackConfig, asking: Asking, api: Api, *, sender: Sender, pictures: Pictures
    ) -> None:
        self._config, self._asking, self._api = config, asking, api
        self._sender, self._pictures = sender, pictures

    async def answer(self, question: Question) -> None:
        """Ask and post the answer; never raises, whatever goes wrong is told or logged."""
        try:
            invocation = await self._asking.invocation(question)
            reply = await self._asking.reply(invocation)
        except Exception:
            log.exception("question lost channel=%s user=%s", question.channel, question.user)
            return
        await self.tell(question, invocation, reply)

    async def tell(self, question: Question, invocation: Invocation, reply: Reply) -> None:
        """Post what is known already to where it was asked; never raises."""
        try:
            if not await self._replaced(question, invocation, reply):
                await self._posted(question, invocation, reply)
        except UnansweredError as fault:
            # It may stand already: saying it again could say it twice.
            log.warning("answer unconfirmed channel=%s fault=%s", question.channel, fault)
        except Exception:
            log.exception("answer lost channel=%s user=%s", question.channel, question.user)

    async def _posted(self, question: Question, invocation: Invocation, reply: Reply) -> None:
        in_channel = question.in_channel or reply.visibility is Visibility.CHANNEL
        if reply.follow and in_channel and question.response_url:
            reply = reply.joined(await self._followed(invocation, reply))
        messages = await self._messages(question, reply)
        kept = 1 if reply.follow else 0  # the picture's place among the posts that Slack allows
        if question.response_url:
            messages = within(messages, limits.RESPONSES - kept)
        if not in_channel:
            messages = marked(messages, reply)
        await self._post(question, messages, in_channel=in_channel)
        if reply.follow:
            picture = await self._picture(await self._followed(invocation, reply), reply.follow)
            await self._post(question, picture, in_channel=in_channel)

    async def _replaced(self, question: Question, invocation: Invocation, reply: Reply) -> bool:
        """Whether the answer took the place of the private message whose button asked for it."""
        is_same = bool(question.about) and subject(question.text) == question.about
        is_private = not question.in_channel and reply.visibility is Visibility.PRIVATE
        if not is_same or not is_private or not question.response_url or "error" in reply.data:
            return False
        if not await self._takes_place(question, replace(reply, follow="")):
            return False
        if reply.follow:  # the words stand at once, and again with their picture: one message, not two
            picture = await self._followed(invocation, reply)
            if not await self._takes_place(question, reply.joined(picture)):
                await self._post(question, await self._picture(picture, reply.follow), in_channel=False)
        return True

    async def _takes_place(self, question: Question, reply: Reply) -> bool:
        messages = marked(await self._messages(question, reply), reply)
        if len(messages) > 1:
            return False

        async def change(message: Message) -> str:
            await self._hand_over(question.response_url, {**message, "replace_original": True})
            return ""

        try:
            await degrading(change, messages[0], self._pictures, self._config.timing.pictures)
        except RefusedError as fault:
            log.info("private message not changed error=%s channel=%s", fault.error, question.channel)
            return False
        return True

    async def _messages(self, question: Question, reply: Reply) -> list[Message]:
        shown = for_one(reply) if question.channel.startswith(DIRECT) else reply
        return (await compose(shown, self._pictures, self._config.timing.pictures)).messages

    async def _followed(self, invocation: Invocation, reply: Reply) -> Reply:
        """The reply with the charts that follow some words."""
        return await self._asking.reply(replace(invocation, text=reply.follow))

    async def _picture(self, reply: Reply, text: str) -> Sequence[Message]:
        """The message with those charts: none where there is nothing to draw."""
        shown = await self._pictures.show(reply.charts, self._config.timing.pictures)
        if "error" in reply.data or not all(picture.shown for picture in shown):
            log.warning("picture lost text=%r", text)
            return render(Reply(NO_PICTURE, (note(NO_PICTURE),)))
        if not shown:
            return ()
        return render(Reply(reply.text, reply.charts), [picture.shown for picture in shown])

    async def _post(self, question: Question, messages: Sequence[Message], *, in_channel: bool) -> None:
        async def post(message: Message) -> str:
            if question.response_url:
                return await self._respond(question, message, in_channel=in_channel)
            if in_channel or question.channel.startswith(DIRECT):
                return await self._in_thread(question, message)
            return await self._privately(question, message)

        for message in messages:
            await degrading(post, message, self._pictures, self._config.timing.pictures)

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
            else:
                await self._privately(question, message)
        return ""

    async def _privately(self, question: Question, message: Message) -> str:
        """Where it was asked; where the bot may not, in the direct messages, which are private as well."""
        if not question.channel or not await self._whisper(question, message):
            await self._sender.post(question.user, message)
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


def marked(messages: Sequence[Message], reply: Reply) -> list[Message]:
    """The messages with their buttons' blocks named after what the reply is about, for a press to say it.

    Slack tells of a private message nothing but its id: what it showed has to be in the names.
    """
    groups = [block for block in reply.blocks if isinstance(block, Actions)]
    actions: list[Action] = [action for group in groups for action in (*group.actions, *group.more)]
    about = subject(next((action.ask for action in actions if action.share), ""))
    return [{**message, "blocks": _named(message["blocks"], about)} for message in messages]


def _named(blocks: Sequence[Message], about: str) -> list[Message]:
    found = []
    for number, block in enumerate(blocks):
        name = about_id(about, number) if block["type"] == "actions" else ""
        found.append({**block, "block_id": name} if name else block)
    return found
