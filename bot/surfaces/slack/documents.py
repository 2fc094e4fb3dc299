"""Documents into the thread of a post: written, uploaded, and shared there once.

A shared file is a message that Slack makes of it: no key of ours travels with it, so it is known by the name
of the file. The thread is read before anything is shared, and again where Slack gave no answer; Slack shows a
file some seconds after it took it (slackapi/python-slack-sdk issue 1277), so that look is repeated.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from bot.reply import Document
from bot.surfaces.attaching import Unattached, file_name, unattached, written
from bot.surfaces.base import Draw, OutcomeUnknown, Post, Undelivered
from bot.surfaces.foreign import clean, cut
from bot.surfaces.slack import limits
from bot.surfaces.slack.api import Answer, Api
from bot.surfaces.slack.faults import RATE, RefusedError, UnansweredError, UnreachedError, hint, undelivered
from bot.surfaces.slack.files import FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, PATIENCE_SECONDS, store
from bot.surfaces.slack.readback import Standing
from bot.surfaces.slack.wording import escaped

MOST_BYTES = 20_000_000
"""Slack itself takes a gigabyte; what is larger than this is no report that anybody opens on a phone."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A document that will not come: the name of its file, and in a sentence why."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where documents go: the thread `ts` in a place, for a post."""

    post: Post
    place: str
    ts: str

    @property
    def key(self) -> str:
        """The post's, where the thread is that of another one."""
        return self.post.key if self.post.thread else ""


class Papers:
    """Attaches the documents of posts, as one bot."""

    def __init__(self, api: Api, draw: Draw, standing: Standing) -> None:
        self._api, self._draw, self._standing = api, draw, standing

    async def attach(self, post: Post, place: str, ts: str) -> list[Missing]:
        """Share what the thread `ts` lacks of a post's documents: those that cannot be, and why.

        Raises `OutcomeUnknown` where a document may still come; called again, it goes on from there.
        """
        wanted = [*named(post)]
        if not wanted:
            return []
        spot, missing = _Spot(post, place, ts), []
        try:
            standing = await self._standing.documents(place, ts, spot.key)
            for name, document in wanted:
                if name.casefold() not in standing:
                    missing += await self._attached(spot, name, document)
        except RefusedError as fault:
            if not _is_final(fault):
                raise _still_missing(undelivered(fault, post.channel)) from fault
            # Only the thread that cannot be read comes here: what stands in it nobody can say.
            return [_missing(name, _refusal(fault)) for name, _ in wanted]
        except (UnreachedError, UnansweredError) as fault:
            raise _still_missing(undelivered(fault, post.channel)) from fault
        except Undelivered as fault:  # the claim could not be confirmed
            raise _still_missing(fault) from fault
        return missing

    async def _attached(self, spot: _Spot, name: str, document: Document) -> list[Missing]:
        try:
            content = await written(document, self._draw, MOST_BYTES)
            for is_last in (False, True):
                file, is_stored = await store(self._api, content, name)
                try:
                    await self._share(spot, file, name, document)
                    break
                except RefusedError as fault:
                    # The bytes have not arrived after all: nothing was shared, and they are sent once more.
                    if is_stored or is_last or fault.error != "file_not_found":
                        raise
        except Unattached as fault:
            return [_missing(name, str(fault))]
        except RefusedError as fault:
            if not _is_final(fault):
                raise
            return [_missing(name, _refusal(fault))]
        return []

    async def _share(self, spot: _Spot, file: str, name: str, document: Document) -> None:
        """Share an uploaded file. Where Slack gives no answer, the thread tells whether it is there."""
        title = cut(clean(document.title), limits.FILE_TITLE) or name
        told: Answer = {
            "files": [{"id": file, "title": title}],
            "channel_id": spot.place,
            "thread_ts": spot.ts,
            "initial_comment": escaped(document.alt or title, limits.SECTION),
        }
        waited = 0.0
        while True:
            await self._api.pacing.turn(spot.place)
            await spot.post.confirm()
            try:
                await self._api.call("files.completeUploadExternal", told, waits=False)
                return
            except UnansweredError:
                if await self._turns_up(spot, name):
                    return
                raise
            except RefusedError as fault:
                pause = fault.retry_after
                if fault.error not in RATE or pause is None or waited + pause > PATIENCE_SECONDS:
                    raise
                waited += max(pause, 1.0)
                await self._api.sleep(pause)

    async def _turns_up(self, spot: _Spot, name: str) -> bool:
        """Whether a file of which nobody said that it was shared stands in the thread after all."""
        waited, pause = 0.0, FIRST_WAIT_SECONDS
        try:
            while name.casefold() not in await self._standing.documents(spot.place, spot.ts, spot.key):
                if waited + pause > PATIENCE_SECONDS:
                    return False
                await self._api.sleep(pause)
                waited += pause
                pause = min(pause * 2, LONGEST_WAIT_SECONDS)
        except RefusedError:  # of the look, not of the share: whether that happened is as unknown as before
            return False
        return True


def named(post: Post) -> Iterator[tuple[str, Document]]:
    """The documents of a post with the names of their files: no two in one thread are called alike."""
    mark = "-" + hashlib.sha256(post.key.encode()).hexdigest()[:6] if post.thread else ""
    taken: set[str] = set()
    for document in _documents(post):
        path = PurePath(file_name(document))
        stem, number = path.stem + mark, 1
        name = stem + path.suffix
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}{path.suffix}"
        taken.add(name.casefold())
        yield name, document


def _documents(post: Post) -> Sequence[Document]:
    return [one for reply in (post.reply, *post.reply.thread) for one in reply.documents]


def _missing(name: str, reason: str) -> Missing:
    return Missing(name, unattached(name, reason))


def _refusal(fault: RefusedError) -> str:
    return f"Slack refused it: {fault.error}. {hint(fault)}"


def _is_final(fault: RefusedError) -> bool:
    found = undelivered(fault, "")
    return isinstance(found, Undelivered) and found.is_permanent


def _still_missing(fault: Exception) -> OutcomeUnknown:
    return OutcomeUnknown(f"The post stands, a document of it is missing: {fault}")
