"""What is said of numbers that people are asked for: the question itself, its reminder, and who has to know.

A person gets one message a day at most, with a row for each number: its last value, whose it was, its target.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from bot.errors import shortened
from bot.reply import Action, Actions, Block, Bold, Heading, Mention, Reply, Span, Text, line, marked, note
from bot.reports import words
from bot.reports.provenance import author_name
from bot.reports.standing_words import goal_words
from bot.workspace import KpiRef, Person, Workspace
from kpi.asking import Patience, Term
from kpi.calendar import Moment, day_of
from kpi.plausible import Doubt, Doubted
from kpi.quantity import print_value
from kpi.reading import entry_metric
from kpi.standing import Standing
from kpi.unit import Unit
from storage import Session, asking
from storage.asking import Request, Said, State

MOST_ITEMS = 8
"""Numbers that one message asks for with buttons of their own: two each, and Discord holds 25."""

USUAL = Patience()
LONGEST_LABEL = 35
LONGEST_BEGINNING = 80
"""Of what a button begins a form with: an id of Discord's has 100 characters."""


@dataclass(frozen=True, slots=True)
class Item:
    """One number of one period, with what the one who is asked wants to see beside it."""

    ref: KpiRef
    term: Term
    said: Said | None = None  # the last entry
    judged: str = ""  # of a target in words: what was said of it last
    goal: str = ""  # the target in force
    request: Request | None = None
    person: Person | None = None  # who was asked, where somebody else is told

    @property
    def name(self) -> str:
        return self.ref.kpi.name


@dataclass(frozen=True, slots=True)
class Message:
    """All that one person is told at a time."""

    asked: tuple[Item, ...] = ()
    reminded: tuple[Item, ...] = ()
    missing: tuple[Item, ...] = ()  # numbers of others, which did not come
    patience: Patience = USUAL
    told_next: tuple[str, ...] = ()  # who hears of what stays open


@dataclass(frozen=True, slots=True)
class View:
    """Who reads, and when."""

    workspace: Workspace
    moment: Moment
    reader: str = ""  # the name in kpi.yaml

    @property
    def today(self) -> date:
        return self.moment.today


def compose(message: Message, view: View) -> Reply:
    """The message: what is asked first, then what is still open, then what others owe."""
    sentences = list(_sentences(message, view))
    blocks: list[Block] = [line(Bold(" ".join(sentences)))]
    parts = (("New", message.asked), ("Still open", message.reminded), ("From others", message.missing))
    shown = [(title, items) for title, items in parts if items]
    room = MOST_ITEMS
    for title, items in shown:
        if len(shown) > 1:
            blocks.append(Heading(title))
        for item in items[:room]:
            blocks += _rows(item, view, _titled(item, message, view))
        if len(items) > room:
            blocks.append(Text(marked(f"and {len(items) - room} more: `asks me`")))
        room = max(0, room - len(items))
    if ending := _ending(message):
        blocks.append(note(ending))
    data = {
        "asked": [_named(item) for item in message.asked],
        "reminded": [_named(item) for item in message.reminded],
        "missing": [_named(item) for item in message.missing],
    }
    return Reply(" ".join(sentences), tuple(blocks), data=data)


def _titled(item: Item, message: Message, view: View) -> str:
    """What a row begins with: nothing where the first line has said it."""
    every = (*message.asked, *message.reminded, *message.missing)
    if len(every) == 1:
        return ""
    is_one_period = len({one.term for one in every}) == 1
    return item.name if is_one_period else f"{item.name} · {term_words(item.term, view.today)}"


def _named(item: Item) -> dict[str, str]:
    return {"kpi": item.ref.path, "period": item.term.key}


def _sentences(message: Message, view: View) -> Iterator[str]:
    for items, what in ((message.asked, _yours(message.asked)), (message.reminded, "still open")):
        if items:
            yield f"{_counted(items, view)} {'is' if len(items) == 1 else 'are'} {what}."
    if message.missing:
        yield f"{_counted(message.missing, view)} did not come."


