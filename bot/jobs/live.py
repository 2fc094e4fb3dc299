"""Live reports: one message a channel that always says what holds now.

Its first message is a promise like any other, so it is posted once whatever happens. From then on the message
is changed in place, by one process at a time, where what it says is no longer so. One that cannot be changed
any more (somebody has deleted it) is posted anew, at most once a day; what stands in the channel is always
the newest one that was delivered.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import datetime, timedelta

from bot import access, languages
from bot.cadence import CATCH_UP
from bot.errors import UserError
from bot.frozen import freeze, thaw
from bot.reply import Reply
from bot.reports import live, plans
from bot.reports.audiences import addressed
from bot.surfaces.base import ClaimLost, OutcomeUnknown, Post, Surface, Undelivered
from bot.timeline import Timeline
from bot.workspace import LiveBoard
from kpi.calendar import Moment
from storage import Session, SessionFactory, StorageFault, live_posts, promises
from storage.live_posts import LivePost
from storage.promises import Promise, Receipt

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=1)
FRESHENED = timedelta(hours=1)
"""A message whose numbers are still so is changed this often, for the ages that it states."""

LEASE = timedelta(minutes=2)
LONGEST_EDIT = timedelta(seconds=90)
"""A change with its pauses is given up before the claim on it runs out."""

REFUSED = timedelta(hours=1)
"""A message that could not be changed is not tried again before that."""

PATIENCE = timedelta(minutes=5)
"""So long after the start a first message waits for a first number: sources are being read."""

UNCHANGED = "not changed"
_DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class _Look:
    """One board as it was found, and as it should read."""

    board: LiveBoard  # by the ledger's name of its surface
    reply: Reply
    now: datetime
    last: Promise | None  # the newest message that was or will be delivered
    post: LivePost | None

    @property
    def key(self) -> str:
        return _key(self.board)

    @property
    def receipt(self) -> Receipt | None:
        return None if self.last is None else self.last.receipt

    @property
    def known(self) -> LivePost:
        """What stands in the channel, as far as it was kept; a message that was just delivered says what it
        was frozen with."""
        receipt, last = self.receipt, self.last
        assert receipt is not None
        assert last is not None
        if self.post is not None and self.post.message == receipt.message:
            return self.post
        return LivePost(self.key, receipt.channel, receipt.message, _frozen_digest(last), receipt.at)

    @property
    def is_outdated(self) -> bool:
        """Whether the message says what is no longer so, or its ages are too old, or it hangs unpinned."""
        known = self.known
        is_old = known.changed_at is None or self.now - known.changed_at >= FRESHENED
        return is_old or known.digest != live.digest_of(self.reply)


@dataclass(frozen=True)
class KeepLive:
    """Posts what is live and keeps it current. Calling it twice changes nothing.

    `surfaces` are those served here, by their names in the ledger.
    """

    timeline: Timeline
    sessions: SessionFactory
    now: Callable[[], datetime]
    surfaces: Mapping[str, Surface]
    worker: str
    _: KW_ONLY
    names: Mapping[str, str] = field(default_factory=dict)
    """What the ledger calls surfaces where others stand in for them; what is not among them is not kept."""
    clock: Callable[[Session], datetime] | None = None
    """The time that all processes go by: `storage.clock.database_now`. Without it, `now`."""
    mark: str = ""
    """Ends the keys of messages in a place that begins empty with each process: no other ones stand there."""
    _refused: dict[str, datetime] = field(default_factory=dict, init=False, repr=False)  # until when
    _told: set[tuple[str, str]] = field(default_factory=set, init=False, repr=False)
    _pins: dict[tuple[str, str], datetime] = field(default_factory=dict, init=False, repr=False)
    """By board and message, when pinning it was tried last."""
    _begun: dict[str, datetime] = field(default_factory=dict, init=False, repr=False)

    async def __call__(self) -> int:
        """How many messages were owed or changed. One that fails does not keep back the others."""
        done = 0
        for board in self._boards():
            try:
                done += await self._kept(board)
            except StorageFault:
                raise
            except Exception:
                log.exception("live report not kept board=%s", _key(board))
        return done

    def _boards(self) -> list[LiveBoard]:
        """Those whose surface is served here, by the ledger's names."""
        boards = self.timeline.files.boards
        if self.names:
            boards = tuple(
                one._replace(surface=self.names[one.surface]) for one in boards if one.surface in self.names
            )
        return [one for one in boards if one.surface in self.surfaces]

    async def _kept(self, board: LiveBoard) -> bool:
        is_shared = await self._is_shared(board)
        look = await asyncio.to_thread(self._look, board, is_shared=is_shared)
        if look is None:
            return False
        if look.last is None:
            return await asyncio.to_thread(self._owe, look)
        if look.receipt is None or self._is_refused(look):
            return False
        if not (look.is_outdated or self._is_to_be_pinned(look)):
            return False
        return await self._change(look)

    async def _is_shared(self, board: LiveBoard) -> bool:
        """Whether outsiders read there; asked only where something is not for everybody. If nobody can say,
        they do."""
        if not self.timeline.files.restrictions:
            return True
        try:
            return await self.surfaces[board.surface].is_shared(board.channel) is not False
        except Exception as fault:
            log.warning("nobody knows who reads channel=%s fault=%r", board.channel, fault)
            return True

    def _look(self, board: LiveBoard, *, is_shared: bool) -> _Look | None:
        """What stands there, and what should; None where there is no such report any more."""
        with self.sessions.read() as session:
            now = self._time(session)
            reply = self._composed(session, board, now, is_shared=is_shared)
            if reply is None:
                return None
            after = now + timedelta(microseconds=1)
            last = promises.last_sent(
                session, report=board.report, surface=board.surface, channel=board.channel, before=after
            )
            if last is not None and not last.key.endswith(self.mark):
                last = None
            return _Look(board, reply, now, last, live_posts.read(session, _key(board)))

    def _composed(
        self, session: Session, board: LiveBoard, now: datetime, *, is_shared: bool
    ) -> Reply | None:
        platform = next((name for name, own in self.names.items() if own == board.surface), board.surface)
        whole = self.timeline.at(session, now)
        workspace = access.channel_view(whole, platform, board.channel, is_shared=is_shared)
        with languages.speaking(workspace.language):
            plan = plans.find(board.report, workspace)
            if plan is None:
                return None
            plan = addressed(plan, f"{platform}:{board.channel}")
            return live.compose(session, workspace, Moment(now, workspace.zone), plan, is_kept=True)

    def _owe(self, look: _Look) -> bool:
        """Owe the message of this day, once. Where nothing is measured yet, a first number is waited for, and
        where nothing of the report may be seen, nothing is posted."""
        begun = self._begun.setdefault(look.key, look.now)
        is_known = any(one["value"] is not None for one in look.reply.data["figures"])
        if not look.reply.data["parts"] or (not is_known and look.now - begun < PATIENCE):
            return False
        day = look.now.astimezone(self.timeline.files.zone).date().isoformat()
        data = {"report": look.board.report, _DIGEST: live.digest_of(look.reply)}
        promise = Promise(
            key=f"{look.key}/{day}{self.mark}",
            report=look.board.report,
            period=day,
            surface=look.board.surface,
            channel=look.board.channel,
            due=look.now,
            payload=freeze(replace(look.reply, data=data)),
            deadline=look.now + CATCH_UP,
        )
        with self.sessions.begin() as session:
            return promises.owe(session, promise)

    def _is_refused(self, look: _Look) -> bool:
        return look.now < self._refused.get(f"{look.key} {look.known.message}", look.now)

    def _is_to_be_pinned(self, look: _Look) -> bool:
        tried = self._pins.get((look.key, look.known.message))
        return not look.known.is_pinned and (tried is None or look.now - tried >= FRESHENED)

    async def _change(self, look: _Look) -> bool:
        """Change the message, as the one process that does; whether it was."""
        claimed = await asyncio.to_thread(self._claimed, look)
        if claimed is None:
            return False
        look = replace(look, post=claimed)
        kept: LivePost | None = None
        try:
            async with asyncio.timeout(LONGEST_EDIT.total_seconds()):
                kept = await self._edited(look) if look.is_outdated else look.known
                kept = await self._pinned(look, kept)
        except Undelivered as fault:
            await self._not_changed(look, fault)
        except (ClaimLost, OutcomeUnknown, UserError, TimeoutError) as fault:
            self._tell(look.key, f"{UNCHANGED}, it is tried again: {fault!r}")
        finally:
            await asyncio.shield(asyncio.to_thread(self._keep, look.key, kept))
        return kept is not None and kept != claimed

    async def _edited(self, look: _Look) -> LivePost:
        """The message as it reads now."""
        receipt, last = look.receipt, look.last
        assert receipt is not None
        assert last is not None

        async def confirm() -> None:
            if await asyncio.to_thread(self._claimed, look) is None:
                raise ClaimLost(look.key)

        post = Post(last.key, look.board.channel, look.reply, confirm)
        await self.surfaces[look.board.surface].edit(receipt, post)
        self._told.difference_update(
            [one for one in self._told if one[0] == look.key and one[1].startswith(UNCHANGED)]
        )
        log.info("live report changed board=%s message=%s", look.key, receipt.message)
        return replace(look.known, digest=live.digest_of(look.reply), changed_at=look.now)

    async def _pinned(self, look: _Look, post: LivePost) -> LivePost:
        """The message pinned, where it can be; why it cannot be is said once."""
        if not self._is_to_be_pinned(look) or look.receipt is None:
            return post
        self._pins[look.key, post.message] = look.now
        why = await self.surfaces[look.board.surface].pin(look.receipt)
        if why:
            self._tell(look.key, f"not pinned: {why}")
        return replace(post, is_pinned=not why)

    async def _not_changed(self, look: _Look, fault: Undelivered) -> None:
        """Try it again; what cannot be changed at all is posted anew."""
        self._tell(look.key, f"{UNCHANGED}: {fault.message} {fault.hint}")
        wait = timedelta(seconds=fault.retry_after) if fault.retry_after else timedelta()
        if fault.is_permanent:
            wait = REFUSED
            await asyncio.to_thread(self._owe, look)
        self._refused[f"{look.key} {look.known.message}"] = look.now + wait

    def _claimed(self, look: _Look) -> LivePost | None:
        with self.sessions.begin() as session:
            now = self._time(session)
            return live_posts.claim(session, look.key, worker=self.worker, now=now, lease=LEASE)

    def _keep(self, key: str, post: LivePost | None) -> None:
        with self.sessions.begin() as session:
            if post is None:
                live_posts.release(session, key, worker=self.worker)
            else:
                live_posts.keep(session, post, worker=self.worker)

    def _tell(self, key: str, what: str) -> None:
        """Say it once, until it goes well."""
        if (key, what) not in self._told:
            self._told.add((key, what))
            log.warning("live report board=%s %s", key, what)

    def _time(self, session: Session) -> datetime:
        return self.now() if self.clock is None else self.clock(session)


def _key(board: LiveBoard) -> str:
    return f"{board.report}/{board.surface}:{board.channel}"


def _frozen_digest(promise: Promise) -> str:
    """Of what a promise was delivered with; empty where that cannot be read any more."""
    try:
        return str(thaw(promise.payload).data.get(_DIGEST, ""))
    except (ValueError, KeyError, TypeError):
        return ""
