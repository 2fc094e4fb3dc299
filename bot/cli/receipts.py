"""`kpi receipts`: what was promised, what became of it, and whether it really stands where it was sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.cli.opening import opened, say
from bot.core import Core
from bot.errors import UserError
from bot.jobs.following import thread_of
from bot.reply import Reply
from bot.reports import words
from bot.reports.receipts import LATE
from bot.surfaces.base import OutcomeUnknown, Post, Surface, Undelivered
from kpi.calendar import day_of, day_start
from storage import Session, promises
from storage import receipts as records
from storage.promises import Promise, Receipt, State, Summary
from storage.receipts import StandIn

USUAL = timedelta(days=30)
CHECKED = timedelta(days=14)
MOST_CHECKED = 10_000
_USUAL_SPAN = f"{USUAL.days} days"
_NOTICED = timedelta(minutes=1)


def register(app: typer.Typer) -> None:
    app.command("receipts")(receipts)


def receipts(
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many posts to list.")] = 20,
    since: Annotated[
        str | None, typer.Option("--since", help="From this day on, 2026-05-01; 30 days by default.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    check: Annotated[
        bool,
        typer.Option("--check", help="Read the channels back: does each post of 14 days stand there once?"),
    ] = False,
) -> int:
    """What was promised, and what became of it."""
    with opened() as core:
        begin, span = _span(since, core)
        with core.sessions.read() as session:
            summary = promises.summary(session, begin, late_after=LATE)
            found = promises.listing(session, since=begin, limit=limit)
            instead = records.stand_ins(session, [one.key for one in found])
            lines = told(session, found, core)
        looked = asyncio.run(_looked_up(core)) if check else []
        if as_json:
            rows = [_plain(one, instead.get(one.key)) for one in found]
            _say_json(begin, summary, rows, looked if check else None)
        else:
            for line in (_headline(span, summary), *lines, *(_check_lines(looked) if check else ())):
                say(line)
    return 1 if any(one.fault for one in looked) else 0


def _span(since: str | None, core: Core) -> tuple[datetime, str]:
    """From when on, and how that is said."""
    now, zone = core.now(), core.workspace.zone
    if since is None:
        return now - USUAL, _USUAL_SPAN
    try:
        day = date.fromisoformat(since)
    except ValueError:
        raise UserError(f"“{since[:40]}” is not a day.", "Write it as 2026-05-01.") from None
    return day_start(day, zone), f"Since {words.day(day, day_of(now, zone))}"


def _headline(span: str, found: Summary) -> str:
    """What became of all of them, in one line."""
    if not found.promised and not found.folded:
        return "Nothing was promised yet." if span == _USUAL_SPAN else f"{span}: nothing was promised."
    late = f" ({found.late} late)" if found.late else ""
    lost = [f"{found.failed} failed", f"{found.missed} missed"]
    if found.stood_in:
        is_all = found.stood_in >= found.failed + found.missed
        lost.insert(
            1 if found.failed else 2, "told elsewhere" if is_all else f"{found.stood_in} told elsewhere"
        )
    under_way = [f"{found.open} under way"] if found.open else []
    parts = [f"{found.promised} promised", f"{found.delivered} delivered{late}", *under_way, *lost]
    folded = [f"{found.folded} folded on purpose"] if found.folded else []
    return f"{span}: {', '.join((*parts, f'{found.twice} twice', *folded))}"


def told(session: Session, found: Sequence[Promise], core: Core) -> list[str]:
    """A line for each promise; beneath one that failed, where it was told instead."""
    zone = core.workspace.zone
    teller = _Teller(zone, day_of(core.now(), zone))
    instead = records.stand_ins(session, [one.key for one in found])
    return [line for one in found for line in teller.lines(one, instead.get(one.key))]


@dataclass(frozen=True, slots=True)
class _Teller:
    """Promises in words: times are read in `zone`, and a day is named where it is not `today`."""

    zone: ZoneInfo
    today: date

    def lines(self, promise: Promise, instead: StandIn | None) -> Iterator[str]:
        due = self._clock(promise.due)
        yield f"{promise.state.value:9} {promise.key}, due {due}{self._fate(promise)}"
        if instead is not None:
            where = f"{instead.surface}:{instead.channel}"
            yield f"{'':9} told in {where} instead, {self._clock(instead.at)}"

    def _fate(self, promise: Promise) -> str:
        """What became of it."""
        if promise.receipt is not None:
            return self._arrival(promise, promise.receipt)
        why = f": {promise.error}" if promise.error else ""
        if promise.state is State.CLAIMED and promise.claimed_until is not None:
            until = self._clock(promise.claimed_until)
            return f", in the hands of {promise.claimed_by} until {until}; then it is looked for"
        if promise.state in (State.OWED, State.UNKNOWN):
            return f"{why}; a running bot tries again"
        return why

    def _arrival(self, promise: Promise, receipt: Receipt) -> str:
        late = promise.delay or timedelta()
        behind = f" ({words.age(late).removesuffix(' ago')} late)" if late >= _NOTICED else ""
        twice = f", stands there {receipt.copies} times" if receipt.copies > 1 else ""
        notes = "".join(f"; {note}" for note in receipt.notes)
        return f", sent {self._clock(receipt.at)}{behind}, message {receipt.message}{twice}{notes}"

    def _clock(self, at: datetime) -> str:
        return words.clock(at, self.zone, self.today)


def _plain(promise: Promise, instead: StandIn | None) -> dict[str, Any]:
    """A promise as JSON has it; its message is left out."""
    receipt, late = promise.receipt, promise.delay
    return {
        "key": promise.key,
        "report": promise.report,
        "period": promise.period,
        "surface": promise.surface,
        "channel": promise.channel,
        "state": promise.state.value,
        "due": promise.due.isoformat(),
        "attempts": promise.attempts,
        "error": promise.error,
        "stands_for": promise.stands_for,
        "follows": promise.follows,
        "sent": receipt.at.isoformat() if receipt else None,
        "message": receipt.message if receipt else None,
        "late_seconds": late.total_seconds() if late is not None else None,
        "copies": receipt.copies if receipt else 0,
        "notes": list(receipt.notes) if receipt else [],
        "told_in": f"{instead.surface}:{instead.channel}" if instead else None,
    }


def _say_json(
    since: datetime, summary: Summary, rows: Sequence[Mapping[str, Any]], looked: Sequence[Looked] | None
) -> None:
    found: dict[str, Any] = {"since": since.isoformat(), "summary": asdict(summary), "receipts": rows}
    if looked is not None:
        found["check"] = [{"key": one.key, "times": one.times, "fault": one.fault} for one in looked]
    say(json.dumps(found, ensure_ascii=False, indent=1))


@dataclass(frozen=True, slots=True)
class Looked:
    """How often a post was found in its channel: None where nobody could look."""

    key: str
    times: int | None
    fault: str = ""


async def _looked_up(core: Core) -> list[Looked]:
    """Every post that was delivered in the last days, read back from its channel."""
    from bot.chats import surfaces_for_posting

    with core.sessions.read() as session:
        found = promises.listing(
            session, states=[State.DELIVERED], since=core.now() - CHECKED, limit=MOST_CHECKED
        )
        threads = {one.key: thread_of(session, one) for one in found}
    async with surfaces_for_posting(core) as surfaces:
        return [await _looked(surfaces, one, threads[one.key]) for one in found]


async def _looked(surfaces: Mapping[str, Surface], promise: Promise, thread: str) -> Looked:
    surface = surfaces.get(promise.surface)
    if surface is None:
        return Looked(promise.key, None, f"{promise.surface} is not connected here, set its tokens")
    # Without its words: a part of the thread that somebody took away is not posted again by a look.
    post = Post(promise.key, promise.channel, Reply(""), thread=thread)
    try:
        receipt = await surface.find(post, promise.first_tried_at or promise.due)
    except (Undelivered, UserError) as fault:
        return Looked(promise.key, None, words.told(fault.message, fault.hint))
    except OutcomeUnknown as fault:
        return Looked(promise.key, None, str(fault))
    if receipt is None:
        return Looked(promise.key, 0, "it does not stand in its channel")
    twice = f"it stands there {receipt.copies} times" if receipt.copies > 1 else ""
    return Looked(promise.key, receipt.copies, twice)


def _check_lines(looked: Sequence[Looked]) -> Iterator[str]:
    """What was found in all, then every post that is not there once."""
    once, missing = (sum(one.times == times for one in looked) for times in (1, 0))
    unread = sum(one.times is None for one in looked)
    more = len(looked) - once - missing - unread
    unread_words = f", {unread} could not be looked up" if unread else ""
    posts = words.count(len(looked), "post")
    yield (
        f"Read back, {CHECKED.days} days: {posts} delivered, {once} found once, "
        f"{missing} missing, {more} more than once{unread_words}"
    )
    for one in looked:
        if one.fault:
            label = {None: "unread", 0: "missing"}.get(one.times, "twice")
            yield f"{label:9} {one.key}: {one.fault}"