def _yours(items: Sequence[Item]) -> str:
    return "yours to give" if any(one.ref.kpi.is_judged for one in items) else "yours to enter"


def _counted(items: Sequence[Item], view: View) -> str:
    """ "Net Promoter Score for October", "3 numbers for October", "3 numbers"."""
    terms = {item.term for item in items}
    when = f" for {term_words(items[0].term, view.today)}" if len(terms) == 1 else ""
    noun = "answers" if any(one.ref.kpi.is_judged for one in items) else "numbers"
    return f"{items[0].name if len(items) == 1 else f'{len(items)} {noun}'}{when}"


def _rows(item: Item, view: View, titled: str) -> Iterator[Block]:
    if titled:
        yield line(Bold(titled))
    if item.person is not None and item.request is not None:
        yield line(*_history(item.person, item.request, view))
    goal = f" · target {item.goal}" if item.goal else ""
    yield note(f"{last_words(item, view)}{goal}")
    yield Actions((enter_action(item, view), skip_action(item)))


def _history(person: Person, request: Request, view: View) -> Iterator[str | Span]:
    asked = words.day(day_of(request.asked_at, view.moment.zone), view.today)
    yield "Asked of "
    yield Mention(person.name, person.ids)
    yield f" on {asked}"
    if request.reminded_at is not None:
        yield f", reminded on {words.day(day_of(request.reminded_at, view.moment.zone), view.today)}"
    yield "; no answer."


def _ending(message: Message) -> str:
    patience = message.patience
    if message.asked:
        days = words.count(patience.remind, "day") if patience.remind is not None else ""
        return f"You are reminded once, after {days}." if days else ""
    if message.reminded:
        if patience.escalate is None or not message.told_next:
            return "You are not reminded again."
        days = words.count(patience.escalate, "day")
        others = words.listing(message.told_next, 2)
        return f"You are not reminded again; after {days} without an answer {others} will be told."
    return "“Not this time” closes it for this period."


def enter_action(item: Item, view: View) -> Action:
    """The button that opens the form, begun with the KPI, the day and the last value; of a target in words
    the one that judges it."""
    if item.ref.kpi.is_judged:
        return Action(shortened(f"Judge {item.name}", LONGEST_LABEL), item.ref.path, form="judge")
    begun = f"{item.ref.path} {item.term.last.isoformat()}"
    last = _value_and_day(item, view)
    if last and len(f"{begun} {last}") <= LONGEST_BEGINNING:
        begun = f"{begun} {last}"
    return Action(shortened(f"Enter {item.name}", LONGEST_LABEL), begun, form="enter")


def skip_action(item: Item) -> Action:
    label = shortened(f"Not this time: {item.name}", LONGEST_LABEL)
    return Action(label, item.ref.path, form="skip")


def last_words(item: Item, view: View) -> str:
    """ "Last 48 (30 Sep, Dana)"."""
    if item.ref.kpi.is_judged:
        return item.judged or "Nobody has judged it so far"
    if item.said is None:
        return "No number so far"
    author = author_name(item.said.author, view.workspace)
    by = "you" if author == view.reader else author
    day = words.day(day_of(item.said.at, view.moment.zone), view.today)
    return f"Last {print_value(item.said.value, item.ref.kpi.unit)} ({day}, {by})"


def _value_and_day(item: Item, view: View) -> str:
    if item.said is None:
        return ""
    day = words.day(day_of(item.said.at, view.moment.zone), view.today)
    return f"{print_value(item.said.value, item.ref.kpi.unit)} ({day})"


def term_words(term: Term, today: date) -> str:
    """A period as people say it: "October", "Q3", "the week to 22 Nov"."""
    year = "" if term.last.year == today.year else f" {term.last.year}"
    match term.every:
        case "monthly":
            return f"{term.last:%B}{year}"
        case "quarterly":
            return f"Q{(term.last.month + 2) // 3}{year}"
        case "yearly":
            return str(term.last.year)
        case "weekly":
            return f"the week to {words.day(term.last, today)}"
        case "biweekly":
            return f"the two weeks to {words.day(term.last, today)}"
        case _:
            return f"{term.last:%a} {words.day(term.last, today)}"


