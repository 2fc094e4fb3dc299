"""`/kpi asks`: which numbers people are asked for, what is open, and what nobody can be asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import Field

from bot.asked import Asked, asked
from bot.commands.base import Args, Command, Context
from bot.commands.present import only_present
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Block, Bold, Heading, Note, Reply, Text, line, marked
from bot.reports import asks, words
from bot.reports.provenance import author_name
from bot.reports.snapshot import load
from bot.workspace import KpiRef, normal
from kpi.asking import Term, ask_day, following, owed
from kpi.calendar import day_of
from kpi.quantity import print_value
from kpi.reading import is_entered
from storage import asking
from storage.asking import Request, Said, State

MOST_ROWS = 20
MOST_BUTTONS = 3
_ORDER = {State.OPEN: 0, State.DECLINED: 1, State.LAPSED: 2, State.ENTERED: 3}


class AsksArgs(Args):
    which: str = Field("", description="`me` for mine, `open` for what waits; none for everything.")

    usage: ClassVar[str] = "asks open"


@dataclass(frozen=True, slots=True)
class _Row:
    """One number that is asked for, and how it stands."""

    asked: Asked
    request: Request | None
    said: Said | None
    is_measured: bool = False

    @property
    def is_open(self) -> bool:
        return self.request is not None and self.request.is_open

    @property
    def order(self) -> int:
        return 4 if self.request is None else _ORDER[self.request.state]


def run(args: AsksArgs, ctx: Context) -> Reply:
    only_present(ctx, "Questions are shown")
    wanted = normal(args.which)
    if wanted not in _WANTED:
        raise UserError(f"“{shortened(args.which)}” is no part of it.", "Say `asks`, `asks me`, `asks open`.")
    view = _view(ctx)
    rows = sorted(
        (one for one in _rows(ctx) if _WANTED[wanted](one, view.reader, ctx)), key=lambda one: one.order
    )
    said = _headline(rows, wanted)
    blocks: list[Block] = [line(Bold(said))]
    if not rows:
        blocks.append(_how())
    told = [one for one in rows if one.asked.person is not None or one.is_open]
    blocks += [block for one in told[:MOST_ROWS] for block in _lines(one, view)]
    if len(told) > MOST_ROWS:
        blocks.append(Text(marked(f"and {len(told) - MOST_ROWS} more: `asks open`, `asks me`")))
    blocks += _unasked(rows)
    own = [_item(one) for one in rows if one.is_open and _is_mine(one, view.reader, ctx)]
    actions = [asks.enter_action(item, view) for item in own[:MOST_BUTTONS]]
    actions += [] if wanted == "me" else [Action("Mine", "asks me")]
    actions += [] if wanted == "open" else [Action("What is open", "asks open")]
    return Reply(said, (*blocks, Actions(tuple(actions))), data={"asks": [_data(one) for one in rows]})


def _view(ctx: Context) -> asks.View:
    person = ctx.workspace.person(ctx.invocation.surface, ctx.invocation.user)
    return asks.View(ctx.workspace, ctx.moment, person.name if person else "")


def _is_mine(one: _Row, reader: str, ctx: Context) -> bool:
    if one.request is not None and one.request.account == ctx.invocation.user:
        return True
    return one.asked.person is not None and one.asked.person.name == reader


_WANTED: Mapping[str, Callable[[_Row, str, Context], bool]] = {
    "": lambda _one, _reader, _ctx: True,
    "all": lambda _one, _reader, _ctx: True,
    "me": _is_mine,
    "mine": _is_mine,
    "open": lambda one, _reader, _ctx: one.is_open,
}


def _rows(ctx: Context) -> list[_Row]:
    found = asked(ctx.workspace)
    requests = asking.newest(ctx.session) if found else {}
    said = asking.said(ctx.session, [asks.metric_of(one.ref) for one in found])
    measured = _measured([one.ref for one in found], ctx)
    return [
        _Row(one, requests.get(one.ref.path), said.get(asks.metric_of(one.ref)), one.ref.path in measured)
        for one in found
    ]


def _measured(refs: Sequence[KpiRef], ctx: Context) -> frozenset[str]:
    """Those whose measure has a value, so that nobody need be asked."""
    measurable = [ref for ref in refs if ref.kpi.measure is not None]
    if not measurable:
        return frozenset()
    snapshot = load(ctx.session, ctx.workspace, ctx.moment, measurable)
    return frozenset(
        ref.path
        for ref in measurable
        if snapshot.of(ref).value is not None and not is_entered(ref.kpi, snapshot.of(ref).reading)
    )


_NONE = {"open": "Nothing is open.", "me": "You are asked for nothing."}


def _headline(rows: Sequence[_Row], wanted: str) -> str:
    waiting, numbers = sum(one.is_open for one in rows), words.count(len(rows), "number")
    if not rows:
        return _NONE.get(wanted, "Nobody is asked for numbers.")
    if not waiting:
        return f"Nothing is open; {numbers} {'is' if len(rows) == 1 else 'are'} asked for."
    return f"{numbers} open." if wanted == "open" else f"{waiting} of {numbers} open."


def _how() -> Text:
    return Text(marked("A framework says `asked: monthly` of a KPI, or kpi.yaml under `asks: kpis:`."))


def _lines(one: _Row, view: asks.View) -> Iterator[Block]:
    name = one.asked.ref.kpi.name
    mark, how = _standing(one, view)
    yield line(f"{mark} ", Bold(name), f", {how}")


def _standing(one: _Row, view: asks.View) -> tuple[str, str]:
    """A mark, and how it stands in words."""
    request, today, zone = one.request, view.today, view.moment.zone
    who = one.asked.person.name if one.asked.person else request.person if request else ""
    if one.is_measured and not one.is_open:
        return "●", f"measured by itself; else {who} is asked {one.asked.every}"
    if request is None:
        return "·", f"{one.asked.every} of {who}, next {_next(one, view)}"
    what = asks.term_words(Term.of(request.period), today)
    if request.is_open:
        return "○", f"{what}: {_open_words(request, view)}"
    when = words.day(day_of(request.settled_at or request.asked_at, zone), today)
    if request.state is State.ENTERED and one.said is not None:
        value = print_value(one.said.value, one.asked.ref.kpi.unit)
        return "●", f"{what}: {value}, {_by(request, view)}, {when}"
    if request.state is State.DECLINED:
        why = f" “{request.reason}”" if request.reason else ""
        return "–", f"{what}: {_by(request, view)} said not this time, {when}{why}"
    return "–", f"{what}: no answer of {request.person}"


def _by(request: Request, view: asks.View) -> str:
    """Who closed it; the one who was asked, where it was found closed."""
    return author_name(request.settled_by, view.workspace) if request.settled_by else request.person


def _open_words(request: Request, view: asks.View) -> str:
    zone, today = view.moment.zone, view.today
    said = f"{request.person}, asked {words.day(day_of(request.asked_at, zone), today)}"
    if request.reminded_at is not None:
        said += f", reminded {words.day(day_of(request.reminded_at, zone), today)}"
    if request.escalated_at is not None:
        said += f", {request.escalated_to} told {words.day(day_of(request.escalated_at, zone), today)}"
    return said


def _next(one: _Row, view: asks.View) -> str:
    """When it is asked for next, from today on."""
    closed = view.workspace.calendar.closures(view.today.year)
    term = owed(one.asked.every, view.today, closed)
    assert term is not None  # without a beginning something is always owed
    day = ask_day(term, closed)
    while day < view.today:
        term = following(term)
        day = ask_day(term, closed)
    return "today" if day == view.today else words.day(day, view.today)


def _unasked(rows: Sequence[_Row]) -> Iterator[Block]:
    by_why: dict[str, list[str]] = {}
    for one in rows:
        if one.asked.person is None:
            by_why.setdefault(one.asked.why, []).append(one.asked.ref.kpi.name)
    if not by_why:
        return
    yield Heading("Nobody to ask")
    for why, names in by_why.items():
        yield Text(marked(f"{words.listing(tuple(names), 3)}: {why}"))
    yield Note(marked("Name somebody under `asks: kpis: … who:` in kpi.yaml, or the owner under `people`."))


def _item(one: _Row) -> asks.Item:
    assert one.request is not None
    return asks.Item(one.asked.ref, Term.of(one.request.period), one.said, request=one.request)


def _data(one: _Row) -> Mapping[str, object]:
    request = one.request
    return {
        "kpi": one.asked.ref.path,
        "every": one.asked.every,
        "person": one.asked.person.name if one.asked.person else None,
        "why": one.asked.why,
        "measured": one.is_measured,
        "period": request.period if request else None,
        "state": str(request.state) if request else None,
        "asked_at": request.asked_at.isoformat() if request else None,
        "reason": request.reason if request else "",
    }


COMMAND = Command(
    name="asks",
    summary="Which numbers people are asked for, and what is open.",
    example="asks",
    args=AsksArgs,
    run=run,
    aliases=("asked",),
)