def goal_of(standing: Standing | None) -> str:
    """The target in force, as a list shows it."""
    if standing is None or standing.target is None:
        return ""
    return goal_words(standing.target.goal, standing.kpi)


def waiting_for(
    session: Session, view: View, *, surface: str, user: str, refs: Sequence[KpiRef] | None = None
) -> tuple[Item, ...]:
    """What one person is asked for and has not answered, the longest open first."""
    known = {ref.path: ref for ref in (view.workspace.kpis if refs is None else refs)}
    place = {path: number for number, path in enumerate(known)}
    own = [
        one
        for one in asking.opened(session)
        if one.kpi in known
        and ((one.surface, one.account) == (surface, user) or (view.reader and one.person == view.reader))
    ]
    own.sort(key=lambda one: (one.asked_at, place[one.kpi]))
    said = asking.said(session, [metric_of(known[one.kpi]) for one in own])
    return tuple(
        Item(known[one.kpi], Term.of(one.period), said.get(metric_of(known[one.kpi])), request=one)
        for one in own
    )


def asked_line(session: Session, ref: KpiRef, view: View) -> str:
    """Who was last asked for a number, and what became of it: for `why`. Empty where nobody ever was."""
    request = asking.of(session, ref.path)
    if request is None:
        return ""
    zone, today = view.moment.zone, view.today
    said = f"{request.person} for {term_words(Term.of(request.period), today)}"
    said += f", on {words.day(day_of(request.asked_at, zone), today)}"
    if request.is_open:
        return f"{said}; no answer yet"
    by = author_name(request.settled_by, view.workspace) if request.settled_by else ""
    when = words.day(day_of(request.settled_at or request.asked_at, zone), today)
    match request.state:
        case State.DECLINED:
            why = f": “{request.reason}”" if request.reason else ""
            return f"{said}; {by or request.person} said not this time on {when}{why}"
        case State.ENTERED:
            return f"{said}; entered{f' by {by}' if by else ''} on {when}"
        case _:
            return f"{said}; no answer"


def metric_of(ref: KpiRef) -> str:
    return entry_metric(ref.use.framework.key, ref.kpi)


def waiting_lines(items: Sequence[Item], view: View) -> Iterator[Block]:
    """What else waits, after one number was given: at most three, each with its form."""
    if not items:
        return
    yield note(f"{words.count(len(items), 'more number waits', 'more numbers wait')} for you.")
    yield Actions(tuple(enter_action(item, view) for item in items[:3]))


def doubt_words(found: Doubted, value: float, unit: Unit, on: str) -> str:
    """What is strange about a value, as a sentence: "Last was 52 (31 Oct); 520 is 10 times that."."""
    shown = print_value(value, unit)
    before = "" if found.against is None else print_value(found.against, unit)
    day = f" ({on})" if on else ""
    times = f"{found.times:.1f}".removesuffix(".0") if found.times < 100 else f"{found.times:,.0f}"
    match found.doubt:
        case Doubt.LEAP:
            return f"Last was {before}{day}; {shown} is {times} times that."
        case Doubt.DROP:
            return f"Last was {before}{day}; {shown} is only {_part(found)} of that."
        case Doubt.ABOVE:
            return f"The most so far was {before}{day}; {shown} is {times} times that."
        case Doubt.BELOW:
            return f"The least so far was {before}{day}; {shown} is only {_part(found)} of that."
        case Doubt.SIGN:
            side = "below" if value < 0 else "above"
            return f"Last was {before}{day}; {shown} would be the first {side} zero."
        case Doubt.SHARE:
            return f"{shown} lies outside 0 to 100%."


def _part(found: Doubted) -> str:
    """How little it is: 10%, or 0.8%."""
    return f"{100 / found.times:.2g}%"
